"""What documents say, whoever wrote them, and what the harmful among them are told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.core.files.conftest import Sender
from tests.core.files.papers import docx, hwp, hwpx, pdf, pptx, xlsx, zipped
from tests.core.files.test_uploads import _age, _held, _quota

from maru.filing.owner import call_of
from maru.filing.tidying import collect_unused
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit
from maru_sdk.documents import DocumentLocked, DocumentUnreadable, DocumentUnsupported
from maru_sdk.files import FileNotFound

WORDS = ("가나다라 회의록", "둘째 문단")


async def _text(company: Company, url: str) -> str:
    async with company.context() as ctx:
        return await ctx.files.text(UUID(url.rpartition("/")[2]))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", docx(*WORDS), "가나다라 회의록\n둘째 문단"),
        ("a.pptx", pptx(*WORDS), "가나다라 회의록\n둘째 문단"),
        ("a.hwpx", hwpx(*WORDS), "가나다라 회의록\n둘째 문단"),
        ("a.hwp", hwp(*WORDS), "가나다라 회의록\n둘째 문단"),
        ("b.hwp", hwp(*WORDS, flags=0), "가나다라 회의록\n둘째 문단"),
        ("a.xlsx", xlsx(("이름", "금액"), ("김하늘", 1200)), "이름\t금액\n김하늘\t1200"),
        ("a.pdf", pdf("Hello Maru"), "Hello Maru"),
        ("a.txt", "한글 문서".encode("cp949"), "한글 문서"),
    ],
)
async def test_a_document_says_what_it_says(
    sender: Sender, company: Company, name: str, content: bytes, said: str
) -> None:
    assert (await _text(company, await sender.sent(name, content))).strip() == said


def bomb() -> bytes:
    """A kilobyte for each megabyte that comes of it."""
    return zipped({"word/document.xml": b"<x>" + bytes(20 << 20)})


def liar() -> bytes:
    """A zip whose directory says that there is little in it."""
    held = bytearray(zipped({"word/document.xml": b" " * (2 << 20)}))
    at = held.rfind(b"PK\x01\x02")
    held[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(held)


def laughs() -> bytes:
    """Entities of entities."""
    more = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{more}]><x>&e9;</x>'
    return zipped({"word/document.xml": text})


BROKEN: tuple[tuple[str, bytes, type[Exception]], ...] = (
    ("zip.docx", bomb(), DocumentUnreadable),
    ("liar.docx", liar(), DocumentUnreadable),
    ("laughs.docx", laughs(), DocumentUnreadable),
    ("cut.docx", docx(*WORDS)[:-30], DocumentUnreadable),
    ("cut.hwp", hwp(*WORDS)[:700], DocumentUnreadable),
    ("odd.hwp", hwp(packed=b"\xff" * 5_000), DocumentUnreadable),
    ("cut.pdf", pdf("x")[:60], DocumentUnreadable),
    ("locked.hwp", hwp(*WORDS, flags=3), DocumentLocked),
    ("given.hwp", hwp(*WORDS, flags=5), DocumentLocked),
    ("a.zip", zipped({"a": "b"}), DocumentUnsupported),
)


@pytest.mark.parametrize(("name", "content", "fault"), BROKEN, ids=[one[0] for one in BROKEN])
async def test_what_cannot_be_read_says_why(
    sender: Sender, company: Company, name: str, content: bytes, fault: type[Exception]
) -> None:
    url = await sender.sent(name, content)
    with pytest.raises(fault):
        await _text(company, url)


async def test_a_text_is_read_once_counted_and_swept(
    sender: Sender, company: Company, kit: Kit, stored: Any
) -> None:
    url = await sender.sent("a.docx", docx(*WORDS))
    for _ in range(2):
        assert "회의록" in await _text(company, url)
    assert len(stored()) == 2
    assert await _held(kit, company) == sum(path.stat().st_size for path in stored())
    await sender.client.delete(url)
    await _age(kit, company)
    shelf = kit.house.services.files
    assert shelf is not None
    async with company.context() as ctx:
        assert await collect_unused(ctx, shelf) == 2
    assert (stored(), await _held(kit, company)) == ([], 0)


async def test_a_text_that_finds_no_room_is_read_all_the_same(
    sender: Sender, company: Company, kit: Kit, stored: Any
) -> None:
    content = docx(*WORDS)
    url = await sender.sent("a.docx", content)
    await _quota(kit, company, len(content))
    assert "회의록" in await _text(company, url)
    assert len(stored()) == 1


async def test_another_plugin_reads_nothing(sender: Sender, company: Company) -> None:
    url = await sender.sent("a.docx", docx(*WORDS))
    async with company.context() as ctx:
        other = call_of(ctx).ctx("core")
        with pytest.raises(FileNotFound):
            await other.files.text(UUID(url.rpartition("/")[2]))


class TestOthersReaders:
    """A plugin reads a type that core doesn't, and what goes wrong there costs nothing else."""

    @pytest.fixture(autouse=True)
    async def _on(self, company: Company) -> None:
        await company.enable("guard")

    async def _note(self, sender: Sender, kit: Kit, said: str, name: str = "회의.note") -> str:
        url = await sender.sent(name, b"\0NOTE\0" + said.encode())
        await kit.work()
        return url

    async def test_it_is_read_where_its_plugin_is_on(
        self, sender: Sender, company: Company, kit: Kit
    ) -> None:
        url = await self._note(sender, kit, "가나다라 회의록")
        other = await self._note(sender, kit, "no such end", name="note.bin")
        with pytest.raises(DocumentUnsupported):
            await _text(company, other)
        await company.disable("guard")
        with pytest.raises(DocumentUnsupported):
            await _text(company, url)
        await company.enable("guard")
        assert await _text(company, url) == "가나다라 회의록"

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("endless", "ComputeTimeout"),
            ("greedy", "ComputeMemory"),
            ("crash", "ComputeFailed"),
            ("broken", "damaged"),
        ],
    )
    async def test_a_reader_that_fails(
        self, sender: Sender, company: Company, kit: Kit, said: str, reason: str
    ) -> None:
        url = await self._note(sender, kit, said)
        with pytest.raises(DocumentUnreadable) as refused:
            await _text(company, url)
        assert refused.value.details["reason"] == reason

    async def test_a_reader_that_hangs_is_left_at_the_deadline(
        self, sender: Sender, company: Company, kit: Kit
    ) -> None:
        url = await sender.sent("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")
        await kit.work()
        async with company.context() as ctx:
            call_of(ctx).deadline = datetime.now(UTC) + timedelta(milliseconds=200)
            with pytest.raises(DocumentUnreadable) as refused:
                await ctx.files.text(UUID(url.rpartition("/")[2]))
        assert refused.value.details["reason"] == "TimeoutError"
