"""What is common to reading whatever other systems send: limits, and complaints that help.

All of it is hostile until it is read: sizes and depths have limits, and every complaint says where,
what is wrong, and what to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from lxml import etree

from sip112.dispatch.ids import HandoffId
from sip112.handoff.documents import urns
from sip112.handoff.documents.safe import line, prose
from sip112.routing.ids import Instant

MAX_BYTES: Final = 128 * 1024
"""As much as the API takes of anything."""
MAX_DEPTH: Final = 32

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class BadDocument(ValueError):  # noqa: N818 - says what it is
    """A document that cannot be read: `where` in it, `what` is wrong, and what to do (`remedy`)."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}")
        self.where = where
        self.what = what
        self.remedy = remedy


def text_of(body: bytes) -> str:
    """Return a body as text."""
    if len(body) > MAX_BYTES:
        raise BadDocument(
            "body", f"it has more than {MAX_BYTES // 1024} kB", "Send what is new, without media."
        )
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument("body", f"byte {error.start} is no UTF-8", "Send UTF-8.") from None


def json_object(body: bytes) -> dict[str, Any]:
    """Return the one JSON object that a body is."""
    text = text_of(body)
    try:
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        what = line(str(error), 200)
        raise BadDocument("body", f"it is no JSON: {what}", "Send one JSON object.") from None
    if not isinstance(given, dict):
        raise BadDocument("body", "it is no JSON object", "Send one JSON object.")
    level: list[Any] = [given]
    for _ in range(MAX_DEPTH):
        level = [each for inner in level for each in _within(inner)]
    if level:
        raise too_deep()
    return given


def _within(inner: Any) -> Sequence[Any]:
    if isinstance(inner, dict):
        return list(inner.values())
    return inner if isinstance(inner, list) else ()


def too_deep() -> BadDocument:
    """Return the complaint about what is nested too deep."""
    return BadDocument("body", f"it is more than {MAX_DEPTH} deep", "Send what is new, plainly.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in the same object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def optional(given: Mapping[str, Any], name: str) -> str:
    """Return a text that may be left out; then it is empty."""
    found = given.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadDocument(name, "it is no text", "Send a JSON string, or leave it out.")
    return found


def parsed(where: str, text: str, parse: Callable[[str], T]) -> T | None:
    """Return `text` parsed, None if there is none; `parse` raises BadDocument without a place."""
    if not text:
        return None
    try:
        return parse(text)
    except BadDocument as error:
        raise BadDocument(where, error.what, error.remedy) from None


def instant_of(text: str) -> Instant:
    """Return the time of a date with time and offset (RFC 3339). BadDocument if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _EARLIEST.replace(tzinfo=None)
    if at.tzinfo is None or not _EARLIEST <= at < _LATEST:
        raise BadDocument(
            "",
            f"{line(text, 40)!r} is no time with an offset",
            "Write it as in 2026-11-26T20:02:05+07:00, or leave it out.",
        )
    return Instant(at.timestamp())


def handoff_of(text: str) -> HandoffId:
    """Return the identifier of a handoff. BadDocument if it is none."""
    try:
        return HandoffId(urns.parse_uuid(text))
    except ValueError:
        raise BadDocument(
            "", "it is no identifier of a handoff", "Send it as the request had it, a UUID."
        ) from None


def string(part: Mapping[str, Any], name: str, where: str) -> str:
    """Return a text that must be there."""
    found = part.get(name)
    if not isinstance(found, str):
        raise BadDocument(name, f"{where} has none that is text", f"Add {name} to {where}.")
    return found


def word(part: Mapping[str, Any], name: str) -> str:
    """Return a text of a part; empty if there is none."""
    found = part.get(name)
    return found if isinstance(found, str) else ""


def parts(given: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the parts of an EIDO document in one of its lists."""
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadDocument(name, "it is no list of objects", "Write it as NENA-STA-021.1b has it.")
    return found


def referred(part: Mapping[str, Any], name: str) -> str:
    """Return what a part refers to; empty if to nothing."""
    found = part.get(name)
    return word(found, "$ref") if isinstance(found, dict) else ""


def without_markup(markup: str, limit: int) -> str:
    """Return what HTML says, as text of at most `limit` characters. Its scripts are no text."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    body = f"<div>{prose(markup, 4 * limit)}</div>".encode()
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return ""
    etree.strip_elements(root, "script", "style", with_tail=False)
    for each in root.iter("br", "p", "div", "li", "tr"):
        each.text = f"\n{each.text or ''}"
    return prose("".join(root.itertext()), limit)
