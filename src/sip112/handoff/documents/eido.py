"""An incident as an EIDO document (NENA-STA-021.1b): flat lists of parts that refer to each other.

A part keeps its identifier in every document of its incident, so a receiver compares two documents
part by part. Whatever holds what a person wrote says who and when. Which words stand for what is in
`registries`; docs/formats.md shows a whole document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo
from html import escape
from typing import Any, Final

from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier, Other, TicketChange
from sip112.dispatch.handoff import UNHEARD, EventKind, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.links import Tie, Tied
from sip112.handoff.documents import pidf, registries, urns
from sip112.handoff.documents.safe import line, named, prose
from sip112.handoff.documents.times import stamp_ms
from sip112.routing.call import Call, CallState, Outcome
from sip112.routing.ids import Instant

VERSION: Final = "1.0"

Part = dict[str, Any]

_NARRATIVE: Final = 20_000
_PERSONS: Final = 2_000
_NOTE: Final = 2_000
_LINE: Final = 400
_MOST: Final = 50
"""Changes, and notes of one handoff, that are told: the newest. What is true now is told anyway."""

_REPORTS: Final = 20
"""Duplicates of which it is told what was said there: the newest."""

_TOLD: Final = {
    "incident_type",
    "severity",
    "address",
    "latitude",
    "longitude",
    "status",
    "disposition",
}
"""Fields whose former values matter: somebody may be on the way to an address that was wrong."""
_PLACE: Final = {"address", "latitude", "longitude"}
_WRITTEN: Final = {EventKind.NOTE, EventKind.LINE}
"""What people wrote on a handoff, or passed on by it."""
_BY_REFERENCE: Final = re.compile(r"<((?:https?|held|sips?|pres):[!-;=?-~]{1,390})>")
"""An address in a Geolocation header (RFC 6442) at which the caller's place can be asked for."""


_LINKS: Final = {Tie.RELATED: "RELATED", Tie.UNLINKED: "UNLINK"}
"""linkDirectionCode of what another incident is, or was, to this one: both stay."""
_MERGES: Final = {Tie.PARENT: "REPLACING", Tie.DUPLICATE: "REPLACED", Tie.SPLIT: "SPLIT"}
"""incidentMergeDirectionCode likewise: this one goes on under the other's identifier, the other one
was given up for this one, or what was made one was made two again."""


def document(
    dossier: Dossier,
    directory: Directory,
    domain: str,
    at: Instant,
    *,
    handoff: HandoffId | None,
    by: str,
    zone: tzinfo = UTC,
    accuracy_m: float | None = None,
) -> Part:
    """Return the document of an incident, as of the dossier.

    `domain` is the centre's agency identifier. The handoff for which it is made comes first among
    the dispatches; `by` is who has it made, and `accuracy_m` how far off the place may be.
    """
    made = _Document(dossier, directory, domain, zone)
    incident = urns.incident(dossier.ticket.id, dossier.ticket.domain or domain)
    root = made.prologue(incident, at, agent=made.agent(by, "Dispatching", at))
    parts: dict[str, Any] = {
        "mergeComponent": made.merges(),
        "linkComponent": made.links(),
        "locationComponent": made.location(accuracy_m),
    }
    for call in dossier.calls:
        for name, part in made.call(call).items():
            parts.setdefault(name, []).append(part)
    if dossier.ticket.persons:
        parts.setdefault("personComponent", []).append(made.persons(dossier.ticket.persons))
    ordered = sorted(dossier.passed_on, key=lambda each: each.id != handoff)
    parts["dispatchComponent"] = [made.dispatch(each) for each in ordered]
    parts["emergencyResourceComponent"] = made.units
    parts["incidentComponent"] = made.incident(parts.get("personComponent", []))
    parts["agencyComponent"] = made.agencies(at)
    parts["agentComponent"] = list(made.agents.values())
    parts["notesComponent"] = made.notes
    return {
        **root,
        "eidoVersion": VERSION,
        "issuingElementIdentification": f"sip112.{domain}",
        **_present(parts),
    }


class _Document:
    """A document in the making: collects what its parts refer to."""

    def __init__(self, dossier: Dossier, directory: Directory, domain: str, zone: tzinfo) -> None:
        self.ticket = dossier.ticket
        self.units: list[Part] = []
        self.notes: list[Part] = []
        self.agents: dict[str, Part] = {}
        self._dossier = dossier
        self._directory = directory
        self._domain = domain
        self._zone = zone
        self._agencies = {each.code: each for each in directory.agencies}
        self._locations: list[Part] = []

    # --- what every part has ---

    def prologue(self, identifier: str, at: Instant, *, agency: str = "", agent: str = "") -> Part:
        """Return what each part begins with; without `agency` it is the centre's."""
        return {
            "$id": identifier,
            "lastUpdateTimeStamp": stamp_ms(at, self._zone),
            "updatedByAgencyReference": _ref(agency or self._domain),
            **({"updatedByAgentReference": _ref(agent)} if agent else {}),
        }

    def _part(self, name: str, at: Instant) -> Part:
        return self.prologue(urns.component(name, self._domain), at)

    def _of_ticket(self, name: str, at: Instant) -> Part:
        return self._part(f"{self.ticket.id.hex}{name}", at)

    def _note(
        self, name: str, at: Instant, text: str, *, agency: str = "", agent: str = ""
    ) -> Part:
        """Add a note, which is text and no markup, and return the reference to it."""
        identifier = urns.component(name, self._domain)
        body = escape(text).replace("\n", "<br>")
        part = self.prologue(identifier, at, agency=agency, agent=agent)
        part["notesActionComments"] = body
        if agent:
            part["agentReference"] = _ref(agent)
        self.notes.append(part)
        return _ref(identifier)

    def agent(self, name: str, role: str, at: Instant, *, seat: str = "", agency: str = "") -> str:
        """Add a person, or a role of one who is there already; return their identifier."""
        of = agency or self._domain
        identifier = urns.person(name, of)
        part = self.agents.setdefault(
            identifier,
            {
                **self.prologue(identifier, at, agency=of),
                "agentRoleRegistryText": [],
                "agencyReference": _ref(of),
            },
        )
        if role not in part["agentRoleRegistryText"]:
            part["agentRoleRegistryText"].append(role)
        if seat:
            part["agentWorkstationPositionIdentification"] = seat
        return identifier

    # --- the incident ---

    def incident(self, persons: Sequence[Part]) -> Part:
        """Return what the incident is; all that it refers to is there already."""
        ticket = self.ticket
        code = ticket.incident_type
        severity = ticket.severity or ""
        agents = []
        if ticket.assignee is not None:
            agents.append(_ref(self.agent(ticket.assignee, "Dispatching", ticket.changed_at)))
        return _present(
            {
                **self._of_ticket("incident", ticket.changed_at),
                "incidentTypeInternalCode": line(code or "", _LINE),
                "incidentTypeInternalText": self._type_name(code),
                "incidentTypeCommonRegistryText": self._type(code),
                "incidentStatusInternalText": [line(ticket.status, _LINE)],
                "incidentStatusCommonRegistryText": self._status(),
                "internalIncidentId": ticket.number,
                "incidentPriorityInternalText": line(severity, _LINE),
                "incidentCommonPriorityNumber": registries.PRIORITIES.get(severity),
                "agentReference": agents,
                "locationReference": [_ref(each["$id"]) for each in self._locations],
                "personReference": [_ref(each["$id"]) for each in persons],
                "dispositionComponent": self._disposition(),
                "notesReference": self._narrative() + self._changes() + self._reports(),
            }
        )

    def _type(self, code: str | None) -> str:
        if not code:
            return registries.UNKNOWN_TYPE
        known = registries.known_as(code, self._directory, registries.INCIDENT_TYPES)
        return known or registries.NO_TYPE

    def _type_name(self, code: str | None) -> str:
        lineage = registries.lineage(code or "", self._directory)
        if not lineage:
            return ""
        name = lineage[0].name
        local, english = (named(name, each, code or "") for each in ("id", "en"))
        return local if local == english else f"{local} ({english})"

    def _status(self) -> list[str]:
        if self.ticket.status == "closed":
            return ["Closed"]
        steps = {each.step for each in self._dossier.passed_on}
        reached = [word for step, word in registries.INCIDENT_STATUS.items() if step in steps]
        return ["Active", *reached]

    def _disposition(self) -> list[Part]:
        code = self.ticket.disposition
        if code is None:
            return []
        return [
            {
                **self._of_ticket("disposition", self._changed_at({"disposition"})),
                "dispositionCommonRegistryCode": registries.DISPOSITIONS.get(
                    code, registries.NO_REPORT
                ),
                "dispositionPrimaryIndicator": True,
                "dispositionCategoryText": line(code, _LINE),
                "dispositionDescriptionText": line(code.replace("_", " "), _LINE),
            }
        ]

    def _changed_at(self, fields: set[str]) -> Instant:
        """Return when one of `fields` was last changed; if that is not known, the ticket."""
        last = self._last(fields)
        return self.ticket.changed_at if last is None else last.at

    def _last(self, fields: set[str]) -> TicketChange | None:
        return next(
            (each for each in reversed(self._dossier.changes) if each.field in fields), None
        )

    def _narrative(self) -> list[Part]:
        ticket = self.ticket
        told = {
            "narrative": prose(ticket.narrative or "", _NARRATIVE),
            "language": ticket.language and f"Language of the caller: {line(ticket.language, 80)}",
        }
        return [self._field(name, text) for name, text in told.items() if text]

    def _field(self, field: str, text: str) -> Part:
        """Add what a field of the ticket says, by whoever wrote it last."""
        change = self._last({field})
        at = self._changed_at({field})
        who = "" if change is None else self.agent(change.by, "Call Taking", at)
        return self._note(f"{self.ticket.id.hex}{field}", at, text, agent=who)

    def _changes(self) -> list[Part]:
        """Tell what was true before; what was empty before is told by what is there now."""
        told = [
            each
            for each in self._dossier.changes
            if each.field in _TOLD and (each.old is not None or each.field == "status")
        ]
        return [
            self._note(
                f"{self.ticket.id.hex}change{each.version}{each.field.replace('_', '')}",
                each.at,
                f"{each.field}: {line(each.old or '-', _LINE)} → {line(each.new or '-', _LINE)}",
                agent=self.agent(each.by, "Call Taking", each.at),
            )
            for each in told[-_MOST:]
        ]

    def location(self, accuracy_m: float | None) -> list[Part]:
        """Return where the incident is, if anything is known of it."""
        ticket = self.ticket
        address = line(ticket.address or "", _LINE)
        point = None
        if ticket.latitude is not None and ticket.longitude is not None:
            point = (ticket.latitude, ticket.longitude)
        if not address and point is None:
            return []
        at = self._changed_at(_PLACE)
        where = pidf.presence(
            f"pres:{ticket.id.hex}@{self._domain}",
            f"incident-{ticket.id.hex}",
            stamp_ms(at, self._zone),
            point=point,
            radius_m=accuracy_m,
            address=address,
        )
        part = {
            **self._of_ticket("location", at),
            "locationTypeDescriptionRegistryText": "CurrentIncident",
            "locationByValue": where,
            "locationDescriptionText": address,
        }
        self._locations.append(part)
        return [_present(part)]

    def persons(self, text: str) -> Part:
        """Return who is hurt, missing or involved: as one, since nobody has counted them."""
        return {
            **self._of_ticket("involved", self._changed_at({"persons"})),
            "personIncidentRoleRegistryText": ["InvolvedPerson"],
            "notesReference": [self._field("persons", prose(text, _PERSONS))],
        }

    # --- other incidents ---

    def merges(self) -> list[Part]:
        """Return the incidents that this one is, or was, one with."""
        return [
            {
                **self._of_other("merge", each, urn),
                "incidentMergeDirectionCode": _MERGES[each.tie],
            }
            for each, urn in self._tied(_MERGES)
        ]

    def links(self) -> list[Part]:
        """Return the incidents that have, or had, to do with this one."""
        return [
            _present(
                {
                    **self._of_other("link", each, urn),
                    "linkDirectionCode": _LINKS[each.tie],
                    "transactionReasonText": prose(
                        each.link.reason if each.link.holds else each.link.undone_reason, _NOTE
                    ),
                }
            )
            for each, urn in self._tied(_LINKS)
        ]

    def _tied(self, kinds: Collection[Tie]) -> list[tuple[Tied, str]]:
        """Return what other incidents are to this one, and their identifiers; the newest."""
        found = [
            (each, urns.incident(other.ticket.id, other.ticket.domain or self._domain))
            for each, other in self._dossier.tied
            if each.tie in kinds
        ]
        return found[-_MOST:]

    def _of_other(self, kind: str, tied: Tied, urn: str) -> Part:
        return {
            **self._of_ticket(f"{kind}{tied.other.hex}", tied.link.undone_at or tied.link.at),
            "incidentTrackingIdentifier": urn,
        }

    def _reports(self) -> list[Part]:
        """Tell what the callers of duplicates said: they report this incident too."""
        duplicates = [other for each, other in self._dossier.tied if each.tie is Tie.DUPLICATE]
        return [
            self._note(
                f"{self.ticket.id.hex}report{other.ticket.id.hex}",
                other.ticket.changed_at,
                self._report(other),
            )
            for other in duplicates[-_REPORTS:]
        ]

    def _report(self, other: Other) -> str:
        ticket = other.ticket
        callers = (" ".join(filter(None, (each.number, each.name))) for each in other.callers)
        said = (
            f"Duplicate {ticket.number}, {stamp_ms(ticket.opened_at, self._zone)}",
            line(", ".join(filter(None, callers)), _LINE),
            line(ticket.address or "", _LINE),
            prose(ticket.persons or "", _LINE),
            prose(ticket.narrative or "", _NOTE),
        )
        return "\n".join(filter(None, said))

    # --- calls ---

    def call(self, call: Call) -> dict[str, Part]:
        """Return a call with the person who calls and how they are called back, by their lists."""
        identifier = call.source or urns.call(call.id, self._domain)
        hexed = call.id.hex
        answered, queued = call.answered_at, call.queued_at
        heard = answered or queued or call.arrived_at
        agents = []
        if call.seat is not None:
            name = call.agent or call.seat
            agents.append(_ref(self.agent(name, "Call Taking", heard, seat=call.seat)))
        parts: dict[str, Part] = {}
        back = None
        if call.caller.number:
            part = self._part(f"{hexed}callback", call.arrived_at)
            back = _ref(part["$id"])
            uri = urns.telephone(call.caller.number, self._domain)
            parts["callbackComponent"] = {**part, "callBackInformationUri": [uri]}
        person = self._part(f"{hexed}caller", call.arrived_at)
        parts["personComponent"] = _present(
            {
                **person,
                "ncPersonComponent": _person_named(call.caller.name),
                "personIncidentRoleRegistryText": ["Caller"],
                "callIdentifier": [identifier],
                "callBackReference": back,
            }
        )
        place = self._network_place(call)
        if place is not None:
            parts["locationComponent"] = place
        parts["callComponent"] = _present(
            {
                **self.prologue(identifier, Instant(max(heard, call.ended_at or 0))),
                "callStateRegistryText": _call_state(call),
                "standardPrimaryCallType": "emergency",
                "direction": "incoming",
                "callStartTimestamp": stamp_ms(call.arrived_at, self._zone),
                "answerDate": None if answered is None else stamp_ms(answered, self._zone),
                "queueIdentifier": None if queued is None else f"{call.centre}@{self._domain}",
                "agentReference": agents,
                "callBackReference": back,
                "personReference": [_ref(person["$id"])],
                "locationReference": [] if place is None else [_ref(place["$id"])],
                "notesReference": self._call_notes(call),
            }
        )
        return parts

    def _network_place(self, call: Call) -> Part | None:
        match = _BY_REFERENCE.search(call.location or "")
        if match is None:
            return None
        return {
            **self._part(f"{call.id.hex}place", call.arrived_at),
            "locationTypeDescriptionRegistryText": "Caller",
            "locationByReferenceUrl": match[1],
        }

    def _call_notes(self, call: Call) -> list[Part]:
        said = []
        if call.outcome is not None and call.outcome is not Outcome.ANSWERED:
            said.append(f"The call was never answered: {call.outcome}")
        if call.caller.raw:
            said.append(f"Caller as the network named them: {line(call.caller.raw, _LINE)}")
        at = call.ended_at or call.arrived_at
        return [
            self._note(f"{call.id.hex}note{n}", at, text) for n, text in enumerate(said, start=1)
        ]

    # --- agencies ---

    def dispatch(self, handoff: Handoff) -> Part:
        """Return what has become of a handoff, with the unit that acts, if one does."""
        agency = self._agency(handoff.agency)
        events = self._dossier.events.get(handoff.id, ())
        asker = self.agent(handoff.requested_by, "Dispatching", handoff.requested_at)
        since = handoff.since or handoff.requested_at
        part = self._part(f"{handoff.id.hex}dispatch", max([since, *(each.at for each in events)]))
        notes = [self._note(f"{handoff.id.hex}steps", since, self._steps(handoff, events))]
        notes += self._said(handoff, events)
        return _present(
            {
                **part,
                "agencyReference": _ref(agency),
                "agentReference": _ref(asker),
                "emergencyResourceReference": self._unit(handoff, agency, since),
                "notesReference": notes,
            }
        )

    def _agency(self, code: AgencyCode) -> str:
        return urns.agency(code, self._domain)

    def _steps(self, handoff: Handoff, events: Sequence[HandoffEvent]) -> str:
        """Return each step with its time, the last one being how it stands."""
        reached: dict[Step, Instant] = {Step.QUEUED: handoff.requested_at}
        for event in events:
            if event.kind is EventKind.STEP:
                reached.setdefault(event.step, event.at)
        reached.setdefault(handoff.step, handoff.since or handoff.requested_at)
        lines = [f"{step} {stamp_ms(at, self._zone)}" for step, at in reached.items()]
        if handoff.reason:
            lines.append(line(handoff.reason, _LINE))
        return "\n".join(lines)

    def _said(self, handoff: Handoff, events: Sequence[HandoffEvent]) -> list[Part]:
        """Return what people wrote, or passed on in text, by whom they are of."""
        written = [
            (n, each)
            for n, each in enumerate(events, start=1)
            if each.note and (each.kind in _WRITTEN or _is_answer(each))
        ]
        theirs = re.compile(rf"agency:{re.escape(handoff.agency)}(?![a-z0-9_-])")
        told = []
        for n, event in written[-_MOST:]:
            name = f"{handoff.id.hex}note{n}"
            text = prose(event.note, _NOTE)
            if theirs.match(event.by):
                who = line(theirs.sub("", event.by, count=1), 100)
                text = f"{who}: {text}" if who else text
                told.append(self._note(name, event.at, text, agency=self._agency(handoff.agency)))
            else:
                agent = self.agent(event.by, "Dispatching", event.at)
                told.append(self._note(name, event.at, text, agent=agent))
        return told

    def _unit(self, handoff: Handoff, agency: str, since: Instant) -> list[Part]:
        status = registries.UNIT_STATUS.get(handoff.step)
        if status is None:
            return []
        part = self.prologue(
            urns.component(f"{handoff.id.hex}unit", self._domain), since, agency=agency
        )
        desk = self.agent("desk", "Dispatching", since, agency=agency)
        self.units.append(
            {
                **part,
                "emergencyResourceTypeCommonRegistryText": registries.UNIT_TYPE,
                "emergencyResourceTypeInternalText": str(self._kind(handoff.agency)),
                "resourceAttributeRegistryText": [],
                "primaryUnitStatusRegistryText": status[0],
                "secondaryUnitStatusRegistryText": [status[1]],
                "unitStatusInternal": [str(handoff.step)],
                "agentReference": [_ref(desk)],
            }
        )
        return [_ref(part["$id"])]

    def _kind(self, code: AgencyCode) -> AgencyKind:
        agency = self._agencies.get(code)
        return AgencyKind.OTHER if agency is None else agency.kind

    def agencies(self, at: Instant) -> list[Part]:
        """Return the centre, which owns the incident, and the agencies to whom it was passed on."""
        centre = {
            **self.prologue(self._domain, at),
            "agencyJcard": _jcard({"fn": f"112 {self.ticket.centre}"}),
            "agencyRoleDescriptionRegistryText": ["CallReceiving", "Dispatching"],
            "agencyType": ["psap"],
            "incidentOwningAgencyIndicator": True,
        }
        latest = {each.agency: each for each in self._dossier.passed_on}
        return [centre, *(self._other(each) for each in latest.values())]

    def _other(self, handoff: Handoff) -> Part:
        """Return an agency, by what became of the last handoff to it."""
        agency = self._agencies.get(handoff.agency)
        kind = self._kind(handoff.agency)
        roles = [registries.AGENCY_ROLES[handoff.step]]
        rung = handoff.current
        if not handoff.ended and rung is not None and rung.channel is ChannelKind.VOICE:
            roles.append("TransferredTo")
        return {
            **self.prologue(self._agency(handoff.agency), handoff.since or handoff.requested_at),
            "agencyJcard": _jcard(_contact(agency, handoff.agency, self._domain)),
            "agencyRoleDescriptionRegistryText": roles,
            "agencyType": list(registries.AGENCY_TYPES.get(kind, (str(kind),))),
            "incidentOwningAgencyIndicator": False,
        }


def _ref(identifier: str) -> Part:
    return {"$ref": identifier}


def _present(part: Part) -> Part:
    """Return what of `part` says anything: EIDO leaves out what is not known."""
    return {name: each for name, each in part.items() if each not in (None, "", [], {})}


def _is_answer(event: HandoffEvent) -> bool:
    """Whether an agency, or somebody for it, has said something; not what became of messages."""
    return event.kind is EventKind.STEP and event.step not in UNHEARD


def _call_state(call: Call) -> str:
    if call.state is CallState.ENDED:
        return "callEnd"
    return "callBegin" if call.answered_at is None else "callAnswered"


def _person_named(name: str | None) -> Part | None:
    shown = line(name or "", _LINE)
    return {"name": [{"personFullName": [{"value": shown}]}]} if shown else None


def _contact(agency: Agency | None, code: AgencyCode, domain: str) -> dict[str, str]:
    """Return the name of an agency, and the number of its own, but of no person."""
    if agency is None:
        return {"fn": code}
    found = {"fn": named(agency.name, "id", code)}
    for channel in agency.channels:
        if channel.kind is ChannelKind.VOICE and re.fullmatch(r"\+?[0-9]+", channel.address):
            found.setdefault("tel", urns.telephone(channel.address, domain))
    return found


def _jcard(properties: dict[str, str]) -> str:
    """Return a jCard (RFC 7095) of an organisation."""
    kinds = {"tel": "uri"}
    card: list[Any] = [["version", {}, "text", "4.0"], ["kind", {}, "text", "org"]]
    card += [[name, {}, kinds.get(name, "text"), each] for name, each in properties.items()]
    return json.dumps(["vcard", card], ensure_ascii=False)
