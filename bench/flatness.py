"""What an event costs with ten thousand calls in progress, over what it costs with ten.

Calls live their whole lives: they arrive, join the queue, ring the seat that has just become
free, are answered and end, while so and so many others wait. The events are made before the
clock starts; what counts is the CPU's time, and both desks take turns, so that whatever else
the machine does meets both.

    python -m bench.flatness
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import islice
from statistics import median
from time import process_time
from typing import Final
from zoneinfo import ZoneInfo

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Caller
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import Device, SeatConfig

FEW: Final = 10
MANY: Final = 10_000
SEATS: Final = 10
LIVES: Final = 100
"""Calls that one desk serves in its turn."""
TURNS: Final = 61
EVENTS: Final = 9
"""Events of a life: it arrives and joins the queue, a seat rings and answers, it ends; the
seat's phone rings, is in use and is idle; and a tick."""

CENTRE: Final = CentreCode("PKY")
PBX: Final = PbxId("pbx1")
START: Final = 1_795_318_000.0


class Bench:
    """One desk with `waiting` callers in the queue and every seat talking."""

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._now = START
        self._served = 0
        self._seats = [SeatId(f"seat-{n:02}") for n in range(SEATS)]
        seats = tuple(SeatConfig(seat) for seat in self._seats)
        self._desk = Desk(DeskConfig(CENTRE, ZoneInfo("Asia/Jakarta"), seats, (PBX,)))
        self._desk.step(e.StoreRead(self._at(), {}, 0, "20261122"))
        self._desk.step(e.Snapshot(self._at(), PBX, CENTRE))
        for seat in self._seats:
            self._desk.step(self._member(seat, Device.IDLE))
        for n in range(SEATS):
            for event in (*self._arrival(n), *self._answer(n)):
                self._desk.step(event)
        for n in range(SEATS, SEATS + waiting):
            for event in self._arrival(n):
                self._desk.step(event)
        self._lives = self._events()

    def turn(self) -> float:
        """Return the CPU seconds that an event costs, the mean of `LIVES` lives."""
        events = list(islice(self._lives, LIVES * EVENTS))
        step = self._desk.step
        gc.collect()
        gc.freeze()
        gc.disable()
        began = process_time()
        for event in events:
            step(event)
        took = process_time() - began
        gc.enable()
        gc.unfreeze()
        return took / len(events)

    def check(self) -> None:
        """Fail unless everything that was to be measured has happened."""
        desk = self._desk
        desk.step(e.CallEnded(self._at(), PBX, _uniqueid(self._served), 16))
        effects = desk.step(self._member(self._seats[self._served % SEATS], Device.IDLE))
        rung = [each.uniqueid for each in effects if isinstance(each, f.RingSeat)]
        if (
            desk.ignored
            or len(desk.waiting()) != self._waiting - 1
            or sum(seat.talking for seat in desk.seats()) != SEATS - 1
            or rung != [_uniqueid(self._served + SEATS)]
        ):
            raise RuntimeError(f"the desk did something else than was measured: {desk.ignored}")

    def _events(self) -> Iterator[e.Event]:
        """Yield `EVENTS` events for each call that ends and makes room for the next."""
        while True:
            n, seat = self._served, self._seats[self._served % SEATS]
            self._served += 1
            yield e.CallEnded(self._at(), PBX, _uniqueid(n), 16)
            yield self._member(seat, Device.IDLE)
            yield from self._answer(n + SEATS)
            yield from self._arrival(n + SEATS + self._waiting)
            yield e.Tick(self._at())

    def _arrival(self, n: int) -> Iterator[e.Event]:
        at = self._at()
        caller = Caller(f"0812555{n % 10_000:04}", "Budi")
        channel = f"PJSIP/trunk-{n:08x}"
        yield e.CallArrived(at, PBX, _uniqueid(n), channel, CENTRE, at, caller=caller)
        if n >= SEATS:
            yield e.CallQueued(self._at(), PBX, _uniqueid(n), self._waiting)

    def _answer(self, n: int) -> Iterator[e.Event]:
        seat = self._seats[n % SEATS]
        yield e.SeatRings(self._at(), PBX, _uniqueid(n), seat)
        yield self._member(seat, Device.RINGING)
        yield e.SeatAnswered(self._at(), PBX, _uniqueid(n), seat)
        yield self._member(seat, Device.IN_USE)

    def _member(self, seat: SeatId, device: Device) -> e.MemberChanged:
        agent = AgentId(f"agent of {seat}")
        at = self._at()
        member = e.Member(CENTRE, seat, agent, device, paused=True, reason=f.HELD)
        return e.MemberChanged(at, PBX, member)

    def _at(self) -> Instant:
        self._now += 0.001
        return Instant(self._now)


def _uniqueid(n: int) -> Uniqueid:
    return Uniqueid(f"1795318000.{n}")


def measure() -> dict[str, float]:
    """Return `flatness_10_to_10000`: the median over turns of the one cost over the other."""
    few, many = Bench(FEW), Bench(MANY)
    ratios = [many.turn() / few.turn() for _ in range(TURNS)]
    few.check()
    many.check()
    return {"flatness_10_to_10000": median(ratios)}


if __name__ == "__main__":
    for key, value in measure().items():
        print(f"{key} = {value:.3f} (goal <= 1.1)")
