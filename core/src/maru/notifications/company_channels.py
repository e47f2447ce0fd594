"""Core's own channels to a company's other programs and its chats."""

import hashlib
import hmac
import time
from typing import Final

import orjson

from maru_sdk import Context
from maru_sdk.notifications import Delivery, notification_channel

_LIMIT: Final = 100_000
_JSON: Final = {"content-type": "application/json"}


@notification_channel(
    "A program (webhook)", address="Address", form="url", to="company", icon="globe"
)
async def webhook(ctx: Context, ask: Delivery) -> None:
    """Signed, so that it is known who tells."""
    said = ask.model_dump(mode="json", exclude={"address", "secret"})
    body = orjson.dumps(said)
    signature = signed(ask.secret, int(time.time()), body)
    headers = {**_JSON, "maru-delivery": str(ask.id), "maru-signature": signature}
    await _post(ctx, ask.address, body, headers)


@notification_channel("Slack", address="Address", form="url", to="company", icon="message-square")
async def slack(ctx: Context, ask: Delivery) -> None:
    """A line with a link, and what more there is to say."""
    title, more = _plain(ask.title), _plain(ask.body)
    url = ask.url.replace("|", "%7C").replace(">", "%3E")
    link = f"<{url}|{title.replace('|', '/')}>"
    body = orjson.dumps({"text": f"{link}\n{more}" if more else link})
    await _post(ctx, ask.address, body, _JSON)


COMPANY_CHANNELS: Final = [webhook, slack]


def signed(secret: str, moment: int, body: bytes) -> str:
    """What shows the receiver that it comes from here, and when it left."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


async def _post(ctx: Context, url: str, body: bytes, headers: dict[str, str]) -> None:
    answer = await ctx.http.post(url, content=body, headers=headers, timeout="10s", limit=_LIMIT)
    answer.raise_for_status()


def _plain(text: str) -> str:
    """In Slack three signs mean something."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
