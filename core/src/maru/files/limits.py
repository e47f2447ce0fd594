"""What of files a tenant's admins take, within what the plugins allow."""

from typing import Final

from pydantic import Field

from maru_sdk import Settings

KEY: Final = "core.files"
PROGRAMS: Final = ("exe", "bat", "cmd", "com", "scr", "msi", "ps1", "vbs", "jar", "apk", "lnk")


class FileLimits(Settings):
    """Size and types."""

    largest_mb: int | None = Field(
        None,
        ge=1,
        le=100_000,
        title="Largest file in MB",
        description="Empty: as large as each feature allows",
    )
    refused: list[str] = Field(
        default_factory=lambda: list(PROGRAMS),
        max_length=200,
        title="Refused types",
        description="Extensions such as exe, one a line. What a file holds is looked at besides.",
    )

    def largest(self, most: int) -> int:
        """In bytes, where a kind of files allows `most`."""
        return most if self.largest_mb is None else min(most, self.largest_mb * 1_000_000)

    @property
    def extensions(self) -> frozenset[str]:
        """As names are compared with them."""
        return frozenset(one.strip().lstrip(".").lower() for one in self.refused)
