"""What is kept of messages, and under which keys."""

from __future__ import annotations

from sip112.dispatch.once import Once
from sip112.dispatch.outbox import MessageState, Settled


def test_what_the_courier_settles_is_a_state_of_the_message() -> None:
    """The two are written into the same column."""
    assert [MessageState(each.value) for each in Settled] == [
        MessageState.DELIVERED,
        MessageState.DEAD,
    ]


def test_a_key_is_that_of_who_asks() -> None:
    """Two who choose the same key ask for two things."""
    assert Once("ani", "1", "same") != Once("sri", "1", "same")
