"""The shapes of the API's answers: types in TypeScript's words, read, written for the dashboard, and held against answers.

A type is a tuple: ("object", {field: (optional, type)}), ("array", type), ("tuple", [type]), ("union", [type]),
("and", [type]), ("literal", text) or ("name", name, [argument]).
"""
import json
import os
import re

from harness import ROOT

TOKEN = re.compile(r'\s*([A-Za-z_]\w*|"[^"]*"|\[\]|.)', re.S)
WIDTH = 96
FORMS = {"Amount": r"-?\d+(\.\d+)?", "Time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "Day": r"\d{4}-\d\d-\d\d", "Month": r"\d{4}-\d\d"}
PLAIN = {"string": lambda v: isinstance(v, str), "boolean": lambda v: isinstance(v, bool), "null": lambda v: v is None,
         "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool), "unknown": lambda v: True}


class Parser:
    def __init__(self, text):
        self.tokens = [t for t in TOKEN.findall(text.strip()) if t.strip()]
        self.text = text

    def next(self, wanted=None):
        token = self.tokens.pop(0) if self.tokens else ""
        if wanted is not None and token != wanted:
            raise ValueError(f'"{token}" where "{wanted}" should stand in: {self.text}')
        return token

    def peek(self):
        return self.tokens[0] if self.tokens else ""

    def several(self, kind, mark, part):
        parts = [part()]
        while self.peek() == mark:
            self.next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else (kind, parts)

    def type(self):
        return self.several("union", "|", lambda: self.several("and", "&", self.postfix))

    def postfix(self):
        found = self.primary()
        while self.peek() == "[]":
            self.next()
            found = ("array", found)
        return found

    def listed(self, end):
        out = [self.type()]
        while self.peek() == ",":
            self.next()
            out.append(self.type())
        self.next(end)
        return out

    def primary(self):
        token = self.next()
        if token == "(":
            return (self.type(), self.next(")"))[0]
        if token == "[":
            return ("tuple", self.listed("]"))
        if token == "{":
            return self.object()
        if token.startswith('"'):
            return ("literal", token[1:-1])
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise ValueError(f'"{token}" is no type, in: {self.text}')
        if self.peek() == "<":
            self.next()
            return ("name", token, self.listed(">"))
        return ("name", token, [])

    def object(self):
        fields = {}
        while self.peek() != "}":
            name, optional = self.next(), self.peek() == "?"
            if optional:
                self.next()
            self.next(":")
            fields[name] = (optional, self.type())
            if self.peek() == ",":
                self.next()
        self.next("}")
        return ("object", fields)


def parse(text):
    parser = Parser(text)
    found = parser.type()
    if parser.tokens:
        raise ValueError(f'"{parser.peek()}" is too much in: {text}')
    return found


def vocabulary():
    """{type: words} of the vocabulary."""
    with open(os.path.join(ROOT, "extension/vocabulary.json")) as f:
        return {words["one"]: {m["name"] for m in words["members"]} for words in json.load(f)["lists"].values()}


class Shapes:
    """What a database says of its answers."""

    def __init__(self, db):
        self.named = {name: parse(shape) for name, shape in db.run("SELECT * FROM quotakit._api_shapes()")}
        self.routes = db.dicts("SELECT * FROM quotakit._api_routes()")
        self.answers = {(r["method"], r["route"]): parse(r["answer"]) if r["answer"] else None for r in self.routes}
        self.words = vocabulary()
        self.seen = set()

    # -- an answer against its shape

    def fields(self, shape):
        """Those of an object, also where it has a name or is put together."""
        if shape[0] == "and":
            return {name: field for part in shape[1] for name, field in self.fields(part).items()}
        if shape[0] == "name":
            self.seen.add(shape[1])
            return self.fields(self.named[shape[1]])
        return shape[1]

    def faults(self, value, shape, where="the answer"):
        """What is wrong with a value: nothing, if all is well."""
        kind = shape[0]
        if kind == "union":
            alternatives = [list(self.faults(value, part, where)) for part in shape[1]]
            return [] if [] in alternatives else min(alternatives, key=len)
        if kind == "literal":
            return [] if value == shape[1] else [f"{where} is {value!r}, not {shape[1]!r}"]
        if kind == "array" or kind == "tuple":
            if not isinstance(value, list) or (kind == "tuple" and len(value) != len(shape[1])):
                return [f"{where} is {value!r}, no such list"]
            types = shape[1] if kind == "tuple" else [shape[1]] * len(value)
            return [fault for i, (v, t) in enumerate(zip(value, types)) for fault in self.faults(v, t, f"{where}[{i}]")]
        if kind == "name":
            return self.named_faults(value, shape, where)
        return self.object_faults(value, self.fields(shape), where)

    def named_faults(self, value, shape, where):
        name, arguments = shape[1], shape[2]
        if name in ("Record", "Partial"):
            key, of = arguments if name == "Record" else arguments[0][2]
            if not isinstance(value, dict):
                return [f"{where} is {value!r}, no object"]
            return [fault for k, v in value.items() for fault in [*self.faults(k, key, f"a key of {where}"), *self.faults(v, of, f"{where}.{k}")]]
        if name in PLAIN:
            return [] if PLAIN[name](value) else [f"{where} is {value!r}, no {name}"]
        if name in FORMS:
            return [] if isinstance(value, str) and re.fullmatch(FORMS[name], value) else [f"{where} is {value!r}, no {name}"]
        if name in self.words:
            return [] if value in self.words[name] else [f"{where} is {value!r}, no {name}"]
        self.seen.add(name)
        return self.faults(value, self.named[name], where)

    def object_faults(self, value, fields, where):
        if not isinstance(value, dict):
            return [f"{where} is {value!r}, no object"]
        out = [f"{where} has a field {name}" for name in value if name not in fields]
        for name, (optional, shape) in fields.items():
            if name in value:
                out += self.faults(value[name], shape, f"{where}.{name}")
            elif not optional:
                out.append(f"{where} has no field {name}")
        return out

    def route(self, method, path):
        """The row of the table that answers there."""
        for row in self.routes:
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(row["route"]))
            if row["method"] == method and re.fullmatch(pattern, path):
                return row["method"], row["route"]
        return None

    # -- for the dashboard

    def write(self, shape, indent=""):
        kind = shape[0]
        if kind == "object":
            short = "{ " + "; ".join(f"{name}{'?' if optional else ''}: {self.write(of)}" for name, (optional, of) in shape[1].items()) + " }"
            if len(short) <= WIDTH and "\n" not in short:
                return short
            inner = indent + "  "
            lines = [f"{inner}{name}{'?' if optional else ''}: {self.write(of, inner)}" for name, (optional, of) in shape[1].items()]
            return "{\n" + "\n".join(lines) + f"\n{indent}}}"
        if kind in ("union", "and"):
            return (" | " if kind == "union" else " & ").join(self.write(part, indent) for part in shape[1])
        if kind == "array":
            of = self.write(shape[1], indent)
            return f"({of})[]" if shape[1][0] in ("union", "and") else f"{of}[]"
        if kind == "tuple":
            return "[" + ", ".join(self.write(part, indent) for part in shape[1]) + "]"
        if kind == "literal":
            return f"'{shape[1]}'"
        return shape[1] + (f"<{', '.join(self.write(part, indent) for part in shape[2])}>" if shape[2] else "")

    def typescript(self):
        """{file: text} for the dashboard."""
        types, routes = [], ["/** What a field of a query or a body may be given. */",
                             "export type Given = string | number | boolean | object | null | undefined",
                             "export type None = Record<string, never>", "",
                             "/** Every route: its answer, and the fields of its query and its body. */", "export interface Routes {"]
        for name, shape in self.named.items():
            alias = f"export type {name} = {self.write(shape)}"
            types += ["", alias.replace(" = ", " ", 1).replace("type", "interface", 1) if shape[0] == "object" else alias]
        for row in self.routes:
            answer = self.answers[row["method"], row["route"]]
            parts = [f"answer: {self.write(answer, '    ') if answer else 'void'}", f"query: {given(row['query'])}", f"body: {given(row['body'])}"]
            short = f"  '{row['method']} {row['route']}': {{ {'; '.join(parts)} }}"
            routes += [short] if len(short) <= WIDTH + 20 else [f"  '{row['method']} {row['route']}': {{", *(f"    {part}" for part in parts), "  }"]
        return {"types.ts": self.headed(types, "_api_shapes", {"../vocabulary": self.words}),
                "routes.ts": self.headed(["", *routes, "}"], "_api_routes", {"../vocabulary": self.words, "./types": self.named})}

    @staticmethod
    def headed(lines, source, sources):
        """A file with what it imports."""
        text = "\n".join(lines)
        out = [f"// Made by tests/test_api_types.py --write from quotakit.{source}(): change that."]
        for path, names in sources.items():
            used = sorted(set(re.findall(r"\b[A-Z]\w+", text)) & set(names))
            out += ["import type {", *(f"  {name}," for name in used), f"}} from '{path}'"]
        return "\n".join(out) + "\n" + text + "\n"


def given(fields):
    """'path! limit' as a type."""
    listed = [f"{name[:-1]}: Given" if name.endswith("!") else f"{name}?: Given" for name in fields.split()]
    if len("; ".join(listed)) > WIDTH:
        return "{\n" + "\n".join(f"      {field}" for field in listed) + "\n    }"
    return "{ " + "; ".join(listed) + " }" if listed else "None"
