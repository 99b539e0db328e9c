"""Dossiers: one that tells a whole story, and drawn ones with hostile words in every text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from sip112.dispatch.agency import (
    Agency,
    AgencyKind,
    Channel,
    ChannelKind,
    Contact,
    Rung,
    ladder,
)
from sip112.dispatch.directory import Directory, IncidentType
from sip112.dispatch.dossier import Dossier, Other, TicketChange
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, LinkId, TypeCode
from sip112.dispatch.limits import Limits
from sip112.dispatch.links import LinkKind, TicketLink
from sip112.routing.call import Call, Caller, CallState, Outcome
from sip112.routing.ids import (
    AgentId,
    CallId,
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    TicketId,
    TicketNumber,
    Uniqueid,
    call_id,
    ticket_id,
)
from sip112.routing.ticket import TicketRecord

PKY: Final = CentreCode("PKY")
DOMAIN: Final = "pky.112.example"
NOON: Final = 1_795_669_200.0
"""2026-11-26, noon in Palangka Raya."""

DAMKAR: Final = Agency(
    AgencyCode("damkar"),
    AgencyKind.FIRE,
    {"id": "Dinas Pemadam Kebakaran", "en": "Fire and Rescue"},
    contacts=(Contact("Piket", {ChannelKind.SMS: "08125550113"}),),
    channels=(
        Channel(ChannelKind.WEBHOOK, "https://damkar.example/112"),
        Channel(ChannelKind.VOICE, "113"),
        Channel(ChannelKind.SMS),
    ),
)
POLISI: Final = Agency(
    AgencyCode("polisi"),
    AgencyKind.POLICE,
    {"id": "Polresta", "en": "City Police"},
    channels=(Channel(ChannelKind.VOICE, "110"),),
)
DIRECTORY: Final = Directory(
    agencies=(DAMKAR, POLISI),
    types=(
        IncidentType(TypeCode("fire"), {"id": "Kebakaran", "en": "Fire"}, severity="high"),
        IncidentType(
            TypeCode("fire_building"),
            {"id": "Kebakaran rumah atau gedung", "en": "House or building fire"},
            parent=TypeCode("fire"),
            severity="critical",
        ),
        IncidentType(
            TypeCode("fire_peat"),
            {"id": "Kebakaran gambut", "en": "Peat fire"},
            parent=TypeCode("fire"),
        ),
    ),
)


def _at(seconds: float) -> Instant:
    return Instant(NOON + seconds)


CALL: Final = Call(
    id=call_id(PbxId("pbx1"), Uniqueid("1795669200.7"), Instant(NOON)),
    centre=PKY,
    pbx=PbxId("pbx1"),
    uniqueid=Uniqueid("1795669200.7"),
    channel="PJSIP/trunk-00000007",
    arrived_at=Instant(NOON),
    caller=Caller("08125550001", "Warung Ani"),
    state=CallState.TALKING,
    queued_at=_at(1),
    answered_at=_at(4.5),
    seat=SeatId("seat-03"),
    agent=AgentId("sari"),
)
TICKET: Final = TicketRecord(
    id=ticket_id(CALL.id),
    number=TicketNumber("PKY-20261126-0042"),
    centre=PKY,
    opened_at=Instant(NOON),
    changed_at=_at(95),
    version=5,
    calls=(CALL.id,),
    incident_type="fire_building",
    address="Jl. Rajawali Km 3,5 seberang pasar",
    latitude=-2.2101,
    longitude=113.9021,
    narrative="Asap tebal dari lantai dua.\nTetangga mendengar teriakan.",
    persons="Dua orang terjebak",
    severity="critical",
    language="bjn",
    assignee=AgentId("sari"),
    assignee_name="Sari",
)
_LIMITS: Final = Limits(15, 60, 120, 300)
_FIRE: Final = HandoffId(UUID("01936a3e-0000-7000-8000-000000000113"))
_POLICE: Final = HandoffId(UUID("01936a3e-0000-7000-8000-000000000110"))


def _step(seconds: float, step: Step, by: str, channel: str = "", note: str = "") -> HandoffEvent:
    return HandoffEvent(_at(seconds), EventKind.STEP, step, by, channel, note)


STORY: Final = Dossier(
    ticket=TICKET,
    calls=(CALL,),
    changes=(
        TicketChange(_at(20), "sari", "incident_type", None, "fire", 2),
        TicketChange(_at(22), "sari", "address", None, "Jl. Rajawali Km 2", 3),
        TicketChange(_at(60), "sari", "incident_type", "fire", "fire_building", 4),
        TicketChange(_at(95), "sari", "address", "Jl. Rajawali Km 2", str(TICKET.address), 5),
        TicketChange(_at(95), "sari", "narrative", None, str(TICKET.narrative), 5),
    ),
    handoffs=(
        Handoff(
            id=_FIRE,
            centre=PKY,
            ticket=TICKET.id,
            agency=DAMKAR.code,
            severity="critical",
            ladder=ladder(DAMKAR),
            requested_at=_at(30),
            requested_by="budi",
            limits=_LIMITS,
            step=Step.EN_ROUTE,
            since=_at(80),
        ),
        Handoff(
            id=_POLICE,
            centre=PKY,
            ticket=TICKET.id,
            agency=POLISI.code,
            severity="critical",
            ladder=ladder(POLISI),
            requested_at=_at(31),
            requested_by="budi",
            limits=_LIMITS,
            since=_at(31),
        ),
    ),
    events={
        _FIRE: (
            _step(30, Step.QUEUED, "budi"),
            _step(30.1, Step.DELIVERED, "sip112", "webhook"),
            _step(41, Step.ACKNOWLEDGED, "agency:damkar Regu 2", "webhook"),
            _step(50, Step.ACCEPTED, "agency:damkar Regu 2", "webhook"),
            HandoffEvent(
                _at(55),
                EventKind.NOTE,
                Step.ACCEPTED,
                "agency:damkar Regu 2",
                "webhook",
                "Perlu <tangga> & selimut",
            ),
            _step(80, Step.EN_ROUTE, "agency:damkar Regu 2", "webhook"),
        ),
        _POLICE: (_step(31, Step.QUEUED, "budi"),),
    },
)
"""A house burns: the fire service is on the way, the police have not been reached yet."""

OTHER: Final = Other(
    TicketRecord(
        id=TicketId(UUID("01936a3e-0000-7000-8000-000000000043")),
        number=TicketNumber("PKY-20261126-0043"),
        centre=PKY,
        opened_at=_at(40),
        changed_at=_at(70),
        version=3,
        status="closed",
        address="Belakang pasar",
        narrative="Ada orang di atap <lantai tiga>",
    ),
    (Caller("08125550002", "Budi"), Caller()),
)
"""Another report."""


def linked(kind: LinkKind, *, other_way: bool = False, undone: bool = False) -> Dossier:
    """Return the story with what somebody said of it and that report, which may be taken back."""
    ticket, other = (TICKET.id, OTHER.ticket.id)[:: 1 if other_way else -1]
    link = TicketLink(
        LinkId(UUID("01936a3e-0000-7000-8000-00000000001a")),
        PKY,
        kind,
        ticket,
        other,
        _at(72),
        "sari",
        "rumah yang sama",
        undone_at=_at(90) if undone else None,
        undone_by="budi" if undone else "",
        undone_reason="rumah lain" if undone else "",
    )
    return replace(STORY, links=(link,), others={OTHER.ticket.id: OTHER})


# --- drawn ---

HOSTILE: Final = st.one_of(
    st.text(st.characters(), max_size=40),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Cn"]), max_size=10),
    st.sampled_from(
        [
            "]]><script>alert(1)</script>&#0;",
            '"}],"$ref":"urn:emergency:uid:incidentid:0:evil.example"',
            "\x00\x1b[2J\ud800\udfff\ufffe\uffff",
            "\u202egnihton",
            "x" * 30_000,
            "<" * 5_000,
            " \n\r\t\u2028 ",
        ]
    ),
)
"""What callers, people and agencies may have written."""

_MAYBE: Final = st.none() | HOSTILE
_INSTANTS: Final = st.floats(0, 4e9).map(Instant)
_UUIDS: Final = st.uuids()
_CODES: Final = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
_NAMES: Final = st.dictionaries(st.sampled_from(["id", "en"]), HOSTILE)

_CALLS: Final = st.builds(
    Call,
    id=_UUIDS.map(CallId),
    centre=st.just(PKY),
    pbx=st.just(PbxId("pbx1")),
    uniqueid=st.just(Uniqueid("1.1")),
    channel=st.just("PJSIP/trunk-1"),
    arrived_at=_INSTANTS,
    caller=st.builds(
        Caller,
        number=st.none() | st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True),
        name=_MAYBE,
        raw=_MAYBE,
    ),
    location=st.none()
    | HOSTILE
    | st.sampled_from(["<cid:1@x>", "<https://lis.example/a?b>", "<sip:a@b>;x=<y>"]),
    state=st.sampled_from(CallState),
    queued_at=st.none() | _INSTANTS,
    answered_at=st.none() | _INSTANTS,
    ended_at=st.none() | _INSTANTS,
    outcome=st.none() | st.sampled_from(Outcome),
    seat=st.none() | st.just(SeatId("seat-01")),
    agent=st.none() | st.just(AgentId("sari")),
)
_AGENCIES: Final = st.builds(
    Agency,
    code=_CODES.map(AgencyCode),
    kind=st.sampled_from(AgencyKind),
    name=_NAMES,
    channels=st.lists(
        st.builds(Channel, kind=st.sampled_from(ChannelKind), address=HOSTILE), max_size=3
    ).map(tuple),
)
_TYPES: Final = st.builds(
    IncidentType,
    code=st.sampled_from(["fire", "a", "b", "c"]).map(TypeCode),
    name=_NAMES,
    parent=st.none() | st.sampled_from(["fire", "a", "b", "c", "gone"]).map(TypeCode),
)
DIRECTORIES: Final = st.builds(
    Directory,
    agencies=st.lists(_AGENCIES, max_size=3, unique_by=lambda each: each.code).map(tuple),
    types=st.lists(_TYPES, max_size=4, unique_by=lambda each: each.code).map(tuple),
)
_EVENTS: Final = st.builds(
    HandoffEvent,
    at=_INSTANTS,
    kind=st.sampled_from(EventKind),
    step=st.sampled_from(Step),
    by=st.one_of(st.just("budi"), HOSTILE, HOSTILE.map("agency:damkar {}".format)),
    channel=st.sampled_from(["", *ChannelKind]),
    note=HOSTILE,
)
_CHANGES: Final = st.builds(
    TicketChange,
    at=_INSTANTS,
    by=st.just("sari") | HOSTILE,
    field=st.sampled_from(["incident_type", "address", "narrative", "persons", "status"]),
    old=_MAYBE,
    new=_MAYBE,
    version=st.integers(2, 10_000),
)


@st.composite
def _handoffs(draw: st.DrawFn, code: AgencyCode) -> Handoff:
    rungs = st.builds(Rung, channel=st.sampled_from(ChannelKind), address=HOSTILE)
    steps = tuple(draw(st.lists(rungs, max_size=3)))
    return Handoff(
        id=HandoffId(draw(_UUIDS)),
        centre=PKY,
        ticket=TICKET.id,
        agency=code,
        severity=draw(_MAYBE),
        ladder=steps,
        requested_at=draw(_INSTANTS),
        requested_by=draw(HOSTILE),
        limits=_LIMITS,
        step=draw(st.sampled_from(Step)),
        since=draw(_INSTANTS),
        rung=draw(st.integers(0, len(steps))),
        reason=draw(HOSTILE),
    )


_OTHERS: Final = st.builds(
    Other,
    ticket=st.builds(
        TicketRecord,
        id=_UUIDS.map(TicketId),
        number=st.just(TicketNumber("PKY-20261126-0041")),
        centre=st.just(PKY),
        opened_at=_INSTANTS,
        changed_at=_INSTANTS,
        version=st.just(1),
        address=_MAYBE,
        narrative=_MAYBE,
        persons=_MAYBE,
        domain=st.none() | st.just("ktm.112.example"),
    ),
    callers=st.lists(
        st.builds(Caller, number=st.none() | st.just("08125550002"), name=_MAYBE), max_size=2
    ).map(tuple),
)


@st.composite
def _links(draw: st.DrawFn, ticket: TicketRecord, others: list[Other]) -> tuple[TicketLink, ...]:
    """Draw what was said of a ticket and each of some others."""
    found = []
    for other in others:
        one, two = draw(st.permutations([ticket.id, other.ticket.id]))
        link = TicketLink(
            LinkId(draw(_UUIDS)),
            PKY,
            draw(st.sampled_from(LinkKind)),
            one,
            two,
            draw(_INSTANTS),
            draw(HOSTILE),
            draw(HOSTILE),
            undone_at=draw(st.none() | _INSTANTS),
            undone_by=draw(HOSTILE),
            undone_reason=draw(HOSTILE),
        )
        found.append(link)
    return tuple(found)


@st.composite
def dossiers(draw: st.DrawFn, directory: Directory) -> Dossier:
    """Draw a dossier of a centre with that directory, and perhaps of an agency that is gone."""
    codes = [*(each.code for each in directory.agencies), AgencyCode("gone")]
    calls = draw(st.lists(_CALLS, max_size=2, unique_by=lambda each: each.id))
    placed = draw(st.booleans())
    ticket = TicketRecord(
        id=TicketId(draw(_UUIDS)),
        number=TICKET.number,
        centre=PKY,
        opened_at=draw(_INSTANTS),
        changed_at=draw(_INSTANTS),
        version=draw(st.integers(1, 10_000)),
        calls=tuple(each.id for each in calls),
        status=draw(st.sampled_from(["open", "closed"])),
        incident_type=draw(st.sampled_from(["fire", "a", "gone"]) | _MAYBE),
        address=draw(_MAYBE),
        latitude=draw(st.floats(-90, 90)) if placed else None,
        longitude=draw(st.floats(-180, 180)) if placed else None,
        narrative=draw(_MAYBE),
        persons=draw(_MAYBE),
        severity=draw(st.sampled_from(["critical", "high", "medium", "low"]) | _MAYBE),
        language=draw(_MAYBE),
        disposition=draw(st.sampled_from(["prank", "handed_over"]) | _MAYBE),
        assignee=draw(st.none() | st.just(AgentId("sari"))),
    )
    handoffs = draw(st.lists(st.sampled_from(codes).flatmap(_handoffs), max_size=3))
    unique = {each.id: each for each in handoffs}
    changes = draw(
        st.lists(_CHANGES, max_size=4, unique_by=lambda each: (each.version, each.field))
    )
    others = draw(st.lists(_OTHERS, max_size=3, unique_by=lambda each: each.ticket.id))
    others = [each for each in others if each.ticket.id != ticket.id]
    return Dossier(
        ticket=ticket,
        calls=tuple(calls),
        links=draw(_links(ticket, others)),
        others={each.ticket.id: each for each in others},
        changes=tuple(sorted(changes, key=lambda each: each.version)),
        handoffs=tuple(unique.values()),
        events={
            each: tuple(draw(st.lists(_EVENTS, max_size=4)))
            for each in unique
            if draw(st.booleans())
        },
    )


CASES: Final = DIRECTORIES.flatmap(
    lambda directory: st.tuples(st.just(directory), dossiers(directory))
)
"""A directory, and a dossier of its centre."""
