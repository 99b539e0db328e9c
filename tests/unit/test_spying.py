"""Supervisors who listen, whisper and barge in: what Asterisk is asked for, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import CallState, OfferResult
from sip112.routing.effects import Refusal, Way
from sip112.routing.ids import AgentId, CentreCode, PbxId, SeatId, Uniqueid
from sip112.routing.rooms import STEER_S
from sip112.routing.seat import Device, SeatState
from sip112.routing.spy import Spy, SpyEnd, SpyMode, SpyState
from sip112.routing.spying import YOUNG_S
from sip112.routing.started import Line, Purpose
from tests.unit.centre import PBX, PKY, Centre

SEAT, BY, THIRD = SeatId("seat-01"), SeatId("seat-02"), SeatId("seat-03")
LISTEN, WHISPER, BARGE = SpyMode
R = Refusal
LEG, PHONE = f"PJSIP/{SEAT}-0000000a", f"PJSIP/{BY}-0000000b"


def talking(*on_duty: str, **config: Any) -> tuple[Centre, Uniqueid]:
    """Return a centre where a caller talks with `SEAT`, and the seats `on_duty` are free."""
    centre = Centre(SEAT, BY, THIRD, **config).with_seats(SEAT)
    call = centre.arrives()
    centre.talks(call, SEAT)
    for seat in on_duty:
        centre.log_in(seat)
    return centre, call


def ask(
    centre: Centre, mode: SpyMode = LISTEN, target: str = SEAT, by: str = BY
) -> Refusal | bool | None:
    """Ask to listen; return the refusal, or True while there is no reply yet."""
    fields = {"target": SeatId(target), "mode": mode, "who": "dewi"}
    reply = centre.command(e.StartSpying, by, **fields)
    return True if reply is None else reply.refusal


def stop(centre: Centre, target: str = SEAT, by: str = BY) -> Refusal | bool | None:
    """Ask to listen no longer."""
    reply = centre.command(e.StopSpying, by, target=SeatId(target))
    return True if reply is None else reply.refusal


def the(centre: Centre) -> Spy:
    """Return the one spy."""
    [found] = centre.desk.spies()
    return found


def told(centre: Centre) -> list[Spy]:
    """Return the spies that the last event told of."""
    return [each.spy for each in centre.did(f.Spied)]


def picked_up(centre: Centre, result: OfferResult = OfferResult.ANSWERED) -> None:
    """Let the supervisor's phone be picked up, or not."""
    subject = f"{the(centre).handle}*listen"
    centre.give(e.CallStarted(centre.at, PBX, Purpose.SPY, subject, result))


def taps(centre: Centre, mode: SpyMode = LISTEN) -> None:
    """Let the supervisor's phone be where it listens."""
    centre.give(e.SpyTaps(centre.at, PBX, PKY, the(centre).handle, mode))


def gone(centre: Centre, handle: str = "") -> None:
    """Let the channel of the supervisor's phone end."""
    centre.give(e.SpyGone(centre.at, PBX, handle or the(centre).handle))


def spying(mode: SpyMode = LISTEN, *on_duty: str, **config: Any) -> tuple[Centre, Uniqueid]:
    """Return a centre where a supervisor listens in that mode to the call."""
    centre, call = talking(*on_duty, **config)
    assert ask(centre, mode) is None
    picked_up(centre)
    taps(centre, WHISPER if mode is WHISPER else LISTEN)
    if mode is BARGE:
        joins(centre, call)
    return centre, call


def joins(centre: Centre, call: Uniqueid) -> None:
    """Let caller, seat and supervisor come into the room."""
    room(centre, call)
    party(centre, call, BY, the(centre).handle, PHONE)


def room(centre: Centre, call: Uniqueid) -> None:
    """Let caller and seat come into the room."""
    channel = centre.call(call).channel
    centre.give(e.PartyJoined(centre.at, PBX, call, call, channel, Line(), aside=False))
    party(centre, call, SEAT, f"{call}s", LEG)


def party(centre: Centre, call: Uniqueid, seat: str, party: str, channel: str) -> None:
    """Let a seat come into the room."""
    line = Line(SeatId(seat))
    centre.give(e.PartyJoined(centre.at, PBX, call, Uniqueid(party), channel, line, aside=False))


def leaves(centre: Centre, call: Uniqueid, channel: str, *, sent: bool = False) -> None:
    """Let somebody leave the room."""
    centre.give(e.PartyLeft(centre.at, PBX, call, Uniqueid("9"), channel, sent))


# --- listening -----------------------------------------------------------------------------


def test_the_supervisors_phone_is_called() -> None:
    """And nothing else: the call is not touched, nor told of in the journal."""
    centre, call = talking()
    before = centre.call(call)
    assert ask(centre) is None
    [order] = centre.actions
    handle = the(centre).handle
    assert order == f.StartCall(
        PBX,
        PKY,
        Purpose.SPY,
        f"{handle}*listen",
        Line(BY),
        15,
        name=f"listen {SEAT}",
        handle=handle,
        tapped=LEG,
    )
    assert told(centre) == [the(centre)]
    assert the(centre) == Spy(
        centre=PKY,
        by=BY,
        who="dewi",
        seat=SEAT,
        agent=centre.seat(SEAT).agent,
        call=before.id,
        ticket_number=before.ticket_number,
        pbx=PBX,
        handle=handle,
        mode=LISTEN,
        since=centre.at,
    )
    assert centre.records == []
    assert centre.call(call) == before


def test_it_is_on_when_asterisk_says_so_and_over_when_it_is_gone() -> None:
    """Each is told once, with when it was."""
    centre, call = talking()
    ask(centre)
    picked_up(centre)
    assert centre.last == []
    began = centre.at
    taps(centre)
    [on] = told(centre)
    assert (on.state, on.began_at) == (SpyState.ON, began)
    taps(centre)
    assert centre.last == []
    centre.now += 7
    gone(centre)
    [over] = told(centre)
    assert (over.state, over.began_at, over.ended_at) == (SpyState.OVER, began, centre.at)
    assert over.end is SpyEnd.GONE
    assert centre.desk.spies() == []
    assert centre.call(call).state is CallState.TALKING


def test_another_mode_leads_the_phone_elsewhere() -> None:
    """It is answered when Asterisk tells; the phone does not ring again."""
    centre, _ = spying()
    assert ask(centre, WHISPER) is True
    assert centre.actions == [f.Tap(PBX, the(centre).handle, WHISPER)]
    assert the(centre).mode is LISTEN
    taps(centre, WHISPER)
    assert the(centre).mode is WHISPER
    assert centre.replies[0].refusal is None
    assert ask(centre, WHISPER) is None
    assert centre.actions == []


def test_another_mode_while_the_phone_rings() -> None:
    """It is that as soon as it is picked up."""
    centre, _ = talking()
    ask(centre)
    assert ask(centre, WHISPER) is None
    assert centre.actions == []
    assert told(centre)[0].mode is the(centre).mode is WHISPER
    taps(centre, LISTEN)
    assert centre.actions == [f.Tap(PBX, the(centre).handle, WHISPER)]
    taps(centre, WHISPER)
    assert centre.replies == []
    assert the(centre).mode is WHISPER


def test_what_is_heard_late_of_a_change_is_waited_for() -> None:
    """It may still tell of the mode before."""
    centre, _ = spying()
    assert ask(centre, WHISPER) is True
    taps(centre, LISTEN)
    assert centre.actions == []
    assert centre.replies == []


def test_a_whisper_begins_as_one() -> None:
    """The dialplan is told at once."""
    centre, _ = talking()
    ask(centre, WHISPER)
    [order] = centre.did(f.StartCall)
    assert order.subject.endswith("*whisper")
    assert order.name == f"whisper {SEAT}"
    taps(centre, WHISPER)
    assert centre.actions == []


# --- barging in ----------------------------------------------------------------------------


def test_who_barges_in_joins_the_room_of_the_call() -> None:
    """Into which caller and seat go first; it is on when the supervisor is there too."""
    centre, call = spying()
    assert ask(centre, BARGE) is True
    assert centre.actions == [
        f.Take(PBX, call, ((centre.call(call).channel, Way.CALLER), (LEG, Way.WITH))),
        f.Take(PBX, call, ((the(centre).handle, Way.WITH),)),
    ]
    room(centre, call)
    assert the(centre).mode is LISTEN
    party(centre, call, BY, the(centre).handle, PHONE)
    assert the(centre).mode is BARGE
    assert centre.replies[-1].refusal is None
    assert centre.seat(BY).state is SeatState.TALKING


def test_barging_in_at_once_begins_with_listening() -> None:
    """There is one way into the room."""
    centre, _ = talking()
    ask(centre, BARGE)
    [order] = centre.did(f.StartCall)
    assert order.subject.endswith("*listen")
    assert order.name == f"barge {SEAT}"
    taps(centre)
    assert [type(each) for each in centre.actions] == [f.Take, f.Take]


def test_a_call_that_has_a_room_stays_there() -> None:
    """Also one on hold: the supervisor is with the caller, and the seat where it was."""
    centre, call = spying()
    room(centre, call)
    assert ask(centre, BARGE) is True
    assert centre.actions == [f.Take(PBX, call, ((the(centre).handle, Way.WITH),))]


def test_who_barged_in_listens_again() -> None:
    """The room goes on without them."""
    centre, call = spying(BARGE)
    assert ask(centre, LISTEN) is True
    assert centre.actions == [f.Tap(PBX, the(centre).handle, LISTEN)]
    leaves(centre, call, PHONE, sent=True)
    assert the(centre).mode is BARGE
    taps(centre)
    assert the(centre).mode is LISTEN
    assert centre.seat(BY).call is None
    assert [each.line.seat for each in centre.call(call).parties] == [SEAT]


def test_the_seat_leaves_and_the_supervisor_has_the_call() -> None:
    """It is a call like others from then on: nobody spies, and nobody is hung up."""
    centre, call = spying(BARGE)
    leaves(centre, call, LEG)
    [over] = told(centre)
    assert (over.mode, over.end) == (BARGE, SpyEnd.TAKES_PART)
    assert centre.desk.spies() == []
    assert centre.actions == []
    assert centre.call(call).seat == BY
    leaves(centre, call, PHONE)
    assert centre.did(f.Take) == [f.Take(PBX, call, ((centre.call(call).channel, Way.END),))]


def test_the_call_ends_with_the_supervisor_in_it() -> None:
    """Their phone goes with it."""
    centre, call = spying(BARGE)
    handle = the(centre).handle
    centre.hangs_up(call)
    assert the(centre).state is SpyState.ON
    gone(centre, handle)
    assert told(centre)[0].end is SpyEnd.GONE
    assert centre.nothing_is_left()


def test_a_call_that_is_being_steered_is_not_barged_into() -> None:
    """Not now; who asked for it when the phone rang gets it as soon as that is done."""
    for asked in (LISTEN, BARGE):
        centre, call = talking()
        ask(centre, asked)
        this = centre.call(call).id
        centre.give(e.Hold(centre.at, 77, this, SEAT))
        taps(centre)
        assert centre.actions == []
        if asked is LISTEN:
            assert ask(centre, BARGE) is R.CHANGING
            assert the(centre).mode is LISTEN
            continue
        aside = e.PartyJoined(centre.at, PBX, call, Uniqueid("1"), LEG, Line(SEAT), aside=True)
        centre.give(aside)
        centre.give(
            e.PartyJoined(
                centre.at, PBX, call, call, centre.call(call).channel, Line(), aside=False
            )
        )
        centre.tick()
        assert centre.did(f.Take) == [f.Take(PBX, call, ((the(centre).handle, Way.WITH),))]


# --- its end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", SpyMode)
def test_a_supervisor_stops(mode: SpyMode) -> None:
    """The phone is hung up, and that is all."""
    centre, call = spying(mode)
    assert stop(centre) is True
    assert centre.actions == [f.SendOff(PBX, the(centre).handle)]
    assert stop(centre) is R.CHANGING
    assert ask(centre, WHISPER) is R.CHANGING
    if mode is BARGE:
        leaves(centre, call, PHONE)
    gone(centre)
    assert told(centre)[0].end is SpyEnd.STOPPED
    assert centre.replies[0].refusal is None
    assert centre.call(call).state is CallState.TALKING


def test_a_phone_that_is_not_picked_up() -> None:
    """It is told why."""
    centre, _ = talking()
    ask(centre)
    picked_up(centre, OfferResult.NO_ANSWER)
    [over] = told(centre)
    assert (over.end, over.result) == (SpyEnd.NOT_REACHED, OfferResult.NO_ANSWER)
    assert over.began_at is None
    assert ask(centre) is None


def test_an_order_that_asterisk_does_not_take() -> None:
    """As if the phone were not there; what is told late changes nothing."""
    centre, _ = talking()
    ask(centre)
    [order] = centre.did(f.StartCall)
    failed = e.ActionFailed(centre.at, PBX, order, "Permission denied")
    centre.give(failed)
    assert told(centre)[0].result is OfferResult.FAILED
    assert centre.give(failed) == []
    assert centre.desk.ignored["StartCall that failed for no spy"] == 1


def test_a_phone_that_rings_is_called_off_with_the_call() -> None:
    """Asterisk may not know the phone's channel yet: it is asked again."""
    centre, call = talking()
    ask(centre)
    centre.hangs_up(call)
    off = f.SendOff(PBX, the(centre).handle)
    assert centre.did(f.SendOff) == [off]
    centre.give(e.ActionFailed(centre.at, PBX, off, "No such channel"))
    centre.tick()
    assert centre.did(f.SendOff) == [off]
    centre.tick()
    assert centre.did(f.SendOff) == []
    picked_up(centre, OfferResult.UNREACHABLE)
    assert told(centre)[0].end is SpyEnd.GONE


def test_a_phone_that_is_picked_up_as_the_call_ends() -> None:
    """There is nothing to barge into any more; it is hung up already."""
    centre, call = talking()
    ask(centre, BARGE)
    centre.hangs_up(call)
    assert centre.did(f.SendOff)
    picked_up(centre)
    taps(centre)
    assert centre.actions == []
    gone(centre)
    [spy] = told(centre)
    assert (spy.state, spy.end) == (SpyState.OVER, SpyEnd.GONE)
    assert centre.desk.ignored == {}


def test_a_call_that_is_over_is_not_barged_into() -> None:
    """The phone that listened to it is hung up by Asterisk in a moment."""
    centre, call = spying()
    centre.hangs_up(call)
    assert ask(centre, BARGE) is R.CHANGING
    assert (centre.actions, the(centre).mode) == ([], LISTEN)


def test_a_phone_is_called_off_once() -> None:
    """Whatever else happens to that call."""
    centre, call = talking(THIRD)
    ask(centre)
    this = centre.call(call).id
    to = Line(THIRD)
    centre.give(e.Transfer(centre.at, 88, this, SEAT, to, e.Mode.BLIND))
    centre.give(
        e.PartyJoined(centre.at, PBX, call, call, centre.call(call).channel, Line(), aside=False)
    )
    leaves(centre, call, LEG, sent=True)
    assert len(centre.did(f.SendOff)) == 1
    party(centre, call, THIRD, "5", f"PJSIP/{THIRD}-0000000c")
    assert centre.did(f.SendOff) == []


def test_a_change_that_asterisk_refuses() -> None:
    """It is answered so; the supervisor hears what they heard."""
    centre, _ = spying()
    assert ask(centre, WHISPER) is True
    [tap] = centre.did(f.Tap)
    centre.give(e.ActionFailed(centre.at, PBX, tap, "Channel does not exist"))
    assert centre.replies[0].refusal is R.PBX_REFUSED
    assert the(centre).mode is LISTEN
    centre.tick()
    assert centre.did(f.Tap) == []


def test_a_change_of_which_nothing_is_heard() -> None:
    """After a while it is answered."""
    centre, _ = spying()
    assert ask(centre, WHISPER) is True
    effects = centre.passes(STEER_S + 1)
    assert [each.refusal for each in effects if isinstance(each, f.Reply)] == [R.PBX_REFUSED]
    assert ask(centre, WHISPER) is True
    taps(centre, WHISPER)
    assert not [each for each in centre.passes(STEER_S + 1) if isinstance(each, f.Reply)]


def test_it_is_over_while_it_changes() -> None:
    """Who asked for it is told."""
    centre, _ = spying()
    assert ask(centre, WHISPER) is True
    gone(centre)
    assert centre.replies[0].refusal is R.NOT_SPYING
    assert centre.passes(STEER_S + 1)


# --- when it is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "by", "refusal"),
    [
        ("seat-99", BY, R.UNKNOWN_SEAT),
        (SEAT, "seat-99", R.UNKNOWN_SEAT),
        (SEAT, SEAT, R.ONESELF),
        (THIRD, BY, R.NOT_TALKING),
    ],
)
def test_what_cannot_be(target: str, by: str, refusal: Refusal) -> None:
    """Nothing rings."""
    centre, _ = talking(THIRD)
    assert ask(centre, LISTEN, target, by) is refusal
    assert centre.actions == []


def test_a_call_that_only_rings_is_not_listened_to() -> None:
    """Nor one to which the seat is being called."""
    centre = Centre(SEAT, BY, THIRD).with_seats(SEAT)
    call = centre.arrives()
    centre.rings(call, SEAT)
    assert ask(centre) is R.NOT_TALKING
    centre, call = talking(THIRD)
    to = Line(THIRD)
    centre.give(e.Transfer(centre.at, 88, centre.call(call).id, SEAT, to, e.Mode.CONFERENCE))
    assert centre.seat(THIRD).call is not None
    assert ask(centre, LISTEN, THIRD) is R.NOT_TALKING


def test_a_seat_whose_channel_is_not_known() -> None:
    """As after a restart with the answer unheard; a look at Asterisk tells it."""
    centre = Centre(SEAT, BY).with_seats(SEAT)
    call = centre.arrives()
    centre.rings(call, SEAT)
    centre.give(e.SeatAnswered(centre.at, PBX, call, SEAT))
    assert ask(centre) is R.PBX_UNREACHABLE


def test_without_sight_of_the_asterisk_nothing_is_asked() -> None:
    """Neither to begin, nor to change, nor to stop."""
    centre, _ = talking()
    centre.give(e.LinkDown(centre.at, PBX))
    assert ask(centre) is R.PBX_UNREACHABLE
    centre, _ = spying()
    centre.give(e.LinkDown(centre.at, PBX))
    assert ask(centre, WHISPER) is R.PBX_UNREACHABLE
    assert stop(centre) is R.PBX_UNREACHABLE
    assert the(centre).state is SpyState.ON


def test_without_a_user_who_may_start_calls() -> None:
    """It is said."""
    centre, _ = talking(starts_calls=False)
    assert ask(centre) is R.NO_ORIGINATE


def test_a_supervisors_phone_that_cannot_be_called() -> None:
    """It is not there, in use, or in a call; off duty Asterisk does not tell."""
    centre, _ = talking(BY)
    for device, refusal in (
        (Device.UNREGISTERED, R.NO_PHONE),
        (Device.IN_USE, R.IN_CALL),
        (Device.RINGING, R.IN_CALL),
    ):
        centre.member(BY, device)
        assert ask(centre) is refusal
    centre.member(BY)
    second = centre.arrives()
    assert ask(centre) is R.IN_CALL
    centre.hangs_up(second)
    assert ask(centre) is None


def test_one_seat_at_a_time() -> None:
    """Who wants to listen to another one says so."""
    centre, _ = spying()
    assert ask(centre, LISTEN, THIRD) is R.SPYING_ELSEWHERE
    assert stop(centre, THIRD) is R.NOT_SPYING
    assert stop(centre, SEAT, THIRD) is R.NOT_SPYING
    assert stop(centre, "seat-99") is R.UNKNOWN_SEAT
    assert stop(centre, SEAT, "seat-99") is R.UNKNOWN_SEAT


def test_two_supervisors_at_the_same_instant() -> None:
    """Each has a channel of its own."""
    centre, _ = talking()
    assert ask(centre, LISTEN, SEAT, BY) is None
    assert ask(centre, LISTEN, SEAT, THIRD) is None
    one, other = centre.desk.spies()
    assert one.handle != other.handle


# --- callers first -----------------------------------------------------------------------------


def test_who_listens_is_not_rung() -> None:
    """While another seat is free."""
    centre, _ = spying(LISTEN, BY, THIRD)
    second = centre.arrives()
    assert centre.rung == [(second, THIRD)]
    assert centre.did(f.SendOff) == []


@pytest.mark.parametrize("state", [SpyState.CALLED, SpyState.ON])
def test_a_caller_gets_the_seat_of_a_supervisor_on_duty(state: SpyState) -> None:
    """If no other is free: the phone is hung up, and rung as soon as it is idle."""
    centre, _ = talking(BY)
    ask(centre)
    if state is SpyState.ON:
        taps(centre)
        centre.member(BY, Device.IN_USE)
    handle = the(centre).handle
    second = centre.arrives()
    assert centre.did(f.SendOff) == [f.SendOff(PBX, handle)]
    third = centre.arrives()
    assert centre.did(f.SendOff) == [], "it is ended once"
    gone(centre, handle)
    assert told(centre)[0].end is SpyEnd.CALLER_FIRST
    centre.member(BY)
    assert centre.seat(BY).call in {centre.call(second).id, centre.call(third).id}


def test_a_supervisor_who_takes_no_calls_listens_on() -> None:
    """Off duty, paused, without the skill that is asked for, or talking with the caller."""
    centre, _ = spying()
    centre.arrives()
    assert centre.did(f.SendOff) == []
    centre, _ = spying(LISTEN, BY)
    centre.arrives(skills=frozenset({"en"}))
    assert centre.did(f.SendOff) == []
    centre.pause(BY)
    centre.arrives()
    assert centre.did(f.SendOff) == []
    centre, _ = spying(BARGE, BY)
    centre.arrives()
    assert centre.did(f.SendOff) == []


def test_a_supervisor_who_comes_back_from_a_pause_has_callers_waiting() -> None:
    """They are seen to with the next tick."""
    centre, _ = spying(LISTEN, BY)
    centre.pause(BY)
    centre.arrives()
    centre.tick()
    assert centre.did(f.SendOff) == []
    centre.command(e.Resume, BY)
    centre.member(BY, Device.IN_USE)
    centre.tick()
    assert len(centre.did(f.SendOff)) == 1


def test_one_seat_for_one_caller() -> None:
    """The other supervisor listens on."""
    centre, _ = talking(BY, THIRD)
    for by in (BY, THIRD):
        assert ask(centre, LISTEN, SEAT, by) is None
    centre.arrives()
    assert len(centre.did(f.SendOff)) == 1
    centre.tick()
    assert centre.did(f.SendOff) == []
    centre.arrives()
    assert len(centre.did(f.SendOff)) == 1


def test_a_seat_that_just_failed_a_caller_is_not_wanted_yet() -> None:
    """Its agent did not take that call, and asks to listen instead."""
    centre, _ = talking(BY)
    second = centre.arrives()
    centre.rings(second, BY)
    centre.returns(second, BY, OfferResult.REJECTED)
    assert ask(centre) is None
    centre.tick()
    assert centre.did(f.SendOff) == []
    centre.passes(3)
    assert the(centre).state is SpyState.CALLED
    assert [each for each in centre.history if isinstance(each, f.SendOff)]


def test_nothing_is_asked_of_an_asterisk_out_of_sight() -> None:
    """It goes on there; the caller waits as for any seat that is busy."""
    other = PbxId("pbx2")
    centre = Centre(SEAT, BY, pbxs=(PBX, other))
    centre.store_read()
    for pbx in (PBX, other):
        centre.snapshot(pbx=pbx)
    for seat in (SEAT, BY):
        centre.command(e.LogIn, seat, agent=AgentId(seat), skills=frozenset())
        for pbx in (PBX, other):
            centre.member(seat, pbx=pbx, agent=seat)
    call = centre.arrives()
    centre.rings(call, centre.rung[0][1])
    centre.answers(call, centre.call(call).seat or "")
    target = centre.call(call).seat or ""
    by = BY if target == SEAT else SEAT
    assert ask(centre, LISTEN, target, by) is None
    centre.give(e.LinkDown(centre.at, PBX))
    centre.arrives(pbx=other)
    assert centre.did(f.SendOff) == []
    assert centre.did(f.RingSeat) == []


def test_a_supervisors_seat_is_not_called_to_join_a_call() -> None:
    """Its phone is in use."""
    centre, call = spying(LISTEN, BY)
    to = Line(BY)
    centre.give(e.Transfer(centre.at, 88, centre.call(call).id, SEAT, to, e.Mode.CONFERENCE))
    assert centre.replies[0].refusal is R.TARGET_BUSY


# --- what is heard late, or not ------------------------------------------------------------------


def test_whom_nobody_knows_is_hung_up() -> None:
    """Who was left over by an owner before; not those of another centre, or out of sight."""
    centre, _ = talking()
    centre.give(e.SpyTaps(centre.at, PBX, PKY, "sip112-1.1", LISTEN))
    assert centre.did(f.SendOff) == [f.SendOff(PBX, "sip112-1.1")]
    failed = e.ActionFailed(centre.at, PBX, centre.actions[0], "No such channel")
    assert centre.give(failed) == []
    centre.give(e.SpyTaps(centre.at, PBX, CentreCode("XYZ"), "sip112-1.1", LISTEN))
    assert centre.last == []
    centre.give(e.SpyGone(centre.at, PBX, "sip112-1.1"))
    assert centre.last == []
    assert centre.desk.ignored["SpyGone of no spy"] == 1
    centre.give(e.LinkDown(centre.at, PBX))
    centre.give(e.SpyTaps(centre.at, PBX, PKY, "sip112-1.1", LISTEN))
    assert centre.last == []


def channels(centre: Centre, call: Uniqueid, *more: e.Channel) -> tuple[e.Channel, ...]:
    """Return the call's channels as a look shows them, and others."""
    known = centre.call(call)
    return (
        e.Channel(call, call, known.channel, "sip112-seat", "Dial", bridged=True),
        e.Channel(Uniqueid(f"{call}s"), call, LEG, "from-seats", "AppDial", bridged=True),
        *more,
    )


def spy_channel(handle: str, seat: str = BY, mode: SpyMode | None = LISTEN) -> e.Channel:
    """Return the channel of a supervisor's phone."""
    id_ = Uniqueid(handle)
    line = Line(SeatId(seat))
    name = f"PJSIP/{seat}-0000000b"
    return e.Channel(id_, id_, name, "sip112-spy", "ChanSpy", bridged=False, line=line, taps=mode)


def test_a_look_ends_what_is_not_there() -> None:
    """Unless it was asked for just now: then the phone may not be called yet."""
    centre, call = spying()
    centre.look(channels=channels(centre, call))
    assert the(centre).state is SpyState.ON
    centre.now += YOUNG_S + 1
    centre.look(channels=channels(centre, call, spy_channel(the(centre).handle)))
    assert centre.did(f.Spied) == []
    centre.look(channels=channels(centre, call))
    assert told(centre)[0].end is SpyEnd.GONE


def test_a_look_tells_that_a_phone_was_picked_up() -> None:
    """Where that was not heard."""
    centre, call = talking()
    ask(centre)
    centre.look(channels=channels(centre, call, spy_channel(the(centre).handle, mode=None)))
    assert the(centre).state is SpyState.CALLED
    centre.look(channels=channels(centre, call, spy_channel(the(centre).handle)))
    assert the(centre).state is SpyState.ON


def test_a_restart_hangs_up_who_listens_unknown() -> None:
    """And not at seats of other centres, which may be on the same Asterisk."""
    centre, call = talking()
    left, other = spy_channel("sip112-1.1"), spy_channel("sip112-2.1", "elsewhere-01")
    talks = spy_channel("1795318000.99", THIRD, None)
    centre.snapshot(channels=channels(centre, call, left, other, talks), native=False)
    assert centre.did(f.SendOff) == [f.SendOff(PBX, "sip112-1.1")]


def test_another_asterisk_says_nothing_of_it() -> None:
    """A look at one does not end what is at the other."""
    other = PbxId("pbx2")
    centre = Centre(SEAT, BY, pbxs=(PBX, other)).open()
    centre.snapshot(pbx=other)
    centre.log_in(SEAT)
    centre.member(SEAT, pbx=other)
    call = centre.arrives()
    centre.talks(call, SEAT)
    assert ask(centre) is None
    centre.now += 60
    centre.look(pbx=other)
    assert the(centre).state is SpyState.CALLED


def test_news_of_no_spy() -> None:
    """As of a phone that was called by an owner before."""
    centre, _ = talking()
    news = e.CallStarted(centre.at, PBX, Purpose.SPY, "x*listen", OfferResult.ANSWERED)
    assert centre.give(news) == []
    assert centre.desk.ignored["CallStarted for no spy"] == 1
