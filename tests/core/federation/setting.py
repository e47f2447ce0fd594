"""Providers as tests set them up, through the API that admins have."""

from typing import Any

from tests.core.federation.browsing import Person

SECRET = "a secret of the tests"


async def set_up(admin: Person, issuer: str, key: str = "corp", **settings: Any) -> None:
    """An OpenID Connect provider that is on."""
    body = {
        "key": key,
        "kind": "oidc",
        "name": "한빛 계정",
        "secret": SECRET,
        "settings": {"issuer": issuer, "client_id": "maru", **settings},
    }
    made = await admin.api("POST", "/admin/sign-in-providers", body)
    assert made.status_code == 201, made.text
    assert "secret of" not in made.text
    on = await admin.api("POST", f"/admin/sign-in-providers/{key}/enable")
    assert on.json()["data"]["enabled"] is True
