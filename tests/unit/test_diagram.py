"""The diagrams in the documentation are the tables by which the service goes."""

from __future__ import annotations

import pytest

from docs.draw import CALLS, HANDOFFS, PAGES, Page
from sip112.dispatch import handoff
from sip112.routing import call


@pytest.mark.parametrize("page", PAGES, ids=[each.name for each in PAGES])
def test_a_page_is_up_to_date(page: Page) -> None:
    """If it is not: .venv/bin/python docs/draw.py."""
    assert page.path.read_text(encoding="utf-8") == page.text, "run: .venv/bin/python docs/draw.py"


def test_the_diagram_of_calls_has_every_move_and_no_other() -> None:
    """One arrow for each entry of the table, one in, and one out of each dead end."""
    moves = [
        f"{state} --> {target}: {move}"
        for state, row in call.TRANSITIONS.items()
        for move, target in row.items()
    ]
    assert arrows(CALLS) == sorted([*moves, "[*] --> arrived", "ended --> [*]"])


def test_the_diagram_of_handoffs_has_every_step_and_no_other() -> None:
    """Likewise."""
    steps = [f"{step} --> {to}" for step, row in handoff.TRANSITIONS.items() for to in row]
    ends = [f"{step} --> [*]" for step in handoff.ENDED]
    assert arrows(HANDOFFS) == sorted([*steps, *ends, "[*] --> queued"])


def arrows(page: Page) -> list[str]:
    """Return the lines of its diagram that are arrows, in order of the alphabet."""
    return sorted(line.strip() for line in page.diagram.splitlines()[1:])
