"""A line of the audit log as the API shows it, and which lines one asks for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.inputs import Cursor, Moment, QueryModel, Subject
from sip112.api.schemas.values import Time, doc, time
from sip112.people.audit import AuditEntry


class AuditView(TypedDict):
    """One line of the audit log."""

    id: Annotated[str, doc("Identifier (UUID).")]
    at: Annotated[Time, doc("When.")]
    centre: Annotated[str | None, doc("At which centre; null where it is about no one of them.")]
    who: Annotated[str, doc("Login name of the person, or name of the token.")]
    action: Annotated[str, doc("What was seen or done, such as `recording.heard`.")]
    subject: Annotated[str, doc("What it was done to: a login name, a seat, a ticket's number.")]
    detail: Annotated[dict[str, Any], doc("What else there is to say.")]
    address: Annotated[str, doc("Whence; empty where there was no connection.")]


def audit_view(entry: AuditEntry) -> AuditView:
    """Show a line of the audit log."""
    return {
        "id": str(entry.id),
        "at": time(entry.at),
        "centre": entry.centre,
        "who": entry.who,
        "action": entry.action,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "address": entry.address,
    }


class AuditPage(TypedDict):
    """The audit log, newest first."""

    items: Annotated[list[AuditView], doc("The entries of this page.")]
    next: Annotated[str | None, doc("`cursor` of the next page; null on the last.")]


class AuditQuery(QueryModel):
    """Which page of which entries of the audit log."""

    who: Annotated[
        Subject | None, doc("Login name of the person, or name of the token, in full.")
    ] = None
    action: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_.]+$")]
        | None,
        doc("What was seen or done; with a dot at its end, how that begins, such as `person.`."),
    ] = None
    subject: Annotated[Subject | None, doc("What it was done to, in full.")] = None
    since: Annotated[
        Moment | None, doc("Then or later; ISO 8601 with zone (in a query a `+` is written `%2B`).")
    ] = None
    until: Annotated[Moment | None, doc("Before this time.")] = None
    cursor: Annotated[Cursor | None, doc("`next` of the page before, with the same filters.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200), doc("Entries a page.")] = 100
