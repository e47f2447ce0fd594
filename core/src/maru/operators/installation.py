"""What stands where elsewhere a tenant does."""

from typing import Final
from uuid import UUID

from maru.db.scope import Scope
from maru_sdk import Tenant

INSTALLATION: Final = Tenant(id=UUID(int=0), slug="", name="", locale="ko", timezone="Asia/Seoul")
"""Its id is no tenant's: a unit of work in its scope sees nobody's rows but its own, which are the
second factors of operators and the key that seals them."""

SCOPE: Final = Scope(INSTALLATION.id)
