"""The small company of tests/core/organization: `root` administers it, `alice` works there."""

from tests.core.organization.conftest import alice, company, house, root, settings, web

__all__ = ["alice", "company", "house", "root", "settings", "web"]
