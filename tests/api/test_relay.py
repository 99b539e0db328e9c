"""The text relay over HTTP: lines to an agency, what it writes back, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sip112.dispatch.agency import AgencyKind, Channel, ChannelKind
from sip112.dispatch.directory import Directory, DirectoryState
from sip112.dispatch.handoff import Change, Handoff, Purpose
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.relay import LONGEST
from sip112.dispatch.said import wrote
from sip112.people.roles import Scope
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.api.service import PKY, Service, problem
from tests.api.test_handoffs import NOWHERE, handed_off, step
from tests.api.test_tickets import opened
from tests.store.handoffs import MEDIS, an_agency, begin, letter

TEXT = "Api sudah di lantai dua, dua anak masih di dalam"
VILLAGE = an_agency("relawan", Channel(ChannelKind.RELAY, "radio, kanal 4"))
"""Volunteers who are told by nothing but what somebody passes on."""
TOWN = replace(an_agency("ktw", Channel(ChannelKind.RELAY, "radio")), kind=AgencyKind.CENTRE)


@pytest.fixture
def with_village(service: Service) -> Service:
    """Have a village brigade and a neighbour centre beside the agencies that come along."""
    before = service.agencies[PKY].current.directory
    agencies = (*before.agencies, VILLAGE, TOWN)
    service.agencies[PKY].current = DirectoryState(
        Directory(agencies, before.types, before.areas), 1, {}
    )
    return service


async def line(
    client: httpx.AsyncClient, handoff: str, text: str = TEXT, key: str | None = None
) -> httpx.Response:
    """Pass a line on."""
    headers = {"Idempotency-Key": key or str(uuid4())}
    return await client.post(f"/v1/handoffs/{handoff}/lines", json={"text": text}, headers=headers)


def told(handoff: Any) -> list[tuple[str, str, str, str]]:
    """Return the history of a handoff in short."""
    return [
        (each["kind"], each["step"], each["channel"], each["note"]) for each in handoff["events"]
    ]


async def test_lines_are_passed_on(with_village: Service, store: Store) -> None:
    """The first is the step `sent`; whose they were stands in the history and on the audit log."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "relawan")
        first = (await line(client, made["id"])).json()
        assert (first["step"], first["due_at"]) == ("sent", made["due_at"])
        again = (await line(client, made["id"], "Jl. Contoh 12")).json()
        assert told(again)[1:] == [
            ("step", "sent", "relay", ""),
            ("line", "sent", "relay", TEXT),
            ("line", "sent", "relay", "Jl. Contoh 12"),
        ]
        assert {each["by"] for each in again["events"]} == {"tickets-client"}
        moments = (await client.get(f"/v1/tickets/{number}/timeline")).json()["items"]
    lines = [(each["what"], each["detail"]["note"]) for each in moments if each["what"] == "line"]
    assert lines == [("line", TEXT), ("line", "Jl. Contoh 12")]
    relayed = [each for each in with_village.audit.told if each[1] == "handoff.relayed"]
    assert relayed == [("tickets-client", "handoff.relayed", made["id"])] * 2


async def test_what_nobody_has_answered_is_counted(with_village: Service, store: Store) -> None:
    """In the list of handoffs: what the agency wrote since anybody in the centre wrote."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:

        async def unread() -> int:
            (each,) = (await client.get("/v1/handoffs")).json()["items"]
            count: int = each["unread"]
            return count

        (made,) = await handed_off(client, number, "relawan")
        await line(client, made["id"])
        assert await unread() == 0
        answer = wrote_back(TEXT)
        await store.handoffs.change(PKY, HandoffId(UUID(made["id"])), answer)
        assert await unread() == 1
        await line(client, made["id"], "Jl. Contoh 12")
        assert await unread() == 0
        await store.handoffs.change(PKY, HandoffId(UUID(made["id"])), answer)
        await step(client, made["id"], "completed")
        assert await unread() == 0


def wrote_back(text: str) -> Callable[[Handoff], Change]:
    """Return what becomes of a handoff when somebody in the village writes."""
    return lambda before: wrote(before, kept_now(), "agency:relawan Budi", "account", text)


async def test_a_line_counts_once_under_its_key(with_village: Service, store: Store) -> None:
    """Also after the end; another line, or one to another agency, cannot have the key."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        made, other = await handed_off(client, number, "relawan", "polisi")
        sent = (await line(client, made["id"], key="k")).json()
        assert (await line(client, made["id"], key="k")).json() == sent
        reused = "idempotency-key-reused"
        problem(await line(client, made["id"], "Lain", key="k"), 422, reused)
        problem(await line(client, other["id"], key="k"), 422, reused)
        await step(client, made["id"], "completed")
        assert (await line(client, made["id"], key="k")).status_code == 200
        none = await client.post(f"/v1/handoffs/{made['id']}/lines", json={"text": TEXT})
        problem(none, 400, "no-idempotency-key")


async def test_who_would_not_read_it_is_told_nothing(with_village: Service, store: Store) -> None:
    """Who has ended, and other centres; each refusal says what to do instead."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        made, centre = await handed_off(client, number, "relawan", "ktw")
        await step(client, made["id"], "declined", note="Tidak ada orang")
        over = problem(await line(client, made["id"]), 409, "not-relayed")
        assert "declined" in over["detail"]
        assert "anew" in over["remedy"]
        there = problem(await line(client, centre["id"]), 409, "not-relayed")
        assert "/notes" in there["remedy"]
        problem(await line(client, NOWHERE), 404, "unknown-handoff")
        after = (await client.get(f"/v1/tickets/{number}/handoffs")).json()["items"]
    assert "line" not in {event["kind"] for each in after for event in each["events"]}


@pytest.mark.parametrize(
    ("purpose", "instead"), [(Purpose.RECEIVED, "/notes"), (Purpose.REFERRAL, "Tell the caller")]
)
async def test_nor_who_was_not_asked_to_act(
    service: Service, store: Store, purpose: Purpose, instead: str
) -> None:
    """A centre that asks is told by notes, and a service hears nothing of a referral."""
    (number,) = await opened(store)
    ticket = await store.ticket(PKY, number)
    assert ticket is not None

    def decide(dossier: Any) -> list[Change]:
        [change] = begin(MEDIS)(dossier)
        return [Change(change.handoff.evolve(purpose=purpose), change.events)]

    made = await store.handoffs.request(PKY, ticket.id, None, decide, letter)
    async with service.client(Scope.TICKETS) as client:
        refused = problem(await line(client, str(made.handoffs[0].id)), 409, "not-relayed")
    assert instead in refused["remedy"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a\nb", "a\tb", "\x00", "\x1b[2J", "\x85", "x" * (LONGEST + 1), 7, None, ["x"]],
    ids=repr,
)
async def test_what_is_no_line(with_village: Service, store: Store, text: Any) -> None:
    """Nothing, several lines, signs that steer something, and more than anybody reads."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "relawan")
        problem(await line(client, made["id"], text), 422, "invalid")
        assert (await client.get(f"/v1/handoffs/{made['id']}")).json()["step"] == "queued"


@pytest.mark.parametrize("text", ["x" * LONGEST, "<b>&\"'", "الحريق 火事 🔥", " di tepi "])
async def test_whatever_people_type_is_a_line(
    with_village: Service, store: Store, text: str
) -> None:
    """As it was typed, without the space around it."""
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "relawan")
        sent = await line(client, made["id"], text)
    assert sent.json()["events"][-1]["note"] == text.strip()


async def test_who_only_reads_passes_nothing_on(with_village: Service, store: Store) -> None:
    (number,) = await opened(store)
    async with with_village.client(Scope.TICKETS) as client:
        (made,) = await handed_off(client, number, "relawan")
    for scope in (Scope.READ, Scope.SEATS):
        async with with_village.client(scope) as client:
            problem(await line(client, made["id"]), 403, "missing-scope")


async def test_without_the_database_it_is_sent_again_later(gone: Store) -> None:
    async with Service(gone).client(Scope.TICKETS) as client:
        problem(await line(client, NOWHERE), 503, "store-unavailable")
