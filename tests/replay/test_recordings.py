"""What a real Asterisk said in the scenarios, heard again: whole, in part, twice, with gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from sip112.routing import events as e
from sip112.routing.ids import Instant
from sip112.routing.pad import Sight
from tests.replay.player import FIXTURES, PBX, Player, Scenario, all_scenarios, outcomes

SCENARIOS: Final = all_scenarios()
NOT_RECORDED: Final = frozenset(
    f"{number:02}" for number in (14, 23, 24, 28, *range(31, 36), 38, *range(40, 47), 50)
)
"""Scenarios without a recording: a burst is too large for one; where the service cannot log in,
or does not run, there is nothing to hear; of a pair, or of two centres, it would not say which of
them said it; passwords of phones are no calls, and the sound of one is not told, nor who listens to
it; what agencies and callers are told no Asterisk says, and how they are called is in 37."""
LARGEST: Final = 120_000

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)


@every_scenario
def test_the_same_comes_of_it(scenario: Scenario) -> None:
    """Parsed, translated and routed again: the same calls, outcomes, and seats in order."""
    player = Player(scenario.config).play(scenario.events())
    assert player.came() == scenario.calls
    assert player.desk.calls() == []
    last = [each for each in scenario.events() if isinstance(each, e.NativeMode | e.Snapshot)][-1]
    native = isinstance(last, e.NativeMode)  # the service ended, and the watchdog saw it
    assert player.desk.sight is (Sight.STALE if native else Sight.CLEAR)


@every_scenario
def test_every_suffix_survives(scenario: Scenario) -> None:
    """Whoever begins to listen in the middle invents no call, ends none twice, and goes on."""
    true = outcomes(scenario.calls)
    for start in range(len(scenario.messages)):
        player = Player(scenario.config).play(scenario.events(start))
        assert all(len(calls) == 1 for calls in player.ended.values())
        assert set(player.arrived) <= set(true)
        _owns_once(player)


@every_scenario
def test_duplicates_change_nothing(scenario: Scenario) -> None:
    """Every event twice, and all of them a second time: nothing else comes of it."""
    events = scenario.events()
    twice = chain.from_iterable((event, event) for event in events)
    player = Player(scenario.config).play(twice)
    assert player.came() == scenario.calls
    player.play(event for event in events if not isinstance(event, e.Snapshot))
    assert player.came() == scenario.calls


@every_scenario
def test_a_gap_and_a_look_at_asterisk(scenario: Scenario) -> None:
    """What was not heard before a snapshot is made good by it: the same tickets in the end."""
    events = scenario.events()
    for start, end in _gaps(events):
        lost = e.LinkDown(Instant(events[start].at), PBX)
        player = Player(scenario.config).play([*events[:start], lost, *events[end:]])
        assert outcomes(player.came()) == outcomes(scenario.calls), (start, end)
        assert player.desk.calls() == []


@every_scenario
def test_recordings_are_small_and_of_nobody(scenario: Scenario) -> None:
    """No number that could be a person's, no name of a caller's, nothing large."""
    path = FIXTURES / f"{scenario.name}.jsonl"
    text = path.read_text()
    assert path.stat().st_size < LARGEST
    assert not re.search(r"Warga|secret", text, re.IGNORECASE)
    for number in re.findall(r"number=([^&\"]+)", text):
        assert re.fullmatch(r"(%2B)?(62|0)?812?5*\d{4}|\d{1,5}", number), number


def test_every_scenario_is_recorded() -> None:
    """Each folder of scenarios has its recordings; `make fixtures` makes them anew."""
    folders = Path(__file__).parents[1].joinpath("integration").glob("[0-9][0-9]_*")
    numbers = {folder.name[:2] for folder in folders}
    assert {scenario.name[:2] for scenario in SCENARIOS} == numbers - NOT_RECORDED


def _gaps(events: list[e.Event]) -> Iterator[tuple[int, int]]:
    """Yield stretches up to a snapshot that can be left out.

    While nobody listens Asterisk's notes of calls that ended stay where they are. In a
    recording they are gone soon, since somebody did; so no call may end in a gap.
    """
    for end, event in enumerate(events):
        if not isinstance(event, e.Snapshot):
            continue
        start = end
        while start > 1 and not isinstance(events[start - 1], e.CallEnded | e.Snapshot):
            start -= 1
            yield start, end


def _owns_once(player: Player) -> None:
    """No two seats own one call."""
    owned = [seat.call for seat in player.desk.seats() if seat.call is not None]
    assert len(owned) == len(set(owned))
