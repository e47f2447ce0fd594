"""What the portal's page shows of each placement: its frame, and what may be added."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from pydantic import ValidationError

from maru.plugins.context import Call
from maru.portal.desks import Seen
from maru.portal.errors import PortletUnknown
from maru.portal.layers import is_held
from maru.portal.loading import Loaded
from maru.portal.schemas import Placed
from maru_sdk import Model
from maru_sdk.declarations import Portlet

GONE = "gone"


class Frame(Model):
    """One portlet as the page draws it; `html` is the portlet's own, already escaped where
    needed."""

    id: UUID
    type: str
    title: str
    icon: str
    x: int
    y: int
    w: int
    h: int
    min_w: int = 1
    min_h: int = 1
    max_w: int = 12
    max_h: int = 24
    state: str
    html: str = ""
    has_links: bool = False
    reason: str = ""
    note: str = ""
    age_seconds: int = 0
    url: str = ""
    link: str = ""
    live: str = ""
    version: str = ""
    made: str = ""
    is_locked: bool = False
    locked: Sequence[str] = ()
    is_held: bool = False
    is_mandatory: bool = False
    mandatory_until: date | None = None
    is_new: bool = False
    is_fixed: bool = False
    has_config: bool = False


class Offer(Model):
    """A portlet type that the person may add."""

    portlet_type: str
    title: str
    icon: str
    plugin: str
    w: int
    h: int
    least: tuple[int, int]
    most: tuple[int, int]
    has_config: bool


def offer(call: Call, name: str, portlet: Portlet) -> Offer:
    """What the gallery says of a type."""
    installed = call.services.host.get(name.partition(".")[0])
    plugin = "" if installed is None else call.ctx(installed.key).t(installed.title)
    return Offer(
        portlet_type=name,
        title=call.translate(portlet.title, portlet),
        icon=portlet.icon,
        plugin=plugin,
        w=portlet.size[0],
        h=portlet.size[1],
        least=portlet.min_size,
        most=portlet.max_size,
        has_config=portlet.config is not None,
    )


def config_in_force(portlet: Portlet, config: dict[str, Any]) -> dict[str, Any] | None:
    """A placement's settings; the defaults where they no longer fit the portlet, None where it
    has no defaults."""
    if not config and portlet.config is None:
        return config
    model = portlet.config or Model
    for tried in (config, {}):
        try:
            model.model_validate(tried)
        except ValidationError:
            continue
        return tried
    return None


def frame(call: Call, box: Placed, portlet: Portlet, loaded: Loaded) -> Frame:
    """The frame of a portlet that is there."""
    given = config_in_force(portlet, box.config)
    note = ""
    if given is not None and given != box.config:
        note = call.t("The settings of this portlet no longer fit. It shows its defaults.")
    html, version, made = parts_of(loaded)
    return Frame(
        **_place(box),
        title=call.translate(portlet.title, portlet),
        icon=portlet.icon,
        min_w=portlet.min_size[0],
        min_h=portlet.min_size[1],
        max_w=portlet.max_size[0],
        max_h=portlet.max_size[1],
        state=loaded.state,
        html=html,
        has_links=has_links(loaded),
        reason=loaded.reason,
        note=note,
        age_seconds=loaded.age_seconds,
        url=f"/portal/portlet/{box.id}",
        live=address(box.portlet_type, given or {}) if portlet.live else "",
        version=version,
        made=made,
        has_config=portlet.config is not None,
    )


def has_links(loaded: Loaded) -> bool:
    """Whether something in a portlet takes the focus."""
    return "<a " in loaded.html or "<button" in loaded.html


def parts_of(loaded: Loaded) -> tuple[str, str, str]:
    """What a frame shows of the portlet itself: its HTML, which version that is and when it was
    made."""
    return loaded.html, loaded.version, str(int(loaded.made_at * 1000))


def gone(call: Call, box: Placed) -> Frame:
    """What keeps the place of a portlet whose plugin is off or not there any more."""
    declared = call.services.host.declared("portlets")
    portlet = next((one for _, one in declared if one.name == box.portlet_type), None)
    title = box.portlet_type if portlet is None else call.translate(portlet.title, portlet)
    return Frame(**_place(box), title=title, icon="puzzle", state=GONE)


def _place(box: Placed) -> dict[str, Any]:
    if box.id is None:
        raise PortletUnknown
    names = {"id", "x", "y", "w", "h", "is_locked", "locked", "is_new"}
    plain = box.model_dump(include=names | {"is_mandatory", "mandatory_until"})
    return {"type": box.portlet_type, **plain}


def free(frames: Iterable[Frame], below: Seen) -> None:
    """Opens what is locked by the layer that is worked on itself: only `below` binds it."""
    parents = {box.id: box for box in below.whole.boxes}
    for one in frames:
        parent = parents.get(one.id)
        one.is_fixed = one.is_locked or bool(one.locked) or one.is_mandatory
        one.is_locked = parent is not None and parent.is_locked
        one.locked = () if parent is None else tuple(parent.locked)
        one.is_held = parent is not None and is_held(parent, below.rules.today)


def address(portlet_type: str, config: Mapping[str, Any]) -> str:
    """Where the fragment is fetched again: it says all, so that answering reads no layout."""
    path = f"/portal/fragment/{portlet_type}"
    return f"{path}?config={quote(orjson.dumps(config))}" if config else path
