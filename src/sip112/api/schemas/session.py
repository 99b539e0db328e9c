"""Who is signed in, and what one says to sign in, to sit down and to change a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import BodyModel, Name
from sip112.api.schemas.values import Time, doc, time
from sip112.people.person import Language
from sip112.people.roles import Role, Scope
from sip112.people.session import Limits, SignedIn


class AgentView(TypedDict):
    """A person who is signed in."""

    id: Annotated[str, doc("Login name, under which what the person does is recorded.")]
    name: Annotated[str, doc("As colleagues read it.")]
    roles: Annotated[list[Role], doc("What the person is; each gives scopes.")]
    language: Annotated[Language, doc("Of the console.")]


class SessionView(TypedDict):
    """Who is signed in, what they may do, and where they sit."""

    agent: Annotated[AgentView, doc("The person.")]
    scopes: Annotated[list[Scope], doc("What the person may do; operations name what they need.")]
    centre: Annotated[
        str | None,
        doc("The centre that is asked about; null where the person works at several."),
    ]
    centres: Annotated[list[str], doc("The centres that the person works at and this node serves.")]
    time_zones: Annotated[
        dict[str, str], doc("IANA name of the time zone of each, by which its days are counted.")
    ]
    csrf: Annotated[
        str, doc("To be sent as the header `X-CSRF-Token` with everything that is not a GET.")
    ]
    seat: Annotated[str | None, doc("Where the person sits.")]
    seat_centre: Annotated[str | None, doc("Of which centre that seat is.")]
    expires_at: Annotated[Time, doc("When the session ends if it is not used before.")]
    must_change_password: Annotated[
        bool, doc("Whether nothing else may be done before the password is changed.")
    ]


def session_view(
    who: SignedIn, limits: Limits, centre: str | None, zones: Mapping[str, str]
) -> SessionView:
    """Show a session to whose it is, with the time zones of the centres that it is for."""
    place = who.session.place
    return {
        "agent": {
            "id": who.person.id,
            "name": who.person.name,
            "roles": sorted(who.person.roles),
            "language": who.person.language,
        },
        "scopes": sorted(scope for scope in Scope if who.allows(scope)),
        "centre": centre,
        "centres": sorted(zones),
        "time_zones": dict(zones),
        "csrf": who.csrf,
        "seat": None if place is None else place.seat,
        "seat_centre": None if place is None else place.centre,
        "expires_at": time(who.session.ends_at(limits)),
        "must_change_password": who.person.must_change,
    }


Password = Annotated[str, StringConstraints(max_length=128)]


class SignInBody(BodyModel):
    """Who wants to sign in."""

    agent: Annotated[str, StringConstraints(max_length=64), doc("Login name.")]
    password: Annotated[Password, doc("The password.")]


class PasswordChange(BodyModel):
    """A new password for oneself."""

    old: Annotated[Password, doc("The password until now.")]
    new: Annotated[Password, doc("The new one, of 10 characters at least.")]


class SitDown(BodyModel):
    """Where to sit."""

    seat: Annotated[Name, doc("Name of the seat.")]
    take_over: Annotated[bool, doc("Whether to take it from whoever sits there, who is told.")] = (
        False
    )
