"""What callers can write into their identity: each still rings a seat, and forges nothing.

What stands here is inert: the event that it tries to forge is one that means nothing to
anybody. A From that PJSIP itself cannot parse is not here: PJSIP drops such an INVITE before
any dialplan, so that the caller's network hears nothing of it (see docs).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rig import Rig
from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.ami import Watcher
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre
from tests.integration.play import playing

FORGED: Final = (
    "%0D%0A%0D%0AEvent%3A%20Inert%0D%0APrivilege%3A%20call,all%0D%0AUniqueid%3A%201.1%0D%0A%0D%0A"
)
HOST: Final = "127.0.0.2"
NUMBER: Final = "08125550001"
SEATS: Final = ("seat-01", "seat-02", "seat-03", "seat-04")

Shape = tuple[str, tuple[str, ...], str | None, str | None]
"""From, more headers, and the number and name that the ticket must have."""

SHAPES: Final[dict[str, Shape]] = {
    "line breaks in From": (f"<sip:0812{FORGED}@{HOST}>", (), None, None),
    "line breaks in P-Asserted-Identity": (
        f"<sip:{NUMBER}@{HOST}>",
        (f"P-Asserted-Identity: <sip:0812{FORGED}@{HOST}>",),
        None,
        None,
    ),
    "line breaks in Remote-Party-ID": (
        f"<sip:{NUMBER}@{HOST}>",
        (f"Remote-Party-ID: <sip:0812{FORGED}@{HOST}>;party=calling;screen=yes",),
        NUMBER,
        None,
    ),
    "line breaks in Diversion": (
        f"<sip:{NUMBER}@{HOST}>",
        (f"Diversion: <sip:0812{FORGED}@{HOST}>;reason=unconditional",),
        NUMBER,
        None,
    ),
    "line breaks in Geolocation": (
        f"<sip:{NUMBER}@{HOST}>",
        (f"Geolocation: <cid:{FORGED}>",),
        NUMBER,
        None,
    ),
    "HTML": (
        f'"<script>alert(1)</script>" <sip:%3Cb%3E@{HOST}>',
        (),
        None,
        "<script>alert(1)</script>",
    ),
    "SQL": (
        f"\"'; DROP TABLE calls; --\" <sip:'%20OR%201=1--@{HOST}>",
        (),
        None,
        "'; DROP TABLE calls; --",
    ),
    "a formula": (f'"=1+1" <sip:=1+1@{HOST}>', (), None, "=1+1"),
    "ANSI escapes": (f'"\x1b[31mred\x07" <sip:{NUMBER}@{HOST}>', (), NUMBER, "[31mred"),
    "bidirectional marks": (
        f'"a\u202egnp.exe\u2066" <sip:{NUMBER}@{HOST}>',
        (),
        NUMBER,
        "agnp.exe",
    ),
    "a name of 2,000 characters": (f'"{"N" * 2000}" <sip:{NUMBER}@{HOST}>', (), NUMBER, "N" * 80),
    "a number of 2,000 digits": (f"<sip:{'9' * 2000}@{HOST}>", (), None, None),
    "a second address in the name": (
        f'"<sip:110@{HOST}>" <sip:{NUMBER}@{HOST}>',
        (),
        NUMBER,
        f"<sip:110@{HOST}>",
    ),
    "escaped quotes": (f'"a \\" <sip:110@x> \\\\" <sip:{NUMBER}@{HOST}>', (), NUMBER, None),
    "dialplan expressions": (
        f'"${{SHELL(id)}},$[1+1])" <sip:%24%7BEPOCH%7D@{HOST}>',
        (),
        None,
        "${SHELL(id)},$[1+1])",
    ),
    "the note's own syntax": (
        f'"a&ended=1&seat=PJSIP/seat-01" <sip:1&number=110@{HOST}>',
        (),
        None,
        "a&ended=1&seat=PJSIP/seat-01",
    ),
    "tel URI": ("<tel:+628125550001>", (), "+628125550001", None),
    "tel URI with parameters": (f"<tel:{NUMBER};phone-context=+62>", (), NUMBER, None),
    "sips URI": (f"<sips:{NUMBER}@{HOST}>", (), NUMBER, None),
    "no user part": (f"<sip:{HOST}>", (), None, None),
    "no brackets": (f"sip:{NUMBER}@{HOST}", (), NUMBER, None),
    "encoded digits": (f"<sip:%30%38%31%32@{HOST}>", (), "0812", None),
    "user parameters": (f"<sip:{NUMBER};isub=1@{HOST};user=phone>", (), None, None),
    "a broken P-Asserted-Identity": (
        f"<sip:{NUMBER}@{HOST}>",
        ("P-Asserted-Identity: >>><<<;;;",),
        None,
        None,
    ),
}


async def test_each_rings_a_seat_and_forges_nothing(rig: Rig, open_centre: OpenCentre) -> None:
    """Two dozen identities: a ticket and a ringing seat for each, and no event of theirs."""
    calls = [
        Call(from_header=value, headers=headers, delay=0.25 * place, patience=20)
        for place, (value, headers, _, _) in enumerate(SHAPES.values())
    ]
    async with (
        Watcher(rig) as watcher,
        open_centre(look=False) as centre,
        centre.seats(*SEATS, does=Answer(after=0.1, talk=0.2)) as seats,
    ):
        async with centre.calling(*calls, rate=1000) as callers:
            await seats.until(lambda: seats.answered == len(SHAPES), within=25)
        _holds(centre, watcher)
        for invite in seats.invites:
            assert invite.name.startswith(f"{rig.centre}-")
            assert invite.number in {"", NUMBER, "+628125550001", "0812"}
    dialled = sorted(zip(callers.views, SHAPES, strict=True), key=lambda each: each[0].dialled_at)
    for call, (_, what) in zip(centre.calls, dialled, strict=True):
        _, _, number, name = SHAPES[what]
        assert call.outcome is Outcome.ANSWERED, what
        assert call.caller.number == number, what
        if name is not None:
            assert call.caller.name == name, what
        for text in (call.caller.name, call.caller.raw, call.location):
            assert text is None or text.isprintable(), what


async def test_invalid_utf8(rig: Rig, open_centre: OpenCentre) -> None:
    """Bytes that are no UTF-8, in name and header: the call rings, the ticket is valid text."""
    scenario = Path(__file__).with_name("invalid_utf8.xml")
    async with (
        Watcher(rig) as watcher,
        open_centre() as centre,
        centre.seats("seat-01", does=Answer(after=0.1, talk=0.2)) as seats,
    ):
        async with playing(rig, scenario) as caller:
            centre.count(await caller.finish(within=10))
        assert seats.answered == 1
        _holds(centre, watcher)
    [call] = centre.calls
    assert call.caller.number == NUMBER
    assert call.caller.name == "Warga"


def _holds(centre: Centre, watcher: Watcher) -> None:
    """Nothing was forged, neither for us nor for any other AMI user."""
    assert "Inert" not in watcher.kinds
    assert not watcher.strange
    assert watcher.kinds["Newchannel"] > 1
    assert not centre.link.state.traffic.refused
    assert not centre.desk.ignored
