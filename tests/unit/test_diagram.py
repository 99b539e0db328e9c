"""The diagram in the documentation is the table by which the service goes."""

from __future__ import annotations

from docs.draw import PAGE, diagram, page
from sip112.routing.call import TRANSITIONS


def test_the_page_is_up_to_date() -> None:
    """If it is not: .venv/bin/python docs/draw.py."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run: .venv/bin/python docs/draw.py"


def test_the_diagram_has_every_move_and_no_other() -> None:
    """One arrow for each entry of the table, one in, and one out of each dead end."""
    arrows = [line.strip() for line in diagram().splitlines()[1:]]
    moves = [
        f"{state} --> {target}: {move}"
        for state, row in TRANSITIONS.items()
        for move, target in row.items()
    ]
    assert sorted(arrows) == sorted([*moves, "[*] --> arrived", "ended --> [*]"])
