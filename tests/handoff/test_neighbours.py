"""What another centre sends is read with care: an incident, what has happened there, or nothing."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind, Rung
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, MessageKind, Purpose, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.links import LinkKind
from sip112.dispatch.outbox import Draft, Earlier, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.dispatch.timeline import About, Moment
from sip112.handoff.documents import eido, urns
from sip112.handoff.inbound import Said
from sip112.handoff.letters import Letters
from sip112.handoff.moments import MOST, ROOM, told
from sip112.handoff.neighbours import Asked, read
from sip112.handoff.reading import BadDocument
from sip112.routing.ids import Instant
from tests.handoff.dossiers import DIRECTORY, DOMAIN, NOON, OTHER, STORY, TICKET, linked

JAKARTA: Final = ZoneInfo("Asia/Jakarta")
KTM: Final = Agency(AgencyCode("ktm"), AgencyKind.CENTRE, {"id": "KTM", "en": "KTM"})
WAY: Final = Rung(ChannelKind.WEBHOOK, "https://ktm.example/v1/agency/pky/messages")
OVER: Final = STORY.handoffs[0].evolve(id=HandoffId(UUID(int=99)), agency=KTM.code, ladder=(WAY,))
LETTERS: Final = Letters(
    DOMAIN, "", JAKARTA, lambda: replace(DIRECTORY, agencies=(*DIRECTORY.agencies, KTM))
)
WITH: Final = replace(STORY, handoffs=(*STORY.handoffs, OVER))


def draft(
    kind: MessageKind, dossier: Dossier = WITH, handoff: Handoff = OVER, answers: int = 0
) -> Draft:
    """Return what a letter to the other centre is made of."""
    item = OutboxItem(
        MessageId(UUID(int=5)),
        handoff.centre,
        handoff.id,
        TICKET.id,
        handoff.agency,
        kind,
        WAY,
        None,
        None,
        Instant(NOON),
        Instant(NOON),
        Instant(NOON),
        Instant(NOON),
    )
    before = Earlier(MessageId(UUID(int=4)), MessageKind.ANSWER, Instant(NOON))
    return Draft(item, dossier, Instant(NOON + 100), (before,) * answers)


def sent(kind: MessageKind = MessageKind.REQUEST) -> dict[str, Any]:
    """Return what another centre is sent."""
    document: dict[str, Any] = json.loads(LETTERS(draft(kind)).body)
    return document


def taken(document: Any) -> Asked:
    """Return what is read of it, which is no answer."""
    found = read(json.dumps(document).encode(), "application/json", "ktm.112.example")
    assert isinstance(found, Asked)
    return found


def test_what_one_centre_writes_the_other_reads() -> None:
    """Every field of the ticket that a person wrote, and its history."""
    asked = taken(sent())
    assert (asked.kind, asked.handoff) == (MessageKind.REQUEST, OVER.id)
    assert (asked.ticket, asked.domain, asked.centre) == (TICKET.id, DOMAIN, DOMAIN)
    assert asked.number == TICKET.number
    names = [
        "incident_type",
        "severity",
        "address",
        "narrative",
        "persons",
        "language",
        "latitude",
        "longitude",
    ]
    written = {name: getattr(TICKET, name) for name in names}
    assert asked.fields == {name: each for name, each in written.items() if each is not None}
    assert asked.history is not None
    assert asked.history.centre == DOMAIN
    assert asked.history.moments[0].what == "opened"
    assert [each.at for each in asked.history.moments] == sorted(
        each.at for each in asked.history.moments
    )


def test_the_other_centre_reads_why_something_failed() -> None:
    """As a reason, which it says in the language of whoever reads it there."""
    why = because(Code.ANSWERS, status=503, said="sibuk")
    moment = Moment(Instant(NOON), About.HANDOFF, "failing", "sip112", "damkar", id="a.1")
    document = sent()
    document["data"]["timeline"] = told(DOMAIN, [replace(moment, reason=why), moment])
    history = taken(document).history
    assert history is not None
    assert [each.reason for each in history.moments] == [why, None]


def test_a_cancellation_says_why() -> None:
    """As the dispatcher did."""
    gone = replace(WITH, handoffs=(OVER.evolve(step=Step.CANCELLED, reason="prank"),))
    document = json.loads(LETTERS(draft(MessageKind.CANCEL, gone)).body)
    assert (taken(document).kind, taken(document).reason) == (MessageKind.CANCEL, "prank")


def test_other_agencies_are_not_told_of_other_centres_history() -> None:
    """What they are sent is as it was."""
    letter = LETTERS(draft(MessageKind.REQUEST, STORY, STORY.handoffs[0]))
    assert json.loads(letter.body)["data"].keys() == {
        "handoff",
        "ticket",
        "agency",
        "answer_url",
        "eido",
    }


def test_an_incident_keeps_the_name_that_it_had_first() -> None:
    """Whoever passes it on; and what was received is no dispatch of this centre."""
    mine = replace(
        STORY,
        ticket=replace(TICKET, domain="first.example"),
        handoffs=(OVER.evolve(purpose=Purpose.RECEIVED),),
    )
    document = eido.document(mine, DIRECTORY, DOMAIN, Instant(NOON), handoff=None, by="sip112")
    assert document["$id"].endswith(":first.example")
    assert "dispatchComponent" not in document


def test_answers_tell_one_thing_after_the_other() -> None:
    """In the order in which it was said here, with what happened here."""
    mine = OVER.evolve(purpose=Purpose.RECEIVED)
    events = (
        HandoffEvent(Instant(NOON), EventKind.STEP, Step.DELIVERED, "agency:ktm"),
        HandoffEvent(Instant(NOON + 1), EventKind.STEP, Step.ACCEPTED, "sari"),
        HandoffEvent(Instant(NOON + 2), EventKind.FAILED, Step.ACCEPTED, "sip112", "", "500"),
        HandoffEvent(Instant(NOON + 3), EventKind.NOTE, Step.ACCEPTED, "budi", "", "2 ambulans"),
    )
    dossier = Dossier(TICKET, handoffs=(mine,), events={mine.id: events})
    answers = []
    for n in (0, 1):
        letter = LETTERS(draft(MessageKind.ANSWER, dossier, mine, n))
        assert letter.links == ()
        said = read(letter.body, letter.content_type, "ktm.112.example")
        assert isinstance(said, Said)
        answers.append(said)
    first, second = answers
    assert (first.step, first.note, first.unit, first.at) == (Step.ACCEPTED, "", "sari", NOON + 1)
    assert (second.step, second.note, second.unit) == (None, "2 ambulans", "budi")
    assert second.handoff == OVER.id
    assert second.history is not None
    assert [each.who for each in second.history.moments] == ["", "sari", "sip112", "budi"]


def test_an_incident_of_another_make_is_read() -> None:
    """Its notes are what happened, since its names for them are its own."""
    document = sent()
    incident = document["data"]["eido"]
    incident["issuingElementIdentification"] = "cad.example"
    incident["notesComponent"] = [{"$id": "n1", "notesActionComments": "<b>Smoke</b><br>seen"}]
    incident["incidentComponent"]["notesReference"] = [{"$ref": "n1"}, {"$ref": "n2"}]
    fields = taken(document).fields
    assert fields["narrative"] == "Smoke\nseen"
    assert "language" not in fields


@pytest.mark.parametrize(
    "presence",
    [
        "",
        "no xml",
        "<!DOCTYPE a><a/>",
        "<a/>",
        *(
            f'<p xmlns:g="http://www.opengis.net/gml"><g:pos>{pos}</g:pos></p>'
            for pos in ("", "1", "a b", "nan 1", "91 0", "0 181", "inf 0")
        ),
    ],
)
def test_a_place_that_cannot_be_is_none(presence: str) -> None:
    """The address is still there."""
    document = sent()
    document["data"]["eido"]["locationComponent"][0]["locationByValue"] = presence
    assert {"latitude", "longitude"}.isdisjoint(taken(document).fields)
    assert taken(document).fields["address"] == TICKET.address


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        (["type"], "handoff.stolen", "type"),
        (["type"], 1, "type"),
        (["data"], [], "data"),
        (["data", "eido"], None, "eido"),
        (["data", "eido", "$id"], 7, "$id"),
        (["data", "eido", "$id"], "urn:emergency:uid:incidentid:x:y", "$id"),
        (["data", "handoff"], "x", "data.handoff"),
        (["data", "handoff"], "", "data.handoff"),
        (["data", "ticket"], 1, "ticket"),
        (["data", "eido", "incidentComponent"], [], "incidentComponent"),
        (["data", "eido", "notesComponent"], {}, "notesComponent"),
        (["data", "timeline"], [], "timeline"),
        (["data", "timeline"], {"centre": "a b", "moments": []}, "timeline.centre"),
        (["data", "timeline"], {"moments": []}, "centre"),
        (["data", "timeline", "moments"], [{}] * (MOST + 1), "timeline.moments"),
        (["data", "timeline", "moments", 0], 1, "timeline.moments[0]"),
        (["data", "timeline", "moments", 0, "at"], None, "timeline.moments[0].at"),
        (["data", "timeline", "moments", 0, "at"], "noon", "timeline.moments[0].at"),
        (["data", "timeline", "moments", 0, "about"], "x", "timeline.moments[0].about"),
        (["data", "timeline", "moments", 0, "what"], "A b", "timeline.moments[0].what"),
        (["data", "timeline", "moments", 0, "id"], "../x", "timeline.moments[0].id"),
        (["data", "timeline", "moments", 0, "detail"], {"a": 1}, "timeline.moments[0].detail"),
        (["data", "timeline", "moments", 0, "reason"], "no", "timeline.moments[0].reason"),
        (["data", "timeline", "moments", 0, "reason"], {}, "timeline.moments[0].code"),
        (
            ["data", "timeline", "moments", 0, "reason"],
            {"code": "A b"},
            "timeline.moments[0].reason.code",
        ),
        (
            ["data", "timeline", "moments", 0, "reason"],
            {"code": "fault", "details": 7},
            "timeline.moments[0].reason.details",
        ),
    ],
)
def test_what_cannot_be_read_says_where(path: list[Any], given: Any, where: str) -> None:
    """And what to do."""
    document = sent()
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = given
    with pytest.raises(BadDocument) as error:
        taken(document)
    assert error.value.where == where
    assert error.value.remedy


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(data=st.data())
@settings(deadline=None)
def test_any_message_is_refused_or_read(data: st.DataObject) -> None:
    """Also where a part of it, however deep, is something else than it should be."""
    document = copy.deepcopy(_SENT)
    where: Any = document
    for _ in range(data.draw(st.integers(1, 6))):
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(where[key], dict | list) or data.draw(st.booleans()):
            where[key] = data.draw(_JSON)
            break
        where = where[key]
    try:
        found = read(json.dumps(document).encode(), "application/json", "ktm.112.example")
    except BadDocument:
        return
    assert isinstance(found, Asked)


_SENT: Final = sent()


def test_the_newest_of_a_long_history_is_told() -> None:
    """As much as has room beside the incident."""
    moments = [
        Moment(
            Instant(NOON + n),
            About.TICKET,
            "changed",
            detail={"narrative": "x" * 1_000},
            id=f"v{n}",
        )
        for n in range(400)
    ]
    history = told(DOMAIN, moments)
    assert len(json.dumps(history)) < ROOM + 2_000
    names = [each["id"] for each in history["moments"]]
    assert names == [f"v{n}" for n in range(400 - len(names), 400)]
    assert len(told(DOMAIN, [replace(each, detail={}) for each in moments])["moments"]) <= MOST


def test_directory_without_centres_tells_nobody() -> None:
    """An agency that was a centre once is told as any other."""
    letters = replace(LETTERS, directory=Directory)
    assert "timeline" not in json.loads(letters(draft(MessageKind.REQUEST)).body)["data"]


def test_what_another_make_says_of_other_incidents_is_kept_to_be_read() -> None:
    """As what happened there, each once by its name; it is for people to judge what it means."""
    dossiers = [
        linked(LinkKind.DUPLICATE, other_way=True),
        linked(LinkKind.DUPLICATE, undone=True),
        linked(LinkKind.RELATED),
        linked(LinkKind.RELATED, undone=True),
    ]
    told_there: list[Moment] = []
    for dossier in dossiers:
        with_us = replace(dossier, handoffs=(*dossier.handoffs, OVER))
        message = json.loads(LETTERS(draft(MessageKind.UPDATE, with_us)).body)
        del message["data"]["timeline"]
        asked = read(json.dumps(message).encode(), "application/json", "ktm.112.example")
        again = read(json.dumps(message).encode(), "application/json", "ktm.112.example")
        assert isinstance(asked, Asked)
        assert asked == again
        assert asked.history is not None
        assert asked.history.centre == DOMAIN
        told_there += asked.history.moments
    assert [each.what for each in told_there] == ["merged", "split", "linked", "unlinked"]
    assert {each.subject for each in told_there} == {urns.incident(OTHER.ticket.id, DOMAIN)}
    assert len({each.id for each in told_there}) == 4


def test_what_it_says_of_others_may_be_nonsense() -> None:
    """What has neither a meaning nor a time is no news."""
    message = json.loads(LETTERS(draft(MessageKind.UPDATE, WITH)).body)
    del message["data"]["timeline"]
    message["data"]["eido"]["mergeComponent"] = [
        {"incidentMergeDirectionCode": "SWALLOWED", "lastUpdateTimeStamp": "2026-11-26T12:00:00Z"},
        {"incidentMergeDirectionCode": "REPLACED"},
    ]
    asked = read(json.dumps(message).encode(), "application/json", "ktm.112.example")
    assert isinstance(asked, Asked)
    assert asked.history is None


def test_who_tells_a_timeline_has_told_of_other_incidents_there() -> None:
    """It is not told twice."""
    dossier = linked(LinkKind.DUPLICATE, other_way=True)
    with_us = replace(dossier, handoffs=(*dossier.handoffs, OVER))
    letter = LETTERS(draft(MessageKind.UPDATE, with_us))
    asked = read(letter.body, "application/json", "ktm.112.example")
    assert isinstance(asked, Asked)
    assert asked.history is not None
    merged = [each for each in asked.history.moments if each.what == "merged"]
    assert [(each.subject, each.who) for each in merged] == [(OTHER.ticket.number, "sari")]
