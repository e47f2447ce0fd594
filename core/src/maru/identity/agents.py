"""Browsers and programs as people call them: `Chrome`, `Windows`. No more than helps to recognise
one's own."""

from typing import Final

_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST: Final = 40


def device_name(agent: str | None) -> str:
    """A browser with its system, else the program's own name; empty where nothing was said."""
    if not agent:
        return ""
    found = [
        next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)
    ]
    if found[0]:
        return " · ".join(part for part in found if part)
    return agent.split()[0].partition("/")[0][:_LONGEST] if agent.split() else ""
