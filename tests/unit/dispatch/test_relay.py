"""The text relay: the first line tells the agency, and none of them ends anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.dispatch.agency import Channel
from sip112.dispatch.errors import NotRelayed
from sip112.dispatch.escalation import overdue
from sip112.dispatch.handoff import (
    ENDED,
    Change,
    EventKind,
    HandoffEvent,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.relay import relayed, unanswered, unread
from sip112.dispatch.requests import untold
from sip112.dispatch.said import noted, wrote
from tests.unit.dispatch.made import DESK, LIMITS, SMS, VOICE, K, a_handoff, ids, later

RELAY = Channel(K.RELAY, "radio, kanal 4")
DAMKAR = AgencyCode("damkar")
TEXT = "Api di lantai dua"
WHO = "agency:damkar Budi"
GOING_ON = [step for step in Step if step not in ENDED]


def line(seconds: float, step: Step = Step.SENT, text: str = TEXT) -> HandoffEvent:
    """Return how a line stands in the history."""
    return HandoffEvent(later(seconds), EventKind.LINE, step, DESK, "relay", text)


def test_the_first_line_tells_the_agency() -> None:
    """As a call to it would: it is sent, by whoever wrote, and waits to be acknowledged."""
    change = relayed(a_handoff(RELAY), later(5), DESK, TEXT)
    after = change.handoff
    assert (after.step, after.since, after.version) == (Step.SENT, later(5), 2)
    assert after.due_at == later(LIMITS.acknowledged_s)
    assert change.messages == ()
    assert not change.withdrawn
    assert change.events == (
        HandoffEvent(later(5), EventKind.STEP, Step.SENT, DESK, "relay"),
        line(5),
    )


@pytest.mark.parametrize("step", [each for each in GOING_ON if each is not Step.QUEUED])
def test_later_lines_change_nothing_else(step: Step) -> None:
    """Neither the step nor the clock, nor the alarm that nobody is reached."""
    handoff = a_handoff(step=step, alarmed_at=later(1), due_at=later(9))
    change = relayed(handoff, later(5), DESK, TEXT)
    assert change == Change(handoff.evolve(version=2), (line(5, step),))


def test_who_does_not_answer_is_told_by_the_next_way() -> None:
    """A line that nobody reads holds nothing up."""
    sent = relayed(a_handoff(RELAY, SMS), later(5), DESK, TEXT).handoff
    assert sent.due_at is not None
    change = overdue(sent, sent.due_at, ids())
    assert change is not None
    assert change.handoff.current is not None
    assert change.handoff.current.channel is K.SMS
    assert change.messages


@pytest.mark.parametrize("step", sorted(ENDED))
def test_to_who_has_ended_nothing_is_passed_on(step: Step) -> None:
    """The handoff is as it was."""
    handoff = a_handoff(VOICE, step=step)
    with pytest.raises(NotRelayed) as error:
        relayed(handoff, later(5), DESK, TEXT)
    assert error.value.handoff == handoff


@pytest.mark.parametrize("purpose", [Purpose.RECEIVED, Purpose.REFERRAL])
def test_only_who_was_asked_to_act_is_told(purpose: Purpose) -> None:
    """A service hears nothing of a referral, and a centre that asks is told by notes."""
    with pytest.raises(NotRelayed):
        relayed(a_handoff(purpose=purpose), later(5), DESK, TEXT)


@pytest.mark.parametrize(
    "step", [Step.QUEUED, Step.SENT, Step.DELIVERED], ids=[s.value for s in GOING_ON[:3]]
)
def test_who_writes_back_has_seen_it(step: Step) -> None:
    """It is acknowledged, an alarm is over, and what they wrote is kept."""
    handoff = a_handoff(step=step, alarmed_at=later(1))
    change = wrote(handoff, later(9), WHO, "link", "Kami berangkat")
    after = change.handoff
    assert (after.step, after.since, after.version) == (Step.ACKNOWLEDGED, later(9), 2)
    assert (after.alarmed_at, after.due_at) == (None, later(9 + LIMITS.accepted_s))
    assert change.events == (
        HandoffEvent(later(9), EventKind.STEP, Step.ACKNOWLEDGED, WHO, "link"),
        HandoffEvent(later(9), EventKind.NOTE, Step.ACKNOWLEDGED, WHO, "link", "Kami berangkat"),
    )


@pytest.mark.parametrize("step", [each for each in Step if each not in GOING_ON[:3]])
def test_who_has_said_something_only_writes(step: Step) -> None:
    """Also after the end; an alarm that they do not set out is not over by it."""
    handoff = a_handoff(step=step, alarmed_at=later(1))
    assert wrote(handoff, later(9), WHO, "link", "x") == noted(handoff, later(9), WHO, "link", "x")


def test_what_waits_to_be_answered() -> None:
    """The last line since the agency said anything; what others did is no answer."""
    theirs = HandoffEvent(later(6), EventKind.NOTE, Step.SENT, WHO, "link", "Ya")
    other = HandoffEvent(later(7), EventKind.NOTE, Step.SENT, "agency:damkar2", "link", "Ya")
    ours = HandoffEvent(later(8), EventKind.NOTE, Step.SENT, DESK, "", "Hidran")
    assert unanswered(DAMKAR, ()) is None
    assert unanswered(DAMKAR, (ours,)) is None
    assert unanswered(DAMKAR, (line(4), line(5))) == later(5)
    assert unanswered(DAMKAR, (line(5), theirs)) is None
    assert unanswered(DAMKAR, (line(5), other, ours)) == later(5)
    assert unanswered(DAMKAR, (line(5), theirs, line(8))) == later(8)


def note(seconds: float, by: str) -> HandoffEvent:
    """Return how a note stands in the history."""
    return HandoffEvent(later(seconds), EventKind.NOTE, Step.ACKNOWLEDGED, by, "relay", TEXT)


@pytest.mark.parametrize(
    ("history", "count"),
    [
        ([], 0),
        ([line(1)], 0),
        ([line(1), note(2, WHO), note(3, WHO)], 2),
        ([note(1, WHO), line(2), note(3, WHO)], 1),
        ([line(1), note(2, WHO), note(3, DESK)], 0),
        ([line(1), note(2, WHO), line(3)], 0),
        ([note(1, "agency:damkar-barat Budi")], 0),
        (
            [note(1, WHO), HandoffEvent(later(2), EventKind.STEP, Step.ACCEPTED, DESK)],
            1,
        ),
    ],
)
def test_what_the_agency_wrote_is_unread_until_somebody_writes(
    history: list[HandoffEvent], count: int
) -> None:
    """A step that is written down meanwhile reads nothing."""
    assert unread(a_handoff(RELAY, step=Step.ACKNOWLEDGED), history) == count


def test_nothing_is_unread_where_there_is_no_thread() -> None:
    """After the end, and of whoever was not asked to act."""
    history = [note(1, WHO)]
    assert not unread(a_handoff(RELAY, step=Step.COMPLETED), history)
    received = a_handoff(RELAY, step=Step.ACCEPTED, purpose=Purpose.RECEIVED)
    assert not unread(received, history)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(EventKind), st.sampled_from([DESK, "sip112", WHO, "agency:medis"])
        ),
        max_size=12,
    )
)
def test_what_waits_for_somebody_is_seen_from_the_last_line_on(
    written: list[tuple[EventKind, str]],
) -> None:
    """Which is why no list reads what was said before it; lines are people's."""
    events = [
        HandoffEvent(later(n), kind, Step.ACCEPTED, DESK if kind is EventKind.LINE else by)
        for n, (kind, by) in enumerate(written)
    ]
    lines = [n for n, each in enumerate(events) if each.kind is EventKind.LINE]
    latest = events[lines[-1] :] if lines else events
    handoff = a_handoff(RELAY, step=Step.ACCEPTED)
    assert unread(handoff, latest) == unread(handoff, events)
    assert untold(handoff, latest) == untold(handoff, events)
    assert unanswered(DAMKAR, latest) == unanswered(DAMKAR, events)
