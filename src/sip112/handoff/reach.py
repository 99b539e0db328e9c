"""Which agencies' systems a setting keeps from being told anything, seen before the first incident.

Each address is looked at as the courier would (`guard`), and nothing is connected to. A name that
cannot be looked up is no matter of a setting: of that the courier tells when there is something
to be sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from sip112.handoff.guard import Forbidden, Network, is_allowed, is_inner, target
from sip112.resolver import NameUnknown, Resolver

AT_ONCE: Final = 8
"""Names that are looked up at once, each in a thread."""


class Reach:
    """Looks at URLs, as often as it is asked.

    Args:
        allowed: networks inside which everything may be reached.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)
        self._resolvers: dict[str, Resolver] = {}

    async def forbidden(self, urls: Iterable[str]) -> Mapping[str, str]:
        """Return the URLs to which nothing is sent for want of a setting, with their addresses."""
        hosts: dict[str, str] = {}
        for url in urls:
            with suppress(Forbidden):  # a fault of the directory, which no setting mends
                hosts[url] = target(url).host
        self._resolvers = {
            host: self._resolvers.get(host) or Resolver(host) for host in hosts.values()
        }
        few = asyncio.Semaphore(AT_ONCE)

        async def look(host: str) -> str | None:
            async with few:
                return await self._address(host)

        names = tuple(self._resolvers)
        found = dict(zip(names, await asyncio.gather(*map(look, names)), strict=True))
        return {url: address for url, host in hosts.items() if (address := found[host])}

    async def _address(self, host: str) -> str | None:
        """Return that address of a host which the setting does not allow, with the host's name."""
        try:
            addresses = await self._resolvers[host].addresses()
        except NameUnknown:
            return None
        for each in addresses:
            address = ip_address(each)
            if is_inner(address) and not is_allowed(address, self._allowed):
                return each if each == host else f"{host}, {each}"
        return None
