"""By HTTP to an agency's system, signed: EIDO JSON (webhook), and CAP 1.2 XML (cap).

Signed as Standard Webhooks has it (https://www.standardwebhooks.com). The message's identifier
is its idempotency key: the same at every try, so that who has answered a try that we gave up
takes the next one for what it is.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.handoff.guard import Forbidden, target
from sip112.handoff.ports import Fate, Result, Secret
from sip112.handoff.post import Answer, Poster, Unanswered
from sip112.handoff.signing import sign
from sip112.routing.ids import Instant

LONGEST_PAUSE_S: Final = 300.0
"""Seconds that an agency's system may ask to be left alone (Retry-After)."""

QUOTED: Final = 120
"""Characters of an answer that are shown to people."""

_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Refusals that may be none the next time."""


class Webhook:
    """Carries messages by HTTP.

    Args:
        poster: makes the connections.
        secret: finds what an agency's messages are signed with.
    """

    def __init__(self, poster: Poster, secret: Secret) -> None:
        self._poster = poster
        self._secret = secret
        self._agent = f"sip112/{version('sip112')}"

    async def carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:
        """Carry one message to the URL that its rung names."""
        secret = await self._secret(item.centre, item.agency)
        if secret is None:
            return Result(
                Fate.NEVER, f"{item.agency} has no secret to sign with; make one, and send it again"
            )
        try:
            to = target(item.rung.address)
            answer = await self._poster.post(
                to, self._headers(item, letter, at, secret), letter.body
            )
        except Forbidden as error:
            return Result(Fate.NEVER, str(error))
        except Unanswered as error:
            return Result(Fate.AGAIN, str(error))
        return result(answer, at)

    def _headers(
        self, item: OutboxItem, letter: Letter, at: Instant, secret: str
    ) -> dict[str, str]:
        key = str(item.id)
        return {
            "Content-Type": letter.content_type,
            "User-Agent": self._agent,
            "Idempotency-Key": key,
            **sign(key, at, letter.body, secret),
        }


def result(answer: Answer, at: Instant) -> Result:
    """Return what an answer means."""
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls a success
        return Result(Fate.DELIVERED)
    if 300 <= status < 400:  # noqa: PLR2004 - and what it calls a redirection
        return Result(
            Fate.NEVER,
            f"it redirects ({status}), which is not followed; write the URL to which it leads",
        )
    why = f"it answers {status}"
    if said := _quoted(answer.body):
        why += f": {said}"
    if status >= 500 or status in _AGAIN:  # noqa: PLR2004
        return Result(Fate.AGAIN, why, _pause(answer, at))
    return Result(Fate.NEVER, why)


def _quoted(body: bytes) -> str:
    """Return the beginning of an answer as text that harms nobody who reads it."""
    text = body[: 8 * QUOTED].decode(errors="replace")
    words = "".join(each if each.isprintable() else " " for each in text).split()
    return " ".join(words)[:QUOTED]


def _pause(answer: Answer, at: Instant) -> float:
    text = answer.headers.get(b"retry-after", b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - at
        except (ValueError, OverflowError):
            return 0.0
    return min(max(0.0, seconds), LONGEST_PAUSE_S)
