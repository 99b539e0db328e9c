"""Somebody at a desk: follows the service's event stream, and sees tickets being committed.

The stream is read by the standard library's HTTP client, as it comes. Commits are seen from
outside too: another connection to the database asks every millisecond whether it has changed,
and which tickets are new. So a commit is seen up to a millisecond late, and never early.

    python -m bench.watcher HOST PORT DATABASE < TOKEN

Without DATABASE (an empty argument) commits are not looked for. The first line of its input
is the API token. It says ``ready`` when the stream is open, and when its input ends it prints
a JSON object: ``events`` is a list of [received, kind, caller's number, ticket's number, number
of the entry, when Asterisk told it], ``commits`` is ticket's number to when it was seen.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

_LOOK_S: Final = 0.001
_SIGN_OF_LIFE_S: Final = 60


class Commits(threading.Thread):
    """Sees which tickets are in the database, and since when."""

    def __init__(self, database: str) -> None:
        super().__init__(daemon=True)
        self._database = database
        self._over = threading.Event()
        self.seen: dict[str, float] = {}

    def run(self) -> None:
        """Look every millisecond until told to stop."""
        store = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, isolation_level=None)
        version, last = None, store.execute("SELECT max(rowid) FROM tickets").fetchone()[0] or 0
        while not self._over.is_set():
            (now,) = store.execute("PRAGMA data_version").fetchone()
            if now != version:
                version = now
                query = "SELECT rowid, number FROM tickets WHERE rowid > ? ORDER BY rowid"
                rows = store.execute(query, (last,)).fetchall()
                at = time.time()
                for last, number in rows:  # noqa: B007 - the last one's is kept
                    self.seen[number] = at
            time.sleep(_LOOK_S)
        store.close()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


class Stream(threading.Thread):
    """Reads the event stream, piece by piece with the time at which each came."""

    def __init__(self, host: str, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection(host, port, timeout=_SIGN_OF_LIFE_S)
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        self._connection.request("GET", "/v1/events", headers=headers)
        self._response = self._connection.getresponse()
        if self._response.status != http.HTTPStatus.OK:
            raise ConnectionError(f"{self._response.status}: {self._response.read().decode()}")
        self.pieces: list[tuple[float, bytes]] = []

    def run(self) -> None:
        """Read until the service ends the stream."""
        while data := self._response.read1(65536):
            self.pieces.append((time.time(), data))


def events(pieces: Iterable[tuple[float, bytes]]) -> list[list[Any]]:
    """Return the events that are in the pieces of a stream, as the module's docstring says."""
    found = []
    rest = b""
    for at, piece in pieces:
        *blocks, rest = (rest + piece).split(b"\n\n")
        for block in blocks:
            fields = dict(
                line.split(": ", 1) for line in block.decode().splitlines() if ": " in line
            )
            if {"id", "data"} <= fields.keys():  # notices have no id: they are no entries
                data = json.loads(fields["data"])
                call = data["call"] or {"caller": {}}
                number, ticket = call["caller"].get("number"), call.get("ticket_number")
                told = datetime.fromisoformat(data["at"]).timestamp()
                found.append([at, fields["event"], number, ticket, int(fields["id"]), told])
    return found


def main(host: str, port: int, database: str) -> None:
    """Watch until the input ends."""
    stream = Stream(host, port, sys.stdin.readline().strip())
    commits = Commits(database)
    stream.start()
    if database:
        commits.start()
    print("ready", flush=True)
    sys.stdin.read()
    if database:
        commits.stop()
    json.dump({"events": events(list(stream.pieces)), "commits": commits.seen}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
