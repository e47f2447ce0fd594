"""What a mail is made of, and what may not get into it."""

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from maru.mail.addresses import Mailbox, mailbox
from maru.mail.letters import Letter, addressed, text_of
from maru.mail.outbox import message_id, recipients
from maru_sdk.db import uuid7
from maru_sdk.mail import Attachment, MailRefused

WRITTEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LONG = "긴 제목 " * 40


def letter(**given: Any) -> Letter:
    values = {"sender": Mailbox("maru@example.com"), "subject": "제목", "text": "본문\n"}
    return Letter(**{**values, "written": WRITTEN, **given})


def read(made: Letter, to: str = "김민수 <kim@example.com>") -> Any:
    raw = addressed(made.packed(), mailbox(to, "to"), "1.0@example.com")
    return email.message_from_bytes(raw, policy=email.policy.default)


class TestWords:
    @pytest.mark.parametrize(
        "subject", ["안녕하세요", LONG.strip(), "plain", "🙂 mixed 한글 words"]
    )
    def test_a_subject_comes_through(self, subject: str) -> None:
        assert read(letter(subject=subject))["Subject"] == subject

    def test_names_come_through(self) -> None:
        sender = Mailbox("maru@example.com", "한빛, 주식회사")
        found = read(letter(sender=sender, reply_to=Mailbox("a@b.kr", "답장")))
        assert found["From"].addresses[0].display_name == "한빛, 주식회사"
        assert found["To"].addresses[0].display_name == "김민수"
        assert found["To"].addresses[0].addr_spec == "kim@example.com"
        assert found["Reply-To"].addresses[0].addr_spec == "a@b.kr"

    def test_what_is_sent_is_ascii_in_short_lines(self) -> None:
        file = Attachment(
            name="보고서 2026.pdf", content_type="application/pdf", content=b"\0" * 999
        )
        raw = letter(subject=LONG, html="<p>한글</p>" * 500, attachments=[file]).packed()
        assert raw.isascii()
        lines = raw.split(b"\r\n")
        assert max(map(len, lines)) <= 998
        assert not any(b"\n" in line or b"\r" in line for line in lines)

    def test_attachments_come_through(self) -> None:
        files = [
            Attachment(
                name="보고서 (최종).pdf", content_type="application/pdf", content=b"%PDF\0\xff"
            ),
            Attachment(name="a.txt", content_type="text/plain", content="한글".encode()),
        ]
        found = list(read(letter(html="<p>본문</p>", attachments=files)).iter_attachments())
        assert [one.get_filename() for one in found] == [one.name for one in files]
        assert found[0].get_content() == b"%PDF\0\xff"
        assert "filename*" in bytes(found[0]).decode()

    def test_both_ways_of_reading_say_the_same(self) -> None:
        found = read(letter(text="글\n", html="<p>글</p>"))
        assert found.get_content_type() == "multipart/alternative"
        plain, html = found.get_body(("plain",)), found.get_body(("html",))
        assert plain.get_content().strip() == "글"
        assert html.get_content().strip() == "<p>글</p>"

    def test_machines_see_that_a_machine_wrote(self) -> None:
        found = read(letter())
        assert found["Auto-Submitted"] == "auto-generated"
        assert found["Date"].datetime == WRITTEN
        assert found["Message-ID"] == "<1.0@example.com>"

    def test_a_mail_has_the_same_name_each_time(self) -> None:
        mail = uuid7()
        assert message_id(mail, 1, "a.kr") == message_id(mail, 1, "a.kr")
        assert message_id(mail, 1, "a.kr") != message_id(mail, 2, "a.kr")

    def test_half_a_surrogate_pair_harms_nobody(self) -> None:
        assert read(letter(text="a\ud800b"))


BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\u2028", "\x85"]


class TestInjection:
    """Nothing that is said begins a header of its own."""

    @pytest.mark.parametrize("gap", BREAKS)
    @pytest.mark.parametrize(
        "made",
        [
            lambda bad: letter(subject=f"a{bad}Bcc: evil@example.com").check(),
            lambda bad: mailbox(f"a@example.com{bad}Bcc: evil@example.com", "to"),
            lambda bad: mailbox(f"kim{bad}Bcc: evil@x.kr <a@example.com>", "to"),
            lambda bad: mailbox(f"a@example.com{bad}", "to"),
            lambda bad: mailbox(f"a{bad}@example.com", "to"),
            lambda bad: letter(attachments=[file(name=f"a{bad}b.pdf")]).check(),
            lambda bad: letter(attachments=[file(kind=f"text/plain{bad}X: 1")]).check(),
        ],
    )
    def test_no_line_ends_where_it_may_not(self, made: Callable[[str], object], gap: str) -> None:
        with pytest.raises(MailRefused):
            made(gap)

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                "a",
                "@",
                "a@",
                "@b.kr",
                "a b@c.kr",
                "a@b c.kr",
                "a@b.kr,c@d.kr",
                "a@b.kr;c@d.kr",
            ),
            *("<a@b.kr", "a@b.kr>", "<a@b.kr> <c@d.kr>", "a@b.kr <c@d.kr> e", '"a b"@c.kr'),
            *(".a@b.kr", "a.@b.kr", "a..b@c.kr", "a@b..kr", "a@-b.kr", "a@[127.0.0.1]", "한@b.kr"),
            *("a@b.kr SIZE=1", "a@b.kr\tc", f"{'a' * 65}@b.kr", f"a@{'b' * 64}.kr", "a@b@c.kr"),
        ],
    )
    def test_what_is_no_address_is_refused(self, text: str) -> None:
        with pytest.raises(MailRefused) as refused:
            mailbox(text, "to")
        assert refused.value.details["field"] == "to"

    def test_a_name_can_be_anything_else(self) -> None:
        found = read(letter(), to='"a, b@c.kr; (d)" <kim@example.com>')
        (one,) = found["To"].addresses
        assert (one.display_name, one.addr_spec) == ("a, b@c.kr; (d)", "kim@example.com")

    def test_a_korean_domain_is_written_in_ascii(self) -> None:
        assert mailbox("a@한글.kr", "to").address == "a@xn--bj0bj06e.kr"

    def test_templates_of_users_are_literal(self) -> None:
        subject = "{{7*7}} {0.__class__} %s"
        assert read(letter(subject=subject, text=f"{subject}\n"))["Subject"] == subject


def file(
    name: str = "a.bin", kind: str = "application/octet-stream", content: bytes = b"a"
) -> Attachment:
    return Attachment(name=name, content_type=kind, content=content)


class TestBounds:
    @pytest.mark.parametrize(
        "bad",
        [
            {"subject": "  "},
            {"subject": "a" * 501},
            {"text": "a" * 1_000_001},
            {"attachments": [file(content=b"a" * 5_000_001)] * 2},
            {"attachments": [file(kind="message/rfc822")]},
            {"attachments": [file(kind="nonsense")]},
            {"attachments": [file(name="")]},
        ],
    )
    def test_too_much_is_refused(self, bad: dict[str, Any]) -> None:
        with pytest.raises(MailRefused):
            letter(**bad).check()

    def test_recipients_are_counted_once_each(self) -> None:
        found = recipients(["a@b.kr", "A <A@B.kr>", "c@d.kr"])
        assert [one.address.lower() for one in found] == ["a@b.kr", "c@d.kr"]
        for wrong in ([], [f"a{n}@b.kr" for n in range(101)]):
            with pytest.raises(MailRefused):
                recipients(wrong)


def test_the_words_of_an_html_mail() -> None:
    html = """<html><head><title>no</title><style>p{}</style></head><body>
      <h1>제목</h1><p>첫 줄과 <a href="https://maru.kr/a?b=1">링크</a>.</p>
      <ul><li>하나</li><li>둘 &amp; 셋</li></ul><script>no()</script></body></html>"""
    assert text_of(html) == (
        "제목\n\n첫 줄과 링크 (https://maru.kr/a?b=1).\n\n- 하나\n\n- 둘 & 셋\n"
    )
