"""The ticket for a telephone that rings: the address that it calls, and what it takes as answer.

It is for telephones, which read no document: docs/phones/action-url.md has it all. Who may ask is
decided by the key in the address (`phone_keys`), before anything here runs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sip112 import display
from sip112.api.context import Ports, UseConfig, UsePorts
from sip112.api.problems.seats import no_call_rings
from sip112.routing.call import Call
from sip112.routing.events import PopupSeen
from sip112.routing.ids import SeatId
from sip112.routing.seat import Profile

router = APIRouter(prefix="/v1/phones", include_in_schema=False)


class Form(StrEnum):
    """What a telephone takes for an answer."""

    TEXT = "text"
    YEALINK = "yealink"
    SNOM = "snom"
    LINK = "link"
    """A browser is sent to the ticket."""


_XML: Final = {Form.YEALINK: Profile.YEALINK, Form.SNOM: Profile.SNOM}
_OF_NUMBER: Final = "0123456789+*#"


@router.get("/{seat}/ringing")
async def ringing(
    ports: UsePorts,
    config: UseConfig,
    seat: Annotated[str, Path()],
    form: Annotated[Form, Query(alias="as")] = Form.TEXT,
    number: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """Return the ticket of the call that a seat's telephone has, which counts as seen there."""
    call = _call(ports, SeatId(seat), _dialled_from(number))
    if call is None:
        raise no_call_rings(seat)
    await ports.desk.command(PopupSeen, seat=SeatId(seat), call=call.id)
    ticket = call.ticket_number
    if ticket is None:
        raise no_call_rings(seat)
    if form is Form.LINK:
        return RedirectResponse(f"{config.public_url.rstrip('/')}/t/{quote(ticket)}", 302)
    shown = display.Shown(ticket, call.caller, max(0, round(ports.clock() - call.arrived_at)))
    if form in _XML:
        return Response(display.screen(shown, _XML[form]), media_type="text/xml; charset=utf-8")
    return PlainTextResponse(display.line(shown))


def _call(ports: Ports, seat: SeatId, number: str) -> Call | None:
    """Return the call of a seat, unless it is from another number than the telephone says."""
    known = ports.desk.seat(seat)
    call = None if known is None or known.call is None else ports.desk.call(known.call)
    if call is None or call.caller.number is None or number in {"", call.caller.number}:
        return call
    return None


def _dialled_from(said: str) -> str:
    """Return the number in what a telephone says of its caller; empty if it is none.

    Some say the number, and some ``"name" <sip:number@host>``.
    """
    _, _, uri = said.rpartition("<")
    user = uri.strip().removeprefix("sip:").partition("@")[0]
    return user if user.strip(_OF_NUMBER) == "" else ""
