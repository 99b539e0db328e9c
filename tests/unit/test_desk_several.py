"""A centre with two Asterisks: a seat at both, a call at one, and one of them away."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.audit import DriftKind
from sip112.routing.call import CallState, OfferResult, Outcome
from sip112.routing.desk import AWAY_S
from sip112.routing.ids import AgentId, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import OVERDUE_S, Sight
from sip112.routing.seat import Device, SeatState
from tests.unit.centre import PKY, START, Centre, rung
from tests.unit.test_desk_link import channel, leg, member

K = f.EntryKind
ONE, TWO = PbxId("pbx1"), PbxId("pbx2")
BOTH = (ONE, TWO)
SEAT = SeatId("seat-01")
AGENT = AgentId("agent of seat-01")


def several(*seats: str, **config: Any) -> Centre:
    """Return a centre with both Asterisks in sight, and an agent at each of `seats`."""
    centre = Centre("seat-01", "seat-02", pbxs=BOTH, **config)
    centre.store_read()
    for pbx in BOTH:
        centre.snapshot(pbx=pbx)
    for seat in seats:
        centre.command(e.LogIn, seat, agent=AgentId(f"agent of {seat}"))
        for pbx in BOTH:
            centre.member(seat, pbx=pbx)
    return centre


def asked(centre: Centre) -> list[tuple[str, f.Action]]:
    """Return which Asterisk the last event had asked for which change of duty."""
    kinds = f.AddMember | f.RemoveMember | f.PauseMember
    return [(each.pbx, each) for each in centre.actions if isinstance(each, kinds)]


def add(pbx: PbxId, seat: SeatId = SEAT) -> tuple[str, f.Action]:
    """Return a login as it is asked for."""
    return pbx, f.AddMember(pbx, PKY, seat, AgentId(f"agent of {seat}"))


def remove(pbx: PbxId, seat: SeatId = SEAT) -> tuple[str, f.Action]:
    """Return a logout as it is asked for."""
    return pbx, f.RemoveMember(pbx, PKY, seat)


def pause(pbx: PbxId, reason: str, seat: SeatId = SEAT) -> tuple[str, f.Action]:
    """Return a pause as it is asked for."""
    return pbx, f.PauseMember(pbx, PKY, seat, reason)


def goes(centre: Centre, pbx: PbxId) -> None:
    """Let a link break."""
    centre.give(e.LinkDown(centre.at, pbx))


def removed(centre: Centre, pbx: PbxId, seat: str = "seat-01") -> None:
    """Let an Asterisk tell that its queue has a seat no more."""
    centre.give(e.MemberRemoved(centre.at, pbx, PKY, SeatId(seat)))


def refusals(centre: Centre) -> list[f.Refusal | None]:
    """Return how commands were answered by the last event."""
    return [reply.refusal for reply in centre.replies]


# --- what is asked of both ---------------------------------------------------------------------


def test_each_is_taken_over_with_a_token_of_its_own() -> None:
    """Each knows another owner as the last one."""
    centre = Centre("seat-01", pbxs=BOTH)
    seen = [centre.desk.sight]
    centre.snapshot(pbx=ONE, owner=4)
    seen += [centre.desk.sight_of(ONE), centre.desk.sight]
    centre.snapshot(pbx=TWO, owner=9)
    seen += [centre.desk.sight]
    assert seen == [Sight.DARK, Sight.CLEAR, Sight.DARK, Sight.CLEAR]
    taken = {each.pbx: each.token for each in centre.history if isinstance(each, f.TakeOver)}
    assert taken == {ONE: 5, TWO: 10}
    assert centre.desk.token == 10
    centre.tick()
    assert centre.actions == [f.Beat(pbx, PKY, centre.at) for pbx in BOTH]
    with pytest.raises(KeyError):
        centre.desk.sight_of(PbxId("pbx3"))


def test_a_login_is_asked_of_both_and_answered_when_both_confirm() -> None:
    """Until then the seat is not rung at either."""
    centre = several()
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    assert asked(centre) == [add(ONE), add(TWO)]
    centre.member("seat-01", pbx=TWO)
    assert centre.replies == []
    centre.arrives(pbx=TWO)
    assert centre.rung == []
    centre.member("seat-01", pbx=ONE)
    assert refusals(centre) == [None]
    assert len(centre.rung) == 1


def test_a_logout_and_a_pause_are_asked_of_both() -> None:
    """And so is the end of a pause."""
    centre = several("seat-01")
    centre.command(e.Pause, "seat-01", reason="food")
    assert asked(centre) == [pause(ONE, "food"), pause(TWO, "food")]
    centre.member("seat-01", reason="food", pbx=ONE)
    assert (centre.seat("seat-01").state, centre.replies) == (SeatState.PAUSED, [])
    centre.member("seat-01", reason="food", pbx=TWO)
    assert refusals(centre) == [None]
    centre.command(e.Resume, "seat-01")
    assert asked(centre) == [pause(ONE, f.HELD), pause(TWO, f.HELD)]
    for pbx in BOTH:
        centre.member("seat-01", pbx=pbx)
    assert centre.seat("seat-01").state is SeatState.READY
    centre.command(e.LogOut, "seat-01")
    assert asked(centre) == [remove(ONE), remove(TWO)]
    for pbx in BOTH:
        removed(centre, pbx)
    assert refusals(centre) == [None]
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY


def test_a_seat_that_lets_a_call_ring_out_is_paused_at_both() -> None:
    """Its agent is away from the one phone that there is."""
    centre = several("seat-01", "seat-02")
    caller = centre.arrives(pbx=TWO)
    centre.returns(caller, "seat-01", OfferResult.NO_ANSWER, pbx=TWO)
    assert asked(centre) == [pause(ONE, f.NO_ANSWER), pause(TWO, f.NO_ANSWER)]


def test_a_seat_with_an_agent_at_one_alone_is_paused_there() -> None:
    """Where it is no member it cannot be paused, and is made a paused one when it is."""
    centre = several()
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    ((_, failed), _) = asked(centre)
    centre.give(e.ActionFailed(centre.at, ONE, failed, "no such queue"))
    centre.member("seat-01", pbx=TWO)
    centre.give(e.ActionFailed(centre.at, ONE, failed, "no such queue"))
    centre.command(e.Pause, "seat-01", reason="food")
    assert asked(centre) == [pause(TWO, "food")]
    centre.member("seat-01", reason="food", pbx=TWO)
    assert refusals(centre) == [None]
    assert asked(centre) == [add(ONE)]
    centre.member("seat-01", pbx=ONE)
    assert asked(centre) == [pause(ONE, "food")]


def test_an_agent_whom_one_logs_out_leaves_both() -> None:
    """By whoever's will: a seat is on duty or it is not."""
    centre = several("seat-01")
    removed(centre, ONE)
    assert asked(centre) == [remove(TWO)]
    removed(centre, TWO)
    assert asked(centre) == []
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY
    assert centre.passes(20) != []  # it looks, and asks nothing of the seat
    assert not [each for each in centre.history[-40:] if isinstance(each, f.AddMember)]


def test_an_agent_who_comes_at_one_comes_to_both() -> None:
    """An administrator's hand is as good as ours; it is held where the queue would ring it."""
    centre = several()
    centre.member("seat-01", paused=False, pbx=ONE)
    assert asked(centre) == [pause(ONE, f.HELD)]
    centre.member("seat-01", pbx=ONE)
    assert asked(centre) == [add(TWO)]
    centre.member("seat-01", pbx=TWO)
    assert asked(centre) == []
    assert centre.seat("seat-01").held


def test_a_pause_that_one_tells_is_asked_of_the_other() -> None:
    """Somebody paused the member at one console."""
    centre = several("seat-01")
    centre.member("seat-01", reason="prayer", pbx=ONE)
    assert centre.seat("seat-01").state is SeatState.PAUSED
    centre.arrives(pbx=TWO)
    assert centre.rung == []


# --- what one refuses ----------------------------------------------------------------------------


def test_what_one_refuses_and_the_other_does_is_done() -> None:
    """The refused is tried again, at once and then now and then, and the seat is rung meanwhile."""
    centre = several()
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    ((_, failed), _) = asked(centre)
    centre.give(e.ActionFailed(centre.at, ONE, failed, "no such queue"))
    assert centre.replies == []
    centre.member("seat-01", pbx=TWO)
    assert refusals(centre) == [None]
    assert centre.seat("seat-01").agent == AGENT
    assert asked(centre) == [add(ONE)]
    waits = centre.arrives(pbx=ONE)
    caller = centre.arrives(pbx=TWO)
    centre.give(e.ActionFailed(centre.at, ONE, failed, "no such queue"))
    assert centre.rung == [(caller, "seat-01")]
    assert asked(centre) == []
    centre.rings(caller, "seat-01", pbx=TWO)
    again = [each for each in centre.passes(OVERDUE_S - 0.5) if isinstance(each, f.AddMember)]
    again += [each for each in centre.passes(0.5) if isinstance(each, f.AddMember)]
    assert again == [f.AddMember(ONE, PKY, SEAT, AGENT)]
    centre.member("seat-01", pbx=ONE)
    centre.hangs_up(caller, pbx=TWO)
    assert centre.rung == [(waits, "seat-01")]


def test_what_both_refuse_is_refused() -> None:
    """With the last one's reason."""
    centre = several()
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    for pbx, action in asked(centre):
        centre.give(e.ActionFailed(centre.at, PbxId(pbx), action, f"{pbx} said no"))
    (reply,) = centre.replies
    assert (reply.refusal, reply.detail) == (f.Refusal.PBX_REFUSED, "pbx2 said no")
    again = [each for each in centre.passes(60) if isinstance(each, f.AddMember)]
    assert again == []  # nobody is on duty there: nothing to make the others like


def test_an_answer_that_one_owes_is_not_awaited_for_ever() -> None:
    """The other's is enough."""
    centre = several("seat-01")
    centre.command(e.Pause, "seat-01", reason="food")
    centre.member("seat-01", reason="food", pbx=ONE)
    assert centre.replies == []
    effects = centre.passes(OVERDUE_S)
    assert [each.refusal for each in effects if isinstance(each, f.Reply)] == [None]
    effects = centre.passes(OVERDUE_S)
    assert f.PauseMember(TWO, PKY, SEAT, "food") in effects


def test_a_link_that_breaks_is_not_waited_for() -> None:
    """The other Asterisk answers for both; what was not done is done when it is back."""
    centre = several()
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    goes(centre, TWO)
    assert centre.replies == []
    centre.member("seat-01", pbx=ONE)
    assert refusals(centre) == [None]
    centre.snapshot(pbx=TWO, owner=1)
    assert asked(centre) == [add(TWO)]


# --- one is away -----------------------------------------------------------------------------


def test_with_one_away_the_other_goes_on() -> None:
    """Its callers ring the seats; those of the one that is away wait as far as we know."""
    centre = several("seat-01")
    there = centre.arrives(pbx=TWO)
    centre.returns(there, "seat-01", OfferResult.REJECTED, pbx=TWO)
    goes(centre, TWO)
    assert centre.told == [K.PBX_LOST]
    assert centre.records[0].detail == {"pbx": "pbx2"}
    assert (centre.desk.sight_of(ONE), centre.desk.sight) == (Sight.CLEAR, Sight.DARK)
    assert [each for each in centre.passes(4) if isinstance(each, f.RingSeat)] == []
    here = centre.arrives(pbx=ONE)
    assert centre.rung == [(here, "seat-01")]
    assert centre.call(there).waiting
    assert [each.pbx for each in centre.passes(1) if isinstance(each, f.Beat)] == [ONE, ONE]


def talking_at(centre: Centre, pbx: PbxId) -> Uniqueid:
    """Let seat-01 talk with a caller of one Asterisk, and return that caller."""
    caller = centre.arrives(pbx=pbx)
    centre.rings(caller, "seat-01", pbx=pbx)
    centre.answers(caller, "seat-01", pbx=pbx)
    centre.member("seat-01", Device.IN_USE, pbx=pbx)
    return caller


def both_talk(caller: Uniqueid) -> dict[str, Any]:
    """Return what a snapshot shows of a caller who talks with seat-01."""
    talk = (channel(caller, bridged=True), leg("seat-01", caller, bridged=True))
    return {"members": (member(device=Device.IN_USE),), "channels": talk}


def test_an_asterisk_that_is_away_holds_a_seat_for_a_while_only() -> None:
    """It is dead, most likely; what became of its call is for it to say when it is back."""
    centre = several("seat-01")
    cut = talking_at(centre, TWO)
    waits = centre.arrives(pbx=ONE)
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S - 0.5)) == []
    effects = centre.passes(0.5)
    assert rung(effects) == [SEAT]
    told = [each for each in effects if isinstance(each, f.Record)]
    assert [each.kind for each in told] == [K.SEAT_CHANGED, K.CALL_OFFERED]
    assert told[0].seat is not None
    assert (told[0].seat.state, told[0].seat.call) == (SeatState.READY, None)
    assert centre.call(cut).state is CallState.TALKING
    centre.answers(waits, "seat-01", pbx=ONE)
    centre.snapshot(pbx=TWO, members=(member(),))
    assert centre.call(cut).outcome is Outcome.LOST_BY_PBX
    assert centre.seat("seat-01").call == centre.call(waits).id
    assert centre.seat("seat-01").talking


def test_after_a_call_at_one_that_went_away_there_is_paperwork_too() -> None:
    """As after every call."""
    centre = several("seat-01", wrap_up_s=10.0)
    talking_at(centre, TWO)
    waits = centre.arrives(pbx=ONE)
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S)) == []
    assert centre.seat("seat-01").state is SeatState.WRAP_UP
    assert rung(centre.passes(10)) == [SEAT]
    assert centre.call(waits).seat == SEAT


def test_a_seat_that_rang_at_one_that_went_away_rings_at_the_other() -> None:
    """Nobody cancels there; its phone says whether it can."""
    centre = several("seat-01")
    caller = centre.arrives(pbx=TWO)
    centre.rings(caller, "seat-01", pbx=TWO)
    again = centre.arrives(pbx=ONE)
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S)) == [SEAT]
    assert centre.call(again).state is CallState.OFFERED
    assert centre.call(caller).state is CallState.RINGING


def test_an_asterisk_that_is_back_in_time_holds_its_seats() -> None:
    """And when it goes again it has all its time again."""
    centre = several("seat-01")
    caller = talking_at(centre, TWO)
    centre.arrives(pbx=ONE)
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S - 1)) == []
    centre.snapshot(pbx=TWO, **both_talk(caller))
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S - 0.5)) == []
    assert centre.seat("seat-01").call == centre.call(caller).id
    assert rung(centre.passes(0.5)) == [SEAT]


def test_a_call_that_went_on_while_its_asterisk_was_away_holds_its_seat_again() -> None:
    """Only the link was broken: the agent talks, and has no paperwork yet."""
    centre = several("seat-01", wrap_up_s=10.0)
    caller = talking_at(centre, TWO)
    goes(centre, TWO)
    centre.passes(AWAY_S)
    centre.snapshot(pbx=TWO, **both_talk(caller))
    seat = centre.seat("seat-01")
    assert (seat.state, seat.call) == (SeatState.TALKING, centre.call(caller).id)
    assert seat.wrap_up_until is None
    centre.arrives(pbx=ONE)
    assert centre.rung == []
    centre.hangs_up(caller, pbx=TWO)
    assert centre.seat("seat-01").state is SeatState.WRAP_UP


def test_a_seat_that_talks_at_one_that_is_back_is_not_the_others() -> None:
    """It was rung for another caller meanwhile, whom it refuses: it talks."""
    centre = several("seat-01")
    caller = talking_at(centre, TWO)
    waits = centre.arrives(pbx=ONE)
    goes(centre, TWO)
    assert rung(centre.passes(AWAY_S)) == [SEAT]
    centre.snapshot(pbx=TWO, **both_talk(caller))
    seat = centre.seat("seat-01")
    assert (seat.state, seat.call) == (SeatState.TALKING, centre.call(caller).id)
    centre.returns(waits, "seat-01", OfferResult.REJECTED, pbx=ONE)
    assert centre.seat("seat-01") == seat
    assert centre.call(waits).waiting


def test_a_stored_call_of_one_that_is_not_there_holds_its_seat_for_a_while_only() -> None:
    """The service starts while an Asterisk is dead."""
    before = several("seat-01")
    talking_at(before, TWO)
    after = Centre("seat-01", pbxs=BOTH)
    after.store_read(calls=tuple(before.desk.calls()))
    after.snapshot(pbx=ONE, members=(member(),))
    after.arrives(pbx=ONE)
    assert after.rung == []
    assert rung(after.passes(AWAY_S)) == [SEAT]


def test_the_only_asterisk_holds_its_seats() -> None:
    """There is nobody else to ring them, and its calls may go on."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = talking_at(centre, ONE)
    goes(centre, ONE)
    centre.passes(10 * AWAY_S)
    assert centre.seat("seat-01").call == centre.call(caller).id


def test_a_seat_that_one_had_asked_for_is_free_for_the_other_when_the_link_breaks() -> None:
    """In the same step: nothing of it is awaited any more."""
    centre = several("seat-01")
    centre.command(e.Pause, "seat-01", reason="food")
    (pause_one, _) = (each for _, each in asked(centre))
    centre.give(e.ActionFailed(centre.at, ONE, pause_one, "no"))
    caller = centre.arrives(pbx=ONE)
    assert centre.rung == []
    goes(centre, TWO)
    assert refusals(centre) == [f.Refusal.PBX_UNREACHABLE]
    assert centre.rung == [(caller, "seat-01")]


def test_commands_are_carried_out_where_that_can_be() -> None:
    """And without any Asterisk at all they are refused."""
    centre = several("seat-01")
    goes(centre, ONE)
    centre.command(e.Pause, "seat-01", reason="food")
    assert asked(centre) == [pause(TWO, "food")]
    centre.member("seat-01", reason="food", pbx=TWO)
    assert refusals(centre) == [None]
    assert centre.seat("seat-01").pause_reason == "food"
    goes(centre, TWO)
    reply = centre.command(e.Resume, "seat-01")
    assert reply is not None
    assert reply.refusal is f.Refusal.PBX_UNREACHABLE


def test_a_seat_of_which_only_the_one_away_knows_cannot_be_paused() -> None:
    """Nothing can be asked of anybody; the command is answered at once."""
    centre = several()
    centre.member("seat-01", pbx=TWO)
    goes(centre, ONE)
    centre.member("seat-01", pbx=TWO)
    goes(centre, TWO)
    centre.snapshot(pbx=ONE, owner=1)
    assert centre.seat("seat-01").agent is None  # as far as who can be reached knows
    reply = centre.command(e.Pause, "seat-01", reason="food")
    assert reply is not None
    assert reply.refusal is f.Refusal.OFF_DUTY


def test_one_that_comes_back_is_made_like_the_other() -> None:
    """On duty and paused wherever the other is."""
    centre = several("seat-02")
    goes(centre, TWO)
    centre.log_in("seat-01")
    centre.pause("seat-02", "food")
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-02"),))
    assert asked(centre) == [add(TWO), pause(TWO, "food", SeatId("seat-02"))]
    assert centre.seat("seat-02").state is SeatState.PAUSED
    centre.member("seat-01", pbx=TWO)
    centre.member("seat-02", reason="food", pbx=TWO)
    assert asked(centre) == []
    caller = centre.arrives(pbx=TWO)
    assert centre.rung == [(caller, "seat-01")]


def test_a_pause_that_ended_while_one_was_away_ends_there_too() -> None:
    """The agent resumed while it was away, takes calls, and goes on taking them."""
    centre = several("seat-01")
    centre.command(e.Pause, "seat-01", reason="food")
    for pbx in BOTH:
        centre.member("seat-01", reason="food", pbx=pbx)
    goes(centre, TWO)
    centre.command(e.Resume, "seat-01")
    centre.member("seat-01")
    assert centre.seat("seat-01").state is SeatState.READY
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-01", reason="food"),))
    assert asked(centre) == [pause(TWO, f.HELD)]
    assert centre.seat("seat-01").state is SeatState.READY
    centre.member("seat-01", pbx=TWO)
    centre.arrives(pbx=TWO)
    assert len(centre.rung) == 1


def test_an_agent_who_left_while_one_was_away_leaves_it_when_it_is_back() -> None:
    """And does not come back through it."""
    centre = several("seat-01", "seat-02")
    goes(centre, TWO)
    centre.command(e.LogOut, "seat-01")
    assert asked(centre) == [remove(ONE)]
    removed(centre, ONE)
    assert refusals(centre) == [None]
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-01"), member("seat-02")))
    assert asked(centre) == [remove(TWO)]
    centre.arrives(pbx=TWO)
    assert [seat for _, seat in centre.rung] == ["seat-02"]
    removed(centre, TWO)
    assert asked(centre) == []
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY


def test_an_agent_who_left_and_is_gone_there_too_owes_nothing() -> None:
    """An administrator, or a restart, was faster."""
    centre = several("seat-01")
    goes(centre, TWO)
    centre.command(e.LogOut, "seat-01")
    removed(centre, ONE)
    centre.snapshot(pbx=TWO, owner=1)
    assert asked(centre) == []
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    assert asked(centre) == [add(ONE), add(TWO)]


def test_an_agent_who_left_and_came_again_while_one_was_away_is_not_logged_out_there() -> None:
    """It is the last word that counts."""
    centre = several("seat-01")
    goes(centre, TWO)
    centre.command(e.LogOut, "seat-01")
    removed(centre, ONE)
    centre.log_in("seat-01")
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-01"),))
    first = asked(centre)
    for _ in range(3):  # by way of a logout there, or without one
        for pbx, action in asked(centre):
            if isinstance(action, f.RemoveMember):
                removed(centre, PbxId(pbx))
            elif isinstance(action, f.AddMember):
                centre.member("seat-01", pbx=PbxId(pbx))
    assert all(pbx == TWO for pbx, _ in first)
    assert centre.seat("seat-01").state is SeatState.READY
    assert centre.desk._roster.post(SEAT, TWO).agent == AGENT


def test_another_agent_at_the_seat_of_the_one_away_is_replaced() -> None:
    """Siti left, Budi came; the one that was away learns both."""
    centre = several("seat-01")
    goes(centre, TWO)
    centre.command(e.LogOut, "seat-01")
    removed(centre, ONE)
    budi = AgentId("budi")
    centre.command(e.LogIn, "seat-01", agent=budi)
    centre.member("seat-01", agent="budi")
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-01"),))
    assert asked(centre) == [remove(TWO)]
    removed(centre, TWO)
    assert asked(centre) == [(TWO, f.AddMember(TWO, PKY, SEAT, budi))]
    centre.member("seat-01", agent="budi", pbx=TWO)
    assert asked(centre) == []
    assert centre.seat("seat-01").agent == "budi"


def test_a_seat_that_is_missing_where_it_was_on_duty_leaves_both_or_comes_back() -> None:
    """A snapshot of an Asterisk that lost its members: the other still has them."""
    centre = several("seat-01")
    centre.give(e.NativeMode(centre.at, TWO, PKY))
    centre.snapshot(pbx=TWO, owner=1)
    assert asked(centre) == [add(TWO)]
    assert centre.seat("seat-01").state is SeatState.READY


def test_another_agent_at_one_is_replaced_by_whoever_sits_there() -> None:
    """An administrator put the wrong name in while the link was down."""
    centre = several("seat-01")
    goes(centre, TWO)
    centre.snapshot(
        pbx=TWO,
        owner=1,
        members=(e.Member(PKY, SEAT, AgentId("budi"), Device.IDLE, paused=True, reason=f.HELD),),
    )
    assert asked(centre) == [remove(TWO)]
    assert centre.seat("seat-01").agent == AGENT
    removed(centre, TWO)
    assert asked(centre) == [add(TWO)]


def test_a_link_that_breaks_answers_nothing_of_the_other() -> None:
    """What that one was asked for is still awaited."""
    centre = several("seat-01")
    goes(centre, TWO)
    centre.command(e.Pause, "seat-01", reason="food")
    centre.snapshot(pbx=TWO, owner=1, members=(member("seat-01"),))
    goes(centre, TWO)
    assert centre.replies == []
    centre.member("seat-01", reason="food", pbx=ONE)
    assert refusals(centre) == [None]


# --- calls -----------------------------------------------------------------------------------


def test_calls_with_the_same_id_at_two_asterisks_are_two() -> None:
    """Each has its ticket, its seat and its end."""
    centre = several("seat-01", "seat-02")
    for pbx, seat in ((ONE, "seat-01"), (TWO, "seat-02")):
        centre.arrives(uniqueid="1.1", pbx=pbx)
        assert [(each.pbx, each.seat) for each in centre.did(f.RingSeat)] == [(pbx, seat)]
    one, two = sorted(centre.desk.calls(), key=lambda call: call.pbx)
    assert one.id != two.id
    assert one.ticket_number != two.ticket_number
    centre.rings(Uniqueid("1.1"), "seat-02", pbx=TWO)
    centre.answers(Uniqueid("1.1"), "seat-02", pbx=TWO)
    states = {call.pbx: call.state for call in centre.desk.calls()}
    assert states == {ONE: CallState.OFFERED, TWO: CallState.TALKING}
    centre.hangs_up(Uniqueid("1.1"), pbx=ONE)
    assert [call.pbx for call in centre.desk.calls()] == [TWO]
    this = one.id
    centre.give(e.CallsStored(centre.at, ((this, ONE, Uniqueid("1.1")),)))
    assert centre.actions == [f.ForgetCall(ONE, Uniqueid("1.1"))]
    centre.hangs_up(Uniqueid("1.1"), pbx=TWO)
    assert centre.nothing_is_left()


def test_callers_of_both_are_served_in_one_order() -> None:
    """By arrival, wherever they came in."""
    centre = several()
    first = centre.arrives(pbx=TWO, arrived_at=Instant(START - 2))
    centre.arrives(pbx=ONE, arrived_at=Instant(START - 1))
    assert [call.pbx for call in centre.desk.waiting()] == [TWO, ONE]
    centre.command(e.LogIn, "seat-01", agent=AGENT)
    for pbx in BOTH:
        centre.member("seat-01", pbx=pbx)
    assert [(each.pbx, each.uniqueid) for each in centre.did(f.RingSeat)] == [(TWO, first)]


def test_a_seat_is_rung_only_where_its_phone_is_ready() -> None:
    """A phone that is registered at one alone serves that one's callers."""
    centre = several("seat-01")
    centre.member("seat-01", Device.UNREGISTERED, pbx=ONE)
    assert centre.seat("seat-01").state is SeatState.READY
    here = centre.arrives(pbx=ONE)
    assert centre.rung == []
    there = centre.arrives(pbx=TWO)
    assert centre.rung == [(there, "seat-01")]
    centre.hangs_up(there, pbx=TWO)
    assert centre.rung == []
    centre.member("seat-01", pbx=ONE)
    assert centre.rung == [(here, "seat-01")]


def test_a_seat_that_is_not_held_at_one_is_not_rung_there() -> None:
    """The queue there may ring it that very instant."""
    centre = several("seat-01")
    centre.member("seat-01", paused=False, pbx=ONE)
    assert asked(centre) == [pause(ONE, f.HELD)]
    here = centre.arrives(pbx=ONE, arrived_at=Instant(START - 1))
    there = centre.arrives(pbx=TWO)
    assert centre.rung == []  # a change of it is on its way
    centre.member("seat-01", pbx=ONE)
    assert centre.rung == [(here, "seat-01")]
    assert centre.call(there).waiting


def test_a_seat_that_rings_at_one_is_not_rung_at_the_other() -> None:
    """It is one phone, and one agent."""
    centre = several("seat-01", wrap_up_s=5)
    caller = centre.arrives(pbx=ONE)
    centre.rings(caller, "seat-01")
    centre.member("seat-01", Device.RINGING, pbx=ONE)
    waits = centre.arrives(pbx=TWO)
    assert centre.rung == []
    centre.answers(caller, "seat-01")
    centre.member("seat-01", Device.IN_USE, pbx=ONE)
    centre.hangs_up(caller)
    centre.member("seat-01", pbx=ONE)
    assert centre.seat("seat-01").state is SeatState.WRAP_UP
    effects = centre.passes(5)
    (ring,) = [each for each in effects if isinstance(each, f.RingSeat)]
    assert (ring.pbx, ring.uniqueid) == (TWO, waits)


@pytest.mark.parametrize(
    ("one", "two", "together"),
    [
        (Device.UNKNOWN, Device.UNREGISTERED, Device.UNREGISTERED),
        (Device.UNREGISTERED, Device.IDLE, Device.IDLE),
        (Device.IDLE, Device.RINGING, Device.RINGING),
        (Device.RINGING, Device.IN_USE, Device.IN_USE),
        (Device.IN_USE, Device.IDLE, Device.IN_USE),
    ],
)
def test_a_phone_is_what_the_one_that_sees_most_says(
    one: Device, two: Device, together: Device
) -> None:
    """Of those that can be reached."""
    centre = several("seat-01")
    centre.member("seat-01", one, pbx=ONE)
    centre.member("seat-01", two, pbx=TWO)
    assert centre.seat("seat-01").device is together
    goes(centre, ONE)
    assert centre.seat("seat-01").device is two
    goes(centre, TWO)
    assert centre.seat("seat-01").device is together  # nobody knows better


def test_a_phone_that_goes_at_one_gives_that_ones_call_back() -> None:
    """And no other's."""
    centre = several("seat-01", "seat-02")
    caller = centre.arrives(pbx=TWO)
    assert centre.rung == [(caller, "seat-01")]
    centre.give(e.PhoneGone(centre.at, ONE, SEAT))
    assert centre.last == []
    centre.member("seat-01", Device.UNREGISTERED, pbx=ONE)
    assert centre.call(caller).state is CallState.OFFERED
    centre.give(e.PhoneGone(centre.at, TWO, SEAT))
    assert centre.told == [K.CALL_RETURNED, K.CALL_OFFERED]
    assert centre.rung == [(caller, "seat-02")]


def test_a_snapshot_of_one_says_nothing_of_the_others_calls() -> None:
    """What it does not show is not lost."""
    centre = several("seat-01", "seat-02")
    here, there = centre.arrives(pbx=ONE), centre.arrives(pbx=TWO)
    centre.answers(there, "seat-02", pbx=TWO)
    goes(centre, ONE)
    centre.snapshot(pbx=ONE, owner=1, members=(member("seat-01"), member("seat-02")))
    assert centre.call(here).outcome is Outcome.LOST_BY_PBX
    assert centre.call(there).state is CallState.TALKING
    assert {each.detail.get("calls") for each in centre.records if each.kind is K.PBX_BACK} == {"0"}


def test_a_lost_sight_of_one_leaves_the_other() -> None:
    """Native mode here is none there."""
    centre = several("seat-01")
    centre.give(e.NativeMode(centre.at, ONE, PKY))
    assert centre.actions == [f.Resync(ONE, "Asterisk's watchdog saw no heartbeat")]
    assert (centre.desk.sight_of(ONE), centre.desk.sight_of(TWO)) == (Sight.STALE, Sight.CLEAR)
    assert centre.desk.sight is Sight.STALE
    centre.arrives(pbx=ONE)
    assert centre.rung == []
    caller = centre.arrives(pbx=TWO)
    assert centre.rung == [(caller, "seat-01")]


def test_a_service_that_stood_still_looks_at_both() -> None:
    """Each may have gone native meanwhile."""
    centre = several()
    centre.tick()
    centre.now += 60
    centre.tick()
    assert centre.actions == [f.Resync(pbx, "the service stood still") for pbx in BOTH]


def test_the_auditor_looks_at_each() -> None:
    """And what it suspects of one is not confirmed by the other."""
    centre = several("seat-01")
    effects = centre.passes(5)
    assert [each.pbx for each in effects if isinstance(each, f.Look)] == [ONE, TWO]
    centre.look(pbx=ONE, owner=1, members=(member(device=Device.IN_USE),))
    centre.look(pbx=TWO, owner=1, members=(member(device=Device.IN_USE),))
    assert centre.last == []
    centre.look(pbx=TWO, owner=1, members=(member(device=Device.IN_USE),))
    assert centre.desk.drift == {DriftKind.SEAT_PHONE: 1}
    assert centre.records[-1].detail["pbx"] == "pbx2"
    assert centre.seat("seat-01").device is Device.IN_USE


def test_a_stop_hands_both_over() -> None:
    """Each with the seats that are held there."""
    centre = several("seat-01")
    centre.member("seat-01", paused=False, pbx=TWO)
    centre.give(e.Stop(centre.at))
    assert centre.actions == [f.HandOver(ONE, PKY, (SEAT,)), f.HandOver(TWO, PKY, ())]


def test_a_newer_owner_at_one_ends_both() -> None:
    """A centre has one owner."""
    centre = several("seat-01", token=3, alone=False)
    centre.give(e.OwnerChanged(centre.at, TWO, PKY, 4))
    assert centre.last == [f.StepDown(PKY, 4)]
    centre.arrives(pbx=ONE)
    assert centre.actions == []
    assert centre.passes(10) == []


# --- numbers and the store -----------------------------------------------------------------------


def test_serials_are_reserved_at_both() -> None:
    """A number that one Asterisk knows to be in use is given out by no other."""
    centre = several()
    centre.arrives(pbx=ONE)
    assert {each.pbx: each.upto for each in centre.did(f.ReserveSerials)} in (
        {},
        {ONE: 21, TWO: 21},
    )
    reserved = [each for each in centre.history if isinstance(each, f.ReserveSerials)]
    assert {each.pbx for each in reserved} == {ONE, TWO}
    for _ in range(40):
        centre.arrives(pbx=TWO)
    reserved = [each for each in centre.history if isinstance(each, f.ReserveSerials)]
    upto = {pbx: max(each.upto for each in reserved if each.pbx == pbx) for pbx in BOTH}
    assert upto[ONE] == upto[TWO] > 41


def test_one_that_comes_back_is_told_of_the_reservation() -> None:
    """It missed some while it was away."""
    centre = several()
    goes(centre, TWO)
    for _ in range(40):
        centre.arrives(pbx=ONE)
    latest = [each for each in centre.history if isinstance(each, f.ReserveSerials)][-1]
    centre.snapshot(pbx=TWO, owner=1, serials={PKY: ("20261122", 20)})
    assert centre.did(f.ReserveSerials)[-1] == f.ReserveSerials(TWO, PKY, latest.day, latest.upto)
    centre.snapshot(pbx=TWO, owner=1, serials={PKY: (latest.day, latest.upto)})
    assert centre.did(f.ReserveSerials) == []


def test_numbers_go_on_after_the_greater_reservation_of_the_two() -> None:
    """Without the store: whichever Asterisk knows more."""
    centre = Centre("seat-01", pbxs=BOTH)
    centre.snapshot(pbx=ONE, serials={PKY: ("20261122", 40)})
    centre.snapshot(pbx=TWO, serials={PKY: ("20261122", 60)})
    centre.arrives(pbx=ONE)
    (number,) = centre.tickets().values()
    assert int(number.rsplit("-", 1)[1]) > 60


def test_two_stored_calls_at_one_seat_do_not_share_it() -> None:
    """Two Asterisks may have rung one phone natively; whoever talks has it."""
    before = several("seat-01")
    for pbx in BOTH:
        before.give(e.NativeMode(before.at, pbx, PKY))
    one, two = before.arrives(pbx=ONE), before.arrives(pbx=TWO)
    for caller, pbx in ((one, ONE), (two, TWO)):
        before.rings(caller, "seat-01", pbx=pbx)
    before.answers(two, "seat-01", pbx=TWO)
    calls = tuple(sorted(before.desk.calls(), key=lambda call: call.pbx, reverse=True))
    after = Centre("seat-01", pbxs=BOTH)
    after.store_read(calls=calls)
    assert after.seat("seat-01").call == before.call(two).id
    assert after.seat("seat-01").talking


def test_a_seat_that_another_asterisk_rings_beside_is_free_for_all() -> None:
    """What is away by now must not hold it; its phone refuses a second call."""
    centre = several("seat-01")
    one = centre.arrives(pbx=ONE)
    centre.give(e.NativeMode(centre.at, TWO, PKY))
    two = centre.arrives(pbx=TWO)
    centre.rings(two, "seat-01", pbx=TWO)
    centre.returns(one, "seat-01", OfferResult.UNREACHABLE, pbx=ONE)
    assert centre.seat("seat-01").call is None


@pytest.mark.parametrize("pbxs", [(ONE,), BOTH])
def test_what_an_agent_can_do_survives_a_restart(pbxs: tuple[PbxId, ...]) -> None:
    """It is not in Asterisk; the store has it, for as long as the same agent sits there."""
    before = Centre("seat-01", "seat-02", pbxs=pbxs)
    for pbx in pbxs:
        before.snapshot(pbx=pbx)
    for seat in ("seat-01", "seat-02"):
        skills = frozenset({"en"})
        before.command(e.LogIn, seat, agent=AgentId(f"agent of {seat}"), skills=skills)
        for pbx in pbxs:
            before.member(seat, pbx=pbx)
    after = Centre("seat-01", pbxs=pbxs)
    after.store_read(seats=tuple(before.desk.seats()))  # one of which there is no more
    for pbx in pbxs:
        after.snapshot(pbx=pbx, members=(member("seat-01"),))
    assert after.seat("seat-01").skills == {"en"}
    caller = after.arrives(skills=frozenset({"en"}))
    assert after.rung == [(caller, "seat-01")]


def test_what_another_agent_could_do_is_not_taken_over() -> None:
    """Somebody else sits there by now; and what was remembered is used once."""
    before = Centre("seat-01").open()
    before.log_in("seat-01", frozenset({"en"}))
    after = Centre("seat-01")
    after.store_read(seats=tuple(before.desk.seats()))
    after.snapshot()
    after.member("seat-01", agent="budi")
    assert after.seat("seat-01").skills == frozenset()
    after.give(e.MemberRemoved(after.at, ONE, PKY, SEAT))
    after.member("seat-01")
    assert after.seat("seat-01").skills == frozenset()


def test_a_leg_at_one_belongs_to_that_ones_call() -> None:
    """The same ids at the other are other channels."""
    centre = several("seat-01", "seat-02")
    for pbx in BOTH:
        centre.give(e.NativeMode(centre.at, pbx, PKY))
        centre.arrives(uniqueid="1.1", pbx=pbx)
    shown = (channel("1.1", bridged=True), leg("seat-02", "1.1", bridged=True))
    centre.snapshot(pbx=TWO, owner=1, channels=shown, members=(member("seat-02", Device.IN_USE),))
    states = {call.pbx: (call.state, call.seat) for call in centre.desk.calls()}
    assert states[TWO] == (CallState.TALKING, "seat-02")
    assert states[ONE][0] is CallState.ARRIVED
