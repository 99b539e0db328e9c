"""Settling accounts: what the phones saw, held against what the store has.

Pure functions. SIPp's phones are the witnesses; the store must have every call of theirs once,
as it was, and nothing else. What is allowed to differ is said here, and nowhere else:

- A caller who hung up before hearing anything may not have reached the dialplan (`unheard`).
- In the instant (`RACE_S`) in which a caller hangs up or Asterisk dies, a phone may have
  answered a call that counts as not answered, or the other way round.
- Whose call Asterisk took with it is nobody's fault but Asterisk's: such a caller needs a
  ticket but no seat, and none (`torn`) if Asterisk died before it had told of the call.
- A ringing phone may be hung up on as it answers when Asterisk's clock jumps, since the ring
  time seems to be over; the caller goes to the next.
- Whom a dying or a starting Asterisk refuses without a sound (`turned_away`) no dialplan has
  seen; that is for the carrier, or for the second Asterisk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from faults.gaps import NEVER, Gap, Span, waits, worst_gap

RACE_S: Final = 0.5
"""Seconds between an answer and a hanging up within which either may count."""
TORN_S: Final = 0.1
"""Seconds before Asterisk's death in which an arrival may be known to nobody; 2 ms are usual."""
OVERLAP_S: Final = 0.25
"""Seconds for which two phones may ring for one caller: one is cancelled as the next begins."""
JUMP_S: Final = 2.5
"""Seconds within which Asterisk sees that its clock was set."""
_EXAMPLES: Final = 3
_Complain = Callable[[str, Iterable[str]], None]

LOST_BY_PBX: Final = "lost_by_pbx"
ANSWERED: Final = "answered"
ABANDONED: Final = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One caller, as their own phone saw it; instants are seconds since 1970, 0 for never."""

    number: str
    dialled_at: float
    heard_at: float = 0.0
    """First sound of Asterisk: ringing, or the queue's announcement."""
    ended_at: float = 0.0
    stays: bool = True
    """Whether this caller meant to wait as long as it takes."""
    refused: bool = False
    """Whether Asterisk turned the call away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """A seat's phone that was rung, as that phone saw it."""

    seat: str
    number: str
    at: float
    answered_at: float = 0.0
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A call as the store has it."""

    number: str
    ticket: str
    outcome: str
    """Empty for a call that has not ended."""
    answered: bool = False
    origin: str = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that is held against each other, once everything is over."""

    created: int
    """Calls, by SIPp's own count."""
    callers: Sequence[Caller]
    rings: Sequence[Ringing]
    entries: Sequence[Entry]
    tickets: Sequence[str]
    """Numbers of the tickets."""
    over: float
    """When it was over."""
    down: Sequence[Span] = ()
    """From each death of Asterisk until it took calls again."""
    jumps: Sequence[float] = ()
    """When Asterisk's clock was set."""
    together: Sequence[Span] = ()
    """When all phones may ring for one caller, the first to answer having the call."""
    on_duty: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    """Seat -> when somebody was ready to take calls there."""

    @property
    def deaths(self) -> list[float]:
        """When Asterisk died."""
        return [since for since, _ in self.down]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of it."""

    calls: int
    tickets: int
    outcomes: Mapping[str, int]
    lost: int
    """Callers without a ticket."""
    duplicated: int
    """Calls and tickets that are there once too often."""
    unheard: int
    torn: int
    turned_away: int
    backfilled: int
    """Calls that were read from Asterisk's notes."""
    gap: Gap
    longest_wait: Gap
    """Until a first phone rang, whether a seat was free or not."""
    complaints: tuple[str, ...]


def settle(books: Books) -> Verdict:
    """Return what the books say; no complaint means that all of it agrees."""
    complaints: list[str] = []
    stored = Counter(entry.number for entry in books.entries)
    missing = [each for each in books.callers if each.number not in stored]
    unheard = [each for each in missing if not each.stays and not each.heard_at]
    torn = [each for each in missing if _torn(each, books.deaths)]
    away = [each for each in missing if _turned_away(each, books.down)]
    excused = {each.number for each in (*unheard, *torn, *away)}
    lost = [each for each in missing if each.number not in excused]
    twice = [number for number, count in stored.items() if count > 1]
    tickets = Counter(books.tickets)
    twice_numbered = [number for number, count in tickets.items() if count > 1]
    duplicated = sum((count - 1 for count in [*stored.values(), *tickets.values()]), 0)

    def complain(what: str, who: Iterable[str]) -> None:
        names = sorted(who)
        if names:
            more = f" and {len(names) - _EXAMPLES} more" if len(names) > _EXAMPLES else ""
            complaints.append(f"{what}: {', '.join(names[:_EXAMPLES])}{more}")

    if books.created != len(books.callers):
        complaints.append(f"SIPp created {books.created} calls and logged {len(books.callers)}")
    complain("no ticket", (each.number for each in lost))
    complain("stored twice", twice)
    complain("ticket number given twice", twice_numbered)
    dialled = {each.number for each in books.callers}
    complain("a call of nobody", (n or "(no number)" for n in stored if n not in dialled))
    complain("never ended", (each.number for each in books.entries if not each.outcome))
    if set(tickets) != {entry.ticket for entry in books.entries}:
        complaints.append("tickets and calls are not of each other")
    _hold_outcomes(books, complain)
    _hold_phones(books, complain)
    return Verdict(
        calls=len(books.callers),
        tickets=len(books.tickets),
        outcomes=dict(Counter(entry.outcome for entry in books.entries)),
        lost=len(lost),
        duplicated=duplicated,
        unheard=len(unheard),
        torn=len(torn),
        turned_away=len(away),
        backfilled=sum(entry.origin == "backfill" for entry in books.entries),
        gap=_gap(books),
        longest_wait=_longest_wait(books),
        complaints=tuple(complaints),
    )


def _hold_outcomes(books: Books, complain: _Complain) -> None:
    """Hold how calls ended to how their callers saw it."""
    callers = {each.number: each for each in books.callers}
    orphans = {each.number for each in books.callers if _orphaned(each, books.deaths)}
    near = {each.number for each in books.callers if _near_death(each, books.deaths)}
    refused = {each.number for each in books.callers if each.refused}
    outcomes = {entry.number: entry.outcome for entry in books.entries}
    complain(
        "lost by an Asterisk that did not die",
        (n for n, outcome in outcomes.items() if outcome == LOST_BY_PBX and n not in near),
    )
    complain(
        "Asterisk died with the call, and it counts otherwise",
        (n for n in orphans if outcomes.get(n, LOST_BY_PBX) != LOST_BY_PBX),
    )
    complain(
        "counts as abandoned, and Asterisk hung up",
        (n for n, outcome in outcomes.items() if outcome == ABANDONED and n in refused),
    )
    complain(
        "counts as abandoned by a caller who stayed",
        (
            n
            for n, outcome in outcomes.items()
            if outcome == ABANDONED and n in callers and callers[n].stays and n not in near
        ),
    )


def _hold_phones(books: Books, complain: _Complain) -> None:
    """Hold who was rung and who talked, by the phones, to the store and to reason."""
    rings = _by_number(books.rings)
    near = {each.number for each in books.callers if _near_death(each, books.deaths)}
    away = {each.number for each in books.callers if _turned_away(each, books.down)}
    raced = near | {each.number for each in books.callers if _raced(each, rings)}
    stored = {entry.number for entry in books.entries if entry.answered}
    talked = {each.number for each in books.rings if each.answered_at}
    complain(
        "stayed and was offered no seat",
        (c.number for c in books.callers if c.stays and c.number not in {*rings, *near, *away}),
    )
    complain("answered by the store and by no phone", stored - talked - raced)
    complain("answered by a phone and not by the store", talked - stored - raced)
    answers = Counter(
        each.number
        for each in books.rings
        if each.answered_at and not _mistimed(each, books.jumps) and not _together(each, books)
    )
    complain("answered by two phones", (n for n, count in answers.items() if count > 1))
    complain(
        "rang at two phones at once",
        (
            number
            for number, its in rings.items()
            if any(
                _end(one, books) - other.at > OVERLAP_S and not _together(one, books)
                for one, other in pairwise(its)
            )
        ),
    )
    by_seat: dict[str, list[Ringing]] = {}
    for each in sorted(books.rings, key=lambda ring: ring.at):
        by_seat.setdefault(each.seat, []).append(each)
    complain(
        "a phone had two calls at once",
        (
            f"{seat} ({one.number}, {other.number})"
            for seat, its in by_seat.items()
            for one, other in pairwise(its)
            if _end(one, books) - other.at > OVERLAP_S
        ),
    )


def _gap(books: Books) -> Gap:
    rings = _by_number(books.rings)
    waiting = {
        each.number: waits(
            each.heard_at,
            _until(each, books),
            [((r.at, _end(r, books)), bool(r.answered_at)) for r in rings.get(each.number, ())],
        )
        for each in books.callers
        if each.heard_at
    }
    busy: dict[str, list[Span]] = {}
    for each in books.rings:
        busy.setdefault(each.seat, []).append((each.at, _end(each, books)))
    return worst_gap(waiting, books.on_duty, busy)


def _longest_wait(books: Books) -> Gap:
    rings = _by_number(books.rings)
    longest = Gap()
    for each in books.callers:
        first = rings[each.number][0].at if each.number in rings else NEVER
        seconds = min(first, _until(each, books)) - each.dialled_at
        if seconds > longest.seconds:
            longest = Gap(seconds, each.dialled_at, each.number)
    return longest


# --- what happened when ---------------------------------------------------------------------


def _by_number(rings: Iterable[Ringing]) -> dict[str, list[Ringing]]:
    found: dict[str, list[Ringing]] = {}
    for each in sorted(rings, key=lambda ring: ring.at):
        found.setdefault(each.number, []).append(each)
    return found


def _death_after(at: float, deaths: Iterable[float]) -> float:
    return min((death for death in deaths if death >= at), default=NEVER)


def _end(ring: Ringing, books: Books) -> float:
    """Return when a phone was idle again; one that rings for a dead Asterisk is, too."""
    return min(ring.ended_at or books.over, _death_after(ring.at, books.deaths))


def _until(caller: Caller, books: Books) -> float:
    """Return when a caller's waiting was over in any case."""
    began = caller.heard_at or caller.dialled_at
    return min(caller.ended_at or books.over, _death_after(began, books.deaths))


def _torn(caller: Caller, deaths: Iterable[float]) -> bool:
    """Tell whether Asterisk may have died between hearing of the call and telling of it."""
    began = caller.heard_at or caller.dialled_at
    return began >= _death_after(began, deaths) - TORN_S


def _turned_away(caller: Caller, down: Iterable[Span]) -> bool:
    """Tell whether an Asterisk that was going down or coming up refused the call unheard."""
    return (
        caller.refused
        and not caller.heard_at
        and any(since <= caller.dialled_at <= until for since, until in down)
    )


def _near_death(caller: Caller, deaths: Iterable[float]) -> bool:
    """Tell whether Asterisk died while the call was in progress, or about then."""
    ended = caller.ended_at or NEVER
    return any(caller.dialled_at - RACE_S <= death <= ended + RACE_S for death in deaths)


def _orphaned(caller: Caller, deaths: Iterable[float]) -> bool:
    """Tell whether Asterisk died in the midst of the call, and certainly so."""
    if not caller.heard_at:
        return False
    ended = caller.ended_at or NEVER
    return any(caller.heard_at + RACE_S < death < ended - RACE_S for death in deaths)


def _mistimed(ring: Ringing, jumps: Iterable[float]) -> bool:
    """Tell whether Asterisk may have taken the ring time for over, as its clock jumped."""
    return any(-JUMP_S < ring.at - jump < JUMP_S for jump in jumps)


def _together(ring: Ringing, books: Books) -> bool:
    """Tell whether other phones may have rung for the same caller."""
    return any(since <= ring.at <= until for since, until in books.together)


def _raced(caller: Caller, rings: Mapping[str, Sequence[Ringing]]) -> bool:
    """Tell whether the caller hung up in the instant of an answer."""
    return not caller.stays and any(
        abs(caller.ended_at - (ring.answered_at or ring.ended_at)) < RACE_S
        for ring in rings.get(caller.number, ())
    )
