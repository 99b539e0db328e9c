"""Ticket numbers: one after the other within a local day, and none twice."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sip112.routing.ids import CentreCode, Instant, PbxId
from sip112.routing.numbers import BLIND_START, RESERVE, Numbers
from sip112.routing.ticket import local_day, parse_ticket_number, ticket_number

PBX = PbxId("pbx1")

JAKARTA = ZoneInfo("Asia/Jakarta")
PKY = CentreCode("PKY")


def at(text: str) -> Instant:
    """Return the instant of a local time in Jakarta."""
    return Instant(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


NOON = at("2026-11-22T12:00:00")


def numbers(**used: int) -> Numbers:
    """Return numbers that know the store of 2026-11-22; `used` are days such as ``d20261122``."""
    made = Numbers(PKY, JAKARTA)
    made.learn({day.removeprefix("d"): serial for day, serial in used.items()}, "20261122")
    return made


def test_a_number_says_centre_day_and_serial() -> None:
    """As a person says it on the telephone, and back again."""
    assert ticket_number(PKY, "20261122", 42) == "PKY-20261122-0042"
    assert parse_ticket_number("PKY-20261122-0042") == ("PKY", "20261122", 42)
    assert parse_ticket_number("A-B-20261122-123456") == ("A-B", "20261122", 123456)


@pytest.mark.parametrize(
    "text", ["", "PKY", "PKY-1-1", "-20261122-0001", "PKY-2026112x-1", "PKY-20261122-", "a-b-c"]
)
def test_what_is_no_ticket_number_is_refused(text: str) -> None:
    """The error says how one is written."""
    with pytest.raises(ValueError, match="expected CENTRE-YYYYMMDD-NNNN"):
        parse_ticket_number(text)


def test_numbers_follow_each_other() -> None:
    """The first of the day is 0001."""
    made = numbers()
    assert [made.next(NOON) for _ in range(3)] == [
        "PKY-20261122-0001",
        "PKY-20261122-0002",
        "PKY-20261122-0003",
    ]


def test_numbers_go_on_after_those_in_the_store() -> None:
    """A restart gives no number again."""
    assert numbers(d20261122=41).next(NOON) == "PKY-20261122-0042"


def test_the_day_changes_at_midnight_of_the_centre() -> None:
    """Jakarta's midnight is 17:00 in Greenwich."""
    made = numbers(d20261122=7)
    last, first = at("2026-11-22T23:59:59.9"), at("2026-11-23T00:00:00")
    assert datetime.fromtimestamp(first, ZoneInfo("UTC")).hour == 17
    assert (local_day(last, JAKARTA), local_day(first, JAKARTA)) == ("20261122", "20261123")
    assert made.next(last) == "PKY-20261122-0008"
    assert made.next(first) == "PKY-20261123-0001"
    assert made.next(last) == "PKY-20261122-0009"  # its arrival counts, not when it is heard


def test_without_store_and_notes_a_day_begins_where_no_other_number_is() -> None:
    """Blind numbers meet neither ordinary ones nor those of a start a second earlier."""
    made = Numbers(PKY, JAKARTA)
    assert made.next(NOON) == f"PKY-20261122-{BLIND_START + 12 * 3600 + 1}"
    assert made.next(NOON) == f"PKY-20261122-{BLIND_START + 12 * 3600 + 2}"


def test_a_day_before_the_store_was_read_is_not_complete() -> None:
    """The store tells the highest serials of the days that it names, and of today."""
    made = numbers()
    assert made.next(at("2026-11-20T00:00:05")) == f"PKY-20261120-{BLIND_START + 6}"


def test_what_asterisk_kept_stands_in_for_a_store_that_is_away() -> None:
    """Numbers go on after the highest serial that was reserved."""
    made = Numbers(PKY, JAKARTA)
    made.reserved(PBX, "20261122", 60)
    assert made.next(NOON) == "PKY-20261122-0061"


def test_what_asterisk_kept_counts_once() -> None:
    """Later snapshots bring back our own reservations, which need not be skipped."""
    made = numbers()
    made.reserved(PBX, "", 0)
    made.reserved(PBX, "20261122", 60)
    assert made.next(NOON) == "PKY-20261122-0001"


def test_the_highest_of_all_that_is_known_counts() -> None:
    """Store, reservations and calls in progress may each be behind."""
    made = numbers(d20261122=10)
    made.reserved(PBX, "20261122", 20)
    assert made.seen("PKY-20261122-0025")
    made.learn({"20261122": 5}, "20261122")
    assert made.next(NOON) == "PKY-20261122-0026"


@pytest.mark.parametrize("text", [None, "", "KTM-20261122-0099", "PKY", "PKY-2026112²-0099"])
def test_what_is_no_number_of_this_centre_does_not_count(text: str | None) -> None:
    """Nor does it fail: it stands in a channel variable of somebody else."""
    made = numbers()
    assert not made.seen(text)
    assert made.next(NOON) == "PKY-20261122-0001"


def test_serials_are_reserved_before_they_are_used() -> None:
    """After the first of a day, every number lies within a reservation made before it."""
    made = numbers()
    upto = 0
    asked = 0
    for expected in range(1, 3 * RESERVE):
        made.next(NOON)
        assert expected == 1 or expected <= upto
        day, new = made.reserve()
        if new:
            assert day == "20261122"
            upto = new
            asked += 1
    assert asked <= 4


def test_nothing_is_reserved_while_nothing_is_used() -> None:
    """There is no day yet to reserve on."""
    assert numbers().reserve() == ("", 0)


def test_a_new_day_is_reserved_anew() -> None:
    """What is left of yesterday's reservation says nothing of today."""
    made = numbers()
    made.next(NOON)
    assert made.reserve() == ("20261122", 1 + RESERVE)
    made.next(at("2026-11-23T08:00:00"))
    assert made.reserve() == ("20261123", 1 + RESERVE)
    assert made.reserve() == ("", 0)
