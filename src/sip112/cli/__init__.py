"""The command `sip112`: a module for each kind of command.

Lists and exports read the store directly, so that they work with no service running. A module
takes up to a second to load, and is loaded when one of its commands is given: `COMMANDS` is enough
to say which there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from sip112.routing.errors import StoreUnavailable
from sip112.service.errors import BadSettings

_MARKUP: Final = "rich"


class Described(NamedTuple):
    """A command that is not loaded."""

    name: str
    module: str
    commands: str
    """Of the module's, the Typer application that it belongs to, or is."""
    help: str
    """The first sentence of what it says itself."""


COMMANDS: Final = (
    Described(
        "serve",
        "running",
        "app",
        "Run the service: connect to Asterisk, route calls, keep tickets, serve the API.",
    ),
    Described(
        "check",
        "running",
        "app",
        "Say, line by line, what of the Asterisk side is in place, and what to do about the rest.",
    ),
    Described(
        "migrate",
        "running",
        "app",
        "Bring the database to this version's schema; safe to repeat.",
    ),
    Described(
        "demo",
        "running",
        "app",
        "Place a dozen real 112 calls on the rig and show what becomes of them (make demo).",
    ),
    Described(
        "openapi",
        "running",
        "app",
        "Print the OpenAPI document of the HTTP interface; needs neither settings nor a service.",
    ),
    Described("calls", "lists", "app", "List calls from the store, newest first."),
    Described("tickets", "lists", "app", "List tickets from the store, newest first."),
    Described("seats", "lists", "app", "List seats as the store last knew them."),
    Described(
        "token",
        "keys",
        "app",
        "Make an API token: print the secret once, and the line for the settings.",
    ),
    Described(
        "phone-key",
        "keys",
        "app",
        "Make a key for a telephone that asks for its ticket: print its address, and the setting.",
    ),
    Described(
        "export",
        "export",
        "exports",
        "One incident for other systems, or on paper; no service need run.",
    ),
    Described("person", "people", "people", "Who may sign in at the console."),
    Described(
        "directory",
        "directory",
        "directory",
        "The agencies, incident types and areas of a centre.",
    ),
    Described("areas", "directory", "areas", "The areas of a centre alone, as GeoJSON."),
)


class _Later(TyperCommand):
    """Stands for a command until it is given."""

    def __init__(self, described: Described) -> None:
        super().__init__(described.name, help=described.help)
        self._described = described

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        return load(self._described).make_context(info_name, args, parent, **extra)


class _Commands(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for each in COMMANDS:
            self.add_command(_Later(each))


def load(described: Described) -> TyperCommand | TyperGroup:
    """Return the command itself."""
    module = import_module(f"sip112.cli.{described.module}")
    whole = typer.Typer(add_completion=False, rich_markup_mode=_MARKUP)
    is_group = described.commands != "app"
    name = described.name if is_group else None
    whole.add_typer(getattr(module, described.commands), name=name)
    found = typer.main.get_group(whole).commands[described.name]
    assert isinstance(found, TyperCommand | TyperGroup)  # noqa: S101 - it makes no others
    return found


def load_ahead(arguments: Sequence[str]) -> None:
    """Load what the command among `arguments` needs, if there is one."""
    for each in COMMANDS:
        if each.name in arguments[:1]:
            import_module(f"sip112.cli.{each.module}")


app = typer.Typer(
    cls=_Commands,
    name="sip112",
    help="Bridges an Asterisk PBX to incident handling for a city's 112 centre.",
    epilog="Settings come from SIP112_... variables and from sip112.toml; see docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=_MARKUP,
)


@app.callback()
def _begin() -> None:
    """Begin with whatever command is given."""


def main() -> None:
    """Run the command; a mistake of the user's is one red line and not a traceback."""
    try:
        app()
    except BadSettings as error:
        _fail(f"settings: {error}")
    except StoreUnavailable as error:
        _fail(f"store: {error}")


def _fail(text: str) -> None:
    from sip112.cli.terminal import fail  # noqa: PLC0415 - see above

    fail(text)
