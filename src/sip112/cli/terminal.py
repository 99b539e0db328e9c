"""What the commands share: their options, the store and its errors, and what they print."""

from __future__ import annotations

import getpass
import re
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sip112.people.audit import Action, AuditEntry, new_id
from sip112.routing.ids import Instant
from sip112.service import log
from sip112.service.settings import (
    CODE,
    CentreSettings,
    LogFormat,
    Settings,
    load,
)
from sip112.store.store import Store

out = Console()
if not out.is_terminal:  # a pipe or a file has no width of its own
    out = Console(width=132)
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")]
OfCentre = Annotated[
    str | None, typer.Option("--centre", help="Which centre, where the settings have several.")
]

T = TypeVar("T")

USAGE: Final = 2
"""Exit code of a command that could not begin: settings, arguments, no database."""


def fail(text: str) -> NoReturn:
    """Say what is wrong, and end."""
    err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(USAGE)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run some work to its end."""
    import uvloop  # noqa: PLC0415 - a third of a second that --help need not wait for

    return uvloop.run(work)


def centre_codes(codes: list[str] | None) -> list[str] | None:
    """Return codes of centres as they are. BadParameter if one is none."""
    for code in codes or []:
        if not re.fullmatch(CODE, code):
            raise typer.BadParameter(f"{code!r} is no code of a centre, such as PKY.")
    return codes


def by_hand(action: Action, subject: str, **detail: object) -> AuditEntry:
    """Return what the audit log says of a command that somebody gave on this machine."""
    at = Instant(time.time())
    return AuditEntry(
        new_id(at),
        at,
        None,
        f"{getpass.getuser()} at the command line",
        action,
        subject,
        detail,
        "",
    )


def load_centre(centre: str | None) -> tuple[Settings, CentreSettings]:
    """Return the settings, and those of the centre that is meant."""
    settings = load()
    quiet()
    return settings, settings.find(centre)


def with_store(settings: Settings, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Do some work with the store, and return what comes of it."""

    async def with_it() -> T:
        store = Store(settings.database_url)
        try:
            return await work(store)
        finally:
            await store.close()

    return run(with_it())


STREAM: Final = Path("-")
"""What stands for standard input or output where a file is named."""


def read_bytes(path: Path) -> bytes:
    """Return what is in a file, or comes by standard input."""
    if path == STREAM:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def write_bytes(path: Path | None, content: bytes) -> None:
    """Write to a file; without one, or for `STREAM`, to standard output."""
    if path is None or path == STREAM:
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        fail(f"{path}: {error.strerror}. Name a file in a directory where you may write.")


def print_bytes(document: bytes) -> None:
    """Print a document as it is."""
    sys.stdout.buffer.write(document.rstrip() + b"\n")


def print_json(views: Sequence[Any]) -> None:
    """Print what the API would show, for programs."""
    sys.stdout.buffer.write(TypeAdapter(list[Any]).dump_json(list(views), indent=2) + b"\n")


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table, for people."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in {"Ticket", "Number"})
    for row in rows:
        table.add_row(*map(Text, row))  # as it is: a caller's name is not markup
    out.print(table)


def local(at: Instant | None, centre: CentreSettings) -> str:
    """Return a time by the centre's clocks; empty if there is none."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, centre.time_zone).strftime("%d %b %H:%M:%S")


def quiet() -> None:
    """Let commands that print speak for themselves."""
    log.set_up(
        Settings.model_construct(log_level="error", log_format=LogFormat.CONSOLE, log_callers=False)
    )
