"""The one error of the rig: what went wrong, and what to do about it."""

from __future__ import annotations

NOT_POSSIBLE_HERE = 2
"""Exit code when this machine lacks something that a person has to bring."""


class RigError(Exception):
    """Something a technician can act on; `code` is the exit code of the command."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
