"""What became of a message, told late, twice, or of a rung that is not the last any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip112.dispatch.agency import Rung
from sip112.dispatch.handoff import (
    TRANSITIONS,
    UNHEARD,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    MessageKind,
    Step,
)
from sip112.dispatch.reasons import Code, Reason, because
from sip112.dispatch.reports import delivered, failed, failing, held, sent
from sip112.routing.ids import Instant
from tests.unit.dispatch.made import LIMITS, SMS, VOICE, WEBHOOK, K, a_handoff, ids, later

Report = Callable[[Handoff, Instant, Rung], Change]
REPORTS = ((sent, Step.SENT), (delivered, Step.DELIVERED))


@pytest.mark.parametrize(("report", "step"), REPORTS)
def test_a_report_brings_it_on(report: Report, step: Step) -> None:
    """The history says by which channel, and to whom."""
    handoff = a_handoff(SMS)
    change = report(handoff, later(1), handoff.ladder[0])
    assert (change.handoff.step, change.handoff.since) == (step, later(1))
    assert change.handoff.version == 2
    assert change.events == (HandoffEvent(later(1), EventKind.STEP, step, "sip112", "sms", "Post"),)


@pytest.mark.parametrize(("report", "step"), REPORTS)
@pytest.mark.parametrize("at", list(Step))
def test_a_report_takes_no_step_back(report: Report, step: Step, at: Step) -> None:
    """What is told late or twice changes nothing."""
    handoff = a_handoff(step=at)
    change = report(handoff, later(1), handoff.ladder[0])
    if step in TRANSITIONS[at]:
        assert change.handoff.step is step
    else:
        assert change == Change(handoff)


def test_a_system_that_has_it_not_yet_is_waited_for() -> None:
    """It will say that it has it."""
    handoff = a_handoff(WEBHOOK)
    assert sent(handoff, later(1), handoff.ladder[0]).handoff.due_at == later(LIMITS.delivered_s)


def test_a_system_that_has_it_waits_for_a_person() -> None:
    """From the moment in which the rung was tried."""
    handoff = a_handoff(WEBHOOK)
    change = delivered(handoff, later(1), handoff.ladder[0])
    assert change.handoff.due_at == later(LIMITS.acknowledged_s)


def test_what_cannot_tell_of_a_delivery_waits_for_a_person() -> None:
    """Once it is sent; before, it may hang."""
    handoff = a_handoff(SMS)
    assert handoff.due_at == later(LIMITS.delivered_s)
    assert sent(handoff, later(1), handoff.ladder[0]).handoff.due_at == later(LIMITS.acknowledged_s)


@pytest.mark.parametrize("step", list(Step))
def test_a_first_try_that_fails_is_written_down_and_no_more(step: Step) -> None:
    """The rung is tried again, and the clock runs as it did."""
    handoff = a_handoff(WEBHOOK, SMS, step=step)
    change = failing(handoff, later(3), handoff.ladder[0], because(Code.NO_ANSWER, seconds=10))
    assert change == Change(
        handoff.evolve(version=2),
        (
            HandoffEvent(
                later(3),
                EventKind.FAILING,
                step,
                "sip112",
                "webhook",
                "no answer within 10 s",
                because(Code.NO_ANSWER, seconds=10),
            ),
        ),
    )


@pytest.mark.parametrize("step", sorted(UNHEARD))
def test_where_the_last_rung_fails_the_next_is_tried_at_once(step: Step) -> None:
    """The step stays, the clock begins anew."""
    handoff = a_handoff(WEBHOOK, SMS, step=step)
    change = failed(handoff, later(3), handoff.ladder[0], Reason("410 Gone"), ids())
    assert (change.handoff.rung, change.handoff.tried_at) == (1, later(3))
    assert change.handoff.version == 2
    assert change.events == (
        HandoffEvent(
            later(3), EventKind.FAILED, step, "sip112", "webhook", "410 Gone", Reason("410 Gone")
        ),
        HandoffEvent(later(3), EventKind.ESCALATED, step, "sip112", "sms", "Post"),
    )
    (request,) = change.messages
    assert (request.kind, request.rung) == (MessageKind.REQUEST, handoff.ladder[1])


@pytest.mark.parametrize("step", sorted(UNHEARD))
def test_while_something_here_holds_up_the_last_rung_the_next_is_tried(step: Step) -> None:
    """At once: nobody knows when it is mended. It is not given up."""
    handoff = a_handoff(WEBHOOK, SMS, step=step)
    why = because(Code.PRIVATE_ADDRESS, address="10.0.0.1")
    change = held(handoff, later(3), handoff.ladder[0], why, ids())
    assert (change.handoff.rung, change.handoff.tried_at) == (1, later(3))
    assert change.events == (
        HandoffEvent(later(3), EventKind.FAILING, step, "sip112", "webhook", str(why), why),
        HandoffEvent(later(3), EventKind.ESCALATED, step, "sip112", "sms", "Post"),
    )
    (request,) = change.messages
    assert (request.kind, request.rung) == (MessageKind.REQUEST, handoff.ladder[1])


def test_where_the_only_rung_fails_a_supervisor_is_alarmed() -> None:
    """At once."""
    handoff = a_handoff(WEBHOOK)
    change = failed(handoff, later(3), handoff.ladder[0], Reason("410 Gone"), ids())
    assert (change.handoff.alarmed_at, change.handoff.due_at) == (later(3), None)
    assert [event.kind for event in change.events] == [EventKind.FAILED, EventKind.ALARMED]


def test_a_rung_that_was_given_up_already_fails_for_the_history_alone() -> None:
    """The next one is on its way."""
    handoff = a_handoff(WEBHOOK, SMS, rung=1)
    change = failed(handoff, later(3), handoff.ladder[0], Reason("timed out"), ids())
    assert change.handoff == handoff.evolve(version=2)
    assert change.messages == ()
    assert [event.note for event in change.events] == ["timed out"]


@pytest.mark.parametrize("step", [step for step in Step if step not in UNHEARD])
def test_nobody_else_is_told_once_somebody_has_seen_it(step: Step) -> None:
    """An update or a cancellation that fails is written down."""
    handoff = a_handoff(WEBHOOK, SMS, step=step)
    change = failed(handoff, later(3), handoff.ladder[0], Reason("timed out"), ids())
    assert change.handoff == handoff.evolve(version=2)
    assert change.messages == ()


def test_a_call_can_fail_too() -> None:
    """Nobody answered: the next contact is called, by a person again."""
    handoff = a_handoff(VOICE)
    change = failed(handoff, later(3), handoff.ladder[0], Reason("no answer"), ids())
    assert change.messages == ()
    assert change.handoff.current == Rung(K.VOICE, "0812555001", "Post")
    assert change.handoff.due_at == later(3 + LIMITS.acknowledged_s)


def test_a_delivery_after_the_alarm_does_not_end_it() -> None:
    """A machine has it, and still nobody has seen it."""
    handoff = a_handoff(WEBHOOK, rung=1, due_at=None, alarmed_at=later(2))
    change = delivered(handoff, later(3), handoff.ladder[0])
    assert change.handoff.step is Step.DELIVERED
    assert (change.handoff.alarmed_at, change.handoff.due_at) == (later(2), None)
