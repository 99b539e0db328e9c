"""To people, through services of others: e-mail, Telegram, WhatsApp, SMS.

The library apprise speaks to some 150 such services, each by a URL of its own. The setting
`notifiers` holds one for each channel, in which ``{to}`` stands for the address of whoever is
told. Addresses come from the directory, which more people change than the settings: one is put in
only if it can be nothing else than one address of its channel, and quoted.

That a service took a message proves nothing: who answers by the link in it has it.

apprise works in the thread that calls it, and what a mail server does to it has no end. So each
message has a thread that nobody waits for longer than `WITHIN_S`: neither the loop, nor its
executors, nor the end of the process. If it ends well later, the message is not sent again.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from sip112.dispatch.addresses import TO
from sip112.dispatch.addresses import why_unusable as unusable_address
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.ids import MessageId
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.dispatch.reasons import Code, Reason, because
from sip112.handoff.documents import text
from sip112.handoff.documents.safe import line
from sip112.handoff.ports import Fate, Result
from sip112.routing.ids import Instant

WITHIN_S: Final = 20.0
"""Seconds that a message is waited for."""

MOST: Final = 32
"""Messages of one channel whose threads have not ended."""

LONGEST_PAUSE_S: Final = 300.0
"""Seconds between tries at most: the services count how often they are asked."""

QUOTED: Final = 200
"""Characters of a reason that are shown to people."""

_SECRET: Final = 8
"""Characters of a part of a URL from which on it may be a secret."""


_UNUSABLE: Final[Mapping[ChannelKind, Code]] = {
    ChannelKind.EMAIL: Code.NO_EMAIL,
    ChannelKind.TELEGRAM: Code.NO_TELEGRAM,
    ChannelKind.WHATSAPP: Code.NO_WHATSAPP,
    ChannelKind.SMS: Code.NO_SMS,
}

SAMPLES: Final[Mapping[ChannelKind, str]] = {
    ChannelKind.EMAIL: "piket@damkar.example.org",
    ChannelKind.TELEGRAM: "-1001234567890",
    ChannelKind.WHATSAPP: "+628125550123",
    ChannelKind.SMS: "+628125550123",
}
"""The channels that this is for, each with an address by which its notifier can be tried."""


class Notify:
    """Carries messages by one channel.

    Args:
        kind: the channel, one of `SAMPLES`.
        template: the URL of the service that apprise is to speak to, with `TO` in it.
        within_s: see `WITHIN_S`.
    """

    def __init__(self, kind: ChannelKind, template: str, within_s: float = WITHIN_S) -> None:
        self._kind = kind
        self._template = template
        self._within_s = within_s
        self._begun: dict[MessageId, asyncio.Future[Reason | None]] = {}
        """Messages that have a thread, or had one whose result nobody has seen yet."""

    async def carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:  # noqa: ARG002
        """Carry one message to the person or desk that its rung names."""
        to = item.rung.address
        if unusable_address(self._kind, to):
            code = _UNUSABLE[self._kind]
            return Result(Fate.NEVER, because(code, address=line(to, QUOTED)))
        begun = self._begun.get(item.id) or self._begin(item.id, to, text.read(letter.body))
        if begun is None:
            return self._again(item, because(Code.UNDER_WAY, n=MOST, channel=self._kind))
        await asyncio.wait({begun}, timeout=self._within_s)
        if not begun.done():
            return self._again(item, because(Code.NOT_SENT, seconds=f"{self._within_s:g}"))
        del self._begun[item.id]
        why = begun.result()
        return Result(Fate.SENT) if why is None else self._again(item, why)

    def _again(self, item: OutboxItem, why: Reason) -> Result:
        return Result(Fate.AGAIN, why, min(LONGEST_PAUSE_S, float(item.tries**2)))

    def _begin(
        self, message: MessageId, to: str, written: text.Text
    ) -> asyncio.Future[Reason | None] | None:
        """Give a message its thread, whose result is why it failed, or nothing."""
        if len(self._begun) >= MOST:
            ended = [each for each, future in self._begun.items() if future.done()]
            for each in ended:
                del self._begun[each]
            if not ended:
                return None
        loop = asyncio.get_running_loop()
        begun: asyncio.Future[Reason | None] = loop.create_future()
        body = written.body
        if self._kind is ChannelKind.WHATSAPP:  # its templates take no line breaks
            body = " | ".join(filter(None, body.splitlines()))

        def work() -> None:
            why = _send(self._template, to, written.title, body)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(begun.set_result, why)

        threading.Thread(target=work, name=f"sip112-{self._kind}", daemon=True).start()
        self._begun[message] = begun
        return begun


def why_unusable(kind: ChannelKind, template: str) -> str:
    """Return why a notifier's URL cannot be used; nothing if it can. Takes a second at first."""
    import apprise  # noqa: PLC0415 - a second, of those alone who send by it

    if TO not in template:
        return f"there is no {TO} in it, where the address belongs"
    try:
        service = apprise.Apprise.instantiate(_url(template, SAMPLES[kind]))
    except Exception as error:  # noqa: BLE001 - what 150 plugins raise is not known
        return f"apprise fails at it: {type(error).__name__}"
    return "" if service else "apprise knows no such URL; see https://appriseit.com/services"


def _url(template: str, to: str) -> str:
    return template.replace(TO, quote(to, safe=""))


def _send(template: str, to: str, title: str, body: str) -> Reason | None:
    """Send by apprise; return why it failed, or nothing."""
    try:
        import apprise  # noqa: PLC0415 - see why_unusable

        asset = apprise.AppriseAsset(
            app_id="sip112",
            app_desc="112",
            app_url="",
            async_mode=False,  # in this thread, not in threads that
            service_timeout=0,  # the end of the process waits for
        )
        hub = apprise.Apprise(asset=asset)
        if not hub.add(_url(template, to)):
            return because(Code.NOTIFIER_URL)
        result = hub.notify(body, title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001 - likewise
        return because(Code.NOTIFIER_FAILS, error=type(error).__name__)
    if result:
        return None
    said = " ".join(entry.message for entry in result.logs())
    return because(Code.SERVICE_REFUSES, said=line(_without_secrets(said, template), QUOTED))


def _without_secrets(said: str, template: str) -> str:
    """Return what apprise says without what may be a secret in the URL."""
    for part in sorted(re.split(r"[^A-Za-z0-9_.%-]+", template), key=len, reverse=True):
        if len(part) >= _SECRET and "." not in part:
            said = said.replace(part, "***")
    return said
