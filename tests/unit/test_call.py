"""The life of a call is a table; every move that is not in it is refused."""

from __future__ import annotations

import pytest

from sip112.routing.call import (
    TRANSITIONS,
    WAITING,
    Call,
    CallState,
    IllegalMove,
    Move,
    Offer,
    OfferResult,
)
from sip112.routing.ids import Instant, SeatId, Uniqueid, call_id
from tests.unit.centre import PBX, PKY, START

LEGAL = {
    (state, move): target for state, moves in TRANSITIONS.items() for move, target in moves.items()
}
EVERY = [(state, move) for state in CallState for move in Move]


def a_call(state: CallState = CallState.ARRIVED) -> Call:
    """Return a call in `state`."""
    uniqueid = Uniqueid("1795318000.1")
    this = call_id(PBX, uniqueid, START)
    return Call(this, PKY, PBX, uniqueid, "PJSIP/trunk-00000001", START, state=state)


def test_the_table_names_every_state() -> None:
    """A dead end stands in it too: nothing is left to chance."""
    assert set(TRANSITIONS) == set(CallState)
    assert TRANSITIONS[CallState.ENDED] == {}


def test_a_caller_may_hang_up_at_any_instant() -> None:
    """Every state but the last one leads to the end."""
    for state in set(CallState) - {CallState.ENDED}:
        assert LEGAL[state, Move.END] is CallState.ENDED


def test_a_conversation_is_never_taken_away() -> None:
    """Whoever talks can only end, or be left alone: no offer, no queue, no ring."""
    assert set(TRANSITIONS[CallState.TALKING]) == {Move.END, Move.RETURN}


@pytest.mark.parametrize(("state", "move"), sorted(LEGAL))
def test_a_legal_move_leads_where_the_table_says(state: CallState, move: Move) -> None:
    """The move changes the state, and what is given with it, and nothing else."""
    call = a_call(state)
    after = call.move(move, position=3)
    assert after == call.evolve(state=LEGAL[state, move], position=3)


@pytest.mark.parametrize(("state", "move"), sorted(set(EVERY) - set(LEGAL)))
def test_an_illegal_move_is_refused_and_changes_nothing(state: CallState, move: Move) -> None:
    """The error names the state and the move; the call stays as it was."""
    call = a_call(state)
    with pytest.raises(IllegalMove, match=f"{state}.*{move!r}") as error:
        call.move(move, position=3)
    assert (error.value.state, error.value.move) == (state, move)
    assert call == a_call(state)


def test_a_call_waits_until_it_has_a_seat() -> None:
    """Arrived or queued: it has no seat and wants one."""
    assert {state for state in CallState if a_call(state).waiting} == WAITING


def test_the_offer_that_stands_is_the_last_one_without_a_result() -> None:
    """An offer that was answered or refused stands no longer."""
    first = Offer(SeatId("seat-01"), None, START, result=OfferResult.REJECTED)
    second = Offer(SeatId("seat-02"), None, Instant(START + 1))
    assert a_call().offer is None
    assert a_call().evolve(offers=(first,)).offer is None
    assert a_call().evolve(offers=(first, second)).offer == second
