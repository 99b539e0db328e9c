"""The audit log as it is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from sip112.people.audit import Action, AuditEntry, new_id
from sip112.people.roles import Role, Scope
from sip112.routing.ids import CentreCode, Instant
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import NOW, PKY, Service, problem, until

KTM = CentreCode("KTM")
CONSOLE: Final = Path(__file__).resolve().parents[2] / "web" / "src"


def entry(
    n: int, who: str = "sari", action: str = "seat.sat_down", centre: CentreCode | None = PKY
) -> AuditEntry:
    """Return an entry of the `n`th second."""
    at = Instant(NOW + n)
    return AuditEntry(new_id(at), at, centre, who, action, f"s{n}", {"n": n}, "192.0.2.7")


async def write(store: Store, *entries: AuditEntry) -> None:
    """Write entries."""
    for each in entries:
        store.audit.put(each)
    await until(lambda: store.audit.pending == 0)


async def test_it_is_read_newest_first(service: Service, store: Store) -> None:
    """Each entry with all that it has, and page after page to the end."""
    await write(store, *(entry(n) for n in range(5)))
    async with service.client(Scope.AUDIT) as client:
        answer = await client.get("/v1/audit", params={"limit": 2})
        first = answer.json()["items"][0]
        assert first.pop("id")
        assert first == {
            "at": "2026-11-21T22:28:24.000Z",
            "centre": "PKY",
            "who": "sari",
            "action": "seat.sat_down",
            "subject": "s4",
            "detail": {"n": 4},
            "address": "192.0.2.7",
        }
        subjects = []
        while True:
            subjects += [each["subject"] for each in answer.json()["items"]]
            if answer.json()["next"] is None:
                break
            assert answer.links["next"]["url"].startswith("/v1/audit?")
            answer = await client.get(answer.links["next"]["url"])
    assert subjects == ["s4", "s3", "s2", "s1", "s0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"who": "budi"}, ["s1"]),
        ({"action": "person.added"}, ["s1"]),
        ({"action": "seat."}, ["s2", "s0"]),
        ({"subject": "s2"}, ["s2"]),
        ({"since": "2026-11-21T22:28:21Z"}, ["s2", "s1"]),
        ({"until": "2026-11-21T22:28:21Z"}, ["s0"]),
        ({"who": "nobody"}, []),
    ],
)
async def test_it_is_narrowed_down(
    service: Service, store: Store, query: dict[str, str], found: list[str]
) -> None:
    """By who, what, to what, and when."""
    await write(store, entry(0), entry(1, "budi", "person.added", None), entry(2))
    async with service.client(Scope.AUDIT) as client:
        answer = await client.get("/v1/audit", params=query)
    assert [each["subject"] for each in answer.json()["items"]] == found


@pytest.mark.parametrize(
    "query", [{"action": "%"}, {"since": "yesterday"}, {"cursor": "x"}, {"limit": 0}, {"x": 1}]
)
async def test_what_is_no_question(service: Service, query: dict[str, Any]) -> None:
    """Is told."""
    async with service.client(Scope.AUDIT) as client:
        problem(await client.get("/v1/audit", params=query), 422, "invalid")


async def test_one_sees_the_log_of_the_centres_where_one_works(store: Store) -> None:
    """And of what is of no centre that by or about the people there."""
    service = Service(store, others=[KTM])
    everywhere = frozenset[CentreCode]()
    for agent, role, centres in (
        ("rina", Role.SUPERVISOR, frozenset({PKY})),
        ("wulan", Role.SUPERVISOR, everywhere),
        ("sari", Role.CALL_TAKER, frozenset({PKY})),
        ("kadek", Role.CALL_TAKER, frozenset({KTM})),
    ):
        await add(store, agent, role, centres=centres)
    await write(
        store,
        entry(0),
        entry(1, "kadek", centre=KTM),
        entry(2, "sari", "session.begun", None),
        entry(3, "kadek", "session.begun", None),
        entry(4, "nobody", "session.refused", None),
    )

    async def seen(agent: str, path: str) -> list[str]:
        async with browser(service, store, agent) as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return [each["subject"] for each in answer.json()["items"]]

    assert await seen("rina", "/v1/audit") == ["s2", "s0"]
    assert await seen("rina", "/centres/PKY/v1/audit") == ["s2", "s0"]
    assert await seen("wulan", "/v1/audit") == ["s4", "s3", "s2", "s1", "s0"]
    assert await seen("wulan", "/centres/KTM/v1/audit") == ["s4", "s3", "s2", "s1"]
    async with browser(service, store, "rina") as client:
        problem(await client.get("/centres/KTM/v1/audit"), 403, "other-centres")


def test_every_action_has_its_words_in_the_console() -> None:
    """In both languages, and can be filtered by; and none has that is not written down."""
    words = (CONSOLE / "lib" / "i18n" / "words" / "audit.ts").read_text()
    assert set(re.findall(r"^  'audit\.of\.([\w.]+)': \{", words, re.MULTILINE)) == set(Action)
    page = (CONSOLE / "pages" / "Audit.svelte").read_text()
    groups = re.findall(r"^    '(\w+\.)',$", page, re.MULTILINE)
    assert set(groups) == {action.partition(".")[0] + "." for action in Action}
