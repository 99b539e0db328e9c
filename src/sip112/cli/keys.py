"""Commands that make secrets: shown once, and what is kept of them."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from sip112.cli.terminal import (
    centre_codes,
    err,
)
from sip112.people.roles import Scope
from sip112.people.token import digest, new_secret
from sip112.service.settings import (
    SEAT,
)

app = typer.Typer()


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who will use it; recorded with what it changes.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; repeat for several.")
    ] = None,
    centre: Annotated[
        list[str] | None,
        typer.Option(help="Of which centre alone; repeat for several.", callback=centre_codes),
    ] = None,
) -> None:
    """Make an API token: print the secret once, and the line for the settings."""
    scopes = scope or [Scope.READ]
    if Scope.AGENCY in scopes:
        raise typer.BadParameter(
            "Agencies have no tokens: their people sign in (sip112 person add --role agency), "
            "their systems sign messages."
        )
    secret = new_secret()
    err.print("The token, for the client. It is shown this once:", style="bold")
    typer.echo(secret)
    err.print("\nFor sip112.toml:", style="bold")
    lines = [
        "[[tokens]]",
        f"name = {json.dumps(name)}",
        f'digest = "{digest(secret)}"',
        f"scopes = {json.dumps(scopes)}",
    ]
    if centre:
        lines.append(f"centres = {json.dumps(centre)}")
    typer.echo("\n".join(lines), err=True)


@app.command()
def phone_key(
    seat: Annotated[str, typer.Argument(help="Whose telephone it is for, such as seat-07.")],
    centre: Annotated[
        str | None, typer.Option(help="Of which centre, where two have a seat of that name.")
    ] = None,
) -> None:
    """Make a key for a telephone that asks for its ticket: print its address, and the setting."""
    if not re.fullmatch(SEAT, seat):
        raise typer.BadParameter(f"{seat!r} is no name of a seat, such as seat-07.")
    centre_codes(None if centre is None else [centre])
    secret = new_secret()
    where = f"/centres/{centre}" if centre else ""
    err.print(
        "What the telephone calls, after the service's public_url. It is shown this once:",
        style="bold",
    )
    typer.echo(f"{where}/v1/phones/{seat}/ringing?key={secret}")
    err.print(f"\nFor {seat} in sip112.toml, beside its popup:", style="bold")
    typer.echo(f'phone_key = "{digest(secret)}"', err=True)
