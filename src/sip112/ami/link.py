"""The link to one Asterisk: stays connected, tells what happens there, does what is asked.

This is the one module that imports panoramisk, and of it uses `Manager` alone, as the owner
of one TCP connection: it opens it, hands it to our `Protocol`, and sends through it what is
asked for singly (login, pings, lists). What panoramisk does beyond that goes wrong under
faults, so that nothing of it is left in reach:

- **Reconnecting.** Manager reconnects after a fixed delay, for ever, also after ``close()``,
  and sends again what was unanswered. Its reconnects hang on its own callbacks
  (``connection_made`` with an error, ``connection_lost``), which `_Manager` and `Protocol`
  do not let it have. `Link.run` supervises instead: one connection at a time, each step
  under a time-out, back-off with full jitter.
- **Login.** Manager calls a connection open that is not logged in, and ignores a refusal.
  It is not given the user name; `connected` waits for the banner, logs in, and verifies.
- **Pings.** Manager sends them and ignores that nobody answers. Its pinger is stopped; ours
  closes a link on which no answer comes.
- **Callbacks** raise into the connection, or run as loose tasks in any order. None is
  registered: `Protocol` calls one function of ours, in order, and that only puts.
- **Actions.** Manager's have no time-out, survive a reconnect, guess whether a list follows,
  and let line breaks through. Ours are `Protocol`'s: refused while the link is not up,
  refused with a line break, matched by ActionID, dropped when the connection ends. Effects
  are written straight to the connection with one timer for all (a task or future each would
  cost more than the action).
- **Messages.** Manager's are case-blind dicts whose unknown headers read as ``''``, whose
  last empty header is missing, at five times the cost. Ours are `Protocol`'s.

After each login, and when asked, the link takes a snapshot of Asterisk: it holds back live
events, asks for the lists, puts the `Snapshot`, then what it held back, then live events. A
`Look` is the same without holding anything back.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from panoramisk.manager import Manager

from sip112.ami.actions import LISTS, actions, variables
from sip112.ami.protocol import (
    EventReader,
    InvalidAction,
    Message,
    Protocol,
    Refused,
    Traffic,
    written_at,
)
from sip112.ami.recorder import Recorder
from sip112.ami.translate import EVENTS, BadMessage, Variables, snapshot, translate
from sip112.resolver import NameUnknown, Resolver
from sip112.routing import events as e
from sip112.routing.effects import Action, Beat, Look, Resync
from sip112.routing.events import ActionFailed, Event, LinkDown, Snapshot
from sip112.routing.ids import CentreCode, Instant, PbxId

KNOWN_VERSION: Final = "11."
"""AMI version of Asterisk 22, of which each release changes only the rest."""

_BOOTED: Final = "FullyBooted"
_READER: Final = EventReader({**EVENTS, _BOOTED: frozenset()})
_SUCCESS: Final = frozenset({"Success", "Goodbye"})
_A_DAY: Final = 86_400

_log = structlog.get_logger(__name__)
_quiet = logging.getLogger("sip112.panoramisk")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False  # the link says the same in its own words


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Where one Asterisk is, and how long to wait for it. Times are in seconds."""

    pbx: PbxId
    centre: CentreCode
    """Whose variables a snapshot reads."""
    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "sip112"
    secret: str = field(default="", repr=False)
    connect_timeout: float = 3.0
    login_timeout: float = 3.0
    """For the banner, and again for the login, whose refusal Asterisk delays by 1 s."""
    action_timeout: float = 2.0
    list_timeout: float = 5.0
    ping_interval: float = 1.0
    ping_timeout: float = 2.0
    """With `ping_interval` the time in which a half-open link is noticed."""
    backoff_first: float = 0.1
    backoff_max: float = 1.0
    """Callers wait: to try again costs Asterisk a login."""
    refused_delay: float = 5.0
    """Until the next try after a login that was refused."""
    message_limit: int = 1 << 20
    """Bytes of one message."""
    record: Path | None = None
    """File to which a redacted recording of what comes in is added."""


class LinkError(Exception):
    """The link, or an action on it, failed; the text says why and what to do about it."""


class LoginRefused(LinkError):  # noqa: N818 - the name says what happened
    """Asterisk knows no such user, or not with this secret, or not from this address."""


class ActionRefused(LinkError):  # noqa: N818 - the name says what happened
    """Asterisk answered an action with an error; `message` is its own word for it."""

    def __init__(self, action: str, message: str, remedy: str = "") -> None:
        super().__init__(f"Asterisk refused {action}: {message or 'no reason given'}{remedy}")
        self.message = message


@dataclass(slots=True)
class LinkState:
    """How the link does, for people and metrics; counts are since the service started."""

    since: Instant
    """When `up` last changed."""
    up: bool = False
    """Logged in and synchronised: actions are sent, events are told."""
    version: str | None = None
    """AMI version that Asterisk gave last."""
    last_error: str | None = None
    """Why the link is, or last was, down."""
    skew: float | None = None
    """Seconds by which Asterisk's clock is ahead of ours."""
    round_trip: float | None = None
    """Seconds that the last ping took."""
    reconnects: int = 0
    resyncs: int = 0
    actions_sent: int = 0
    actions_failed: int = 0
    """Effects that failed, whatever the reason: refused, timed out, lost, link down."""
    actions_timed_out: int = 0
    actions_invalid: int = 0
    """Effects never sent, since a value would have been read as something else."""
    traffic: Traffic = field(default_factory=Traffic)


class _Manager(Manager):  # type: ignore[misc] # panoramisk is not typed
    """panoramisk's Manager, held to one connection."""

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        """Adopt the connection if there is one; whoever awaits ``connect`` sees why not."""
        if f.cancelled() or f.exception() is not None:
            return
        super().connection_made(f)
        self.pinger.cancel()


class Connection:
    """One connection to an Asterisk that let us in."""

    def __init__(self, config: LinkConfig, manager: Manager, protocol: Protocol) -> None:
        self._config = config
        self._manager = manager
        self.protocol = protocol

    async def request(self, action: Mapping[str, str], within: float) -> list[Message]:
        """Return Asterisk's answer: the response, then the items of a list, if it is one.

        LinkError if there is none in time, ActionRefused if it is an error.
        """
        name = action["Action"]
        try:
            future = self._manager.send_action(dict(action))
        except InvalidAction as error:
            raise LinkError(f"{name}: {error}") from None
        try:
            await asyncio.wait({future}, timeout=within)
            if not future.done():
                raise LinkError(f"Asterisk did not answer {name} within {within:g} s")
        finally:
            future.cancel()
        messages: list[Message] = future.result()
        if not messages:
            raise LinkError(self.protocol.reason)
        first, last = messages[0], messages[-1]
        if first.get("Response") not in _SUCCESS:
            raise ActionRefused(name, first.get("Message", ""), self._remedy(first))
        if first is not last:
            if last["EventList"].lower() != "complete":
                raise LinkError(f"Asterisk broke off its answer to {name}")
            messages.pop()
        return messages

    def _remedy(self, response: Message) -> str:
        message = response.get("Message", "")
        if message == "Permission denied":
            return (
                f" (AMI user {self._config.username!r} lacks a right: give it those of the"
                " template in manager-sip112.conf, then `manager reload`)"
            )
        if message.startswith("Invalid/unknown command"):
            return " (Asterisk is still starting, or the module is not loaded; app_queue?)"
        return ""


async def _reach(manager: Manager, resolver: Resolver) -> None:
    """Connect to the first of the host's addresses that takes the connection."""
    *others, last = await resolver.addresses()
    for address in others:
        manager.config["host"] = address
        with suppress(OSError):
            await manager.connect()
            return
    manager.config["host"] = last
    await manager.connect()


@asynccontextmanager
async def connected(
    config: LinkConfig, protocol: Protocol, resolver: Resolver, *, events: bool
) -> AsyncIterator[Connection]:
    """Connect, log in, and close at the end. LinkError if it cannot be."""
    where = f"{config.host}:{config.port}"
    manager = _Manager(
        host=config.host,
        port=config.port,
        loop=asyncio.get_running_loop(),
        log=_quiet,
        ping_delay=_A_DAY,
        protocol_factory=lambda: protocol,
    )
    connection = Connection(config, manager, protocol)
    try:
        try:
            async with asyncio.timeout(config.connect_timeout):
                await _reach(manager, resolver)
        except TimeoutError:
            raise LinkError(
                f"{where} does not answer: check host and port, and the firewall between"
            ) from None
        except NameUnknown as error:
            raise LinkError(
                f"cannot connect to {where} ({error}): write its address into SIP112_AMI_HOST, or"
                " with the name into /etc/hosts"
            ) from None
        except OSError as error:
            refused = isinstance(error, ConnectionRefusedError)
            reason = "connection refused" if refused else error.strerror or error
            raise LinkError(
                f"cannot connect to {where} ({reason}): is Asterisk running, and do enabled,"
                " bindaddr and port in its manager.conf say so?"
            ) from None
        try:
            async with asyncio.timeout(config.login_timeout):
                await protocol.greeted.wait()
        except TimeoutError:
            raise LinkError(
                f"{where} accepts connections but says nothing: is it the AMI port, and is"
                " Asterisk stuck?"
            ) from None
        if protocol.version is None:
            raise LinkError(protocol.reason)
        await _log_in(config, connection, events=events)
        yield connection
    finally:
        manager.close()


async def _log_in(config: LinkConfig, connection: Connection, *, events: bool) -> None:
    login = {
        "Action": "Login",
        "Username": config.username,
        "Secret": config.secret,
        "Events": "on" if events else "off",
    }
    try:
        await connection.request(login, config.login_timeout)
    except ActionRefused as error:
        raise LoginRefused(
            f"Asterisk refused the login of {config.username!r} ({error.message}): compare user"
            f" and secret with section [{config.username}] of its manager.conf, and our address"
            " with the section's acl, permit and deny lines"
        ) from None


@asynccontextmanager
async def session(config: LinkConfig) -> AsyncIterator[Connection]:
    """Open one connection for a few requests, without events, for checks and tools."""
    protocol = Protocol(EventReader({}), lambda _: None, lambda _: None, Traffic())
    async with connected(config, protocol, Resolver(config.host), events=False) as connection:
        yield connection


class Link:
    """The link to one Asterisk.

    Args:
        config: where it is.
        put: takes every event, in order; it must neither raise nor block.
    """

    def __init__(self, config: LinkConfig, put: Callable[[Event], None]) -> None:
        self.state = LinkState(since=_now())
        self._config = config
        self._resolver = Resolver(config.host)
        self._put = put
        self._connection: Connection | None = None
        """The connection that is logged in."""
        self._held: list[Event] | None = None
        """Live events that wait for the snapshot; None while they are put at once."""
        self._stale = asyncio.Event()
        """Set when a snapshot is wanted."""
        self._curious = asyncio.Event()
        """Set when a look is wanted, until it was taken."""
        self._unanswered: dict[_Sent, float] = {}
        """What was sent and not answered, and until when it may be; the oldest first."""
        self._timer: asyncio.TimerHandle | None = None
        self._unheard_until = 0.0
        """Until when no heartbeat is sent, since the last one was not answered."""
        self._quiet: asyncio.Event | None = None
        """Set when nothing is unanswered, if somebody waits for that."""
        self._up_at = 0.0
        self._lasted = 0.0
        """Seconds for which the last connection was up."""

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        failures = 0
        with self._recording() as tap:
            while True:
                self._lasted = 0.0
                refused = False
                try:
                    await self._serve(tap)
                except LinkError as error:
                    refused = isinstance(error, LoginRefused)
                    self._note(str(error))
                except Exception as error:  # noqa: BLE001 - calls must go on; it is logged
                    _log.exception("ami link failed by a fault of ours", pbx=self._config.pbx)
                    self.state.last_error = f"a fault in sip112, please report it: {error!r}"
                # a link that drops as soon as it is up is no reason to start all over
                failures = 0 if self._lasted > self._config.backoff_max else failures + 1
                await asyncio.sleep(self._back_off(failures, refused=refused))

    def send(self, *effects: Action) -> None:
        """Have Asterisk do `effects`, in this order. Never waits.

        For each that it does not do `ActionFailed` is put; for a `Look` nothing is, nor for a
        `Beat` while the one before is not answered: a link on which nothing is heard any more
        must not keep Asterisk from ringing by itself until that is noticed.
        """
        for effect in effects:
            self._send(effect)
        if self._connection is not None:
            self._connection.protocol.flush()

    def _send(self, effect: Action) -> None:
        connection, loop = self._connection, asyncio.get_running_loop()
        if isinstance(effect, Look):
            if self.state.up:
                self._curious.set()
        elif connection is None or not self.state.up:
            self._fail(effect, f"there is no link to {self._config.pbx}")
        elif isinstance(effect, Resync):
            self._stale.set()
        elif isinstance(effect, Beat) and loop.time() < self._unheard_until:
            pass
        else:
            protocol = connection.protocol
            sent = _Sent(effect, protocol, self._settle)
            try:
                sent.action_ids = protocol.post(actions(effect), sent.answered)
            except InvalidAction as error:
                self.state.actions_invalid += 1
                self._fail(effect, str(error))
            except Exception as error:  # noqa: BLE001 - whoever sends goes on; it is logged
                _log.exception("effect lost to a fault of ours", pbx=self._config.pbx)
                self._fail(effect, f"a fault in sip112: {error!r}")
            else:
                self.state.actions_sent += len(sent.action_ids)
                deadline = loop.time() + self._config.action_timeout
                self._unanswered[sent] = deadline
                if isinstance(effect, Beat):
                    dead_after = self._config.ping_interval + self._config.ping_timeout
                    self._unheard_until = loop.time() + dead_after
                if self._timer is None:
                    self._timer = loop.call_at(deadline, self._expire)

    async def settled(self) -> None:
        """Return when Asterisk has answered all that was sent, or does not any more."""
        while self._unanswered:
            self._quiet = asyncio.Event()
            await self._quiet.wait()

    async def request(
        self, action: Mapping[str, str], within: float | None = None
    ) -> list[Message]:
        """Return Asterisk's answer to one action, for checks and tools. LinkError if none."""
        if self._connection is None:
            raise LinkError(self.state.last_error or f"there is no link to {self._config.pbx} yet")
        return await self._connection.request(action, within or self._config.list_timeout)

    def _back_off(self, failures: int, *, refused: bool) -> float:
        """Return how long to wait before the next connection."""
        if refused:  # a wrong secret does not become right, and must not be hammered
            return self._config.refused_delay
        first, longest = self._config.backoff_first, self._config.backoff_max
        limit = min(longest, first * 2.0 ** min(failures, 32))
        return random.uniform(0, limit)  # noqa: S311 - spreads load, keeps no secret

    # --- one connection ---------------------------------------------------------------

    async def _serve(self, tap: Callable[[str], None] | None) -> None:
        """Hold one connection until it fails; LinkError says how."""
        config = self._config
        protocol = Protocol(
            _READER,
            self._heard,
            self._lost,
            self.state.traffic,
            tap=tap,
            limit=config.message_limit,
        )
        self._held = []
        self._stale.set()
        self._curious.clear()
        self._unheard_until = 0.0
        async with connected(config, protocol, self._resolver, events=True) as connection:
            self.state.version = protocol.version
            if not f"{protocol.version}".startswith(KNOWN_VERSION):
                _log.warning(
                    "ami version is not the one sip112 was tested with; going on",
                    pbx=config.pbx,
                    version=protocol.version,
                    tested=f"{KNOWN_VERSION}x (Asterisk 22)",
                )
            self._connection = connection
            async with asyncio.TaskGroup() as tasks:
                children = (
                    tasks.create_task(self._keep_alive(connection)),
                    tasks.create_task(self._stay_in_sync(connection)),
                    tasks.create_task(self._look_around(connection)),
                )
                await protocol.closed.wait()
                for child in children:
                    child.cancel()
        raise LinkError(protocol.reason)

    async def _keep_alive(self, connection: Connection) -> None:
        """Ping, and close the connection when no answer comes."""
        config = self._config
        while True:
            sent = _now()
            try:
                pong, *_ = await connection.request({"Action": "Ping"}, config.ping_timeout)
            except LinkError as error:
                connection.protocol.close(f"the link is dead: {error}", abort=True)
                return
            received = _now()
            self.state.round_trip = received - sent
            between = Instant((sent + received) / 2)
            self.state.skew = written_at(pong, between) - between
            await asyncio.sleep(config.ping_interval)

    async def _stay_in_sync(self, connection: Connection) -> None:
        """Take a snapshot after the login, and whenever one is wanted."""
        while True:
            await self._stale.wait()
            self._stale.clear()
            if self._held is None:
                self._held = []
            try:
                taken = await self._snapshot(connection)
            except LinkError as error:
                connection.protocol.close(str(error), abort=True)
                return
            self._come_up()
            self.state.resyncs += 1
            self._put(taken)
            held, self._held = self._held, None
            for event in held:
                self._put(event)

    async def _look_around(self, connection: Connection) -> None:
        """Take a look whenever one is wanted; one that fails, or a resync overtakes, is none."""
        while True:
            await self._curious.wait()
            resyncs = self.state.resyncs
            try:
                seen = await self._snapshot(connection)
            except LinkError as error:
                _log.debug("no look at asterisk", pbx=self._config.pbx, error=str(error))
            else:
                if self._held is None and self.state.resyncs == resyncs:
                    self._put(e.Look(_now(), self._config.pbx, seen))
            self._curious.clear()

    async def _snapshot(self, connection: Connection) -> Snapshot:
        at = _now()
        within = self._config.list_timeout
        asked = (*LISTS, *variables(self._config.centre))
        answers = await asyncio.gather(*(connection.request(one, within) for one in asked))
        before, channels, queue, notes = (items for _, *items in answers[: len(LISTS)])
        values = Variables(*(answer.get("Value", "") for answer, *_ in answers[len(LISTS) :]))
        return snapshot(
            self._config.pbx, self._config.centre, at, before, channels, queue, notes, values
        )

    def _come_up(self) -> None:
        if self.state.up:
            return
        self.state.up = True
        self.state.since = _now()
        self.state.reconnects += self._up_at > 0
        self._up_at = asyncio.get_running_loop().time()
        _log.info("ami link up", pbx=self._config.pbx, version=self.state.version)

    # --- what Protocol calls ------------------------------------------------------------

    def _heard(self, message: Message) -> None:
        """Take a live event."""
        if message["Event"] == _BOOTED:
            self._stale.set()  # what was loaded after the last snapshot is not in it
            return
        try:
            event = translate(message, self._config.pbx, written_at(message, _now()))
        except BadMessage:
            self.state.traffic.refuse(Refused.CONTENT)
            return
        if event is None:
            return
        if self._held is None:
            self._put(event)
        else:
            self._held.append(event)

    def _lost(self, reason: str) -> None:
        """Take note that the connection ended; `Protocol` then fails what is unanswered."""
        self._connection = None
        held, self._held = self._held, None
        if not self.state.up:
            return
        for event in held or ():
            self._put(event)
        self.state.up = False
        self.state.since = _now()
        self.state.last_error = reason
        self._lasted = asyncio.get_running_loop().time() - self._up_at
        _log.warning("ami link down", pbx=self._config.pbx, reason=reason)
        self._put(LinkDown(self.state.since, self._config.pbx))

    # --- effects ------------------------------------------------------------------------

    def _settle(self, sent: _Sent, failure: str | None) -> None:
        """Take note that an effect was carried out, or why not."""
        if isinstance(sent.effect, Beat) and failure is None:
            self._unheard_until = 0.0
        if self._unanswered.pop(sent, None) is not None and failure is not None:
            self._fail(sent.effect, failure)
        if self._quiet is not None and not self._unanswered:
            self._quiet.set()

    def _fail(self, effect: Action, reason: str) -> None:
        self.state.actions_failed += 1
        self._put(ActionFailed(_now(), self._config.pbx, effect, reason))

    def _expire(self) -> None:
        """Fail what has waited too long, and look again when the next one will have."""
        self._timer = None
        loop = asyncio.get_running_loop()
        for sent, deadline in list(self._unanswered.items()):
            if deadline > loop.time():
                self._timer = loop.call_at(deadline, self._expire)
                return
            self.state.actions_timed_out += 1
            sent.give_up(f"Asterisk did not answer within {self._config.action_timeout:g} s")

    # --- the rest -----------------------------------------------------------------------

    def _note(self, error: str) -> None:
        """Keep why the link is down; log it when it is news."""
        if error != self.state.last_error:
            _log.error("ami link cannot be kept", pbx=self._config.pbx, error=error)
        self.state.last_error = error

    @contextmanager
    def _recording(self) -> Iterator[Callable[[str], None] | None]:
        path = self._config.record
        if path is None:
            yield None
            return
        try:
            recorder = Recorder(path)
        except OSError as error:
            _log.error("not recording", path=str(path), error=str(error))
            yield None
            return
        with recorder:
            yield recorder.write


class _Sent:
    """An effect whose actions were sent; tells `settle` when all succeeded or one did not."""

    __slots__ = ("_answers", "_protocol", "_settle", "action_ids", "effect")

    def __init__(
        self, effect: Action, protocol: Protocol, settle: Callable[[_Sent, str | None], None]
    ) -> None:
        self.effect = effect
        self.action_ids: tuple[str, ...] = ()
        self._answers = 0
        self._protocol = protocol
        self._settle = settle

    def answered(self, messages: list[Message]) -> None:
        """Take the answer to one of its actions."""
        if not messages:
            self.give_up("the link was lost before Asterisk answered")
        elif messages[0].get("Response") not in _SUCCESS:
            self.give_up(messages[0].get("Message") or "Asterisk refused, and gave no reason")
        else:
            self._answers += 1
            if self._answers == len(self.action_ids):
                self._settle(self, None)

    def give_up(self, reason: str) -> None:
        """Wait no longer."""
        self._protocol.forget(self.action_ids)
        self._settle(self, reason)


def _now() -> Instant:
    return Instant(time.time())
