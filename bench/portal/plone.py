"""The peer: Plone's classic interface, which the benchmark installs and fills by itself.

It lies in the data folder, made once: installing takes a minute on a quiet machine,
each site a quarter of one. Versions are those of `plone.txt`: a later release changes no figure.
"""

import hashlib
import os
import subprocess
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from bench.load import Request
from bench.process import HOST, Broken, Process
from maru.embedded.engine import free_port

SITES = ("kept", "made")
PERSON, PASSWORD = "reader", "Portal!2345x"
_HERE = Path(__file__).parent
_PINS, _SITE = _HERE / "plone.txt", _HERE / "plone_site.py"
_LONGEST = 1_200
_LONGEST_START = 90.0
_INI = """[app:zope]
use = egg:Zope#main
zope_conf = {conf}

[server:main]
use = egg:waitress#main
host = {host}
port = {port}
threads = 1

[pipeline:main]
pipeline =
    egg:Zope#httpexceptions
    zope
"""


def installed() -> Path:
    """The folder with everything in it: what isn't there is made, what is done is done once."""
    wanted = hashlib.blake2b(_PINS.read_bytes() + _SITE.read_bytes(), digest_size=8).hexdigest()
    data = Path(os.environ.get("MARU_DATA", _HERE.parents[1] / ".maru"))
    root = data.absolute() / f"bench/plone-{wanted}"
    programs, instance = root / "venv/bin", root / "instance"
    _step(root, "venv", sys.executable, "-m", "venv", root / "venv")
    _step(root, "packages", programs / "pip", "install", "--quiet", "--no-deps", "-r", _PINS)
    _step(root, "instance", programs / "mkwsgiinstance", "-d", instance, "-u", f"admin:{PASSWORD}")
    for site in SITES:
        _step(root, site, programs / "zconsole", "run", instance / "etc/zope.conf", _SITE, site)
    return root


def _step(root: Path, name: str, *words: object) -> None:
    done = root / f"{name}.done"
    if done.exists():
        return
    print(f"  installing Plone: {name} …", file=sys.stderr, flush=True)
    root.mkdir(parents=True, exist_ok=True)
    _run(*words)
    done.touch()


def _run(*words: object) -> None:
    done = subprocess.run(
        list(map(str, words)), capture_output=True, text=True, check=False, timeout=_LONGEST
    )
    if done.returncode:
        raise Broken(f"{words[0]}: {(done.stderr or done.stdout)[-1_000:]}")


def plone(folder: Path) -> Process:
    """Zope under waitress with one thread and no line for each request, as fast as it gets."""
    root, port = installed(), free_port()
    ini = folder / "plone.ini"
    conf = root / "instance/etc/zope.conf"
    ini.write_text(_INI.format(conf=conf, host=HOST, port=port), "utf-8")
    words, python = ["-m", "Zope2.Startup.serve", str(ini)], root / "venv/bin/python"
    log = folder / "plone.log"
    return Process("plone", words, log, {}, port, longest=_LONGEST_START, python=str(python))


def front_page(server: Process, site: str) -> Request:
    """The request of a site's front page by somebody signed in; Broken where it isn't the one."""
    url = f"http://{HOST}:{server.port}/{site}"
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    sent = {"__ac_name": PERSON, "__ac_password": PASSWORD, "buttons.login": "Log in"}
    browser.open(f"{url}/login", urlencode(sent).encode()).read()
    page = browser.open(url).read().decode()
    lists = [found.count("<li") for found in page.split('class="card portlet')[1:]]
    if PERSON not in page or lists[:8] != [8] * 8:
        raise Broken(f"{url}: nobody is signed in, or its portlets have {lists} items")
    cookies = "; ".join(f"{one.name}={one.value}" for one in jar)
    return Request(f"/{site}", {"Host": f"{HOST}:{server.port}", "Cookie": cookies})
