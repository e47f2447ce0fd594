"""`/preferences`: language, time zone, appearance and start page, kept with the person."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_location

from maru.account.schemas import MeChange, SettingsForm, SettingsPage
from maru.account.service import call_of, change_me
from maru.identity.cookies import CookieRedirect
from maru.identity.people import People
from maru.portal.start import chosen_start, start_pages
from maru.web.shell import LOCALE_COOKIE, THEME_COOKIE
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/preferences"
_YEAR: Final = 365 * 86_400
_ELSEWHERE: Final = ("Etc/", "SystemV/", "US/", "posix/", "right/")


def settings_pages(people: People) -> list[PageDeclaration | ActionDeclaration]:
    """The page and its form."""

    @page("", title="My settings", signed_in=True, template="maru/account/settings.html")
    async def settings_page(ctx: Context) -> SettingsPage:
        """What the reader has chosen."""
        call = call_of(ctx)
        row = await people.row(ctx.tenant.id, ctx.me.id)
        assert row is not None
        start = {
            "locale": row.locale,
            "timezone": row.timezone,
            "theme": row.theme or call.jar.get(THEME_COOKIE) or "system",
            "start_page": await chosen_start(call, row.start_page),
        }
        return SettingsPage(form_schema=await _schema(ctx, row.timezone), start=start)

    @action("/settings", signed_in=True, again=settings_page)
    async def store(ctx: Context, form: SettingsForm) -> Redirect:
        """Keeps it with the person, and with this browser until they are known."""
        await change_me(ctx, people, MeChange(**form.model_dump()))
        cookies = call_of(ctx).cookies
        assert cookies is not None
        chosen = {LOCALE_COOKIE: form.locale, THEME_COOKIE: form.theme}
        kept = [cookies.preference(name, value, _YEAR) for name, value in chosen.items()]
        said = call_of(ctx).services.languages.translate("maru", form.locale, "Saved.")
        return CookieRedirect(to=HERE, message=said, cookies=kept)

    return [settings_page, store]


async def _schema(ctx: Context, zone: str) -> dict[str, Any]:
    """The form with what this reader can choose."""
    schema = SettingsForm.model_json_schema()
    fields = schema["properties"]
    pages = await start_pages(call_of(ctx))
    fields["start_page"] |= {"enum": [url for url, _ in pages], "x-titles": dict(pages)}
    zones = zone_titles(call_of(ctx).locale, ctx.now.year)
    zones = zones if zone in zones else {zone: zone, **zones}
    fields["timezone"] |= {"enum": list(zones), "x-titles": dict(zones)}
    fields["theme"]["x-titles"] = {
        "system": ctx.t("Like the device"),
        "light": ctx.t("Light"),
        "dark": ctx.t("Dark"),
    }
    return schema


@lru_cache(maxsize=8)
def zone_titles(locale: str, year: int) -> dict[str, str]:
    """The world's time zones as people call them, by place, in the order of their names."""
    at = datetime(year, 1, 1, tzinfo=UTC)
    named = {name: _title(name, locale, at) for name in available_timezones() if _is_place(name)}
    unique = {title: name for name, title in sorted(named.items(), reverse=True)}
    unique |= {named[name]: name for name in ("Asia/Seoul",)}
    return {name: title for title, name in sorted(unique.items())}


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(_ELSEWHERE)


def _title(name: str, locale: str, at: datetime) -> str:
    offset = f"{at.astimezone(ZoneInfo(name)):%z}"
    return f"{get_timezone_location(name, locale=locale)} (UTC{offset[:3]}:{offset[3:5]})"
