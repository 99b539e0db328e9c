"""Snapshots: after every login and on request, with live events held back in between."""

from __future__ import annotations

import time
from functools import partial

import pytest

from sip112.ami import link as link_module
from sip112.routing.effects import Beat, Resync
from sip112.routing.events import ActionFailed, CallEnded, LinkDown, Snapshot
from sip112.routing.ids import Instant
from tests.link.fake_ami import (
    PBX,
    PKY,
    Action,
    FakeAmi,
    ended,
    ends,
    event,
    list_end,
    list_start,
    message,
    passing,
    response,
    running,
    until,
    whole_list,
)

BEAT = Beat(PBX, PKY, Instant(1_700_000_000.0))
AGAIN = Resync(PBX, "a test asks")
LISTS = ("DBGetTree", "Status", "QueueStatus", "DBGetTree", *["Getvar"] * 5)


async def test_a_snapshot_comes_first_and_holds_what_the_lists_said() -> None:
    """Channels, members, waiting callers and notes reach the core in one event."""
    note = "centre=PKY&arrived=1700000000.100&number=08125550001"
    async with FakeAmi() as ami:
        ami.items["Status"] = [("Status", {"Channel": "PJSIP/t-1", "Uniqueid": "1700000000.1"})]
        ami.items["QueueStatus"] = [
            ("QueueParams", {"Queue": "sip112-PKY"}),
            ("QueueEntry", {"Queue": "sip112-PKY", "Position": "1", "Uniqueid": "1700000000.1"}),
        ]
        ami.items["DBGetTree"] = [
            ("DBGetTreeResponse", {"Key": "/sip112/call/1700000000.1", "Val": note})
        ]
        before = time.time()
        async with running(ami) as (link, events):
            [snapshot] = events
            assert isinstance(snapshot, Snapshot)
            assert snapshot.pbx == PBX
            assert before <= snapshot.at <= link.state.since
            assert [channel.name for channel in snapshot.channels] == ["PJSIP/t-1"]
            assert snapshot.positions == {"1700000000.1": 1}
            assert [one.arrival.caller.number for one in snapshot.notes] == ["08125550001"]
    assert ami.names() == ["Login", *LISTS]


async def test_a_call_that_arrives_between_the_lists_is_not_taken_for_a_lost_one() -> None:
    """Its note is there and its channel was not yet; what happened to it is told live."""
    keys = [f"/sip112/call/1700000000.{n}" for n in (1, 2, 3)]
    note = "centre=PKY&arrived=1700000000.100&number=08125550001"
    ended = f"{note}&ended=1700000001.100&cause=16"
    texts = iter([[keys[0]], keys])  # the first was there before, and is lost

    def tree(action: Action) -> bytes:
        items = [
            ("DBGetTreeResponse", {"Key": key, "Val": ended if key == keys[2] else note})
            for key in next(texts)
        ]
        return whole_list(action, *items)

    async with FakeAmi() as ami:
        ami.on["DBGetTree"] = tree
        async with running(ami) as (_, events):
            [snapshot] = events
            assert isinstance(snapshot, Snapshot)
            noted = [each.arrival.uniqueid for each in snapshot.notes]
            assert noted == ["1700000000.1", "1700000000.3"]


async def test_a_snapshot_tells_who_decides() -> None:
    """By the centre's variables and the watchdog's pulse."""
    async with FakeAmi() as ami:
        ami.variables = {
            "GLOBAL(SIP112_OWNER_PKY)": "6",
            "GLOBAL(SIP112_NEWEST_PKY)": "7",
            "GLOBAL(SIP112_MODE_PKY)": "service",
            "GLOBAL(SIP112_PULSE)": "1700000000",
            "EPOCH": "1700000002",
        }
        async with running(ami) as (_, events):
            [snapshot] = events
            assert isinstance(snapshot, Snapshot)
            assert (snapshot.owner, snapshot.native, snapshot.pulse_s) == (7, False, 2.0)


async def test_events_during_the_first_resync_follow_the_snapshot() -> None:
    """From the login on nothing is lost: in the login's own segment, between, and in lists."""
    async with FakeAmi() as ami:
        login = ami.on["Login"]
        ami.on["Login"] = lambda action: login(action) + ended(1)
        ami.silent("Status")
        async with running(ami, up=False) as (_, events):
            asked = await ami.received("Status")
            ami.session.write(ended(2) + list_start(asked) + ended(3) + list_end(asked) + ended(4))
            await until(lambda: len(events) == 5)
            assert isinstance(events[0], Snapshot)
            assert ends(events) == [1, 2, 3, 4]


async def test_effects_are_refused_until_the_first_snapshot() -> None:
    """Logged in is not up: what the desk would decide without a snapshot is not done."""
    async with FakeAmi() as ami:
        ami.silent("Status")
        async with running(ami, up=False) as (link, events):
            await ami.received("Status")
            link.send(BEAT)
            assert [type(one) for one in events] == [ActionFailed]
            [pong] = await link.request({"Action": "Ping"})  # tools may ask all the same
            assert pong["Ping"] == "Pong"
        assert "Setvar" not in ami.names()


async def test_a_resync_that_is_asked_for_holds_events_back_and_lets_effects_out() -> None:
    """The link stays up: effects go, events wait, in order, behind the new snapshot."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("QueueStatus")
        ami.actions.clear()
        link.send(AGAIN)
        asked = await ami.received("QueueStatus")
        ami.session.write(ended(1) + ended(2))
        link.send(BEAT)
        await ami.received("Setvar")
        await until(lambda: not link._unanswered)
        assert [type(one) for one in events] == [Snapshot]
        assert link.state.up
        ami.session.write(whole_list(asked) + ended(3))
        await until(lambda: ends(events) == [1, 2, 3])
        assert [type(one) for one in events] == [Snapshot, Snapshot, *[CallEnded] * 3]
        assert len(ami.sessions) == 1
        assert link.state.resyncs == 2


async def test_a_resync_asked_for_during_a_resync_follows_it() -> None:
    """What changed after a list was read is in the next one; many wishes make one."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("QueueStatus")
        ami.actions.clear()
        link.send(AGAIN)
        asked = await ami.received("QueueStatus")
        for _ in range(5):
            link.send(AGAIN)
        ami.on.pop("QueueStatus")
        ami.session.write(whole_list(asked))
        await until(lambda: link.state.resyncs == 3)
        assert [type(one) for one in events] == [Snapshot] * 3
        assert ami.names() == [*LISTS, *LISTS]


async def test_a_resync_while_the_link_is_down_fails() -> None:
    """The next login takes a snapshot anyhow; whoever asked is told."""
    async with FakeAmi() as ami:
        ami.silent("Login")
        async with running(ami, up=False) as (link, events):
            link.send(AGAIN)
            [failed] = events
            assert isinstance(failed, ActionFailed)
            assert failed.action == AGAIN


async def test_events_held_back_when_the_link_breaks_are_told_before_the_loss() -> None:
    """They happened, and the desk may act on them; then it learns that the link is gone."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("Status")
        ami.actions.clear()
        link.send(AGAIN)
        await ami.received("Status")
        ami.on.pop("Status")
        ami.session.write(ended(1))
        ami.session.end()
        await until(lambda: link.state.reconnects == 1)
        assert [type(one) for one in events] == [Snapshot, CallEnded, LinkDown, Snapshot]


async def test_events_held_back_before_the_first_snapshot_die_with_the_link() -> None:
    """A desk that has no snapshot cannot use them; the next one holds what they led to."""
    async with FakeAmi() as ami:
        ami.silent("Status")
        async with running(ami, up=False) as (link, events):
            await ami.received("Status")
            ami.on.pop("Status")
            ami.session.write(ended(1))
            ami.session.end()
            await until(lambda: link.state.up)
            assert [type(one) for one in events] == [Snapshot]


async def test_each_loss_is_told_once_and_followed_by_a_snapshot() -> None:
    """LinkDown and Snapshot alternate, and the state says the same."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        for times in (1, 2):
            ami.session.drop()
            await until(partial(_resynced, link, times + 1))
        assert [type(one) for one in events] == [Snapshot, *[LinkDown, Snapshot] * 2]
        assert link.state.reconnects == 2


def _resynced(link: link_module.Link, times: int) -> bool:
    return link.state.resyncs == times


@pytest.mark.parametrize("kind", ["stop", "shutdown event"])
async def test_an_asterisk_that_stops_and_starts_is_resynchronised(kind: str) -> None:
    """Restarted on the same port it is found again by itself."""
    ami = FakeAmi()
    await ami.start()
    async with running(ami) as (link, events):
        if kind == "shutdown event":
            ami.session.write(event("Shutdown", Shutdown="Cleanly", Restart="False"))
        await ami.stop()
        await until(lambda: not link.state.up)
        await ami.start()
        await until(lambda: link.state.up)
        assert [type(one) for one in events] == [Snapshot, LinkDown, Snapshot]
    await ami.stop()


async def test_fully_booted_after_the_snapshot_takes_another() -> None:
    """A login in mid-boot sees half of Asterisk; when all is loaded, the rest is read."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.session.write(message(("Event", "FullyBooted"), ("Privilege", "system,all")))
        await until(lambda: link.state.resyncs == 2)


async def test_fully_booted_with_the_login_does_not_read_twice() -> None:
    """An Asterisk that is up says so right after the login, and one snapshot is enough."""
    async with FakeAmi() as ami:
        login = ami.on["Login"]
        booted = message(("Event", "FullyBooted"), ("Privilege", "system,all"))
        ami.on["Login"] = lambda action: login(action) + booted
        async with running(ami) as (link, _):
            ami.session.write(ended(1))
            await until(lambda: link.state.traffic.events["UserEvent"])
            assert ami.names() == ["Login", *LISTS]


async def test_an_asterisk_that_is_still_starting_is_waited_for() -> None:
    """While app_queue is not loaded its list is unknown; later it is not."""
    async with FakeAmi() as ami:
        unknown = "Invalid/unknown command: QueueStatus. Use Action: ListCommands"
        ami.on["QueueStatus"] = partial(response, word="Error", Message=unknown)
        async with running(ami, up=False) as (link, events):
            await until(lambda: len(ami.sessions) > 3)
            ami.on.pop("QueueStatus")
            await until(lambda: link.state.up)
            assert [type(one) for one in events] == [Snapshot]


async def test_a_fault_in_making_the_snapshot_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a fault of our own only costs a connection."""

    def broken(*_: object) -> Snapshot:
        monkeypatch.undo()
        msg = "a fault of ours"
        raise RuntimeError(msg)

    monkeypatch.setattr(link_module, "snapshot", broken)
    async with FakeAmi() as ami, running(ami) as (link, _):
        assert len(ami.sessions) == 2
        assert "please report it" in (link.state.last_error or "")


async def test_skew_is_measured_against_half_the_round_trip() -> None:
    """Asterisk's clock, one hour ahead, is told as such."""
    async with FakeAmi() as ami:
        pings: list[Action] = []

        def keep(action: Action) -> bytes:
            pings.append(action)
            return b""

        ami.on["Ping"] = keep
        async with running(ami, ping_interval=9.0) as (link, _):
            await until(lambda: pings)
            sent = time.time()
            await passing(0.2)
            hour_ahead = (sent + time.time()) / 2 + 3600
            ami.session.write(response(pings[0], Ping="Pong", Timestamp=f"{hour_ahead:.6f}"))
            await until(lambda: link.state.skew is not None)
            assert link.state.skew == pytest.approx(3600, abs=0.05)
            assert link.state.round_trip == pytest.approx(0.2, abs=0.1)
