"""The command `sip112`: serve, look, check, migrate.

Lists read the store directly, so that they work with no service running.
"""

from __future__ import annotations

import getpass
import importlib.util
import json
import re
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sip112.api.schemas.calls import call_view
from sip112.api.schemas.people import person_view
from sip112.api.schemas.seats import seat_view
from sip112.api.schemas.tickets import ticket_view
from sip112.api.schemas.timeline import moment_view
from sip112.directory import files
from sip112.directory.forms import Parts
from sip112.dispatch.differences import Difference, differences
from sip112.dispatch.directory import Directory, DirectoryState, Part
from sip112.dispatch.errors import DirectoryChanged
from sip112.dispatch.faults import Fault
from sip112.dispatch.timeline import About
from sip112.people.audit import Action, AuditEntry, new_id
from sip112.people.person import LOGIN_NAME, Language, Person, PersonExists
from sip112.people.roles import Role, Scope
from sip112.people.token import digest, new_secret
from sip112.routing.call import Call, Outcome
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId
from sip112.service import log
from sip112.service.agencies import Agencies
from sip112.service.check import check as run_checks
from sip112.service.node import Node
from sip112.service.settings import (
    CODE,
    SEAT,
    BadSettings,
    CentreSettings,
    LogFormat,
    Settings,
    load,
)
from sip112.store.store import Store

if TYPE_CHECKING:
    from sip112.service.export import Incident

app = typer.Typer(
    name="sip112",
    help="Bridges an Asterisk PBX to incident handling for a city's 112 centre.",
    epilog="Settings come from SIP112_... variables and from sip112.toml; see docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_out = Console()
if not _out.is_terminal:  # a pipe or a file has no width of its own
    _out = Console(width=132)
_err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")]
OfCentre = Annotated[
    str | None, typer.Option("--centre", help="Which centre, where the settings have several.")
]

T = TypeVar("T")

_PARTS: Final[Mapping[Part, str]] = {
    Part.AGENCY: "agency",
    Part.TYPE: "incident type",
    Part.AREA: "area",
}

USAGE: Final = 2
"""Exit code of a command that could not begin: settings, arguments, no database."""


def main() -> None:
    """Run the command; a mistake of the user's is one red line and not a traceback."""
    try:
        app()
    except BadSettings as error:
        _fail(f"settings: {error}")
    except StoreUnavailable as error:
        _fail(f"store: {error}")


def _fail(text: str) -> NoReturn:
    _err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(USAGE)


def _run(work: Coroutine[Any, Any, T]) -> T:
    import uvloop  # noqa: PLC0415 - a third of a second that --help need not wait for

    return uvloop.run(work)


@app.command()
def serve() -> None:
    """Run the service: connect to Asterisk, route calls, keep tickets, serve the API."""
    settings = load()
    log.set_up(settings)
    _run(_serve(settings))


async def _serve(settings: Settings) -> None:
    await Node(settings).run(alone=True)


@app.command()
def check() -> None:
    """Say, line by line, what of the Asterisk side is in place, and what to do about the rest."""
    settings = load()
    _quiet()
    wrong = _run(_check(settings))
    if wrong:
        _out.print(f"[red]{wrong} to mend.[/red] 112 calls may not be handled as they should.")
        raise typer.Exit(1)
    _out.print("[green]All in place.[/green]")


async def _check(settings: Settings) -> int:
    wrong = 0
    async for fact in run_checks(settings):
        mark = "[green]ok  [/green]" if fact.ok else "[red]WRONG[/red]"
        _out.print(f"{mark} ", end="")
        _out.print(f"{fact.name}: {fact.detail}", markup=False, highlight=False, soft_wrap=True)
        if not fact.ok:
            wrong += 1
            _out.print(
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
    _quiet()

    async def work() -> None:
        store = Store(settings.database_url)
        try:
            await store.migrate()
        finally:
            await store.close()

    _run(work())
    _out.print("The database is up to date.")


@app.command()
def demo() -> None:
    """Place a dozen real 112 calls on the rig and show what becomes of them (make demo)."""
    if importlib.util.find_spec("rig") is None:
        _fail("The demo needs the rig, which is in the repository: clone it and run: make demo")
    from rig.demo import main as run_demo  # noqa: PLC0415 - not part of the wheel

    raise typer.Exit(run_demo())


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
    settings, centre = _load(of)

    async def work(store: Store) -> list[Call]:
        return await store.calls(
            centre.code,
            caller=caller,
            seat=None if seat is None else SeatId(seat),
            outcome=outcome,
            limit=limit,
        )

    found = _read(settings, work)
    if as_json:
        _print_json([call_view(each) for each in found])
        return
    _print_table(
        f"Calls of {centre.code}, {centre.time_zone.key}",
        ("Arrived", "Ticket", "Caller", "Pos.", "Answered", "Seat", "Ended", "Outcome"),
        (
            (
                _local(each.arrived_at, centre),
                each.ticket_number or "",
                _caller(each),
                str(each.position or ""),
                "" if each.answered_at is None else f"{each.answered_at - each.arrived_at:.1f} s",
                each.seat or "",
                _local(each.ended_at, centre),
                each.outcome or each.state,
            )
            for each in found
        ),
    )


@app.command()
def tickets(*, as_json: AsJson = False, limit: Limit = 20, of: OfCentre = None) -> None:
    """List tickets from the store, newest first."""
    settings, centre = _load(of)
    found = _read(settings, lambda store: store.tickets(centre.code, limit=limit))
    if as_json:
        _print_json([ticket_view(each) for each in found])
        return
    _print_table(
        f"Tickets of {centre.code}, {centre.time_zone.key}",
        ("Number", "Opened", "Status", "Type", "Address", "Calls"),
        (
            (
                each.number,
                _local(each.opened_at, centre),
                each.status,
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
    settings, centre = _load(of)
    found = _read(settings, lambda store: store.seats(centre.code))
    if as_json:
        _print_json([seat_view(each) for each in found])
        return
    _print_table(
        f"Seats of {centre.code}, as last stored",
        ("Seat", "State", "Agent", "Since", "Phone", "Skills", "Pause"),
        (
            (
                each.id,
                each.state,
                each.agent or "",
                _local(each.since or None, centre),
                each.device,
                " ".join(sorted(each.skills)),
                each.pause_reason or "",
            )
            for each in found
        ),
    )


def _codes(codes: list[str] | None) -> list[str] | None:
    for code in codes or []:
        if not re.fullmatch(CODE, code):
            raise typer.BadParameter(f"{code!r} is no code of a centre, such as PKY.")
    return codes


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who will use it; recorded with what it changes.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; repeat for several.")
    ] = None,
    centre: Annotated[
        list[str] | None,
        typer.Option(help="Of which centre alone; repeat for several.", callback=_codes),
    ] = None,
) -> None:
    """Make an API token: print the secret once, and the line for the settings."""
    scopes = scope or [Scope.READ]
    secret = new_secret()
    _err.print("The token, for the client. It is shown this once:", style="bold")
    typer.echo(secret)
    _err.print("\nFor sip112.toml:", style="bold")
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
def openapi() -> None:
    """Print the OpenAPI document of the HTTP interface; needs neither settings nor a service."""
    from sip112.api.app import document  # noqa: PLC0415 - a second that others need not wait for

    sys.stdout.buffer.write(document() + b"\n")


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
    _codes(None if centre is None else [centre])
    secret = new_secret()
    where = f"/centres/{centre}" if centre else ""
    _err.print(
        "What the telephone calls, after the service's public_url. It is shown this once:",
        style="bold",
    )
    typer.echo(f"{where}/v1/phones/{seat}/ringing?key={secret}")
    _err.print(f"\nFor {seat} in sip112.toml, beside its popup:", style="bold")
    typer.echo(f'phone_key = "{digest(secret)}"', err=True)


# --- incidents for other systems --------------------------------------------------------------

exports = typer.Typer(
    help="One incident for other systems, or on paper; no service need run.", no_args_is_help=True
)
app.add_typer(exports, name="export")

OfTicket = Annotated[str, typer.Argument(help="Number or id of the ticket.")]


@exports.command("eido")
def export_eido(ticket: OfTicket, of: OfCentre = None) -> None:
    """Print an incident as an EIDO document (NENA-STA-021.1b)."""
    _print_bytes(_incident(ticket, of).eido().encode())


@exports.command("cap")
def export_cap(ticket: OfTicket, of: OfCentre = None) -> None:
    """Print an incident as a message of the Common Alerting Protocol, version 1.2."""
    _print_bytes(_incident(ticket, of).cap().encode())


@exports.command("timeline")
def export_timeline(
    ticket: OfTicket,
    *,
    as_json: AsJson = False,
    of: OfCentre = None,
    pdf: Annotated[
        Path | None, typer.Option(help="Write it to this file, on paper (A4), instead.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the paper.")] = Language.ID,
) -> None:
    """Tell everything that happened of an incident, in one line of time."""
    incident = _incident(ticket, of)
    if pdf is not None:
        try:
            pdf.write_bytes(incident.pdf(language))
        except OSError as error:
            _fail(f"{pdf}: {error.strerror}. Name a file in a directory where you may write.")
        return
    if as_json:
        _print_json([moment_view(each) for each in incident.moments])
        return
    _print_table(
        f"What happened of {incident.dossier.ticket.number}, {incident.centre.time_zone.key}",
        ("When", "About", "What", "Who", "Details"),
        (
            (
                _local(each.at, incident.centre),
                f"{each.about} {each.subject if each.about is About.HANDOFF else ''}".rstrip(),
                each.what,
                each.who,
                ", ".join(f"{name}: {value}" for name, value in each.detail.items()),
            )
            for each in incident.moments
        ),
    )


def _incident(ticket: str, of: str | None) -> Incident:
    from sip112.service import export  # noqa: PLC0415 - half a second that others need not wait for

    settings, centre = _load(of)
    found = _read(settings, lambda store: export.incident(store, centre, ticket))
    if found is None:
        _fail(f"{ticket}: {centre.code} has no such ticket. Which there are: sip112 tickets")
    return found


# --- people ----------------------------------------------------------------------------------

people = typer.Typer(help="Who may sign in at the console.", no_args_is_help=True)
app.add_typer(people, name="person")

LoginName = Annotated[str, typer.Argument(help="Login name, such as sari.")]


@people.command("add")
def add_person(
    agent: LoginName,
    name: Annotated[str | None, typer.Option(help="As colleagues read it.")] = None,
    role: Annotated[
        list[Role] | None, typer.Option(help="What the person is; repeat for several.")
    ] = None,
    centre: Annotated[
        list[str] | None,
        typer.Option(help="Of which centre alone; repeat for several.", callback=_codes),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the console.")] = Language.ID,
) -> None:
    """Add a person: print the password for the first sign-in, once."""
    if not re.fullmatch(LOGIN_NAME, agent):
        raise typer.BadParameter(
            f"{agent!r} is no login name: small letters, digits, dot, dash and underscore."
        )
    settings = load()
    _quiet()
    password, kept = _new_password()
    now = Instant(time.time())
    person = Person(
        AgentId(agent),
        name or agent,
        frozenset(role or [Role.CALL_TAKER]),
        kept,
        now,
        now,
        centres=frozenset(CentreCode(each) for each in centre or ()),
        language=language,
    )

    async def work(store: Store) -> None:
        await store.people.add(person)
        store.audit.put(_by_hand(Action.PERSON_ADDED, person.id, roles=sorted(person.roles)))

    try:
        _read(settings, work)
    except PersonExists:
        _fail(f"{agent}: there is a person of that name. A new password: sip112 person reset")
    _tell_password(password)


@people.command("list")
def list_people(*, as_json: AsJson = False) -> None:
    """List who may sign in."""
    settings = load()
    _quiet()
    found = _read(settings, lambda store: store.people.persons())
    if as_json:
        _print_json([person_view(each) for each in found])
        return
    _print_table(
        "People",
        ("Login", "Name", "Roles", "Centres", "Language", "Password", "Sign-in"),
        (
            (
                each.id,
                each.name,
                " ".join(sorted(each.roles)),
                " ".join(sorted(each.centres)) or "all",
                each.language,
                "for one sign-in" if each.must_change else "own",
                "disabled" if each.disabled else "allowed",
            )
            for each in found
        ),
    )


@people.command("reset")
def reset_person(agent: LoginName) -> None:
    """Give a person a new password for one sign-in, end their sessions and their lock-out."""
    settings = load()
    _quiet()
    password, kept = _new_password()
    changes = {
        "password": kept,
        "password_at": Instant(time.time()),
        "must_change": True,
    }

    async def work(store: Store) -> Person | None:
        person = await store.people.change(AgentId(agent), changes)
        if person is not None:
            store.audit.put(_by_hand(Action.PASSWORD_RESET, person.id))
        return person

    if _read(settings, work) is None:
        _fail(f"{agent}: there is no such person. Who there is: sip112 person list")
    _tell_password(password)


def _new_password() -> tuple[str, str]:
    """Return a password for one sign-in, and what is kept of it."""
    from sip112.people.password import hashed, one_time  # noqa: PLC0415 - few commands need it

    password = one_time()
    return password, hashed(password)


def _by_hand(action: Action, subject: str, **detail: object) -> AuditEntry:
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


def _tell_password(password: str) -> None:
    _err.print("The password for the first sign-in. It is shown this once:", style="bold")
    typer.echo(password)


# --- the directory ---------------------------------------------------------------------------

directory = typer.Typer(
    help="The agencies, incident types and areas of a centre.", no_args_is_help=True
)
app.add_typer(directory, name="directory")
areas = typer.Typer(help="The areas of a centre alone, as GeoJSON.", no_args_is_help=True)
app.add_typer(areas, name="areas")

ToFile = Annotated[Path | None, typer.Argument(help="Where to write; nothing is standard output.")]
FromFile = Annotated[Path, typer.Argument(help="What to read.")]
Sure = Annotated[bool, typer.Option("--yes", help="Import without a question.")]


@directory.command("check")
def check_directory(
    file: Annotated[
        Path | None, typer.Argument(help="What to look at; nothing is what the centre has.")
    ] = None,
    *,
    of: OfCentre = None,
) -> None:
    """Say all that is wrong with a directory, where, and what to do. Nothing is changed."""
    settings, centre = _load(of)
    parts = Parts() if file is None else _read_file(file, files.read)

    async def work(store: Store) -> tuple[Directory, Sequence[Fault]]:
        here = _directory(store, centre)
        whole = None not in (parts.agencies, parts.types, parts.areas)
        known = here.current if whole else await here.fresh()  # whole: no database is needed
        found = parts.onto(known.directory)
        return found, await here.wrong_with(found)

    found, wrong = _read(settings, work)
    if wrong:
        _print_faults(wrong)
        raise typer.Exit(1)
    _out.print(
        f"[green]All in order:[/green] {len(found.agencies)} agencies, {len(found.types)} incident"
        f" types, {len(found.areas)} areas."
    )


@directory.command("import")
def import_directory(file: FromFile, *, yes: Sure = False, of: OfCentre = None) -> None:
    """Have the directory say what a file says; a part that the file leaves out stays as it is.

    Agencies that the file does not have become inactive; types and areas are removed.
    """
    settings, centre = _load(of)
    _import(settings, centre, _read_file(file, files.read).onto, yes=yes)


@directory.command("export")
def export_directory(file: ToFile = None, *, of: OfCentre = None) -> None:
    """Write the directory as a file that can be changed and imported again, without secrets."""
    settings, centre = _load(of)
    state = _read(settings, lambda store: _directory(store, centre).fresh())
    _write_file(file, files.write(state.directory))


@areas.command("import")
def import_areas(
    file: FromFile,
    *,
    name: Annotated[
        str | None,
        typer.Option(help="Property with each area's name, in a file that is not from sip112."),
    ] = None,
    yes: Sure = False,
    of: OfCentre = None,
) -> None:
    """Add the areas of a GeoJSON file, or change those that there are; others stay."""
    settings, centre = _load(of)
    given = _read_file(file, lambda raw: files.read_areas(raw, called=name))
    codes = {each.code for each in given}

    def onto(known: Directory) -> Directory:
        kept = (each for each in known.areas if each.code not in codes)
        return replace(known, areas=(*kept, *given))

    _import(settings, centre, onto, yes=yes)


@areas.command("export")
def export_areas(file: ToFile = None, *, of: OfCentre = None) -> None:
    """Write the areas as GeoJSON, as every program for maps reads it."""
    settings, centre = _load(of)
    state = _read(settings, lambda store: _directory(store, centre).fresh())
    _write_file(file, files.write_areas(state.directory.areas))


def _directory(store: Store, centre: CentreSettings) -> Agencies:
    severities = [each.code for each in centre.lists.lists.severities]
    return Agencies(centre.code, store.agencies, severities)


def _import(
    settings: Settings,
    centre: CentreSettings,
    onto: Callable[[Directory], Directory],
    *,
    yes: bool,
) -> None:
    async def look(store: Store) -> tuple[DirectoryState, Directory, Sequence[Fault]]:
        here = _directory(store, centre)
        state = await here.fresh()
        new = onto(state.directory)
        return state, new, await here.wrong_with(new)

    state, new, wrong = _read(settings, look)
    if wrong:
        _print_faults(wrong)
        _fail(f"nothing was imported: {len(wrong)} to mend")
    found = differences(state.directory, new)
    for each in found:
        _out.print(_difference(each), markup=False, highlight=False, soft_wrap=True)
    if not found:
        _out.print("The directory says all this already.")
        return
    if not yes:
        typer.confirm("Import this?", abort=True)

    async def work(store: Store) -> int:
        by = _by_hand(Action.DIRECTORY_REPLACED, "directory")
        revision = await _directory(store, centre).replace(new, by.who, state.revision)
        told = {"from": state.revision, "to": revision}
        store.audit.put(replace(by, centre=centre.code, detail=told))
        return revision

    try:
        revision = _read(settings, work)
    except DirectoryChanged as changed:
        _fail(f"nothing was imported: {changed}; run the command again to see what differs")
    _out.print(f"Imported. Every node knows it within seconds. It is revision {revision}.")


def _difference(each: Difference) -> str:
    what = f"{_PARTS[each.part]} {each.code}"
    if each.before is None:
        return f"+ {what}"
    if each.after is not None:
        return f"~ {what}: {', '.join(each.changed)}"
    return f"- {what}" + (": becomes inactive" if each.part is Part.AGENCY else "")


def _print_faults(wrong: Sequence[Fault]) -> None:
    for each in wrong:
        _out.print("[red]WRONG[/red] ", end="")
        _out.print(f"{each.where}: {each.what}", markup=False, highlight=False, soft_wrap=True)
        _out.print(
            f"      -> {each.remedy}", style="yellow", markup=False, highlight=False, soft_wrap=True
        )


def _read_file(path: Path, read: Callable[[bytes], T]) -> T:
    try:
        return read(path.read_bytes())
    except OSError as error:
        _fail(f"{path}: {error.strerror}")
    except files.BadFile as error:
        _fail("\n".join(f"{path}: {each}" for each in error.wrong))


def _write_file(path: Path | None, content: bytes) -> None:
    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        _fail(f"{path}: {error.strerror}")


# --- reading and printing --------------------------------------------------------------------


def _load(centre: str | None) -> tuple[Settings, CentreSettings]:
    """Return the settings, and those of the centre that is meant."""
    settings = load()
    _quiet()
    return settings, settings.find(centre)


def _read(settings: Settings, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    async def read() -> T:
        store = Store(settings.database_url)
        try:
            return await work(store)
        finally:
            await store.close()

    return _run(read())


def _print_bytes(document: bytes) -> None:
    sys.stdout.buffer.write(document.rstrip() + b"\n")


def _print_json(views: Sequence[Any]) -> None:
    sys.stdout.buffer.write(TypeAdapter(list[Any]).dump_json(list(views), indent=2) + b"\n")


def _print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in {"Ticket", "Number"})
    for row in rows:
        table.add_row(*map(Text, row))  # as it is: a caller's name is not markup
    _out.print(table)


def _caller(call: Call) -> str:
    return " ".join(filter(None, (call.caller.number, call.caller.name))) or "(no caller ID)"


def _local(at: Instant | None, centre: CentreSettings) -> str:
    if at is None:
        return ""
    return datetime.fromtimestamp(at, centre.time_zone).strftime("%d %b %H:%M:%S")


def _quiet() -> None:
    """Let commands that print speak for themselves."""
    log.set_up(
        Settings.model_construct(log_level="error", log_format=LogFormat.CONSOLE, log_callers=False)
    )
