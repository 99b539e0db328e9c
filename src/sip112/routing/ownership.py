"""Ownership: by which token a desk decides at each Asterisk, and whether it still does.

Whoever owns the centre has a token (fencing token); whoever has a greater one is a newer owner.
"""

from __future__ import annotations

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.ids import PbxId
from sip112.routing.pad import Pad


class Ownership:
    """What the desk has of the centre. See the module's docstring."""

    def __init__(self, pad: Pad) -> None:
        self._pad = pad
        self._config = pad.config
        self._tokens: dict[PbxId, int] = {}

    @property
    def token(self) -> int:
        """By which token the desk decides; 0 while it decides nothing."""
        return max(self._tokens.values(), default=0)

    def at(self, pbx: PbxId) -> int:
        """Return by which token it decides at one Asterisk; 0 while it decides nothing there."""
        return self._tokens.get(pbx, 0)

    def take(self, snapshot: e.Snapshot) -> bool:
        """Take the centre over at an Asterisk, if it is the desk's by what the snapshot says."""
        if self._pad.left or self.is_outdone(snapshot):
            return False
        token = self._own(snapshot.pbx)
        if not token:
            if not self._config.alone and not snapshot.native:
                # Somebody may be alive who decides here. If nobody is, the watchdog sees it.
                return False
            token = snapshot.owner + self._config.stride
        self._tokens[snapshot.pbx] = token
        return True

    def is_outdone(self, snapshot: e.Snapshot) -> bool:
        """Whether Asterisk knows a newer owner; then the desk has stepped down."""
        token = self._own(snapshot.pbx)
        if token and snapshot.owner > token:
            self._step_down(snapshot.owner)
            return True
        return False

    def changed(self, event: e.OwnerChanged) -> None:
        """Step down if Asterisk was told of a newer owner."""
        token = self._own(event.pbx)
        if event.centre != self._config.centre or not token or event.token < token:
            self._pad.ignore("OwnerChanged to somebody older")
        elif event.token > token:
            self._step_down(event.token)

    def _own(self, pbx: PbxId) -> int:
        """Return the token that is the desk's at `pbx`, whether it has taken over there or not."""
        return self._tokens.get(pbx, self._config.token)

    def _step_down(self, token: int) -> None:
        """Decide nothing any more, and have the node know that the centre is another's."""
        self._pad.leave()
        self._pad.tell(f.StepDown(self._config.centre, token))
