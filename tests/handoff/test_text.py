"""Messages to people: what matters first, the link always, and short where they must be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip112.dispatch.directory import Directory
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import MessageKind, Step
from sip112.dispatch.ids import LinkId
from sip112.dispatch.links import LinkKind
from sip112.handoff.documents import text
from sip112.handoff.documents.text import SHORT, Text
from sip112.routing.ids import Instant, TicketId
from tests.handoff.dossiers import CASES, DIRECTORY, NOON, OTHER, STORY, TICKET, linked

AT: Final = Instant(NOON + 100)
LINK: Final = "https://112.pky.example/a/k3J9-xY2"
FIRE: Final = STORY.handoffs[0]


def made(dossier: Dossier = STORY, directory: Directory = DIRECTORY, **given: Any) -> Text:
    how: dict[str, Any] = {
        "handoff": FIRE.id,
        "link": LINK,
        "language": "id",
        "short": False,
        "zone": ZoneInfo("Asia/Jakarta"),
    } | given
    return text.message(dossier, directory, AT, how.pop("kind", MessageKind.REQUEST), **how)


@given(
    CASES,
    st.sampled_from([MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL]),
    st.booleans(),
    st.sampled_from(["id", "en"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_words_of_anybody_spoil_a_message(
    case: tuple[Directory, Dossier], kind: MessageKind, short: bool, language: str
) -> None:
    directory, dossier = case
    handoff = next((each.id for each in dossier.handoffs), None)
    found = made(dossier, directory, kind=kind, short=short, language=language, handoff=handoff)
    assert found.body.endswith(LINK)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", found.body)
    assert "\n" not in found.title
    if short:
        assert len(found.body) <= SHORT
        assert "…" not in found.body
        assert found.title == ""
    assert len(found.body) < 4096
    assert TICKET.number in (found.title + found.body)


def test_a_long_one() -> None:
    found = made()
    assert found.title == "Permintaan 112 PKY-20261126-0042"
    assert found.body.splitlines() == [
        "Kebakaran rumah atau gedung - KRITIS",
        "Alamat: Jl. Rajawali Km 3,5 seberang pasar",
        "Koordinat: -2.21010,113.90210",
        "Pelapor: 08125550001",
        "Dibuka: 2026-11-26 12:00:00",
        "Dibuat: 2026-11-26 12:01:40",
        "Orang: Dua orang terjebak",
        "Uraian: Asap tebal dari lantai dua.",
        "Tetangga mendengar teriakan.",
        "",
        f"Mohon diterima atau ditolak sekarang: {LINK}",
    ]


def test_a_short_one_in_english() -> None:
    found = made(short=True, language="en")
    assert found.body.splitlines()[:3] == [
        "112 request PKY-20261126-0042",
        "House or building fire - CRITICAL",
        "Address: Jl. Rajawali Km 3,5 seberang pasar",
    ]
    assert "08125550001" not in found.body, "an SMS may be read by anybody"
    assert found.body.endswith(LINK)


def test_a_long_link_leaves_room_for_nothing_else_and_is_whole() -> None:
    link = f"https://112.pky.example/{'x' * 400}"
    assert made(short=True, link=link).body.endswith(link)
    assert made(short=True, link="").body.startswith("Permintaan 112")


@pytest.mark.parametrize("short", [True, False])
def test_a_cancel_says_why(short: bool) -> None:
    cancelled = replace(STORY, handoffs=(FIRE.evolve(step=Step.CANCELLED, reason="Api padam"),))
    found = made(cancelled, kind=MessageKind.CANCEL, short=short)
    assert "Api padam" in found.body
    assert (found.title or found.body).startswith("Dibatalkan 112")


def test_of_an_incident_of_which_nothing_is_known() -> None:
    bare = Dossier(replace(TICKET, incident_type=None, address=None, latitude=None))
    assert made(bare).body.startswith("Keadaan darurat - KRITIS\nDibuka")


def test_tickets_that_belong_together_are_named() -> None:
    """That it is a duplicate even in a short one."""
    duplicate = replace(TICKET, parent=OTHER.ticket.id, parent_number=OTHER.ticket.number)
    for short in (False, True):
        found = made(replace(STORY, ticket=duplicate), short=short)
        assert f"Laporan ganda dari: {OTHER.ticket.number}" in found.body
    found = made(linked(LinkKind.DUPLICATE))
    assert f"Laporan lain yang sama: {OTHER.ticket.number}" in found.body
    found = made(linked(LinkKind.RELATED), language="en")
    assert f"Related to: {OTHER.ticket.number}" in found.body
    assert OTHER.ticket.number not in made(linked(LinkKind.RELATED), short=True).body


def test_of_many_duplicates_few_are_named() -> None:
    """And how many more there are."""
    one = linked(LinkKind.DUPLICATE)
    others = [
        replace(OTHER, ticket=replace(OTHER.ticket, id=TicketId(UUID(int=n)))) for n in range(9)
    ]
    links = [
        one.links[0].evolve(id=LinkId(each.ticket.id), ticket=each.ticket.id) for each in others
    ]
    found = made(replace(one, links=tuple(links), others={each.ticket.id: each for each in others}))
    assert found.body.count(OTHER.ticket.number) == 5
    assert "(+4)" in found.body
