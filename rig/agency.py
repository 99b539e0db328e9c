"""An agency's system: takes what it is told, and answers as an agency would."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sip112.handoff.signing import BadSignature, sign, verify
from sip112.routing.ids import Instant

GRACE_S: Final = 1


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the rig."""
        yield


class Agency:
    """An agency that acknowledges each handoff and accepts it.

    Args:
        code: its code in the centre's directory.
        steps: what it says of each handoff, in this order.
    """

    def __init__(self, code: str, steps: Sequence[str] = ("acknowledged", "accepted")) -> None:
        self.taken: list[dict[str, Any]] = []
        """The messages that it took, each once."""
        self.refused: list[str] = []
        """Why it took a message not, or the centre an answer."""
        self.url = ""
        self._code = code
        self._centre = ""
        self._secret = ""
        self._steps = steps
        self._known: set[str] = set()
        self._answering: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Listen at `url`."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/sip112"
        app = Starlette(routes=[Route("/sip112", self._take, methods=["POST"])])
        server = _Server(
            uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=GRACE_S)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving
            await asyncio.gather(*self._answering)

    async def join(self, centre: httpx.AsyncClient) -> None:
        """Have the centre tell it by its system from now on, and answer there.

        `centre` is a client of the centre's API that may change its directory.
        """
        self._centre = str(centre.base_url)
        path = f"/v1/agencies/{self._code}"
        known = await centre.get(path)
        known.raise_for_status()
        wanted = {name: value for name, value in known.json().items() if name != "version"}
        wanted["channels"] = [{"kind": "webhook", "address": self.url}, *wanted["channels"]]
        changed = await centre.put(path, json=wanted, headers={"If-Match": known.headers["ETag"]})
        changed.raise_for_status()
        made = await centre.post(f"{path}/secret")
        made.raise_for_status()
        self._secret = made.json()["secret"]

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        try:
            signed = verify(request.headers, body, self._secret, Instant(time.time()))
        except BadSignature as error:
            self.refused.append(str(error))
            return Response(str(error), 401)
        if signed.id not in self._known:  # it may come again, if the answer was lost
            self._known.add(signed.id)
            message = json.loads(body)
            self.taken.append(message)
            if message["type"] == "handoff.requested":
                answering = asyncio.create_task(self._answer(message["data"]["handoff"]))
                self._answering.add(answering)
                answering.add_done_callback(self._answering.discard)
        return Response(status_code=204)

    async def _answer(self, handoff: str) -> None:
        async with httpx.AsyncClient(base_url=self._centre) as client:
            for step in self._steps:
                body = json.dumps({"handoff": handoff, "step": step, "unit": "Regu 1"}).encode()
                headers = sign(str(uuid.uuid4()), Instant(time.time()), body, self._secret)
                answer = await client.post(
                    f"/v1/agency/{self._code}/messages",
                    content=body,
                    headers={**headers, "Content-Type": "application/json"},
                )
                if not answer.is_success:
                    self.refused.append(answer.text)
