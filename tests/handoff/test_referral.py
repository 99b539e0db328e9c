"""What a caller reads who is referred to a service: whom, where, when, and never cut: 112."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact, Opening, Rung
from sip112.dispatch.directory import Directory
from sip112.dispatch.handoff import Handoff, MessageKind, Purpose
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Draft
from sip112.handoff.documents import cap, eido, referral, text
from sip112.handoff.documents.text import SHORT
from sip112.handoff.letters import JSON, Letters
from sip112.routing.ids import Instant
from tests.handoff.dossiers import DIRECTORY, DOMAIN, NOON, STORY
from tests.handoff.messages import message

NUMBER: Final = "PKY-20261126-0042"
WEEK: Final = tuple(Opening(day, 8 * 60, 16 * 60) for day in range(5))
SAPA: Final = Agency(
    AgencyCode("sapa"),
    AgencyKind.SERVICE,
    {"id": "SAPA 129 (perempuan dan anak)", "en": "SAPA 129 (women and children)"},
    hours=(*WEEK, Opening(5, 8 * 60, 12 * 60), Opening(5, 13 * 60, 24 * 60)),
    contacts=(Contact("Budi", {ChannelKind.VOICE: "08125550199"}),),
    channels=(
        Channel(ChannelKind.WHATSAPP, "+628111129129"),
        Channel(ChannelKind.VOICE, "129"),
    ),
)
CALLER: Final = "08125550042"
ALWAYS: Final = tuple(Opening(day, 0, 1440) for day in range(7))


def test_in_indonesian() -> None:
    assert referral.message(NUMBER, SAPA, "id") == text.Text(
        "",
        "112 PKY-20261126-0042\n"
        "Silakan hubungi SAPA 129 (perempuan dan anak): telepon 129, WhatsApp +628111129129\n"
        "Jika darurat, telepon 112.\n"
        "Jam layanan: Sen-Jum 08:00-16:00; Sab 08:00-12:00, 13:00-24:00",
    )


def test_in_english() -> None:
    assert referral.message(NUMBER, SAPA, "en").body == (
        "112 PKY-20261126-0042\n"
        "Please contact SAPA 129 (women and children): call 129, WhatsApp +628111129129\n"
        "In an emergency call 112.\n"
        "Hours: Mon-Fri 08:00-16:00; Sat 08:00-12:00, 13:00-24:00"
    )


@pytest.mark.parametrize("hours", [(), ALWAYS])
def test_who_is_always_there_has_no_hours(hours: tuple[Opening, ...]) -> None:
    """Nobody says either that they never close: of most it is not known."""
    body = referral.message(NUMBER, replace(SAPA, hours=hours), "id").body
    assert body.endswith("telepon 112.")


def test_each_way_has_a_word() -> None:
    channels = tuple(Channel(kind, "x") for kind in ChannelKind)
    body = referral.message(NUMBER, replace(SAPA, channels=channels), "en").body
    assert "call x, WhatsApp x, SMS x, e-mail x, Telegram x\n" in body


@given(st.text(max_size=500), st.lists(st.text(max_size=500), max_size=20))
def test_no_words_of_anybody_cut_off_112(name: str, addresses: list[str]) -> None:
    """Whatever stands in the directory."""
    channels = tuple(Channel(ChannelKind.VOICE, each) for each in addresses[:2])
    hours = tuple(Opening(day, day, 1400) for day in range(7))
    service = replace(SAPA, name={"id": name}, channels=channels, hours=hours)
    body = referral.message(NUMBER, service, "id").body
    assert len(body) <= SHORT
    assert "Jika darurat, telepon 112." in body
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", body)


def a_referral() -> Handoff:
    """Return a referral of the story's caller."""
    return STORY.handoffs[0].evolve(
        agency=SAPA.code, purpose=Purpose.REFERRAL, ladder=(Rung(ChannelKind.SMS, CALLER),)
    )


@pytest.mark.parametrize(
    ("spoken", "begins"),
    [("en", "Please"), ("id", "Silakan"), ("jv", "Silakan"), (None, "Silakan")],
)
def test_it_is_written_in_the_language_of_the_caller(spoken: str | None, begins: str) -> None:
    """As far as there are words in it; and no link opens the incident to them."""
    directory = Directory((*DIRECTORY.agencies, SAPA))
    letters = Letters(
        DOMAIN, "https://112.pky.example/a/", ZoneInfo("Asia/Jakarta"), lambda: directory
    )
    item = message(
        CALLER, agency="sapa", kind=MessageKind.REFERRAL, channel=ChannelKind.SMS, body=None
    )
    dossier = replace(STORY, ticket=replace(STORY.ticket, language=spoken))
    letter = letters(Draft(item, dossier, Instant(NOON + 100)))
    assert (letter.content_type, letter.links) == (JSON, ())
    assert text.read(letter.body).body.splitlines()[1].startswith(begins)
    assert "https" not in text.read(letter.body).body


def test_agencies_read_nothing_of_it() -> None:
    """Neither by EIDO nor by CAP is it told whom a caller was referred to."""
    dossier = replace(STORY, handoffs=(*STORY.handoffs, a_referral()))
    directory, at = Directory((*DIRECTORY.agencies, SAPA), DIRECTORY.types), Instant(NOON + 100)

    def told(told_of: Any) -> str:
        made: Callable[..., Any] = eido.document
        document = made(told_of, directory, DOMAIN, at, handoff=None, by="sip112")
        return json.dumps(document)

    assert told(dossier) == told(STORY)
    of: dict[str, Any] = {"message": message("x").id, "handoff": None}
    alert = cap.alert(dossier, directory, DOMAIN, at, MessageKind.REQUEST, **of)
    assert alert == cap.alert(STORY, directory, DOMAIN, at, MessageKind.REQUEST, **of)
    assert b"sapa" not in alert
