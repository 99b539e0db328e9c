"""The life of a handoff is a table."""

from __future__ import annotations

import itertools

import pytest

from sip112.dispatch.escalation import climb
from sip112.dispatch.handoff import (
    ACTING,
    ENDED,
    TRANSITIONS,
    UNHEARD,
    IllegalStep,
    Step,
    may_follow,
)
from tests.unit.dispatch.made import SMS, VOICE, WEBHOOK, K, a_handoff, ids, later


def test_the_table_names_every_step() -> None:
    """A dead end stands in it too; and those alone are ends."""
    assert set(TRANSITIONS) == set(Step)
    assert {step for step, row in TRANSITIONS.items() if not row} == ENDED
    assert [step for step in Step if a_handoff(step=step).ended] == [
        step for step in Step if step in ENDED
    ]


def test_no_step_is_taken_back() -> None:
    """Nothing that follows leads to where it came from, however long the way."""
    for start, end in itertools.combinations(Step, 2):
        assert not (end in TRANSITIONS[start] and start in TRANSITIONS[end])
    assert all(step not in TRANSITIONS[step] for step in Step)


def test_the_centre_may_cancel_until_it_has_ended() -> None:
    """Whatever the agency does."""
    assert {step for step in Step if Step.CANCELLED in TRANSITIONS[step]} == set(Step) - ENDED


def test_every_step_is_of_one_sort() -> None:
    """Unheard, acknowledged, acting, or ended."""
    sorts = (UNHEARD, {Step.ACKNOWLEDGED}, ACTING, ENDED)
    assert sorted(step for sort in sorts for step in sort) == sorted(Step)


def test_what_left_is_proven_by_whoever_has_it() -> None:
    """Sent, it may be anywhere; before, it has not left, and after, somebody has it."""
    assert {step for step in Step if a_handoff(step=step).unproven} == {Step.SENT}


def test_who_is_told_by_a_person_waits_for_one() -> None:
    """From the beginning, or when all else was tried; until its telephone rings, or it answers."""
    called = a_handoff(VOICE)
    assert called.by_hand
    assert not a_handoff(VOICE, step=Step.SENT, since=later(1)).by_hand
    assert not a_handoff(WEBHOOK, VOICE, step=Step.SENT, since=later(1)).by_hand
    silent = a_handoff(WEBHOOK, VOICE, step=Step.SENT, since=later(1))
    assert climb(silent, later(40), ids()).handoff.by_hand
    assert {step for step in Step if called.evolve(step=step).by_hand} == UNHEARD
    assert not called.evolve(rung=len(called.ladder)).by_hand


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (Step.QUEUED, "acknowledged accepted declined en_route on_scene completed"),
        (Step.ACCEPTED, "declined en_route on_scene completed"),
        (Step.EN_ROUTE, "declined on_scene completed"),
        (Step.ON_SCENE, "completed"),
        (Step.DECLINED, ""),
    ],
)
def test_an_agency_says_what_people_do(step: Step, allowed: str) -> None:
    """Neither what became of messages, nor that the centre wants nothing more."""
    assert may_follow(step) == tuple(Step(each) for each in allowed.split())


def test_a_refusal_says_from_where_to_where_and_what_may_follow() -> None:
    """So that whoever said it knows what to say."""
    error = IllegalStep(Step.EN_ROUTE, Step.ACCEPTED)
    assert (error.step, error.to) == (Step.EN_ROUTE, Step.ACCEPTED)
    assert error.may_follow == (Step.DECLINED, Step.ON_SCENE, Step.COMPLETED)
    assert str(error) == (
        "a handoff that is en_route cannot become accepted; what the agency may say: declined,"
        " on_scene, completed"
    )
    assert str(IllegalStep(Step.DECLINED, Step.ACCEPTED)).endswith("say: nothing, it has ended")


def test_the_rungs_that_were_tried() -> None:
    """The last of them is the current one, as long as there is one left."""
    handoff = a_handoff(WEBHOOK, SMS, rung=1)
    assert handoff.current == handoff.ladder[1]
    assert [rung.channel for rung in handoff.tried] == [K.WEBHOOK, K.SMS]
    used_up = handoff.evolve(rung=3)
    assert used_up.current is None
    assert used_up.tried == handoff.ladder
