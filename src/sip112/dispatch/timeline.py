"""The timeline of an incident: everything that happened, in one line of time.

Calls, what people wrote, handoffs and recordings come from different journals; here they become
moments of one kind, oldest first. Several fields that one person changed at once are one moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from itertools import groupby
from typing import Final

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import SERVICE, EventKind, Handoff, HandoffEvent, Purpose, Step
from sip112.routing.call import Call
from sip112.routing.effects import Record
from sip112.routing.ids import CallId, Instant
from sip112.routing.value import value


class About(StrEnum):
    """What a moment is about."""

    CALL = "call"
    TICKET = "ticket"
    HANDOFF = "handoff"
    RECORDING = "recording"


@value
class Moment:
    """One thing that happened."""

    at: Instant
    about: About
    what: str
    """What happened: of a call the journal's kind without ``call.`` (`effects.EntryKind`), of a
    ticket ``opened``, ``assigned`` or ``changed``, of a handoff the step that it came to, or else
    its `EventKind`, of a referral ``referred`` and, when the message to the caller has left,
    ``sent``, of a recording ``begun``."""
    who: str = ""
    """A login name, the name of a token, ``agency:CODE``, ``sip112``; empty where nobody did it."""
    subject: str = ""
    """Id of the call, or code of the agency."""
    detail: Mapping[str, str] = field(default_factory=dict)
    """What more there is to say: ``seat``, ``number``, ``outcome``, ``channel``, ``note``, the
    fields of the ticket as they are after it."""


_REFERRAL: Final = frozenset({Step.QUEUED, Step.COMPLETED})
"""Steps of a referral at which the caller is told, and by somebody, or has been sent a message."""


def timeline(
    dossier: Dossier, records: Sequence[Record] = (), recorded: Collection[CallId] = ()
) -> tuple[Moment, ...]:
    """Return what happened, oldest first.

    `records` are the journal's entries of the incident's calls, `recorded` the calls that there is
    a recording of: it begins with the answer.
    """
    moments = [
        Moment(dossier.ticket.opened_at, About.TICKET, "opened"),
        *(_of_call(record, record.call) for record in records if record.call is not None),
        *_recordings(dossier, recorded),
        *_changes(dossier),
        *(
            _of_handoff(handoff, event)
            for handoff in dossier.handoffs
            for event in dossier.events.get(handoff.id, ())
        ),
    ]
    return tuple(sorted(moments, key=lambda moment: moment.at))  # what is equal keeps its order


def _of_call(record: Record, call: Call) -> Moment:
    about = {
        "seat": record.detail.get("seat", call.seat),
        "number": call.caller.number,
        "outcome": call.outcome,
    }
    said = {name: str(each) for name, each in about.items() if each is not None}
    what = record.kind.value.removeprefix("call.")
    return Moment(
        record.at, About.CALL, what, call.agent or "", str(call.id), {**record.detail, **said}
    )


def _recordings(dossier: Dossier, recorded: Collection[CallId]) -> Iterator[Moment]:
    for call in dossier.calls:
        if call.id in recorded and call.answered_at is not None:
            yield Moment(call.answered_at, About.RECORDING, "begun", subject=str(call.id))


def _changes(dossier: Dossier) -> Iterator[Moment]:
    for _, group in groupby(dossier.changes, key=lambda change: change.version):
        changes = list(group)
        fields = {change.field: change.new or "" for change in changes}
        what = "assigned" if fields.keys() == {"assignee"} else "changed"
        yield Moment(changes[0].at, About.TICKET, what, changes[0].by, detail=fields)


def _of_handoff(handoff: Handoff, event: HandoffEvent) -> Moment:
    what = event.step.value if event.kind is EventKind.STEP else event.kind.value
    if handoff.purpose is Purpose.REFERRAL and what in _REFERRAL:
        what = "sent" if event.by == SERVICE else "referred"
    said = {"channel": event.channel, "note": event.note}
    detail = {name: each for name, each in said.items() if each}
    return Moment(event.at, About.HANDOFF, what, event.by, handoff.agency, detail)
