"""The rig: a real Asterisk, SIPp seats and SIPp callers on any machine.

`rig.lifecycle` brings an Asterisk up and down (``python -m rig up``), `rig.sipp` places
calls to it and answers at its seats.  Tests use both:

    async with rigged(tmp_path / "rig") as rig, Seats(rig, ["seat-01"]) as seats:
        ...

A rig listens on loopback only, chooses free ports, and needs no DNS.
"""

from __future__ import annotations

from rig.errors import RigError
from rig.lifecycle import down, restart, rigged, status, up
from rig.state import Rig

__all__ = ["Rig", "RigError", "down", "restart", "rigged", "status", "up"]
