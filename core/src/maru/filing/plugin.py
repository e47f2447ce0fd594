"""Files as a plugin of core: `/api/v1/files`."""

from maru.crypto.keys import Keys
from maru.files.clamd import Clamd
from maru.files.places import store_of
from maru.files.shelf import Shelf
from maru.filing.assembling import assemble_job
from maru.filing.direct import direct_routes
from maru.filing.drawing import draw_job
from maru.filing.links import link_routes
from maru.filing.reading import readers
from maru.filing.routes import file_routes
from maru.filing.scanning import clamd_offer, scan_job
from maru.filing.tidying import tidying
from maru.filing.tus import tus_routes
from maru.filing.uploads import Uploads
from maru.settings import SettingFault, Settings
from maru_sdk import Plugin

KEY = "files"


def scanner_of(settings: Settings) -> Clamd | None:
    """The virus scanner, where there is one."""
    try:
        return Clamd(settings.clamd_url) if settings.clamd_url else None
    except ValueError as error:
        raise SettingFault("MARU_CLAMD_URL", str(error)) from None


def shelf_of(settings: Settings) -> Shelf:
    """The shelf of an installation; SettingFault where its store can't be used."""
    try:
        store = store_of(settings.files_url, settings.data)
        return Shelf(store, required=settings.file_scanners)
    except ValueError as error:
        raise SettingFault("MARU_FILES_URL", str(error)) from None


def filing_plugins(shelf: Shelf, scanner: Clamd | None, keys: Keys) -> dict[str, Plugin]:
    """The core plugin `files`, which is on in every tenant, and the operator's scanner, which rests
    alone where it fails."""
    found = {KEY: filing_plugin(shelf, keys)}
    if scanner is not None:
        found["scanning"] = Plugin(title="Virus scanner", fills=[clamd_offer(scanner)])
    return found


def filing_plugin(shelf: Shelf, keys: Keys) -> Plugin:
    """The routes, jobs and schedules around files."""
    draw_file, assemble_file, uploads = draw_job(shelf), assemble_job(shelf), Uploads(shelf)
    return Plugin(
        title="Files",
        icon="file-text",
        routes=[
            *tus_routes(uploads),
            *direct_routes(shelf, uploads),
            *file_routes(shelf),
            *link_routes(shelf, keys),
        ],
        jobs=[assemble_file, scan_job(shelf, draw_file), draw_file],
        schedules=tidying(shelf, draw_file, assemble_file),
        fills=readers(),
    )
