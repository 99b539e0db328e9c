"""The application: routes, gate and errors put together around the ports it is given."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, cached_property
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.routing import BaseRoute

from sip112.api import docs
from sip112.api.centres import Centres
from sip112.api.context import ApiConfig, Ports, Served
from sip112.api.gate import OPENAPI_PATH, Gate
from sip112.api.problems.answers import install
from sip112.api.routes import (
    agencies,
    agency,
    agency_desk,
    agency_links,
    alarms,
    areas,
    assignees,
    audit,
    callbacks,
    calls,
    console,
    context,
    dead_letters,
    directory,
    events,
    handoffs,
    health,
    incident_types,
    links,
    lists,
    maps,
    people,
    phones,
    popups,
    queue,
    recordings,
    referrals,
    ringing,
    seats,
    session,
    spies,
    steering,
    summary,
    tickets,
    timeline,
    webhooks,
)
from sip112.api.seen import Seen
from sip112.api.sessions import Sessions
from sip112.api.sign_in import SignIn
from sip112.api.watch import Watch

_TAGS: Final = [
    {"name": "calls", "description": "Calls: those in progress, the log, one call with its events"},
    {"name": "recordings", "description": "Recordings: what was said in calls"},
    {"name": "tickets", "description": "Tickets: the incidents that calls report"},
    {"name": "handoffs", "description": "Handoffs: agencies that a ticket is passed on to"},
    {"name": "agency", "description": "What agencies answer, without a token"},
    {"name": "seats", "description": "Seats: who takes calls where, and the commands for it"},
    {"name": "popups", "description": "Popups: the ticket where its call rings"},
    {"name": "queue", "description": "Who waits for a seat"},
    {"name": "callbacks", "description": "Who got no answer, and is to be called back"},
    {"name": "supervision", "description": "Supervisors who listen, whisper or barge in"},
    {"name": "map", "description": "The console's map, from a file that the city installs"},
    {"name": "events", "description": "Everything as it happens, as server-sent events"},
    {"name": "session", "description": "Signing in, who one is, and where one sits"},
    {"name": "people", "description": "People: who may sign in, and what they are"},
    {"name": "audit", "description": "The audit log: who saw and did what"},
    {"name": "agencies", "description": "Whom incidents are passed on to, and when"},
    {"name": "health", "description": "Is it alive, is it ready, how much does it do"},
]

_DESCRIPTION: Final = """\
Calls, tickets, seats and events of a 112 emergency centre.

Every request but `/healthz`, `/readyz`, this document, the console's files and signing in needs the
scope that the operation names. Machines have it by a bearer token, which `sip112 token` makes;
people by their roles, after signing in with `POST /v1/session`. Every error is an
`application/problem+json` document whose `remedy` says what to do; branch on its `type`.
Times are ISO 8601 in UTC. Lists come newest first with an opaque cursor: follow the `Link`
header, or pass `next` on as `cursor`. To miss nothing, open `/v1/events` first and read the
lists then.

A node that serves several centres is asked at `/centres/{code}/v1/...`, unless the token or the
person is for one centre alone. Any node that shares the database can be asked; what only the owner
of a centre knows is passed on to it.
"""


class _Api(FastAPI):
    """FastAPI with a complete OpenAPI document, made once and kept as bytes.

    To make it takes some 300 ms, in which no call could be routed: so it is made in a thread,
    and not at the start, when callers may be waiting.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._making = threading.Lock()

    def openapi(self) -> dict[str, Any]:
        with self._making:
            if self.openapi_schema is None:
                docs.complete(super().openapi())
            return super().openapi()

    @cached_property
    def document(self) -> bytes:
        return json.dumps(self.openapi()).encode()


async def _openapi(request: Request) -> Response:
    document = await asyncio.to_thread(lambda: request.app.document)
    return Response(document, media_type="application/json")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    watching = asyncio.create_task(app.state.watch.run(), name="watch")
    yield
    watching.cancel()
    await asyncio.wait([watching])
    await app.state.sign_in.close()
    await app.state.sessions.close()


def document() -> bytes:
    """Return the OpenAPI document, for which no service need run."""
    return _described("").document


def _described(public_url: str) -> _Api:
    """Return the application with the routes of the API, and nothing around them."""
    app = _Api(
        title="sip112",
        summary="112 calls, tickets and seats",
        description=_DESCRIPTION,
        version=version("sip112"),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": public_url}] if public_url else None,
        openapi_tags=_TAGS,
        openapi_url=None,  # served below, from memory
        # the pages of Swagger and ReDoc load scripts from elsewhere: not in such a network
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        # spans and logs would hold query strings, and those callers' numbers
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_route(OPENAPI_PATH, _openapi)
    app.router.routes.extend(_routes())
    app.webhooks.routes.extend(webhooks.router.routes)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """Return the routes of the API, the same for every application in this process.

    What each takes and gives FastAPI works out when it is first asked for, which takes longer
    than all the rest of an application together.
    """
    router = APIRouter(redirect_slashes=False)
    for routes in (
        calls,
        steering,
        recordings,
        summary,
        tickets,
        assignees,
        links,
        timeline,
        handoffs,
        referrals,
        dead_letters,
        agency,
        agency_links,
        agency_desk,
        context,
        lists,
        seats,
        phones,
        ringing,
        queue,
        callbacks,
        spies,
        popups,
        maps,
        events,
        session,
        alarms,
        people,
        audit,
        health,
        agencies,
        incident_types,
        areas,
        directory,
    ):
        router.include_router(routes.router)
    return router.routes


def create_app(ports: Ports, config: ApiConfig, *others: tuple[Ports, ApiConfig]) -> FastAPI:
    """Return the application. It holds no state of its own beside `ports`.

    With `others` it serves more centres than one; of what does not differ between centres
    (tokens, people, health, bounds, the console) the first one's holds.
    """
    served = {each.centre: Served(its, each) for its, each in ((ports, config), *others)}
    phones = (url for each in served.values() for url in each.config.phones)
    app = _described(config.public_url)
    app.include_router(console.router(config.console, phones))
    sessions = Sessions(ports.people, config.limits, ports.clock, ports.steady)
    app.state.health = ports.health
    app.state.ports = ports
    app.state.served = served
    app.state.sessions = sessions
    app.state.watch = Watch(sessions, served)
    app.state.seen = Seen()
    app.state.sign_in = SignIn(ports.people, sessions, ports.attempts, ports.clock, ports.steady)
    install(app)
    # the last one added is asked first
    app.add_middleware(Centres, served=served)
    app.add_middleware(Gate, config=config, sessions=sessions)
    return app
