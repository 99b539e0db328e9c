"""The command `sip112`: a module for each kind of command.

Lists and exports read the store directly, so that they work with no service running.
"""

from __future__ import annotations

import typer

from sip112.cli import directory, export, keys, lists, people, running
from sip112.cli.terminal import fail
from sip112.routing.errors import StoreUnavailable
from sip112.service.settings import BadSettings

app = typer.Typer(
    name="sip112",
    help="Bridges an Asterisk PBX to incident handling for a city's 112 centre.",
    epilog="Settings come from SIP112_... variables and from sip112.toml; see docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for _commands in (running.app, lists.app, keys.app):
    app.add_typer(_commands)
app.add_typer(export.exports, name="export")
app.add_typer(people.people, name="person")
app.add_typer(directory.directory, name="directory")
app.add_typer(directory.areas, name="areas")


def main() -> None:
    """Run the command; a mistake of the user's is one red line and not a traceback."""
    try:
        app()
    except BadSettings as error:
        fail(f"settings: {error}")
    except StoreUnavailable as error:
        fail(f"store: {error}")
