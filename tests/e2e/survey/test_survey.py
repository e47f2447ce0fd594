"""Each page, by everybody who may see it: axe objects to nothing, nothing is too wide or cut off.

`MARU_SCREENSHOTS=write pytest tests/e2e/survey` also takes the pictures in `docs/screenshots`.
"""

from pathlib import Path

import pytest
from tests.core.matrix.table import table
from tests.e2e.survey.company import Company
from tests.e2e.survey.screens import GROUPS, LEFT_OUT, SCREENS, Screen
from tests.e2e.survey.walk import (
    KEPT,
    LANGUAGES,
    ROOT,
    Language,
    faults,
    looks,
    open_screen,
    photograph,
)
from tests.e2e.visitor import Look

PICTURES = ROOT / "docs/screenshots"


def test_each_page_is_looked_at_or_left_out_with_a_reason() -> None:
    pages = {line.path for line in table() if line.method == "GET" and not line.is_api}
    known = {screen.route for screen in SCREENS} | set(LEFT_OUT)
    assert pages - known == set()
    assert set(LEFT_OUT) - pages == set()


def test_the_pictures_are_those_of_the_screens() -> None:
    named = {f"{screen.name}-{look}.webp" for screen in SCREENS for look in looks(screen)}
    assert {file.name for file in PICTURES.glob("*.webp")} == named


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: into the repository only where that was asked for."""
    return PICTURES if KEPT else tmp_path_factory.mktemp("screenshots")


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
async def test_pages_are_fit_for_everybody(
    company: Company, group: str, language: Language, folder: Path
) -> None:
    found: list[str] = []
    for who, screens in seen_by(GROUPS[group], language).items():
        async with company.tab(who, Look(language)) as page:
            for screen in screens:
                await open_screen(company, page, screen)
                found += [
                    f"{screen.name} as {who or 'nobody'}: {line}"
                    for line in await faults(page, language)
                ]
                if KEPT and who == screen.who:
                    await photograph(page, screen, language, folder)
    assert not found, "\n".join(found)


def seen_by(screens: list[Screen], language: Language) -> dict[str, list[Screen]]:
    """Who opens which screens; those who see others' pages too do so in one language."""
    found: dict[str, list[Screen]] = {}
    for screen in screens:
        for who in (screen.who, *(screen.also if language == "ko" else ())):
            found.setdefault(who, []).append(screen)
    return found
