"""A program that takes a centre's lease and keeps it without renewing; made to be killed."""

from __future__ import annotations

import asyncio
import sys

from sip112.store.store import Store
from tests.store.examples import PKY


async def main(url: str, ttl_s: float) -> None:
    """Acquire, print the token, and stand still."""
    store = Store(url)
    lease = await store.leases.acquire(PKY, "other", "http://127.0.0.1:8113", ttl_s)
    print(lease.token if lease else "none", flush=True)  # noqa: T201 - the test reads it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
