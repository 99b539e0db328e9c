"""An agency: who acts on an incident, when, where, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sip112.dispatch.ids import AgencyCode, AreaCode
from sip112.routing.value import value

Name = Mapping[str, str]
"""What people read, by language: ``id`` and ``en``."""


class AgencyKind(StrEnum):
    """What an agency is for."""

    POLICE = "police"
    FIRE = "fire"
    SAR = "sar"
    DISASTER = "disaster"
    MEDICAL = "medical"
    ARMY = "army"
    HOSPITAL = "hospital"
    UTILITY = "utility"
    VOLUNTEER = "volunteer"
    CENTRE = "centre"
    """Another 112 centre."""
    SERVICE = "service"
    """A line for what is no emergency. It is asked nothing: callers are told of it."""
    OTHER = "other"


class ChannelKind(StrEnum):
    """A way by which an agency is told."""

    WEBHOOK = "webhook"
    """EIDO JSON by HTTP, signed."""
    CAP = "cap"
    """CAP 1.2 XML by HTTP, signed."""
    VOICE = "voice"
    """The live call is transferred, or a call is made."""
    RELAY = "relay"
    """Text only, where the agency has no voice: passed on in lines by whoever works in the centre
    (`relay`)."""
    EMAIL = "email"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    ACCOUNT = "account"
    """The agency's own people see it on their live page."""


AUTOMATIC: frozenset[ChannelKind] = frozenset(ChannelKind) - {ChannelKind.VOICE, ChannelKind.RELAY}
"""Those that need nobody in the centre. By the others a person tells the agency."""

PROVEN: frozenset[ChannelKind] = frozenset({ChannelKind.WEBHOOK, ChannelKind.CAP})
"""Those whose counterpart says that it has the message. The others are sent, and no more is known
until the agency acknowledges."""


@value
class Contact:
    """A person or desk of an agency."""

    name: str
    addresses: Mapping[ChannelKind, str]
    """Where it is reached by what: a number, an e-mail address, a chat."""


@value
class Channel:
    """One way to an agency, in its order."""

    kind: ChannelKind
    address: str = ""
    """An URL for webhook and cap. For what reaches persons: an address of the agency itself, before
    those of its contacts; empty if there is none."""


@value
class Opening:
    """Hours of one day of the week in the centre's local time."""

    day: int
    """0 is Monday."""
    opens: int
    """Minutes after midnight."""
    closes: int
    """Minutes after midnight, up to 1440; after `opens`. A night is two of these."""


@value
class Agency:
    """An agency of a centre."""

    code: AgencyCode
    kind: AgencyKind
    name: Name
    area: AreaCode | None = None
    """Where it acts; None is everywhere in the centre's area."""
    hours: tuple[Opening, ...] = ()
    """When it acts; none is always."""
    contacts: tuple[Contact, ...] = ()
    """In the order in which they are tried."""
    channels: tuple[Channel, ...] = ()
    """Likewise."""
    active: bool = True
    """Whether it is proposed. An agency is never deleted: handoffs name it."""


_PUBLIC: Final = (
    ChannelKind.VOICE,
    ChannelKind.WHATSAPP,
    ChannelKind.SMS,
    ChannelKind.EMAIL,
    ChannelKind.TELEGRAM,
)


def public(service: Agency) -> tuple[Channel, ...]:
    """Return by what callers reach a service, in the order in which they are told of it.

    By the addresses of its own: those of its contacts are of persons.
    """
    own = [each for each in service.channels if each.address.strip() and each.kind in _PUBLIC]
    return tuple(sorted(own, key=lambda each: _PUBLIC.index(each.kind)))


@value
class Rung:
    """One rung of the ladder by which an agency is told: a channel, and who is reached by it."""

    channel: ChannelKind
    address: str
    contact: str = ""
    """Name of the contact; empty for the agency itself."""


def ladder(agency: Agency) -> tuple[Rung, ...]:
    """Return how the agency is told: each channel in order, and by each the contacts in order.

    No rung stands in it twice: nobody is told the same again, and a rung is known by itself.
    """
    rungs = (rung for channel in agency.channels for rung in _rungs(agency, channel))
    return tuple(dict.fromkeys(rungs))


def dialled(rung: Rung) -> str:
    """Return the number of a rung that is spoken, as it is dialled and as calls know it."""
    return rung.address.removeprefix("+")


def _rungs(agency: Agency, channel: Channel) -> list[Rung]:
    if channel.kind is ChannelKind.ACCOUNT:
        return [Rung(channel.kind, "")]
    own = [Rung(channel.kind, channel.address)] if channel.address else []
    return own + [
        Rung(channel.kind, contact.addresses[channel.kind], contact.name)
        for contact in agency.contacts
        if contact.addresses.get(channel.kind)
    ]
