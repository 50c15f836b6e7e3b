"""HTTP: strict reservations through the gateway, beside its own constant answer and beside Redis with Lua.

Finds a private, durable cluster by the PG* variables (scripts/bench makes one). All rows of a round are
measured one after the other, each round in another order; the figures are medians of the rounds.
"""
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECONDS = os.environ.get("QUOTAKIT_BENCH_SECONDS", "3")
ROUNDS = int(os.environ.get("QUOTAKIT_BENCH_ROUNDS", "3"))
DATABASE = "bench_http"

# What the gateway does for a call, as Redis would: three counters, all or nothing, a hold that ends by itself, once an id.
LUA = """
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
for i = 1, 3 do
  if tonumber(redis.call('GET', KEYS[i]) or '0') + ARGV[1] > tonumber(ARGV[1 + i]) then return 1 end
end
for i = 1, 3 do redis.call('INCRBY', KEYS[i], ARGV[1]) end
redis.call('SET', KEYS[4], ARGV[1], 'EX', 300)
return 0
"""


def psql(sql, dbname=DATABASE):
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dbname], input=sql, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def cpu(pids):
    """Seconds of processor time that processes have used."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as f:
                total += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")


class Gateway:
    def __init__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([os.path.join(ROOT, "gateway/build/quotakit-gateway"), "--listen=127.0.0.1:0", "--bench", "--log-level=notice",
                                         f"--database=dbname={DATABASE} user=quotakit_gateway"], stderr=self.log)
        for _ in range(100):
            time.sleep(0.1)
            found = re.search(r"listening at ([0-9.:]+).*connected", self.text(), re.S)
            if found:
                break
        self.address = found.group(1)
        self.key = psql("SELECT quotakit.create_key('bench')")

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def backends(self):
        return psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'quotakit lane%'").split()

    def command(self, connections, path, body):
        return ["http", self.address, str(connections), SECONDS, path, self.key, body]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Redis:
    """A private redis-server that appends to a file, flushed as `fsync` says."""

    def __init__(self, fsync):
        self.directory = tempfile.mkdtemp(prefix="quotakit-redis-")
        self.port = random.randint(20000, 50000)
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.directory, "--appendonly", "yes",
                                         "--appendfsync", fsync, "--save", ""], stdout=subprocess.DEVNULL)
        for _ in range(50):
            time.sleep(0.1)
            done = subprocess.run(["redis-cli", "-p", str(self.port), "SCRIPT", "LOAD", LUA], stdout=subprocess.PIPE, text=True)
            if done.returncode == 0 and len(done.stdout.strip()) == 40:
                break
        self.sha = done.stdout.strip()

    def command(self, connections):
        return ["redis", f"127.0.0.1:{self.port}", str(connections), SECONDS, self.sha, "4", "c1", "c2", "c3", "{id}", "1", *["1000000000000"] * 3]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory)


def main():
    subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "gateway")], check=True)
    load = os.path.join(tempfile.mkdtemp(prefix="quotakit-load-"), "load")
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", load, os.path.join(HERE, "load.c")], check=True)
    psql(f"SET client_min_messages = warning; DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", "postgres")
    psql(f"CREATE DATABASE {DATABASE}", "postgres")
    psql("""CREATE EXTENSION quotakit; SELECT quotakit.make_gateway_role(); SELECT FROM quotakit.make_partitions();
            SELECT quotakit.create_account('bench'); SELECT quotakit.create_node('hot/path', 'openai'); SELECT quotakit.create_node('open/path', 'openai');
            SELECT quotakit.set_policy('hot', 9000000000, 'usd', 'month', 'strict'); SELECT quotakit.set_policy('hot', 9000000000000, 'requests', 'day', 'strict');
            SELECT quotakit.set_policy('hot/path', 9000000000, 'usd', 'day', 'strict'); SELECT quotakit.set_policy('open', 9000000000, 'usd', 'day', 'open');""")
    gateway = Gateway()
    call = '{"id":"{id}","path":"hot/path","usd":"0.000001"}'
    events = '{"events":[' + ",".join(['{"id":"{id}","path":"open/path","model":"m","usd":"0.000001"}'] * 100) + "]}"
    rows = {}
    for n in (1, 64, 256):
        rows[f"constant, {n}"] = gateway.command(n, "/v1/bench", call)
        rows[f"reserve, {n}"] = gateway.command(n, "/v1/reservations", call)
    rows["events, 16 x 100"] = gateway.command(16, "/v1/log/batch", events)
    servers = {}
    if shutil.which("redis-server"):
        servers = {f"redis {fsync}, {n}": (fsync, n) for fsync in ("everysec", "always") for n in (50,)}
    else:
        print("# redis-server is not here: not measured")

    try:
        results = measure(load, gateway, rows, servers)
    finally:
        gateway.stop()
    wrong = psql("SELECT count(*) FROM quotakit.verify()")
    psql(f"DROP DATABASE {DATABASE}", "postgres")
    report(rows, servers, results, wrong)


def measure(load, gateway, rows, servers):
    results = {}
    for _ in range(ROUNDS):
        for name in random.sample([*rows, *servers], len(rows) + len(servers)):
            redis = Redis(servers[name][0]) if name in servers else None
            pids = [redis.process.pid] if redis else [gateway.process.pid, *gateway.backends()]
            before = cpu(pids)
            try:
                done = subprocess.run([load, *(redis.command(servers[name][1]) if redis else rows[name])], stdout=subprocess.PIPE, text=True, check=True)
            finally:
                spent = cpu(pids)
                if redis:
                    redis.stop()
            result = json.loads(done.stdout)
            result["cpu_us"] = (spent - before) / (result["per_second"] * (float(SECONDS) + 1)) * 1e6
            wrong = {s: c for s, c in result["statuses"].items() if s not in ("200", "201")}
            if wrong:
                sys.exit(f"{name}: answers other than success: {wrong}")
            results.setdefault(name, []).append(result)
    return results


def report(rows, servers, results, wrong):
    middle = {name: {k: statistics.median(r[k] for r in many) for k in ("per_second", "p50_ms", "p99_ms", "cpu_us")} for name, many in results.items()}
    print(f"{'what, connections':<22} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8} {'server CPU us':>14}")
    for name in [*rows, *servers]:
        m = middle[name]
        print(f"{name:<22} {m['per_second']:>9.0f} {m['p50_ms']:>8.2f} {m['p99_ms']:>8.2f} {m['cpu_us']:>14.1f}")
    print(f"{'events a second':<22} {middle['events, 16 x 100']['per_second'] * 100:>9.0f}")

    def ratio(what, a, b, goal):
        if a in middle and b in middle:
            r = statistics.median(x["per_second"] / y["per_second"] for x, y in zip(results[a], results[b]))
            print(f"{what:<50} {r:>5.2f}   goal {goal}   {'met' if r >= goal else 'not met'}")
    print()
    ratio("reserve beside the constant, 64 connections", "reserve, 64", "constant, 64", 0.5)
    ratio("reserve beside the constant, 256 connections", "reserve, 256", "constant, 256", 0.6)
    ratio("reserve (64) beside Redis, everysec, 50", "reserve, 64", "redis everysec, 50", 0.75)
    ratio("reserve (64) beside Redis, always, 50", "reserve, 64", "redis always, 50", 1.2)
    ratio("reserve (256) beside Redis, everysec, 50", "reserve, 256", "redis everysec, 50", 0.75)
    ratio("reserve (256) beside Redis, always, 50", "reserve, 256", "redis always, 50", 1.2)
    print(f"verify() differs in {wrong} rows")
    if wrong != "0":
        sys.exit(1)


main()
