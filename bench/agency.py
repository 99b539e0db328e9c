"""An agency's system, and as little of one as can be: it takes what comes, and says when it came.

A message has come when its last byte is read. What came is kept as files named by its
idempotency key, so that the same words can be posted again.

    python -m bench.agency PORT DIRECTORY

It says ``ready`` when it listens, and when its input ends it prints a JSON object: by each key
when its message came first, by the monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

KEY: Final = "webhook-id"
_WELL: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Agency:
    """Takes messages.

    Args:
        directory: where what came is kept.
    """

    def __init__(self, directory: Path) -> None:
        self.came: dict[str, float] = {}
        self._directory = directory

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what comes over one connection, until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = (line.partition(":") for line in head.splitlines()[1:-1])
                headers = {name.lower(): text.strip() for name, _, text in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                self.came.setdefault(headers[KEY], time.monotonic())
                writer.write(_WELL)
                keep(self._directory, headers, body)
        except asyncio.IncompleteReadError:
            writer.close()


def keep(directory: Path, headers: Mapping[str, str], body: bytes) -> None:
    """Keep a message under its key, whole when it is there."""
    half = directory / "half"
    half.write_bytes(json.dumps(dict(headers)).encode() + b"\n" + body)
    half.rename(directory / headers[KEY])


async def main(port: int, directory: Path) -> dict[str, float]:
    """Take messages until the input ends; return when each came."""
    agency = Agency(directory)
    async with await asyncio.start_server(agency.accept, "127.0.0.1", port):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    return agency.came


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))))
