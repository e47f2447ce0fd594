"""A real directory: Debian's slapd with a few people, on loopback."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.certificates import Certified, certify
from tests.peers.running import child, free_port

BASE_DN = "dc=corp,dc=test"
SEARCHER = f"cn=searcher,{BASE_DN}"
SECRET = "the searcher's secret"
PASSWORD = "두 번째 비밀번호 9"
SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/lib/openldap:/usr/local/sbin")
SCHEMA = Path("/etc/ldap/schema")

CONFIG = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCertificateFile {tls.chain}
TLSCertificateKeyFile {tls.key}
TLSCACertificateFile {tls.authority}
database mdb
suffix "dc=corp,dc=test"
rootdn "cn=searcher,dc=corp,dc=test"
rootpw "the searcher's secret"
directory {data}
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""

PEOPLE = """
dn: dc=corp,dc=test
objectClass: dcObject
objectClass: organization
dc: corp
o: Corp

dn: ou=사람,dc=corp,dc=test
objectClass: organizationalUnit
ou: 사람

dn: uid=haneul,ou=사람,dc=corp,dc=test
objectClass: inetOrgPerson
uid: haneul
cn: 김하늘
sn: 김
mail: haneul@corp.test
employeeNumber: E-1
departmentNumber: 개발팀
userPassword: 두 번째 비밀번호 9

dn: uid=a*b(c)\\\\,ou=사람,dc=corp,dc=test
objectClass: inetOrgPerson
uid: a*b(c)\\
cn: 이별표
sn: 이
userPassword: 두 번째 비밀번호 9

dn: uid=twin,ou=사람,dc=corp,dc=test
objectClass: inetOrgPerson
uid: twin
uid: twin2
cn: 쌍둥이
sn: 쌍
userPassword: 두 번째 비밀번호 9

dn: cn=twin,ou=사람,dc=corp,dc=test
objectClass: inetOrgPerson
uid: twin
cn: twin
sn: 쌍
userPassword: 두 번째 비밀번호 9

dn: uid=empty,ou=사람,dc=corp,dc=test
objectClass: inetOrgPerson
uid: empty
cn: 빈칸
sn: 빈

dn: cn=팀장들,dc=corp,dc=test
objectClass: groupOfNames
cn: 팀장들
member: uid=haneul,ou=사람,dc=corp,dc=test

dn: cn=간부들,dc=corp,dc=test
objectClass: groupOfNames
cn: 간부들
member: cn=팀장들,dc=corp,dc=test
member: cn=동아리,dc=corp,dc=test

dn: cn=동아리,dc=corp,dc=test
objectClass: groupOfUniqueNames
cn: 동아리
uniqueMember: cn=간부들,dc=corp,dc=test

dn: cn=남의 모임,dc=corp,dc=test
objectClass: groupOfNames
cn: 남의 모임
member: uid=empty,ou=사람,dc=corp,dc=test

dn: ou=elsewhere,dc=corp,dc=test
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:9/dc=elsewhere
"""


@dataclass(frozen=True)
class Directory:
    """A running directory."""

    plain: int
    tls: int
    certified: Certified
    log: Path

    @property
    def authority(self) -> str:
        return self.certified.authority.read_text()

    def binds(self) -> list[str]:
        """The names that were bound as, in the order that the server noted them."""
        return re.findall(r'BIND dn="([^"]+)" method=128', self.log.read_text("utf-8", "replace"))

    @contextmanager
    def without(self, group: str) -> Iterator[None]:
        """The directory while haneul isn't in this group, which has another member then."""
        mine, other = (f"uid={one},ou=사람,{BASE_DN}" for one in ("haneul", "empty"))
        self._change(f"dn: {group}\nchangetype: modify\nreplace: member\nmember: {other}\n")
        try:
            yield
        finally:
            self._change(f"dn: {group}\nchangetype: modify\nreplace: member\nmember: {mine}\n")

    def _change(self, ldif: str) -> None:
        words = ["ldapmodify", "-x", "-D", SEARCHER, "-w", SECRET]
        place = ["-H", f"ldap://127.0.0.1:{self.plain}"]
        done = subprocess.run([*words, *place], input=ldif, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@contextmanager
def serving_directory(folder: Path) -> Iterator[Directory]:
    """slapd in the foreground, filled; ended afterwards."""
    if SLAPD is None or not SCHEMA.is_dir() or shutil.which("ldapadd") is None:
        pytest.skip("Debian's slapd is not installed: apt install slapd ldap-utils")
    data = folder / "data"
    data.mkdir()
    tls = certify(folder, "127.0.0.1")
    config, ldif = folder / "slapd.conf", folder / "people.ldif"
    config.write_text(CONFIG.format(schema=SCHEMA, tls=tls, data=data))
    ldif.write_text(PEOPLE)
    plain, secured = free_port(), free_port()
    urls = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{secured}/"
    words = [SLAPD, "-f", str(config), "-h", urls, "-d", "256"]
    log = folder / "log"
    with child(words, secured, log):
        add = ["ldapadd", "-x", "-M", "-D", SEARCHER, "-w", SECRET, "-f", str(ldif)]
        done = subprocess.run(
            [*add, "-H", f"ldap://127.0.0.1:{plain}"], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        yield Directory(plain, secured, tls, log)
