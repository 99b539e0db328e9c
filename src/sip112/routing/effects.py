"""What the desk wants done. Actions for Asterisk come first in every list of effects."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Final

from sip112.routing.call import Call, Caller
from sip112.routing.callback import Callback
from sip112.routing.ids import (
    AgentId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    TicketNumber,
    Uniqueid,
)
from sip112.routing.seat import Profile, Seat
from sip112.routing.spy import Spy, SpyMode
from sip112.routing.started import Line, Purpose
from sip112.routing.ticket import Ticket
from sip112.routing.value import value

HELD: Final = "sip112"
"""Pause reason of a queue member that the service rings; the watchdog releases only these."""

NO_ANSWER: Final = "no answer"
"""Pause reason of a seat that let a call ring out."""

# --- for Asterisk ---------------------------------------------------------------------


@value
class RingSeat:
    """Take the caller out of where it waits and ring the seat (Redirect)."""

    pbx: PbxId
    uniqueid: Uniqueid
    channel: str
    seat: SeatId
    token: int = 0
    """The centre's owner (`DeskConfig.token`): the dialplan refuses one that is out of date."""


@value
class LabelCall:
    """Put the ticket's number on the caller's channel, for phones and resyncs (Setvar)."""

    pbx: PbxId
    uniqueid: Uniqueid
    channel: str
    ticket_number: str


@value
class ShowTicket:
    """Show the ticket of a call on the seat's phone, beside the INVITE (MessageSend, or NOTIFY)."""

    pbx: PbxId
    seat: SeatId
    profile: Profile
    """In which of the ways that are sent to a phone."""
    ticket_number: TicketNumber
    url: str
    """Where the ticket is shown."""
    caller: Caller
    waited_s: int
    """How long the caller has waited, seconds."""


@value
class AddMember:
    """Make the seat a member of the queue, held for the service (QueueAdd)."""

    pbx: PbxId
    centre: CentreCode
    seat: SeatId
    agent: AgentId


@value
class RemoveMember:
    """Take the seat out of the queue (QueueRemove)."""

    pbx: PbxId
    centre: CentreCode
    seat: SeatId


@value
class PauseMember:
    """Pause the queue member with a reason; `HELD` gives it to the service (QueuePause).

    The reason is also kept where the watchdog looks, so that native mode does not ring
    a seat whose agent is away.
    """

    pbx: PbxId
    centre: CentreCode
    seat: SeatId
    reason: str


@value
class Beat:
    """Tell Asterisk's watchdog that the centre's owner is alive and deciding (Setvar GLOBAL)."""

    pbx: PbxId
    centre: CentreCode
    at: Instant


@value
class TakeOver:
    """End native mode: from now on the service decides who rings (Setvar GLOBAL)."""

    pbx: PbxId
    centre: CentreCode
    token: int
    """Who decides: Asterisk refuses Redirects of owners whose token is smaller."""
    ring_s: int
    """How long a seat's phone rings, seconds."""
    ticket_url: str
    """Start of the ticket's URL in the popup: ``{ticket_url}/t/{number}``."""
    record: bool = True
    """Whether calls are recorded from the answer on."""


@value
class HandOver:
    """Begin native mode at once: the queue rings `seats` by itself (Setvar GLOBAL, QueuePause)."""

    pbx: PbxId
    centre: CentreCode
    seats: tuple[SeatId, ...]
    """Those that the service holds."""


@value
class ForgetCall:
    """Remove Asterisk's note of a call that is durably stored (Setvar DB_DELETE)."""

    pbx: PbxId
    uniqueid: Uniqueid


@value
class ReserveSerials:
    """Note in AstDB that ticket serials up to `upto` may be in use on that local day.

    With it a service that starts while its database is away gives no number twice.
    """

    pbx: PbxId
    centre: CentreCode
    day: str
    upto: int


@value
class StartCall:
    """Call somebody, and take whoever answers to `subject` (Originate, by the second AMI user).

    `events.CallStarted` with the same purpose and subject tells what came of it; where Asterisk
    did not take the order, `events.ActionFailed` does.
    """

    pbx: PbxId
    centre: CentreCode
    purpose: Purpose
    subject: str
    """What the dialplan must know, as an extension: letters, digits, ``*._-``; 80 at most."""
    rings: Line
    ring_s: int
    number: str = "112"
    """What the called phone shows: a number, and a name."""
    name: str = ""
    about: str = ""
    """URL of the ticket that it is about, which phones of seats show."""
    handle: str = ""
    """The id that its channel gets; empty leaves that to Asterisk."""
    tapped: str = ""
    """Asterisk's name of the channel that is listened to."""
    incident: str = ""
    """What a neighbour centre that is called knows the incident by (`urns`)."""
    source: str = ""
    """Likewise the call."""


class Way(StrEnum):
    """Where in its room, or from there, a channel of a call is taken (``[sip112-room]``)."""

    CALLER = "c"
    """Into the room, as the caller whose room it is."""
    WITH = "m"
    """To the caller."""
    ASIDE = "s"
    """Apart from the caller."""
    OUT = "x"
    """Out of the call: it is hung up."""
    END = "e"
    """The caller, out of the call, whom the last seat left; back, if its phone is lost."""
    BACK = "b"
    """The caller, back to wait for a seat."""


@value
class Take:
    """Take one or two channels of a call into its room, within it, or out of it (Redirect)."""

    pbx: PbxId
    uniqueid: Uniqueid
    """Of the call."""
    moves: tuple[tuple[str, Way], ...]
    """Each channel, and its way."""


@value
class Drop:
    """Call somebody no longer whom the desk has called, and who has not answered (Hangup)."""

    pbx: PbxId
    uniqueid: Uniqueid
    """Of the call that they were to take part in; empty for a seat that was to call back."""
    handle: str
    last: bool = False
    """Not to be asked for again, should the channel not be there."""


@value
class Tap:
    """Have the phone of a supervisor listen, or whisper, from now on (Redirect)."""

    pbx: PbxId
    handle: str
    """The id of its channel."""
    mode: SpyMode


@value
class SendOff:
    """Hang the phone of a supervisor up, or let it ring no longer (Hangup)."""

    pbx: PbxId
    handle: str


@value
class Resync:
    """Take a new snapshot of this Asterisk, and hold what is heard back until it is here."""

    pbx: PbxId
    reason: str


@value
class Look:
    """Take a snapshot of this Asterisk for the auditor, beside what is heard (`events.Look`)."""

    pbx: PbxId


Action = (
    RingSeat
    | LabelCall
    | ShowTicket
    | AddMember
    | RemoveMember
    | PauseMember
    | Beat
    | TakeOver
    | HandOver
    | ForgetCall
    | ReserveSerials
    | Take
    | Drop
    | Tap
    | SendOff
    | Resync
    | Look
)
"""What the link does."""

# --- for the store and whoever watches --------------------------------------------------


class EntryKind(StrEnum):
    """What a journal entry tells; also the event name on the SSE stream."""

    CALL_ARRIVED = "call.arrived"
    CALL_QUEUED = "call.queued"
    CALL_OFFERED = "call.offered"
    CALL_RINGING = "call.ringing"
    CALL_RETURNED = "call.returned"
    CALL_ANSWERED = "call.answered"
    CALL_STEERED = "call.steered"
    """Who takes part in it has changed; `detail` says how (`what`) and who (`who`, with blanks
    between several)."""
    CALL_ENDED = "call.ended"
    """`detail` names the other seats that had it until then (`who`)."""
    SEAT_CHANGED = "seat.changed"
    POPUP_UNSEEN = "popup.unseen"
    """No console said in time that it shows the ticket of the call that is at `seat`; `detail`
    names the profiles by which the phone was then sent it (`shown_by`)."""
    RECORDING_FAILED = "recording.failed"
    """A call that was answered has no recording; `detail` says why not."""
    CALLBACK_OPENED = "callback.opened"
    CALLBACK_TAKEN = "callback.taken"
    CALLBACK_RELEASED = "callback.released"
    """The lease is over, and the callback open again; `detail` says why."""
    CALLBACK_CLEARED = "callback.cleared"
    """It is over, by what was found out: `callback.outcome`."""
    CALLBACK_DONE = "callback.done"
    """It is over, as a person says: `callback.outcome`."""
    TICKET_OPENED = "ticket.opened"
    """For an incident that a neighbour centre passed on; no call has opened it."""
    PBX_LOST = "pbx.lost"
    PBX_BACK = "pbx.back"
    PBX_NATIVE = "pbx.native"
    PBX_DRIFT = "pbx.drift"
    """Asterisk and the desk did not agree, which was healed; `detail` says on what."""


@value
class Record:
    """One journal entry: stored for ever, and published at once.

    It carries the whole call, ticket and seat as they are after it, so that storing it
    twice changes nothing, and so that a reader needs no earlier entry to understand it.
    """

    seq: Seq
    at: Instant
    centre: CentreCode
    kind: EntryKind
    call: Call | None = None
    ticket: Ticket | None = None
    """Only on the entry that opens it."""
    seat: Seat | None = None
    detail: dict[str, str] = field(default_factory=dict)
    callback: Callback | None = None


# --- for whoever gave a command ----------------------------------------------------------


class Refusal(StrEnum):
    """Why a command was not carried out."""

    UNKNOWN_SEAT = "unknown_seat"
    UNKNOWN_CALL = "unknown_call"
    NOT_OFFERED = "not_offered"
    """The call was never offered to that seat."""
    SEAT_TAKEN = "seat_taken"
    """Another agent is logged in there."""
    AGENT_ELSEWHERE = "agent_elsewhere"
    """The agent is logged in at another seat."""
    OFF_DUTY = "off_duty"
    """Nobody is logged in there."""
    IN_CALL = "in_call"
    NOT_WRAPPING_UP = "not_wrapping_up"
    NOT_PAUSED = "not_paused"
    UNKNOWN_CALLBACK = "unknown_callback"
    CALLBACK_TAKEN = "callback_taken"
    """Another seat has the lease."""
    CALLBACK_NOT_TAKEN = "callback_not_taken"
    CALLERS_WAIT = "callers_wait"
    """Callers come before callbacks."""
    NOT_IDLE = "not_idle"
    """The seat could not be rung for a caller now either."""
    CHANGING = "changing"
    """Another change of this seat is on its way."""
    NOT_IN_CALL = "not_in_call"
    """The seat does not take part in the call."""
    TRANSFERRING = "transferring"
    """Somebody is being called, or consulted, already."""
    NOT_TRANSFERRING = "not_transferring"
    """Nobody is being called or consulted."""
    NOT_ANSWERED = "not_answered"
    """Whoever is called has not answered yet."""
    TARGET_BUSY = "target_busy"
    """The seat that is to take part cannot be called now, or there is none of that name."""
    ALONE = "alone"
    """The caller would be left alone."""
    ONESELF = "oneself"
    """A supervisor does not listen to the own seat."""
    NOT_TALKING = "not_talking"
    """The seat that is to be listened to has no answered call."""
    NO_PHONE = "no_phone"
    """The supervisor's seat has no phone that is registered."""
    SPYING_ELSEWHERE = "spying_elsewhere"
    """The supervisor listens to another seat."""
    NOT_SPYING = "not_spying"
    """The supervisor does not listen to that seat, or not any more."""
    NO_ORIGINATE = "no_originate"
    """No AMI user is set that may start calls."""
    PBX_UNREACHABLE = "pbx_unreachable"
    PBX_REFUSED = "pbx_refused"


@value
class Reply:
    """The answer to the command `id`: what it was about as it is now, or why not."""

    id: int
    seat: Seat | None = None
    refusal: Refusal | None = None
    detail: str = ""
    callback: Callback | None = None
    ticket: Ticket | None = None


# --- for the node -------------------------------------------------------------------------


@value
class StepDown:
    """Give the centre up: another node owns it."""

    centre: CentreCode
    token: int
    """The other's."""


# --- for the audit log, and supervisors who watch ------------------------------------------


@value
class Spied:
    """A supervisor is about to listen, does so, in another mode, or no longer."""

    spy: Spy


Effect = Action | StartCall | Record | Reply | StepDown | Spied
