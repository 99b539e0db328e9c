"""What Asterisk's words mean: AMI messages to the core's events, without I/O.

One table, `EVENTS`, lists every event that is read and the headers wanted of it; nothing
else reaches the functions below. A message that lacks what its kind must have, or that
carries what the dialplan cannot have written, is refused with `BadMessage`: a caller may
have had a hand in it. What is for display is made safe here (`clean`).

Sources: the events' documentation in Asterisk 22 (``core-en_US.xml``) and, for the
UserEvents and notes, ``asterisk-config/extensions-sip112.conf``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple, TypedDict
from urllib.parse import unquote_plus

from sip112.ami.names import (
    FAMILY,
    ROOM_CONTEXT,
    SERVICE,
    SPY_CONTEXT,
    STARTED_CONTEXTS,
    centre_of,
    conference_of,
    duty_of,
    is_centre,
    is_overflow,
    line_of,
    seat_of,
    seat_of_channel,
    spy_of,
    way_of,
)
from sip112.routing import events as e
from sip112.routing import urns
from sip112.routing.call import Caller, OfferResult
from sip112.routing.effects import Way
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.reconcile import ELSEWHERE
from sip112.routing.seat import Device
from sip112.routing.spy import SpyMode
from sip112.routing.started import Line
from sip112.routing.ticket import Incident

Message = Mapping[str, str]
"""One AMI message: header name to value, of the headers that `EVENTS` wants."""

_MEMBER: Final = frozenset(
    {"Queue", "Interface", "MemberName", "Status", "Paused", "PausedReason", "Timestamp"}
)

_PARTY: Final = frozenset({"Conference", "Channel", "Uniqueid", "Context", "Exten", "Timestamp"})

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "UserEvent": frozenset(
        {"UserEvent", "Uniqueid", "Channel", "Note", "Seat", "Status", "Timestamp"}
        | {"Centre", "Owner", "Subject", "Room", "Lost"}
    ),
    "DialBegin": frozenset({"Uniqueid", "DestChannel", "Timestamp"}),
    "DialEnd": frozenset({"Uniqueid", "DestChannel", "DialStatus", "Timestamp"}),
    "QueueCallerJoin": frozenset({"Uniqueid", "Queue", "Position", "Timestamp"}),
    "QueueMemberAdded": _MEMBER,
    "QueueMemberStatus": _MEMBER,
    "QueueMemberPause": _MEMBER,
    "ContactStatus": frozenset({"EndpointName", "ContactStatus", "Timestamp"}),
    "QueueMemberRemoved": frozenset({"Queue", "Interface", "Timestamp"}),
    "ConfbridgeJoin": _PARTY,
    "ConfbridgeLeave": _PARTY,
    "OriginateResponse": frozenset(
        {"Context", "Exten", "Response", "Reason", "Uniqueid", "Timestamp"}
    ),
}

_DEVICES: Final = {
    "0": Device.UNKNOWN,
    "1": Device.IDLE,
    "2": Device.IN_USE,
    "3": Device.IN_USE,  # BUSY: device_state_busy_at reached
    "4": Device.UNREGISTERED,  # INVALID: there is no such endpoint
    "5": Device.UNREGISTERED,
    "6": Device.RINGING,
    "7": Device.IN_USE,  # RINGINUSE
    "8": Device.IN_USE,  # ONHOLD
}

_RESULTS: Final = {
    "ANSWER": OfferResult.ANSWERED,
    "NOANSWER": OfferResult.NO_ANSWER,
    "BUSY": OfferResult.REJECTED,
    "CONGESTION": OfferResult.REJECTED,  # 603 Decline and other refusals
    "CHANUNAVAIL": OfferResult.UNREACHABLE,
    "CANCEL": OfferResult.ABANDONED,
    "ABORT": OfferResult.ABANDONED,
    "INVALIDARGS": OfferResult.FAILED,
}

_PURPOSES: Final = {context: purpose for purpose, context in STARTED_CONTEXTS.items()}

_REASONS: Final = {
    "0": OfferResult.UNREACHABLE,
    "1": OfferResult.REJECTED,
    "3": OfferResult.NO_ANSWER,
    "5": OfferResult.REJECTED,
    "8": OfferResult.REJECTED,
}
"""Why a call that was started came to nothing: Asterisk's control frames. PJSIP gives 0 for a
phone that refuses (486, 603) as for one that is not there."""

_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_SEAT: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")
_UNIQUEID: Final = re.compile(r"[0-9A-Za-z_.-]{1,150}")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
"""A count, or milliseconds; every database holds it as an integer."""
_SKILL: Final = re.compile(r"[^+,\s]+")
_BRACKETED: Final = re.compile(r"<([^<>]+)>")
_TOKEN: Final = re.compile(r"[0-9]{1,18}")
_SERIAL: Final = re.compile(r"([0-9]{8}):([0-9]{1,9})")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that do not show or that rearrange what does: controls, formats with
the bidirectional marks among them, surrogates, private use, unassigned, line separators."""

_NOTE_FIELDS: Final = 32
"""Fields of a note at most; the dialplan writes about half as many."""

NAME_LIMIT: Final = 80
"""Characters of a display name that are kept."""


class Variables(NamedTuple):
    """The variables of a snapshot, as Asterisk gave them; one that is not set is empty."""

    owner: str = ""
    """Token that an owner said last."""
    newest: str = ""
    """Greatest token that the dialplan has seen."""
    mode: str = ""
    pulse: str = ""
    """When the watchdog's loop last turned, by `clock`."""
    clock: str = ""
    """Asterisk's clock when it was asked."""


UNSET: Final = Variables()


class BadMessage(ValueError):  # noqa: N818 - it is the message that is bad
    """A message that cannot have come from Asterisk and our dialplan unaltered."""


def clean(text: str, limit: int) -> str | None:
    """Return `text` fit for display, at most `limit` characters; None if nothing is left."""
    if not text:
        return None
    if not (text.isascii() and text.isprintable()):  # as most are
        shown = "".join(" " if c in "\r\n\t" else c for c in text)
        text = "".join(c for c in shown if unicodedata.category(c) not in _HIDDEN and c != "�")
    return " ".join(text.split())[:limit].strip() or None


def translate(message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    """Return what `message`, received at `at`, means; None if it does not concern sip112.

    BadMessage if a header that its kind must have is missing or cannot be.
    """
    match message.get("Event"):
        case "UserEvent":
            return _user_event(message, pbx, at)
        case "DialBegin":
            seat = seat_of_channel(_get(message, "DestChannel"))
            if seat is None or "Uniqueid" not in message:  # a Local channel; no caller
                return None
            return e.SeatRings(at, pbx, _uniqueid(message), seat)
        case "DialEnd":
            channel = _get(message, "DestChannel")
            seat = seat_of_channel(channel)
            result = _RESULTS.get(_get(message, "DialStatus"), OfferResult.FAILED)
            if is_overflow(channel) and result is OfferResult.ANSWERED:
                seat = ELSEWHERE  # outside, by no seat; while it only rings, the caller waits
            if seat is None or "Uniqueid" not in message:
                return None
            if result is OfferResult.ANSWERED:
                return e.SeatAnswered(at, pbx, _uniqueid(message), seat, leg=channel)
            return e.SeatDialEnded(at, pbx, _uniqueid(message), seat, result)
        case "QueueCallerJoin":
            if centre_of(_get(message, "Queue")) is None:
                return None
            position = _integer(message, "Position")
            return e.CallQueued(at, pbx, _uniqueid(message), position)
        case "QueueMemberAdded" | "QueueMemberStatus" | "QueueMemberPause":
            member = _member(message, "MemberName", "Interface")
            return None if member is None else e.MemberChanged(at, pbx, member)
        case "QueueMemberRemoved":
            centre = duty_of(_get(message, "Queue"))
            seat = seat_of(_get(message, "Interface"))
            if centre is None or seat is None:
                return None
            return e.MemberRemoved(at, pbx, centre, seat)
        case "ContactStatus":
            if _get(message, "ContactStatus") not in {"Removed", "Unreachable"}:
                return None
            return e.PhoneGone(at, pbx, SeatId(_get(message, "EndpointName")))
        case kind:
            return _beyond(kind, message, pbx, at)


def snapshot(
    pbx: PbxId,
    centre: CentreCode,
    at: Instant,
    before: Iterable[Message],
    channels: Collection[Message],
    queue: Iterable[Message],
    notes: Iterable[Message],
    variables: Variables = UNSET,
) -> e.Snapshot:
    """Return Asterisk's state from the items of its lists, and from variables.

    Args:
        pbx: which Asterisk.
        centre: whose state; calls and seats of other centres on the same Asterisk are left out.
        at: when the lists were asked for.
        before: items of DBGetTree on the family ``sip112``, from before the others were asked for.
        channels: items of Status, with the variable SIP112_TICKET.
        queue: items of QueueStatus.
        notes: the items of DBGetTree once more, from after the others.
        variables: answers to `actions.variables`.

    Of a call that arrives between the lists there is a note and no channel, as of one that was
    lost. Such a note is left out: that call is told live, after the snapshot.

    One item that cannot be read does not spoil the rest; it is told in `unreadable`.
    """
    old = {item.get("Key") for item in before}
    there = {item.get("Uniqueid") for item in channels}
    unreadable: list[str] = []
    members: list[e.Member] = []
    positions: dict[Uniqueid, int] = {}
    found: list[e.Note] = []
    serials: dict[CentreCode, tuple[str, int]] = {}
    for item in queue:
        try:
            if item.get("Event") == "QueueMember":
                member = _member(item, "Name", "Location")
                if member is not None and member.centre == centre:
                    members.append(member)
            elif item.get("Event") == "QueueEntry" and centre_of(_get(item, "Queue")) == centre:
                positions[_uniqueid(item)] = _integer(item, "Position")
        except BadMessage as error:
            unreadable.append(f"QueueStatus: {error}")
    for item in notes:
        key, value = item.get("Key", ""), item.get("Val", "")
        try:
            match key.strip("/").split("/"):
                case [family, "call", uniqueid] if family == FAMILY:
                    note = _note(pbx, at, uniqueid, value)
                    certain = key in old or uniqueid in there or note.ended_at is not None
                    if certain and note.arrival.centre == centre:
                        found.append(note)
                case [family, "serial", code] if family == FAMILY:
                    serials[CentreCode(code)] = _serial(value)
                case _:
                    pass
        except BadMessage as error:
            unreadable.append(f"AstDB {clean(key, 200)}: {error}")
    now, pulse = _number_in(variables.clock), _number_in(variables.pulse)
    return e.Snapshot(
        at=at,
        pbx=pbx,
        centre=centre,
        channels=tuple(
            e.Channel(
                uniqueid=Uniqueid(item.get("Uniqueid", "")),
                linkedid=item.get("Linkedid", ""),
                name=item.get("Channel", ""),
                context=item.get("Context", ""),
                application=item.get("Application", ""),
                bridged=bool(item.get("BridgeID")),
                ticket_number=_variable(item, "SIP112_TICKET"),
                **_beyond_a_seat(item),
            )
            for item in channels
        ),
        members=tuple(members),
        notes=tuple(found),
        positions=positions,
        serials=serials,
        owner=max(_number_in(variables.owner) or 0, _number_in(variables.newest) or 0),
        native=variables.mode != SERVICE,
        pulse_s=None if now is None or pulse is None else float(now - pulse),
        unreadable=tuple(unreadable),
    )


def _user_event(message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    match message.get("UserEvent"):
        case "Sip112Arrival":
            uniqueid = _uniqueid(message)
            fields = _fields(_get(message, "Note"))
            fields["channel"] = _get(message, "Channel")
            return _arrival(pbx, at, uniqueid, fields)
        case "Sip112Return":
            seat = seat_of(f"PJSIP/{_get(message, 'Seat')}")
            if seat is None or not _SEAT.fullmatch(seat):
                raise BadMessage(f"Sip112Return with Seat {clean(_get(message, 'Seat'), 80)!r}")
            result = _RESULTS.get(_get(message, "Status"), OfferResult.FAILED)
            return e.CallReturned(at, pbx, _uniqueid(message), seat, result)
        case "Sip112End":
            over = _fields(message.get("Note", ""))  # that it is over is enough
            return e.CallEnded(at, pbx, _uniqueid(message), **_over(over))
        case "Sip112Callback":
            result = _RESULTS.get(_get(message, "Status"), OfferResult.FAILED)
            return e.CallbackTried(at, pbx, _get(message, "Subject"), result)
        case "Sip112Spy":
            tap = spy_of(_get(message, "Subject"))
            if tap is None:
                raise BadMessage("Sip112Spy with a Subject that is none of ours")
            return e.SpyTaps(at, pbx, _centre(message), *tap)
        case "Sip112Unspied":
            return e.SpyGone(at, pbx, _uniqueid(message))
        case "Sip112Alone":
            lost = seat_of_channel(message.get("Lost", ""))  # older dialplans do not say it
            return e.LeftAlone(at, pbx, _uniqueid(message), lost)
        case "Sip112Out":
            call = _get(message, "Room")
            if not _UNIQUEID.fullmatch(call):
                raise BadMessage("Sip112Out of a Room that Asterisk does not make")
            party, channel = _uniqueid(message), _get(message, "Channel")
            return e.PartyLeft(at, pbx, Uniqueid(call), party, channel, sent=True)
        case "Sip112Native":
            return e.NativeMode(at, pbx, _centre(message))
        case "Sip112Owner" | "Sip112Fenced":
            return e.OwnerChanged(at, pbx, _centre(message), _owner(message))
        case _:
            return None


def _beyond(kind: str | None, message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    """Return what an event means of calls beyond one seat that answers."""
    match kind:
        case "ConfbridgeJoin":
            return _joined(message, pbx, at)
        case "ConfbridgeLeave":
            return _left(message, pbx, at)
        case "OriginateResponse":
            return _started(message, pbx, at)
        case _:
            return None


def _joined(message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    room = conference_of(_get(message, "Conference"))
    if room is None:
        return None
    call, aside = room
    channel = _get(message, "Channel")
    return e.PartyJoined(at, pbx, call, _uniqueid(message), channel, line_of(channel), aside)


def _left(message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    """Return that a party left; None if it is only on its way to another place in the room.

    Its extension is by then that to which it was redirected, or still that by which it came.
    """
    room, way = conference_of(_get(message, "Conference")), way_of(_get(message, "Exten"))
    if room is None:
        return None
    call, aside = room
    if message.get("Context") == SPY_CONTEXT:  # a supervisor who was there listens again
        return e.PartyLeft(at, pbx, call, _uniqueid(message), _get(message, "Channel"), sent=True)
    if way is None:
        return None
    came_by = {Way.ASIDE} if aside else {Way.CALLER, Way.WITH}
    if way[1] is not Way.OUT and way[1] not in came_by:
        return None
    sent = way[1] is Way.OUT
    return e.PartyLeft(at, pbx, call, _uniqueid(message), _get(message, "Channel"), sent)


class _BeyondASeat(TypedDict, total=False):
    """What a channel's context and extension say of a room in which it is, or that it listens."""

    room: Uniqueid
    aside: bool
    line: Line
    taps: SpyMode


def _beyond_a_seat(item: Message) -> _BeyondASeat:
    exten, context = item.get("Exten", ""), item.get("Context")
    if context == SPY_CONTEXT and (tap := spy_of(exten)) is not None:
        return {"taps": tap[1], "line": line_of(item.get("Channel", ""))}
    way = way_of(exten) if context == ROOM_CONTEXT else None
    if way is None or way[1] not in {Way.CALLER, Way.WITH, Way.ASIDE}:
        return {}
    line = line_of(item.get("Channel", ""))
    return {"room": way[0], "aside": way[1] is Way.ASIDE, "line": line}


def _started(message: Message, pbx: PbxId, at: Instant) -> e.Event | None:
    purpose = _PURPOSES.get(_get(message, "Context"))
    if purpose is None:
        return None
    if message.get("Response") == "Success":
        result, uniqueid = OfferResult.ANSWERED, _uniqueid(message)
    else:
        result, uniqueid = _REASONS.get(_get(message, "Reason"), OfferResult.FAILED), None
    return e.CallStarted(at, pbx, purpose, _get(message, "Exten"), result, uniqueid)


def _arrival(
    pbx: PbxId, at: Instant, uniqueid: Uniqueid, fields: Mapping[str, str]
) -> e.CallArrived:
    number = fields.get("number", "")
    raw = fields.get("raw", "")
    if not _NUMBER.fullmatch(number):  # a strange identity is no reason to refuse a call
        number, raw = "", raw or number
    centre = fields.get("centre", "")
    if not centre:
        raise BadMessage("an arrival without its centre")
    return e.CallArrived(
        at=at,
        pbx=pbx,
        uniqueid=uniqueid,
        channel=fields.get("channel", ""),
        centre=CentreCode(centre),
        arrived_at=_instant(fields.get("arrived", "")),
        dialled=clean(fields.get("dialled", ""), 40) or "112",
        trunk=clean(fields.get("trunk", ""), 80) or "",
        caller=Caller(
            number=number or None,
            name=clean(_unquoted(fields.get("name", "")), NAME_LIMIT),
            raw=clean(raw, NAME_LIMIT),
        ),
        priority=_number(fields.get("priority", "")) or 0,
        skills=frozenset(_SKILL.findall(fields.get("skills", ""))),
        location=clean(fields.get("location", ""), 400),
        **_about(fields.get("about", "")),
    )


class _About(TypedDict):
    """What a neighbour centre says of a call that it transfers."""

    incident: Incident | None
    source: str | None


def _about(said: str) -> _About:
    """Return the incident and the call that a note names; neither, if it cannot be read."""
    found = _BRACKETED.findall(said)
    incidents = (urns.parse_incident(each) for each in found)
    calls = (each for each in found if urns.is_call(each))
    return {
        "incident": next((each for each in incidents if each is not None), None),
        "source": next(calls, None),
    }


def _note(pbx: PbxId, at: Instant, uniqueid: str, value: str) -> e.Note:
    if not _UNIQUEID.fullmatch(uniqueid):
        raise BadMessage("not a uniqueid")
    fields = _fields(value)
    return e.Note(
        _arrival(pbx, at, Uniqueid(uniqueid), fields),
        ended_at=_instant(fields["ended"]) if "ended" in fields else None,
        ticket_number=fields.get("ticket") or None,
        **_over(fields),
    )


class _Over(TypedDict):
    """What a note says of how a call was answered and ended."""

    cause: int | None
    seat: SeatId | None
    answered_at: Instant | None
    by_pbx: bool


def _over(fields: Mapping[str, str]) -> _Over:
    return {
        "cause": _cause(fields.get("cause", "")),
        "seat": seat_of_channel(fields.get("seat", "")),
        "answered_at": _instant(fields["answered"]) if "answered" in fields else None,
        "by_pbx": fields.get("by") == "pbx",
    }


def _serial(value: str) -> tuple[str, int]:
    match = _SERIAL.fullmatch(value)
    if match is None:
        raise BadMessage(f"{clean(value, 40)!r} is not a day and a serial")
    return match[1], int(match[2])


def _member(message: Message, name: str, location: str) -> e.Member | None:
    centre = duty_of(_get(message, "Queue"))
    interface = _get(message, location)
    seat = seat_of(interface)
    if centre is None or seat is None:
        return None
    paused = message.get("Paused") == "1"
    agent = message.get(name, "")
    return e.Member(
        centre,
        seat,
        AgentId(agent) if agent and agent != interface else None,
        _DEVICES.get(_get(message, "Status"), Device.UNKNOWN),
        paused,
        message.get("PausedReason", "") if paused else None,
    )


def _unquoted(name: str) -> str:
    """Return a display name without its quotes and escapes (RFC 3261, 25.1, quoted-string)."""
    name = name.strip()
    if name.startswith('"'):  # of a long one the dialplan keeps the beginning alone
        return re.sub(r"\\(.)", r"\1", name[1:].removesuffix('"'))
    return name


def _fields(note: str) -> dict[str, str]:
    """Return what a note says, which the dialplan writes like the query of a URL."""
    pairs = note.split("&")
    if len(pairs) > _NOTE_FIELDS:
        raise BadMessage(f"a note that cannot be read: more than {_NOTE_FIELDS} fields")
    fields = {}
    for pair in pairs:  # `parse_qsl` does the same in three times the time
        name, _, value = pair.partition("=")
        plain = "%" not in value and "+" not in value
        fields[name] = value if plain else unquote_plus(value, errors="replace")
    return fields


def _get(message: Message, header: str) -> str:
    try:
        return message[header]
    except KeyError:
        raise BadMessage(f"{message.get('Event')} without its header {header}") from None


def _uniqueid(message: Message) -> Uniqueid:
    uniqueid = _get(message, "Uniqueid")
    if not _UNIQUEID.fullmatch(uniqueid):
        raise BadMessage(f"{message.get('Event')} with a Uniqueid that Asterisk does not make")
    return Uniqueid(uniqueid)


def _centre(message: Message) -> CentreCode:
    centre = _get(message, "Centre")
    if not is_centre(centre):
        raise BadMessage(f"{message.get('UserEvent')} of the centre {clean(centre, 40)!r}")
    return CentreCode(centre)


def _owner(message: Message) -> int:
    token = _number_in(_get(message, "Owner"))
    if token is None:
        raise BadMessage(f"{message.get('UserEvent')} without its token")
    return token


def _integer(message: Message, header: str) -> int:
    value = _get(message, header)
    number = _number(value)
    if number is None:
        raise BadMessage(f"{message.get('Event')}: {header} is {clean(value, 40)!r}, not a number")
    return number


def _number(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None


def _number_in(variable: str) -> int | None:
    """Return a token or a time; None if there is none in the variable."""
    return int(variable) if _TOKEN.fullmatch(variable) else None


def _instant(text: str) -> Instant:
    try:
        at = float(text)
    except ValueError:
        at = -1.0
    if not 0 < at < 1e11:  # noqa: PLR2004 - the year 5138; also refuses nan
        raise BadMessage(f"{clean(text, 40)!r} is not a time")
    return Instant(at)


def _variable(message: Message, name: str) -> str | None:
    """Return the channel variable that a Status item carries; None if it is not set."""
    found, _, value = message.get("Variable", "").partition("=")
    return value if found == name and value not in {"", "(null)"} else None


def _cause(text: str) -> int | None:
    """Return the Q.850 cause; None for 0, which is Asterisk's "not known"."""
    return (_number(text) or None) if len(text) <= len("127") else None
