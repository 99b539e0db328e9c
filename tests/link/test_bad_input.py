"""An AMI that answers late, never, in pieces, wrongly, or that is none: each has its error."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from functools import partial
from pathlib import Path

import pytest
import structlog
import uvloop

from sip112.ami import link as link_module
from sip112.ami.link import ActionRefused, LinkError, session
from sip112.ami.protocol import Refused
from sip112.routing.effects import Beat, PauseMember
from sip112.routing.events import ActionFailed, CallEnded, LinkDown, Snapshot
from sip112.routing.ids import CentreCode, Instant, SeatId
from tests.link.fake_ami import (
    PBX,
    PKY,
    SECRET,
    FakeAmi,
    config,
    ended,
    ends,
    event,
    list_end,
    list_start,
    message,
    nothing,
    response,
    running,
    until,
)

LISTS = ("Status", "QueueStatus", "DBGetTree")
BEAT = Beat(PBX, PKY, Instant(1_700_000_000.0))


async def test_a_late_answer_changes_nothing() -> None:
    """Once an effect has timed out it has failed; its answer is counted and forgotten."""
    async with FakeAmi() as ami, running(ami, action_timeout=0.05) as (link, events):
        ami.silent("Setvar")
        link.send(BEAT)
        asked = await ami.received("Setvar")
        await until(lambda: link.state.actions_timed_out == 1)
        ami.session.write(response(asked, "Error", Message="too late"))
        await until(lambda: link.state.traffic.late == 1)
        assert sum(isinstance(one, ActionFailed) for one in events) == 1
        assert link.state.up
        assert not link.state.traffic.refused


async def test_an_error_fails_the_effect_in_asterisks_words() -> None:
    """What Asterisk says against an action is the reason that the desk gets."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.on["Setvar"] = partial(response, word="Error", Message="No such channel")
        link.send(BEAT)
        await until(lambda: link.state.actions_failed)
        failed = events[-1]
        assert isinstance(failed, ActionFailed)
        assert (failed.action, failed.reason, failed.pbx) == (BEAT, "No such channel", PBX)


@pytest.mark.parametrize("first", ["QueuePause", "Setvar"])
async def test_an_effect_of_two_actions_fails_once(first: str) -> None:
    """Whichever is refused, and whatever comes of the other, there is one failure."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.on[first] = partial(response, word="Error", Message=f"no {first}")
        link.send(PauseMember(PBX, CentreCode("PKY"), SeatId("seat-01"), "lunch"))
        await until(lambda: link.state.actions_failed)
        ami.on.pop(first)
        link.send(BEAT)
        await until(lambda: not link._unanswered)
        assert [one.reason for one in events if isinstance(one, ActionFailed)] == [f"no {first}"]
        assert link.state.actions_sent == 3


@pytest.mark.parametrize("word", ["Error", "Failure", "", "Perhaps"])
async def test_only_success_is_success(word: str) -> None:
    """A response in a word that Asterisk does not use counts as a refusal."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.on["Setvar"] = partial(response, word=word)
        link.send(BEAT)
        await until(lambda: link.state.actions_failed)


async def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    """A response with an ActionID of somebody's invention reaches no effect."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.silent("Setvar")
        link.send(BEAT)
        prefix = (await ami.received("Setvar"))["ActionID"].rpartition("-")[0]
        for forged in ("1", "", "action/1/1", f"{prefix}-99999", f"{prefix}-x"):
            ami.session.write(message(("Response", "Error"), ("ActionID", forged)))
        await until(lambda: link.state.traffic.refused[Refused.UNASKED] == 5)
        assert [type(one) for one in events] == [Snapshot]


async def test_a_dialogue_in_single_bytes_works() -> None:
    """Banner, login, lists, events: nothing depends on where TCP cuts."""
    async with FakeAmi() as ami:
        ami.banner = b""
        ami.silent("Login", *LISTS)
        async with running(ami, up=False, ping_interval=9.0) as (link, events):
            await until(lambda: ami.sessions)
            write = ami.session.write_in_pieces
            await write(b"Asterisk Call Manager/11.0.0\r\n")
            await write(response(await ami.received("Login")))
            await until(lambda: ami.names().count("DBGetTree") == 2)
            for asked in [one for one in ami.actions if one["Action"] in LISTS]:
                await write(list_start(asked) + list_end(asked))
            await write(ended(1) + ended(2))
            await until(lambda: ends(events) == [1, 2])
            assert link.state.reconnects == 0


async def test_a_server_that_says_nothing_is_given_up() -> None:
    """An open port without a banner is an error that names it."""
    async with FakeAmi() as ami:
        ami.banner = b""
        async with running(ami, up=False, login_timeout=0.1) as (link, _):
            await until(lambda: link.state.last_error)
            assert "says nothing" in (link.state.last_error or "")
            assert ami.names() == []


async def test_a_server_that_is_no_asterisk_is_named() -> None:
    """No secret is sent to what does not greet as Asterisk's manager does."""
    async with FakeAmi() as ami:
        ami.banner = b"SSH-2.0-OpenSSH_9.6\r\n"
        async with running(ami, up=False) as (link, _):
            await until(lambda: link.state.last_error)
            assert "not Asterisk's manager (it began with b'SSH-2.0" in (
                link.state.last_error or ""
            )
            assert SECRET.encode() not in ami.raw


async def test_an_unknown_version_is_warned_of_and_used() -> None:
    """A newer Asterisk is no reason to leave calls alone."""
    async with FakeAmi() as ami:
        ami.banner = b"Asterisk Call Manager/99.1.0\r\n"
        with structlog.testing.capture_logs() as logs:
            async with running(ami) as (link, _):
                assert link.state.version == "99.1.0"
        [warning] = [log for log in logs if log["log_level"] == "warning" and "version" in log]
        assert warning["version"] == "99.1.0"


async def test_the_version_that_was_tested_gives_no_warning() -> None:
    """Asterisk 22 greets with 11, in any minor version."""
    async with FakeAmi() as ami:
        with structlog.testing.capture_logs() as logs:
            async with running(ami):
                pass
        assert not [log for log in logs if "version is not" in log["event"]]


async def test_the_secret_is_in_no_log_and_no_representation() -> None:
    """Neither success nor refusal writes it anywhere."""
    async with FakeAmi() as ami:
        with structlog.testing.capture_logs() as logs:
            async with running(ami):
                pass
            async with running(ami, up=False, secret="wrong horse") as (link, _):
                await until(lambda: link.state.last_error)
        text = f"{logs} {config(ami)} {link.state}"
        assert "horse" not in text
        assert "Authentication failed" in text


async def test_a_hundred_megabytes_without_an_end_do_not_eat_memory() -> None:
    """The link is made anew at the limit; what else comes is not taken."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        first = ami.session
        with pytest.raises(ConnectionError):
            await first.write_in_pieces(b"x" * (100 << 20), 1 << 18)
        await until(lambda: link.state.reconnects == 1)
        assert "did not end within 1048576 bytes" in (link.state.last_error or "")
        assert link.state.traffic.received_bytes < 4 << 20
        assert LinkDown in {type(one) for one in events}
        # 100 MB are the test's own; on Linux ru_maxrss is in kilobytes
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120 << 10


async def test_a_list_without_an_end_is_bounded() -> None:
    """Items for ever, each of them fine, end the connection at the bound."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.on["Forever"] = list_start
        request = asyncio.create_task(link.request({"Action": "Forever"}))
        asked = await ami.received("Forever")
        connection = link._connection
        assert connection is not None
        connection.protocol._list_limit = 10_000
        item = message(("Event", "Item"), ("ActionID", asked["ActionID"]), ("Fill", "x" * 100))
        ami.session.write(item * 100)
        with pytest.raises(LinkError, match="a list did not end within 10000 bytes"):
            await request


async def test_a_list_that_is_cancelled_is_an_error() -> None:
    """A list that Asterisk broke off is not taken for a whole one."""
    async with FakeAmi() as ami:
        ami.on["Half"] = lambda action: list_start(action) + list_end(action, "cancelled")
        async with session(config(ami)) as connection:
            with pytest.raises(LinkError, match="broke off its answer to Half"):
                await connection.request({"Action": "Half"}, 1.0)


async def test_a_list_that_ends_in_an_error_is_that_error() -> None:
    """A response in the middle of a list is no item of it."""
    async with FakeAmi() as ami:
        ami.on["Half"] = lambda action: list_start(action) + response(action, "Error", Message="x")
        async with session(config(ami)) as connection:
            with pytest.raises(ActionRefused, match="refused Half: x"):
                await connection.request({"Action": "Half"}, 1.0)


async def test_hostile_items_of_a_list_are_left_out_of_it() -> None:
    """A snapshot is made of the rest; the link stays."""
    members = [
        ("QueueMember", {"Queue": "sip112-PKY", "Name": "ani", "Location": "PJSIP/seat-01"}),
        ("QueueMember\r\nLocation: x", {"Queue": "sip112-PKY", "Location": "PJSIP/seat-02"}),
    ]
    async with FakeAmi() as ami:
        ami.items["QueueStatus"] = [(name, {**item, "Status": "1"}) for name, item in members]
        async with running(ami) as (link, events):
            [snapshot] = events
            assert isinstance(snapshot, Snapshot)
            assert [member.seat for member in snapshot.members] == ["seat-01"]
            assert link.state.traffic.refused == {Refused.DUPLICATE: 1}


async def test_hostile_events_are_refused_counted_and_not_translated() -> None:
    """Neither a broken message nor one that the dialplan cannot have sent becomes an event."""
    uniqueid = "1700000000.7"
    hostile = {
        Refused.NO_KIND: message(("Uniqueid", uniqueid), ("Event", "UserEvent")),
        Refused.NO_PRIVILEGE: message(("Event", "UserEvent"), ("UserEvent", "Sip112End")),
        Refused.DUPLICATE: event("UserEvent", UserEvent="Sip112End", Uniqueid=uniqueid).replace(
            b"Uniqueid", b"Uniqueid: 1\r\nUniqueid"
        ),
        Refused.CONTENT: event("UserEvent", UserEvent="Sip112End", Uniqueid="no such thing"),
    }
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.session.write(b"".join(hostile.values()) + ended(1))
        await until(lambda: ends(events) == [1])
        assert link.state.traffic.refused == dict.fromkeys(hostile, 1)
        assert link.state.up


async def test_a_timestamp_that_is_none_refuses_the_event() -> None:
    """Asterisk's own clock is never a word."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        ami.session.write(ended(1).replace(b"Timestamp: 17", b"Timestamp: x") + ended(2))
        await until(lambda: ends(events) == [2])
        assert link.state.traffic.refused == {Refused.CONTENT: 1}


async def test_an_event_has_the_time_that_asterisk_gives_it() -> None:
    """The PBX's clock counts; where it is not told, the time of receipt."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        untimed = ended(2).replace(b"Timestamp: 1700000000.123456\r\n", b"")
        ami.session.write(ended(1) + untimed)
        await until(lambda: ends(events) == [1, 2])
        first, second = (one.at for one in events if isinstance(one, CallEnded))
        assert first == 1700000000.123456
        assert second > link.state.since > 1700000001


async def test_a_flood_of_hostile_messages_does_not_flood_the_log() -> None:
    """The 1st, 10th and 100th are logged, and nothing of what they said."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        with structlog.testing.capture_logs() as logs:
            ami.session.write(b"Hostile: 08125550199\r\n\r\n" * 500)
            await until(lambda: link.state.traffic.refused[Refused.NO_KIND] == 500)
        assert [log["count"] for log in logs if "refused" in log["event"]] == [1, 10, 100]
        assert "0812555" not in str(logs)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("Permission denied", "manager-sip112.conf"),
        ("Invalid/unknown command: QueueStatus. Use Action: ListCommands", "still starting"),
        ("", "no reason given"),
    ],
)
async def test_a_refused_list_says_what_to_do(answer: str, remedy: str) -> None:
    """Without a snapshot there is no link, and the error tells why."""
    async with FakeAmi() as ami:
        ami.on["QueueStatus"] = partial(response, word="Error", Message=answer)
        async with running(ami, up=False) as (link, events):
            await until(lambda: len(ami.sessions) > 1)
            assert f"Asterisk refused QueueStatus: {answer}" in (link.state.last_error or "")
            assert remedy in (link.state.last_error or "")
            assert events == []


async def test_a_request_times_out_and_is_forgotten() -> None:
    """A tool that gets no answer is told so; the link stays up."""
    async with FakeAmi() as ami, running(ami, ping_interval=9.0) as (link, _):
        ami.silent("CoreSettings")
        with pytest.raises(LinkError, match=r"did not answer CoreSettings within 0\.05 s"):
            await link.request({"Action": "CoreSettings"}, within=0.05)
        assert link.state.up
        assert link._connection is not None
        await until(lambda: link._connection and not link._connection.protocol._asked)


async def test_a_refused_request_carries_asterisks_word() -> None:
    """Tools can tell a refusal from a failure."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.on["X"] = partial(response, word="Error", Message="Permission denied")
        with pytest.raises(ActionRefused, match="lacks a right") as refused:
            await link.request({"Action": "X"})
        assert refused.value.message == "Permission denied"


async def test_a_request_whose_link_breaks_is_told() -> None:
    """Nobody waits for an answer that cannot come."""
    async with FakeAmi() as ami, running(ami) as (link, _):
        ami.silent("X")
        request = asyncio.create_task(link.request({"Action": "X"}))
        await ami.received("X")
        ami.session.drop()
        with pytest.raises(LinkError, match="Asterisk closed the connection"):
            await request


async def test_a_session_for_tools_hears_no_events_and_closes() -> None:
    """It logs in without events, asks, and leaves nothing open."""
    async with FakeAmi() as ami:
        async with session(config(ami)) as connection:
            [answer] = await connection.request({"Action": "Ping"}, 1.0)
            assert answer["Ping"] == "Pong"
        await until(lambda: ami.open == 0)
        assert ami.actions[0]["Events"] == "off"


async def test_a_session_that_broke_says_so() -> None:
    """A request on a connection that is gone fails at once."""
    async with FakeAmi() as ami, session(config(ami)) as connection:
        ami.session.drop()
        await connection.protocol.closed.wait()
        with pytest.raises(LinkError, match="Ping: there is no connection"):
            await connection.request({"Action": "Ping"}, 1.0)


async def test_a_session_that_cannot_be_says_why() -> None:
    """Each way in which a check can fail has its own sentence."""
    async with FakeAmi() as ami:
        with pytest.raises(LinkError, match="refused the login"):
            async with session(config(ami, secret="wrong")):
                pass
        ami.on["Login"] = nothing
        with pytest.raises(LinkError, match="did not answer Login"):
            async with session(config(ami, login_timeout=0.05)):
                pass
    with pytest.raises(LinkError, match="cannot connect"):
        async with session(config(ami)):
            pass
    with pytest.raises(LinkError, match=r"cannot connect to sip112\.invalid:1"):
        async with session(config(ami, host="sip112.invalid", port=1)):
            pass


async def test_a_recording_that_cannot_be_opened_does_not_stop_the_link(tmp_path: Path) -> None:
    """Calls matter more than recordings of them."""
    async with FakeAmi() as ami, running(ami, record=tmp_path / "no" / "such"):
        pass


async def test_an_address_that_swallows_connections_is_given_up() -> None:
    """A host that neither accepts nor refuses costs the connect time-out, and is named."""
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(2):  # fill its queue: what comes now gets no answer
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)  # noqa: FBT003 - the socket module's own signature
            one.connect_ex(full.getsockname())
        ami = FakeAmi()
        ami.port = full.getsockname()[1]
        with pytest.raises(LinkError, match="does not answer: check host and port"):
            async with session(config(ami, connect_timeout=0.1)):
                pass


async def test_events_that_do_not_concern_us_are_not_put() -> None:
    """Another queue's callers are read, and are nobody's event."""
    async with FakeAmi() as ami, running(ami) as (link, events):
        join = event("QueueCallerJoin", Queue="sales", Position="1", Uniqueid="1700000000.5")
        ami.session.write(join + ended(1))
        await until(lambda: ends(events) == [1])
        assert link.state.traffic.events == {"QueueCallerJoin": 1, "UserEvent": 1}


async def test_a_fault_in_making_an_action_fails_the_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sending never raises, whatever is wrong with us."""

    def broken(_: object) -> tuple[()]:
        msg = "a fault of ours"
        raise RuntimeError(msg)

    async with FakeAmi() as ami, running(ami) as (link, events):
        monkeypatch.setattr(link_module, "actions", broken)
        link.send(BEAT)
        [failed] = [one for one in events if isinstance(one, ActionFailed)]
        assert "a fault in sip112" in failed.reason


async def test_an_error_that_lasts_is_logged_once() -> None:
    """The log tells what is new; how it is now is in the state."""
    async with FakeAmi() as ami:
        with structlog.testing.capture_logs() as logs:
            async with running(ami, up=False, secret="wrong"):
                await until(lambda: len(ami.sessions) == 4)
        assert len([log for log in logs if log["event"] == "ami link cannot be kept"]) == 1


async def test_a_login_on_a_connection_that_breaks_says_so() -> None:
    """Cut between banner and answer the error is the loss, not the login."""
    async with FakeAmi() as ami:
        ami.silent("Login")
        async with running(ami, up=False) as (link, _):
            await ami.received("Login")
            ami.session.drop()
            await until(lambda: link.state.last_error)
            assert "Asterisk closed the connection" in (link.state.last_error or "")


async def test_a_connection_that_ends_before_the_banner_says_so() -> None:
    """As a firewall or a full Asterisk does."""
    async with FakeAmi() as ami:
        ami.banner = b""
        async with running(ami, up=False) as (link, _):
            await until(lambda: ami.sessions)
            ami.session.drop()
            await until(lambda: link.state.last_error)
            assert "Asterisk closed the connection" in (link.state.last_error or "")


def test_the_link_runs_on_uvloop() -> None:
    """The service's own event loop: login, snapshot, event, effect, loss, login."""

    async def scenario() -> None:
        async with FakeAmi() as ami, running(ami) as (link, events):
            ami.session.write(ended(1))
            link.send(BEAT)
            await ami.received("Setvar")
            await until(lambda: ends(events) == [1] and not link._unanswered)
            ami.session.drop()
            await until(lambda: link.state.reconnects == 1)
            assert [type(one) for one in events] == [Snapshot, CallEnded, LinkDown, Snapshot]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
