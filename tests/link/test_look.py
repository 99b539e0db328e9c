"""Looks: snapshots for the auditor, taken beside what is heard."""

from __future__ import annotations

import time
from functools import partial

import pytest

from sip112.routing import events as e
from sip112.routing.effects import Look, Resync
from sip112.routing.events import CallEnded, Event, LinkDown, Snapshot
from tests.link.fake_ami import (
    PBX,
    Action,
    FakeAmi,
    ended,
    ends,
    passing,
    response,
    running,
    until,
    whole_list,
)

LOOK = Look(PBX)


def looks(events: list[Event]) -> list[e.Look]:
    """Return the looks among `events`."""
    return [each for each in events if isinstance(each, e.Look)]


async def test_a_look_holds_nothing_back() -> None:
    """What is heard meanwhile is told at once; then the look, with what the lists said."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.variables["GLOBAL(SIP112_OWNER_PKY)"] = "7"
        ami.silent("QueueStatus")
        ami.actions.clear()
        link.send(LOOK)
        asked = await ami.received("QueueStatus")
        ami.session.write(ended(1))
        await until(lambda: ends(events) == [1])
        before = time.time()
        ami.session.write(whole_list(asked))
        await until(lambda: looks(events))
        assert [type(one) for one in events] == [Snapshot, CallEnded, e.Look]
        [look] = looks(events)
        assert look.snapshot.owner == 7
        assert look.snapshot.at <= before <= look.at
        assert link.state.resyncs == 1


async def test_looks_that_are_asked_for_during_one_are_that_one() -> None:
    """Never two at once; the next comes when it is asked for again."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("QueueStatus")
        ami.actions.clear()
        link.send(LOOK)
        asked = await ami.received("QueueStatus")
        link.send(LOOK, LOOK)
        ami.on.pop("QueueStatus")
        ami.session.write(whole_list(asked))
        await until(lambda: looks(events))
        await passing(0.1)
        assert ami.names().count("QueueStatus") == 1
        link.send(LOOK)
        await until(lambda: len(looks(events)) == 2)


@pytest.mark.parametrize("how", ["refused", "unanswered"])
async def test_a_look_that_fails_is_none(how: str) -> None:
    """The link stays up, nobody is told, and the next one is taken."""
    async with FakeAmi() as ami, running(ami, list_timeout=0.2) as (link, events):
        if how == "refused":
            ami.on["QueueStatus"] = partial(response, word="Error", Message="no")
        else:
            ami.silent("QueueStatus")
        ami.actions.clear()
        link.send(LOOK)
        await ami.received("QueueStatus")
        await passing(0.3)
        ami.on.pop("QueueStatus")
        link.send(LOOK)
        await until(lambda: looks(events))
        assert [type(one) for one in events] == [Snapshot, e.Look]
        assert len(ami.sessions) == 1
        assert link.state.actions_failed == 0


async def test_a_look_that_a_resync_overtakes_is_none() -> None:
    """It is older than the snapshot that the desk has by then."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        held: list[Action] = []

        def hold(action: Action) -> bytes:
            held.append(action)
            return b""

        ami.on["QueueStatus"] = hold
        link.send(LOOK)
        await until(lambda: held)
        link.send(Resync(PBX, "a test asks"))
        await until(lambda: len(held) == 2)
        ami.session.write(whole_list(held[0]))
        await passing(0.1)
        assert not looks(events)
        ami.session.write(whole_list(held[1]))
        await until(lambda: link.state.resyncs == 2)
        ami.on.pop("QueueStatus")
        link.send(LOOK)
        await until(lambda: looks(events))
        assert [type(one) for one in events] == [Snapshot, Snapshot, e.Look]


async def test_a_look_without_a_link_is_none() -> None:
    """Asked for before the snapshot or while the link is down; a link that is new owes none."""
    async with FakeAmi() as ami:
        ami.silent("Status")
        async with running(ami, up=False) as (link, events):
            await ami.received("Status")
            link.send(LOOK)
            ami.on.pop("Status")
            ami.session.drop()
            await until(lambda: link.state.up)
            ami.silent("DBGetTree")
            link.send(LOOK)
            await ami.received("DBGetTree")
            ami.on.pop("DBGetTree")
            ami.session.drop()
            await until(lambda: link.state.reconnects == 1)
            await passing(0.1)
            assert [type(one) for one in events] == [Snapshot, LinkDown, Snapshot]
