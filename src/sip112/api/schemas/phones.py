"""A seat's phone as the API shows it, and what a browser phone registers with."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.ports import Phone, PhoneKind
from sip112.api.schemas.values import Time, doc, time
from sip112.routing.ids import Instant, SeatId


class PhoneView(TypedDict):
    """A seat's phone."""

    seat: Annotated[str, doc("Name of the seat.")]
    kind: Annotated[
        PhoneKind, doc("`browser` is the console itself; `own` a telephone with its own password.")
    ]
    ws_urls: Annotated[
        list[str], doc("WebSockets at which a browser phone registers: at each of them.")
    ]


def phone_view(seat: SeatId, phone: Phone) -> PhoneView:
    """Return a seat's phone as the API shows it."""
    return {"seat": seat, "kind": phone.kind, "ws_urls": list(phone.ws_urls)}


class PhoneGrant(TypedDict):
    """What a browser phone registers with."""

    seat: Annotated[str, doc("Name of the seat.")]
    uri: Annotated[str, doc("SIP address of the phone.")]
    ws_urls: Annotated[list[str], doc("WebSockets at which it registers: at each of them.")]
    username: Annotated[str, doc("With which it authenticates.")]
    password: Annotated[str, doc("Likewise; shown this once.")]
    realm: Annotated[str, doc("Of the password.")]
    expires_at: Annotated[Time, doc("Until when the password is good.")]


def phone_grant(seat: SeatId, phone: Phone, password: str, until: Instant) -> PhoneGrant:
    """Return what a browser phone registers with, as the API shows it."""
    return {
        "seat": seat,
        "uri": f"sip:{seat}@{phone.realm}.invalid",  # RFC 2606: it is no name to look up
        "ws_urls": list(phone.ws_urls),
        "username": seat,
        "password": password,
        "realm": phone.realm,
        "expires_at": time(until),
    }
