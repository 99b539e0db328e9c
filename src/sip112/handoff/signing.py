"""Signatures of webhooks, by the Standard Webhooks scheme: what we send, and what agencies send.

A signature covers the message's id, its time and its body. It does not keep a message from being
sent again within the window: whoever takes one in keeps its id at least as long (`WINDOW_S`).
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from sip112.routing.ids import Instant
from sip112.routing.value import value

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

WINDOW_S: Final = 300
"""How far a message's time may be from ours, seconds, before or after."""

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_LONGEST: Final = 2000
_ID: Final = re.compile(
    "[A-Za-z0-9_-]{1,128}"
)  # with a dot in it, the signed text has two readings
_SECONDS: Final = re.compile("[0-9]{1,11}")


class BadSignature(Exception):  # noqa: N818 - the name says what is wrong
    """A message of which it is not certain who sent it, or when. `remedy` says what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}. {remedy}")
        self.why = why
        self.remedy = remedy


@value
class Signed:
    """What is certain of a message whose signature is right."""

    id: str
    """The sender's id of it: the same when the same message is sent again."""
    at: Instant
    """When it was sent, by the sender's clock."""


def new_secret() -> str:
    """Return a secret, as both sides write it into their settings."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(message_id: str, at: Instant, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers that go with `body`. A message that is sent again is signed again.

    ValueError if the body is no UTF-8, the id cannot be one, or the secret is empty.
    """
    if not _ID.fullmatch(message_id):
        raise ValueError(
            f"a message's id is 1 to 128 letters, digits, - and _: {message_id[:200]!r}"
        )
    return {
        ID: message_id,
        TIMESTAMP: str(int(at)),
        SIGNATURE: _signature(message_id, int(at), body.decode(), secret),
    }


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: Instant) -> Signed:
    """Return what is certain of a message; BadSignature if nothing is.

    `headers` are asked by their names in small letters, or hold them in whichever.
    """
    given = {name.lower(): text for name, text in headers.items()}
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise BadSignature(
            f"The message is not signed: {', '.join(missing)} missing",
            "Sign it by the Standard Webhooks scheme with the agency's secret.",
        )
    message_id, seconds, signatures = given[ID], given[TIMESTAMP], given[SIGNATURE]
    if not _ID.fullmatch(message_id):
        raise BadSignature(
            f"{ID} is not 1 to 128 letters, digits, - and _", "Send a UUID, or the like."
        )
    if not _SECONDS.fullmatch(seconds):
        raise BadSignature(f"{TIMESTAMP} is no time", "Send whole seconds since 1970.")
    at = int(seconds)
    if abs(now - at) > WINDOW_S:
        raise BadSignature(
            f"The message is {abs(now - at):.0f} s {'old' if at < now else 'ahead of us'}, "
            f"and {WINDOW_S} s are allowed",
            "Set the sender's clock by NTP, and sign a message anew whenever it is sent.",
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignature("The body is no UTF-8", "Send UTF-8.") from None
    try:
        expected = _signature(message_id, at, text, secret).encode()
    except EmptyWebhookSecretError:
        raise BadSignature(
            "There is no secret by which this agency's messages could be known",
            "Make one, and give it to the agency.",
        ) from None
    # all are compared, each in constant time: a sender that changes its secret sends several
    same = [
        hmac.compare_digest(expected, each.encode(errors="replace"))
        for each in signatures[:_LONGEST].split(" ")
    ]
    if not any(same):
        raise BadSignature(
            "The signature is not of this message with this secret",
            "Sign the body byte by byte as it is sent, with the secret that belongs to the agency.",
        )
    return Signed(message_id, Instant(float(at)))


def _signature(message_id: str, at: int, text: str, secret: str) -> str:
    # the library's own `verify` reads the clock by itself, and stumbles over strange headers
    return Webhook(secret).sign(message_id, datetime.fromtimestamp(at, UTC), text)
