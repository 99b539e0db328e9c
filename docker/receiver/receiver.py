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
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LARGEST = 4 << 20  # bytes: more than the centre ever sends

if not os.environ.get("SECRET"):
    sys.exit("SECRET is not set: give it the secret that the centre has made (whsec_...)")
webhook = Webhook(os.environ["SECRET"])


class Receiver(BaseHTTPRequestHandler):
    """Keeps each message once, says that it has it, and shows it."""

    timeout = 10  # seconds for which somebody may say nothing

    def do_POST(self) -> None:
        """Take a message."""
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or int(size) > LARGEST:
            return self.answer(413)
        body = self.rfile.read(int(size))
        try:
            webhook.verify(body, dict(self.headers.items()), json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: it is no signature at all
            return self.answer(401)  # whoever this is, it is not the centre
        with sqlite3.connect(os.environ.get("KEPT", "received.db")) as kept:
            kept.execute("create table if not exists messages (id text primary key, body blob)")
            new = kept.execute(  # the same message may come again
                "insert or ignore into messages values (?, ?)", (self.headers["webhook-id"], body)
            ).rowcount
        self.answer(204)  # it is on the disk: now the centre may count on us
        if new:
            print(*told(body, "xml" in self.headers.get("Content-Type", "")), flush=True)
        return None

    def answer(self, status: int) -> None:
        """Answer with a status alone."""
        self.send_response(status)
        self.end_headers()


def told(body: bytes, is_cap: bool) -> tuple[str, ...]:
    """Return what a message says: its kind, the ticket, the handoff, where people may answer."""
    if not is_cap:
        message = json.loads(body)
        data = message["data"]
        return message["type"], data["ticket"], data["handoff"], data["answer_url"]
    alert = ET.fromstring(body)  # noqa: S314 - the centre has signed it
    said = {
        each.findtext("{*}valueName"): each.findtext("{*}value")
        for each in alert.findall(".//{*}parameter")
    }
    kind, link = alert.findtext("{*}msgType"), alert.findtext(".//{*}web")
    return f"CAP {kind}", said["sip112:ticket"], said["sip112:handoff"], link


def say(handoff: str, step: str, note: str = "") -> None:
    """Tell the centre how far we have come: acknowledged, accepted, declined (with a note), ..."""
    where = os.environ.get("ANSWER_TO", "")
    if not where.startswith(("https://", "http://")):
        sys.exit(
            f"ANSWER_TO is {where or 'not set'}: give it the centre's URL for your answers,"
            " such as https://112.example/v1/agency/damkar/messages"
        )
    body = json.dumps({"handoff": handoff, "step": step, "note": note})
    key, now = f"{handoff}-{step}", datetime.now(UTC)  # said again, it counts once
    headers = {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(key, now, body),
    }
    try:
        request = Request(where, body.encode(), headers)
        with urlopen(request, timeout=10) as answer:
            print(answer.read().decode())  # how the handoff stands
    except HTTPError as refused:
        sys.exit(f"refused ({refused.code}): {refused.read().decode()}")  # with what to do
    except (OSError, HTTPException, ValueError) as error:  # ValueError: it is no URL
        sys.exit(
            f"not said, {where} is not reached: {getattr(error, 'reason', error)}; say it again"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["say"] and len(sys.argv) in (4, 5):
        say(*sys.argv[2:])
    elif sys.argv[1:]:
        sys.exit("with no words it takes messages; to answer: say HANDOFF STEP [NOTE]")
    else:
        server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Receiver)
        print("taking messages at port", server.server_port, flush=True)
        server.serve_forever()
