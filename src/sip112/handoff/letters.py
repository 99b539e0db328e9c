"""What is sent of a message: the document that its channel carries, with a link to answer by.

Systems get the whole incident each time, so that whoever missed a message has it with the next.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sip112.dispatch.agency import AgencyKind, ChannelKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.handoff import SERVICE, EventKind, Handoff, MessageKind, Purpose
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Draft, Letter, Link
from sip112.dispatch.received import own
from sip112.dispatch.timeline import to_tell
from sip112.handoff.documents import cap, eido, referral, text
from sip112.handoff.documents.times import stamp_ms
from sip112.handoff.documents.words import LANGUAGES
from sip112.handoff.moments import told
from sip112.routing.ids import Instant

JSON: Final = "application/json"
CAP: Final = "application/cap+xml"
TEXT: Final = "text/plain; charset=utf-8"

LINK_S: Final = 24 * 3600.0
"""Seconds for which a link opens an incident; by then somebody has it, or it was cancelled."""

_SHORT: Final = frozenset({ChannelKind.SMS, ChannelKind.WHATSAPP})
"""Where there is little room: in WhatsApp whoever begins has a template of 1024 characters."""
_SECRET_BYTES: Final = 24


def digest(secret: str) -> str:
    """Return by what a link is known, of the secret in it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes what a centre sends. Calling it writes the letter of one message.

    Args:
        domain: the centre's agency identifier, in the identifiers of documents.
        url: of the pages on which agencies answer, which a link's secret ends; empty for no links.
        zone: the centre's local time.
        directory: returns the directory as it is.
        language: ``id`` or ``en``, of what people read.
    """

    domain: str
    url: str
    zone: ZoneInfo
    directory: Callable[[], Directory]
    language: str = "id"

    def __call__(self, draft: Draft) -> Letter:
        """Return what is sent of a message."""
        if draft.item.rung.channel is ChannelKind.ACCOUNT:
            return Letter(b"", TEXT)
        if draft.item.kind is MessageKind.REFERRAL:  # to the caller, who gets no link
            return Letter(self._referral(draft).kept, JSON)
        link, links = self._link(draft)
        body, content_type = self._body(draft, link)
        return Letter(body, content_type, links)

    def _referral(self, draft: Draft) -> text.Text:
        service = {each.code: each for each in self.directory().agencies}[draft.item.agency]
        spoken = draft.dossier.ticket.language
        language = spoken if spoken in LANGUAGES else self.language
        return referral.message(draft.dossier.ticket.number, service, language)

    def _link(self, draft: Draft) -> tuple[str, tuple[Link, ...]]:
        # what another centre asked for, this one's people answer
        if not self.url or self._handoff(draft).purpose is Purpose.RECEIVED:
            return "", ()
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        expires_at = Instant(draft.at + LINK_S)
        return f"{self.url}{secret}", (Link(digest(secret), expires_at, draft.item.rung.contact),)

    def _body(self, draft: Draft, link: str) -> tuple[bytes, str]:
        item = draft.item
        match item.rung.channel:
            case ChannelKind.CAP:
                alert = cap.alert(
                    draft.dossier,
                    self.directory(),
                    self.domain,
                    draft.at,
                    item.kind,
                    message=item.id,
                    handoff=item.handoff,
                    references=[cap.Reference(each.id, each.made_at) for each in draft.earlier],
                    link=link,
                    zone=self.zone,
                )
                return alert, CAP
            case ChannelKind.WEBHOOK if item.kind is MessageKind.ANSWER:
                return self._answer(draft), JSON
            case ChannelKind.WEBHOOK:
                return self._envelope(draft, link), JSON
            case channel:
                message = text.message(
                    draft.dossier,
                    self.directory(),
                    draft.at,
                    item.kind,
                    handoff=item.handoff,
                    link=link,
                    language=self.language,
                    short=channel in _SHORT,
                    zone=self.zone,
                )
                return message.kept, JSON

    def _envelope(self, draft: Draft, link: str) -> bytes:
        """Return the body of a webhook: what it tells, and the incident as EIDO.

        Another centre is told of what happened here, too.
        """
        item = draft.item
        envelope: dict[str, Any] = {
            "type": item.kind.value,
            "timestamp": stamp_ms(draft.at, self.zone),
            "data": {
                "handoff": str(item.handoff),
                "ticket": draft.dossier.ticket.number,
                "agency": item.agency,
                "answer_url": link or None,
                "eido": eido.document(
                    draft.dossier,
                    self.directory(),
                    self.domain,
                    draft.at,
                    handoff=item.handoff,
                    by=SERVICE,
                    zone=self.zone,
                ),
            },
        }
        if self.is_centre(item.agency):
            envelope["data"]["reason"] = self._handoff(draft).reason
            envelope["data"]["timeline"] = self._timeline(draft)
        return _json(envelope)

    def _answer(self, draft: Draft) -> bytes:
        """Return what another centre is told of what it asked for: the plain form of an answer.

        The first message tells the first thing that was said here, and so on.
        """
        handoff = self._handoff(draft)
        events = draft.dossier.events.get(handoff.id, ())
        said = [event for event in events if own(handoff, event)]
        before = sum(each.kind is MessageKind.ANSWER for each in draft.earlier)
        event = said[before]
        answer = {
            "handoff": str(handoff.id),
            "step": event.step.value if event.kind is EventKind.STEP else None,
            "note": event.note,
            "at": stamp_ms(event.at, self.zone),
            "unit": event.by,
            "timeline": self._timeline(draft),
        }
        return _json({name: each for name, each in answer.items() if each})

    def _timeline(self, draft: Draft) -> dict[str, Any]:
        dossier = draft.dossier
        moments = to_tell(dossier, dossier.records, self.domain, draft.item.agency)
        return told(self.domain, moments)

    def is_centre(self, code: AgencyCode) -> bool:
        """Whether an agency is another centre, which is told of what happened here."""
        agencies = self.directory().agencies
        return any(each.code == code and each.kind is AgencyKind.CENTRE for each in agencies)

    @staticmethod
    def _handoff(draft: Draft) -> Handoff:
        return next(each for each in draft.dossier.handoffs if each.id == draft.item.handoff)


def _json(written: dict[str, Any]) -> bytes:
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()
