"""Calls that the service starts, such as one to a third party: Originate, by a user of its own.

The right ``originate`` is that of a second AMI user: whoever has it can have Asterisk call
anybody whom its dialplan reaches, while the routing of calls needs no such right. So this edge
is apart from the link. It opens a connection for each order and closes it after the answer:
nothing is held, kept alive or sent again, and an order that fails leaves nothing behind. What
comes of a call that was started is told to the link, like all other events.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

import structlog

from sip112.ami import names
from sip112.ami.actions import AmiAction
from sip112.ami.link import LinkConfig, LinkError, session
from sip112.routing.effects import StartCall

_SUBJECT: Final = re.compile(r"[0-9A-Za-z*._-]{2,80}")
_log = structlog.get_logger(__name__)

WITHIN_S: Final = 5.0
"""Seconds for all of it: connecting, the login, the order. It takes about ten milliseconds."""


class NoOriginate(LinkError):  # noqa: N818 - the name says what happened
    """The settings name no AMI user for it."""


def action(order: StartCall) -> AmiAction:
    """Return `order` in Asterisk's words. ValueError if a value would be read as something else."""
    if not _SUBJECT.fullmatch(order.subject):
        raise ValueError(f"{order.subject!r} is no extension of the dialplan")
    if set(order.about) & set('",\\'):
        raise ValueError(f"the address {order.about!r} cannot stand in a header")
    variables: dict[str, str] = {"__SIP112_CENTRE": order.centre}
    if order.about and order.rings.seat:  # before its INVITE is sent, as [sip112-popup] does
        variables["PJSIP_HEADER(add,Call-Info)"] = f"<{order.about}>;purpose=info"
    return {
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
    """Starts calls at one Asterisk.

    Args:
        config: where it is, with the user that has the right ``originate``; without a secret
            there is none, and every order says so.
        failed: is told of an order that was not taken, and why.
    """

    def __init__(self, config: LinkConfig, failed: Callable[[StartCall, str], None]) -> None:
        self._config = config
        self._failed = failed
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def is_there(self) -> bool:
        """Whether the settings name somebody who may start calls."""
        return bool(self._config.secret)

    def send(self, order: StartCall) -> None:
        """Have Asterisk start the call. Never waits; `failed` is told if it does not take it."""
        task = asyncio.create_task(self._carry_out(order), name="originate")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry_out(self, order: StartCall) -> None:
        try:
            await self.order(order)
        except LinkError as error:
            self._failed(order, str(error))
        except Exception as error:  # noqa: BLE001 - whoever ordered it goes on; it is logged
            _log.exception("order lost to a fault of ours", pbx=self._config.pbx)
            self._failed(order, f"a fault in sip112: {error!r}")

    async def order(self, order: StartCall) -> None:
        """Have Asterisk start the call, and return when it has taken the order.

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
            async with asyncio.timeout(WITHIN_S), session(self._config) as connection:
                await connection.request(words, WITHIN_S)
        except TimeoutError:
            raise LinkError(
                f"{self._config.pbx} did not take the order within {WITHIN_S:g} s"
            ) from None


def _plain(text: str) -> str:
    """Return `text` without what has a meaning in a caller ID."""
    return "".join(character for character in text if character not in '"<>\\')
