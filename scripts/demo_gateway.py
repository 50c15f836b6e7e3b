"""The demo's gateway: a process beside the demo's cluster, with the dashboard when it is built."""
import os
import signal
import socket
import subprocess
import time
import urllib.request

from pg_cluster import HERE

STATE = os.path.join(HERE, ".quotakit")
PROGRAM = os.path.join(HERE, "gateway/build/quotakit-gateway")
DASHBOARD = os.path.join(HERE, "dashboard/dist")
PID = os.path.join(STATE, "gateway.pid")
LOG = os.path.join(STATE, "gateway.log")
PORTS = range(8080, 8100)
# A proxy of the environment has no way to this machine's own loopback.
_http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _free(port):
    """The port if it is free, or any that is free for 0; else None."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return None
        return s.getsockname()[1]


def running():
    """The process's number, or None: only one that runs this program is ours."""
    try:
        with open(PID) as f:
            number = int(f.read())
        # A program that was built anew since: "… (deleted)".
        return number if os.readlink(f"/proc/{number}/exe").startswith(PROGRAM) else None
    except (OSError, ValueError):
        return None


def stop():
    """Ends it; returns whether there was one."""
    number = running()
    if number is not None:
        os.kill(number, signal.SIGTERM)
        end = time.monotonic() + 30
        while running() == number and time.monotonic() < end:
            time.sleep(0.05)
    if os.path.exists(PID):
        os.unlink(PID)
    return number is not None


def start(cluster, dbname):
    """Starts it on the first port that is free; returns its URL when it is ready."""
    stop()
    for port in filter(None, map(_free, (*PORTS, 0))):
        process = _run(cluster, dbname, port)
        url = f"http://127.0.0.1:{port}"
        if _ready(process, url):
            return url
        # Another program may have taken the port in the meantime.
        if _free(port):
            with open(LOG) as log:
                raise RuntimeError("the gateway does not start:\n" + log.read())
    raise RuntimeError("no port is free for the gateway")


def _run(cluster, dbname, port):
    options = [f"--listen=127.0.0.1:{port}", "--log_level=warning",
               f"--database=host={cluster.sockets} port={cluster.port} user=quotakit_gateway dbname={dbname}"]
    if os.path.exists(os.path.join(DASHBOARD, "index.html")):
        options.append(f"--static_dir={DASHBOARD}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "QUOTAKIT_"))}
    with open(LOG, "w") as log:
        process = subprocess.Popen([PROGRAM, *options], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    with open(PID, "w") as f:
        f.write(f"{process.pid}\n")
    return process


def _ready(process, url):
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            with _http.open(url + "/readyz", timeout=5):
                return process.poll() is None
        except OSError:
            time.sleep(0.05)
    return False
