"""``sip112 directory`` and ``sip112 areas``: the agencies, incident types and areas of a centre."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from sip112.cli.terminal import (
    STREAM,
    OfCentre,
    by_hand,
    fail,
    load_centre,
    out,
    read_bytes,
    with_store,
    write_bytes,
)
from sip112.directory import files
from sip112.directory.forms import Parts
from sip112.dispatch.differences import Difference, differences
from sip112.dispatch.directory import Directory, DirectoryState, Part
from sip112.dispatch.errors import DirectoryChanged
from sip112.dispatch.faults import Fault
from sip112.people.audit import Action
from sip112.service.dispatch.agencies import Agencies
from sip112.service.settings import (
    CentreSettings,
    Settings,
)
from sip112.store.store import Store

directory = typer.Typer(
    help="The agencies, incident types and areas of a centre.", no_args_is_help=True
)


areas = typer.Typer(help="The areas of a centre alone, as GeoJSON.", no_args_is_help=True)


T = TypeVar("T")


ToFile = Annotated[
    Path | None, typer.Argument(help="Where to write; nothing, or -, is standard output.")
]
FromFile = Annotated[Path, typer.Argument(help="What to read; - is standard input.")]
Sure = Annotated[bool, typer.Option("--yes", help="Import without a question.")]


_PARTS: Final[Mapping[Part, str]] = {
    Part.AGENCY: "agency",
    Part.TYPE: "incident type",
    Part.AREA: "area",
}


@directory.command("check")
def check_directory(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="What to look at, - for standard input; nothing is what the centre has."
        ),
    ] = None,
    *,
    of: OfCentre = None,
) -> None:
    """Say all that is wrong with a directory, where, and what to do. Nothing is changed."""
    settings, centre = load_centre(of)
    parts = Parts() if file is None else _read_file(file, files.read)

    async def work(store: Store) -> tuple[Directory, Sequence[Fault]]:
        here = directory_of(store, centre)
        whole = None not in (parts.agencies, parts.types, parts.areas)
        known = here.current if whole else await here.fresh()  # whole: no database is needed
        found = parts.onto(known.directory)
        return found, await here.wrong_with(found)

    found, wrong = with_store(settings, work)
    if wrong:
        _print_faults(wrong)
        raise typer.Exit(1)
    out.print(
        f"[green]All in order:[/green] {len(found.agencies)} agencies, {len(found.types)} incident"
        f" types, {len(found.areas)} areas."
    )


@directory.command("import")
def import_directory(file: FromFile, *, yes: Sure = False, of: OfCentre = None) -> None:
    """Have the directory say what a file says; a part that the file leaves out stays as it is.

    Agencies that the file does not have become inactive; types and areas are removed.
    """
    settings, centre = load_centre(of)
    _import(settings, centre, file, _read_file(file, files.read).onto, yes=yes)


@directory.command("export")
def export_directory(file: ToFile = None, *, of: OfCentre = None) -> None:
    """Write the directory as a file that can be changed and imported again, without secrets."""
    settings, centre = load_centre(of)
    state = with_store(settings, lambda store: directory_of(store, centre).fresh())
    write_bytes(file, files.write(state.directory))


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
    settings, centre = load_centre(of)
    given = _read_file(file, lambda raw: files.read_areas(raw, called=name))
    codes = {each.code for each in given}

    def onto(known: Directory) -> Directory:
        kept = (each for each in known.areas if each.code not in codes)
        return replace(known, areas=(*kept, *given))

    _import(settings, centre, file, onto, yes=yes)


@areas.command("export")
def export_areas(file: ToFile = None, *, of: OfCentre = None) -> None:
    """Write the areas as GeoJSON, as every program for maps reads it."""
    settings, centre = load_centre(of)
    state = with_store(settings, lambda store: directory_of(store, centre).fresh())
    write_bytes(file, files.write_areas(state.directory.areas))


def directory_of(store: Store, centre: CentreSettings) -> Agencies:
    """Return the directory of a centre, as nobody has read it yet."""
    severities = [each.code for each in centre.lists.lists.severities]
    return Agencies(centre.code, store.agencies, severities)


def _import(
    settings: Settings,
    centre: CentreSettings,
    file: Path,
    onto: Callable[[Directory], Directory],
    *,
    yes: bool,
) -> None:
    async def look(store: Store) -> tuple[DirectoryState, Directory, Sequence[Fault]]:
        here = directory_of(store, centre)
        state = await here.fresh()
        new = onto(state.directory)
        return state, new, await here.wrong_with(new)

    state, new, wrong = with_store(settings, look)
    if wrong:
        _print_faults(wrong)
        fail(f"nothing was imported: {len(wrong)} to mend")
    found = differences(state.directory, new)
    for each in found:
        out.print(_difference(each), markup=False, highlight=False, soft_wrap=True)
    if not found:
        out.print("The directory says all this already.")
        return
    if not yes and file == STREAM:
        fail(
            "nothing was imported: standard input is the file, so that nobody can answer; if this"
            " is what you want, run the command again with --yes"
        )
    if not yes:
        typer.confirm("Import this?", abort=True)

    async def work(store: Store) -> int:
        by = by_hand(Action.DIRECTORY_REPLACED, "directory")
        revision = await directory_of(store, centre).replace(new, by.who, state.revision)
        told = {"from": state.revision, "to": revision}
        store.audit.put(replace(by, centre=centre.code, detail=told))
        return revision

    try:
        revision = with_store(settings, work)
    except DirectoryChanged as changed:
        fail(f"nothing was imported: {changed}; run the command again to see what differs")
    out.print(f"Imported. Every node knows it within seconds. It is revision {revision}.")


def _difference(each: Difference) -> str:
    what = f"{_PARTS[each.part]} {each.code}"
    if each.before is None:
        return f"+ {what}"
    if each.after is not None:
        return f"~ {what}: {', '.join(each.changed)}"
    return f"- {what}" + (": becomes inactive" if each.part is Part.AGENCY else "")


def _print_faults(wrong: Sequence[Fault]) -> None:
    for each in wrong:
        out.print("[red]WRONG[/red] ", end="")
        out.print(f"{each.where}: {each.what}", markup=False, highlight=False, soft_wrap=True)
        out.print(
            f"      -> {each.remedy}", style="yellow", markup=False, highlight=False, soft_wrap=True
        )


def _read_file(path: Path, parse: Callable[[bytes], T]) -> T:
    try:
        return parse(read_bytes(path))
    except files.BadFile as error:
        where = "standard input" if path == STREAM else path
        fail("\n".join(f"{where}: {each}" for each in error.wrong))
