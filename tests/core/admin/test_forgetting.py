"""A secret is forgotten when its box is ticked, and only then."""

import pytest
from pydantic import SecretStr

from maru.admin.secrets import FORGET, without_ticks
from maru.web.rounds import tidied
from maru_sdk import Settings


class Kept(Settings):
    """Settings with a secret."""

    token: SecretStr | None = None


@pytest.mark.parametrize(("ticked", "forgotten"), [(True, {"token"}), (False, set())])
def test_a_box_left_unticked_forgets_nothing(ticked: bool, forgotten: set[str]) -> None:
    name = f"token{FORGET}"
    sent = [("_off", f"{name}=false"), *([(name, "true")] if ticked else [])]
    pairs, _ = tidied(sent)
    left, told = without_ticks(Kept, pairs)
    assert left == []
    assert set(told) == forgotten
