"""A message at a real server: taken, put off, refused, encrypted, signed in, met with silence."""

import email
import email.policy
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.certificates import certify
from tests.core.mail.servers import PASSWORD, black_hole, mail_server

from maru.embedded.engine import free_port
from maru.mail.post import MailRejected, MailServerAway, NoMailServer, Post
from maru_sdk import InvalidInput, Temporary

FROM, TO = "maru@example.com", "kim@example.com"
MESSAGE = b"Subject: a\r\n\r\n.a line that begins with a dot\r\n"


async def send(post: Post) -> str:
    return await post.send(FROM, TO, MESSAGE, "name")


async def test_it_is_taken() -> None:
    with mail_server() as server:
        assert "taken" in await send(Post(f"smtp://127.0.0.1:{server.port}"))
    assert server.people == [TO]
    assert server.raw == [MESSAGE]


@pytest.mark.parametrize("part", ["to_rcpt", "to_data"])
@pytest.mark.parametrize(
    ("said", "kind"),
    [("451 try later", MailServerAway), ("550 no such mailbox", MailRejected)],
)
async def test_what_it_says_of_the_message(part: str, said: str, kind: type[Exception]) -> None:
    with mail_server() as server:
        setattr(server, part, [said, "250 OK"])
        post = Post(f"smtp://127.0.0.1:{server.port}")
        with pytest.raises(kind, match=said):
            await send(post)
        await send(post)
    assert issubclass(MailServerAway, Temporary)
    assert issubclass(MailRejected, InvalidInput)


class TestEncryption:
    @pytest.mark.parametrize("smtps", [True, False])
    async def test_with_an_authority_of_ones_own(self, tmp_path: Path, smtps: bool) -> None:
        made = certify(tmp_path, "127.0.0.1")
        scheme = "smtps" if smtps else "smtp+starttls"
        with mail_server(tls=made.serving(), smtps=smtps) as server:
            await send(Post(f"{scheme}://127.0.0.1:{server.port}?ca={made.authority}"))
        assert server.people == [TO]

    @pytest.mark.parametrize("smtps", [True, False])
    async def test_not_with_one_that_nobody_knows(self, tmp_path: Path, smtps: bool) -> None:
        made = certify(tmp_path, "127.0.0.1")
        scheme = "smtps" if smtps else "smtp+starttls"
        running = mail_server(tls=made.serving(), smtps=smtps)
        with running as server, pytest.raises(MailServerAway, match="certificate"):
            await send(Post(f"{scheme}://127.0.0.1:{server.port}"))
        assert server.got == []

    async def test_not_with_another_servers_certificate(self, tmp_path: Path) -> None:
        made = certify(tmp_path, "other.example.com")
        running = mail_server(tls=made.serving())
        with running as server, pytest.raises(MailServerAway, match="certificate"):
            await send(Post(f"smtp+starttls://127.0.0.1:{server.port}?ca={made.authority}"))
        assert server.got == []

    async def test_not_without_where_it_is_asked_for(self) -> None:
        with mail_server() as server, pytest.raises(MailServerAway):
            await send(Post(f"smtp+starttls://127.0.0.1:{server.port}"))
        assert server.got == []


class TestSignIn:
    async def test_with_the_right_password(self, tmp_path: Path) -> None:
        made = certify(tmp_path, "127.0.0.1")
        with mail_server(tls=made.serving(), auth=True) as server:
            who = f"maru:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}"
            await send(Post(f"smtp+starttls://{who}?ca={made.authority}"))
        assert server.people == [TO]

    async def test_a_wrong_one_is_the_set_ups_fault(self, tmp_path: Path) -> None:
        made = certify(tmp_path, "127.0.0.1")
        with mail_server(tls=made.serving(), auth=True) as server:
            who = f"maru:wrong@127.0.0.1:{server.port}"
            post = Post(f"smtp+starttls://{who}?ca={made.authority}")
            with pytest.raises(MailServerAway, match="535"):
                await send(post)
            with pytest.raises(MailServerAway, match="535"):
                await post.check()
        assert server.got == []

    def test_a_bare_password_is_known(self) -> None:
        assert Post("smtp://a:b@c").bare_password
        assert not Post("smtps://a:b@c").bare_password
        assert not Post("smtp://c").bare_password


class TestSilence:
    async def test_a_black_hole_costs_its_time_and_no_more(self) -> None:
        with black_hole() as port:
            began = time.monotonic()
            with pytest.raises(MailServerAway, match=r"no answer|[Tt]imed out"):
                await send(Post(f"smtp://127.0.0.1:{port}", patience=0.5))
            assert time.monotonic() - began < 30

    async def test_nobody_there(self) -> None:
        with pytest.raises(MailServerAway):
            await send(Post(f"smtp://127.0.0.1:{free_port()}"))

    async def test_nothing_set(self) -> None:
        with pytest.raises(NoMailServer, match="MARU_SMTP_URL"):
            await send(Post(""))


class TestFolder:
    async def test_a_message_is_a_file_that_mail_programs_open(self, tmp_path: Path) -> None:
        post = Post((tmp_path / "mail 상자").as_uri())
        for _ in range(2):
            await send(post)
        (file,) = (tmp_path / "mail 상자").iterdir()
        assert file.name == "name.eml"
        read = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert read["Subject"] == "a"

    async def test_one_that_cant_be_made_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(MailServerAway):
            await send(Post((tmp_path / "file" / "mail").as_uri()))
