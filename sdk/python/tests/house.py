"""A cluster with an account, and gateways in front of it: the real ones, started once for all tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any, Dict, List, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SDK = os.path.dirname(HERE)
for place in (SDK, os.path.join(ROOT, "tests"), os.path.join(ROOT, "scripts")):
    if place not in sys.path:
        sys.path.insert(0, place)

import harness  # noqa: E402

PROGRAM = os.path.join(ROOT, "gateway", "build", "quotakit-gateway")

house: "House"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Gateway:
    """One gateway process on a port of its own. It can be ended and started again on the same port."""

    def __init__(self, dsn: str, port: Optional[int] = None, quiet: bool = False, **options: Any) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._dsn = dsn
        self._quiet = quiet
        self._options = options
        self.process: Optional["subprocess.Popen[bytes]"] = None

    def start(self) -> "Gateway":
        if not os.path.exists(PROGRAM):
            raise RuntimeError(f"{PROGRAM} is missing: make -C gateway")
        options = {"listen": f"127.0.0.1:{self.port}", "database": self._dsn, "log_level": "error", **self._options}
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("QUOTAKIT_", "PG"))}
        self.process = subprocess.Popen(
            [PROGRAM] + [f"--{k}={v}" for k, v in options.items()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if self._quiet else None,
        )
        end = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=2):
                    return self
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError("the gateway does not start") from None
                time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(30)

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        tasks = f"/proc/{self.process.pid}/task"
        # Each thread stops when it next leaves the kernel.
        while not all(self._state(f"{tasks}/{task}/stat") == "T" for task in os.listdir(tasks)):
            time.sleep(0.002)

    @staticmethod
    def _state(path: str) -> str:
        with open(path) as f:
            return f.read().rpartition(")")[2].split()[0]

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class House:
    """The cluster, its database and the gateways; a with block ends them all."""

    def __init__(self, quiet: bool = False) -> None:
        """quiet: what the gateways say is thrown away."""
        global house
        house = self
        self._quiet = quiet
        self.cluster = harness.Cluster()
        self.gateways: List[Gateway] = []
        self._accounts = 0

    def __enter__(self) -> "House":
        self.cluster.start()
        self.db = harness.database(self.cluster)
        self.db.run("SELECT quotakit.make_gateway_role()")
        self.gateway = self.new_gateway()
        return self

    def __exit__(self, *_: Any) -> None:
        for gateway in self.gateways:
            gateway.stop(signal.SIGKILL)
        self.db.close()
        self.cluster.remove()

    def new_gateway(self, **options: Any) -> Gateway:
        dsn = f"host={self.cluster.sockets} port={self.cluster.port} dbname=quota user=quotakit_gateway"
        gateway = Gateway(dsn, quiet=self._quiet, **options)
        self.gateways.append(gateway)
        return gateway.start()

    def account(self, **options: Any) -> "Account":
        self._accounts += 1
        return Account(self, f"test{self._accounts}", options)


class Account:
    """An account of its own for a test, with its key."""

    def __init__(self, house: House, name: str, options: Dict[str, Any]) -> None:
        self.house = house
        self.name = name
        self.db = house.db
        arguments = "".join(f", {k} => %s" for k in options)
        self.id = self.db.value(f"SELECT quotakit.create_account(%s{arguments})", name, *options.values())
        self.act()
        self.key: str = self.db.value("SELECT quotakit.create_key('test')")

    def act(self) -> None:
        self.db.run(f"SET quotakit.account = '{self.name}'")

    def node(self, path: str, service: Optional[str] = "openai") -> None:
        self.act()
        self.db.run("SELECT quotakit.create_node(%s, service => %s)", path, service)

    def policy(self, path: str, limit: Any, **options: Any) -> int:
        self.act()
        arguments = "".join(f", {k} => %s" for k in options)
        return int(self.db.value(f"SELECT quotakit.set_policy(%s, %s{arguments})", path, limit, *options.values()))

    def limit(self, policy: int, amount: Any) -> None:
        self.act()
        self.db.run("SELECT quotakit.set_limit(%s, %s)", policy, amount)

    def status(self, policy: int) -> Dict[str, Any]:
        self.act()
        rows: List[Dict[str, Any]] = self.db.dicts("SELECT * FROM quotakit.policy_status WHERE policy_id = %s", policy)
        return rows[0]

    def events(self, where: str = "true") -> List[Dict[str, Any]]:
        rows: List[Dict[str, Any]] = self.db.dicts(
            f"SELECT e.*, n.path::text AS path_text FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id) "
            f"WHERE account_id = {self.id} AND {where} ORDER BY at, event_id"
        )
        return rows

    def open_reservations(self) -> int:
        self.act()
        return int(self.db.value("SELECT count(*) FROM quotakit.open_reservation WHERE account_id = %s", self.id))

    def verify(self) -> List[Any]:
        self.act()
        rows: List[Any] = self.db.run("SELECT * FROM quotakit.verify()")
        return rows
