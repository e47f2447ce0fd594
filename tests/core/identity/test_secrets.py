"""Keys, password hashes and the policy of passwords."""

import asyncio
import stat
import threading
import unicodedata
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest
from argon2 import PasswordHasher

from maru.crypto.keys import SECRET_FILE, Keys
from maru.crypto.passwords import Passwords, Verdict, is_hash
from maru.identity.errors import WeakPassword
from maru.identity.hangul import initials, romanize
from maru.identity.policy import PasswordPolicy, check_password
from maru_sdk import Temporary


class TestKeys:
    def test_each_purpose_has_a_key_of_its_own(self) -> None:
        keys = Keys(b"x" * 32)
        assert keys.derive("a") != keys.derive("b")
        assert keys.derive("a") == Keys(b"x" * 32).derive("a")

    def test_short_secret_is_refused(self) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Keys(b"short")

    def test_data_folder_keeps_the_secret(self, tmp_path: Path) -> None:
        first = Keys.open("", tmp_path / "new")
        assert Keys.open("", tmp_path / "new").derive("a") == first.derive("a")
        mode = (tmp_path / "new" / SECRET_FILE).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_the_setting_wins_over_the_data_folder(self, tmp_path: Path) -> None:
        assert Keys.open("s" * 32, tmp_path).derive("a") == Keys(b"s" * 32).derive("a")
        assert not list(tmp_path.iterdir())

    def test_processes_that_start_at_once_agree(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            names = list(pool.map(lambda _: Keys.open("", tmp_path).name("a"), range(32)))
        assert len(set(names)) == 1
        assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


class TestPasswords:
    @pytest.fixture
    async def passwords(self) -> AsyncIterator[Passwords]:
        made = Passwords()
        yield made
        made.close()

    async def test_right_and_wrong(self, passwords: Passwords) -> None:
        stored = await passwords.hash("correct horse")
        assert stored.startswith("$argon2id$v=19$m=19456,")
        assert (await passwords.verify(stored, "correct horse")).right
        assert not (await passwords.verify(stored, "correct horsf")).right

    async def test_nothing_is_cut_off(self, passwords: Passwords) -> None:
        stored = await passwords.hash("a" * 72 + "b")
        assert not (await passwords.verify(stored, "a" * 72)).right
        assert not (await passwords.verify(stored, "a" * 72 + "c")).right

    async def test_hangul_in_parts_is_the_same_password(self, passwords: Passwords) -> None:
        stored = await passwords.hash("마루에 오르다")
        parts = unicodedata.normalize("NFD", "마루에 오르다")
        assert (await passwords.verify(stored, parts)).right

    async def test_no_hash_and_a_broken_hash_are_wrong(self, passwords: Passwords) -> None:
        assert not (await passwords.verify(None, "nobody has this password")).right
        assert not (await passwords.verify("rubbish", "x")).right

    async def test_weaker_hash_is_outdated(self, passwords: Passwords) -> None:
        weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(b"secret")
        verdict = await passwords.verify(weak, "secret")
        assert verdict.right
        assert verdict.outdated

    async def test_hashing_leaves_the_loop_free(self, passwords: Passwords) -> None:
        seen: set[int] = set()

        class Watched(PasswordHasher):
            def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
                seen.add(threading.get_ident())
                return super().hash(password, salt=salt)

        passwords.hasher = Watched(time_cost=1, memory_cost=8_192, parallelism=1)
        await asyncio.gather(*(passwords.hash("x") for _ in range(6)))
        assert threading.get_ident() not in seen
        assert 1 <= len(seen) <= passwords.workers

    async def test_a_full_house_is_said_at_once(self) -> None:
        passwords = Passwords(workers=1, waiting=2)
        answers = await asyncio.gather(
            *(passwords.verify(None, "x") for _ in range(5)), return_exceptions=True
        )
        assert sum(isinstance(answer, Temporary) for answer in answers) == 3
        passwords.close()


class TestPolicy:
    @pytest.mark.parametrize(
        "password",
        [
            *("short", "eleven char", "aaaaaaaaaaaaaa", "x" * 257, "ababababababab"),
            *("password2024!!", "QwertyQwertyQwerty", "1q2w3e4r5t6y", "passwordpassword"),
            *("minjun.kim.minjun.kim", "김민준김민준김민준12", "minjun@hanbit.test"),
        ],
    )
    def test_refused(self, password: str) -> None:
        with pytest.raises(WeakPassword):
            check_password(password, "Minjun.Kim", "김민준", "minjun@hanbit.test")

    @pytest.mark.parametrize(
        "password",
        ["더도 말고 한가위만 같아라", "correct horse", "x1!q" * 60, "kim likes long walks"],
    )
    def test_accepted(self, password: str) -> None:
        check_password(password, "minjun.kim", "김민준")

    def test_a_tenant_may_ask_for_more_or_less(self) -> None:
        check_password("nine sign", policy=PasswordPolicy(shortest=8))
        with pytest.raises(WeakPassword, match="another password"):
            check_password("correct horse", policy=PasswordPolicy(shortest=16))
        with pytest.raises(ValueError, match="shortest"):
            PasswordPolicy(shortest=7)


class TestBcrypt:
    """Hashes that other systems hand over."""

    @pytest.fixture
    async def passwords(self) -> AsyncIterator[Passwords]:
        made = Passwords()
        yield made
        made.close()

    @pytest.mark.parametrize("prefix", [b"2a", b"2b", b"2y"])
    async def test_is_right_and_outdated(self, passwords: Passwords, prefix: bytes) -> None:
        made = bcrypt.hashpw("비밀번호는 길게".encode(), bcrypt.gensalt(4))
        stored = made.replace(b"$2b$", b"$" + prefix + b"$").decode()
        assert await passwords.verify(stored, "비밀번호는 길게") == Verdict(True, True)
        assert await passwords.verify(stored, "비밀번호는 짧게") == Verdict(False)

    async def test_long_ones_were_cut_off(self, passwords: Passwords) -> None:
        stored = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(4)).decode()
        assert (await passwords.verify(stored, "a" * 72 + "whatever")).right
        assert not (await passwords.verify(stored, "a" * 71)).right

    async def test_a_nul_ends_none(self, passwords: Passwords) -> None:
        stored = bcrypt.hashpw(b"before", bcrypt.gensalt(4)).decode()
        assert not (await passwords.verify(stored, "before\0after")).right

    @pytest.mark.parametrize("stored", ["$2b$31$" + "a" * 53, "$2b$04$short", "$2x$04$" + "a" * 53])
    async def test_what_cannot_be_checked_is_wrong(self, passwords: Passwords, stored: str) -> None:
        assert await passwords.verify(stored, "a") == Verdict(False)
        assert not is_hash(stored)

    async def test_hashes_that_can_be_taken_over(self, passwords: Passwords) -> None:
        assert is_hash(bcrypt.hashpw(b"a", bcrypt.gensalt(4)).decode())
        assert is_hash(await passwords.hash("a"))
        for other in ("", "plain text", "$1$abc$def", "$argon2i$v=19$m=8,t=1,p=1$YQ$YQ"):
            assert not is_hash(other)


def test_hangul() -> None:
    assert initials("김민준 Lee") == "ㄱㅁㅈlee"
    assert romanize("민준") == "minjun"
    assert romanize("서연Kim") == "seoyeonKim"
