"""The yardstick of a handoff: posts what it is told, by the service's own client, and no more.

Nothing is decided, written or signed; the connection is kept, as the service's is. It sleeps
until it is told, as the service does.

    python -m bench.poster URL DIRECTORY

Each line of its input names a file of `bench.agency` in DIRECTORY. Its message is posted to URL
under the key ``bare-`` and the name. It says ``ready`` at once, and when its input ends it prints
a JSON object: by each name when its post began, by the monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Final

from bench.agency import KEY
from sip112.handoff.guard import networks, target
from sip112.handoff.post import Poster

BARE: Final = "bare-"
_SENT: Final = ("content-type", "user-agent", "idempotency-key", KEY)
"""Of the headers those that the service sets, with two more that stay as they were."""
_SIGNED: Final = ("webhook-timestamp", "webhook-signature")


async def main(url: str, directory: Path) -> dict[str, float]:
    """Post until the input ends; return when each post began."""
    began: dict[str, float] = {}
    to = target(url)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with Poster(networks(["127.0.0.0/8"])) as poster:
        print("ready", flush=True)
        while line := await reader.readline():
            name = line.decode().strip()
            kept, body = (directory / name).read_bytes().split(b"\n", 1)
            there = json.loads(kept)
            headers = {each: there[each] for each in (*_SENT, *_SIGNED)} | {KEY: BARE + name}
            began[name] = time.monotonic()
            await poster.post(to, headers, body)
    return began


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(main(sys.argv[1], Path(sys.argv[2])))))
