"""Who is rung for whom: the order of callers and the order of seats.

Callers are served by priority, then by arrival; seats by how long they have been idle. A
seat is rung for a call only if it has every skill that the call asks for. Both orders are
kept so that finding a partner does not get slower with the number of calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush

from sip112.routing.call import Call
from sip112.routing.ids import CallId, SeatId
from sip112.routing.seat import Seat

Rank = tuple[int, float, CallId]
"""Sort key of a waiting call: priority (negated), arrival, and the id to settle ties."""


def rank(call: Call) -> Rank:
    """Return the call's place in the order of service; lower is earlier."""
    return -call.priority, call.arrived_at, call.id


class Line:
    """The calls that wait for a seat, in the order of service.

    One heap for each set of skills asked for, of which a centre has few; a call that left
    stays in its heap until it comes up (lazy deletion).
    """

    def __init__(self) -> None:
        self._heaps: dict[frozenset[str], list[Rank]] = {}
        self._ranks: dict[CallId, Rank] = {}

    def __contains__(self, call: CallId) -> bool:
        return call in self._ranks

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._ranks)

    def __iter__(self) -> Iterator[CallId]:
        """Yield the calls in the order of service."""
        return iter([rank[2] for rank in sorted(self._ranks.values())])

    def add(self, call: Call) -> None:
        """Let `call` wait. It keeps its place by arrival, however often it comes back."""
        self._ranks[call.id] = rank(call)
        heappush(self._heaps.setdefault(call.skills, []), rank(call))

    def remove(self, call: CallId) -> None:
        """Let `call` wait no longer. One that does not wait is no error."""
        self._ranks.pop(call, None)

    def first_for(self, seat: Seat, barred: Callable[[CallId], bool]) -> CallId | None:
        """Return the first call that `seat` may be rung for, passing over those `barred`."""
        best: Rank | None = None
        for skills, heap in list(self._heaps.items()):
            if skills <= seat.skills:
                found = self._first(heap, barred)
                if found is not None and (best is None or found < best):
                    best = found
            if not heap:
                del self._heaps[skills]
        return None if best is None else best[2]

    def _first(self, heap: list[Rank], barred: Callable[[CallId], bool]) -> Rank | None:
        aside: list[Rank] = []
        found: Rank | None = None
        while heap:
            top = heap[0]
            if self._ranks.get(top[2]) != top or (aside and top == aside[-1]):
                heappop(heap)  # it left, or came back and stands here twice
            elif barred(top[2]):
                aside.append(heappop(heap))
            else:
                found = top
                break
        for each in aside:
            heappush(heap, each)
        return found


class Bench:
    """The seats that can be rung, the longest idle first."""

    def __init__(self) -> None:
        self._seats: dict[SeatId, Seat] = {}

    def __contains__(self, seat: SeatId) -> bool:
        return seat in self._seats

    def __iter__(self) -> Iterator[SeatId]:
        return iter(list(self._seats))

    def add(self, seat: Seat) -> None:
        """Seat `seat` at the end, unless it sits here already: then it keeps its place."""
        self._seats[seat.id] = seat

    def remove(self, seat: SeatId) -> None:
        """Take a seat off the bench. One that is not on it is no error."""
        self._seats.pop(seat, None)

    def first_for(self, call: Call, barred: Callable[[SeatId], bool]) -> SeatId | None:
        """Return the longest idle seat that may be rung for `call`.

        Those `barred` are passed over; those that it was offered to already come last.
        """
        tried = {offer.seat for offer in call.offers}
        again: SeatId | None = None
        for seat in self._seats.values():
            if call.skills <= seat.skills and not barred(seat.id):
                if seat.id not in tried:
                    return seat.id
                again = again or seat.id
        return again
