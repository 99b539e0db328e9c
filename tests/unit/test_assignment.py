"""Whose a ticket is: who answers for the caller, and who may decide otherwise."""

from __future__ import annotations

import pytest

from sip112.people.handling import Unfit, may_assign, unfit
from sip112.people.person import Person
from sip112.people.principal import Principal
from sip112.people.roles import Role, Scope
from sip112.people.session import Session, SignedIn
from sip112.people.token import Token
from sip112.routing import events as e
from sip112.routing.assignment import answers_for
from sip112.routing.ids import AgentId, CentreCode, Instant
from tests.unit.test_desk_rooms import Room

PKY, KTM = CentreCode("PKY"), CentreCode("KTM")
T = Instant(0)
ANI, SRI = AgentId("ani"), AgentId("sri")


def agent_at(room: Room, seat: str) -> AgentId:
    """Return who is on duty at a seat."""
    agent = room.seat(seat).agent
    assert agent is not None
    return agent


def test_nobody_answers_for_a_caller_who_waits_or_rings() -> None:
    """An offer is no answer."""
    room = Room("seat-01", "seat-02")
    rings, waits = room.arrives(), room.arrives()
    assert room.call(rings).agent == agent_at(room, "seat-02")
    assert answers_for(room.call(rings)) is None
    assert answers_for(room.call(waits)) is None


def test_who_answers_does_so_to_the_end() -> None:
    """And after it, as the last entry says."""
    room = Room()
    assert answers_for(room.now_call) == agent_at(room, "seat-01")
    room.hangs_up(room.caller)
    ended = room.records[-1].call
    assert ended is not None
    assert answers_for(ended) == agent_at(room, "seat-01")


@pytest.mark.parametrize("mode", [e.Mode.ATTENDED, e.Mode.CONFERENCE])
def test_who_takes_over_does_once_the_other_has_left(mode: e.Mode) -> None:
    """While both are there the first one answers."""
    room = Room().in_room().with_other("seat-02", mode)
    assert answers_for(room.now_call) == agent_at(room, "seat-01")
    if mode is e.Mode.ATTENDED:
        room.steer(e.CompleteTransfer)
        room.joins_room("seat-02")
    room.leaves_room("seat-01")
    assert answers_for(room.now_call) == agent_at(room, "seat-02")


def test_a_caller_who_goes_outside_stays_with_who_sent_them() -> None:
    """No agent answers there."""
    room = Room().in_room().with_other("113")
    room.leaves_room("seat-01")
    assert answers_for(room.now_call) == agent_at(room, "seat-01")


def test_nobody_answers_for_a_caller_whom_all_have_left() -> None:
    """Until the next one does."""
    room = Room().in_room()
    room.give(e.LeftAlone(room.at, room.now_call.pbx, room.caller))
    assert answers_for(room.now_call) is None


# --- who decides otherwise --------------------------------------------------------------------


def person(agent: AgentId, *roles: Role, disabled: bool = False) -> Person:
    """Return a person of PKY."""
    return Person(agent, agent, frozenset(roles), "", T, T, frozenset({PKY}), disabled=disabled)


def signed_in(agent: AgentId, role: Role) -> SignedIn:
    """Return a person with a session."""
    return SignedIn(person(agent, role), Session("", agent, T, T, ""), "")


def test_who_can_have_tickets() -> None:
    """People of the centre who may sign in and handle tickets."""
    assert unfit(None, PKY) is Unfit.UNKNOWN
    assert unfit(person(ANI, Role.CALL_TAKER), KTM) is Unfit.UNKNOWN
    assert unfit(person(ANI, Role.CALL_TAKER, disabled=True), PKY) is Unfit.INACTIVE
    assert unfit(person(ANI), PKY) is Unfit.NO_TICKETS
    assert unfit(person(ANI, Role.AGENCY), PKY) is Unfit.NO_TICKETS
    for role in set(Role) - {Role.AGENCY}:
        assert unfit(person(ANI, role), PKY) is None


@pytest.mark.parametrize(
    ("who", "holder", "to", "may"),
    [
        (signed_in(ANI, Role.CALL_TAKER), None, ANI, True),
        (signed_in(ANI, Role.CALL_TAKER), SRI, ANI, True),  # the caller comes first
        (signed_in(ANI, Role.CALL_TAKER), ANI, SRI, True),
        (signed_in(ANI, Role.CALL_TAKER), ANI, None, True),
        (signed_in(ANI, Role.CALL_TAKER), None, SRI, False),
        (signed_in(ANI, Role.DISPATCHER), SRI, AgentId("rina"), False),
        (signed_in(ANI, Role.CALL_TAKER), SRI, None, False),
        (signed_in(ANI, Role.CALL_TAKER), SRI, SRI, True),  # as it is
        (signed_in(ANI, Role.SUPERVISOR), SRI, AgentId("rina"), True),
        (signed_in(ANI, Role.ADMIN), SRI, None, True),
        (Token("cad", "", frozenset({Scope.TICKETS})), None, SRI, False),
        (Token("cad", "", frozenset({Scope.TICKETS})), SRI, None, False),
        (Token("cad", "", frozenset({Scope.TICKETS, Scope.SUPERVISE})), SRI, ANI, True),
    ],
)
def test_who_decides(who: Principal, holder: AgentId | None, to: AgentId | None, may: bool) -> None:
    """Supervisors everything, people about themselves, machines without the scope nothing."""
    assert may_assign(who, holder, to) is may
