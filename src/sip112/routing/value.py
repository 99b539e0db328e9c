"""Values: what the core's types are, and copies of them with changes.

A value is a dataclass that nobody changes once it is made. The type checker holds everyone
to that (`make check`), and not the interpreter: a dataclass that is frozen at run time takes
four times as long to make, and a call makes some sixty values on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Self, TypeVar, dataclass_transform

T = TypeVar("T")


class Evolving:
    """What `value` gives a method `evolve`, to copy it with changes."""

    __slots__ = ()

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with `changes`. AttributeError for what is not a field."""
        raise NotImplementedError("@value writes it")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """Make `kind` a value: a dataclass with slots, equal and hashed by its fields."""
    made = dataclass(slots=True, unsafe_hash=True)(kind)
    if issubclass(made, Evolving):
        made.evolve = _evolve(made)  # type: ignore[method-assign]
    return made


def _evolve(kind: type[Any]) -> Callable[..., Any]:
    """Return the method `evolve` of `kind`, written out as the dataclasses module does it.

    `dataclasses.replace` copies through the constructor in ten times the time.
    """
    lines = [
        "def evolve(self, **changes):",
        "    new = create(kind)",
        *(f"    new.{each.name} = self.{each.name}" for each in fields(kind)),
        "    for name in changes:",
        "        setattr(new, name, changes[name])",
        "    return new",
    ]
    known: dict[str, Any] = {"create": object.__new__, "kind": kind}
    exec("\n".join(lines), known)  # noqa: S102 - of nothing but the class's own field names
    method: Callable[..., Any] = known["evolve"]
    method.__doc__ = Evolving.evolve.__doc__
    return method
