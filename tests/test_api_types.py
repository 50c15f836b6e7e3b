#!/usr/bin/python3
"""The dashboard's types of the API are those of its table of routes.

    tests/test_api_types.py            says whether they are
    tests/test_api_types.py --write    writes types.ts and routes.ts in dashboard/src/api
"""
import os
import sys

from harness import ROOT, Cluster, check, database, done, equal
from shapes import Shapes, parse

PLACE = "dashboard/src/api"


def refused(text):
    try:
        parse(text)
    except ValueError:
        return True
    return False


def reading(shapes):
    """The reader of types and what holds an answer to them can say no."""
    check("what is no type is refused", all(map(refused, ("{a: }", "{a string}", "string |", "[]", "string string", "{a: string"))))
    shape = parse('{a: string, b?: Amount | null, c: (Usage & {key: "x" | "y"})[], d: [Unit, unknown], e: Record<Role, number>}')
    usage = {name: "1" if name.startswith(("cost", "usd")) else 1 for name in shapes.fields(("name", "Usage", []))}
    good = {"a": "", "b": "1.5", "c": [{**usage, "key": "x"}], "d": ["usd", None], "e": {"owner": 1}}
    equal("an answer of that shape is good", shapes.faults(good, shape), [])
    equal("an optional field may be missing", shapes.faults({k: v for k, v in good.items() if k != "b"}, shape), [])
    for name, change in (("a number for a string", {"a": 1}), ("a float for an amount", {"b": 1.5}), ("another word", {"d": ["eur", None]}),
                         ("a field too many", {"z": 1}), ("another literal", {"c": [{**usage, "key": "z"}]}), ("a short tuple", {"d": ["usd"]}),
                         ("an unknown key", {"e": {"guest": 1}}), ("true for a number", {"e": {"owner": True}})):
        equal(f"{name} is a fault", len(shapes.faults({**good, **change}, shape)) > 0, True)
    equal("a missing field is a fault", shapes.faults({k: v for k, v in good.items() if k != "a"}, shape), ["the answer has no field a"])


with Cluster() as cluster, database(cluster) as db:
    shapes = Shapes(db)
    reading(shapes)
    for name, text in shapes.typescript().items():
        path = os.path.join(ROOT, PLACE, name)
        if "--write" in sys.argv[1:]:
            with open(path, "w") as f:
                f.write(text)
        with open(path) as f:
            there = f.read()
        check(f"{PLACE}/{name} is as the database has it", there == text, f"run {os.path.relpath(__file__, ROOT)} --write")
    equal("every route but those that end something has an answer", sorted({r["method"] for r in shapes.routes if not r["answer"]}), ["DELETE", "POST"])
    equal("and those without are 204", {r["success"] for r in shapes.routes if not r["answer"]}, {204})
done()
