"""What the organisation refuses."""

from maru_sdk import Conflict, InvalidInput, NotFound


class EmployeeNumberTaken(Conflict):
    """409: another person has this employee number."""

    code = "EMPLOYEE_NUMBER_TAKEN"
    message = "Somebody else has the employee number {number}"


class NotYourself(Conflict):
    """409: nobody shuts themselves out by mistake."""

    code = "USER_IS_YOU"
    message = "You can't deactivate yourself"


class DepartmentNotFound(NotFound):
    """404: the tenant has no such department."""

    code = "DEPARTMENT_NOT_FOUND"
    message = "There is no such department"


class DepartmentExists(Conflict):
    """409: beside it stands a department of this name."""

    code = "DEPARTMENT_EXISTS"
    message = "There is already a department {name} there"


class DepartmentCycle(Conflict):
    """409: a department can't stand below itself."""

    code = "DEPARTMENT_CYCLE"
    message = "A department can't be moved below itself"


class DepartmentTooDeep(Conflict):
    """409: the tree would be deeper than anybody can read."""

    code = "DEPARTMENT_TOO_DEEP"
    message = "Departments can be nested {levels} levels deep"


class DepartmentInUse(Conflict):
    """409: people, departments, rights or a plugin's data still refer to it."""

    code = "DEPARTMENT_IN_USE"
    message = "This department is still used: move its people and departments elsewhere first"


class PositionNotFound(NotFound):
    """404: the tenant has no such position."""

    code = "POSITION_NOT_FOUND"
    message = "There is no such position"


class PositionExists(Conflict):
    """409: there is a position of this name."""

    code = "POSITION_EXISTS"
    message = "There is already a position {name}"


class PositionInUse(Conflict):
    """409: somebody holds it."""

    code = "POSITION_IN_USE"
    message = "Somebody holds this position"


class NotActive(InvalidInput):
    """422: who has left can't be put in charge."""

    code = InvalidInput.code
    message = "This person is not active"


class ImportNotFound(NotFound):
    """404: there is no such list, or it was applied, given up or forgotten."""

    code = "PEOPLE_IMPORT_NOT_FOUND"
    message = "There is no such list, or it was applied already"


class ImportRefused(InvalidInput):
    """422: a list with faults, or one that changes nothing, isn't applied."""

    code = "PEOPLE_IMPORT_REFUSED"
    message = "This list can't be applied: mend its faults and upload it again"


class ImportOutdated(InvalidInput):
    """422: since the list was shown, what it would change has become something else."""

    code = "PEOPLE_IMPORT_OUTDATED"
    message = "What this list changes is no longer what was shown; look at it again"


def unfit(path: str, code: str, message: str) -> InvalidInput:
    """A value that can't be accepted, with words beside its field."""
    return InvalidInput(fields=[{"path": path, "code": code, "message": message}])
