"""What lies around the courier in a test: certificates, a mail server with TLS and passwords, an
HTTP server for webhooks, and couriers as processes that can be killed."""
import collections
import email
import email.policy
import http.server
import logging
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from harness import ROOT

# A client that ends in the middle of a session is what these tests are about.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="aiosmtpd")

COURIER = os.path.join(ROOT, "gateway/build/quotakit-courier")
USER, PASSWORD = "courier", "correct horse"
FROM = "alerts@quota.example"

Mail = collections.namedtuple("Mail", "at recipient message_id uncertain subject text html raw")


def certificates():
    """A certificate of its own for 127.0.0.1, in a new directory: (certificate, key)."""
    directory = tempfile.mkdtemp(prefix="quotakit-tls-")
    certificate, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def parse(at, recipient, content):
    m = email.message_from_bytes(content, policy=email.policy.default)
    part = {kind: m.get_body((kind,)) for kind in ("plain", "html")}
    part = {kind: body.get_content().replace("\r\n", "\n") if body else None for kind, body in part.items()}
    return Mail(at, recipient, m["Message-ID"], m["X-QuotaKit-Uncertain"] == "yes", m["Subject"],
                part["plain"], part["html"], content)


class MailServer:
    """A real SMTP server (aiosmtpd): STARTTLS or implicit TLS, a password, mails kept in a list."""

    def __init__(self, tls, implicit=False, refuse=(), after=None):
        self.mails = []
        self.refuse = set(refuse)
        self.after = after          # called when a mail is kept, before it is acknowledged
        self.sessions = []
        self.sessions_without_tls = 0
        self.implicit = implicit
        self.port = free_port()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*tls)
        self.controller = None
        self.start()

    def start(self):
        server = self

        class Factory(Controller):
            def factory(self):
                session = SMTP(self.handler, enable_SMTPUTF8=True, ident="test", auth_required=True,
                               auth_require_tls=not server.implicit, authenticator=server.authenticate,
                               require_starttls=not server.implicit, tls_context=None if server.implicit else server.tls)
                server.sessions.append(session)
                return session

        self.controller = Factory(self, hostname="127.0.0.1", port=self.port, ssl_context=self.tls if self.implicit else None)
        self.controller.start()

    def stop(self):
        """Away: what is open is cut off, and nobody answers any more."""
        if self.controller:
            for session in self.sessions:
                if session.transport and not session.transport.is_closing():
                    self.controller.loop.call_soon_threadsafe(session.transport.abort)
            self.sessions.clear()
            self.controller.stop()
            self.controller = None

    @property
    def url(self):
        return f"{'smtps' if self.implicit else 'smtp'}://127.0.0.1:{self.port}"

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        ok = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=ok, handled=ok)

    async def handle_RCPT(self, _server, session, envelope, address, options):
        if session.ssl is None and not self.implicit:
            self.sessions_without_tls += 1
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
        for recipient in envelope.rcpt_tos:
            self.mails.append(parse(time.time(), recipient, content))
        if self.after:
            self.after(self.mails[-1])
        return "250 kept"


Hook = collections.namedtuple("Hook", "at path headers body")


class HookServer:
    """Takes webhooks; answers what answer[path] says, 200 otherwise."""

    def __init__(self):
        self.hooks = []
        self.answer = {}
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                world.hooks.append(Hook(time.time(), self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                code, headers = world.answer.get(self.path, (200, {}))
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


class Courier:
    """A courier as a process, connected as a role that may do nothing else."""

    def __init__(self, cluster, smtp=None, tls=None, *options, user="courier", dbname="quota", password=PASSWORD):
        self.errors = tempfile.TemporaryFile("w+")
        command = [COURIER, "--database", f"host={cluster.sockets} port={cluster.port} user={user} dbname={dbname}",
                   "--poll", "100"]
        if smtp:
            command += ["--smtp", smtp, "--smtp-user", USER, "--from", FROM]
        if tls:
            command += ["--ca-file", tls[0]]
        self.process = subprocess.Popen(command + list(options), stdin=subprocess.DEVNULL, stderr=self.errors,
                                        env={**os.environ, "QUOTAKIT_SMTP_PASSWORD": password})

    @property
    def pid(self):
        return self.process.pid

    def wait(self, seconds=60):
        return self.process.wait(seconds)

    def kill(self):
        """As the machine would: no time to say anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        """As an operator would; returns the exit status."""
        self.process.terminate()
        return self.process.wait(60)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()
