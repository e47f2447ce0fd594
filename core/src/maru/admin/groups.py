"""Under what heading of the side navigation a page of the admin area stands."""

from typing import Final

PEOPLE: Final = "People and organization"
SECURITY: Final = "Sign-in and security"
PORTAL: Final = "Portal and plugins"
OPERATION: Final = "Operation"
