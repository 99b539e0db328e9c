"""From a handoff in the database to its message at the agency, beside a bare POST of the same."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bench.child import Child, child
from bench.ground import Ground, percentile, place, short_calls, spread
from bench.poster import BARE
from bench.serving import Served
from rig.asking import until
from rig.network import free_port
from rig.progress import Stage

TICKETS: Final = 200
WARM_UP: Final = 20
"""Of those, which do not count."""
RATE: Final = 40
_REST_S: Final = 0.03
"""Seconds in which nobody has anything to do, before each of the two."""
_WITHIN_S: Final = 10.0
_AGENCY: Final = "damkar-bench"


async def measure(ground: Ground, served: Served, stage: Stage) -> dict[str, Any]:
    """Return the ratio of the medians, and what it is made of.

    One after the other: a ticket is handed off over the API; the same words are posted to the
    same receiver by a process that does nothing else, over a connection that is kept as well.
    """
    await place(ground, stage, "calls", short_calls(TICKETS), RATE)
    tickets = await _tickets(served)
    port = free_port(socket.SOCK_STREAM, served.host)
    url = f"http://{served.host}:{port}/112"
    await _put_agency(served, url)
    handoffs: dict[str, str] = {}
    """By the key of each message, its handoff."""
    with tempfile.TemporaryDirectory() as kept:
        async with (
            child("bench.agency", str(port), kept) as agency,
            child("bench.poster", url, kept) as poster,
            child("bench.saved", str(ground.database)) as saved,
        ):
            for done, ticket in enumerate(tickets):
                stage.say(f"{done} of {len(tickets)} handed off")
                await asyncio.sleep(_REST_S)
                handoff = await _hand_off(served, ticket)
                key = await _came(Path(kept), handoffs)
                handoffs[key] = handoff
                await asyncio.sleep(_REST_S)
                await _post(poster, Path(kept), key)
    took = {
        "sip112": [agency.found[key] - saved.found[handoff] for key, handoff in handoffs.items()],
        "bare": [agency.found[BARE + key] - poster.found[key] for key in handoffs],
    }
    counted = {who: each[WARM_UP:] for who, each in took.items()}
    return {
        "p50": _ratio(counted, 0.5),
        "p99": _ratio(counted, 0.99),
        "handoffs": len(counted["sip112"]),
        "ms": {who: spread(values) for who, values in counted.items()},
    }


async def _tickets(served: Served) -> list[str]:
    """Return the numbers of the newest tickets, once they are stored."""
    found: list[str] = []

    async def all_there() -> bool:
        page = await served.get(f"/v1/tickets?limit={TICKETS}")
        found[:] = [each["number"] for each in page["items"]]
        return len(found) == TICKETS

    await until(all_there, within=_WITHIN_S, every=0.3, seen=lambda: len(found))
    return found


async def _put_agency(served: Served, url: str) -> None:
    form = {
        "code": _AGENCY,
        "kind": "fire",
        "name": {"id": _AGENCY, "en": _AGENCY},
        "channels": [{"kind": "webhook", "address": url}],
    }
    put = await served.api.put(f"/v1/agencies/{_AGENCY}", json=form, headers={"If-None-Match": "*"})
    put.raise_for_status()
    (await served.api.post(f"/v1/agencies/{_AGENCY}/secret")).raise_for_status()


async def _hand_off(served: Served, ticket: str) -> str:
    answer = await served.api.post(
        f"/v1/tickets/{ticket}/handoffs",
        json={"agencies": [_AGENCY]},
        headers={"Idempotency-Key": str(uuid4())},
    )
    answer.raise_for_status()
    (handoff,) = answer.json()["items"]
    return str(handoff["id"])


async def _came(kept: Path, known: dict[str, str]) -> str:
    """Return the key of the message that is there and not yet known, once it is."""
    new: set[str] = set()

    def is_there() -> bool:
        names = {each.name for each in kept.iterdir()} - {"half"}
        new.update(each for each in names if not each.startswith(BARE) and each not in known)
        return bool(new)

    await until(is_there, within=_WITHIN_S, every=0.01, seen=lambda: f"{len(known)} messages")
    (key,) = new
    return key


async def _post(poster: Child, kept: Path, key: str) -> None:
    poster.tell(f"{key}\n")
    there = kept / (BARE + key)
    await until(there.exists, within=_WITHIN_S, every=0.01, seen=lambda: "nothing was posted")


def _ratio(values: dict[str, list[float]], part: float) -> float:
    return round(percentile(values["sip112"], part) / percentile(values["bare"], part), 3)
