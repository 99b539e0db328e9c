"""What the audit log says of supervisors who listen: since when, in which mode, until when."""

from __future__ import annotations

from datetime import UTC, datetime

from sip112.people.audit import Action, AuditEntry, new_id
from sip112.routing.ids import Instant
from sip112.routing.spy import Spy


def listened(spy: Spy, at: Instant) -> AuditEntry | None:
    """Return the entry about a spy as it is now; None if nothing was heard yet, or at all."""
    if spy.began_at is None:
        return None
    detail = {
        "mode": spy.mode.value,
        "seat": spy.seat,
        "agent": spy.agent,
        "by": spy.by,
        "ticket": spy.ticket_number,
        "began": _time(spy.began_at),
        "ended": _time(spy.ended_at),
        "end": spy.end,
    }
    return AuditEntry(
        new_id(at), at, spy.centre, spy.who, Action.CALL_LISTENED, str(spy.call), detail, ""
    )


def _time(at: Instant | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
