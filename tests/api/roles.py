"""Who may do what: every operation, and the roles that may do it.

An operation that is not in the table fails a test, so that none is left to chance.
"""

from __future__ import annotations

from typing import Final

from sip112.people.roles import Role

OPEN: Final = "open"
"""To everyone."""

PEOPLE: Final = frozenset(Role)
"""Everybody who is signed in."""

C, D, S, A = Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN
OF_AN_AGENCY: Final = frozenset({Role.AGENCY})
"""Nobody of the centre, not even an administrator."""

TABLE: Final[dict[tuple[str, str], frozenset[Role] | str]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): frozenset({A}),
    ("GET", "/v1/calls"): frozenset({C, D, S, A}),
    ("GET", "/v1/calls.csv"): frozenset({C, D, S, A}),
    ("GET", "/v1/calls/live"): frozenset({C, D, S, A}),
    ("GET", "/v1/calls/{call_id}"): frozenset({C, D, S, A}),
    ("GET", "/v1/calls/{call_id}/recordings"): frozenset({S, A}),
    ("GET", "/v1/recordings/{recording_id}"): frozenset({S, A}),
    ("GET", "/v1/summary"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}"): frozenset({C, D, S, A}),
    ("PATCH", "/v1/tickets/{ticket}"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/context"): frozenset({C, D, S, A}),
    # for oneself, and of one's own; others' a supervisor or an administrator
    ("PUT", "/v1/tickets/{ticket}/assignee"): frozenset({C, D, S, A}),
    ("DELETE", "/v1/tickets/{ticket}/assignee"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/links"): frozenset({C, D, S, A}),
    ("POST", "/v1/tickets/{ticket}/links"): frozenset({C, D, S, A}),
    ("DELETE", "/v1/tickets/{ticket}/links/{link_id}"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/similar"): frozenset({C, D, S, A}),
    ("GET", "/v1/assignees"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/plan"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/handoffs"): frozenset({C, D, S, A}),
    ("POST", "/v1/tickets/{ticket}/handoffs"): frozenset({C, D, S, A}),
    ("POST", "/v1/tickets/{ticket}/referrals"): frozenset({C, D, S, A}),
    ("GET", "/v1/handoffs"): frozenset({C, D, S, A}),
    ("GET", "/v1/handoffs/{handoff_id}"): frozenset({C, D, S, A}),
    ("POST", "/v1/handoffs/{handoff_id}/steps"): frozenset({C, D, S, A}),
    ("POST", "/v1/handoffs/{handoff_id}/notes"): frozenset({C, D, S, A}),
    ("GET", "/v1/handoffs/{handoff_id}/presence"): frozenset({C, D, S, A}),
    ("POST", "/v1/handoffs/{handoff_id}/lines"): frozenset({C, D, S, A}),
    ("GET", "/v1/dead-letters"): frozenset({C, D, S, A}),
    ("POST", "/v1/dead-letters/{message_id}/resend"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/timeline"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/report.pdf"): frozenset({C, D, S, A}),
    ("GET", "/v1/tickets/{ticket}/report.json"): frozenset({C, D, S, A}),
    ("POST", "/v1/agency/{agency}/messages"): OPEN,  # to who signs the message
    ("GET", "/v1/agency/links/{secret}"): OPEN,  # to who has the link
    ("POST", "/v1/agency/links/{secret}/steps"): OPEN,
    ("POST", "/v1/agency/links/{secret}/notes"): OPEN,
    ("GET", "/v1/agency/links/{secret}/events"): OPEN,
    ("PUT", "/v1/agency/links/{secret}/presence"): OPEN,
    ("GET", "/v1/agency-desk/incidents"): OF_AN_AGENCY,
    ("GET", "/v1/agency-desk/incidents/{handoff_id}"): OF_AN_AGENCY,
    ("POST", "/v1/agency-desk/incidents/{handoff_id}/steps"): OF_AN_AGENCY,
    ("POST", "/v1/agency-desk/incidents/{handoff_id}/notes"): OF_AN_AGENCY,
    ("GET", "/v1/agency-desk/events"): OF_AN_AGENCY,
    ("PUT", "/v1/agency-desk/presence"): OF_AN_AGENCY,
    ("GET", "/v1/lists"): frozenset({C, D, S, A}),
    ("GET", "/v1/seats"): frozenset({C, D, S, A}),
    ("GET", "/v1/seats/{seat}"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/spy"): frozenset({S, A}),
    ("DELETE", "/v1/seats/{seat}/spy"): frozenset({S, A}),
    ("GET", "/v1/spies"): frozenset({S, A}),
    # of the seat where one sits; of others a supervisor or an administrator
    ("POST", "/v1/seats/{seat}/login"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/logout"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/pause"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/resume"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/end-wrap-up"): frozenset({C, D, S, A}),
    ("GET", "/v1/seats/{seat}/phone"): frozenset({C, D, S, A}),
    ("POST", "/v1/seats/{seat}/phone"): frozenset({C, D, S, A}),
    ("DELETE", "/v1/seats/{seat}/phone"): frozenset({C, D, S, A}),
    ("PUT", "/v1/seats/{seat}/console"): frozenset({C, D, S, A}),
    ("DELETE", "/v1/seats/{seat}/console"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/popup"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/hold"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/resume"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/transfer"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/transfer/complete"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/transfer/cancel"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/hang-up"): frozenset({C, D, S, A}),
    ("POST", "/v1/calls/{call_id}/leave"): frozenset({C, D, S, A}),
    ("GET", "/v1/queue"): frozenset({C, D, S, A}),
    ("GET", "/v1/alarms"): frozenset({C, D, S, A}),
    ("GET", "/v1/callbacks"): frozenset({C, D, S, A}),
    ("POST", "/v1/callbacks/{callback_id}/take"): frozenset({C, S, A}),
    ("POST", "/v1/callbacks/{callback_id}/release"): frozenset({C, S, A}),
    ("POST", "/v1/callbacks/{callback_id}/done"): frozenset({C, S, A}),
    ("GET", "/v1/map"): frozenset({C, D, S, A}),
    ("GET", "/v1/map/{version}.pmtiles"): frozenset({C, D, S, A}),
    ("GET", "/v1/events"): frozenset({C, D, S, A}),
    ("POST", "/v1/session"): OPEN,
    ("GET", "/v1/session"): PEOPLE,
    ("DELETE", "/v1/session"): PEOPLE,
    ("PUT", "/v1/session/password"): PEOPLE,
    ("PUT", "/v1/session/seat"): frozenset({C, D, S, A}),
    ("DELETE", "/v1/session/seat"): frozenset({C, D, S, A}),
    ("GET", "/v1/people"): frozenset({A}),
    ("POST", "/v1/people"): frozenset({A}),
    ("GET", "/v1/people/{person}"): frozenset({A}),
    ("PATCH", "/v1/people/{person}"): frozenset({A}),
    ("POST", "/v1/people/{person}/password-reset"): frozenset({A}),
    ("GET", "/v1/audit"): frozenset({S, A}),
    ("GET", "/v1/agencies"): frozenset({C, D, S, A}),
    ("GET", "/v1/agencies/{code}"): frozenset({C, D, S, A}),
    ("PUT", "/v1/agencies/{code}"): frozenset({S, A}),
    ("POST", "/v1/agencies/{code}/secret"): frozenset({S, A}),
    ("GET", "/v1/incident-types"): frozenset({C, D, S, A}),
    ("GET", "/v1/incident-types/{code}"): frozenset({C, D, S, A}),
    ("PUT", "/v1/incident-types/{code}"): frozenset({S, A}),
    ("DELETE", "/v1/incident-types/{code}"): frozenset({S, A}),
    ("GET", "/v1/areas"): frozenset({C, D, S, A}),
    ("GET", "/v1/areas/{code}"): frozenset({C, D, S, A}),
    ("PUT", "/v1/areas/{code}"): frozenset({S, A}),
    ("DELETE", "/v1/areas/{code}"): frozenset({S, A}),
    ("GET", "/v1/directory"): frozenset({C, D, S, A}),
    ("PUT", "/v1/directory"): frozenset({S, A}),
}

EXAMPLES: Final = {
    "{call_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{callback_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{message_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{agency}": "damkar",
    "{link_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{handoff_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{recording_id}": "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44",
    "{ticket}": "PKY-20261122-0001",
    "{seat}": "seat-01",
    "{version}": "4f2a9c0d51e7b386",
    "{person}": "nobody",
    "{code}": "nothing",
}
"""What stands in a path in place of its parameters."""

GUARDED: Final = [operation for operation, roles in TABLE.items() if roles != OPEN]


def example(path: str) -> str:
    """Return a path with its parameters filled in."""
    for name, value in EXAMPLES.items():
        path = path.replace(name, value)
    return path
