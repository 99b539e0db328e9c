"""What can happen: facts from Asterisk, commands from people, and the passing of time.

Every event carries `at`, since the core has no clock. Facts name a call by PBX and
uniqueid, and a seat by its name; the desk ignores (and counts) those it does not know.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Final

from sip112.routing.call import Call, Caller, OfferResult, Party
from sip112.routing.callback import Callback, CallbackOutcome
from sip112.routing.ids import (
    AgentId,
    CallId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    TicketId,
    Uniqueid,
)
from sip112.routing.seat import Device, Seat
from sip112.routing.spy import SpyMode
from sip112.routing.started import Line, Purpose
from sip112.routing.ticket import Incident, Ticket
from sip112.routing.value import value

# --- facts from Asterisk -------------------------------------------------------------


@value
class CallArrived:
    """The dialplan announces a caller (UserEvent Sip112Arrival)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    channel: str
    centre: CentreCode
    arrived_at: Instant
    """By Asterisk's clock, as in its note: with `pbx` and `uniqueid` the call's identity."""
    dialled: str = "112"
    trunk: str = ""
    caller: Caller = Caller()
    priority: int = 0
    skills: frozenset[str] = frozenset()
    location: str | None = None
    backfill: bool = False
    """Not heard live but read from a note (`reconcile`)."""
    ticket_number: str | None = None
    """The number that the call carries already, where Asterisk knows one (`reconcile`)."""
    incident: Incident | None = None
    """What it is about, where a neighbour centre transfers it and says so."""
    source: str | None = None
    """What that centre calls it (URN)."""


@value
class CallQueued:
    """The caller joined Asterisk's queue (QueueCallerJoin)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    position: int


@value
class SeatRings:
    """A seat's phone begins to ring for a call (DialBegin)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    seat: SeatId


@value
class SeatAnswered:
    """A seat answered a call (DialEnd, ANSWER)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    seat: SeatId
    since: Instant | None = None
    """When that was, if it was not heard when it happened, and they still talk (`reconcile`)."""
    leg: str = ""
    """Asterisk's name of the seat's channel; empty if it is not told."""


@value
class SeatDialEnded:
    """Asterisk stopped dialling a seat without an answer (DialEnd, anything but ANSWER).

    For an offer of the service the dialplan's own `CallReturned` follows and counts; for one
    of the queue itself (native mode) this is the only word of it.
    """

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    seat: SeatId
    result: OfferResult


@value
class CallReturned:
    """The dialplan has the caller back, unanswered (UserEvent Sip112Return)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    seat: SeatId
    result: OfferResult


@value
class CallEnded:
    """The caller's channel ended (UserEvent Sip112End, from the hangup handler)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    cause: int | None = None
    seat: SeatId | None = None
    """The seat that answered; None if it was answered elsewhere, or not."""
    answered_at: Instant | None = None
    """When that was; None if nobody answered. For whoever did not hear it."""
    by_pbx: bool = False
    """Whether Asterisk itself hung up (a restart), and neither caller nor seat nor dialplan."""


@value
class CallLost:
    """The caller's channel is gone and nothing tells how: Asterisk itself ended (`reconcile`)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid


@value
class PartyJoined:
    """Somebody is in a call's room: the caller, or another party (ConfbridgeJoin)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    """Of the call."""
    party: Uniqueid
    """Of the channel: for the caller's own the same."""
    channel: str
    line: Line
    """Who that is, as far as the channel's name tells."""
    aside: bool
    """Apart from the caller."""


@value
class PartyLeft:
    """Somebody has left a call: hung up in its room (ConfbridgeLeave), or was sent out of it."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    party: Uniqueid
    channel: str
    sent: bool
    """Whether the desk sent it out; otherwise it hung up by itself."""


@value
class LeftAlone:
    """A caller whom everybody left alone waits for a seat again (UserEvent Sip112Alone)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    lost: SeatId | None = None
    """A seat that did not hang up: nothing was heard of its phone any more."""


@value
class PartiesSeen:
    """Who takes part in a call, by its channels (`reconcile`)."""

    at: Instant
    pbx: PbxId
    uniqueid: Uniqueid
    parties: tuple[Party, ...]
    room: bool
    """Whether the caller is in a room."""


@value
class Member:
    """A seat as a member of the queue."""

    centre: CentreCode
    seat: SeatId
    agent: AgentId | None
    device: Device
    paused: bool
    reason: str | None
    """Why it is paused; `effects.HELD` means that it is held for the service."""


@value
class MemberChanged:
    """A seat as the queue now sees it (QueueMemberAdded, QueueMemberStatus, QueueMemberPause)."""

    at: Instant
    pbx: PbxId
    member: Member


@value
class MemberRemoved:
    """A seat is no longer a member of the queue (QueueMemberRemoved): it is off duty."""

    at: Instant
    pbx: PbxId
    centre: CentreCode
    seat: SeatId


@value
class PhoneGone:
    """A seat's phone unregistered, or answers no longer (ContactStatus).

    While it rings the queue does not tell: to app_queue a phone that is gone still rings.
    """

    at: Instant
    pbx: PbxId
    seat: SeatId


@value
class NativeMode:
    """Asterisk's watchdog found no heartbeat and lets the queue ring seats by itself."""

    at: Instant
    pbx: PbxId
    centre: CentreCode


@value
class OwnerChanged:
    """Asterisk was told of an owner, or refused an older one's Redirect (Sip112Owner, -Fenced)."""

    at: Instant
    pbx: PbxId
    centre: CentreCode
    token: int
    """The newest owner's."""


@value
class CallStarted:
    """What came of a call that the desk had started (OriginateResponse)."""

    at: Instant
    pbx: PbxId
    purpose: Purpose
    subject: str
    result: OfferResult
    uniqueid: Uniqueid | None = None
    """Of the channel that answered."""


@value
class CallbackTried:
    """The dialplan called a number for a seat that had picked up (UserEvent Sip112Callback)."""

    at: Instant
    pbx: PbxId
    subject: str
    """Which lease it was for (`Callback.subject`)."""
    result: OfferResult


@value
class SpyTaps:
    """A supervisor's phone listens, or whispers, now (UserEvent Sip112Spy)."""

    at: Instant
    pbx: PbxId
    centre: CentreCode
    handle: str
    """The id of its channel, as `effects.StartCall` gave it."""
    mode: SpyMode


@value
class SpyGone:
    """The channel of a supervisor's phone is over (UserEvent Sip112Unspied)."""

    at: Instant
    pbx: PbxId
    handle: str


@value
class ActionFailed:
    """Asterisk refused an action, or did not answer it in time."""

    at: Instant
    pbx: PbxId
    action: object
    """The effect that asked for it."""
    reason: str


@value
class LinkDown:
    """The link to an Asterisk is lost: nothing can be asked of it, nothing is heard."""

    at: Instant
    pbx: PbxId


@value
class Channel:
    """One channel in a snapshot (Status)."""

    uniqueid: Uniqueid
    linkedid: str
    name: str
    context: str
    application: str
    bridged: bool
    """Whether it is in a bridge, that is, talking."""
    ticket_number: str | None = None
    """What `effects.LabelCall` put there."""
    room: Uniqueid | None = None
    """The call in whose room it is; None outside of rooms."""
    aside: bool = False
    """Apart from the caller there."""
    line: Line = Line()
    """Who is called by it, as far as its name tells."""
    taps: SpyMode | None = None
    """How it listens to another; None if it does not."""


@value
class Note:
    """What the dialplan wrote of one call into AstDB, for whoever was not there to hear it."""

    arrival: CallArrived
    ended_at: Instant | None = None
    cause: int | None = None
    seat: SeatId | None = None
    answered_at: Instant | None = None
    by_pbx: bool = False
    """As in `CallEnded`, like the three before it."""
    ticket_number: str | None = None


@value
class Snapshot:
    """All of Asterisk's state that concerns sip112, taken right after a login.

    The link is up from here on. Events that came in meanwhile follow it.
    """

    at: Instant
    pbx: PbxId
    centre: CentreCode
    channels: tuple[Channel, ...] = ()
    members: tuple[Member, ...] = ()
    notes: tuple[Note, ...] = ()
    positions: dict[Uniqueid, int] = field(default_factory=dict)
    """Who waits in the queue, and where (QueueStatus)."""
    serials: dict[CentreCode, tuple[str, int]] = field(default_factory=dict)
    """Centre -> local day and highest ticket serial that may be in use on it
    (see `effects.ReserveSerials`)."""
    owner: int = 0
    """Token of the centre's newest owner that this Asterisk knows."""
    native: bool = True
    """Whether the queue rings seats by itself: nobody who decides is alive, or says so."""
    pulse_s: float | None = None
    """Age of the last pulse of Asterisk's watchdog; None if it never ran."""
    unreadable: tuple[str, ...] = ()
    """What could not be understood, one sentence each; the rest of the snapshot holds."""


@value
class Look:
    """What the auditor sees: a snapshot that was taken beside what is heard.

    It may be older than events that came before it, and newer than some that follow.
    """

    at: Instant
    pbx: PbxId
    snapshot: Snapshot


# --- from the other edges ------------------------------------------------------------


@value
class CallsStored:
    """The ends of these calls are durably in the store."""

    at: Instant
    calls: tuple[tuple[CallId, PbxId, Uniqueid], ...]


@value
class StoreRead:
    """What the store knew at start."""

    at: Instant
    serials: dict[str, int]
    """Local day -> highest serial given out."""
    last_seq: int
    today: str
    """The local day when it was read: `serials` is complete from this day on."""
    calls: tuple[Call, ...] = ()
    """Those that had not ended when it was last written."""
    ended: tuple[CallId, ...] = ()
    """The last ones that had: Asterisk may still have notes of them."""
    seats: tuple[Seat, ...] = ()
    """As they were last told: what an agent can do is not in Asterisk."""
    callbacks: tuple[Callback, ...] = ()
    """Those that were not over."""
    tickets: tuple[Ticket, ...] = ()
    """The last ones, the oldest first: a call may still be about one of them."""


@value
class RecordingFailed:
    """Of a call that was answered no recording was found."""

    at: Instant
    call: Call
    """As it ended."""
    why: str


@value
class Tick:
    """Time has passed."""

    at: Instant


@value
class Stop:
    """The service is about to end, in good order."""

    at: Instant


# --- commands from people, answered by `effects.Reply` with the same `id` -------------


@value
class LogIn:
    """An agent sits down at a seat."""

    at: Instant
    id: int
    seat: SeatId
    agent: AgentId
    skills: frozenset[str] = frozenset()


@value
class LogOut:
    """The agent leaves the seat."""

    at: Instant
    id: int
    seat: SeatId


@value
class Pause:
    """The seat takes no calls for a while."""

    at: Instant
    id: int
    seat: SeatId
    reason: str


@value
class Resume:
    """The seat takes calls again."""

    at: Instant
    id: int
    seat: SeatId


@value
class EndWrapUp:
    """The agent is done with the paperwork of the last call."""

    at: Instant
    id: int
    seat: SeatId


@value
class ConsoleHere:
    """A console is open at the seat, and will say so again."""

    at: Instant
    id: int
    seat: SeatId


@value
class ConsoleGone:
    """The console at the seat was closed."""

    at: Instant
    id: int
    seat: SeatId


@value
class PopupSeen:
    """The ticket of a call is shown at the seat to which the call was offered."""

    at: Instant
    id: int
    seat: SeatId
    call: CallId


@value
class TakeCallback:
    """The seat wants to call somebody back now."""

    at: Instant
    id: int
    seat: SeatId
    callback: CallId
    pbxs: tuple[PbxId, ...]
    """The Asterisks that can call the number."""


@value
class ReleaseCallback:
    """The seat, which has the lease, does not want to call back after all."""

    at: Instant
    id: int
    seat: SeatId
    callback: CallId


@value
class CallbackDone:
    """Somebody at the seat says what came of a callback, which no other seat has."""

    at: Instant
    id: int
    seat: SeatId
    callback: CallId
    outcome: CallbackOutcome
    """One of `callback.SAID`."""


@value
class OpenIncident:
    """A neighbour centre passes an incident on, which is to have a ticket here."""

    at: Instant
    id: int
    ticket: TicketId
    """What the ticket is called, there and here."""
    domain: str
    """Of the centre whose incident it was first."""


@value
class StartSpying:
    """A supervisor who sits at `seat` wants to listen to the seat `target`, in that mode."""

    at: Instant
    id: int
    seat: SeatId
    target: SeatId
    mode: SpyMode
    who: str
    """Who that is, for the audit log."""


@value
class StopSpying:
    """A supervisor who sits at `seat` wants to listen to the seat `target` no longer."""

    at: Instant
    id: int
    seat: SeatId
    target: SeatId


# --- the same about a call in progress, from the seat `seat` that takes part in it ------


@value
class Hold:
    """The seat goes aside; the caller hears music if nobody else is there."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId


@value
class Unhold:
    """The seat comes back to the caller."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId


class Mode(StrEnum):
    """How somebody else comes to take part in a call."""

    BLIND = "blind"
    """The seat leaves at once."""
    ATTENDED = "attended"
    """The seat speaks with them first, while the caller hears music."""
    CONFERENCE = "conference"
    """The seat stays with the caller, and they come to both."""


@value
class Transfer:
    """Somebody else is called to take part."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId
    to: Line
    mode: Mode
    neighbour: bool = False
    """Whether that is a neighbour centre, which is to know the incident and the call by name."""


@value
class CompleteTransfer:
    """Whoever was consulted goes to the caller, and the seat leaves, or stays with both."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId
    stay: bool = False


@value
class CancelTransfer:
    """Whoever is called or consulted takes no part, and the seat is back with the caller."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId


@value
class HangUp:
    """The call is over."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId


@value
class Leave:
    """The seat leaves the caller to the others who take part."""

    at: Instant
    id: int
    call: CallId
    seat: SeatId


CallFact = (
    CallQueued
    | SeatRings
    | SeatAnswered
    | SeatDialEnded
    | CallReturned
    | CallEnded
    | CallLost
    | PartyJoined
    | PartyLeft
    | LeftAlone
    | PartiesSeen
)
"""What can happen to a call that is known."""
Fact = CallArrived | CallFact | MemberChanged | MemberRemoved | PhoneGone
"""What Asterisk says of a call or a seat."""
FACTS: Final = (
    MemberChanged,
    SeatRings,
    SeatAnswered,
    CallArrived,
    CallEnded,
    CallQueued,
    SeatDialEnded,
    CallReturned,
    CallLost,
    MemberRemoved,
    PhoneGone,
    PartyJoined,
    PartyLeft,
    LeftAlone,
    PartiesSeen,
)
"""The same for `isinstance`, which takes three times as long for a union; the usual first."""
DutyCommand = LogIn | LogOut | Pause | Resume | EndWrapUp
"""About who takes calls where."""
PopupCommand = ConsoleHere | ConsoleGone | PopupSeen
"""About who shows the ticket."""
CallbackCommand = TakeCallback | ReleaseCallback | CallbackDone
"""About who calls whom back."""
SpyCommand = StartSpying | StopSpying
"""About a supervisor who listens to a seat."""
Steering = Hold | Unhold | Transfer | CompleteTransfer | CancelTransfer | HangUp | Leave
"""About a call in which the seat takes part."""
STEERING: Final = (Hold, Unhold, Transfer, CompleteTransfer, CancelTransfer, HangUp, Leave)
"""The same for `isinstance`."""
Command = DutyCommand | PopupCommand | CallbackCommand | SpyCommand | Steering | OpenIncident
COMMANDS: Final = (
    *(LogIn, LogOut, Pause, Resume, EndWrapUp, ConsoleHere, ConsoleGone, PopupSeen),
    *(TakeCallback, ReleaseCallback, CallbackDone),
    *(StartSpying, StopSpying),
    *STEERING,
    OpenIncident,
)
"""The same for `isinstance`."""
Event = (
    Fact
    | NativeMode
    | OwnerChanged
    | CallStarted
    | CallbackTried
    | SpyTaps
    | SpyGone
    | ActionFailed
    | LinkDown
    | Snapshot
    | Look
    | CallsStored
    | StoreRead
    | RecordingFailed
    | Tick
    | Stop
    | Command
)
