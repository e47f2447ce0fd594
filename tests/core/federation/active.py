"""A real domain of Active Directory: Debian's Samba, provisioned into a folder of its own, on an
address of loopback that nobody else has. Its ports can't be chosen, so it needs root."""

import os
import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ldap3
import pytest
from tests.certificates import Certified, certify
from tests.peers.running import child

DOMAIN = "corp.maru.test"
SHORT = "CORP"
BASE_DN = "DC=corp,DC=maru,DC=test"
STAFF = f"OU=사람,{BASE_DN}"
SEARCHER = f"CN=searcher,{STAFF}"
SECRET = "Sucher!Geheim 7"
PASSWORD = "Zweites!Wort 9"
ADMIN_PASSWORD = "Passw0rd!Maru"
SAMBA = shutil.which("samba", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NORMAL, OFF = 512, 514
LONG_AGO = "131000000000000000"

CONFIG = """
[global]
 netbios name = DC1
 realm = {realm}
 workgroup = {short}
 server role = active directory domain controller
 server services = ldap
 interfaces = {address}/8
 bind interfaces only = yes
 private dir = {folder}/private
 state directory = {folder}/state
 cache directory = {folder}/cache
 lock directory = {folder}
 pid directory = {folder}
 ncalrpc dir = {folder}/ncalrpc
 winbindd socket directory = {folder}/winbindd
 ntp signd socket directory = {folder}/ntp_signd
 log file = {folder}/log.samba
 tls enabled = yes
 tls keyfile = {tls.key}
 tls certfile = {tls.chain}
 tls cafile = {tls.authority}
"""


@dataclass(frozen=True)
class Domain:
    """A running domain controller."""

    address: str
    certified: Certified

    @property
    def authority(self) -> str:
        return self.certified.authority.read_text()

    @contextmanager
    def administering(self) -> Iterator[ldap3.Connection]:
        """A connection of the domain's administrator."""
        tls = ldap3.Tls(validate=ssl.CERT_NONE)
        server = ldap3.Server(self.address, 636, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        user = f"CN=Administrator,CN=Users,{BASE_DN}"
        connection = ldap3.Connection(server, user, ADMIN_PASSWORD, check_names=False)
        assert connection.bind(read_server_info=False), connection.result
        try:
            yield connection
        finally:
            connection.unbind()


@contextmanager
def serving_domain(folder: Path) -> Iterator[Domain]:
    """A domain that was provisioned in this folder, with a few people in it; ended afterwards."""
    assert SAMBA is not None
    address, place = _free_address(), folder / "domain"
    tls = certify(folder, address)
    tls.key.chmod(0o600)
    config = folder / "smb.conf"
    config.write_text(
        CONFIG.format(realm=DOMAIN.upper(), short=SHORT, address=address, folder=place, tls=tls)
    )
    words = [SAMBA, "-i", "-M", "single", f"--configfile={config}", "--debug-stdout"]
    with child(words, 636, folder / "log", host=address):
        domain = Domain(address, tls)
        with domain.administering() as connection:
            _fill(connection)
        yield domain


def provision(folder: Path) -> None:
    """A new domain in this folder, which takes seconds; skips where Samba can't be had."""
    lacking = SAMBA is None or not Path("/usr/share/samba/setup/ad-schema").is_dir()
    if lacking or os.geteuid() != 0:
        pytest.skip(
            "a domain of Samba needs root and Debian's samba, samba-ad-provision, "
            "samba-dsdb-modules and samba-vfs-modules"
        )
    place = folder / "domain"
    options = {
        "realm": DOMAIN.upper(),
        "domain": SHORT,
        "server-role": "dc",
        "dns-backend": "NONE",
        "adminpass": ADMIN_PASSWORD,
        "host-name": "dc1",
        "host-ip": "127.0.0.1",
        "targetdir": str(place),
    }
    words = ["samba-tool", "domain", "provision", "--use-rfc2307"]
    words += [f"--{name}={value}" for name, value in options.items()]
    words += ["--option=interfaces=lo", "--option=bind interfaces only=yes"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-2000:]
    (place / "cache").mkdir(exist_ok=True)


def _fill(connection: ldap3.Connection) -> None:
    """People in all states that a sign-in may find, and groups in groups, round in a ring."""
    _add(connection, STAFF, "organizationalUnit", {})
    _person(connection, "searcher", password=SECRET)
    _person(connection, "haneul", displayName="김하늘", employeeID="E-1", department="개발팀")
    _person(connection, "outsider", userPrincipalName="바깥.사람@partner.test")
    _person(connection, "off", userAccountControl=OFF)
    _person(connection, "late", accountExpires=LONG_AGO)
    _person(connection, "must", pwdLastSet="0")
    for group, member in {"팀장들": "haneul", "간부들": "팀장들", "모두": "간부들"}.items():
        about = {"sAMAccountName": group, "member": [f"CN={member},{STAFF}"]}
        _add(connection, f"CN={group},{STAFF}", "group", about)
    ring = {"member": [(ldap3.MODIFY_ADD, [f"CN=모두,{STAFF}"])]}
    assert connection.modify(f"CN=팀장들,{STAFF}", ring), connection.result


def _person(
    connection: ldap3.Connection, name: str, password: str = PASSWORD, **about: Any
) -> None:
    usual = {
        "sAMAccountName": name,
        "userPrincipalName": f"{name}@{DOMAIN}",
        "userAccountControl": NORMAL,
        "unicodePwd": f'"{password}"'.encode("utf-16-le"),
    }
    _add(connection, f"CN={name},{STAFF}", "user", usual | about)


def _add(connection: ldap3.Connection, dn: str, kind: str, about: Mapping[str, Any]) -> None:
    assert connection.add(dn, [kind], dict(about)), connection.result


def _free_address() -> str:
    """One at which nothing listens, so that domains of several runs don't meet."""
    drawn = random.SystemRandom()
    while True:
        parts = (drawn.randint(2, 250) for _ in range(3))
        address = f"127.{'.'.join(map(str, parts))}"
        with socket.socket() as probe:
            if probe.connect_ex((address, 636)) != 0:
                return address
