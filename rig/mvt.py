"""Mapbox Vector Tiles, version 2.1, written: enough for an invented district.

The Python library for it brings shapely, numpy, pyclipper and an old protobuf with it, and calls
what its own newest shapely no longer wants to be called; the format is three small messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

EXTENT: Final = 4096
MARGIN: Final = 80
"""Units beyond a tile's edge that are kept, so that lines meet and outlines lie outside."""

Place = tuple[float, float]
Shape = Sequence[Place]
"""A point, a line, or a polygon's outer ring, by its kind; x grows to the east, y to the south."""

POINT, LINE, POLYGON = 1, 2, 3
_MOVE, _DRAW, _CLOSE = 1, 2, 7
_VARINT, _BYTES = 0, 2


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing in a tile, in units of the tile."""

    kind: int
    shape: Shape
    tags: Mapping[str, str]


def encode(layers: Mapping[str, Iterable[Feature]]) -> bytes:
    """Return a tile with these layers; what lies outside of it is cut off."""
    return b"".join(_field(3, _layer(name, features)) for name, features in layers.items())


def _layer(name: str, features: Iterable[Feature]) -> bytes:
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    body = b""
    for feature in features:
        parts = [part for part in _cut(feature) if part]
        if not parts:
            continue
        tags = [
            number
            for key, value in feature.tags.items()
            for number in (keys.setdefault(key, len(keys)), values.setdefault(value, len(values)))
        ]
        body += _field(
            2,
            _field(2, b"".join(map(_varint, tags)))
            + _varint(3 << 3 | _VARINT)
            + _varint(feature.kind)
            + _field(4, _commands(feature.kind, parts)),
        )
    return (
        _varint(15 << 3 | _VARINT)
        + _varint(2)
        + _field(1, name.encode())
        + body
        + b"".join(_field(3, key.encode()) for key in keys)
        + b"".join(_field(4, _field(1, value.encode())) for value in values)
        + _varint(5 << 3 | _VARINT)
        + _varint(EXTENT)
    )


def _commands(kind: int, parts: Iterable[Shape]) -> bytes:
    numbers: list[int] = []
    x = y = 0
    for part in parts:
        places = [(round(each[0]), round(each[1])) for each in part]
        for index, place in enumerate(places):
            if index == 0:
                numbers.append(_MOVE | 1 << 3)
            elif index == 1:
                numbers.append(_DRAW | (len(places) - 1) << 3)
            numbers += [_zigzag(place[0] - x), _zigzag(place[1] - y)]
            x, y = place
        if kind == POLYGON:
            numbers.append(_CLOSE | 1 << 3)
    return b"".join(map(_varint, numbers))


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


# --- cutting at the tile's edges ----------------------------------------------------------------

_LEAST, _MOST = -MARGIN, EXTENT + MARGIN


def _cut(feature: Feature) -> list[Shape]:
    if feature.kind == POINT:
        ((x, y),) = feature.shape
        return [feature.shape] if 0 <= x < EXTENT and 0 <= y < EXTENT else []
    if feature.kind == POLYGON:
        return [_ring(feature.shape)]
    return _pieces(feature.shape)


def _ring(ring: Shape) -> Shape:
    """Cut a polygon by each of the four edges in turn (Sutherland and Hodgman)."""
    for axis in (0, 1):
        for bound, sign in ((_LEAST, 1), (_MOST, -1)):
            kept: list[Place] = []
            for one, other in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
                within = [sign * (each[axis] - bound) >= 0 for each in (one, other)]
                if within[0] != within[1]:
                    kept.append(
                        _between(one, other, (bound - one[axis]) / (other[axis] - one[axis]))
                    )
                if within[1]:
                    kept.append(other)
            ring = kept
    clockwise = sum(
        one[0] * other[1] - other[0] * one[1]
        for one, other in zip(ring, [*ring[1:], *ring[:1]], strict=True)
    )
    return ring if clockwise > 0 else ring[::-1]


def _pieces(line: Shape) -> list[Shape]:
    """Cut a line segment by segment (Liang and Barsky), and join what meets."""
    pieces: list[list[Place]] = []
    for one, other in pairwise(line):
        begin, end = 0.0, 1.0
        for axis in (0, 1):
            run = other[axis] - one[axis]
            for bound, sign in ((_LEAST, -1), (_MOST, 1)):
                room = sign * (bound - one[axis])
                if run * sign > 0:
                    end = min(end, room / (run * sign))
                elif run * sign < 0:
                    begin = max(begin, room / (run * sign))
                elif room < 0:
                    end = -1.0
        if begin >= end:
            continue
        first, last = _between(one, other, begin), _between(one, other, end)
        if pieces and pieces[-1][-1] == first:
            pieces[-1].append(last)
        else:
            pieces.append([first, last])
    return list(pieces)


def _between(one: Place, other: Place, share: float) -> Place:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])
