"""The demo's gateway: a process beside the demo's cluster, with the dashboard when it is built."""
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from pg_cluster import HERE

STATE = os.path.join(HERE, ".quotakit")
PROGRAM = os.path.join(HERE, "gateway/build/quotakit-gateway")
DASHBOARD = os.path.join(HERE, "dashboard/dist")
PID = os.path.join(STATE, "gateway.pid")
LOG = os.path.join(STATE, "gateway.log")
PORT = 8080


def _port():
    """8080, or any that is free."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", PORT))
        except OSError:
            s.bind(("127.0.0.1", 0))
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
    """Starts it and waits until it is ready; returns its URL."""
    stop()
    port = _port()
    options = [f"--listen=127.0.0.1:{port}", "--log_level=warning",
               f"--database=host={cluster.sockets} port={cluster.port} user=quotakit_gateway dbname={dbname}"]
    if os.path.exists(os.path.join(DASHBOARD, "index.html")):
        options.append(f"--static_dir={DASHBOARD}")
    with open(LOG, "w") as log:
        process = subprocess.Popen([PROGRAM, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    with open(PID, "w") as f:
        f.write(f"{process.pid}\n")
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url + "/readyz", timeout=5):
                return url
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    with open(LOG) as log:
        raise RuntimeError("the gateway does not start:\n" + log.read())
