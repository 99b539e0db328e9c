"""What a phone is sent so that it shows a ticket, in the words of its kind. Pure.

A caller decides what stands in their name: whatever reads these words must find it to be text.
"""

from __future__ import annotations

from sip112.routing import effects as f


def line(shown: f.ShowTicket) -> str:
    """Return the ticket as one line of text: its number, the caller, how long they have waited."""
    who = " ".join(filter(None, (shown.caller.number, shown.caller.name))) or "112 (-)"
    return f"{shown.ticket_number} {who} ({shown.waited_s} s)"
