"""Attempts to sign in: how many are let through."""

from __future__ import annotations

import pytest

from sip112.people import attempts
from sip112.people.attempts import (
    LOCK_AFTER,
    LOCK_S,
    PACE_S,
    PER_ADDRESS,
    PER_PERSON,
    Attempts,
    Bar,
    Barred,
)

HOME = "192.0.2.7"


def fail(guard: Attempts, agent: str, now: float, address: str = HOME) -> bool:
    """Try a wrong password; return whether that locks the person out."""
    assert guard.begin(agent, address, now) is None
    return guard.failed(agent, now, known=True)


def locked(guard: Attempts, agent: str = "sari", now: float = 0.0) -> float:
    """Have a person locked out, and return when."""
    for n in range(LOCK_AFTER):
        now += PACE_S / PER_PERSON
        assert fail(guard, agent, now) is (n == LOCK_AFTER - 1)
    return now


def test_one_person_is_paced() -> None:
    """A sixth attempt within a minute waits until the first is a minute old."""
    guard = Attempts()
    for n in range(PER_PERSON):
        assert not fail(guard, "sari", n)
    assert guard.begin("sari", HOME, 10) == Barred(Bar.TOO_MANY, 50)
    assert guard.begin("budi", HOME, 10) is None
    assert guard.begin("sari", HOME, 60) is None


def test_attempts_count_from_their_beginning() -> None:
    """Many at once gain nothing."""
    guard = Attempts()
    let_through = [guard.begin("sari", HOME, 0) is None for _ in range(100)]
    assert let_through.count(True) == PER_PERSON


def test_a_lock_ends() -> None:
    """After a quarter of an hour, with all that was counted."""
    guard = Attempts()
    at = locked(guard)
    assert guard.begin("sari", HOME, at + 1) == Barred(Bar.LOCKED, LOCK_S - 1)
    assert [lock.agent for lock in guard.alarming(at + 1)] == ["sari"]
    assert guard.alarming(at + LOCK_S) == []
    assert guard.begin("sari", HOME, at + LOCK_S) is None
    assert guard.lock("sari") is None


def test_failures_are_forgotten() -> None:
    """Who mistypes now and then is never locked out."""
    guard = Attempts()
    for n in range(10 * LOCK_AFTER):
        assert not fail(guard, "sari", n * LOCK_S / (LOCK_AFTER - 1))


def test_success_wipes_the_slate() -> None:
    """Of the person; of the address only this attempt."""
    guard = Attempts()
    for n in range(LOCK_AFTER - 1):
        fail(guard, "sari", n * PACE_S / PER_PERSON)
    now = LOCK_AFTER * PACE_S / PER_PERSON
    assert guard.begin("sari", HOME, now) is None
    guard.succeeded("sari", HOME)
    assert not fail(guard, "sari", now)


def test_what_nobody_could_decide_does_not_count() -> None:
    """The database was away."""
    guard = Attempts()
    for _ in range(2 * PER_ADDRESS):
        assert guard.begin("sari", HOME, 0) is None
        guard.undecided("sari", HOME)


def test_a_name_that_nobody_has_is_locked_and_alarms_nobody() -> None:
    """Locked, or the answer would tell that there is no such person."""
    guard = Attempts()
    for n in range(LOCK_AFTER):
        now = n * PACE_S / PER_PERSON
        assert guard.begin("nobody", HOME, now) is None
        guard.failed("nobody", now, known=False)
    barred = guard.begin("nobody", HOME, now)
    assert barred is not None
    assert barred.why is Bar.LOCKED
    assert guard.alarming(now) == []
    assert not guard.failed("nobody", now, known=False)  # one that was under way


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "testclient", True),
        ("", "", True),
    ],
)
def test_an_address_is_paced(one: str, other: str, same: bool) -> None:
    """Whomever it tries; of IPv6 all that one customer has counts as one."""
    guard = Attempts()
    for n in range(PER_ADDRESS):
        assert guard.begin(f"name{n}", one, 0) is None
    barred = guard.begin("another", other, 1)
    assert (barred == Barred(Bar.TOO_MANY, PACE_S - 1)) is same


def test_strangers_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was asked for longest ago is forgotten."""
    monkeypatch.setattr(attempts, "MOST", 20)
    guard = Attempts()
    for n in range(100):
        assert guard.begin(f"name{n}", f"192.0.2.{n}", n) is None
    assert len(guard._persons) == len(guard._addresses) == 20
    for n in range(30):
        locked(guard, f"name{n}", 1000.0 * (n + 1))
    assert len(guard._locks) == 20
