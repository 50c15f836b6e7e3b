#!/usr/bin/python3
"""The two commands of the README open wherever they are run: in a checkout whose path has spaces and quotes,
made with umask 077, beside another one, with port 8080 taken; and what is missing is asked for by its name.

A bare Debian is more than a test can bring along, so packages are missing here by a compiler and an apt-get
that pretend; the checkouts, builds, clusters and gateways are real."""
import contextlib
import glob
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile

from harness import ROOT, Cluster, check, connect, done, equal
from private_tree import find_pg_config, make_tree, places
from workplace import fit, workplace

ODD = """my "dir", it's $HOME `ünï`"""
KEPT = ("PG_CONFIG", "PATH", "HOME", "LANG", "XDG_STATE_HOME")


def run(command, cwd, mask=0o022, seconds=300, **environment):
    """Runs it as a stranger's shell would, with none of this run's settings; output and errors are in .stdout."""
    clean = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.run(command, cwd=cwd, env={**clean, **environment}, umask=mask, timeout=seconds, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")


def checkout(path, private=False):
    """A copy of this project with what was built; private: as umask 077 would have made it."""
    shutil.copytree(ROOT, path, symlinks=True, ignore=shutil.ignore_patterns(
        ".git", ".quotakit", "node_modules", "results", "dist", "bench", "build-sanitize", "build-fuzz", "__pycache__"))
    os.mkdir(os.path.join(path, ".quotakit"))
    with contextlib.suppress(OSError):
        shutil.copy(os.path.join(ROOT, ".quotakit/built-with"), os.path.join(path, ".quotakit"))
    for place, directories, files in os.walk(path) if private else ():
        for name in [".", *directories, *files]:
            entry = os.path.join(place, name)
            os.chmod(entry, os.stat(entry).st_mode & 0o700)
    return path


def write(path, text, mode=0o755):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as f:
        f.write(text)


# -- what is missing

COMPILER = """#!/bin/sh
# Has no header whose name is in $HIDDEN.
cat >"$STUBS/source"
[ -n "$HIDDEN" ] && grep -qF "<$HIDDEN>" "$STUBS/source" && exit 1
exec /usr/bin/cc "$@" <"$STUBS/source"
"""
APT_GET = """#!/bin/sh
echo "$@" >>"$STUBS/asked"
"""
SUDO = """#!/bin/sh
exec "$@"
"""
PG_CONFIG = """#!/bin/sh
case $1 in "$HIDDEN") echo "$STUBS/empty" ;; *) exec "$REAL" "$@" ;; esac
"""


def missing(work, place):
    """scripts/setup where a header, a program or a part of PostgreSQL is not there."""
    stubs = os.path.join(work, "stubs")
    os.makedirs(os.path.join(stubs, "empty"))
    for name, text in (("cc", COMPILER), ("apt-get", APT_GET), ("sudo", SUDO), ("pg_config", PG_CONFIG),
                       ("broken", "#!/bin/sh\nexit 1\n")):
        write(os.path.join(stubs, name), text)
    asked = os.path.join(stubs, "asked")

    def setup(command="scripts/setup", argument="packages", **environment):
        with contextlib.suppress(OSError):
            os.unlink(asked)
        result = run([command, argument], place, STUBS=stubs, PATH=f"{stubs}:{os.environ['PATH']}", REAL=find_pg_config(),
                     **environment)
        calls = open(asked).read() if os.path.exists(asked) else ""
        return result, re.findall(r"\S+", "".join(re.findall(r"--no-install-recommends (.*)", calls)))

    for header, package in (("jansson.h", "libjansson-dev"), ("curl/curl.h", "libcurl4-openssl-dev"),
                            ("openssl/ssl.h", "libssl-dev"), ("libpq-fe.h", "libpq-dev")):
        result, packages = setup(HIDDEN=header, PG_CONFIG=find_pg_config())
        equal(f"{header} is missing: its package is asked for", packages, [package])
        check(f"{header} is still missing: that is said", result.returncode != 0 and f"{header}" in result.stdout.split("still missing")[-1]
              and package in result.stdout, result.stdout)
    if glob.glob("/usr/lib/postgresql/*/bin/postgres"):
        result, packages = setup(HIDDEN="postgres.h", PG_CONFIG="")
        check("postgres.h is missing: Debian's package of it is asked for, whatever lies beside it",
              re.fullmatch(r"postgresql-server-dev-\d+", " ".join(packages)), result.stdout)
    for question, what in (("--includedir-server", "postgres.h"), ("--pgxs", "pgxs.mk"), ("--sharedir", "pgcrypto"), ("--bindir", "server")):
        result, packages = setup(HIDDEN=question, PG_CONFIG=os.path.join(stubs, "pg_config"))
        check(f"a PostgreSQL named by PG_CONFIG lacks its {what}: that is said, and no PostgreSQL is installed",
              result.returncode != 0 and set(packages) <= {"clang"} and re.search(rf"still missing:\n(.*\n)*.*{re.escape(what)}", result.stdout), result.stdout)
    os.rename(os.path.join(stubs, "broken"), os.path.join(stubs, "npm"))
    result, packages = setup(HIDDEN="", PG_CONFIG=find_pg_config())
    equal("npm is there but does not run: its package is asked for", packages, ["npm"])
    os.unlink(os.path.join(stubs, "npm"))
    result, packages = setup(HIDDEN="", PG_CONFIG=find_pg_config())
    check("nothing is missing: apt-get is not called", result.returncode == 0 and not os.path.exists(asked), result.stdout)
    result, _ = setup("scripts/check", "build", HIDDEN="--includedir-server", PG_CONFIG=os.path.join(stubs, "pg_config"))
    equal("scripts/check has its closing line then, too", result.stdout.splitlines()[-1:], ["0 passed, 1 failed"])


def unbuildable(work):
    place = checkout(os.path.join(work, "issue #10"))
    result = run(["scripts/setup", "build"], place, PG_CONFIG=find_pg_config())
    check("a path that the build's tools cannot take is refused at once, and named",
          result.returncode != 0 and "issue #10" in result.stdout, result.stdout)
    shutil.rmtree(place)


# -- private trees

def trees(work):
    """Two trees of one PostgreSQL, which has another quotakit installed."""
    installed = places(make_tree(find_pg_config(), tempfile.mkdtemp(dir=work)))
    control = os.path.join(installed["sharedir"], "extension", "quotakit.control")
    for n in range(2):
        write(control, f"comment = 'number {n}'\ndefault_version = '9.9'\n", 0o644)
        write(os.path.join(installed["pkglibdir"], "quotakit.so"), "no library\n", 0o644)
    made = [make_tree(os.path.join(installed["bindir"], "pg_config"), tempfile.mkdtemp(dir=work)) for _ in range(2)]
    for n, pg_config in enumerate(made):
        write(os.path.join(places(pg_config)["sharedir"], "extension", "quotakit.control"),
              re.sub("comment = .*", f"comment = 'number {n}'", open(os.path.join(ROOT, "quotakit.control")).read()), 0o644)
    with Cluster(pg_config=made[0]) as first, Cluster(pg_config=made[1]) as second:
        for n, cluster in enumerate((first, second)):
            with connect(cluster) as db:
                equal("a server sees the extension of its own tree",
                      db.run("SELECT comment, default_version <> '9.9' FROM pg_available_extensions WHERE name = 'quotakit'"), [(f"number {n}", True)])
                db.run("CREATE EXTENSION quotakit")
                maps = open(f"/proc/{db.pid}/maps").read()
                equal("and runs its library", set(re.findall(r"/\S*/quotakit\.so", maps)),
                      {os.path.join(os.path.realpath(cluster.pkglibdir), "quotakit.so")})
    equal("what is installed stays as it is", open(control).read(), "comment = 'number 1'\ndefault_version = '9.9'\n")


def installation(work):
    """make install, for a DBA: into the directories of PG_CONFIG, and for everybody to read."""
    target = os.path.join(work, "installed")
    result = run(["make", "-s", "install", f"DESTDIR={target}"], ROOT, mask=0o077, PG_CONFIG=find_pg_config())
    there = places(find_pg_config())
    wanted = [there["pkglibdir"] + "/quotakit.so"] + [
        f"{there['sharedir']}/extension/{name}" for name in ["quotakit.control"] + [
            os.path.basename(p) for p in glob.glob(os.path.join(glob.escape(ROOT), "extension/quotakit--*.sql"))]]
    modes = {path: stat.filemode(os.stat(target + path).st_mode)[7:8] if os.path.exists(target + path) else None for path in wanted}
    equal("make install puts everything in its place, readable", modes, dict.fromkeys(wanted, "r"))
    check("and says nothing", result.returncode == 0, result.stdout)


# -- checkouts

def workplaces(work):
    closed = os.path.join(work, "closed")
    os.mkdir(closed)
    for place, why in ((os.path.join(work, ODD), "a name that is not plain"), (os.path.join(work, "gone"), "no directory")):
        check(f"a server does not live in {why}", not fit(place))
        keep = {name: os.environ.pop(name) for name in ("QUOTAKIT_TMP", "TMPDIR") if name in os.environ}
        os.environ["TMPDIR"] = place
        check("but elsewhere", workplace() != place and fit(workplace()))
        del os.environ["TMPDIR"]
        os.environ.update(keep)
    os.chmod(closed, 0o700)
    equal("as root, a directory that is closed is no place for a server; else it is", fit(closed), os.geteuid() != 0)


def long_paths(work):
    """A socket's path has a length that a deep directory passes."""
    deep = os.path.join(tempfile.mkdtemp(dir=workplace()), "d" * 80)
    os.mkdir(deep)
    for path in (os.path.dirname(deep), deep):
        os.chmod(path, 0o777)
    cluster = Cluster(deep)
    with cluster:
        sockets = cluster.sockets
        check("a deep directory's sockets lie elsewhere", not sockets.startswith(deep) and connect(cluster).value("SELECT 1") == 1)
    Cluster(deep).remove()
    check("and are gone with the cluster, whoever removes it", not os.path.exists(sockets))
    shutil.rmtree(os.path.dirname(deep), ignore_errors=True)


REGRESS = """
import os, sys
sys.path.insert(0, "scripts")
import check
check.prepare(sys.argv[1])
check.sql_tests()
sys.exit(1 if check.tally.failures or check.tally.passed < 3 else 0)
"""


def odd_checkout(place):
    """Everything but the packages of npm, in a path as nobody would choose it."""
    os.utime(os.path.join(place, "extension/src/values/money.c"))
    os.utime(os.path.join(place, "gateway/lib/text.c"))
    result = run(["scripts/setup", "build"], place, 0o077, PG_CONFIG=find_pg_config())
    check("with umask 077, in a path with spaces and quotes: it builds", result.returncode == 0, result.stdout)
    result = run(["tests/test_harness.py"], place, 0o077)
    check("a test runs by itself", result.returncode == 0 and "not ok" not in result.stdout, result.stdout)
    for kind, kept in (("sql", "import_prices.sql"), ("specs", "same_id.spec")):
        for name in os.listdir(os.path.join(place, kind)):
            if name != kept:
                os.unlink(os.path.join(place, kind, name))
    with tempfile.TemporaryDirectory(dir=workplace()) as directory:
        result = run(["/usr/bin/python3", "-c", REGRESS, directory], place, 0o077)
    check("and PostgreSQL's own drivers", result.returncode == 0, result.stdout)


def demo(place):
    result = run(["/usr/bin/python3", "demo/demo.py"], place, 0o077)
    check("the demo runs to its end", result.returncode == 0 and "make stop ends them." in result.stdout, result.stdout)
    check("no warning is in what it says", not re.search("warning:|npm warn|deprecat|traceback", result.stdout, re.I), result.stdout)
    return result.stdout


def ask(place):
    """What a reader does next: psql with the demo's variables. The account's root, and where the cluster is."""
    sql = "SELECT path, current_setting('data_directory') FROM quotakit.policy_status WHERE path = 'acme' AND unit = 'usd'"
    return run(["bash", "-c", f'. .quotakit/env && "$QUOTAKIT_PSQL" -XAtF " " -c "{sql}" && echo "$QUOTAKIT_BASE_URL"'], place)


def demos(first, second):
    """Two at once, where something else has port 8080 already."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        try:
            said = demo(first)
            check("port 8080 is taken: the gateway has another, and that is said",
                  re.search(r"The gateway is on http://127\.0\.0\.1:80(?!80)\d\d \(port 8080 is taken\)", said), said)
            demo(second)
            answers = [ask(place).stdout for place in (first, second)]
            check("both can be asked", all(answer.startswith("acme /") for answer in answers), answers)
            equal("each has a cluster and a gateway of its own", len({line for answer in answers for line in answer.split()[1:]}), 4)
            equal("the password is for its owner alone", stat.S_IMODE(os.stat(os.path.join(first, ".quotakit/env")).st_mode), 0o600)
            elsewhere = [os.path.realpath(os.path.join(first, ".quotakit", name)) for name in ("cluster", "server")]
            demo(first)
            check("a second run takes the first one's files away", not any(os.path.exists(path) for path in elsewhere), elsewhere)
        finally:
            ended = run(["scripts/stop", "--remove"], first)
        check("scripts/stop ends it", "gateway has ended" in ended.stdout and "cluster is gone" in ended.stdout, ended.stdout)
        check("and not the other one", ask(second).stdout.startswith("acme /"))
        ended = run(["scripts/stop"], second)
        check("nor has it to be told twice", "has ended" in ended.stdout and "not running" in run(["scripts/stop"], second).stdout, ended.stdout)
        run(["scripts/stop", "--remove"], second)
        check("nothing is left of either", not glob.glob(os.path.join(glob.escape(second), ".quotakit/[cs]*er")))


def main():
    work = tempfile.mkdtemp(prefix="quotakit-", dir=workplace())
    os.chmod(work, 0o755)
    os.environ["XDG_STATE_HOME"] = os.path.join(work, "state")
    try:
        first, second = checkout(os.path.join(work, ODD), private=True), checkout(os.path.join(work, "other"))
        missing(work, second)
        unbuildable(work)
        trees(work)
        installation(work)
        workplaces(work)
        long_paths(work)
        odd_checkout(first)
        try:
            demos(first, second)
        finally:
            for place in (first, second):
                run(["scripts/stop", "--remove"], place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    done()


main()
