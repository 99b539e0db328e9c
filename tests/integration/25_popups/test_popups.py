"""The ticket at the seat: on the phone's display, as a SIP MESSAGE, and on the event stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from rig.sipp import Answer, Call
from sip112.people.token import digest
from sip112.routing.effects import EntryKind
from sip112.routing.popups import UNSEEN_S
from tests.integration.centre import PUBLIC_URL, Centre, however_long
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"
SEATS = (
    {"id": "seat-01", "popup": ["browser", "sip-headers", "sip-message"]},
    {"id": "seat-02"},
)


async def test_on_the_phone(open_centre: OpenCentre) -> None:
    """Name and Call-Info of the INVITE, and a MESSAGE where the seat's settings ask for one."""
    async with (
        open_centre(seats=SEATS) as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.3, talk=0.3)) as seats,
    ):
        calls = [Call(number=NUMBER, name="Warga"), Call(number="08125550002", delay=0.1)]
        async with centre.calling(*calls):
            await seats.until(lambda: seats.answered == 2, within=5)
    for call, invite in zip(centre.calls, seats.invites, strict=True):
        assert invite.name == f"{call.ticket_number} {call.caller.number}"
        assert invite.number == call.caller.number
        assert invite.call_info == f"<{PUBLIC_URL}/t/{call.ticket_number}>;purpose=info"
    [message] = seats.messages
    assert message.seat == "seat-01"
    assert message.content_type.startswith("text/plain")
    [line] = message.body
    assert however_long(line) == f"{centre.calls[0].ticket_number} {NUMBER} Warga (n s)"


async def test_on_the_phone_when_no_console_shows_it(open_centre: OpenCentre) -> None:
    """Two seconds after the offer, and told; where a console shows it the phone stays quiet."""
    async with (
        open_centre(seats=SEATS, ring_s=10) as centre,
        centre.seats("seat-01", does=Answer(after=3, talk=0.3)) as seats,
    ):
        assert (await centre.api.put("/v1/seats/seat-01/console")).is_success
        async with centre.calling(Call(number=NUMBER)):
            await centre.until(lambda: centre.seat("seat-01").call, within=5)
            path = f"/v1/calls/{centre.seat('seat-01').call}/popup"
            shown = await centre.api.post(path, json={"seat": "seat-01"})
            assert shown.status_code == 204, shown.text
            await seats.until(lambda: seats.answered == 1, within=8)
            await centre.until(lambda: not centre.desk.calls(), within=5)
        async with centre.calling(Call(number="08125550002", name="Warga")):
            await seats.until(lambda: seats.answered == 2, within=8)
        unseen = await centre.journal(EntryKind.POPUP_UNSEEN)
    [message], [entry] = seats.messages, unseen
    assert message.body == (f"{centre.calls[1].ticket_number} 08125550002 Warga (2 s)",)
    assert entry.call is not None
    assert entry.call.id == centre.calls[1].id
    assert entry.detail == {"shown_by": "sip-message"}
    offered_at = centre.calls[1].offers[0].offered_at
    assert UNSEEN_S <= entry.at - offered_at < UNSEEN_S + 0.5
    assert message.at - offered_at < UNSEEN_S + 0.5


async def test_on_the_event_stream(open_centre: OpenCentre) -> None:
    """A client that listens for its seat has the ticket by the time that the phone rings."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.5, talk=0.3)) as seats,
        _listening(centre, "seat-01") as heard,
        centre.calling(Call(number=NUMBER)),
    ):
        await seats.until(lambda: seats.answered == 1, within=5)
        await centre.until(lambda: not centre.desk.calls(), within=5)
    [call], [invite] = centre.calls, seats.invites
    assert [event["kind"] for event, _ in heard] == [
        "call.offered",
        "call.ringing",
        "call.answered",
        "call.ended",
    ]
    offered, at = heard[0]
    assert offered["call"]["seat"] == "seat-01"
    assert offered["call"]["ticket_number"] == call.ticket_number
    assert offered["call"]["caller"]["number"] == NUMBER
    assert at - invite.at < 0.25
    assert at < invite.decided_at


@asynccontextmanager
async def _listening(
    centre: Centre, seat: str
) -> AsyncIterator[list[tuple[dict[str, Any], float]]]:
    """Listen to what concerns calls at `seat`: each event, and when it was here."""
    heard: list[tuple[dict[str, Any], float]] = []
    kinds = ("call.offered", "call.ringing", "call.answered", "call.ended")
    query = {"seat": seat, "kind": list(kinds)}
    async with (
        centre.api.stream("GET", "/v1/events", params=query) as stream,
        asyncio.TaskGroup() as group,
    ):

        async def listen() -> None:
            async for line in stream.aiter_lines():
                now = time.time()
                if line.startswith("data: "):
                    heard.append((json.loads(line.removeprefix("data: ")), now))

        task = group.create_task(listen())
        await centre.until(lambda: centre.node.centre.hub.streams == 1, within=5)
        yield heard
        task.cancel()


async def test_on_a_telephone_that_asks(open_centre: OpenCentre) -> None:
    """It calls its address as it rings: the ticket comes back, and the console's counts as seen."""
    key = "sip112_key"
    popup = ["browser", "action-url"]
    seat = {"id": "seat-01", "popup": popup, "phone_key": digest(key)}
    async with (
        open_centre(seats=(seat,), ring_s=10) as centre,
        centre.seats("seat-01", does=Answer(after=3, talk=0.3)) as seats,
        httpx.AsyncClient(base_url=centre.api.base_url) as telephone,
    ):
        path = f"/v1/phones/seat-01/ringing?key={key}&as=yealink&number={NUMBER}"
        assert (await telephone.get(path)).status_code == 404
        assert (await centre.api.put("/v1/seats/seat-01/console")).is_success
        async with centre.calling(Call(number=NUMBER, name="<b>")):
            await seats.until(lambda: len(seats.invites) == 1, within=5)
            answer = await telephone.get(path)
            await seats.until(lambda: seats.answered == 1, within=8)
        assert await centre.journal(EntryKind.POPUP_UNSEEN) == []
    [call] = centre.calls
    text = f"<Title>{call.ticket_number}</Title><Text>{NUMBER} &lt;b&gt; (n s)</Text>"
    assert text in however_long(answer.text)
