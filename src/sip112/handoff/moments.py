"""What happened in an incident, as one centre tells it to another: the ``timeline`` of a message.

All of it is told each time, the newest first to find room, so that whoever missed a message has it
with the next; each moment has a name, by which it is kept once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sip112.dispatch.reasons import Reason
from sip112.dispatch.timeline import About, Moment
from sip112.handoff.documents.safe import line, prose
from sip112.handoff.reading import BadDocument, instant_of, optional, parsed, string
from sip112.routing.ids import Instant
from sip112.routing.value import value

MOST: Final = 300
"""Moments in one message."""
ROOM: Final = 48 * 1024
"""Bytes that they take up at most: the message holds the incident too."""

_CENTRE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_NAME: Final = re.compile(r"[0-9A-Za-z.]{1,64}")
_KIND: Final = re.compile(r"[a-z_]{1,40}")
_DETAILS: Final = 40
_TEXT: Final = 20_000
_LINE: Final = 200


@value
class History:
    """What happened at another centre."""

    centre: str
    """Its agency identifier, as it says."""
    moments: tuple[Moment, ...]


def told(centre: str, moments: Sequence[Moment]) -> dict[str, Any]:
    """Return what is sent of the moments of a centre, given oldest first."""
    room = ROOM
    kept: list[dict[str, Any]] = []
    for moment in reversed(moments[-MOST:]):
        written: dict[str, Any] = {
            "id": moment.id,
            "at": datetime.fromtimestamp(moment.at, UTC).isoformat(timespec="microseconds"),
            "about": moment.about.value,
            "what": moment.what,
            "who": moment.who,
            "subject": moment.subject,
            "detail": dict(moment.detail),
        }
        if moment.reason is not None:
            code, details = moment.reason.code, moment.reason.details
            written["reason"] = {"code": code, "details": dict(details)}
        room -= len(json.dumps(written, ensure_ascii=False).encode(errors="replace"))
        if room < 0:
            break
        kept.append(written)
    return {"centre": centre, "moments": kept[::-1]}


def history(given: Any) -> History | None:
    """Return what another centre tells; None if it tells nothing. BadDocument."""
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("moments"), list):
        raise BadDocument(
            "timeline", "it has no list of moments", "Send {centre, moments}, or leave it out."
        )
    centre = string(given, "centre", "timeline")
    if _CENTRE.fullmatch(centre) is None:
        raise BadDocument(
            "timeline.centre", "it is no agency identifier", "Send that of your centre, a domain."
        )
    found = given["moments"]
    if len(found) > MOST:
        raise BadDocument(
            "timeline.moments", f"there are more than {MOST}", "Send the newest of them."
        )
    return History(
        centre,
        tuple(_moment(f"timeline.moments[{n}]", each, centre) for n, each in enumerate(found)),
    )


def _moment(where: str, given: Any, centre: str) -> Moment:
    if not isinstance(given, dict):
        raise BadDocument(where, "it is no object", "Send each moment as a JSON object.")
    try:
        at = parsed("at", optional(given, "at"), instant_of)
        return Moment(
            at=_there("at", at),
            about=_about(string(given, "about", "the moment")),
            what=_matching("what", string(given, "what", "the moment"), _KIND),
            who=line(optional(given, "who"), _LINE),
            subject=line(optional(given, "subject"), _LINE),
            detail=_detail("detail", given.get("detail")),
            reason=_reason(given.get("reason")),
            id=_matching("id", string(given, "id", "the moment"), _NAME),
            centre=centre,
        )
    except BadDocument as error:
        raise BadDocument(f"{where}.{error.where}", error.what, error.remedy) from None


def _there(where: str, at: Instant | None) -> Instant:
    if at is None:
        raise BadDocument(where, "it has none", "Send when it happened, with an offset.")
    return at


def _about(text: str) -> About:
    try:
        return About(text)
    except ValueError:
        known = ", ".join(About)
        raise BadDocument("about", f"{line(text, 40)!r} is unknown", f"Use {known}.") from None


def _matching(where: str, text: str, form: re.Pattern[str]) -> str:
    if form.fullmatch(text) is None:
        raise BadDocument(where, f"{line(text, 40)!r} is none", f"Write it as {form.pattern}.")
    return text


def _reason(given: Any) -> Reason | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise BadDocument("reason", "it is no object", "Send {code, details}, or leave it out.")
    code = _matching("reason.code", string(given, "code", "the reason"), _KIND)
    return Reason(code, _detail("reason.details", given.get("details")))


def _detail(where: str, given: Any) -> Mapping[str, str]:
    found = {} if given is None else given
    if (
        not isinstance(found, dict)
        or len(found) > _DETAILS
        or not all(_KIND.fullmatch(name) and isinstance(each, str) for name, each in found.items())
    ):
        raise BadDocument(
            where, "it is no object of texts", f"Send at most {_DETAILS} texts by their names."
        )
    return {name: prose(each, _TEXT) for name, each in found.items()}
