"""The table of roles: every operation of the document, tried by a person of every role."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.people.roles import SCOPES, Role, Scope, allows, scopes_of
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.roles import GUARDED, OPEN, PEOPLE, TABLE, example
from tests.api.service import Service, problem

BODIES: dict[str, Any] = {
    "login": {"agent": "who"},
    "assignee": {"agent": "who"},
    "pause": {"reason": "break"},
    "seat": {"seat": "seat-01"},
    "popup": {"seat": "seat-01"},
    "spy": {"mode": "listen"},
    "take": {"seat": "seat-01"},
    "release": {"seat": "seat-01"},
    "done": {"seat": "seat-01", "outcome": "prank"},
    "password": {"old": "wrong", "new": "short"},
    "people": {"id": "budi", "name": "Budi", "roles": ["call_taker"]},
    "notes": {"note": "x"},
}
"""What an operation takes, by the end of its path; others take an empty object or nothing."""


def test_every_operation_is_in_the_table(service: Service) -> None:
    """And nothing else is."""
    paths = service.app.openapi()["paths"]
    operations = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert operations == set(TABLE)


def test_the_document_says_what_the_table_says(service: Service) -> None:
    """The scope that an operation names is given by the roles of the table, and by no others."""
    for path, item in service.app.openapi()["paths"].items():
        for method, operation in item.items():
            roles = TABLE[method.upper(), path]
            needs = [each for each in operation.get("security", []) if "session" in each]
            if roles == OPEN:
                assert not needs, path
                continue
            scopes = {Scope(name) for each in needs for name in each["session"]}
            assert needs, path
            may = [role for role in Role if all(allows(SCOPES[role], scope) for scope in scopes)]
            assert frozenset(may) == roles, (method, path)


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_what_the_table_says(service: Service, store: Store, role: Role) -> None:
    """Refused for want of a scope is everything else, and nothing of it."""
    await add(store, "who", role)
    refused = set()
    async with browser(service, store, "who") as client:
        for method, path in GUARDED:
            if method == "DELETE" and path == "/v1/session":
                continue  # it would end the session
            if path.endswith("/events") and role in TABLE[method, path]:
                continue  # it would not end
            body = BODIES.get(path.rpartition("/")[2]) if method in {"PUT", "POST"} else None
            answer = await client.request(
                method, example(path), json={} if method == "PATCH" else body
            )
            if answer.status_code == 403 and answer.json()["type"].endswith("missing-scope"):
                refused.add((method, path))
    assert refused == {each for each in GUARDED if role not in TABLE[each]}


@pytest.mark.parametrize("operation", [each for each in GUARDED if TABLE[each] is PEOPLE])
async def test_what_is_for_people_is_not_for_tokens(
    service: Service, operation: tuple[str, str]
) -> None:
    """Not even for those that may do everything."""
    method, path = operation
    body = BODIES.get(path.rpartition("/")[2]) if method == "PUT" else None
    async with service.client(Scope.ADMIN) as client:
        problem(await client.request(method, path, json=body), 403, "people-only")


def test_several_roles_give_what_each_gives() -> None:
    """A dispatcher who also takes calls."""
    both = scopes_of({Role.DISPATCHER, Role.CALL_TAKER})
    assert both == SCOPES[Role.DISPATCHER] | SCOPES[Role.CALL_TAKER]
    assert scopes_of(()) == frozenset()


def test_scopes_imply_others() -> None:
    """`seats` one's own seat, `admin` all of the centre, and all but two of them reading."""
    assert allows(frozenset({Scope.SEATS}), Scope.SEAT)
    assert not allows(frozenset({Scope.SEAT}), Scope.SEATS)
    assert not allows(frozenset({Scope.SUPERVISE}), Scope.SEATS)
    apart = {Scope.METRICS, Scope.AGENCY}
    assert all(allows(frozenset({Scope.ADMIN}), scope) for scope in Scope if scope != "agency")
    assert not any(allows(frozenset({scope}), Scope.READ) for scope in apart)
    assert all(allows(frozenset({scope}), Scope.READ) for scope in set(Scope) - apart)
    assert not allows(frozenset(), Scope.READ)


def test_the_scope_of_agencies_stands_alone() -> None:
    """It implies no other, and no other implies it: an administrator is of no agency."""
    assert [scope for scope in Scope if allows(SCOPES[Role.AGENCY], scope)] == [Scope.AGENCY]
    others = frozenset(Scope) - {Scope.AGENCY}
    assert not allows(others, Scope.AGENCY)


@pytest.mark.parametrize("role", Role)
def test_no_role_gives_an_agency_s_people_more(role: Role) -> None:
    """Whoever put them together, and wherever."""
    assert scopes_of({Role.AGENCY, role}) == {Scope.AGENCY}
