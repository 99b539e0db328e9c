"""An incident of another centre: its steps are said here, and told there."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Rung
from sip112.dispatch.handoff import (
    ENDED,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    MessageKind,
    Purpose,
    ReasonNeeded,
    Step,
    may_follow,
)
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.reasons import Reason
from sip112.dispatch.received import answered, own, received, remarked, taken_back
from sip112.dispatch.reports import failed
from sip112.dispatch.requests import cancelled, changed
from sip112.routing.ids import TicketId
from tests.unit.centre import PKY
from tests.unit.dispatch.made import DESK, VOICE, WEBHOOK, K, an_agency, ids, later

KTM = an_agency(VOICE, code="ktm", kind=AgencyKind.CENTRE)
WAY = Rung(K.WEBHOOK, "https://damkar.example/112")
THEIRS = "agency:ktm"


def ktm() -> Agency:
    """Return a centre that has a system, and a telephone."""
    return an_agency(VOICE, WEBHOOK, code="ktm", kind=AgencyKind.CENTRE)


def a_received(step: Step = Step.DELIVERED, agency: Agency | None = None) -> Handoff:
    """Return an incident that was received, at a step."""
    of = ktm() if agency is None else agency
    handoff, ticket = HandoffId(UUID(int=9)), TicketId(UUID(int=7))
    return received(handoff, PKY, ticket, of, later(0), "high").handoff.evolve(step=step)


def test_it_is_there_without_a_clock() -> None:
    """It is the other centre that waits; its system is the way back, and no telephone."""
    change = received(HandoffId(UUID(int=9)), PKY, TicketId(UUID(int=7)), ktm(), later(0), "high")
    handoff = change.handoff
    assert (handoff.id, handoff.ticket) == (HandoffId(UUID(int=9)), TicketId(UUID(int=7)))
    assert (handoff.purpose, handoff.agency) == (Purpose.RECEIVED, "ktm")
    assert (handoff.requested_by, handoff.severity) == (THEIRS, "high")
    assert (handoff.step, handoff.since, handoff.due_at) == (Step.DELIVERED, later(0), None)
    assert handoff.ladder == (WAY,)
    assert change.events == (
        HandoffEvent(later(0), EventKind.STEP, Step.DELIVERED, THEIRS, "webhook"),
    )
    assert (change.messages, change.withdrawn) == ((), False)


@pytest.mark.parametrize("to", may_follow(Step.DELIVERED))
def test_each_step_is_told(to: Step) -> None:
    """Also the last one; and nothing that waits to be told is withdrawn."""
    change = answered(a_received(), later(1), to, DESK, "why", ids())
    assert (change.handoff.step, change.handoff.since) == (to, later(1))
    assert change.handoff.due_at is None
    assert change.handoff.ended == (to in ENDED)
    assert [(each.kind, each.rung, each.not_before) for each in change.messages] == [
        (MessageKind.ANSWER, WAY, later(1))
    ]
    assert change.events == (HandoffEvent(later(1), EventKind.STEP, to, DESK, "", "why"),)
    assert not change.withdrawn


def test_steps_follow_as_any_agencys() -> None:
    """And the same once more is not told again."""
    accepted = a_received(Step.ACCEPTED)
    assert answered(accepted, later(1), Step.ACCEPTED, DESK, "", ids()) == Change(accepted)
    with pytest.raises(IllegalStep):
        answered(accepted, later(1), Step.ACKNOWLEDGED, DESK, "", ids())
    with pytest.raises(ReasonNeeded):
        answered(accepted, later(1), Step.DECLINED, DESK, "", ids())


def test_a_centre_without_a_system_is_not_told() -> None:
    """There is no way; it calls."""
    change = answered(a_received(agency=KTM), later(1), Step.ACCEPTED, DESK, "", ids())
    assert (change.handoff.step, change.messages) == (Step.ACCEPTED, ())


def test_a_note_is_told() -> None:
    """Whatever the step."""
    change = remarked(a_received(), later(1), DESK, "two ambulances", ids())
    assert change.handoff.step is Step.DELIVERED
    assert [each.kind for each in change.messages] == [MessageKind.ANSWER]
    assert [(each.kind, each.note) for each in change.events] == [
        (EventKind.NOTE, "two ambulances")
    ]


def test_who_asked_takes_it_back() -> None:
    """Nobody is told: they know it. What has ended stays as it ended."""
    change = taken_back(a_received(Step.EN_ROUTE), later(1), "prank")
    assert (change.handoff.step, change.handoff.reason) == (Step.CANCELLED, "prank")
    assert change.events == (
        HandoffEvent(later(1), EventKind.STEP, Step.CANCELLED, THEIRS, "webhook", "prank"),
    )
    assert change.messages == ()
    for step in ENDED:
        assert taken_back(a_received(step), later(1), "prank") == Change(a_received(step))


def test_it_is_not_ours_to_take_back() -> None:
    """Who cannot act declines."""
    with pytest.raises(IllegalStep):
        cancelled(a_received(), later(1), DESK, "no", ids())


def test_a_message_that_does_not_come_through_changes_no_rung() -> None:
    """It lies among those that were given up."""
    handoff = a_received()
    change = failed(handoff, later(1), WAY, Reason("gone"), ids())
    assert change.handoff == handoff.evolve(version=2)
    assert [(each.kind, each.note) for each in change.events] == [(EventKind.FAILED, "gone")]


def test_changes_of_the_ticket_are_told_while_somebody_acts() -> None:
    """As to any agency that acts: both centres are to know the same."""
    change = changed(a_received(Step.ACCEPTED), later(1), ids())
    assert change is not None
    assert [(each.kind, each.rung) for each in change.messages] == [(MessageKind.UPDATE, WAY)]
    assert changed(a_received(), later(1), ids()) is None


@pytest.mark.parametrize(
    ("kind", "by", "ours"),
    [
        (EventKind.STEP, DESK, True),
        (EventKind.NOTE, DESK, True),
        (EventKind.STEP, THEIRS, False),
        (EventKind.STEP, f"{THEIRS} sari", False),
        (EventKind.STEP, "agency:ktm2", True),
        (EventKind.FAILED, "sip112", False),
    ],
)
def test_what_is_said_here_is_told(kind: EventKind, by: str, ours: bool) -> None:
    """And not what the other centre has said, nor what became of messages."""
    event = HandoffEvent(later(1), kind, Step.ACCEPTED, by)
    assert own(a_received(), event) is ours
