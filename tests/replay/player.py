"""Recorded scenarios, and a desk that hears them again, without Asterisk, network or clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sip112.ami import recorder
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, Outcome
from sip112.routing.desk import Desk
from sip112.routing.ids import CentreCode, Instant, PbxId, SeatId
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import SeatConfig

PBX: Final = PbxId("pbx1")
FIXTURES: Final = Path(__file__).with_name("fixtures")
_TICK_S: Final = 0.5


@dataclass(frozen=True)
class Scenario:
    """One recording and what must come of it."""

    name: str
    messages: tuple[recorder.Recorded, ...]
    config: DeskConfig
    calls: tuple[dict[str, Any], ...]
    """What came of each call, by arrival (see `came_of`)."""

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Read a recording and what stands beside it."""
        expected = json.loads(path.with_suffix(".expected.json").read_text())
        settings = expected["settings"]
        config = DeskConfig(
            centre=CentreCode("PKY"),
            zone=ZoneInfo("Asia/Jakarta"),
            seats=tuple(
                SeatConfig(SeatId(seat), frozenset(skills))
                for seat, skills in settings["seats"].items()
            ),
            pbxs=(PBX,),
            ring_s=settings["ring_s"],
            wrap_up_s=settings["wrap_up_s"],
            retry_s=settings["retry_s"],
        )
        messages = tuple(recorder.read(path))
        return cls(path.stem, messages, config, tuple(expected["calls"]))

    def events(self, start: int = 0) -> list[e.Event]:
        """Return what a link would have told, had it heard everything from message `start` on.

        But for who owned the centre then: whoever hears it now does.
        """
        heard = recorder.replay(self.messages[start:], PBX, self.config.centre)
        return [event for event in heard if not isinstance(event, e.OwnerChanged)]


class Player:
    """A desk, and what it made of the calls that it heard of."""

    def __init__(self, config: DeskConfig) -> None:
        self.desk = Desk(config)
        self.ended: dict[str, list[Call]] = {}
        """Ended calls by uniqueid: one each, unless the desk is wrong."""
        self.arrived: list[str] = []
        self.listener: Callable[[f.Effect], None] = lambda _: None
        """Is told of every effect."""
        self._ticked: Instant | None = None

    def play(self, events: Iterable[e.Event]) -> Player:
        """Have the desk take `events`, and time pass between them."""
        for event in events:
            for tick in self._ticks(event.at):
                self._step(tick)
            self._step(event)
        return self

    def came(self) -> tuple[dict[str, Any], ...]:
        """Return what came of the calls that ended, by arrival."""
        calls = [call for calls in self.ended.values() for call in calls]
        return tuple(came_of(call) for call in sorted(calls, key=lambda c: (c.arrived_at, c.id)))

    def _ticks(self, until: Instant) -> Iterator[e.Tick]:
        if self._ticked is None:
            self._ticked = until
        while self._ticked + _TICK_S <= until:
            self._ticked = Instant(self._ticked + _TICK_S)
            yield e.Tick(self._ticked)

    def _step(self, event: e.Event) -> None:
        for effect in self.desk.step(event):
            self.listener(effect)
            if isinstance(effect, f.Record) and effect.call is not None:
                if effect.kind is f.EntryKind.CALL_ARRIVED:
                    self.arrived.append(effect.call.uniqueid)
                if effect.kind is f.EntryKind.CALL_ENDED:
                    self.ended.setdefault(effect.call.uniqueid, []).append(effect.call)


def came_of(call: Call) -> dict[str, Any]:
    """Return the few facts of a call that every replay of its recording must arrive at."""
    return {
        "uniqueid": call.uniqueid,
        "outcome": call.outcome,
        "seat": call.seat if call.answered_at is not None else None,
        "rung": [offer.seat for offer in call.offers if offer.rang_at is not None],
        "queued": call.position is not None,
    }


def outcomes(calls: Sequence[dict[str, Any]]) -> dict[str, tuple[str, str | None]]:
    """Return outcome and seat of each call, which hold even where not all was heard.

    But for the seat of a call that Asterisk took with it: whoever did not hear of it never will.
    """
    return {
        call["uniqueid"]: (
            call["outcome"],
            None if call["outcome"] == Outcome.LOST_BY_PBX else call["seat"],
        )
        for call in calls
    }


def all_scenarios() -> list[Scenario]:
    """Return every recorded scenario."""
    return [Scenario.read(path) for path in sorted(FIXTURES.glob("*.jsonl"))]
