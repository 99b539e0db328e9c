"""Sees from outside when a handoff is in the database, as any other connection does.

    python -m bench.saved DATABASE

It looks some ten thousand times a second. What counts is the last look that did not see a handoff,
so the time is never too late, which would flatter, and up to 0.1 ms too early; more on a busy
machine. It says ``ready`` when it looks, and when its input ends it prints a JSON object: by the id
of each handoff when it was not there yet, by the monotonic clock.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Final
from uuid import UUID

_LOOK_S: Final = 0.00005
_SLACK: Final = Path("/proc/self/timerslack_ns")


def watch(database: str, over: threading.Event) -> dict[str, float]:
    """Look until `over`; return when each handoff was not there yet."""
    missing: dict[str, float] = {}
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
    version, newest, before = None, "", time.monotonic()
    while not over.is_set():
        looked = time.monotonic()
        (now,) = store.execute("PRAGMA data_version").fetchone()
        if now != version:
            rows = store.execute("SELECT id FROM handoffs WHERE id > ? ORDER BY id", (newest,))
            for (newest,) in rows.fetchall():
                missing[str(UUID(newest))] = before
            version = now
        before = looked
        time.sleep(_LOOK_S)
    store.close()
    return missing


def main(database: str) -> None:
    """Watch until the input ends."""
    over = threading.Event()

    def until_the_end() -> None:
        sys.stdin.read()
        over.set()

    _SLACK.write_text("1")  # as Linux is, a sleep may take 50 us longer
    threading.Thread(target=until_the_end, daemon=True).start()
    print("ready", flush=True)
    json.dump(watch(database, over), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
