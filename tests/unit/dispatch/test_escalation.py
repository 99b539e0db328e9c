"""A handoff escalates when it is due, and not before."""

from __future__ import annotations

import pytest

from sip112.dispatch.escalation import overdue, weighed
from sip112.dispatch.handoff import UNHEARD, Change, EventKind, HandoffEvent, MessageKind, Step
from sip112.dispatch.limits import Limits
from sip112.dispatch.reports import delivered, sent
from sip112.dispatch.said import said
from tests.unit.dispatch.made import LIMITS, SMS, VOICE, WEBHOOK, K, a_handoff, ids, later


def test_it_is_not_due_a_moment_before() -> None:
    """At the moment itself it is."""
    handoff = a_handoff(due_at=later(10))
    assert overdue(handoff, later(9.999), ids()) is None
    assert overdue(handoff, later(10), ids()) is not None


def test_where_nothing_is_waited_for_nothing_is_ever_due() -> None:
    """However long it takes."""
    assert overdue(a_handoff(due_at=None), later(1e9), ids()) is None


@pytest.mark.parametrize("step", sorted(UNHEARD))
def test_the_next_rung_is_tried(step: Step) -> None:
    """With a request of its own; its time begins now, and not when it was due."""
    handoff = a_handoff(WEBHOOK, SMS, step=step)
    change = overdue(handoff, later(12), ids())
    assert change is not None
    assert (change.handoff.step, change.handoff.rung) == (step, 1)
    assert (change.handoff.tried_at, change.handoff.version) == (later(12), 2)
    assert change.events == (
        HandoffEvent(later(12), EventKind.ESCALATED, step, "sip112", "sms", "Post"),
    )
    (request,) = change.messages
    assert (request.kind, request.not_before) == (MessageKind.REQUEST, later(12))
    assert request.rung == handoff.ladder[1]


def test_by_voice_there_is_no_message() -> None:
    """A person is asked to call."""
    change = overdue(a_handoff(WEBHOOK, VOICE), later(10), ids())
    assert change is not None
    assert change.messages == ()
    assert change.events[0].channel == "voice"
    assert change.handoff.due_at == later(10 + LIMITS.acknowledged_s)


def test_after_the_last_rung_a_supervisor_is_alarmed_once() -> None:
    """Then the clock stands still."""
    change = overdue(a_handoff(WEBHOOK), later(10), ids())
    assert change is not None
    after = change.handoff
    assert (after.rung, after.current, after.version) == (1, None, 2)
    assert (after.alarmed_at, after.due_at) == (later(10), None)
    assert change == Change(
        after, (HandoffEvent(later(10), EventKind.ALARMED, Step.QUEUED, "sip112"),)
    )
    assert overdue(after, later(1e9), ids()) is None


@pytest.mark.parametrize(
    ("step", "wait"),
    [
        (Step.ACKNOWLEDGED, LIMITS.accepted_s),
        (Step.ACCEPTED, LIMITS.en_route_s),
        (Step.EN_ROUTE, LIMITS.on_scene_s),
    ],
)
def test_who_has_seen_it_and_does_nothing_is_an_alarm(step: Step, wait: float) -> None:
    """The rungs that are left are for reaching somebody, and somebody was reached."""
    handoff = said(a_handoff(WEBHOOK, SMS), later(1), step, "agency:damkar", "webhook").handoff
    assert overdue(handoff, later(0.999 + wait), ids()) is None
    change = overdue(handoff, later(1 + wait), ids())
    assert change is not None
    assert change.handoff == handoff.evolve(due_at=None, alarmed_at=later(1 + wait), version=3)
    assert change.messages == ()
    assert [event.kind for event in change.events] == [EventKind.ALARMED]


def test_what_is_heard_meanwhile_is_not_overdue() -> None:
    """Though it was heard after the time, before anybody looked."""
    handoff = a_handoff(WEBHOOK, SMS)
    after = delivered(handoff, later(11), handoff.ladder[0]).handoff
    assert overdue(after, later(11), ids()) is None


def test_each_rung_has_its_own_time() -> None:
    """From webhook to the contacts, one after the other, until none is left."""
    handoff, tried = a_handoff(WEBHOOK, SMS), []
    while handoff.due_at is not None:
        change = overdue(handoff, handoff.due_at, ids())
        assert change is not None
        handoff = change.handoff
        for request in change.messages:
            tried.append((request.rung.channel, request.rung.contact, request.not_before))
            handoff = sent(handoff, request.not_before, request.rung).handoff
    assert tried == [
        (K.SMS, "Post", later(LIMITS.delivered_s)),
        (K.SMS, "Chief", later(LIMITS.delivered_s + LIMITS.acknowledged_s)),
    ]
    assert handoff.alarmed_at == later(LIMITS.delivered_s + 2 * LIMITS.acknowledged_s)


def test_for_an_arrival_without_a_limit_nobody_waits() -> None:
    """As of a handoff that was begun before there was one; nor for the end of the work."""
    limits = Limits(10, 40, 100, 200)
    handoff = a_handoff(limits=limits)
    assert said(handoff, later(1), Step.EN_ROUTE, "x", "").handoff.due_at is None
    assert said(a_handoff(), later(1), Step.ON_SCENE, "x", "").handoff.due_at is None


HURRY = Limits(1, 2, 3, 4, 5)


def test_the_clock_follows_the_severity_of_the_ticket() -> None:
    """By the limits of what it has turned out to be, from when the rung was tried."""
    handoff = a_handoff(WEBHOOK, SMS)
    change = weighed(handoff, "critical", HURRY)
    assert change is not None
    assert change == Change(
        handoff.evolve(severity="critical", limits=HURRY, due_at=later(1), version=2)
    )
    assert weighed(change.handoff, "critical", LIMITS) is None


def test_what_has_alarmed_somebody_alarms_nobody_again() -> None:
    """Worse or not, they know of it."""
    alarm = overdue(a_handoff(WEBHOOK, step=Step.ACCEPTED), later(200), ids())
    assert alarm is not None
    change = weighed(alarm.handoff, None, HURRY)
    assert change is not None
    assert (change.handoff.due_at, change.handoff.alarmed_at) == (None, later(200))
    assert change.handoff.limits == HURRY


def test_what_has_ended_has_no_clock() -> None:
    """Whatever becomes of the ticket."""
    assert weighed(a_handoff(step=Step.COMPLETED), "critical", HURRY) is None
