"""What another centre sends: an incident that it passes on, what has changed, and what is over.

It is the message that every agency with a system is sent (`letters`): an envelope with the incident
as EIDO. Here it is read, with what a ticket can take of it. Answers of a neighbour are answers as
any agency's (`inbound`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.timeline import About, Moment
from sip112.handoff.documents import urns
from sip112.handoff.documents.safe import line, prose
from sip112.handoff.inbound import Said, of_json
from sip112.handoff.inbound import read as read_answer
from sip112.handoff.moments import History, history
from sip112.handoff.reading import (
    BadDocument,
    handoff_of,
    instant_of,
    json_object,
    optional,
    parsed,
    parts,
    referred,
    string,
    without_markup,
    word,
)
from sip112.routing.ids import TicketId
from sip112.routing.ticket import Written
from sip112.routing.value import Evolving, value

ASKS: Final = (MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL)

_LINE: Final = 200
_NARRATIVE: Final = 20_000
_PERSONS: Final = 2_000
_LANGUAGE: Final = re.compile(r"Language of the caller: (.{1,80})")
_POS: Final = "{http://www.opengis.net/gml}pos"
_POINT: Final = 2
_OURS: Final = "sip112."
_CLAIMED: Final = 50
"""Claims of one kind that are taken down, of one message."""
_CLAIMS: Final = (
    (
        "mergeComponent",
        "incidentMergeDirectionCode",
        {"REPLACING": "merged", "REPLACED": "duplicate", "SPLIT": "split"},
    ),
    (
        "linkComponent",
        "linkDirectionCode",
        {"PARENT": "linked", "CHILD": "linked", "RELATED": "linked", "UNLINK": "unlinked"},
    ),
)
"""Where a document says what other incidents are to this one, and what the timeline calls it."""


@value
class Asked(Evolving):
    """What another centre asks."""

    kind: MessageKind
    """One of `ASKS`."""
    handoff: HandoffId
    ticket: TicketId
    domain: str
    """Of the centre where the incident began: with the ticket's, its incident identifier."""
    number: str
    """By which the other centre speaks of it."""
    centre: str
    """The agency identifier of the centre that asks, as it says."""
    fields: Mapping[str, Written]
    """What a ticket of ours can take of it: those that say anything."""
    type_name: str = ""
    """What happened, in the other centre's words: its type may be unknown here."""
    reason: str = ""
    """Why it is taken back."""
    history: History | None = None


def read(body: bytes, content_type: str, domain: str) -> Said | Asked:
    """Return what is sent, in whichever form; BadDocument if nothing can be read."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        given = json_object(body)
        if "type" in given and "data" in given:
            return asked(given)
        return of_json(given, domain)
    return read_answer(body, content_type, domain)


def asked(given: Mapping[str, Any]) -> Asked:
    """Return what an envelope asks for."""
    kind = string(given, "type", "the message")
    if kind not in ASKS:
        raise BadDocument("type", f"{line(kind, 40)!r} is unknown", f"Send {', '.join(ASKS)}.")
    data = _object(given, "data", "the message")
    eido = _object(data, "eido", "data")
    identifier = string(eido, "$id", "the document")
    try:
        ticket, domain = urns.parse_incident(identifier)
    except ValueError:
        raise BadDocument(
            "$id",
            "it is no incident identifier with a UUID",
            "Send urn:emergency:uid:incidentid:, 32 hexadecimal digits, a colon and a domain.",
        ) from None
    handoff = parsed("data.handoff", string(data, "handoff", "data"), handoff_of)
    if handoff is None:
        raise BadDocument("data.handoff", "it is empty", "Send the identifier of the handoff.")
    incident = _object(eido, "incidentComponent", "the document")
    return Asked(
        kind=MessageKind(kind),
        handoff=handoff,
        ticket=ticket,
        domain=domain,
        number=line(optional(data, "ticket") or word(incident, "internalIncidentId"), _LINE),
        centre=line(referred(eido, "updatedByAgencyReference"), _LINE),
        fields=_fields(eido, incident, ticket),
        type_name=line(word(incident, "incidentTypeInternalText"), _LINE),
        reason=prose(optional(data, "reason"), _PERSONS),
        history=history(data.get("timeline")) or _claims(eido),
    )


def _claims(eido: Mapping[str, Any]) -> History | None:
    """Return which incidents the other centre says are one, or belong together, as it says so.

    Of one that tells what happened there this is not asked: it has told of that too. Nothing is
    made of it here: what the other incidents are, people must judge.
    """
    centre = line(referred(eido, "updatedByAgencyReference"), _LINE)
    moments = []
    for name, code, whats in _CLAIMS:
        for part in parts(eido, name)[:_CLAIMED]:
            what = whats.get(word(part, code))
            other = line(word(part, "incidentTrackingIdentifier"), _LINE)
            at = parsed(name, word(part, "lastUpdateTimeStamp"), instant_of)
            if what is None or at is None:
                continue
            named = hashlib.sha256(f"{what} {other} {at}".encode()).hexdigest()[:32]
            moments.append(Moment(at, About.TICKET, what, "", other, {}, named, centre))
    return History(centre, tuple(moments)) if moments else None


def _object(given: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = given.get(name)
    if not isinstance(found, dict):
        raise BadDocument(name, f"{where} has none that is an object", f"Add {name} to {where}.")
    return found


def _fields(
    eido: Mapping[str, Any], incident: Mapping[str, Any], ticket: TicketId
) -> dict[str, Written]:
    place = next(iter(parts(eido, "locationComponent")), {})
    notes = {word(each, "$id"): each for each in parts(eido, "notesComponent")}
    language = _LANGUAGE.fullmatch(_note(notes, ticket, "language"))
    found: dict[str, Written] = {
        "incident_type": line(word(incident, "incidentTypeInternalCode"), _LINE),
        "severity": line(word(incident, "incidentPriorityInternalText"), _LINE),
        "address": line(word(place, "locationDescriptionText"), _LINE),
        "narrative": _narrative(eido, incident, notes, ticket),
        "persons": prose(_note(notes, ticket, "persons"), _PERSONS),
        "language": "" if language is None else line(language[1], _LINE),
    }
    found = {name: each for name, each in found.items() if each}
    point = _point(word(place, "locationByValue"))
    if point is not None:
        found["latitude"], found["longitude"] = point
    return found


def _note(notes: Mapping[str, Mapping[str, Any]], ticket: TicketId, name: str) -> str:
    """Return what a field of the ticket says, which `documents.eido` tells as a note."""
    beginning = urns.component(f"{ticket.hex}{name}", "")
    found = next((each for key, each in notes.items() if key.startswith(beginning)), {})
    return without_markup(word(found, "notesActionComments"), _NARRATIVE)


def _narrative(
    eido: Mapping[str, Any],
    incident: Mapping[str, Any],
    notes: Mapping[str, Mapping[str, Any]],
    ticket: TicketId,
) -> str:
    if word(eido, "issuingElementIdentification").startswith(_OURS):
        return _note(notes, ticket, "narrative")
    # of another make: whatever stands in the notes of the incident
    named = (word(each, "$ref") for each in parts(incident, "notesReference"))
    told = (word(notes.get(each, {}), "notesActionComments") for each in named)
    return prose(
        "\n".join(filter(None, (without_markup(each, _NARRATIVE) for each in told))), _NARRATIVE
    )


def _point(presence: str) -> tuple[float, float] | None:
    """Return the first point of a PIDF-LO document; None if there is none that can be read."""
    if not presence or "<!DOCTYPE" in presence or "<!ENTITY" in presence:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(presence.encode(errors="replace"), parser)
        numbers = [float(each) for each in (root.findtext(f".//{_POS}") or "").split()]
    except (etree.XMLSyntaxError, ValueError):
        return None
    if len(numbers) < _POINT or not all(map(math.isfinite, numbers)):
        return None
    latitude, longitude = numbers[:2]
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None  # noqa: PLR2004
