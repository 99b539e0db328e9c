"""Passwords: kept as Argon2 hashes, and not too easy."""

from __future__ import annotations

import pytest

from sip112.people.password import hashed, matches, one_time, weakness
from sip112.people.person import login_name
from sip112.people.session import Limits, Session, csrf_of, digest, new_secret
from sip112.routing.ids import AgentId, Instant


def test_a_password_matches_itself_alone() -> None:
    """Two keyboards may write the same letter differently; nobody's password is none."""
    kept = hashed("caf\u00e9 di pasar")
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert matches(kept, "cafe\u0301 di pasar")
    assert not matches(kept, "cafe di pasar")
    assert not matches(None, "")
    assert not matches("no hash", "no hash")
    assert kept != hashed("caf\u00e9 di pasar")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kuda besi awan", None),
        ("123456789", "fewer than 10"),
        ("0123456789", "row of keys"),
        ("QWERTYUIOP", "row of keys"),
        ("aaaaaaaaaaaaaaa", "different"),
        ("SARI112112xyz", "your name"),
        ("x y z 1 2 3" * 20, "more than 128"),
    ],
)
def test_a_password_that_is_too_easy(password: str, why: str | None) -> None:
    """It is said why."""
    said = weakness(password, "sari", "")
    assert said is None if why is None else why in (said or "")


def test_passwords_for_one_sign_in() -> None:
    """Never the same, easy to tell, and no weak ones."""
    made = {one_time() for _ in range(100)}
    assert len(made) == 100
    assert all(weakness(each) is None for each in made)
    assert not any(set(each) & set("01oil") for each in made)


def test_a_login_name_as_it_is_typed() -> None:
    """On a phone's keyboard, which begins with a capital and ends with a space."""
    assert login_name(" Sari ") == "sari"


def test_the_csrf_text_follows_from_the_secret() -> None:
    """And nothing leads back."""
    secret = new_secret()
    assert len({secret, csrf_of(secret), digest(secret), new_secret()}) == 4
    assert csrf_of(secret) == csrf_of(secret)


def test_a_session_ends_by_whichever_limit_comes_first() -> None:
    """Unused for too long, or too old."""
    limits = Limits(idle_s=10, whole_s=100)
    session = Session("", AgentId("sari"), Instant(0), Instant(5), "")
    assert session.ends_at(limits) == Instant(15)
    assert session.evolve(seen_at=Instant(95)).ends_at(limits) == Instant(100)
