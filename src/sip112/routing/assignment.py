"""Whose a ticket is: by itself it goes with the caller, unless a person has decided otherwise.

Whoever answers for the caller is given the ticket, and so is whoever takes the caller over, once
the other has left. That holds for as long as the ticket is nobody's, or with whom the call gave it
to last; a ticket that a person has given to somebody else stays there, wherever the caller goes.
A caller whom nobody talks with any more changes nothing.

The ticket itself is in the store, which carries this out (`store.assignments`).
"""

from __future__ import annotations

from sip112.routing.call import Call, CallState
from sip112.routing.ids import AgentId


def answers_for(call: Call) -> AgentId | None:
    """Return who talks with the caller, or did last when it ended; None if nobody is known."""
    if call.answered_at is None or call.state not in {CallState.TALKING, CallState.ENDED}:
        return None
    return call.agent
