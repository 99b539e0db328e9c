"""Settling accounts, on made-up books: each way in which they can disagree is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faults.accounts import Books, Caller, Entry, Ringing, Verdict, settle
from faults.gaps import Span

FIRST, SECOND, THIRD = "08125550001", "08125550002", "08125550003"
DUTY: dict[str, list[Span]] = {"seat-01": [(0.0, 100.0)], "seat-02": [(0.0, 100.0)]}


def caller(number: str, at: float, **more: Any) -> Caller:
    """Return a caller who is answered soon and talks for a while."""
    fields: dict[str, Any] = {"heard_at": at + 0.1, "ended_at": at + 5} | more
    return Caller(number=number, dialled_at=at, **fields)


def ringing(number: str, at: float, seat: str = "seat-01", **more: Any) -> Ringing:
    """Return a phone that rang at `at` and was answered."""
    fields: dict[str, Any] = {"answered_at": at + 0.2, "ended_at": at + 4} | more
    return Ringing(seat=seat, number=number, at=at, **fields)


def entry(number: str, ticket: str, outcome: str = "answered", **more: Any) -> Entry:
    """Return a call as the store has it."""
    fields: dict[str, Any] = {"answered": outcome == "answered"} | more
    return Entry(number=number, ticket=ticket, outcome=outcome, **fields)


def books(**more: Any) -> Books:
    """Return books that agree: two callers, one after the other, both answered."""
    usual: dict[str, Any] = {
        "created": 2,
        "callers": [caller(FIRST, 10), caller(SECOND, 20)],
        "rings": [ringing(FIRST, 10.2), ringing(SECOND, 20.2)],
        "entries": [entry(FIRST, "T-1"), entry(SECOND, "T-2")],
        "tickets": ["T-1", "T-2"],
        "over": 100.0,
        "on_duty": DUTY,
    }
    return Books(**(usual | more))


def told(verdict: Verdict) -> str:
    """Return all complaints as one text."""
    return "; ".join(verdict.complaints)


def test_books_that_agree() -> None:
    """Nothing to complain of; the gap is from the first sound to the ring."""
    verdict = settle(books())
    assert not verdict.complaints
    assert (verdict.calls, verdict.tickets, verdict.lost, verdict.duplicated) == (2, 2, 0, 0)
    assert verdict.outcomes == {"answered": 2}
    assert verdict.gap.seconds == pytest.approx(0.1)


def test_a_caller_without_a_ticket_is_lost() -> None:
    """Whether or not a seat took the call."""
    verdict = settle(books(entries=[entry(FIRST, "T-1")], tickets=["T-1"]))
    assert verdict.lost == 1
    assert f"no ticket: {SECOND}" in verdict.complaints


def test_a_call_that_is_stored_twice() -> None:
    """With a ticket each, or with one for both."""
    twice = [entry(FIRST, "T-1"), entry(SECOND, "T-2"), entry(SECOND, "T-3")]
    verdict = settle(books(entries=twice, tickets=["T-1", "T-2", "T-3"]))
    assert verdict.duplicated == 1
    assert f"stored twice: {SECOND}" in verdict.complaints


def test_a_ticket_number_that_is_given_twice() -> None:
    """Two callers would be one for whoever reads it."""
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-1")]
    verdict = settle(books(entries=entries, tickets=["T-1", "T-1"]))
    assert verdict.duplicated == 1
    assert "ticket number given twice: T-1" in verdict.complaints


def test_a_ticket_of_no_call() -> None:
    """Or a call without its ticket."""
    assert "not of each other" in told(settle(books(tickets=["T-1", "T-2", "T-3"])))
    assert "not of each other" in told(settle(books(tickets=["T-1"])))


def test_a_call_of_nobody() -> None:
    """Nobody dialled from that number."""
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-2"), entry(THIRD, "T-3")]
    verdict = settle(books(entries=entries, tickets=["T-1", "T-2", "T-3"]))
    assert f"a call of nobody: {THIRD}" in verdict.complaints


def test_a_call_that_never_ended() -> None:
    """It has no outcome."""
    assert "never ended" in told(
        settle(books(entries=[entry(FIRST, "T-1"), entry(SECOND, "T-2", "")]))
    )


def test_sipps_own_count_is_held_against_its_log() -> None:
    """A call that it created and never told of would be missed by all else."""
    assert "SIPp created 3 calls and logged 2" in settle(books(created=3)).complaints


def test_who_stayed_must_be_offered_a_seat() -> None:
    """A ticket alone helps nobody."""
    found = settle(
        books(
            rings=[ringing(FIRST, 10.2)],
            entries=[entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")],
        )
    )
    assert f"stayed and was offered no seat: {SECOND}" in found.complaints
    assert f"counts as abandoned by a caller who stayed: {SECOND}" in found.complaints


def test_who_left_needs_no_seat() -> None:
    """But has a ticket, and waited while a seat was free."""
    callers = [caller(FIRST, 10), caller(SECOND, 20, stays=False, ended_at=23)]
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")]
    verdict = settle(books(callers=callers, rings=[ringing(FIRST, 10.2)], entries=entries))
    assert not verdict.complaints
    assert verdict.gap.seconds == pytest.approx(2.9)


def test_who_left_unheard_needs_no_ticket() -> None:
    """Asterisk may not have begun with the call; one that was heard must have a ticket."""
    gone = caller(SECOND, 20, stays=False, heard_at=0.0, ended_at=20.05)
    kept: dict[str, Any] = {
        "rings": [ringing(FIRST, 10.2)],
        "entries": [entry(FIRST, "T-1")],
        "tickets": ["T-1"],
    }
    verdict = settle(books(callers=[caller(FIRST, 10), gone], **kept))
    assert (verdict.unheard, verdict.lost, verdict.complaints) == (1, 0, ())
    heard = replace(gone, heard_at=20.01)
    assert settle(books(callers=[caller(FIRST, 10), heard], **kept)).lost == 1


def test_the_store_and_the_phones_must_agree_on_answers() -> None:
    """In both directions."""
    silent = [ringing(FIRST, 10.2), ringing(SECOND, 20.2, answered_at=0.0, ended_at=23.0)]
    assert "answered by the store and by no phone" in told(settle(books(rings=silent)))
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")]
    assert "answered by a phone and not by the store" in told(settle(books(entries=entries)))


def test_hanging_up_in_the_instant_of_an_answer_may_count_either_way() -> None:
    """But not a second later."""
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")]
    raced = [caller(FIRST, 10), caller(SECOND, 20, stays=False, ended_at=20.5)]
    assert not settle(books(callers=raced, entries=entries)).complaints
    later = [caller(FIRST, 10), caller(SECOND, 20, stays=False, ended_at=22)]
    assert settle(books(callers=later, entries=entries)).complaints


def test_two_phones_for_one_caller() -> None:
    """One after the other is well; both at once is not, unless all may ring."""
    first = ringing(SECOND, 20.2, answered_at=0.0, ended_at=22.0)
    after = [ringing(FIRST, 10.2), first, ringing(SECOND, 22.1, "seat-02")]
    assert not settle(books(rings=after)).complaints
    beside = [ringing(FIRST, 10.2), first, ringing(SECOND, 21.0, "seat-02")]
    assert f"rang at two phones at once: {SECOND}" in settle(books(rings=beside)).complaints
    assert not settle(books(rings=beside, together=[(20.0, 21.0)])).complaints
    assert settle(books(rings=beside, together=[(10.0, 20.0)])).complaints


def test_two_calls_for_one_phone() -> None:
    """It cannot ring for both."""
    callers = [caller(FIRST, 10), caller(SECOND, 10)]
    verdict = settle(books(callers=callers, rings=[ringing(FIRST, 10.2), ringing(SECOND, 11)]))
    assert "a phone had two calls at once: seat-01" in told(verdict)


def test_answered_twice() -> None:
    """A caller who talks is not to ring elsewhere, unless Asterisk's clock was set."""
    rings = [
        ringing(FIRST, 10.2),
        ringing(SECOND, 20.2, ended_at=20.5),
        ringing(SECOND, 20.6, "seat-02"),
    ]
    assert f"answered by two phones: {SECOND}" in settle(books(rings=rings)).complaints
    assert not settle(books(rings=rings, jumps=[20.1])).complaints


def test_whom_asterisk_takes_along() -> None:
    """Their class is that they were lost by the PBX; a seat they need not have been offered."""
    callers = [caller(FIRST, 10), caller(SECOND, 20, ended_at=0.0)]
    kept: dict[str, Any] = {"callers": callers, "rings": [ringing(FIRST, 10.2)]}
    lost = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "lost_by_pbx")]
    assert not settle(books(entries=lost, down=[(30.0, 33.0)], **kept)).complaints
    assert "did not die" in told(settle(books(entries=lost, **kept)))
    wrong = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")]
    verdict = settle(books(entries=wrong, down=[(30.0, 33.0)], **kept))
    assert "and it counts otherwise" in told(verdict)


def test_a_phone_that_rings_for_a_dead_asterisk_is_idle() -> None:
    """Nor does its caller wait any more."""
    callers = [caller(FIRST, 10), caller(SECOND, 20, ended_at=0.0)]
    rings = [ringing(FIRST, 10.2), ringing(SECOND, 25, answered_at=0.0, ended_at=57.0)]
    lost = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "lost_by_pbx")]
    verdict = settle(books(callers=callers, rings=rings, entries=lost, down=[(26.0, 29.0)]))
    assert not verdict.complaints
    assert verdict.gap.seconds == pytest.approx(4.9)


def test_what_asterisk_had_not_told_of_when_it_died() -> None:
    """In its last tenth of a second; before that there is no excuse."""
    kept: dict[str, Any] = {
        "rings": [ringing(FIRST, 10.2)],
        "entries": [entry(FIRST, "T-1")],
        "tickets": ["T-1"],
        "down": [(30.0, 33.0)],
    }
    torn = settle(
        books(
            callers=[caller(FIRST, 10), caller(SECOND, 29.9, ended_at=0.0, heard_at=29.95)], **kept
        )
    )
    assert (torn.torn, torn.lost, torn.complaints) == (1, 0, ())
    assert (
        settle(books(callers=[caller(FIRST, 10), caller(SECOND, 29, ended_at=0.0)], **kept)).lost
        == 1
    )


def test_whom_a_starting_asterisk_turns_away() -> None:
    """No dialplan has seen them; at any other time that is a caller who is lost."""
    away = caller(SECOND, 31, heard_at=0.0, ended_at=31.01, refused=True)
    kept: dict[str, Any] = {
        "callers": [caller(FIRST, 10), away],
        "rings": [ringing(FIRST, 10.2)],
        "entries": [entry(FIRST, "T-1")],
        "tickets": ["T-1"],
    }
    verdict = settle(books(down=[(30.0, 33.0)], **kept))
    assert (verdict.turned_away, verdict.lost, verdict.complaints) == (1, 0, ())
    assert settle(books(**kept)).lost == 1


def test_whom_asterisk_hangs_up_on_has_not_abandoned() -> None:
    """It restarts, and says 603 to whom it let wait."""
    callers = [caller(FIRST, 10), caller(SECOND, 29, ended_at=30.05, refused=True)]
    entries = [entry(FIRST, "T-1"), entry(SECOND, "T-2", "abandoned")]
    verdict = settle(
        books(callers=callers, entries=entries, rings=[ringing(FIRST, 10.2)], down=[(30.0, 33.0)])
    )
    assert f"counts as abandoned, and Asterisk hung up: {SECOND}" in verdict.complaints
