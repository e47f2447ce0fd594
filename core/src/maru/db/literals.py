"""Values as SQL writes them, for statements that travel where no parameters can."""

from uuid import UUID


def literal(value: UUID | str | None) -> str:
    """The value as a constant, whatever the server takes a backslash for; ValueError for a text
    that PostgreSQL can't hold."""
    if value is None:
        return "NULL"
    if isinstance(value, UUID):
        return f"'{value}'"
    if "\x00" in value:
        raise ValueError("a text with NUL")
    value.encode()  # halves of characters
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
