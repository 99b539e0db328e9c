"""By HTTP to an agency's system, signed: EIDO JSON (webhook), and CAP 1.2 XML (cap).

Signed as Standard Webhooks has it (https://www.standardwebhooks.com). The message's identifier
is its idempotency key: the same at every try, so that who has answered a try that we gave up
takes the next one for what it is.

An agency's secret is kept in mind, as a look into the store takes longer than the message itself;
it is looked up again after each message. Should it have a new one just then, whoever knows that
refuses the message, and gets it at once signed with the new one.
"""

from __future__ import annotations

from contextlib import suppress
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.handoff.guard import Forbidden, NotAllowed, target
from sip112.handoff.ports import Fate, Result, Secret
from sip112.handoff.post import Answer, Poster, Unanswered
from sip112.handoff.signing import sign
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant

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
        self._known: dict[tuple[CentreCode, AgencyCode], str] = {}
        """Secrets as they were the last time."""
        self._agent = f"sip112/{version('sip112')}"

    async def carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:
        """Carry one message to the URL that its rung names."""
        key = item.centre, item.agency
        known = self._known.pop(key, None)
        said = None if known is None else await self._post(item, letter, at, known)
        if said is not None and said.fate is Fate.DELIVERED:
            with suppress(StoreUnavailable):  # it is delivered all the same
                await self._look_up(*key)
            return said
        secret = await self._look_up(*key)
        if secret is None:
            return Result(Fate.HELD, because(Code.NO_SECRET, agency=item.agency))
        if said is not None and secret == known:
            return said
        return await self._post(item, letter, at, secret)

    async def _look_up(self, centre: CentreCode, agency: AgencyCode) -> str | None:
        secret = await self._secret(centre, agency)
        if secret is not None:
            self._known[centre, agency] = secret
        return secret

    async def _post(self, item: OutboxItem, letter: Letter, at: Instant, secret: str) -> Result:
        try:
            to = target(item.rung.address)
            answer = await self._poster.post(
                to, self._headers(item, letter, at, secret), letter.body
            )
        except NotAllowed as error:
            return Result(Fate.HELD, error.reason)
        except Forbidden as error:
            return Result(Fate.NEVER, error.reason)
        except Unanswered as error:
            return Result(Fate.AGAIN, error.reason)
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
        return Result(Fate.NEVER, because(Code.REDIRECTS, status=status))
    why = because(Code.ANSWERS, status=status, said=_quoted(answer.body))
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
