"""Commands that run the service, or look after what it needs."""

from __future__ import annotations

import importlib.util
import sys

import typer

from sip112.cli.terminal import (
    fail,
    out,
    quiet,
    run,
)
from sip112.service import log
from sip112.service.check import check as run_checks
from sip112.service.node import Node
from sip112.service.settings import (
    Settings,
    load,
)
from sip112.store.store import Store

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the service: connect to Asterisk, route calls, keep tickets, serve the API."""
    settings = load()
    log.set_up(settings)
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    await Node(settings).run(alone=True)


@app.command()
def check() -> None:
    """Say, line by line, what of the Asterisk side is in place, and what to do about the rest."""
    settings = load()
    quiet()
    wrong = run(_check(settings))
    if wrong:
        out.print(f"[red]{wrong} to mend.[/red] 112 calls may not be handled as they should.")
        raise typer.Exit(1)
    out.print("[green]All in place.[/green]")


async def _check(settings: Settings) -> int:
    wrong = 0
    async for fact in run_checks(settings):
        mark = "[green]ok  [/green]" if fact.ok else "[red]WRONG[/red]"
        out.print(f"{mark} ", end="")
        out.print(f"{fact.name}: {fact.detail}", markup=False, highlight=False, soft_wrap=True)
        if not fact.ok:
            wrong += 1
            out.print(
                f"      -> {fact.remedy}",
                style="yellow",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    return wrong


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema; safe to repeat."""
    settings = load()
    quiet()

    async def work() -> None:
        store = Store(settings.database_url)
        try:
            await store.migrate()
        finally:
            await store.close()

    run(work())
    out.print("The database is up to date.")


@app.command()
def demo() -> None:
    """Place a dozen real 112 calls on the rig and show what becomes of them (make demo)."""
    if importlib.util.find_spec("rig") is None:
        fail("The demo needs the rig, which is in the repository: clone it and run: make demo")
    from rig.demo import main as run_demo  # noqa: PLC0415 - not part of the wheel

    raise typer.Exit(run_demo())


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the HTTP interface; needs neither settings nor a service."""
    from sip112.api.app import document  # noqa: PLC0415 - a second that others need not wait for

    sys.stdout.buffer.write(document() + b"\n")
