"""The demo's data folder: whose it is, what it keeps, and that nothing else is in it."""

from __future__ import annotations

import secrets
from pathlib import Path

from maru.embedded.engine import EngineFault
from maru.embedded.folder import Folder
from maru.settings import SAVED

_NOTES = "demo.json"
_LAYOUT = 1
STRANGERS = "strangers.json"
_OURS = {"lock", _NOTES, SAVED, "run.json", "logs", "mail", "postgres", "queue", "cache"}
_OURS |= {STRANGERS, "isolated", "exports"}


class DemoFolder:
    """A folder under a lock, with the demo's secret, password and addresses."""

    def __init__(self, path: Path) -> None:
        self._folder = Folder(path)
        self.path = self._folder.path
        self.secret_key = ""
        self.password = ""

    def open(self) -> None:
        """Lock the folder; refuse one that holds other files."""
        foreign = sorted(self._entries() - _OURS)
        if foreign and not (self.path / _NOTES).exists():
            raise EngineFault(
                str(self.path), f"isn't a folder of Maru's ({foreign[0]} is in it); choose another"
            )
        self._folder.open()

    def _entries(self) -> set[str]:
        try:
            return {entry.name for entry in self.path.iterdir()}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._folder.fault(error) from None

    def clear(self) -> None:
        """Remove what a demo has made, and nothing else."""
        self._folder.clear(_OURS - {"lock"})

    def keep(self, password: str | None) -> None:
        """Draw the secret and the password once; a given password replaces the kept one."""
        self._folder.require_space()
        notes = self._folder.read(_NOTES)
        layout = notes.get("layout", _LAYOUT)
        if layout != _LAYOUT:
            problem = f"was made by another version of Maru (layout {layout}); --reset begins anew"
            raise EngineFault(str(self.path), problem)
        self.secret_key = notes.get("secret_key") or secrets.token_hex(32)
        self.password = password or notes.get("password") or secrets.token_urlsafe(9)
        wanted = {"layout": _LAYOUT, "secret_key": self.secret_key, "password": self.password}
        if wanted != notes:
            self._folder.write(_NOTES, wanted)

    def save_settings(self, values: dict[str, str]) -> None:
        """Keep the addresses for commands that are typed beside the running demo."""
        self._folder.write(SAVED, values)
