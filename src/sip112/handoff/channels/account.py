"""To the agency's own people, who are signed in: their live page shows it without being told."""

from __future__ import annotations

from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.handoff.ports import Fate, Result
from sip112.routing.ids import Instant


class Account:
    """Carries nothing: what is handed to an agency is on its page from then on."""

    async def carry(self, item: OutboxItem, letter: Letter, at: Instant) -> Result:  # noqa: ARG002
        """Say that it is there, and that nobody is known to have seen it."""
        return Result(Fate.SENT)
