"""AMI on the wire: bytes in, messages out; actions in, bytes out. Imports no panoramisk.

`Protocol` is the class that `ami.link` hands to panoramisk's Manager (``protocol_factory``)
in place of panoramisk's own. It cuts the byte stream at blank lines and decodes only whole
messages, so that a character split over two reads is never lost. Of an event it looks at
the name first and drops what nobody wants before it spends anything else on it; of the rest
it reads only the wanted headers, with one regular expression per kind of event: faster than
splitting lines, than a search per header and than a lazy mapping (``bench/parse.py``).

It is also the place where forged messages are stopped. What a caller sends can reach AMI
unescaped and break a message in two, so a message counts only if its *first* header says
what it is; an event must have ``Privilege`` as its second, as Asterisk writes it; a wanted
header that stands twice spoils the message. Such messages are refused and counted, never
repaired. Answers are matched to what was asked by an ActionID that nobody outside can guess.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final, cast

import structlog

from sip112.routing.ids import Instant

Message = dict[str, str]
"""One AMI message: header name to value, each spelled as Asterisk spells it."""

_BANNER: Final = b"Asterisk Call Manager/"
_BANNER_LIMIT: Final = 256
_EOL: Final = "\r\n"
_BLANK: Final = "\r\n\r\n"
_END: Final = _BLANK.encode()
_EVENT: Final = "Event: "
_RESPONSE: Final = "Response: "
_PRIVILEGE: Final = "\r\nPrivilege: "
_ACTION_ID: Final = re.compile(r"\r\nActionID: ([^\r]*)")
_REPEATED: Final = frozenset({"Output", "Variable", "ChanVariable"})
"""Headers that Asterisk writes once per line or variable; joined by line feeds."""
_LATEST: Final = 1e11
"""Instants beyond it (the year 5138) are no times; nan and inf are none either."""
_NAMES_COUNTED: Final = 100
"""Event names that get a counter of their own; names come from outside and must not add up."""

_log = structlog.get_logger(__name__)


class Refused(StrEnum):
    """Why a message was not taken for what it says it is."""

    NO_KIND = "no_kind"
    """Its first header is neither Event nor Response."""
    NO_PRIVILEGE = "no_privilege"
    """An event whose second header is not Privilege: Asterisk does not write such."""
    DUPLICATE = "duplicate_header"
    """A header that stands once was there twice."""
    TOO_LONG = "too_long"
    """A message, or the list that answers an action, did not end within its bound."""
    UNASKED = "unasked_answer"
    """A response to an action that was never sent."""
    CONTENT = "content"
    """Well-formed, but not what Asterisk and our dialplan say (`translate.BadMessage`)."""


class Malformed(ValueError):  # noqa: N818 - the name says what the message is
    """A message that is refused; `kind` says why."""

    def __init__(self, kind: Refused) -> None:
        super().__init__(f"refused: {kind}")
        self.kind = kind


class InvalidAction(ValueError):  # noqa: N818 - the name says what the action is
    """An action that must not be sent: a value would be read as something else."""


@dataclass(slots=True)
class Traffic:
    """What has come in since the service started, over all connections."""

    received_bytes: int = 0
    events: Counter[str] = field(default_factory=Counter)
    """Handed on, by name."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Not wanted, by name: each is one for which an ``eventfilter`` line is missing."""
    refused: Counter[str] = field(default_factory=Counter)
    """Taken for hostile, by `Refused`."""
    late: int = 0
    """Answers that came after we had stopped waiting for them."""
    errors: int = 0
    """Messages lost to a fault of our own, each with a traceback in the log."""

    def refuse(self, kind: Refused) -> None:
        """Count a refused message, and log it unless a flood is on (1st, 10th, 100th, ...)."""
        self.refused[kind] += 1
        count = self.refused[kind]
        if count == 10 ** (len(str(count)) - 1):
            _log.warning("ami message refused", why=str(kind), count=count)

    def drop(self, name: str) -> None:
        """Count an event that nobody wants."""
        name = name[:80]
        known = name in self.dropped or len(self.dropped) < _NAMES_COUNTED
        self.dropped[name if known else "(other)"] += 1


def parse(block: str) -> Message:
    """Return all headers of one message, given without its blank line.

    Malformed if it has no kind, or a header twice that Asterisk writes once.
    """
    if not block.startswith((_EVENT, _RESPONSE)):
        raise Malformed(Refused.NO_KIND)
    message: Message = {}
    for line in block.split(_EOL):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name not in message:
            message[name] = value
        elif name in _REPEATED:
            message[name] += "\n" + value
        else:
            raise Malformed(Refused.DUPLICATE)
    return message


def written_at(message: Message, received: Instant) -> Instant:
    """Return when Asterisk wrote `message`, by its clock; if it does not say, `received`.

    Malformed if it says something that is no time.
    """
    stamp = message.get("Timestamp")
    if stamp is None:
        return received
    try:
        at = float(stamp)
    except ValueError:
        at = 0.0
    if not 0 < at < _LATEST:
        raise Malformed(Refused.CONTENT)
    return Instant(at)


class EventReader:
    """Reads the wanted headers of the wanted events, and nothing else."""

    def __init__(self, wanted: Mapping[str, frozenset[str]]) -> None:
        self._kinds = {_EVENT + name: (name, _finder(wanted[name])) for name in wanted}

    def read(self, block: str) -> Message | None:
        """Return the event's wanted headers and its name; None if it is not a wanted event.

        Malformed if it is not as Asterisk writes events.
        """
        # what stands before Privilege is the first line, or it is no event of Asterisk's
        first, privilege, rest = block.partition(_PRIVILEGE)
        kind = self._kinds.get(first)
        if kind is None or not privilege:
            if block.partition(_EOL)[0] in self._kinds:
                raise Malformed(Refused.NO_PRIVILEGE)
            return None
        name, find = kind
        headers = find(rest)
        message = {"Event": name}
        message.update(headers)
        if len(message) <= len(headers):
            raise Malformed(Refused.DUPLICATE)
        return message


def _finder(wanted: Iterable[str]) -> Callable[[str], list[tuple[str, str]]]:
    """Return what finds the wanted headers, and a second Event, behind the start of Privilege."""
    names = "|".join(re.escape(name) for name in sorted({*wanted, "Event"}))
    return re.compile(rf"\r\n({names}): ?([^\r]*)").findall


Answered = Callable[[list[Message]], None]
"""Called once with the answer to an action (for a list: response, items, completion), or
with an empty list if the connection ended without one."""


class _Asked:
    """An action that waits for its answer."""

    __slots__ = ("answered", "items", "size")

    def __init__(self, answered: Answered) -> None:
        self.answered = answered
        self.items: list[Message] | None = None
        """The list so far; None while it is not known to be one."""
        self.size = 0


class Protocol(asyncio.Protocol):
    """One AMI connection.

    Args:
        reader: which events to read, and what of them.
        heard: called with each wanted event, in order.
        ended: called once, when the connection ends, with the reason; before the actions
            that still wait are told.
        traffic: counts what comes in.
        tap: called with every message as it came, for recordings.
        limit: bytes of a message that does not end, before the connection is given up.
        list_limit: bytes of all items of one list.
    """

    def __init__(
        self,
        reader: EventReader,
        heard: Callable[[Message], None],
        ended: Callable[[str], None],
        traffic: Traffic,
        *,
        tap: Callable[[str], None] | None = None,
        limit: int = 1 << 20,
        list_limit: int = 64 << 20,
    ) -> None:
        self.version: str | None = None
        """AMI version of the banner; None until it came."""
        self.greeted = asyncio.Event()
        """Set when the banner came, or when it no longer can."""
        self.closed = asyncio.Event()
        self.reason = ""
        """Why it was closed."""
        self._reader = reader
        self._heard = heard
        self._ended = ended
        self._traffic = traffic
        self._tap = tap
        self._limit = limit
        self._list_limit = list_limit
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._unsent = bytearray()
        self._prefix = secrets.token_hex(4) + "-"
        self._serial = 0
        self._asked: dict[str, _Asked] = {}
        self._lists = 0
        """How many of them are lists that have begun."""
        self._open = True

    # --- what asyncio calls ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # a stream by construction; uvloop's is not a subclass, so that it cannot be asked
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the other side, or the network, ended it."""
        self.close(f"Asterisk closed the connection ({exc or 'end of stream'})")

    def data_received(self, data: bytes) -> None:
        """Cut what came into messages and hand each on. Nothing in here raises."""
        if not self._open:
            return
        self._traffic.received_bytes += len(data)
        if self.version is None:
            data = self._greet(data)
            if self.version is None:
                return
        buffer = self._buffer
        searched = max(0, len(buffer) - len(_END) + 1)
        buffer += data
        end = buffer.rfind(_END, searched)
        if end >= 0:
            # whole messages only, and no character can reach over the end of one
            text = buffer[: end + len(_END)].decode("utf-8", "replace")
            del buffer[: end + len(_END)]
            self._read_all(text.split(_BLANK))
        if len(buffer) > self._limit:
            self._traffic.refuse(Refused.TOO_LONG)
            self.close(
                f"a message did not end within {self._limit} bytes: what answers there is not"
                " Asterisk's manager, or it is broken",
                abort=True,
            )

    # --- what panoramisk's Manager calls ----------------------------------------------

    def send(
        self, action: Mapping[str, str], as_list: object = None
    ) -> asyncio.Future[list[Message]]:
        """Send one action; the future gets its answer, empty if the connection ends first.

        `as_list` is panoramisk's and without meaning here: an answer says itself whether it
        is a list. Cancelling the future forgets the action.
        """
        del as_list
        future: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        ids = self.post((action,), partial(_resolve, future))
        self.flush()
        future.add_done_callback(lambda _: self.forget(ids))
        return future

    def close(self, reason: str = "closed by us", *, abort: bool = False) -> None:
        """End the connection; what waits for an answer is told that none will come.

        With `abort` what is not sent yet is thrown away: a peer that takes nothing would
        keep the connection open for ever.
        """
        if not self._open:
            return
        self._open = False
        self.reason = reason
        self.closed.set()
        self.greeted.set()
        self._buffer.clear()
        self._unsent.clear()
        if self._transport is not None:
            self._transport.abort() if abort else self._transport.close()
        asked, self._asked = self._asked, {}
        self._ended(reason)
        for one in asked.values():
            one.answered([])

    # --- what the link calls ------------------------------------------------------------

    def post(self, actions: Iterable[Mapping[str, str]], answered: Answered) -> tuple[str, ...]:
        """Take `actions` for the next `flush`, and return their ActionIDs.

        `answered` is called for each. InvalidAction, and nothing of them is sent, if a value
        would be read as something else.
        """
        if not self._open or self._transport is None:
            raise InvalidAction("there is no connection")
        ids, texts = [], []
        for action in actions:
            self._serial += 1
            action_id = f"{self._prefix}{self._serial}"
            texts.append(_serialize(action, action_id))
            ids.append(action_id)
        try:
            data = "".join(texts).encode()
        except UnicodeEncodeError:
            raise InvalidAction("a value is not valid Unicode") from None
        for action_id in ids:
            self._asked[action_id] = _Asked(answered)
        self._unsent += data
        return tuple(ids)

    def flush(self) -> None:
        """Write what was taken, in one go: a write costs more than an action."""
        if self._unsent and self._transport is not None:
            self._transport.write(bytes(self._unsent))
            self._unsent.clear()

    def forget(self, action_ids: Iterable[str]) -> None:
        """Wait no longer for the answers to these actions."""
        for action_id in action_ids:
            self._take(action_id)

    # --- inside -------------------------------------------------------------------------

    def _greet(self, data: bytes) -> bytes:
        """Read the banner, a line of its own, and return what follows it."""
        self._buffer += data
        line, eol, rest = bytes(self._buffer).partition(b"\r\n")
        so_far = _BANNER if eol else _BANNER[: len(line)]
        if not line.startswith(so_far) or len(line) > _BANNER_LIMIT:
            self.close(
                f"what listens there is not Asterisk's manager (it began with {line[:60]!r}):"
                " check host and port",
                abort=True,
            )
        elif eol:
            self.version = line.removeprefix(_BANNER).decode("ascii", "replace").strip()
            self._buffer.clear()
            self.greeted.set()
            return rest
        return b""

    def _read_all(self, messages: Iterable[str]) -> None:
        """Read messages one by one; one that is refused or fails does not harm the next.

        Every event passes here, hence the local names and the few calls.
        """
        read, heard, count, tap = self._reader.read, self._heard, self._traffic.events, self._tap
        for message in messages:
            if not self._open:
                return
            block = message.removeprefix(_EOL)  # Asterisk ends some with one line too many
            try:
                if tap is not None and block:
                    tap(block)
                if self._lists and self._collect(block):
                    continue
                event = read(block)
                if event is None:
                    self._read_other(block)
                else:
                    count[event["Event"]] += 1
                    heard(event)
            except Malformed as error:
                self._traffic.refuse(error.kind)
            except Exception:  # noqa: BLE001 - a raise would make asyncio drop the connection
                self._traffic.errors += 1
                _log.exception("ami message lost to a fault of ours")

    def _read_other(self, block: str) -> None:
        """Read what is not a wanted event. Malformed if Asterisk does not write such."""
        if block.startswith(_EVENT):
            self._traffic.drop(block.partition(_EOL)[0].removeprefix(_EVENT))
        elif block.startswith(_RESPONSE):
            self._answer(parse(block))
        elif block:
            raise Malformed(Refused.NO_KIND)

    def _answer(self, message: Message) -> None:
        """Match a response to its action."""
        action_id = message.get("ActionID", "")
        asked = self._asked.get(action_id)
        if asked is None:
            number = action_id.removeprefix(self._prefix)
            if number == action_id or not number.isdecimal() or int(number) > self._serial:
                raise Malformed(Refused.UNASKED)
            self._traffic.late += 1
        elif message.get("EventList", "").lower() == "start":
            if asked.items is None:
                asked.items = [message]
                self._lists += 1
        else:
            self._take(action_id)
            asked.answered([message])

    def _collect(self, block: str) -> bool:
        """Add an event to the list that it belongs to; return whether it belongs to one."""
        found = _ACTION_ID.search(block) if block.startswith(_EVENT) else None
        action_id = found[1] if found else ""
        asked = self._asked.get(action_id)
        if asked is None or asked.items is None:
            return False
        asked.size += len(block)
        if asked.size > self._list_limit:
            self._traffic.refuse(Refused.TOO_LONG)
            self.close(f"a list did not end within {self._list_limit} bytes", abort=True)
            return True
        message = parse(block)
        asked.items.append(message)
        if message.get("EventList", "").lower() in {"complete", "cancelled"}:
            self._take(action_id)
            asked.answered(asked.items)
        return True

    def _take(self, action_id: str) -> None:
        asked = self._asked.pop(action_id, None)
        if asked is not None and asked.items is not None:
            self._lists -= 1


def _serialize(action: Mapping[str, str], action_id: str) -> str:
    """Return the action as it goes over the wire.

    Exactly its own line ends may stand in it, hence the counting: any other carriage return,
    line feed or NUL would begin a header, or an action, of somebody else's making.
    """
    lines = [f"{name}: {value}" for name, value in action.items()]
    lines.insert(1, f"ActionID: {action_id}")
    lines.append(_EOL)
    text = _EOL.join(lines)
    ends = len(lines)
    if text.count("\r") != ends or text.count("\n") != ends or "\0" in text:
        bad = [n for n, v in action.items() if set("\r\n\0") & {*n, *v}]
        raise InvalidAction(f"line break or NUL in {', '.join(map(repr, bad))}: not sent")
    return text


def _resolve(future: asyncio.Future[list[Message]], messages: list[Message]) -> None:
    if not future.done():
        future.set_result(messages)
