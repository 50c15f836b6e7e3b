#!/usr/bin/python3
"""What a stranger gets: the release, the Python package, what "make install" puts where, the units, the page on
installing. With QUOTAKIT_LONG=1 and as root also the Debian packages and images, on a bare Debian with systemd
(make check-packages)."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

LONG = os.environ.get("QUOTAKIT_LONG") == "1"
ROOT_USER = os.geteuid() == 0
if LONG and ROOT_USER:
    from bare_debian import in_a_root_of_its_own
    in_a_root_of_its_own(__file__)

from harness import ROOT, check, done, equal, note  # noqa: E402

META = json.load(open(os.path.join(ROOT, "META.json"), encoding="utf-8"))
VERSION = META["version"]


def run(*command, cwd=ROOT, **options):
    return subprocess.run(command, cwd=cwd, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}, **options)


def text(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


# -- META.json, as https://pgxn.org/spec has it

TERM = re.compile(r"[^\s/\\\x00-\x1f]{2,}\Z")
TAG = re.compile(r"[^/\\\x00-\x1f]{1,256}\Z")
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+)?\Z")
LICENSES = {"agpl_3", "apache_1_1", "apache_2_0", "artistic_1", "artistic_2", "bsd", "freebsd", "gfdl_1_2", "gfdl_1_3", "gpl_1", "gpl_2",
            "gpl_3", "lgpl_2_1", "lgpl_3_0", "mit", "mozilla_1_0", "mozilla_1_1", "openssl", "perl_5", "postgresql", "qpl_1_0", "ssleay",
            "sun", "zlib", "open_source", "restricted", "unrestricted", "unknown"}
KEYS = {"abstract", "maintainer", "license", "name", "provides", "version", "meta-spec", "description", "generated_by", "no_index",
        "prereqs", "release_status", "resources", "tags"}


def wrong_in_meta(meta):
    """What PGXN would not take."""
    for key in ("abstract", "maintainer", "license", "name", "provides", "version", "meta-spec"):
        if not meta.get(key):
            yield f"{key} is missing"
    for key in meta:
        if key not in KEYS and not re.match(r"[xX]_", key):
            yield f"{key} is no key of the specification"
    if not TERM.match(meta["name"]):
        yield f"name {meta['name']!r} is no term"
    if not SEMVER.match(meta["version"]):
        yield f"version {meta['version']!r} is not semantic"
    for name in [meta["license"]] if isinstance(meta["license"], str) else meta["license"]:
        if name not in LICENSES:
            yield f"license {name!r} is not known"
    if meta["meta-spec"].get("version") != "1.0.0":
        yield "meta-spec.version is not 1.0.0"
    for name, extension in meta["provides"].items():
        if not TERM.match(name):
            yield f"provides: {name!r} is no term"
        if not SEMVER.match(extension.get("version", "")):
            yield f"provides.{name}.version is not semantic"
        if not extension.get("file"):
            yield f"provides.{name}.file is missing"
    for phase, relations in meta.get("prereqs", {}).items():
        if phase not in ("configure", "build", "test", "runtime", "develop"):
            yield f"prereqs: there is no phase {phase!r}"
        for relation, wanted in relations.items():
            if relation not in ("requires", "recommends", "suggests", "conflicts"):
                yield f"prereqs.{phase}: there is no relation {relation!r}"
            for name, version in wanted.items():
                if version != 0 and not SEMVER.match(re.sub(r"^(>=|>|==|!=|<=|<)\s*", "", version)):
                    yield f"prereqs.{phase}.{relation}.{name}: {version!r} is no version"
    if meta.get("release_status", "stable") not in ("stable", "testing", "unstable"):
        yield "release_status is none"
    for tag in meta.get("tags", []):
        if not TAG.match(tag):
            yield f"tag {tag!r}"


def meta():
    equal("META.json is as PGXN wants it", list(wrong_in_meta(META)), [])


# -- the release

def dist():
    """Makes the release and looks into it; returns the zip's path, or None where there is no git."""
    made = run("make", "dist")
    if run("git", "-c", "safe.directory=*", "rev-parse", "HEAD").returncode != 0:
        check("without git, make dist says what it needs", made.returncode != 0 and "git checkout" in made.stdout, made.stdout)
        return None
    if not check("make dist", made.returncode == 0, made.stdout[-3000:]):
        return None
    place = os.path.join(ROOT, "build/dist")
    names = {f"quotakit-{VERSION}.zip", f"quotakit-{VERSION}.tar.gz", f"quotakit-{VERSION}-py3-none-any.whl"}
    if not equal("the release has three files, all of one version", set(os.listdir(place)), names):
        return None
    release(os.path.join(place, f"quotakit-{VERSION}.zip"))
    wheel(os.path.join(place, f"quotakit-{VERSION}-py3-none-any.whl"))
    return os.path.join(place, f"quotakit-{VERSION}.zip")


def release(path):
    prefix = f"quotakit-{VERSION}/"
    with zipfile.ZipFile(path) as z:
        names = [n for n in z.namelist() if not n.endswith("/")]
        equal("the zip's META.json names the zip's version", json.loads(z.read(prefix + "META.json"))["version"], VERSION)
    outside = [n for n in names if not n.startswith(prefix)]
    equal("all of the zip is in one folder", outside, [])
    inside = {n[len(prefix):] for n in names}
    wanted = {"Makefile", "META.json", "README.md", "LICENSE", "CHANGELOG.md", "quotakit.control", META["provides"]["quotakit"]["file"],
              META["provides"]["quotakit"]["docfile"], "packaging/debian/control.in", "scripts/deb", "tests/test_packages.py"}
    equal("the zip has what it needs", wanted - inside, set())
    strange = [n for n in inside if re.search(r"^\.|\.(o|so|bc|pyc)$|(^|/)(node_modules|build|dist|results)/", n)]
    equal("and nothing built, and nothing of the repository's own", strange, [])


def wheel(path):
    with zipfile.ZipFile(path) as z:
        names = z.namelist()
        metadata = z.read(f"quotakit-{VERSION}.dist-info/METADATA").decode()
    fields = dict(re.findall(r"^([\w-]+): (.*)$", metadata.split("\n\n")[0], re.M))
    equal("the wheel's version is META.json's", (fields["Name"], fields["Version"]), ("quotakit", VERSION))
    equal("it needs nothing else", re.findall(r"^Requires-Dist: .*$", metadata, re.M), [])
    equal("it says which Python", fields.get("Requires-Python"), ">=3.9")
    source = os.path.join(ROOT, "sdk/python")
    wanted = {os.path.relpath(p, source) for p in glob.glob(source + "/quotakit/**/*.py", recursive=True)} | {"quotakit/py.typed"}
    equal("it has every module, its types and no test", {n for n in names if "dist-info" not in n}, wanted)
    check("it has the licence", any(n.endswith("LICENSE") for n in names), names)
    said = run(sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {path!r}); import quotakit; print(quotakit.__version__)", cwd="/")
    equal("it can be imported as it is", said.stdout.strip(), VERSION)


def builds_by_itself(path):
    """The zip, unpacked where there is no git, with the two commands of every extension."""
    with tempfile.TemporaryDirectory() as place:
        run("unzip", "-q", path, "-d", place)
        tree = os.path.join(place, f"quotakit-{VERSION}")
        make = ("make", "-s", "PG_CONFIG=" + os.environ.get("PG_CONFIG", "pg_config"))
        built = run(*make, cwd=tree)
        installed = run(*make, "install", f"DESTDIR={place}/to", cwd=tree)
        check("the zip builds by itself: make && make install", built.returncode == installed.returncode == 0,
              (built.stdout + installed.stdout)[-3000:])
        found = {os.path.basename(p) for p in glob.glob(place + "/to/**/*", recursive=True)}
        steps = {"quotakit--" + os.path.basename(p).split("quotakit--")[-1] for p in glob.glob(ROOT + "/extension/update/*.sql")}
        equal("and installs the extension", ({"quotakit.so", "quotakit.control", f"quotakit--{VERSION}.sql"} | steps) - found, set())


# -- what make install puts where

def install():
    place = tempfile.mkdtemp()
    places = {"prefix": f"{place}/usr", "sysconfdir": f"{place}/etc"}
    command = ("make", "-s", "install-gateway", "install-courier", *(f"{k}={v}" for k, v in places.items()))
    # Whoever installs may have been told to be careful.
    first = run(*command, preexec_fn=lambda: os.umask(0o077))
    check("make install-gateway install-courier", first.returncode == 0, first.stdout)
    files = {os.path.relpath(p, place): oct(os.stat(p).st_mode & 0o777)[2:]
             for p in glob.glob(place + "/**/*", recursive=True) if os.path.isfile(p)}
    equal("every file has its place and its mode", files, {
        "usr/bin/quotakit-gateway": "755", "usr/bin/quotakit-courier": "755",
        "usr/lib/systemd/system/quotakit-gateway.service": "644", "usr/lib/systemd/system/quotakit-courier.service": "644",
        "usr/lib/sysusers.d/quotakit-gateway.conf": "644", "usr/lib/sysusers.d/quotakit-courier.conf": "644",
        "etc/quotakit/quotakit-gateway.conf": "640", "etc/quotakit/quotakit-courier.env": "640", "etc/quotakit/smtp-password": "600"})
    closed = [p for p in glob.glob(place + "/**/", recursive=True) if p.rstrip("/") != place and os.stat(p).st_mode & 0o777 != 0o755]
    equal("and everybody can enter its folder", closed, [])
    wrong = [name for name in files if "bin/" not in name and re.search("/usr/local|(?<!%s)/etc/quotakit" % re.escape(place),
                                                                       text(place, name))]
    equal("the files name the places they were installed to", wrong, [])
    for name in ("quotakit-gateway.conf", "quotakit-courier.env", "smtp-password"):
        with open(f"{place}/etc/quotakit/{name}", "a") as f:
            f.write("# mine\n")
    run(*command)
    kept = [name for name in os.listdir(f"{place}/etc/quotakit") if "# mine" not in text(place, "etc/quotakit", name)]
    equal("a configuration that is there stays as it is", kept, [])
    units(place)
    samples(place)
    shutil.rmtree(place)
    staged = tempfile.mkdtemp()
    run("make", "-s", "install-gateway", "prefix=/usr", f"DESTDIR={staged}")
    check("DESTDIR goes before every place", os.path.exists(staged + "/usr/bin/quotakit-gateway") and
          os.path.exists(staged + "/etc/quotakit/quotakit-gateway.conf"))
    check("and is named in no file", staged not in text(staged, "usr/lib/systemd/system/quotakit-gateway.service"))
    shutil.rmtree(staged)


def units(place):
    got = run("scripts/require", "systemd")
    if not check("systemd's tools are here", got.returncode == 0, got.stdout):
        return
    for name in ("quotakit-gateway", "quotakit-courier"):
        unit = f"{place}/usr/lib/systemd/system/{name}.service"
        said = run("systemd-analyze", "verify", "--man=no", unit)
        check(f"systemd-analyze verify has nothing to say of {name}", said.returncode == 0 and not said.stdout.strip(), said.stdout)
        # 0 is shut in entirely, 10 is open; what remains is the network that they are for.
        said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
        check(f"{name} is shut in", said.returncode == 0, said.stdout[-1500:])


def samples(place):
    """Every setting in the sample configurations is one that the program knows."""
    known = {name.replace("-", "_") for name in re.findall(r"^\s+--([\w-]+)", run(f"{place}/usr/bin/quotakit-gateway", "--help").stdout, re.M)}
    named = re.findall(r"^#?(\w+) = ", text(place, "etc/quotakit/quotakit-gateway.conf"), re.M)
    check("the gateway's sample has something", len(named) > 10, named)
    equal("the gateway knows all that its sample sets", set(named) - known, set())
    known = {"help", *re.findall(r"--([\w-]+)", run(f"{place}/usr/bin/quotakit-courier", "--help").stdout)}
    named = re.findall(r"--([\w-]+)", text(place, "etc/quotakit/quotakit-courier.env") +
                       re.search(r"^ExecStart=.*$", text(place, "usr/lib/systemd/system/quotakit-courier.service"), re.M).group())
    check("the courier's sample has something", len(named) > 3, named)
    equal("the courier knows all that its sample sets", set(named) - known, set())


# -- the page, and what the containers are made of

def page():
    from package_install import sections
    found = sections()
    check("doc/install.md has commands", sum(map(len, found.values())) > 10, found)
    for title, scripts in found.items():
        for script in scripts:
            said = run("bash", "-n", "-c", script)
            check(f"doc/install.md, {title}: the shell can read it", said.returncode == 0, said.stdout + script)
    control = text("packaging/debian/control.in")
    packages = {p.replace("PGVERSION", "15") for p in re.findall(r"^Package: (\S+)$", control, re.M)}
    named = set(re.findall(r"\b(postgresql-15-quotakit|quotakit-(?:gateway|courier)|python3-quotakit)\b", text("doc/install.md")))
    equal("doc/install.md names the packages that there are", named, packages)
    equal("the packages' version is not written down a second time", re.findall(re.escape(VERSION), control + text("packaging/debian/rules")), [])


def containers():
    place = os.path.join(ROOT, "packaging/container")
    containerfile, compose = text(place, "Containerfile"), text(place, "compose.yaml")
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", containerfile, re.M))
    targets = re.findall(r"^ +target: (\w+)$", compose, re.M)
    check("compose.yaml builds three images", len(targets) == 3, targets)
    equal("from stages that the Containerfile has", set(targets) - stages, set())
    gone = [n for n in re.findall(r"^COPY .*(packaging/\S+)", containerfile, re.M) if not os.path.exists(os.path.join(ROOT, n))]
    equal("what it copies exists", gone, [])
    for name in ("start-postgres", "with-password"):
        said = run("sh", "-n", os.path.join(place, name))
        check(f"{name} can be read, and run", said.returncode == 0 and os.access(os.path.join(place, name), os.X_OK), said.stdout)


# -- the packages themselves

def hardened():
    with tempfile.TemporaryDirectory() as place:
        for deb in glob.glob(os.path.join(ROOT, "build/deb/*.deb")):
            run("dpkg-deb", "-x", deb, place)
        for program in glob.glob(place + "/usr/bin/quotakit-*") + glob.glob(place + "/usr/lib/postgresql/*/lib/quotakit.so"):
            said = run("readelf", "-lWd", program).stdout + run("readelf", "-sW", "--dyn-syms", program).stdout
            # The extension calls nothing that there is a fortified form of.
            library = program.endswith(".so")
            missing = [what for what, sign in (
                ("position-independent", "DYN" if library else "PIE"), ("read-only relocations", "GNU_RELRO"), ("bound at start", "NOW"),
                ("stack protector", "__stack_chk_fail"), ("fortified", "DYN" if library else "_chk@")) if sign not in said]
            equal(f"{os.path.basename(program)} is hardened", missing, [])


def packages(zip_path):
    need = ["unzip", "binutils", "python3-aiosmtpd"]
    import package_install
    got = run("scripts/require", *need)
    built = run("make", "deb")
    if not check("make deb: four packages without an error of lintian's", got.returncode == 0 and built.returncode == 0 and
                 len(glob.glob(os.path.join(ROOT, "build/deb/*.deb"))) == 4, got.stdout + built.stdout[-3000:]):
        return
    note(built.stdout.strip())
    hardened()
    if zip_path:
        builds_by_itself(zip_path)
    package_install.run()
    got = run("scripts/require", "buildah", "python3-yaml")
    if check("buildah is here", got.returncode == 0, got.stdout):
        import package_images
        package_images.run()


meta()
zip_path = dist()
install()
page()
containers()
if LONG and ROOT_USER:
    packages(zip_path)
elif LONG:
    note("the packages and images need root: make check-packages as root")
done()
