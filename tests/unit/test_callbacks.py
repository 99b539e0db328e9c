"""Who is called back, by whom, and when not: the list of callers who got no answer."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Caller, OfferResult, Outcome
from sip112.routing.callback import SAID, Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.callbacks import KEPT_S, OUTSIDE_S
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import OVERDUE_S
from sip112.routing.seat import Device
from sip112.routing.started import Line, Purpose
from tests.unit.centre import PBX, START, Centre
from tests.unit.invariants import consistent

K, R, C = f.EntryKind, f.Refusal, CallbackOutcome
NUMBER = "08125550101"
OTHER = "08125550102"
SEAT, SECOND = SeatId("seat-01"), SeatId("seat-02")
RING_S = 15


def gives_up(centre: Centre, number: str | None = NUMBER, **fields: object) -> Uniqueid:
    """Let somebody call while no seat is free, and hang up."""
    call = centre.arrives(caller=Caller(number), **fields)
    centre.now += 20
    centre.hangs_up(call)
    return call


def abandoned(*seats: str, numbers: tuple[str, ...] = (NUMBER,)) -> Centre:
    """Return a centre to which `numbers` called in vain before anybody was there."""
    centre = Centre(*seats).open()
    for number in numbers:
        gives_up(centre, number)
    for seat in seats:
        centre.log_in(seat)
    return centre


def the(centre: Centre, number: str = NUMBER) -> Callback:
    """Return the one callback to a number."""
    [found] = [each for each in centre.desk.callbacks() if each.number == number]
    return found


def take(centre: Centre, seat: str = SEAT, number: str = NUMBER, *pbxs: PbxId) -> f.Refusal | None:
    """Let a seat take a callback; return why not, if it is refused."""
    known = the(centre, number)
    reply = centre.command(e.TakeCallback, seat, callback=known.call, pbxs=pbxs or (PBX,))
    assert reply is not None
    return reply.refusal


def transfer(centre: Centre, call: Uniqueid, seat: str) -> f.Refusal | None:
    """Have another seat called to a call that `SEAT` has; return why not, if it is refused."""
    this, to = centre.call(call).id, Line(SeatId(seat))
    centre.give(e.Transfer(centre.at, 99, this, SEAT, to, e.Mode.CONFERENCE))
    return centre.replies[0].refusal if centre.replies else None


def started(
    centre: Centre, result: OfferResult = OfferResult.ANSWERED, number: str = NUMBER
) -> None:
    """Let the seat's phone be picked up, or not."""
    subject = the(centre, number).subject
    centre.give(e.CallStarted(centre.at, PBX, Purpose.CALLBACK, subject, result))


def tried(centre: Centre, result: OfferResult, number: str = NUMBER) -> None:
    """Let the number answer, or not."""
    centre.give(e.CallbackTried(centre.at, PBX, the(centre, number).subject, result))


def outcome(centre: Centre) -> CallbackOutcome | None:
    """Return the outcome that the last event told of."""
    [told] = [each.callback for each in centre.records if each.callback is not None]
    assert told is not None
    return told.outcome


# --- who is on the list ------------------------------------------------------------------------


def test_who_gives_up_is_to_be_called_back() -> None:
    """With all that one has to know to do so; the entry stands before that of the call's end."""
    centre = Centre(SEAT).open()
    call = centre.arrives(caller=Caller(NUMBER, "Budi"))
    centre.now += 20
    centre.hangs_up(call)
    known = centre.call(call)
    assert centre.told == [K.CALLBACK_OPENED, K.CALL_ENDED]
    assert centre.desk.callbacks() == [centre.records[0].callback]
    assert the(centre) == Callback(
        known.id, known.centre, NUMBER, START, centre.at, "Budi", known.ticket_number
    )


def test_who_calls_without_a_number_is_not() -> None:
    """Nor with one that cannot be called; nobody knows whom to call."""
    centre = Centre(SEAT).open()
    for number in (None, "7", "1" * 21):
        gives_up(centre, number)
        assert K.CALLBACK_OPENED not in centre.told
    assert centre.desk.callbacks() == []


def test_a_plus_is_not_dialled() -> None:
    """The administrator's dialplan is given digits; with and without it is one number."""
    centre = Centre(SEAT).open()
    gives_up(centre, "+628125550101")
    gives_up(centre, "628125550101")
    assert [each.number for each in centre.desk.callbacks()] == ["628125550101"]


def test_who_was_answered_is_not() -> None:
    """However the call ended."""
    centre = Centre(SEAT).with_seats(SEAT)
    call = centre.arrives()
    centre.talks(call, SEAT)
    centre.hangs_up(call)
    assert centre.desk.callbacks() == []


def test_whom_asterisk_lost_before_an_answer_is_to_be_called_back() -> None:
    """It is not the caller's fault."""
    centre = Centre(SEAT).open()
    call = centre.arrives()
    centre.snapshot()
    assert centre.call(call).outcome is Outcome.LOST_BY_PBX
    assert the(centre).call == centre.call(call).id


def test_the_list_has_the_oldest_first() -> None:
    """Who waits longest is called back first."""
    centre = abandoned(SEAT, numbers=(OTHER, NUMBER))
    assert [each.number for each in centre.desk.callbacks()] == [OTHER, NUMBER]


def test_whoever_calls_again_is_off_the_list() -> None:
    """And on it again when that call is in vain too; never twice."""
    centre = abandoned()
    first = the(centre)
    call = centre.arrives(caller=Caller(NUMBER))
    assert centre.told == [K.CALL_ARRIVED, K.CALLBACK_CLEARED]
    assert outcome(centre) is C.REDIALLED
    assert centre.desk.callbacks() == []
    centre.hangs_up(call)
    assert [each.call for each in centre.desk.callbacks()] == [centre.call(call).id]
    assert the(centre).call != first.call


def test_nobody_is_called_back_who_calls_at_that_moment() -> None:
    """Two calls of one number: it is on the list when the last of them was in vain."""
    centre = Centre().open()
    first, second = centre.arrives(), centre.arrives()
    centre.hangs_up(second)
    assert centre.desk.callbacks() == []
    centre.hangs_up(first)
    assert the(centre).call == centre.call(first).id


def test_an_older_call_that_is_heard_of_late_changes_nothing() -> None:
    """Read from notes, calls come in any order: only a later call is a redial."""
    centre = Centre(SEAT).open()
    centre.now += 100
    gives_up(centre)
    known = the(centre)
    late = centre.arrives(arrived_at=START, caller=Caller(NUMBER), backfill=True)
    assert the(centre) == known
    centre.hangs_up(late)
    assert the(centre) == known


def test_who_was_answered_since_is_not_called_back_for_an_older_call() -> None:
    """Which is heard of only now."""
    centre = Centre(SEAT).with_seats(SEAT)
    centre.now += 100
    call = centre.arrives()
    centre.talks(call, SEAT)
    centre.hangs_up(call)
    centre.member(SEAT)
    centre.pause(SEAT)
    late = centre.arrives(arrived_at=START, caller=Caller(NUMBER), backfill=True)
    centre.hangs_up(late)
    assert centre.desk.callbacks() == []
    centre.now += 1
    gives_up(centre)  # but for a later one
    assert the(centre).opened_at == centre.at


def test_who_was_answered_in_an_older_call_is_not_called_back_for_a_later_one() -> None:
    """Which was heard of before: the older one went on, out of sight."""
    centre = Centre(SEAT).open()
    centre.now += 10
    gives_up(centre)
    late = centre.arrives(arrived_at=START, caller=Caller(NUMBER), backfill=True)
    assert centre.desk.callbacks()
    centre.answers(late, SEAT)
    centre.hangs_up(late)
    assert (outcome(centre), centre.desk.callbacks()) == (C.REDIALLED, [])


def test_that_somebody_was_answered_is_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Numbers come from outside; memory is bounded."""
    monkeypatch.setattr("sip112.routing.callbacks.REMEMBERED", 2)
    centre = Centre(SEAT).with_seats(SEAT)
    for number in (NUMBER, OTHER, NUMBER, "08125550103"):
        call = centre.arrives(caller=Caller(number))
        centre.talks(call, SEAT)
        centre.hangs_up(call)
        centre.member(SEAT)
    assert list(centre.desk._callbacks._answered) == [NUMBER, "08125550103"]


def test_a_day_later_nobody_is_called_back() -> None:
    """It could not help any more."""
    centre = abandoned()
    centre.now = the(centre).opened_at + KEPT_S - 1
    centre.tick()
    centre.snapshot()
    assert centre.desk.callbacks()
    centre.now += 1
    centre.tick()
    assert outcome(centre) is C.EXPIRED
    assert centre.desk.callbacks() == []


# --- taking one --------------------------------------------------------------------------------


def test_asterisk_rings_the_seat_first() -> None:
    """And knows whom to call then; the phone shows whom, and where the ticket is."""
    centre = abandoned(SEAT)
    ticket = the(centre).ticket_number
    assert take(centre) is None
    taken = the(centre)
    assert centre.actions == [
        f.StartCall(
            PBX,
            taken.centre,
            Purpose.CALLBACK,
            f"{NUMBER}*{round(centre.now * 1000)}",
            Line(SEAT),
            RING_S,
            NUMBER,
            ticket or "?",
            f"http://127.0.0.1:8112/t/{ticket}",
            f"sip112-{round(centre.now * 1000)}.{NUMBER}",
        )
    ]
    assert centre.told == [K.CALLBACK_TAKEN]
    assert (taken.state, taken.seat, taken.agent) == (
        CallbackState.TAKEN,
        SEAT,
        centre.seat(SEAT).agent,
    )
    assert (taken.tries, taken.taken_at, taken.pbx) == (1, centre.at, PBX)
    assert centre.replies[0].callback == taken


def test_a_number_is_not_called_twice_freepbx_525() -> None:
    """FreePBX#525: while one is being called, two or three more calls to it began.

    The seat that has the lease may ask again, and nothing rings again; no other seat gets one.
    """
    centre = abandoned(SEAT, SECOND)
    assert take(centre) is None
    assert take(centre) is None
    assert not centre.actions
    assert take(centre, SECOND) is R.CALLBACK_TAKEN
    started(centre)
    assert take(centre, SECOND) is R.CALLBACK_TAKEN
    centre.passes(RING_S)
    assert take(centre, SECOND) is R.CALLBACK_TAKEN
    tried(centre, OfferResult.ANSWERED)
    assert centre.desk.callbacks() == []
    calls = [each for each in centre.history if isinstance(each, f.StartCall)]
    assert len(calls) == 1


def test_callbacks_come_after_callers_freepbx_621() -> None:
    """FreePBX#621: callbacks were put before those who waited, and more than there were agents.

    While anybody waits none is taken, and there are as many at once as seats that would be idle.
    """
    numbers = tuple(f"081255501{n:02}" for n in range(10))
    seats = tuple(f"seat-{n:02}" for n in range(1, 5))
    centre = abandoned(*seats, numbers=numbers)
    waits = centre.arrives(skills=frozenset({"medical"}), caller=Caller("0812999"))
    assert {take(centre, seat, numbers[0]) for seat in seats} == {R.CALLERS_WAIT}
    centre.hangs_up(waits)
    for seat, number in zip(seats, numbers, strict=False):
        assert take(centre, seat, number) is None
    assert {
        take(centre, seat, number) for seat, number in itertools.product(seats, numbers[4:])
    } == {R.NOT_IDLE}


def test_a_caller_gets_a_seat_that_is_idle_before_a_callback_does() -> None:
    """Which is then not idle any more."""
    centre = abandoned(SEAT)
    call = centre.arrives(caller=Caller(OTHER))
    assert centre.rung == [(call, SEAT)]
    assert take(centre) is R.NOT_IDLE
    assert centre.did(f.StartCall) == []


def test_no_caller_rings_at_a_seat_that_calls_back() -> None:
    """From the lease on, before its phone is heard of; the caller goes to another seat."""
    centre = abandoned(SEAT, SECOND)
    assert take(centre) is None
    assert centre.seat(SEAT).device is Device.IDLE
    call = centre.arrives(caller=Caller(OTHER))
    assert centre.rung == [(call, SECOND)]
    centre.member(SEAT, Device.RINGING)
    centre.member(SEAT, Device.IN_USE)
    started(centre)
    tried(centre, OfferResult.ANSWERED)
    centre.arrives(caller=Caller("08125550103"))
    assert centre.rung == []
    centre.member(SEAT)
    assert [seat for _, seat in centre.rung] == [SEAT]


def test_a_seat_that_calls_back_is_not_called_into_a_call() -> None:
    """Nor does one that takes part in a call, or is called to, call anybody back."""
    centre = abandoned(SEAT, SECOND)
    call = centre.arrives(caller=Caller(OTHER))
    centre.talks(call, SEAT)
    assert take(centre, SEAT) is R.NOT_IDLE
    assert take(centre, SECOND) is None
    assert transfer(centre, call, SECOND) is R.TARGET_BUSY
    tried(centre, OfferResult.NO_ANSWER)
    assert transfer(centre, call, SECOND) is None
    assert centre.did(f.StartCall)
    assert take(centre, SECOND) is R.NOT_IDLE
    consistent(centre.desk)


def test_who_was_left_alone_and_gives_up_is_to_be_called_back() -> None:
    """Nobody is with them any more who could say what it was about; see `rooms`."""
    centre = Centre(SEAT).with_seats(SEAT)
    call = centre.arrives(caller=Caller(NUMBER))
    centre.talks(call, SEAT)
    centre.give(e.LeftAlone(centre.at, PBX, call))
    assert centre.desk.callbacks() == []
    centre.hangs_up(call)
    assert the(centre).call == centre.call(call).id
    consistent(centre.desk)


def test_who_cannot_take_one() -> None:
    """Whom nobody knows, who is off duty, away, or cannot be rung where the number can be."""
    centre = abandoned(SEAT, SECOND)
    assert take(centre, "seat-99") is R.UNKNOWN_SEAT
    reply = centre.command(e.TakeCallback, SEAT, callback=the_call(7), pbxs=(PBX,))
    assert reply is not None
    assert reply.refusal is R.UNKNOWN_CALLBACK
    assert take(centre, SEAT, NUMBER, PbxId("pbx9")) is R.PBX_UNREACHABLE
    centre.pause(SEAT)
    assert take(centre) is R.NOT_IDLE
    centre.command(e.LogOut, SECOND)
    centre.give(e.MemberRemoved(centre.at, PBX, the(centre).centre, SECOND))
    assert take(centre, SECOND) is R.OFF_DUTY
    assert the(centre).state is CallbackState.OPEN


def test_a_phone_is_rung_without_a_ticket_too() -> None:
    """Restored from a store of an older kind, there may be none."""
    centre = Centre(SEAT)
    known = Callback(CallId(the_call(1)), centre.desk.config.centre, NUMBER, START, START)
    centre.open(callbacks=(known,))
    centre.log_in(SEAT)
    assert take(centre) is None
    [order] = centre.did(f.StartCall)
    assert (order.name, order.about) == ("", "")


# --- what comes of it --------------------------------------------------------------------------


def test_whom_a_seat_reached_is_off_the_list() -> None:
    """When somebody at the number answered."""
    centre = abandoned(SEAT)
    take(centre)
    started(centre)
    tried(centre, OfferResult.ANSWERED)
    assert (centre.told, outcome(centre)) == ([K.CALLBACK_CLEARED], C.REACHED)
    assert centre.desk.callbacks() == []


@pytest.mark.parametrize("result", [each for each in OfferResult if each.value != "answered"])
def test_when_nobody_answers_another_may_try(result: OfferResult) -> None:
    """The list says how the last try ended."""
    centre = abandoned(SEAT, SECOND)
    take(centre)
    started(centre)
    centre.member(SEAT, Device.IN_USE)
    tried(centre, result)
    assert centre.told == [K.CALLBACK_RELEASED]
    assert (the(centre).state, the(centre).result) == (CallbackState.OPEN, TryResult(result))
    centre.now += 1
    assert take(centre, SECOND) is None
    assert (the(centre).tries, the(centre).result) == (2, None)


def test_a_phone_that_is_not_picked_up_gives_the_callback_back() -> None:
    """Nobody outside was called."""
    centre = abandoned(SEAT)
    take(centre)
    started(centre, OfferResult.NO_ANSWER)
    assert (centre.told, the(centre).result) == ([K.CALLBACK_RELEASED], TryResult.NO_ANSWER)


def test_an_order_that_asterisk_refuses_gives_it_back() -> None:
    """With Asterisk's word."""
    centre = abandoned(SEAT)
    take(centre)
    [order] = centre.did(f.StartCall)
    centre.give(e.ActionFailed(centre.at, PBX, order, "no such user"))
    assert [each.detail for each in centre.records] == [{"why": "no such user"}]
    assert the(centre).result is TryResult.FAILED
    centre.give(e.ActionFailed(centre.at, PBX, order, "no such user"))
    assert not centre.last


def test_a_caller_who_waits_gets_the_seat_that_gave_it_back() -> None:
    """In the same step."""
    centre = abandoned(SEAT)
    take(centre)
    call = centre.arrives(caller=Caller(OTHER))
    assert centre.rung == []
    started(centre, OfferResult.REJECTED)
    assert centre.rung == [(call, SEAT)]


def test_a_phone_that_only_rings_to_call_back_is_silenced_for_a_caller() -> None:
    """One for each who waits; its seat is rung for them when Asterisk says that it is silent."""
    centre = abandoned(SEAT, SECOND, numbers=(NUMBER, OTHER))
    take(centre, SEAT, NUMBER)
    take(centre, SECOND, OTHER)
    first, second = the(centre, NUMBER), the(centre, OTHER)
    call = centre.arrives(caller=Caller("08125550103"))
    assert centre.did(f.Drop) == [f.Drop(PBX, Uniqueid(""), first.handle)]
    assert centre.rung == []
    started(centre, OfferResult.FAILED)
    assert centre.rung == [(call, SEAT)]
    assert (the(centre).state, the(centre).result) == (CallbackState.OPEN, TryResult.GAVE_WAY)
    [released] = [each for each in centre.records if each.kind is K.CALLBACK_RELEASED]
    assert released.detail == {"why": "a caller waits"}
    centre.arrives(caller=Caller("08125550104"))
    assert centre.did(f.Drop) == [f.Drop(PBX, Uniqueid(""), second.handle)]
    centre.arrives(caller=Caller("08125550105"))
    assert centre.did(f.Drop) == []


def test_whom_a_caller_does_not_suit_goes_on_calling_back() -> None:
    """As does who has picked the phone up: somebody is about to be reached."""
    centre = abandoned(SEAT)
    take(centre)
    centre.arrives(caller=Caller(OTHER), skills=frozenset({"medical"}))
    assert centre.did(f.Drop) == []
    started(centre)
    centre.arrives(caller=Caller("08125550103"))
    assert centre.did(f.Drop) == []


def test_enough_phones_are_silenced_and_no_more() -> None:
    """A caller who comes back to wait is the same caller."""
    centre = abandoned(SEAT, SECOND, numbers=(NUMBER, OTHER))
    take(centre, SEAT, NUMBER)
    take(centre, SECOND, OTHER)
    centre.arrives(caller=Caller("08125550103"))
    assert len(centre.did(f.Drop)) == 1
    gone = centre.arrives(caller=Caller("08125550104"))
    assert len(centre.did(f.Drop)) == 1
    centre.hangs_up(gone)
    centre.arrives(caller=Caller("08125550105"))
    assert centre.did(f.Drop) == []


def test_a_phone_that_does_not_ring_yet_is_silenced_when_it_does() -> None:
    """Asked again at the next look at the clock, and not for ever."""
    centre = abandoned(SEAT)
    take(centre)
    centre.arrives(caller=Caller(OTHER))
    [drop] = centre.did(f.Drop)
    centre.give(e.ActionFailed(centre.at, PBX, drop, "No such channel"))
    centre.give(e.Tick(centre.at))
    [again] = centre.did(f.Drop)
    assert (again.handle, again.last) == (drop.handle, True)
    centre.give(e.ActionFailed(centre.at, PBX, again, "No such channel"))
    centre.give(e.Tick(centre.at))
    assert centre.did(f.Drop) == []


def test_who_redials_while_a_seat_is_about_to_call_back_gets_that_seat() -> None:
    """Its phone rings no longer for the other reason."""
    centre = abandoned(SEAT)
    take(centre)
    handle = the(centre).handle
    call = centre.arrives(caller=Caller(NUMBER))
    assert centre.did(f.Drop) == [f.Drop(PBX, Uniqueid(""), handle)]
    assert (centre.rung, outcome(centre)) == ([(call, SEAT)], C.REDIALLED)


def test_a_lease_ends_when_nothing_is_heard_of_the_phone() -> None:
    """Or of the number, which may ring for longer."""
    centre = abandoned(SEAT)
    take(centre)
    centre.passes(RING_S + OVERDUE_S - 1)
    assert the(centre).state is CallbackState.TAKEN
    centre.passes(1)
    assert (the(centre).state, the(centre).result) == (CallbackState.OPEN, TryResult.FAILED)
    take(centre)
    started(centre)
    centre.passes(OUTSIDE_S + OVERDUE_S - 1)
    assert the(centre).state is CallbackState.TAKEN
    centre.passes(1)
    assert the(centre).state is CallbackState.OPEN
    tried(centre, OfferResult.ANSWERED)  # later than that: it counts all the same
    assert outcome(centre) is C.REACHED


def test_what_is_told_of_no_lease_changes_nothing() -> None:
    """Late, twice, or made up."""
    centre = abandoned(SEAT)
    known = the(centre)
    for result in (OfferResult.ANSWERED, OfferResult.NO_ANSWER):
        for subject in ("", "*", NUMBER, f"{NUMBER}*1", f"{OTHER}*1"):
            centre.give(e.CallStarted(centre.at, PBX, Purpose.CALLBACK, subject, result))
            assert not centre.last
            centre.give(e.CallbackTried(centre.at, PBX, subject, result))
            assert not centre.last
    tried(centre, OfferResult.NO_ANSWER)
    assert not centre.last
    assert the(centre) == known
    assert sum(centre.desk.ignored.values()) == 21


# --- what people say ---------------------------------------------------------------------------


def test_a_seat_may_give_a_callback_back() -> None:
    """Its own, and one that it has."""
    centre = abandoned(SEAT, SECOND)
    call = the(centre).call
    replies = [centre.command(e.ReleaseCallback, SEAT, callback=call)]
    take(centre)
    replies += [centre.command(e.ReleaseCallback, seat, callback=call) for seat in (SECOND, SEAT)]
    assert [each.refusal for each in replies if each is not None] == [
        R.CALLBACK_NOT_TAKEN,
        R.CALLBACK_TAKEN,
        None,
    ]
    assert (centre.told, the(centre).state) == ([K.CALLBACK_RELEASED], CallbackState.OPEN)
    assert SEAT in centre.desk._roster.bench


@pytest.mark.parametrize("said", sorted(SAID))
def test_somebody_may_say_what_came_of_it(said: CallbackOutcome) -> None:
    """While nobody has it, or from the seat that has it."""
    centre = abandoned(SEAT, SECOND, numbers=(NUMBER, OTHER))
    call = the(centre).call
    take(centre)
    done = {"callback": call, "outcome": said}
    reply = centre.command(e.CallbackDone, SECOND, **done)
    assert reply is not None
    assert reply.refusal is R.CALLBACK_TAKEN
    reply = centre.command(e.CallbackDone, SEAT, **done)
    assert reply is not None
    assert reply.callback is not None
    assert (centre.told, reply.callback.outcome) == ([K.CALLBACK_DONE], said)
    assert reply.callback.closed_at == centre.at
    assert SEAT in centre.desk._roster.bench
    centre.command(e.CallbackDone, SECOND, **done | {"callback": the(centre, OTHER).call})
    assert centre.told == [K.CALLBACK_DONE]
    assert centre.desk.callbacks() == []


# --- a new start -------------------------------------------------------------------------------


def the_call(n: int) -> CallId:
    """Return the id of some call of before."""
    return CallId(UUID(int=n))


def stored(number: str = NUMBER, n: int = 1, **fields: object) -> Callback:
    """Return a callback as the store has it."""
    centre = Centre().desk.config.centre
    at = Instant(START - 60)
    return Callback(the_call(n), centre, number, Instant(at - 20), at).evolve(**fields)


def test_the_list_outlives_the_service() -> None:
    """As it was, for what is left of its day."""
    centre = Centre(SEAT).open(callbacks=(stored(), stored(OTHER, 2)))
    assert centre.desk.callbacks() == [stored(), stored(OTHER, 2)]
    centre.now += KEPT_S - 61
    centre.tick()
    centre.snapshot()
    assert len(centre.desk.callbacks()) == 2
    centre.now += 1
    centre.tick()
    assert centre.desk.callbacks() == []


def test_a_lease_outlives_the_service() -> None:
    """For no longer than it can last; its seat is rung for nobody meanwhile."""
    taken: dict[str, Any] = {"state": CallbackState.TAKEN, "seat": SEAT, "tries": 1}
    centre = Centre(SEAT).open(callbacks=(stored(taken_at=Instant(START - 30), **taken),))
    centre.log_in(SEAT)
    centre.member(SEAT, Device.IN_USE)
    centre.passes(RING_S + OUTSIDE_S + 2 * OVERDUE_S - 31)
    assert the(centre).state is CallbackState.TAKEN
    centre.passes(1)
    assert the(centre).state is CallbackState.OPEN
    centre.member(SEAT)
    assert SEAT in centre.desk._roster.bench


def test_a_lease_whose_order_was_lost_with_the_service_lets_its_seat_go() -> None:
    """Its phone is idle, so nothing is on its way; a caller need not wait for the longest lease."""
    lost = stored(taken_at=Instant(START - 1), state=CallbackState.TAKEN, seat=SEAT, tries=1)
    centre = Centre(SEAT).open(callbacks=(lost,))
    centre.log_in(SEAT)
    caller = centre.arrives(caller=Caller(OTHER))
    assert SEAT not in centre.desk._roster.bench
    assert f.RingSeat not in {type(each) for each in centre.passes(OVERDUE_S - 1)}
    centre.passes(1)
    assert the(centre).state is CallbackState.OPEN
    assert centre.seat(SEAT).call == centre.call(caller).id


def test_a_lease_without_a_time_or_a_seat_that_is_there_ends_too() -> None:
    """The settings may have changed meanwhile."""
    gone = stored(state=CallbackState.TAKEN, seat=SeatId("seat-99"))
    centre = Centre(SEAT).open(callbacks=(gone, stored(OTHER, 2, state=CallbackState.TAKEN)))
    centre.passes(RING_S + OUTSIDE_S + 2 * OVERDUE_S)
    assert the(centre).state is CallbackState.OPEN


def test_the_store_may_answer_late() -> None:
    """What was heard since is newer: another callback of the number, a call, or an answer."""
    centre = Centre(SEAT).open()
    gives_up(centre)
    ours = the(centre)
    calls = centre.arrives(caller=Caller(OTHER))
    centre.store_read(
        callbacks=(stored(), stored(OTHER, 2), stored("08125550103", 3)),
    )
    cleared = [each.callback for each in centre.records if each.kind is K.CALLBACK_CLEARED]
    assert [each and (each.call, each.outcome) for each in cleared] == [
        (the_call(1), C.REDIALLED),
        (the_call(2), C.REDIALLED),
    ]
    assert [each.number for each in centre.desk.callbacks()] == ["08125550103", NUMBER]
    assert the(centre) == ours
    centre.store_read(callbacks=(ours,))
    assert the(centre) == ours
    assert centre.told == []
    centre.hangs_up(calls)
    assert the(centre, OTHER).call == centre.call(calls).id
