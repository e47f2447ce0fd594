"""What can be refused of the rights on a board."""

from maru_sdk import InvalidInput


class NobodyNamed(InvalidInput):
    """A right is given to somebody."""

    message = "Choose at least one person, department or group"
