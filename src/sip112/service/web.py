"""The HTTP server, which ends the event streams before it waits for open requests."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from sip112.api.app import create_app
from sip112.api.context import ApiConfig, Ports
from sip112.api.hub import Hub
from sip112.api.ports import Health
from sip112.people.attempts import Attempts
from sip112.service.centre import Centre
from sip112.service.dispatch.export import Incidents
from sip112.service.maps import Maps
from sip112.service.settings import Settings
from sip112.store.store import Store

GRACE_S: Final = 2
"""Seconds that a stop waits for answers under way, of which a client may take in too little."""


def application(
    settings: Settings,
    store: Store,
    health: Health,
    maps: Maps,
    attempts: Attempts,
    centres: Sequence[Centre],
) -> ASGIApp:
    """Return the API of a node that serves `centres`."""
    first, *more = [
        (
            Ports(
                store,
                centre,
                health,
                centre.hub,
                centre.recordings,
                time.time,
                centre.agencies,
                centre.handoffs,
                Incidents(store, centre.settings),
                centre.door,
                centre.agency_desk,
                store.people,
                store.audit,
                attempts,
                maps=maps,
            ),
            ApiConfig(
                centre=centre.settings.code,
                tokens=settings.api_tokens(),
                time_zone=centre.settings.time_zone,
                public_url=settings.public_url,
                phone_keys=settings.phone_keys(),
                phones=tuple(pbx.phone_ws_url for pbx in centre.settings.pbxs if pbx.phone_ws_url),
                map_centre=centre.settings.map_centre,
                map_bounds=centre.settings.map_bounds,
                limits=settings.session_limits,
                lists=centre.settings.lists.lists,
                answer_targets=centre.settings.targets,
            ),
        )
        for centre in centres
    ]
    return create_app(*first, *more)


class WebServer(uvicorn.Server):
    """Uvicorn with an application whose streams `hubs` feed."""

    def __init__(self, app: ASGIApp, hubs: Sequence[Hub]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=GRACE_S,
                server_header=False,
            )
        )
        self._hubs = hubs

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service.

        Uvicorn raises SIGTERM again when it has ended, which would end the process before the
        store has written what it still has.
        """
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which by themselves go on for ever; then all the rest."""
        for hub in self._hubs:
            hub.close()
        await super().shutdown(sockets)
