"""When an alarm begins and when it is over."""

from __future__ import annotations

from sip112.api.ports import Fact, Severity
from sip112.service.standing import Standing

UP = Fact("link", ok=True, detail="up")
DOWN = Fact("link", ok=False, detail="refused", remedy="Look.")
FULL = Fact("disk", ok=False, detail="full", remedy="Free some.", severity=Severity.WARNING)


def test_an_alarm_begins_at_the_second_look() -> None:
    """It is told once, as it is by then, however long it stands and whatever its detail says."""
    standing = Standing()
    later = Fact("link", ok=False, detail="refused twice", remedy="Look.")
    assert standing.look([UP], 1) == []
    assert standing.look([DOWN], 2) == []
    assert standing.look([later], 3) == [later]
    assert standing.look([DOWN], 4) == []
    assert standing.since("link") == 2


def test_what_passes_at_once_is_no_alarm() -> None:
    """Nor is it over; and it begins anew."""
    standing = Standing()
    for now in range(6):
        assert standing.look([DOWN if now % 2 else UP], now) == []
    assert standing.since("link") == 5
    assert standing.look([UP], 6) == []
    assert standing.since("link") is None


def test_it_is_over_at_the_first_look() -> None:
    """As the check says, or without a word if the check is gone."""
    standing = Standing()
    standing.look([DOWN, FULL], 1)
    assert standing.look([DOWN, FULL], 2) == [DOWN, FULL]
    assert standing.look([UP, FULL], 3) == [UP]
    assert standing.since("disk") == 1
    assert standing.look([], 4) == [Fact("disk", ok=True, detail="", severity=Severity.WARNING)]
    assert standing.look([], 5) == []
    assert standing.look([DOWN], 6) == []
    assert standing.look([DOWN], 7) == [DOWN]
