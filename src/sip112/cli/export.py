"""``sip112 export``: one incident for other systems, or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sip112.api.schemas.timeline import moment_view
from sip112.cli.terminal import (
    AsJson,
    OfCentre,
    fail,
    load_centre,
    local,
    print_bytes,
    print_json,
    print_table,
    with_store,
    write_bytes,
)
from sip112.dispatch.timeline import About
from sip112.people.person import Language

if TYPE_CHECKING:
    from sip112.service.dispatch.export import Incident


exports = typer.Typer(
    help="One incident for other systems, or on paper; no service need run.", no_args_is_help=True
)


_NAMED: Final = frozenset({About.HANDOFF, About.TICKET})
"""About which a person can say whom or which ticket; of a call there is only its identifier."""

OfTicket = Annotated[str, typer.Argument(help="Number or id of the ticket.")]


@exports.command("eido")
def export_eido(ticket: OfTicket, of: OfCentre = None) -> None:
    """Print an incident as an EIDO document (NENA-STA-021.1b)."""
    print_bytes(_incident(ticket, of).eido().encode())


@exports.command("cap")
def export_cap(ticket: OfTicket, of: OfCentre = None) -> None:
    """Print an incident as a message of the Common Alerting Protocol, version 1.2."""
    print_bytes(_incident(ticket, of).cap().encode())


@exports.command("timeline")
def export_timeline(
    ticket: OfTicket,
    *,
    as_json: AsJson = False,
    of: OfCentre = None,
    pdf: Annotated[
        Path | None,
        typer.Option(help="Write it to this file, on paper (A4), instead; - is standard output."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the paper.")] = Language.ID,
) -> None:
    """Tell everything that happened of an incident, in one line of time."""
    incident = _incident(ticket, of)
    if pdf is not None:
        write_bytes(pdf, incident.pdf(language))
        return
    if as_json:
        print_json([moment_view(each) for each in incident.moments])
        return
    print_table(
        f"What happened of {incident.dossier.ticket.number}, {incident.centre.time_zone.key}",
        ("When", "About", "What", "Who", "Details"),
        (
            (
                local(each.at, incident.centre),
                f"{each.about} {each.subject if each.about in _NAMED else ''}".rstrip(),
                each.what,
                each.who,
                ", ".join(f"{name}: {value}" for name, value in each.detail.items()),
            )
            for each in incident.moments
        ),
    )


def _incident(ticket: str, of: str | None) -> Incident:
    from sip112.service.dispatch import export  # noqa: PLC0415 - half a second that others need not wait for

    settings, centre = load_centre(of)
    found = with_store(settings, lambda store: export.incident(store, centre, ticket))
    if found is None:
        fail(f"{ticket}: {centre.code} has no such ticket. Which there are: sip112 tickets")
    return found
