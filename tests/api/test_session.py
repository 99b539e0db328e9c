"""Sessions: signing in, being recognised, sitting down, signing out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from sip112.api import docs
from sip112.api.access import COOKIE
from sip112.api.ports import Phone, PhoneKind
from sip112.api.sessions import AWAY_S, FRESH_S
from sip112.people.attempts import LOCK_AFTER, LOCK_S, PACE_S, PER_ADDRESS, PER_PERSON
from sip112.people.roles import Role
from sip112.people.session import csrf_of
from sip112.routing.ids import AgentId, CentreCode, SeatId
from sip112.routing.seat import Seat
from sip112.store.store import Store
from tests.api.people import PASSWORD, add, browser
from tests.api.service import NOW, PKY, Service, problem

KTM = CentreCode("KTM")
WEB = (SeatId("web-01"), SeatId("web-02"))


@pytest.fixture
async def sari(store: Store) -> None:
    """Have a call taker."""
    await add(store, "sari")


@asynccontextmanager
async def signing_in(service: Service, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser in which nobody has signed in."""
    async with service.client(None, **headers) as client:
        yield client


async def sign_in(
    client: httpx.AsyncClient, agent: str = "sari", password: str = PASSWORD
) -> httpx.Response:
    """Try to sign in."""
    return await client.post("/v1/session", json={"agent": agent, "password": password})


# --- signing in ----------------------------------------------------------------------------


@pytest.mark.usefixtures("sari")
async def test_a_person_signs_in_works_and_signs_out(service: Service) -> None:
    """The cookie is enough to read; a change needs the CSRF text; afterwards it is over."""
    async with signing_in(service) as client:
        answer = await sign_in(client, " Sari ")
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert view["agent"] == {
            "id": "sari",
            "name": "Sari",
            "roles": ["call_taker"],
            "language": "id",
        }
        assert view["scopes"] == ["callbacks", "calls", "read", "seat", "tickets"]
        assert (view["centre"], view["centres"], view["seat"]) == ("PKY", ["PKY"], None)
        assert view["time_zones"] == {"PKY": "Asia/Jakarta"}
        assert view["must_change_password"] is False
        assert view["expires_at"] == "2026-11-22T10:28:20.000Z"
        assert (await client.get("/v1/session")).json() == view
        assert (await client.get("/v1/seats")).status_code == 200
        problem(await client.delete("/v1/session"), 403, "wrong-csrf")
        csrf = {"X-CSRF-Token": view["csrf"]}
        secret = client.cookies[COOKIE]
        gone = await client.delete("/v1/session", headers=csrf)
        assert (gone.status_code, gone.content) == (204, b"")
        assert COOKIE not in client.cookies
        client.cookies.set(COOKIE, secret, domain="api.local")
        problem(await client.get("/v1/seats"), 401, "session-over")
    assert service.audit.told == [
        ("sari", "session.begun", "sari"),
        ("sari", "session.ended", "sari"),
    ]


@pytest.mark.usefixtures("sari")
@pytest.mark.parametrize(
    ("url", "secure"), [("https://112.example.org", True), ("http://112.example.org", False)]
)
async def test_the_cookie_is_for_nobody_else(store: Store, url: str, secure: bool) -> None:
    """No script reads it, no other site sends it, and it goes over TLS where there is TLS."""
    async with signing_in(Service(store, public_url=url)) as client:
        header = (await sign_in(client)).headers["set-cookie"]
    name, *attributes = header.split("; ")
    assert name.startswith(f"{COOKIE}=")
    expected = {"HttpOnly", "Max-Age=86400", "Path=/", "SameSite=strict"}
    assert set(attributes) == expected | ({"Secure"} if secure else set())


@pytest.mark.usefixtures("sari")
async def test_a_wrong_password_and_a_wrong_name_are_told_alike(
    service: Service, store: Store
) -> None:
    """And so is somebody who may not sign in any more."""
    await add(store, "budi", disabled=True)
    async with signing_in(service) as client:
        answers = [
            await sign_in(client, "sari", "wrong"),
            await sign_in(client, "nobody", "wrong"),
            await sign_in(client, "budi"),
        ]
    told = [problem(answer, 401, "wrong-credentials") for answer in answers]
    assert told[0] == told[1] == told[2]
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert [who for who, action, _ in service.audit.told if action == "session.refused"] == [
        "sari",
        "nobody",
        "budi",
    ]


@pytest.mark.usefixtures("sari")
async def test_too_many_wrong_passwords_lock_out(service: Service) -> None:
    """Paced first, then locked for a quarter of an hour, with an alarm; also the right one."""
    async with signing_in(service) as client:
        for n in range(LOCK_AFTER):
            if n and n % PER_PERSON == 0:
                paced = await sign_in(client, "sari", "wrong")
                problem(paced, 429, "too-many-attempts")
                assert paced.headers["retry-after"] == str(int(PACE_S))
                service.steady += PACE_S
            problem(await sign_in(client, "sari", "wrong"), 401, "wrong-credentials")
        locked = await sign_in(client)
        problem(locked, 403, "account-locked")
        assert locked.headers["retry-after"] == str(int(LOCK_S))
        assert ("sari", "session.locked", "sari") in service.audit.told
        (lock,) = service.attempts.alarming(service.steady)
        assert lock.agent == "sari"
        service.steady += LOCK_S
        assert service.attempts.alarming(service.steady) == []
        assert (await sign_in(client)).status_code == 200


@pytest.mark.usefixtures("sari")
async def test_a_reset_ends_the_lock(service: Service, store: Store) -> None:
    """Also one that another process has made, such as the command line."""
    for _ in range(LOCK_AFTER):
        assert service.attempts.begin("sari", "192.0.2.7", service.steady) is None
        service.attempts.failed("sari", service.steady, known=True)
        service.steady += PACE_S / 4
    async with signing_in(service) as client:
        problem(await sign_in(client), 403, "account-locked")
        await store.people.change(AgentId("sari"), {"password_at": NOW + 10})
        assert (await sign_in(client)).status_code == 200


async def test_one_address_cannot_try_everybody(service: Service) -> None:
    """Nor learn by it who there is."""
    for n in range(PER_ADDRESS):
        assert service.attempts.begin(f"name{n}", "127.0.0.1", service.steady) is None
    async with signing_in(service) as client:
        problem(await sign_in(client, "another"), 429, "too-many-attempts")


@pytest.mark.usefixtures("sari")
async def test_a_whole_shift_signs_in_from_one_address(service: Service) -> None:
    """What succeeds is not counted."""
    async with signing_in(service) as client:
        for _ in range(PER_PERSON + 1):
            assert (await sign_in(client)).status_code == 200


@pytest.mark.usefixtures("sari")
async def test_signing_in_again_ends_the_session_before(service: Service) -> None:
    """A browser has one session, and nobody can have planted it."""
    async with signing_in(service) as client:
        await sign_in(client)
        before = client.cookies[COOKIE]
        await sign_in(client)
        assert client.cookies[COOKIE] != before
        headers = {"Cookie": f"{COOKIE}={before}"}
    async with service.client(None, **headers) as old:
        problem(await old.get("/v1/session"), 401, "session-over")


async def test_nobody_signs_in_while_the_database_is_away(gone: Store) -> None:
    """It is said so, and the attempt does not count."""
    service = Service(gone)
    async with signing_in(service) as client:
        for _ in range(PER_PERSON + 1):
            document = problem(await sign_in(client), 503, "store-unavailable")
    assert "goes on working" in document["detail"]


# --- being recognised ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookie",
    [
        f"{COOKIE}=forged",
        f"{COOKIE}=" + "A" * 43,
        f"{COOKIE}=\xff\xfe",
        f"{COOKIE}=a; {COOKIE}=b",
    ],
)
async def test_a_forged_cookie_is_refused(service: Service, cookie: str) -> None:
    """Like a session that is over."""
    async with service.client(None) as client:
        headers = {b"Cookie": cookie.encode("latin-1")}
        problem(await client.get("/v1/seats", headers=headers), 401, "session-over")


@pytest.mark.parametrize("cookie", ["other=1", f"{COOKIE}=", COOKIE, ";;;"])
async def test_no_cookie_of_ours_is_none(service: Service, cookie: str) -> None:
    """What a proxy or another service has set."""
    async with service.client(None, Cookie=cookie) as client:
        problem(await client.get("/v1/seats"), 401, "no-token")


@pytest.mark.usefixtures("sari")
@pytest.mark.parametrize(("step_h", "steps"), [(12, 1), (8, 3)])
async def test_a_session_ends(service: Service, store: Store, step_h: int, steps: int) -> None:
    """After twelve hours without a request, and after a day in any case."""
    async with browser(service, store, "sari") as client:
        for _ in range(steps):
            assert (await client.get("/v1/seats")).status_code == 200
            service.now += step_h * 3600
        problem(await client.get("/v1/seats"), 401, "session-over")


@pytest.mark.usefixtures("sari")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "\xe9"])
async def test_a_change_without_the_csrf_text_is_refused(
    service: Service, store: Store, method: str, csrf: str | None
) -> None:
    """Before anything is read, on every path."""
    headers = {} if csrf is None else {b"X-CSRF-Token": csrf.encode("latin-1")}
    async with browser(service, store, "sari", csrf=False) as client:
        for path in ("/v1/session", "/v1/session/seat", "/v1/seats/seat-01/login", "/v1/x"):
            answer = await client.request(method, path, headers=headers, content=b"{")
            if (method, path) == ("POST", "/v1/session"):
                continue  # which is open
            problem(answer, 403, "wrong-csrf")


@pytest.mark.usefixtures("sari")
@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://api", True),
        ("https://api", True),  # TLS ends at a proxy
        ("https://112.example.org", True),
        ("https://112.example.org.example.net", False),
        ("http://api:8080", False),
        ("null", False),
        ("", False),
    ],
)
async def test_a_page_of_another_site_is_refused(store: Store, origin: str, ours: bool) -> None:
    """Also at signing in, so that nobody is signed in as somebody else unawares."""
    service = Service(store, public_url="https://112.example.org")
    async with browser(service, store, "sari") as client:
        client.headers["Origin"] = origin
        answers = [await client.delete("/v1/session/seat"), await sign_in(client)]
    for answer in answers:
        if ours:
            assert answer.status_code == 200
        else:
            problem(answer, 403, "other-origin")


@pytest.mark.usefixtures("sari")
async def test_a_token_needs_no_csrf_text(service: Service, store: Store) -> None:
    """Also when a cookie is there: browsers send no tokens by themselves."""
    service.desk.places = [docs.READY]
    async with browser(service, store, "sari", csrf=False) as client:
        answer = await client.post(
            "/v1/seats/seat-03/logout", headers={"Authorization": "Bearer secret-seats"}
        )
    assert answer.status_code == 200


async def test_who_must_change_the_password_can_do_nothing_else(
    service: Service, store: Store
) -> None:
    """Until it is changed."""
    await add(store, "sari", must_change=True)
    async with signing_in(service) as client:
        view = (await sign_in(client)).json()
        assert view["must_change_password"] is True
        client.headers["X-CSRF-Token"] = view["csrf"]
        problem(await client.get("/v1/seats"), 403, "password-change-needed")
        problem(
            await client.put("/v1/session/seat", json={"seat": "seat-01"}),
            403,
            "password-change-needed",
        )
        assert (await client.get("/v1/session")).status_code == 200
        new = "kuda besi awan sungai"
        body = {"old": PASSWORD, "new": new}
        changed = await client.put("/v1/session/password", json=body)
        assert changed.json()["must_change_password"] is False
        assert (await client.get("/v1/seats")).status_code == 200
        assert (await sign_in(client, password=new)).status_code == 200
    assert ("sari", "password.changed", "sari") in service.audit.told


@pytest.mark.usefixtures("sari")
@pytest.mark.parametrize(
    ("old", "new", "status", "name"),
    [
        ("wrong", "kuda besi awan sungai", 403, "wrong-password"),
        (PASSWORD, "short", 422, "weak-password"),
        (PASSWORD, PASSWORD, 422, "weak-password"),
        (PASSWORD, "sari-sari-112", 422, "weak-password"),
        (PASSWORD, "aaaaaaaaaaaab", 422, "weak-password"),
        (PASSWORD, "1234567890", 422, "weak-password"),
        (PASSWORD, "x" * 129, 422, "invalid"),
    ],
)
async def test_a_password_that_does_not_do(
    service: Service, store: Store, old: str, new: str, status: int, name: str
) -> None:
    """Nothing is changed, and one stays signed in."""
    async with browser(service, store, "sari") as client:
        answer = await client.put("/v1/session/password", json={"old": old, "new": new})
        problem(answer, status, name)
        assert (await client.get("/v1/session")).status_code == 200
    async with signing_in(service) as client:
        assert (await sign_in(client)).status_code == 200


@pytest.mark.usefixtures("sari")
async def test_a_new_password_ends_the_other_sessions(service: Service, store: Store) -> None:
    """Whoever had the old one is out."""
    async with (
        browser(service, store, "sari") as one,
        browser(service, store, "sari") as other,
    ):
        assert (await other.get("/v1/session")).status_code == 200
        body = {"old": PASSWORD, "new": "kuda besi awan sungai"}
        assert (await one.put("/v1/session/password", json=body)).status_code == 200
        assert (await one.get("/v1/session")).status_code == 200
        problem(await other.get("/v1/session"), 401, "session-over")


# --- another node, and no database -----------------------------------------------------------


@pytest.mark.usefixtures("sari")
async def test_what_another_process_changes_is_seen_in_seconds(
    service: Service, store: Store
) -> None:
    """A role that is given, and a person who may not sign in any more."""
    async with browser(service, store, "sari") as client:
        assert "people" not in (await client.get("/v1/session")).json()["scopes"]
        await store.people.change(AgentId("sari"), {"roles": frozenset({Role.ADMIN})})
        problem(await client.get("/metrics"), 403, "missing-scope")
        service.steady += FRESH_S + 0.1
        assert (await client.get("/metrics")).status_code == 200
        await add(store, "admin", Role.ADMIN)
        await store.people.change(AgentId("sari"), {"disabled": True})
        service.steady += FRESH_S + 0.1
        problem(await client.get("/v1/seats"), 401, "session-over")


@pytest.mark.usefixtures("sari")
async def test_who_is_signed_in_works_on_without_the_database(
    service: Service, store: Store, tmp_path: Path
) -> None:
    """And whoever is not known here is told that it is the database, not their session."""
    file, away = tmp_path / "sip112.db", tmp_path / "away.db"
    service.desk.places = [docs.READY]
    async with (
        browser(service, store, "sari") as client,
        browser(service, store, "sari") as unknown,
    ):
        sat = await client.put("/v1/session/seat", json={"seat": "seat-03"})
        assert sat.status_code == 200
        file.rename(away)
        for _ in range(3):
            service.steady += FRESH_S + 0.1
            assert (await client.get("/v1/seats")).status_code == 200
            done = await client.post("/v1/seats/seat-03/pause", json={"reason": "break"})
            assert done.status_code == 200
            assert (await client.get("/v1/session")).json()["seat"] == "seat-03"
        problem(await unknown.get("/v1/seats"), 503, "store-unavailable")
        assert (await client.delete("/v1/session")).status_code == 204
        problem(await client.get("/v1/seats"), 401, "no-token")
        away.rename(file)
        service.steady += AWAY_S + 0.1
        assert (await unknown.get("/v1/seats")).status_code == 200


# --- the seat ------------------------------------------------------------------------------


@pytest.fixture
async def two(service: Service, store: Store) -> None:
    """Have two call takers and a supervisor, and two seats."""
    await add(store, "sari")
    await add(store, "budi")
    await add(store, "rina", Role.SUPERVISOR)
    service.desk.places = [docs.READY, Seat(SeatId("seat-01"), PKY)]


@pytest.mark.usefixtures("two")
async def test_one_commands_the_seat_where_one_sits(service: Service, store: Store) -> None:
    """And no other, and logs nobody in but oneself."""
    async with browser(service, store, "sari") as client:
        refused = await client.post("/v1/seats/seat-03/login", json={"agent": "sari"})
        assert "sits nowhere" in problem(refused, 403, "not-your-seat")["detail"]
        sat = await client.put("/v1/session/seat", json={"seat": "seat-03"})
        assert (sat.json()["seat"], sat.json()["seat_centre"]) == ("seat-03", "PKY")
        done = await client.post("/v1/seats/seat-03/login", json={"agent": "sari"})
        assert done.status_code == 200
        problem(
            await client.post("/v1/seats/seat-03/login", json={"agent": "budi"}),
            403,
            "not-oneself",
        )
        for command in ("logout", "resume", "end-wrap-up"):
            assert (await client.post(f"/v1/seats/seat-03/{command}")).status_code == 200
            refused = await client.post(f"/v1/seats/seat-01/{command}")
            problem(refused, 403, "not-your-seat")
        assert (await client.delete("/v1/session/seat")).json()["seat"] is None
        problem(await client.post("/v1/seats/seat-03/logout"), 403, "not-your-seat")
    assert [fields["seat"] for _, fields in service.desk.commands] == ["seat-03"] * 4


@pytest.mark.usefixtures("two")
async def test_a_supervisor_commands_every_seat(service: Service, store: Store) -> None:
    """For every agent."""
    async with browser(service, store, "rina") as client:
        done = await client.post("/v1/seats/seat-01/login", json={"agent": "budi"})
        assert done.status_code == 200
        assert (await client.post("/v1/seats/seat-03/logout")).status_code == 200


@pytest.mark.usefixtures("two")
async def test_the_second_at_a_seat_is_asked_first(service: Service, store: Store) -> None:
    """Who sits there, since when; taken over, it is the other's no more."""
    seat = {"seat": "seat-03"}
    async with (
        browser(service, store, "sari") as sari,
        browser(service, store, "budi") as budi,
    ):
        assert (await sari.put("/v1/session/seat", json=seat)).status_code == 200
        assert (await sari.put("/v1/session/seat", json=seat)).status_code == 200
        service.now += 60
        asked = problem(await budi.put("/v1/session/seat", json=seat), 409, "seat-in-use")
        assert (asked["agent"], asked["since"]) == ("sari", "2026-11-21T22:28:20.000Z")
        assert (await sari.get("/v1/session")).json()["seat"] == "seat-03"
        taken = await budi.put("/v1/session/seat", json={**seat, "take_over": True})
        assert taken.json()["seat"] == "seat-03"
        assert (await sari.get("/v1/session")).json()["seat"] is None
        problem(await sari.post("/v1/seats/seat-03/logout"), 403, "not-your-seat")
        assert (await budi.post("/v1/seats/seat-03/logout")).status_code == 200
    (notice,) = service.hub._notices.since(0) or []
    assert b'"kind": "seat.taken_over"' in notice.encoded
    assert b'"seat": "seat-03", "by": "budi", "agent": "sari"' in notice.encoded
    assert notice.seat == "seat-03"
    assert ("budi", "seat.taken_over", "seat-03") in service.audit.told
    entry = next(each for each in service.audit.entries if each.action == "seat.taken_over")
    assert (entry.detail, entry.centre, entry.address) == ({"agent": "sari"}, "PKY", "127.0.0.1")


# --- the browser phone of a seat that is left ------------------------------------------------


@pytest.fixture
async def talking(service: Service, store: Store) -> Service:
    """Give a service with two people, three seats, and a phone in the browser at two of them."""
    await add(store, "sari")
    await add(store, "budi")
    service.desk.places = [Seat(SeatId(name), PKY) for name in ("web-01", "web-02", "seat-03")]
    service.desk.phones = {"seat-03": Phone(PhoneKind.OWN)}
    for name in WEB:
        service.desk.phones[name] = Phone(PhoneKind.BROWSER, ("wss://x",), "sip112")
    return service


async def sit(client: httpx.AsyncClient, seat: str, *, take_over: bool = False) -> None:
    """Sit down, and have the phone there."""
    body = {"seat": seat, "take_over": take_over}
    assert (await client.put("/v1/session/seat", json=body)).status_code == 200
    if seat in WEB:
        assert (await client.post(f"/v1/seats/{seat}/phone")).status_code == 200


async def leave_by_signing_out(client: httpx.AsyncClient) -> None:
    """Sign out."""
    assert (await client.delete("/v1/session")).status_code == 204


async def leave_by_standing_up(client: httpx.AsyncClient) -> None:
    """Stand up."""
    assert (await client.delete("/v1/session/seat")).status_code == 200


async def leave_for_another_seat(client: httpx.AsyncClient) -> None:
    """Sit down elsewhere."""
    await sit(client, "seat-03")


async def leave_by_signing_in_anew(client: httpx.AsyncClient) -> None:
    """Sign in, in the same browser."""
    assert (await sign_in(client, "budi")).status_code == 200


@pytest.mark.parametrize(
    "leave",
    [
        leave_by_signing_out,
        leave_by_standing_up,
        leave_for_another_seat,
        leave_by_signing_in_anew,
    ],
)
async def test_who_leaves_a_seat_leaves_its_phone(
    talking: Service, store: Store, leave: Callable[[httpx.AsyncClient], Awaitable[None]]
) -> None:
    """Its password is good no more; other seats keep theirs."""
    async with (
        browser(talking, store, "sari") as sari,
        browser(talking, store, "budi") as budi,
    ):
        await sit(sari, "web-01")
        await sit(budi, "web-02")
        await sit(sari, "web-01")  # as a page does that is loaded again
        assert set(talking.desk.given) == set(WEB)
        await leave(sari)
        assert set(talking.desk.given) == {"web-02"}


async def test_a_seat_that_is_taken_over_is_taken_over_with_its_phone(
    talking: Service, store: Store
) -> None:
    """The browser before does not register any more; the new one has its own password."""
    async with (
        browser(talking, store, "sari") as sari,
        browser(talking, store, "budi") as budi,
    ):
        await sit(sari, "web-01")
        body = {"seat": "web-01", "take_over": True}
        assert (await budi.put("/v1/session/seat", json=body)).status_code == 200
        assert talking.desk.given == {}
        await sit(budi, "web-01")
        await leave_by_signing_out(sari)
        assert set(talking.desk.given) == {"web-01"}


async def test_one_signs_out_although_asterisk_is_away(talking: Service, store: Store) -> None:
    """Or although this node is not the one that gives phones."""
    async with (
        browser(talking, store, "sari") as sari,
        browser(talking, store, "budi") as budi,
    ):
        await sit(sari, "web-01")
        await sit(budi, "web-02")
        talking.desk.away = talking.desk.silent = True
        await leave_by_signing_out(sari)
        assert set(talking.desk.given) == {"web-02"}
        talking.desk.owned = False
        await leave_by_signing_out(budi)


@pytest.mark.usefixtures("two")
async def test_two_browsers_of_one_person_are_two(service: Service, store: Store) -> None:
    """The second is asked as well."""
    async with (
        browser(service, store, "sari") as one,
        browser(service, store, "sari") as other,
    ):
        await one.put("/v1/session/seat", json={"seat": "seat-03"})
        answer = await other.put("/v1/session/seat", json={"seat": "seat-03"})
        problem(answer, 409, "seat-in-use")


@pytest.mark.usefixtures("two")
async def test_a_session_that_is_over_keeps_no_seat(service: Service, store: Store) -> None:
    """Nor does one that has signed out."""
    async with (
        browser(service, store, "sari") as sari,
        browser(service, store, "budi", at=NOW + 12 * 3600) as budi,
    ):
        await sari.put("/v1/session/seat", json={"seat": "seat-03"})
        service.now += 12 * 3600
        answer = await budi.put("/v1/session/seat", json={"seat": "seat-03"})
        assert answer.status_code == 200
        await budi.delete("/v1/session")
        async with browser(service, store, "rina", at=service.now) as rina:
            answer = await rina.put("/v1/session/seat", json={"seat": "seat-03"})
            assert answer.status_code == 200


@pytest.mark.usefixtures("two")
async def test_a_seat_that_is_not_there(service: Service, store: Store) -> None:
    """As elsewhere."""
    async with browser(service, store, "sari") as client:
        for seat in ("seat-99", "a b"):
            answer = await client.put("/v1/session/seat", json={"seat": seat})
            assert answer.status_code in {404, 422}
        problem(await client.put("/v1/session/seat", json={"seat": "seat-99"}), 404, "unknown-seat")


@pytest.mark.usefixtures("two")
async def test_sitting_down_at_another_node_is_seen_at_once(service: Service, store: Store) -> None:
    """The node that is given the command has not heard of it, and asks."""
    other = Service(store)
    other.desk.places = service.desk.places
    async with browser(service, store, "sari") as client:
        assert (await client.get("/v1/session")).json()["seat"] is None
        async with other.client(None, **client.headers) as there:
            there.cookies = client.cookies
            sat = await there.put("/v1/session/seat", json={"seat": "seat-03"})
            assert sat.status_code == 200
        assert (await client.post("/v1/seats/seat-03/logout")).status_code == 200


# --- several centres ---------------------------------------------------------------------------


async def test_a_person_works_where_an_administrator_says(store: Store) -> None:
    """At one centre, at several, or everywhere; a seat of another centre is not one's own."""
    node = Service(store, others=[KTM])
    node.desks[PKY].places = [docs.READY]
    node.desks[KTM].places = [docs.READY.evolve(centre=KTM)]
    await add(store, "sari", centres=frozenset({KTM}))
    await add(store, "budi")
    async with browser(node, store, "sari") as client:
        view = (await client.get("/v1/session")).json()
        assert (view["centre"], view["centres"]) == ("KTM", ["KTM"])
        assert (await client.get("/v1/seats")).status_code == 200
        problem(await client.get("/centres/PKY/v1/seats"), 403, "other-centres")
    async with browser(node, store, "budi") as client:
        view = (await client.get("/v1/session")).json()
        assert (view["centre"], view["centres"]) == (None, ["KTM", "PKY"])
        assert view["time_zones"].keys() == {"KTM", "PKY"}
        assert (await client.get("/centres/KTM/v1/session")).json()["centre"] == "KTM"
        problem(await client.get("/v1/seats"), 400, "which-centre")
        body = {"seat": "seat-03"}
        problem(await client.put("/v1/session/seat", json=body), 400, "which-centre")
        assert (await client.put("/centres/KTM/v1/session/seat", json=body)).status_code == 200
        assert (await client.post("/centres/KTM/v1/seats/seat-03/logout")).status_code == 200
        answer = await client.post("/centres/PKY/v1/seats/seat-03/logout")
        problem(answer, 403, "not-your-seat")
        assert (await client.get("/v1/session")).json()["seat_centre"] == "KTM"


@pytest.mark.usefixtures("sari")
async def test_the_secret_is_not_kept(service: Service, store: Store) -> None:
    """Neither it nor the CSRF text can be had from what the store keeps."""
    async with browser(service, store, "sari") as client:
        secret = client.cookies[COOKIE]
        csrf = (await client.get("/v1/session")).json()["csrf"]
    assert csrf == csrf_of(secret)
    (session,) = [known.session for known in service.app.state.sessions._known.values()]
    assert secret not in str(session)
    assert csrf not in str(session)
