#!/usr/bin/python3
"""The dashboard's units: what needs neither a browser nor a server (dashboard/unit, run by vitest)."""
import os
import re
import subprocess

from harness import ROOT, check, done, note

DASHBOARD = os.path.join(ROOT, "dashboard")
RESULT = re.compile(r"^(ok|not ok) \d+ - (.*?)(?: # time=.*)?$")


def run(*command):
    return subprocess.run(command, cwd=DASHBOARD, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


packages = run(os.path.join(ROOT, "scripts/dashboard"), "packages")
if check("what they need is installed", packages.returncode == 0, packages.stdout[-3000:]):
    units = run("node_modules/.bin/vitest", "run", "--reporter=tap-flat")
    for line in units.stdout.splitlines():
        found = RESULT.match(line)
        if found and "# SKIP" not in line:
            check(found.group(2), found.group(1) == "ok")
        elif not line.startswith(("TAP version", "1..")):
            note(line)
    check("vitest ends as it should", units.returncode == 0)
done()
