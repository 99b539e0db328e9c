"""Calls that the service starts, such as one to a third party: Originate, by a user of its own.

The right ``originate`` is that of a second AMI user: whoever has it can have Asterisk call
anybody whom its dialplan reaches, while the routing of calls needs no such right. So this edge
is apart from the link. It opens a connection for each order and closes it after the answer:
nothing is held, kept alive or sent again, and an order that fails leaves nothing behind. What
comes of a call that was started is told to the link, like all other events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from sip112.ami.actions import AmiAction
from sip112.ami.link import LinkConfig, LinkError, session
from sip112.routing.value import value

WITHIN_S: Final = 5.0
"""Seconds for all of it: connecting, the login, the order. It takes about ten milliseconds."""


class NoOriginate(LinkError):  # noqa: N818 - the name says what happened
    """The settings name no AMI user for it."""


@value
class Order:
    """Call somebody, and send whoever answers to a place in the dialplan.

    That place names the order in Asterisk's ``OriginateResponse``, which comes on the link when
    the one who was called answers, or does not.
    """

    channel: str
    """Who is called: ``PJSIP/seat-01``, ``Local/0812…@sip112-outside/n``."""
    context: str
    extension: str
    ring_s: int
    number: str = "112"
    """What the called phone shows: a number, and a name."""
    name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Set on the called channel before it is called; a function such as ``PJSIP_HEADER(…)`` too."""

    def action(self) -> AmiAction:
        """Return it in Asterisk's words. ValueError if a value would be read as something else."""
        for name, text in self.variables.items():
            if set(text) & set(',"\\') or ("," in name and not name.endswith(")")):
                raise ValueError(f"{name} cannot be {text!r}: Asterisk would cut it")
        action = {
            "Action": "Originate",
            "Channel": self.channel,
            "Context": self.context,
            "Exten": self.extension,
            "Priority": "1",
            "Timeout": str(self.ring_s * 1000),
            "CallerID": f'"{_plain(self.name)}" <{_plain(self.number)}>',
            "Async": "true",
        }
        if self.variables:
            action["Variable"] = ",".join(f'"{each}={to}"' for each, to in self.variables.items())
        return action


class Originator:
    """Starts calls at one Asterisk.

    Args:
        config: where it is, with the user that has the right ``originate``; without a secret
            there is none, and every order says so.
    """

    def __init__(self, config: LinkConfig) -> None:
        self._config = config

    @property
    def is_there(self) -> bool:
        """Whether the settings name somebody who may start calls."""
        return bool(self._config.secret)

    async def order(self, order: Order) -> None:
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
            action = order.action()
        except ValueError as error:
            raise LinkError(str(error)) from None
        try:
            async with asyncio.timeout(WITHIN_S), session(self._config) as connection:
                await connection.request(action, WITHIN_S)
        except TimeoutError:
            raise LinkError(
                f"{self._config.pbx} did not take the order within {WITHIN_S:g} s"
            ) from None


def _plain(text: str) -> str:
    """Return `text` without what has a meaning in a caller ID."""
    return "".join(character for character in text if character not in '"<>\\')
