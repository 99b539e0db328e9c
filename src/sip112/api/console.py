"""The operators' console as it is sent to browsers: files in memory, and what they may do.

The files are read once, in a thread, when a browser first asks: no disk holds the routing up, and
what was built together stays together while the service runs. Nothing in them is secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mp3": "audio/mpeg",
    ".pbf": "application/x-protobuf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By the end of the name. What the machine's own list says may be wrong, and differs."""

_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""How a file may lie beside itself, compressed by the build; the better one first."""

NOT_BUILT: Final = b"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>sip112: the console is not built</title>
<h1>The console is not built</h1>
<p>The service runs and routes calls, but the pages for operators are missing here.</p>
<p>In a checkout run <code>make web</code> (it needs Node 20 or later) and reload this page.
A wheel made after that has them.</p>
</html>
"""
"""What is told in place of the console where there is none."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the console."""

    media_type: str
    plain: bytes
    compressed: Mapping[str, bytes]
    """By encoding, as HTTP calls it."""
    etag: str


def read(folder: Path) -> Mapping[str, File] | None:
    """Return the files below `folder` by their paths; None if the console is not built there."""
    if not (folder / "index.html").is_file():
        return None
    found = {path for path in folder.rglob("*") if path.is_file()}
    return {
        str(PurePosixPath(path.relative_to(folder))): _read(path, found)
        for path in found
        if path.suffix not in _ENCODINGS.values()
    }


def _read(path: Path, found: Collection[Path]) -> File:
    plain = path.read_bytes()
    beside = {name: path.with_name(path.name + end) for name, end in _ENCODINGS.items()}
    return File(
        _TYPES.get(path.suffix, "application/octet-stream"),
        plain,
        {name: each.read_bytes() for name, each in beside.items() if each in found},
        f'"{hashlib.sha256(plain).hexdigest()[:32]}"',
    )


OUTSIDERS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page for agencies: its own files, and the API."""


def policy(phones: Iterable[str]) -> str:
    """Return the Content-Security-Policy of the console; its phone connects to `phones`."""
    sockets = sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, phones)})
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("connect-src 'self'", *sockets)),
            "worker-src 'self' blob:",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
