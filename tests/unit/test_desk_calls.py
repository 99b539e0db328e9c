"""What the desk does about callers: who is rung, and what comes of it."""

from __future__ import annotations

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Caller, CallState, OfferResult, Origin, Outcome
from sip112.routing.course import Course
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import OVERDUE_S, Sight
from sip112.routing.reconcile import ELSEWHERE
from sip112.routing.seat import Device, SeatConfig, SeatState
from sip112.routing.trials import SILENT_S
from tests.unit.centre import PBX, PKY, START, Centre, rung

K = f.EntryKind

# --- a call from its beginning to its end --------------------------------------------------


def test_a_call_that_finds_a_free_seat_is_rung_in_the_same_step() -> None:
    """It opens a ticket, gets its label, and never joins the queue."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    call = centre.call(caller)
    assert centre.actions == [
        f.LabelCall(PBX, caller, call.channel, "PKY-20261122-0001"),
        f.ReserveSerials(PBX, PKY, "20261122", 21),
        f.RingSeat(PBX, caller, call.channel, SeatId("seat-01"), 1),
    ]
    assert centre.told == [K.CALL_ARRIVED, K.CALL_OFFERED]
    assert call.state is CallState.OFFERED
    assert (call.seat, call.agent) == ("seat-01", "agent of seat-01")
    assert centre.seat("seat-01").call == call.id


def test_a_whole_life_is_told_step_by_step() -> None:
    """Arrived, offered, ringing, answered, ended: each with its time, and the seat as it was."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.now += 1
    centre.rings(caller, "seat-01")
    assert centre.told == [K.CALL_RINGING]
    assert centre.records[0].detail == {}
    assert centre.seat("seat-01").state is SeatState.RINGING
    centre.now += 3
    centre.answers(caller, "seat-01")
    assert centre.told == [K.CALL_ANSWERED]
    assert centre.records[0].seat == centre.seat("seat-01")
    assert centre.seat("seat-01").state is SeatState.TALKING
    centre.now += 60
    centre.hangs_up(caller)
    assert centre.told == [K.CALL_ENDED]
    call = centre.call(caller)
    assert (call.state, call.outcome, call.cause) == (CallState.ENDED, Outcome.ANSWERED, 16)
    assert (call.answered_at, call.ended_at) == (START + 4, START + 64)
    assert (call.seat, call.agent) == ("seat-01", "agent of seat-01")
    (offer,) = call.offers
    assert (offer.offered_at, offer.rang_at, offer.ended_at) == (START, START + 1, START + 4)
    assert (offer.result, offer.native) == (OfferResult.ANSWERED, False)
    assert centre.nothing_is_left()


def test_what_the_dialplan_says_of_a_caller_stands_in_the_call() -> None:
    """Caller, trunk, place and wishes are for the operator's screen."""
    centre = Centre("seat-01").open()
    caller = centre.arrives(
        caller=Caller("08125550102", "Budi"),
        trunk="carrier",
        dialled="112",
        location="<sip:loc@127.0.0.1>",
        priority=5,
        skills=frozenset({"en"}),
    )
    call = centre.call(caller)
    assert (call.caller.number, call.caller.name) == ("08125550102", "Budi")
    assert (call.trunk, call.dialled, call.location) == ("carrier", "112", "<sip:loc@127.0.0.1>")
    assert (call.priority, call.origin) == (5, Origin.LIVE)
    assert call.skills == {"en"}
    ticket = centre.records[0].ticket
    assert ticket is not None
    assert (ticket.number, ticket.id) == (call.ticket_number, call.ticket)
    assert (ticket.call, ticket.opened_at) == (call.id, START)


def test_nobody_free_means_waiting_with_a_position() -> None:
    """The first word of the position is told; later ones only change it."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    assert centre.rung == []
    centre.joins(caller, 4)
    assert centre.told == [K.CALL_QUEUED]
    centre.now += 5
    centre.joins(caller, 2)
    assert centre.told == []
    call = centre.call(caller)
    assert (call.state, call.position, call.queued_at) == (CallState.QUEUED, 2, START)
    assert centre.desk.waiting() == [call]


def test_a_caller_who_joins_the_queue_in_the_instant_of_the_offer_stays_offered() -> None:
    """The redirect is on its way and takes the caller out again."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.joins(caller, 1)
    assert centre.told == []
    assert centre.call(caller).state is CallState.OFFERED
    assert centre.call(caller).position == 1


# --- which seat ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "why_not",
    [
        "never logged in",
        "logged out",
        "unregistered",
        "unknown to Asterisk",
        "busy",
        "ringing",
        "paused",
        "wrap-up",
        "without the skill",
        "released by the watchdog",
    ],
)
def test_only_an_eligible_seat_is_rung(why_not: str) -> None:
    """Each reason by which a seat is passed over, beside one that is eligible."""
    centre = Centre(
        "seat-01", SeatConfig(SeatId("seat-02"), frozenset({"en"})), wrap_up_s=60
    ).open()
    match why_not:
        case "never logged in":
            pass
        case "logged out":
            centre.log_in("seat-01")
            centre.command(e.LogOut, "seat-01")
            centre.give(e.MemberRemoved(centre.at, PBX, PKY, SeatId("seat-01")))
        case "unregistered" | "unknown to Asterisk" | "busy" | "ringing":
            device = {
                "unregistered": Device.UNREGISTERED,
                "unknown to Asterisk": Device.UNKNOWN,
                "busy": Device.IN_USE,
                "ringing": Device.RINGING,
            }[why_not]
            centre.member("seat-01", device)
        case "paused":
            centre.log_in("seat-01")
            centre.pause("seat-01")
        case "wrap-up":
            centre.log_in("seat-01")
            before = centre.arrives()
            centre.talks(before, "seat-01")
            centre.hangs_up(before)
            centre.member("seat-01")
        case "without the skill":
            centre.log_in("seat-01")
        case _:
            centre.log_in("seat-01")
            centre.member("seat-01", paused=False)
    wish = frozenset({"en"}) if why_not == "without the skill" else frozenset()
    caller = centre.arrives(skills=wish)
    assert centre.rung == []
    assert [call.uniqueid for call in centre.desk.waiting()] == [caller]
    centre.log_in("seat-02")
    assert centre.rung == [(caller, "seat-02")]


def test_the_longest_idle_seat_is_rung_first() -> None:
    """By when it became free, not by its name."""
    centre = Centre("seat-01", "seat-02", "seat-03").with_seats("seat-03", "seat-01", "seat-02")
    assert [centre.call(centre.arrives()).seat for _ in range(3)] == [
        "seat-03",
        "seat-01",
        "seat-02",
    ]


def test_after_a_call_a_seat_goes_to_the_end() -> None:
    """The work is shared out."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    first = centre.arrives()
    centre.talks(first, "seat-01")
    centre.hangs_up(first)
    centre.member("seat-01")
    assert centre.call(centre.arrives()).seat == "seat-02"
    assert centre.call(centre.arrives()).seat == "seat-01"


def test_an_agents_skills_are_added_to_the_seats() -> None:
    """They go when the agent goes."""
    centre = Centre(SeatConfig(SeatId("seat-01"), frozenset({"id"}))).open()
    centre.log_in("seat-01", frozenset({"en"}))
    assert centre.seat("seat-01").skills == {"id", "en"}
    caller = centre.arrives(skills=frozenset({"id", "en"}))
    assert centre.rung == [(caller, "seat-01")]
    centre.hangs_up(caller)
    centre.give(e.MemberRemoved(centre.at, PBX, PKY, SeatId("seat-01")))
    assert centre.seat("seat-01").skills == {"id"}


# --- which call ----------------------------------------------------------------------------


def test_callers_are_served_by_priority_then_by_arrival() -> None:
    """Whoever came first among the most urgent."""
    centre = Centre("seat-01").open()
    callers = []
    for priority in (0, 0, 10, 10):
        callers.append(centre.arrives(priority=priority))
        centre.now += 1
    served = []
    centre.log_in("seat-01")
    for _ in callers:
        ((caller, _),) = centre.rung
        served.append(caller)
        centre.hangs_up(caller)
    assert served == [callers[2], callers[3], callers[0], callers[1]]


def test_a_caller_whose_wish_no_seat_fits_does_not_hold_up_the_others() -> None:
    """The seat serves the next one in line."""
    centre = Centre("seat-01").open()
    centre.arrives(skills=frozenset({"en"}))
    caller = centre.arrives()
    centre.log_in("seat-01")
    assert centre.rung == [(caller, "seat-01")]


def test_the_same_caller_twice_is_two_calls() -> None:
    """Two channels, two tickets, two seats; what they have in common is for the operators."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    one = centre.arrives(caller=Caller("08125550103"))
    two = centre.arrives(caller=Caller("08125550103"))
    assert {centre.call(one).seat, centre.call(two).seat} == {"seat-01", "seat-02"}
    assert sorted(centre.tickets().values()) == ["PKY-20261122-0001", "PKY-20261122-0002"]


# --- a seat that does not take the call ----------------------------------------------------


def test_a_seat_that_does_not_answer_is_passed_over_and_paused() -> None:
    """The caller rings the next seat at once; whoever let it ring out is taken for away."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.returns(caller, "seat-01", OfferResult.NO_ANSWER)
    assert centre.actions[0] == f.PauseMember(PBX, PKY, SeatId("seat-01"), f.NO_ANSWER)
    assert centre.rung == [(caller, "seat-02")]
    assert centre.told == [K.CALL_RETURNED, K.CALL_OFFERED]
    assert centre.records[0].detail == {"seat": "seat-01", "result": "no_answer"}
    centre.member("seat-01", reason=f.NO_ANSWER)
    assert centre.told == [K.SEAT_CHANGED]
    assert centre.seat("seat-01").state is SeatState.PAUSED
    assert centre.seat("seat-01").pause_reason == "no answer"


def test_the_last_seat_on_duty_is_never_paused() -> None:
    """It is rung again after a moment: better an empty chair than nobody at all."""
    centre = Centre("seat-01", "seat-02", "seat-03", retry_s=2).with_seats("seat-01", "seat-02")
    centre.pause("seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.returns(caller, "seat-01", OfferResult.NO_ANSWER)
    assert centre.actions == []
    assert rung(centre.passes(1.5)) == []
    assert rung(centre.passes(0.5)) == ["seat-01"]


def test_two_seats_that_ring_out_together_are_not_both_paused() -> None:
    """The first one's pause is not confirmed yet, and counts all the same."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    one, two = centre.arrives(), centre.arrives()
    centre.returns(one, "seat-01", OfferResult.NO_ANSWER)
    assert len(centre.did(f.PauseMember)) == 1
    centre.returns(two, "seat-02", OfferResult.NO_ANSWER)
    assert centre.did(f.PauseMember) == []


def test_a_pause_asked_for_while_it_rang_is_not_replaced_by_ours() -> None:
    """Whoever asked for it gets their answer; the seat is off either way."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.command(e.Pause, "seat-01", reason="prayer")
    centre.returns(caller, "seat-01", OfferResult.NO_ANSWER)
    assert centre.did(f.PauseMember) == []
    centre.member("seat-01", reason="prayer")
    assert [reply.refusal for reply in centre.replies] == [None]


@pytest.mark.parametrize(
    "result", [OfferResult.REJECTED, OfferResult.UNREACHABLE, OfferResult.FAILED]
)
def test_a_seat_that_rejects_is_not_paused(result: OfferResult) -> None:
    """Somebody is there, or the phone is at fault; the next seat is rung."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.returns(caller, "seat-01", result)
    assert centre.did(f.PauseMember) == []
    assert centre.rung == [(caller, "seat-02")]


def test_a_seat_that_rejected_is_not_rung_for_that_call_while_another_is_free() -> None:
    """Even long after, when both are free, the one that has not been asked is rung."""
    centre = Centre("seat-01", "seat-02", retry_s=2).with_seats("seat-01", "seat-02")
    second = centre.arrives()  # keeps neither seat for long
    centre.hangs_up(second)
    centre.member("seat-02", Device.IN_USE)
    caller = centre.arrives()
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    assert centre.rung == []
    centre.member("seat-02")
    assert centre.rung == [(caller, "seat-02")]
    centre.returns(caller, "seat-02", OfferResult.REJECTED)
    assert centre.rung == []  # both are barred for a moment
    assert rung(centre.passes(2)) == ["seat-01"]  # then the longest idle of those tried


def test_bars_are_lifted_one_by_one() -> None:
    """Each seat after its own moment."""
    centre = Centre("seat-01", "seat-02", retry_s=2).with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    centre.passes(1)
    centre.returns(caller, "seat-02", OfferResult.REJECTED)
    assert rung(centre.passes(0.5)) == []
    assert rung(centre.passes(0.5)) == ["seat-01"]
    assert list(centre.desk._trials._barred) == [(centre.call(caller).id, "seat-02")]


def test_a_seat_that_rejected_one_call_is_rung_for_another_at_once() -> None:
    """It said no to that call, not to work."""
    centre = Centre("seat-01").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.returns(one, "seat-01", OfferResult.REJECTED)
    assert centre.rung == [(two, "seat-01")]


def test_a_caller_who_comes_back_keeps_the_place_by_arrival() -> None:
    """Whoever was offered and not taken is before those who came later."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    one = centre.arrives()
    centre.now += 1
    two = centre.arrives()
    assert [call.uniqueid for call in centre.desk.waiting()] == [two]
    centre.returns(one, "seat-01", OfferResult.REJECTED)  # seat-01 rings for the other one
    centre.now += 1
    three = centre.arrives()
    assert [call.uniqueid for call in centre.desk.waiting()] == [one, three]
    centre.joins(one, 1)
    assert centre.call(one).state is CallState.QUEUED
    centre.log_in("seat-02")
    assert centre.rung == [(one, "seat-02")]


def test_a_phone_that_unregisters_while_it_rings_gives_the_call_back() -> None:
    """The caller need not wait until the ring time is over."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.member("seat-01", Device.UNREGISTERED)
    assert centre.rung == [(caller, "seat-02")]
    assert centre.call(caller).offers[0].result is OfferResult.UNREACHABLE
    assert centre.seat("seat-01").state is SeatState.UNREGISTERED
    centre.returns(caller, "seat-01", OfferResult.UNREACHABLE)  # what Asterisk says of it later
    assert centre.desk.ignored["CallReturned from a seat that has no offer"] == 1
    assert centre.call(caller).seat == "seat-02"


def test_a_phone_that_is_gone_while_it_rings_gives_the_call_back() -> None:
    """To the queue it still rings: it is the phone's own registration that tells."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.member("seat-01", Device.RINGING)
    centre.give(e.PhoneGone(centre.at, PBX, SeatId("seat-01")))
    assert centre.rung == [(caller, "seat-02")]
    assert centre.call(caller).offers[0].result is OfferResult.UNREACHABLE
    assert centre.seat("seat-01").call is None


def test_a_phone_that_is_gone_otherwise_is_told_by_the_queue() -> None:
    """One that does not ring, one that talks, one that is no seat."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    before = centre.desk.calls(), centre.desk.seats()
    for seat in ("seat-01", "seat-02", "seat-99"):
        assert centre.give(e.PhoneGone(centre.at, PBX, SeatId(seat))) == []
    assert (centre.desk.calls(), centre.desk.seats()) == before
    assert centre.desk.ignored == {}


def test_a_phone_that_unregisters_while_it_talks_does_not_end_the_call() -> None:
    """Registration and conversation are two things."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.member("seat-01", Device.UNREGISTERED)
    assert centre.call(caller).state is CallState.TALKING
    assert centre.seat("seat-01").state is SeatState.TALKING


def test_a_return_of_a_call_that_waits_already_changes_nothing() -> None:
    """It comes late, or twice."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    assert centre.told == []
    assert centre.desk.ignored == {"CallReturned from a seat that has no offer": 1}


def test_the_end_of_our_own_dialling_is_told_by_the_dialplan() -> None:
    """DialEnd alone changes nothing: the caller is not back in the dialplan yet."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.dial_ends(caller, "seat-01", OfferResult.REJECTED)
    assert centre.rung == []
    assert centre.call(caller).state is CallState.RINGING


# --- the caller hangs up -------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in CallState if state is not CallState.ENDED])
def test_a_caller_who_hangs_up_at_any_instant_leaves_nothing_behind(state: CallState) -> None:
    """The call has an outcome, the seat is free again, and the next caller gets it."""
    centre = Centre("seat-01").open()
    if state not in {CallState.ARRIVED, CallState.QUEUED}:
        centre.log_in("seat-01")
    caller = centre.arrives()
    if state is CallState.QUEUED:
        centre.joins(caller)
    if state in {CallState.RINGING, CallState.TALKING}:
        centre.rings(caller, "seat-01")
    if state is CallState.TALKING:
        centre.answers(caller, "seat-01")
    assert centre.call(caller).state is state
    centre.now += 1
    centre.hangs_up(caller)
    call = centre.call(caller)
    talked = state is CallState.TALKING
    assert call.outcome is (Outcome.ANSWERED if talked else Outcome.ABANDONED)
    assert call.ended_at == START + 1
    assert call.offer is None
    assert call.seat == ("seat-01" if talked else None)
    assert centre.nothing_is_left()
    centre.log_in("seat-01")
    assert centre.seat("seat-01").free
    assert centre.call(centre.arrives()).seat == "seat-01"


def test_a_caller_who_hangs_up_after_a_rejection_leaves_no_bar_behind() -> None:
    """What was remembered of the seats that failed it goes with it."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.returns(caller, "seat-01", OfferResult.REJECTED)
    assert centre.desk._trials._barred
    centre.hangs_up(caller)
    assert centre.nothing_is_left()
    assert rung(centre.passes(10)) == []


@pytest.mark.parametrize("heard", ["arrival", "ring", "ring of another"])
@pytest.mark.parametrize("seat", [SeatId("seat-01"), None])
def test_an_answer_that_was_not_heard_is_in_the_end(heard: str, seat: SeatId | None) -> None:
    """Events get lost; the end tells all that the note tells."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    if heard == "ring of another":
        centre.with_seats("seat-02")
        centre.pause("seat-01")
    caller = centre.arrives()
    if heard != "arrival":
        centre.rings(caller, "seat-01" if heard == "ring" else "seat-02")
    centre.now += 60
    answered = Instant(START + 4)
    centre.give(e.CallEnded(centre.at, PBX, caller, 16, seat, answered))
    call = centre.call(caller)
    assert (call.outcome, call.answered_at, call.ended_at) == (
        Outcome.ANSWERED,
        answered,
        START + 60,
    )
    assert call.seat == (seat or ELSEWHERE)
    assert centre.told == [K.CALL_ANSWERED, K.CALL_ENDED]
    assert centre.nothing_is_left()


def test_who_talks_unheard_is_not_torn_away_as_the_phone_unregisters() -> None:
    """That it answered got lost; that it is in use did not."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.member("seat-01", Device.RINGING)
    centre.member("seat-01", Device.IN_USE)
    centre.give(e.PhoneGone(centre.at, PBX, SeatId("seat-01")))
    assert centre.actions == []
    assert centre.call(caller).seat == "seat-01"


@pytest.mark.parametrize("devices", [[Device.IN_USE], [Device.IN_USE, Device.RINGING], []])
def test_a_phone_that_unregisters_as_it_is_dialled_is_gone(devices: list[Device]) -> None:
    """Asterisk calls it in use from the INVITE until it says that it rings."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    for device in devices:
        centre.member("seat-01", device)
    centre.give(e.PhoneGone(centre.at, PBX, SeatId("seat-01")))
    assert centre.call(caller).seat == "seat-02"


def test_an_answer_that_was_heard_is_not_taken_again_from_the_end() -> None:
    """What was heard live is the truth of it."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.give(e.CallEnded(centre.at, PBX, caller, 16, SeatId("seat-01"), Instant(START + 9)))
    assert centre.call(caller).answered_at == START
    assert centre.told == [K.CALL_ENDED]


@pytest.mark.parametrize("talked", [False, True])
def test_a_call_that_asterisk_itself_ended_is_lost_by_it(*, talked: bool) -> None:
    """It restarted: neither the caller nor the seat hung up."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    if talked:
        centre.talks(caller, "seat-01")
    centre.give(e.CallEnded(centre.at, PBX, caller, by_pbx=True))
    assert centre.call(caller).outcome is Outcome.LOST_BY_PBX
    assert centre.nothing_is_left()


def test_a_fault_in_a_step_loses_nothing_that_came_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the step had led to comes with the next."""
    centre = Centre("seat-01").with_seats("seat-01")

    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Course, "seek", fault)
    with pytest.raises(ZeroDivisionError):
        centre.arrives()
    monkeypatch.undo()
    centre.give(e.Tick(centre.at))
    assert K.CALL_ARRIVED in centre.told
    assert len(centre.tickets()) == 1


def test_a_seat_whose_caller_hung_up_takes_the_next_one_in_the_same_step() -> None:
    """No caller waits beside a free seat, not even for a tick."""
    centre = Centre("seat-01").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.hangs_up(one)
    assert centre.rung == [(two, "seat-01")]
    assert centre.told == [K.CALL_ENDED, K.CALL_OFFERED]


# --- a redirect that Asterisk refuses --------------------------------------------------------


def refuse(centre: Centre, seat: str = "seat-01") -> None:
    """Let Asterisk refuse the last redirect to `seat`."""
    (asked,) = [
        each for each in centre.history[::-1] if isinstance(each, f.RingSeat) and each.seat == seat
    ][:1]
    centre.give(e.ActionFailed(centre.at, PBX, asked, "Channel does not exist"))


def test_a_caller_whom_asterisk_would_not_move_is_left_alone_for_a_moment() -> None:
    """Most often they have just hung up; the seat serves the next one."""
    centre = Centre("seat-01", "seat-02", retry_s=2).with_seats("seat-01", "seat-02")
    one = centre.arrives()
    refuse(centre)
    assert centre.rung == []  # although seat-02 is free
    assert centre.call(one).offers[0].result is OfferResult.FAILED
    assert centre.seat("seat-01").free
    centre.member("seat-02", Device.IN_USE)
    centre.member("seat-02")
    assert centre.rung == []  # nor when it becomes free
    two = centre.arrives()
    assert centre.rung == [(two, "seat-01")]
    assert rung(centre.passes(2)) == ["seat-02"]
    assert centre.call(one).seat == "seat-02"


def test_each_caller_is_left_alone_for_a_moment_of_their_own() -> None:
    """One who was refused later waits longer."""
    centre = Centre("seat-01", "seat-02", "seat-03", retry_s=2)
    centre.with_seats("seat-01", "seat-02", "seat-03")
    one = centre.arrives()
    refuse(centre)
    centre.passes(1)
    two = centre.arrives()
    refuse(centre, "seat-02")
    assert rung(centre.passes(1)) == ["seat-03"]
    assert centre.call(one).seat == "seat-03"
    assert centre.call(two).waiting


def test_a_second_refusal_asks_for_a_look_at_asterisk() -> None:
    """Once is a caller who hung up in that instant; twice is something that is not known."""
    centre = Centre("seat-01", retry_s=2).with_seats("seat-01")
    centre.arrives()
    refuse(centre)
    assert centre.did(f.Resync) == []
    centre.passes(2)
    refuse(centre)
    assert centre.did(f.Resync) == [f.Resync(PBX, "Redirect: Channel does not exist")]
    assert centre.desk.sight is Sight.STALE


def test_refusals_without_a_link_ask_for_nothing() -> None:
    """The snapshot after the next login comes by itself."""
    centre = Centre("seat-01", "seat-02", retry_s=2).with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    refuse(centre)
    centre.passes(2)
    assert centre.call(caller).seat == "seat-02"
    centre.give(e.LinkDown(centre.at, PBX))
    refuse(centre, "seat-02")
    assert centre.did(f.Resync) == []
    assert centre.call(caller).waiting


@pytest.mark.parametrize("what", ["ended", "ringing", "elsewhere"])
def test_a_refusal_of_an_offer_that_no_longer_stands_changes_nothing(what: str) -> None:
    """It is late, and counted."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    match what:
        case "ended":
            centre.hangs_up(caller)
        case "ringing":
            centre.rings(caller, "seat-01")
        case _:
            centre.returns(caller, "seat-01", OfferResult.REJECTED)
    before = centre.desk.calls(), centre.desk.seats()
    refuse(centre)
    assert (centre.desk.calls(), centre.desk.seats()) == before
    assert centre.desk.ignored["RingSeat failed for an offer that no longer stands"] == 1


def test_the_failure_of_an_action_without_consequence_is_counted() -> None:
    """A label or a message that did not arrive changes no call."""
    centre = Centre("seat-01").with_seats("seat-01")
    beat = f.Beat(PBX, PKY, centre.at)
    assert centre.give(e.ActionFailed(centre.at, PBX, beat, "time-out")) == []
    assert centre.desk.ignored["Beat failed"] == 1


# --- an offer of which nothing is heard ------------------------------------------------------


def test_a_seat_that_does_not_begin_to_ring_asks_for_a_look_at_asterisk() -> None:
    """Asterisk can undo a Redirect that it has confirmed: the caller must not wait for long."""
    centre = Centre("seat-01", ring_s=15).with_seats("seat-01")
    caller = centre.arrives()
    assert centre.desk.next_deadline() == START + SILENT_S
    effects = centre.passes(SILENT_S - 0.5)
    assert not [each for each in effects if isinstance(each, f.Resync)]
    centre.passes(0.5)
    assert centre.did(f.Resync) == [f.Resync(PBX, "no word of the offer to seat-01")]
    assert centre.desk.sight is Sight.STALE
    assert centre.call(caller).state is CallState.OFFERED


def test_a_seat_that_rings_for_too_long_asks_for_a_look_at_asterisk() -> None:
    """After the ring time and a little more, something must have been lost."""
    centre = Centre("seat-01", ring_s=15).with_seats("seat-01")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    effects = centre.passes(15 + OVERDUE_S - 0.5)
    assert not [each for each in effects if isinstance(each, f.Resync)]
    centre.passes(0.5)
    assert centre.did(f.Resync) == [f.Resync(PBX, "no word of the offer to seat-01")]
    assert centre.call(caller).state is CallState.RINGING


def test_an_offer_that_was_answered_or_made_anew_is_not_overdue() -> None:
    """The deadline is that of one offer, not of the call."""
    centre = Centre("seat-01", "seat-02", ring_s=15).with_seats("seat-01", "seat-02")
    one = centre.arrives()
    centre.rings(one, "seat-01")
    centre.passes(14)
    centre.returns(one, "seat-01", OfferResult.REJECTED)
    centre.rings(one, "seat-02")
    effects = centre.passes(15 + OVERDUE_S - 0.5)  # past the first one's deadline
    assert not [each for each in effects if isinstance(each, f.Resync)]
    centre.answers(one, "seat-02")
    effects = centre.passes(60)
    assert not [each for each in effects if isinstance(each, f.Resync)]


def test_a_call_that_ended_is_not_overdue() -> None:
    """Its deadline comes up and finds nothing."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.hangs_up(centre.arrives())
    effects = centre.passes(60)
    assert not [each for each in effects if isinstance(each, f.Resync)]


# --- what comes late, twice or from nowhere ----------------------------------------------------


def test_news_of_an_unknown_call_is_counted_and_changes_nothing() -> None:
    """The link may begin in the middle of a call, and callers may try to forge one."""
    centre = Centre("seat-01").with_seats("seat-01")
    ghost = Uniqueid("1795318000.999")
    centre.joins(ghost)
    centre.rings(ghost, "seat-01")
    centre.answers(ghost, "seat-01")
    centre.dial_ends(ghost, "seat-01", OfferResult.REJECTED)
    centre.returns(ghost, "seat-01", OfferResult.REJECTED)
    centre.hangs_up(ghost)
    centre.give(e.CallLost(centre.at, PBX, ghost))
    assert sum(centre.desk.ignored.values()) == 7
    assert centre.desk.ignored["SeatAnswered of an unknown call"] == 1
    assert centre.nothing_is_left()
    assert centre.seat("seat-01").free


def test_an_arrival_that_is_heard_twice_is_one_call() -> None:
    """In progress or ended, its ticket stays the only one."""
    centre = Centre().open()
    arrival = centre.arrival()
    centre.give(arrival)
    assert centre.give(arrival) == []
    centre.hangs_up(arrival.uniqueid)
    assert centre.give(arrival) == []
    assert centre.desk.ignored["CallArrived twice"] == 2
    assert len(centre.tickets()) == 1


def test_the_ends_of_very_many_calls_are_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many as can come late are remembered, and memory does not grow with the years."""
    monkeypatch.setattr("sip112.routing.ledger.REMEMBERED", 20)
    centre = Centre().open()
    arrivals = [centre.arrival() for _ in range(25)]
    for arrival in arrivals:
        centre.give(arrival)
        centre.hangs_up(arrival.uniqueid)
    assert len(centre.desk._ledger._ended) == 20
    assert centre.give(arrivals[-20]) == []


def test_a_uniqueid_that_asterisk_gives_out_again_is_another_call() -> None:
    """Asterisk restarted: the older call is lost, the new one has a ticket of its own."""
    centre = Centre("seat-01").with_seats("seat-01")
    old = centre.arrives(uniqueid="1795318000.1")
    centre.talks(old, "seat-01")
    first = centre.call(old)
    centre.now += 30
    centre.arrives(uniqueid="1795318000.1")
    assert centre.told == [K.CALL_ENDED, K.CALL_ARRIVED]
    lost = centre.records[0].call
    assert lost is not None
    assert (lost.id, lost.outcome) == (first.id, Outcome.LOST_BY_PBX)
    assert centre.call(old).id != first.id
    assert len(centre.tickets()) == 2
    centre.member("seat-01")
    assert centre.rung == [(old, "seat-01")]


def test_a_move_that_the_table_forbids_is_counted_and_changes_nothing() -> None:
    """Ring after the answer, queue after the answer, a second answer."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    before = centre.desk.calls(), centre.desk.seats()
    centre.rings(caller, "seat-01")
    centre.rings(caller, "seat-02")
    centre.joins(caller)
    centre.answers(caller, "seat-01")
    centre.answers(caller, "seat-02")
    assert (centre.desk.calls(), centre.desk.seats()) == before
    assert centre.desk.ignored == {
        "SeatRings while talking": 2,
        "CallQueued while talking": 1,
        "SeatAnswered while talking": 2,
    }
    assert centre.seat("seat-02").free
    assert centre.rung == []


def test_a_second_seat_that_rings_for_an_offered_call_is_counted() -> None:
    """A phone that was told to stop may still have been ringing."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-02")
    assert centre.desk.ignored == {"SeatRings at a second seat": 1}
    assert centre.call(caller).seat == "seat-01"
    assert centre.seat("seat-02").free


def test_asterisk_is_right_about_who_answered() -> None:
    """Another seat than the one that was asked has the caller; the one asked is free again."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.answers(caller, "seat-02")
    call = centre.call(caller)
    assert (call.state, call.seat) == (CallState.TALKING, "seat-02")
    assert [(each.seat, each.result, each.native) for each in call.offers] == [
        ("seat-01", OfferResult.FAILED, False),
        ("seat-02", OfferResult.ANSWERED, True),
    ]
    assert centre.seat("seat-01").free
    assert centre.seat("seat-02").state is SeatState.TALKING


def test_the_seat_that_was_asked_in_vain_serves_the_next_in_the_same_step() -> None:
    """No caller waits beside it."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.answers(one, "seat-02")
    assert centre.rung == [(two, "seat-01")]


def test_a_seat_that_answers_has_that_call_whatever_else_was_meant_for_it() -> None:
    """Two calls were on their way to one phone; it talks with one of them."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    one, two = centre.arrives(), centre.arrives()
    centre.answers(two, "seat-01")
    assert centre.seat("seat-01").call == centre.call(two).id
    assert centre.seat("seat-01").state is SeatState.TALKING
    assert centre.call(two).agent == "agent of seat-01"
    centre.member("seat-01", Device.IN_USE)
    centre.returns(one, "seat-01", OfferResult.UNREACHABLE)
    assert centre.rung == [(one, "seat-02")]
    assert centre.seat("seat-01").state is SeatState.TALKING
    centre.hangs_up(two)
    assert centre.seat("seat-01").call is None


def test_a_seat_that_is_meant_for_one_call_and_rings_for_another_has_the_first() -> None:
    """Until it answers one of them; the queue rang it in the instant of the offer."""
    centre = Centre("seat-01").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.rings(two, "seat-01")
    assert centre.seat("seat-01").call == centre.call(one).id
    assert centre.call(two).state is CallState.RINGING
    centre.hangs_up(two)
    assert centre.seat("seat-01").call == centre.call(one).id
    centre.returns(one, "seat-01", OfferResult.UNREACHABLE)
    assert centre.seat("seat-01").free


def test_a_seat_that_rings_for_another_is_not_offered_to_a_third() -> None:
    """Asterisk gave the offer back, and the state of the phone is not heard yet."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    one, two, three = centre.arrives(), centre.arrives(), centre.arrives()
    centre.rings(two, "seat-01")
    centre.returns(one, "seat-01", OfferResult.UNREACHABLE)
    assert centre.rung == []
    assert centre.seat("seat-01").call == centre.call(two).id
    assert centre.seat("seat-01").state is SeatState.RINGING
    centre.dial_ends(two, "seat-01", OfferResult.NO_ANSWER)
    assert centre.rung == [(three, "seat-01")]  # the others were given back just now


def test_a_seat_that_rang_for_another_is_free_once_that_is_over() -> None:
    """The other call rings elsewhere by now, or is the very one that is given back."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.rings(two, "seat-01")
    centre.dial_ends(two, "seat-01", OfferResult.NO_ANSWER)
    centre.rings(two, "seat-02")
    centre.returns(one, "seat-01", OfferResult.UNREACHABLE)
    assert centre.seat("seat-01").free


def test_a_seat_that_once_rang_for_a_call_beside_another_is_given_back_by_it() -> None:
    """It was offered that call since, and did not take it."""
    centre = Centre("seat-01").with_seats("seat-01")
    one, two = centre.arrives(), centre.arrives()
    centre.rings(two, "seat-01")
    centre.dial_ends(two, "seat-01", OfferResult.NO_ANSWER)
    centre.talks(one, "seat-01")
    centre.hangs_up(one)
    centre.passes(3)
    centre.member("seat-01")
    assert centre.seat("seat-01").call == centre.call(two).id
    centre.returns(two, "seat-01", OfferResult.UNREACHABLE)
    assert centre.seat("seat-01").free


def test_calls_and_seats_of_others_are_left_to_them() -> None:
    """Another PBX, another centre, a seat that the settings do not name."""
    centre = Centre("seat-01").with_seats("seat-01")
    other, seat = CentreCode("KTM"), SeatId("seat-01")
    arrival = centre.arrival(centre=other)
    assert centre.give(arrival) == []
    assert centre.give(e.CallEnded(centre.at, PbxId("pbx2"), arrival.uniqueid)) == []
    assert centre.give(e.MemberRemoved(centre.at, PBX, other, seat)) == []
    idle = Device.IDLE
    theirs = e.Member(other, seat, None, idle, paused=True, reason="x")
    assert centre.give(e.MemberChanged(centre.at, PBX, theirs)) == []
    unknown = SeatId("seat-99")
    assert centre.give(e.MemberRemoved(centre.at, PBX, PKY, unknown)) == []
    held = e.Member(PKY, unknown, AgentId("x"), idle, paused=True, reason=f.HELD)
    assert centre.give(e.MemberChanged(centre.at, PBX, held)) == []
    assert sum(centre.desk.ignored.values()) == 6
    assert centre.seat("seat-01").free


def test_a_seat_that_the_settings_do_not_name_may_answer_natively() -> None:
    """The call is answered; who sits there is not known."""
    centre = Centre().open()
    caller = centre.arrives()
    centre.rings(caller, "seat-99")
    centre.answers(caller, "seat-99")
    call = centre.call(caller)
    assert (call.state, call.seat, call.agent) == (CallState.TALKING, "seat-99", None)
    centre.hangs_up(caller)
    assert centre.call(caller).outcome is Outcome.ANSWERED
    assert centre.nothing_is_left()


# --- a look inside -------------------------------------------------------------------------


def test_the_desk_shows_its_calls_and_seats() -> None:
    """By arrival, in the order of service, and in the order of the settings."""
    centre = Centre("seat-02", "seat-01").open()
    one = centre.arrives()
    centre.now += 1
    two = centre.arrives(priority=10)
    desk = centre.desk
    assert [call.uniqueid for call in desk.calls()] == [one, two]
    assert [call.uniqueid for call in desk.waiting()] == [two, one]
    assert desk.call(centre.call(one).id) == centre.call(one)
    ended = centre.call(one).id
    centre.hangs_up(one)
    assert desk.call(ended) is None
    assert [seat.id for seat in desk.seats()] == ["seat-02", "seat-01"]
    assert desk.seat(SeatId("seat-99")) is None
    assert Centre().desk.next_deadline() is None


def test_journal_numbers_grow_also_when_the_clock_does_not() -> None:
    """Microseconds since 1970, raised by one where two would be equal."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.arrives()
    numbers = [each.seq for each in centre.records]
    assert numbers[0] >= START * 1_000_000
    centre.now -= 3600
    centre.arrives()
    numbers += [each.seq for each in centre.records]
    assert numbers == sorted(set(numbers))
