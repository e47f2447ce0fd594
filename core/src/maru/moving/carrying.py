"""A tenant's data keys on the way: sealed under the passphrase's key instead of the installation's.
What the tenant has sealed under them is never opened."""

from typing import Final
from uuid import UUID

import orjson

from maru.crypto.keys import Keys
from maru.crypto.queries import KeyRow
from maru.crypto.vault import Wrapping

DATA_KEYS: Final = "maru.tenant_key"


def carried(tenant: UUID, line: str | bytes, before: Keys, after: Keys) -> str:
    """A data key's row, the key in it sealed anew; raises SecretUnreadable where it is sealed
    under neither, as in the middle of a change of the secret key."""
    row = orjson.loads(line)
    if row["sealed"] is None:
        return line if isinstance(line, str) else line.decode()
    known = {name: row[name] for name in KeyRow.model_fields}
    again = Wrapping(after, before).again(tenant, KeyRow.model_validate(known))
    return orjson.dumps(row | again).decode()
