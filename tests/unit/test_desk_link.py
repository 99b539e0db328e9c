"""The desk and its sight of Asterisk: link down, native mode, snapshots, time that stands still."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import CallState, OfferResult, Origin, Outcome
from sip112.routing.desk import STALL_S
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import Sight
from sip112.routing.reconcile import ELSEWHERE
from sip112.routing.seat import Device, SeatState
from tests.unit.centre import PBX, PKY, START, Centre, rung

K = f.EntryKind


def member(
    seat: str = "seat-01",
    device: Device = Device.IDLE,
    *,
    paused: bool = True,
    reason: str | None = f.HELD,
) -> e.Member:
    """Return a queue member as a snapshot shows it."""
    agent = AgentId(f"agent of {seat}")
    return e.Member(PKY, SeatId(seat), agent, device, paused, reason if paused else None)


def channel(
    uniqueid: str, *, bridged: bool = False, ticket: str | None = None, linkedid: str | None = None
) -> e.Channel:
    """Return a caller's channel as a snapshot shows it."""
    name = f"PJSIP/trunk-{uniqueid[-1]:0>8}"
    return e.Channel(
        Uniqueid(uniqueid), linkedid or uniqueid, name, "sip112-wait", "Queue", bridged, ticket
    )


def leg(seat: str, linkedid: str, *, bridged: bool = False) -> e.Channel:
    """Return a seat's channel that belongs to the caller `linkedid`."""
    name = f"PJSIP/{seat}-0000000a"
    return e.Channel(Uniqueid(linkedid + "9"), linkedid, name, "", "AppDial", bridged)


# --- the link --------------------------------------------------------------------------------


def test_before_the_first_snapshot_no_call_is_moved() -> None:
    """The desk does not know yet where anybody is; tickets are opened all the same."""
    centre = Centre("seat-01")
    centre.store_read()
    assert centre.desk.sight is Sight.DARK
    centre.member("seat-01")
    centre.arrives()
    assert centre.actions == []
    assert centre.told == [K.CALL_ARRIVED]
    assert centre.passes(2) == []  # and no heartbeat: the queue must not be silenced


def test_a_link_that_is_lost_is_told_once() -> None:
    """Calls in progress stay; nothing is asked of anybody."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.give(e.LinkDown(centre.at, PBX))
    assert centre.told == [K.PBX_LOST]
    assert centre.desk.sight is Sight.DARK
    assert centre.give(e.LinkDown(centre.at, PBX)) == []
    assert centre.desk.ignored == {"LinkDown while down": 1}
    assert centre.call(caller).state is CallState.OFFERED


def test_while_the_link_is_down_calls_go_on_in_the_desks_mind_only() -> None:
    """No redirect, no label, no heartbeat, no reservation; a call may still end."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.give(e.LinkDown(centre.at, PBX))
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    assert centre.actions == []
    assert centre.passes(10) == []
    assert centre.call(caller).waiting
    centre.hangs_up(caller)
    assert centre.nothing_is_left()


def test_a_snapshot_takes_over() -> None:
    """A heartbeat, then the end of native mode, then whoever waits is served."""
    centre = Centre("seat-01", ring_s=20, ticket_url="https://127.0.0.1", record=False)
    centre.store_read()
    centre.arrives(uniqueid="1.1")
    centre.joins(Uniqueid("1.1"), 1)
    centre.snapshot(channels=(channel("1.1"),), members=(member(),))
    assert centre.desk.sight is Sight.CLEAR
    assert centre.actions == [
        f.Beat(PBX, PKY, START),
        f.TakeOver(PBX, PKY, 1, 20, "https://127.0.0.1", record=False),
        f.LabelCall(PBX, Uniqueid("1.1"), "PJSIP/trunk-00000001", "PKY-20261122-0001"),
        f.ReserveSerials(PBX, PKY, "20261122", 21),
        f.RingSeat(PBX, Uniqueid("1.1"), "PJSIP/trunk-00000001", SeatId("seat-01"), 1),
    ]
    assert centre.told == [K.SEAT_CHANGED, K.PBX_BACK, K.CALL_OFFERED]
    assert centre.records[1].detail == {"pbx": "pbx1", "calls": "1"}


def test_a_snapshot_serves_callers_in_their_order_with_the_seats_in_theirs() -> None:
    """Nobody is moved before everything is read."""
    centre = Centre("seat-01", "seat-02")
    centre.store_read()
    notes = tuple(
        e.Note(centre.arrival(uniqueid=f"1.{n}", arrived_at=Instant(START - n), priority=n == 3))
        for n in (1, 2, 3)
    )
    channels = tuple(channel(f"1.{n}") for n in (1, 2, 3))
    centre.snapshot(channels=channels, members=(member("seat-02"), member("seat-01")), notes=notes)
    assert centre.rung == [("1.3", "seat-01"), ("1.2", "seat-02")]


def test_seats_that_native_mode_released_are_taken_back() -> None:
    """Paused ones are not: their agents are away. Nor those of which something is asked."""
    centre = Centre("seat-01", "seat-02", "seat-03").with_seats("seat-01", "seat-02", "seat-03")
    centre.command(e.Pause, "seat-03", reason="food")
    released = [member("seat-01", paused=False), member("seat-03", paused=False)]
    centre.snapshot(members=(*released, member("seat-02", reason="prayer")))
    assert centre.did(f.PauseMember) == [f.PauseMember(PBX, PKY, SeatId("seat-01"), f.HELD)]
    centre.arrives()
    assert centre.rung == []
    centre.member("seat-01")
    assert len(centre.rung) == 1
    centre.member("seat-03", reason="food")
    assert [reply.refusal for reply in centre.replies] == [None]  # the asker is not forgotten


def test_snapshots_and_news_of_another_asterisk_are_not_ours() -> None:
    """One desk, one PBX."""
    centre = Centre("seat-01").open()
    assert centre.give(e.Snapshot(centre.at, PbxId("pbx2"), PKY)) == []
    assert centre.give(e.LinkDown(centre.at, PbxId("pbx2"))) == []
    assert centre.give(e.NativeMode(centre.at, PbxId("pbx2"), PKY)) == []
    assert centre.desk.sight is Sight.CLEAR
    assert sum(centre.desk.ignored.values()) == 3


# --- native mode and time ----------------------------------------------------------------------


def test_native_mode_is_a_loss_of_sight() -> None:
    """The queue rings seats by itself: no call is moved until a snapshot tells where all are."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    assert centre.actions == [f.Resync(PBX, "Asterisk's watchdog saw no heartbeat")]
    assert centre.told == [K.PBX_NATIVE]
    assert centre.desk.sight is Sight.STALE
    centre.arrives()
    assert centre.actions == []
    assert centre.passes(2) == []  # no heartbeat either
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    assert centre.desk.ignored == {"NativeMode while not in charge": 1}


def test_a_call_that_the_queue_rings_by_itself_is_followed() -> None:
    """It rings, is not answered, rings the next seat, and is answered there."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    caller = centre.arrives()
    centre.joins(caller)
    centre.rings(caller, "seat-01")
    assert centre.told == [K.CALL_RINGING]
    call = centre.call(caller)
    assert (call.state, call.seat, call.offers[0].native) == (CallState.RINGING, "seat-01", True)
    assert centre.seat("seat-01").call == call.id
    assert centre.desk.waiting() == []
    centre.dial_ends(caller, "seat-02", OfferResult.NO_ANSWER)  # another's: not this one's
    assert centre.told == []
    centre.dial_ends(caller, "seat-01", OfferResult.NO_ANSWER)
    assert centre.told == [K.CALL_RETURNED]
    assert centre.actions == []  # the queue's choice is no reason to pause anybody
    centre.rings(caller, "seat-02")
    centre.answers(caller, "seat-02")
    assert (centre.call(caller).state, centre.call(caller).seat) == (CallState.TALKING, "seat-02")
    assert centre.seat("seat-01").call is None


def test_a_native_ring_that_lasts_is_looked_at_once() -> None:
    """The queue has its own ring time; but that the seat failed may not have been heard."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    one = centre.arrives()
    centre.rings(one, "seat-01")
    caller = centre.arrives()
    centre.rings(caller, "seat-02")
    centre.answers(one, "seat-01")
    effects = centre.passes(60)
    (resync,) = [each for each in effects if isinstance(each, f.Resync)]
    assert resync.reason == "no word of the offer to seat-02"


def test_the_heart_beats_while_the_desk_decides() -> None:
    """With every tick, and only with a clear sight."""
    centre = Centre().open()
    centre.now += 1
    centre.tick()
    assert centre.actions == [f.Beat(PBX, PKY, centre.at)]


def test_time_that_stood_still_is_a_loss_of_sight() -> None:
    """The watchdog may have gone native unseen: no heartbeat before a look."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.tick()
    centre.now += STALL_S
    centre.tick()
    assert centre.actions == [f.Beat(PBX, PKY, centre.at)]
    centre.now += STALL_S + 0.1
    centre.tick()
    assert centre.actions == [f.Resync(PBX, "the service stood still")]
    assert centre.told == [K.PBX_NATIVE]
    assert centre.desk.sight is Sight.STALE
    centre.now += 10
    centre.tick()  # while a snapshot is awaited: that one will be from before
    assert centre.actions == [f.Resync(PBX, "the service stood still")]
    away = (member(reason="prayer"),)
    centre.arrives()
    centre.snapshot(members=(member(),))
    assert (centre.desk.sight, centre.actions) == (Sight.STALE, [])
    centre.snapshot(members=away)
    assert centre.desk.sight_of(PBX) is Sight.CLEAR
    assert centre.rung == []


def test_a_link_that_was_lost_brings_no_snapshot_from_before() -> None:
    """What was asked for over it is never answered; the first one of the next link counts."""
    centre = Centre("seat-01").with_seats("seat-01")
    for _ in range(2):
        centre.now += STALL_S + 0.1
        centre.tick()
    centre.give(e.LinkDown(centre.at, PBX))
    centre.snapshot(members=(member(),))
    assert centre.desk.sight is Sight.CLEAR


def test_a_deadline_that_comes_up_without_sight_asks_for_nothing() -> None:
    """The snapshot that follows settles it."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.give(e.LinkDown(centre.at, PBX))
    assert centre.passes(30) == []
    assert centre.call(caller).state is CallState.OFFERED
    centre.snapshot(
        channels=(channel(caller),), members=(member(),), positions={Uniqueid(caller): 1}
    )
    assert centre.call(caller).offers[0].result is OfferResult.FAILED


def test_callers_held_up_are_served_in_their_order_when_they_are_free_again() -> None:
    """The most urgent first, whichever was barred first."""
    centre = Centre("seat-01", "seat-02", retry_s=2).with_seats("seat-01")
    callers = []
    for priority in (0, 5, 3, 9, 1):
        centre.now += 0.001
        callers.append(centre.arrives(priority=priority))
    for _ in callers:
        standing = next(call for call in centre.desk.calls() if call.offer is not None)
        centre.returns(standing.uniqueid, "seat-01", OfferResult.REJECTED)
    effects = centre.passes(2)
    assert rung(effects) == ["seat-01"]
    (call,) = [call for call in centre.desk.calls() if call.offer is not None]
    assert call.uniqueid == callers[3]


# --- what a snapshot says of calls -------------------------------------------------------------


def backfill(centre: Centre, uniqueid: str = "1.1", **note: Any) -> e.Note:
    """Return the note of a call that the desk has not heard of."""
    arrival = centre.arrival(uniqueid=uniqueid, arrived_at=Instant(START - 100))
    return e.Note(arrival, **note)


def test_a_call_that_came_unheard_gets_its_ticket_and_a_seat() -> None:
    """It is still there: it has waited long enough."""
    centre = Centre("seat-01")
    centre.store_read()
    note = backfill(centre)
    centre.snapshot(channels=(channel("1.1"),), members=(member(),), notes=(note,))
    call = centre.call(Uniqueid("1.1"))
    assert (call.origin, call.arrived_at) == (Origin.BACKFILL, START - 100)
    assert (call.state, call.seat) == (CallState.OFFERED, "seat-01")
    assert len(centre.tickets()) == 1


@pytest.mark.parametrize("answered", [True, False])
def test_a_call_that_came_and_went_unheard_gets_its_ticket_and_its_outcome(answered: bool) -> None:
    """The end note tells whether anybody answered, who, and when."""
    centre = Centre("seat-01")
    centre.store_read()
    end: dict[str, Any] = (
        {"seat": SeatId("seat-01"), "answered_at": Instant(START - 90)} if answered else {}
    )
    centre.snapshot(notes=(backfill(centre, ended_at=Instant(START - 50), cause=16, **end),))
    call = centre.call(Uniqueid("1.1"))
    assert (call.state, call.ended_at, call.cause) == (CallState.ENDED, START - 50, 16)
    assert call.outcome is (Outcome.ANSWERED if answered else Outcome.ABANDONED)
    assert (call.seat, call.answered_at) == (("seat-01", START - 90) if answered else (None, None))
    assert len(centre.tickets()) == 1
    assert centre.nothing_is_left()


def test_what_a_note_tells_of_a_seat_is_old_news() -> None:
    """The seat talks with somebody else by now, and another agent may sit there."""
    centre = Centre("seat-01", "seat-02", wrap_up_s=60).with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    before = centre.desk.seats()
    notes = tuple(
        backfill(
            centre,
            uniqueid=f"1.{n}",
            ended_at=Instant(START - 5),
            answered_at=Instant(START - 50),
            seat=SeatId(f"seat-0{n}"),
        )
        for n in (1, 2)
    )
    centre.snapshot(
        channels=(channel(caller, bridged=True), leg("seat-01", caller, bridged=True)),
        members=(member("seat-01", Device.IN_USE), member("seat-02")),
        notes=notes,
    )
    assert centre.desk.seats() == before
    for n in (1, 2):
        call = centre.call(Uniqueid(f"1.{n}"))
        assert (call.outcome, call.seat, call.agent) == (Outcome.ANSWERED, f"seat-0{n}", None)


def test_the_paperwork_of_a_call_that_ended_unheard_begins_when_it_ended() -> None:
    """Of one that ended long ago there is none left."""
    for ago, state in ((4, SeatState.WRAP_UP), (11, SeatState.READY)):
        centre = Centre("seat-01", wrap_up_s=10).with_seats("seat-01")
        arrival = centre.arrival()
        centre.give(arrival)
        centre.talks(arrival.uniqueid, "seat-01")
        centre.give(e.LinkDown(centre.at, PBX))
        centre.now += 60
        note = e.Note(arrival, Instant(centre.now - ago), 16, SeatId("seat-01"), arrival.arrived_at)
        centre.snapshot(notes=(note,), members=(member(),))
        assert centre.seat("seat-01").state is state
        (call,) = [each.call for each in centre.records if each.kind is K.CALL_ENDED]
        assert call is not None
        assert (call.outcome, call.agent) == (Outcome.ANSWERED, "agent of seat-01")


def test_the_paperwork_of_an_end_in_the_future_takes_no_longer_than_any() -> None:
    """Asterisk's clock may be an hour ahead of the service's."""
    centre = Centre("seat-01", wrap_up_s=10).with_seats("seat-01")
    arrival = centre.arrival()
    centre.give(arrival)
    centre.talks(arrival.uniqueid, "seat-01")
    centre.give(e.LinkDown(centre.at, PBX))
    note = e.Note(
        arrival, Instant(centre.now + 3600), 16, SeatId("seat-01"), Instant(centre.now + 3500)
    )
    centre.snapshot(notes=(note,), members=(member(),))
    assert centre.seat("seat-01").wrap_up_until == centre.now + 10
    centre.now += 10
    centre.give(e.Tick(centre.at))
    assert centre.seat("seat-01").state is SeatState.READY


def test_a_call_that_somebody_unknown_answered_is_answered() -> None:
    """Who it was is lost; that it was answered is not."""
    centre = Centre("seat-01").open()
    note = backfill(centre, ended_at=Instant(START - 50), answered_at=Instant(START - 90))
    centre.snapshot(notes=(note,))
    call = centre.call(Uniqueid("1.1"))
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, ELSEWHERE)


def test_a_call_of_which_only_the_arrival_is_left_was_lost_with_asterisk() -> None:
    """No channel and no end note: Asterisk itself ended."""
    centre = Centre("seat-01").open()
    centre.snapshot(notes=(backfill(centre),))
    assert centre.call(Uniqueid("1.1")).outcome is Outcome.LOST_BY_PBX
    assert len(centre.tickets()) == 1


@pytest.mark.parametrize("heard", ["nothing", "arrival", "ring"])
def test_a_call_that_talked_when_asterisk_ended_was_answered_all_the_same(heard: str) -> None:
    """Its note has who answered and when, and no end."""
    centre = Centre("seat-01").with_seats("seat-01")
    arrival = centre.arrival()
    if heard != "nothing":
        centre.give(arrival)
    if heard == "ring":
        centre.rings(arrival.uniqueid, "seat-01")
    centre.now += 60
    answered = Instant(START + 4)
    note = e.Note(arrival, seat=SeatId("seat-01"), answered_at=answered)
    centre.snapshot(notes=(note,), members=(member(),))
    call = centre.call(arrival.uniqueid)
    assert (call.outcome, call.seat, call.answered_at) == (
        Outcome.LOST_BY_PBX,
        "seat-01",
        answered,
    )
    assert centre.seat("seat-01").state is SeatState.READY
    assert centre.nothing_is_left()


def test_a_call_that_was_answered_by_nobody_known_when_asterisk_ended() -> None:
    """That it was answered is not lost with whoever did."""
    centre = Centre("seat-01").open()
    centre.snapshot(notes=(backfill(centre, answered_at=Instant(START - 90)),))
    call = centre.call(Uniqueid("1.1"))
    assert (call.outcome, call.seat) == (Outcome.LOST_BY_PBX, ELSEWHERE)


def test_a_talk_that_was_heard_is_not_answered_again_as_asterisk_ends() -> None:
    """What was heard live is the truth of it."""
    centre = Centre("seat-01").with_seats("seat-01")
    arrival = centre.arrival()
    centre.give(arrival)
    centre.now += 5
    centre.talks(arrival.uniqueid, "seat-01")
    talked = centre.call(arrival.uniqueid).answered_at
    note = e.Note(arrival, seat=SeatId("seat-01"), answered_at=Instant(START + 4.9))
    centre.snapshot(notes=(note,), members=(member(),))
    call = centre.call(arrival.uniqueid)
    assert (call.outcome, call.answered_at) == (Outcome.LOST_BY_PBX, talked)
    assert centre.told.count(K.CALL_ANSWERED) == 0


def test_a_talk_that_began_unheard_began_when_the_note_says() -> None:
    """And is told now; the seat is in it from now on."""
    centre = Centre("seat-01").open()
    arrival = centre.arrival()
    centre.now += 60
    centre.snapshot(
        channels=(channel(arrival.uniqueid, bridged=True), leg("seat-01", arrival.uniqueid)),
        members=(member(device=Device.IN_USE),),
        notes=(e.Note(arrival, seat=SeatId("seat-01"), answered_at=Instant(START + 4)),),
    )
    call = centre.call(arrival.uniqueid)
    assert (call.state, call.seat, call.answered_at) == (CallState.TALKING, "seat-01", START + 4)
    assert call.offers[-1].ended_at == START + 4
    assert centre.seat("seat-01").talking
    assert centre.seat("seat-01").since == START + 60


@pytest.mark.parametrize("seat", [SeatId("seat-02"), None])
def test_a_call_that_was_answered_and_is_not_yet_bridged_talks(seat: SeatId | None) -> None:
    """The note is written an instant earlier; were they to end then, it was no abandoned call."""
    centre = Centre("seat-01", "seat-02").open()
    arrival = centre.arrival()
    rings = tuple(leg(each, arrival.uniqueid) for each in ("seat-01", "seat-02"))
    centre.snapshot(
        channels=(channel(arrival.uniqueid), *rings),
        notes=(e.Note(arrival, seat=seat, answered_at=Instant(START - 1)),),
    )
    call = centre.call(arrival.uniqueid)
    assert (call.state, call.answered_at) == (CallState.TALKING, START - 1)
    assert call.seat == (seat or ELSEWHERE)
    centre.hangs_up(arrival.uniqueid)
    assert centre.call(arrival.uniqueid).outcome is Outcome.ANSWERED


def test_of_several_seats_that_ring_at_once_whoever_talks_has_the_call() -> None:
    """When nobody is on duty all ring; the offer stands for one of them until one answers."""
    centre = Centre("seat-01", "seat-02", "seat-03").open()
    caller = centre.arrives()
    rings = tuple(leg(seat, caller) for seat in ("seat-02", "seat-03"))
    centre.snapshot(channels=(channel(caller), *rings))
    assert (centre.call(caller).state, centre.call(caller).seat) == (CallState.RINGING, "seat-02")
    centre.now += 30
    centre.snapshot(channels=(channel(caller), *reversed(rings)))
    assert centre.call(caller).seat == "seat-02"  # it rings on
    assert len(centre.call(caller).offers) == 1
    talks = (rings[0], leg("seat-03", caller, bridged=True))
    centre.snapshot(channels=(channel(caller, bridged=True), *talks))
    call = centre.call(caller)
    assert (call.state, call.seat) == (CallState.TALKING, "seat-03")
    assert centre.seat("seat-02").call is None


def test_a_known_call_that_is_gone_without_a_note_was_lost_with_asterisk() -> None:
    """Whoever removed the note: the channel is not there any more."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    centre.snapshot()
    assert centre.call(caller).outcome is Outcome.LOST_BY_PBX


def test_a_known_call_without_a_note_goes_on_while_its_channel_is_there() -> None:
    """A database of Asterisk's that cannot be written loses no call."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    centre.snapshot(channels=(channel(caller),), positions={caller: 3})
    call = centre.call(caller)
    assert (call.state, call.position) == (CallState.QUEUED, 3)


def test_a_call_that_is_known_to_have_ended_is_not_opened_again() -> None:
    """Its note is still there; it is removed as soon as the end is stored."""
    centre = Centre("seat-01").open()
    arrival = centre.arrival()
    centre.give(arrival)
    this = centre.call(arrival.uniqueid).id
    centre.hangs_up(arrival.uniqueid)
    note = e.Note(arrival, centre.at, 16)
    centre.snapshot(notes=(note,))
    assert centre.told == [K.PBX_BACK]
    assert centre.did(f.ForgetCall) == []
    centre.give(e.CallsStored(centre.at, ((this, PBX, arrival.uniqueid),)))
    assert centre.actions == [f.ForgetCall(PBX, arrival.uniqueid)]
    centre.snapshot(notes=(note,))
    assert centre.did(f.ForgetCall) == [f.ForgetCall(PBX, arrival.uniqueid)]


def test_an_id_that_a_restarted_asterisk_gave_out_again_is_a_new_call() -> None:
    """The note of the new one stands where the old one's stood."""
    centre = Centre("seat-01").open()
    old = centre.call(centre.arrives(uniqueid="1.1"))
    centre.give(e.LinkDown(centre.at, PBX))
    centre.now += 60
    note = e.Note(centre.arrival(uniqueid="1.1"))
    centre.snapshot(channels=(channel("1.1"),), notes=(note,))
    ended = [each.call for each in centre.records if each.kind is K.CALL_ENDED]
    assert [(call.id, call.outcome) for call in ended if call] == [(old.id, Outcome.LOST_BY_PBX)]
    assert [call.arrived_at for call in centre.desk.calls()] == [START + 60]
    assert len(centre.tickets()) == 2


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("bridged", [True, False])
def test_a_call_at_a_seat_is_found_there(known: bool, bridged: bool) -> None:
    """By the linkedid that both channels share: ringing, or talking if they are bridged."""
    centre = Centre("seat-01").open()
    arrival = centre.arrival()
    if known:
        centre.give(arrival)
    caller = arrival.uniqueid
    centre.snapshot(
        channels=(channel(caller, bridged=bridged), leg("seat-01", caller, bridged=bridged)),
        members=(member("seat-01", Device.IN_USE),),
        notes=(e.Note(arrival),),
    )
    call = centre.call(caller)
    assert call.state is (CallState.TALKING if bridged else CallState.RINGING)
    assert call.seat == "seat-01"
    assert centre.seat("seat-01").call == call.id
    assert centre.seat("seat-01").talking is bridged
    assert centre.desk.waiting() == []
    assert centre.desk.ignored == {}  # nothing was told twice


def test_what_is_known_already_changes_nothing() -> None:
    """Whoever talks or rings where the desk has them is not told again."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    one, two = centre.arrives(), centre.arrives()
    centre.talks(one, "seat-01")
    centre.rings(two, "seat-02")
    centre.member("seat-02", Device.RINGING)
    centre.now += 10
    before = centre.desk.calls(), centre.desk.seats()
    centre.snapshot(
        channels=(
            channel(one, bridged=True),
            leg("seat-01", one, bridged=True),
            channel(two),
            leg("seat-02", two),
        ),
        members=(member("seat-01", Device.IN_USE), member("seat-02", Device.RINGING)),
    )
    assert (centre.desk.calls(), centre.desk.seats()) == before
    assert centre.told == [K.PBX_BACK]
    assert not [why for why in centre.desk.ignored if "SeatAnswered" in why]


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_torn_from_a_conversation_with_a_phone_that_is_no_seat(known: bool) -> None:
    """A supervisor's phone, a trunk to an agency: whoever is in a bridge is talking."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    arrival = centre.arrival()
    if known:
        centre.give(arrival)
    caller = arrival.uniqueid
    centre.now += 30
    centre.snapshot(
        channels=(channel(caller, bridged=True, linkedid="0.9"), leg("chief", "0.9", bridged=True)),
        members=(member(), member("seat-02")),
        notes=(e.Note(arrival),),
    )
    call = centre.call(caller)
    assert (call.state, call.seat) == (CallState.TALKING, ELSEWHERE)
    assert centre.rung == []
    centre.hangs_up(caller)
    assert centre.call(caller).outcome is Outcome.ANSWERED


def test_a_seat_that_was_logged_out_while_it_talks_is_found_all_the_same() -> None:
    """It is no member of the queue any more, but the settings name it."""
    centre = Centre("seat-01").open()
    arrival = centre.arrival()
    channels = (channel(arrival.uniqueid, bridged=True), leg("seat-01", arrival.uniqueid))
    centre.snapshot(channels=channels, notes=(e.Note(arrival),))
    assert centre.call(arrival.uniqueid).seat == "seat-01"


def test_a_seats_own_call_is_no_leg_of_a_caller() -> None:
    """A seat that telephones is linked with itself."""
    centre = Centre("seat-01").open()
    own = e.Channel(
        Uniqueid("1.5"), "1.5", "PJSIP/seat-01-00000001", "from-seats", "Dial", bridged=True
    )
    caller = centre.arrives(uniqueid="1.4")
    centre.snapshot(channels=(own, channel(caller)), members=(member(device=Device.IN_USE),))
    assert centre.call(caller).waiting


def test_a_seat_that_calls_112_is_no_leg_of_its_own_call() -> None:
    """It is the caller, and waits like any other."""
    centre = Centre("seat-01", "seat-02").open()
    caller = centre.arrives(uniqueid="1.4")
    own = e.Channel(caller, caller, "PJSIP/seat-01-00000001", "from-seats", "Queue", bridged=False)
    centre.snapshot(channels=(own,), members=(member(device=Device.IN_USE), member("seat-02")))
    assert centre.rung == [(caller, "seat-02")]


def test_an_offer_that_asterisk_does_not_show_has_failed() -> None:
    """It is old enough to be seen, and is not there; the caller rings another seat."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.now += 3
    members = (member("seat-01"), member("seat-02"))
    centre.snapshot(channels=(channel(caller),), members=members, positions={caller: 1})
    assert [offer.result for offer in centre.call(caller).offers] == [OfferResult.FAILED, None]
    assert centre.rung == [(caller, "seat-02")]
    assert centre.call(caller).position == 1


def test_a_young_offer_may_not_show_yet() -> None:
    """The redirect is on its way; if it is not, its own deadline tells."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.now += 1
    members = (member("seat-01"), member("seat-02"))
    centre.snapshot(channels=(channel(caller),), members=members)
    assert centre.call(caller).state is CallState.OFFERED
    assert centre.rung == []


def test_an_offer_beside_which_another_seat_rings_has_failed() -> None:
    """Else the desk would wait for a seat that nobody asked, and not hear the one that rings."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.give(e.LinkDown(centre.at, PBX))
    centre.now += 30
    members = (member("seat-01"), member("seat-02", Device.RINGING, paused=False))
    centre.snapshot(channels=(channel(caller), leg("seat-02", caller)), members=members)
    call = centre.call(caller)
    assert (call.state, call.seat) == (CallState.RINGING, "seat-02")
    assert [offer.result for offer in call.offers] == [OfferResult.FAILED, None]
    centre.dial_ends(caller, "seat-02", OfferResult.NO_ANSWER)
    assert centre.rung == []  # seat-01 is barred for a moment, as the offer to it failed
    assert rung(centre.passes(2)) == ["seat-01"]


def test_a_move_that_a_snapshot_cannot_make_is_counted() -> None:
    """A talking caller of whom Asterisk says that they wait: no fact bends the table."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.snapshot(
        channels=(channel(caller),),
        members=(member(device=Device.IN_USE),),
        positions={caller: 1},
    )
    assert centre.desk.ignored == {"CallQueued from a snapshot while talking": 1}
    assert centre.call(caller).state is CallState.TALKING
    assert centre.desk.sight is Sight.CLEAR


# --- what a snapshot says of seats and numbers -------------------------------------------------


def test_members_are_seats_on_duty() -> None:
    """Also after a restart of the service: Asterisk knows who is there."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-02")
    centre.snapshot(members=(member("seat-01", Device.IN_USE), member("seat-99")))
    assert centre.seat("seat-01").agent == "agent of seat-01"
    assert centre.seat("seat-01").device is Device.IN_USE
    assert centre.seat("seat-02").agent is None  # logged out unheard


def test_a_member_of_another_centres_queue_is_not_on_duty_here() -> None:
    """One phone may sit in two queues; each centre has its own word on it."""
    centre = Centre("seat-01").with_seats("seat-01")
    ours = member("seat-01")
    theirs = e.Member(
        CentreCode("KTM"), ours.seat, AgentId("budi"), Device.IDLE, paused=True, reason="prayer"
    )
    centre.snapshot(members=(ours, theirs))
    assert centre.seat("seat-01").free
    centre.snapshot(members=(theirs,))
    assert centre.seat("seat-01").agent is None


def test_labels_are_put_where_they_are_missing() -> None:
    """A channel that carries its number already is left alone."""
    centre = Centre()
    centre.store_read()
    one, two = centre.arrives(), centre.arrives()
    number = centre.call(one).ticket_number
    centre.snapshot(channels=(channel(one, ticket=number), channel(two)))
    assert [each.uniqueid for each in centre.did(f.LabelCall)] == [two]


@pytest.mark.parametrize("where", ["note", "channel"])
def test_a_call_keeps_the_number_that_it_carries(where: str) -> None:
    """Given out before a crash, when the store was away: it was said aloud already."""
    centre = Centre()
    number = "PKY-20261122-0033"
    in_note, in_channel = (number, None) if where == "note" else (None, number)
    note = backfill(centre, ticket_number=in_note)
    centre.snapshot(channels=(channel("1.1", ticket=in_channel),), notes=(note,))
    assert list(centre.tickets().values()) == [number]
    centre.arrives()
    assert "PKY-20261122-0034" in centre.tickets().values()


def test_a_number_that_is_not_ours_is_not_kept() -> None:
    """Whatever stands in that variable, the ticket gets a number of this centre."""
    centre = Centre()
    centre.store_read()
    centre.snapshot(
        channels=(channel("1.1", ticket="garbage"),), notes=(backfill(centre, uniqueid="1.1"),)
    )
    assert list(centre.tickets().values()) == ["PKY-20261122-0001"]


def test_numbers_go_on_from_asterisks_reservation_when_the_store_is_away() -> None:
    """Nothing is given out twice, at the price of a few that are skipped."""
    centre = Centre()
    centre.snapshot(serials={PKY: ("20261122", 40)})
    centre.arrives()
    assert list(centre.tickets().values()) == ["PKY-20261122-0041"]


def test_without_store_and_reservation_numbers_are_out_of_the_way() -> None:
    """They meet no other of that day, whatever the store turns out to hold."""
    centre = Centre()
    centre.snapshot()
    centre.arrives()
    assert list(centre.tickets().values()) == [
        f"PKY-20261122-{100_000 + 10 * 3600 + 26 * 60 + 40 + 1}"
    ]


def test_numbers_begin_anew_at_the_centres_midnight() -> None:
    """By the day of the arrival; the first of a day reserves for that day."""
    centre = Centre().open(serials={"20261122": 7})
    centre.now += 13 * 3600 + 33 * 60 + 19  # 23:59:59
    centre.arrives()
    centre.now += 1
    centre.arrives()
    assert list(centre.tickets().values()) == ["PKY-20261122-0008", "PKY-20261123-0001"]
    assert centre.did(f.ReserveSerials) == [f.ReserveSerials(PBX, PKY, "20261123", 21)]
