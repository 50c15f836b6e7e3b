"""The library with its locks compiled out, to show what they are for."""
import os
import shutil
import subprocess
import sys
import tempfile

from pg_cluster import HERE, find_pg_config


def library_without_locks(directory):
    """Builds quotakit.so without locks in a copy of the sources and puts it into the directory. A cluster
    whose dynamic_library_path names that directory before $libdir runs it; what is installed stays as it is."""
    with tempfile.TemporaryDirectory() as copy:
        for name in ("Makefile", "META.json", "quotakit.control"):
            shutil.copy(os.path.join(HERE, name), copy)
        shutil.copytree(os.path.join(HERE, "extension"), os.path.join(copy, "extension"),
                        ignore=shutil.ignore_patterns("*.o", "*.bc"))
        done = subprocess.run(
            ["make", "-s", "-j2", f"PG_CONFIG={find_pg_config()}", "with_llvm=no", "quotakit.so",
             "QUOTAKIT_CPPFLAGS=-DQUOTAKIT_WITHOUT_LOCKS"],
            cwd=copy, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            sys.exit(f"the build without locks failed:\n{done.stdout}")
        shutil.copy(os.path.join(copy, "quotakit.so"), directory)
    os.chmod(os.path.join(directory, "quotakit.so"), 0o755)
