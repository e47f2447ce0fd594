"""What the canteen serves today: the smallest plugin that is good for something."""

from zoneinfo import ZoneInfo

from maru_sdk import Context, Model, Plugin, portlet

MENUS = (
    ("비빔밥", "미역국", "배추김치"),
    ("제육볶음", "된장찌개", "콩나물무침"),
    ("순두부찌개", "고등어구이", "깍두기"),
    ("닭갈비", "어묵국", "시금치나물"),
    ("냉면", "녹두전", "열무김치"),
)


class Menu(Model):
    """What goes to the template and, as JSON, to the API."""

    dishes: list[str]


@portlet(title="오늘의 점심", icon="utensils", size=(3, 2), cache="5m", audience="tenant")
async def today(ctx: Context) -> Menu:
    day = ctx.now.astimezone(ZoneInfo(ctx.tenant.timezone)).date()
    return Menu(dishes=list(MENUS[day.toordinal() % len(MENUS)]))


plugin = Plugin(title="Lunch menu", icon="utensils", portlets=[today])
