"""The Python quick start of the README, run as it is printed, with a stand-in for the provider."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SDK = os.path.join(HERE, "sdk", "python")


def run(url, key):
    """Runs the first Python block of the README, with a stand-in for the provider. Returns what it printed."""
    sys.path.insert(0, os.path.join(SDK, "tests"))
    from provider import Provider

    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as f:
        lines = re.search(r"```python\n(.*?)```", f.read(), re.S).group(1)
    lines = lines.replace("aisc_...", key).replace("http://127.0.0.1:8080", url)
    with Provider() as provider:
        environment = {**os.environ, "PYTHONPATH": f"{SDK}:{os.path.join(SDK, 'tests', 'standin')}", "OPENAI_BASE_URL": provider.url}
        done = subprocess.run([sys.executable, "-c", lines], cwd=SDK, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit("demo: the quick start failed\n" + done.stdout)
    return done.stdout
