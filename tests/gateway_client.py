"""The gateway as tests see it: its process, and HTTP that is held against /openapi.json."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

from harness import ROOT, check, wait_until

SANITIZED = os.path.join(ROOT, "gateway/build-sanitize/quotakit-gateway")


def build():
    """Builds the gateway with the sanitizers, so that every test of it is one of them too."""
    done = subprocess.run(["make", "-s", "-j2", "-C", os.path.join(ROOT, "gateway"), "server", "SANITIZE=1"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not check("the gateway builds with the sanitizers", done.returncode == 0, done.stdout):
        sys.exit(1)


def uuid7(at=None):
    ms = int((time.time() if at is None else at) * 1000)
    number = ms << 80 | 7 << 76 | uuid.uuid4().int & (1 << 76) - 1
    return str(uuid.UUID(int=number & ~(3 << 62) | 2 << 62))


def make_certificate(directory, name):
    """A key and a certificate signed by itself, for 127.0.0.1: the paths of both."""
    key, certificate = (os.path.join(directory, f"{name}.{what}") for what in ("key", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return certificate, key


class Gateway:
    """with Gateway(cluster, "quota") as g: g.port"""

    def __init__(self, cluster, dbname, user="quotakit_gateway", program=SANITIZED, context=None, **options):
        self.conninfo = f"host={cluster.sockets} port={cluster.port} user={user} dbname={dbname}"
        self.options = {"listen": "127.0.0.1:0", "database": self.conninfo, **options}
        self.program = program
        self.context = context  # of ssl, for a gateway that speaks TLS
        self.lines = []
        self.process = None
        self.port = None

    def start(self, ready=True):
        environment = {**{k: v for k, v in os.environ.items() if not k.startswith(("PG", "QUOTAKIT_"))},
                       "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99", "UBSAN_OPTIONS": "print_stacktrace=1"}
        self.lines.clear()
        self.process = subprocess.Popen([self.program, *(f"--{k}={v}" for k, v in self.options.items())], env=environment,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True).start()
        if not wait_until(lambda: self.message("listening") or self.process.poll() is not None) or self.process.poll() is not None:
            self.stop()
            raise RuntimeError("the gateway does not start:\n" + "\n".join(self.lines))
        self.port = int(self.message("listening").rsplit(":", 1)[1])
        if ready and not wait_until(lambda: self.get("/readyz")[0] == 200):
            self.stop()
            raise RuntimeError("the gateway does not become ready:\n" + "\n".join(self.lines))
        return self

    def _read(self, stream):
        for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def messages(self):
        """The log, each line as JSON."""
        return [json.loads(line) for line in self.lines]

    def message(self, begins):
        return next((m["message"] for m in self.messages() if m["message"].startswith(begins)), None)

    def stop(self, seconds=30):
        """SIGTERM; returns how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        status = self.stop()
        check("the gateway ends as it should: no crash, no leak", status == 0, f"{status}\n" + "\n".join(self.lines[-60:]))

    def connect(self, seconds=30):
        if self.context:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=seconds, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def get(self, path, headers=None, method="GET", body=None, seconds=30):
        """One request on a connection of its own: status, headers, body."""
        connection = self.connect(seconds)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def raw(self, data, seconds=10, shut=False):
        """Bytes as they are on a new connection; all that comes back until it is closed, or until it falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as s:
            got = b""
            try:
                s.sendall(data)
                if shut:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            try:
                while True:
                    part = s.recv(65536)
                    if not part:
                        break
                    got += part
                    head, _, body = got.partition(b"\r\n\r\n")
                    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                    if length and len(body) >= int(length.group(1)):
                        break
            except OSError:
                pass
            return got


class Contract:
    """What /openapi.json promises, and what of it was seen."""

    def __init__(self, document):
        self.document = document
        self.seen = set()
        self.faults = []

    @classmethod
    def of(cls, gateway):
        """What the gateway promises by itself. The dashboard's API is the database's promise: test_openapi.py."""
        document = json.loads(gateway.get("/openapi.json")[2])
        document["paths"] = {path: operations for path, operations in document["paths"].items() if not path.startswith("/api/")}
        return cls(document)

    def operation(self, method, path):
        path = path.split("?")[0]
        for template, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[0-9a-fA-F-]+", template), path):
                return template, operations.get(method.lower())
        return None, None

    def hold(self, method, path, status, headers, body):
        """Notes where an answer is not as promised."""
        template, operation = self.operation(method, path)
        where = f"{method} {path} {status} {body[:300]!r}"
        if status >= 400:
            self.fault(headers.get("Content-Type") == "application/problem+json", where + ": not a problem")
        if operation is None:
            return
        promised = operation["responses"].get(str(status)) or operation["responses"].get("default" if status >= 400 else None)
        # What HTTP itself may answer anywhere is not described with each operation.
        if promised is None:
            self.fault(status in (405, 413, 414, 431) or status == 404 and not template, where + ": not described")
            return
        self.seen.add((method, template, status))
        for media, content in promised.get("content", {}).items():
            self.fault((headers.get("Content-Type") or "").split(";")[0] == media, where + ": another type")
            if media.endswith("json"):
                for wrong in self.wrong(content["schema"], json.loads(body), "$"):
                    self.fault(False, f"{where}: {wrong}")

    def fault(self, good, text):
        if not good:
            self.faults.append(text)

    TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int}

    def wrong(self, schema, value, at):
        """Where a value is not as its schema says."""
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "anyOf" in schema and all(list(self.wrong(s, value, at)) for s in schema["anyOf"]):
            yield f"{at} is none of those allowed"
        for part in schema.get("allOf", []):
            yield from self.wrong(part, value, at)
        if "const" in schema and value != schema["const"]:
            yield f"{at} is not {schema['const']!r}"
        types = schema.get("type")
        if types is not None:
            types = [types] if isinstance(types, str) else types
            if not any(isinstance(value, self.TYPES[t]) and not (isinstance(value, bool) and t in ("number", "integer")) for t in types):
                yield f"{at} is not of type {types}"
                return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at} is not one of {schema['enum']}"
        if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
            yield f"{at} does not match {schema['pattern']}"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                if name not in value:
                    yield f"{at}.{name} is missing"
            for name, member in value.items():
                yield from self.wrong(schema.get("propertyNames", {}), name, f"the name {at}.{name}")
                inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
                if inner is False:
                    yield f"{at}.{name} is not allowed"
                elif isinstance(inner, dict):
                    yield from self.wrong(inner, member, f"{at}.{name}")
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                yield f"{at} has {len(value)} items"
            first = schema.get("prefixItems", [])
            for i, item in enumerate(value):
                yield from self.wrong(first[i] if i < len(first) else schema.get("items", {}), item, f"{at}[{i}]")


class Client:
    """A caller with a key, whose every answer is held against the contract."""

    def __init__(self, gateway, key, contract):
        self.gateway, self.key, self.contract = gateway, key, contract

    def ask(self, method, path, body=None, headers=None, kind="application/json"):
        """Status, headers and body, read as JSON where it is."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if body is not None:
            sent["Content-Type"] = kind
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
        status, got, data = self.gateway.get(path, {**sent, **(headers or {})}, method, body)
        self.contract.hold(method, path, status, got, data)
        return status, got, json.loads(data) if "json" in (got.get("Content-Type") or "") and data else data

    def post(self, path, body=None, **options):
        return self.ask("POST", path, body, **options)

    def read(self, path, **options):
        return self.ask("GET", path, **options)

    def reserve(self, usd="0.01", **call):
        """Reserves on acme/search; the answer's status and body, and the id."""
        call = {"id": uuid7(), "path": "acme/search", "usd": usd, **call}
        status, _, body = self.post("/v1/reservations", {k: v for k, v in call.items() if v is not None})
        return status, body, call["id"]
