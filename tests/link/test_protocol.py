"""The protocol class by itself: cutting, choosing, refusing, bounding. No connection needed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.ami.protocol import (
    EventReader,
    Malformed,
    Message,
    Protocol,
    Refused,
    Traffic,
    parse,
    written_at,
)
from sip112.routing.ids import Instant

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
WANTED = {"Inert": frozenset({"Uniqueid", "Name", "Timestamp"}), "Other": frozenset({"Uniqueid"})}
HEAD = "Event: Inert\r\nPrivilege: user,all"


class Heard:
    """A protocol and all that came out of it."""

    def __init__(self, limit: int = 1 << 20) -> None:
        self.events: list[Message] = []
        self.ends: list[str] = []
        self.traffic = Traffic()
        self.protocol = Protocol(
            EventReader(WANTED), self.events.append, self.ends.append, self.traffic, limit=limit
        )

    def feed(self, *chunks: bytes | str) -> Heard:
        """Take bytes as the network would bring them."""
        for chunk in chunks:
            self.protocol.data_received(chunk if isinstance(chunk, bytes) else chunk.encode())
        return self


STREAM = (
    f"{HEAD}\r\nUniqueid: 1.1\r\nName: Siti 你好\r\n\r\n"
    "Event: Unwanted\r\nPrivilege: call,all\r\nUniqueid: 1.2\r\n\r\n"
    f"{HEAD}\r\nUniqueid: 1.3\r\nName: \r\n\r\n"
).encode()
EXPECTED = [
    {"Event": "Inert", "Uniqueid": "1.1", "Name": "Siti 你好"},
    {"Event": "Inert", "Uniqueid": "1.3", "Name": ""},
]


def test_a_stream_cut_in_two_anywhere_reads_the_same() -> None:
    """Banner, characters, headers and blank lines may all be split."""
    whole = BANNER + STREAM
    for cut in range(len(whole) + 1):
        heard = Heard().feed(whole[:cut], whole[cut:])
        assert heard.events == EXPECTED, f"cut at {cut}"
        assert heard.protocol.version == "11.0.0"
        assert dict(heard.traffic.dropped) == {"Unwanted": 1}
        assert heard.traffic.received_bytes == len(whole)


@given(st.lists(st.integers(1, 40)))
def test_a_stream_in_any_pieces_reads_the_same(sizes: list[int]) -> None:
    """However many pieces there are."""
    whole, heard = BANNER + STREAM, Heard()
    for size in [*sizes, len(whole)]:
        heard.feed(whole[:size])
        whole = whole[size:]
    assert heard.events == EXPECTED


@given(st.binary(max_size=2000))
def test_nothing_that_comes_in_raises(data: bytes) -> None:
    """Any bytes at all are read, dropped, refused, or end the connection."""
    Heard().feed(BANNER, data, b"\r\n\r\n", data)


@given(st.binary(max_size=200))
def test_a_header_cannot_reach_into_the_next_message(data: bytes) -> None:
    """After the next blank line all is well again, whatever came before it."""
    heard = Heard().feed(BANNER, data, b"\r\n\r\n\r\n\r\n", STREAM)
    assert heard.events[-2:] == EXPECTED


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("Uniqueid: 1.1", Refused.NO_KIND),
        ("Uniqueid: 1.1\r\nEvent: Inert\r\nPrivilege: user,all", Refused.NO_KIND),
        (" Event: Inert\r\nPrivilege: user,all", Refused.NO_KIND),
        ("event: Inert\r\nPrivilege: user,all", Refused.NO_KIND),
        ("\nEvent: Inert\r\nPrivilege: user,all", Refused.NO_KIND),
        ("Event: Inert", Refused.NO_PRIVILEGE),
        ("Event: Inert\r\nUniqueid: 1.1", Refused.NO_PRIVILEGE),
        ("Event: Inert\r\nUniqueid: 1.1\r\nPrivilege: user,all", Refused.NO_PRIVILEGE),
        (f"{HEAD}\r\nUniqueid: 1.1\r\nUniqueid: 1.1", Refused.DUPLICATE),
        (f"{HEAD}\r\nUniqueid: 1.1\r\nName: x\r\nUniqueid: 1.2", Refused.DUPLICATE),
        (f"{HEAD}\r\nUniqueid: 1.1\r\nEvent: Other", Refused.DUPLICATE),
        (f"{HEAD}\r\nUniqueid: 1.1\r\nEvent: Inert", Refused.DUPLICATE),
        ("Response: Success", Refused.UNASKED),
        ("Response: Success\r\nActionID: 1", Refused.UNASKED),
        ("Response: Success\r\nActionID: a\r\nActionID: b", Refused.DUPLICATE),
    ],
)
def test_a_message_that_asterisk_does_not_write_is_refused(block: str, why: Refused) -> None:
    """It is counted by kind and handed to nobody; what follows is read as ever."""
    heard = Heard().feed(BANNER, block, "\r\n\r\n", STREAM)
    assert heard.events == EXPECTED
    assert dict(heard.traffic.refused) == {why: 1}
    assert heard.ends == []


def test_a_message_that_a_value_broke_in_two_is_seen() -> None:
    """The halves of an event around an inert forged one: one cannot stand, none names a victim."""
    broken = (
        f"{HEAD}\r\nName: x\r\n\r\n"
        "Event: Nothing\r\nUniqueid: 9.9\r\n\r\n"
        "ConnectedLineNum: 1\r\nUniqueid: 1.1\r\n\r\n"
    )
    heard = Heard().feed(BANNER, broken)
    assert heard.events == [{"Event": "Inert", "Name": "x"}]
    assert dict(heard.traffic.refused) == {Refused.NO_KIND: 1}
    assert dict(heard.traffic.dropped) == {"Nothing": 1}


def test_headers_that_nobody_wants_may_stand_twice() -> None:
    """Channel variables do, and nothing is read from them."""
    heard = Heard().feed(BANNER, f"{HEAD}\r\nChanVariable: a=1\r\nChanVariable: b=2\r\n\r\n")
    assert heard.events == [{"Event": "Inert"}]


def test_a_wanted_header_inside_a_value_is_not_a_header() -> None:
    """Only the start of a line begins a header."""
    heard = Heard().feed(BANNER, f"{HEAD}\r\nName: Uniqueid: 9\r\nX: Name: y\nUniqueid: 8\r\n\r\n")
    assert heard.events == [{"Event": "Inert", "Name": "Uniqueid: 9"}]


def test_invalid_utf8_is_replaced_and_spoils_nothing_else() -> None:
    """A byte that is no character becomes one replacement character."""
    heard = Heard().feed(BANNER, HEAD, b"\r\nName: a\xff\xc3b\r\nUniqueid: 1.1\r\n\r\n")
    assert heard.events == [{"Event": "Inert", "Name": "a\ufffd\ufffdb", "Uniqueid": "1.1"}]


def test_a_line_too_many_between_messages_is_skipped() -> None:
    """Asterisk ends some of its answers with more than one blank line."""
    heard = Heard().feed(BANNER, b"\r\n\r\n\r\n", STREAM, b"\r\n", STREAM)
    assert heard.events == EXPECTED * 2
    assert not heard.traffic.refused


def test_a_hundred_megabytes_without_an_end_are_not_kept() -> None:
    """The connection is given up at the limit, the buffer freed, and the rest not looked at."""
    heard = Heard().feed(BANNER)
    chunk = b"x" * 65536
    for _ in range(1600):
        heard.feed(chunk)
        assert len(heard.protocol._buffer) <= (1 << 20) + len(chunk)
    assert heard.ends == [heard.protocol.reason]
    assert "did not end within 1048576 bytes" in heard.protocol.reason
    assert heard.protocol._buffer == b""
    assert dict(heard.traffic.refused) == {Refused.TOO_LONG: 1}


def test_a_long_message_in_small_pieces_costs_linear_time() -> None:
    """A megabyte in pieces of 16 bytes is not searched from its start each time."""
    heard = Heard(limit=2 << 20).feed(BANNER, f"{HEAD}\r\nName: ")
    start = time.process_time()
    for _ in range(1 << 16):
        heard.feed(b"x" * 16)
    heard.feed("\r\n\r\n")
    assert time.process_time() - start < 1.5
    assert len(heard.events[0]["Name"]) == 1 << 20


@pytest.mark.parametrize(
    "banner",
    [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"A" * 100, b"\r\n"],
)
def test_another_servers_greeting_is_told_apart(banner: bytes) -> None:
    """What does not begin as Asterisk's manager does is named in the error."""
    heard = Heard().feed(banner)
    assert "not Asterisk's manager" in heard.ends[0]
    assert heard.protocol.version is None
    assert heard.protocol.greeted.is_set()


def test_a_banner_without_an_end_is_bounded() -> None:
    """A first line that goes on for ever is no banner."""
    heard = Heard().feed(BANNER.removesuffix(b"\r\n"), b"1" * 300)
    assert "not Asterisk's manager" in heard.ends[0]


def test_nothing_is_heard_after_the_end() -> None:
    """What stands in the buffer when the connection is closed is not told any more."""
    heard = Heard()
    heard.protocol._heard = lambda _: heard.protocol.close("enough")
    heard.feed(BANNER, STREAM * 3)
    assert heard.ends == ["enough"]
    assert heard.traffic.events == {"Inert": 1}


def test_names_of_dropped_events_do_not_add_up() -> None:
    """A thousand invented names do not become a thousand counters."""
    heard = Heard().feed(BANNER)
    for number in range(1000):
        heard.feed(f"Event: Invented{number}\r\nPrivilege: x\r\n\r\n")
    assert len(heard.traffic.dropped) == 101
    assert sum(heard.traffic.dropped.values()) == 1000


def test_parse_keeps_every_header() -> None:
    """Answers are read whole: empty headers, repeated variables, colons in values."""
    block = "Response: Success\r\nOutput: a: b\r\nOutput: \r\nOutput: c\r\nEmpty:\r\nActionID: 1"
    assert parse(block) == {
        "Response": "Success",
        "Output": "a: b\n\nc",
        "Empty": "",
        "ActionID": "1",
    }


@pytest.mark.parametrize("block", ["", "ActionID: 1", "Response: x\r\nA: 1\r\nA: 2"])
def test_parse_refuses_what_the_reader_refuses(block: str) -> None:
    """No kind, or a single-valued header twice."""
    with pytest.raises(Malformed):
        parse(block)


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "inf", "-1", "0", "1e12", "1.2.3"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    """A Timestamp is Asterisk's own and a number."""
    with pytest.raises(Malformed):
        written_at({"Timestamp": stamp}, Instant(5.0))


def test_a_message_without_a_time_has_that_of_its_receipt() -> None:
    """The PBX's clock counts where it is told, else ours."""
    assert written_at({"Timestamp": "1700000000.5"}, Instant(5.0)) == 1700000000.5
    assert written_at({}, Instant(5.0)) == 5.0
