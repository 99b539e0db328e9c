"""How many events a second are read: panoramisk's protocol class beside ours, in one run.

``python -m bench.parse`` prints a table. Both read the same bytes in the same pieces, turn
about, and hand every message to one function. The best round of each counts, by the CPU's
clock, since others may use the machine. The events are those that calls make with the
shipped filters (an arrival, a seat that rings, answers and is free again), each of 19
headers and 423 bytes; `mix` puts nine unwanted ones before each wanted one, as without the
filters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from sip112.ami.protocol import EventReader, Message, Protocol, Traffic
from sip112.ami.translate import EVENTS

EVENTS_IN_ALL: Final = 200_000
HEADERS: Final = 19
SIZE: Final = 423
"""Bytes of one event, blank line included."""
SEATS: Final = tuple(f"seat-{number:02d}" for number in range(1, 11))
"""Seats that the calls ring, one after the other."""
CHUNK: Final = 65_536
"""Bytes handed over at once, about what one read of a busy socket gives."""
ROUNDS: Final = 10
START: Final = 1_700_000_000
"""When the first call arrives, seconds since 1970."""

Feed = Callable[[bytes], None]
Consume = Callable[[Message], None]


def calls() -> Iterator[bytes]:
    """Yield the events of one call after the other, for ever."""
    number = 0
    while True:
        at, seat = START + number, SEATS[number % len(SEATS)]
        uniqueid, channel = f"{at}.{number}", f"PJSIP/carrier-{number:08x}"
        note = (
            f"centre=PKY&arrived={at}.100&number=0812555{number % 10_000:04d}&name=Warga"
            "&dialled=112&trunk=carrier&priority=0&skills=&location=&raw="
        )
        over = f"ended={at}.900&cause=16&by=&answered={at}.500&seat=PJSIP/{seat}-{number:08x}"
        leg = {"Uniqueid": uniqueid, "DestChannel": f"PJSIP/{seat}-{number:08x}"}
        own = {"Channel": channel, "Uniqueid": uniqueid}
        yield _event("UserEvent", at, own | {"UserEvent": "Sip112Arrival", "Note": note})
        yield _event("DialBegin", at, leg)
        yield _member(at, seat, "6")
        yield _event("DialEnd", at, leg | {"DialStatus": "ANSWER"})
        yield _member(at, seat, "2")
        yield _event("UserEvent", at, own | {"UserEvent": "Sip112End", "Note": over})
        yield _member(at, seat, "1")
        number += 1


def mix() -> Iterator[bytes]:
    """Yield the same with nine events before each that nobody wants, for ever."""
    for event in calls():
        for priority in range(9):
            extension = {"Channel": "PJSIP/carrier-00000001", "Uniqueid": f"{START}.1"}
            yield _event("Newexten", START, extension | {"Priority": str(priority)})
        yield event


def chunks(events: Iterator[bytes], count: int) -> list[bytes]:
    """Return the next `count` of `events` as a socket would give them."""
    data = b"".join(next(events) for _ in range(count))
    return [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]


def measure(
    events: int = EVENTS_IN_ALL,
    source: Callable[[], Iterator[bytes]] = calls,
    consume: Consume | None = None,
) -> dict[str, float]:
    """Return events per second of each class and their ratio.

    Args:
        events: how many in all.
        source: what they are, `calls` or `mix`.
        consume: also measure our class with this function behind it, such as `translate`
            and the desk; each of its calls gets one wanted event as `ami.link` does.
    """
    heard = [0, 0]

    def count_theirs(_manager: Manager, _message: object) -> None:
        heard[0] += 1

    def count_ours(_message: Message) -> None:
        heard[1] += 1

    feeds: dict[str, Feed] = {"panoramisk": _panoramisk(count_theirs), "ours": _ours(count_ours)}
    if consume is not None:
        feeds["pipeline"] = _ours(consume)
    spent = dict.fromkeys(feeds, float("inf"))
    stream = source()
    for _ in range(ROUNDS):
        data = chunks(stream, events // ROUNDS)
        for name, feed in feeds.items():
            start = time.process_time()
            for chunk in data:
                feed(chunk)
            spent[name] = min(spent[name], time.process_time() - start)
    done = events // ROUNDS * ROUNDS
    wanted = done if source is calls else done // 10
    if heard != [done, wanted]:
        raise RuntimeError(f"{done} events, {wanted} of them wanted, were read as {heard}")
    result = {f"{name}_per_s": events // ROUNDS / seconds for name, seconds in spent.items()}
    result["parse_ratio"] = spent["panoramisk"] / spent["ours"]
    if consume is not None:
        result["pipeline_ratio"] = spent["panoramisk"] / spent["pipeline"]
    return result


def _panoramisk(callback: Callable[[Manager, Any], None]) -> Feed:
    """Return what feeds panoramisk's protocol class, set up as its Manager does."""
    manager = Manager()
    manager.register_event("*", callback)
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory = manager
    protocol.encoding = "utf8"
    protocol.version = "11.0.0"
    feed: Feed = protocol.data_received
    return feed


def _ours(consume: Consume) -> Feed:
    """Return what feeds our protocol class."""
    protocol = Protocol(EventReader(EVENTS), consume, lambda _: None, Traffic())
    protocol.data_received(b"Asterisk Call Manager/11.0.0\r\n")
    return protocol.data_received


def _member(at: int, seat: str, status: str) -> bytes:
    return _event(
        "QueueMemberStatus",
        at,
        {
            "Queue": "sip112-PKY",
            "MemberName": f"agent-{seat}",
            "Interface": f"PJSIP/{seat}",
            "Status": status,
            "Paused": "1",
            "PausedReason": "sip112",
        },
    )


def _event(name: str, at: int, headers: dict[str, str]) -> bytes:
    """Return an event with `headers`, and others that nobody wants, up to the usual size."""
    lines = [f"Event: {name}", "Privilege: call,all", f"Timestamp: {at}.123456"]
    fill = [f"Other{number}: x" for number in range(HEADERS - len(lines) - len(headers))]
    lines += [*fill[::2], *(f"{header}: {value}" for header, value in headers.items()), *fill[1::2]]
    missing = SIZE - len("\r\n".join(lines)) - len("\r\n\r\n")
    lines[3] += "x" * missing
    event = ("\r\n".join(lines) + "\r\n\r\n").encode()
    if len(event) != SIZE:
        raise ValueError(f"{name} has {len(event)} bytes and not {SIZE}")
    return event


def main() -> None:
    """Print what is measured."""
    print(f"{EVENTS_IN_ALL} events of {HEADERS} headers, {SIZE} bytes each")
    for label, source in (("all wanted", calls), ("one in ten wanted", mix)):
        found = measure(source=source)
        theirs, ours = found["panoramisk_per_s"], found["ours_per_s"]
        print(
            f"{label:18} panoramisk {theirs:9,.0f}/s   sip112 {ours:9,.0f}/s"
            f"   {found['parse_ratio']:5.1f} times"
        )


if __name__ == "__main__":
    main()
