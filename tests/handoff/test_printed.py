"""Words as a font prints them that lacks some of their signs."""

from __future__ import annotations

import pytest

from sip112.handoff.documents.printed import needs_shaping, printed

LATIN = frozenset({*range(0x20, 0x250), 0x200D, 0x301})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("api besar", "api besar"),
        ("Jl. Ćwiklińskiej é", "Jl. Ćwiklińskiej é"),
        ("api 🔥!", "api [fire]!"),
        ("🔥🔥", "[fire][fire]"),
        ("火事です", "[U+706B U+4E8B U+3067 U+3059]"),
        ("a\u3000b", "a b"),
        ("火\n災", "[U+706B]\n[U+707D]"),
        ("❤\ufe0f", "[heavy black heart]"),
        ("é\U000e0100", "é"),
        ("\u2060", ""),
        ("\ue000", "[U+E000]"),
        ("\U0001fbf0", "[U+1FBF0]"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "[U+0301 U+0301]"),
        ("🔥火🔥", "[fire][U+706B][fire]"),
    ],
)
def test_what_the_font_lacks_is_named(text: str, expected: str) -> None:
    """Pictures by their names, letters by their numbers; what has no look of its own is not."""
    assert printed(text, LATIN) == expected


@pytest.mark.parametrize(
    ("text", "is_needed"),
    [
        ("api", False),
        ("kafé", False),
        ("مرحبا", True),
        ("שלום", True),
        ("cafe\u0301", True),
        ("a\u200db", True),
    ],
)
def test_what_joins_is_shaped(text: str, is_needed: bool) -> None:
    assert needs_shaping(text) is is_needed
