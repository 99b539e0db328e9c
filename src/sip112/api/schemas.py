"""What the API shows and takes.

A view is a typed dictionary, made from a core object by the function of its name: the event
stream turns it into JSON as it is, and the other routes have pydantic check it, so that the
OpenAPI document cannot say what the service does not do. What comes in is a pydantic model
that forbids what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NotRequired, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.pmtiles import Bounds, Schema, View
from sip112.api.ports import Alarm, Fact, Phone, PhoneKind
from sip112.people.audit import AuditEntry
from sip112.people.person import LOGIN_NAME, Language, Person
from sip112.people.roles import Role, Scope
from sip112.people.session import Limits, SignedIn
from sip112.routing.call import Call, CallState, Offer, OfferResult, Origin, Outcome, Party, Place
from sip112.routing.callback import SAID, Callback, CallbackOutcome, CallbackState
from sip112.routing.effects import HELD, EntryKind, Record
from sip112.routing.events import Mode
from sip112.routing.ids import Instant, SeatId
from sip112.routing.seat import Device, Seat, SeatState
from sip112.routing.summary import HOUR_S, AnswerTarget, Summary, Tally, total
from sip112.routing.ticket import TicketRecord


def doc(description: str) -> Any:
    """Describe a field. Pydantic reads docstrings too, but takes half a second for it."""
    return Field(description=description)


Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601, UTC, to the millisecond: ``2026-11-22T03:15:00.250Z``."""


@lru_cache(maxsize=256)
def _to_the_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


@lru_cache(maxsize=4096)  # an instant of a call is shown again in each of its entries
def time(at: Instant) -> str:
    """Return an instant as the API shows it."""
    milliseconds = round(at * 1000)
    return f"{_to_the_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=4096)  # likewise; with this most times are told without a step in Python
def _time(at: Instant | None) -> str | None:
    return None if at is None else time(at)


@lru_cache(maxsize=4096)  # likewise; by the number, since a UUID's own hash is made in Python
def _id(number: int) -> str:
    return str(UUID(int=number))


def _seconds(start: Instant | None, end: Instant | None) -> float | None:
    return None if start is None or end is None else round(max(end - start, 0.0), 3)


# --- calls ----------------------------------------------------------------------------


class CallerView(TypedDict):
    """Who calls."""

    number: Annotated[
        str | None,
        doc("Digits with at most a leading `+`; null where the caller ID is absent or strange."),
    ]
    name: Annotated[
        str | None, doc("Display name as sent, made safe. Callers choose it: never trust it.")
    ]
    raw: Annotated[
        str | None, doc("The identity as sent, escaped, where there was one and `number` is null.")
    ]


class OfferView(TypedDict):
    """One attempt to have a seat take the call."""

    seat: Annotated[str, doc("The seat.")]
    agent: Annotated[str | None, doc("Who was logged in there.")]
    native: Annotated[bool, doc("Whether Asterisk rang the seat by itself, without the service.")]
    offered_at: Annotated[Time, doc("When the seat was chosen.")]
    rang_at: Annotated[Time | None, doc("When its phone began to ring.")]
    ended_at: Annotated[Time | None, doc("When the offer ended; null while it stands.")]
    result: Annotated[OfferResult | None, doc("What became of it; null while it stands.")]


class PartyView(TypedDict):
    """Somebody besides the caller who takes part in a call."""

    seat: Annotated[str | None, doc("The seat; null for somebody outside.")]
    number: Annotated[str | None, doc("The number that was called; null for a seat.")]
    place: Annotated[
        Place,
        doc("`talking` with the caller, `aside` (the caller is on hold for them), or `ringing`."),
    ]
    since: Annotated[Time, doc("When they came to that place.")]


class CallView(TypedDict):
    """A call: one caller's leg into the centre."""

    id: Annotated[str, doc("Identifier (UUID).")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    pbx: Annotated[str, doc("The Asterisk that it reached.")]
    uniqueid: Annotated[str, doc("Asterisk's id of the caller's channel.")]
    channel: Annotated[str, doc("Asterisk's name of the caller's channel.")]
    trunk: Annotated[str, doc("The trunk that it came by.")]
    dialled: Annotated[str, doc("The number that was dialled.")]
    caller: Annotated[CallerView, doc("Who calls, as far as it is known.")]
    priority: Annotated[int, doc("Higher is served first.")]
    skills: Annotated[list[str], doc("Skills that a seat must have to be rung.")]
    location: Annotated[str | None, doc("What the network said of the caller's place, as sent.")]
    origin: Annotated[Origin, doc("`live`, or `backfill` from Asterisk's notes after an outage.")]
    ticket: Annotated[str | None, doc("Identifier of its ticket.")]
    ticket_number: Annotated[str | None, doc("The ticket's number as a person says it.")]
    state: Annotated[CallState, doc("Where it is in its life.")]
    position: Annotated[
        int | None,
        doc("Place in the queue when Asterisk last told it, from 1; null if it never waited."),
    ]
    seat: Annotated[
        str | None,
        doc("The seat that it is offered to, rings at or talks with; after the end, that talked."),
    ]
    agent: Annotated[str | None, doc("Who is logged in there.")]
    parties: Annotated[
        list[PartyView], doc("Who takes part besides the caller; nobody before an answer.")
    ]
    on_hold: Annotated[bool, doc("Whether the caller hears music: nobody is with them.")]
    offers: Annotated[list[OfferView], doc("The seats that were tried, in order.")]
    arrived_at: Annotated[Time, doc("When it reached Asterisk.")]
    queued_at: Annotated[Time | None, doc("When it joined the queue.")]
    answered_at: Annotated[Time | None, doc("When a seat answered.")]
    ended_at: Annotated[Time | None, doc("When it ended.")]
    wait_s: Annotated[
        float | None,
        doc("Seconds from arrival to answer, or to the end if nobody answered; null before that."),
    ]
    talk_s: Annotated[
        float | None, doc("Seconds from answer to end; null while it lasts and if nobody answered.")
    ]
    outcome: Annotated[
        Outcome | None, doc("How it ended; null while it lasts. Every ended call has exactly one.")
    ]
    cause: Annotated[int | None, doc("Q.850 cause with which Asterisk ended it.")]


def _offer_view(offer: Offer) -> OfferView:
    return {
        "seat": offer.seat,
        "agent": offer.agent,
        "native": offer.native,
        "offered_at": time(offer.offered_at),
        "rang_at": _time(offer.rang_at),
        "ended_at": _time(offer.ended_at),
        "result": offer.result,
    }


def _party_view(party: Party) -> PartyView:
    return {
        "seat": party.line.seat,
        "number": party.line.number,
        "place": party.place,
        "since": time(party.since),
    }


def call_view(call: Call) -> CallView:
    """Return a call as the API shows it."""
    caller = call.caller
    return {
        "id": _id(call.id.int),
        "centre": call.centre,
        "pbx": call.pbx,
        "uniqueid": call.uniqueid,
        "channel": call.channel,
        "trunk": call.trunk,
        "dialled": call.dialled,
        "caller": {"number": caller.number, "name": caller.name, "raw": caller.raw},
        "priority": call.priority,
        "skills": sorted(call.skills),
        "location": call.location,
        "origin": call.origin,
        "ticket": None if call.ticket is None else _id(call.ticket.int),
        "ticket_number": call.ticket_number,
        "state": call.state,
        "position": call.position,
        "seat": call.seat,
        "agent": call.agent,
        "parties": [_party_view(party) for party in call.parties],
        "on_hold": call.on_hold,
        "offers": [_offer_view(offer) for offer in call.offers],
        "arrived_at": time(call.arrived_at),
        "queued_at": _time(call.queued_at),
        "answered_at": _time(call.answered_at),
        "ended_at": _time(call.ended_at),
        "wait_s": _seconds(call.arrived_at, call.answered_at or call.ended_at),
        "talk_s": _seconds(call.answered_at, call.ended_at),
        "outcome": call.outcome,
        "cause": call.cause,
    }


class CallPage(TypedDict):
    """Calls, newest first."""

    items: Annotated[list[CallView], doc("The calls of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


class LiveCalls(TypedDict):
    """The calls in progress."""

    items: Annotated[list[CallView], doc("The calls, oldest first.")]


# --- recordings -----------------------------------------------------------------------


class RecordingView(TypedDict):
    """The recording of a call, from its answer on."""

    id: Annotated[str, doc("Identifier, for `/v1/recordings/{id}`.")]
    call: Annotated[str, doc("Identifier of the call.")]
    media_type: Annotated[Literal["audio/wav"], doc("Always `audio/wav`: 8 kHz, 16 bit, mono.")]
    bytes: Annotated[int, doc("Size of the file.")]
    seconds: Annotated[float, doc("How long it plays.")]
    complete: Annotated[bool, doc("Whether the call has ended, and can be heard.")]


def recording_view(call: Call, size: int) -> RecordingView:
    """Return the recording of a call as the API shows it."""
    return {
        "id": _id(call.id.int),
        "call": _id(call.id.int),
        "media_type": "audio/wav",
        "bytes": size,
        "seconds": round(max(0, size - WAV_HEADER) / WAV_BYTES_A_SECOND, 1),
        "complete": call.ended_at is not None,
    }


class RecordingList(TypedDict):
    """The recordings of a call."""

    items: Annotated[list[RecordingView], doc("None if nobody answered, or they are removed.")]


# --- seats ----------------------------------------------------------------------------


class SeatView(TypedDict):
    """A seat: a place with a phone at which an agent takes calls."""

    id: Annotated[str, doc("Name of the seat, and of its PJSIP endpoint.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    state: Annotated[SeatState, doc("What a supervisor sees; the strongest fact wins.")]
    since: Annotated[Time | None, doc("When `state` last changed; null if it never did.")]
    agent: Annotated[str | None, doc("Who is logged in; null is off duty.")]
    skills: Annotated[list[str], doc("Skills of the seat and of who sits there.")]
    device: Annotated[Device, doc("State of the phone.")]
    held: Annotated[
        bool,
        doc("Whether only the service rings it; false on duty means that Asterisk's queue may."),
    ]
    pause_reason: Annotated[str | None, doc("Why it takes no calls; null is not paused.")]
    call: Annotated[
        str | None, doc("Identifier of the call that is offered to, rings at or talks with it.")
    ]
    wrap_up_until: Annotated[
        Time | None, doc("When wrap-up ends by itself; null if there is none.")
    ]


def seat_view(seat: Seat) -> SeatView:
    """Return a seat as the API shows it."""
    return {
        "id": seat.id,
        "centre": seat.centre,
        "state": seat.state,
        "since": time(seat.since) if seat.since else None,
        "agent": seat.agent,
        "skills": sorted(seat.skills),
        "device": seat.device,
        "held": seat.held,
        "pause_reason": seat.pause_reason,
        "call": None if seat.call is None else _id(seat.call.int),
        "wrap_up_until": _time(seat.wrap_up_until),
    }


class SeatList(TypedDict):
    """All seats of the centre."""

    items: Annotated[list[SeatView], doc("The seats, by name.")]


class PhoneView(TypedDict):
    """A seat's phone."""

    seat: Annotated[str, doc("Name of the seat.")]
    kind: Annotated[
        PhoneKind, doc("`browser` is the console itself; `own` a telephone with its own password.")
    ]
    ws_urls: Annotated[
        list[str], doc("WebSockets at which a browser phone registers: at each of them.")
    ]


def phone_view(seat: SeatId, phone: Phone) -> PhoneView:
    """Return a seat's phone as the API shows it."""
    return {"seat": seat, "kind": phone.kind, "ws_urls": list(phone.ws_urls)}


class PhoneGrant(TypedDict):
    """What a browser phone registers with."""

    seat: Annotated[str, doc("Name of the seat.")]
    uri: Annotated[str, doc("SIP address of the phone.")]
    ws_urls: Annotated[list[str], doc("WebSockets at which it registers: at each of them.")]
    username: Annotated[str, doc("With which it authenticates.")]
    password: Annotated[str, doc("Likewise; shown this once.")]
    realm: Annotated[str, doc("Of the password.")]
    expires_at: Annotated[Time, doc("Until when the password is good.")]


def phone_grant(seat: SeatId, phone: Phone, password: str, until: Instant) -> PhoneGrant:
    """Return what a browser phone registers with, as the API shows it."""
    return {
        "seat": seat,
        "uri": f"sip:{seat}@{phone.realm}.invalid",  # RFC 2606: it is no name to look up
        "ws_urls": list(phone.ws_urls),
        "username": seat,
        "password": password,
        "realm": phone.realm,
        "expires_at": time(until),
    }


# --- the queue ------------------------------------------------------------------------


class WaitingView(TypedDict):
    """One who waits."""

    position: Annotated[int, doc("Place in the order of service, from 1.")]
    since: Annotated[Time, doc("When the caller arrived.")]
    waited_s: Annotated[float, doc("Seconds since then.")]
    call: Annotated[CallView, doc("The call.")]


class QueueView(TypedDict):
    """Who waits for a seat, in the order in which they will be served."""

    items: Annotated[list[WaitingView], doc("Those who wait.")]
    longest_s: Annotated[
        float, doc("Seconds that the longest of them has waited; 0 when nobody waits.")
    ]


def waiting_view(position: int, call: Call, now: float) -> WaitingView:
    """Return one who waits as the API shows it."""
    return {
        "position": position,
        "since": time(call.arrived_at),
        "waited_s": _seconds(call.arrived_at, Instant(now)) or 0.0,
        "call": call_view(call),
    }


# --- tickets --------------------------------------------------------------------------


class TicketView(TypedDict):
    """A ticket: the incident as an operator sees it."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says: centre, local day, serial.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    opened_at: Annotated[Time, doc("When its first call arrived.")]
    changed_at: Annotated[Time, doc("When it last changed.")]
    version: Annotated[int, doc("Grows by one with every change; the ETag is made of it.")]
    calls: Annotated[list[str], doc("Identifiers of its calls.")]
    status: Annotated[str, doc("`open` or `closed`.")]
    incident_type: Annotated[str | None, doc("What happened, such as `fire`.")]
    address: Annotated[str | None, doc("Where, as the caller said it.")]
    latitude: Annotated[float | None, doc("Where on the map: degrees north (WGS 84).")]
    longitude: Annotated[float | None, doc("Where on the map: degrees east (WGS 84).")]
    narrative: Annotated[str | None, doc("What the caller tells.")]
    persons: Annotated[str | None, doc("Who is hurt, missing or involved.")]
    severity: Annotated[str | None, doc("How bad it is.")]
    language: Annotated[str | None, doc("Language of the caller, such as `id`.")]
    disposition: Annotated[str | None, doc("What became of it, such as `prank`.")]


def ticket_view(ticket: TicketRecord) -> TicketView:
    """Return a ticket as the API shows it."""
    return {
        "id": _id(ticket.id.int),
        "number": ticket.number,
        "centre": ticket.centre,
        "opened_at": time(ticket.opened_at),
        "changed_at": time(ticket.changed_at),
        "version": ticket.version,
        "calls": [_id(call.int) for call in ticket.calls],
        "status": ticket.status,
        "incident_type": ticket.incident_type,
        "address": ticket.address,
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "narrative": ticket.narrative,
        "persons": ticket.persons,
        "severity": ticket.severity,
        "language": ticket.language,
        "disposition": ticket.disposition,
    }


class TicketBrief(TypedDict):
    """A ticket in a few words."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says: centre, local day, serial.")]
    opened_at: Annotated[Time, doc("When its first call arrived.")]
    status: Annotated[str, doc("`open` or `closed`.")]
    incident_type: Annotated[str | None, doc("What happened.")]
    address: Annotated[str | None, doc("Where, as the caller said it.")]
    latitude: Annotated[float | None, doc("Where on the map: degrees north (WGS 84).")]
    longitude: Annotated[float | None, doc("Where on the map: degrees east (WGS 84).")]
    severity: Annotated[str | None, doc("How bad it is.")]
    disposition: Annotated[str | None, doc("What became of it.")]


def ticket_brief(ticket: TicketRecord) -> TicketBrief:
    """Return a ticket in a few words."""
    return {
        "id": _id(ticket.id.int),
        "number": ticket.number,
        "opened_at": time(ticket.opened_at),
        "status": ticket.status,
        "incident_type": ticket.incident_type,
        "address": ticket.address,
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "severity": ticket.severity,
        "disposition": ticket.disposition,
    }


class EarlierCall(TypedDict):
    """A call that the same number made before."""

    call: Annotated[CallView, doc("The call.")]
    ticket: Annotated[TicketBrief | None, doc("Its ticket as it is now; null if there is none.")]


class NearbyTicket(TypedDict):
    """Another open ticket of the same time."""

    ticket: Annotated[TicketBrief, doc("The ticket.")]
    distance_m: Annotated[
        int | None, doc("Metres as the crow flies; null unless both have a place on the map.")
    ]


class TicketContext(TypedDict):
    """What one should know beside a ticket."""

    calls: Annotated[list[CallView], doc("The calls of the ticket, oldest first.")]
    earlier: Annotated[
        list[EarlierCall] | None,
        doc(
            "Calls that the same number made before, newest first; none where the number is not "
            "known. Null while the database does not answer."
        ),
    ]
    nearby: Annotated[
        list[NearbyTicket] | None,
        doc("Other open tickets of the same time. Null while the database does not answer."),
    ]


class TicketPage(TypedDict):
    """Tickets, newest first."""

    items: Annotated[list[TicketView], doc("The tickets of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


# --- the map --------------------------------------------------------------------------


class PlaceView(TypedDict):
    """Where a map opens."""

    latitude: Annotated[float, doc("Degrees north.")]
    longitude: Annotated[float, doc("Degrees east.")]
    zoom: Annotated[float, doc("As of web maps: each step doubles the scale, 12 shows a town.")]


class BoundsView(TypedDict):
    """An area, in degrees."""

    south: Annotated[float, doc("Least latitude.")]
    west: Annotated[float, doc("Least longitude.")]
    north: Annotated[float, doc("Greatest latitude.")]
    east: Annotated[float, doc("Greatest longitude.")]


class MapView(TypedDict):
    """The console's map."""

    centre: Annotated[PlaceView, doc("Where it opens.")]
    bounds: Annotated[
        BoundsView | None, doc("The centre's area, or the file's; null where none is known.")
    ]
    url: Annotated[
        str | None, doc("Path of the PMTiles file, to be read by ranges; null is a plain grid.")
    ]
    schema: Annotated[Schema | None, doc("How the layers of its tiles are named.")]
    attribution: Annotated[str | None, doc("Whose data it is, to be shown; plain text.")]


def map_view(
    view: View,
    bounds: Bounds | None,
    *,
    url: str | None = None,
    schema: Schema | None = None,
    attribution: str | None = None,
) -> MapView:
    """Return the map as the API shows it."""
    return {
        "centre": {
            "latitude": view.latitude,
            "longitude": view.longitude,
            "zoom": view.zoom,
        },
        "bounds": None
        if bounds is None
        else {
            "south": bounds.south,
            "west": bounds.west,
            "north": bounds.north,
            "east": bounds.east,
        },
        "url": url,
        "schema": schema,
        "attribution": attribution,
    }


# --- the day --------------------------------------------------------------------------


class WithinView(TypedDict):
    """How many were answered within so many seconds."""

    seconds: Annotated[float, doc("Seconds from the arrival.")]
    target: Annotated[float, doc("Share that is wanted, from 0 to 1.")]
    share: Annotated[
        float | None,
        doc("Share of the calls that a seat answered; null if there are none."),
    ]
    share_with_abandoned: Annotated[
        float | None,
        doc(
            "Share of those and the calls that ended without an answer, abandoned or lost; null "
            "if there are none."
        ),
    ]


class AnswerView(TypedDict):
    """Answer times, and the shares that were answered in time."""

    within: Annotated[list[WithinView], doc("Against each target.")]
    median_s: Annotated[
        float | None,
        doc("The answer time that half of the answered did not exceed; null if there are none."),
    ]
    p90_s: Annotated[float | None, doc("Likewise of nine in ten.")]


class TallyView(TypedDict):
    """Arrivals, counted. `arrived` is the sum of the four after it."""

    arrived: Annotated[int, doc("Calls that arrived.")]
    answered: Annotated[int, doc("A seat answered, and Asterisk did not lose the call.")]
    abandoned: Annotated[int, doc("The caller hung up before an answer.")]
    lost: Annotated[int, doc("Asterisk ended and took the call with it, answered or not.")]
    waiting: Annotated[int, doc("In progress, and no seat has answered yet.")]


class HourView(TallyView):
    """One hour of the day."""

    since: Annotated[Time, doc("When it begins.")]
    within: Annotated[list[WithinView], doc("Against each target.")]


class SummaryView(TallyView):
    """What a day was like."""

    day: Annotated[str, Field(json_schema_extra={"format": "date"}), doc("The local day.")]
    since: Annotated[Time, doc("When it begins.")]
    until: Annotated[Time, doc("When the next one does.")]
    at: Annotated[Time, doc("When this was counted.")]
    longest_s: Annotated[
        float, doc("Seconds that the longest of those `waiting` has waited; 0 if there are none.")
    ]
    answer: Annotated[AnswerView, doc("How fast calls were answered.")]
    hours: Annotated[
        list[HourView],
        doc("Hour by hour: 24 on most days, and 23 or 25 where clocks are put on or back."),
    ]


def summary_view(
    summary: Summary,
    day: date,
    since: Instant,
    until: Instant,
    targets: Sequence[AnswerTarget],
    now: float,
) -> SummaryView:
    """Return what a day was like as the API shows it."""
    whole = total(summary.hours, len(targets))
    return {
        **_tally_view(whole),
        "day": day.isoformat(),
        "since": time(since),
        "until": time(until),
        "at": time(Instant(now)),
        "longest_s": _seconds(whole.first_waiting, Instant(now)) or 0.0,
        "answer": {
            "within": _within_view(whole, targets),
            "median_s": summary.median_s,
            "p90_s": summary.p90_s,
        },
        "hours": [
            {
                **_tally_view(each),
                "since": time(Instant(since + n * HOUR_S)),
                "within": _within_view(each, targets),
            }
            for n, each in enumerate(summary.hours)
        ],
    }


def _tally_view(tally: Tally) -> TallyView:
    return {
        "arrived": tally.arrived,
        "answered": tally.answered,
        "abandoned": tally.abandoned,
        "lost": tally.lost,
        "waiting": tally.waiting,
    }


def _within_view(tally: Tally, targets: Sequence[AnswerTarget]) -> list[WithinView]:
    return [
        {
            "seconds": target.seconds,
            "target": target.share,
            "share": _share(within, tally.taken),
            "share_with_abandoned": _share(within, tally.taken + tally.missed),
        }
        for target, within in zip(targets, tally.within, strict=True)
    ]


def _share(part: int, whole: int) -> float | None:
    """Return a share, rounded down: what is just below a target must not be shown as reached."""
    return part * 10_000 // whole / 10_000 if whole else None


# --- events ---------------------------------------------------------------------------


class CallbackView(TypedDict):
    """Somebody who got no answer, and is to be called back."""

    id: Annotated[str, doc("Identifier (UUID): that of the call.")]
    number: Annotated[str, doc("What is called: digits.")]
    name: Annotated[str | None, doc("The caller's name, as the call had it.")]
    ticket_number: Annotated[str | None, doc("The call's ticket.")]
    arrived_at: Annotated[Time, doc("When the call arrived.")]
    opened_at: Annotated[Time, doc("When it ended without an answer.")]
    state: Annotated[CallbackState, doc("Whether a seat calls, or it can be taken.")]
    tries: Annotated[int, doc("How often it was taken.")]
    seat: Annotated[str | None, doc("The seat that calls, or that called last.")]
    agent: Annotated[str | None, doc("Who sat there.")]
    taken_at: Annotated[Time | None, doc("When it was last taken.")]
    result: Annotated[OfferResult | None, doc("How the last try ended.")]
    outcome: Annotated[CallbackOutcome | None, doc("What came of it, once it is over.")]
    closed_at: Annotated[Time | None, doc("When that was.")]


def callback_view(callback: Callback) -> CallbackView:
    """Return a callback as the API shows it."""
    return {
        "id": _id(callback.call.int),
        "number": callback.number,
        "name": callback.name,
        "ticket_number": callback.ticket_number,
        "arrived_at": time(callback.arrived_at),
        "opened_at": time(callback.opened_at),
        "state": callback.state,
        "tries": callback.tries,
        "seat": callback.seat,
        "agent": callback.agent,
        "taken_at": _time(callback.taken_at),
        "result": callback.result,
        "outcome": callback.outcome,
        "closed_at": _time(callback.closed_at),
    }


class CallbackList(TypedDict):
    """Everybody who is to be called back."""

    items: Annotated[list[CallbackView], doc("The oldest first.")]


class OpenedTicketView(TypedDict):
    """The ticket that a call opened."""

    id: Annotated[str, doc("Identifier (UUID).")]
    number: Annotated[str, doc("What a person says.")]
    opened_at: Annotated[Time, doc("When its call arrived.")]


class EventView(TypedDict):
    """One journal entry, with the call and the seat as they are after it."""

    seq: Annotated[int, doc("Number of the entry; grows strictly. The id on the event stream.")]
    at: Annotated[Time, doc("When it happened.")]
    centre: Annotated[str, doc("Code of the 112 centre.")]
    kind: Annotated[EntryKind, doc("What it tells. The event name on the event stream.")]
    call: Annotated[CallView | None, doc("The call that it is about.")]
    ticket: Annotated[OpenedTicketView | None, doc("The ticket, on the entry that opens it.")]
    seat: Annotated[SeatView | None, doc("The seat that it is about.")]
    detail: Annotated[dict[str, str], doc("What else there is to say.")]
    callback: Annotated[CallbackView | None, doc("The callback that it is about.")]


def event_view(record: Record) -> EventView:
    """Return a journal entry as the API shows it."""
    ticket = record.ticket
    return {
        "seq": record.seq,
        "at": time(record.at),
        "centre": record.centre,
        "kind": record.kind,
        "call": None if record.call is None else call_view(record.call),
        "ticket": None
        if ticket is None
        else {
            "id": _id(ticket.id.int),
            "number": ticket.number,
            "opened_at": time(ticket.opened_at),
        },
        "seat": None if record.seat is None else seat_view(record.seat),
        "detail": record.detail,
        "callback": None if record.callback is None else callback_view(record.callback),
    }


class TicketChangedView(TypedDict):
    """Notice: somebody changed a ticket."""

    kind: Annotated[Literal["ticket.changed"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    ticket: Annotated[str, doc("Identifier of the ticket.")]
    number: Annotated[str, doc("Its number as a person says it.")]
    version: Annotated[int, doc("The version that the change made.")]
    by: Annotated[str, doc("Who changed it.")]
    fields: Annotated[list[str], doc("Which fields say something else now.")]


class SeatTakenOverView(TypedDict):
    """Notice: who sat at a seat does not any more, since somebody else took it."""

    kind: Annotated[Literal["seat.taken_over"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    seat: Annotated[str, doc("Name of the seat.")]
    by: Annotated[str, doc("Who took it.")]
    agent: Annotated[str, doc("Who sat there before.")]


class AlarmView(TypedDict):
    """Notice: something that must be true no longer is, or is again."""

    kind: Annotated[Literal["alarm"], doc("What it tells.")]
    at: Annotated[Time, doc("When.")]
    name: Annotated[str, doc("What is looked at.")]
    ok: Annotated[bool, doc("Whether it is as it must be.")]
    detail: Annotated[str, doc("How it is.")]
    remedy: Annotated[str, doc("What to do about it; empty where `ok`.")]
    severity: Annotated[Literal["critical", "warning"], doc("What it means when not `ok`.")]


NoticeView = TicketChangedView | SeatTakenOverView | AlarmView
"""What a notice on the event stream carries, by its `kind`."""


class CallDetail(TypedDict):
    """One call with everything that happened to it."""

    call: Annotated[CallView, doc("The call as it is now.")]
    events: Annotated[
        list[EventView] | None,
        doc(
            "Its journal entries, oldest first; the last ones may take a moment to be stored. "
            "Null while the database does not answer and not all of them are in memory."
        ),
    ]


# --- health ---------------------------------------------------------------------------


class CheckView(TypedDict):
    """One line of the readiness report."""

    name: Annotated[str, doc("What is looked at.")]
    ok: Annotated[bool, doc("Whether it is as it must be.")]
    detail: Annotated[str, doc("How it is.")]
    remedy: Annotated[str, doc("What to do about it; empty where `ok`.")]
    severity: Annotated[
        Literal["critical", "warning"],
        doc("What it means when not `ok`: `critical` stops this node, `warning` wants a human."),
    ]


def check_view(fact: Fact) -> CheckView:
    """Return a line of the readiness report as the API shows it."""
    return {
        "name": fact.name,
        "ok": fact.ok,
        "detail": fact.detail,
        "remedy": fact.remedy,
        "severity": fact.severity.value,
    }


class StandingAlarm(CheckView):
    """A check that fails."""

    since: Annotated[
        Time | None, doc("When it was first seen to fail; null if that was not looked at yet.")
    ]


def standing_view(alarm: Alarm) -> StandingAlarm:
    """Return an alarm as the API shows it."""
    since = None if alarm.since is None else time(Instant(alarm.since))
    return {**check_view(alarm.fact), "since": since}


class AlarmList(TypedDict):
    """What somebody must look at."""

    items: Annotated[list[StandingAlarm], doc("The checks that fail, the critical ones first.")]
    drift: Annotated[
        list[EventView],
        doc("What the auditor has healed in the last ten minutes, newest first: `pbx.drift`."),
    ]


class Readiness(TypedDict):
    """The readiness report."""

    status: Annotated[Literal["ready"], doc("Always `ready`; a node that is not answers 503.")]
    checks: Annotated[
        list[CheckView], doc("What was looked at; those that are not `ok` are the alarms.")
    ]


class Liveness(TypedDict):
    """A sign of life."""

    status: Annotated[Literal["alive"], doc("Always `alive`.")]


# --- errors ---------------------------------------------------------------------------


class FieldError(TypedDict):
    """What is wrong with one field of a request."""

    where: Annotated[Literal["path", "query", "header", "body"], doc("Part of the request.")]
    field: Annotated[str, doc("Name of the field; empty for the whole part.")]
    detail: Annotated[str, doc("What is wrong with it.")]
    remedy: Annotated[str, doc("What to do about it.")]


class ProblemView(TypedDict):
    """An error (RFC 9457)."""

    type: Annotated[str, doc("Stable name of this kind of error, to branch on.")]
    title: Annotated[str, doc("Phrase of the HTTP status.")]
    status: Annotated[int, doc("HTTP status.")]
    detail: Annotated[str, doc("What went wrong this time.")]
    remedy: Annotated[str, doc("What to do about it.")]
    instance: Annotated[str, doc("Path of the request.")]
    errors: NotRequired[Annotated[list[FieldError], doc("The fields that are wrong (422 only).")]]
    current: NotRequired[Annotated[dict[str, Any], doc("The ticket as it is now (412 only).")]]
    checks: NotRequired[
        Annotated[list[dict[str, Any]], doc("The readiness report (503 of /readyz only).")]
    ]


# --- what comes in --------------------------------------------------------------------


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


WAV_HEADER: Final = 44
WAV_BYTES_A_SECOND: Final = 16_000
"""As Asterisk writes it."""

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)

_CONTROLS: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_CONTROLS_BUT_LINES: Final = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"

# Lengths are in characters. With these the longest ticket fits into `ApiConfig.max_body` in any
# script, with four bytes a character.
Name = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]*$")]
Skill = Annotated[str, StringConstraints(max_length=32, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_CONTROLS)]
Prose = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, pattern=_CONTROLS_BUT_LINES)
]
Persons = Annotated[
    str, StringConstraints(min_length=1, max_length=2_000, pattern=_CONTROLS_BUT_LINES)
]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_CONTROLS)]


def _not_reserved(reason: str) -> str:
    if reason.casefold() == HELD:
        raise ValueError(f"{HELD!r} is how Asterisk knows that the service holds a seat")
    return reason


def _in_range(moment: datetime) -> datetime:
    # what lies outside, the databases cannot hold in every zone
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError(f"Not between the years {_EARLIEST.year} and {_LATEST.year}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]


class PeriodQuery(_Query):
    """Which time."""

    since: Annotated[
        Moment | None,
        doc(
            "Arrived at this time or later; ISO 8601 with zone (in a query a `+` is written `%2B`)."
        ),
    ] = None
    until: Annotated[Moment | None, doc("Arrived before this time.")] = None


class CallFilter(PeriodQuery):
    """Which calls."""

    caller: Annotated[
        Annotated[str, StringConstraints(max_length=41, pattern=r"^\+?[0-9]+$")] | None,
        doc("Number of the caller, in full (in a query a `+` is written `%2B`)."),
    ] = None
    seat: Annotated[Name | None, doc("The seat that it is at, or that talked.")] = None
    outcome: Annotated[Outcome | None, doc("How it ended.")] = None
    state: Annotated[CallState | None, doc("Where it is in its life.")] = None


class CallQuery(CallFilter):
    """Which page of which calls."""

    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Calls a page.")] = 100


class TicketQuery(PeriodQuery):
    """Which page of which tickets."""

    status: Annotated[Literal["open", "closed"] | None, doc("State of the ticket.")] = None
    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Tickets a page.")] = 100


def _as_written(day: object) -> object:
    # pydantic would take a number of seconds for a day, too
    if isinstance(day, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise ValueError("Not a day as YYYY-MM-DD")
    return day


def _known_day(day: date) -> date:
    if not _EARLIEST.year <= day.year < _LATEST.year:
        raise ValueError(f"Not between the years {_EARLIEST.year} and {_LATEST.year}")
    return day


class SummaryQuery(_Query):
    """Which day."""

    day: Annotated[
        Annotated[date, BeforeValidator(_as_written), AfterValidator(_known_day)] | None,
        doc("A day of the centre's calendar, such as `2026-11-22`; today without it."),
    ] = None


class EventQuery(_Query):
    """Which events."""

    seat: Annotated[
        Name | None,
        doc(
            "Only what concerns this seat: its own changes, the calls that are or were last "
            "offered to it, and what concerns every seat (`pbx.*`)."
        ),
    ] = None
    kind: Annotated[
        list[EntryKind | Literal["notice"]],
        Field(max_length=len(EntryKind) + 1),
        doc("Only these kinds; may be given several times."),
    ] = []
    after: Annotated[
        Annotated[int, Field(ge=0, lt=10**18)] | None,
        doc("What came after this entry is sent first, as with `Last-Event-ID`."),
    ] = None


class TicketPatch(_Body):
    """What to change (JSON merge patch, RFC 7396): null removes, what is absent stays."""

    status: Annotated[Literal["open", "closed"], doc("State of the ticket; cannot be removed.")] = (
        "open"
    )
    incident_type: Annotated[Line | None, doc("What happened, such as `fire`.")] = None
    address: Annotated[Line | None, doc("Where, as the caller said it.")] = None
    latitude: Annotated[
        Annotated[float, Field(ge=-90, le=90, strict=True, allow_inf_nan=False)] | None,
        doc("Where on the map: degrees north (WGS 84); only together with `longitude`."),
    ] = None
    longitude: Annotated[
        Annotated[float, Field(ge=-180, le=180, strict=True, allow_inf_nan=False)] | None,
        doc("Where on the map: degrees east (WGS 84); only together with `latitude`."),
    ] = None
    narrative: Annotated[Prose | None, doc("What the caller tells.")] = None
    persons: Annotated[Persons | None, doc("Who is hurt, missing or involved.")] = None
    severity: Annotated[Line | None, doc("How bad it is.")] = None
    language: Annotated[Line | None, doc("Language of the caller, such as `id`.")] = None
    disposition: Annotated[Line | None, doc("What became of it, such as `prank`.")] = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = {"latitude", "longitude"} & self.model_fields_set
        if given and (len(given) == 1 or (self.latitude is None) is not (self.longitude is None)):
            raise ValueError("latitude and longitude are one place: send both, or null for both")
        return self


class Login(_Body):
    """Who sits down at the seat."""

    agent: Annotated[Name, doc("Login name of the person.")]
    skills: Annotated[
        frozenset[Skill],
        Field(max_length=20),
        doc("The person's skills, such as language codes; the seat's own are added."),
    ] = frozenset()


class Shown(_Body):
    """Where the ticket is shown."""

    seat: Annotated[Name, doc("The seat at which the call rings.")]


class CallbackSeat(_Body):
    """From where somebody is called back."""

    seat: Annotated[Name, doc("The seat, where one sits.")]


def _can_be_said(outcome: CallbackOutcome) -> CallbackOutcome:
    if outcome not in SAID:
        raise ValueError(f"{outcome.value!r} is found out, and not said")
    return outcome


class CallbackDoneBody(CallbackSeat):
    """What came of a callback."""

    outcome: Annotated[
        CallbackOutcome,
        AfterValidator(_can_be_said),
        doc("One of " + ", ".join(f"`{each}`" for each in sorted(SAID)) + "."),
    ]


class ActingSeat(_Body):
    """For which seat it is asked."""

    seat: Annotated[Name, doc("The seat that takes part in the call and acts.")]


class TransferOrder(ActingSeat):
    """Who is to take part, and how."""

    to: Annotated[Name, doc("A seat, or a number outside: 2 to 20 digits.")]
    mode: Annotated[Mode, doc("How they come to take part.")]


class Completion(ActingSeat):
    """How an attended transfer is completed."""

    stay: Annotated[bool, doc("Whether the seat stays, as in a conference.")] = False


class PauseReason(_Body):
    """Why the seat takes no calls."""

    reason: Annotated[
        Line,
        StringConstraints(max_length=80),
        AfterValidator(_not_reserved),
        doc("A few words, such as `break`."),
    ]


# --- people ---------------------------------------------------------------------------


class AgentView(TypedDict):
    """A person who is signed in."""

    id: Annotated[str, doc("Login name, under which what the person does is recorded.")]
    name: Annotated[str, doc("As colleagues read it.")]
    roles: Annotated[list[Role], doc("What the person is; each gives scopes.")]
    language: Annotated[Language, doc("Of the console.")]


class SessionView(TypedDict):
    """Who is signed in, what they may do, and where they sit."""

    agent: Annotated[AgentView, doc("The person.")]
    scopes: Annotated[list[Scope], doc("What the person may do; operations name what they need.")]
    centre: Annotated[
        str | None,
        doc("The centre that is asked about; null where the person works at several."),
    ]
    centres: Annotated[list[str], doc("The centres that the person works at and this node serves.")]
    csrf: Annotated[
        str, doc("To be sent as the header `X-CSRF-Token` with everything that is not a GET.")
    ]
    seat: Annotated[str | None, doc("Where the person sits.")]
    seat_centre: Annotated[str | None, doc("Of which centre that seat is.")]
    expires_at: Annotated[Time, doc("When the session ends if it is not used before.")]
    must_change_password: Annotated[
        bool, doc("Whether nothing else may be done before the password is changed.")
    ]


def session_view(
    who: SignedIn, limits: Limits, centre: str | None, centres: Iterable[str]
) -> SessionView:
    """Show a session to whose it is."""
    place = who.session.place
    return {
        "agent": {
            "id": who.person.id,
            "name": who.person.name,
            "roles": sorted(who.person.roles),
            "language": who.person.language,
        },
        "scopes": sorted(scope for scope in Scope if who.allows(scope)),
        "centre": centre,
        "centres": sorted(centres),
        "csrf": who.csrf,
        "seat": None if place is None else place.seat,
        "seat_centre": None if place is None else place.centre,
        "expires_at": time(who.session.ends_at(limits)),
        "must_change_password": who.person.must_change,
    }


class PersonView(TypedDict):
    """A person, as administrators see one."""

    id: Annotated[str, doc("Login name; it stays.")]
    name: Annotated[str, doc("As colleagues read it.")]
    roles: Annotated[list[Role], doc("What the person is; each gives scopes.")]
    centres: Annotated[list[str], doc("Where the person works; none named is everywhere.")]
    language: Annotated[Language, doc("Of the console.")]
    active: Annotated[bool, doc("Whether the person may sign in.")]
    must_change_password: Annotated[
        bool, doc("Whether the password was made by somebody else, for one sign-in.")
    ]
    password_at: Annotated[Time, doc("When the password was set.")]
    created_at: Annotated[Time, doc("When the person was added.")]
    locked_until: Annotated[
        Time | None,
        doc(
            "Until when this node lets nobody sign in under that name, after too many wrong "
            "passwords; null is not locked out."
        ),
    ]


def person_view(person: Person, locked_until: Instant | None = None) -> PersonView:
    """Show a person."""
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "centres": sorted(person.centres),
        "language": person.language,
        "active": not person.disabled,
        "must_change_password": person.must_change,
        "password_at": time(person.password_at),
        "created_at": time(person.created_at),
        "locked_until": _time(locked_until),
    }


class PeopleView(TypedDict):
    """Who may sign in, and who might before."""

    items: Annotated[list[PersonView], doc("The persons, by login name.")]


class NewPasswordView(TypedDict):
    """A person who has a password for one sign-in."""

    person: Annotated[PersonView, doc("The person.")]
    password: Annotated[str, doc("To be told to the person; shown this once.")]


class AuditView(TypedDict):
    """One line of the audit log."""

    id: Annotated[str, doc("Identifier (UUID).")]
    at: Annotated[Time, doc("When.")]
    centre: Annotated[str | None, doc("At which centre; null where it is about no one of them.")]
    who: Annotated[str, doc("Login name of the person, or name of the token.")]
    action: Annotated[str, doc("What was seen or done, such as `recording.heard`.")]
    subject: Annotated[str, doc("What it was done to: a login name, a seat, a ticket's number.")]
    detail: Annotated[dict[str, Any], doc("What else there is to say.")]
    address: Annotated[str, doc("Whence; empty where there was no connection.")]


def audit_view(entry: AuditEntry) -> AuditView:
    """Show a line of the audit log."""
    return {
        "id": str(entry.id),
        "at": time(entry.at),
        "centre": entry.centre,
        "who": entry.who,
        "action": entry.action,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "address": entry.address,
    }


class AuditPage(TypedDict):
    """The audit log, newest first."""

    items: Annotated[list[AuditView], doc("The entries of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


class AuditQuery(_Query):
    """Which page of which entries of the audit log."""

    who: Annotated[
        Subject | None, doc("Login name of the person, or name of the token, in full.")
    ] = None
    action: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_.]+$")]
        | None,
        doc("What was seen or done; with a dot at its end, how that begins, such as `person.`."),
    ] = None
    subject: Annotated[Subject | None, doc("What it was done to, in full.")] = None
    since: Annotated[
        Moment | None, doc("Then or later; ISO 8601 with zone (in a query a `+` is written `%2B`).")
    ] = None
    until: Annotated[Moment | None, doc("Before this time.")] = None
    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Entries a page.")] = 100


_Roles = Annotated[
    frozenset[Role], Field(min_length=1), doc("What the person is; each gives scopes.")
]
_Centres = Annotated[
    frozenset[Annotated[str, StringConstraints(max_length=12)]],
    Field(max_length=100),
    doc("Where the person works; none named is everywhere."),
]


class NewPerson(_Body):
    """Somebody who is to sign in."""

    id: Annotated[
        str,
        StringConstraints(pattern=LOGIN_NAME),
        doc("Login name: small letters, digits, dot, dash, underscore. It stays for ever."),
    ]
    name: Annotated[Line, doc("As colleagues read it.")]
    roles: _Roles
    centres: _Centres = frozenset()
    language: Annotated[Language, doc("Of the console.")] = Language.ID


class PersonPatch(_Body):
    """What to change of a person; what is absent stays."""

    name: Annotated[Line, doc("As colleagues read it.")] = ""
    roles: _Roles = frozenset()
    centres: _Centres = frozenset()
    language: Annotated[Language, doc("Of the console.")] = Language.ID
    active: Annotated[
        bool, Field(strict=True), doc("Whether the person may sign in; false signs them out.")
    ] = True
    unlock: Annotated[
        Literal[True],
        doc("Ends a lock-out after wrong passwords at the node that is asked."),
    ] = True


Password = Annotated[str, StringConstraints(max_length=128)]


class SignInBody(_Body):
    """Who wants to sign in."""

    agent: Annotated[str, StringConstraints(max_length=64), doc("Login name.")]
    password: Annotated[Password, doc("The password.")]


class PasswordChange(_Body):
    """A new password for oneself."""

    old: Annotated[Password, doc("The password until now.")]
    new: Annotated[Password, doc("The new one, of 10 characters at least.")]


class SitDown(_Body):
    """Where to sit."""

    seat: Annotated[Name, doc("Name of the seat.")]
    take_over: Annotated[bool, doc("Whether to take it from whoever sits there, who is told.")] = (
        False
    )
