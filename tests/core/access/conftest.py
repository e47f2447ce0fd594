"""The same process and company that the tests of identity use."""

from tests.core.identity.conftest import company, other, process, settings

__all__ = ["company", "other", "process", "settings"]
