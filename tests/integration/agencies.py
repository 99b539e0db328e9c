"""Agencies of a scenario: each in the directory, with a system that misbehaves by chance."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Final

import httpx

from rig import RigError, asking
from sip112.dispatch.handoff import MessageKind
from tests.handoff.receiver import Manner, Receiver, Request, said

KINDS: Final = {
    "polisi-1": "police",
    "damkar-1": "fire",
    "sar-1": "sar",
    "bpbd-1": "disaster",
    "medis-1": "medical",
}
"""Codes of the agencies, and what each is for."""

OFTEN: Final = (
    *(Manner.TWICE, Manner.LOST, Manner.HUGE_BODY),
    *(Manner.ERROR, Manner.CUT, Manner.NO_HTTP),
)
RARELY: Final = {
    Manner.BUSY: 5,
    Manner.DRIP_BODY: 5,
    Manner.SLOW: 5,
    Manner.HANG: 2,
    Manner.DRIP_HEAD: 2,
}
"""How often at most: each takes seconds, up to the ten after which no answer is waited for.

Not among them are who throws a message away and says that all is well, which nobody can notice,
and what has a message given up, which a person must see to.
"""
CHANCE: Final = 0.25
"""With which a request is answered badly, if its message has come less than `TRIES` times."""
TRIES: Final = 2


class AgencySystem:
    """The system of one agency.

    Args:
        code: of the agency.
        receiver: to which its messages come.
        seed: of how it misbehaves.
    """

    def __init__(self, code: str, receiver: Receiver, seed: str) -> None:
        self.code = code
        self.receiver = receiver
        self.misbehaves = False
        self.came_at: dict[str, float] = {}
        """When each message came first, by its key; by the clock of `time.perf_counter`."""
        self.told: dict[str, tuple[MessageKind, str]] = {}
        """What each message is, by its key, and of which handoff."""
        self.manners: Counter[Manner] = Counter()
        """How requests were answered."""
        self._random = Random(seed)  # noqa: S311 - a game of chance that can be played again
        self._tries: Counter[str] = Counter()
        receiver.manner = self._manner

    def _manner(self, request: Request) -> Manner:
        if request.key not in self.told:
            self.came_at[request.key] = time.perf_counter()
            self.told[request.key] = _what(request)
        manner = self._choose() if self._tries[request.key] < TRIES else Manner.WELL
        self._tries[request.key] += 1
        self.manners[manner] += 1
        return manner

    def _choose(self) -> Manner:
        if not self.misbehaves or self._random.random() > CHANCE:
            return Manner.WELL
        rare = [each for each, most in RARELY.items() if self.manners[each] < most]
        return self._random.choice([*OFTEN, *rare])

    def taken(self) -> dict[str, list[tuple[MessageKind, str]]]:
        """Return kinds and keys of what was taken of each handoff, in the order of taking."""
        found: dict[str, list[tuple[MessageKind, str]]] = defaultdict(list)
        for key in self.receiver.taken:
            kind, handoff = self.told[key]
            found[handoff].append((kind, key))
        return found

    async def until_came(self, handoff: str, kind: MessageKind, within_s: float) -> str:
        """Return the key of a message of this kind once one has come, taken or not."""
        await self.receiver.until(lambda _: (kind, handoff) in self.told.values(), within_s)
        return next(key for key, told in self.told.items() if told == (kind, handoff))


def _what(request: Request) -> tuple[MessageKind, str]:
    told = said(request)
    data = told["data"]
    assert isinstance(data, dict)
    return MessageKind(str(told["type"])), data["handoff"]


@asynccontextmanager
async def agencies(api: httpx.AsyncClient, seed: int) -> AsyncIterator[Sequence[AgencySystem]]:
    """Put the agencies of `KINDS` in the directory over the API, each with a system that is up."""
    async with AsyncExitStack() as stack:
        systems = []
        for code, kind in KINDS.items():
            etag = await _put(api, code, kind, "http://127.0.0.1:9/112", {"If-None-Match": "*"})
            answer = await api.post(f"/v1/agencies/{code}/secret")
            assert answer.status_code == 200, answer.text
            receiver = await stack.enter_async_context(Receiver(answer.json()["secret"]))
            await _put(api, code, kind, receiver.url, {"If-Match": etag})
            systems.append(AgencySystem(code, receiver, f"{seed} {code}"))
        yield systems


async def _put(
    api: httpx.AsyncClient, code: str, kind: str, url: str, headers: dict[str, str]
) -> str:
    form = {
        "code": code,
        "kind": kind,
        "name": {"id": code, "en": code},
        "channels": [{"kind": "webhook", "address": url}],
    }
    answer = await api.put(f"/v1/agencies/{code}", json=form, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"]


class Dispatcher:
    """Somebody who hands tickets off over the API, and asks again where nobody answers.

    Args:
        api: client of the service, which may be killed meanwhile.
        at_once: requests at once.
    """

    def __init__(self, api: httpx.AsyncClient, at_once: int) -> None:
        self.asked_again = 0
        """How often there was no answer, or none yet."""
        self._api = api
        self._free = asyncio.Semaphore(at_once)

    async def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Make a request until it is answered, the same each time."""
        answers: list[httpx.Response] = []

        async def answered() -> bool:
            try:
                answer = await self._api.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                self.asked_again += 1
                return False
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.asked_again += 1
                return False
            answers.append(answer)
            return True

        async with self._free:
            await asking.until(answered, within=60, every=0.2, seen=lambda: f"{method} {path}")
        return answers[0]

    async def hand_off(self, ticket: str, codes: Sequence[str], key: str) -> dict[str, str]:
        """Hand a ticket off, and return the identifier of the handoff to each agency."""
        path, headers = f"/v1/tickets/{ticket}/handoffs", {"Idempotency-Key": key}
        answer = _well(await self.ask("POST", path, {"agencies": list(codes)}, headers))
        return {each["agency"]: each["id"] for each in answer.json()["items"]}

    async def say(self, handoff: str, step: str, note: str = "") -> None:
        """Say what an agency has said, or cancel."""
        path = f"/v1/handoffs/{handoff}/steps"
        _well(await self.ask("POST", path, {"step": step, "note": note or None}))

    async def change(self, ticket: str, **fields: object) -> None:
        """Change a ticket, whatever the service has written on it meanwhile."""
        path = f"/v1/tickets/{ticket}"
        while True:
            etag = _well(await self.ask("GET", path)).headers["ETag"]
            answer = await self.ask("PATCH", path, fields, {"If-Match": etag})
            if answer.status_code != httpx.codes.PRECONDITION_FAILED:
                _well(answer)
                return


def _well(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise RigError(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
    return answer
