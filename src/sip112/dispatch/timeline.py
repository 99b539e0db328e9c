"""The timeline of an incident: everything that happened, in one line of time.

Calls, what people wrote, handoffs and recordings come from different journals; here they become
moments of one kind, oldest first. Several fields that one person changed at once are one moment.

An incident that went from one centre to another has one history. Each centre tells the other what
happened there (`to_tell`), by names that stay the same, and both show one line of all of it: what a
centre took down of the other's words is left out where the other has told of it itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import SERVICE, EventKind, Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.links import LINK_FIELDS, LinkKind, TicketLink
from sip112.dispatch.reasons import Reason
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
    ticket ``opened``, ``assigned``, ``changed`` or what another one became to it (`_LINKED`), of
    a handoff the step that it came to, or else
    its `EventKind`, of a referral ``referred`` and, when the message to the caller has left,
    ``sent``, of a recording ``begun``."""
    who: str = ""
    """A login name, the name of a token, ``agency:CODE``, ``sip112``; empty where nobody did it."""
    subject: str = ""
    """Id of the call, code of the agency, or number of the other ticket."""
    detail: Mapping[str, str] = field(default_factory=dict)
    """What more there is to say: ``seat``, ``number``, ``outcome``, ``channel``, ``note``, the
    fields of the ticket as they are after it. Of a handoff that another centre asked for
    ``purpose``, which is ``received``: the centre where it happened says its steps (`answers`)."""
    id: str = ""
    """Its name among those of its centre and incident."""
    centre: str = ""
    """The agency identifier of the centre where it happened."""
    neighbour: str = ""
    """Code of the centre that told of it, in this centre's directory; empty for one's own."""
    reason: Reason | None = None
    """Why something failed; ``note`` has it in English."""


_REFERRAL: Final = frozenset({Step.QUEUED, Step.COMPLETED})
"""Steps of a referral at which the caller is told, and by somebody, or has been sent a message."""


_LINKED: Final = {
    (LinkKind.DUPLICATE, True): ("merged", "split"),
    (LinkKind.DUPLICATE, False): ("duplicate", "duplicate_split"),
    (LinkKind.RELATED, True): ("linked", "unlinked"),
    (LinkKind.RELATED, False): ("linked", "unlinked"),
}
"""What it is called that a link was made, and taken back: at the duplicate (True), and at what it
is one of."""


def timeline(
    dossier: Dossier,
    records: Sequence[Record] = (),
    recorded: Collection[CallId] = (),
    *,
    centre: str = "",
    theirs: Sequence[Moment] = (),
) -> tuple[Moment, ...]:
    """Return what happened, oldest first.

    `records` are the journal's entries of the incident's calls, `recorded` the calls that there is
    a recording of: it begins with the answer. `centre` is the centre's agency identifier, and
    `theirs` what other centres told.
    """
    known = {(each.neighbour, _topic(each)) for each in theirs}
    own = [
        replace(moment, centre=centre)
        for moment in _own(dossier, records, recorded)
        if (_speaker(moment), _topic(moment)) not in known
    ]
    # of what is equal each centre's keeps its order
    return tuple(sorted([*own, *theirs], key=lambda moment: (moment.at, moment.centre)))


def to_tell(
    dossier: Dossier, records: Sequence[Record], centre: str, to: AgencyCode
) -> tuple[Moment, ...]:
    """Return what happened here, for another centre: without what that one has said itself.

    Nor with what other centres told, nor recordings, which nobody but their centre can hear.
    """
    told = [moment for moment in _own(dossier, records) if _speaker(moment) != to]
    return tuple(
        replace(moment, centre=centre) for moment in sorted(told, key=lambda moment: moment.at)
    )


def answers(moment: Moment) -> bool:
    """Whether it is what one centre has to say to another, which asked for it."""
    is_received = moment.detail.get("purpose") == Purpose.RECEIVED
    return is_received and _speaker(moment) != moment.subject


def _speaker(moment: Moment) -> str:
    """Return the agency that has said it; empty if none has."""
    name = moment.who.partition(" ")[0]
    return name.removeprefix("agency:") if name.startswith("agency:") else ""


def _topic(moment: Moment) -> tuple[str, ...]:
    """Return what two centres tell of the same: a step of one handoff, or changes of the ticket."""
    if moment.about is About.HANDOFF:
        return moment.id.partition(".")[0], moment.what
    return (moment.about.value,)


def _own(
    dossier: Dossier, records: Sequence[Record], recorded: Collection[CallId] = ()
) -> Iterator[Moment]:
    yield Moment(dossier.ticket.opened_at, About.TICKET, "opened", id="opened")
    for record in records:
        if record.call is not None:
            yield _of_call(record, record.call)
    yield from _recordings(dossier, recorded)
    yield from _changes(dossier)
    for link in dossier.links:
        yield from _of_link(dossier, link)
    for handoff in dossier.handoffs:
        for n, event in enumerate(dossier.events.get(handoff.id, ()), 1):
            yield _of_handoff(handoff, n, event)


def _of_call(record: Record, call: Call) -> Moment:
    about = {
        "seat": record.detail.get("seat", call.seat),
        "number": call.caller.number,
        "outcome": call.outcome,
    }
    said = {name: str(each) for name, each in about.items() if each is not None}
    what = record.kind.value.removeprefix("call.")
    detail = {**record.detail, **said}
    who, name = call.agent or "", f"c{record.seq}"
    return Moment(record.at, About.CALL, what, who, str(call.id), detail, name)


def _recordings(dossier: Dossier, recorded: Collection[CallId]) -> Iterator[Moment]:
    for call in dossier.calls:
        if call.id in recorded and call.answered_at is not None:
            name = f"r{call.id.hex}"
            yield Moment(call.answered_at, About.RECORDING, "begun", subject=str(call.id), id=name)


def _changes(dossier: Dossier) -> Iterator[Moment]:
    for version, group in groupby(dossier.changes, key=lambda change: change.version):
        changes = [change for change in group if change.field not in LINK_FIELDS]
        if not changes:
            continue
        fields = {change.field: change.new or "" for change in changes}
        what = "assigned" if fields.keys() == {"assignee"} else "changed"
        name = f"v{version}"
        yield Moment(changes[0].at, About.TICKET, what, changes[0].by, detail=fields, id=name)


def _of_link(dossier: Dossier, link: TicketLink) -> Iterator[Moment]:
    """Return that it was linked to another one itself, and that this was taken back."""
    own = dossier.ticket.id
    other = dossier.others.get(link.other if link.ticket == own else link.ticket)
    if own not in {link.ticket, link.other} or other is None:
        return
    made, undone = _LINKED[link.kind, link.ticket == own]
    number, name = other.ticket.number, f"l{link.id.hex}"
    yield Moment(link.at, About.TICKET, made, link.by, number, _note(link.reason), name)
    if link.undone_at is not None:
        note = _note(link.undone_reason)
        yield Moment(
            link.undone_at, About.TICKET, undone, link.undone_by, number, note, f"{name}.2"
        )


def _note(text: str) -> dict[str, str]:
    return {"note": text} if text else {}


def _of_handoff(handoff: Handoff, n: int, event: HandoffEvent) -> Moment:
    what = event.step.value if event.kind is EventKind.STEP else event.kind.value
    if handoff.purpose is Purpose.REFERRAL and what in _REFERRAL:
        what = "sent" if event.by == SERVICE else "referred"
    purpose = handoff.purpose.value if handoff.purpose is Purpose.RECEIVED else ""
    said = {"channel": event.channel, "note": event.note, "purpose": purpose}
    detail = {name: each for name, each in said.items() if each}
    name = f"{handoff.id.hex}.{n}"
    return Moment(
        event.at,
        About.HANDOFF,
        what,
        event.by,
        handoff.agency,
        detail,
        name,
        reason=event.reason,
    )
