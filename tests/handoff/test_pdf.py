"""An incident on paper."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import Purpose, Step
from sip112.dispatch.links import LinkKind
from sip112.dispatch.timeline import Moment, timeline
from sip112.handoff.documents.pdf import report
from sip112.routing.ids import Instant
from tests.handoff.dossiers import OTHER, linked
from tests.unit.dispatch.test_timeline import HANDOFF, TICKET, T

JAKARTA = ZoneInfo("Asia/Jakarta")
PLAIN = Dossier(ticket=TICKET)


def made(dossier: Dossier, moments: tuple[Moment, ...] = (), language: str = "id") -> bytes:
    return report(
        dossier,
        moments,
        zone=JAKARTA,
        language=language,
        now=Instant(T + 100),
        types={"fire": "Kebakaran"},
        agencies={"damkar": "Dinas Damkar"},
    )


def text_of(document: bytes) -> str:
    """Return what stands on the pages, a line for each piece of text."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)
    pages = b"\n".join(zlib.decompress(each) for each in streams if each[:1] == b"\x78")
    pieces = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", pages)
    return "\n".join(re.sub(rb"\\(.)", rb"\1", piece).decode("cp1252") for piece in pieces)


def test_a_referral_stands_there_as_one() -> None:
    """The service did nothing that it could have completed."""
    done = HANDOFF.evolve(purpose=Purpose.REFERRAL, step=Step.COMPLETED)
    assert "Dinas Damkar: penelepon diarahkan" in text_of(made(replace(PLAIN, handoffs=(done,))))


def test_it_says_what_the_ticket_says() -> None:
    """Codes by their names, times by the centre's clock, what is not known as such."""
    ticket = replace(TICKET, incident_type="fire", address="Jl. Contoh 12", latitude=-2.2161)
    text = text_of(made(Dossier(ticket=replace(ticket, longitude=113.9135), handoffs=(HANDOFF,))))
    for expected in (
        "PKY-20261122-0042",
        "2026-11-22 10:15:00 WIB",
        "Kebakaran",
        "Jl. Contoh 12",
        "-2.216100, 113.913500",
        "(kosong)",
        "Dinas Damkar: diteruskan",
        "terbuka",
    ):
        assert expected in text.splitlines()


@pytest.mark.parametrize(("language", "opened"), [("id", "Tiket dibuka"), ("en", "Ticket opened")])
def test_it_speaks_both_languages(language: str, opened: str) -> None:
    assert opened in text_of(made(PLAIN, timeline(PLAIN), language))


def test_a_long_story_takes_several_pages() -> None:
    """Also without a blank to break at; nothing is left out."""
    story = "Api besar sekali. " * 400 + "A" * 2000
    document = made(Dossier(ticket=replace(TICKET, narrative=story)))
    assert document.count(b"/Type /Page\n") > 1
    assert text_of(document).count("A") >= 2000


def test_what_a_caller_says_is_text() -> None:
    """Control characters are left out, other alphabets are question marks."""
    story = "a\x00b\x1b[31m) Tj (مرحبا 🔥 \ud800 c"
    text = text_of(made(Dossier(ticket=replace(TICKET, narrative=story))))
    assert "ab[31m) Tj (????? ? " in text
    assert "\x1b" not in text


def test_the_same_incident_gives_the_same_document() -> None:
    assert made(PLAIN) == made(PLAIN)


@pytest.mark.parametrize(
    ("language", "merged", "note"),
    [
        ("id", "Laporan ganda dari PKY-20261126-0043 (sari)", "Catatan: rumah yang sama"),
        ("en", "Duplicate of PKY-20261126-0043 (sari)", "Note: rumah yang sama"),
    ],
)
def test_of_what_it_is_a_duplicate(language: str, merged: str, note: str) -> None:
    """In its head, and in its timeline with the reason."""
    dossier = linked(LinkKind.DUPLICATE, other_way=True)
    ticket = replace(dossier.ticket, parent_number=OTHER.ticket.number)
    dossier = replace(dossier, ticket=ticket)
    lines = text_of(made(dossier, timeline(dossier), language)).splitlines()
    assert {OTHER.ticket.number, merged, note} <= set(lines)
