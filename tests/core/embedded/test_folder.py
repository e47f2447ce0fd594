"""The data folder: its lock, its files, and each reason for which it can't be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maru.embedded import folder as folder_module
from maru.embedded.fault import EngineFault
from maru.embedded.folder import Folder
from maru.embedded.tether import Account, tethered


def test_a_file_is_replaced_whole_and_kept_from_others(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("notes.json", {"n": 1})
    folder.write("notes.json", {"n": 2})
    assert folder.read("notes.json") == {"n": 2}
    assert (tmp_path / "notes.json").stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.json"]


def test_the_lock_is_free_again_after_closing(tmp_path: Path) -> None:
    first = Folder(tmp_path)
    first.open()
    with pytest.raises(EngineFault, match="in use"):
        Folder(tmp_path).open()
    first.close()
    second = Folder(tmp_path)
    second.open()
    second.close()


def test_a_path_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "ascii")
    with pytest.raises(EngineFault, match=r"file/data: can't be used .*: not a directory"):
        Folder(tmp_path / "file" / "data").open()


def test_a_folder_on_a_read_only_place_is_named() -> None:
    with pytest.raises(EngineFault, match="can't be used as a data folder"):
        Folder(Path("/proc/maru")).open()


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "_LEAST_SPACE", 10**18)
    with pytest.raises(EngineFault, match="less than 100 MB are free"):
        Folder(tmp_path).require_space()


def test_an_unreadable_note_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{", "ascii")
    with pytest.raises(EngineFault, match=r"notes.json: isn't readable JSON; remove it"):
        Folder(tmp_path).read("notes.json")


def test_an_open_path_needs_no_capability(tmp_path: Path) -> None:
    stranger = Account("stranger", 54321, 54321)
    line = tethered(["/bin/sh"], account=stranger, reach=[Path("/bin/sh"), Path("/tmp/x")])
    assert "--ambient-caps" not in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_a_closed_path_needs_the_weakest_capability(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stranger = Account("stranger", 54321, 54321)
    line = tethered(["/bin/sh"], account=stranger, reach=[Path("/bin/sh"), tmp_path / "x"])
    assert line[line.index("--ambient-caps") + 1] == "-all,+dac_read_search"
