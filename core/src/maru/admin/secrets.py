"""Secret settings as admins meet them: written, never read; left empty they stay."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from maru.plugins.secret_settings import secret_fields, secrets_of
from maru.web.submitted import Pairs
from maru_sdk import Settings

IS_SET = "is_set"
MASK = "**********"
FORGET = ".forget"


def shown(values: Settings) -> dict[str, Any]:
    """Settings as the API shows them: of a secret only whether it is set."""
    held = dict(secrets_of(values))
    secret = {name: {IS_SET: name in held} for name in secret_fields(type(values))}
    return values.model_dump(mode="json", exclude=set(secret)) | secret


def masked(values: Settings, names: Collection[str]) -> dict[str, Any]:
    """These of the values as the audit trail may keep them."""
    held, secret = dict(secrets_of(values)), secret_fields(type(values))
    plain = values.model_dump(mode="json", include=set(names) - set(secret))
    return plain | {name: MASK if name in held else None for name in secret if name in names}


def settled(before: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an API call gives, with the secrets that it leaves alone: absent, empty or as shown."""
    held, result = dict(secrets_of(before)), dict(given)
    for name in secret_fields(type(before)):
        value = result.pop(name, "")
        if value in ("", {IS_SET: True}):
            value = held.get(name)
        if value not in (None, {IS_SET: False}):
            result[name] = value
    return result


def without_ticks(model: type[Settings], typed: Pairs) -> tuple[Pairs, frozenset[str]]:
    """A form's fields, and the secrets that it asks to forget."""
    ticks = {f"{name}{FORGET}": name for name in secret_fields(model)}
    forgotten = frozenset(
        ticks[name] for name, value in typed if name in ticks and value not in ("", "false")
    )
    return [pair for pair in typed if pair[0] not in ticks], forgotten


def untouched(before: Settings, typed: Pairs, forgotten: Collection[str]) -> dict[str, Any]:
    """The secrets that a form left alone."""
    written = {name for name, value in typed if value}
    return {
        name: getattr(before, name)
        for name in secret_fields(type(before))
        if name not in written and name not in forgotten
    }


def with_ticks(
    schema: dict[str, Any], values: Settings, say: Callable[[str], str]
) -> dict[str, Any]:
    """The form's schema, in which a secret says whether it is set and can be forgotten."""
    held, drawn = dict(secrets_of(values)), {}
    secret = set(secret_fields(type(values)))
    for name, part in schema["properties"].items():
        drawn[name] = part
        if name in secret:
            state = say("A value is set. Leave this empty to keep it.")
            told = state if name in held else say("No value is set.")
            words = [part.get("description", ""), told]
            hint = " ".join(word for word in words if word)
            drawn[name] = {**part, "description": hint, "x-autocomplete": "new-password"}
        if name in held:
            title = say("Forget the value of {name}").replace("{name}", part.get("title", name))
            drawn[f"{name}{FORGET}"] = {"type": "boolean", "title": title}
    return {**schema, "properties": drawn}
