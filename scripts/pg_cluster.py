"""A private PostgreSQL cluster: made, started, used and ended by its own postmaster's pid.

A cluster's directory is the caller's choice, or one made where servers can live
(workplace.py). Its programs are those of a private tree (private_tree.py).

Local connections go through a socket in a directory that only the server's user
(and root) can enter, and need no password. Connections over loopback do.
"""
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time

from private_tree import HERE, find_pg_config, private_pg_config  # noqa: F401
from workplace import as_user, new_directory, server_user  # noqa: F401

SOCKET_PATH_MAX = 107        # bytes, with the file's name


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


TEST_SETTINGS = {
    # The machine is not pulled away under a test: nothing to be had from fsync.
    "fsync": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "autovacuum_naptime": "5s",
}


class Cluster:
    """with Cluster() as c: ... c.dsn() ...; removed at the end unless it was given its directory."""

    def __init__(self, directory=None, settings=None, pg_config=None, loopback=False):
        self.pg_config = pg_config or private_pg_config()
        self.bindir = self._ask("--bindir")
        self.pkglibdir = self._ask("--pkglibdir")
        self.temporary = directory is None
        self.directory = directory or new_directory()
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.user = server_user()
        self.superuser = "postgres"
        self.settings = dict(TEST_SETTINGS if settings is None else settings)
        self.loopback = loopback
        self.port = 5432
        self.sockets = None
        self._own_sockets = None
        if os.path.exists(os.path.join(self.directory, "password")):
            self._remember()

    def _ask(self, what):
        return subprocess.run([self.pg_config, what], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()

    # -- making, starting, stopping

    def exists(self):
        return os.path.exists(os.path.join(self.data, "PG_VERSION"))

    def run(self, program, *arguments, check=True, **options):
        """Runs a server program (initdb, pg_ctl, …) as the server's user."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True,
                   "stdin": subprocess.DEVNULL, **options}
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       **{k: v for k, v in os.environ.items() if k == "LD_PRELOAD"}}
        done = subprocess.run([os.path.join(self.bindir, program), *arguments], cwd="/",
                              env=environment, **as_user(self.user), **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout}")
        return done

    def make(self):
        self._write("password", secrets.token_hex(16) + "\n", 0o600)
        self.run("initdb", "-D", self.data, "-U", self.superuser, "--encoding=UTF8", "--locale=C.UTF-8",
                 "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
                 "--pwfile=" + os.path.join(self.directory, "password"))
        self._remember()

    def _write(self, name, text, mode):
        path = os.path.join(self.directory, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as f:
            f.write(text)
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _remember(self):
        """The password, and where the sockets are if not in the directory."""
        with open(os.path.join(self.directory, "password")) as f:
            self.password = f.read().strip()
        elsewhere = os.path.join(self.directory, "sockets")
        if os.path.exists(elsewhere):
            with open(elsewhere) as f:
                self._own_sockets = f.read().strip()

    def _choose_sockets(self):
        beside = os.path.join(self.directory, "socket")
        if len(os.fsencode(beside)) + len("/.s.PGSQL.65535") <= SOCKET_PATH_MAX:
            if not os.path.isdir(beside):
                os.mkdir(beside, 0o700)
                if self.user is not None:
                    os.chown(beside, self.user.pw_uid, self.user.pw_gid)
            return beside
        if self._own_sockets is None or not os.path.isdir(self._own_sockets):
            self._own_sockets = new_directory("/tmp", "qk-")
            self._write("sockets", self._own_sockets + "\n", 0o600)
        return self._own_sockets

    def start(self):
        if not self.exists():
            self.make()
        if self.alive():
            self._where()
            return self
        self.sockets = self._choose_sockets()
        for _ in range(5):
            if self.loopback:
                self.port = _free_port()
            settings = {
                "unix_socket_directories": f"'{self.sockets}'",
                "listen_addresses": "'127.0.0.1'" if self.loopback else "''",
                "port": str(self.port),
                "log_line_prefix": "'%m [%p] %q%a '",
                "timezone": "'UTC'",
                "log_timezone": "'UTC'",
                **self.settings,
            }
            self._write("settings.conf", "".join(f"{k} = {v}\n" for k, v in settings.items()), 0o600)
            self._include_settings()
            done = self.run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start",
                            check=False, stdout=subprocess.DEVNULL)
            if done.returncode == 0:
                return self
            # Another program may have taken the port in the meantime.
            if not self.loopback or "could not bind" not in self.log_text():
                break
        raise RuntimeError(f"the server does not start:\n{self.log_text()[-4000:]}")

    def _include_settings(self):
        path = os.path.join(self.data, "postgresql.conf")
        line = "include '../settings.conf'\n"
        with open(path) as f:
            present = line in f.read()
        if not present:
            with open(path, "a") as f:
                f.write(line)

    def pid(self):
        """The postmaster's pid, if it is ours and runs; else None."""
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as f:
                pid = int(f.readline())
            # A pid may have been given to another process since; ours works in its data directory.
            if os.path.realpath(os.readlink(f"/proc/{pid}/cwd")) == os.path.realpath(self.data):
                return pid
        except (OSError, ValueError):
            pass
        return None

    def alive(self):
        return self.pid() is not None

    def _where(self):
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            lines = f.read().split("\n")
        self.port, self.sockets = int(lines[3]), lines[4]

    def stop(self, mode="fast"):
        """mode: smart, fast or immediate, as pg_ctl knows them."""
        if self.alive():
            self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "stop", check=False)
            pid = self.pid()
            if pid:
                os.kill(pid, signal.SIGQUIT)
                for _ in range(100):
                    if not self.alive():
                        break
                    time.sleep(0.1)

    def restart(self, mode="fast"):
        self.stop(mode)
        return self.start()

    def remove(self):
        self.stop("immediate")
        self._keep_log()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self._own_sockets:
            shutil.rmtree(self._own_sockets, ignore_errors=True)

    def _keep_log(self):
        """scripts/check-assert reads the logs of all servers when the tests are over."""
        kept = os.environ.get("QUOTAKIT_LOGS")
        if kept and os.path.exists(self.log):
            shutil.copy(self.log, os.path.join(kept, os.path.basename(self.directory)))

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, *_):
        if self.temporary:
            self.remove()
        else:
            self.stop()

    # -- using

    def log_text(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def dsn(self, dbname="postgres", **options):
        """Keyword arguments for libpq."""
        return {"host": self.sockets, "port": self.port, "user": self.superuser, "dbname": dbname, **options}

    def environment(self, dbname="postgres"):
        """The environment for a client program such as psql or pg_dump."""
        return {**{k: v for k, v in os.environ.items() if not k.startswith("PG") or k == "PG_CONFIG"},
                "PGHOST": self.sockets, "PGPORT": str(self.port), "PGUSER": self.superuser,
                "PGDATABASE": dbname, "PATH": self.bindir + ":" + os.environ.get("PATH", "/usr/bin:/bin")}

    def client(self, program, *arguments, dbname="postgres", check=True, **options):
        """Runs a client program of this PostgreSQL against the cluster; its output is in .stdout, .stderr."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
                   "stdin": None if "input" in options else subprocess.DEVNULL, **options}
        if options["stdin"] is None:
            del options["stdin"]
        done = subprocess.run([os.path.join(self.bindir, program), *arguments],
                              env=self.environment(dbname), **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def psql(self, sql, dbname="postgres", check=True):
        """Runs SQL in psql, stopping at the first error; returns what it printed, unaligned."""
        return self.client("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-", dbname=dbname,
                           input=sql, check=check).stdout
