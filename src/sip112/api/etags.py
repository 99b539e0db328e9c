"""ETags: the versions of what can be changed, and which of them a request names (RFC 9110)."""

from __future__ import annotations

import re
from typing import Final

_ETAGS: Final = re.compile(r'(W/)?"([^"]*)"')
_VERSION: Final = re.compile(r"[1-9][0-9]{0,9}")


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def versions(if_match: str) -> list[int]:
    """Return the versions that an If-Match header names."""
    tags = [tag for weak, tag in _ETAGS.findall(if_match) if not weak]
    return [int(tag) for tag in tags if _VERSION.fullmatch(tag)]


def knows(if_none_match: str | None, version: int) -> bool:
    """Whether the client has what there is (13.1.2)."""
    known = if_none_match or ""
    return known.strip() == "*" or any(tag == str(version) for _, tag in _ETAGS.findall(known))
