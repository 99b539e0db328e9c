"""What an agency says: by the table, and the same once more changes nothing."""

from __future__ import annotations

import pytest

from sip112.dispatch.errors import HandoffOver
from sip112.dispatch.handoff import (
    ENDED,
    Change,
    EventKind,
    HandoffEvent,
    IllegalStep,
    ReasonNeeded,
    Step,
    may_follow,
)
from sip112.dispatch.reasons import Code, because
from sip112.dispatch.said import OVER_S, check_not_over, is_over, noted, said, too_late
from tests.unit.dispatch.made import DESK, LIMITS, a_handoff, later

WHO = "agency:damkar"
LEGAL = [(step, to) for step in Step for to in may_follow(step)]
REFUSED = [(step, to) for step in Step for to in Step if (step, to) not in LEGAL and step is not to]


@pytest.mark.parametrize(("step", "to"), LEGAL)
def test_what_may_follow_follows(step: Step, to: Step) -> None:
    """An alarm is over, and what was never sent is not needed once it has ended."""
    handoff = a_handoff(step=step, alarmed_at=later(1))
    change = said(handoff, later(2), to, WHO, "webhook", "two engines")
    after = change.handoff
    assert (after.step, after.since, after.alarmed_at, after.version) == (to, later(2), None, 2)
    assert change.withdrawn == (to in ENDED)
    assert change.messages == ()
    assert change.events == (
        HandoffEvent(later(2), EventKind.STEP, to, WHO, "webhook", "two engines"),
    )


@pytest.mark.parametrize(("step", "to"), REFUSED)
def test_what_may_not_is_refused(step: Step, to: Step) -> None:
    """And the handoff is as it was."""
    handoff = a_handoff(step=step)
    with pytest.raises(IllegalStep) as error:
        said(handoff, later(2), to, WHO, "webhook", "why")
    assert (error.value.step, error.value.to) == (step, to)
    assert error.value.may_follow == may_follow(step)
    assert handoff == a_handoff(step=step)


@pytest.mark.parametrize("step", list(Step))
def test_the_same_once_more_changes_nothing(step: Step) -> None:
    """However it is said; a reason is not asked for again either."""
    handoff = a_handoff(step=step, alarmed_at=later(1))
    assert said(handoff, later(2), step, DESK, "voice") == Change(handoff)


def test_who_acknowledged_is_waited_for_to_accept_to_go_and_to_arrive() -> None:
    """After that nothing is waited for: how long the work takes is theirs."""
    handoff = a_handoff()
    waits = []
    for seconds, step in enumerate(
        (Step.ACKNOWLEDGED, Step.ACCEPTED, Step.EN_ROUTE, Step.ON_SCENE, Step.COMPLETED), 1
    ):
        handoff = said(handoff, later(seconds), step, WHO, "webhook").handoff
        waits.append(handoff.due_at)
    assert LIMITS.on_scene_s is not None
    due = (1 + LIMITS.accepted_s, 2 + LIMITS.en_route_s, 3 + LIMITS.on_scene_s)
    assert waits == [*map(later, due), None, None]


@pytest.mark.parametrize("note", ["", " \n"])
def test_nobody_declines_without_a_reason(note: str) -> None:
    """The dispatcher must know whom to ask instead."""
    handoff = a_handoff()
    with pytest.raises(ReasonNeeded, match="says why"):
        said(handoff, later(2), Step.DECLINED, WHO, "webhook", note)
    assert handoff == a_handoff()


def test_the_reason_is_kept() -> None:
    """What is said with other steps is for the history alone."""
    declined = said(a_handoff(), later(2), Step.DECLINED, WHO, "webhook", "no engine").handoff
    assert (declined.reason, declined.due_at) == ("no engine", None)
    accepted = said(a_handoff(), later(2), Step.ACCEPTED, WHO, "webhook", "two engines").handoff
    assert accepted.reason == ""


@pytest.mark.parametrize("step", list(Step))
def test_a_note_is_kept_at_any_time(step: Step) -> None:
    """It changes nothing else."""
    handoff = a_handoff(step=step, alarmed_at=later(1))
    change = noted(handoff, later(2), DESK, "voice", "the gate is locked")
    assert change == Change(
        handoff.evolve(version=2),
        (HandoffEvent(later(2), EventKind.NOTE, step, DESK, "voice", "the gate is locked"),),
    )


def test_something_can_be_said_for_an_hour_after_the_end() -> None:
    """After that the handoff is over; one that goes on never is."""
    ended = a_handoff(step=Step.COMPLETED, since=later(0))
    check_not_over(ended, later(OVER_S))
    assert not is_over(a_handoff(since=later(0)), later(10 * OVER_S))
    with pytest.raises(HandoffOver):
        check_not_over(ended, later(OVER_S + 1))


@pytest.mark.parametrize("step", may_follow(Step.QUEUED))
def test_a_step_that_comes_too_late_is_a_note(step: Step) -> None:
    """Which says why, and which step it was."""
    change = too_late(a_handoff(step=Step.CANCELLED), later(2), step, WHO, "webhook", "siap")
    why = because(Code(f"late_{step}"), said="siap")
    assert change.events == (
        HandoffEvent(later(2), EventKind.NOTE, Step.CANCELLED, WHO, "webhook", f"{why}", why),
    )
