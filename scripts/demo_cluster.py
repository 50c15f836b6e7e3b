"""Where the demo's cluster lies: .quotakit/cluster, or what that link points to.

As root the server runs as another user. When that user cannot enter the checkout
(one below /root, say), the files go to /var/lib/quotakit and .quotakit/cluster is a link.
"""
import os
import shutil

from pg_cluster import Cluster, HERE, new_directory, reachable, server_user

STATE = os.path.join(HERE, ".quotakit")
LINK = os.path.join(STATE, "cluster")
ELSEWHERE = "/var/lib/quotakit"
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


def demo_cluster():
    """The demo's cluster, its directory made if there is none."""
    if not os.path.exists(LINK):
        os.makedirs(STATE, exist_ok=True)
        if os.path.islink(LINK):
            os.unlink(LINK)
        if reachable(STATE):
            os.mkdir(LINK, 0o700)
            user = server_user()
            if user is not None:
                os.chown(LINK, user.pw_uid, user.pw_gid)
        else:
            os.makedirs(ELSEWHERE, mode=0o755, exist_ok=True)
            os.symlink(new_directory(ELSEWHERE, "demo-"), LINK)
    cluster = Cluster(os.path.realpath(LINK), settings=SETTINGS, loopback=True)
    if has_cron(cluster):
        cluster.settings.update(CRON_SETTINGS)
    return cluster


def remove_demo_cluster():
    """Ends it and removes all its files. Nothing happens when there is none."""
    if os.path.exists(LINK):
        Cluster(os.path.realpath(LINK), loopback=True).remove()
    if os.path.islink(LINK):
        os.unlink(LINK)
    elif os.path.isdir(LINK):
        shutil.rmtree(LINK)
