"""Events become jobs, so they are tested in the queue's house."""

from tests.core.jobs.conftest import house, module_settings, settings, tenants

__all__ = ["house", "module_settings", "settings", "tenants"]
