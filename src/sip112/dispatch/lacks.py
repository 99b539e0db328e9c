"""What keeps a channel from carrying anything, though there is no fault in the directory.

What an agency's system is told is signed with a secret, and people are told by a service that the
settings name. Where either is missing, the first message would be the one that says so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sip112.dispatch.agency import PROVEN, AgencyKind, ChannelKind, ladder
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.routing.value import value

_BY_OTHERS: Final = frozenset(
    {ChannelKind.EMAIL, ChannelKind.TELEGRAM, ChannelKind.WHATSAPP, ChannelKind.SMS}
)
"""Those that services of others carry."""


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
        for agency in directory.agencies
        if agency.active and agency.kind is not AgencyKind.SERVICE  # callers are told of those
        for channel in dict.fromkeys(rung.channel for rung in ladder(agency))
        if (channel in PROVEN and agency.code not in signed)
        or (channel in _BY_OTHERS and channel not in notified)
    )
