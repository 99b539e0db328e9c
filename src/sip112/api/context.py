"""What an application is made of, and how its handlers get hold of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from sip112.api.hub import Hub
from sip112.api.lists import Lists, shipped
from sip112.api.phone_keys import PhoneKey
from sip112.api.pmtiles import Bounds, View
from sip112.api.ports import (
    Agencies,
    AgencyDesk,
    AgencyDoor,
    Archive,
    Audit,
    DeskView,
    Handoffs,
    Health,
    Incidents,
    Maps,
    People,
    Recordings,
)
from sip112.console import STATIC
from sip112.people.attempts import Attempts
from sip112.people.session import Limits
from sip112.people.token import Token
from sip112.routing.ids import CentreCode
from sip112.routing.summary import NENA, AnswerTarget


@dataclass(frozen=True, slots=True)
class Ports:
    """The parts of the service that the application speaks to about one centre."""

    archive: Archive
    desk: DeskView
    health: Health
    hub: Hub
    recordings: Recordings
    clock: Callable[[], float]
    """Seconds since 1970, such as `time.time`."""
    agencies: Agencies
    handoffs: Handoffs
    incidents: Incidents
    door: AgencyDoor
    agency_desk: AgencyDesk
    people: People
    audit: Audit
    attempts: Attempts = field(default_factory=Attempts)
    """Of all centres of the node, as are `people` and `audit`."""
    steady: Callable[[], float] = time.monotonic
    """Seconds that nobody sets, by which attempts to sign in are counted."""
    maps: Maps | None = None
    """The map of the console; None is a plain grid."""


MAX_IMPORT: Final = 8 * 2**20
"""Bytes; the areas of a province, simplified, have some megabytes."""


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """What the settings say of the API."""

    centre: CentreCode
    tokens: tuple[Token, ...] = ()
    phone_keys: tuple[PhoneKey, ...] = ()
    """Of every centre."""
    time_zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - immutable
    """The centre's, for the columns of the CSV export that Asterisk writes in local time."""
    public_url: str = ""
    """Where clients reach the API from outside, such as ``https://112.example.org``."""
    max_body: int = 128 * 1024
    """Bytes; the longest ticket fits into it in any script, written as UTF-8."""
    max_import: int = MAX_IMPORT
    """Likewise of a directory, or of an area."""
    limits: Limits = Limits()  # noqa: RUF009 - immutable
    """How long people stay signed in."""
    max_streams: int = 200
    """Event streams at once; each holds a connection."""
    console: Path = STATIC
    """Where the operators' console is, as it was built."""
    lists: Lists = field(default_factory=shipped)
    """What operators choose from."""
    answer_targets: tuple[AnswerTarget, ...] = NENA
    """What share of the calls is to be answered within how many seconds."""
    phones: tuple[str, ...] = ()
    """WebSockets that the console's phone connects to, such as ``wss://192.0.2.11:8089/ws``."""
    map_centre: View | None = None
    """Where the console's map opens, if not where the file says."""
    map_bounds: Bounds | None = None
    """The centre's area, if it is not all of the file's."""


class Served(NamedTuple):
    """One centre that the node serves."""

    ports: Ports
    config: ApiConfig


async def _ports(request: Request) -> Ports:
    served: Served = request.scope["sip112.served"]
    return served.ports


async def _config(request: Request) -> ApiConfig:
    served: Served = request.scope["sip112.served"]
    return served.config


async def _health(request: Request) -> Health:
    health: Health = request.app.state.health
    return health


UsePorts = Annotated[Ports, Depends(_ports)]
UseConfig = Annotated[ApiConfig, Depends(_config)]
UseHealth = Annotated[Health, Depends(_health)]
