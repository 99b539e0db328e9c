"""What the tests of handoffs begin with: agencies, an incident, and what is said about it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import partial

from sip112.dispatch import requests, said
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import Change, Handoff, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.limits import Limits
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import Draft, Letter, OutboxItem
from sip112.people.audit import new_id
from sip112.routing.ids import Instant
from sip112.routing.ticket import TicketRecord
from sip112.store.handoffs import Requested
from sip112.store.store import Store
from sip112.store.tables import kept_now
from tests.store.examples import PKY, START, arrived, opening
from tests.store.helpers import Running

LIMITS = Limits(delivered_s=10, acknowledged_s=40, accepted_s=100, en_route_s=200)
POST = Contact("Post", {ChannelKind.SMS: "0812555001"})


def an_agency(code: str, *channels: Channel) -> Agency:
    """Return an agency that is reached by these channels."""
    name = {"id": code, "en": code}
    return Agency(AgencyCode(code), AgencyKind.FIRE, name, contacts=(POST,), channels=channels)


WEBHOOK = Channel(ChannelKind.WEBHOOK, "https://damkar.test/112")
SMS = Channel(ChannelKind.SMS)
VOICE = Channel(ChannelKind.VOICE, "113")
DAMKAR = an_agency("damkar", WEBHOOK, SMS)
MEDIS = an_agency("medis", Channel(ChannelKind.CAP, "https://medis.test/cap"))
POLISI = an_agency("polisi", VOICE, SMS)


async def an_incident(running: Running, n: int = 1) -> TicketRecord:
    """Open a ticket and return it."""
    call = arrived(n)
    await running.write(opening(call))
    return await ticket_now(running.store, str(call.ticket))


async def ticket_now(store: Store, ticket: str) -> TicketRecord:
    """Return a ticket as it is."""
    found = await store.ticket(PKY, ticket)
    assert found is not None
    return found


def begin(*agencies: Agency, at: Instant = START) -> Callable[[Dossier], list[Change]]:
    """Return what passes an incident on to these agencies."""

    def decide(dossier: Dossier) -> list[Change]:
        return [
            requests.begin(dossier.ticket, each, at, "ani", partial(new_id, at), LIMITS)
            for each in agencies
        ]

    return decide


def letter(draft: Draft) -> Letter:
    """Write down what a letter could know of the incident and the handoffs."""
    steps = {each.agency: each.step for each in draft.dossier.handoffs}
    ticket, earlier = draft.dossier.ticket, [str(each.id) for each in draft.earlier]
    said = [draft.item.kind, steps, ticket.version, ticket.narrative, earlier]
    return Letter(json.dumps(said).encode(), "application/json")


def version_in(item: OutboxItem) -> int:
    """Return the version of the ticket that a letter was made of."""
    assert item.body is not None
    version: int = json.loads(item.body)[2]
    return version


async def pass_on(
    store: Store, ticket: TicketRecord, *agencies: Agency, once: Once | None = None
) -> Requested:
    """Pass an incident on to these agencies."""
    return await store.handoffs.request(PKY, ticket.id, once, begin(*agencies), letter)


async def handed_to(store: Store, ticket: TicketRecord, agency: Agency = DAMKAR) -> Handoff:
    """Pass an incident on to one agency, and return the handoff."""
    return (await pass_on(store, ticket, agency)).handoffs[0]


async def say(store: Store, handoff: HandoffId, step: Step, note: str = "") -> Change:
    """Have an agency come to a step."""
    at = kept_now()
    return await store.handoffs.change(
        PKY, handoff, lambda seen: said.said(seen, at, step, "agency:x", "webhook", note)
    )


async def cancel(store: Store, handoff: HandoffId) -> Change:
    """Have the centre cancel a handoff."""
    at = kept_now()
    return await store.handoffs.change(
        PKY,
        handoff,
        lambda seen: requests.cancelled(seen, at, "ani", "prank", partial(new_id, at)),
    )


async def waiting(store: Store, *without: tuple[AgencyCode, ChannelKind]) -> Sequence[OutboxItem]:
    """Return what is to be tried now, or within the next minute."""
    return await store.outbox.ready(PKY, Instant(time.time() + 60), 100, without)


async def write(store: Store, ticket: TicketRecord, narrative: str) -> TicketRecord:
    """Write on a ticket what happens, whatever version it is at."""
    version = (await ticket_now(store, ticket.number)).version
    return await store.change_ticket(PKY, ticket.id, {"narrative": narrative}, version, "ani")
