"""What tests of agencies begin with: how an agency is told, a ticket, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rig import asking
from rig.sipp import Call, Callers
from tests.browser.centre import Centre


async def told_by(centre: Centre, agency: str, *channels: Mapping[str, str]) -> None:
    """Have an agency be told by these channels."""
    found = await centre.api.get(f"/v1/agencies/{agency}")
    said = {**found.json(), "channels": channels}
    del said["version"]
    answer = await centre.api.put(
        f"/v1/agencies/{agency}", json=said, headers={"If-Match": found.headers["etag"]}
    )
    assert answer.is_success, answer.text


async def called(centre: Centre, number: str, **facts: Any) -> str:
    """Have somebody call, and write down what they tell; return the number of the ticket."""
    live: list[Any] = []

    async def calls() -> bool:
        live[:] = (await centre.get("/v1/calls/live"))["items"]
        return bool(live)

    async with Callers(centre.rig, [Call(number=number, name="Warga", hang_up_at=3.0)]) as callers:
        await asking.until(calls, within=10)
        await callers.finish(within=20)
    found = await centre.api.get(f"/v1/tickets/{live[0]['ticket']}")
    ticket: str = found.json()["number"]
    answer = await centre.api.patch(
        f"/v1/tickets/{ticket}",
        json=facts,
        headers={
            "If-Match": found.headers["etag"],
            "Content-Type": "application/merge-patch+json",
        },
    )
    assert answer.is_success, answer.text
    return ticket


async def at_step(centre: Centre, ticket: str, step: str) -> Any:
    """Wait until the one handoff of a ticket has come to a step, and return it."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = (await centre.get(f"/v1/tickets/{ticket}/handoffs"))["items"]
        return bool(found) and found[0]["step"] == step

    await asking.until(there, within=10, seen=lambda: found)
    return found[0]
