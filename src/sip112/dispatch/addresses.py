"""Addresses: whether one can be used for a channel, by how it is written.

Those of what reaches persons become part of URLs; no sign may be in one that means something
there, or that parts one address from the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from sip112.dispatch.agency import ChannelKind

TO: Final = "{to}"
"""What stands for the address in the URL of a service by which people are told."""

_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORMS: Final[Mapping[ChannelKind, tuple[re.Pattern[str], str, str]]] = {
    ChannelKind.VOICE: (
        re.compile(r"[0-9*#+]{1,40}"),
        "no number to call",
        "write it with digits, *, # and + alone, such as 113 or 08125550123",
    ),
    ChannelKind.SMS: (
        re.compile(r"\+?[0-9]{3,15}"),
        "no number of a mobile phone",
        "write it with digits alone, such as 08125550123 or +628125550123",
    ),
    ChannelKind.WHATSAPP: (
        re.compile(r"\+?[1-9][0-9]{7,14}"),
        "no number with its country",
        "write it such as +628125550123",
    ),
    ChannelKind.EMAIL: (
        re.compile(
            r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@"
            rf"(?:{_LABEL}\.){{1,8}}[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]"
        ),
        "no e-mail address",
        "write it such as piket@damkar.example.org",
    ),
    ChannelKind.TELEGRAM: (
        re.compile(r"(?:-?[0-9]{3,20}|@[A-Za-z][A-Za-z0-9_]{3,63})(?::[0-9]{1,10})?"),
        "no chat of Telegram",
        "write the number of the chat, such as -1001234567890, or the name of a channel with an @",
    ),
}
_OPEN: Final = re.compile(r"[!-~]+")
_NO_URL: Final = (
    "no URL of http or https",
    "write all of it, such as https://damkar.example.org/sip112",
)
_SIGNED_IN: Final = (
    "no URL to which anything is sent: it has a name or a password in it",
    "write it without: messages are signed, and whoever may read calls sees addresses",
)


def why_unusable(kind: ChannelKind, address: str) -> tuple[str, str] | None:
    """Return what is wrong with an address, and what to do; None if nothing is.

    For what a person passes on any words do.
    """
    if kind in (ChannelKind.WEBHOOK, ChannelKind.CAP):
        return _wrong_with_url(address)
    if kind not in _FORMS:
        return None
    form, what, remedy = _FORMS[kind]
    return None if form.fullmatch(address) else (what, remedy)


def _wrong_with_url(address: str) -> tuple[str, str] | None:
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:  # half of an IPv6 address, a port that is no number
        return _NO_URL
    whole = bool(_OPEN.fullmatch(address)) and bool(url.hostname) and port != 0
    if not whole or url.scheme not in {"http", "https"}:
        return _NO_URL
    return None if url.username is None and url.password is None else _SIGNED_IN
