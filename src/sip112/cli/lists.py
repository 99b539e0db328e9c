"""Commands that list what is kept. They read the store, so that no service need run."""

from __future__ import annotations

from typing import Annotated

import typer

from sip112.api.schemas.calls import call_view
from sip112.api.schemas.seats import seat_view
from sip112.api.schemas.tickets import ticket_view
from sip112.cli.terminal import (
    AsJson,
    Limit,
    OfCentre,
    load_centre,
    local,
    print_json,
    print_table,
    with_store,
)
from sip112.routing.call import Call, Outcome
from sip112.routing.ids import SeatId
from sip112.store.store import Store

app = typer.Typer()


@app.command()
def calls(
    *,
    as_json: AsJson = False,
    limit: Limit = 20,
    of: OfCentre = None,
    caller: Annotated[str | None, typer.Option(help="Only calls from this number.")] = None,
    seat: Annotated[str | None, typer.Option(help="Only calls that this seat answered.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only calls that ended so.")] = None,
) -> None:
    """List calls from the store, newest first."""
    settings, centre = load_centre(of)

    async def work(store: Store) -> list[Call]:
        return await store.calls(
            centre.code,
            caller=caller,
            seat=None if seat is None else SeatId(seat),
            outcome=outcome,
            limit=limit,
        )

    found = with_store(settings, work)
    if as_json:
        print_json([call_view(each) for each in found])
        return
    print_table(
        f"Calls of {centre.code}, {centre.time_zone.key}",
        ("Arrived", "Ticket", "Caller", "Pos.", "Answered", "Seat", "Ended", "Outcome"),
        (
            (
                local(each.arrived_at, centre),
                each.ticket_number or "",
                _caller(each),
                str(each.position or ""),
                "" if each.answered_at is None else f"{each.answered_at - each.arrived_at:.1f} s",
                each.seat or "",
                local(each.ended_at, centre),
                each.outcome or each.state,
            )
            for each in found
        ),
    )


@app.command()
def tickets(*, as_json: AsJson = False, limit: Limit = 20, of: OfCentre = None) -> None:
    """List tickets from the store, newest first."""
    settings, centre = load_centre(of)
    found = with_store(settings, lambda store: store.tickets(centre.code, limit=limit))
    if as_json:
        print_json([ticket_view(each) for each in found])
        return
    print_table(
        f"Tickets of {centre.code}, {centre.time_zone.key}",
        ("Number", "Opened", "Status", "Type", "Address", "Calls"),
        (
            (
                each.number,
                local(each.opened_at, centre),
                f"{each.status}, = {each.parent_number}" if each.parent_number else each.status,
                each.incident_type or "",
                each.address or "",
                str(len(each.calls)),
            )
            for each in found
        ),
    )


@app.command()
def seats(*, as_json: AsJson = False, of: OfCentre = None) -> None:
    """List seats as the store last knew them."""
    settings, centre = load_centre(of)
    found = with_store(settings, lambda store: store.seats(centre.code))
    if as_json:
        print_json([seat_view(each) for each in found])
        return
    print_table(
        f"Seats of {centre.code}, as last stored",
        ("Seat", "State", "Agent", "Since", "Phone", "Skills", "Pause"),
        (
            (
                each.id,
                each.state,
                each.agent or "",
                local(each.since or None, centre),
                each.device,
                " ".join(sorted(each.skills)),
                each.pause_reason or "",
            )
            for each in found
        ),
    )


def _caller(call: Call) -> str:
    return " ".join(filter(None, (call.caller.number, call.caller.name))) or "(no caller ID)"
