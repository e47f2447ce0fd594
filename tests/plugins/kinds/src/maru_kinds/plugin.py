"""The face."""

from maru_kinds import (
    api,
    care,
    channels,
    events,
    extensions,
    files,
    found,
    jobs,
    notices,
    pages,
    permissions,
    portlets,
    routes,
    ways,
)
from maru_kinds.part import part
from maru_kinds.settings import KindsSettings
from maru_sdk import Navigation, Plugin

plugin = Plugin(
    title="Kinds",
    icon="shapes",
    migrations="migrations",
    settings=KindsSettings,
    permissions=permissions.PERMISSIONS,
    roles=permissions.ROLES,
    navigation=[Navigation("Notes", "/kinds/", icon="sticky-note", needs=permissions.READ)],
    routes=[
        routes.notes,
        routes.write_note,
        routes.note,
        routes.remove,
        routes.set_code,
        routes.code,
        routes.codes,
        routes.open_codes,
    ],
    pages=[pages.index, pages.write_here],
    admin_pages=[pages.overview],
    portlets=[portlets.recent_notes],
    jobs=[jobs.write_many],
    schedules=[jobs.sweep],
    listeners=[events.heard, events.left, events.moved],
    channels=[channels.note],
    search=[found.notes],
    files=[files.paper],
    notifications=[notices.noted],
    notification_channels=[ways.texted, ways.hall],
    health=[care.reachable],
    metrics=[care.notes_written],
    statistics=[care.notes_of_the_day],
    commands=[care.scribble],
    publishes=[api.NoteWritten, api.echoes, api.may_say, api.voice],
    fills=extensions.FILLS,
    parts=[part],
)
