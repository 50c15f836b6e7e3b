"""A PostgreSQL of our own beside the one installed: copies of its programs, links to its files, and our extension.

PostgreSQL finds its libraries and its share directory from where the running program lies, so copied programs
take the whole tree with them. Nothing is installed into the system to try or to test the extension, and two
checkouts on one machine do not see each other's library.
"""
import atexit
import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from workplace import workplace

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OURS = "quotakit"
PLACES = ("bindir", "pkglibdir", "sharedir", "includedir")
# Other programs may lie beside PostgreSQL's, in /usr/local/bin for instance.
PROGRAMS = ("postgres", "postmaster", "initdb", "psql", "createdb", "createuser", "dropdb", "dropuser", "clusterdb",
            "reindexdb", "vacuumdb")


def find_pg_config():
    """PG_CONFIG of the environment, or that of the newest server in Debian's layout."""
    given = os.environ.get("PG_CONFIG")
    if given:
        return given
    root = "/usr/lib/postgresql"
    versions = [v for v in (os.listdir(root) if os.path.isdir(root) else [])
                if v.isdigit() and int(v) >= 15 and os.path.exists(f"{root}/{v}/bin/postgres")]
    if not versions:
        sys.exit("no PostgreSQL 15 or newer found: run scripts/setup, or set PG_CONFIG")
    return f"{root}/{max(versions, key=int)}/bin/pg_config"


def private_pg_config():
    """That of a private tree: the one that scripts/check made for all its tests, or one for this process."""
    made = os.environ.get("QUOTAKIT_PG_CONFIG")
    if not made:
        directory = tempfile.mkdtemp(prefix="quotakit-pg-", dir=workplace())
        _trees.append((os.getpid(), directory))
        made = os.environ["QUOTAKIT_PG_CONFIG"] = make_tree(find_pg_config(), directory)
    return made


_trees = []


@atexit.register
def _remove_trees():
    for process, directory in _trees:
        if process == os.getpid():
            shutil.rmtree(directory, ignore_errors=True)


def places(pg_config):
    """Where this PostgreSQL's directories are."""
    return {name: subprocess.run([pg_config, "--" + name], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
            for name in PLACES}


def make_tree(pg_config, directory, source=HERE):
    """Makes the tree in an empty directory, with the extension as it is built in the source; returns its
    pg_config, DIRECTORY/pg_config."""
    there = places(pg_config)
    above = os.path.commonpath(list(there.values()))
    here = {name: os.path.join(directory, os.path.relpath(path, above)) for name, path in there.items()}
    with _readable_by_all():
        os.chmod(directory, 0o755)
        _copy_programs(there["bindir"], here["bindir"])
        _link(there["pkglibdir"], here["pkglibdir"], "bitcode")
        _link(there["sharedir"], here["sharedir"], "extension")
        if not os.path.exists(here["includedir"]):
            os.makedirs(os.path.dirname(here["includedir"]), exist_ok=True)
            os.symlink(there["includedir"], here["includedir"])
        _add_extension(here, source)
    made = os.path.join(directory, "pg_config")
    os.symlink(os.path.join(here["bindir"], "pg_config"), made)
    if {name: os.path.realpath(path) for name, path in places(made).items()} != {
            name: os.path.realpath(path) for name, path in here.items()}:
        sys.exit(f"{pg_config}: a copy of this PostgreSQL does not find its own files")
    return made


@contextlib.contextmanager
def _readable_by_all():
    """The server may run as another user than we do."""
    mask = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(mask)


def _copy_programs(there, here):
    """Copies: a link would be followed back to the files installed."""
    os.makedirs(here, exist_ok=True)
    for name in os.listdir(there):
        path = os.path.join(there, name)
        if os.path.isfile(path) and (name in PROGRAMS or name.startswith("pg")):
            shutil.copy(path, here)


def _link(there, here, inner):
    """A directory of links to all that is there but ours; the inner directory is made in the same way."""
    os.makedirs(here, exist_ok=True)
    for name in os.listdir(there):
        source, target = os.path.join(there, name), os.path.join(here, name)
        if name == inner:
            _link(source, target, None)
        elif not name.startswith(OURS) and not os.path.lexists(target):
            os.symlink(source, target)


def _add_extension(here, source):
    control = os.path.join(source, OURS + ".control")
    library = os.path.join(source, OURS + ".so")
    with open(control) as f:
        version = re.search("^default_version = '(.*)'$", f.read(), re.M).group(1)
    # Its own script and the steps to it (an older one may lie about from an earlier build), and those kept.
    folder = os.path.join(glob.escape(source), "extension")
    scripts = [path for path in glob.glob(os.path.join(folder, OURS + "--*.sql"))
               if os.path.basename(path).count("--") == 2 or path.endswith(f"--{version}.sql")]
    scripts += glob.glob(os.path.join(folder, "update", OURS + "--*.sql"))
    if not os.path.exists(library) or not scripts:
        sys.exit("the extension is not built: run scripts/setup")
    os.chmod(shutil.copy(library, here["pkglibdir"]), 0o755)
    for path in [control, *scripts]:
        os.chmod(shutil.copy(path, os.path.join(here["sharedir"], "extension")), 0o644)
