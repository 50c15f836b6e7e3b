"""Where servers can live.

As root the server runs as an unprivileged user, whose files must lie where that user can reach them; a checkout
below /root, or one made with umask 077, is no such place. Nor is one whose name has a space or a quote in it:
shells, connection strings and lists of paths would each need it written in another way.
"""
import os
import pwd
import re
import subprocess
import sys
import tempfile

PLAIN = re.compile(r"[A-Za-z0-9/._+@-]+")


def server_user():
    """Whom the server runs as: postgres (or nobody) when we are root, else ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    sys.exit("as root, a user named postgres or nobody is needed to run the server")


def as_user(user):
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid,
            "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid)}


def reachable(path):
    """Whether the server's user can enter an existing directory."""
    return subprocess.run(["/usr/bin/test", "-x", path], cwd="/", **as_user(server_user())).returncode == 0


def fit(path):
    """Whether servers can live below an existing directory: we can write there, their user can enter it, programs
    can be run from it, and its name is plain."""
    return (PLAIN.fullmatch(path) is not None and os.access(path, os.W_OK | os.X_OK)
            and not os.statvfs(path).f_flag & os.ST_NOEXEC and reachable(path))


def state_home():
    """Where things are kept that do not fit into the checkout; made if it is not there."""
    path = "/var/lib/quotakit"
    if os.geteuid() != 0:
        path = os.path.join(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"), "quotakit")
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o755)       # whatever the umask, of this run or an earlier one
    return path


def workplace(*first):
    """The first of the directories given, or of the usual ones, that is fit for servers."""
    usual = (os.environ.get("QUOTAKIT_TMP"), os.environ.get("TMPDIR"), "/var/tmp")
    found = next((path for path in (*first, *usual, state_home()) if path and fit(os.path.realpath(path))), None)
    if found is None:
        sys.exit("no directory is fit for a server: name one in TMPDIR that its user can enter, whose path has"
                 " no spaces or quotes and which is not mounted noexec")
    return os.path.realpath(found)


def new_directory(parent=None, prefix="quotakit-"):
    """A new directory that the server's user owns."""
    path = tempfile.mkdtemp(prefix=prefix, dir=parent or workplace())
    user = server_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path
