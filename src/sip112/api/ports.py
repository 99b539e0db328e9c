"""What the API needs of the rest of the service, in terms of the core's types.

Edges never import each other: the store and the service fit these protocols without
knowing of them, and `create_app` is given whatever fits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sip112.api.pmtiles import MapFile
from sip112.dispatch.agency import Agency
from sip112.dispatch.directory import Directory, DirectoryState, IncidentType, Item, Part
from sip112.dispatch.dossier import Dossier, Other
from sip112.dispatch.handoff import Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, LinkId, MessageId
from sip112.dispatch.links import Linking, LinkKind, TicketLink
from sip112.dispatch.once import Once
from sip112.dispatch.outbox import LinkTarget, OutboxItem
from sip112.dispatch.plans import Proposal
from sip112.dispatch.reasons import Reason
from sip112.dispatch.referrals import How
from sip112.dispatch.timeline import Moment
from sip112.people.audit import AuditEntry
from sip112.people.person import Person
from sip112.people.session import Limits, Place, Session
from sip112.routing.call import Call, CallState, Outcome
from sip112.routing.callback import Callback
from sip112.routing.effects import Record, Reply
from sip112.routing.events import Command
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, PbxId, SeatId, Seq, TicketId
from sip112.routing.seat import Seat
from sip112.routing.spy import Spy
from sip112.routing.summary import Summary
from sip112.routing.ticket import Assigned, TicketRecord, Written


class Links(Protocol):
    """Which tickets belong together. StoreUnavailable; see `Archive`."""

    async def of(
        self, centre: CentreCode, ticket: TicketId, /
    ) -> tuple[tuple[TicketLink, ...], Mapping[TicketId, Other]]:
        """Return what was said of a ticket and others, and of its duplicates; and those others."""
        ...

    async def link(
        self,
        centre: CentreCode,
        kind: LinkKind,
        ticket: TicketId,
        other: TicketId,
        by: str,
        reason: str,
        once: Once | None = None,
    ) -> Linking:
        """Say that a ticket is a duplicate of another, or related to it; under a key once.

        SameTicket, DuplicateAlready, DuplicateOfThis, KeyReused, TicketNotFound.
        """
        ...

    async def unlink(
        self, centre: CentreCode, ticket: TicketId, link: LinkId, by: str, reason: str
    ) -> Linking:
        """Take back what was said; once more changes nothing. LinkNotFound, TicketNotFound."""
        ...


class Archive(Protocol):
    """What has happened, as the database keeps it.

    Every method raises `StoreUnavailable` when the database does not answer. `since` is
    inclusive and `until` exclusive, both of the arrival; `after` is the place of the last
    item of the page before.
    """

    @property
    def links(self) -> Links:
        """Which tickets belong together."""
        ...

    async def calls(
        self,
        centre: CentreCode,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        caller: str | None = None,
        seat: SeatId | None = None,
        outcome: Outcome | None = None,
        state: CallState | None = None,
        after: tuple[Instant, CallId] | None = None,
        limit: int = 100,
    ) -> list[Call]:
        """Return calls, newest first."""
        ...

    def iterate_calls(
        self,
        centre: CentreCode,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        caller: str | None = None,
        seat: SeatId | None = None,
        outcome: Outcome | None = None,
        state: CallState | None = None,
    ) -> AsyncIterator[Call]:
        """Yield all calls that match, newest first, without holding them all in memory."""
        ...

    async def call(self, centre: CentreCode, call_id: CallId, /) -> Call | None:
        """Return one call."""
        ...

    async def call_events(self, centre: CentreCode, call_id: CallId, /) -> list[Record]:
        """Return the journal entries of one call, oldest first."""
        ...

    async def tickets(
        self,
        centre: CentreCode,
        *,
        status: str | None = None,
        assignee: AgentId | None = None,
        unassigned: bool | None = None,
        duplicate: bool | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        after: tuple[Instant, TicketId] | None = None,
        limit: int = 100,
    ) -> list[TicketRecord]:
        """Return tickets, newest first."""
        ...

    async def ticket(self, centre: CentreCode, id_or_number: str, /) -> TicketRecord | None:
        """Return one ticket by its id or by the number that a person says.

        Without the database as long as the ticket still waits to be written.
        """
        ...

    async def tickets_named(
        self, centre: CentreCode, tickets: Sequence[TicketId], /
    ) -> list[TicketRecord]:
        """Return the tickets of those ids that there are, in no order."""
        ...

    async def change_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        changes: Mapping[str, Written],
        if_version: int,
        by: str,
    ) -> TicketRecord:
        """Change a ticket that is still at `if_version`.

        `TicketConflict` if it no longer is, `TicketNotFound` if there is none. A change that
        `by` has made of that version already is not made twice: the ticket is returned as it
        is by now.
        """
        ...

    async def assign_ticket(
        self,
        centre: CentreCode,
        ticket_id: TicketId,
        agent: AgentId | None,
        if_version: int,
        by: str,
    ) -> Assigned:
        """Give a ticket that is still at `if_version` to somebody, or to nobody.

        It fails as `change_ticket` does. What `by` has made of that version already is not made
        twice, and told as it was made then.
        """
        ...

    async def summary(
        self, centre: CentreCode, since: Instant, until: Instant, within: Sequence[float], /
    ) -> Summary:
        """Return what became of the calls that arrived in that time, hour by hour.

        `within` are the seconds of the targets.
        """
        ...

    async def records_after(self, centre: CentreCode, seq: Seq, limit: int) -> list[Record]:
        """Return the first `limit` journal entries after `seq`, oldest first.

        Entries are written in their order, so that none appears later below one that was
        returned.
        """
        ...


class People(Protocol):
    """Persons and their sessions, as the database keeps them for all nodes.

    Every method raises `StoreUnavailable` when the database does not answer.
    """

    async def person(self, agent: AgentId) -> Person | None:
        """Return one person."""
        ...

    async def persons(self) -> list[Person]:
        """Return all persons, by login name."""
        ...

    async def add(self, person: Person) -> None:
        """Add a person; PersonExists if the login name is taken."""
        ...

    async def change(
        self, agent: AgentId, changes: Mapping[str, Any], keep: str | None = None
    ) -> Person | None:
        """Change fields of a person; return the person as changed, None if there is none.

        A person who is disabled, or whose password changes, is signed out everywhere but in
        the session `keep`. LastAdministrator if nobody would be left who can change people.
        """
        ...

    async def begin(self, session: Session, limits: Limits) -> None:
        """Keep a new session, and forget those that are over."""
        ...

    async def session(self, digest: str) -> tuple[Session, Person] | None:
        """Return a session, which may be over, and whose it is."""
        ...

    async def sessions(
        self, digests: Collection[str], centres: Collection[CentreCode]
    ) -> list[tuple[Session, Person]]:
        """Return those sessions, which may be over, and those that sit in one of the centres."""
        ...

    async def end(self, digest: str) -> None:
        """Forget a session."""
        ...

    async def seen(self, digest: str, at: Instant) -> None:
        """Take note that a session is in use."""
        ...

    async def sit(
        self, digest: str, place: Place, limits: Limits, *, take_over: bool
    ) -> Session | None:
        """Have a session sit at a seat, and nowhere else; return the one that it takes it from.

        SeatInUse if another one sits there, unless `take_over`.
        """
        ...

    async def stand_up(self, digest: str) -> None:
        """Have a session sit nowhere."""
        ...


class Agencies(Protocol):
    """The directory of a centre, as this node knows it.

    To change it raises `StoreUnavailable` when the database does not answer, `DirectoryConflict`
    when somebody else was first, and `DirectoryFaulty` when what would be could not be used.
    """

    @property
    def current(self) -> DirectoryState:
        """As it was read last, or the one that comes along. Needs no database."""
        ...

    async def put(self, item: Item, if_version: int | None, by: str) -> int:
        """Add an entry, which `if_version` None says there is none of, or change one.

        Return its version.
        """
        ...

    async def remove(self, part: Part, code: str, if_version: int, by: str) -> None:
        """Remove a type or an area."""
        ...

    async def replace(self, new: Directory, by: str, if_revision: int | None = None) -> int:
        """Have the directory say what `new` says; return its revision.

        Agencies that `new` does not have become inactive. `DirectoryChanged` if it is not at
        `if_revision` any more; None is whatever it is at.
        """
        ...

    async def fresh(self) -> DirectoryState:
        """Return it as it is this moment. `StoreUnavailable`."""
        ...

    async def new_secret(self, agency: AgencyCode) -> str:
        """Make an agency a new signing secret, and return it: it is shown nowhere again."""
        ...


WithHistory = tuple[Handoff, Sequence[HandoffEvent]]
"""A handoff, and what happened to it, oldest first."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What has come of referring a caller."""

    referral: WithHistory
    ticket: TicketRecord
    """As it is by now."""
    written: bool
    """Whether it says so since then: somebody may have written otherwise before."""


class Handoffs(Protocol):
    """The handoffs of a centre.

    Every method raises `StoreUnavailable` when the database does not answer; those that change a
    handoff `HandoffNotFound` if there is none.
    """

    async def proposal(self, ticket: TicketRecord, /) -> Proposal:
        """Return whom the plan of the ticket's type asks for, there and now. Needs no database."""
        ...

    async def request(
        self, ticket: TicketRecord, agencies: Sequence[AgencyCode], by: str, key: str, /
    ) -> list[WithHistory]:
        """Pass a ticket on to agencies, all of them or none; under the same `key` once.

        UnknownAgency, OnlyReferredTo, AlreadyHandedOff, TicketMerged, TicketClosed, KeyReused.
        """
        ...

    async def refer(
        self, ticket: TicketRecord, service: AgencyCode, how: How, by: str, key: str, /
    ) -> Referred:
        """Refer the caller of a ticket to a service, and have the ticket say so; once likewise.

        UnknownAgency, NotReferredTo, NothingToTell, NoMobileNumber, NothingSet, AlreadyHandedOff,
        TicketMerged, TicketClosed, KeyReused.
        """
        ...

    async def of_ticket(self, ticket: TicketId, /) -> list[WithHistory]:
        """Return the handoffs of a ticket, in the order in which it was passed on."""
        ...

    async def one(self, handoff: HandoffId, /) -> WithHistory | None:
        """Return one handoff."""
        ...

    async def page(
        self,
        *,
        agency: AgencyCode | None = None,
        purpose: Purpose | None = None,
        ended: bool | None = None,
        after: tuple[Instant, HandoffId] | None = None,
        limit: int = 100,
    ) -> list[WithHistory]:
        """Return handoffs, newest first; `after` is the place of the last of the page before.

        Of those that have ended the history is left out: nothing of it waits for anybody.
        """
        ...

    async def said(
        self, handoff: HandoffId, step: Step, by: str, channel: str, note: str, /
    ) -> WithHistory:
        """Take down what an agency has said. IllegalStep, ReasonNeeded."""
        ...

    async def note(self, handoff: HandoffId, by: str, channel: str, note: str, /) -> WithHistory:
        """Write a note."""
        ...

    async def relay(self, handoff: HandoffId, text: str, by: str, key: str, /) -> WithHistory:
        """Pass a line of text on; under the same `key` once. NotRelayed, KeyReused."""
        ...

    async def cancel(self, handoff: HandoffId, by: str, reason: str, /) -> WithHistory:
        """Take a handoff back. IllegalStep."""
        ...

    async def closed(self, ticket: TicketId, /) -> None:
        """See to what follows from closing a ticket. StoreUnavailable."""
        ...

    async def dead(
        self, *, after: tuple[Instant, MessageId] | None = None, limit: int = 100
    ) -> list[OutboxItem]:
        """Return messages that were given up, newest first; `after` is when one was, and its id."""
        ...

    async def resend(self, message: MessageId, /) -> OutboxItem:
        """Send one of them again. MessageNotFound, MessageNotDead."""
        ...


class Incidents(Protocol):
    """Everything about one incident, put together. StoreUnavailable."""

    async def timeline(self, ticket: TicketRecord, /) -> Sequence[Moment]:
        """Return what happened, oldest first."""
        ...

    async def report(self, ticket: TicketRecord, language: str, /) -> bytes:
        """Return it on paper (PDF), in ``id`` or ``en``."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agency's answer has come to."""

    handoff: Handoff
    by: str
    """Who it was: ``agency:CODE``, and the name that was given there."""
    new: bool
    """Whether it said anything that was not known."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens."""

    handoff: Handoff
    events: Sequence[HandoffEvent]
    """Its history, oldest first."""
    dossier: Dossier
    agency: Agency | None
    """None if the directory has it no more."""
    type: IncidentType | None
    """What happened; None if nobody has said yet, or the directory has it no more."""


class AgencyDoor(Protocol):
    """Where agencies answer, who have neither a token nor a session.

    Everything raises `StoreUnavailable` when the database does not answer.
    """

    async def take(
        self, agency: AgencyCode, headers: Mapping[str, str], body: bytes, address: str, /
    ) -> Answered:
        """Take in what an agency's system answers, signed as `headers` say; once per id.

        NotProven, TooManyWrong, Unreadable, NothingAnswered, HandoffOver, IllegalStep,
        ReasonNeeded, KeyReused.
        """
        ...

    async def link(self, secret: str, /) -> LinkTarget | None:
        """Return what a link opens, in whichever centre, expired or not; None if nothing."""
        ...

    async def open(self, target: LinkTarget, /) -> Opened:
        """Return what somebody at the agency has to know. NothingAnswered, HandoffOver."""
        ...

    async def answer(
        self, target: LinkTarget, step: Step | None, note: str, name: str, key: str = "", /
    ) -> Answered:
        """Take in what somebody says who has the link: a step, a note, or both.

        Under the same `key` once, unless that is empty. NothingAnswered, HandoffOver, IllegalStep,
        ReasonNeeded, KeyReused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """Who at an agency says something, who has an account."""

    agent: AgentId
    name: str
    """As colleagues read it."""
    key: str = ""
    """Under which it is taken in once; empty if whoever asks has none."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One incident that was handed to an agency."""

    handoff: Handoff
    ticket: TicketRecord
    type: IncidentType | None
    """As `Opened` has it."""
    line_at: Instant | None = None
    """When the centre passed on its last line, if the agency has said nothing since."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was handed to an agency."""

    agency: Agency | None
    """None if the directory has it no more."""
    items: Sequence[Listed]
    """What has not ended first; then what ended a short while ago. Newest first."""


class AgencyDesk(Protocol):
    """What the people of agencies see and say, who have accounts.

    What was handed to another agency is as unknown as what never was. Everything raises
    `StoreUnavailable` when the database does not answer.
    """

    async def incidents(self, agency: AgencyCode, /) -> Listing:
        """Return what was handed to an agency, and is not long over."""
        ...

    async def open(self, agency: AgencyCode, handoff: HandoffId, /) -> Opened:
        """Return what somebody at the agency has to know. NothingAnswered, HandoffOver."""
        ...

    async def answer(
        self,
        agency: AgencyCode,
        handoff: HandoffId,
        step: Step | None,
        note: str,
        who: Signed,
        /,
    ) -> Answered:
        """Take in what somebody at the agency says: a step, a note, or both.

        NothingAnswered, HandoffOver, IllegalStep, ReasonNeeded, KeyReused.
        """
        ...


class Audit(Protocol):
    """The audit log."""

    def put(self, entry: AuditEntry) -> None:
        """Take an entry to be written. Never waits and never fails."""
        ...

    async def page(
        self,
        *,
        centres: Collection[CentreCode] = (),
        people: Collection[str] | None = None,
        who: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        after: tuple[Instant, UUID] | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return entries, newest first. StoreUnavailable.

        Those of `centres`, or of all, and those of no centre: all of them, or those that are
        by or about one of `people`. `since` is inclusive and `until` exclusive; an action that
        ends with a dot is how those wanted begin; `after` is the place of the last entry of the
        page before.
        """
        ...


class RecordingFile(Protocol):
    """The recording of a call, a WAV file, open for as long as somebody has the object."""

    @property
    def descriptor(self) -> int:
        """Its descriptor."""
        ...

    @property
    def size(self) -> int:
        """Bytes when it was opened."""
        ...

    @property
    def tag(self) -> str:
        """What changes when the file does, without quotes."""
        ...


class Recordings(Protocol):
    """The recordings of calls, as this node can reach them."""

    async def of(self, call: Call, /) -> RecordingFile | None:
        """Return the recording of a call. TimeoutError if the disk does not answer."""
        ...


class NotOwner(Exception):  # noqa: N818 - it is the node that is not
    """Another node owns the centre, or nobody yet."""

    def __init__(self, centre: str, url: str | None) -> None:
        super().__init__(f"this node does not own the centre {centre}")
        self.centre = centre
        self.url = url
        """Where that node's HTTP is reached, if there is one."""


class PbxAway(Exception):  # noqa: N818 - it is the PBX that is away
    """There is no link to any Asterisk of the centre; the text says why."""


class PhoneKind(StrEnum):
    """What is at a seat to talk with."""

    BROWSER = "browser"
    """The console itself; it registers with a password that the service hands out."""
    OWN = "own"
    """A telephone or softphone, with its own password."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A seat's phone, as the settings have it."""

    kind: PhoneKind
    ws_urls: tuple[str, ...] = ()
    """Where it registers if it is the browser: at each of them."""
    realm: str = ""
    """Of its password."""


class DeskView(Protocol):
    """The calls and seats of this moment, and the way to command the seats.

    On a node that does not own the centre everything but `call` raises NotOwner.
    """

    @property
    def elsewhere(self) -> str | None:
        """Where the node is reached that owns the centre; None if this one does, or nobody."""
        ...

    def calls(self) -> Sequence[Call]:
        """Return the calls in progress."""
        ...

    def waiting(self) -> Sequence[Call]:
        """Return the calls without a seat, in the order in which they will be served."""
        ...

    def seats(self) -> Sequence[Seat]:
        """Return all seats of the centre."""
        ...

    def callbacks(self) -> Sequence[Callback]:
        """Return who is to be called back, the oldest first."""
        ...

    def spies(self) -> Sequence[Spy]:
        """Return which supervisors listen to which seats, or are about to."""
        ...

    async def ways_to(self, number: str, /) -> tuple[PbxId, ...]:
        """Return the Asterisks that can call a number outside. PbxAway if none answers."""
        ...

    def call(self, call_id: CallId, /) -> Call | None:
        """Return one call in progress."""
        ...

    def seat(self, seat_id: SeatId, /) -> Seat | None:
        """Return one seat."""
        ...

    def phone(self, seat_id: SeatId, /) -> Phone | None:
        """Return a seat's phone; None if there is no such seat."""
        ...

    async def give_phone(self, seat_id: SeatId, until: Instant, /) -> str:
        """Return a new password for a seat's browser phone, good until then.

        PbxAway if no Asterisk can be told, TimeoutError if none confirms in time.
        """
        ...

    def take_back_phone(self, seat_id: SeatId, /) -> None:
        """Let a seat's browser phone not register any more; a call that it has goes on."""
        ...

    async def command(self, kind: type[Command], /, **fields: object) -> Reply:
        """Carry a command out and return its reply; the service adds `at` and `id`.

        TimeoutError if the PBX does not confirm it in time.
        """
        ...


class Maps(Protocol):
    """What map the console has."""

    @property
    def current(self) -> MapFile | None:
        """The file that the city installed; None is a plain grid."""
        ...


class Severity(StrEnum):
    """What it means when a fact does not hold."""

    CRITICAL = "critical"
    """This node cannot do its work: a load balancer asks another one."""
    WARNING = "warning"
    """This node does its work, and somebody must look all the same."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the readiness report. It is shown to anyone: no secrets in it."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """What to do about it; empty where `ok`."""
    severity: Severity = Severity.CRITICAL
    reason: Reason | None = None
    """What `detail` says, for whoever says it in another language."""

    @property
    def stops(self) -> bool:
        """Whether this node is not ready because of it."""
        return not self.ok and self.severity is Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fact that does not hold."""

    fact: Fact
    since: float | None
    """When that was first seen, seconds since 1970; None if it has not been looked at yet."""


class Health(Protocol):
    """How the service is."""

    def facts(self) -> Sequence[Fact]:
        """Return what must be true for all to be well, and whether it is."""
        ...

    def alarms(self, centre: CentreCode, /) -> Sequence[Alarm]:
        """Return what does not hold of a centre that this node serves, or of the node."""
        ...

    def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format, version 0.0.4."""
        ...
