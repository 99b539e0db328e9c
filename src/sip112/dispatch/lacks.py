"""What keeps a channel from carrying anything, though there is no fault in the directory.

What an agency's system is told is signed with a secret, and goes inside where a setting allows it;
people are told by a service that the settings name. Where one of these is missing, the first
message would be the one that says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from sip112.dispatch.agency import PROVEN, Agency, AgencyKind, ChannelKind, ladder
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.routing.value import value

_BY_OTHERS: Final = frozenset(
    {ChannelKind.EMAIL, ChannelKind.TELEGRAM, ChannelKind.WHATSAPP, ChannelKind.SMS}
)
"""Those that services of others carry."""

SHOWN: Final = 5
"""Agencies that are named."""


@value
class Lack:
    """A channel of an agency by which nothing can be sent."""

    agency: AgencyCode
    channel: ChannelKind

    @property
    def what(self) -> str:
        """What is missing."""
        if self.channel in PROVEN:
            return f"{self.agency} has no secret to sign with, for {self.channel}"
        return f"nothing is set by which {self.channel} could be sent, as {self.agency} is told"

    @property
    def remedy(self) -> str:
        """What to do."""
        if self.channel in PROVEN:
            return f"Make {self.agency} a secret in the directory, and give it to the agency"
        return f"Set a notifier for {self.channel} (docs/settings.md), or take the channel away"


NETWORKS: Final = "handoff_private_networks"
"""The setting that says where inside something may be sent."""


@value
class Shut:
    """An agency's system at an address to which a setting has nothing be sent."""

    agency: AgencyCode
    address: str

    def __str__(self) -> str:
        return f"{self.agency} ({self.address})"


def urls(directory: Directory) -> Iterator[str]:
    """Yield where the systems of active agencies are told."""
    for agency in _told(directory):
        for rung in ladder(agency):
            if rung.channel in PROVEN:
                yield rung.address


def shut(directory: Directory, forbidden: Mapping[str, str]) -> tuple[Shut, ...]:
    """Return the agencies of a directory whose systems get nothing.

    Args:
        directory: whose.
        forbidden: the URLs to which nothing is sent for want of a setting, with their addresses.
    """
    found = (
        Shut(agency.code, forbidden[rung.address])
        for agency in _told(directory)
        for rung in ladder(agency)
        if rung.channel in PROVEN and rung.address in forbidden
    )
    return tuple(dict.fromkeys(found))


def told_of(closed: Sequence[Shut]) -> tuple[str, str]:
    """Return what that means, and what to do."""
    some = ", ".join(map(str, closed[:SHOWN]))
    more = f" and {len(closed) - SHOWN} more" if closed[SHOWN:] else ""
    what = f"{NETWORKS} does not allow the address of {some}{more}: what they are to be told waits"
    remedy = (
        f"Add their networks to {NETWORKS} and start the service again, or correct the addresses"
        " in the directory"
    )
    return what, remedy


def _told(directory: Directory) -> Iterator[Agency]:
    """Yield those that are told of incidents; of services it is callers who are told."""
    for agency in directory.agencies:
        if agency.active and agency.kind is not AgencyKind.SERVICE:
            yield agency


def lacks(
    directory: Directory, signed: Collection[AgencyCode], notified: Collection[ChannelKind]
) -> tuple[Lack, ...]:
    """Return the channels of active agencies by which nothing can be sent.

    Args:
        directory: whose.
        signed: agencies that have a secret.
        notified: channels for which a notifier is set.
    """
    return tuple(
        Lack(agency.code, channel)
        for agency in _told(directory)
        for channel in dict.fromkeys(rung.channel for rung in ladder(agency))
        if (channel in PROVEN and agency.code not in signed)
        or (channel in _BY_OTHERS and channel not in notified)
    )
