"""doc/install.md, command by command, on a bare Debian with systemd: what test_packages.py does when it has
time. The page is the script; here is only what a reader has already (a database, a certificate, a mail
server) and a look at what each part has led to."""
import difflib
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from bare_debian import Debian
from harness import ROOT, check, equal, note, wait_until

PAGE = os.path.join(ROOT, "doc/install.md")
DEBS = os.path.join(ROOT, "build/deb")
HERE = os.path.dirname(os.path.abspath(__file__))
URL = "https://quota.example.com:8443"
NAMES = ("quota.example.com", "mail.example.com", "db.example.com")

# An application's database, as it may have stood for years.
BEFORE = """
CREATE ROLE shop LOGIN;
CREATE DATABASE mydb OWNER shop;
\\connect mydb
SET ROLE shop;
CREATE TABLE orders (id int PRIMARY KEY, at timestamptz NOT NULL, total numeric NOT NULL CHECK (total >= 0));
INSERT INTO orders SELECT n, '2026-01-01'::timestamptz + n * interval '1 hour', n * 1.5 FROM generate_series(1, 20) n;
CREATE VIEW sales AS SELECT date_trunc('day', at) AS day, sum(total) AS total FROM orders GROUP BY 1;
GRANT SELECT ON sales TO PUBLIC;
"""


def sections(page=PAGE):
    """The page's shell: {title: [script, …]} in order."""
    with open(page, encoding="utf-8") as f:
        text = f.read()
    found = {}
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        title, body = part.split("\n", 1)
        found[title] = re.findall(r"^```sh\n(.*?)^```$", body, re.M | re.S)
    return found


def certificates(debian):
    """A certificate authority that this server trusts, and its certificates where certbot would put them."""
    debian.sh("""
        mkdir -p ca && cd ca
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test CA" -keyout ca.key -out ca.pem
        for name in quota.example.com mail.example.com; do
          place=/etc/letsencrypt/live/$name
          mkdir -p $place
          openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout $place/privkey.pem -out request.pem
          printf 'subjectAltName=DNS:%s\\n' $name > names
          openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out $place/fullchain.pem
          chmod 600 $place/privkey.pem
        done
        chmod 700 /etc/letsencrypt/live
        cp ca.pem /usr/local/share/ca-certificates/test.crt
        update-ca-certificates""")


class Server:
    """The bare Debian with what its owner has before the page begins."""

    def __init__(self, debian):
        self.debian = debian
        self.version = re.search(r"postgresql-(\d+)-quotakit", " ".join(os.listdir(DEBS))).group(1)
        self.sections = sections()
        self.followed = []

    def prepare(self):
        debian = self.debian
        debian.write("/etc/hosts", "".join(f"127.0.0.1 {name}\n" for name in ("localhost", *NAMES)))
        os.makedirs(debian.path("/srv/packages"))
        for deb in glob.glob(os.path.join(DEBS, "*.deb")):
            shutil.copy(deb, debian.path("/srv/packages"))
        debian.download("postgresql", "curl", *("/srv/packages/" + os.path.basename(d) for d in glob.glob(DEBS + "/*.deb")))
        debian.boot()
        debian.sh("apt-get install postgresql")
        debian.write("/srv/before.sql", BEFORE)
        debian.sh("runuser -u postgres -- psql -Xq -v ON_ERROR_STOP=1 < /srv/before.sql")
        certificates(debian)

    def follow(self, title):
        """Runs a section as it stands, each block in a shell of its own, in the packages' folder; returns all that
        was printed. A variable that a block sets is there in the next one."""
        self.followed.append(title)
        script = "\n".join(f"cd /srv/packages\n{block}" for block in self.sections[title])
        script = script.replace("/15/", f"/{self.version}/").replace("@15-", f"@{self.version}-").replace("-15-", f"-{self.version}-")
        said = self.debian.sh(script, check=False)
        check(f"doc/install.md, {title}: every command succeeds", self.debian.status == 0, said[-3000:])
        return said

    def sql(self, sql, dbname="mydb"):
        process = self.debian.enter("env", "--chdir=/", "runuser", "-u", "postgres", "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", dbname,
                                    stdin=subprocess.PIPE)
        said = process.communicate(sql)[0].strip()
        if process.returncode != 0:
            raise RuntimeError(said)
        return said

    def curl(self, *arguments):
        process = self.debian.enter("curl", "-sS", "-m", "20", *arguments)
        return process.communicate()[0]

    def picture(self):
        """All that is to be the same before and after."""
        as_postgres = "cd / && runuser -u postgres -- "
        # pg_dump's lines with a key that is new each time.
        same = " | grep -vE '^(-- |.(un)?restrict )'"
        config = f"/etc/postgresql/{self.version}/main"
        return {
            "schema and rows": self.debian.sh(as_postgres + "pg_dump -C mydb" + same),
            "roles": self.debian.sh(as_postgres + "pg_dumpall --globals-only" + same),
            "databases": self.debian.sh(as_postgres + "psql -XAtq -c \"SELECT datname, datdba::regrole, (SELECT array_agg(a::text ORDER BY 1)"
                                        " FROM unnest(coalesce(datacl, acldefault('d', datdba))) a) FROM pg_database ORDER BY 1\""),
            "the database postgres": self.debian.sh(as_postgres + "pg_dump postgres" + same),
            "server's configuration": self.debian.sh(f"cd {config} && find . -type f | sort | xargs sha256sum"),
            "packages": self.debian.sh("dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' '*quotakit*' 'postgresql-*-cron' 2>&1 |"
                                       " grep -v '^un ' || true"),
            "units": self.debian.sh("ls /etc/systemd/system /etc/quotakit 2>/dev/null || true"),
        }


class Mail:
    """The mail server mail.example.com: a process of this machine in the server's network."""

    PROGRAM = """
import sys, json, time
sys.path.insert(0, sys.argv[1])
import mail_world
mail_world.free_port, mail_world.USER, mail_world.PASSWORD = (lambda: 587), "quota", "the password"
server = mail_world.MailServer((sys.argv[2] + "/fullchain.pem", sys.argv[2] + "/privkey.pem"))
print("ready", flush=True)
seen = 0
while True:
    time.sleep(0.1)
    for mail in server.mails[seen:]:
        print(json.dumps([mail.recipient, mail.subject]), flush=True)
        seen += 1
"""

    def __init__(self, debian):
        self.process = debian.enter(sys.executable, "-c", self.PROGRAM, HERE, debian.path("/etc/letsencrypt/live/mail.example.com"),
                                    network_only=True)
        line = self.process.stdout.readline()
        if line != "ready\n":
            raise RuntimeError("the mail server does not start:\n" + line + self.process.stdout.read())

    def next(self):
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.kill()


def gateway(server):
    title = "The gateway and its dashboard"
    said = server.follow(title)
    link = re.search(rf"{re.escape(URL)}/join\?token=(\S+)$", said, re.M)
    if not check("the first owner gets a link", link, said):
        return
    page = server.curl(URL + "/")
    check("the gateway serves the dashboard over TLS", "<title>QuotaKit" in page, page[:500])
    script = re.search(r'src="(/assets/[^"]+\.js)"', page)
    check("and its scripts", script and "javascript" in server.curl("-I", URL + script.group(1)).lower(), page[:500])
    body = json.dumps({"token": link.group(1), "password": "correct horse battery", "name": "Ann"})
    answer = server.curl("-c", "/srv/cookies", "-H", "Content-Type: application/json", "-H", "Sec-Fetch-Site: same-origin",
                         "-d", body, URL + "/api/join")
    check("the link makes an owner", '"owner"' in answer, answer)
    check("who is signed in", "ann@example.com" in server.curl("-b", "/srv/cookies", URL + "/api/me"))
    equal("the configuration is for root and the service only", server.debian.sh(
        "stat -c '%a %U %G' /etc/quotakit/quotakit-gateway.conf").strip(), "640 root quotakit_gateway")
    equal("the gateway runs as its user, with no capability and no way to any", server.debian.sh(
        "pid=$(systemctl show -P MainPID quotakit-gateway); stat -c %U /proc/$pid;"
        "grep -E '^(CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status").split(),
        ["quotakit_gateway", "CapPrm:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"])


def first_call(server):
    said = server.follow("The first call")
    check("a call through the SDK is counted", "'used': '0.0061'" in said, said)
    equal("nothing is held any more", server.sql("SELECT sum(held) FROM quotakit.policy_status"), "0")


def courier(server, mail):
    server.follow("The courier")
    recipient, subject = mail.next()
    equal("the test alert's mail arrives, over TLS and with a password", recipient, "ann@example.com")
    note(f"its subject: {subject}")
    check("and the database knows", wait_until(lambda: server.sql("SELECT count(*) FROM quotakit.delivery WHERE state = 'sent'") == "1"),
          server.sql("SELECT * FROM quotakit.delivery"))
    equal("the password is for root only", server.debian.sh("stat -c '%a %U' /etc/quotakit/smtp-password").strip(), "600 root")


def jobs(server):
    server.follow("The jobs")
    check("pg_cron has them", int(server.sql("SELECT count(*) FROM cron.job", "postgres")) >= 8)


def jobs_ran(server):
    check("pg_cron runs the jobs", wait_until(lambda: server.sql(
        "SELECT count(*) FROM quotakit.job_log WHERE ok") != "0", 90, 1), server.sql("SELECT * FROM quotakit.job_log"))


def backup(server):
    said = server.follow("Backup and restore")
    check("the restored copy has no difference", "(0 rows)" in said, said)
    check("and what was used", re.search(r"acme \| usd +\| month +\| 0\.0061$", said, re.M), said)


def newer_packages(server):
    """The same packages under a higher version: enough for dpkg to do all that it does in an upgrade."""
    with tempfile.TemporaryDirectory() as place:
        for deb in glob.glob(os.path.join(DEBS, "*.deb")):
            tree = os.path.join(place, "tree")
            subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
            control = os.path.join(tree, "DEBIAN/control")
            with open(control) as f:
                text = re.sub(r"^Version: (.*)$", r"Version: \1.1", f.read(), flags=re.M)
            with open(control, "w") as f:
                f.write(text)
            subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, server.debian.path("/srv/packages")],
                           check=True, stdout=subprocess.DEVNULL)
            os.unlink(server.debian.path("/srv/packages/" + os.path.basename(deb)))
            shutil.rmtree(tree)


def upgrade(server):
    before = server.debian.sh("sha256sum /etc/quotakit/*")
    newer_packages(server)
    server.follow("Upgrade")
    check("the new packages are installed", server.debian.sh("dpkg-query -W -f '${Version}\\n' '*quotakit*'").count(".1\n") >= 4)
    equal("the configuration is as it was", server.debian.sh("sha256sum /etc/quotakit/*"), before)
    equal("the password is still for root only", server.debian.sh("stat -c '%a %U' /etc/quotakit/smtp-password").strip(), "600 root")
    check("the gateway is ready again", wait_until(lambda: "ready" in server.curl(URL + "/readyz")))
    equal("no counter differs from the ledger", server.sql("SELECT * FROM quotakit.verify()"), "")


def elsewhere(server):
    server.follow("On another machine")
    equal("the gateway comes by password and TLS", server.sql(
        "SELECT bool_and(s.ssl AND a.client_addr IS NOT NULL) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)"
        " WHERE usename = 'quotakit_gateway'"), "t")


def uninstall(server, before):
    server.follow("Uninstall")
    after = server.picture()
    for what, text in before.items():
        differs = list(difflib.unified_diff(text.splitlines(), after[what].splitlines(), "before", "after", lineterm="", n=0))
        check(f"after removal, {what}: as before", not differs, "\n".join(differs))
    check("no process of it is left", "quotakit" not in server.debian.sh("cat /proc/[0-9]*/comm 2>/dev/null || true"))
    check("no user either", "quotakit" not in server.debian.read("/etc/passwd"))


def run():
    with Debian() as debian:
        server = Server(debian)
        server.prepare()
        before = server.picture()
        server.follow("The packages")
        equal("neither service runs by itself", debian.sh(
            "systemctl is-enabled quotakit-gateway quotakit-courier || true; systemctl is-active quotakit-gateway quotakit-courier || true").split(),
            ["disabled", "disabled", "inactive", "inactive"])
        server.follow("The database")
        jobs(server)
        gateway(server)
        first_call(server)
        mail = Mail(debian)
        courier(server, mail)
        jobs_ran(server)
        backup(server)
        upgrade(server)
        elsewhere(server)
        equal("systemd had to restart nothing", debian.sh("systemctl show -P NRestarts quotakit-gateway quotakit-courier").split(), ["0", "0"])
        mail.stop()
        uninstall(server, before)
        equal("every command of the page was run", [t for t, found in server.sections.items() if found], server.followed)
