"""What panoramisk 1.4 gets wrong under faults, each contained: one test per hazard."""

from __future__ import annotations

import ast
import asyncio
import inspect
from functools import partial
from pathlib import Path

import pytest
from panoramisk.manager import Manager

from sip112.ami import link as link_module
from sip112.ami.link import Link, LinkError, session
from sip112.ami.protocol import EventReader
from sip112.ami.translate import EVENTS
from sip112.routing.effects import Action as Effect
from sip112.routing.effects import Beat, LabelCall, PauseMember, RingSeat
from sip112.routing.events import ActionFailed, CallEnded, Event, LinkDown, Snapshot
from sip112.routing.ids import CentreCode, Instant, SeatId, Uniqueid
from tests.link.fake_ami import (
    PBX,
    PKY,
    FakeAmi,
    config,
    ended,
    ends,
    list_start,
    passing,
    response,
    running,
    until,
    whole_list,
)

BEAT = Beat(PBX, PKY, Instant(1_700_000_000.0))


def ring(seat: str = "seat-01") -> RingSeat:
    """Return the effect that rings a seat."""
    return RingSeat(PBX, Uniqueid("1700000000.1"), "PJSIP/trunk-00000001", SeatId(seat))


def failures(events: list[Event]) -> list[tuple[object, str]]:
    """Return what failed, and why."""
    return [(one.action, one.reason) for one in events if isinstance(one, ActionFailed)]


async def test_a_callback_that_raises_does_not_drop_the_connection() -> None:
    """A fault in taking one event costs that event, is counted, and nothing else."""
    taken: list[Event] = []

    def put(one: Event) -> None:
        if isinstance(one, CallEnded) and one.uniqueid.endswith(".2"):
            msg = "a fault of ours"
            raise RuntimeError(msg)
        taken.append(one)

    async with FakeAmi() as ami:
        link = Link(config(ami), put)
        task = asyncio.create_task(link.run())
        await until(lambda: link.state.up)
        ami.session.write(ended(1) + ended(2) + ended(3))
        await until(lambda: ends(taken) == [1, 3])
        assert link.state.traffic.errors == 1
        assert len(ami.sessions) == 1
        task.cancel()
        await asyncio.wait({task})


async def test_events_are_put_in_the_order_in_which_they_came() -> None:
    """There are no loose tasks: a thousand events in odd pieces stay in order."""
    numbers = list(range(1000))
    stream = b"".join(ended(number) for number in numbers)
    async with FakeAmi() as ami, running(ami, ping_interval=9.0) as (_, events):
        await ami.session.write_in_pieces(stream, 997)
        await until(lambda: len(ends(events)) == len(numbers))
        assert ends(events) == numbers


async def test_a_half_open_link_is_noticed_by_an_unanswered_ping() -> None:
    """Silence after a healthy start closes the link, and the next one is opened."""
    async with FakeAmi() as ami, running(ami, ping_timeout=0.2) as (link, events):
        ami.silent("Ping")
        await until(lambda: any(isinstance(one, LinkDown) for one in events))
        assert "did not answer Ping" in (link.state.last_error or "")
        await until(lambda: len(ami.sessions) > 1)


def test_a_half_open_link_is_noticed_within_three_seconds() -> None:
    """The settings as shipped add up to at most three seconds."""
    shipped = link_module.LinkConfig(PBX, PKY)
    assert shipped.ping_interval + shipped.ping_timeout <= 3.0


async def test_a_stopped_pinger_of_panoramisk_does_not_ping_beside_ours() -> None:
    """Every ping has our ActionID and is waited for; nothing of panoramisk's piles up."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        await until(lambda: ami.raw.count(b"Action: Ping") >= 3)
        assert ami.raw.count(b"ActionID: action/") == 0
        assert link._connection is not None
        assert link._connection._manager.pinger.cancelled()
        assert not failures(events)


async def test_an_action_that_is_not_answered_times_out() -> None:
    """An effect without an answer fails in time; the link stays up."""
    async with FakeAmi() as ami, running(ami, action_timeout=0.1) as (link, events):
        ami.silent("Redirect")
        link.send(ring())
        await until(lambda: failures(events))
        assert failures(events) == [(ring(), "Asterisk did not answer within 0.1 s")]
        assert link.state.actions_timed_out == 1
        assert link.state.up


async def test_each_of_many_unanswered_actions_times_out_once() -> None:
    """One timer serves all: early and late ones fail in order, answered ones do not."""
    async with FakeAmi() as ami, running(ami, action_timeout=0.2) as (link, events):
        ami.silent("Redirect")
        link.send(ring("seat-01"))
        link.send(BEAT)
        await until(lambda: "Setvar" in ami.names())
        link.send(ring("seat-02"))
        await until(lambda: len(failures(events)) == 2)
        assert [effect for effect, _ in failures(events)] == [ring("seat-01"), ring("seat-02")]


async def test_an_action_is_never_sent_again_after_a_reconnect() -> None:
    """What was unanswered when the link broke fails, and the next connection is clean."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("Redirect", "QueuePause", "Setvar")
        pause = PauseMember(PBX, CentreCode("PKY"), SeatId("seat-01"), "lunch")
        link.send(ring())
        link.send(pause)
        await until(lambda: {"Redirect", "QueuePause", "Setvar"} <= set(ami.names()))
        ami.session.drop()
        await until(lambda: link.state.reconnects == 1)
        reason = "the link was lost before Asterisk answered"
        assert failures(events) == [(ring(), reason), (pause, reason)]
        down = next(i for i, one in enumerate(events) if isinstance(one, LinkDown))
        assert isinstance(events[down + 1], ActionFailed), "the loss is told before what it cost"
        await until(lambda: ami.names().count("Login") == 2)
        link.send(BEAT)
        await until(lambda: ami.names()[-1] == "Setvar")
        assert ami.names().count("Redirect") == 1
        assert ami.names().count("QueuePause") == 1


async def test_a_list_cut_off_by_a_reconnect_is_asked_for_again() -> None:
    """A snapshot that broke off is never put; the next connection takes a whole one."""
    async with FakeAmi() as ami:
        ami.on["QueueStatus"] = lambda action: list_start(action, ("QueueParams", {"Max": "0"}))
        async with running(ami, up=False) as (link, events):
            await ami.received("QueueStatus")
            ami.on.pop("QueueStatus")
            ami.session.end()
            await until(lambda: link.state.up)
            assert [type(one) for one in events] == [Snapshot]
            assert len(ami.sessions) == 2
            assert link.state.resyncs == 1


async def test_a_list_that_never_ends_times_out_and_the_link_is_made_anew() -> None:
    """Without its completion a list is worth nothing, and the link with it."""
    async with FakeAmi() as ami:
        ami.on["DBGetTree"] = list_start
        async with running(ami, up=False, list_timeout=0.1) as (link, events):
            await until(lambda: len(ami.sessions) >= 2)
            assert "did not answer DBGetTree" in (link.state.last_error or "")
            assert events == []
            ami.on.pop("DBGetTree")
            await until(lambda: link.state.up)


async def test_connected_is_not_logged_in() -> None:
    """A TCP connection alone is not a link: nothing is put or sent before all answered."""
    async with FakeAmi() as ami:
        ami.silent("Login")
        async with running(ami, up=False) as (link, events):
            await until(lambda: "Login" in ami.names())
            link.send(BEAT)
            assert failures(events) == [(BEAT, "there is no link to pbx1")]
            assert ami.names() == ["Login"]


async def test_a_refused_login_is_told_and_not_hammered() -> None:
    """Wrong credentials are an error with a remedy, tried again only after a good while."""
    async with FakeAmi() as ami:
        settings = {"secret": "wrong", "backoff_first": 0.001, "refused_delay": 0.3}
        async with running(ami, up=False, **settings) as (link, events):
            started = asyncio.get_running_loop().time()
            await until(lambda: len(ami.sessions) == 3)
            assert asyncio.get_running_loop().time() - started >= 0.55
            error = link.state.last_error or ""
            assert "Authentication failed" in error
            assert "manager.conf" in error
            assert "wrong" not in error
            assert events == []


async def test_a_login_that_is_never_answered_times_out() -> None:
    """A login without an answer is given up and tried again."""
    async with FakeAmi() as ami:
        ami.silent("Login")
        async with running(ami, up=False, login_timeout=0.1) as (link, _):
            await until(lambda: len(ami.sessions) >= 2)
            assert "did not answer Login" in (link.state.last_error or "")


async def test_a_refused_connection_is_tried_again_until_it_is_there() -> None:
    """While nothing listens the error names the address; when it does, the link comes up."""
    ami = FakeAmi()
    await ami.start()
    await ami.stop()
    async with running(ami, up=False) as (link, events):
        await until(lambda: link.state.last_error)
        assert f"127.0.0.1:{ami.port} (connection refused)" in (link.state.last_error or "")
        assert "bindaddr" in (link.state.last_error or "")
        await ami.start()
        await until(lambda: link.state.up)
        assert [type(one) for one in events] == [Snapshot]
        assert ami.open == 1, "panoramisk's own reconnect must not open a second one"
    await ami.stop()


async def test_there_is_one_connection_at_a_time() -> None:
    """Twenty losses in a row leave one connection, and no reconnect of panoramisk's."""
    async with FakeAmi() as ami, running(ami, backoff_max=0.01) as (link, _):
        for lost in range(1, 21):
            ami.session.drop()
            await until(partial(_came_back, link, lost))
            assert ami.open == 1


def _came_back(link: Link, times: int) -> bool:
    return link.state.up and link.state.reconnects == times


def test_back_off_grows_to_its_limit_with_jitter() -> None:
    """Waits are spread over the whole of a range that doubles, up to the longest."""
    link = Link(link_module.LinkConfig(PBX, PKY), lambda _: None)

    def longest(count: int) -> float:
        return max(link._back_off(count, refused=False) for _ in range(400))

    assert 0.15 < longest(1) <= 0.2
    assert 0.6 < longest(3) <= 0.8
    assert 0.8 < longest(50) <= 1.0
    assert min(link._back_off(50, refused=False) for _ in range(400)) < 0.1
    assert link._back_off(1, refused=True) == 5.0


async def test_close_while_down_does_not_reconnect() -> None:
    """A link that is cancelled while it waits to reconnect stays closed."""
    async with FakeAmi() as ami:
        async with running(ami, backoff_first=0.05) as (link, _):
            ami.session.drop()
            await until(lambda: not link.state.up)
        seen = len(ami.sessions)
        await passing(0.2)
        assert len(ami.sessions) == seen
        assert ami.open == 0


async def test_close_while_up_is_for_good() -> None:
    """A cancelled link closes its connection, says that it is down, and opens none."""
    async with FakeAmi() as ami:
        async with running(ami) as (link, events):
            pass
        await until(lambda: ami.open == 0)
        await passing(0.2)
        assert len(ami.sessions) == 1
        assert isinstance(events[-1], LinkDown)
        assert not link.state.up


async def test_close_while_connecting_leaves_no_connection() -> None:
    """Cancelled in the instant of the connect, neither a socket nor a task stays behind."""
    async with FakeAmi() as ami:
        for pauses in range(8):
            link = Link(config(ami), lambda _: None)
            task = asyncio.create_task(link.run())
            for _ in range(pauses):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        await until(lambda: ami.open == 0)


async def test_sending_before_the_connection_fails_and_raises_nothing() -> None:
    """An effect for a link that never ran comes back as ActionFailed."""
    events: list[Event] = []
    link = Link(link_module.LinkConfig(PBX, PKY), events.append)
    link.send(BEAT)
    assert failures(events) == [(BEAT, "there is no link to pbx1")]
    assert link.state.actions_failed == 1
    with pytest.raises(LinkError, match="there is no link"):
        await link.request({"Action": "Ping"})


@pytest.mark.parametrize("bad", ["\r\n", "\r", "\n", "\0", "\r\n\r\n", "\ud800"])
async def test_a_line_break_in_a_value_is_refused(bad: str) -> None:
    """No value can begin a second header or action; not one byte of it is sent."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        effect: Effect = LabelCall(
            PBX, Uniqueid("1.1"), "PJSIP/trunk-1", f"PKY-1{bad}Action: Inert"
        )
        link.send(effect)
        assert [one for one, _ in failures(events)] == [effect]
        assert link.state.actions_invalid == 1
        with pytest.raises(LinkError, match=r"not sent|Unicode"):
            await link.request({"Action": "Inert", f"A{bad}": "x"})
        link.send(BEAT)
        await until(lambda: ami.names()[-1] == "Setvar")
        assert b"Inert" not in ami.raw


async def test_a_bad_second_action_of_an_effect_stops_the_first() -> None:
    """An effect is sent whole or not at all."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        link.send(PauseMember(PBX, CentreCode("PKY"), SeatId("seat-01\n"), "lunch"))
        assert len(failures(events)) == 1
        link.send(BEAT)
        await until(lambda: ami.names()[-1] == "Setvar")
        assert "QueuePause" not in ami.names()


async def test_a_character_split_over_two_reads_is_not_lost() -> None:
    """UTF-8 is decoded in whole messages only, wherever TCP cut them."""
    member = {"Queue": "sip112-PKY", "Name": "Siti á 你好", "Location": "PJSIP/seat-01"}
    async with FakeAmi() as ami:
        ami.silent("QueueStatus")
        async with running(ami, up=False, ping_interval=5.0) as (link, events):
            asked = await ami.received("QueueStatus")
            answer = whole_list(asked, ("QueueMember", {**member, "Status": "1"}))
            await ami.session.write_in_pieces(answer)
            await until(lambda: link.state.up)
            [snapshot] = events
            assert isinstance(snapshot, Snapshot)
            assert snapshot.members[0].agent == "Siti á 你好"


async def test_queue_add_does_not_hang() -> None:
    """Its answer ("Added interface to queue") is one response, and no list is waited for."""
    async with FakeAmi() as ami:
        ami.on["QueueAdd"] = partial(response, Message="Added interface to queue")
        async with session(config(ami)) as connection:
            answer = await connection.request({"Action": "QueueAdd", "Queue": "q"}, 1.0)
        assert [one["Message"] for one in answer] == ["Added interface to queue"]


async def test_originate_without_async_does_not_drop_the_link() -> None:
    """Whatever an answer says ("successfully queued"), it is only read, never reasoned about."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.on["Originate"] = partial(response, Message="Originate successfully queued")
        [answer] = await link.request({"Action": "Originate", "Channel": "Local/x@y"})
        assert answer["Message"] == "Originate successfully queued"
        assert link.state.up


def test_a_mistyped_header_is_not_an_empty_string() -> None:
    """A message holds the wanted headers, spelled as in the table; any other is a KeyError."""
    read = EventReader(EVENTS).read(ended(1).decode().removesuffix("\r\n\r\n"))
    assert read is not None
    assert read["Uniqueid"] == "1700000000.1"
    with pytest.raises(KeyError):
        read["UniqueID"]


@pytest.mark.parametrize("tail", ["Note: ", "Note:"])
def test_an_empty_last_header_is_kept(tail: str) -> None:
    """A header without a value is there, and empty, also at the end of a message."""
    block = f"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Sip112End\r\n{tail}"
    read = EventReader(EVENTS).read(block)
    assert read == {"Event": "UserEvent", "UserEvent": "Sip112End", "Note": ""}


async def test_list_items_reach_the_answer_and_not_the_events() -> None:
    """Items belong to whoever asked, even when they are events that are also heard live."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        live, item = ended(1), {"Uniqueid": "1700000000.9", "DestChannel": "PJSIP/a-1"}
        ami.on["Bridges"] = lambda action: live + whole_list(action, ("DialBegin", item)) + live
        first, found = await link.request({"Action": "Bridges"})
        assert first["EventList"] == "start"
        assert found["Uniqueid"] == item["Uniqueid"]
        await until(lambda: ends(events) == [1, 1])
        assert link._connection is not None
        assert link._connection.protocol._lists == 0


def test_call_manager_and_panoramisk_testing_are_not_used() -> None:
    """Of panoramisk only Manager is imported, and only by the link."""
    source = Path(link_module.__file__).parent
    imported = {
        (path.name, ast.unparse(node))
        for path in source.parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom) and "panoramisk" in ast.unparse(node)
    }
    assert imported == {("link.py", "from panoramisk.manager import Manager")}


def test_panoramisk_still_reconnects_by_itself() -> None:
    """The reason for overriding it is still there; when this fails, `_Manager` can go."""
    reconnect = "call_later(self.reconnect_timeout, self.connect)"
    assert reconnect in inspect.getsource(Manager.connection_made)
    assert reconnect in inspect.getsource(Manager.connection_lost)


async def test_a_heart_that_is_not_heard_stops() -> None:
    """A link that is dead one way must not keep Asterisk from ringing by itself."""
    async with FakeAmi() as ami, running(ami, ping_interval=0.2, ping_timeout=0.3) as (link, _):
        link.send(BEAT)
        await until(lambda: ami.names().count("Setvar") == 1)
        await link.settled()
        ami.silent("Setvar")
        link.send(BEAT)
        link.send(BEAT)
        link.send(ring())
        await ami.received("Redirect")
        assert ami.names().count("Setvar") == 2
        del ami.on["Setvar"]

        def heard_again() -> bool:
            link.send(BEAT)
            return ami.names().count("Setvar") > 5

        await until(heard_again)
        assert ami.sessions == [ami.session], "Asterisk was slow once, and the link lived"
