"""Whose the ticket of a transferred call is, and who is shown it: both go with the caller."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rig import asking
from rig.sipp import Answer, Behaviour, Call, Reject, Seats
from sip112.people.person import Person
from sip112.people.roles import Role
from sip112.routing.call import CallState
from sip112.routing.ids import AgentId, Instant
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"
FIRST, SECOND = "agent-seat-01", "agent-seat-02"
SUPERVISOR = "rina"


class Talk:
    """A caller who talks with seat-01, and what those at seat-02 hear of it."""

    def __init__(self, centre: Centre, ticket: str) -> None:
        self.centre = centre
        self.ticket = ticket
        self.heard: list[tuple[str, dict[str, Any]]] = []
        """What the stream of seat-02 said, in order: each event's name and data."""

    async def steer(self, what: str, **body: Any) -> None:
        """Steer the call, for seat-01."""
        call = self.centre.live(NUMBER)
        assert call is not None
        self.centre.joining += what == "transfer"
        answer = await self.centre.api.post(
            f"/v1/calls/{call.id}/{what}", json={"seat": "seat-01"} | body
        )
        assert answer.status_code == 200, answer.text

    async def places(self) -> dict[str, str]:
        """Return who takes part, and where, as the ticket's context says it."""
        context = await self._get(f"/v1/tickets/{self.ticket}/context")
        [call] = context["calls"]
        return {each["seat"]: each["place"] for each in call["parties"]}

    async def until(self, **places: str) -> None:
        """Wait until just these take part."""
        wanted = {name.replace("_", "-"): place for name, place in places.items()}

        async def is_so() -> bool:
            return await self.places() == wanted

        await asking.until(is_so, within=5, every=0.05, seen=self.centre._seen)

    async def whose(self) -> tuple[str | None, int]:
        """Return whose the ticket is, and its version, once all that happened is written."""
        await self.centre.journal()
        ticket = await self._get(f"/v1/tickets/{self.ticket}")
        return (ticket["assignee"] or {"id": None})["id"], ticket["version"]

    async def is_with(self, seat: str, agent: str) -> None:
        """See that the call is with `seat` wherever one looks, and the ticket is `agent`'s."""
        [call] = (await self._get(f"/v1/tickets/{self.ticket}/context"))["calls"]
        assert (call["seat"], call["ticket_number"]) == (seat, self.ticket)
        assert (await self._get(f"/v1/calls/{call['id']}"))["assignee"]["id"] == agent
        mine = await self._get(f"/v1/tickets?assignee={agent}")
        assert [each["number"] for each in mine["items"]] == [self.ticket]

    async def give(self, agent: str) -> None:
        """Give the ticket to somebody, as a supervisor does."""
        _, version = await self.whose()
        answer = await self.centre.api.put(
            f"/v1/tickets/{self.ticket}/assignee",
            json={"agent": agent},
            headers={"If-Match": f'"{version}"'},
        )
        assert answer.status_code == 200, answer.text

    def told_whose(self) -> list[tuple[str, int]]:
        """Return by whose answer the ticket changed hands, as seat-02 heard it."""
        notices = [each for name, each in self.heard if name == "notice"]
        return [
            (each["by"], each["version"])
            for each in notices
            if each["kind"] == "ticket.changed" and each["fields"] == ["assignee"]
        ]

    def shown(self) -> list[dict[str, str]]:
        """Return where those who take part were, each time that seat-02 heard of the call."""
        calls = [each["call"] for name, each in self.heard if name.startswith("call.")]
        assert {each["ticket_number"] for each in calls} <= {self.ticket}
        return [{party["seat"]: party["place"] for party in each["parties"]} for each in calls]

    async def hang_up(self) -> None:
        """Let the caller hang up."""
        for channel in await asking.channels(self.centre.rig):
            if "trunk" in channel:
                await asking.asterisk(self.centre.rig, f"channel request hangup {channel}")

    async def _get(self, path: str) -> dict[str, Any]:
        answer = await self.centre.api.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def talking(open_centre: OpenCentre) -> AsyncIterator[Talk]:
    """Let a caller talk with seat-01, and somebody listen to what concerns seat-02."""
    async with (
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1)),
        asyncio.TaskGroup() as group,
    ):
        for agent in (FIRST, SECOND):
            await centre.store.people.add(_person(agent, Role.CALL_TAKER))
        await centre.store.people.add(_person(SUPERVISOR, Role.SUPERVISOR))
        async with centre.calling(Call(number=NUMBER)):
            await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
            call = centre.live(NUMBER)
            assert call is not None
            assert call.ticket_number is not None
            talk = Talk(centre, call.ticket_number)
            assert (await talk.whose())[0] == FIRST
            listens = group.create_task(_listen(centre, talk))
            await centre.until(lambda: centre.node.centre.hub.streams == 1, within=5)
            yield talk
            await talk.hang_up()
        listens.cancel()


@asynccontextmanager
async def second_seat(centre: Centre, does: Behaviour) -> AsyncIterator[Seats]:
    """Have somebody on duty at seat-02, whose answers are no answers of calls from the queue."""
    async with Seats(centre.rig, ["seat-02"], does) as seats:
        await centre.log_in("seat-02")
        yield seats


def _person(agent: str, role: Role) -> Person:
    at = Instant(0.0)
    return Person(AgentId(agent), agent.capitalize(), frozenset({role}), "", at, at)


async def _listen(centre: Centre, talk: Talk) -> None:
    """Keep what the stream of seat-02 says."""
    name = ""
    async with centre.api.stream("GET", "/v1/events", params={"seat": "seat-02"}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                talk.heard.append((name, json.loads(line.removeprefix("data: "))))


async def test_attended_it_follows_once_the_first_has_left(open_centre: OpenCentre) -> None:
    """Not while they speak with each other; seat-02 is shown the ticket from the first ring on."""
    async with (
        talking(open_centre) as talk,
        second_seat(talk.centre, Answer(after=0.2)) as second,
    ):
        await talk.steer("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01="aside", seat_02="aside")
        [invite] = second.invites
        assert talk.ticket in invite.call_info
        assert await talk.whose() == (FIRST, 2)
        await talk.is_with("seat-01", FIRST)
        assert {"seat-01": "aside", "seat-02": "ringing"} in talk.shown()
        assert talk.told_whose() == []

        await talk.steer("transfer/complete")
        await talk.until(seat_02="talking")
        await talk.centre.until(lambda: talk.centre.seat("seat-01").free, within=5)
        assert await talk.whose() == (SECOND, 3)
        await talk.is_with("seat-02", SECOND)
        await talk.centre.until(lambda: talk.told_whose() == [(SECOND, 3)], within=5)
        assert talk.shown()[-1] == {"seat-02": "talking"}
        await talk.hang_up()
        await talk.centre.until(lambda: not talk.centre.desk.calls(), within=5)
        assert await talk.whose() == (SECOND, 3)


async def test_blind_it_follows_when_the_second_answers(open_centre: OpenCentre) -> None:
    """Until then it stays with the one who sent the caller there, who has left already."""
    async with (
        talking(open_centre) as talk,
        second_seat(talk.centre, Answer(after=1.5)) as second,
    ):
        await talk.steer("transfer", to="seat-02", mode="blind")
        await talk.centre.until(lambda: talk.centre.seat("seat-01").free, within=5)
        await talk.until(seat_02="ringing")
        [invite] = second.invites
        assert talk.ticket in invite.call_info
        assert await talk.whose() == (FIRST, 2)

        await talk.until(seat_02="talking")
        assert await talk.whose() == (SECOND, 3)
        await talk.is_with("seat-02", SECOND)
        await talk.centre.until(lambda: talk.told_whose() == [(SECOND, 3)], within=5)
        assert {"seat-02": "ringing"} in talk.shown()
        assert talk.shown()[-1] == {"seat-02": "talking"}


async def test_it_stays_where_nobody_takes_the_caller_over(open_centre: OpenCentre) -> None:
    """Seat-02 rejects: the first has the ticket as before, and seat-02 hears that it is over."""
    async with talking(open_centre) as talk, second_seat(talk.centre, Reject()):
        await talk.steer("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01="talking")
        assert await talk.whose() == (FIRST, 2)
        await talk.is_with("seat-01", FIRST)
        rung = {"seat-01": "aside", "seat-02": "ringing"}
        await talk.centre.until(
            lambda: rung in talk.shown() and "seat-02" not in talk.shown()[-1], within=5
        )
        assert talk.told_whose() == []


async def test_a_supervisors_word_holds(open_centre: OpenCentre) -> None:
    """The caller goes on to seat-02, and the ticket stays with whom it was given to."""
    async with (
        talking(open_centre) as talk,
        second_seat(talk.centre, Answer(after=0.2)),
    ):
        await talk.give(SUPERVISOR)
        await talk.steer("transfer", to="seat-02", mode="attended")
        await talk.until(seat_01="aside", seat_02="aside")
        await talk.steer("transfer/complete")
        await talk.until(seat_02="talking")
        assert await talk.whose() == (SUPERVISOR, 3)
        await talk.is_with("seat-02", SUPERVISOR)
