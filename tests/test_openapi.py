#!/usr/bin/python3
"""/openapi.json is whole: the gateway's own routes, and the dashboard's API as the database tells of it."""
import json
import os
import re

from gateway_client import Contract, Gateway, build
from harness import ROOT, Cluster, check, connect, database, done, equal, wait_until

build()

HEADERS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
PASSWORD = "correct horse battery"


def document(gateway):
    return json.loads(gateway.get("/openapi.json")[2])


def told(gateway):
    """Whether the database's part is there."""
    return "/api/me" in document(gateway)["paths"]


def references(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        schema = list(schema.values())
    for inner in schema if isinstance(schema, list) else []:
        yield from references(inner)


def table(db, described):
    """Each row of the table of routes, and nothing else."""
    rows = db.dicts("SELECT * FROM quotakit._api_routes()")
    operations = {(method.upper(), path): o for path, m in described["paths"].items() for method, o in m.items() if path.startswith("/api/")}
    equal("every route of the table is described, and no other", sorted(operations), sorted((r["method"], r["route"]) for r in rows))
    for row in rows:
        operation = operations[row["method"], row["route"]]
        part = re.findall(r"\{(\w+)\}", row["route"])
        query = [f for f in row["query"].split() if f not in part]
        wanted = [(name, "path", True) for name in part] + [(f.rstrip("!"), "query", f.endswith("!")) for f in query]
        if row["method"] != "GET" and row["needs"] != "nobody":
            wanted.append(("X-CSRF", "header", True))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {"properties": {}, "required": []})
        fields = row["body"].split()
        content = operation["responses"][str(row["success"])].get("content", {})
        check(f"{row['method']} {row['route']} is described as it is",
              [(p["name"], p["in"], p["required"]) for p in operation["parameters"]] == wanted
              and (list(body["properties"]), body["required"]) == ([f.rstrip("!") for f in fields], [f[:-1] for f in fields if f.endswith("!")])
              and operation.get("x-role", "nobody") == row["needs"] and ("security" in operation) == (row["needs"] != "nobody")
              and set(content) == ({"application/json"} if row["answer"] else set()) | ({"text/csv"} if row["csv_file"] else set()), operation)


def schemas(db, described):
    there = set(described["components"]["schemas"])
    equal("whatever is referred to is there", sorted({r.rsplit("/", 1)[1] for r in references(described)} - there), [])
    equal("every shape has a schema", sorted(f"api.{name}" for name, in db.run("SELECT name FROM quotakit._api_shapes()") if f"api.{name}" not in there), [])
    with open(os.path.join(ROOT, "extension/vocabulary.json")) as f:
        lists = json.load(f)["lists"]
    equal("and every list of words, whole", [words["one"] for words in lists.values() if described["components"]["schemas"][words["one"]]["enum"]
                                             != list(dict.fromkeys(m["name"] for m in words["members"] if m["name"]))], [])


def answers(gateway, described):
    """What the API answers is as described."""
    contract = Contract(described)

    def ask(method, path, body=None):
        status, headers, data = gateway.get(path, {**HEADERS, **session}, method, None if body is None else json.dumps(body))
        contract.hold(method, path, status, headers, data)
        return status, headers, json.loads(data) if data else None
    session = {}
    status, headers, me = ask("POST", "/api/signup", {"account": "acme", "email": "ann@acme.test", "password": PASSWORD})
    equal("somebody signs up", status, 201)
    session = {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF": me["csrf"]}
    equal("makes a path", ask("POST", "/api/node", {"path": "acme", "service": "openai"})[0], 201)
    status, _, policy = ask("POST", "/api/policies", {"path": "acme", "amount": "5"})
    equal("and a policy", status, 201)
    for path in ("/api/me", "/api/tree", "/api/node?path=acme", "/api/policies", f"/api/policies/{policy['id']}", "/api/sparks", "/api/services",
                 "/api/audit", "/api/settings", "/api/statements", "/api/keys", "/api/members", "/api/alerts", "/api/usage?since=2026-11-01&until=2026-11-02"):
        equal(f"GET {path}", ask("GET", path)[0], 200)
    for status, path in ((404, "/api/nowhere"), (404, "/api/policies/x"), (404, "/api/policies/999"), (405, "/api/keys/1"), (400, "/api/tree?x=1")):
        equal(f"GET {path}: {status}", ask("GET", path)[0], status)
    check("every answer was as described", not contract.faults, "\n".join(contract.faults[:20]))
    check("what is not is found", list(contract.wrong({"$ref": "#/components/schemas/api.Me"}, {**me, "now": 1}, "$"))
          and list(contract.wrong({"$ref": "#/components/schemas/api.Me"}, {**me, "member": {**me["member"], "role": "guest"}}, "$")))


def follows(db, gateway):
    """The database may come later, tell something else after an update, or nothing that can be read."""
    def reconnect():
        db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'quotakit dashboard%'")
    db.run("ALTER FUNCTION quotakit.gateway_api() RENAME TO gateway_api_before")
    reconnect()
    check("without the function that tells, the log says so", wait_until(lambda: any(
        "could not read the table of routes" in m["message"] for m in gateway.messages())))
    check("and what was told stays", told(gateway))
    db.run("CREATE FUNCTION quotakit.gateway_api() RETURNS json LANGUAGE sql SECURITY DEFINER AS $$ SELECT '{\"routes\": [], \"shapes\": {\"A\": \"x y\"}}'::json $$")
    db.run("GRANT EXECUTE ON FUNCTION quotakit.gateway_api() TO quotakit_gateway")
    reconnect()
    check("what cannot be read is not taken", wait_until(lambda: any("cannot be read" in m["message"] for m in gateway.messages())) and told(gateway))
    db.run("""CREATE OR REPLACE FUNCTION quotakit.gateway_api() RETURNS json LANGUAGE sql SECURITY DEFINER AS $$ SELECT '{"routes": [{"method": "GET", "path": "/api/new",
        "part": null, "needs": null, "query": [], "body": [], "success": 200, "csv": false, "answer": "A"}], "shapes": {"A": "string"}}'::json $$""")
    reconnect()
    check("another table is taken", wait_until(lambda: "/api/new" in document(gateway)["paths"]))
    check("instead of the one before", not told(gateway))
    check("the gateway's own routes stay", "/v1/state" in document(gateway)["paths"])
    db.run("DROP FUNCTION quotakit.gateway_api()")
    db.run("ALTER FUNCTION quotakit.gateway_api_before() RENAME TO gateway_api")


def late(cluster):
    """A gateway that is there before its database."""
    with connect(cluster) as db:
        db.run("CREATE DATABASE late")
    gateway = Gateway(cluster, "late").start(ready=False)
    check("without a database the gateway describes its own routes", "/v1/state" in document(gateway)["paths"] and not told(gateway))
    with connect(cluster, "late") as db:
        db.run("CREATE EXTENSION quotakit")
        db.run("SELECT quotakit.make_gateway_role()")
    check("and all, once there is one", wait_until(lambda: told(gateway)))
    equal("it ends as it should", gateway.stop(), 0)


with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    with Gateway(cluster, "quota") as gateway:
        check("the database tells of its part", wait_until(lambda: told(gateway)))
        described = document(gateway)
        table(db, described)
        schemas(db, described)
        answers(gateway, described)
        follows(db, gateway)
    late(cluster)
done()
