"""Words of callers, people and agencies, made fit to stand in a document as text.

They are hostile: they may hold anything that a telephone, a form or another system let through. A
document that a reader cannot parse is an incident that nobody hears of, so what no reader can take
is left out, and never the whole.
"""

from __future__ import annotations

import re
from typing import Final

from sip112.dispatch.agency import Name

_UNREADABLE: Final = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls: XML 1.0 has no word for most of them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the text around them about
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # no characters: half of a pair, and what is none
    "]"
)
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029]")
_SPACES: Final = re.compile(r"\s+")
CUT: Final = "…"
"""What stands where something was cut off."""


def prose(text: str, limit: int) -> str:
    """Return `text` as readers can take it, in lines, of at most `limit` characters."""
    # no more is looked at than can be kept, however much there is
    shown = _BREAKS.sub("\n", text[: 4 * limit]).replace("\t", " ")  # which no SMS has
    kept = _UNREADABLE.sub("", shown).strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + CUT


def line(text: str, limit: int) -> str:
    """Return `text` likewise, on one line."""
    return prose(_SPACES.sub(" ", text[: 4 * limit]), limit)


def named(name: Name, language: str, code: str) -> str:
    """Return what a thing is called in `language`, else in another, else its code."""
    names = (name.get(language, ""), *name.values(), code)
    return next(filter(None, (line(each, 200) for each in names)), "")
