#!/usr/bin/python3
"""The gateway's and the courier's units (gateway/tests): pure C, built with the sanitizers."""
import glob
import os
import re
import subprocess

from harness import ROOT, check, done, note

GATEWAY = os.path.join(ROOT, "gateway")
RESULT = re.compile(r"^(ok|not ok) \d+ - (.*)$")
OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99", "UBSAN_OPTIONS": "print_stacktrace=1"}


def run(*command):
    return subprocess.run(command, cwd=GATEWAY, env={**os.environ, **OPTIONS}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")


def unit(name):
    """One program: its results, each under its name."""
    ran = run(f"build-sanitize/tests/{name}")
    planned = counted = 0
    for line in ran.stdout.splitlines():
        found = RESULT.match(line)
        if found:
            counted += 1
            check(f"{name}: {found.group(2)}", found.group(1) == "ok")
        elif line.startswith("1.."):
            planned = int(line[3:])
        else:
            note(line)
    check(f"{name}: all were run, without a leak", ran.returncode in (0, 1) and 0 < planned == counted, f"ended with {ran.returncode}")


names = sorted(os.path.basename(path)[:-2] for path in glob.glob(os.path.join(glob.escape(GATEWAY), "tests/*.c")))
made = run("make", "-s", "-j2", "units", "SANITIZE=1")
if check("the units build with the sanitizers", made.returncode == 0 and names, made.stdout):
    for each in names:
        unit(each)
done()
