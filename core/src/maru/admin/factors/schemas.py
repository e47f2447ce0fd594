"""What the page and the routes of second factors take and give."""

from maru.identity.factors.requirement import Requirement, Who
from maru_sdk import Model


class RoleChoice(Model):
    """A role that may be asked for one."""

    key: str
    name: str
    chosen: bool


class RequirementView(Model):
    """The page: who must have one, and how far the company is."""

    who: Who
    roles: list[RoleChoice]
    people: int
    covered: int


class RequirementOut(Requirement):
    """Who must have a second factor, and how many active people have one."""

    people: int
    covered: int


__all__ = ["Requirement", "RequirementOut", "RequirementView", "RoleChoice"]
