"""What Kamailio does with a message, byte by byte.

The carrier, a phone and two Asterisks are plain sockets here.  With real ones: test_pair.py.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pytest

from rig import RigError, debian, network
from rig.kamailio import Kamailio, Setup, proxied
from rig.progress import Progress
from rig.state import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KAMAILIO = "127.0.0.4"
CARRIER = "127.0.0.2"
PHONE = "127.0.0.3"
STRANGER = "127.0.0.9"
ASTERISK = "127.0.0.1"


def _is_possible_here() -> bool:
    try:
        debian.ensure(["kamailio"], Progress(quiet=True))
    except RigError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _is_possible_here(), reason="no Kamailio, and no apt-get")


class Peer:
    """A socket that speaks SIP, as bytes."""

    def __init__(self, host: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.host, self.port = self.socket.getsockname()
        self.answers_options = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: bytes, port: int) -> None:
        self.socket.sendto(message, (KAMAILIO, port))

    def receive(self, *, within: float = 5.0) -> bytes:
        """Return the next message; questions of Kamailio's own, whether it is there, apart."""
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                message, source = self.socket.recvfrom(65535)
            except TimeoutError:
                break
            if message.startswith(b"OPTIONS ") and b"<sip:kamailio@" in message:
                if self.answers_options:
                    self.socket.sendto(reply(message, "200 OK"), source)
                continue
            return message
        raise TimeoutError(f"nothing came to {self.host}:{self.port} within {within} s")

    def expect(self, start: str, *, within: float = 5.0) -> bytes:
        """Return the next message that begins so; what else comes is dropped."""
        deadline = time.monotonic() + within
        while True:
            message = self.receive(within=max(0.0, deadline - time.monotonic()))
            if message.startswith(start.encode()):
                return message

    def request(self, method: str, uri: str, **more: str) -> bytes:
        """Return a request of this peer's."""
        headers = {
            "Via": f"SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{time.monotonic_ns():x}",
            "From": f"<sip:08125550001@{self.host}>;tag=f",
            "To": f"<{uri}>",
            "Call-ID": f"{time.monotonic_ns():x}",
            "CSeq": f"1 {method}",
            "Contact": f"<sip:me@{self.host}:{self.port}>",
            "Max-Forwards": "70",
        } | {name.replace("_", "-"): value for name, value in more.items()}
        lines = [
            f"{method} {uri} SIP/2.0",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def reply(request: bytes, status: str, *more: str) -> bytes:
    """Return an answer to `request`, with more headers."""
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    kept = (b"via:", b"record-route:", b"from:", b"call-id:", b"cseq:")
    head = [line for line in lines if line.lower().startswith(kept)]
    (to,) = (line for line in lines if line.lower().startswith(b"to:"))
    tag = b"" if b";tag=" in to else b";tag=a"
    extra = [line.encode() for line in more]
    return b"\r\n".join(
        [f"SIP/2.0 {status}".encode(), *head, to + tag, *extra, b"Content-Length: 0", b"", b""]
    )


def header(message: bytes, name: str) -> list[bytes]:
    """Return the values of a header, as they are."""
    found = re.findall(rb"\r\n" + name.encode() + rb": ([^\r]*)", message)
    return list(found)


@dataclass(frozen=True, slots=True)
class Bench:
    """Kamailio between sockets."""

    kamailio: Kamailio
    first: Peer
    second: Peer
    carrier: Peer
    phone: Peer
    stranger: Peer

    @property
    def proxy(self) -> Proxy:
        return self.kamailio.setup.proxy

    def taken_by(self, *, within: float = 5.0) -> tuple[Peer, bytes]:
        """Return which Asterisk gets the next INVITE, and the INVITE."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for peer in (self.first, self.second):
                try:
                    return peer, peer.expect("INVITE", within=0.05)
                except TimeoutError:
                    continue
        raise TimeoutError("no Asterisk got an INVITE")


@asynccontextmanager
async def bench(directory: Path) -> AsyncIterator[Bench]:
    udp = socket.SOCK_DGRAM
    proxy = Proxy(
        host=KAMAILIO,
        trunk_port=network.free_port(udp, KAMAILIO),
        seat_port=network.free_port(udp, KAMAILIO),
    )
    with ExitStack() as stack:
        hosts = (ASTERISK, ASTERISK, CARRIER, PHONE, STRANGER)
        first, second, carrier, phone, stranger = (stack.enter_context(Peer(h)) for h in hosts)
        setup = Setup(
            proxy=proxy,
            asterisks=[(peer.host, peer.port) for peer in (first, second)],
            carrier=(carrier.host, carrier.port),
            passwords={"seat-01": "right", "seat-02": "other"},
        )
        async with proxied(directory, setup) as kamailio:
            yield Bench(kamailio, first, second, carrier, phone, stranger)


@pytest.fixture
async def wires(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("kamailio")) as found:
        yield found


async def test_nothing_of_it_is_left_running(wires: Bench) -> None:
    """It is a dozen processes; also when it is ended as soon as it answers."""
    for _ in range(3):
        assert wires.kamailio._process is not None
        group = wires.kamailio._process.pid
        os.killpg(group, 0)
        await wires.kamailio.stop()
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)
        await wires.kamailio.start()


FROM = (
    b'"=1+1 <script>" <sip:0812%0D%0AEvent%3A%20Inert%0D%0A@127.0.0.2>;tag=f',
    b'"\xff\xfe not UTF-8 \x1b[31m" <sip:08125550001@127.0.0.2>;tag=f',
    b'"a \\" <sip:110@x> \\\\" <sip:%30%38%31%32;isub=1@127.0.0.2;user=phone>;tag=f',
    b"<tel:+628125550001;phone-context=+62>;tag=f",
    b"<sip:seat-01@127.0.0.2>;tag=f",
    b"sip:127.0.0.2;tag=f",
)


async def test_what_a_caller_wrote_arrives_as_it_was(wires: Bench) -> None:
    """From, P-Asserted-Identity, Geolocation and the body: the very bytes, whatever they are."""
    for value in FROM:
        extra = {
            "P-Asserted-Identity": b"<sip:0812%00%0a@x>, >>><<<;;;",
            "Geolocation": b"<cid:\xff@here>",
        }
        body = b"<anything \x00\xff>"
        sent = wires.carrier.request("INVITE", f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}")
        sent = re.sub(rb"\r\nFrom: [^\r]*", lambda _: b"\r\nFrom: " + value, sent)  # noqa: B023
        lines = b"".join(b"%s: %s\r\n" % (k.encode(), v) for k, v in extra.items())
        sent = sent.replace(
            b"Content-Length: 0\r\n\r\n",
            lines + b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        )
        wires.carrier.send(sent, wires.proxy.trunk_port)
        peer, got = wires.taken_by()
        assert got.startswith(sent.split(b"\r\n")[0])
        for name in ("From", "To", "Call-ID", "CSeq", "Contact", *extra):
            assert header(got, name) == header(sent, name)
        assert got.endswith(b"\r\n\r\n" + body)
        peer.send(reply(got, "486 Busy Here"), wires.proxy.trunk_port)
        wires.carrier.expect("SIP/2.0 486")


async def test_calls_go_on_when_no_asterisk_answers_a_question(wires: Bench) -> None:
    """Questions only give an order: with all answers missing, a call is still tried."""
    deadline = time.monotonic() + 15
    while (await wires.kamailio.command("dispatcher.list")).count("FLAGS: IP") < 2:
        assert time.monotonic() < deadline, "both are still thought to be there"
    wires.carrier.send(
        wires.carrier.request("INVITE", f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"),
        wires.proxy.trunk_port,
    )
    peer, got = wires.taken_by()
    assert header(got, "Via")[0].startswith(f"SIP/2.0/UDP {KAMAILIO}:".encode())
    port = int(re.findall(rb":(\d+);", header(got, "Via")[0])[0])
    assert port == wires.proxy.trunk_port  # or Asterisk would not take it for the trunk's
    peer.send(reply(got, "486 Busy Here"), wires.proxy.trunk_port)
    wires.carrier.expect("SIP/2.0 486")


@pytest.mark.parametrize("refusal", ["503 Service Unavailable", "500 Server Error", ""])
async def test_a_call_goes_to_the_other_when_one_does_not_take_it(
    wires: Bench, refusal: str
) -> None:
    """One that refuses as a machine, or says nothing for 2 s; the caller sees neither."""
    sent = time.monotonic()
    wires.carrier.send(
        wires.carrier.request("INVITE", f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"),
        wires.proxy.trunk_port,
    )
    peer, got = wires.taken_by()
    other = wires.second if peer is wires.first else wires.first
    if refusal:
        peer.send(reply(got, refusal), wires.proxy.trunk_port)
    again = other.expect("INVITE", within=6)
    took = time.monotonic() - sent
    assert took < 1.5 if refusal else 1.5 < took < 4
    assert header(again, "Call-ID") == header(got, "Call-ID")
    contact = f"Contact: <sip:{other.host}:{other.port}>"
    other.send(reply(again, "200 OK", contact), wires.proxy.trunk_port)
    assert wires.carrier.expect("SIP/2.0 2").startswith(b"SIP/2.0 200")


async def test_an_asterisk_that_was_only_slow_is_told_that_the_call_has_gone(wires: Bench) -> None:
    """Else it would ring a seat for a caller whom the other has."""
    wires.carrier.send(
        wires.carrier.request("INVITE", f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"),
        wires.proxy.trunk_port,
    )
    slow, late = wires.taken_by()
    other = wires.second if slow is wires.first else wires.first
    again = other.expect("INVITE", within=6)
    contact = f"Contact: <sip:{other.host}:{other.port}>"
    other.send(reply(again, "180 Ringing", contact), wires.proxy.trunk_port)
    slow.send(reply(late, "100 Trying"), wires.proxy.trunk_port)
    cancel = slow.expect("CANCEL")
    assert header(cancel, "Via")[:1] == header(late, "Via")[:1]
    other.send(reply(again, "200 OK", contact), wires.proxy.trunk_port)
    wires.carrier.expect("SIP/2.0 200")


async def test_a_call_that_rings_goes_to_the_other_when_its_asterisk_dies(wires: Bench) -> None:
    """Within the time that it takes to see it; one that talks or has ended is left alone."""
    uri = f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"
    wires.carrier.send(wires.carrier.request("INVITE", uri), wires.proxy.trunk_port)
    peer, got = wires.taken_by()
    other = wires.second if peer is wires.first else wires.first
    peer.send(reply(got, "180 Ringing"), wires.proxy.trunk_port)
    wires.carrier.expect("SIP/2.0 180")
    died = time.monotonic()  # nobody reads this peer's socket any more
    again = other.expect("INVITE", within=8)
    assert 1 < time.monotonic() - died < 5
    assert header(again, "Call-ID") == header(got, "Call-ID")
    contact = f"Contact: <sip:{other.host}:{other.port}>"
    other.send(reply(again, "200 OK", contact), wires.proxy.trunk_port)
    wires.carrier.expect("SIP/2.0 200")
    assert (await wires.kamailio.command("htable.dump", "ringing")).strip() == ""


async def test_a_caller_who_is_refused_by_the_dialplan_is_refused(wires: Bench) -> None:
    """486 and its like are the centre's word: no other Asterisk is asked."""
    wires.carrier.send(
        wires.carrier.request("INVITE", f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"),
        wires.proxy.trunk_port,
    )
    peer, got = wires.taken_by()
    other = wires.second if peer is wires.first else wires.first
    peer.send(reply(got, "486 Busy Here"), wires.proxy.trunk_port)
    wires.carrier.expect("SIP/2.0 486")
    with pytest.raises(TimeoutError):
        other.expect("INVITE", within=1)


async def test_strangers_are_not_heard(wires: Bench) -> None:
    """A call from elsewhere than the carrier gets no answer, and reaches nobody."""
    uri = f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}"
    wires.stranger.send(wires.stranger.request("INVITE", uri), wires.proxy.trunk_port)
    with pytest.raises(TimeoutError):
        wires.taken_by(within=1)
    with pytest.raises(TimeoutError):
        wires.stranger.receive(within=0.5)


async def test_nothing_is_carried_between_strangers(wires: Bench) -> None:
    """A request with a To tag and a Route of ours is no way through to somewhere else."""
    request = wires.stranger.request(
        "INVITE",
        f"sip:x@{wires.phone.host}:{wires.phone.port}",
        To="<sip:x@example.invalid>;tag=t",
        Route=f"<sip:{KAMAILIO}:{wires.proxy.trunk_port};lr>",
    )
    wires.stranger.send(request, wires.proxy.trunk_port)
    wires.stranger.expect("SIP/2.0 403")
    with pytest.raises(TimeoutError):
        wires.phone.receive(within=0.5)


async def test_no_name_is_looked_up(wires: Bench) -> None:
    """A caller whose Contact is a name is reached where his INVITE came from."""
    request = wires.carrier.request(
        "INVITE",
        f"sip:112@{KAMAILIO}:{wires.proxy.trunk_port}",
        Contact="<sip:me@gateway.example.invalid>",
    )
    wires.carrier.send(request, wires.proxy.trunk_port)
    peer, got = wires.taken_by()
    contact = f"Contact: <sip:{peer.host}:{peer.port}>"
    peer.send(reply(got, "200 OK", contact), wires.proxy.trunk_port)
    answer = wires.carrier.expect("SIP/2.0 200")
    (target,) = re.findall(rb"<([^>]*)>", header(got, "Contact")[0])
    bye = peer.request(
        "BYE",
        target.decode(),
        From=f"{header(answer, 'To')[0].decode()}",
        To=f"{header(answer, 'From')[0].decode()}",
        Call_ID=header(answer, "Call-ID")[0].decode(),
        Route=header(answer, "Record-Route")[0].decode(),
    )
    began = time.monotonic()
    peer.send(bye, wires.proxy.trunk_port)
    assert b"BYE sip:me@gateway.example.invalid SIP/2.0" in wires.carrier.expect("BYE")
    assert time.monotonic() - began < 1

    # a phone that registered a name is not there
    options = peer.request(
        "OPTIONS",
        "sip:seat-01@phone.example.invalid",
        Route=f"<sip:{KAMAILIO}:{wires.proxy.seat_port};lr>",
    )
    peer.send(options, wires.proxy.seat_port)
    peer.expect("SIP/2.0 478", within=1)


async def test_an_asterisk_calls_out_through_the_carrier(wires: Bench) -> None:
    """As for the overflow number: the carrier gets it, from the port that it knows."""
    uri = f"sip:110@{KAMAILIO}:{wires.proxy.trunk_port}"
    wires.first.send(wires.first.request("INVITE", uri), wires.proxy.trunk_port)
    got = wires.carrier.expect(f"INVITE sip:110@{wires.carrier.host}:{wires.carrier.port} SIP/2.0")
    wires.carrier.send(reply(got, "486 Busy Here"), wires.proxy.trunk_port)
    wires.first.expect("SIP/2.0 486")


def _authorized(wires: Bench, method: str, user: str, password: str, **more: str) -> bytes:
    """Return the request that answers the challenge which the same one got."""
    uri = f"sip:{KAMAILIO}:{wires.proxy.seat_port}"
    wires.phone.send(wires.phone.request(method, uri, **more), wires.proxy.seat_port)
    challenge = wires.phone.expect("SIP/2.0 40")
    (nonce,) = re.findall(rb'nonce="([^"]*)"', challenge)
    secret = _md5(f"{user}:sip112:{password}")
    response = _md5(f"{secret}:{nonce.decode()}:{_md5(f'{method}:{uri}')}")
    name = "Authorization" if method == "REGISTER" else "Proxy_Authorization"
    answer = (
        f'Digest username="{user}", realm="sip112", nonce="{nonce.decode()}", uri="{uri}", '
        f'response="{response}"'
    )
    return wires.phone.request(method, uri, **more, **{name: answer}, CSeq=f"2 {method}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 -- RFC 2617


def _seat(name: str) -> dict[str, str]:
    return {"From": f"<sip:{name}@{KAMAILIO}>;tag=f", "To": f"<sip:{name}@{KAMAILIO}>"}


async def test_a_registration_goes_to_every_asterisk(wires: Bench) -> None:
    """With a Path through Kamailio, without the credentials; one answer is enough."""
    request = _authorized(wires, "REGISTER", "seat-01", "right", **_seat("seat-01"))
    wires.phone.send(request, wires.proxy.seat_port)
    got = [peer.expect("REGISTER") for peer in (wires.first, wires.second)]
    for message in got:
        assert header(message, "Path") == [f"<sip:{KAMAILIO}:{wires.proxy.seat_port};lr>".encode()]
        assert header(message, "Supported") == [b"path"]
        assert header(message, "Authorization") == []
        assert header(message, "Contact") == header(request, "Contact")
        port = int(re.findall(rb":(\d+);", header(message, "Via")[0])[0])
        assert port == wires.proxy.seat_port
    wires.second.send(reply(got[1], "200 OK"), wires.proxy.seat_port)
    wires.phone.expect("SIP/2.0 200", within=1)  # the other's silence holds nothing up


async def test_a_new_seat_needs_no_restart(wires: Bench) -> None:
    """The passwords are read from their file each time."""
    table = wires.kamailio.dir / "etc/seats"
    secret = _md5("seat-03:sip112:new")
    table.write_text(f"{table.read_text()}seat-03:{secret}\n")
    request = _authorized(wires, "REGISTER", "seat-03", "new", **_seat("seat-03"))
    wires.phone.send(request, wires.proxy.seat_port)
    wires.first.expect("REGISTER")


@pytest.mark.parametrize(
    ("method", "user", "password", "named"),
    [
        ("REGISTER", "seat-01", "wrong", "seat-01"),
        ("REGISTER", "seat-02", "other", "seat-01"),
        ("REGISTER", "seat-99", "right", "seat-99"),
        ("INVITE", "seat-02", "other", "seat-01"),
    ],
)
async def test_nobody_speaks_for_a_seat_without_its_password(
    wires: Bench, method: str, user: str, password: str, named: str
) -> None:
    """Nor with another seat's; the Asterisks hear nothing of it."""
    wires.phone.send(
        _authorized(wires, method, user, password, **_seat(named)), wires.proxy.seat_port
    )
    wires.phone.expect("SIP/2.0 40")
    for peer in (wires.first, wires.second):
        with pytest.raises(TimeoutError):
            peer.expect(method, within=0.3)


async def test_a_seat_calls_as_a_seat(wires: Bench) -> None:
    """Its INVITE reaches an Asterisk from the phones' port, never from the trunk's."""
    wires.phone.send(
        _authorized(wires, "INVITE", "seat-01", "right", **_seat("seat-01")),
        wires.proxy.seat_port,
    )
    peer, got = wires.taken_by()
    port = int(re.findall(rb":(\d+);", header(got, "Via")[0])[0])
    assert port == wires.proxy.seat_port
    peer.send(reply(got, "486 Busy Here"), wires.proxy.seat_port)
    wires.phone.expect("SIP/2.0 486")
