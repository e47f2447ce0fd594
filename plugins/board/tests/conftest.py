"""Which plugin is tested; the fixtures are those of `maru_sdk.testing`."""

import pytest


@pytest.fixture(scope="session")
def plugin_key() -> str:
    return "board"
