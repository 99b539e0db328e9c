"""Persons: who works at the centres, or at one of their agencies."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sip112.dispatch.ids import AgencyCode
from sip112.people.roles import Role, Scope, scopes_of
from sip112.routing.ids import AgentId, CentreCode, Instant
from sip112.routing.value import Evolving, value

LOGIN_NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""What a login name looks like: nothing in it means anything to Asterisk, HTML or a shell."""


class Language(StrEnum):
    """What the console can speak."""

    ID = "id"
    EN = "en"


class PersonExists(Exception):  # noqa: N818 - the name says what is in the way
    """Somebody has that login name already."""


@value
class Person(Evolving):
    """One person, at all centres of the installation the same one."""

    id: AgentId
    """The login name, which stays: everything that the person did is recorded under it."""
    name: str
    """As colleagues read it."""
    roles: frozenset[Role]
    password: str
    """Argon2's hash of it, with its parameters."""
    password_at: Instant
    """When it was set."""
    created_at: Instant
    centres: frozenset[CentreCode] = frozenset()
    """Where the person works; none named is everywhere."""
    language: Language = Language.ID
    """Of the console."""
    must_change: bool = True
    """Whether the password was made by somebody else, so that it is good for one sign-in."""
    disabled: bool = False
    """Whether the person may not sign in. Persons are never deleted: what they did stays."""
    agency: AgencyCode | None = None
    """Of which agency of their one centre the person is, who has an account of an agency
    (`accounts`); None is a person of the centre."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the person's roles allow."""
        return scopes_of(self.roles)

    def is_for(self, centre: str) -> bool:
        """Whether the person works at a centre."""
        return not self.centres or centre in self.centres


def login_name(typed: str) -> AgentId:
    """Return the login name that somebody means who typed it, perhaps on a phone's keyboard."""
    return AgentId(typed.strip().lower())
