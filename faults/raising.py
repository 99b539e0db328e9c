"""``sip112 serve`` with a fault in it: every hundredth event meets an exception in the desk."""

from __future__ import annotations

import itertools
import sys
from typing import Any, Final

from sip112.cli import main
from sip112.routing.desk import Desk
from sip112.routing.effects import Effect
from sip112.routing.events import Event

EVERY: Final = 100


class InjectedError(Exception):
    """The fault."""


def inject() -> None:
    """Put the fault in."""
    step = Desk.step
    count = itertools.count(1)

    def raising(self: Desk, event: Event, *more: Any) -> list[Effect]:
        if next(count) % EVERY == 0:
            raise InjectedError(type(event).__name__)
        return step(self, event, *more)

    Desk.step = raising  # type: ignore[method-assign,assignment]  # that is what it is for


if __name__ == "__main__":
    inject()
    sys.argv = ["sip112", "serve"]
    main()
