"""A person as administrators see and change one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.handoffs import AgencyKey
from sip112.api.schemas.inputs import BodyModel, Line
from sip112.api.schemas.values import Time, doc, time, time_or_null
from sip112.people.person import LOGIN_NAME, Language, Person
from sip112.people.roles import Role
from sip112.routing.ids import Instant


class PersonView(TypedDict):
    """A person, as administrators see one."""

    id: Annotated[str, doc("Login name; it stays.")]
    name: Annotated[str, doc("As colleagues read it.")]
    roles: Annotated[list[Role], doc("What the person is; each gives scopes.")]
    centres: Annotated[list[str], doc("Where the person works; none named is everywhere.")]
    agency: Annotated[
        str | None, doc("Code of the agency whose account it is; null is of the centre.")
    ]
    language: Annotated[Language, doc("Of the console.")]
    active: Annotated[bool, doc("Whether the person may sign in.")]
    must_change_password: Annotated[
        bool, doc("Whether the password was made by somebody else, for one sign-in.")
    ]
    password_at: Annotated[Time, doc("When the password was set.")]
    created_at: Annotated[Time, doc("When the person was added.")]
    locked_until: Annotated[
        Time | None,
        doc(
            "Until when this node lets nobody sign in under that name, after too many wrong "
            "passwords; null is not locked out."
        ),
    ]


def person_view(person: Person, locked_until: Instant | None = None) -> PersonView:
    """Show a person."""
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "centres": sorted(person.centres),
        "agency": person.agency,
        "language": person.language,
        "active": not person.disabled,
        "must_change_password": person.must_change,
        "password_at": time(person.password_at),
        "created_at": time(person.created_at),
        "locked_until": time_or_null(locked_until),
    }


class PeopleView(TypedDict):
    """Who may sign in, and who might before."""

    items: Annotated[list[PersonView], doc("The persons, by login name.")]


class NewPasswordView(TypedDict):
    """A person who has a password for one sign-in."""

    person: Annotated[PersonView, doc("The person.")]
    password: Annotated[str, doc("To be told to the person; shown this once.")]


_Roles = Annotated[
    frozenset[Role], Field(min_length=1), doc("What the person is; each gives scopes.")
]
_Centres = Annotated[
    frozenset[Annotated[str, StringConstraints(max_length=12)]],
    Field(max_length=100),
    doc("Where the person works; none named is everywhere."),
]
_Agency = Annotated[
    AgencyKey | None,
    doc(
        "Code of the agency, of somebody with the role `agency`, who has no other role and one "
        "centre; null of everybody else."
    ),
]


class NewPerson(BodyModel):
    """Somebody who is to sign in."""

    id: Annotated[
        str,
        StringConstraints(pattern=LOGIN_NAME),
        doc("Login name: small letters, digits, dot, dash, underscore. It stays for ever."),
    ]
    name: Annotated[Line, doc("As colleagues read it.")]
    roles: _Roles
    centres: _Centres = frozenset()
    agency: _Agency = None
    language: Annotated[Language, doc("Of the console.")] = Language.ID


class PersonPatch(BodyModel):
    """What to change of a person; what is absent stays."""

    name: Annotated[Line, doc("As colleagues read it.")] = ""
    roles: _Roles = frozenset()
    centres: _Centres = frozenset()
    agency: _Agency = None
    language: Annotated[Language, doc("Of the console.")] = Language.ID
    active: Annotated[
        bool, Field(strict=True), doc("Whether the person may sign in; false signs them out.")
    ] = True
    unlock: Annotated[
        Literal[True],
        doc("Ends a lock-out after wrong passwords at the node that is asked."),
    ] = True
