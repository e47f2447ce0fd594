"""The pictures of the guides are taken of the product as it is.

`MARU_SCREENSHOTS=write pytest tests/e2e/survey/test_pictures.py` writes them into `docs/guide`.
"""

from pathlib import Path

import pytest
from tests.e2e.survey.company import Company
from tests.e2e.survey.pictures import PICTURES, Picture, take
from tests.e2e.survey.walk import KEPT, LANGUAGES, ROOT, Language

pytestmark = pytest.mark.browser
MOST = 120_000


@pytest.mark.parametrize("language", LANGUAGES if KEPT else LANGUAGES[:1])
@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
async def test_a_picture_is_taken(
    company: Company, picture: Picture, language: Language, tmp_path: Path
) -> None:
    folder = ROOT / f"docs/guide/{language}/images" if KEPT else tmp_path
    file = await take(company, picture, language, folder)
    assert 500 < file.stat().st_size < MOST
