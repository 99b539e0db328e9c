"""Settings: from the environment (``SIP112_...``), then from a TOML file, then defaults.

The file is ``$SIP112_CONFIG``, or else the first of ``./sip112.toml`` and
``/etc/sip112/sip112.toml`` that exists. `load` names a wrong setting with its place and
its remedy.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sip112.api.lists import ListsFile, shipped
from sip112.api.lists import read as read_lists
from sip112.api.phone_keys import PhoneKey
from sip112.api.pmtiles import EAST, NORTH, Bounds, View
from sip112.api.ports import PhoneKind
from sip112.dispatch.addresses import TO
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.limits import SHIPPED, limits_for
from sip112.dispatch.limits import Limits as EscalationLimits
from sip112.people.roles import Scope
from sip112.people.session import Limits
from sip112.people.token import Token
from sip112.routing.ids import CentreCode, PbxId, SeatId
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import Profile, SeatConfig
from sip112.routing.summary import NENA, AnswerTarget
from sip112.service.errors import BadSettings
from sip112.store.engine import parse_url

PREFIX: Final = "SIP112_"
PLACES: Final = (Path("sip112.toml"), Path("/etc/sip112/sip112.toml"))
MOST_SEATS: Final = 1000
DEEPEST_ZOOM: Final = 22
RECORDINGS: Final = Path("/var/spool/asterisk/monitor/sip112")
"""Where an Asterisk on this machine keeps its recordings."""
CODE: Final = "^[A-Z0-9]{2,12}$"
"""What a centre's code looks like."""
SEAT: Final = r"[0-9A-Za-z][0-9A-Za-z_.-]{1,63}"
"""Likewise a seat's name."""
_PBX: Final = "[0-9A-Za-z_.-]{1,32}"
_WS_URL: Final = r"^(wss?://[^\s<>\"]+)?$"
_DOMAIN: Final = r"^([0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?(\.[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?)+)?$"
_SECRET: Final = frozenset(
    {"ami_secret", "ami_desk_secret", "database_url", "tokens", "pbxs", "centres", "notifiers"}
)
"""Settings that hold a secret, or where somebody may have put one: never repeated."""
_NOTIFIED: Final = frozenset({Profile.YEALINK, Profile.SNOM})
"""Profiles for which Asterisk sends a NOTIFY."""
_ASKING: Final = frozenset({Profile.ACTION_URL, Profile.MICROSIP})
"""Profiles with which the telephone, or a program beside it, asks the API for the ticket."""
_RANGE: Final = re.compile(r"(.*?)(\d+)\.\.\1(\d+)")


class LogFormat(StrEnum):
    """How the log looks."""

    AUTO = "auto"
    """Readable on a terminal, JSON elsewhere."""
    JSON = "json"
    CONSOLE = "console"


def _read_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"{value!r} is no time zone; take one of the IANA names, such as Asia/Jakarta,"
            " Asia/Makassar, Asia/Jayapura"
        ) from error


Zone = Annotated[ZoneInfo, BeforeValidator(_read_zone)]


def _read_lists(value: object) -> object:
    return read_lists(Path(value)) if isinstance(value, str) else value


def _shipped_lists() -> ListsFile:
    return ListsFile(shipped())


CityLists = Annotated[ListsFile, BeforeValidator(_read_lists)]
"""Set as the path of a file."""


class TargetSettings(BaseModel):
    """One target: ``{seconds = 15, target = 0.90}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(gt=0, le=600, allow_inf_nan=False)
    target: float = Field(gt=0, le=1, allow_inf_nan=False)
    """Share of the answered calls that are answered within them."""


def _stricter_first(value: tuple[TargetSettings, ...]) -> tuple[TargetSettings, ...]:
    seconds = [each.seconds for each in value]
    if seconds != sorted(set(seconds)):
        raise ValueError("name each number of seconds once, the smallest first")
    return value


Targets = Annotated[
    tuple[TargetSettings, ...],
    Field(min_length=1, max_length=5),
    AfterValidator(_stricter_first),
]
_NENA: Final = tuple(TargetSettings(seconds=each.seconds, target=each.share) for each in NENA)


SEVERITY: Final = "^[a-z0-9][a-z0-9_-]{0,63}$"
"""What the code of a severity looks like."""
_WEEK_S: Final = 7 * 24 * 3600
_Seconds = Annotated[float, Field(gt=0, le=_WEEK_S, allow_inf_nan=False)]


class EscalationSettings(BaseModel):
    """How long is waited for each step at one severity: ``{delivered_s = 15, on_scene_s = 900}``.

    What is left out is as it comes along.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivered_s: _Seconds | None = None
    acknowledged_s: _Seconds | None = None
    accepted_s: _Seconds | None = None
    en_route_s: _Seconds | None = None
    on_scene_s: Annotated[float, Field(ge=0, le=_WEEK_S, allow_inf_nan=False)] | None = None
    """0: it is not waited for."""

    def onto(self, usual: EscalationLimits) -> EscalationLimits:
        """Return what is usual, but for what is set."""
        new = self.model_dump(exclude_none=True)
        return replace(usual, **(new | {"on_scene_s": None} if self.on_scene_s == 0 else new))


Escalation = Mapping[Annotated[str, Field(pattern=SEVERITY)], EscalationSettings]
"""By severity."""


class SeatSettings(BaseModel):
    """One seat: ``{id = "seat-01", skills = ["en"], popup = ["yealink"]}``, or just its id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=f"^{SEAT}$")
    skills: frozenset[str] = frozenset()
    phone: PhoneKind = PhoneKind.OWN
    popup: tuple[Profile, ...] = (Profile.BROWSER, Profile.SIP_HEADERS)
    phone_key: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    """Digest of the key with which the telephone asks for its ticket; `sip112 phone-key`."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_message(cls, value: object) -> object:
        if isinstance(value, dict) and "message" in value:
            raise ValueError(
                "`message` is called `popup` now; write"
                ' popup = ["browser", "sip-headers", "sip-message"]'
            )
        return value

    @field_validator("popup")
    @classmethod
    def _once_each(cls, value: tuple[Profile, ...]) -> tuple[Profile, ...]:
        _refuse_doubles(value, "name each profile once")
        return value

    @model_validator(mode="after")
    def _asks_with_a_key(self) -> Self:
        asking = [profile for profile in self.popup if profile in _ASKING]
        if asking and not self.phone_key:
            raise ValueError(
                f"with {asking[0]} the telephone asks for its ticket, and needs a key for that; run"
                f" `sip112 phone-key {self.id}`, and set phone_key as it says"
            )
        if self.phone_key and not asking:
            raise ValueError(
                f"phone_key would not be read; add {' or '.join(sorted(_ASKING))} to popup, or"
                " leave it out"
            )
        return self


def _read_seats(value: object) -> object:
    if isinstance(value, str):
        value = (
            _from_json(value)
            if value.lstrip().startswith("[")
            else [part.strip() for part in value.split(",") if part.strip()]
        )
    if not isinstance(value, list | tuple):
        return value
    seats: list[object] = []
    for each in value:
        if isinstance(each, str):
            seats.extend({"id": seat} for seat in _expand(each))
        elif isinstance(each, dict) and isinstance(each.get("id"), str):
            seats.extend(each | {"id": seat} for seat in _expand(each["id"]))
        else:
            seats.append(each)
    return seats


def _once_each(value: tuple[SeatSettings, ...]) -> tuple[SeatSettings, ...]:
    _refuse_doubles([seat.id for seat in value], "name each seat once")
    keys = [seat.phone_key for seat in value if seat.phone_key]
    _refuse_doubles(keys, "give each telephone a key of its own")
    return value


Seats = Annotated[
    tuple[SeatSettings, ...], BeforeValidator(_read_seats), AfterValidator(_once_each)
]


class PbxSettings(BaseModel):
    """One Asterisk of a centre: ``{name = "pbx1", host = "192.0.2.11", secret = "..."}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("pbx1", pattern=f"^{_PBX}$")
    """Its name in calls and log."""
    host: str = "127.0.0.1"
    port: int = Field(5038, ge=1, le=65535)
    username: str = "sip112"
    secret: SecretStr = SecretStr("")
    desk_username: str = "sip112-desk"
    desk_secret: SecretStr = SecretStr("")
    """Of the user that may start calls; without a secret no call is started."""
    phone_ws_url: str = Field("", pattern=_WS_URL)
    """Where browser phones register."""
    recordings_path: Path = RECORDINGS
    """Directory of its recordings, as this machine sees it."""


def _one_name_each(value: tuple[PbxSettings, ...]) -> tuple[PbxSettings, ...]:
    _refuse_doubles([pbx.name for pbx in value], "each Asterisk needs a name of its own")
    return value


Pbxs = Annotated[tuple[PbxSettings, ...], AfterValidator(_one_name_each)]


def _an_apprise_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if "://" not in url:
        raise ValueError("no URL of apprise; see https://appriseit.com/services for how they look")
    if TO not in url:
        raise ValueError(f"write {TO} where the address of whoever is told belongs")
    return value


Notifier = Annotated[SecretStr, AfterValidator(_an_apprise_url)]


class NotifierSettings(BaseModel):
    """By what people at agencies are told: ``{sms = "..."}``, each a URL of apprise.

    Messages by a channel without one are not sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Notifier | None = None
    telegram: Notifier | None = None
    whatsapp: Notifier | None = None
    sms: Notifier | None = None

    @property
    def urls(self) -> dict[ChannelKind, str]:
        """Those that are set, by channel."""
        by_name = {ChannelKind(name): getattr(self, name) for name in type(self).model_fields}
        return {kind: url.get_secret_value() for kind, url in by_name.items() if url is not None}


def _read_numbers(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",")]


def _read_networks(value: object) -> object:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        return value
    try:
        return tuple(ip_network(str(each)) for each in value)
    except ValueError as error:
        raise ValueError(f"{error}; write networks such as 10.20.0.0/16") from error


PrivateNetworks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_read_networks)]


def _on_earth(value: View) -> View:
    if not (abs(value.latitude) <= NORTH and abs(value.longitude) <= EAST):  # nan is no place
        raise ValueError(f"{value.latitude}, {value.longitude} is no place: latitude comes first")
    if not 0 <= value.zoom <= DEEPEST_ZOOM:
        raise ValueError(f"a zoom of {value.zoom:g}; take one from 0 to {DEEPEST_ZOOM}")
    return value


def _an_area(value: Bounds) -> Bounds:
    if not value.enclose:
        raise ValueError("no area: write south, west, north, east, in degrees")
    return value


MapCentre = Annotated[View, BeforeValidator(_read_numbers), AfterValidator(_on_earth)]
MapBounds = Annotated[Bounds, BeforeValidator(_read_numbers), AfterValidator(_an_area)]


class CentreSettings(BaseModel):
    """One centre, where a node serves several; the names are those of the settings for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    centre: str = Field(pattern=CODE)
    time_zone: Zone = ZoneInfo("Asia/Jakarta")
    pbxs: Pbxs = Field((PbxSettings(),), min_length=1)
    seats: Seats = ()
    trunks: tuple[str, ...] = ()
    ring_s: int = Field(15, ge=3, le=120)
    wrap_up_s: float = Field(10.0, ge=0, le=3600)
    retry_s: float = Field(2.0, ge=0.2, le=60)
    map_centre: MapCentre | None = None
    map_bounds: MapBounds | None = None
    record_calls: bool = True
    recordings_days: int = Field(90, ge=0, le=36_500)
    lists: CityLists = Field(default_factory=_shipped_lists)
    answer_targets: Targets = _NENA
    domain: str = Field("", pattern=_DOMAIN)
    notifiers: NotifierSettings = NotifierSettings()
    escalation: Escalation = Field(default_factory=dict)

    @model_validator(mode="after")
    def _phones_have_a_place(self) -> Self:
        _refuse_phones_without_a_place(self.seats, [pbx.phone_ws_url for pbx in self.pbxs])
        return self

    @model_validator(mode="after")
    def _notices_have_a_sender(self) -> Self:
        _refuse_notices_without_a_sender(self.seats, [pbx.desk_secret for pbx in self.pbxs])
        return self

    @property
    def escalation_limits(self) -> Mapping[str, EscalationLimits]:
        """How long is waited for each step of a handoff, by severity."""
        set_ = {code: each.onto(limits_for(code)) for code, each in self.escalation.items()}
        return {**SHIPPED, **set_}

    @property
    def notified(self) -> tuple[str, ...]:
        """The seats whose phone shows the ticket by NOTIFY."""
        return tuple(seat.id for seat in self.seats if _NOTIFIED & set(seat.popup))

    @property
    def browsers(self) -> tuple[str, ...]:
        """The seats whose phone is the browser."""
        return _browsers(self.seats)

    @property
    def targets(self) -> tuple[AnswerTarget, ...]:
        """The targets of answer times."""
        return tuple(AnswerTarget(each.seconds, each.target) for each in self.answer_targets)

    @property
    def agency_domain(self) -> str:
        """The centre's name in identifiers of incidents and calls (NENA: agency identifier)."""
        return self.domain or f"{self.centre.lower()}.112.invalid"

    @property
    def code(self) -> CentreCode:
        """The centre's code."""
        return CentreCode(self.centre)

    def desk(self, url: str, *, token: int = 0, alone: bool = True, stride: int = 1) -> DeskConfig:
        """Return what the core wants to know; `url` is the start of tickets' URLs in popups."""
        return DeskConfig(
            centre=self.code,
            zone=self.time_zone,
            seats=tuple(
                SeatConfig(SeatId(seat.id), seat.skills, seat.popup) for seat in self.seats
            ),
            pbxs=tuple(PbxId(pbx.name) for pbx in self.pbxs),
            token=token,
            alone=alone,
            stride=stride,
            ring_s=self.ring_s,
            wrap_up_s=self.wrap_up_s,
            retry_s=self.retry_s,
            ticket_url=url,
            record=self.record_calls,
            starts_calls=all(pbx.desk_secret.get_secret_value() for pbx in self.pbxs),
            domain=self.agency_domain,
        )


class TokenSettings(BaseModel):
    """One API token, as ``sip112 token`` prints it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = frozenset({Scope.READ})
    centres: frozenset[Annotated[str, Field(pattern=CODE)]] = frozenset()
    """Centres that it may see and command; none named is all."""

    @field_validator("scopes")
    @classmethod
    def _is_no_agency(cls, scopes: frozenset[Scope]) -> frozenset[Scope]:
        if Scope.AGENCY in scopes:
            msg = "the scope agency is for people of agencies, and systems sign their messages"
            raise ValueError(msg)
        return scopes


_OF_PBX: Final = frozenset(
    {"pbx", "ami_host", "ami_port", "ami_username", "ami_secret"}
    | {"ami_desk_username", "ami_desk_secret", "phone_ws_url", "recordings_path"}
)
_OF_CENTRE: Final = _OF_PBX | frozenset(CentreSettings.model_fields)
"""What is set for one Asterisk, and for one centre."""


class Settings(BaseSettings):
    """All settings. The names in the environment are these in capitals after ``SIP112_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=False
    )

    centre: str = Field("PKY", pattern=CODE)
    """Code of the centre, the start of its ticket numbers; its queue is ``sip112-CENTRE``."""
    time_zone: Zone = ZoneInfo("Asia/Jakarta")
    """The centre's local time: the day of ticket numbers."""
    centres: Annotated[tuple[CentreSettings, ...], NoDecode] = ()
    """The centres, where this node serves several; then the settings for one are not set."""

    node: str = Field(default_factory=socket.gethostname, pattern=r"^[0-9A-Za-z_.-]{1,64}$")
    """Name of this node among those that share the database."""
    node_url: str = Field("", pattern=r"^(https?://[^\s<>\"]+)?$")
    """Where other nodes reach this one's HTTP. Default: http_host:http_port."""

    database_url: str = Field("sqlite:///sip112.db", repr=False)

    pbx: str = Field("pbx1", pattern=f"^{_PBX}$")
    """Name of the Asterisk in calls and log."""
    ami_host: str = "127.0.0.1"
    ami_port: int = Field(5038, ge=1, le=65535)
    ami_username: str = "sip112"
    ami_secret: SecretStr = SecretStr("")
    ami_desk_username: str = "sip112-desk"
    ami_desk_secret: SecretStr = SecretStr("")
    """Of the user that may start calls; without a secret no call is started."""
    phone_ws_url: str = Field("", pattern=_WS_URL)
    """Where browser phones register, such as ``wss://pbx.example.org:8089/ws``."""
    pbxs: Annotated[Pbxs, NoDecode] = ()
    """The Asterisks, where the centre has several; then those for one are not set."""
    recording: Path | None = None
    """File to which received AMI messages are written, redacted; for replay in tests."""

    seats: Annotated[Seats, NoDecode] = ()
    """The seats; in the environment JSON, or names and ranges: ``seat-01..seat-08,chief``."""
    trunks: Annotated[tuple[str, ...], NoDecode] = ()
    """PJSIP endpoints from which 112 calls come, for `sip112 check`."""
    ring_s: int = Field(15, ge=3, le=120)
    wrap_up_s: float = Field(10.0, ge=0, le=3600)
    retry_s: float = Field(2.0, ge=0.2, le=60)
    lists: Annotated[CityLists, NoDecode] = Field(default_factory=_shipped_lists, repr=False)
    """JSON file of what operators choose from; without one, the lists that come along."""
    answer_targets: Annotated[Targets, NoDecode] = _NENA
    """What share of the calls is to be answered within how many seconds."""
    domain: str = Field("", pattern=_DOMAIN)
    """Domain name in identifiers of incidents, such as ``112.palangkaraya.example``."""
    notifiers: Annotated[NotifierSettings, NoDecode] = NotifierSettings()
    """By what people at agencies are told; in the environment JSON."""
    escalation: Annotated[Escalation, NoDecode] = Field(default_factory=dict)
    """How long is waited for an agency, by severity; in the environment JSON."""

    record_calls: bool = True
    """Whether calls are recorded from the answer on."""
    recordings_path: Path = RECORDINGS
    """Directory of Asterisk's recordings, as this machine sees it."""
    recordings_days: int = Field(90, ge=0, le=36_500)
    """Days for which recordings are kept. 0: for ever."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(8112, ge=0, le=65535)
    public_url: str = Field("", pattern=r"^(https?://[^\s<>\"]+)?$")
    """Where browsers and phones reach the service; in popups. Default: http_host:http_port."""
    tokens: Annotated[tuple[TokenSettings, ...], NoDecode] = ()
    """The API's tokens; in the environment JSON."""
    session_idle_h: float = Field(12.0, gt=0, le=24 * 30)
    """Hours without a request after which a person has to sign in again."""
    session_h: float = Field(24.0, gt=0, le=24 * 30)
    """Hours after which a person has to sign in again in any case."""

    handoff_private_networks: Annotated[PrivateNetworks, NoDecode] = ()
    """Private networks in which agencies' systems may be reached, such as ``10.20.0.0/16``."""
    handoff_authorities: Path | None = None
    """PEM file with certificate authorities by which they are known, beside the machine's own."""

    map_file: Path | None = None
    """PMTiles file with the console's map; without it the console draws a plain grid."""
    map_centre: Annotated[MapCentre | None, NoDecode] = None
    """Where the map opens: latitude, longitude and zoom. Default: as the file says."""
    map_bounds: Annotated[MapBounds | None, NoDecode] = None
    """The centre's area: south, west, north, east. Default: the file's."""

    disk_free_mb: int = Field(1024, ge=0)
    """Megabytes that must be free on each disk; less is an alarm."""
    disk_paths: Annotated[tuple[Path, ...], NoDecode] = ()
    """What lies on disks to be watched, beside the service's own files and Asterisk's usual
    directories; in the environment separated by commas."""
    frozen_exit_s: float = Field(20.0, ge=0)
    """Seconds that the event loop may stand still; then the process ends. 0: never."""

    log_format: LogFormat = LogFormat.AUTO
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")
    log_callers: bool = False
    """Whether callers' numbers and names appear in the log."""

    @field_validator("trunks", "disk_paths", mode="before")
    @classmethod
    def _read_list(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator(
        *("tokens", "pbxs", "centres", "answer_targets", "notifiers", "escalation"), mode="before"
    )
    @classmethod
    def _read_json(cls, value: object) -> object:
        return _from_json(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        """What would not be read must not be set: it would be thought to hold."""
        for several, single in (("centres", _OF_CENTRE), ("pbxs", _OF_PBX)):
            if getattr(self, several) and (lost := sorted(single & self.model_fields_set)):
                raise ValueError(
                    f"{several} names several, so that {', '.join(lost)} would not be read; set"
                    f" them within {several}, or leave {several} out"
                )
        _refuse_doubles([each.centre for each in self.centres], "name each centre once")
        if not self.centres:
            urls = [pbx.phone_ws_url for pbx in self.pbxs] or [self.phone_ws_url]
            _refuse_phones_without_a_place(self.seats, urls)
            secrets = [pbx.desk_secret for pbx in self.pbxs] or [self.ami_desk_secret]
            _refuse_notices_without_a_sender(self.seats, secrets)
        return self

    @field_validator("database_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        parse_url(value)  # a ValueError with the remedy
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used here
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        sources = [init_settings, env_settings, file_secret_settings]
        path = config_file()
        if path is not None:
            sources.append(TomlConfigSettingsSource(settings_cls, path))
        return tuple(sources)

    @property
    def popup_url(self) -> str:
        """Start of the ticket URLs in popups."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def own_url(self) -> str:
        """Where other nodes reach this one's HTTP."""
        return self.node_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def is_shared(self) -> bool:
        """Whether other nodes can share the database."""
        return parse_url(self.database_url).get_backend_name() != "sqlite"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Other machines that the service connects to."""
        pbxs = tuple(pbx.host for centre in self.served for pbx in centre.pbxs)
        database = parse_url(self.database_url).host
        return (*pbxs, database) if database else pbxs

    @property
    def kept(self) -> tuple[Path, ...]:
        """Directories in which something of a call is kept, as far as the service knows."""
        url = parse_url(self.database_url)
        own = [Path(url.database or "")] if url.get_backend_name() == "sqlite" else []
        if self.recording is not None:
            own.append(self.recording)
        return (*(path.absolute().parent for path in own), *self.disk_paths)

    @property
    def recorded(self) -> tuple[Path, ...]:
        """Directories of recordings, which Asterisk makes when there is something to record."""
        return tuple(
            pbx.recordings_path
            for centre in self.served
            for pbx in centre.pbxs
            if centre.record_calls
        )

    @property
    def served(self) -> tuple[CentreSettings, ...]:
        """The centres that this node serves, one at least."""
        if self.centres:
            return self.centres
        own = PbxSettings(
            name=self.pbx,
            host=self.ami_host,
            port=self.ami_port,
            username=self.ami_username,
            secret=self.ami_secret,
            desk_username=self.ami_desk_username,
            desk_secret=self.ami_desk_secret,
            phone_ws_url=self.phone_ws_url,
            recordings_path=self.recordings_path,
        )
        return (
            CentreSettings(
                centre=self.centre,
                time_zone=self.time_zone,
                pbxs=self.pbxs or (own,),
                seats=self.seats,
                trunks=self.trunks,
                ring_s=self.ring_s,
                wrap_up_s=self.wrap_up_s,
                retry_s=self.retry_s,
                map_centre=self.map_centre,
                map_bounds=self.map_bounds,
                record_calls=self.record_calls,
                recordings_days=self.recordings_days,
                lists=self.lists,
                answer_targets=self.answer_targets,
                domain=self.domain,
                notifiers=self.notifiers,
                escalation=self.escalation,
            ),
        )

    def find(self, centre: str | None) -> CentreSettings:
        """Return the centre of that code, or without one the only one. BadSettings otherwise."""
        there = {each.centre: each for each in self.served}
        if centre is None and len(there) == 1:
            return self.served[0]
        if centre is None:
            raise BadSettings(
                f"there are several centres: {', '.join(there)}; say which one (--centre)"
            )
        if centre not in there:
            raise BadSettings(f"there is no centre {centre!r}; there are: {', '.join(there)}")
        return there[centre]

    @property
    def session_limits(self) -> Limits:
        """How long people stay signed in."""
        return Limits(self.session_idle_h * 3600, self.session_h * 3600)

    def phone_keys(self) -> tuple[PhoneKey, ...]:
        """Return the keys of telephones, of every centre."""
        return tuple(
            PhoneKey(centre.centre, seat.id, seat.phone_key)
            for centre in self.served
            for seat in centre.seats
            if seat.phone_key
        )

    def api_tokens(self) -> tuple[Token, ...]:
        """Return the tokens as the API keeps them."""
        return tuple(
            Token(
                each.name,
                each.digest,
                each.scopes,
                frozenset(CentreCode(code) for code in each.centres),
            )
            for each in self.tokens
        )


def _browsers(seats: Iterable[SeatSettings]) -> tuple[str, ...]:
    return tuple(seat.id for seat in seats if seat.phone is PhoneKind.BROWSER)


def _refuse_phones_without_a_place(seats: Iterable[SeatSettings], ws_urls: Sequence[str]) -> None:
    browsers = _browsers(seats)
    if browsers and not all(ws_urls):
        raise ValueError(
            f"the phone of {browsers[0]} is the browser, and nothing says where that registers;"
            " set phone_ws_url of each Asterisk, such as wss://pbx.example.org:8089/ws"
        )


def _refuse_notices_without_a_sender(
    seats: Iterable[SeatSettings], secrets: Sequence[SecretStr]
) -> None:
    for seat in seats:
        for profile in seat.popup:
            if profile in _NOTIFIED and not all(each.get_secret_value() for each in secrets):
                raise ValueError(
                    f"the popup of {seat.id} is {profile}, a NOTIFY, and nobody is set who may have"
                    " it sent; set SIP112_AMI_DESK_SECRET (desk_secret of each Asterisk), see"
                    " asterisk-config/README.md"
                )


def _refuse_doubles(names: Sequence[str], remedy: str) -> None:
    twice = sorted(each for each, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}; {remedy}")


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no valid JSON ({error})") from error


def _expand(text: str) -> list[str]:
    """Return the names of ``seat-01..seat-08``; a plain name is itself."""
    match = _RANGE.fullmatch(text)
    if match is None:
        if ".." in text:
            raise ValueError(f"{text!r} is no range; write one as seat-01..seat-08")
        return [text]
    stem, first, last = match.groups()
    count = int(last) - int(first) + 1
    if count > MOST_SEATS:
        raise ValueError(
            f"{text!r} is {count} seats; {MOST_SEATS} are the most: is a digit too many?"
        )
    names = [f"{stem}{n:0{len(first)}}" for n in range(int(first), int(last) + 1)]
    if not names:
        raise ValueError(f"{text!r} runs backwards; write the smaller number first")
    return names


def config_file() -> Path | None:
    """Return the settings file that counts. BadSettings if SIP112_CONFIG names none."""
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        if not Path(named).is_file():
            raise BadSettings(
                f"SIP112_CONFIG names {named}, which is not a file: write it or unset"
            )
        return Path(named)
    return next((place for place in PLACES if place.is_file()), None)


def load(**overrides: Any) -> Settings:
    """Return the settings. BadSettings says what is wrong, where, and what to do."""
    path = None
    try:
        path = config_file()
        _refuse_unknown()
        return Settings(**overrides)
    except ValidationError as error:
        lines = [
            _tell(each["loc"], each["msg"], each.get("input"), path) for each in error.errors()
        ]
        raise BadSettings("\n".join(lines)) from error
    except (ValueError, OSError) as error:
        raise BadSettings(f"{path or 'settings'}: {error}") from error


def _refuse_unknown() -> None:
    """A misspelt variable would otherwise be a setting that silently stays at its default."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known and not name.startswith("SIP112_RIG_"):
            raise BadSettings(f"{name}: {_no_such(name, known)}")


def _no_such(name: str, known: Iterable[str]) -> str:
    (near,) = get_close_matches(name, known, n=1, cutoff=0)
    return f"there is no such setting; did you mean {near}?"


_INNER: Final[Mapping[int | str, type[BaseModel]]] = {
    "answer_targets": TargetSettings,
    "centres": CentreSettings,
    "escalation": EscalationSettings,
    "notifiers": NotifierSettings,
    "pbxs": PbxSettings,
    "seats": SeatSettings,
    "tokens": TokenSettings,
}
"""Settings that have others inside."""
_EXTRA: Final = "Extra inputs are not permitted"
_NO_MODEL: Final = "Input should be a valid dictionary or instance of "


def _within(loc: tuple[int | str, ...]) -> Iterable[str]:
    """Return the names of what may stand where `loc` is, if that is inside of a setting."""
    models = (_INNER[part] for part in reversed(loc[:-1]) if part in _INNER)
    return next((model.model_fields for model in models), ())


def _tell(loc: tuple[int | str, ...], message: str, value: object, path: Path | None) -> str:
    message = message.removeprefix("Value error, ").removesuffix(".")
    if not loc:  # each by itself may stand there; `value` is all of them, secrets too
        places = f"the environment and {path}" if path else "the environment"
        return f"{message}.\n  From: {places}."
    name = str(loc[0])
    deeper = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc[1:])
    variable = f"{PREFIX}{name.upper()}"
    place = f"environment {variable}" if variable in os.environ else f"{path or 'settings'}"
    if message == _EXTRA and (known := _within(loc)):
        message = f"there is no such setting here; there are {', '.join(known)}"
    elif message.startswith(_NO_MODEL):
        message = "this is no group of settings; docs/settings.md shows its form"
    if name not in Settings.model_fields:
        return f"{name}: {_no_such(name, Settings.model_fields)}\n  From: {place}."
    hidden = name in _SECRET or loc[-1] == "phone_key" or isinstance(value, dict)
    shown = "" if hidden else f" (it is {value!r})"
    return (
        f"{name}{deeper}: {message}{shown}.\n"
        f"  From: {place}. Set {variable}, or {name} in a settings file (SIP112_CONFIG)."
    )
