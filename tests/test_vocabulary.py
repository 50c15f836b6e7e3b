#!/usr/bin/python3
"""One vocabulary: extension/vocabulary.json has each list of words once, and all others say the same.

The dashboard's and the SDK's are made from it; SQL is asked what it takes and does; C, the gateway's schemas and
doc/errors.md are read. A missing word and an unknown one both fail, and so does a list written out by hand.
"""
import glob
import json
import os
import re
import subprocess

from harness import ROOT, Cluster, check, database, done, equal

with open(os.path.join(ROOT, "extension/vocabulary.json")) as f:
    VOCABULARY = json.load(f)
LISTS = {name: words["members"] for name, words in VOCABULARY["lists"].items()}
NUMBERS = VOCABULARY["numbers"]
ERRORS = LISTS["errors"]


def words(name):
    return [member["name"] for member in LISTS[name]]


def those(name, fact):
    return [member["name"] for member in LISTS[name] if member[fact]]


def read(path):
    with open(os.path.join(ROOT, path)) as f:
        return f.read()


def compact(path):
    """C, however clang-format has spaced it."""
    return re.sub(r"\{ ", "{", re.sub(r" \}", "}", re.sub(r"\s+", " ", read(path))))


def none(name, wrong):
    """A test that there is nothing to complain about."""
    return check(name, not wrong, "\n".join(map(str, wrong)))


# -- the file itself, and what is made from it

def itself():
    for name, members in LISTS.items():
        if name != "errors":
            equal(f"{name}: each word once", len(set(words(name))), len(members))
    pairs = [(e["sqlstate"], e["name"]) for e in ERRORS]
    equal("errors: each SQLSTATE with a code once", len(set(pairs)), len(pairs))
    bits = [flag["bit"] for flag in LISTS["flags"]]
    equal("flags: one bit each", (sorted(set(bits)), [b for b in bits if b & (b - 1)]), (sorted(bits), []))
    made = subprocess.run([os.path.join(ROOT, "scripts/vocabulary"), "--check"], capture_output=True, text=True)
    check("what is made from it is up to date", made.returncode == 0, made.stderr)


# -- SQL: its constraints, its functions, and what they do

# Columns with a CHECK that names words.
COLUMNS = {
    "policy.unit": "units", "policy.period": "periods", "policy.enforcement": "enforcements",
    "account.on_unknown_path": "unknown_path_choices", "access.access": "roles", "audit_log.action": "audit_actions",
    "refusal.source": "refusal_sources", "recipient.channel": "channels", "alert.kind": "alert_kinds",
    "alert.delivery": "deliveries", "alert_fired.kind": "alert_kinds", "alert_fired.state": "fired_states",
    "notification.kind": "notification_kinds", "notification.state": "notification_states",
    "delivery_log.outcome": "delivery_outcomes", "member.role": "roles", "invitation.role": "roles", "usage_rule.kind": "usage_rule_kinds",
}

# What _check_word() is asked about.
ASKED = {
    "role": "roles", "access": "roles",
    "on_unknown_path": "unknown_path_choices", "kind": "alert_kinds", "delivery": "deliveries", "channel": "channels",
    "outcome": "courier_reports",
}

def constraints(db):
    found = {}
    for table, definition in db.run(
            "SELECT c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c"
            " JOIN pg_class r ON r.oid = c.conrelid AND NOT r.relispartition"
            " WHERE c.connamespace = 'quotakit'::regnamespace AND c.contype = 'c'"):
        # Not a rule about some of the words.
        for column, array in re.findall(r"^CHECK \(+(\w+) = ANY \(ARRAY\[([^]]*)\]\)+$", definition):
            found[table.removeprefix("quotakit.") + "." + column] = re.findall(r"'([^']*)'::text", array)
        for column, function in re.findall(r"\(?(\w+) = ANY \(quotakit\.(_\w+)\(", definition):
            found[table.removeprefix("quotakit.") + "." + column] = db.value(f"SELECT quotakit.{function}()")
    none("every CHECK that names words is known", sorted(set(found) - set(COLUMNS)))
    for column, name in COLUMNS.items():
        equal(f"{column} takes the {name}", sorted(found.get(column, [])), sorted(words(name)))


def bodies(db):
    """{name: text} of all functions and views of the extension."""
    return dict(db.run(
        "SELECT p.oid::regprocedure::text, p.prosrc FROM pg_proc p WHERE p.pronamespace = 'quotakit'::regnamespace"
        " UNION ALL SELECT c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class c"
        " WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind = 'v'"))


def checked_words(sql):
    seen = set()
    for name, text in sql.items():
        for what, listed in re.findall(r"_check_word\('(\w+)', (?:\([^)]*\)|[^',]|\([^()]*\([^()]*\)[^()]*\)|'[^']*'(?=\)))+?, ((?:'[^']*'(?:, )?)+)\)", text):
            seen.add(what)
            got = re.findall(r"'([^']*)'", listed)
            if what not in ASKED or sorted(got) != sorted(words(ASKED[what])):
                check(f"{name} asks for the words of a {what}", False, got)
    equal("functions that check a word check it by the whole list", seen, set(ASKED))


def lists_in(text):
    """Lists of two or more quoted words: ('a', 'b'), '{a,b}', ['a', 'b'], 'a' | 'b'."""
    quoted = r"""(?:'[a-z_ ]+'|"[a-z_ ]+")(?:::text)?"""
    for found in re.findall(rf"(?<!\w){quoted}(?:\s*[,|]\s*{quoted})+", text):
        yield re.findall(r"""['"]([a-z_ ]+)['"]""", found)
    for found in re.findall(r"'\{([a-z_]+(?:,[a-z_]+)+)\}'", text):
        yield found.split(",")


# Lists that are written out where they are used.
CLOSED = ["units", "periods", "enforcements", "statuses", "token_classes", "ops", "outcomes", "roles", "alert_kinds",
          "deliveries", "channels", "fired_states", "notification_kinds", "notification_states"]

# Where some words of such a list stand for a reason that no fact in the file says.
SOME = {
    "_api_explain": "no list, but names with their values in turn",
    "_price_of": "cached input that falls back to input where it has no price",
    "_api_shapes": "outcomes that a replay can have",
    "_folded": "steps of the tables that hold what is folded",
    "_unfolded": "likewise",
    "dashboard/src/api/types.ts": "made from _api_shapes(): outcomes that a replay can have",
    "dashboard/src/pages/services/ModelsCard.tsx": "the columns of its table",
    "sdk/python/quotakit/_response.py": "what Anthropic's usage has, by its own names",
    "sdk/python/quotakit/_worker.py": "outcomes that record nothing and are no trouble",
    "sdk/python/quotakit/_lease.py": "units of which the usage must be given, as decide.c has it",
}


def by_a_fact(name, some):
    """Whether these words are those of which a fact in the file is the same; a period's bucket: finer than an hour."""
    facts = [{word for word, value in ((m["name"], m[fact]) for m in LISTS[name]) if value == wanted}
             for fact in LISTS[name][0] if fact != "name" for wanted in {m[fact] for m in LISTS[name]}]
    if name == "periods":
        facts.append({m["name"] for m in LISTS[name] if m["bucket"] and m["bucket"] < 3600})
    if name == "statuses":
        facts.append({m["name"] for m in LISTS[name] if m["from"] is not None})
    return set(some) in facts


def parts(text):
    """Lists that have only some words of one of the vocabulary's, and not because of a fact."""
    for found in lists_in(text):
        some = set(found)
        if len(some) > 1 and not any(some == set(words(name)) for name in LISTS):
            for name in CLOSED:
                if some < set(words(name)) and not by_a_fact(name, found):
                    yield f"{name}: {', '.join(found)}"


def whole_lists(sql):
    """What names some words of a list would pass the others over in silence."""
    wrong = [f"{name} has some of the {part}" for name, text in sorted(sql.items()) for part in parts(text)
             if name.removeprefix("quotakit.").split("(")[0] not in SOME]
    none("SQL: where words of a list are named, all are, or those that a fact says", wrong)


def behaves(db):
    """Thresholds, units, periods and leases, by what SQL does."""
    for member in LISTS["units"]:
        try:
            db.run("SELECT quotakit._to_unit(0.5, %s)", member["name"])
            parted = True
        except Exception as error:
            parted = "QK008" not in str(getattr(error, "pgcode", ""))
        equal(f"unit {member['name']}: money has parts", parted, member["money"])
    rolling = db.run("SELECT p, extract(epoch FROM quotakit._rolling_length(p))::int8, extract(epoch FROM quotakit._rolling_width(p))::int8"
                     " FROM unnest(%s::text[]) p", words("periods"))
    for setting, bit in (("zone", 1), ("billing_day", 2), ("week_start", 4)):
        equal(f"periods that the {setting} cuts anew", db.value("SELECT quotakit._periods(%s)", bit),
              [p["name"] for p in LISTS["periods"] if p.get("moved_by") == setting or setting == "zone" and p["zone"]])
    equal("periods roll for so long, in such buckets", rolling, [(p["name"], p["seconds"], p["bucket"]) for p in LISTS["periods"]])
    statuses(db)
    leases(db)


def statuses(db):
    db.run("SELECT quotakit.create_account('s'); SET quotakit.account = 's'; SELECT quotakit.create_node('s', 'openai')")
    db.run("SELECT quotakit.set_policy('s', 100, enforcement => 'open')")
    used, got, wanted = 0, [], []
    steps = [member for member in LISTS["statuses"] if member["from"] is not None]
    for below, member in zip([None, *steps], steps):
        for percent in (member["from"] - 0.01, member["from"]):
            if percent < 0 or below is None:
                continue
            db.run("SELECT quotakit.log('s', usd => %s)", round(percent - used, 2))
            used = percent
            got.append((percent, db.value("SELECT status FROM quotakit.policy_status")))
            wanted.append((percent, member["name"] if percent == member["from"] else below["name"]))
    equal("statuses begin where the file says", got, wanted)
    db.run("SELECT quotakit.create_node('s/none', 'openai')")
    alone = db.value("SELECT status FROM quotakit.node_status WHERE path::text = 's/none'")
    equal("without a policy it is the last one", alone, words("statuses")[-1])


def lease_of(db, path):
    return db.value("SELECT quotakit.state(%s) #> '{estimates,m,lease}'", path)


def leases(db):
    lease = NUMBERS["lease"]
    db.run("SELECT quotakit.create_account('l'); SET quotakit.account = 'l'; SELECT quotakit.create_node('l', 'openai')")
    policy = db.value("SELECT quotakit.set_policy('l', 1e9, 'requests', enforcement => 'strict')")
    for n in range(lease["learned"]):
        if n == lease["learned"] - 1:
            equal("a lease is not worth it before so many calls", lease_of(db, "l"), None)
        db.run("SELECT quotakit.log('l', model => 'm', input_tokens => 1)")
    equal("a lease is for so many calls at most, and so long", lease_of(db, "l"), {"calls": lease["most_calls"], "ttl": lease["seconds"]})
    for calls in (lease["fewest_calls"], lease["fewest_calls"] + 5):
        db.run("SELECT quotakit.set_limit(%s, %s)", policy, lease["learned"] + lease["headroom"] * calls)
        equal(f"with room for {lease['headroom']} leases of {calls} it is for {calls}", (lease_of(db, "l") or {}).get("calls"), calls)
    db.run("SELECT quotakit.set_limit(%s, %s)", policy, lease["learned"] + lease["headroom"] * lease["fewest_calls"] - 1)
    equal("with less there is none", lease_of(db, "l"), None)
    sync(db, policy)


def sync(db, policy):
    used, numbers = NUMBERS["lease"]["learned"], NUMBERS["sync"]
    for limit, wanted in ((used * 100 // numbers["near_percent"], numbers["near"]), (used * 100 // numbers["near_percent"] + 1, numbers["far"])):
        db.run("SELECT quotakit.set_limit(%s, %s)", policy, limit)
        equal(f"with {used} of {limit} used, the state is asked for again in {wanted} s", db.value("SELECT quotakit.state('l') -> 'sync_after'"), wanted)


def flags(db, sql):
    shown = {name: int(bit) for bit, name in re.findall(r"flags & (\d+)\) <> 0\) AS (\w+)", sql["quotakit.ledger"])}
    equal("the ledger shows each flag by its name", shown, {flag["name"]: flag["bit"] for flag in LISTS["flags"]})
    said = db.value("SELECT col_description(attrelid, attnum) FROM pg_attribute"
                    " WHERE attrelid = 'quotakit.event'::regclass AND attname = 'flags'")
    equal("its comment has each bit", sorted(map(int, re.findall(r"(?:Bits:|,) (\d+) ", said))), sorted(flag["bit"] for flag in LISTS["flags"]))
    for table in ("event", "rollup_delta", "rollup_hour", "subtree_hour", "subtree_day"):
        columns = {name for name, in db.run("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", f"quotakit.{table}")}
        equal(f"{table} has a column for each class of tokens, and no other",
              sorted(c for c in columns if c.endswith("_tokens")), sorted(words("token_classes")))


def messages(sql):
    shades = re.findall(r">= (\d+) THEN '#", sql[next(name for name in sql if name.startswith("quotakit._alert_html("))])
    none("mail: the bar changes its colour where a status begins", [s for s in shades if int(s) not in [m["from"] for m in LISTS["statuses"]]])
    sent = set()
    for text in sql.values():
        sent |= set(re.findall(r"_webhook_body\('(quotakit\.\w+)'", text))
        sent |= {"quotakit." + kind for call in re.findall(r"_tell\((.*?);", text, re.S) for kind in re.findall(r", '([a-z]+)',", call)}
    equal("webhooks are told each of their types", sent, {kind["webhook"] for kind in LISTS["notification_kinds"] if kind["webhook"]})
    done_with = "".join(text for name, text in sql.items() if "import_prices" in name or "price_file" in name)
    none("each action of an import occurs", [a for a in words("import_actions") if f"'{a}'" not in done_with])


# -- errors: SQL, C, the gateway and the page about them

def sql_errors(db, sql):
    states = {e["sqlstate"] for e in ERRORS}
    for error in ERRORS:
        if error["sqlstate"] is None:
            continue
        sqlstate = error["sqlstate"].ljust(5, "0")
        told = db.row("SELECT status, code, title FROM quotakit._api_problem_of(%s)", sqlstate)
        told = (None,) * 3 if told is None else told
        if error["api"] is not None:
            equal(f"the API tells {sqlstate} as {error['name']}", told, (error["api"], error["name"], error.get("api_title", error["title"])))
        else:
            others = [e for e in ERRORS if e["sqlstate"] == error["sqlstate"] and e["api"]]
            check(f"the API does not tell {sqlstate} as {error['name']}", others or told == (None,) * 3, told)
    listed = re.findall(r"\('(\w{2,5})', \d{3},", sql[next(n for n in sql if "_api_problem_of" in n)])
    equal("the API's table of problems has no other", sorted(listed), sorted(e["sqlstate"] for e in ERRORS if e["api"] is not None))
    comments = [text for text, in db.run("SELECT description FROM pg_description")]
    raised = {state for text in [*sql.values(), *comments] for state in re.findall(r"\bQK\d{3}\b", text)}
    none("every SQLSTATE in SQL and its comments is in the file", sorted(raised - states))
    in_c = {"QK" + "".join(digits) for digits in re.findall(r"MAKE_SQLSTATE\('Q', 'K', '(\d)', '(\d)', '(\d)'\)", read("extension/src/quotakit.h"))}
    none("every SQLSTATE of C is in the file", sorted(in_c - states))
    none("every SQLSTATE of ours is raised somewhere", sorted(s for s in states if s and s.startswith("QK") and s not in raised | in_c))


def c_errors():
    source = "".join(read(os.path.relpath(path, ROOT)) for path in glob.glob(os.path.join(ROOT, "extension/src/**/*.[ch]"), recursive=True))
    macros = {name: f"QK{a}{b}{c}" for name, a, b, c in re.findall(
        r"#define (ERRCODE_QK_\w+) +MAKE_SQLSTATE\('Q', 'K', '(\d)', '(\d)', '(\d)'\)", source)}
    pairs = set(re.findall(r'"(\w+)",\s*(ERRCODE_QK_\w+)', source)) | set(re.findall(r'\.code = "(\w+)", \.sqlstate = (ERRCODE_QK_\w+)', source))
    known = {(e["name"], e["sqlstate"]) for e in ERRORS}
    none("each code of C goes with its SQLSTATE", [p for p in pairs if (p[0], macros[p[1]]) not in known])
    check("and they are found", len(pairs) >= 11, pairs)
    table = re.findall(r'\[PROBLEM_(\w+)\] = (\{"(\w+)", (\d{3}), "([^"]+)"\})', compact("gateway/server/answers/problems.c"))
    none("each problem of the gateway is under its own name", [(one, row[0]) for one, _, *row in table if one != row[0].upper()])
    told = [row for _, _, *row in table]
    wanted = {e["name"]: (e["gateway"], e["title"]) for e in ERRORS if e["gateway"]}
    wanted.update({r["name"]: (r["http"], r["title"]) for r in LISTS["refusal_reasons"]})
    wanted = {name: what for name, what in wanted.items() if what != (422, "Call is wrong") or name == "rejected"}
    equal("the gateway's table of problems", {name: (int(status), title) for name, status, title in told}, wanted)


def pages():
    rows = re.findall(r"^\| ((?:QK\d{3}(?:, )?)+) \|([^|]*)\|([^|]*)\|", read("doc/errors.md"), re.M)
    told = {}
    for states, codes, statuses_ in rows:
        for state in states.split(", "):
            told[state] = (states, sorted(re.findall(r"`(\w+)`", codes)), sorted(map(int, re.findall(r"\d{3}", statuses_))))
    ours = {e["sqlstate"] for e in ERRORS if (e["sqlstate"] or "").startswith("QK")}
    equal("doc/errors.md has every SQLSTATE, and no other", sorted(told), sorted(ours))
    for states, codes, numbers in {str(t): t for t in told.values()}.values():
        about = [e for e in ERRORS if e["sqlstate"] in states.split(", ") and (e["gateway"] or e["api"])]
        equal(f"doc/errors.md says of {states} what is told",
              (codes, numbers), (sorted({e["name"] for e in about}), sorted({s for e in about for s in (e["gateway"], e["api"]) if s})))


# -- C: its arrays and tables

def array(path, name):
    """The strings of a C array, in order; of a table, the first of each row."""
    body = re.search(re.escape(name) + r"\[\w*\] = \{(.*?)\n?\};", read(path), re.S)
    return re.findall(r'\{?"([^"]+)"', body.group(1)) if body else None


def c():
    equal("meters.c: token classes", array("extension/src/values/meters.c", "qk_token_names"), words("token_classes"))
    equal("call_fields.c: ops", array("extension/src/engine/call_fields.c", "ops"), words("ops"))
    for path, prefix, name in (("extension/src/quotakit.h", "QKUnit", "units"), ("extension/src/values/window.h", "QKPeriod", "periods"),
                               ("extension/src/engine/config.h", "QKEnforcement", "enforcements")):
        members = re.findall(r"^\tQK_(\w+),", re.search(rf"typedef enum {prefix}\n\{{(.*?)\}}", read(path), re.S).group(1), re.M)
        equal(f"{path}: {prefix}", [member.lower() for member in members], words(name))
    engine = read("extension/src/engine/engine.h")
    bits = {name: int(bit) for name, bit in re.findall(r"#define QK_FLAG_(\w+) +(\d+)", engine)}
    wrong = [(f["name"], f["bit"]) for f in LISTS["flags"] if not any(f["name"].upper().endswith(n) and b == f["bit"] for n, b in bits.items())]
    equal("engine.h: flags", (wrong, len(bits)), ([], len(LISTS["flags"])))
    answer = compact("extension/src/engine/answer.c")
    equal("answer.c: the flags that callers are told", re.findall(r'\{QK_FLAG_\w+, "(\w+)"\}', answer), those("flags", "answered"))
    decide = "".join(read(f"extension/src/engine/{name}.c") for name in ("decide", "reserve", "record"))
    said = set(re.findall(r'begin\(item, "(\w+)"\)', answer)) | set(re.findall(r'(?:answer_problem\(batch|qk_answer_simple\()[^"]*"(\w+)"', answer + decide))
    equal("answer.c and what decides: outcomes", said, set(words("outcomes")))
    why = set(re.findall(r"\[QK_\w+\] = \"(\w+)\"", read("extension/src/engine/refusal.c").split("qk_reason_name")[1]))
    equal("refusal.c: reasons of refusals", why, set(words("refusal_reasons")))
    spend = re.search(r"qk_call_is_spend.*?\n\}", read("extension/src/engine/call.h"), re.S).group(0)
    equal("call.h: what reports spend", {op.lower() for op in re.findall(r"== QK_(\w+)", spend)}, set(those("ops", "spend")))
    limits = read("extension/src/engine/call.h")
    for macro, name in (("QK_MAX_CALL_BYTES", "bytes"), ("QK_MAX_METERS", "named_meters"), ("QK_MAX_TAGS", "tags"),
                        ("QK_DEFAULT_TTL", "default_ttl"), ("QK_MAX_TTL", "longest_ttl")):
        equal(f"call.h: {macro}", int(re.search(rf"#define {macro} +(\d+)", limits).group(1)), NUMBERS["call"][name])


# -- the gateway and its courier

def named(schema):
    """What a schema refers to by name, and the lists that it writes out."""
    if isinstance(schema, dict):
        if "$ref" in schema or "enum" in schema:
            yield schema.get("$ref") or str(schema["enum"])
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from named(value)


def gateway():
    schemas = json.loads(read("gateway/server/routes/schemas.json"))
    known = {f"#/components/schemas/{name}" for name in [*schemas, *(words["one"] for words in VOCABULARY["lists"].values())]}
    none("schemas.json names the words, and lists none", [name for name in named(schemas) if name not in known])
    none("schemas.json has no name of theirs", [words["one"] for words in VOCABULARY["lists"].values() if words["one"] in schemas])
    equal("schemas.json: meters of a usage", list(schemas["Usage"]["properties"]), [*words("token_classes"), "requests"])
    call = schemas["Call"]["properties"]
    most = NUMBERS["call"]["most_per_request"]
    equal("schemas.json: what one call may be", (call["ttl"]["maximum"], call["tags"]["maxProperties"]),
          (NUMBERS["call"]["longest_ttl"], NUMBERS["call"]["tags"]))
    equal("schemas.json: calls of a request", schemas["Events"]["properties"]["events"]["maxItems"], most)
    equal("request.h: calls of a request", int(re.search(r"#define MAX_CALLS (\d+)", compact("gateway/server/request.h")).group(1)), most)
    table = re.findall(r'\[OUTCOME_(\w+)\] = \{"(\w+)", (\w+)\}', compact("gateway/server/answers/outcomes.c"))
    equal("outcomes.c: outcomes", {name: None if status == "STATUS_OF_PROBLEM" else int(status) for _, name, status in table},
          {"unknown": 500, **{o["name"]: o["http"] for o in LISTS["outcomes"]}})
    none("each under its own name", [(one, name) for one, name, _ in table if one != name.upper()])
    meters = re.findall(r'\{"(\w+)", AT_USAGE, "\1"\}', compact("gateway/server/routes/cloudevents.c"))
    equal("cloudevents.c: meters", set(meters), {*words("token_classes"), "requests"})
    reports = re.search(r"\bwords\[\] = \{(\"sent\".*?)\};", compact("gateway/courier/outbox.c")).group(1)
    equal("outbox.c: what the courier reports", re.findall(r'"(\w+)"', reports), words("courier_reports"))


# -- the dashboard and the SDK do not list by hand

def by_hand():
    wrong = []
    for pattern in ("dashboard/src/**/*.ts", "dashboard/src/**/*.tsx", "sdk/python/quotakit/**/*.py"):
        for path in glob.glob(os.path.join(ROOT, pattern), recursive=True):
            name = os.path.relpath(path, ROOT)
            if "vocabulary" in name or name in SOME:
                continue
            for found in lists_in(read(name)):
                if len(found) > 1 and any(set(found) <= set(words(one)) for one in CLOSED):
                    wrong.append(f"{name}: {', '.join(found)}")
    none("the dashboard and the SDK have no list of their own", wrong)


itself()
with Cluster() as cluster:
    with database(cluster) as db:
        constraints(db)
        sql = bodies(db)
        checked_words(sql)
        whole_lists(sql)
        behaves(db)
        flags(db, sql)
        messages(sql)
        sql_errors(db, sql)
c_errors()
pages()
c()
gateway()
by_hand()
done()
