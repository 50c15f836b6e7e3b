#!/usr/bin/python3
"""The order of the house: no circle among the files of the dashboard, the SDK and the gateway, arrows that run one
way, and nothing that is too long to be read at once.

Every import counts, also one that is only for types: what cannot be read alone cannot be changed alone.
"""
import ast
import os
import re
import subprocess

from harness import ROOT, check, done

DASHBOARD = os.path.join(ROOT, "dashboard/src")
SDK = os.path.join(ROOT, "sdk/python/quotakit")
GATEWAY = os.path.join(ROOT, "gateway")

LONGEST_FUNCTION = 60
LONGEST_FILE = 500
# What nobody writes or reads from top to bottom: data, expected output, lists that are made.
NO_SOURCE = re.compile(r"""(^|/)(expected|corpus[^/]*|versions)/|package-lock\.json$|vocabulary\.json$|^demo/(trace|model_prices)|dashboard/src/api/types\.ts$
                           |builtin\.sql$|quotakit--[\d.]+\.sql$|\.(png|svg|md|csv|out)$""", re.X)

# A room imports from itself and from the rooms of the lines before, and pages not even from each other.
ROOMS = [
    ["vocabulary"],
    ["api", "format", "words", "router", "theme", "snippet"],
    ["session", "ui"],
    ["tree"],
    ["pages/*"],
    ["navigation", "Shell", "App", "main"],
]


def files(directory, *endings):
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), directory)


# -- who imports whom

def typescript(directory):
    """{file: files that it imports}; packages and style sheets are left out."""
    there = set(files(directory, ".ts", ".tsx"))
    graph = {}
    for path in there:
        with open(os.path.join(directory, path)) as f:
            named = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]*)['"]""", f.read())
        graph[path] = set()
        for name in named:
            target = os.path.normpath(os.path.join(os.path.dirname(path), name))
            found = [target + end for end in ("", ".ts", ".tsx", "/index.ts") if target + end in there]
            if found:
                graph[path].add(found[0])
            elif not target.endswith(".css"):
                raise ValueError(f"{path} imports {name}, which is not there")
    return graph


def python(directory):
    """{module: modules of the package that it imports}, those under TYPE_CHECKING too."""
    package = os.path.basename(directory)
    there = {path[:-3].replace("/", ".").removesuffix(".__init__") if path != "__init__.py" else "__init__": path
             for path in files(directory, ".py")}
    graph = {}
    for module, path in there.items():
        with open(os.path.join(directory, path)) as f:
            tree = ast.parse(f.read(), path)
        inside = path[:-3].split("/")[:-1]
        graph[module] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == package):
                base = inside[:len(inside) - node.level + 1] if node.level else []
                named = (node.module or "").split(".") if node.level else node.module.split(".")[1:]
                start = base + [part for part in named if part]
                for alias in node.names:
                    for name in (".".join(start + [alias.name]), ".".join(start)):
                        if name in there:
                            graph[module].add(name)
                            break
                    else:
                        raise ValueError(f"{module} imports {alias.name} from {node.module}, which is not there")
    return graph


def includes(directory):
    """{file: files that it includes}; a .c and its .h are one. What is in no folder of ours is the system's."""
    daemons = ("lib", "server", "courier")
    there = {path for path in files(directory, ".c", ".h") if path.split("/")[0] in daemons}
    graph = {os.path.splitext(path)[0]: set() for path in there}
    for path in there:
        with open(os.path.join(directory, path)) as f:
            named = re.findall(r'^\s*#\s*include\s*"([^"]*)"', f.read(), re.M)
        # As the Makefile has it: from the top, and of the server's own from there.
        tops = ["", "server/"] if path.startswith("server/") else [""]
        for name in named:
            found = [top + name for top in tops if top + name in there]
            if not found:
                raise ValueError(f"{path} includes {name}, which is not there")
            graph[os.path.splitext(path)[0]].add(os.path.splitext(found[0])[0])
    for node, targets in graph.items():
        targets.discard(node)
    return graph


# -- what must not be

def circles(graph):
    """The sets of files that can be reached from each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            ring = [stack.pop()]
            while ring[-1] != node:
                ring.append(stack.pop())
            if len(ring) > 1 or node in graph.get(node, ()):
                found.append(sorted(ring))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def room(path):
    """(floor, room) of a file of the dashboard."""
    parts = re.sub(r"\.tsx?$", "", path).split("/")
    for floor, rooms in enumerate(ROOMS):
        if parts[0] in rooms:
            return floor, parts[0]
        if len(parts) > 1 and parts[0] + "/*" in rooms:
            return floor, "/".join(parts[:2])
    return None


def wrong_ways(graph):
    """Imports that lead up, or sideways into another room. Within the room api and its like a floor is shared."""
    out = []
    for path, targets in graph.items():
        here = room(path)
        if here is None:
            out.append(f"{path} is in no room of ROOMS")
            continue
        for target in targets:
            there = room(target)
            if there is None or there[0] > here[0] or (there[0] == here[0] and there[1] != here[1] and "/" in here[1]):
                out.append(f"{path} imports {target}")
    return sorted(out)


def strangers(graph):
    """Includes of the library that lead out of it, and of one daemon's that lead to the other's."""
    return sorted(f"{path} includes {target}" for path, targets in graph.items() for target in targets
                  if target.split("/")[0] not in ("lib", path.split("/")[0]))


def c_functions(text):
    """(name, lines) of each function of a file, from the line of its type to its closing brace."""
    lines = text.split("\n")
    for brace, line in enumerate(lines):
        if line != "{":
            continue
        first = brace
        while first > 0 and lines[first - 1] and not lines[first - 1].endswith(("*/", ";", "}")):
            first -= 1
        head = " ".join(lines[first:brace])
        named = re.search(r"(\w+)\s*\(", head)
        if named and not re.match(r"(typedef|static const)?\s*(struct|enum|union)\b[^(]*$", head):
            yield named.group(1), lines.index("}", brace) - first + 1


def long_functions(paths):
    for path in paths:
        if path.endswith((".c", ".h")):
            with open(os.path.join(ROOT, path)) as f:
                yield from (f"{path}: {name}() has {n} lines" for name, n in c_functions(f.read()) if n > LONGEST_FUNCTION)


def long_files(paths):
    for path in paths:
        if not NO_SOURCE.search(path):
            with open(os.path.join(ROOT, path)) as f:
                lines = f.read().count("\n")
            if lines > LONGEST_FILE:
                yield f"{path} has {lines} lines"


def sources():
    """All files of the project; without git all that are there and not made."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [path for path in listed.stdout.splitlines() if os.path.isfile(os.path.join(ROOT, path))]
    made = re.compile(r"(^|/)(build[^/]*|dist|node_modules|__pycache__|results|\.\w+)/|\.(o|d|so|bc)$|^extension/quotakit--")
    return [path for path in files(ROOT, "") if not made.search(path)]


# -- the checks themselves can fail

check("a circle of two is found", circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [["a", "b"]])
check("a circle of three, and only it", circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]])
check("a file that imports itself is one", circles({"a": {"a"}}) == [["a"]])
check("no circle where there is none", circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == [])
check("the api must not know the ui", wrong_ways({"api/types.ts": {"ui/Status.tsx"}}) == ["api/types.ts imports ui/Status.tsx"])
check("pages must not know each other", wrong_ways({"pages/guide/A.tsx": {"pages/projects/B.tsx"}}) != [])
check("but a page knows itself and what is below", wrong_ways({"pages/a/A.tsx": {"pages/a/B.tsx", "ui/Bar.tsx", "format.ts"}}) == [])
check("a file in no room is told", wrong_ways({"stray.ts": set()}) != [])

check("the library must not know a daemon", strangers({"lib/text": {"server/request"}, "server/main": {"lib/text"}}) == ["lib/text includes server/request"])
check("nor one daemon the other", strangers({"server/main": {"courier/mail", "server/http/head"}}) == ["server/main includes courier/mail"])
C = """typedef struct A
{
    int a;
} A;

/* A comment. */
static int
first(int a,
      int b)
{
    return a;
}

static const struct
{
    int a;
} table[] = {
    {1},
};

int
second(void)
{
}
""".replace("    ", "\t")
check("functions are found, and their lines", list(c_functions(C)) == [("first", 6), ("second", 4)], list(c_functions(C)))

# -- the house

graph = typescript(DASHBOARD)
check("the dashboard's files are found, with their imports", len(graph) > 50 and sum(map(len, graph.values())) > 200)
check("no circle among the dashboard's files", not circles(graph), "\n".join(map(" ".join, circles(graph))))
check("the dashboard's imports run one way", not wrong_ways(graph), "\n".join(wrong_ways(graph)))

graph = python(SDK)
check("the SDK's modules are found, with their imports", len(graph) > 20 and sum(map(len, graph.values())) > 50)
check("no circle among the SDK's modules", not circles(graph), "\n".join(map(" ".join, circles(graph))))

graph = includes(GATEWAY)
check("the gateway's files are found, with their includes", len(graph) > 50 and sum(map(len, graph.values())) > 200)
check("no circle among the gateway's files", not circles(graph), "\n".join(map(" ".join, circles(graph))))
check("the library stands alone, and each daemon on it", not strangers(graph), "\n".join(strangers(graph)))

paths = sources()
check("the sources are found", len(paths) > 400, len(paths))
found = list(long_functions(paths))
check(f"no function in C is longer than {LONGEST_FUNCTION} lines", not found, "\n".join(found))
found = list(long_files(paths))
check(f"no source is longer than {LONGEST_FILE} lines", not found, "\n".join(found))
done()
