"""What the doctor asks Redis: version, and whether the queue can forget or lose anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError

from maru.cli.doctor.finding import Finding, fault, fine
from maru.redis.addresses import asynchronous
from maru.redis.roles import OLDEST
from maru.settings import Settings, env_name

_PATIENCE = 5.0
_ROLES = {
    "queue": "redis_queue_url",
    "cache": "redis_cache_url",
    "live": "redis_live_url",
}


async def redis_findings(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for role, name in _ROLES.items():
        url = getattr(settings, name)
        if not url:
            variable = env_name(name)
            findings.append(fault(variable, "is not set", f"set {variable} or MARU_REDIS_URL"))
        else:
            findings += await _examine(role, name, url)
    return findings


async def _examine(role: str, name: str, url: str) -> list[Finding]:
    try:
        info = await _information(url)
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        mend = "start the server (./maru demo, where it is the demo's) or correct the address"
        reason = str(error).partition("\n")[0].rstrip(".") or "no answer"
        return [fault(env_name(name), f"can't reach Redis: {reason}", mend)]
    findings = [_version(role, info)]
    if role == "queue":
        findings += [_policy(info), _persistence(info)]
    return findings


async def _information(url: str) -> Mapping[str, Any]:
    client = asynchronous(url, wait=_PATIENCE, connections=1)
    try:
        async with asyncio.timeout(_PATIENCE):
            answer: Any = await client.info()
    finally:
        await client.aclose()
    first = next(iter(answer.values()), None)  # a cluster answers once for each of its servers
    return first if isinstance(first, dict) and "redis_version" in first else dict(answer)


def _version(role: str, info: Mapping[str, Any]) -> Finding:
    version = str(info["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        return fault(f"Redis {role}", f"version {version} is too old", "move to Redis 6.2 or later")
    return fine(f"Redis {role}", f"version {version}")


def _policy(info: Mapping[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return fine("Redis queue", "never evicts")
    mend = "redis-cli CONFIG SET maxmemory-policy noeviction (and in redis.conf)"
    return fault("Redis queue", f"evicts under pressure ({policy}): jobs would vanish", mend)


def _persistence(info: Mapping[str, Any]) -> Finding:
    if not info.get("aof_enabled"):
        mend = "redis-cli CONFIG SET appendonly yes (and in redis.conf)"
        return fault("Redis queue", "keeps no append-only file", mend)
    if info.get("aof_last_write_status", "ok") != "ok":
        mend = "make room on the disk of Redis, then look into its log"
        return fault("Redis queue", "couldn't write its append-only file", mend)
    return fine("Redis queue", "writes an append-only file")
