"""What is to be done when somebody has left a seat."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sip112.api.context import Served
from sip112.api.ports import NotOwner, PhoneKind
from sip112.routing.ids import CentreCode, SeatId


def leave(served: Mapping[CentreCode, Served], centre: CentreCode, seat: SeatId) -> None:
    """Take back the browser phone of a seat that somebody has left. Asterisk is not waited for.

    Nothing happens on a node that does not own the centre: the owner sees it (`api.watch`).
    """
    if centre in served and has_browser(served, centre, seat):
        with suppress(NotOwner):
            served[centre].ports.desk.take_back_phone(seat)


def has_browser(served: Mapping[CentreCode, Served], centre: CentreCode, seat: SeatId) -> bool:
    """Whether a seat's phone is the browser."""
    phone = served[centre].ports.desk.phone(seat)
    return phone is not None and phone.kind is PhoneKind.BROWSER
