"""Which bytes a Range header asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sip112.api.problems.problem import Problem
from sip112.api.ranges import wanted


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", range(1)),
        ("bytes=0-63", range(64)),
        ("Bytes = 10 - 19 ", range(10, 20)),
        ("bytes=90-", range(90, 100)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(100)),
        # what is malformed, of another unit, or several, is a request for all of it
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=5-4", None),
        ("bytes=0-0,2-3", None),
        ("bytes=٣-٤", None),
        ("bytes=0-" + "9" * 5000, None),
        ("lines=0-1", None),
    ],
)
def test_what_is_wanted(header: str | None, expected: range | None) -> None:
    """Of a file of a hundred bytes."""
    assert wanted(header, 100) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)]
)
def test_nothing_that_there_is(header: str, size: int) -> None:
    """No byte of the file."""
    with pytest.raises(Problem) as error:
        wanted(header, size)
    assert (error.value.status, error.value.headers) == (416, {"Content-Range": f"bytes */{size}"})


@given(some.text(), some.integers(0, 200))
def test_whatever_is_asked_lies_in_the_file(header: str, size: int) -> None:
    """However it is written."""
    for text in (header, f"bytes={header}", f"bytes={len(header)}-{header}"):
        try:
            found = wanted(text, size)
        except Problem:
            continue
        assert found is None or (0 <= found.start < found.stop <= size)
