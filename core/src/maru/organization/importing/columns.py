"""What the columns of a list of people are called, and what may stand in their cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from maru.identity.names import name_key
from maru.organization.schemas import Email, Name, Number, Phone, Username

USERNAME: Final = "username"
DEPARTMENT: Final = "department"
POSITION: Final = "position"
STATE: Final = "state"
POSTS: Final = "posts"
MANAGES: Final = "manages"
_STATES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("active", "재직", "재직중", "활성"), "active"),
    **dict.fromkeys(("inactive", "퇴직", "퇴사", "비활성"), "inactive"),
}


@dataclass(frozen=True)
class Column:
    """One column: the names by which it is known, how a cell of it is read, and what a cell that
    can't be read is told (English)."""

    field: str
    title: str
    names: tuple[str, ...]
    read: Callable[[str], Any]
    wrong: str


def _of(kind: Any) -> Callable[[str], Any]:
    return TypeAdapter(kind).validate_python


COLUMNS: Final = (
    Column(
        USERNAME, "User name", ("username", "user name", "id", "아이디", "사용자명", "계정"),
        _of(Username), "A user name has letters, digits and . _ + - only, at most 64",
    ),
    Column(
        "name", "Name", ("name", "이름", "성명"), _of(Name), "A name has at most 200 characters",
    ),
    Column(
        "employee_number", "Employee number",
        ("employee number", "employee_number", "사번", "사원번호"),
        _of(Number), "An employee number has at most 50 characters",
    ),
    Column(
        "email", "E-mail", ("email", "e-mail", "mail", "이메일", "메일", "전자우편"),
        _of(Email), "This is no mail address",
    ),
    Column(
        "phone", "Phone", ("phone", "전화", "전화번호", "연락처", "휴대전화", "휴대폰"),
        _of(Phone), "A phone number has digits, spaces and + ( ) - only",
    ),
    Column(
        DEPARTMENT, "Department", ("department", "부서", "소속", "소속부서", "부서명"),
        str, "",
    ),
    Column(
        POSITION, "Position", ("position", "title", "직위", "직급"), str, "",
    ),
    Column(
        STATE, "State", ("state", "상태", "재직상태"),
        lambda cell: _STATES[name_key(cell)], "The state is active or inactive",
    ),
    Column(
        POSTS, "Further posts", ("further posts", "posts", "겸직", "겸직부서"), str, "",
    ),
    Column(
        MANAGES, "Head of", ("head of", "manages", "부서장", "맡은부서"), str, "",
    ),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Column]] = {
    name_key(name): column for column in COLUMNS for name in (*column.names, column.title)
}


def column_of(name: str) -> Column | None:
    """The column that is called so, in Korean or English; case and spaces make no difference."""
    return BY_NAME.get(name_key(name))


def read(column: Column, cell: str) -> Any:
    """What a cell says. Raises ValueError."""
    try:
        return column.read(cell)
    except (ValidationError, LookupError) as error:
        raise ValueError(column.wrong) from error
