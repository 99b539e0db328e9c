"""Where messages to agencies may go: nowhere inside, unless a setting allows the network.

Whoever edits the directory names URLs, and the service would call any of them from within the
centre's network: Asterisk's manager, a database, a cloud's metadata. So each address is looked
at before a connection is made, and the connection is made to the very address that was looked
at: a name that is asked a second time may answer something else. Its certificate is still
checked against the name. A name that has inner addresses beside public ones is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

import httpcore
import httpx

from sip112.dispatch.reasons import Code, Reason, because
from sip112.resolver import Resolver
from sip112.routing.value import value

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CONNECT_S: Final = 3.0
"""Seconds until the next address of a host is tried."""

LONGEST_URL: Final = 2000
"""Characters of a URL."""

MOST_NAMES: Final = 512
"""Names whose addresses are remembered, and URLs that were read."""

_WEB: Final = frozenset({80, 443})
_UNPRIVILEGED: Final = 1024
_LAST_PORT: Final = 65_535
_NAT64: Final = ip_network("64:ff9b::/96")
_INNER: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4, which has been given up
        "::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""What the ipaddress module of some Python calls global, and the registry does not."""


class Forbidden(Exception):  # noqa: N818 - the name says what happened
    """An address to which nothing is sent; the reason says why, and what to do."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class NotAllowed(Forbidden):
    """An inner address, in no network that is allowed: a setting is all that is in the way."""


@value
class Target:
    """What a URL names."""

    https: bool
    host: str
    """A name in ASCII, or an address without brackets."""
    port: int
    authority: bytes
    """The value of the header Host."""
    path: bytes
    """With its query."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that `texts` name, such as 10.20.0.0/16. ValueError otherwise."""
    return tuple(ip_network(text) for text in texts)


@lru_cache(MOST_NAMES)
def target(url: str) -> Target:
    """Return what `url` names. Forbidden if nothing may be sent there, whatever its address."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise Forbidden(because(Code.LONG_URL, most=LONGEST_URL))
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Forbidden(because(Code.NO_URL, error=error)) from error
    if read.scheme not in {"http", "https"} or not read.host:
        raise Forbidden(because(Code.NO_HTTPS_URL))
    if read.userinfo:
        raise Forbidden(because(Code.SIGNED_IN_URL))
    https = read.scheme == "https"
    port = (443 if https else 80) if read.port is None else read.port
    if not 0 < port <= _LAST_PORT:
        raise Forbidden(because(Code.NO_PORT, port=port))
    host = read.raw_host.decode("ascii").rstrip(".")
    return Target(https, host, port, read.netloc, read.raw_path)


def why_forbidden(
    address: Address, port: int, *, https: bool, allowed: Sequence[Network], host: str = ""
) -> Reason | None:
    """Return why nothing may be sent to `address`, which is that of `host`; None if it may."""
    if is_allowed(address, allowed):
        return None
    if is_inner(address):
        return because(Code.PRIVATE_ADDRESS, host=host, address=address)
    if not https:
        return because(Code.WITHOUT_HTTPS, host=host)
    if port < _UNPRIVILEGED and port not in _WEB:
        return because(Code.OTHER_PORT, host=host, port=port, lowest=_UNPRIVILEGED)
    return None


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether `address` is in a network in which everything may be reached."""
    ends = (address, _leads_to(address))
    return any(each in network for network in allowed for each in ends)


def is_inner(address: Address) -> bool:
    """Whether `address` leads to no public one."""
    return not _is_public(_leads_to(address))


def _leads_to(address: Address) -> Address:
    """Return the IPv4 address to which an IPv6 address leads, or `address` itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved)
        and not any(address in network for network in _INNER)
    )


class Guard(httpcore.AsyncNetworkBackend):
    """Makes connections to where they may go.

    Args:
        https: whether what it connects is going to be encrypted.
        allowed: networks inside which everything may be reached.
    """

    def __init__(self, *, https: bool, allowed: Sequence[Network]) -> None:
        self._https = https
        self._allowed = tuple(allowed)
        self._backend = httpcore.AnyIOBackend()
        self._resolvers: dict[str, Resolver] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - so httpcore wants it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host. Forbidden if it has an address at which nothing may be sent.

        NotAllowed if a setting could allow it.
        """
        *others, last = await self._addresses(host, port)
        for address in others:
            try:
                return await self._backend.connect_tcp(
                    address, port, CONNECT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        resolver = self._resolvers.pop(host, None) or Resolver(host)
        self._resolvers[host] = resolver  # at the end: the first one is the longest unused
        if len(self._resolvers) > MOST_NAMES:
            del self._resolvers[next(iter(self._resolvers))]
        found = await resolver.addresses()
        for each in found:
            address = ip_address(each)
            why = why_forbidden(
                address,
                port,
                https=self._https,
                allowed=self._allowed,
                host="" if each == host else host,
            )
            if why:
                raise NotAllowed(why) if is_inner(address) else Forbidden(why)
        return found
