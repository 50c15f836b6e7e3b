#!/usr/bin/python3
"""The gateway over HTTPS, with a certificate of its own that who asks verifies."""
import json
import os
import socket
import ssl
import subprocess
import tempfile
import time
import warnings

from gateway_client import SANITIZED, Client, Contract, Gateway, build, make_certificate, uuid7
from harness import Cluster, check, database, done, equal, together

build()


def prepare(db):
    """A small account; returns its key."""
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("ALTER DATABASE quota SET quotakit.signup = 'open'")
    db.run("SELECT quotakit.create_account('acme')")
    for path in ("acme/search", "acme/free"):
        db.run("SELECT quotakit.create_node(%s, 'openai')", path)
    db.run("SELECT quotakit.set_policy('acme/search', 10, 'usd', 'month', 'strict')")
    return db.value("SELECT quotakit.create_key('test')")


def requests(gateway, client):
    status, _, answer = client.read("/healthz")
    check("/healthz over HTTPS", status == 200 and answer["status"] == "ok", answer)
    status, answer, rid = client.reserve("0.01")
    check("a reservation over HTTPS", status == 201 and answer["id"] == rid, answer)
    results = together(cluster, 16, lambda n, _: [client.reserve("0.0001")[0] for _ in range(10)])
    equal("160 from sixteen at once", {s for r in results for s in r}, {201})
    connection = gateway.connect()
    answers = []
    for path in ("/v1/state", "/healthz", "/v1/state"):
        connection.request("GET", path, headers={"Authorization": f"Bearer {client.key}"})
        response = connection.getresponse()
        answers.append((response.status, len(response.read()) > 0))
    connection.close()
    equal("three requests on one connection", answers, [(200, True)] * 3)
    big = json.dumps({"events": [{"id": uuid7(), "path": "acme/free", "usd": "0.000000001", "tags": {"a": "x" * 1000}} for _ in range(500)]})
    equal("a body of half a megabyte", client.post("/v1/log/batch", big)[0], 200)
    status, headers, _ = gateway.get("/api/signup", {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}, "POST", json.dumps(
        {"account": "secure", "email": "ann@secure.test", "password": "correct horse battery", "name": "Secure"}))
    check("a session's cookie never leaves HTTPS", status == 201 and headers["Set-Cookie"].endswith("; Secure"), (status, headers["Set-Cookie"]))


def strangers(gateway, client, certificate):
    """Who does not speak TLS, or another one, or does not know the certificate."""
    context = gateway.context
    equal("plain HTTP gets no answer", gateway.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").count(b"HTTP/"), 0)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as silent:
        equal("a client that says nothing loses its connection", silent.recv(1), b"")
    check("in time", 1 < time.monotonic() - began < 6)
    gateway.context = ssl.create_default_context()
    try:
        gateway.get("/healthz")
        check("who does not know the certificate does not speak to it", False)
    except ssl.SSLCertVerificationError:
        check("who does not know the certificate does not speak to it", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = ssl.create_default_context(cafile=certificate)
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    gateway.context = old
    try:
        gateway.get("/healthz")
        check("nor does who knows no TLS newer than 1.1", False)
    except (ssl.SSLError, ConnectionError) as error:
        # Not for want of such a protocol on the client's side.
        check("nor does who knows no TLS newer than 1.1", "NO_" not in str(error), error)
    gateway.context = context
    equal("it is well", client.read("/readyz")[0], 200)


def certificates(gateway, certificate, private, directory):
    """Files that are no such pair."""
    _, other_key = make_certificate(directory, "other")
    empty, locked = os.path.join(directory, "empty"), os.path.join(directory, "locked.key")
    open(empty, "w").close()
    subprocess.run(["openssl", "pkey", "-in", private, "-aes256", "-passout", "pass:x", "-out", locked], capture_output=True, check=True)
    missing = os.path.join(directory, "missing")
    for what, files, says, status in (("no file", (missing, private), f'could not open "{missing}": No such file or directory', 1),
                                      ("a directory", (directory, private), f'could not read "{directory}": Is a directory', 1),
                                      ("an empty file", (empty, private), f'there is no certificate in "{empty}"', 1),
                                      ("a key as certificate", (private, private), f'there is no certificate in "{private}"', 1),
                                      ("a certificate as key", (certificate, certificate), f'there is no private key in "{certificate}", or it has a password', 1),
                                      ("a key with a password", (certificate, locked), f'there is no private key in "{locked}", or it has a password', 1),
                                      ("another's key", (certificate, other_key), f'the key in "{other_key}" is not that of the certificate in "{certificate}"', 1),
                                      ("no key", (certificate, ""), "quotakit-gateway: tls_certificate and tls_key go together", 2)):
        ended = subprocess.run([SANITIZED, "--listen=127.0.0.1:0", f"--database={gateway.conninfo}", f"--tls-certificate={files[0]}", f"--tls-key={files[1]}"],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        said = [json.loads(line)["message"] if line.startswith("{") else line for line in ended.stderr.splitlines()]
        check(f"{what}: it says so, and ends", ended.returncode == status and says in said, (ended.returncode, said))


with Cluster() as cluster, database(cluster) as db, tempfile.TemporaryDirectory() as directory:
    key = prepare(db)
    certificate, private = make_certificate(directory, "own")
    context = ssl.create_default_context(cafile=certificate)
    with Gateway(cluster, "quota", context=context, header_timeout=2, tls_certificate=certificate, tls_key=private) as gateway:
        contract = Contract.of(gateway)
        client = Client(gateway, key, contract)
        requests(gateway, client)
        strangers(gateway, client, certificate)
    certificates(gateway, certificate, private, directory)
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])
    check("every answer was as described", not contract.faults, "\n".join(contract.faults[:20]))

done()
