"""What ran in this process, for tests to look at."""

CALLS: list[tuple[str, str]] = []


def saw(what: str, detail: object = "") -> None:
    """Notes that something ran."""
    CALLS.append((what, str(detail)))
