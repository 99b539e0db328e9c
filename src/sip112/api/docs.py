"""What the OpenAPI document says beside the routes: examples, errors, the problem schema.

Examples are made by the functions that make the answers, out of core objects and problems,
so that they cannot grow old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from sip112.api.ports import Referred
from sip112.api.problems.access import (
    missing_scope,
    no_token,
    no_tokens,
    other_origin,
    password_change_needed,
    people_only,
    session_over,
    wrong_csrf,
    wrong_token,
)
from sip112.api.problems.node import internal, store_unavailable
from sip112.api.problems.problem import MEDIA_TYPE, Problem
from sip112.api.problems.requests import invalid, malformed, not_acceptable, not_json, too_large
from sip112.api.schemas.notices import NoticeView
from sip112.api.schemas.problems import ProblemView
from sip112.dispatch.agency import (
    Agency,
    AgencyKind,
    Channel,
    ChannelKind,
    Contact,
    Opening,
    Rung,
    ladder,
)
from sip112.dispatch.directory import Area, IncidentType, PlanEntry
from sip112.dispatch.dossier import Other
from sip112.dispatch.faults import Fault
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, MessageKind, Purpose, Step
from sip112.dispatch.ids import AgencyCode, AreaCode, HandoffId, LinkId, MessageId, TypeCode
from sip112.dispatch.limits import limits_for
from sip112.dispatch.links import Linking, LinkKind, TicketLink
from sip112.dispatch.outbox import MessageState, OutboxItem
from sip112.dispatch.plans import Candidate, Need, Proposal
from sip112.dispatch.reasons import Code, because
from sip112.dispatch.similar import Similar
from sip112.dispatch.timeline import About, Moment
from sip112.people.person import Person
from sip112.people.roles import Role
from sip112.people.session import Limits, Session, SignedIn, csrf_of
from sip112.routing.call import (
    Call,
    Caller,
    CallState,
    Move,
    Offer,
    OfferResult,
    Outcome,
    Party,
    Place,
)
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.effects import EntryKind, Record
from sip112.routing.ids import (
    AgentId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    Seq,
    TicketId,
    TicketNumber,
    Uniqueid,
    call_id,
    ticket_id,
)
from sip112.routing.seat import Device, Seat
from sip112.routing.spy import Spy, SpyMode
from sip112.routing.started import Line
from sip112.routing.ticket import TicketRecord

_T: Final = Instant(1795317300.25)
ZONE: Final = ZoneInfo("Asia/Jakarta")
_CENTRE: Final = CentreCode("PKY")
_SEAT: Final = SeatId("seat-03")
_AGENT: Final = AgentId("sari")
_CALL_ID: Final = call_id(PbxId("pbx1"), Uniqueid("1795317300.42"), _T)

RINGING: Final = Call(
    id=_CALL_ID,
    centre=_CENTRE,
    pbx=PbxId("pbx1"),
    uniqueid=Uniqueid("1795317300.42"),
    channel="PJSIP/trunk-0000002a",
    arrived_at=_T,
    trunk="trunk",
    caller=Caller(number="08125550142", name="Budi"),
    skills=frozenset({"id"}),
    ticket=ticket_id(_CALL_ID),
    ticket_number=TicketNumber("PKY-20261122-0042"),
    state=CallState.RINGING,
    position=1,
    queued_at=Instant(_T + 2),
    seat=_SEAT,
    agent=_AGENT,
    offers=(Offer(_SEAT, _AGENT, Instant(_T + 6), rang_at=Instant(_T + 6.012)),),
)
"""A call that rings at a seat."""

WAITING: Final = RINGING.evolve(state=CallState.QUEUED, seat=None, agent=None, offers=())
"""The same call before that."""

TALKING: Final = RINGING.move(
    Move.ANSWER,
    answered_at=Instant(_T + 9.5),
    offers=(replace(RINGING.offers[0], ended_at=Instant(_T + 9.5), result=OfferResult.ANSWERED),),
    parties=(Party(Line(seat=_SEAT), Place.TALKING, Instant(_T + 9.5)),),
)
"""The same call in conversation."""

ENDED: Final = TALKING.evolve(parties=()).move(
    Move.END, ended_at=Instant(_T + 130), outcome=Outcome.ANSWERED, cause=16
)
"""The same call in the end."""

READY: Final = Seat(
    id=_SEAT,
    centre=_CENTRE,
    skills=frozenset({"id", "en"}),
    agent=_AGENT,
    device=Device.IDLE,
    held=True,
    since=Instant(_T - 60),
)
"""A seat that waits for a call."""

TICKET: Final = TicketRecord(
    id=ticket_id(_CALL_ID),
    number=TicketNumber("PKY-20261122-0042"),
    centre=_CENTRE,
    opened_at=_T,
    changed_at=Instant(_T + 40),
    version=2,
    calls=(_CALL_ID,),
    incident_type="fire",
    address="Jl. Contoh 12",
    latitude=-2.2161,
    longitude=113.9135,
    assignee=_AGENT,
    assignee_name="Sari",
)
"""The ticket of that call."""

_PARENT: Final = replace(
    TICKET,
    id=TicketId(UUID("01a20c11-0a8e-7d30-9e77-5b4c2f6d1031")),
    number=TicketNumber("PKY-20261122-0041"),
    opened_at=Instant(_T - 130),
    address="Jl. Contoh 14",
)
_LINK: Final = TicketLink(
    LinkId(UUID("01a20c11-8e7b-7d30-8e77-5b4c2f6d1033")),
    _CENTRE,
    LinkKind.DUPLICATE,
    TICKET.id,
    _PARENT.id,
    Instant(_T + 70),
    "sari",
    "The same house",
)
LINKS: Final = ((_LINK,), {_PARENT.id: Other(_PARENT, (Caller("08125550141", "Ani"),))})
"""What was said of that ticket: another caller had reported the same fire."""

LINKING: Final = Linking(
    _LINK,
    replace(
        TICKET,
        version=3,
        status="closed",
        disposition="known_already",
        parent=_PARENT.id,
        parent_number=_PARENT.number,
    ),
)
"""What came of saying so."""

SIMILAR: Final = Similar(_PARENT, 130.0, 40, same_type=True, same_number=False)
"""Why it was suggested."""

CALLBACK: Final = Callback(
    call=_CALL_ID,
    centre=_CENTRE,
    number="08125550142",
    arrived_at=_T,
    opened_at=Instant(_T + 21.5),
    name="Budi",
    ticket_number=TicketNumber("PKY-20261122-0042"),
)
"""A caller who hung up, and whom nobody has called back yet."""

TAKEN: Final = CALLBACK.evolve(
    state=CallbackState.TAKEN,
    tries=1,
    seat=_SEAT,
    agent=_AGENT,
    pbx=PbxId("pbx1"),
    taken_at=Instant(_T + 60),
)
"""The same when a seat calls."""

OVER: Final = TAKEN.evolve(
    state=CallbackState.OVER,
    result=TryResult.NO_ANSWER,
    outcome=CallbackOutcome.NO_ANSWER,
    closed_at=Instant(_T + 120),
)
"""The same when nobody answered, and somebody gave it up."""

SPY: Final = Spy(
    centre=_CENTRE,
    by=SeatId("seat-09"),
    who="dewi",
    seat=_SEAT,
    agent=_AGENT,
    call=_CALL_ID,
    ticket_number=TicketNumber("PKY-20261122-0042"),
    pbx=PbxId("pbx1"),
    handle="sip112-1795317301.42",
    mode=SpyMode.LISTEN,
    since=Instant(_T + 30),
)
"""A supervisor whose phone rings, to listen to the call of a seat."""

RECORD: Final = Record(
    seq=Seq(1795317306012000),
    at=Instant(_T + 6.012),
    centre=_CENTRE,
    kind=EntryKind.CALL_RINGING,
    call=RINGING,
)
"""The journal entry of the ringing."""

_DAMKAR: Final = Agency(
    AgencyCode("damkar"),
    AgencyKind.FIRE,
    {"id": "Pemadam Kebakaran", "en": "Fire brigade"},
    channels=(
        Channel(ChannelKind.WEBHOOK, "https://damkar.example.org/sip112"),
        Channel(ChannelKind.VOICE, "113"),
    ),
)

HANDOFF: Final = Handoff(
    id=HandoffId(UUID("01a20c11-7d6a-7b1e-8c55-3f2f0d4b9a10")),
    centre=_CENTRE,
    ticket=TICKET.id,
    agency=_DAMKAR.code,
    severity="critical",
    ladder=ladder(_DAMKAR),
    requested_at=Instant(_T + 45),
    requested_by="sari",
    limits=limits_for("critical"),
    step=Step.DELIVERED,
    since=Instant(_T + 45.2),
    tried_at=Instant(_T + 45),
    due_at=Instant(_T + 105),
    version=2,
)
"""A ticket that was passed on to the fire brigade, whose system has it."""

HANDOFF_EVENTS: Final = (
    HandoffEvent(Instant(_T + 45), EventKind.STEP, Step.QUEUED, "sari", "webhook"),
    HandoffEvent(Instant(_T + 45.2), EventKind.STEP, Step.DELIVERED, "sip112", "webhook"),
)
"""Its history."""

_REFERRAL: Final = Handoff(
    id=HandoffId(UUID("01a20c11-8e7b-7d30-8e77-5b4c2f6d1032")),
    centre=_CENTRE,
    ticket=TICKET.id,
    agency=AgencyCode("pln"),
    severity="low",
    ladder=(Rung(ChannelKind.VOICE, ""),),
    requested_at=Instant(_T + 60),
    requested_by="sari",
    limits=limits_for("low"),
    step=Step.COMPLETED,
    since=Instant(_T + 60),
    tried_at=Instant(_T + 60),
    purpose=Purpose.REFERRAL,
)
REFERRED: Final = Referred(
    (_REFERRAL, (HandoffEvent(Instant(_T + 60), EventKind.STEP, Step.COMPLETED, "sari", "voice"),)),
    replace(TICKET, disposition="referred"),
    written=True,
)
"""A caller without electricity, who was told of the line for that."""

MOMENT: Final = Moment(
    Instant(_T + 45.2), About.HANDOFF, "delivered", "sip112", "damkar", {"channel": "webhook"}
)
"""What the timeline says of that."""

DEAD_LETTER: Final = OutboxItem(
    id=MessageId(UUID("01a20c11-7d6b-7c2f-9d66-4a3b1e5c0f21")),
    centre=_CENTRE,
    handoff=HANDOFF.id,
    ticket=TICKET.id,
    agency=_DAMKAR.code,
    kind=MessageKind.REQUEST,
    rung=HANDOFF.ladder[0],
    body=None,
    content_type=None,
    not_before=Instant(_T + 45),
    next_try_at=Instant(_T + 45),
    created_at=Instant(_T + 45),
    since=Instant(_T + 45),
    state=MessageState.DEAD,
    last_error="it answers 410: gone",
    last_reason=because(Code.ANSWERS, status=410, said="gone"),
    done_at=Instant(_T + 45.3),
)
"""A message that the fire brigade's system refused for good."""

PROPOSAL: Final = Proposal(
    TypeCode("fire"),
    (
        Need(PlanEntry(kind=AgencyKind.FIRE), (Candidate(_DAMKAR),)),
        Need(PlanEntry(kind=AgencyKind.MEDICAL)),
    ),
)
"""Whom that ticket needs: the fire brigade, and an ambulance, of which nobody is known."""

LIMITS: Final = Limits()
"""How long sessions last."""

SIGNED_IN: Final = SignedIn(
    Person(_AGENT, "Sari", frozenset({Role.CALL_TAKER}), "", _T, _T, must_change=False),
    Session("", _AGENT, _T, _T, "192.0.2.7"),
    csrf_of("example"),
)
"""A person who has signed in."""


DRIFT: Final = Record(
    seq=Seq(1795317302000000),
    at=Instant(_T + 2),
    centre=_CENTRE,
    kind=EntryKind.PBX_DRIFT,
    detail={"pbx": "pbx1", "kind": "call_ghost", "subject": "1795317300.40"},
)
"""The journal entry of a drift that was healed."""

AGENCY: Final = replace(
    _DAMKAR,
    area=AreaCode("jekan_raya"),
    hours=(Opening(0, 480, 960),),
    contacts=(Contact("Piket", {ChannelKind.VOICE: "08125550113"}),),
)
"""An agency that has a system of its own, and a telephone."""

INCIDENT_TYPE: Final = IncidentType(
    TypeCode("fire"),
    {"id": "Kebakaran", "en": "Fire"},
    None,
    "high",
    (PlanEntry(agency=AGENCY.code), PlanEntry(AgencyKind.MEDICAL)),
)
"""What it is needed for."""

AREA: Final = Area(
    AreaCode("jekan_raya"),
    {"id": "Jekan Raya", "en": "Jekan Raya"},
    {
        "type": "Polygon",
        "coordinates": [[[113.85, -2.25], [113.95, -2.25], [113.95, -2.15], [113.85, -2.25]]],
    },
)
"""Where it acts."""

FAULT: Final = Fault(
    "agencies[0].area",
    "'damkar' acts in 'jekan', which is no area (did you mean 'jekan_raya'?)",
    "add the area, name another, or none for everywhere",
)
"""What may be wrong with it."""


def answers(
    example: object, *errors: Problem, media_type: str = "application/json"
) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a route's answers: an example, and what can be wrong.

    Without an example (None) the answer has no body.
    """
    documented: dict[int | str, dict[str, Any]] = (
        {204: {"description": "Done."}}
        if example is None
        else {200: {"content": {media_type: {"example": example}}}}
    )
    for problem in (*errors, internal()):
        response = documented.setdefault(
            problem.status,
            {
                "description": HTTPStatus(problem.status).phrase,
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/ProblemView"},
                        "examples": {},
                    }
                },
            },
        )
        response["content"][MEDIA_TYPE]["examples"][problem.name] = {
            "summary": problem.detail,
            "value": problem.body("/v1/..."),
        }
        if problem.headers:
            response["headers"] = {
                name: {"schema": {"type": "string"}, "example": value}
                for name, value in problem.headers.items()
            }
    return documented


def revised(
    example: object, *errors: Problem, schema: str | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the same for what has an ETag and may be known to the client already."""
    documented = answers(example, *errors)
    if schema is not None:  # of an answer that is written by hand
        [content] = documented[200]["content"].values()
        content["schema"] = {"$ref": f"#/components/schemas/{schema}"}
    known = {304: {"description": "It is at the version that `If-None-Match` names."}}
    return documented | known


def usual(example: object) -> dict[str, Any]:
    """Return the one example of a body."""
    return {"usual": {"summary": "As usual", "value": example}}


def without_version(view: Mapping[str, object]) -> dict[str, object]:
    """Return what is sent to have an entry be as it is shown."""
    return {name: each for name, each in view.items() if name != "version"}


def guarded(media_type: str = "application/json") -> tuple[Problem, ...]:
    """Return what every route for a token or a session can answer."""
    return (
        no_token(),
        wrong_token(),
        no_tokens(),
        session_over(),
        missing_scope("dashboard", "read"),
        password_change_needed(),
        store_unavailable(),
        not_acceptable(media_type),
    )


def for_people(media_type: str = "application/json") -> tuple[Problem, ...]:
    """Return what every route for people alone can answer."""
    return (
        no_token(),
        session_over(),
        people_only("dashboard"),
        store_unavailable(),
        not_acceptable(media_type),
    )


def changing() -> tuple[Problem, ...]:
    """Return what every route that changes something can answer to people."""
    return (wrong_csrf(), other_origin("https://example.org"))


def with_body(field: str = "agent", limit: int = 128 * 1024) -> tuple[Problem, ...]:
    """Return what every route that takes a body of at most `limit` bytes can answer."""
    return (
        malformed("Expecting value", 12),
        too_large(limit),
        not_json("text/plain"),
        missing("body", field),
    )


def missing(where: str, field: str) -> Problem:
    """Return what a missing field is answered with."""
    return invalid([{"loc": (where, field), "msg": "Field required", "type": "missing"}])


def complete(document: dict[str, Any]) -> None:
    """Add the schemas of problems and notices, and take FastAPI's own errors out.

    FastAPI adds a 422 of another form wherever there is a parameter, also where none of its
    values can be wrong.
    """
    schemas = document["components"]["schemas"]
    beside: dict[str, TypeAdapter[Any]] = {  # what is sent, and is no answer of any route
        "ProblemView": TypeAdapter(ProblemView),
        "NoticeView": TypeAdapter(NoticeView),
    }
    for name, view in beside.items():
        schema = view.json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs")
        schemas[name] = schema
    schemas["NoticeView"]["description"] = "What a notice on the event stream carries."
    for path in document["paths"].values():
        for operation in path.values():
            if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {}):
                operation["responses"].pop("422", None)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
