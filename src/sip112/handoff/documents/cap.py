"""An incident as a CAP 1.2 message (OASIS, 2010) to one agency: alert, update or cancel.

Each message refers to all that were sent before it for the same handoff, as CAP wants it, and names
the incident by number and by identifier. What it says stands in it in Indonesian and in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Final

from lxml import etree

from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import Handoff, MessageKind, Step
from sip112.dispatch.ids import HandoffId, MessageId
from sip112.dispatch.links import Tie
from sip112.handoff.documents import registries, urns, words
from sip112.handoff.documents.safe import line, prose
from sip112.handoff.documents.times import stamp
from sip112.handoff.documents.words import ANSWER, MESSAGES
from sip112.routing.ids import Instant
from sip112.routing.ticket import TicketRecord
from sip112.routing.value import value

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
PARAMETER: Final = "sip112:"
"""What the names of our parameters begin with."""

_LANGUAGES: Final = {"id": "id-ID", "en": "en-US"}
_HEADLINE: Final = 160
_PROSE: Final = 20_000
_LINE: Final = 400
_TYPES: Final = {
    MessageKind.REQUEST: "Alert",
    MessageKind.UPDATE: "Update",
    MessageKind.CANCEL: "Cancel",
}
_IDENTIFIER: Final = "sip112."
_TIES: Final = {Tie.PARENT: "duplicate_of", Tie.DUPLICATE: "duplicate", Tie.RELATED: "related"}
"""Parameters with the numbers of tickets that belong together with this one."""
_TIED: Final = 50
"""Of these at most, the newest."""

Piece = tuple[str, "str | list[Piece]"]
"""An element, with its text or with what is in it."""


@value
class Reference:
    """A message that was sent before."""

    message: MessageId
    at: Instant
    """The time with which it was made."""


def identifier(message: MessageId) -> str:
    """Return the identifier of a message."""
    return f"{_IDENTIFIER}{message}"


def parse_identifier(text: str) -> MessageId:
    """Return the message of an identifier of ours. ValueError if it is none."""
    return MessageId(urns.parse_uuid(text.removeprefix(_IDENTIFIER)))


def alert(
    dossier: Dossier,
    directory: Directory,
    domain: str,
    at: Instant,
    kind: MessageKind,
    *,
    message: MessageId,
    handoff: HandoffId | None,
    references: Sequence[Reference] = (),
    link: str = "",
    zone: tzinfo = UTC,
    accuracy_m: float | None = None,
) -> bytes:
    """Return the message to the agency of a handoff, or to every agency of the incident.

    An update of which nothing was sent before is an alert: whoever gets it knows of nothing yet.
    `link` is where people of the agency answer without a system of theirs; `accuracy_m` is how far
    off the place may be.
    """
    if kind is MessageKind.UPDATE and not references:
        kind = MessageKind.REQUEST
    made = _Alert(dossier, directory, domain, zone, accuracy_m)
    to = [each for each in dossier.passed_on if handoff in {None, each.id}]
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _fill(root, made.head(at, kind, message, references, to))
    for language in _LANGUAGES:
        _fill(root, [("info", list(made.info(language, kind, handoff, link)))])
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


class _Alert:
    """A message in the making, in pieces: elements with their text, in their order."""

    def __init__(
        self,
        dossier: Dossier,
        directory: Directory,
        domain: str,
        zone: tzinfo,
        accuracy_m: float | None,
    ) -> None:
        self._dossier = dossier
        self._ticket = dossier.ticket
        self._directory = directory
        self._domain = domain
        self._zone = zone
        self._accuracy_m = accuracy_m

    def head(
        self,
        at: Instant,
        kind: MessageKind,
        message: MessageId,
        references: Sequence[Reference],
        to: Sequence[Handoff],
    ) -> Iterator[Piece]:
        """Return who sends what to whom, about which incident."""
        sender = f"sip112@{self._domain}"
        yield "identifier", identifier(message)
        yield "sender", sender
        yield "sent", self._sent(at)
        yield "status", "Actual"
        yield "msgType", _TYPES[kind]
        yield "scope", "Private"
        agencies = dict.fromkeys(urns.agency(each.agency, self._domain) for each in to)
        yield "addresses", " ".join(agencies) or self._domain
        if kind is MessageKind.CANCEL:
            yield from _if_any("note", line(next((each.reason for each in to), ""), _LINE))
        before = (
            f"{sender},{identifier(each.message)},{self._sent(each.at)}" for each in references
        )
        yield from _if_any("references", " ".join(before))
        incident = urns.incident(self._ticket.id, self._ticket.domain or self._domain)
        yield "incidents", f"{self._ticket.number} {incident}"

    def _sent(self, at: Instant) -> str:
        """Return a time as CAP writes it: that of no zone has a minus (3.3.2)."""
        text = stamp(at, self._zone)
        return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text

    def info(
        self, language: str, kind: MessageKind, handoff: HandoffId | None, link: str
    ) -> Iterator[Piece]:
        """Return what it is about, in one language."""
        ticket = self._ticket
        event = words.event(ticket.incident_type, self._directory, language)
        yield "language", _LANGUAGES[language]
        for category in self._categories():
            yield "category", category
        yield "event", event
        severity = ticket.severity or ""
        yield "urgency", registries.LATER.get(severity, registries.AT_ONCE)
        yield "severity", registries.SEVERITIES.get(severity, registries.NO_SEVERITY)
        seen = any(each.step is Step.ON_SCENE for each in self._dossier.passed_on)
        yield "certainty", "Observed" if seen else "Likely"
        yield from self._codes()
        yield "onset", self._sent(ticket.opened_at)
        yield "senderName", f"112 {ticket.centre}"
        head = (MESSAGES[kind][language], ticket.number, event, ticket.address or "")
        yield "headline", line(" - ".join(filter(None, head)), _HEADLINE)
        told = "\n".join(filter(None, (ticket.narrative, ticket.persons)))
        yield from _if_any("description", prose(told, _PROSE))
        yield "instruction", ANSWER[kind][language]
        yield from _if_any("web", link)
        yield from self._parameters(handoff)
        yield from _if_any("area", self._area())

    def _categories(self) -> tuple[str, ...]:
        codes = [self._ticket.incident_type or ""]
        codes += [each.code for each in registries.lineage(codes[0], self._directory)]
        known = (registries.CATEGORIES[each] for each in codes if each in registries.CATEGORIES)
        return next(known, registries.NO_CATEGORY)

    def _codes(self) -> Iterator[Piece]:
        """Return what happened in the codes of others."""
        code = line(self._ticket.incident_type or "", _LINE)
        if code:
            known = registries.known_as(code, self._directory, registries.INCIDENT_TYPES)
            yield _pair("eventCode", "sip112", code)
            yield _pair("eventCode", "EIDO-IncidentType-Common", known or registries.NO_TYPE)

    def _parameters(self, handoff: HandoffId | None) -> Iterator[Piece]:
        """Return what CAP has no element for."""
        ticket = self._ticket
        said = [
            ("ticket", ticket.number),
            ("handoff", "" if handoff is None else str(handoff)),
            ("status", ticket.status),
            ("severity", ticket.severity or ""),
            ("language", ticket.language or ""),
        ]
        for call in self._dossier.calls:
            caller = (call.caller.number, call.caller.name)
            said.append(("caller", " ".join(filter(None, caller))))
        tied = [(each.tie, other) for each, other in self._dossier.tied if each.tie in _TIES]
        said += [(_TIES[tie], other.ticket.number) for tie, other in tied[-_TIED:]]
        for name, text in said:
            if shown := line(text, _LINE):
                yield _pair("parameter", f"{PARAMETER}{name}", shown)

    def _area(self) -> list[Piece]:
        """Return where it is, if anything is known of it."""
        ticket = self._ticket
        address = line(ticket.address or "", _LINE)
        place = _point(ticket)
        if not address and not place:
            return []
        area: list[Piece] = [("areaDesc", address or place)]
        if place:
            # a circle without a radius is a point, which CAP has no other word for
            area.append(("circle", f"{place} {(self._accuracy_m or 0) / 1000:g}"))
        return area


def _point(ticket: TicketRecord) -> str:
    if ticket.latitude is None or ticket.longitude is None:
        return ""
    return f"{ticket.latitude:.6f},{ticket.longitude:.6f}"


def _if_any(name: str, within: str | list[Piece]) -> Iterator[Piece]:
    if within:
        yield name, within


def _pair(name: str, key: str, text: str) -> Piece:
    return name, [("valueName", key), ("value", text)]


def _fill(parent: etree._Element, pieces: Iterable[Piece]) -> None:
    for name, within in pieces:
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(within, str):
            element.text = within
        else:
            _fill(element, within)
