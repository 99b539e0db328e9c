"""The list of those who are to be called back, and what seats do about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sip112.api import docs
from sip112.api.schemas.events import event_view
from sip112.people.roles import Role, Scope
from sip112.routing.callback import SAID, CallbackOutcome
from sip112.routing.effects import EntryKind, Record, Refusal
from sip112.routing.events import CallbackDone, ReleaseCallback, TakeCallback
from sip112.routing.ids import Seq
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import Service, problem

ID = docs.CALLBACK.call
SEAT = {"seat": "seat-03"}
DONE = SEAT | {"outcome": "prank"}


def path(what: str, callback: object = ID) -> str:
    """Return where a callback is commanded."""
    return f"/v1/callbacks/{callback}/{what}"


@pytest.fixture
def staffed(service: Service) -> Service:
    """Give a service with a seat, and somebody who is to be called back."""
    service.desk.places = [docs.READY]
    service.desk.to_call_back = [docs.CALLBACK]
    return service


async def test_the_list_is_read(staffed: Service) -> None:
    """By whoever may read; nothing is commanded."""
    async with staffed.client(Scope.READ) as client:
        items = (await client.get("/v1/callbacks")).json()["items"]
    assert [(item["id"], item["number"], item["state"]) for item in items] == [
        (str(ID), "08125550142", "open")
    ]
    assert items[0]["opened_at"] == "2026-11-22T03:15:21.750Z"
    assert items[0]["outcome"] is items[0]["taken_at"] is None
    assert staffed.desk.commands == []


async def test_a_seat_takes_one(staffed: Service) -> None:
    """Through an Asterisk that can call the number; it is on the audit log."""
    async with staffed.client(Scope.ADMIN) as client:
        answer = await client.post(path("take"), json=SEAT)
    assert answer.status_code == 200
    assert answer.json()["id"] == str(ID)
    command = {"seat": "seat-03", "callback": ID, "pbxs": staffed.desk.ways}
    assert staffed.desk.commands == [(TakeCallback, command)]
    assert staffed.audit.told == [("admin-client", "callback.taken", str(ID))]


async def test_a_seat_gives_one_back_or_is_done(staffed: Service) -> None:
    """With what came of it."""
    about = {"seat": "seat-03", "callback": ID}
    async with staffed.client(Scope.ADMIN) as client:
        assert (await client.post(path("release"), json=SEAT)).status_code == 200
        assert (await client.post(path("done"), json=DONE)).status_code == 200
    assert staffed.desk.commands == [
        (ReleaseCallback, about),
        (CallbackDone, about | {"outcome": CallbackOutcome.PRANK}),
    ]
    assert staffed.audit.told == [("admin-client", "callback.done", str(ID))]


async def test_a_person_takes_one_from_the_own_seat_alone(staffed: Service, store: Store) -> None:
    """A dispatcher takes none; whoever sits elsewhere is told where."""
    await add(store, "sari", Role.CALL_TAKER)
    await add(store, "dedi", Role.DISPATCHER)
    async with browser(staffed, store, "sari") as client:
        for what, body in (("take", SEAT), ("release", SEAT), ("done", DONE)):
            problem(await client.post(path(what), json=body), 403, "not-your-seat")
    async with browser(staffed, store, "dedi") as client:
        problem(await client.post(path("take"), json=SEAT), 403, "missing-scope")
    assert staffed.desk.commands == []


async def test_without_a_way_outside_nothing_rings(staffed: Service) -> None:
    """And whoever runs the PBX is told what to do."""
    async with staffed.client(Scope.ADMIN) as client:
        staffed.desk.ways = ()
        document = problem(await client.post(path("take"), json=SEAT), 409, "no-way-outside")
        assert "[sip112-outside]" in document["remedy"]
        assert "SIP112_AMI_DESK_SECRET" in document["remedy"]
        staffed.desk.away = True
        problem(await client.post(path("take"), json=SEAT), 503, "pbx-unreachable")
    assert staffed.desk.commands == []


async def test_what_the_desk_refuses_is_explained(staffed: Service) -> None:
    """Each in its words."""
    async with staffed.client(Scope.ADMIN) as client:
        for refusal in (
            Refusal.CALLBACK_TAKEN,
            Refusal.CALLERS_WAIT,
            Refusal.NOT_IDLE,
            Refusal.OFF_DUTY,
        ):
            staffed.desk.refusal = refusal
            name = refusal.replace("_", "-")
            problem(await client.post(path("take"), json=SEAT), 409, name)
        staffed.desk.refusal = Refusal.UNKNOWN_CALLBACK  # it is over since the list was read
        for what, body in (("take", SEAT), ("release", SEAT), ("done", DONE)):
            document = problem(await client.post(path(what), json=body), 404, "unknown-callback")
            assert str(ID) in document["detail"]
        staffed.desk.refusal = None
        problem(await client.post(path("take", UUID(int=1)), json=SEAT), 404, "unknown-callback")
        problem(await client.post(path("take"), json={"seat": "seat-99"}), 404, "unknown-seat")
        staffed.desk.silent = True
        problem(await client.post(path("take"), json=SEAT), 504, "pbx-timeout")
    assert staffed.audit.told == []


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("take", {}, "seat"),
        ("take", {"seat": "a\r\nb"}, "seat"),
        ("take", SEAT | {"number": "110"}, "number"),
        ("release", {"seat": 3}, "seat"),
        ("done", SEAT, "outcome"),
        ("done", SEAT | {"outcome": "redialled"}, "outcome"),
        ("done", SEAT | {"outcome": "bored"}, "outcome"),
    ],
)
async def test_a_wrong_body_is_explained(
    staffed: Service, what: str, body: Any, field: str
) -> None:
    """Nothing of it reaches the desk."""
    async with staffed.client(Scope.ADMIN) as client:
        document = problem(await client.post(path(what), json=body), 422, "invalid")
        assert field in {error["field"] for error in document["errors"]}
        problem(await client.post(path(what, 42), json=body), 422, "invalid")
    assert staffed.desk.commands == []


async def test_another_nodes_list_is_read_there(staffed: Service) -> None:
    """This one does not have it."""
    staffed.desk.owned = False
    async with staffed.client(Scope.ADMIN) as client:
        problem(await client.get("/v1/callbacks"), 503, "centre-elsewhere")
        problem(await client.post(path("take"), json=SEAT), 503, "centre-elsewhere")


def test_the_event_carries_the_callback() -> None:
    """And no call: the log has no call more by it."""
    record = Record(
        Seq(1), docs.OVER.opened_at, docs.OVER.centre, EntryKind.CALLBACK_DONE, callback=docs.OVER
    )
    view = event_view(record)
    assert view["call"] is None
    assert view["callback"] is not None
    assert (view["callback"]["outcome"], view["callback"]["result"]) == ("no_answer", "no_answer")


def test_what_can_be_said_stands_in_the_document(service: Service) -> None:
    """Only that."""
    schemas = service.app.openapi()["components"]["schemas"]
    told = schemas["CallbackDoneBody"]["properties"]["outcome"]["description"]
    assert all((f"`{each}`" in told) == (each in SAID) for each in CallbackOutcome)
