"""The base of everything that crosses a boundary: arguments, answers, events, settings."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A Pydantic model that refuses unknown fields, so that a misspelt one is an answer and not a
    loss.

    Everything that portlets, jobs, listeners and extension calls take or return is a Model: it goes
    through JSON, so the call can move to another process without a change.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Settings(Model):
    """What an admin may set for this plugin in a tenant. Every field has a default.

    The admin form is made from the fields (title, description, limits); read it with
    `await ctx.settings(BoardSettings)`.
    """
