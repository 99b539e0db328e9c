"""People: who may sign in, what they are, and a new password for who has lost theirs.

An administrator of some centres sees who works there, and changes who works nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Path, Request, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import Ports, Served
from sip112.api.ports import People
from sip112.api.problems.access import missing_scope
from sip112.api.problems.people import (
    beyond_your_centres,
    inactive_person,
    last_administrator,
    person_exists,
    unknown_person,
)
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import invalid
from sip112.api.schemas.people import (
    NewPasswordView,
    NewPerson,
    PeopleView,
    PersonPatch,
    PersonView,
    person_view,
)
from sip112.api.sessions import UseSessions
from sip112.api.sign_in import SignIn, UseSignIn
from sip112.dispatch.ids import AgencyCode
from sip112.people.accounts import why_not
from sip112.people.audit import Action
from sip112.people.authority import LastAdministrator, governs, sees
from sip112.people.password import one_time
from sip112.people.person import Person, PersonExists
from sip112.people.principal import Principal
from sip112.people.roles import Role, Scope
from sip112.routing.ids import AgentId, CentreCode, Instant

router = APIRouter(
    prefix="/v1/people", tags=["people"], dependencies=[Depends(gives("application/json"))]
)

Administrator = Annotated[Principal, Security(authorise, scopes=["people"])]
PersonKey = Annotated[str, Path(description="Login name, such as sari.", max_length=64)]

_EXAMPLE: Final = person_view(docs.SIGNED_IN.person)
_PASSWORD: Final[NewPasswordView] = {
    "person": {**_EXAMPLE, "must_change_password": True},
    "password": "k7mq-9hxw-3fzt-pd2v",
}
_REFUSED: Final = (
    missing_scope("hr", "admin"),
    beyond_your_centres("rina", ["PKY"]),
)
"""Why an administrator may not change somebody."""


async def _people(request: Request) -> People:
    ports: Ports = request.app.state.ports
    return ports.people


UsePeople = Annotated[People, Depends(_people)]


def _body(**example: object) -> Any:
    return Body(openapi_examples={"usual": {"summary": "As usual", "value": example}})


def _shown(person: Person, checks: SignIn) -> PersonView:
    return person_view(person, checks.locked_until(person.id))


async def _find(people: People, principal: Principal, agent: str) -> Person:
    person = await people.person(AgentId(agent))
    if person is None or not sees(principal, person):
        raise unknown_person(agent)
    return person


def _check_power(
    principal: Principal, roles: frozenset[Role], centres: frozenset[CentreCode]
) -> None:
    """Raise the 403 problem unless `principal` may change somebody who is and works like that."""
    if Role.ADMIN in roles and not principal.allows(Scope.ADMIN):
        raise missing_scope(principal.name, Scope.ADMIN, is_person=principal.agent is not None)
    if not governs(principal, centres):
        raise beyond_your_centres(principal.name, sorted(principal.centres))


def _check_centres(request: Request, centres: frozenset[CentreCode]) -> None:
    """Raise the 422 problem unless there are these centres: a typing error would lock out."""
    unknown = sorted(centres - set(request.app.state.served))
    if unknown:
        raise _misfit("centres", f"This node serves no centre {unknown[0]!r}")


def _check_agency(request: Request, person: Person) -> None:
    """Raise the 422 problem if somebody is of an agency who cannot be, or of one that is not."""
    wrong = why_not(person.roles, person.centres, person.agency)
    if wrong is not None:
        raise _misfit(*wrong)
    served: Mapping[CentreCode, Served] = request.app.state.served
    for centre in person.centres if person.agency is not None else ():
        agencies = served[centre].ports.agencies.current.directory.agencies
        if person.agency not in {each.code for each in agencies}:
            raise _misfit("agency", f"The centre {centre} has no agency {person.agency!r}")


def _misfit(field: str, said: str) -> Problem:
    return invalid([{"loc": ("body", field), "msg": said, "type": field}])


@router.get(
    "",
    summary="List people",
    responses=docs.answers({"items": [_EXAMPLE]}, *docs.guarded()),
)
async def list_people(principal: Administrator, people: UsePeople, checks: UseSignIn) -> PeopleView:
    """Return everybody who may sign in, or might before, by login name."""
    found = [person for person in await people.persons() if sees(principal, person)]
    return {"items": [_shown(person, checks) for person in found]}


@router.post(
    "",
    summary="Add a person",
    responses=docs.answers(
        _PASSWORD,
        *docs.guarded(),
        *docs.changing(),
        *_REFUSED,
        person_exists("sari"),
        *docs.with_body("id"),
    ),
)
async def add_person(
    request: Request,
    principal: Administrator,
    people: UsePeople,
    checks: UseSignIn,
    audit: UseAudit,
    body: Annotated[NewPerson, _body(id="sari", name="Sari Dewi", roles=["call_taker"])],
) -> NewPasswordView:
    """Add a person; return the password for the first sign-in, which is shown this once."""
    centres = frozenset(CentreCode(each) for each in body.centres)
    _check_power(principal, body.roles, centres)
    _check_centres(request, centres)
    password, now = one_time(), Instant(request.app.state.ports.clock())
    person = Person(
        AgentId(body.id),
        body.name,
        body.roles,
        await checks.hashed(password),
        now,
        now,
        centres=centres,
        language=body.language,
        agency=None if body.agency is None else AgencyCode(body.agency),
    )
    _check_agency(request, person)
    try:
        await people.add(person)
    except PersonExists:
        raise person_exists(body.id) from None
    of = {} if person.agency is None else {"agency": person.agency}
    audit(
        Action.PERSON_ADDED,
        person.id,
        roles=sorted(person.roles),
        centres=sorted(person.centres),
        **of,
    )
    return {"person": _shown(person, checks), "password": password}


@router.get(
    "/{person}",
    summary="Read one person",
    responses=docs.answers(_EXAMPLE, *docs.guarded(), unknown_person("nobody")),
)
async def read_person(
    principal: Administrator, people: UsePeople, checks: UseSignIn, person: PersonKey
) -> PersonView:
    """Return one person."""
    return _shown(await _find(people, principal, person), checks)


@router.patch(
    "/{person}",
    summary="Change a person",
    responses=docs.answers(
        _EXAMPLE,
        *docs.guarded(),
        *docs.changing(),
        *_REFUSED,
        unknown_person("nobody"),
        last_administrator("admin"),
        *docs.with_body("roles"),
    ),
)
async def change_person(
    request: Request,
    principal: Administrator,
    people: UsePeople,
    sessions: UseSessions,
    checks: UseSignIn,
    audit: UseAudit,
    person: PersonKey,
    body: Annotated[PersonPatch, _body(roles=["call_taker", "supervisor"])],
) -> PersonView:
    """Change what the body names, and nothing else (JSON merge patch, RFC 7396).

    Whoever is made inactive is signed out everywhere, within seconds. Nobody is removed: what
    they did stays. The last active administrator of a centre stays one.
    """
    before = await _find(people, principal, person)
    _check_power(principal, before.roles, before.centres)
    changes = _changes_of(body)
    changes = {name: new for name, new in changes.items() if getattr(before, name) != new}
    wanted = before.evolve(**changes)
    _check_power(principal, wanted.roles, wanted.centres)
    _check_centres(request, wanted.centres - before.centres)
    if changes.keys() & {"roles", "centres", "agency"}:
        _check_agency(request, wanted)
    after = before
    if changes:
        try:
            changed = await people.change(before.id, changes)
        except LastAdministrator:
            raise last_administrator(person) from None
        if changed is None:
            raise unknown_person(person)
        after = changed
        sessions.changed(after)
        audit(Action.PERSON_CHANGED, before.id, **_told(before, after, changes))
    if "unlock" in body.model_fields_set and checks.locked_until(before.id) is not None:
        checks.unlock(before.id)
        audit(Action.PERSON_UNLOCKED, before.id)
    return _shown(after, checks)


@router.post(
    "/{person}/password-reset",
    summary="Give a person a new password",
    responses=docs.answers(
        _PASSWORD,
        *docs.guarded(),
        *docs.changing(),
        *_REFUSED,
        unknown_person("nobody"),
        inactive_person("budi"),
    ),
)
async def reset_password(
    principal: Administrator,
    people: UsePeople,
    checks: UseSignIn,
    audit: UseAudit,
    person: PersonKey,
) -> NewPasswordView:
    """Return a password for one sign-in, shown this once; the person has to change it then.

    All sessions of the person end, and a lock-out too, at every node.
    """
    before = await _find(people, principal, person)
    _check_power(principal, before.roles, before.centres)
    if before.disabled:
        raise inactive_person(person)
    password = one_time()
    after = await checks.set_password(before.id, password, must_change=True)
    if after is None:
        raise unknown_person(person)
    audit(Action.PASSWORD_RESET, before.id)
    return {"person": _shown(after, checks), "password": password}


def _changes_of(body: PersonPatch) -> dict[str, Any]:
    """Return the fields of a person that a request names."""
    named = body.model_fields_set & {"name", "roles", "language"}
    changes: dict[str, Any] = {name: getattr(body, name) for name in named}
    if "agency" in body.model_fields_set:
        changes["agency"] = None if body.agency is None else AgencyCode(body.agency)
    if "centres" in body.model_fields_set:
        changes["centres"] = frozenset(CentreCode(each) for each in body.centres)
    if "active" in body.model_fields_set:
        changes["disabled"] = not body.active
    return changes


def _told(before: Person, after: Person, changes: Mapping[str, object]) -> dict[str, object]:
    """Return what the audit log says of a change: each field as it was and as it is."""
    was, now = person_view(before), person_view(after)
    names = ["active" if name == "disabled" else name for name in changes]
    return {name: {"from": was[name], "to": now[name]} for name in names}  # type: ignore[literal-required]
