"""The rooms of a house that know no plugin: people, rights, tenants, the ways out.

They are furnished before any plugin moves in; `maru.house` makes the parts that know plugins.
"""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from maru.access.permissions import OPERATION_READ
from maru.access.rights import Rights
from maru.account.composing import Below, composed
from maru.account.parts import AccountParts
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.files.shelf import Shelf
from maru.filing.plugin import shelf_of
from maru.gauges import outside_told
from maru.ground import Ground
from maru.jobs.queue import Queue
from maru.mail.addresses import Mailbox, mailbox
from maru.mail.post import Post
from maru.observability.metrics import Metrics
from maru.outside import Outside
from maru.outside.addresses import Opened
from maru.plugins.isolated.remote import Remotes
from maru.plugins.isolated.tickets import Tickets
from maru.plugins.settings import SettingsStore
from maru.search.parts import SearchParts, open_search
from maru.settings import SettingFault, Settings
from maru.tenancy.homes import Homes
from maru.tenancy.tenants import Tenants
from maru_sdk import MaruError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The parts that know no plugin."""

    ground: Ground
    audit: AuditTrail
    cache: Cache
    remotes: Remotes
    tenants: Tenants
    rights: Rights
    store: SettingsStore
    outside: Outside
    account: AccountParts
    search: SearchParts
    shelf: Shelf
    queue: Queue
    post: Post
    sender: Mailbox


def rooms_of(ground: Ground, tickets: Tickets) -> Rooms:
    """Builds it on the ground; raises SettingFault where a setting makes no sense."""
    settings, database, signals = ground.settings, ground.database, ground.signals
    audit, cache = AuditTrail(), Cache(ground.redises, signals)
    tenants = Tenants(database, signals, settings.base_domain)
    rights = Rights(database, signals, audit, withheld=partial(_withheld, settings, tenants))
    store = SettingsStore(database, signals, cache, ground.vault)
    outside = _outside(settings, ground.metrics)
    account = composed(
        Below(
            database=database,
            signals=signals,
            keys=ground.keys,
            vault=ground.vault,
            cache=cache,
            audit=audit,
            rights=rights,
            store=store,
            outside=outside,
            homes=Homes.of(settings, tenants),
        )
    )
    return Rooms(
        ground=ground,
        audit=audit,
        cache=cache,
        remotes=Remotes(settings.data, ground.keys, tickets.sign, signals.nudge),
        tenants=tenants,
        rights=rights,
        store=store,
        outside=outside,
        account=account,
        search=open_search(settings, signals, ground.redises),
        shelf=shelf_of(settings),
        queue=Queue(signals),
        post=_post(settings),
        sender=_sender(settings),
    )


def _outside(settings: Settings, metrics: Metrics) -> Outside:
    """The way out, as far as the operator opens it."""
    try:
        opened = Opened.of(settings.outside_allow)
    except ValueError as error:
        raise SettingFault("MARU_OUTSIDE_ALLOW", str(error)) from None
    return Outside(opened, proxy=settings.outside_proxy, told=outside_told(metrics))


def _withheld(settings: Settings, tenants: Tenants, tenant_id: UUID) -> frozenset[str]:
    """What only those tenants' people may see that the operator has named: the figures are the
    whole installation's."""
    tenant = tenants.by_id(tenant_id)
    named = {"*", "" if tenant is None else tenant.slug} & set(settings.operator_tenants)
    return frozenset() if named else frozenset({OPERATION_READ.name})


def _post(settings: Settings) -> Post:
    try:
        return Post(settings.smtp_url)
    except OSError as error:
        raise SettingFault("MARU_SMTP_URL", f"ca: {error.strerror or error}") from None


def _sender(settings: Settings) -> Mailbox:
    """Who mail comes from."""
    host = settings.base_domain.partition(":")[0]
    try:
        return mailbox(settings.mail_from or f"maru@{host}", "from")
    except MaruError:
        raise SettingFault("MARU_MAIL_FROM", "is no mail address") from None
