"""A bare Debian in a directory, as a stranger's new server would be: made with debootstrap, booted with its
own systemd by systemd-nspawn, on a network that has nothing but its loopback.

    with Debian() as debian:
        debian.download("postgresql", *debs)    # with this machine's network; the booted system has none
        debian.boot()
        debian.sh("apt-get install postgresql")

Needs root, and in_a_root_of_its_own() first. The minimal system is made once, in /var/cache/quotakit or where QUOTAKIT_BARE says.
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CACHE = os.environ.get("QUOTAKIT_BARE") or "/var/cache/quotakit"
TOOLS = ("debootstrap", "systemd-container")
PACKAGES = ("ca-certificates", "systemd", "systemd-sysv")
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb"}

# systemd-nspawn and buildah want a root that is a mount point, which that of a chroot is not; a bind mount of it
# is. And a cgroup2 of our own, since not every machine has one, and the newer systemd boots with no other.
OWN_ROOT = """
set -e
mount --make-rprivate / 2>/dev/null || true
mount --rbind / "$1"
mount --make-rprivate "$1"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
root=$1
shift
exec chroot "$root" "$@"
"""


def in_a_root_of_its_own(script):
    """Runs the calling script again, with mounts that are its own and gone when it ends; returns only in there."""
    os.umask(0o022)
    if os.environ.get("QUOTAKIT_OWN_ROOT"):
        return
    place = os.path.join(CACHE, "self")
    os.makedirs(place, exist_ok=True)
    os.environ["QUOTAKIT_OWN_ROOT"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", OWN_ROOT, "own-root", place,
                          sys.executable, os.path.abspath(script), *sys.argv[1:]])


def release():
    """This Debian's name: the packages are built for it."""
    with open("/etc/os-release") as f:
        return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', f.read(), re.M))["VERSION_CODENAME"]


def archives():
    """Debian's own archives as this machine reaches them: [(URI, suite)], the main one first."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                             "Created-By: Packages", "Origin: Debian"], check=True, text=True, stdout=subprocess.PIPE).stdout
    found = [line.split() for line in listed.splitlines()]
    found = [(uri, suite) for uri, suite, component in found if component == "main" and suite.startswith(release())]
    return sorted(set(found), key=lambda a: a[1])


def _reach_archives(root):
    """How this machine reaches packages: mirrors, proxies and their certificates, and nothing else of it."""
    with open(os.path.join(root, "etc/apt/sources.list"), "w") as f:
        f.writelines(f"deb {uri} {suite} main\n" for uri, suite in archives())
    said = subprocess.run(["apt-config", "dump", "Acquire"], check=True, text=True, stdout=subprocess.PIPE).stdout
    with open(os.path.join(root, "etc/apt/apt.conf.d/50host"), "w") as f:
        f.write(said)
    for name in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"):
        if os.path.exists(name):
            shutil.copy(name, root + name)


def seed():
    """The minimal system, made when it is not there yet."""
    subprocess.run([os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scripts/require"), *TOOLS], check=True)
    place = os.path.join(CACHE, release())
    if not os.path.exists(os.path.join(place, ".complete")):
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(CACHE, exist_ok=True)
        made = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), release(), place, archives()[0][0]],
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode != 0:
            raise RuntimeError("debootstrap failed:\n" + made.stdout[-3000:])
        open(os.path.join(place, ".complete"), "w").close()
    return place


def _sweep(place):
    """Removes what a run that was killed has left; the system that it had booted ended with it."""
    for left in glob.glob(os.path.join(place, "run.*")):
        if not os.path.exists("/proc/" + os.path.basename(left).split(".")[1]):
            subprocess.run(["rm", "-rf", "--one-file-system", left], check=True)


class Debian:
    def __init__(self):
        base = os.path.dirname(seed())
        _sweep(base)
        self.base = tempfile.mkdtemp(prefix=f"run.{os.getpid()}.", dir=base)
        self.root = os.path.join(self.base, "root")
        self.nspawn = self.leader = None
        subprocess.run(["cp", "-a", "--reflink=auto", seed(), self.root], check=True)
        _reach_archives(self.root)
        self.write("/etc/apt/apt.conf.d/90test", 'APT::Get::Assume-Yes "true";\nDpkg::Use-Pty "0";\n')
        self.write("/etc/default/locale", "LANG=C.UTF-8\n")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")

    def path(self, name):
        return self.root + name

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    # -- before it runs

    def chroot(self, *command, check=True):
        done = subprocess.run(["chroot", self.root, "/usr/bin/env", "-i", *(f"{k}={v}" for k, v in ENVIRONMENT.items()), *command],
                              text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
        return done.stdout

    def download(self, *packages):
        """Fetches packages (names, or files in the system) and all they need, for apt-get to find later."""
        self.chroot("apt-get", "update")
        self.chroot("apt-get", "install", "--download-only", *packages)

    # -- running

    def boot(self):
        log = open(os.path.join(self.base, "console"), "w")
        self.nspawn = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--quiet", "--directory", self.root, "--boot",
             "--register=no", "--keep-unit", "--private-network"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.nspawn.poll() is None:
            self.leader = self.leader or self._find_leader()
            if self.leader and self.sh("systemctl is-active multi-user.target", check=False).strip() == "active":
                return
            time.sleep(0.2)
        with open(log.name, errors="replace") as f:
            raise RuntimeError("systemd-nspawn could not boot the system:\n" + f.read()[-3000:])

    def _find_leader(self):
        """The booted system's first process, as this machine numbers it."""
        for place in glob.glob("/proc/[0-9]*/status"):
            try:
                with open(place) as f:
                    status = f.read()
                if re.search(r"^NSpid:\s+\d+\s+(\d+\s+)?1$", status, re.M) and self._is_ours(int(place.split("/")[2])):
                    return int(place.split("/")[2])
            except OSError:
                pass
        return None

    def _is_ours(self, pid):
        while pid > 1:
            if pid == self.nspawn.pid:
                return True
            with open(f"/proc/{pid}/stat") as f:
                pid = int(f.read().rsplit(")", 1)[1].split()[1])
        return False

    def enter(self, *command, network_only=False, environment=None, **options):
        """A process in the booted system, or one of this machine's in its network."""
        where = ["--net"] if network_only else ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
        if not network_only:
            command = ("/usr/bin/env", "--chdir=/root", "-i", *(f"{k}={v}" for k, v in {**ENVIRONMENT, **(environment or {})}.items()), *command)
        return subprocess.Popen(["nsenter", "--target", str(self.leader), *where, "--", *command], text=True,
                                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options})

    def sh(self, script, check=True, seconds=600):
        """Runs a script of bash as root's in the booted system; returns what it printed."""
        process = self.enter("bash", "-c", "set -eo pipefail\n" + script)
        try:
            said = process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise RuntimeError(f"took longer than {seconds} s:\n{script}") from None
        if check and process.returncode != 0:
            raise RuntimeError(f"ended with {process.returncode}:\n{script}\n{said[-3000:]}")
        self.status = process.returncode
        return said

    def stop(self):
        if self.nspawn and self.nspawn.poll() is None:
            self.nspawn.send_signal(signal.SIGTERM)
            try:
                self.nspawn.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.nspawn.pid, signal.SIGKILL)
                self.nspawn.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        subprocess.run(["rm", "-rf", "--one-file-system", self.base], check=True)
