"""Nothing is sent to addresses inside, whatever form they come in."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import httpcore
import pytest

from sip112 import resolver
from sip112.dispatch.reasons import Code, because
from sip112.handoff.guard import Forbidden, Guard, networks, target, why_forbidden
from tests.handoff.receiver import Receiver

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 - to be refused
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OUTSIDE = [
    "8.8.8.8",
    "1.1.1.1",
    "103.10.20.30",
    "2606:4700::1111",
    "2400:cb00::1",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    why = why_forbidden(ip_address(address), 443, https=True, allowed=())
    assert why == because(Code.PRIVATE_ADDRESS, address=ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    assert not why_forbidden(ip_address(address), 443, https=True, allowed=())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.20.30.40", "10.20.0.0/16"),
        ("::ffff:10.20.30.40", "10.20.0.0/16"),
        ("fd12::1", "fd00::/8"),
        ("fe80::1%eth0", "fe80::/10"),
    ],
)
def test_an_allowed_network_is_allowed_all(address: str, network: str) -> None:
    allowed = networks([network])
    assert not why_forbidden(ip_address(address), 22, https=False, allowed=allowed)
    other = networks(["10.99.0.0/16"])
    assert why_forbidden(ip_address(address), 443, https=True, allowed=other)


def test_outside_only_by_https_and_at_ports_of_the_web() -> None:
    address = ip_address("103.10.20.30")
    no_https = why_forbidden(address, 443, https=False, allowed=())
    assert no_https == because(Code.WITHOUT_HTTPS)
    mail = why_forbidden(address, 25, https=True, allowed=(), host="a.test")
    assert mail == because(Code.OTHER_PORT, host="a.test", port=25, lowest=1024)
    for port in (80, 443, 1024, 8443):
        assert not why_forbidden(address, port, https=True, allowed=())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "https://"),
        ("agency.example/112", "https://"),
        ("ftp://agency.example/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://", "https://"),
        ("https://u:p@agency.example/", "name or password"),
        ("https://u@agency.example/", "name or password"),
        ("https://agency.example/\r\nX: y", "printable"),
        ("https://agency.example/a b", "printable"),
        ("https://agency.example:99999/", "no URL"),
        ("https://[::1/", "no URL"),
        ("https://" + "a" * 2000, "2000"),
    ],
)
def test_what_is_no_url(url: str, why: str) -> None:
    with pytest.raises(Forbidden, match=why):
        target(url)


def test_a_url() -> None:
    read = target("https://Damkar.Example.:8443/in/112?x=%20y#here")
    assert (read.https, read.host, read.port) == (True, "damkar.example", 8443)
    assert read.path == b"/in/112?x=%20y"
    assert target("http://10.1.2.3").port == 80
    assert target("https://[fd12::1]/").host == "fd12::1"
    assert target("https://bücher.example/").host == "xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001"])
async def test_every_way_to_write_this_machine(name: str) -> None:
    guard = Guard(https=True, allowed=())
    with pytest.raises(Forbidden, match="no public address"):
        await guard.connect_tcp(name, 443)


async def test_a_name_with_one_inner_address_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolver, "_look_up", lambda _: ("103.10.20.30", "10.0.0.1"))
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        await Guard(https=True, allowed=()).connect_tcp("both.test", 443)


async def test_the_address_that_was_looked_at_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers something else the second time is not asked a second time."""
    answers = [("127.0.0.1",), ("10.0.0.1",)]
    monkeypatch.setattr(resolver, "_look_up", lambda _: answers.pop(0))
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host))
    async with Receiver() as receiver:
        port = int(receiver.url.split(":")[2].split("/")[0])
        guard = Guard(https=False, allowed=networks(["127.0.0.0/8"]))
        stream = await guard.connect_tcp("rebinding.test", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        await stream.aclose()
    assert answers == [("10.0.0.1",)]
    assert not {"rebinding.test"}.intersection(asked)


async def test_the_next_address_when_one_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_look_up", lambda _: ("127.0.0.99", "127.0.0.1"))
    async with Receiver() as receiver:
        port = int(receiver.url.split(":")[2].split("/")[0])
        guard = Guard(https=False, allowed=networks(["127.0.0.0/8"]))
        stream = await guard.connect_tcp("two.test", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        await stream.aclose()
    with pytest.raises(httpcore.ConnectError):
        await guard.connect_tcp("two.test", port)
