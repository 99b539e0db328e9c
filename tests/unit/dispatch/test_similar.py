"""Which tickets may report one incident, why, and in which order they are suggested."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sip112.dispatch.directory import IncidentType
from sip112.dispatch.ids import TypeCode
from sip112.dispatch.similar import MOST, WITHIN_S, Similar, similar
from sip112.routing.ids import TicketId, TicketNumber
from sip112.routing.ticket import TicketRecord
from tests.unit.centre import PKY
from tests.unit.dispatch.made import later


def a_type(code: str, parent: str | None = None) -> IncidentType:
    return IncidentType(TypeCode(code), {}, None if parent is None else TypeCode(parent))


TYPES = (
    a_type("fire"),
    a_type("fire_building", "fire"),
    a_type("fire_kitchen", "fire_building"),
    a_type("fire_land", "fire"),
    a_type("traffic"),
    a_type("lost", "gone"),
    a_type("round", "about"),
    a_type("about", "round"),
)
HERE = {"latitude": -2.2101, "longitude": 113.9021}
NEAR = {"latitude": -2.2128, "longitude": 113.9021}
"""300 metres away."""
FAR = {"latitude": -2.2300, "longitude": 113.9021}
"""More than two kilometres."""


def ticket(n: int, seconds: float = 0, **fields: Any) -> TicketRecord:
    """Return the `n`-th ticket, opened so long after the first."""
    number, opened = TicketNumber(f"PKY-20261122-{n:04d}"), later(seconds)
    return TicketRecord(TicketId(UUID(int=n)), number, PKY, opened, opened, 1, **fields)


FIRE = ticket(1, incident_type="fire_building", **HERE)


def found(*others: TicketRecord, called: int = 0, **given: Any) -> list[Similar]:
    """Return what is suggested for the fire; the caller has called about the `called`-th too."""
    return list(
        similar(given.pop("of", FIRE), others, {TicketId(UUID(int=called))}, TYPES, **given)
    )


def test_the_reasons_are_told() -> None:
    """Seconds, metres, the type, the number."""
    other = ticket(2, 90, incident_type="fire_land", **NEAR)
    assert found(other, called=2) == [Similar(other, 90, 300, same_type=True, same_number=True)]


@pytest.mark.parametrize(
    ("fields", "suggested"),
    [
        ({"incident_type": "fire_kitchen", **NEAR}, True),
        ({"incident_type": "fire_land"}, True),  # where, nobody has said yet
        ({**NEAR}, True),  # what, likewise
        ({}, False),
        ({"incident_type": "fire_building", **FAR}, False),
        ({"incident_type": "traffic"}, False),
        ({"incident_type": "traffic", **NEAR}, False),
        ({"incident_type": "traffic", **HERE}, True),  # one sees smoke, the other one an accident
        ({"incident_type": "lost"}, False),
    ],
)
def test_what_speaks_for_it_and_against(fields: dict[str, Any], suggested: bool) -> None:
    """Near in place, or of one branch; what contradicts it counts more."""
    assert bool(found(ticket(2, 60, **fields))) is suggested


def test_the_same_number_is_reason_enough() -> None:
    """People call again, and say more, or from further away; but not for ever."""
    another = {"incident_type": "traffic", **FAR}
    assert found(ticket(2, -60, **another), called=2)
    assert found(ticket(2, 60), called=2)
    assert not found(ticket(2, -WITHIN_S - 1, **another), called=2)


def test_at_the_very_edge_it_is_suggested() -> None:
    """Both bounds are within."""
    assert found(ticket(2, -WITHIN_S, incident_type="fire"))
    assert not found(ticket(2, WITHIN_S + 0.001, incident_type="fire", **HERE))


def test_a_type_that_is_a_kind_of_itself_is_no_end() -> None:
    """As a file could say it; and one whose parent is gone stands alone."""
    assert found(ticket(2, incident_type="round"), of=ticket(1, incident_type="round"))
    assert found(ticket(2, incident_type="lost"), of=ticket(1, incident_type="lost"))
    assert found(ticket(2, incident_type="unknown"), of=ticket(1, incident_type="unknown"))


def test_the_likeliest_comes_first() -> None:
    """The same number before a place, a near place before a far one, the type before none."""
    others = [
        ticket(2, 60, **NEAR),
        ticket(3, 60, incident_type="fire_building", **HERE),
        ticket(4, 60, incident_type="fire_land", **HERE),
        ticket(5, 60, incident_type="fire_building", **NEAR),
        ticket(6, 3600, incident_type="fire_building"),
        ticket(7, 90),
    ]
    shown = [int(each.ticket.number[-4:]) for each in found(*others, called=7)]
    assert shown == [7, 3, 5, 4, 6, 2]


def test_of_equals_the_newest_comes_first_and_no_more_than_ten() -> None:
    """On a day of floods."""
    others = [ticket(n, incident_type="fire") for n in range(2, 30)]
    shown = found(*others)
    assert len(shown) == MOST
    pair = [ticket(2, -60, incident_type="fire"), ticket(3, 60, incident_type="fire")]
    assert [each.ticket for each in found(*pair)] == pair[::-1]


def test_of_a_duplicate_its_parent_is_suggested() -> None:
    """Once, by the likeliest of its reports; also where the parent itself is long ago."""
    parent = ticket(2, -WITHIN_S - 3600, incident_type="fire")
    reports = [
        ticket(3, 60, incident_type="fire_building", parent=parent.id, **NEAR),
        ticket(4, 60, incident_type="fire_building", parent=parent.id, **HERE),
    ]
    (one,) = found(*reports, parent)
    assert (one.ticket, one.through, one.metres) == (parent, reports[1].number, 0)
    assert found(*reports) == []


def test_what_belongs_together_with_it_already_is_not_suggested() -> None:
    """Nor itself, nor its own duplicates."""
    other = ticket(2, incident_type="fire", **HERE)
    report = ticket(3, parent=other.id, incident_type="fire")
    own = ticket(4, parent=FIRE.id, incident_type="fire")
    assert found(FIRE, own, other, report, without={other.id}) == []
    assert found(other, report, without={report.id})[0].through is None
