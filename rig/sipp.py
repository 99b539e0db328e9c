"""Callers and seats for a rig: SIPp, driven from asyncio.

A caller or a seat is described by a small value (`Call`, `Answer`, `Silent`, `Reject`); SIPp
plays it, and says line by line what happened, with its own clock.  `Callers` and `Seats`
collect that as `CallerView`, `Invite` and `Message`, and let a test wait for a condition:

    async with Seats(rig, rig.seat_names[:3], Answer(after=0.2)) as seats:
        async with Callers(rig, [Call(number="08125550001", talk=2)]) as callers:
            await seats.until(lambda: seats.answered == 1, within=5)
            counts = await callers.finish(within=10)

Every SIPp process ends with its ``async with`` block, however that is left, and also when
the process that started it is killed.
"""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, assert_never

from rig import debian, lifecycle, network
from rig.config import fill
from rig.errors import RigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rig.state import Rig

SCENARIOS = Path(__file__).parent / "scenarios"

_FOREVER = 3600.0
_START_SECONDS = 10.0
_REGISTER_RATE = 200
_REFUSALS = (
    *(400, 401, 403, 404, 405, 406, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480, 481),
    *(482, 483, 484, 485, 486, 487, 488, 491, 493, 500, 501, 502, 503, 504, 505, 513),
    *(600, 603, 604, 606, 607, 608),
)
"""Final answers other than 200 that may come to an INVITE."""

_PHRASES = {480: "Temporarily Unavailable", 486: "Busy Here", 600: "Busy", 603: "Decline"}

_UNWRITTEN = re.compile(rb'[^A-Za-z0-9 .,:;@=<>/"+_-]')


class Front(Protocol):
    """What callers dial and phones register at: one Asterisk, or a proxy before several."""

    @property
    def dir(self) -> Path:
        """A directory for SIPp's own files."""

    @property
    def for_callers(self) -> tuple[str, int]:
        """Where callers send to."""

    @property
    def for_seats(self) -> tuple[str, int]:
        """Where phones register."""

    @property
    def trunk_host(self) -> str:
        """From where callers send."""

    @property
    def seat_host(self) -> str:
        """Where phones live."""

    @property
    def seat_secret(self) -> str:
        """Every phone's password."""

    @property
    def asterisks(self) -> Sequence[Rig]:
        """Who takes the calls and must know the phones."""


class Outcome(StrEnum):
    """How a call went, as the caller himself saw it."""

    WAITING = "waiting"
    """Not yet answered, nor ended."""
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """Gave up before there was an answer."""
    CROSSED = "crossed"
    """Gave up in the instant in which the answer came, and hung up on it."""
    REFUSED = "refused"
    LOST = "lost"
    """No answer to a request within 32 s, or one that makes no sense here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to place; times are seconds."""

    number: str = ""
    """Caller's number; empty for one who hides it."""
    name: str = ""
    dial: str = "112"
    delay: float = 0.0
    """From the start of the callers to the dialling of this one."""
    patience: float = 60.0
    """Without an answer for so long, the caller gives up."""
    talk: float = _FOREVER
    """From the answer until the caller hangs up, unless the other side does before."""
    hang_up_at: float = 0.0
    """From dialling until the caller hangs up, answered or not; decides alone when set."""
    from_header: str = ""
    """The From header as it is (name-addr, no tag), in place of number and name."""
    headers: tuple[str, ...] = ()
    """More headers of the INVITE, each a whole line."""

    def from_value(self, host: str) -> str:
        """Return what stands in the From header, but for the tag."""
        if self.from_header:
            return self.from_header
        if not self.number:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        name = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{name}" <sip:{self.number}@{host}>' if name else f"<sip:{self.number}@{host}>"


@dataclass(slots=True)
class CallerView:
    """What one caller saw; instants are seconds since 1970, 0 for what did not happen."""

    call: Call
    outcome: Outcome = Outcome.WAITING
    call_id: str = ""
    dialled_at: float = 0.0
    rang_at: float = 0.0
    """When the caller first heard it ring."""
    answered_at: float = 0.0
    """When Asterisk answered: a seat, or the queue with its announcement."""
    ended_at: float = 0.0
    ended_by: str = ""
    """``caller`` or ``pbx``."""
    code: int = 0
    """Status of the refusal."""


@dataclass(frozen=True, slots=True)
class Counts:
    """SIPp's own counts of callers, from its statistics and not from what it logged."""

    created: int = 0
    successful: int = 0
    """Went through the scenario to its end, whichever that was."""
    failed: int = 0
    retransmissions: int = 0
    answered: int = 0
    abandoned: int = 0
    crossed: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Counts(*(mine + theirs for mine, theirs in pairs))


@dataclass(frozen=True, slots=True)
class Answer:
    """A seat that answers `after` seconds and, if `talk` is given, then hangs up itself."""

    after: float = 0.3
    talk: float = _FOREVER


@dataclass(frozen=True, slots=True)
class Silent:
    """A seat that rings and never answers."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A seat that rejects with `code` after ringing `after` seconds."""

    code: int = 486
    after: float = 0.0


Behaviour = Answer | Silent | Reject


class Ring(StrEnum):
    """How an INVITE to a seat went, as the seat's phone saw it."""

    RINGING = "ringing"
    ANSWERED = "answered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(slots=True)
class Invite:
    """One INVITE that reached a seat; instants are seconds since 1970."""

    seat: str
    call_id: str
    at: float
    from_header: str
    call_info: str
    state: Ring = Ring.RINGING
    decided_at: float = 0.0
    """When it was answered, rejected or cancelled."""
    ended_at: float = 0.0
    """When an answered call ended."""
    ended_by: str = ""
    """``seat`` or ``pbx``."""

    @property
    def name(self) -> str:
        """Caller-ID name, which every phone shows."""
        return display_name(self.from_header)

    @property
    def number(self) -> str:
        """Caller-ID number."""
        found = re.search(r"sips?:([^@;>]*)@", self.from_header)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP MESSAGE that reached a seat; of its body, the first three lines."""

    seat: str
    call_id: str
    at: float
    from_header: str
    content_type: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One NOTIFY that reached a seat; of its body, the first line."""

    seat: str
    call_id: str
    at: float
    from_header: str
    event: str
    content_type: str
    length: int
    """What the header says of the body, bytes: as many as `body` has if it is all of it."""
    body: str


def display_name(header: str) -> str:
    """Return the display name in a From header, without its quotes."""
    if found := re.match(r'\s*"((?:[^"\\]|\\.)*)"', header):
        return re.sub(r"\\(.)", r"\1", found[1])
    return header.partition("<")[0].strip() if "<" in header else ""


def literal(text: str) -> str:
    """Return `text` so that a SIPp scenario sends it as it is, byte by byte."""
    return _UNWRITTEN.sub(lambda found: b"\\x%02x" % found[0][0], text.encode()).decode()


def parse_statistics(text: str) -> Counts:
    """Read the last line of a SIPp statistics file."""
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    if not rows:
        return Counts()
    last = rows[-1]
    names = (
        *("TotalCallCreated", "SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)"),
        *(f"GenericCounter{number}(C)" for number in (1, 2, 3, 4)),
    )
    return Counts(*(int(last.get(name) or 0) for name in names))


class _Sipp:
    """One SIPp process in a directory of its own, and the lines that its scenario logs.

    The log is a pipe, so that a line is here when it happens and nobody looks at a file
    again and again.
    """

    def __init__(
        self,
        front: Front,
        target: tuple[str, int],
        name: str,
        on_line: Callable[[float, list[str]], None],
    ) -> None:
        (front.dir / "sipp").mkdir(exist_ok=True)
        self.dir = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=front.dir / "sipp"))
        self._target = target
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._pipe = -1
        self._rest = b""

    async def start(
        self,
        host: str,
        port: int,
        scenario: str,
        *options: str,
        table: Iterable[Sequence[str]] = (),
    ) -> None:
        """Start SIPp at `host`:`port` with the text of a scenario and the lines of its CSV."""
        if shutil.which("sipp") is None:
            raise RigError(debian.advice("sipp"))
        (self.dir / "scenario.xml").write_text(scenario)
        (self.dir / "events").touch()
        lines = ["SEQUENTIAL", *(";".join(row) for row in table)]
        if len(lines) > 1:
            calls = self.dir / "calls.csv"
            calls.touch(mode=0o600)  # it may hold a secret
            calls.write_text("\n".join(lines) + "\n")
            options = ("-inf", "calls.csv", *options)
        os.mkfifo(self.dir / "log", 0o600)
        self._pipe = os.open(self.dir / "log", os.O_RDWR | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        arguments = (
            *(f"{self._target[0]}:{self._target[1]}", "-sf", "scenario.xml", *options),
            # ports for sound and for commands are not told: then SIPp itself takes the first
            # that are free (from 6000 and 8888 on), and one that is told it must have at once
            *("-i", host, "-p", str(port), "-mi", host, "-ci", host),
            *("-nostdin", "-aa", "-trace_logs", "-log_file", "log"),
            # every second: callers who are cut off have their count too
            *("-trace_stat", "-stf", "statistics.csv", "-fd", "1"),
            *("-trace_err", "-error_file", "errors"),
            # SIPp would end itself where the machine is slow; deadlines are ours
            *("-watchdog_minor_maxtriggers", "100000", "-watchdog_major_maxtriggers", "100000"),
        )
        with (self.dir / "output").open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "sipp", *arguments),
                cwd=self.dir,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=output,
            )

    @property
    def is_running(self) -> bool:
        """Tell whether SIPp is still there."""
        return self._process is not None and self._process.returncode is None

    async def ended(self) -> int:
        """Wait until SIPp has ended by itself, and return its exit code."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        self._read()
        return code

    def quit(self) -> None:
        """Begin no further call; SIPp ends when those in progress have."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)

    async def kill(self) -> None:
        """End SIPp at once; what it said until then is read."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._read()

    def counts(self) -> Counts:
        """Return SIPp's own counts; written once a second and when it ends."""
        path = self.dir / "statistics.csv"
        return parse_statistics(path.read_text()) if path.exists() else Counts()

    def complaint(self) -> str:
        """Return what SIPp said was wrong."""
        for name in ("errors", "output"):
            path = self.dir / name
            if path.exists() and (text := path.read_text(errors="replace").strip()):
                return f"{text[-2000:]}\n(all of it in {self.dir})"
        return f"(nothing said; see {self.dir})"

    async def close(self) -> None:
        """End SIPp, if it has not ended by itself, and the reading of its log."""
        await self.kill()
        if self._pipe >= 0:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def _read(self) -> None:
        while self._pipe >= 0:
            try:
                chunk = os.read(self._pipe, 65536)
            except BlockingIOError:
                return
            with (self.dir / "events").open("ab") as kept:
                kept.write(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                # date, time, seconds since 1970, then what the scenario says
                words = line.decode(errors="replace").split(None, 3)
                if len(words) > 3:  # noqa: PLR2004 -- the three and the rest
                    self._on_line(float(words[2]), words[3].split(" ", 2))


class _Watched:
    """Something that changes, and on which a condition can be awaited."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def _note_change(self) -> None:
        self._changed.set()

    def _complaint(self) -> str:
        raise NotImplementedError

    async def until(self, condition: Callable[[], bool], *, within: float) -> None:
        """Wait until `condition` holds; TimeoutError says what was seen instead."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            message = f"not within {within} s; seen so far: {self._complaint()}"
            raise TimeoutError(message) from None


class Callers(_Watched):
    """Callers who dial into the rig's trunk, `rate` of them a second.

    Calls with a From header that needs it, or with headers of their own, are placed by a
    SIPp process beside the others; `rate` then holds within each process, and `Call.delay`
    counts from the start.
    """

    def __init__(
        self, front: Front, calls: Sequence[Call], *, rate: float = 10.0, name: str = "callers"
    ) -> None:
        super().__init__()
        self.views = [CallerView(call) for call in calls]
        self._tally = Counter({Outcome.WAITING: len(calls)})
        self._front = front
        self._rate = Fraction(rate).limit_denominator(1000)
        self._name = name
        self._processes: list[_Sipp] = []

    def count(self, outcome: Outcome) -> int:
        """Return how many calls went that way so far, as logged call by call."""
        return self._tally[outcome]

    @property
    def counts(self) -> Counts:
        """SIPp's own counts, once it has ended."""
        return sum((process.counts() for process in self._processes), Counts())

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    def stop(self) -> None:
        """Have nobody else dial; the calls in progress go on."""
        for process in self._processes:
            process.quit()

    async def cut_off(self) -> Counts:
        """End SIPp in the middle of its calls, and return its own counts."""
        for process in self._processes:
            await process.kill()
        return self.counts

    async def finish(self, *, within: float) -> Counts:
        """Wait until every call has ended, and return SIPp's own counts."""
        try:
            async with asyncio.timeout(within):
                for process in self._processes:
                    code = await process.ended()
                    if code not in {0, 1}:  # 1: a call failed, which the counts tell
                        message = f"SIPp ended with {code}: {process.complaint()}"
                        raise RigError(message)
        except TimeoutError:
            message = f"callers not done within {within} s; seen so far: {self._complaint()}"
            raise TimeoutError(message) from None
        return self.counts

    async def _start(self) -> None:
        host = self._front.trunk_host
        shapes: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for index, view in enumerate(self.views):
            value = view.call.from_value(host)
            plain = ";" not in value and value.isprintable()
            shapes.setdefault(("" if plain else value, view.call.headers), []).append(index)
        template = (SCENARIOS / "caller.xml").read_text()
        for (raw, headers), indexes in shapes.items():
            scenario = fill(
                template,
                {
                    "from": literal(raw) if raw else "[field1]",
                    "headers": "".join(f"{literal(header)}\n" for header in headers),
                    "refusals": "\n".join(_refusal(code) for code in _REFUSALS),
                },
            )
            process = _Sipp(self._front, self._front.for_callers, self._name, self._take)
            self._processes.append(process)
            await process.start(
                host,
                network.free_port(socket.SOCK_DGRAM, host),
                scenario,
                *("-m", str(len(indexes)), "-l", str(len(indexes))),
                *("-r", str(self._rate.numerator), "-rp", str(1000 * self._rate.denominator)),
                table=(self._row(index) for index in indexes),
            )

    def _row(self, index: int) -> tuple[str, ...]:
        call = self.views[index].call
        patience = call.hang_up_at or call.patience
        times = (call.delay, patience, call.talk, call.hang_up_at)
        value = call.from_value(self._front.trunk_host).replace(";", ",")
        return (str(index), value, call.dial, *map(_ms, times))

    def _take(self, at: float, words: list[str]) -> None:
        event, index, *more = words
        view = self.views[int(index)]
        before = view.outcome
        match event:
            case "dialled":
                view.dialled_at = at
                view.call_id = more[0]
            case "ringing":
                view.rang_at = view.rang_at or at
            case "answered":
                view.outcome = Outcome.ANSWERED
                view.answered_at = at
            case "abandoned" | "crossed" | "lost":
                view.outcome = Outcome(event)
                view.ended_at, view.ended_by = at, "caller"
            case "refused":
                view.outcome = Outcome.REFUSED
                view.code = int(more[0])
                view.ended_at, view.ended_by = at, "pbx"
            case "hung_up":
                view.ended_at, view.ended_by = at, more[0]
        self._tally[before] -= 1
        self._tally[view.outcome] += 1
        self._note_change()

    def _complaint(self) -> str:
        return _told(self._tally)

    async def _close(self) -> None:
        for process in self._processes:
            await process.close()


def _told(tally: Mapping[Outcome, int] | Mapping[Ring, int]) -> str:
    return str({kind.value: count for kind, count in tally.items() if count})


def _ms(seconds: float) -> str:
    return str(round(1000 * seconds))


def _refusal(code: int) -> str:
    return (
        f'<recv response="{code}" response_txn="invite" optional="global" next="refused">'
        '<action><ereg regexp="SIP/2.0 ([0-9]+)" search_in="msg" assign_to="status,code"/>'
        "</action></recv>"
    )


class Seats(_Watched):
    """Phones of `names` behind one port, registered, all of one behaviour."""

    def __init__(
        self,
        front: Front,
        names: Sequence[str],
        behaviour: Behaviour | None = None,
        *,
        registered: bool = True,
    ) -> None:
        super().__init__()
        self.names = tuple(names)
        self.behaviour = behaviour or Answer()
        self.port = 0
        """Where they answer."""
        self.invites: list[Invite] = []
        self.messages: list[Message] = []
        self.notices: list[Notice] = []
        self._front = front
        self._register_at_start = registered
        self._registered: set[str] = set()
        self._process: _Sipp | None = None
        self._tally: Counter[Ring] = Counter()
        self._heads: dict[str, dict[str, list[str]]] = {}
        self._by_call_id: dict[str, Invite] = {}

    def count(self, state: Ring) -> int:
        """Return how many INVITEs went that way so far."""
        return self._tally[state]

    @property
    def answered(self) -> int:
        """How many calls these seats have answered."""
        return self.count(Ring.ANSWERED)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
            if self._register_at_start:
                await self.register()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._registered and any(lifecycle.status(rig.dir) for rig in self._front.asterisks):
                await self.unregister(sorted(self._registered))
        finally:
            await self._close()

    async def register(self, names: Iterable[str] | None = None) -> None:
        """Register seats, all of them if none are named, and wait until they are reachable."""
        wanted = list(names or self.names)
        contact = f"{self._front.seat_host}:{self.port}"
        await register(self._front, wanted, contact)
        self._registered |= set(wanted)
        await _reachable(self._front, wanted, contact)

    async def unregister(self, names: Iterable[str] | None = None) -> None:
        """Unregister seats, all of them if none are named."""
        wanted = list(names or self.names)
        await register(self._front, wanted, f"{self._front.seat_host}:{self.port}", expires=0)
        self._registered -= set(wanted)

    async def vanish(self) -> None:
        """Have the phones be gone at once, with nothing said to anyone (power cut)."""
        self._registered.clear()
        if self._process is not None:
            await self._process.kill()

    async def _start(self) -> None:
        ring, talk, status = 0.0, 0.0, "200 OK"
        match self.behaviour:
            case Answer(ring, talk):
                then = "answer"
            case Silent():
                then = "never"
            case Reject(code, ring):
                then = "reject"
                status = f"{code} {_PHRASES.get(code, 'No')}"
            case _:
                assert_never(self.behaviour)
        host = self._front.seat_host
        self.port = network.free_port(socket.SOCK_DGRAM, host)
        self._process = _Sipp(self._front, self._front.for_seats, f"seats-{then}", self._take)
        filling = {"then": then, "ring": _ms(ring), "talk": _ms(talk), "status": status}
        scenario = fill((SCENARIOS / "seat.xml").read_text(), filling)
        await self._process.start(host, self.port, scenario)
        await _eventually(
            lambda: network.sip_answers(host, host, self.port),
            within=_START_SECONDS,
            alive=lambda: self._process is not None and self._process.is_running,
            complaint=self._process.complaint,
        )

    def _take(self, at: float, words: list[str]) -> None:
        event, call_id, value = (*words, "")[:3]
        match event:
            case "from" | "call-info" | "event" | "content-type" | "content-length" | "body":
                self._heads.setdefault(call_id, {}).setdefault(event, []).append(value.strip())
                return
            case "invite":
                heads = self._heads.pop(call_id)
                invite = Invite(value, call_id, at, heads["from"][0], heads["call-info"][0])
                self.invites.append(invite)
                self._tally[Ring.RINGING] += 1
                self._by_call_id[call_id] = invite
            case "message":
                heads = self._heads.pop(call_id)
                body = tuple(line for line in heads["body"] if line)
                source, kind = heads["from"][0], heads["content-type"][0]
                self.messages.append(Message(value, call_id, at, source, kind, body))
            case "notify":
                heads = self._heads.pop(call_id)
                kinds = ("from", "event", "content-type", "content-length", "body")
                source, package, kind, length, text = (heads[each][0] for each in kinds)
                self.notices.append(
                    Notice(value, call_id, at, source, package, kind, int(length), text)
                )
            case _ if call_id not in self._by_call_id:
                return  # the end of a call that came before this process
            case "ended":
                invite = self._by_call_id[call_id]
                invite.ended_at, invite.ended_by = at, value
            case _:
                invite = self._by_call_id[call_id]
                self._tally[invite.state] -= 1
                invite.state, invite.decided_at = Ring(event), at
                self._tally[invite.state] += 1
        self._note_change()

    def _complaint(self) -> str:
        return _told(self._tally)

    async def _close(self) -> None:
        if self._process is not None:
            await self._process.close()


async def register(
    front: Front, names: Sequence[str], contact: str, *, expires: int = 3600, within: float = 30.0
) -> None:
    """Register `names` at `contact` (host:port), or unregister them when `expires` is 0."""
    scenario = fill(
        (SCENARIOS / "register.xml").read_text(), {"contact": contact, "expires": str(expires)}
    )
    secret = front.seat_secret
    rows = [(name, f"[authentication username={name} password={secret}]") for name in names]
    name = "register" if expires else "unregister"
    process = _Sipp(front, front.for_seats, name, lambda _at, _words: None)
    try:
        count = str(len(rows))
        await process.start(
            front.seat_host,
            network.free_port(socket.SOCK_DGRAM, front.seat_host),
            scenario,
            *("-m", count, "-l", count, "-r", str(_REGISTER_RATE)),
            table=rows,
        )
        async with asyncio.timeout(within):
            code = await process.ended()
        if code:
            message = f"{count} seats could not register: {process.complaint()}"
            raise RigError(message)
    finally:
        await process.close()


async def _reachable(front: Front, names: Sequence[str], contact: str) -> None:
    """Wait until every Asterisk that is up has had an answer from all of `names` at `contact`."""

    def missing() -> list[str]:
        rigs = [rig for rig in front.asterisks if lifecycle.status(rig.dir)]
        return [name for rig in rigs for name in _missing(rig, names, contact)]

    await _eventually(
        lambda: not missing(),
        within=_START_SECONDS,
        alive=lambda: True,
        complaint=lambda: f"Asterisk cannot reach {', '.join(missing())}",
    )


def _missing(rig: Rig, names: Sequence[str], contact: str) -> list[str]:
    """Return those of `names` that `rig` has had no answer from at `contact`."""
    listing = lifecycle.asterisk(rig.dir, "pjsip show contacts")
    avail = {line.split()[1] for line in listing.splitlines() if " Avail " in line}
    return [name for name in names if f"{name}/sip:{name}@{contact}" not in avail]


async def _eventually(
    condition: Callable[[], bool],
    *,
    within: float,
    alive: Callable[[], bool],
    complaint: Callable[[], str],
) -> None:
    """Wait for something that does not tell, by asking again and again, in a thread."""
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(condition):
        if not alive() or time.monotonic() > deadline:
            raise RigError(await asyncio.to_thread(complaint))
        await asyncio.sleep(0.02)
