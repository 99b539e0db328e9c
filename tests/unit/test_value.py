"""A changed copy is what `dataclasses.replace` would give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sip112.routing.call import CallState
from sip112.routing.ids import SeatId
from sip112.routing.seat import Seat
from sip112.routing.value import Evolving
from tests.unit.centre import PKY
from tests.unit.test_call import a_call

if TYPE_CHECKING:
    # Nobody changes a value: were that no error, mypy would call this comment unused.
    a_call().position = 4  # type: ignore[misc]


def test_a_changed_copy_is_a_value_of_its_own() -> None:
    """The one that it was made of stays as it was."""
    before = a_call()
    after = before.evolve(state=CallState.QUEUED, position=3)
    assert after == replace(before, state=CallState.QUEUED, position=3)
    assert (type(after), hash(after)) == (type(before), hash(replace(after)))
    assert before == a_call()


def test_a_copy_without_changes_is_equal() -> None:
    """Of every class that has copies."""
    seat = Seat(SeatId("seat-01"), PKY)
    assert seat.evolve() == seat
    assert a_call().evolve() == a_call()


def test_what_is_no_field_is_refused() -> None:
    """A misspelt change must not pass in silence."""
    with pytest.raises(AttributeError, match="positoin"):
        a_call().evolve(positoin=3)


def test_what_evolves_is_a_value() -> None:
    """Somebody forgot @value."""
    with pytest.raises(NotImplementedError, match="@value"):
        Evolving().evolve()
