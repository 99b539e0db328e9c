"""CAP messages: what is in them, how they refer to each other, and that no words spoil one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sip112.directory import files
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.ids import MessageId
from sip112.dispatch.links import LinkKind
from sip112.handoff.documents import cap, registries, urns
from sip112.handoff.documents.cap import Reference
from sip112.routing.ids import Instant
from tests.handoff.dossiers import (
    CALL,
    CASES,
    DIRECTORY,
    DOMAIN,
    NOON,
    OTHER,
    STORY,
    TICKET,
    linked,
)
from tests.handoff.published import PUBLISHED, cap_errors

AT: Final = Instant(NOON + 100)
WIB: Final = ZoneInfo("Asia/Jakarta")
FIRE: Final = STORY.handoffs[0]
MESSAGE: Final = MessageId(UUID("01936a3e-0000-7000-8000-000000000001"))
BEFORE: Final = MessageId(UUID("01936a3e-0000-7000-8000-000000000000"))
_IN: Final = {"cap": cap.NAMESPACE}
_SENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def made(dossier: Dossier = STORY, directory: Directory = DIRECTORY, **given: Any) -> bytes:
    how: dict[str, Any] = {
        "message": MESSAGE,
        "handoff": FIRE.id,
        "kind": MessageKind.REQUEST,
        "zone": WIB,
    } | given
    kind = how.pop("kind")
    return cap.alert(dossier, directory, DOMAIN, AT, kind, **how)


def said(document: bytes) -> Any:
    """Return the root, after the checks that hold for every message."""
    root = etree.fromstring(document)
    assert root.tag == f"{{{cap.NAMESPACE}}}alert"
    for name in ("identifier", "sender"):
        assert re.fullmatch(r"[^\s,<&]+", first(root, name))
    for element in root.iter("{*}sent", "{*}onset"):
        assert _SENT.fullmatch(element.text)
    assert first(root, "scope") == "Private"
    assert first(root, "addresses")
    assert [each.text for each in root.iterfind("cap:info/cap:language", _IN)] == ["id-ID", "en-US"]
    for element in root.iter():
        text = element.text or ""
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
        assert len(element) or text, f"{element.tag} says nothing"
    return root


def first(root: Any, path: str) -> str:
    return str(root.findtext("/".join(f"cap:{each}" for each in path.split("/")), None, _IN))


def pairs(root: Any, name: str) -> list[tuple[str, str]]:
    info = root.find("cap:info", _IN)
    return [
        (each.findtext("cap:valueName", None, _IN), each.findtext("cap:value", None, _IN))
        for each in info.iterfind(f"cap:{name}", _IN)
    ]


@given(
    CASES,
    st.sampled_from([MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_words_of_anybody_spoil_a_message(
    case: tuple[Directory, Dossier], kind: MessageKind, to_one: bool
) -> None:
    directory, dossier = case
    one = next((each.id for each in dossier.handoffs), None) if to_one else None
    said(made(dossier, directory, kind=kind, handoff=one))


@PUBLISHED
@given(
    CASES,
    st.sampled_from([MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_message_passes_the_published_schema(
    case: tuple[Directory, Dossier], kind: MessageKind, referring: bool
) -> None:
    directory, dossier = case
    references = [Reference(BEFORE, Instant(1.0))] if referring else []
    document = made(
        dossier, directory, kind=kind, references=references, link="https://a.example/x"
    )
    assert list(cap_errors(document)) == []


@PUBLISHED
def test_the_published_schema_can_refuse() -> None:
    """Or else it proves nothing."""
    assert list(cap_errors(made().replace(b"+07:00", b"Z"))) != []


def test_an_alert() -> None:
    root = said(made(link="https://112.pky.example/a/1?t=x&y=z"))
    assert first(root, "identifier") == f"sip112.{MESSAGE}"
    assert first(root, "sender") == f"sip112@{DOMAIN}"
    assert first(root, "sent") == "2026-11-26T12:01:40+07:00"
    assert first(root, "status") == "Actual"
    assert first(root, "msgType") == "Alert"
    assert first(root, "addresses") == f"damkar.{DOMAIN}"
    assert first(root, "references") == "None"
    assert first(root, "incidents") == f"{TICKET.number} {urns.incident(TICKET.id, DOMAIN)}"
    assert first(root, "info/event") == "Kebakaran rumah atau gedung"
    assert [first(root, f"info/{each}") for each in ("urgency", "severity", "certainty")] == [
        "Immediate",
        "Extreme",
        "Likely",
    ]
    assert first(root, "info/description") == f"{TICKET.narrative}\n{TICKET.persons}"
    assert first(root, "info/web") == "https://112.pky.example/a/1?t=x&y=z"
    assert first(root, "info/area/areaDesc") == TICKET.address
    assert first(root, "info/area/circle") == "-2.210100,113.902100 0"
    assert pairs(root, "eventCode") == [
        ("sip112", "fire_building"),
        ("EIDO-IncidentType-Common", "FSTRU"),
    ]
    assert pairs(root, "parameter") == [
        ("sip112:ticket", TICKET.number),
        ("sip112:handoff", str(FIRE.id)),
        ("sip112:status", "open"),
        ("sip112:severity", "critical"),
        ("sip112:language", "bjn"),
        ("sip112:caller", "08125550001 Warung Ani"),
    ]


def test_an_update_refers_to_all_before() -> None:
    """With the times that they had."""
    references = [Reference(BEFORE, Instant(NOON)), Reference(MESSAGE, AT)]
    root = said(made(kind=MessageKind.UPDATE, references=references))
    assert first(root, "msgType") == "Update"
    assert first(root, "references").split(" ") == [
        f"sip112@{DOMAIN},sip112.{BEFORE},2026-11-26T12:00:00+07:00",
        f"sip112@{DOMAIN},sip112.{MESSAGE},2026-11-26T12:01:40+07:00",
    ]


def test_the_first_that_an_agency_hears_is_an_alert() -> None:
    assert first(said(made(kind=MessageKind.UPDATE)), "msgType") == "Alert"


def test_a_cancel_says_why() -> None:
    cancelled = replace(STORY, handoffs=(FIRE.evolve(step=Step.CANCELLED, reason="Api <padam>"),))
    root = said(made(cancelled, kind=MessageKind.CANCEL, references=[Reference(BEFORE, AT)]))
    assert first(root, "msgType") == "Cancel"
    assert first(root, "note") == "Api <padam>"
    assert "Tidak perlu" in first(root, "info/instruction")


def test_without_a_handoff_it_is_to_every_agency() -> None:
    root = said(made(handoff=None))
    assert first(root, "addresses") == f"damkar.{DOMAIN} polisi.{DOMAIN}"
    assert first(said(made(Dossier(TICKET), handoff=None)), "addresses") == DOMAIN


def test_the_time_of_no_zone_has_a_minus() -> None:
    """CAP 1.2, 3.3.2."""
    root = said(made(zone=ZoneInfo("UTC")))
    assert first(root, "sent") == "2026-11-26T05:01:40-00:00"


def test_a_place_that_is_not_exact_has_a_radius() -> None:
    assert first(said(made(accuracy_m=150.0)), "info/area/circle").endswith(" 0.15")


def test_somebody_on_the_scene_has_seen_it() -> None:
    there = replace(STORY, handoffs=(FIRE.evolve(step=Step.ON_SCENE),))
    assert first(said(made(there)), "info/certainty") == "Observed"


@pytest.mark.parametrize(
    ("code", "categories"),
    [
        ("gas_leak", ["Fire", "CBRNE"]),
        ("fire_peat", ["Fire"]),  # a city's own, a kind of fire
        ("tulah", ["Other"]),
        (None, ["Other"]),
    ],
)
def test_categories(code: str | None, categories: list[str]) -> None:
    root = said(made(Dossier(replace(TICKET, incident_type=code))))
    found = root.find("cap:info", _IN).iterfind("cap:category", _IN)
    assert [each.text for each in found] == categories


def test_every_top_type_that_is_shipped_has_a_category() -> None:
    tops = {each.code for each in files.shipped().types if each.parent is None}
    assert tops - registries.CATEGORIES.keys() == {"non_emergency"}
    assert registries.CATEGORIES.keys() <= registries.INCIDENT_TYPES.keys()


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        ("high", ("Immediate", "Severe")),
        ("medium", ("Expected", "Moderate")),
        ("low", ("Future", "Minor")),
        ("tulah", ("Immediate", "Unknown")),
        (None, ("Immediate", "Unknown")),
    ],
)
def test_what_nobody_has_judged_is_urgent(severity: str | None, words: tuple[str, str]) -> None:
    root = said(made(Dossier(replace(TICKET, severity=severity), (CALL,))))
    assert (first(root, "info/urgency"), first(root, "info/severity")) == words


def test_identifiers_can_be_read_back() -> None:
    assert cap.parse_identifier(cap.identifier(MESSAGE)) == MESSAGE
    for strange in ("", "sip112.", "sip112.{01936a3e-0000-7000-8000-000000000001}", "x"):
        with pytest.raises(ValueError, match="not a UUID"):
            cap.parse_identifier(strange)


@pytest.mark.parametrize(
    ("dossier", "name"),
    [
        (linked(LinkKind.DUPLICATE), "duplicate"),
        (linked(LinkKind.DUPLICATE, other_way=True), "duplicate_of"),
        (linked(LinkKind.RELATED), "related"),
        (linked(LinkKind.RELATED, undone=True), None),
        (linked(LinkKind.DUPLICATE, undone=True), None),
    ],
)
def test_tickets_that_belong_together_are_named(dossier: Dossier, name: str | None) -> None:
    """By their numbers, in an update that refers to what was sent before."""
    root = said(made(dossier, kind=MessageKind.UPDATE, references=[Reference(BEFORE, AT)]))
    assert first(root, "msgType") == "Update"
    pairs = [
        (first(each, "valueName"), first(each, "value"))
        for each in root.find("cap:info", _IN).iterfind("cap:parameter", _IN)
    ]
    others = [(key, value) for key, value in pairs if value == OTHER.ticket.number]
    assert others == ([] if name is None else [(f"sip112:{name}", OTHER.ticket.number)])
