"""Fifty secrets, in the places where secrets turn up. Each holds the word HUSH."""

import asyncio
from typing import Any

from maru_sdk import Context

MESSAGES = (
    "connecting to postgresql://maru:HUSH01@db.example/maru",
    "connecting to postgresql+asyncpg://maru:HUSH02@ss/w:rd@db.example:5432/maru",
    "redis://:HUSH03@127.0.0.1:6379/0 is away",
    "rediss://default:HUSH04@cache.example/1",
    "smtp://robot:HUSH05@mail.example:25 refused",
    "smtp+starttls://robot%40firm:HUSH06@mail.example",
    "smtps://robot:HUSH07@[::1]:465",
    "GET https://HUSH08@git.example/repository",
    "amqp://guest:HUSH09@rabbit:5672//",
    "Authorization: Bearer HUSH10.abc.def",
    "authorization=Basic aHVzaDpIVVNIMTE=HUSH11",
    "the header was Bearer HUSH12abcdef",
    "{'Authorization': 'Bearer HUSH13abcdef'}",
    '{"authorization": "Token HUSH14abcdef"}',
    "Proxy-Authorization: Digest username=x, response=HUSH15",
    "Cookie: maru-main=HUSH16; theme=dark; other=HUSH17",
    "Set-Cookie: __Host-maru-main=HUSH18; Path=/; HttpOnly",
    "{'cookie': 'a=HUSH19'}",
    "POST /login?username=a&password=HUSH20&next=/",
    "GET /callback?state=1&access_token=HUSH21&x=1",
    "GET /feed.ics?token=HUSH22",
    "GET /pay?api_key=HUSH23&apikey=HUSH24",
    "refresh_token=HUSH25",
    'body was {"username": "a", "password": "HUSH26 with spaces, and, commas"}',
    "body was {'new_password': 'HUSH27', 'old_password': 'HUSH28'}",
    "client_secret: HUSH29",
    "MARU_SECRET_KEY=HUSH30",
    "X-CSRF-Token: HUSH31",
    "X-Api-Key: HUSH32",
    "eyJhbGciOiJIUzI1NiJ9.HUSH33payload.HUSH33signature",
    "-----BEGIN RSA PRIVATE KEY-----\nHUSH34\nHUSH34\n-----END RSA PRIVATE KEY-----",
    "ghp_HUSH35abcdefghijkl",
    "AUTH PLAIN HUSH36AGFiYw==",
    "passphrase = 'HUSH37'",
    "password => HUSH38",
    'password="HUSH39 that never ends',
)
FIELDS: dict[str, Any] = {
    "password": "HUSH40",
    "payload": {"user": {"name": "a", "secret": "HUSH41"}, "list": [{"api_token": "HUSH42"}]},
    "headers": [("Authorization", "x"), "Bearer HUSH43abcdef"],
    "settings": {"smtp": {"url": "smtp://robot:HUSH44@mail.example"}},
    "given": {"credentials": ["HUSH45"]},
    "odd": {"deep": {"deeper": {"session_id": "HUSH46"}}},
    "status": "password=HUSH47",
    "bytes": b"token=HUSH48",
}
COUNT = 50


class Broken(Exception):
    """Something failed, and says too much."""


def leak(ctx: Context) -> None:
    """Logs all of them, and raises what holds the last."""
    for message in MESSAGES:
        ctx.log.warning(message)
    ctx.log.error("fields", **FIELDS)
    asyncio.get_running_loop().call_exception_handler({"message": "cookie: a=HUSH48"})
    try:
        raise ConnectionError("can't reach postgresql://maru:HUSH49@db/maru")
    except ConnectionError as error:
        raise Broken("Bearer HUSH50abcdef") from error
