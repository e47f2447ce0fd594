"""Where isolated processes are found, and what is shown to them; imported by light commands too."""

from pathlib import Path

from maru.crypto.keys import Keys


def socket_of(data: Path, key: str) -> Path:
    """Where the process of an isolated plugin listens."""
    return data.absolute() / "isolated" / f"{key}.sock"


def token_of(keys: Keys, key: str) -> str:
    """What our processes show to that of an isolated plugin, which can't ask the database."""
    return keys.derive(f"isolated call {key}").hex()
