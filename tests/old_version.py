"""Versions that were: their library is built from git, where git has it, and their script is kept in extension/update."""
import os
import subprocess
import tempfile

from harness import ROOT
from private_tree import find_pg_config, make_tree
from workplace import workplace

# The commit of each version that has no tag.
COMMITS = {"0.1.0": "90dd0872a6725bd2575571dc4ec4c2c2caece3c3"}


def commit_of(version):
    """The commit of a version, or None where git does not have it: in an unpacked release, or in a shallow clone."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "rev-parse", "--verify", "--quiet", COMMITS.get(version, "v" + version) + "^{commit}"],
                          cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip() or None


def sources(version, directory):
    """Unpacks the project of that version into the directory."""
    archive = subprocess.run(["git", "-c", "safe.directory=*", "archive", commit_of(version)], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", directory], check=True, input=archive)


def run_make(directory, *arguments):
    done = subprocess.run(["make", "-s", "-j2", "with_llvm=no", *arguments], cwd=directory, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError(f"make {' '.join(arguments)} failed in {directory}:\n{done.stdout[-4000:]}")


def old_tree(version, directory):
    """A private tree with the extension of that version, built in the directory; its pg_config."""
    source, tree = os.path.join(directory, "source"), os.path.join(directory, "server")
    os.mkdir(source)
    os.mkdir(tree)
    sources(version, source)
    run_make(source, f"PG_CONFIG={find_pg_config()}")
    return make_tree(find_pg_config(), tree, source)


def new_place():
    """A directory in which a tree can be made."""
    place = tempfile.mkdtemp(prefix="quotakit-version-", dir=workplace())
    os.chmod(place, 0o755)
    return place
