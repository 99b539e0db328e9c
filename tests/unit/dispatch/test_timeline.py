"""One line of time out of several journals."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.dispatch.dossier import Dossier, Other, TicketChange
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, LinkId
from sip112.dispatch.limits import limits_for
from sip112.dispatch.links import LinkKind, TicketLink, Tie
from sip112.dispatch.timeline import About, Moment, answers, timeline, to_tell
from sip112.routing.call import Call, Caller, CallState, Outcome
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
from sip112.routing.ticket import TicketRecord

PKY = CentreCode("PKY")
T = Instant(1_795_317_300.0)
CALL = Call(
    id=call_id(PbxId("pbx1"), Uniqueid("1.1"), T),
    centre=PKY,
    pbx=PbxId("pbx1"),
    uniqueid=Uniqueid("1.1"),
    channel="PJSIP/trunk-1",
    arrived_at=T,
    caller=Caller(number="08125550142"),
)
ANSWERED = CALL.evolve(
    state=CallState.TALKING,
    answered_at=Instant(T + 5),
    seat=SeatId("seat-01"),
    agent=AgentId("sari"),
)
ENDED = ANSWERED.evolve(state=CallState.ENDED, ended_at=Instant(T + 90), outcome=Outcome.ANSWERED)
TICKET = TicketRecord(
    id=ticket_id(CALL.id),
    number=TicketNumber("PKY-20261122-0042"),
    centre=PKY,
    opened_at=T,
    changed_at=T,
    version=3,
)
HANDOFF = Handoff(
    id=HandoffId(UUID(int=7)),
    centre=PKY,
    ticket=TICKET.id,
    agency=AgencyCode("damkar"),
    severity="high",
    ladder=(),
    requested_at=Instant(T + 30),
    requested_by="sari",
    limits=limits_for("high"),
)


def record(kind: EntryKind, at: float, call: Call | None, **detail: str) -> Record:
    return Record(Seq(int(at)), Instant(at), PKY, kind, call, detail=detail)


def change(at: float, version: int, field: str, new: str | None) -> TicketChange:
    return TicketChange(Instant(at), "sari", field, None, new, version)


def test_everything_is_in_one_line_of_time() -> None:
    """Calls, what people wrote, handoffs and recordings, oldest first."""
    dossier = Dossier(
        ticket=TICKET,
        calls=(ENDED,),
        changes=(
            change(T + 20, 2, "incident_type", "fire"),
            change(T + 20, 2, "address", None),
            change(T + 25, 3, "assignee", "budi"),
        ),
        handoffs=(HANDOFF,),
        events={
            HANDOFF.id: (
                HandoffEvent(Instant(T + 30), EventKind.STEP, Step.QUEUED, "sari"),
                HandoffEvent(
                    Instant(T + 31), EventKind.FAILED, Step.QUEUED, "sip112", "webhook", "500"
                ),
                HandoffEvent(Instant(T + 60), EventKind.STEP, Step.ACCEPTED, "agency:damkar"),
            )
        },
    )
    records = (
        record(EntryKind.CALL_ARRIVED, T, CALL),
        record(EntryKind.CALL_ANSWERED, T + 5, ANSWERED),
        record(EntryKind.CALL_STEERED, T + 40, ANSWERED, seat="seat-02", what="hold"),
        record(EntryKind.CALL_ENDED, T + 90, ENDED),
    )
    moments = timeline(dossier, records, recorded={CALL.id})
    assert [(each.at - T, each.about.value, each.what, each.who) for each in moments] == [
        (0, "ticket", "opened", ""),
        (0, "call", "arrived", ""),
        (5, "call", "answered", "sari"),
        (5, "recording", "begun", ""),
        (20, "ticket", "changed", "sari"),
        (25, "ticket", "assigned", "sari"),
        (30, "handoff", "queued", "sari"),
        (31, "handoff", "failed", "sip112"),
        (40, "call", "steered", "sari"),
        (60, "handoff", "accepted", "agency:damkar"),
        (90, "call", "ended", "sari"),
    ]
    details = [each.detail for each in moments]
    assert details[1] == {"number": "08125550142"}
    assert details[4] == {"incident_type": "fire", "address": ""}
    assert details[7] == {"channel": "webhook", "note": "500"}
    assert details[8] == {"seat": "seat-02", "what": "hold", "number": "08125550142"}
    assert details[10] == {"seat": "seat-01", "number": "08125550142", "outcome": "answered"}
    assert moments[7].subject == "damkar"
    assert moments[2].subject == str(CALL.id)


def test_a_call_that_nobody_answered_has_no_recording() -> None:
    """Even if there is a file."""
    moments = timeline(Dossier(ticket=TICKET, calls=(CALL,)), recorded={CALL.id})
    assert [each.about for each in moments] == [About.TICKET]


def test_a_line_that_was_passed_on_is_a_moment() -> None:
    """With its words; another centre reads it in the one history."""
    line = HandoffEvent(Instant(T + 9), EventKind.LINE, Step.SENT, "sari", "relay", "Dua anak")
    dossier = Dossier(ticket=TICKET, handoffs=(HANDOFF,), events={HANDOFF.id: (line,)})
    moment = timeline(dossier)[-1]
    assert (moment.what, moment.who, moment.subject) == ("line", "sari", "damkar")
    assert moment.detail == {"channel": "relay", "note": "Dua anak"}
    assert [each.what for each in to_tell(dossier, (), "pky", AgencyCode("ktw"))][-1] == "line"


def test_what_is_about_no_call_is_no_moment() -> None:
    """Entries about seats or an Asterisk may stand among the others."""
    assert len(timeline(Dossier(ticket=TICKET), [record(EntryKind.PBX_LOST, T, None)])) == 1


def test_a_handoff_without_history_is_silent() -> None:
    """It was stored a moment ago."""
    assert len(timeline(Dossier(ticket=TICKET, handoffs=(HANDOFF,)))) == 1


@pytest.mark.parametrize("kind", list(EventKind))
def test_each_kind_of_event_has_a_name(kind: EventKind) -> None:
    """A step goes by its own name."""
    event = HandoffEvent(T, kind, Step.SENT, "sip112")
    dossier = Dossier(ticket=TICKET, handoffs=(HANDOFF,), events={HANDOFF.id: (event,)})
    expected = "sent" if kind is EventKind.STEP else kind.value
    assert timeline(dossier)[-1].what == expected


OTHER = TicketRecord(
    id=TicketId(UUID(int=8)),
    number=TicketNumber("PKY-20261122-0041"),
    centre=PKY,
    opened_at=T,
    changed_at=T,
    version=1,
)


def link(kind: LinkKind, *, at_this: bool, holds: bool) -> TicketLink:
    """Return what somebody said of the ticket and another one, at either."""
    one, two = (TICKET.id, OTHER.id) if at_this else (OTHER.id, TICKET.id)
    made = TicketLink(LinkId(UUID(int=9)), PKY, kind, one, two, Instant(T + 40), "sari", "why")
    return made if holds else made.evolve(undone_at=Instant(T + 50), undone_by="budi")


@pytest.mark.parametrize(
    ("kind", "at_this", "whats"),
    [
        (LinkKind.DUPLICATE, True, ["merged", "split"]),
        (LinkKind.DUPLICATE, False, ["duplicate", "duplicate_split"]),
        (LinkKind.RELATED, True, ["linked", "unlinked"]),
        (LinkKind.RELATED, False, ["linked", "unlinked"]),
    ],
)
def test_what_another_ticket_became_to_it_is_a_moment(
    kind: LinkKind, at_this: bool, whats: list[str]
) -> None:
    """And that it was taken back is another; what the journal says of it is not told twice."""
    journal = (change(T + 40, 2, "duplicate_of", "x"), change(T + 50, 3, "status", "open"))
    for holds in (True, False):
        dossier = Dossier(
            TICKET,
            changes=journal,
            links=(link(kind, at_this=at_this, holds=holds),),
            others={OTHER.id: Other(OTHER)},
        )
        moments = [each for each in timeline(dossier) if each.what not in {"opened", "changed"}]
        assert [each.what for each in moments] == whats[: 1 if holds else 2]
        assert {(each.about, each.subject) for each in moments} == {(About.TICKET, OTHER.number)}
        assert (moments[0].at, moments[0].who, moments[0].detail) == (
            T + 40,
            "sari",
            {"note": "why"},
        )
        assert len({each.id for each in moments}) == len(moments)
        if not holds:
            assert (moments[1].at, moments[1].who, moments[1].detail) == (T + 50, "budi", {})
        changed = [each for each in timeline(dossier) if each.what == "changed"]
        assert [each.detail for each in changed] == [{"status": "open"}]


def test_what_others_became_to_each_other_is_no_moment() -> None:
    """Of a duplicate's duplicate its own timeline tells; and of a ticket that is not known none."""
    theirs = link(LinkKind.DUPLICATE, at_this=True, holds=True).evolve(ticket=TicketId(UUID(int=3)))
    dossier = Dossier(TICKET, links=(theirs,), others={OTHER.id: Other(OTHER)})
    assert len(timeline(dossier)) == 1
    own = link(LinkKind.DUPLICATE, at_this=True, holds=True)
    assert len(timeline(Dossier(TICKET, links=(own,)))) == 1
    assert Dossier(TICKET, links=(own,)).tied == ()
    ((tied, other),) = Dossier(TICKET, links=(own,), others={OTHER.id: Other(OTHER)}).tied
    assert (tied.tie, other.ticket) == (Tie.PARENT, OTHER)


KTM = AgencyCode("ktm")
OVER = HANDOFF.evolve(agency=KTM)
HEARD = Dossier(
    ticket=TICKET,
    calls=(ENDED,),
    changes=(
        change(T + 20, 2, "address", "Km 30"),
        TicketChange(Instant(T + 70), "agency:ktm", "persons", None, "2", 3),
    ),
    handoffs=(OVER,),
    events={
        OVER.id: (
            HandoffEvent(Instant(T + 30), EventKind.STEP, Step.QUEUED, "sari"),
            HandoffEvent(Instant(T + 60), EventKind.STEP, Step.ACCEPTED, "agency:ktm dewi"),
            HandoffEvent(
                Instant(T + 61), EventKind.NOTE, Step.ACCEPTED, "agency:ktm dewi", "", "x"
            ),
        )
    },
)
NAMES = f"{OVER.id.hex}."


def test_who_says_the_steps_of_what_another_centre_asks() -> None:
    """The other one has asked and may take it back; all else is this centre's answer."""
    asked = HANDOFF.evolve(agency=KTM, purpose=Purpose.RECEIVED)
    events = (
        HandoffEvent(T, EventKind.STEP, Step.DELIVERED, "agency:ktm"),
        HandoffEvent(T, EventKind.STEP, Step.ACCEPTED, "sari"),
        HandoffEvent(T, EventKind.FAILING, Step.ACCEPTED, "sip112"),
        HandoffEvent(T, EventKind.NOTE, Step.ACCEPTED, "agency:ktm dewi"),
    )
    moments = timeline(Dossier(TICKET, handoffs=(asked,), events={asked.id: events}))[1:]
    assert [answers(each) for each in moments] == [False, True, True, False]
    assert {each.detail["purpose"] for each in moments} == {"received"}
    assert not any(map(answers, timeline(HEARD)))


def theirs(name: str, at: float, about: About, what: str) -> Moment:
    return Moment(Instant(at), about, what, "dewi", "pky", {}, name, "ktm.112.invalid", KTM)


def test_each_moment_has_a_name_and_its_centre() -> None:
    """By which another centre keeps it once."""
    records = (record(EntryKind.CALL_ARRIVED, T, CALL),)
    moments = timeline(HEARD, records, recorded={CALL.id}, centre="pky.112.invalid")
    assert {each.centre for each in moments} == {"pky.112.invalid"}
    assert {each.neighbour for each in moments} == {""}
    names = ["opened", f"c{int(T)}", f"r{CALL.id.hex}", "v2", "v3"]
    assert {each.id for each in moments} == {*names, *(f"{NAMES}{n}" for n in (1, 2, 3))}


def test_another_centre_is_told_what_it_has_not_said_itself() -> None:
    """Nor of recordings, which it cannot hear."""
    records = (record(EntryKind.CALL_ARRIVED, T, CALL),)
    told = to_tell(HEARD, records, "pky.112.invalid", KTM)
    assert [(each.id, each.centre) for each in told] == [
        (name, "pky.112.invalid") for name in ("opened", f"c{int(T)}", "v2", f"{NAMES}1")
    ]
    everything = to_tell(HEARD, (), "pky.112.invalid", AgencyCode("bks"))
    assert [each.id for each in everything][-2:] == [f"{NAMES}3", "v3"]


def test_what_another_centre_tells_itself_is_not_told_twice() -> None:
    """Its own words stand there, in the line of both; what it has not told stays."""
    told = (
        theirs("opened", T + 35, About.TICKET, "opened"),
        theirs(f"{NAMES}2", T + 58, About.HANDOFF, "accepted"),
    )
    moments = timeline(HEARD, centre="pky.112.invalid", theirs=told)
    assert [(each.id, each.neighbour) for each in moments] == [
        ("opened", ""),
        ("v2", ""),
        (f"{NAMES}1", ""),
        ("opened", "ktm"),
        (f"{NAMES}2", "ktm"),
        (f"{NAMES}3", ""),
    ]


def test_two_centres_have_their_moments_in_one_order() -> None:
    """Whichever shows them: at the same time by the names of the centres, then as they were."""
    told = (theirs("a", T, About.TICKET, "opened"), theirs("b", T, About.CALL, "arrived"))
    here = timeline(Dossier(TICKET), centre="pky.112.invalid", theirs=told)
    assert [each.id for each in here] == ["a", "b", "opened"]
