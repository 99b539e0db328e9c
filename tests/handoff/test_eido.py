"""EIDO documents: what is in them, and that nothing a person writes can spoil one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from sip112.directory import files
from sip112.dispatch.agency import AgencyKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import TRANSITIONS, EventKind, HandoffEvent, Step
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import LinkKind
from sip112.handoff.documents import eido, registries, urns
from sip112.handoff.reading import MAX_BYTES
from sip112.routing.ids import Instant, TicketId
from sip112.routing.ticket import TicketRecord
from tests.handoff.dossiers import (
    CALL,
    CASES,
    DAMKAR,
    DIRECTORY,
    DOMAIN,
    NOON,
    OTHER,
    STORY,
    TICKET,
    linked,
)
from tests.handoff.published import PUBLISHED, eido_errors

AT = Instant(NOON + 100)
WIB = ZoneInfo("Asia/Jakarta")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")


def made(dossier: Dossier = STORY, directory: Directory = DIRECTORY, **given: Any) -> Any:
    """Return a document, through JSON in UTF-8 as agencies get it."""
    how: dict[str, Any] = {"handoff": None, "by": "budi", "zone": WIB} | given
    document = eido.document(dossier, directory, DOMAIN, AT, **how)
    return json.loads(json.dumps(document, ensure_ascii=False).encode())


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Return every object in a document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def texts(value: Any) -> Iterator[str]:
    """Return every text in a document, names included."""
    for node in nodes(value):
        yield from node
        for each in node.values():
            yield from (
                text
                for text in (each if isinstance(each, list) else [each])
                if isinstance(text, str)
            )


def check_structure(document: Any) -> None:
    """Hold a document to what EIDO asks of every one, without the published schema."""
    parts = [node for node in nodes(document) if "$id" in node]
    known = [part["$id"] for part in parts]
    assert len(known) == len(set(known)), "two parts of one identifier"
    for part in parts:
        assert STAMP.fullmatch(part["lastUpdateTimeStamp"])
        assert part["updatedByAgencyReference"]["$ref"] in known
    for node in nodes(document):
        if "$ref" in node:
            assert list(node) == ["$ref"]
            assert node["$ref"] in known, "a reference to nothing"
    referred = {node["$ref"] for node in nodes(document) if "$ref" in node}
    for name in ("notesComponent", "locationComponent", "personComponent", "callbackComponent"):
        for part in document.get(name, []):
            assert part["$id"] in referred, f"nothing refers to a part of {name}"
    for text in texts(document):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", text)
        assert len(text) < 200_000
    for note in document.get("notesComponent", []):
        assert not re.search("<(?!br>)", note["notesActionComments"]), "a note is no markup"
    for place in document.get("locationComponent", []):
        assert ("locationByValue" in place) is not ("locationByReferenceUrl" in place)
        if "locationByValue" in place:
            etree.fromstring(place["locationByValue"])


@given(CASES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_words_of_anybody_spoil_a_document(case: tuple[Directory, Dossier]) -> None:
    directory, dossier = case
    first = next((each.id for each in dossier.handoffs), None)
    document = made(dossier, directory, handoff=first, by=dossier.ticket.persons or "budi")
    check_structure(document)


@PUBLISHED
@given(CASES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_document_passes_the_published_schema(case: tuple[Directory, Dossier]) -> None:
    directory, dossier = case
    document = made(dossier, directory, accuracy_m=35.0)
    assert list(eido_errors(document)) == []


@PUBLISHED
def test_the_published_schema_can_refuse() -> None:
    """Or else it proves nothing."""
    document = made()
    del document["callComponent"][0]["callStartTimestamp"]
    document["linkComponent"] = [{**document["callComponent"][0], "linkDirectionCode": "UPWARDS"}]
    assert len(list(eido_errors(document))) >= 2


def test_the_whole_story() -> None:
    """One incident with a call, a place, two agencies, notes and changes."""
    document = made()
    check_structure(document)
    assert document["$id"] == f"urn:emergency:uid:incidentid:{TICKET.id.hex}:{DOMAIN}"
    assert (document["eidoVersion"], document["issuingElementIdentification"]) == (
        "1.0",
        f"sip112.{DOMAIN}",
    )
    assert document["updatedByAgentReference"] == {"$ref": f"budi@{DOMAIN}"}
    incident = document["incidentComponent"]
    assert incident["incidentTypeCommonRegistryText"] == "FSTRU"
    assert incident["incidentTypeInternalCode"] == "fire_building"
    assert incident["incidentTypeInternalText"] == (
        "Kebakaran rumah atau gedung (House or building fire)"
    )
    assert incident["incidentStatusCommonRegistryText"] == ["Active", "ResourcesEnroute"]
    assert incident["incidentCommonPriorityNumber"] == 10
    assert incident["internalIncidentId"] == "PKY-20261126-0042"


def test_a_call_with_its_caller_and_its_seat() -> None:
    document = made()
    (call,) = document["callComponent"]
    assert call["$id"] == f"urn:emergency:uid:callid:{CALL.id.hex}:{DOMAIN}"
    assert call["callStateRegistryText"] == "callAnswered"
    assert call["callStartTimestamp"] == "2026-11-26T12:00:00.000+07:00"
    assert call["answerDate"] == "2026-11-26T12:00:04.500+07:00"
    assert call["queueIdentifier"] == f"PKY@{DOMAIN}"
    (back,) = document["callbackComponent"]
    assert back["callBackInformationUri"] == [f"tel:08125550001;phone-context={DOMAIN}"]
    assert call["callBackReference"] == {"$ref": back["$id"]}
    agents = {each["$id"]: each for each in document["agentComponent"]}
    taker = agents[call["agentReference"][0]["$ref"]]
    assert taker["agentWorkstationPositionIdentification"] == "seat-03"
    assert taker["agentRoleRegistryText"] == ["Call Taking", "Dispatching"]
    caller, involved = document["personComponent"]
    assert caller["ncPersonComponent"]["name"][0]["personFullName"][0]["value"] == "Warung Ani"
    assert caller["callIdentifier"] == [call["$id"]]
    assert involved["personIncidentRoleRegistryText"] == ["InvolvedPerson"]


def test_a_place_is_told_as_point_and_as_it_was_said() -> None:
    (place,) = made()["locationComponent"]
    assert place["locationTypeDescriptionRegistryText"] == "CurrentIncident"
    assert place["locationDescriptionText"] == TICKET.address
    presence = etree.fromstring(place["locationByValue"])
    names = {
        "gml": "http://www.opengis.net/gml",
        "ca": "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr",
    }
    assert presence.findtext(".//gml:Point/gml:pos", namespaces=names) == "-2.210100 113.902100"
    assert presence.findtext(".//ca:civicAddress/ca:LOC", namespaces=names) == TICKET.address


def test_a_place_that_is_not_exact_is_a_circle() -> None:
    (place,) = made(accuracy_m=150.4)["locationComponent"]
    presence = etree.fromstring(place["locationByValue"])
    names = {"gml": "http://www.opengis.net/gml", "gs": "http://www.opengis.net/pidflo/1.0"}
    circle = presence.find(".//gs:Circle", namespaces=names)
    assert circle.findtext("gml:pos", namespaces=names) == "-2.210100 113.902100"
    assert circle.findtext("gs:radius", namespaces=names) == "150"
    assert circle.find("gs:radius", namespaces=names).get("uom") == "urn:ogc:def:uom:EPSG::9001"


def test_agencies_with_what_became_of_them() -> None:
    document = made(handoff=STORY.handoffs[1].id)
    agencies = {each["$id"]: each for each in document["agencyComponent"]}
    assert agencies[DOMAIN]["agencyRoleDescriptionRegistryText"] == ["CallReceiving", "Dispatching"]
    assert agencies[f"damkar.{DOMAIN}"]["agencyRoleDescriptionRegistryText"] == ["Dispatched"]
    assert agencies[f"damkar.{DOMAIN}"]["agencyType"] == ["fire"]
    # the police are asked by telephone
    assert agencies[f"polisi.{DOMAIN}"]["agencyRoleDescriptionRegistryText"] == [
        "Assisting",
        "TransferredTo",
    ]
    police, fire = document["dispatchComponent"]
    assert police["agencyReference"] == {"$ref": f"polisi.{DOMAIN}"}, "the one it is made for first"
    assert "emergencyResourceReference" not in police
    (unit,) = document["emergencyResourceComponent"]
    assert fire["emergencyResourceReference"] == [{"$ref": unit["$id"]}]
    assert unit["secondaryUnitStatusRegistryText"] == ["EnRoute"]
    assert unit["unitStatusInternal"] == ["en_route"]
    notes = {each["$id"]: each for each in document["notesComponent"]}
    steps, note = (notes[each["$ref"]] for each in fire["notesReference"])
    assert "acknowledged 2026-11-26T12:00:41.000+07:00" in steps["notesActionComments"]
    assert note["notesActionComments"] == "Regu 2: Perlu &lt;tangga&gt; &amp; selimut"
    assert note["updatedByAgencyReference"] == {"$ref": f"damkar.{DOMAIN}"}


def test_a_line_that_was_passed_on_is_a_note_of_whoever_typed_it() -> None:
    """Of the agency to which it went, and of no other one."""
    fire = next(each for each in STORY.handoffs if each.agency == DAMKAR.code)
    line = HandoffEvent(
        fire.since, EventKind.LINE, fire.step, "sari", "relay", "Dua <anak> di dalam"
    )
    events = {**STORY.events, fire.id: (*STORY.events[fire.id], line)}
    document = made(replace(STORY, events=events))
    found = [
        each
        for each in document["notesComponent"]
        if each["notesActionComments"] == "Dua &lt;anak&gt; di dalam"
    ]
    (note,) = found
    assert note["agentReference"] == {"$ref": f"sari@{DOMAIN}"}
    its = {
        each["agencyReference"]["$ref"]
        for each in document["dispatchComponent"]
        if {"$ref": note["$id"]} in each["notesReference"]
    }
    assert its == {f"damkar.{DOMAIN}"}


def test_what_was_told_before_and_is_no_longer_true() -> None:
    """Nobody drives to the old address; what was merely filled in is told as it is now."""
    document = made()
    told = [each["notesActionComments"] for each in document["notesComponent"]]
    assert f"address: Jl. Rajawali Km 2 → {TICKET.address}" in told
    assert "incident_type: fire → fire_building" in told
    assert len([each for each in told if each.startswith("incident_type")]) == 1
    assert not any("narrative:" in each for each in told)


def test_identifiers_stay_the_same_as_the_incident_goes_on() -> None:
    later = made(replace(STORY, ticket=replace(TICKET, narrative="Padam")))
    before = {each["$id"] for each in nodes(made()) if "$id" in each}
    assert before == {each["$id"] for each in nodes(later) if "$id" in each}


def test_a_ticket_of_which_nothing_is_known() -> None:
    bare = TicketRecord(
        TICKET.id, TICKET.number, TICKET.centre, TICKET.opened_at, TICKET.opened_at, 1
    )
    document = made(Dossier(bare), by="sip112")
    check_structure(document)
    assert document["incidentComponent"]["incidentTypeCommonRegistryText"] == "TROUBLE"
    assert document.keys() & {"callComponent", "locationComponent", "dispatchComponent"} == set()


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("fire_building", "FSTRU"),
        ("fire_peat", "FUNK"),  # a city's own, a kind of fire
        ("tulah", "NCRNONE"),  # a city's own, of no kind
    ],
)
def test_types_in_the_words_of_the_registry(code: str, word: str) -> None:
    ticket = replace(TICKET, incident_type=code)
    incident = made(Dossier(ticket))["incidentComponent"]
    assert incident["incidentTypeCommonRegistryText"] == word
    assert incident["incidentTypeInternalCode"] == code


def test_every_type_that_is_shipped_has_a_word_of_its_own() -> None:
    """And there is no word for a type that is not."""
    assert registries.INCIDENT_TYPES.keys() == {each.code for each in files.shipped().types}


@pytest.mark.parametrize(
    ("code", "registered"),
    [("prank", "02"), ("handed_over", "15"), ("known_already", "22"), ("tulah", "02")],
)
def test_dispositions_in_the_words_of_the_registry(code: str, registered: str) -> None:
    """There is no code for pranks: the category says it."""
    ticket = replace(TICKET, disposition=code, status="closed")
    incident = made(Dossier(ticket))["incidentComponent"]
    assert incident["incidentStatusCommonRegistryText"] == ["Closed"]
    (disposition,) = incident["dispositionComponent"]
    assert disposition["dispositionCommonRegistryCode"] == registered
    assert disposition["dispositionCategoryText"] == code


@pytest.mark.parametrize(
    ("dossier", "direction"),
    [
        (linked(LinkKind.DUPLICATE), "REPLACED"),
        (linked(LinkKind.DUPLICATE, other_way=True), "REPLACING"),
        (linked(LinkKind.DUPLICATE, undone=True), "SPLIT"),
        (linked(LinkKind.DUPLICATE, other_way=True, undone=True), "SPLIT"),
    ],
)
def test_incidents_that_are_one(dossier: Dossier, direction: str) -> None:
    """What the other one is to this one, since when, and by the other one's identifier."""
    document = made(dossier)
    check_structure(document)
    assert "linkComponent" not in document
    (merge,) = document["mergeComponent"]
    assert merge["incidentTrackingIdentifier"] == urns.incident(OTHER.ticket.id, DOMAIN)
    assert merge["incidentMergeDirectionCode"] == direction
    assert merge["lastUpdateTimeStamp"].startswith(
        "2026-11-26T12:01:30" if direction == "SPLIT" else "2026-11-26T12:01:12"
    )


@pytest.mark.parametrize(
    ("undone", "direction", "reason"),
    [(False, "RELATED", "rumah yang sama"), (True, "UNLINK", "rumah lain")],
)
def test_incidents_that_belong_together(undone: bool, direction: str, reason: str) -> None:
    """Each stays one of its own; an incident of another centre goes by that one's name."""
    there = replace(OTHER, ticket=replace(OTHER.ticket, domain="ktm.112.example"))
    document = made(
        replace(linked(LinkKind.RELATED, undone=undone), others={there.ticket.id: there})
    )
    check_structure(document)
    assert "mergeComponent" not in document
    (link,) = document["linkComponent"]
    other = urns.incident(OTHER.ticket.id, "ktm.112.example")
    assert (link["incidentTrackingIdentifier"], link["linkDirectionCode"]) == (other, direction)
    assert link["transactionReasonText"] == reason


def test_what_other_callers_say_is_told_with_the_incident() -> None:
    """Whoever drives there hears of all of it, and of whom; not of what was split off."""
    notes = [
        each["notesActionComments"] for each in made(linked(LinkKind.DUPLICATE))["notesComponent"]
    ]
    assert (
        "Duplicate PKY-20261126-0043, 2026-11-26T12:00:40.000+07:00<br>08125550002 Budi<br>"
        "Belakang pasar<br>Ada orang di atap &lt;lantai tiga&gt;"
    ) in notes
    for dossier in (
        linked(LinkKind.DUPLICATE, undone=True),
        linked(LinkKind.DUPLICATE, other_way=True),
        linked(LinkKind.RELATED),
    ):
        assert "Ada orang" not in json.dumps(made(dossier))


def test_of_very_many_the_newest_are_told() -> None:
    """A document stays one that another centre takes."""
    one = linked(LinkKind.DUPLICATE)
    others = [
        replace(
            OTHER, ticket=replace(OTHER.ticket, id=TicketId(UUID(int=n)), narrative="x" * 9_000)
        )
        for n in range(1, 200)
    ]
    links = [
        one.links[0].evolve(id=LinkId(each.ticket.id), ticket=each.ticket.id, at=Instant(NOON + n))
        for n, each in enumerate(others)
    ]
    document = made(
        replace(one, links=tuple(links), others={each.ticket.id: each for each in others})
    )
    check_structure(document)
    told = [each["incidentTrackingIdentifier"] for each in document["mergeComponent"]]
    assert len(told) == 50
    assert told[-1] == urns.incident(others[-1].ticket.id, DOMAIN)
    assert len(json.dumps(document)) < MAX_BYTES


@PUBLISHED
def test_links_and_merges_pass_the_published_schema() -> None:
    """Every word of both."""
    for kind in LinkKind:
        for other_way in (False, True):
            for undone in (False, True):
                document = made(linked(kind, other_way=other_way, undone=undone))
                assert list(eido_errors(document)) == []


def test_a_place_that_the_network_tells_by_reference() -> None:
    call = CALL.evolve(location="<https://lis.example/held/7>;purpose=x", seat=None)
    document = made(Dossier(TICKET, (call,)))
    check_structure(document)
    caller = [
        each
        for each in document["locationComponent"]
        if each["locationTypeDescriptionRegistryText"] == "Caller"
    ]
    assert [each["locationByReferenceUrl"] for each in caller] == ["https://lis.example/held/7"]


def test_every_step_and_kind_has_its_words() -> None:
    assert registries.AGENCY_ROLES.keys() == set(Step)
    ended_without = {Step.DECLINED, Step.CANCELLED}
    heard = {step for step in TRANSITIONS if step not in ended_without} - {
        Step.QUEUED,
        Step.SENT,
        Step.DELIVERED,
    }
    assert registries.UNIT_STATUS.keys() == heard
    assert registries.AGENCY_TYPES.keys() <= set(AgencyKind)


def test_identifiers_can_be_read_back() -> None:
    assert urns.parse_incident(urns.incident(TICKET.id, DOMAIN)) == (TICKET.id, DOMAIN)
    for strange in ("", "urn:emergency:uid:incidentid:0:x", f"x{urns.incident(TICKET.id, DOMAIN)}"):
        with pytest.raises(ValueError, match="not an incident identifier"):
            urns.parse_incident(strange)


def test_people_whose_names_differ_have_different_identifiers() -> None:
    names = [
        "sari",
        "Sari A",
        "Sari B",
        "x" * 200,
        "x" * 201,
        "\ud800",
        "\ud801",
        "é",
        "è",
        ".",
        "",
    ]
    made_of = [urns.person(name, DOMAIN) for name in names]
    assert len(set(made_of)) == len(names)
    assert made_of[0] == f"sari@{DOMAIN}"
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}@.*", each) for each in made_of)


def test_numbers_are_uris() -> None:
    assert urns.telephone("+628125550001", DOMAIN) == "tel:+628125550001"
    assert urns.telephone("113", DOMAIN) == f"tel:113;phone-context={DOMAIN}"
