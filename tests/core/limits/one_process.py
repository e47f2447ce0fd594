"""One of several processes that ask for the same: how often it was let through, as JSON."""

import asyncio
import json
import sys
from typing import Any
from uuid import UUID

from maru.limits import Limits, LimitsOf, Rate, Refused, Whom
from maru.observability.metrics import Metrics
from maru.redis.roles import linked

AT_ONCE = 50


async def let_through(limits: Limits, asked: dict[str, Any], whom: Whom, times: int) -> int:
    """How many of so many requests at once are let through."""
    ask = limits.read if asked["kind"] == "reads" else limits.write
    answers = await asyncio.gather(*(ask(whom) for _ in range(times)), return_exceptions=True)
    faults = [one for one in answers if isinstance(one, Exception) and not isinstance(one, Refused)]
    if faults:
        raise faults[0]
    return sum(not isinstance(one, Refused) for one in answers)


async def main(asked: dict[str, Any]) -> None:
    """Waits for the word, then asks so often; between that, somebody else asks now and then."""
    rate = {"user": Rate(asked["most"], 3_600)}
    link = linked("queue", asked["url"], 10.0)
    limits = Limits(
        link,
        LimitsOf(reads=rate, writes=rate),  # type: ignore[arg-type]
        Metrics("web"),
        instance=asked["instance"],
    )
    tenant = UUID(asked["tenant"])
    crowd = Whom(tenant, "192.0.2.1", UUID(asked["person"]), UUID(asked["person"]))
    other = Whom(tenant, "192.0.2.2", UUID(asked["other"]), UUID(asked["other"]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    limits.start()
    told = {"crowd": 0, "other": 0, "rounds": 0}
    while told["rounds"] * AT_ONCE < asked["times"] and told["crowd"] < asked["wanted"]:
        times = min(AT_ONCE, asked["wanted"] - told["crowd"])
        through = await let_through(limits, asked, crowd, times)
        told["crowd"] += through
        told["other"] += await let_through(limits, asked, other, 1)
        told["rounds"] += 1
        if asked["patient"] and through < times:
            await asyncio.sleep(0.2)
    await limits.stop()
    await link.close()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
