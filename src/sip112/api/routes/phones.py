"""Phones of seats: where a browser phone registers, and the password with which it may.

A phone that has one registers and rings without the service, until it is taken back or over.
"""

from __future__ import annotations

from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Path, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise, own_seat
from sip112.api.context import Ports, UseConfig, UsePorts
from sip112.api.ports import PbxAway, Phone, PhoneKind
from sip112.api.problems.access import not_your_seat
from sip112.api.problems.pbx import pbx_timeout, pbx_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.seats import unknown_seat
from sip112.api.schemas.phones import PhoneGrant, PhoneView, phone_grant, phone_view
from sip112.api.watch import UseWatch
from sip112.people.principal import Principal
from sip112.routing.ids import Instant, SeatId

router = APIRouter(
    prefix="/v1/seats/{seat}/phone",
    tags=["seats"],
    dependencies=[Depends(gives("application/json"))],
)

SHIFT_S: Final = 24 * 3600.0
"""Seconds for which a password is good: longer than any shift."""

_log = structlog.get_logger(__name__)

_Seat = Annotated[str, Path(description="Name of the seat, such as seat-03.")]
_Commander = Annotated[Principal, Security(own_seat, scopes=["seat"])]

_EXAMPLE: Final = Phone(PhoneKind.BROWSER, ("wss://pbx.example.org:8089/ws",), "sip112")


def not_a_browser(seat: str) -> Problem:
    """Return the problem of a seat whose phone has a password of its own."""
    return Problem(
        409,
        "not-a-browser-phone",
        f"The phone of seat {seat!r} is a telephone of its own, with its own password.",
        remedy="Use that telephone. To have the phone in the browser, write it into the settings: "
        f'seats = [{{ id = "{seat}", phone = "browser" }}], and see asterisk-config/README.md.',
    )


def _find(ports: Ports, seat: str) -> Phone:
    phone = ports.desk.phone(SeatId(seat))
    if phone is None:
        raise unknown_seat(seat)
    return phone


def _find_browser(ports: Ports, seat: str) -> Phone:
    phone = _find(ports, seat)
    if phone.kind is not PhoneKind.BROWSER:
        raise not_a_browser(seat)
    return phone


@router.get(
    "",
    summary="Read a seat's phone",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        phone_view(docs.READY.id, _EXAMPLE), *docs.guarded(), unknown_seat("seat-99")
    ),
)
async def read_phone(ports: UsePorts, seat: _Seat) -> PhoneView:
    """Return what is at a seat to talk with, as the settings have it."""
    return phone_view(SeatId(seat), _find(ports, seat))


@router.post(
    "",
    summary="Get a password for the browser phone",
    responses=docs.answers(
        phone_grant(docs.READY.id, _EXAMPLE, "…", Instant((docs.READY.since or 0) + SHIFT_S)),
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        unknown_seat("seat-99"),
        not_a_browser("seat-03"),
        pbx_unavailable("pbx-unreachable", "There is no link to Asterisk.", ""),
        pbx_timeout(),
    ),
)
async def give_phone(
    ports: UsePorts,
    config: UseConfig,
    watch: UseWatch,
    principal: _Commander,
    seat: _Seat,
    response: Response,
) -> PhoneGrant:
    """Return a new password for a seat's browser phone, once Asterisk knows it.

    It is shown this once. Those given before are good no more: of two browsers at one seat, the
    one that asked last has the phone.
    """
    phone = _find_browser(ports, seat)
    until = Instant(ports.clock() + SHIFT_S)
    log = _log.bind(by=principal.name, seat=seat)
    watch.phone_given(principal, config.centre, SeatId(seat))
    try:
        password = await ports.desk.give_phone(SeatId(seat), until)
    except PbxAway as error:
        said = "There is no link to Asterisk."
        raise pbx_unavailable("pbx-unreachable", said, str(error)) from None
    except TimeoutError:
        log.warning("asterisk does not take a phone's password")
        raise pbx_timeout() from None
    log.info("phone given")
    response.headers["Cache-Control"] = "no-store"
    return phone_grant(SeatId(seat), phone, password, until)


@router.delete(
    "",
    summary="Take the browser phone's password back",
    responses=docs.answers(
        phone_view(docs.READY.id, _EXAMPLE),
        *docs.guarded(),
        *docs.changing(),
        not_your_seat("sari", "seat-03", "seat-01"),
        unknown_seat("seat-99"),
        not_a_browser("seat-03"),
    ),
)
async def take_back_phone(ports: UsePorts, principal: _Commander, seat: _Seat) -> PhoneView:
    """Let a seat's browser phone not register any more. A call that it has goes on."""
    phone = _find_browser(ports, seat)
    ports.desk.take_back_phone(SeatId(seat))
    _log.info("phone taken back", by=principal.name, seat=seat)
    return phone_view(SeatId(seat), phone)
