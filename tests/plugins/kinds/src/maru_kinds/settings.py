"""What an admin may set."""

from pydantic import Field, SecretStr

from maru_sdk import Settings


class KindsSettings(Settings):
    """How notes are written."""

    prefix: str = Field(default="", title="Prefix", max_length=20)
    longest: int = Field(default=200, ge=1, le=1000)
    loud: bool = True
    words: list[str] = Field(default_factory=list, title="Words to avoid")
    token: SecretStr = Field(default=SecretStr(""), title="Token", max_length=100)
