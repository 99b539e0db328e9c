"""What the centre asks of an agency: to act, to know of a change, to do no more."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.dispatch.handoff import (
    ACTING,
    ENDED,
    SERVICE,
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    Message,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.requests import UPDATE_WAIT_S, begin, cancelled, changed, untold
from sip112.routing.ids import TicketId
from tests.unit.centre import PKY, START
from tests.unit.dispatch.made import (
    CAP,
    DESK,
    LIMITS,
    SMS,
    VOICE,
    WEBHOOK,
    K,
    a_handoff,
    a_ticket,
    an_agency,
    begun,
    ids,
    later,
)


def channels(change: Change) -> list[K]:
    """Return by which channels the agency is told."""
    return [message.rung.channel for message in change.messages]


# --- to act ------------------------------------------------------------------------------


def test_a_handoff_begins_with_a_request_by_the_first_rung() -> None:
    """It knows the ladder and the limits as they are now, and waits for the delivery."""
    change = begun(WEBHOOK, SMS)
    handoff = change.handoff
    rung = handoff.ladder[0]
    assert handoff == Handoff(
        HandoffId(UUID(int=1)),
        PKY,
        TicketId(UUID(int=7)),
        AgencyCode("damkar"),
        "high",
        handoff.ladder,
        START,
        DESK,
        LIMITS,
        since=START,
        tried_at=START,
        due_at=later(LIMITS.delivered_s),
    )
    assert [each.channel for each in handoff.ladder] == [K.WEBHOOK, K.SMS, K.SMS]
    assert change.messages == (
        Message(MessageId(UUID(int=2)), handoff.id, MessageKind.REQUEST, rung, START),
    )
    assert change.events == (HandoffEvent(START, EventKind.STEP, Step.QUEUED, DESK, "webhook"),)


def test_by_voice_it_waits_for_a_person() -> None:
    """Whoever answers has heard it: the time is that of an acknowledgement."""
    change = begun(VOICE)
    assert change.messages == ()
    assert change.handoff.due_at == later(LIMITS.acknowledged_s)
    assert [event.channel for event in change.events] == ["voice"]


def test_an_agency_that_cannot_be_reached_is_an_alarm_at_once() -> None:
    """Nothing is waited for, and the history says both."""
    change = begun()
    assert (change.handoff.alarmed_at, change.handoff.due_at) == (START, None)
    assert change.handoff.current is None
    assert change.messages == ()
    assert [(event.kind, event.by) for event in change.events] == [
        (EventKind.STEP, DESK),
        (EventKind.ALARMED, "sip112"),
    ]


def test_the_first_contact_is_named() -> None:
    """So that the history says whom it was sent to."""
    change = begin(a_ticket(None), an_agency(SMS), START, DESK, ids(), LIMITS)
    assert change.events[0].note == "Post"
    assert change.handoff.severity is None


# --- to know of a change -----------------------------------------------------------------


@pytest.mark.parametrize("step", [step for step in Step if step not in ACTING])
def test_who_does_not_act_is_not_told_of_changes(step: Step) -> None:
    """They may not want it, or have not seen it yet: then the request says it all."""
    assert changed(a_handoff(step=step), START, ids()) is None


@pytest.mark.parametrize("step", sorted(ACTING))
def test_who_acts_is_told_after_a_moment(step: Step) -> None:
    """The handoff itself is as it was."""
    handoff = a_handoff(step=step)
    change = changed(handoff, later(5), ids())
    assert change is not None
    not_before = later(5 + UPDATE_WAIT_S)
    assert change == Change(
        handoff,
        messages=(
            Message(
                MessageId(UUID(int=1)),
                handoff.id,
                MessageKind.UPDATE,
                handoff.ladder[0],
                not_before,
            ),
        ),
    )


def test_every_system_that_was_told_and_whoever_was_told_last() -> None:
    """But not those who were told in between, and had nothing to say."""
    last = a_handoff(WEBHOOK, CAP, SMS, VOICE, step=Step.ACCEPTED, rung=3)
    change = changed(last, START, ids())
    assert change is not None
    assert [(each.rung.channel, each.rung.contact) for each in change.messages] == [
        (K.WEBHOOK, ""),
        (K.CAP, ""),
        (K.SMS, "Chief"),
    ]


def test_what_was_not_tried_is_not_told() -> None:
    """A system that never had the request has nothing to update."""
    change = changed(a_handoff(SMS, WEBHOOK, step=Step.ACCEPTED), START, ids())
    assert change is not None
    assert channels(change) == [K.SMS]


def test_after_a_call_the_message_goes_by_what_was_tried_before_it() -> None:
    """Nobody in the centre need call again for each change, if there is another way."""
    by_voice = a_handoff(SMS, VOICE, step=Step.ACCEPTED, rung=2)
    change = changed(by_voice, START, ids())
    assert change is not None
    assert channels(change) == [K.SMS]


def test_who_was_only_called_is_to_be_told_by_a_person() -> None:
    """There is no way that needs nobody: the history says that it is to be done."""
    handoff = a_handoff(VOICE, step=Step.ACCEPTED)
    assert changed(handoff, later(5), ids()) == Change(
        handoff.evolve(version=2),
        (HandoffEvent(later(5), EventKind.UNTOLD, Step.ACCEPTED, "sip112"),),
    )
    assert changed(handoff.evolve(purpose=Purpose.RECEIVED), later(5), ids()) is None


# --- to do no more -----------------------------------------------------------------------


def test_a_cancellation_goes_to_all_that_were_tried() -> None:
    """By what needs nobody; what was never tried is dropped."""
    handoff = a_handoff(WEBHOOK, SMS, VOICE, step=Step.ACCEPTED, rung=3, alarmed_at=START)
    change = cancelled(handoff, later(9), DESK, "false alarm", ids())
    assert change.handoff == handoff.evolve(
        step=Step.CANCELLED,
        since=later(9),
        due_at=None,
        alarmed_at=None,
        reason="false alarm",
        version=2,
    )
    assert channels(change) == [K.WEBHOOK, K.SMS, K.SMS]
    assert {message.kind for message in change.messages} == {MessageKind.CANCEL}
    assert {message.not_before for message in change.messages} == {later(9)}
    assert change.withdrawn
    assert change.events == (
        HandoffEvent(later(9), EventKind.STEP, Step.CANCELLED, DESK, note="false alarm"),
    )


def test_to_cancel_once_more_changes_nothing() -> None:
    """Nobody is told twice."""
    handoff = a_handoff(step=Step.CANCELLED, reason="false alarm")
    assert cancelled(handoff, later(9), DESK, "another", ids()) == Change(handoff)


@pytest.mark.parametrize("step", sorted(ENDED - {Step.CANCELLED}))
def test_what_has_ended_cannot_be_cancelled(step: Step) -> None:
    """It has another end, and keeps it."""
    with pytest.raises(IllegalStep, match=f"{step}.*cancelled"):
        cancelled(a_handoff(step=step), START, DESK, "", ids())


# --- what is still to be told ------------------------------------------------------------


def happened(kind: EventKind, by: str = SERVICE) -> HandoffEvent:
    """Return one line of the history of somebody who has accepted."""
    return HandoffEvent(later(1), kind, Step.ACCEPTED, by)


@pytest.mark.parametrize(
    ("history", "is_untold"),
    [
        ([], False),
        ([happened(EventKind.STEP, DESK)], False),
        ([happened(EventKind.STEP, DESK), happened(EventKind.UNTOLD)], True),
        ([happened(EventKind.UNTOLD), happened(EventKind.UNTOLD)], True),
        ([happened(EventKind.UNTOLD), happened(EventKind.ALARMED)], True),
        ([happened(EventKind.UNTOLD), happened(EventKind.NOTE, DESK)], False),
        ([happened(EventKind.UNTOLD), happened(EventKind.LINE, DESK)], False),
        ([happened(EventKind.UNTOLD), happened(EventKind.STEP, "agency:damkar Budi")], False),
        (
            [
                happened(EventKind.UNTOLD),
                happened(EventKind.NOTE, DESK),
                happened(EventKind.ALARMED),
            ],
            False,
        ),
        ([happened(EventKind.NOTE, DESK), happened(EventKind.UNTOLD)], True),
    ],
)
def test_a_change_is_to_be_told_until_a_person_says_something(
    history: list[HandoffEvent], is_untold: bool
) -> None:
    """What the service writes meanwhile, such as an alarm, tells the agency nothing."""
    assert untold(a_handoff(VOICE, step=Step.ACCEPTED), history) is is_untold


@pytest.mark.parametrize("step", sorted(ENDED))
def test_who_has_ended_is_told_of_no_change(step: Step) -> None:
    """Nothing is waited for there."""
    assert not untold(a_handoff(VOICE, step=step), [happened(EventKind.UNTOLD)])
