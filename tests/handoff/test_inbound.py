"""What agencies answer: each form is read, and nothing that is sent does harm."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip112.dispatch.handoff import MessageKind, Step
from sip112.handoff import inbound
from sip112.handoff.documents import cap, eido, urns
from sip112.handoff.inbound import ANSWERS, MAX_BYTES, BadDocument, Said
from sip112.routing.ids import Instant
from tests.handoff.dossiers import DIRECTORY, DOMAIN, NOON, STORY, TICKET
from tests.handoff.test_cap import BEFORE, MESSAGE

FIRE: Final = STORY.handoffs[0]
THEM: Final = f"damkar.{DOMAIN}"
AT: Final = Instant(NOON + 100)
STAMP: Final = "2026-11-26T12:01:40+07:00"


def refused(raw: bytes | str, kind: str = "application/json") -> BadDocument:
    """Return why an answer was refused."""
    body = raw.encode() if isinstance(raw, str) else raw
    with pytest.raises(BadDocument) as caught:
        inbound.read(body, kind, DOMAIN)
    error = caught.value
    assert error.where
    assert error.what
    assert error.remedy.endswith(".")
    assert len(str(error)) < 1000
    assert str(error).isprintable()
    return error


# --- the plain form ---


def test_a_step_and_a_note() -> None:
    body = {
        "handoff": str(FIRE.id),
        "step": "declined",
        "note": " Semua regu\x00 keluar\r\nsampai 14.00 ",
        "at": STAMP,
        "unit": "Regu 2",
    }
    said = inbound.read(json.dumps(body).encode(), "application/json; charset=utf-8", DOMAIN)
    assert said == Said(Step.DECLINED, "Semua regu keluar\nsampai 14.00", "Regu 2", AT, FIRE.id)
    assert inbound.plain(json.dumps(body).encode()) == said


@pytest.mark.parametrize("step", ANSWERS)
def test_every_step_of_an_agency(step: Step) -> None:
    assert inbound.plain(json.dumps({"step": step}).encode()).step is step


@pytest.mark.parametrize("step", sorted(set(Step) - set(ANSWERS)))
def test_steps_that_are_not_for_an_agency_to_say(step: Step) -> None:
    error = refused(json.dumps({"step": step}))
    assert error.where == "step"
    assert "acknowledged, accepted, declined" in error.remedy


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        ("", "body", "no JSON"),
        ("[]", "body", "no JSON object"),
        ("{", "body", "no JSON"),
        ('{"step": NaN}', "body", "NaN is no number"),
        ('{"step": 1, "step": 2}', "body", "stands twice"),
        ('{"step": ' + "9" * 5000 + "}", "body", "no JSON"),
        ("{}", "step", "nothing is said"),
        ('{"step": null, "note": "\\u0000 "}', "step", "nothing is said"),
        ('{"step": "en route"}', "step", "no step of an agency"),
        ('{"step": ["accepted"]}', "step", "no text"),
        ('{"notes": "x"}', "notes", "no such field"),
        ('{"step": "accepted", "at": "12:00"}', "at", "no time with an offset"),
        ('{"step": "accepted", "at": "2026-11-26T12:00:00"}', "at", "no time with an offset"),
        ('{"step": "accepted", "at": "0001-01-01T00:00:00+14:00"}', "at", "no time"),
        ('{"step": "accepted", "at": "9999-12-31T23:59:59-12:00"}', "at", "no time"),
        ('{"step": "accepted", "handoff": "7"}', "handoff", "no identifier of a handoff"),
        ('{"a": ' * 40 + "1" + "}" * 40, "body", "more than 32 deep"),
        ('{"a":' * 20_000, "body", "more than 32 deep"),
        ("[" * 100_000, "body", "more than 32 deep"),
        (b'{"note": "\xff"}', "body", "no UTF-8"),
        (b" " * (MAX_BYTES + 1), "body", "more than 128 kB"),
        ('{"\\ud800\\u202e": 1}', "", "no such field"),
    ],
)
def test_what_is_no_answer_is_told_with_its_place(body: bytes | str, where: str, what: str) -> None:
    raw = body.encode() if isinstance(body, str) else body
    with pytest.raises(BadDocument) as caught:
        inbound.read(raw, "application/json", DOMAIN)
    assert caught.value.where.startswith(where)
    assert what in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "application/pdf\x00"])
def test_other_kinds_of_content(kind: str) -> None:
    assert refused("{}", kind).where == "Content-Type"


# --- EIDO ---


def reply(step: Step | None = None, **unit: Any) -> dict[str, Any]:
    """Return our own document, as an agency sends it back with what it has to say."""
    answered = FIRE if step is None else FIRE.evolve(step=step)
    story = STORY.__class__(STORY.ticket, STORY.calls, (), (answered, *STORY.handoffs[1:]))
    document = eido.document(
        story,
        DIRECTORY,
        DOMAIN,
        AT,
        handoff=FIRE.id,
        by="sip112",
        zone=ZoneInfo("Asia/Jakarta"),
    )
    document["updatedByAgencyReference"] = {"$ref": THEM}
    for each in document.get("emergencyResourceComponent", []):
        each["lastUpdateTimeStamp"] = STAMP
        each.update(unit)
    return copy.deepcopy(document)


def heard(document: Any) -> Said:
    return inbound.read(json.dumps(document).encode(), "application/json", DOMAIN)


@pytest.mark.parametrize("step", [each for each in ANSWERS if each is not Step.DECLINED])
def test_what_we_write_of_a_step_is_read_as_that_step(step: Step) -> None:
    """By our own word, and by the registry's alone."""
    expected = Said(step, at=AT, handoff=FIRE.id, ticket=TICKET.id, whole=True, agency="damkar")
    assert heard(reply(step)) == expected
    assert heard(reply(step, unitStatusInternal=["10-8"])) == expected


def test_units_have_names_and_the_furthest_busy_one_counts() -> None:
    document = reply(Step.EN_ROUTE, emergencyResourceName="Regu 2", unitStatusInternal=[])
    (unit,) = document["emergencyResourceComponent"]
    for n, word in enumerate(["Cleared", "OnScene", "AssignmentCancelled", "Meal"], start=3):
        other = unit | {
            "$id": f"unit-{n}",
            "emergencyResourceName": f"Regu {n}",
            "secondaryUnitStatusRegistryText": [word],
        }
        document["emergencyResourceComponent"].append(other)
        document["dispatchComponent"][0]["emergencyResourceReference"].append({"$ref": f"unit-{n}"})
    said = heard(document)
    assert said.step is Step.ON_SCENE
    assert said.unit == "Regu 2, Regu 3, Regu 4, Regu 5, Regu 6"


def test_an_agency_declines_with_its_reason() -> None:
    document = reply(Step.ACCEPTED, unitStatusInternal=["declined"])
    document["notesComponent"].append(
        {
            "$id": "their-note-1",
            "updatedByAgencyReference": {"$ref": THEM},
            "notesActionComments": "<p>Semua <b>regu</b> keluar</p><script>alert(1)</script>"
            "sampai&nbsp;14.00 &lt;WIB&gt;<br>Coba PMI<!-- x -->",
        }
    )
    said = heard(document)
    assert said.step is Step.DECLINED
    assert said.note == "Semua regu keluarsampai\xa014.00 <WIB>\nCoba PMI"


def test_our_own_notes_are_not_heard_as_theirs() -> None:
    story = eido.document(
        STORY, DIRECTORY, DOMAIN, AT, handoff=FIRE.id, by="sip112", zone=ZoneInfo("Asia/Jakarta")
    )
    assert any("tangga" in each["notesActionComments"] for each in story["notesComponent"])
    story["updatedByAgencyReference"] = {"$ref": THEM}
    assert heard(story).note == ""


def test_a_note_alone() -> None:
    document = reply()
    del document["dispatchComponent"], document["emergencyResourceComponent"]
    document["notesComponent"] = [
        {"updatedByAgencyReference": {"$ref": THEM}, "notesActionComments": text}
        for text in ("Jalan <i>ditutup", "", "<!-- -->", "Lewat selatan")
    ]
    said = heard(document)
    assert (said.step, said.note, said.handoff) == (None, "Jalan ditutup\nLewat selatan", None)


def test_another_agency_is_known_by_its_whole_identifier() -> None:
    document = reply(Step.ACCEPTED)
    text = json.dumps(document).replace(THEM, "damkar.ktm.112.example")
    assert heard(json.loads(text)).agency == "damkar.ktm.112.example"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"$id": "7"}, "$id"),
        ({"$id": None}, "$id"),
        ({"updatedByAgencyReference": "damkar"}, "updatedByAgencyReference"),
        ({"dispatchComponent": {}}, "dispatchComponent"),
        ({"dispatchComponent": []}, "dispatchComponent"),
        ({"dispatchComponent": ["x"]}, "dispatchComponent"),
        ({"emergencyResourceComponent": 1}, "emergencyResourceComponent"),
        ({"notesComponent": [{"updatedByAgencyReference": {"$ref": THEM}}]}, "notesActionComments"),
    ],
)
def test_what_is_no_eido_is_told_with_its_place(changes: dict[str, Any], where: str) -> None:
    assert refused(json.dumps(reply(Step.ACCEPTED) | changes)).where == where


# --- CAP ---


def answer(kind: str = "Ack", more: str = "", info: str = "", **given: str) -> bytes:
    """Return a message of an agency."""
    told = {
        "sender": f"siaga@{THEM}",
        "status": "Actual",
        "references": f"sip112@{DOMAIN},{cap.identifier(BEFORE)},{STAMP} "
        f"sip112@{DOMAIN},{cap.identifier(MESSAGE)},{STAMP}",
        "namespace": cap.NAMESPACE,
    } | given
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="{told["namespace"]}"><identifier>a.1</identifier>
<sender>{told["sender"]}</sender><sent>{STAMP}</sent><status>{told["status"]}</status>
<msgType>{kind}</msgType><scope>Private</scope><addresses>{DOMAIN}</addresses>{more}
<references>{told["references"]}</references>{info}</alert>""".encode()


def told(document: bytes) -> Said:
    return inbound.read(document, "application/cap+xml", DOMAIN)


def parameter(name: str, text: str) -> str:
    return f"<parameter><valueName>sip112:{name}</valueName><value>{text}</value></parameter>"


def test_an_acknowledgement_answers_the_last_message_that_it_names() -> None:
    assert told(answer()) == Said(Step.ACKNOWLEDGED, at=AT, message=MESSAGE, agency="damkar")


def test_an_error_declines_and_its_note_says_why() -> None:
    said = told(answer("Error", "<note>Semua regu &lt;keluar&gt;</note>"))
    assert (said.step, said.note) == (Step.DECLINED, "Semua regu <keluar>")


def test_an_update_has_a_step_a_unit_and_a_note() -> None:
    info = (
        "<info><description>Jalan ditutup</description>"
        f"{parameter('step', 'on_scene')}{parameter('unit', 'Regu 2')}"
        f"{parameter('handoff', str(FIRE.id))}"
        "<parameter><valueName>cuaca</valueName><value>hujan</value></parameter></info>"
    )
    said = told(answer("Update", info=info))
    assert said == Said(
        Step.ON_SCENE, "Jalan ditutup", "Regu 2", AT, FIRE.id, MESSAGE, agency="damkar"
    )


def test_an_incident_is_known_by_either_of_its_names() -> None:
    names = f"{TICKET.number} {urns.incident(TICKET.id, DOMAIN)} lain"
    message = answer(references="x y,z").replace(
        b"</references>", f"</references><incidents>{names}</incidents>".encode()
    )
    said = told(message)
    assert (said.number, said.ticket, said.message) == (TICKET.number, TICKET.id, None)


def test_our_own_message_sent_back_names_its_incident_and_handoff() -> None:
    document = cap.alert(
        STORY, DIRECTORY, DOMAIN, AT, MessageKind.REQUEST, message=MESSAGE, handoff=FIRE.id
    )
    said = told(document.replace(b"<msgType>Alert", b"<msgType>Ack"))
    assert (said.handoff, said.ticket, said.number) == (FIRE.id, TICKET.id, TICKET.number)


@pytest.mark.parametrize(
    ("message", "where", "what"),
    [
        (answer(status="Exercise"), "status", "Exercise"),
        (answer("Cancel"), "msgType", "'Cancel'"),
        (answer("Update"), "msgType", "nothing is said"),
        (answer(references="x"), "references", "no message of this centre"),
        (answer(namespace="urn:oasis:names:tc:emergency:cap:1.1"), "alert", "cap:1.1"),
        (answer(info=f"<info>{parameter('step', 'sent')}</info>"), "parameter", "no step"),
        (answer(info=f"<info>{parameter('handoff', 'x')}</info>"), "parameter", "no identifier"),
        (b"<alert>", "body", "no XML"),
        (b"", "body", "no XML"),
        (b"\xff\xfe<\x00", "body", "no UTF-8"),
        (answer(more="<x>" * 40 + "</x>" * 40), "body", "more than 32 deep"),
        (answer(more="<x>" * 400 + "</x>" * 400), "body", "no XML"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]>' + answer()[38:], "body", "a DTD"),
        (b"<!-- --><!DOCTYPE alert SYSTEM 'file:///etc/passwd'>" + answer()[38:], "body", "a DTD"),
        (answer(more="<note>&e;</note>"), "body", "no XML"),
        (answer().replace(STAMP.encode() + b"</sent>", b"noon</sent>"), "sent", "no time"),
    ],
)
def test_what_is_no_cap_is_told_with_its_place(message: bytes, where: str, what: str) -> None:
    error = refused(message, "application/cap+xml")
    assert error.where.startswith(where)
    assert what in error.what


# --- anything ---

_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_NAMES: Final = [
    "$id",
    "updatedByAgencyReference",
    "lastUpdateTimeStamp",
    "dispatchComponent",
    "emergencyResourceComponent",
    "notesComponent",
]


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/xml", "a/b+json"]))
def test_any_bytes_are_refused_or_read(body: bytes, kind: str) -> None:
    with suppress(BadDocument):
        inbound.read(body, kind, DOMAIN)


@given(st.dictionaries(st.sampled_from(["handoff", "step", "note", "at", "unit"]), _JSON))
def test_any_plain_answer_is_refused_or_read(body: Any) -> None:
    try:
        said = inbound.plain(json.dumps(body).encode())
    except BadDocument:
        return
    assert said.step or said.note


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON), st.data())
@settings(deadline=None)
def test_any_eido_is_refused_or_read(changes: Any, data: st.DataObject) -> None:
    """Also where a part of it, however deep, is something else than it should be."""
    document = reply(Step.ACCEPTED) | changes
    where: Any = document
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(where[key], dict | list) or data.draw(st.booleans()):
            where[key] = data.draw(_JSON)
            break
        where = where[key]
    try:
        said = heard(document)
    except BadDocument:
        return
    assert said.step or said.note


def test_a_large_answer_is_read_in_a_moment() -> None:
    """As many parts as the limit lets in: nothing compares each with each."""
    document = reply(Step.ACCEPTED)
    document["dispatchComponent"][0]["emergencyResourceReference"] += [{"$ref": "x"}] * 3_000
    document["emergencyResourceComponent"] += [{"$id": "y"}] * 3_000
    assert heard(document).step is Step.ACCEPTED
    note = {"updatedByAgencyReference": {"$ref": THEM}, "notesActionComments": "<" * 90_000}
    document = reply(Step.ACCEPTED) | {"notesComponent": [note]}
    assert heard(document).step is Step.ACCEPTED
