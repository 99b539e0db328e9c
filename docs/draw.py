"""Draw docs/call-states.md from the table by which the service itself goes.

    .venv/bin/python docs/draw.py

A test holds the file to the table: whoever changes one draws the other anew.
"""  # noqa: INP001 - a script beside what it writes, not a package

from __future__ import annotations

from pathlib import Path
from typing import Final

from sip112.routing import call
from sip112.routing.call import TRANSITIONS, CallState, Move

PAGE: Final = Path(__file__).with_name("call-states.md")


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(TRANSITIONS))}"]
    for state, moves in TRANSITIONS.items():
        lines += [f"    {state} --> {target}: {move}" for move, target in moves.items()]
        if not moves:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines)


def table() -> str:
    """Return the table as one: a row for each state, a column for each move."""
    rows = [["state", *Move], ["---"] * (len(Move) + 1)]
    rows += [[f"**{state}**", *(_cell(state, move) for move in Move)] for state in CallState]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(state: CallState, move: Move) -> str:
    return TRANSITIONS[state].get(move, "-")


def page() -> str:
    """Return the whole page: what the states mean, the diagram, the table."""
    title, _, theory = (call.__doc__ or "").partition("\n")
    return f"""# The states of a call

<!-- drawn by docs/draw.py from src/sip112/routing/call.py; do not edit -->

{title}
{theory.rstrip()}

```mermaid
{diagram()}
```

The same as a table; `-` is a move that is refused:

{table()}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
