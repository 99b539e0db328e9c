"""Words as a font can print them: what it lacks is named, and nothing is left out without a word.

A picture has a name that people can read (``[fire]``); a letter of an alphabet that the font lacks
stands as its number in Unicode (``[U+706B]``), by which anybody can look it up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable
from itertools import groupby
from typing import Final

_JOINERS: Final = frozenset("\u200c\u200d")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_STACKED: Final = 4
"""Marks over one letter; of more nobody can tell which they are, and they take long to place."""
_LOOKS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""They choose between looks of the sign before them, of which a font has one."""


def printed(text: str, has: Container[int]) -> str:
    """Return `text` as a font prints it that has the signs of `has`."""
    if text.isascii():
        return text
    marks = 0
    parts: list[tuple[bool, str]] = []
    for each in text:
        marks = marks + 1 if unicodedata.combining(each) else 0
        if each not in _LOOKS:
            lacks = each != "\n" and ord(each) not in has
            parts.append((lacks or marks > _STACKED, each))
    return "".join(
        _named(each for _, each in run) if lacks else "".join(each for _, each in run)
        for lacks, run in groupby(parts, lambda part: part[0])
    )


def needs_shaping(text: str) -> bool:
    """Whether it reads wrongly if its signs merely stand side by side, from left to right."""
    return not text.isascii() and any(
        each in _JOINERS
        or unicodedata.combining(each)
        or unicodedata.bidirectional(each) in _RIGHT_TO_LEFT
        for each in text
    )


def _named(run: Iterable[str]) -> str:
    """Return what stands for signs that a font lacks: their names, or numbers."""
    said: list[str] = []
    for name in filter(None, map(_name, run)):
        if said and name[:2] == said[-1][:2] == "U+":
            said[-1] += f" {name}"
        else:
            said.append(name)
    return "".join(each if each == " " else f"[{each}]" for each in said)


def _name(sign: str) -> str:
    """Return the name of a sign; empty if it has no look of its own."""
    match unicodedata.category(sign):
        case "Cf":
            return ""
        case "Zs":
            return " "
        case "So" | "Sk":
            return unicodedata.name(sign, "").lower() or _number(sign)
        case _:
            return _number(sign)


def _number(sign: str) -> str:
    return f"U+{ord(sign):04X}"
