"""Draw docs/call-states.md and docs/handoff-states.md from the tables by which the service goes.

    .venv/bin/python docs/draw.py

Tests hold the files to the tables: whoever changes one draws the other anew.
"""  # noqa: INP001 - a script beside what it writes, not a package

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from sip112.dispatch import handoff
from sip112.dispatch.handoff import Step
from sip112.routing import call
from sip112.routing.call import CallState, Move


@dataclass(frozen=True)
class Page:
    """One page: the states of a thing, what they mean, and how one leads to the other."""

    name: str
    title: str
    source: ModuleType
    states: Sequence[str]
    """The first is the one in which a thing begins."""
    arrows: Sequence[tuple[str, str, str]]
    """From which state to which, and by what; by nothing if that goes without saying."""
    legend: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    """A row for each state, after its name."""

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return Path(__file__).with_name(self.name)

    @property
    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.states[0]}"]
        for state in self.states:
            leaving = [arrow for arrow in self.arrows if arrow[0] == state]
            lines += [f"    {_arrow(*arrow)}" for arrow in leaving]
            if not leaving:
                lines.append(f"    {state} --> [*]")
        return "\n".join(lines)

    @property
    def table(self) -> str:
        """The table as one."""
        rows = [["state", *self.head], ["---"] * (len(self.head) + 1)]
        rows += [[f"**{state}**", *row] for state, row in zip(self.states, self.rows, strict=True)]
        return "\n".join(_row(row) for row in rows)

    @property
    def text(self) -> str:
        """The whole page: what the states mean, the diagram, the table."""
        title, _, theory = (self.source.__doc__ or "").partition("\n")
        source = self.source.__name__.replace(".", "/")
        return f"""# {self.title}

<!-- drawn by docs/draw.py from src/{source}.py; do not edit -->

{title}
{theory.rstrip()}

```mermaid
{self.diagram}
```

{self.legend}

{self.table}
"""


def _arrow(start: str, end: str, by: str) -> str:
    return f"{start} --> {end}: {by}" if by else f"{start} --> {end}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


CALLS: Final = Page(
    "call-states.md",
    "The states of a call",
    call,
    list(call.TRANSITIONS),
    [
        (state, target, move)
        for state, moves in call.TRANSITIONS.items()
        for move, target in moves.items()
    ],
    "The same as a table; `-` is a move that is refused:",
    list(Move),
    [[call.TRANSITIONS[state].get(move, "-") for move in Move] for state in CallState],
)

HANDOFFS: Final = Page(
    "handoff-states.md",
    "The steps of a handoff",
    handoff,
    list(Step),
    [(step, target, "") for step in Step for target in Step if target in handoff.TRANSITIONS[step]],
    "The same as a table; `-` is a step that is refused:",
    list(Step),
    [["yes" if to in handoff.TRANSITIONS[step] else "-" for to in Step] for step in Step],
)

PAGES: Final = (CALLS, HANDOFFS)


if __name__ == "__main__":
    for each in PAGES:
        each.path.write_text(each.text, encoding="utf-8")
