"""Failures that two edges must both know by name, since edges never import each other."""

from __future__ import annotations

from sip112.routing.ticket import TicketRecord


class TicketConflict(Exception):  # noqa: N818 - the name says what happened
    """Somebody else changed the ticket first; `current` is what it says now."""

    def __init__(self, current: TicketRecord) -> None:
        super().__init__(f"ticket {current.number} is at version {current.version} by now")
        self.current = current


class TicketNotFound(Exception):  # noqa: N818
    """There is no such ticket."""


class StoreUnavailable(Exception):  # noqa: N818
    """The database does not answer. Calls are routed all the same."""
