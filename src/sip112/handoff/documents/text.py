"""An incident in a few words, for people: by e-mail, Telegram, WhatsApp, SMS.

What matters most comes first, since a short one is cut at its end; the link by which they answer is
never cut.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo
from typing import Final

from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import MessageKind
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.links import Tie
from sip112.handoff.documents import words
from sip112.handoff.documents.safe import CUT, line, prose
from sip112.handoff.documents.words import ANSWER, FIELDS, MESSAGES
from sip112.routing.ids import Instant
from sip112.routing.value import value

SHORT: Final = 300
"""Characters of a short message, its link included."""
_LONG: Final = 3500
"""Likewise of any other: Telegram takes 4096."""
_TITLE: Final = 120
_DOTS: Final = "..."
"""What stands for `CUT` in an SMS: one sign that its plain alphabet lacks doubles its length."""
_LINE: Final = 400
_NUMBERS: Final = 5


@value
class Text:
    """A message to people."""

    title: str
    """One line; empty in a short message, whose body begins with it."""
    body: str

    @property
    def kept(self) -> bytes:
        """As JSON, as the outbox keeps it: channels put the title where theirs belongs."""
        return json.dumps({"title": self.title, "body": self.body}, ensure_ascii=False).encode()


def read(kept: bytes) -> Text:
    """Return the message that was kept."""
    return Text(**json.loads(kept))


def message(
    dossier: Dossier,
    directory: Directory,
    at: Instant,
    kind: MessageKind,
    *,
    handoff: HandoffId | None,
    link: str,
    language: str,
    short: bool,
    zone: tzinfo = UTC,
) -> Text:
    """Return what the people of an agency read, in `language` (``id`` or ``en``).

    A short one fits into two SMS of the plain alphabet; `link` may be empty.
    """
    ticket = dossier.ticket
    title = line(f"{MESSAGES[kind][language]} {ticket.number}", _TITLE)
    event = words.event(ticket.incident_type, directory, language)
    reason = next((each.reason for each in dossier.handoffs if each.id == handoff), "")
    caller = (dossier.calls[0].caller.number or "") if dossier.calls else ""
    place = "" if ticket.latitude is None else f"{ticket.latitude:.5f},{ticket.longitude:.5f}"
    said = [
        ("", " - ".join(filter(None, (event, words.severity(ticket.severity, language))))),
        ("", reason if kind is MessageKind.CANCEL else ""),
        ("address", line(ticket.address or "", _LINE)),
        ("place", place),
        ("callers", "" if short else caller),
        ("opened_at", "" if short else _clock(ticket.opened_at, zone)),
        ("made_at", "" if short else _clock(at, zone)),
        ("duplicate_of", ticket.parent_number or ""),
        ("duplicates", "" if short else _numbers(dossier, Tie.DUPLICATE)),
        ("related", "" if short else _numbers(dossier, Tie.RELATED)),
        ("persons", prose(ticket.persons or "", _LONG)),
        ("narrative", prose(ticket.narrative or "", _LONG)),
    ]
    lines = [
        line(text, _LINE) if not name else f"{FIELDS[name][language]}: {text}"
        for name, text in said
        if text
    ]
    answer = f"{ANSWER[kind][language]}: {link}" if link else ANSWER[kind][language]
    if short:
        return Text("", shortened("\n".join([title, *lines]), link))
    body = prose("\n".join(lines), _LONG)
    return Text(title, f"{body}\n\n{answer}")


def shortened(text: str, link: str = "") -> str:
    """Return as much of `text` as a short message has room for beside the link."""
    room = max(0, SHORT - len(link) - 1)
    plain = text.replace(CUT, _DOTS)
    if len(plain) > room:
        plain = plain[: max(0, room - len(_DOTS))].rstrip() + _DOTS[:room]
    return f"{plain}\n{link}".strip()


def _numbers(dossier: Dossier, tie: Tie) -> str:
    """Return the numbers of other tickets that are this to the incident, the newest."""
    found = [other.ticket.number for each, other in dossier.tied if each.tie is tie]
    more = f" (+{len(found) - _NUMBERS})" if len(found) > _NUMBERS else ""
    return ", ".join(found[-_NUMBERS:]) + more


def _clock(at: Instant, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")
