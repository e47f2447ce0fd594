"""Why an archive can't be written or taken in."""

from typing import ClassVar

from maru_sdk import Conflict, InvalidInput


class ArchiveBroken(InvalidInput):
    """The file is no archive of ours, or not whole any more, or somebody has changed it."""

    code: ClassVar[str] = "ARCHIVE_BROKEN"
    message: ClassVar[str] = "This archive can't be imported: {problem}"


class ArchiveForeign(InvalidInput):
    """The archive is sealed under another secret or passphrase."""

    code = "ARCHIVE_SEALED"
    message = "The archive was sealed under another secret key or passphrase"


class OtherVersion(Conflict):
    """The archive was written by another version of Maru or of a plugin."""

    code = "ARCHIVE_VERSION"
    message = "The archive and this installation differ: {problem}"


class TenantThere(Conflict):
    """There is a tenant of this slug, domain or id already."""

    code = "TENANT_EXISTS"
    message = "There is already a tenant {slug}"


class Unmovable(Conflict):
    """Tables refer to one another in a circle, so there is no order to insert their rows in."""

    code = "TENANT_UNMOVABLE"
    message = "These tables refer to one another in a circle: {tables}"
