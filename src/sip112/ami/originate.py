"""What needs the right to start calls: a third party is called, a phone is sent a NOTIFY.

The right ``originate`` is that of a second AMI user: whoever has it can have Asterisk call
anybody whom its dialplan reaches, while the routing of calls needs no such right. So this edge
is apart from the link. A NOTIFY is sent by the dialplan, in a Local channel that is started for
it: AMI's own action for that needs the right ``system``, with which one owns the PBX.

A connection is opened for each order and closed after the answer: nothing is held, kept alive or
sent again, and an order that fails leaves nothing behind. What comes of a call that was started
is told to the link, like all other events.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final, TypeGuard

import structlog

from sip112 import display
from sip112.ami import names
from sip112.ami.actions import AmiAction
from sip112.ami.link import LinkConfig, LinkError, session
from sip112.routing.effects import Effect, ShowTicket, StartCall
from sip112.routing.seat import Profile

_CHANNEL: Final = re.compile(r"[0-9A-Za-z/@_.;-]{0,150}")
_URN: Final = re.compile(r"(urn(:[0-9A-Za-z._-]+)+)?")
_SUBJECT: Final = re.compile(r"[0-9A-Za-z*._-]{2,80}")
_log = structlog.get_logger(__name__)

WITHIN_S: Final = 5.0
"""Seconds for all of it: connecting, the login, the order. It takes about ten milliseconds."""


AT_ONCE: Final = 8
"""Connections at once; Asterisk lets in 50 that have not logged in yet, ours among others."""

Order = StartCall | ShowTicket

_NOTIFIED: Final = {
    Profile.YEALINK: {"Event": "Yealink-xml", "Content-Type": display.MEDIA_TYPES[Profile.YEALINK]},
    Profile.SNOM: {"Event": "xml", "Content-Type": display.MEDIA_TYPES[Profile.SNOM]},
}


class NoOriginate(LinkError):  # noqa: N818 - the name says what happened
    """The settings name no AMI user for it."""


def is_order(effect: Effect) -> TypeGuard[Order]:
    """Whether `effect` is for the user that starts calls, and not for the link."""
    return isinstance(effect, StartCall) or (
        isinstance(effect, ShowTicket) and effect.profile in _NOTIFIED
    )


def action(order: Order) -> AmiAction:
    """Return `order` in Asterisk's words. ValueError if a value would be read as something else."""
    return _call(order) if isinstance(order, StartCall) else _notify(order)


def _notify(order: ShowTicket) -> AmiAction:
    """Return what has the dialplan send a NOTIFY; it answers when that is done."""
    shown = display.Shown(order.ticket_number, order.caller, order.waited_s)
    parts = _NOTIFIED[order.profile] | {
        "Content": display.screen_without_entities(shown, order.profile)
    }
    if any("&" in text for text in parts.values()):
        raise ValueError("an & would begin another header")
    said = "".join(f"&{name}={text}" for name, text in parts.items())
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "Action": "Originate",
        "Channel": f"Local/{order.seat}@{names.NOTIFY_CONTEXT}/n",
        "Application": "NoOp",
        "Timeout": "2000",
        "Variable": f'"{names.NOTIFY}={quoted}"',
        "Async": "false",
    }


def _call(order: StartCall) -> AmiAction:
    if not _SUBJECT.fullmatch(order.subject):
        raise ValueError(f"{order.subject!r} is no extension of the dialplan")
    if set(order.about) & set('",\\'):
        raise ValueError(f"the address {order.about!r} cannot stand in a header")
    if not _CHANNEL.fullmatch(order.tapped):
        raise ValueError(f"{order.tapped!r} is no channel of ours")
    if not (_URN.fullmatch(order.incident) and _URN.fullmatch(order.source)):
        raise ValueError(f"{order.incident!r} or {order.source!r} is no URN of ours")
    variables: dict[str, str] = {"__SIP112_CENTRE": order.centre}
    if order.incident:
        variables |= {names.INCIDENT: order.incident, names.SOURCE: order.source}
    if order.tapped:
        variables[names.TAPPED] = order.tapped
    if order.about and order.rings.seat:  # before its INVITE is sent, as [sip112-popup] does
        variables["PJSIP_HEADER(add,Call-Info)"] = f"<{order.about}>;purpose=info"
    ids = {}
    if order.handle:
        ids["ChannelId"] = order.handle
        if order.rings.number:  # for the far end of its Local channel
            ids["OtherChannelId"] = f"far-{order.handle}"
    return ids | {
        "Action": "Originate",
        "Channel": names.channel_to(order.rings),
        "Context": names.STARTED_CONTEXTS[order.purpose],
        "Exten": order.subject,
        "Priority": "1",
        "Timeout": str(order.ring_s * 1000),
        "CallerID": f'"{_plain(order.name)}" <{_plain(order.number)}>',
        "Variable": ",".join(f'"{name}={text}"' for name, text in variables.items()),
        "Async": "true",
    }


class Originator:
    """Starts calls at one Asterisk, and has phones notified there.

    Args:
        config: where it is, with the user that has the right ``originate``; without a secret
            there is none, and every order says so.
        failed: is told of an order that was not taken, and why.
    """

    def __init__(self, config: LinkConfig, failed: Callable[[Order, str], None]) -> None:
        self._config = config
        self._failed = failed
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def is_there(self) -> bool:
        """Whether the settings name somebody who may start calls."""
        return bool(self._config.secret)

    def send(self, order: Order) -> None:
        """Have Asterisk carry the order out. Never waits; `failed` is told if it does not."""
        task = asyncio.create_task(self._carry_out(order), name="originate")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry_out(self, order: Order) -> None:
        try:
            await self.order(order)
        except LinkError as error:
            self._failed(order, str(error))
        except Exception as error:  # noqa: BLE001 - whoever ordered it goes on; it is logged
            _log.exception("order lost to a fault of ours", pbx=self._config.pbx)
            self._failed(order, f"a fault in sip112: {error!r}")

    async def order(self, order: Order) -> None:
        """Have Asterisk carry the order out, and return when it has taken it.

        LinkError (`NoOriginate`, `LoginRefused`, `ActionRefused`) says why not; what was not
        answered in time may have been done all the same.
        """
        if not self.is_there:
            raise NoOriginate(
                f"no AMI user that may start calls is set for {self._config.pbx}: add one from the"
                " template sip112-ami-desk to manager.conf, and set SIP112_AMI_DESK_SECRET"
            )
        try:
            words = action(order)
        except ValueError as error:
            raise LinkError(str(error)) from None
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                self._turns,
                session(self._config) as connection,
            ):
                await connection.request(words, WITHIN_S)
        except TimeoutError:
            raise LinkError(
                f"{self._config.pbx} did not take the order within {WITHIN_S:g} s"
            ) from None


def _plain(text: str) -> str:
    """Return `text` without what has a meaning in a caller ID."""
    return "".join(character for character in text if character not in '"<>\\')
