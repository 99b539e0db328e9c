"""One incident for other systems and for paper, from the store alone: no service need run."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import SERVICE, MessageKind
from sip112.dispatch.ids import MessageId
from sip112.dispatch.timeline import Moment, timeline
from sip112.handoff.documents import cap, eido, pdf
from sip112.handoff.documents.safe import named
from sip112.people.audit import new_id
from sip112.routing.ids import Instant, PbxId
from sip112.routing.ticket import TicketRecord
from sip112.service.dispatch.agencies import Agencies
from sip112.service.recordings import Recordings
from sip112.service.settings import CentreSettings
from sip112.store.store import Store


@dataclass(frozen=True, slots=True)
class Incident:
    """All that there is about one incident, and of whose centre it is."""

    centre: CentreSettings
    directory: Directory
    dossier: Dossier
    moments: tuple[Moment, ...]

    def eido(self) -> str:
        """Return the EIDO document, JSON."""
        document = eido.document(
            self.dossier,
            self.directory,
            self.centre.agency_domain,
            _now(),
            handoff=None,
            by=SERVICE,
            zone=self.centre.time_zone,
        )
        return json.dumps(document, ensure_ascii=False, indent=2)

    def cap(self) -> str:
        """Return the CAP message to every agency that has the incident, XML."""
        now = _now()
        alert = cap.alert(
            self.dossier,
            self.directory,
            self.centre.agency_domain,
            now,
            MessageKind.REQUEST,
            message=MessageId(new_id(now)),
            handoff=None,
            zone=self.centre.time_zone,
        )
        return alert.decode()

    def pdf(self, language: str) -> bytes:
        """Return the incident on paper, in ``id`` or ``en``."""
        return pdf.report(
            self.dossier,
            self.moments,
            zone=self.centre.time_zone,
            language=language,
            now=_now(),
            choices=self._choices(language),
            agencies={
                each.code: named(each.name, language, each.code) for each in self.directory.agencies
            },
        )

    def _choices(self, language: str) -> dict[str, dict[str, str]]:
        """Return the names of what is chosen in a ticket's fields."""
        lists = self.centre.lists.lists
        types = self.directory.types
        return {
            "incident_type": {each.code: named(each.name, language, each.code) for each in types},
            **{
                field: {each.code: getattr(each.name, language) for each in choices}
                for field, choices in (
                    ("severity", lists.severities),
                    ("disposition", lists.dispositions),
                    ("language", lists.languages),
                )
            },
        }


async def incident(store: Store, centre: CentreSettings, ticket: str) -> Incident | None:
    """Return what there is about a ticket, by its id or its number; None if there is none."""
    found = await store.ticket(centre.code, ticket)
    if found is None:
        return None
    dossier = await store.handoffs.dossier(centre.code, found.id)
    if dossier is None:
        return None
    severities = [each.code for each in centre.lists.lists.severities]
    at_first = Agencies(centre.code, store.agencies, severities).current.directory
    kept = await store.agencies.directory(centre.code)
    records = [
        record for call in dossier.calls for record in await store.call_events(centre.code, call.id)
    ]
    recordings = Recordings(
        centre.code,
        {PbxId(pbx.name): pbx.recordings_path for pbx in centre.pbxs},
        on=False,
        days=0,
        failed=lambda *_: None,
    )
    recorded = {call.id for call in dossier.calls if await recordings.of(call) is not None}
    return Incident(
        centre,
        kept.directory if kept.revision else at_first,
        dossier,
        timeline(
            dossier,
            records,
            recorded,
            centre=centre.agency_domain,
            theirs=await store.neighbours.moments(centre.code, found.id),
        ),
    )


class Incidents:
    """The incidents of one centre, for the API (api.ports.Incidents)."""

    def __init__(self, store: Store, centre: CentreSettings) -> None:
        self._store = store
        self._centre = centre

    async def timeline(self, ticket: TicketRecord, /) -> tuple[Moment, ...]:
        """Return what happened, oldest first."""
        return (await self._of(ticket)).moments

    async def report(self, ticket: TicketRecord, language: str, /) -> bytes:
        """Return the incident on paper (PDF)."""
        found = await self._of(ticket)
        return await asyncio.to_thread(found.pdf, language)

    async def _of(self, ticket: TicketRecord) -> Incident:
        found = await incident(self._store, self._centre, str(ticket.id))
        if found is not None:
            return found
        # it waits to be written, so that nothing else can be known of it
        dossier = Dossier(ticket)
        moments = timeline(dossier, centre=self._centre.agency_domain)
        return Incident(self._centre, Directory(), dossier, moments)


def _now() -> Instant:
    return Instant(time.time())
