"""Wherever a recording is cut, and however long nobody hears: the same tickets in the end.

The link may be lost at any event and be back at any later one; or the service is killed, with
what it had not stored yet, and starts at any later one. What happened meanwhile is only in
Asterisk's notes, channels and queue, as `mirror` has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, Outcome
from sip112.routing.ids import CallId, Instant, TicketNumber
from sip112.routing.ticket import parse_ticket_number
from tests.replay.mirror import Mirror
from tests.replay.player import PBX, Player, Scenario, all_scenarios, came_of, outcomes

SCENARIOS: Final = all_scenarios()
LIVES: Final = [(scenario, scenario.events()) for scenario in SCENARIOS]


class Centre:
    """A service that may be killed, with its store and the Asterisk that it looks at."""

    def __init__(self, scenario: Scenario) -> None:
        self.config = scenario.config
        self.mirror = Mirror(scenario.config.centre)
        self.stored: dict[CallId, Call] = {}
        self.tickets: dict[CallId, TicketNumber] = {}
        self.seq = 0
        self.player = Player(self.config)
        self.player.listener = self._take

    def play(self, events: Iterable[e.Event]) -> None:
        """Have the service hear what happens."""
        for event in events:
            self.mirror.see(event)
            self.player.play([event])

    def miss(self, events: Iterable[e.Event]) -> None:
        """Let happen what nobody hears."""
        for event in events:
            self.mirror.see(event)

    def lose_the_link(self, at: Instant) -> None:
        """The connection to Asterisk is gone."""
        self.player.play([e.LinkDown(at, PBX)])

    def look(self, at: Instant) -> None:
        """The connection is there: what Asterisk is like comes first."""
        self.player.play([self.mirror.snapshot(at)])

    def start_again(self, at: Instant) -> None:
        """A new process, which knows what was stored."""
        serials: dict[str, int] = {}
        for number in self.tickets.values():
            _, day, serial = parse_ticket_number(number)
            serials[day] = max(serials.get(day, 0), serial)
        live = tuple(call for call in self.stored.values() if call.ended_at is None)
        ended = tuple(call.id for call in self.stored.values() if call.ended_at is not None)
        self.player = Player(self.config)
        self.player.listener = self._take
        self.player.play([e.StoreRead(at, serials, self.seq, "20000101", live, ended)])

    def came(self) -> list[Call]:
        """Return every call in the store, by arrival."""
        return sorted(self.stored.values(), key=lambda call: (call.arrived_at, call.id))

    def _take(self, effect: f.Effect) -> None:
        match effect:
            case f.LabelCall():
                self.mirror.labels[effect.uniqueid] = effect.ticket_number
            case f.Record():
                assert effect.seq > self.seq
                self.seq = effect.seq
                self._store(effect)
            case _:
                pass

    def _store(self, record: f.Record) -> None:
        call = record.call
        if call is None:
            return
        if record.ticket is not None:
            self.tickets.setdefault(call.id, record.ticket.number)
        before = self.stored.get(call.id)
        if before is None or before.ended_at is None:  # as the store has it: a call ends once
            self.stored[call.id] = call


def held_to(centre: Centre, scenario: Scenario) -> None:
    """Hold what is stored to what the uninterrupted run came to.

    But for the seat of a call that was handed on: the note says who answered, and nothing else is
    left of a call for who comes back after its end.
    """
    calls = centre.came()
    ours, theirs = outcomes([came_of(call) for call in calls]), outcomes(scenario.calls)
    for call in scenario.calls:
        if call["seat"] not in call["rung"]:
            for told in (ours, theirs):
                told[call["uniqueid"]] = (told[call["uniqueid"]][0], None)
    assert ours == theirs
    assert all(call.outcome is not None for call in calls)
    assert Counter(call.uniqueid for call in calls) == Counter(
        str(call["uniqueid"]) for call in scenario.calls
    )
    assert centre.tickets.keys() == centre.stored.keys()
    assert len(set(centre.tickets.values())) == len(centre.tickets)
    assert centre.player.desk.calls() == []


def times(centre: Centre) -> dict[str, float]:
    """Return when each call arrived and ended: that is in the notes, whoever heard it.

    But for calls that Asterisk took with it: nobody knows when.
    """
    calls = [call for call in centre.came() if call.outcome is not Outcome.LOST_BY_PBX]
    arrived = {f"{call.uniqueid} arrived": float(call.arrived_at) for call in calls}
    return arrived | {f"{call.uniqueid} ended": float(call.ended_at or 0) for call in calls}


@pytest.mark.parametrize(("scenario", "events"), LIVES, ids=lambda each: getattr(each, "name", ""))
def test_the_link_is_lost_for_an_instant_anywhere(
    scenario: Scenario, events: list[e.Event]
) -> None:
    """At every event once."""
    whole = Centre(scenario)
    whole.play(events)
    held_to(whole, scenario)
    for cut in range(1, len(events)):
        centre = Centre(scenario)
        centre.play(events[:cut])
        centre.lose_the_link(events[cut - 1].at)
        centre.look(events[cut - 1].at)
        centre.play(events[cut:])
        held_to(centre, scenario)
        assert times(centre) == pytest.approx(times(whole), abs=0.02)


@settings(max_examples=400)
@given(data=st.data(), killed=st.booleans())
def test_nobody_hears_for_any_stretch(data: st.DataObject, killed: bool) -> None:
    """From any event to any later one, with the link lost or the service killed."""
    scenario, events = data.draw(st.sampled_from(LIVES), label="scenario")
    away = data.draw(st.integers(1, len(events) - 1), label="away from")
    back = data.draw(st.integers(away, len(events)), label="back at")
    whole = Centre(scenario)
    whole.play(events)
    centre = Centre(scenario)
    centre.play(events[:away])
    if not killed:
        centre.lose_the_link(events[away - 1].at)
    centre.miss(events[away:back])
    at = Instant(events[back - 1].at)
    if killed:
        centre.start_again(at)
    centre.look(at)
    centre.play(events[back:])
    held_to(centre, scenario)
    assert times(centre) == pytest.approx(times(whole), abs=0.02)
