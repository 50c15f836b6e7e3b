"""Where the demo's files lie: .quotakit/cluster and .quotakit/server, or what these links point to.

Where a server cannot live in the checkout (workplace.py says why), the files go to a directory
outside of it and .quotakit has links to them. The programs lie apart from the cluster, since that
belongs to the server's user.
"""
import os
import shutil
import sys
import tempfile

from pg_cluster import Cluster
from private_tree import HERE, find_pg_config, make_tree
from workplace import fit, server_user, state_home, workplace

STATE = os.path.join(HERE, ".quotakit")
LINK = os.path.join(STATE, "cluster")
SERVER = os.path.join(STATE, "server")
DATABASE = "quotakit"

SETTINGS = {
    "max_worker_processes": "16",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}
CRON_SETTINGS = {
    "shared_preload_libraries": "'pg_cron'",
    "cron.database_name": f"'{DATABASE}'",
    "cron.use_background_workers": "on",
}


def has_cron(cluster):
    """Debian's servers have pg_cron by scripts/setup; one named by PG_CONFIG may not."""
    return os.path.exists(os.path.join(cluster.pkglibdir, "pg_cron.so"))


def _make(link, user=None):
    """An empty directory, or a link to one outside of the checkout; it belongs to the user, if one is given."""
    if fit(STATE):
        os.mkdir(link)
    else:
        os.symlink(tempfile.mkdtemp(prefix=os.path.basename(link) + "-", dir=workplace(state_home())), link)
    os.chmod(link, 0o700)
    if user is not None:
        os.chown(link, user.pw_uid, user.pw_gid)


def _remove(link):
    shutil.rmtree(os.path.realpath(link), ignore_errors=True)
    if os.path.islink(link):
        os.unlink(link)


def _there():
    """The demo's cluster that was made before, or None."""
    if os.path.islink(LINK):
        state_home()            # which a run with another umask may have closed
    if not os.path.exists(LINK):
        return None
    if not os.access(LINK, os.R_OK | os.W_OK | os.X_OK):
        sys.exit("the demo of this checkout was made by another user, as root perhaps: sudo scripts/stop --remove ends it")
    own = os.path.join(SERVER, "pg_config")
    return Cluster(os.path.realpath(LINK), settings=SETTINGS, loopback=True,
                   pg_config=own if os.path.exists(own) else find_pg_config())


def new_demo_cluster():
    """A new one, in the place of what was there."""
    os.makedirs(STATE, exist_ok=True)
    remove_demo_cluster()
    _make(SERVER)
    make_tree(find_pg_config(), os.path.realpath(SERVER))
    _make(LINK, server_user())
    cluster = _there()
    if has_cron(cluster):
        cluster.settings.update(CRON_SETTINGS)
    return cluster


def remove_demo_cluster():
    """Ends it and removes all its files; returns whether there was one."""
    cluster = _there()
    if cluster:
        cluster.remove()
    _remove(LINK)
    _remove(SERVER)
    return cluster is not None


def stop_demo_cluster():
    """Ends it; returns whether it was running, None when there is none."""
    cluster = _there()
    if cluster is None:
        return None
    running = cluster.alive()
    cluster.stop()
    return running
