"""What an import changes: one directory beside another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from sip112.dispatch.agency import Agency
from sip112.dispatch.directory import Directory, Item, Part, part_of
from sip112.routing.value import value


@value
class Difference:
    """One entry that becomes another."""

    part: Part
    code: str
    before: Item | None
    """None: it is added."""
    after: Item | None
    """None: it is removed, or becomes inactive if it is an agency."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that become something else."""
        if self.before is None or self.after is None:
            return ()
        was, now = self.before, self.after
        names = (field.name for field in fields(was))
        return tuple(name for name in names if getattr(was, name) != getattr(now, name))


def differences(before: Directory, after: Directory) -> list[Difference]:
    """Return what becomes of each entry that does not stay as it is, in the order of the new."""
    return [
        *_of(before.agencies, after.agencies),
        *_of(before.types, after.types),
        *_of(before.areas, after.areas),
    ]


def _of(before: Sequence[Item], after: Sequence[Item]) -> Iterator[Difference]:
    known = {each.code: each for each in before}
    for each in after:
        was = known.pop(each.code, None)
        if was != each:
            yield Difference(part_of(each), each.code, was, each)
    for gone in known.values():
        if not (isinstance(gone, Agency) and not gone.active):
            yield Difference(part_of(gone), gone.code, gone, None)
