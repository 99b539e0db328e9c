"""A call as the API shows it, and which calls one asks for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import Cursor, Name, PeriodQuery
from sip112.api.schemas.values import Time, doc, identifier, seconds_between, time, time_or_null
from sip112.routing.call import Call, CallState, Offer, OfferResult, Origin, Outcome, Party, Place


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
        "rang_at": time_or_null(offer.rang_at),
        "ended_at": time_or_null(offer.ended_at),
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
        "id": identifier(call.id.int),
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
        "ticket": None if call.ticket is None else identifier(call.ticket.int),
        "ticket_number": call.ticket_number,
        "state": call.state,
        "position": call.position,
        "seat": call.seat,
        "agent": call.agent,
        "parties": [_party_view(party) for party in call.parties],
        "on_hold": call.on_hold,
        "offers": [_offer_view(offer) for offer in call.offers],
        "arrived_at": time(call.arrived_at),
        "queued_at": time_or_null(call.queued_at),
        "answered_at": time_or_null(call.answered_at),
        "ended_at": time_or_null(call.ended_at),
        "wait_s": seconds_between(call.arrived_at, call.answered_at or call.ended_at),
        "talk_s": seconds_between(call.answered_at, call.ended_at),
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
