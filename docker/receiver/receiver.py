"""A sample of an agency's system: takes incidents from a 112 centre, and answers. Start from it.

    SECRET=whsec_... python3 receiver.py                                # takes them, at port 8080
    SECRET=... ANSWER_TO=https://112.example/v1/agency/damkar/messages \
        python3 receiver.py say HANDOFF accepted "Two engines"          # answers

docs/webhooks.md says what comes, and what may be answered.
"""

import json
import os
import sqlite3
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["SECRET"])


class Receiver(BaseHTTPRequestHandler):
    """Keeps each message once, says that it has it, and shows it."""

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(min(int(self.headers["Content-Length"]), 4 << 20))
        try:
            webhook.verify(body, {name.lower(): text for name, text in self.headers.items()})
        except WebhookVerificationError:
            return self.answer(401)  # whoever this is, it is not the centre
        with sqlite3.connect(os.environ.get("KEPT", "received.db")) as kept:
            kept.execute("create table if not exists messages (id text primary key, body blob)")
            new = kept.execute(  # the same message may come again
                "insert or ignore into messages values (?, ?)", (self.headers["webhook-id"], body)
            ).rowcount
        self.answer(204)  # it is on the disk: now the centre may count on us
        if new:
            message = json.loads(body)
            told = message["data"]
            print(message["type"], told["ticket"], told["handoff"], told["answer_url"], flush=True)
        return None

    def answer(self, status: int) -> None:
        """Answer with a status alone."""
        self.send_response(status)
        self.end_headers()


def say(handoff: str, step: str, note: str = "") -> None:
    """Tell the centre how far we have come: acknowledged, accepted, declined (with a note), ..."""
    body = json.dumps({"handoff": handoff, "step": step, "note": note})
    key, now = f"{handoff}-{step}", datetime.now(UTC)  # said again, it counts once
    headers = {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(key, now, body),
    }
    urlopen(Request(os.environ["ANSWER_TO"], body.encode(), headers), timeout=10).close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["say"]:
        say(*sys.argv[2:])
    else:
        server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Receiver)
        print("taking messages at port", server.server_port, flush=True)
        server.serve_forever()
