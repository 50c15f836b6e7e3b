"""The container images: built with buildah from the packages, on a base image made of a bare Debian, and
started as packaging/container/compose.yaml says, without a container engine."""
import glob
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time

import yaml

from bare_debian import Debian
from harness import ROOT, check, equal, wait_until
from package_install import Mail, certificates

PLACE = os.path.join(ROOT, "packaging/container")
TOOLS = ("buildah", "python3-yaml")
URL = "http://127.0.0.1:8080"

FETCH = """
import sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], data=sys.argv[2].encode() or None, headers=dict(h.split(": ") for h in sys.argv[3:]))
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
except OSError as error:
    print(0, error)
"""


def compose(environment):
    """The services of compose.yaml, with their variables as this environment says."""
    def fill(match):
        return environment.get(match.group(1), match.group(2))

    with open(os.path.join(PLACE, "compose.yaml"), encoding="utf-8") as f:
        return yaml.safe_load(re.sub(r"\$\{(\w+):-([^}]*)\}", fill, f.read()))


def descendants(pid):
    found = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(task) as f:
                for child in f.read().split():
                    found += [int(child), *descendants(int(child))]
        except OSError:
            pass
    return found


class Images:
    """Images and containers in a directory of their own, in the network of a booted Debian."""

    def __init__(self, debian):
        self.debian = debian
        self.place = os.path.join(debian.base, "images")
        self.compose = compose({})
        self.running = {}
        os.mkdir(self.place)
        self.files = os.path.join(self.place, "secrets")
        os.mkdir(self.files)
        for name in self.compose["secrets"]:
            with open(os.path.join(self.files, name), "w") as f:
                f.write("the password\n" if name == "smtp" else secrets.token_hex(24) + "\n")
        with open(os.path.join(self.place, "hosts"), "w") as f:
            f.writelines(f"127.0.0.1 {name}\n" for name in ("localhost", "mail.example.com", *self.compose["services"]))

    def command(self, *arguments):
        return ["buildah", "--root", os.path.join(self.place, "storage"), "--runroot", os.path.join(self.place, "run"), *arguments]

    def buildah(self, *arguments):
        done = subprocess.run(self.command(*arguments), cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(f"buildah {' '.join(arguments)}:\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout.strip()

    def import_base(self):
        container = self.buildah("from", "scratch")
        subprocess.run(["cp", "-a", self.debian.root + "/.", self.buildah("mount", container)], check=True)
        self.buildah("commit", "--rm", container, "localhost/bare-debian")

    def build(self, service):
        how = self.compose["services"][service]["build"]
        self.buildah("build", "--isolation", "chroot", "--layers", "--pull-never", "--build-arg", "BASE=localhost/bare-debian",
                     "--file", how["dockerfile"], "--target", how["target"], "--tag", "localhost/" + self.compose["services"][service]["image"],
                     os.path.normpath(os.path.join(PLACE, how["context"])))

    # -- running

    def container(self, service):
        """What "compose up" would run: [buildah, run, …] without the program."""
        wanted = self.compose["services"][service]
        name = self.buildah("from", "--pull-never", "localhost/" + wanted["image"])
        given = ["--no-hosts", "--volume", os.path.join(self.place, "hosts") + ":/etc/hosts:ro",
                 "--volume", self.debian.path("/etc/ssl/certs/ca-certificates.crt") + ":/etc/ssl/certs/ca-certificates.crt:ro"]
        for secret in wanted["secrets"]:
            given += ["--volume", f"{self.files}/{secret}:/run/secrets/{secret}:ro"]
        for key, value in wanted["environment"].items():
            given += ["--env", f"{key}={value}"]
        return name, given

    def start(self, service):
        name, given = self.container(service)
        settings = json.loads(self.buildah("inspect", name))["OCIv1"]["config"]
        program = settings["Entrypoint"] + (self.compose["services"][service].get("command") or settings.get("Cmd") or [])
        self._run(service, name, given, program)

    def _run(self, service, name, given, program):
        log = open(os.path.join(self.place, service + ".log"), "a")
        process = self.debian.enter(*self.command("run", "--isolation", "chroot", *given, name, "--", *program),
                                    network_only=True, stdout=log, stderr=log)
        self.running[service] = (process, name, given, program)

    def again(self, service):
        self._run(service, *self.running[service][1:])

    def log(self, service):
        with open(os.path.join(self.place, service + ".log"), errors="replace") as f:
            return f.read()[-3000:]

    def stop(self, service, number):
        """Sends the service's first process a signal, as an engine would; returns how it ended."""
        process = self.running[service][0]
        for pid in descendants(process.pid):
            try:
                with open(f"/proc/{pid}/comm") as f:
                    name = f.read().strip()
                if name in ("postgres", "quotakit-gatewa", "quotakit-courie"):
                    os.kill(pid, number)
                    break
            except OSError:
                pass
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            for pid in descendants(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.kill()
            return "killed"

    def psql(self, sql, dbname="quotakit"):
        _, name, given, _ = self.running["postgres"]
        process = self.debian.enter(*self.command("run", "--isolation", "chroot", *given, name, "--",
                                                  "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/tmp", "-d", dbname, "-c", sql),
                                    network_only=True)
        said = process.communicate()[0].strip()
        if process.returncode != 0:
            raise RuntimeError(said)
        return said

    def fetch(self, path, body=None, *headers):
        process = self.debian.enter(sys.executable, "-c", FETCH, URL + path, json.dumps(body) if body else "",
                                    "Content-Type: application/json", *headers, network_only=True)
        status, _, said = process.communicate()[0].partition(" ")
        return int(status), said


def use(images):
    """From the first sign-up to a call and a mail."""
    equal("the first visitor signs up", images.fetch("/api/signup", {
        "account": "acme", "email": "ann@example.com", "password": "correct horse battery"}, "Sec-Fetch-Site: same-origin")[0], 201)
    check("the image of the gateway has the dashboard", "<title>QuotaKit" in images.fetch("/")[1])
    key = images.psql("SET quotakit.account = 'acme'; SELECT FROM quotakit.create_node('acme/search', service => 'openai');"
                      "SELECT FROM quotakit.set_policy('acme', 25, enforcement => 'strict');"
                      "SELECT FROM quotakit.set_account(contact_email => 'ann@example.com'); SELECT quotakit.create_key('k')")
    status, said = images.fetch("/v1/reservations", {"path": "acme/search", "model": "gpt-4o", "usd": "1"}, "Authorization: Bearer " + key)
    check("a reservation is granted", status in (200, 201) and "granted" in said, f"{status} {said}")
    equal("and held", images.psql("SELECT held FROM quotakit.policy_status"), "1")
    images.psql("SET quotakit.account = 'acme'; SELECT quotakit.test_alert(quotakit.set_alert(policy_id, percent => 80)) FROM quotakit.policy_status")


def run():
    with Debian() as debian:
        images = Images(debian)
        images.import_base()
        for service in images.compose["services"]:
            images.build(service)
        check("the three images are built from the packages", True)
        debian.boot()
        certificates(debian)
        mail = Mail(debian)
        try:
            images.start("postgres")
            check("the image of PostgreSQL makes its database", wait_until(
                lambda: "listening on IPv4" in images.log("postgres"), 120, 1), images.log("postgres"))
            images.start("gateway")
            images.start("courier")
            check("the gateway is ready", wait_until(lambda: images.fetch("/readyz")[0] == 200), images.log("gateway"))
            use(images)
            equal("the courier delivers", mail.next()[0], "ann@example.com")
            equal("pg_cron has the jobs", images.psql("SELECT count(*) >= 8 FROM cron.job", "postgres"), "t")
            equal("PostgreSQL ends on its signal", images.stop("postgres", signal.SIGINT), 0)
            images.again("postgres")
            check("and goes on with what it had", wait_until(lambda: images.fetch("/readyz")[0] == 200, 60, 0.5), images.log("postgres"))
            equal("no counter differs from the ledger", images.psql("SELECT * FROM quotakit.verify()"), "")
            equal("the gateway ends on its signal", images.stop("gateway", signal.SIGTERM), 0)
            equal("the courier too", images.stop("courier", signal.SIGTERM), 0)
        finally:
            mail.stop()
            for service in images.running:
                if images.running[service][0].poll() is None:
                    images.stop(service, signal.SIGINT)
            time.sleep(0.5)
