"""What a page of the portal loads stays small: script, style, and the type that Korean needs."""

import json
import re
from pathlib import Path

SCRIPT = 120_000
STYLE = 40_000
FONT_PIECE = 60_000


def files_of(bundle: Path, *entries: str) -> set[Path]:
    """The files behind these entries with what they import at once; what is imported later, on
    the pages that need it, doesn't count."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    found: set[Path] = set()
    waiting = [bundle / manifest[entry] for entry in entries]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            imported = re.findall(r"""(?:from|import)\s*["'](\./[^"']+)["']""", file.read_text())
            waiting += [bundle / name for name in imported]
    return found


def compressed(files: set[Path]) -> int:
    """What goes over the line to a browser that knows gzip alone."""
    return sum(file.with_name(f"{file.name}.gz").stat().st_size for file in files)


def test_script_and_style_of_the_portal_are_within_their_budgets(bundle: Path) -> None:
    assert 0 < compressed(files_of(bundle, "app.js")) <= SCRIPT
    assert 0 < compressed(files_of(bundle, "style.css", "fonts.css")) <= STYLE


def test_what_few_pages_need_is_not_in_it(bundle: Path) -> None:
    (app,) = [file for file in files_of(bundle, "app.js") if file.name.startswith("app-")]
    assert "uPlot" not in app.read_text()
    assert "ProseMirror" not in app.read_text()


def test_the_korean_type_comes_in_pieces(bundle: Path) -> None:
    """A page fetches the pieces of the syllables on it: none of them is the whole type."""
    pieces = sorted((bundle / "fonts").glob("*.woff2"))
    sheet = next(iter(files_of(bundle, "fonts.css"))).read_text()
    assert len(pieces) > 80
    assert max(piece.stat().st_size for piece in pieces) <= FONT_PIECE
    assert sheet.count("unicode-range") == sheet.count("@font-face") == len(pieces)
