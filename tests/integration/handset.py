"""A telephone with a voice: it says one note, and one can ask which notes it hears.

SIPp's phones are silent. Where a test is about who hears whom, each of its phones says a note of
its own, and what Asterisk sends to it is searched for the notes of the others.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import struct
import time
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final

from rig import Rig, asking, sipp

RATE: Final = 8000
NOTES: Final = (500, 800, 1100, 1700)
"""Hertz. Each is a whole number of turns within `WINDOW`, so that none is heard in another."""
MICROPHONE: Final = 440
"""What the microphones of browsers hear in tests."""
WINDOW: Final = 1600
"""Samples that are searched, a fifth of a second."""

_PACKET: Final = 160
_EVERY_S: Final = _PACKET / RATE
_LOUDNESS: Final = 4000
_HEARD: Final = 400
"""A tenth of how loud a note is said: far more than the noise of the codec."""
_STALE_S: Final = 0.3
"""Without a packet for so long one hears nothing."""
_KEYS: Final = "0123456789*#"
"""In the order of the numbers that they have on the wire (RFC 4733)."""
_EVENT: Final = 101
"""The payload type of a key that is pressed."""
_HELD: Final = 5
"""For how many packets a key is held down; so many of sound are between two keys."""


def _encoded(sample: int) -> int:
    """Return a sample in PCMU (ITU-T G.711)."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32635) + 132
    exponent = size.bit_length() - 8
    return ~(sign | exponent << 4 | size >> (exponent + 3) & 0x0F) & 0xFF


def _decoded(byte: int) -> int:
    byte = ~byte & 0xFF
    size = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 0x07)) - 132
    return -size if byte & 0x80 else size


_DECODED: Final = tuple(_decoded(byte) for byte in range(256))


class Voice(asyncio.DatagramProtocol):
    """One end of a stream of RTP: it says `note`, or nothing, and hears what comes."""

    def __init__(self, note: int) -> None:
        self.note = note
        self.port = 0
        self._heard: deque[int] = deque(maxlen=WINDOW)
        self._heard_at = 0.0
        self._pressed: deque[tuple[int, bytes]] = deque()
        """Packets to send before sound: how many since the key went down, and what is in each."""
        self._transport: asyncio.DatagramTransport | None = None
        self._speaking: asyncio.Task[None] | None = None

    async def open(self, host: str) -> None:
        """Have a port at `host`, and hear what comes there."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """Be gone, with nothing said to anyone."""
        self.be_quiet()
        if self._transport is not None:
            self._transport.close()

    def speak_to(self, host: str, port: int) -> None:
        """Say the note there until told otherwise."""
        self.be_quiet()
        self._speaking = asyncio.create_task(self._speak((host, port)), name="voice")

    def be_quiet(self) -> None:
        """Say nothing more."""
        self._pressed.clear()
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    async def press(self, keys: str) -> None:
        """Press these keys, one after the other."""
        for key in keys:
            for n in range(_HELD + 3):  # that it was let go is told three times
                lifted = 0x80 if n >= _HELD else 0
                held = min(n + 1, _HELD) * _PACKET
                self._pressed.append((n, struct.pack("!BBH", _KEYS.index(key), lifted | 10, held)))
            self._pressed.extend([(0, b"")] * _HELD)
        await asking.until(lambda: not self._pressed, within=len(keys) + 1, every=0.02)

    def listen_anew(self) -> None:
        """Forget what was heard: what is heard next was said from now on."""
        self._heard.clear()

    def datagram_received(self, data: bytes, _: object) -> None:
        """Hear one packet of sound."""
        if data[1] & 0x7F == 0:  # PCMU; comfort noise and events are none
            self._heard.extend(_DECODED[byte] for byte in data[12:])
            self._heard_at = time.monotonic()

    def error_received(self, _: Exception) -> None:
        """Go on speaking where nobody listens any more."""

    def hears(self) -> set[int]:
        """Return which of `NOTES` and `MICROPHONE` are to be heard now."""
        if len(self._heard) < WINDOW or time.monotonic() - self._heard_at > _STALE_S:
            return set()
        return {note for note in (*NOTES, MICROPHONE) if strength(self._heard, note) > _HEARD}

    async def _speak(self, there: tuple[str, int]) -> None:
        assert self._transport is not None
        source, sequence = secrets.randbits(32), 0
        due = time.monotonic()
        while True:
            ago, body = self._pressed.popleft() if self._pressed else (0, b"")
            kind, ticks = _EVENT if body else 0, (sequence - ago) * _PACKET
            if not body:
                samples = (_said(self.note, ticks + n) for n in range(_PACKET))
                body = bytes(map(_encoded, samples))
            head = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, ticks & 0xFFFFFFFF, source)
            self._transport.sendto(head + body, there)
            sequence += 1
            due += _EVERY_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def _said(note: int, n: int) -> int:
    return round(_LOUDNESS * math.sin(2 * math.pi * note * n / RATE)) if note else 0


def strength(samples: Sequence[int], note: int) -> float:
    """Return how loud a note is in `samples` (Goertzel)."""
    twice = 2 * math.cos(2 * math.pi * note / RATE)
    one = two = 0.0
    for sample in samples:
        one, two = sample + twice * one - two, one
    power = one * one + two * two - twice * one * two
    return 2 * math.sqrt(max(0.0, power)) / len(samples)


class State(StrEnum):
    """What a handset does."""

    IDLE = "idle"
    RINGING = "ringing"
    """It is called, or calls."""
    TALKING = "talking"


class Handset(asyncio.DatagramProtocol):
    """A telephone that answers whatever comes, and says its note (SIP over UDP)."""

    def __init__(self, rig: Rig, user: str, note: int, *, picks_up: bool = True) -> None:
        self.user = user
        self.voice = Voice(note)
        self.state = State.IDLE
        self.picks_up = picks_up
        """Whether it answers at once; otherwise it rings until `answer`."""
        self.shown: list[str] = []
        """The From of each INVITE that came: what its display shows."""
        self._rig = rig
        self._host = ""
        self._port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._there = ("", 0)
        self._invite = ""
        """The INVITE of the call, as it came or as it was sent."""
        self._tag = secrets.token_hex(4)
        self._remote = ""
        """To whom requests of ours go within the call: the whole head of one."""

    async def open(self, host: str, there: tuple[str, int]) -> None:
        """Be at `host`, and speak SIP with `there`."""
        loop = asyncio.get_running_loop()
        self._host, self._there = host, there
        await self.voice.open(host)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._port = self._transport.get_extra_info("sockname")[1]

    @property
    def contact(self) -> str:
        """Where it answers, host:port."""
        return f"{self._host}:{self._port}"

    def vanish(self) -> None:
        """Be gone at once, with nothing said to anyone (power cut)."""
        self.voice.close()
        if self._transport is not None:
            self._transport.close()

    def dial(self, number: str, *headers: str) -> None:
        """Call `number`, with further headers."""
        self._tag = secrets.token_hex(4)
        self.state = State.RINGING
        self._invite = _message(
            f"INVITE sip:{number}@{self._there[0]} SIP/2.0",
            *self._way(),
            f"From: <sip:{self.user}@{self._host}>;tag={self._tag}",
            f"To: <sip:{number}@{self._there[0]}>",
            f"Call-ID: {secrets.token_hex(8)}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{self.user}@{self.contact}>",
            *headers,
            body=self._sound(),
        )
        self._send(self._invite)

    def answer(self) -> None:
        """Pick up."""
        self._talk(self._invite)
        self._send(self._reply(self._invite, "200 OK", body=self._sound()))

    def hang_up(self) -> None:
        """Put the receiver down."""
        self._send(self._remote)
        self._rest()

    async def until(self, state: State, *, within: float = 10) -> None:
        """Wait until it is in that state."""
        await asking.until(
            lambda: self.state is state, within=within, seen=lambda: (self.user, self.state)
        )

    async def until_hears(self, *notes: int, within: float = 10) -> None:
        """Wait until it hears just these notes."""
        await asking.until(
            lambda: self.voice.hears() == set(notes),
            within=within,
            every=0.05,
            seen=lambda: f"{self.user} hears {sorted(self.voice.hears())}",
        )

    def datagram_received(self, data: bytes, _: object) -> None:
        """Take a message of SIP."""
        text = data.decode(errors="replace")
        match text.split(" ", 1)[0]:
            case "INVITE":
                if _header(text, "To").find("tag=") >= 0:  # of the call that there is
                    self._send(self._reply(text, "200 OK", body=self._sound()))
                    return
                self._invite = text
                self.shown.append(_header(text, "From"))
                self.state = State.RINGING
                self._send(self._reply(text, "180 Ringing"))
                if self.picks_up:
                    self.answer()
            case "CANCEL":
                self._send(self._reply(text, "200 OK"))
                self._send(self._reply(self._invite, "487 Request Terminated"))
                self._rest()
            case "BYE":
                self._send(self._reply(text, "200 OK"))
                self._rest()
            case "SIP/2.0" if "CSeq: 1 INVITE" in text:
                self._answered(text)
            case "ACK" | "SIP/2.0":
                pass
            case _:  # OPTIONS, NOTIFY, MESSAGE
                self._send(self._reply(text, "200 OK"))

    def error_received(self, _: Exception) -> None:
        """Go on where nobody listens any more."""

    # --- inside ----------------------------------------------------------------------------

    def _answered(self, text: str) -> None:
        """Take an answer to an INVITE of ours."""
        status = int(text.split(" ", 2)[1])
        if status < 200:
            return
        target = _uri(_header(text, "Contact") or _header(text, "To"))
        same = [f"{name}: {_header(text, name)}" for name in ("From", "To", "Call-ID")]
        self._send(_message(f"ACK {target} SIP/2.0", *self._way(), *same, "CSeq: 1 ACK"))
        if status >= 300:
            self._rest()
        elif self.state is not State.TALKING:
            self._remote = _message(f"BYE {target} SIP/2.0", *self._way(), *same, "CSeq: 2 BYE")
            self._listen(text)

    def _talk(self, invite: str) -> None:
        """Be in the call that `invite` began."""
        self._remote = _message(
            f"BYE {_uri(_header(invite, 'Contact'))} SIP/2.0",
            *self._way(),
            f"From: {_header(invite, 'To')};tag={self._tag}",
            f"To: {_header(invite, 'From')}",
            f"Call-ID: {_header(invite, 'Call-ID')}",
            "CSeq: 1 BYE",
        )
        self._listen(invite)

    def _listen(self, offered: str) -> None:
        host = re.search(r"^c=IN IP4 (\S+)", offered, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", offered, re.MULTILINE)
        assert host is not None
        assert port is not None
        self.state = State.TALKING
        self.voice.speak_to(host[1], int(port[1]))

    def _rest(self) -> None:
        self.voice.be_quiet()
        self.state = State.IDLE

    def _way(self) -> tuple[str, str]:
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        return f"Via: SIP/2.0/UDP {self.contact};branch={branch};rport", "Max-Forwards: 70"

    def _sound(self) -> str:
        lines = (
            "v=0",
            f"o=phone 1 1 IN IP4 {self._host}",
            "s=-",
            f"c=IN IP4 {self._host}",
            "t=0 0",
            f"m=audio {self.voice.port} RTP/AVP 0 {_EVENT}",
            "a=rtpmap:0 PCMU/8000",
            f"a=rtpmap:{_EVENT} telephone-event/8000",
        )
        return "".join(f"{line}\r\n" for line in lines)

    def _reply(self, request: str, status: str, *, body: str = "") -> str:
        to = _header(request, "To")
        tag = "" if "tag=" in to else f";tag={self._tag}"
        ways = re.findall(r"^Via: (.*)\r$", request, re.MULTILINE)
        return _message(
            f"SIP/2.0 {status}",
            *(f"Via: {way}" for way in ways),
            f"From: {_header(request, 'From')}",
            f"To: {to}{tag}",
            f"Call-ID: {_header(request, 'Call-ID')}",
            f"CSeq: {_header(request, 'CSeq')}",
            f"Contact: <sip:{self.user}@{self.contact}>",
            body=body,
        )

    def _send(self, message: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message.encode(), self._there)


def _message(*lines: str, body: str = "") -> str:
    kind = ("Content-Type: application/sdp",) if body else ()
    head = (*lines, *kind, f"Content-Length: {len(body)}", "")
    return "".join(f"{line}\r\n" for line in head) + body


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)\r$", message, re.MULTILINE)
    return found[1] if found else ""


def _uri(header: str) -> str:
    found = re.search(r"<([^>]*)>", header)
    return found[1] if found else header


@asynccontextmanager
async def handsets(
    rig: Rig, seats: Collection[tuple[str, int]], *, picks_up: bool = True
) -> AsyncIterator[dict[str, Handset]]:
    """Plug in a handset at each of `seats`, each with its note, and wait until all registered."""
    there = {name: Handset(rig, name, note, picks_up=picks_up) for name, note in seats}
    try:
        for name, handset in there.items():
            await handset.open(rig.seat_host, rig.for_seats)
            await sipp.register(rig, [name], handset.contact)
        yield there
        for name, handset in there.items():
            await sipp.register(rig, [name], handset.contact, expires=0)
    finally:
        for handset in there.values():
            handset.vanish()


@asynccontextmanager
async def caller(rig: Rig, number: str, note: int, *headers: str) -> AsyncIterator[Handset]:
    """Call 112 from `number`, until the end of the block."""
    phone = Handset(rig, number, note)
    await phone.open(rig.trunk_host, rig.for_callers)
    try:
        phone.dial("112", *headers)
        yield phone
        if phone.state is not State.IDLE:
            phone.hang_up()
    finally:
        phone.vanish()
