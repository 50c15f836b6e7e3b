"""Runs every test and counts them one by one. Started by scripts/check, which has installed what is needed."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from pg_cluster import Cluster
from private_tree import HERE, find_pg_config, make_tree
from workplace import workplace

PYTHON = "/usr/bin/python3"
LONG = os.environ.get("QUOTAKIT_LONG") == "1"
# A script that takes longer than this hangs; seconds.
PATIENCE = int(os.environ.get("QUOTAKIT_PATIENCE") or (7200 if LONG else 900))

# pg_regress before PostgreSQL 16: "test name ... ok  12 ms"; since then TAP.
OLD_STYLE = re.compile(r"^(?:test)?\s+(\S+)\s+\.\.\. (ok|FAILED)\b")
TAP = re.compile(r"^(not ok|ok) \d+\s*[-+]?\s*(.*?)(?:\s+\d+ ms)?$")


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def count(self, ok, name):
        if ok:
            self.passed += 1
        else:
            self.failures.append(name)

    def report(self, ok, name, detail=""):
        self.count(ok, name)
        print(f"{'ok' if ok else 'not ok'} - {name}", flush=True)
        if not ok and detail:
            print("\n".join("#   " + line for line in detail.rstrip().splitlines()[-200:]), flush=True)


tally = Tally()


def heading(text):
    print(f"== {text}", flush=True)


def run(*command, **options):
    return subprocess.run(command, cwd=HERE, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", **options)


def files(pattern):
    """Those of the project whose path is like the pattern, sorted."""
    return sorted(glob.glob(os.path.join(glob.escape(HERE), pattern)))


# -- build

def build(pg_config):
    """gcc and clang. Without a build nothing else makes sense."""
    heading("build")
    done = run("scripts/setup", "build")
    tally.report(done.returncode == 0, "builds without a warning", done.stdout)
    clang(pg_config)
    return done.returncode == 0


def clang(pg_config):
    """The same sources by the other compiler; PostgreSQL's own packages bring it."""
    makefile = os.path.join(os.path.dirname(os.path.dirname(
        run(pg_config, "--pgxs").stdout.strip())), "Makefile.global")
    with open(makefile) as f:
        found = re.search(r"^CLANG\s*=\s*(\S+)", f.read(), re.M)
    compiler = shutil.which(found.group(1)) if found else None
    compiler = compiler or shutil.which("clang")
    if compiler is None:
        tally.report(False, "clang is here", "neither PostgreSQL's clang nor another one")
        return
    include = run(pg_config, "--includedir-server").stdout.strip()
    wrong = []
    for source in files("extension/src/*.c") + files("extension/src/*/*.c"):
        done = run(compiler, "-std=gnu11", "-O1", "-fPIC", "-Wall", "-Wextra", "-Werror",
                   "-Wno-unused-parameter", "-Wno-ignored-attributes", "-isystem", include, "-isystem", "/usr/include/libxml2",
                   "-D_GNU_SOURCE", "-Iextension/src", "-c", source, "-o", "/dev/null")
        if done.returncode != 0:
            wrong.append(done.stdout)
    tally.report(not wrong, "compiles with clang without a warning", "\n".join(wrong))


# -- pg_regress and the isolation tester

def regress(cluster, label, program, names, diffs, *options, environment=None):
    """Runs one of PostgreSQL's own drivers over the named tests. It puts the paths of files into commands for the
    shell, so it finds them by a link whose path is plain."""
    heading(label)
    source = os.path.join(os.environ["QUOTAKIT_TMP"], "source")
    pgxs = os.path.dirname(os.path.dirname(run(cluster.pg_config, "--pgxs").stdout.strip()))
    driver = os.path.join(pgxs, "test", program)
    places = [f"--inputdir={source}", f"--outputdir={source}/{diffs}"]
    if "--expecteddir" in run(driver, "--help").stdout:     # since PostgreSQL 16
        places.append(f"--expecteddir={source}")
    output = os.path.join(HERE, diffs)
    shutil.rmtree(output, ignore_errors=True)
    os.makedirs(output)
    done = subprocess.run(
        [driver, *places, f"--bindir={cluster.bindir}", *options, *names],
        cwd=HERE, env={**cluster.environment(), **(environment or {})}, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = set()
    for line in done.stdout.splitlines():
        old, tap = OLD_STYLE.match(line), TAP.match(line)
        if old:
            name, ok = old.group(1), old.group(2) == "ok"
        elif tap:
            name, ok = tap.group(2).strip(), tap.group(1) == "ok"
        else:
            continue
        seen.add(name)
        tally.report(ok, f"{label}: {name}")
    for name in names:
        if name not in seen:
            tally.report(False, f"{label}: {name} ran")
    if done.returncode != 0 and len(seen) < len(names):
        print("\n".join("#   " + line for line in done.stdout.splitlines()[-20:]), flush=True)
    path = os.path.join(output, "regression.diffs")
    if done.returncode != 0 and os.path.exists(path):
        with open(path, errors="replace") as f:
            text = f.read()
        print(text[:20000], flush=True)
        if len(text) > 20000:
            print(f"… the rest is in {diffs}/regression.diffs", flush=True)


def names(directory, suffix):
    return [os.path.basename(p)[:-len(suffix)] for p in files(f"{directory}/*{suffix}")]


def expected(label, wanted):
    """Those that have an expected output; the driver would stop at one that has none."""
    there = {re.sub(r"(_\d+)?\.out$", "", name + ".out")
             for name in names("expected", ".out")}
    for name in wanted:
        if name not in there:
            tally.report(False, f"{label}: {name} has an expected output")
    return [name for name in wanted if name in there]


def takes_it_as_it_is(name):
    """Whether a regression test neither drops nor makes the extension when it is there, nor any role:
    such a test runs as a user who is no superuser, too."""
    with open(os.path.join(HERE, "sql", name + ".sql")) as f:
        text = f.read()
    return re.search("CREATE EXTENSION IF NOT EXISTS", text) and not re.search(
        "DROP EXTENSION|CREATE ROLE|SET ROLE|CREATE DATABASE|CREATE OPERATOR CLASS", text)


def sql_tests(isolation_only=False):
    regressions = expected("regress", names("sql", ".sql"))
    specs = expected("isolation", names("specs", ".spec"))
    with Cluster() as cluster:
        database = "contrib_regression"
        if regressions and not isolation_only:
            common = ("--dbname=" + database,)
            regress(cluster, "regress", "regress/pg_regress", regressions, "results/regress", *common)
            # The same again for someone whose search_path is empty, as in pg_dump's output.
            regress(cluster, "regress, empty search_path", "regress/pg_regress", regressions,
                    "results/empty_search_path", *common, environment={"PGOPTIONS": "-c search_path="})
            plain = [name for name in regressions if takes_it_as_it_is(name)]
            if plain:
                as_plain_user(cluster, plain)
        if specs:
            regress(cluster, "isolation", "isolation/pg_isolation_regress", specs, "results/isolation",
                    "--dbname=isolation_regression", "--load-extension=quotakit")


def as_plain_user(cluster, plain):
    """The tests that need no superuser, by one who may do nothing but what QuotaKit's groups may."""
    cluster.psql("CREATE ROLE regress_plain LOGIN; CREATE DATABASE regress_plain;")
    cluster.psql("CREATE EXTENSION quotakit; SELECT quotakit.make_roles();"
                 "GRANT quotakit_reader, quotakit_app, quotakit_admin TO regress_plain;"
                 "GRANT CREATE ON SCHEMA public TO regress_plain;", dbname="regress_plain")
    regress(cluster, "regress, not a superuser", "regress/pg_regress", plain, "results/plain_user",
            "--use-existing", "--dbname=regress_plain", environment={"PGUSER": "regress_plain"})


# -- scripts

def script(path):
    """A script in tests/: one line "ok N - name" or "not ok N - name" for each test."""
    name = os.path.basename(path)
    heading(name)
    started = time.monotonic()
    command = [PYTHON, path] if path.endswith(".py") else ["bash", path]
    process = subprocess.Popen(command, cwd=HERE, text=True, errors="replace", stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    late = []
    alarm = threading.Timer(PATIENCE, end, (process, late))
    alarm.start()
    ran = failed = 0
    for line in process.stdout:
        print(line, end="", flush=True)
        found = re.match(r"^(not ok|ok) \d+ - (.*)$", line)
        if found:
            ran += 1
            failed += found.group(1) != "ok"
            tally.count(found.group(1) == "ok", f"{name}: {found.group(2)}")
    process.wait()
    alarm.cancel()
    if late:
        tally.report(False, f"{name}: ends within {PATIENCE} s")
    elif process.returncode != 0 and not failed:
        tally.report(False, f"{name}: ended with status {process.returncode}")
    elif not ran:
        tally.report(False, f"{name}: ran no test")
    print(f"# {name}: {ran} tests in {time.monotonic() - started:.1f} s", flush=True)


def end(process, late):
    """A script that hangs is asked to end, so that it clears up, and then made to."""
    late.append(True)
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def prepare(directory):
    """What the tests of a run share: a directory for all their files, and in it the private tree of their servers."""
    os.chmod(directory, 0o755)
    os.symlink(HERE, os.path.join(directory, "source"))
    tree = os.path.join(directory, "server")
    os.mkdir(tree)
    os.environ["QUOTAKIT_TMP"] = directory
    os.environ["QUOTAKIT_PG_CONFIG"] = make_tree(find_pg_config(), tree)


def sweep(directory):
    """Ends clusters that a killed script left behind, and removes their files."""
    for left in glob.glob(os.path.join(directory, "*")):
        if os.path.isdir(os.path.join(left, "data")):
            Cluster(left).stop("immediate")
    shutil.rmtree(directory, ignore_errors=True)


def main(wanted):
    started = time.monotonic()
    pg_config = os.environ["PG_CONFIG"] = find_pg_config()
    print("# " + run(pg_config, "--version").stdout.strip(), flush=True)
    scripts = sorted(p for p in files("tests/*") + files("*/tests/*")
                     if re.match(r"test_.*\.(py|sh)$", os.path.basename(p)) and os.access(p, os.X_OK))
    scripts.insert(0, os.path.join(HERE, "scripts/lint"))
    if wanted:
        named = [w for w in wanted if w not in ("build", "regress", "isolation")]
        unknown = [w for w in named if not os.path.exists(w)]
        if unknown:
            sys.exit("check: no such test: " + " ".join(unknown))
        scripts = [os.path.abspath(w) for w in named]
    directory = tempfile.mkdtemp(prefix="quotakit-", dir=workplace())
    try:
        if build(pg_config):
            prepare(directory)
            if not wanted or "regress" in wanted or "isolation" in wanted:
                sql_tests(isolation_only=bool(wanted) and "regress" not in wanted)
            for path in scripts:
                script(path)
    except (OSError, RuntimeError, SystemExit, subprocess.SubprocessError) as error:
        tally.report(False, "the run went on to its end", str(error))
    finally:
        sweep(directory)
    close(started)


def close(started):
    print(f"# {time.monotonic() - started:.0f} s")
    for name in tally.failures:
        print(f"# failed: {name}")
    print(f"{tally.passed} passed, {len(tally.failures)} failed", flush=True)
    sys.exit(1 if tally.failures or not tally.passed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
