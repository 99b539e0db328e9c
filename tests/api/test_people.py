"""People: added, changed, let in again, and who may do that to whom."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from sip112.people.attempts import LOCK_AFTER, LOCK_S
from sip112.people.roles import Role, Scope
from sip112.routing.ids import AgentId, CentreCode
from sip112.store.store import Store
from tests.api.people import PASSWORD, add, browser
from tests.api.service import PKY, Service, problem

KTM = CentreCode("KTM")


@pytest.fixture
async def people(store: Store) -> None:
    """Have an administrator of all, and a call taker."""
    await add(store, "admin", Role.ADMIN)
    await add(store, "sari")


async def sign_in(service: Service, agent: str, password: str) -> httpx.Response:
    """Try to sign in."""
    async with service.client(None) as client:
        return await client.post("/v1/session", json={"agent": agent, "password": password})


async def change(client: httpx.AsyncClient, agent: str, **changes: Any) -> httpx.Response:
    """Change a person."""
    return await client.patch(f"/v1/people/{agent}", json=changes)


@pytest.mark.usefixtures("people")
async def test_a_person_is_added_and_signs_in(service: Service, store: Store) -> None:
    """With the password that is shown once, which has to be changed then."""
    new = {"id": "budi", "name": " Budi Santoso ", "roles": ["call_taker", "dispatcher"]}
    async with browser(service, store, "admin") as client:
        answer = await client.post("/v1/people", json=new)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        made = answer.json()
        assert made["person"] == {
            "id": "budi",
            "name": "Budi Santoso",
            "roles": ["call_taker", "dispatcher"],
            "centres": [],
            "agency": None,
            "language": "id",
            "active": True,
            "must_change_password": True,
            "password_at": "2026-11-21T22:28:20.000Z",
            "created_at": "2026-11-21T22:28:20.000Z",
            "locked_until": None,
        }
        assert (await client.get("/v1/people/budi")).json() == made["person"]
        listed = (await client.get("/v1/people")).json()["items"]
        assert [each["id"] for each in listed] == ["admin", "budi", "sari"]
        problem(await client.post("/v1/people", json=new), 409, "person-exists")
    signed_in = await sign_in(service, "budi", made["password"])
    assert signed_in.json()["must_change_password"] is True
    (entry,) = [each for each in service.audit.entries if each.action == "person.added"]
    assert (entry.who, entry.subject) == ("admin", "budi")
    assert entry.detail == {"roles": ["call_taker", "dispatcher"], "centres": []}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": "Budi Santoso"}, "id"),
        ({"id": "../budi"}, "id"),
        ({"name": ""}, "name"),
        ({"name": "Budi\r\nX: y"}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles.0"),
        ({"centres": ["NOWHERE"]}, "centres"),
        ({"language": "xx"}, "language"),
        ({"password": "x"}, "password"),
    ],
)
async def test_what_is_no_person(
    service: Service, store: Store, wrong: dict[str, Any], field: str
) -> None:
    """Each field that is wrong is named."""
    new = {"id": "budi", "name": "Budi", "roles": ["call_taker"]} | wrong
    async with browser(service, store, "admin") as client:
        refused = problem(await client.post("/v1/people", json=new), 422, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert await store.people.person(AgentId("budi")) is None


@pytest.mark.usefixtures("people")
async def test_a_change_is_that_of_the_named_fields(service: Service, store: Store) -> None:
    """The rest stays; the audit log has both how it was and how it is."""
    async with browser(service, store, "admin") as client:
        answer = await change(client, "sari", roles=["supervisor", "call_taker"], language="en")
        assert answer.status_code == 200, answer.text
        assert answer.json()["roles"] == ["call_taker", "supervisor"]
        assert (answer.json()["name"], answer.json()["language"]) == ("Sari", "en")
        assert (await change(client, "sari", language="en")).status_code == 200  # says nothing new
        assert (await change(client, "sari", centres=["PKY"], name="Sari D.")).status_code == 200
        problem(await change(client, "nobody", name="X"), 404, "unknown-person")
        refused: list[dict[str, Any]] = [
            {"roles": []},
            {"name": None},
            {"active": "no"},
            {"unlock": False},
        ]
        for wrong in refused:
            problem(await change(client, "sari", **wrong), 422, "invalid")
    told = [entry.detail for entry in service.audit.entries if entry.action == "person.changed"]
    assert told == [
        {
            "roles": {"from": ["call_taker"], "to": ["call_taker", "supervisor"]},
            "language": {"from": "id", "to": "en"},
        },
        {
            "centres": {"from": [], "to": ["PKY"]},
            "name": {"from": "Sari", "to": "Sari D."},
        },
    ]


@pytest.mark.usefixtures("people")
async def test_new_roles_count_at_once(service: Service, store: Store) -> None:
    """Of somebody who is signed in already."""
    async with (
        browser(service, store, "admin") as admin,
        browser(service, store, "sari") as sari,
    ):
        problem(await sari.get("/v1/audit"), 403, "missing-scope")
        await change(admin, "sari", roles=["supervisor"])
        assert (await sari.get("/v1/audit")).status_code == 200


@pytest.mark.usefixtures("people")
async def test_who_is_made_inactive_is_signed_out(service: Service, store: Store) -> None:
    """And comes in again only once somebody says so."""
    async with (
        browser(service, store, "admin") as admin,
        browser(service, store, "sari") as sari,
    ):
        assert (await sari.get("/v1/seats")).status_code == 200
        assert (await change(admin, "sari", active=False)).json()["active"] is False
        problem(await sari.get("/v1/seats"), 401, "session-over")
        problem(await sign_in(service, "sari", PASSWORD), 401, "wrong-credentials")
        refused = await admin.post("/v1/people/sari/password-reset")
        problem(refused, 409, "inactive-person")
        assert (await change(admin, "sari", active=True)).json()["active"] is True
    assert (await sign_in(service, "sari", PASSWORD)).status_code == 200
    told = [entry.detail for entry in service.audit.entries if entry.action == "person.changed"]
    assert told[0] == {"active": {"from": True, "to": False}}


@pytest.mark.usefixtures("people")
async def test_a_reset_gives_a_password_for_one_sign_in(service: Service, store: Store) -> None:
    """The old one is good no more, and every session ends."""
    async with (
        browser(service, store, "admin") as admin,
        browser(service, store, "sari") as sari,
    ):
        assert (await sari.get("/v1/seats")).status_code == 200
        answer = await admin.post("/v1/people/sari/password-reset")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["person"]["must_change_password"] is True
        problem(await sari.get("/v1/seats"), 401, "session-over")
        problem(await admin.post("/v1/people/nobody/password-reset"), 404, "unknown-person")
    problem(await sign_in(service, "sari", PASSWORD), 401, "wrong-credentials")
    signed_in = await sign_in(service, "sari", answer.json()["password"])
    assert signed_in.json()["must_change_password"] is True
    assert ("admin", "password.reset", "sari") in service.audit.told


@pytest.mark.usefixtures("people")
async def test_a_lock_out_is_seen_and_ended(service: Service, store: Store) -> None:
    """By whoever may change people; a lock-out that is over by itself is none."""
    for _ in range(LOCK_AFTER):
        service.attempts.begin("sari", "192.0.2.7", service.steady)
        service.attempts.failed("sari", service.steady, known=True)
        service.steady += 60
    service.steady -= 60
    async with browser(service, store, "admin") as client:
        locked = (await client.get("/v1/people/sari")).json()["locked_until"]
        assert locked == "2026-11-21T22:43:20.000Z"  # NOW and a quarter of an hour
        problem(await sign_in(service, "sari", PASSWORD), 403, "account-locked")
        assert (await change(client, "sari", unlock=True)).json()["locked_until"] is None
        assert (await change(client, "sari", unlock=True)).status_code == 200
    assert (await sign_in(service, "sari", PASSWORD)).status_code == 200
    unlocked = [each for each in service.audit.told if each[1] == "person.unlocked"]
    assert unlocked == [("admin", "person.unlocked", "sari")]


@pytest.mark.usefixtures("people")
async def test_a_lock_out_ends_by_itself(service: Service, store: Store) -> None:
    """After its time it is shown no more."""
    for _ in range(LOCK_AFTER):
        service.attempts.begin("sari", "192.0.2.7", service.steady)
        service.attempts.failed("sari", service.steady, known=True)
        service.steady += 60
    service.steady += LOCK_S
    async with browser(service, store, "admin") as client:
        assert (await client.get("/v1/people/sari")).json()["locked_until"] is None


# --- the last one --------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "changes", [{"active": False}, {"roles": ["supervisor"]}, {"centres": ["PKY"]}]
)
async def test_the_last_administrator_stays_one(
    service: Service, store: Store, changes: dict[str, Any]
) -> None:
    """Until there is another."""
    async with browser(service, store, "admin") as client:
        refused = await change(client, "admin", **changes)
        problem(refused, 409, "last-administrator")
        assert (await change(client, "sari", roles=["admin"])).status_code == 200
        assert (await change(client, "admin", **changes)).status_code == 200


async def test_two_who_demote_each_other(service: Service, store: Store) -> None:
    """At the same instant: one of them stays."""
    await add(store, "admin", Role.ADMIN)
    await add(store, "rina", Role.ADMIN)
    async with (
        browser(service, store, "admin") as one,
        browser(service, store, "rina") as other,
    ):
        answers = await asyncio.gather(
            change(one, "rina", active=False), change(other, "admin", active=False)
        )
    assert 200 in {answer.status_code for answer in answers}
    active = [each for each in await store.people.persons() if not each.disabled]
    assert len(active) == 1


# --- of some centres -----------------------------------------------------------------------


@pytest.fixture
async def cities(store: Store) -> Service:
    """Give a service of two cities, with people of each, of both and of all."""
    await add(store, "admin", Role.ADMIN)
    await add(store, "rina", Role.ADMIN, centres=frozenset({PKY}))
    await add(store, "sari", centres=frozenset({PKY}))
    await add(store, "both", centres=frozenset({PKY, KTM}))
    await add(store, "kadek", centres=frozenset({KTM}))
    return Service(store, others=[KTM])


async def test_an_administrator_of_one_centre_sees_who_works_there(
    cities: Service, store: Store
) -> None:
    """Also who works elsewhere too; of the others not even that there are any."""
    async with browser(cities, store, "rina") as client:
        listed = (await client.get("/v1/people")).json()["items"]
        assert [each["id"] for each in listed] == ["admin", "both", "rina", "sari"]
        assert (await client.get("/v1/people/both")).status_code == 200
        problem(await client.get("/v1/people/kadek"), 404, "unknown-person")
        problem(await change(client, "kadek", name="X"), 404, "unknown-person")
        problem(await client.post("/v1/people/kadek/password-reset"), 404, "unknown-person")


async def test_an_administrator_of_one_centre_changes_who_works_there_alone(
    cities: Service, store: Store
) -> None:
    """Nobody beyond, and nobody to beyond, least of all oneself."""
    new = {"id": "budi", "name": "Budi", "roles": ["admin"]}
    beyond = "beyond-your-centres"
    async with browser(cities, store, "rina") as client:
        assert (await change(client, "sari", name="Sari D.")).status_code == 200
        assert (await client.post("/v1/people/sari/password-reset")).status_code == 200
        for agent in ("both", "admin"):
            problem(await change(client, agent, name="X"), 403, beyond)
            problem(await client.post(f"/v1/people/{agent}/password-reset"), 403, beyond)
        for centres in ([], ["KTM"], ["PKY", "KTM"]):
            problem(await change(client, "sari", centres=centres), 403, beyond)
            problem(await change(client, "rina", centres=centres), 403, beyond)
            answer = await client.post("/v1/people", json=new | {"centres": centres})
            problem(answer, 403, beyond)
        answer = await client.post("/v1/people", json=new | {"centres": ["PKY"]})
        assert answer.status_code == 200


async def test_a_centre_that_this_node_does_not_serve(store: Store) -> None:
    """Is a typing error when it is given, and kept where it was."""
    await add(store, "admin", Role.ADMIN)
    await add(store, "kadek", centres=frozenset({KTM}))
    service = Service(store)
    async with browser(service, store, "admin") as client:
        problem(await change(client, "kadek", centres=["PKX"]), 422, "invalid")
        answer = await change(client, "kadek", centres=["KTM", "PKY"], name="Kadek W.")
        assert answer.json()["centres"] == ["KTM", "PKY"]


async def test_a_machine_makes_no_administrators(service: Service, store: Store) -> None:
    """With the scope `people` alone, which does not give all the others."""
    await add(store, "admin", Role.ADMIN)
    new = {"id": "budi", "name": "Budi", "roles": ["call_taker"]}
    async with service.client(Scope.PEOPLE) as client:
        assert (await client.post("/v1/people", json=new)).status_code == 200
        answer = await client.post("/v1/people", json=new | {"id": "rina", "roles": ["admin"]})
        problem(answer, 403, "missing-scope")
        problem(await change(client, "budi", roles=["admin"]), 403, "missing-scope")
        problem(await change(client, "admin", name="X"), 403, "missing-scope")
        problem(await client.post("/v1/people/admin/password-reset"), 403, "missing-scope")
    async with service.client(Scope.ADMIN) as client:
        assert (await change(client, "budi", roles=["admin"])).status_code == 200


async def test_nobody_is_changed_while_the_database_is_away(gone: Store) -> None:
    """And whoever tries is told so."""
    async with Service(gone, people=gone.people).client(Scope.ADMIN) as client:
        problem(await client.get("/v1/people"), 503, "store-unavailable")
        problem(await change(client, "sari", name="X"), 503, "store-unavailable")
        problem(await client.get("/v1/audit"), 503, "store-unavailable")


# --- accounts of agencies ----------------------------------------------------------------------


AT_DAMKAR: dict[str, Any] = {
    "id": "budi",
    "name": "Budi",
    "roles": ["agency"],
    "centres": ["PKY"],
    "agency": "damkar",
}


@pytest.mark.usefixtures("people")
async def test_an_account_of_an_agency_is_made(service: Service, store: Store) -> None:
    """It signs in as everybody does, and may do nothing in the centre."""
    async with browser(service, store, "admin") as client:
        made = (await client.post("/v1/people", json=AT_DAMKAR)).json()
        assert made["person"]["agency"] == "damkar"
        assert service.audit.entries[-1].detail == {
            "roles": ["agency"],
            "centres": ["PKY"],
            "agency": "damkar",
        }
        changed = await change(client, "budi", agency="medis")
        assert changed.json()["agency"] == "medis"
        told = service.audit.entries[-1].detail
        assert told == {"agency": {"from": "damkar", "to": "medis"}}
    session = (await sign_in(service, "budi", made["password"])).json()
    assert session["scopes"] == ["agency"]
    assert session["agent"]["roles"] == ["agency"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"agency": None}, "agency"),
        ({"agency": "pemadam"}, "agency"),
        ({"agency": "../x"}, "agency"),
        ({"centres": []}, "centres"),
        ({"centres": ["PKY", "KTM"]}, "centres"),
        ({"roles": ["agency", "call_taker"]}, "roles"),
        ({"roles": ["call_taker"]}, "agency"),
    ],
    ids=str,
)
async def test_an_account_is_of_one_agency_and_nothing_else(
    store: Store, wrong: dict[str, Any], field: str
) -> None:
    """Made so or changed to it; it is said what is wrong, and nobody is made or changed."""
    service = Service(store, others=[KTM])
    async with browser(service, store, "admin") as client:
        people = "/centres/PKY/v1/people"
        refused = await client.post(people, json=AT_DAMKAR | wrong)
        assert field in problem(refused, 422, "invalid")["detail"]
        assert await store.people.person(AgentId("budi")) is None
        assert (await client.post(people, json=AT_DAMKAR)).status_code == 200
        refused = await client.patch(f"{people}/budi", json=wrong)
        assert field in problem(refused, 422, "invalid")["detail"]
    kept = await store.people.person(AgentId("budi"))
    assert kept is not None
    assert kept.agency == "damkar"


@pytest.mark.usefixtures("people")
async def test_who_worked_at_an_agency_works_in_the_centre(service: Service, store: Store) -> None:
    """With both said at once; an account of an agency that is gone can still be made inactive."""
    async with browser(service, store, "admin") as client:
        await client.post("/v1/people", json=AT_DAMKAR)
        refused = await change(client, "budi", roles=["call_taker"])
        problem(refused, 422, "invalid")
        await store.people.change(AgentId("budi"), {"agency": "gone"})
        assert (await change(client, "budi", active=False)).json()["active"] is False
        changed = await change(client, "budi", roles=["call_taker"], agency=None)
        assert changed.json()["agency"] is None
