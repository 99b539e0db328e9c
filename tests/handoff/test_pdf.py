"""An incident on paper."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import EventKind, HandoffEvent, Purpose, Step
from sip112.dispatch.links import LinkKind
from sip112.dispatch.reasons import Code, because
from sip112.dispatch.timeline import About, Moment, timeline
from sip112.handoff.documents import pdf
from sip112.handoff.documents.pdf import report
from sip112.routing.ids import Instant
from tests.handoff.dossiers import OTHER, linked
from tests.unit.dispatch.test_timeline import HANDOFF, TICKET, T

JAKARTA = ZoneInfo("Asia/Jakarta")
PLAIN = Dossier(ticket=TICKET)
FONTS = Path(pdf.__file__).with_name("fonts")
KNOWN = {
    "DejaVuSansCondensed.ttf": "8550cd5ca1acb65a8fc7877c46939cd0b4d909f8e7bc1e24716873d918c5e549",
    "DejaVuSansCondensed-Bold.ttf": (
        "38098d0b8edd8430a0f53fb2831b5d36037563a998a620d3c87a4d7591766d20"
    ),
}


def made(dossier: Dossier, moments: tuple[Moment, ...] = (), language: str = "id") -> bytes:
    return report(
        dossier,
        moments,
        zone=JAKARTA,
        language=language,
        now=Instant(T + 100),
        choices={"incident_type": {"fire": "Kebakaran"}, "severity": {"high": "Tinggi"}},
        agencies={"damkar": "Dinas Damkar"},
    )


def text_of(document: bytes) -> str:
    """Return what whoever copies from the pages gets, a line for each line of it."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


def test_a_referral_stands_there_as_one() -> None:
    """The service did nothing that it could have completed."""
    done = HANDOFF.evolve(purpose=Purpose.REFERRAL, step=Step.COMPLETED)
    assert "Dinas Damkar: penelepon diarahkan" in text_of(made(replace(PLAIN, handoffs=(done,))))


def test_it_says_what_the_ticket_says() -> None:
    """Codes by their names, times by the centre's clock, what is not known as such."""
    ticket = replace(TICKET, incident_type="fire", address="Jl. Contoh 12", latitude=-2.2161)
    since = HANDOFF.evolve(since=T)
    text = text_of(made(Dossier(ticket=replace(ticket, longitude=113.9135), handoffs=(since,))))
    for expected in (
        "PKY-20261122-0042",
        "Dibuka 2026-11-22 10:15:00 WIB",
        "Jenis kejadian Kebakaran",
        "Alamat Jl. Contoh 12",
        "Koordinat -2.216100, 113.913500",
        "Tingkat (kosong)",
        "10:15:00 Dinas Damkar: diteruskan",
        "Status terbuka",
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
    """Control characters are left out, and nothing of it is taken for an order to the reader."""
    story = "a\x00b\x1b[31m) Tj (c \\n <</A> \ud800 d"
    text = text_of(made(Dossier(ticket=replace(TICKET, narrative=story))))
    assert "ab[31m) Tj (c \\n <</A>  d" in text


def test_every_alphabet_of_the_font_can_be_copied() -> None:
    """As it was written down, whichever way it runs."""
    story = "Željko Ćirić, Nguyễn, Αθήνα, Київ, ½ m² ≈ 5 €, panah → ke utara"
    text = text_of(made(Dossier(ticket=replace(TICKET, narrative=story))))
    assert story in text.replace("\n", " ")
    arabic = text_of(made(Dossier(ticket=replace(TICKET, narrative="مرحبا"))))
    assert set("مرحبا") <= set(arabic)


def test_what_the_font_lacks_is_named_and_said() -> None:
    """A picture by its name, other signs by their number; the page says what that means."""
    text = text_of(made(Dossier(ticket=replace(TICKET, narrative="Api 🔥 di 火")), language="en"))
    assert "Api [fire] di [U+706B]" in text
    assert "font lacks" in text
    assert "font lacks" not in text_of(made(PLAIN, language="en"))


def test_who_said_it_goes_by_the_name_that_was_given() -> None:
    """Of the agency itself its name stands there already; of another one it stands there too."""
    by = ("agency:damkar Budi", "agency:damkar", "agency:polisi Ani", "sari")
    events = tuple(HandoffEvent(T, EventKind.NOTE, Step.ACCEPTED, each, note="x") for each in by)
    told = replace(PLAIN, handoffs=(HANDOFF,), events={HANDOFF.id: events})
    lines = text_of(made(told, timeline(told), "en")).splitlines()
    said = [line.partition("Dinas Damkar: ")[2] for line in lines if "Damkar: note" in line]
    assert said == ["note (Budi)", "note", "note (polisi Ani)", "note (sari)"]


def test_it_says_who_asks_and_who_answers() -> None:
    """Where another centre asks this one to act."""
    asked = HANDOFF.evolve(purpose=Purpose.RECEIVED)
    events = (
        HandoffEvent(T, EventKind.STEP, Step.DELIVERED, "agency:damkar", "webhook"),
        HandoffEvent(T, EventKind.STEP, Step.ACCEPTED, "sari"),
        HandoffEvent(T, EventKind.STEP, Step.CANCELLED, "agency:damkar"),
    )
    told = replace(PLAIN, handoffs=(asked,), events={asked.id: events})
    text = text_of(made(told, timeline(told), "en"))
    assert "Dinas Damkar: asks this centre to act" in text
    assert "Answer to Dinas Damkar: accepted (sari)" in text
    assert "Dinas Damkar: takes back what it asked" in text
    assert "received" not in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "id",
            [
                "Akhir panggilan: ditutup pelapor",
                "Tindakan: keluar dari panggilan",
                "Tingkat: Tinggi",
                "Jalur: sistem instansi",
                "Status: ditutup",
            ],
        ),
        (
            "en",
            [
                "Outcome: abandoned",
                "What: left the call",
                "Severity: Tinggi",
                "Channel: their system",
                "Status: closed",
            ],
        ),
    ],
)
def test_what_a_moment_tells_is_told_in_words(language: str, expected: list[str]) -> None:
    """And what there are no words for as it is."""
    moments = (
        Moment(T, About.CALL, "ended", detail={"outcome": "abandoned"}),
        Moment(T, About.CALL, "steered", detail={"what": "left", "who": "web-02"}),
        Moment(T, About.TICKET, "changed", detail={"severity": "high", "status": "closed"}),
        Moment(T, About.TICKET, "changed", detail={"severity": "odd"}),
        Moment(T, About.HANDOFF, "queued", detail={"channel": "webhook"}),
        Moment(T, About.HANDOFF, "queued", detail={"channel": "pigeon"}),
    )
    lines = text_of(made(PLAIN, moments, language)).splitlines()
    for each in expected:
        assert each in lines
    assert sum(line.endswith((": odd", ": pigeon")) for line in lines) == 2


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("id", "Catatan: sistemnya menjawab 503: penuh", "Catatan: it has no fuel"),
        ("en", "Note: it answers 503: penuh", "Note: it has no fuel"),
    ],
)
def test_why_something_failed_is_said_in_the_language_of_the_report(
    language: str, known: str, unknown: str
) -> None:
    """And as it was written down where there are no words for it."""
    why = because(Code.ANSWERS, status=503, said="penuh")
    events = (
        HandoffEvent(T, EventKind.FAILING, Step.SENT, "sip112", "webhook", str(why), why),
        HandoffEvent(T, EventKind.FAILED, Step.SENT, "sip112", "webhook", "it has no fuel"),
    )
    failing = replace(PLAIN, handoffs=(HANDOFF,), events={HANDOFF.id: events})
    lines = text_of(made(failing, timeline(failing), language)).splitlines()
    assert known in lines
    assert unknown in lines


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_no_text_keeps_a_report_from_being_made(story: str) -> None:
    """Whatever Unicode has, or has not."""
    assert made(Dossier(ticket=replace(TICKET, narrative=story))).startswith(b"%PDF-")


def test_it_holds_only_the_signs_that_it_needs() -> None:
    """A report is sent by e-mail and kept for years."""
    assert len(made(PLAIN, timeline(PLAIN))) < 60_000


def test_the_fonts_are_those_that_their_makers_gave_out() -> None:
    """DejaVu 2.37; with its licence beside it."""
    found = {each.name: sha256(each.read_bytes()).hexdigest() for each in FONTS.glob("*.ttf")}
    assert found == KNOWN
    assert "Bitstream Vera" in (FONTS / "LICENSE").read_text(encoding="utf-8")


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
    assert sum(OTHER.ticket.number in each for each in lines) == 2
    assert any(each.endswith(merged) for each in lines)
    assert note in lines
