"""Copies of frozen, slotted dataclasses with changes.

`dataclasses.replace` does the same in Python, field by field and through the constructor,
in five times the time; and a call is copied some ten times on its way. As the dataclasses
module itself does, this writes a function for each class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar

T = TypeVar("T")

_COPIERS: Final[dict[type, Callable[[Any, Mapping[str, Any]], Any]]] = {}


def _copier(kind: type[Any]) -> Callable[[Any, Mapping[str, Any]], Any]:
    names = [field.name for field in fields(kind)]
    setters = {name: getattr(kind, name).__set__ for name in names}
    lines = [
        "def copy(value, changes):",
        "    new = create(kind)",
        *(f"    set_{name}(new, value.{name})" for name in names),
        "    for name in changes:",
        "        setters[name](new, changes[name])",
        "    return new",
    ]
    known: dict[str, Any] = {"create": object.__new__, "kind": kind, "setters": setters}
    known |= {f"set_{name}": setter for name, setter in setters.items()}
    exec("\n".join(lines), known)  # noqa: S102 - of nothing but the class's own field names
    _COPIERS[kind] = known["copy"]
    return _COPIERS[kind]


def evolved(value: T, changes: Mapping[str, Any]) -> T:
    """Return a copy of `value` with `changes`. KeyError for what is not a field of it."""
    kind = type(value)
    copy: Callable[[T, Mapping[str, Any]], T] = _COPIERS.get(kind) or _copier(kind)
    return copy(value, changes)
