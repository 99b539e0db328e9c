"""A message goes by HTTP to a real receiver that may do anything."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

import pytest

from sip112 import resolver
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.handoff.channels.webhook import LONGEST_PAUSE_S, Webhook, result
from sip112.handoff.guard import networks
from sip112.handoff.ports import Fate, Result
from sip112.handoff.post import Answer, Poster
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant
from tests.handoff.messages import message
from tests.handoff.receiver import SECRET, Manner, Receiver, certificate

LOOPBACK = networks(["127.0.0.0/8", "::1/128"])
LETTER = Letter(
    '{"type":"handoff.requested","data":"kebakaran — Jalan Ménteng"}'.encode(), "application/json"
)
WITHIN_S = 0.4


async def secret(_: CentreCode, agency: AgencyCode) -> str | None:
    return None if agency == "polisi" else SECRET


async def carry(item: OutboxItem, poster: Poster | None = None, letter: Letter = LETTER) -> Result:
    async with poster or Poster(LOOPBACK, within_s=WITHIN_S) as one:
        return await Webhook(one, secret).carry(item, letter, Instant(time.time()))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as one:
        yield one


async def test_delivered_signed_and_named(receiver: Receiver) -> None:
    item = message(receiver.url + "?in=1")
    assert await carry(item) == Result(Fate.DELIVERED)
    (request,) = receiver.requests
    assert request.is_signed
    assert request.body == LETTER.body
    assert request.path == "/112?in=1"
    assert request.key == request.headers["idempotency-key"] == str(item.id)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("sip112/")
    assert request.headers["host"] == receiver.url.split("/")[2]


async def test_cap_goes_the_same_way(receiver: Receiver) -> None:
    letter = Letter("<alert>asap — Jalan Ménteng</alert>".encode(), "application/cap+xml")
    assert await carry(message(receiver.url), letter=letter) == Result(Fate.DELIVERED)
    (request,) = receiver.requests
    assert request.is_signed
    assert request.headers["content-type"] == "application/cap+xml"


@pytest.mark.parametrize(
    ("manner", "fate", "why"),
    [
        (Manner.ERROR, Fate.AGAIN, "it answers 500: out of [31mmemory"),
        (Manner.GONE, Fate.NEVER, "it answers 410: no such agency"),
        (Manner.REDIRECT, Fate.NEVER, "it redirects (307)"),
        (Manner.HANG, Fate.AGAIN, "no answer within 0.4 s"),
        (Manner.DRIP_HEAD, Fate.AGAIN, "no answer within 0.4 s"),
        (Manner.NO_HTTP, Fate.AGAIN, "is no HTTP: illegal"),
        (Manner.CUT, Fate.AGAIN, "was cut"),
        (Manner.LOST, Fate.AGAIN, "was cut"),
        (Manner.LIE, Fate.DELIVERED, ""),
        (Manner.TWICE, Fate.DELIVERED, ""),
        (Manner.HUGE_BODY, Fate.DELIVERED, ""),
        (Manner.DRIP_BODY, Fate.DELIVERED, ""),
    ],
)
async def test_whatever_it_does(receiver: Receiver, manner: Manner, fate: Fate, why: str) -> None:
    async with Receiver() as other:
        receiver.elsewhere = other.url
        receiver.manner = lambda _: manner
        began = time.monotonic()
        told = await carry(message(receiver.url))
        assert time.monotonic() - began < 5
        assert told.fate is fate, told
        assert why in str(told.why or "")
        assert str(told.why).isprintable()
        assert not other.requests


async def test_authorities_that_cannot_be_read_keep_nobody_else_untold(
    receiver: Receiver, tmp_path: Path
) -> None:
    poster = Poster(LOOPBACK, tmp_path / "nowhere.pem", WITHIN_S)
    assert await carry(message(receiver.url), poster) == Result(Fate.DELIVERED)


async def test_nobody_listens(receiver: Receiver) -> None:
    await receiver.down()
    told = await carry(message(receiver.url))
    assert (told.fate, told.why) == (Fate.AGAIN, because(Code.CONNECTION_REFUSED))


async def test_an_answer_that_came_twice_is_not_the_next_one(receiver: Receiver) -> None:
    """Else the second message would count as delivered by what was said of the first."""
    first, second = message(receiver.url), message(receiver.url)
    async with Poster(LOOPBACK, within_s=WITHIN_S) as poster:
        webhook = Webhook(poster, secret)
        receiver.manner = lambda request: (
            Manner.TWICE if request.key == str(first.id) else Manner.ERROR
        )
        assert (await webhook.carry(first, LETTER, Instant(0))).fate is Fate.DELIVERED
        assert (await webhook.carry(second, LETTER, Instant(0))).fate is Fate.AGAIN
        receiver.manner = lambda _: Manner.WELL
        assert (await webhook.carry(second, LETTER, Instant(0))).fate is Fate.DELIVERED
    assert list(receiver.taken) == [str(first.id), str(second.id)]


async def test_connections_are_kept(receiver: Receiver) -> None:
    async with Poster(LOOPBACK) as poster:
        for _ in range(5):
            told = await Webhook(poster, secret).carry(message(receiver.url), LETTER, Instant(0))
            assert told.fate is Fate.DELIVERED
    assert receiver.connections == 1


async def test_a_kept_connection_that_the_other_side_has_closed(receiver: Receiver) -> None:
    async with Poster(LOOPBACK) as poster:
        webhook = Webhook(poster, secret)
        assert (
            await webhook.carry(message(receiver.url), LETTER, Instant(0))
        ).fate is Fate.DELIVERED
        await receiver.down()
        await receiver.up()
        assert (
            await webhook.carry(message(receiver.url), LETTER, Instant(0))
        ).fate is Fate.DELIVERED


async def test_no_proxy_of_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/112"))
        assert (await carry(message(receiver.url))).fate is Fate.DELIVERED
        assert not proxy.requests


async def test_plain_http_where_https_is_written() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        told = await carry(message(f"https://127.0.0.1:{port}/"))
    assert told == Result(Fate.AGAIN, because(Code.NO_TLS))


async def test_a_name_that_leads_inside_is_told_with_its_address() -> None:
    told = await carry(message("https://localhost:4431/"), Poster())
    assert told.fate is Fate.HELD
    assert re.match(r"localhost: (127\.0\.0\.1|::1) is no public address", str(told.why))


async def test_inside_is_forbidden_unless_allowed(receiver: Receiver) -> None:
    told = await carry(message(receiver.url), Poster())
    assert told.fate is Fate.HELD
    assert told.why == because(Code.PRIVATE_ADDRESS, address="127.0.0.1")
    assert "handoff_private_networks" in str(told.why)
    assert not receiver.requests


@pytest.mark.parametrize("url", ["http://8.8.8.8/112", "https://8.8.8.8:22/112"])
async def test_what_no_setting_is_meant_to_mend_is_given_up(url: str) -> None:
    """It is the address in the directory that is wrong."""
    assert (await carry(message(url))).fate is Fate.NEVER


async def test_what_is_no_url() -> None:
    assert (await carry(message("https://u:p@agency.example/"))).fate is Fate.NEVER


NEW_SECRET = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="


class Secrets:
    """Has one secret for all."""

    def __init__(self) -> None:
        self.now: str | None = SECRET
        self.is_away = False

    async def __call__(self, _: CentreCode, agency: AgencyCode) -> str | None:
        if self.is_away:
            raise StoreUnavailable(agency)
        return self.now


async def test_a_new_secret_is_found_after_the_old_one_is_refused(receiver: Receiver) -> None:
    secrets = Secrets()
    async with Poster(LOOPBACK) as poster, Receiver(NEW_SECRET) as there:
        there.manner = lambda each: Manner.WELL if each.is_signed else Manner.GONE
        webhook = Webhook(poster, secrets)
        now = Instant(time.time())
        assert (await webhook.carry(message(receiver.url), LETTER, now)).fate is Fate.DELIVERED
        secrets.now = NEW_SECRET
        assert (await webhook.carry(message(there.url), LETTER, now)).fate is Fate.DELIVERED
        assert [each.is_signed for each in there.requests] == [False, True]
        secrets.now = None
        assert (await webhook.carry(message(there.url), LETTER, now)).fate is Fate.DELIVERED
        said = await webhook.carry(message(there.url), LETTER, now)
        assert said.why == because(Code.NO_SECRET, agency="damkar")
        assert len(there.requests) == 3


async def test_who_refuses_what_is_signed_well_is_asked_once(receiver: Receiver) -> None:
    secrets = Secrets()
    async with Poster(LOOPBACK) as poster:
        webhook = Webhook(poster, secrets)
        now = Instant(time.time())
        assert (await webhook.carry(message(receiver.url), LETTER, now)).fate is Fate.DELIVERED
        receiver.manner = lambda _: Manner.GONE
        assert (await webhook.carry(message(receiver.url), LETTER, now)).fate is Fate.NEVER
        assert len(receiver.requests) == 2


async def test_what_is_delivered_stays_so_while_the_store_is_away(receiver: Receiver) -> None:
    secrets = Secrets()
    async with Poster(LOOPBACK) as poster:
        webhook = Webhook(poster, secrets)
        now = Instant(time.time())
        assert (await webhook.carry(message(receiver.url), LETTER, now)).fate is Fate.DELIVERED
        secrets.is_away = True
        assert (await webhook.carry(message(receiver.url), LETTER, now)).fate is Fate.DELIVERED
        with pytest.raises(StoreUnavailable):
            await webhook.carry(message(receiver.url), LETTER, now)
        assert len(receiver.requests) == 2


async def test_without_a_secret_nothing_is_sent(receiver: Receiver) -> None:
    told = await carry(message(receiver.url, agency="polisi"))
    assert told.fate is Fate.HELD
    assert told.why == because(Code.NO_SECRET, agency="polisi")
    assert not receiver.requests


async def test_a_name_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(resolver, "_look_up", unknown)
    told = await carry(message("https://agency.test/"))
    assert told.fate is Fate.AGAIN
    assert told.why == because(Code.NAME_UNKNOWN, host="agency.test")


async def test_certificates(tmp_path: Path) -> None:
    """The right one, one that nobody vouches for, and one of another name."""
    async with Receiver(tls=certificate(tmp_path)) as receiver:
        receiver.host = "localhost"
        trusting = Poster(LOOPBACK, tmp_path / "localhost.pem")
        assert await carry(message(receiver.url), trusting) == Result(Fate.DELIVERED)
        told = await carry(message(receiver.url))
        assert told.fate is Fate.AGAIN
        assert told.why == because(Code.CERTIFICATE_ISSUER)
    async with Receiver(tls=certificate(tmp_path, "other.test")) as receiver:
        receiver.host = "localhost"
        trusting = Poster(LOOPBACK, tmp_path / "other.test.pem")
        told = await carry(message(receiver.url), trusting)
        assert told.fate is Fate.AGAIN
        assert told.why == because(Code.CERTIFICATE_NAME)
        assert not receiver.requests


async def test_no_tls_where_it_is_wanted(receiver: Receiver) -> None:
    told = await carry(message(receiver.url.replace("http:", "https:")))
    assert told.fate is Fate.AGAIN
    assert told.why


@pytest.mark.parametrize(
    ("status", "fate"),
    [(200, Fate.DELIVERED), (202, Fate.DELIVERED), (204, Fate.DELIVERED)]
    + [(each, Fate.NEVER) for each in (301, 302, 303, 304, 307, 308)]
    + [(each, Fate.NEVER) for each in (400, 401, 403, 404, 405, 410, 413, 415, 418, 422)]
    + [(each, Fate.AGAIN) for each in (408, 409, 425, 429, 500, 501, 502, 503, 504, 599)],
)
def test_what_a_status_means(status: int, fate: Fate) -> None:
    assert result(Answer(status, {}, b""), Instant(0)).fate is fate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("7", 7),
        (" 120 ", 120),
        ("999999999999999999999999", LONGEST_PAUSE_S),
        ("-5", 0),
        ("soon", 0),
        ("²", 0),
        (formatdate(1_000_020, usegmt=True), 20),
        (formatdate(900_000, usegmt=True), 0),
        (formatdate(2_000_000_000, usegmt=True), LONGEST_PAUSE_S),
        ("Wed, 99 Foo 99999 99:99:99 GMT", 0),
    ],
)
def test_when_to_come_again(text: str, seconds: float) -> None:
    answer = Answer(503, {b"retry-after": text.encode("utf-8")}, b"")
    assert result(answer, Instant(1_000_000)).after_s == seconds
