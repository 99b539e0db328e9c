"""What the desk does about seats: duty, pauses, wrap-up, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import CallState
from sip112.routing.ids import AgentId, Instant, SeatId
from sip112.routing.pad import OVERDUE_S
from sip112.routing.seat import Device, SeatState
from tests.unit.centre import PBX, PKY, START, Centre, rung

R = f.Refusal
SEAT = SeatId("seat-01")
SITI = AgentId("siti")


def refusal(reply: f.Reply | None) -> f.Refusal | None:
    """Return why a command was refused at once; fails if it was not answered."""
    assert reply is not None
    return reply.refusal


# --- logging in and out ----------------------------------------------------------------------


def test_a_login_is_asked_of_asterisk_and_answered_when_it_confirms() -> None:
    """Asterisk knows who is on duty; until it says so nobody is."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    assert centre.command(e.LogIn, "seat-01", agent=SITI) is None
    assert centre.actions == [f.AddMember(PBX, PKY, SEAT, SITI)]
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY
    centre.member("seat-01", agent="siti")
    assert centre.rung == [(caller, "seat-01")]
    assert centre.told == [f.EntryKind.SEAT_CHANGED, f.EntryKind.CALL_OFFERED]
    (reply,) = centre.replies
    assert reply.refusal is None
    assert reply.seat is not None
    assert (reply.seat.agent, reply.seat.held) == ("siti", True)


def test_a_login_is_not_confirmed_by_news_of_somebody_else() -> None:
    """Another agent is a member in that instant: the command is still open."""
    centre = Centre("seat-01").open()
    centre.command(e.LogIn, "seat-01", agent=SITI)
    centre.member("seat-01", agent="budi")
    assert centre.replies == []


def test_to_log_in_twice_is_no_mistake() -> None:
    """The browser may ask again; the answer is the seat as it is."""
    centre = Centre("seat-01").open()
    centre.member("seat-01", agent="siti")
    reply = centre.command(e.LogIn, "seat-01", agent=SITI)
    assert reply is not None
    assert (reply.refusal, reply.seat) == (None, centre.seat("seat-01"))
    assert centre.actions == []


def test_a_logout_is_asked_of_asterisk_and_answered_when_it_confirms() -> None:
    """From then on the seat is off duty, and a paperwork of its agent is over."""
    centre = Centre("seat-01", wrap_up_s=60).with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    centre.member("seat-01")
    assert centre.seat("seat-01").state is SeatState.WRAP_UP
    assert centre.command(e.LogOut, "seat-01") is None
    assert centre.actions == [f.RemoveMember(PBX, PKY, SEAT)]
    centre.give(e.MemberRemoved(centre.at, PBX, PKY, SEAT))
    assert [reply.refusal for reply in centre.replies] == [None]
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY
    assert centre.seat("seat-01").wrap_up_until is None
    assert centre.told == [f.EntryKind.SEAT_CHANGED]


def test_an_agent_whom_asterisk_logs_out_in_a_call_keeps_the_call() -> None:
    """An administrator removed the member; the conversation goes on, and nothing follows it."""
    centre = Centre("seat-01", wrap_up_s=60).with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.give(e.MemberRemoved(centre.at, PBX, PKY, SEAT))
    assert centre.seat("seat-01").state is SeatState.TALKING
    assert centre.seat("seat-01").agent is None
    assert centre.told == [f.EntryKind.SEAT_CHANGED]
    centre.hangs_up(caller)
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY
    assert centre.seat("seat-01").wrap_up_until is None


def test_a_member_without_a_name_is_an_agent_all_the_same() -> None:
    """Added by hand in Asterisk; whoever sits there takes calls under the seat's name."""
    centre = Centre("seat-01").open()
    member = e.Member(PKY, SEAT, None, Device.IDLE, paused=True, reason=f.HELD)
    nameless = e.MemberChanged(centre.at, PBX, member)
    centre.give(nameless)
    assert centre.seat("seat-01").agent == "seat-01"
    centre.member("seat-01", agent="siti")
    centre.give(nameless)
    assert centre.seat("seat-01").agent == "siti"


def test_a_seat_of_which_something_is_asked_is_not_rung() -> None:
    """Whoever just asked for a pause must not be rung before Asterisk has heard of it."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    caller = centre.arrives()
    assert centre.rung == []
    for device in (Device.IDLE, Device.RINGING, Device.IDLE):  # older news
        centre.member("seat-01", device)
        assert centre.rung == []
    assert centre.call(caller).waiting


# --- pauses ----------------------------------------------------------------------------------


def test_a_pause_and_its_end() -> None:
    """With the reason that everybody sees; then the seat is rung again."""
    centre = Centre("seat-01").with_seats("seat-01")
    assert centre.command(e.Pause, "seat-01", reason="prayer") is None
    assert centre.actions == [f.PauseMember(PBX, PKY, SEAT, "prayer")]
    centre.member("seat-01", reason="prayer")
    assert [reply.refusal for reply in centre.replies] == [None]
    assert centre.seat("seat-01").pause_reason == "prayer"
    caller = centre.arrives()
    assert centre.command(e.Resume, "seat-01") is None
    assert centre.actions == [f.PauseMember(PBX, PKY, SEAT, f.HELD)]
    centre.member("seat-01")
    assert [reply.refusal for reply in centre.replies] == [None]
    assert centre.rung == [(caller, "seat-01")]


def test_a_pause_may_be_asked_for_in_a_call_and_holds_after_it() -> None:
    """Nobody is disturbed by it."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    centre.member("seat-01", Device.IN_USE, reason="prayer")
    assert centre.call(caller).state is CallState.TALKING
    centre.hangs_up(caller)
    centre.member("seat-01", reason="prayer")
    assert centre.seat("seat-01").state is SeatState.PAUSED
    centre.arrives()
    assert centre.rung == []


def test_a_pause_from_asterisks_own_console_counts() -> None:
    """Asterisk decides what is; without a reason it is just "paused"."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", reason="")
    assert centre.seat("seat-01").pause_reason == "paused"


def test_the_reason_of_a_pause_that_is_over_means_nothing() -> None:
    """Asterisk may repeat it: the seat is neither held nor paused by it."""
    centre = Centre("seat-01").with_seats("seat-01")

    def released(reason: str) -> None:
        agent = AgentId("agent of seat-01")
        member = e.Member(PKY, SEAT, agent, Device.IDLE, paused=False, reason=reason)
        centre.give(e.MemberChanged(centre.at, PBX, member))

    centre.command(e.Pause, "seat-01", reason="prayer")
    released("prayer")
    assert centre.replies == []
    released(f.HELD)
    assert not centre.seat("seat-01").held
    assert centre.seat("seat-01").pause_reason is None


def test_a_seat_that_is_released_is_taken_back() -> None:
    """The queue would ring it beside the service."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", paused=False)
    assert centre.actions == [f.PauseMember(PBX, PKY, SEAT, f.HELD)]
    centre.member("seat-01", paused=False)
    assert centre.actions == []  # asked for already
    centre.arrives()
    assert centre.rung == []
    centre.member("seat-01")
    assert len(centre.rung) == 1
    assert centre.replies == []


# --- wrap-up ---------------------------------------------------------------------------------


def in_wrap_up(**config: Any) -> Centre:
    """Return a centre whose one seat has just ended a call."""
    centre = Centre("seat-01", wrap_up_s=10, **config).with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    centre.member("seat-01")
    return centre


def test_after_a_call_there_is_time_for_paperwork() -> None:
    """Then the seat is rung at once."""
    centre = in_wrap_up()
    assert centre.seat("seat-01").state is SeatState.WRAP_UP
    assert centre.desk.next_deadline() == START + 10
    centre.arrives()
    assert rung(centre.passes(9.5)) == []
    assert rung(centre.passes(0.5)) == ["seat-01"]
    assert centre.told == [f.EntryKind.SEAT_CHANGED, f.EntryKind.CALL_OFFERED]


def test_the_operator_may_end_it_early() -> None:
    """Whoever is done takes the next call; the deadline that is left means nothing."""
    centre = in_wrap_up()
    caller = centre.arrives()
    assert refusal(centre.command(e.EndWrapUp, "seat-01")) is None
    assert centre.rung == [(caller, "seat-01")]
    assert centre.told == [f.EntryKind.SEAT_CHANGED, f.EntryKind.CALL_OFFERED]
    centre.talks(caller, "seat-01")
    beats = [each for each in centre.passes(10) if not isinstance(each, f.Look)]
    assert beats == [f.Beat(PBX, PKY, Instant(START + n / 2)) for n in range(1, 21)]


def test_a_later_wrap_up_is_not_ended_by_the_deadline_of_an_earlier_one() -> None:
    """Ended early, then another call: the paperwork of that one has its own time."""
    centre = in_wrap_up()
    centre.command(e.EndWrapUp, "seat-01")
    centre.passes(8)
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    centre.member("seat-01")
    centre.passes(9.5)
    assert centre.seat("seat-01").state is SeatState.WRAP_UP
    centre.passes(0.5)
    assert centre.seat("seat-01").state is SeatState.READY


def test_a_call_that_was_not_answered_needs_no_paperwork() -> None:
    """The seat is free at once."""
    centre = Centre("seat-01", wrap_up_s=10).with_seats("seat-01")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.hangs_up(caller)
    assert centre.seat("seat-01").state is SeatState.READY


def test_without_wrap_up_time_a_seat_is_free_when_its_phone_is() -> None:
    """The end of the call alone does not free the phone."""
    centre = Centre("seat-01", wrap_up_s=0).with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    assert centre.seat("seat-01").state is SeatState.BUSY
    centre.member("seat-01")
    assert centre.seat("seat-01").state is SeatState.READY


def test_a_seat_that_rings_natively_in_wrap_up_is_in_a_call() -> None:
    """The queue does not know of paperwork; whoever answers is done with it."""
    centre = in_wrap_up()
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    assert centre.seat("seat-01").state is SeatState.RINGING
    assert centre.seat("seat-01").wrap_up_until is None


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [e.LogIn, e.LogOut, e.Pause, e.Resume, e.EndWrapUp])
def test_a_seat_that_the_settings_do_not_name_is_refused(kind: type[e.DutyCommand]) -> None:
    """Whatever is asked of it."""
    fields: dict[str, Any] = {}
    if kind is e.LogIn:
        fields = {"agent": SITI}
    elif kind is e.Pause:
        fields = {"reason": "prayer"}
    centre = Centre("seat-01").open()
    assert refusal(centre.command(kind, "seat-99", **fields)) is R.UNKNOWN_SEAT
    assert centre.actions == []


def test_a_seat_where_another_sits_is_taken() -> None:
    """One person per seat."""
    centre = Centre("seat-01").with_seats("seat-01")
    assert refusal(centre.command(e.LogIn, "seat-01", agent=SITI)) is R.SEAT_TAKEN


def test_an_agent_sits_at_one_seat() -> None:
    """Also when the other login is not confirmed yet."""
    centre = Centre("seat-01", "seat-02").open()
    assert centre.command(e.LogIn, "seat-01", agent=SITI) is None
    assert refusal(centre.command(e.LogIn, "seat-02", agent=SITI)) is R.AGENT_ELSEWHERE
    centre.member("seat-01", agent="siti")
    assert refusal(centre.command(e.LogIn, "seat-02", agent=SITI)) is R.AGENT_ELSEWHERE


def test_two_agents_may_log_in_at_the_same_time() -> None:
    """One's login is no reason to refuse the other's."""
    centre = Centre("seat-01", "seat-02").open()
    assert centre.command(e.LogIn, "seat-01", agent=SITI) is None
    assert centre.command(e.LogIn, "seat-02", agent=AgentId("budi")) is None
    assert len(centre.did(f.AddMember)) == 1


def test_nobody_logs_out_pauses_or_resumes_who_is_not_there() -> None:
    """Off duty is said before anything else."""
    centre = Centre("seat-01").open()
    assert refusal(centre.command(e.LogOut, "seat-01")) is R.OFF_DUTY
    assert refusal(centre.command(e.Pause, "seat-01", reason="prayer")) is R.OFF_DUTY
    assert refusal(centre.command(e.Resume, "seat-01")) is R.OFF_DUTY
    assert refusal(centre.command(e.EndWrapUp, "seat-01")) is R.NOT_WRAPPING_UP


def test_nobody_logs_out_in_a_call() -> None:
    """From the offer on, and not only while talking."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    assert refusal(centre.command(e.LogOut, "seat-01")) is R.IN_CALL
    centre.talks(caller, "seat-01")
    assert refusal(centre.command(e.LogOut, "seat-01")) is R.IN_CALL


def test_whoever_is_not_paused_cannot_resume() -> None:
    """A seat that is held for the service is not paused."""
    centre = Centre("seat-01").with_seats("seat-01")
    assert refusal(centre.command(e.Resume, "seat-01")) is R.NOT_PAUSED


def test_one_change_at_a_time() -> None:
    """The second one waits for an answer to the first: its asker may try again."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    assert refusal(centre.command(e.LogOut, "seat-01")) is R.CHANGING
    assert refusal(centre.command(e.Pause, "seat-01", reason="food")) is R.CHANGING


def test_without_a_link_nothing_can_be_asked() -> None:
    """But paperwork is our own affair and can be ended."""
    centre = in_wrap_up()
    centre.give(e.LinkDown(centre.at, PBX))
    assert refusal(centre.command(e.Pause, "seat-01", reason="x")) is R.PBX_UNREACHABLE
    assert refusal(centre.command(e.EndWrapUp, "seat-01")) is None


def test_a_link_that_breaks_answers_what_was_asked() -> None:
    """Nobody is left waiting for a confirmation that cannot come."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    centre.command(e.Pause, "seat-01", reason="prayer")
    centre.member("seat-02", paused=False)  # and the desk itself has asked for something
    centre.give(e.LinkDown(centre.at, PBX))
    (reply,) = centre.replies
    assert (reply.refusal, reply.seat) == (R.PBX_UNREACHABLE, centre.seat("seat-01"))
    assert centre.desk._roster._requests == {}


def test_what_asterisk_refuses_is_answered_with_its_reason() -> None:
    """And the seat is rung again, since nothing has changed."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    (asked,) = centre.did(f.PauseMember)
    caller = centre.arrives()
    centre.give(e.ActionFailed(centre.at, PBX, asked, "Permission denied"))
    (reply,) = centre.replies
    assert (reply.refusal, reply.detail) == (R.PBX_REFUSED, "Permission denied")
    assert centre.rung == [(caller, "seat-01")]


def test_a_refusal_that_nobody_waits_for_is_counted() -> None:
    """The command was answered already, or another one is open by now."""
    centre = Centre("seat-01").with_seats("seat-01")
    late = f.RemoveMember(PBX, PKY, SEAT)
    centre.give(e.ActionFailed(centre.at, PBX, late, "time-out"))
    centre.command(e.Pause, "seat-01", reason="prayer")
    centre.give(e.ActionFailed(centre.at, PBX, late, "time-out"))
    assert centre.replies == []
    assert centre.desk.ignored["a change of duty failed that nobody waits for"] == 2


def test_what_asterisk_does_not_confirm_in_time_counts_as_refused() -> None:
    """The asker is told, and the seat is rung again."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    caller = centre.arrives()
    assert centre.desk.next_deadline() == START + OVERDUE_S
    effects = centre.passes(OVERDUE_S)
    (reply,) = [each for each in effects if isinstance(each, f.Reply)]
    assert (reply.refusal, reply.detail) == (R.PBX_REFUSED, "no confirmation came")
    assert rung(effects) == ["seat-01"]
    assert centre.call(caller).seat == "seat-01"


def test_a_confirmed_change_is_not_overdue() -> None:
    """Its deadline comes up and finds nothing."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.pause("seat-01")
    assert centre.desk.next_deadline() is None
    assert not [each for each in centre.passes(10) if isinstance(each, f.Reply)]


@pytest.mark.parametrize("refused", [True, False])
def test_a_seat_that_cannot_be_held_is_looked_at_after_a_while(refused: bool) -> None:
    """Refused or not confirmed: the queue may be ringing it. No storm of looks and refusals."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", paused=False)
    (asked,) = centre.did(f.PauseMember)
    if refused:
        centre.give(e.ActionFailed(centre.at, PBX, asked, "Permission denied"))
        assert centre.actions == []
    else:
        effects = centre.passes(OVERDUE_S)
        assert not [each for each in effects if isinstance(each, f.Reply | f.Resync)]
    assert centre.replies == []
    assert centre.desk._roster._requests == {}
    effects = centre.passes(OVERDUE_S - 0.5)
    assert not [each for each in effects if isinstance(each, f.Resync)]
    centre.passes(0.5)
    assert centre.actions[-1] == f.Resync(PBX, "seat-01 cannot be held")


def test_a_seat_that_is_held_after_all_needs_no_look() -> None:
    """The news came late."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", paused=False)
    centre.passes(OVERDUE_S)
    centre.member("seat-01")
    assert centre.desk.next_deadline() is None
    effects = centre.passes(2 * OVERDUE_S)
    assert not [each for each in effects if isinstance(each, f.Resync)]


def test_a_seat_that_cannot_be_held_without_a_link_is_left_to_the_next_snapshot() -> None:
    """There is nothing to look with."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", paused=False)
    centre.give(e.LinkDown(centre.at, PBX))
    assert centre.passes(2 * OVERDUE_S) == []


def test_a_pause_of_our_own_is_settled_when_the_member_is_removed() -> None:
    """Whoever is gone need not be paused."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", paused=False)
    centre.give(e.MemberRemoved(centre.at, PBX, PKY, SEAT))
    assert centre.desk._roster._requests == {}


# --- what is told ------------------------------------------------------------------------------


def test_only_a_change_that_somebody_can_see_is_told() -> None:
    """News that repeat what is known, or what only the desk minds, make no journal entry."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.now += 5
    centre.member("seat-01")
    assert centre.records == []
    centre.member("seat-01", Device.IN_USE)
    assert centre.told == [f.EntryKind.SEAT_CHANGED]
    assert centre.records[0].seat == centre.seat("seat-01")
    assert centre.seat("seat-01").since == START + 5
    centre.now += 5
    centre.member("seat-01", Device.RINGING)  # busy all the same
    assert centre.records == []
    assert centre.seat("seat-01").since == START + 5
