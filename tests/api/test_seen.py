"""The audit log of reading: who has opened a ticket or a call, once an hour, and exports."""

from __future__ import annotations

import pytest

from sip112.api import seen
from sip112.api.seen import HOUR_S, Seen
from sip112.people.audit import Action
from sip112.people.roles import Role, Scope
from sip112.store.store import Store
from tests.api.people import add, browser
from tests.api.service import NOW, Service, write
from tests.store.examples import arrived, opening

UNTIL_THE_HOUR = HOUR_S - NOW % HOUR_S


async def test_who_opens_a_ticket_is_written_down_once_an_hour(
    service: Service, store: Store
) -> None:
    """However often the page reads it, by whatever name it asks for it, also if it is told 304."""
    call = arrived(1)
    await write(store, opening(call))
    number = str(call.ticket_number)
    await add(store, "sari")
    await add(store, "budi")
    async with browser(service, store, "sari") as sari, browser(service, store, "budi") as budi:
        for name in (number, str(call.ticket)):
            assert (await sari.get(f"/v1/tickets/{name}")).status_code == 200
        known = await sari.get(f"/v1/tickets/{number}", headers={"If-None-Match": '"1"'})
        assert known.status_code == 304
        assert (await sari.get(f"/v1/tickets/{number}/context")).status_code == 200
        assert service.audit.told == [("sari", "ticket.seen", number)]
        assert (await sari.get("/v1/tickets")).status_code == 200
        assert (await sari.get("/v1/tickets/PKY-20261122-9999")).status_code == 404
        assert len(service.audit.told) == 1
        await budi.get(f"/v1/tickets/{number}/context")
        assert service.audit.told[1:] == [("budi", "ticket.seen", number)]
        service.now += UNTIL_THE_HOUR - 1
        await sari.get(f"/v1/tickets/{number}")
        assert len(service.audit.told) == 2
        service.now += 1
        await sari.get(f"/v1/tickets/{number}")
        assert service.audit.told[2:] == [("sari", "ticket.seen", number)]


async def test_who_opens_a_call_is_written_down(service: Service, store: Store) -> None:
    """With the number of its ticket; a machine by the name of its token."""
    call = arrived(1)
    await write(store, opening(call))
    async with service.client(Scope.READ) as client:
        for _ in range(2):
            assert (await client.get(f"/v1/calls/{call.id}")).status_code == 200
    (entry,) = service.audit.entries
    assert (entry.who, entry.action, entry.subject) == ("read-client", "call.seen", str(call.id))
    assert entry.detail == {"ticket": call.ticket_number}


async def test_every_export_is_written_down(service: Service, store: Store) -> None:
    """With what was asked for."""
    await add(store, "rina", Role.SUPERVISOR)
    async with browser(service, store, "rina") as client:
        for query in ("", "?seat=seat-03&outcome=answered&since=2026-11-22T03:15:00Z"):
            assert (await client.get(f"/v1/calls.csv{query}")).status_code == 200
    assert service.audit.told == [("rina", "calls.exported", "PKY")] * 2
    assert [entry.detail for entry in service.audit.entries] == [
        {},
        {"seat": "seat-03", "outcome": "answered", "since": "2026-11-22T03:15:00Z"},
    ]


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it a thing is written down once more, and none is missed."""
    monkeypatch.setattr(seen, "MOST", 3)
    told = Seen()
    assert [told.is_new("sari", Action.TICKET_SEEN, str(n % 4), NOW) for n in range(6)] == [
        True
    ] * 6
    assert not told.is_new("sari", Action.TICKET_SEEN, "1", NOW)
