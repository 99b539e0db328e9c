"""``sip112 person``: who may sign in."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from sip112.api.schemas.people import person_view
from sip112.cli.directory import directory_of
from sip112.cli.terminal import (
    AsJson,
    by_hand,
    centre_codes,
    err,
    fail,
    print_json,
    print_table,
    quiet,
    with_store,
)
from sip112.dispatch.ids import AgencyCode
from sip112.people.accounts import why_not
from sip112.people.audit import Action
from sip112.people.person import LOGIN_NAME, Language, Person, PersonExists
from sip112.people.roles import Role
from sip112.routing.ids import AgentId, CentreCode, Instant
from sip112.service.settings import CentreSettings, load
from sip112.store.store import Store

people = typer.Typer(help="Who may sign in at the console.", no_args_is_help=True)


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
        typer.Option(help="Of which centre alone; repeat for several.", callback=centre_codes),
    ] = None,
    agency: Annotated[
        str | None,
        typer.Option(help="Of which agency of that centre, with --role agency and --centre."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the console.")] = Language.ID,
) -> None:
    """Add a person: print the password for the first sign-in, once."""
    if not re.fullmatch(LOGIN_NAME, agent):
        raise typer.BadParameter(
            f"{agent!r} is no login name: small letters, digits, dot, dash and underscore."
        )
    settings = load()
    quiet()
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
        agency=None if agency is None else AgencyCode(agency),
    )
    if (wrong := why_not(person.roles, person.centres, person.agency)) is not None:
        raise typer.BadParameter(f"{wrong[0]}: {wrong[1]}.")
    where = settings.find(next(iter(person.centres))) if person.agency else None

    async def work(store: Store) -> bool:
        if where is not None and not await _has_agency(store, where, person.agency):
            return False
        await store.people.add(person)
        store.audit.put(by_hand(Action.PERSON_ADDED, person.id, roles=sorted(person.roles)))
        return True

    try:
        if not with_store(settings, work):
            fail(f"There is no agency {agency!r} there. Which there are: sip112 directory export")
    except PersonExists:
        fail(f"{agent}: there is a person of that name. A new password: sip112 person reset")
    _tell_password(password)


async def _has_agency(store: Store, centre: CentreSettings, agency: str | None) -> bool:
    """Whether a centre has that agency."""
    there = (await directory_of(store, centre).fresh()).directory.agencies
    return agency in {each.code for each in there}


@people.command("list")
def list_people(*, as_json: AsJson = False) -> None:
    """List who may sign in."""
    settings = load()
    quiet()
    found = with_store(settings, lambda store: store.people.persons())
    if as_json:
        print_json([person_view(each) for each in found])
        return
    print_table(
        "People",
        ("Login", "Name", "Roles", "Centres", "Agency", "Language", "Password", "Sign-in"),
        (
            (
                each.id,
                each.name,
                " ".join(sorted(each.roles)),
                " ".join(sorted(each.centres)) or "all",
                each.agency or "",
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
    quiet()
    password, kept = _new_password()
    changes = {
        "password": kept,
        "password_at": Instant(time.time()),
        "must_change": True,
    }

    async def work(store: Store) -> Person | None:
        person = await store.people.change(AgentId(agent), changes)
        if person is not None:
            store.audit.put(by_hand(Action.PASSWORD_RESET, person.id))
        return person

    if with_store(settings, work) is None:
        fail(f"{agent}: there is no such person. Who there is: sip112 person list")
    _tell_password(password)


def _new_password() -> tuple[str, str]:
    """Return a password for one sign-in, and what is kept of it."""
    from sip112.people.password import hashed, one_time  # noqa: PLC0415 - few commands need it

    password = one_time()
    return password, hashed(password)


def _tell_password(password: str) -> None:
    err.print("The password for the first sign-in. It is shown this once:", style="bold")
    typer.echo(password)
