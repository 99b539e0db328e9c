"""A program that writes calls without end and says how far it is; made to be killed."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from sip112.routing.effects import Record
from sip112.routing.ids import Seq
from sip112.store.store import Store
from tests.store.examples import PKY, life
from tests.store.helpers import own


async def main(url: str) -> None:
    """Write calls to the database at `url`, printing the last entry that is stored."""

    def report(stored: list[Record]) -> None:
        print(stored[-1].seq, flush=True)  # noqa: T201 - the test reads it

    store = Store(url)
    writer = store.writer(PKY)
    writer.begin((await own(store)).token, Seq(0))
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run(report))
        for n in range(1_000_000):
            for each in life(n):
                writer.put(each)
                await asyncio.sleep(0.0005)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))  # as the service does
