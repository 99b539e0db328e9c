"""Persons and sessions in the database, and the audit log that nobody can change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sip112.people.audit import AuditEntry, new_id
from sip112.people.authority import LastAdministrator, is_administrator
from sip112.people.person import Language, Person, PersonExists
from sip112.people.roles import Role
from sip112.people.session import Limits, Place, SeatInUse, Session
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId
from sip112.store.store import Store
from tests.store.examples import PKY, START
from tests.store.helpers import execute, fetch, until

T = Instant(START)
LIMITS = Limits(idle_s=100, whole_s=1000)
SEAT = Place(PKY, SeatId("seat-03"), T)


def person(agent: str = "sari") -> Person:
    """Return a person."""
    return Person(AgentId(agent), "Sari", frozenset({Role.CALL_TAKER}), "$argon2id$", T, T)


def session(digest: str, agent: str = "sari", at: float = T) -> Session:
    """Return a session."""
    return Session(digest, AgentId(agent), Instant(at), Instant(at), "192.0.2.7")


async def test_a_person_is_kept_as_given(store: Store) -> None:
    """Every field; and a login name is given once."""
    rina = person("rina").evolve(
        name="Rina \x00 \ud800 'x",
        roles=frozenset(Role),
        centres=frozenset({PKY, CentreCode("KTM")}),
        language=Language.EN,
        must_change=False,
        disabled=True,
    )
    await store.people.add(rina)
    await store.people.add(person())
    with pytest.raises(PersonExists):
        await store.people.add(person("rina"))
    assert await store.people.person(AgentId("sari")) == person()
    kept = rina.evolve(name="Rina \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} 'x")
    assert await store.people.persons() == [kept, person()]
    assert await store.people.person(AgentId("no\x00body")) is None


async def test_of_several_nodes_one_makes_the_first_person(migrated_url: str) -> None:
    """However close together they begin."""
    nodes = [Store(migrated_url) for _ in range(3)]
    assert not await nodes[0].people.any()
    made = await asyncio.gather(*(node.people.add_first(person("admin")) for node in nodes))
    assert sorted(made) == [False, False, True]
    assert await nodes[0].people.any()
    for node in nodes:
        await node.close()


async def test_many_sessions_are_asked_for_at_once(store: Store) -> None:
    """Those that are named, and who sits in the centres; nobody twice, and no others."""
    await store.people.add(person())
    for digest in ("a", "b", "c", "d"):
        await store.people.begin(session(digest), LIMITS)
    await store.people.sit("b", SEAT, LIMITS, take_over=False)
    elsewhere = Place(CentreCode("KTM"), SeatId("seat-03"), T)
    await store.people.sit("c", elsewhere, LIMITS, take_over=False)

    async def found(*digests: str, centres: frozenset[CentreCode] = frozenset()) -> list[str]:
        there = await store.people.sessions(digests, centres)
        assert all(person() == whose for _, whose in there)
        return sorted(each.digest for each, _ in there)

    assert await found() == []
    assert await found("a", "c", "gone") == ["a", "c"]
    assert await found(centres=frozenset({PKY})) == ["b"]
    assert await found("a", "b", centres=frozenset({PKY})) == ["a", "b"]


async def test_a_change_signs_out_where_it_must(store: Store) -> None:
    """A new password everywhere but in the session that set it; a new name nowhere."""
    await store.people.add(person())
    for digest in ("a", "b"):
        await store.people.begin(session(digest), LIMITS)
    changed = await store.people.change(AgentId("sari"), {"name": "Sari Dewi"})
    assert changed == person().evolve(name="Sari Dewi")
    assert await store.people.session("b") == (session("b"), changed)
    await store.people.change(AgentId("sari"), {"password": "new"}, keep="a")
    assert await store.people.session("a") is not None
    assert await store.people.session("b") is None
    await store.people.change(AgentId("sari"), {"disabled": True})
    assert await store.people.session("a") is None
    assert await store.people.change(AgentId("nobody"), {"name": "x"}) is None


async def test_sessions_that_are_over_are_forgotten(store: Store, migrated_url: str) -> None:
    """When the next one begins: unused for too long, or too old."""
    await store.people.add(person())
    await store.people.begin(session("idle"), LIMITS)
    await store.people.begin(session("used"), LIMITS)
    await store.people.seen("used", Instant(T + 90))
    await store.people.begin(session("new", at=T + 100), LIMITS)
    left = "SELECT digest FROM sessions ORDER BY digest"
    assert await fetch(migrated_url, left) == [("new",), ("used",)]
    await store.people.seen("used", Instant(T + 1000))
    await store.people.begin(session("next", at=T + 1000), LIMITS)
    assert await fetch(migrated_url, left) == [("next",)]
    await store.people.end("next")
    assert await store.people.session("next") is None


async def test_one_session_sits_at_a_seat(store: Store) -> None:
    """The second is refused, or takes it over; one that is over keeps no seat."""
    await store.people.add(person())
    for digest in ("a", "b"):
        await store.people.begin(session(digest), LIMITS)
    assert await store.people.sit("a", SEAT, LIMITS, take_over=False) is None
    later = Place(SEAT.centre, SEAT.seat, Instant(T + 5))
    with pytest.raises(SeatInUse) as taken:
        await store.people.sit("b", later, LIMITS, take_over=False)
    assert taken.value.holder == session("a").evolve(place=SEAT)
    elsewhere = Place(CentreCode("KTM"), SEAT.seat, T)
    assert await store.people.sit("b", elsewhere, LIMITS, take_over=False) is None
    before = await store.people.sit("b", later, LIMITS, take_over=True)
    assert before is not None
    assert before.digest == "a"
    assert await store.people.session("a") == (session("a"), person())
    assert await store.people.session("b") == (session("b").evolve(place=later), person())
    await store.people.seen("a", Instant(T + 90))
    over = Place(SEAT.centre, SEAT.seat, Instant(T + 100))
    assert await store.people.sit("a", over, LIMITS, take_over=False) is None
    await store.people.stand_up("a")
    assert await store.people.session("a") == (
        session("a").evolve(seen_at=Instant(T + 90)),
        person(),
    )


async def test_two_who_sit_down_at_once(migrated_url: str) -> None:
    """One has the seat, and the other is told so, also at another node."""
    nodes = [Store(migrated_url) for _ in range(4)]
    await nodes[0].people.add(person())
    for n, node in enumerate(nodes):
        await node.people.begin(session(str(n)), LIMITS)
    results = await asyncio.gather(
        *(node.people.sit(str(n), SEAT, LIMITS, take_over=False) for n, node in enumerate(nodes)),
        return_exceptions=True,
    )
    assert results.count(None) == 1
    assert sum(isinstance(each, SeatInUse) for each in results) == 3
    for node in nodes:
        await node.close()


@pytest.mark.parametrize("centres", [frozenset(), frozenset({PKY})])
async def test_of_two_who_demote_each_other_one_stays(
    migrated_url: str, centres: frozenset[CentreCode]
) -> None:
    """At the same instant, at two nodes."""
    nodes = [Store(migrated_url) for _ in range(2)]
    for agent in ("one", "two"):
        roles = frozenset({Role.ADMIN})
        await nodes[0].people.add(person(agent).evolve(roles=roles, centres=centres))
    answers = await asyncio.gather(
        nodes[0].people.change(AgentId("two"), {"disabled": True}),
        nodes[1].people.change(AgentId("one"), {"roles": frozenset({Role.CALL_TAKER})}),
        return_exceptions=True,
    )
    assert [type(each) for each in answers].count(LastAdministrator) == 1
    left = [each for each in await nodes[0].people.persons() if is_administrator(each)]
    assert len(left) == 1
    for node in nodes:
        await node.close()


# --- the audit log -------------------------------------------------------------------------


def entry(n: int, **fields: object) -> AuditEntry:
    """Return an entry."""
    at = Instant(T + n)
    given = {"centre": PKY, "who": "sari", "action": "a.b", "subject": str(n), "detail": {}}
    return AuditEntry(new_id(at), at, address="192.0.2.7", **(given | fields))  # type: ignore[arg-type]


async def test_the_audit_log_only_grows(store: Store, migrated_url: str) -> None:
    """The database itself refuses to change or to remove anything in it."""
    store.audit.put(entry(1))
    await until(lambda: store.audit.pending == 0)
    for statement in (
        "UPDATE audit_log SET who = 'nobody'",
        "DELETE FROM audit_log",
        *(["TRUNCATE audit_log"] if migrated_url.startswith("postgresql") else []),
    ):
        with pytest.raises(Exception, match="append-only"):
            await execute(migrated_url, statement)
    assert await fetch(migrated_url, "SELECT who FROM audit_log") == [("sari",)]


async def test_what_cannot_be_stored_holds_nothing_up(store: Store, migrated_url: str) -> None:
    """Strange text is made clean, and what is no JSON is written as text."""
    store.audit.put(entry(1, subject="\x00\ud800", detail={"x": "\x00", "seat": SEAT}))
    store.audit.put(entry(2))
    await until(lambda: store.audit.pending == 0)
    found = await fetch(migrated_url, "SELECT subject FROM audit_log ORDER BY id")
    assert found == [("\N{REPLACEMENT CHARACTER}" * 2,), ("2",)]
    assert store.audit.refused == 0


async def test_an_entry_that_is_written_twice_is_kept_once(store: Store, migrated_url: str) -> None:
    """Nobody knows whether a commit came through that was cut off."""
    twice = entry(1)
    store.audit.put(twice)
    store.audit.put(twice)
    await until(lambda: store.audit.pending == 0)
    assert len(await fetch(migrated_url, "SELECT id FROM audit_log")) == 1


async def test_the_audit_log_is_read_page_by_page(store: Store) -> None:
    """Newest first, whatever comes in meanwhile, and also where the time is the same."""
    entries = [entry(n // 3) for n in range(9)]
    for each in entries:
        store.audit.put(each)
    await until(lambda: store.audit.pending == 0)
    found = await store.audit.page(limit=4)
    while len(found) < len(entries):
        store.audit.put(entry(100 + len(found)))
        await until(lambda: store.audit.pending == 0)
        found += await store.audit.page(after=(found[-1].at, found[-1].id), limit=4)
    assert found == sorted(entries, key=lambda each: (each.at, each.id), reverse=True)


@pytest.mark.parametrize(
    ("filters", "subjects"),
    [
        ({}, "543210"),
        ({"who": "sari"}, "530"),
        ({"action": "seat.sat_down"}, "2"),
        ({"action": "seat."}, "21"),
        ({"action": "sea."}, ""),
        ({"action": "seat"}, ""),
        ({"subject": "4"}, "4"),
        ({"who": "\x00"}, ""),
        ({"since": T + 3}, "543"),
        ({"until": T + 3}, "210"),
        ({"centres": [PKY]}, "5430"),
        ({"centres": [PKY], "people": ["sari"]}, "530"),
        ({"centres": [PKY], "people": ["4"]}, "540"),
        ({"centres": [PKY], "people": []}, "50"),
    ],
)
async def test_the_audit_log_is_narrowed_down(
    store: Store, filters: dict[str, Any], subjects: str
) -> None:
    """By each of what one may ask for."""
    ktm = CentreCode("KTM")
    for each in (
        entry(0),
        entry(1, action="seat.taken_over", who="budi", centre=ktm),
        entry(2, action="seat.sat_down", who="budi", centre=ktm),
        entry(3, centre=None),
        entry(4, centre=None, who="budi"),
        entry(5, detail={"roles": ["call_taker"]}),
    ):
        store.audit.put(each)
    await until(lambda: store.audit.pending == 0)
    found = await store.audit.page(**filters)
    assert "".join(each.subject for each in found) == subjects


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_entries_wait_for_the_database(
    store: Store, migrated_url: str, tmp_path: Path
) -> None:
    """And are written in their order when it is back; a stop waits for them."""
    file, away = tmp_path / "sip112.db", tmp_path / "away.db"
    file.rename(away)
    for n in range(500):
        store.audit.put(entry(n))
    with pytest.raises(StoreUnavailable):
        await store.ping()
    assert store.audit.pending == 500
    away.rename(file)
    await store.close()
    assert store.audit.refused == 0
    found = await fetch(migrated_url, "SELECT subject FROM audit_log ORDER BY at")
    assert found == [(str(n),) for n in range(500)]
