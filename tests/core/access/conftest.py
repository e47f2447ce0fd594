"""The same process and company that the tests of identity use, and a second company."""

import pytest
from tests.core.identity.company import Company, Process, found_company
from tests.core.identity.conftest import company, other, process, settings

from maru.settings import Settings

__all__ = ["company", "other", "process", "settings"]


@pytest.fixture
async def stranger(settings: Settings, process: Process) -> Company:
    """Another tenant."""
    return await found_company(settings, process)
