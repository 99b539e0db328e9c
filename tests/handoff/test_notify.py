"""Messages to people go through apprise to a real mail server, and to real HTTP gateways."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip112.dispatch.addresses import _FORMS
from sip112.dispatch.addresses import why_unusable as unusable_address
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.outbox import Letter, OutboxItem
from sip112.dispatch.reasons import Code, because
from sip112.handoff.channels import notify
from sip112.handoff.channels.notify import LONGEST_PAUSE_S, SAMPLES, Notify, why_unusable
from sip112.handoff.documents.text import Text
from sip112.handoff.ports import Fate, Result
from sip112.routing.ids import Instant
from tests.handoff.mail_server import MailServer, Mood
from tests.handoff.messages import message
from tests.handoff.receiver import Manner, Receiver, said

EMAIL: Final = ChannelKind.EMAIL
SMS: Final = ChannelKind.SMS
WRITTEN: Final = Text(
    "Permintaan 112 PKY-20261126-0042",
    "Kebakaran di Jalan Ménteng <b>3</b> & {to} ${HOME} \\n :fire:\n.\n"
    "Jawab: https://112.pky.example/a/k3J9-xY2",
)
LETTER: Final = Letter(WRITTEN.kept, "application/json")
AT: Final = Instant(0)


def to(where: str, kind: ChannelKind = EMAIL, tries: int = 0) -> OutboxItem:
    return message(where, channel=kind, body=LETTER.body).evolve(tries=tries)


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with MailServer() as one:
        yield one


@pytest.fixture
async def gateway() -> AsyncIterator[Receiver]:
    async with Receiver() as one:
        yield one


def mails(server: MailServer, within_s: float = 20) -> Notify:
    url = f"mailto://127.0.0.1:{server.port}/{{to}}?from=112@pky.example&mode=insecure"
    return Notify(EMAIL, url, within_s)


def texts(server: Receiver, within_s: float = 20) -> Notify:
    url = server.url.replace("http://", "json://user:se-cr-et-42@")
    return Notify(SMS, f"{url}?:to={{to}}&:message=text", within_s)


async def test_by_mail(mail: MailServer) -> None:
    told = await mails(mail).carry(to("posko.1+malam@damkar.example"), LETTER, AT)
    assert told == Result(Fate.SENT)
    ((recipient, found),) = mail.taken
    assert recipient == "posko.1+malam@damkar.example"
    assert found["subject"] == WRITTEN.title
    assert found["from"].addresses[0].addr_spec == "112@pky.example"
    plain = found.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == WRITTEN.body


async def test_by_a_gateway_for_sms(gateway: Receiver) -> None:
    told = await texts(gateway).carry(to("+628115550101", SMS), LETTER, AT)
    assert told == Result(Fate.SENT)
    (request,) = gateway.requests
    assert said(request)["to"] == "+628115550101"
    assert said(request)["text"] == WRITTEN.body
    assert request.path == "/112"
    assert request.headers["user-agent"] == "sip112"


async def test_by_whatsapp_on_one_line(gateway: Receiver) -> None:
    url = gateway.url.replace("http://", "json://")
    told = await Notify(ChannelKind.WHATSAPP, f"{url}?:to={{to}}").carry(
        to("628115550101", ChannelKind.WHATSAPP), LETTER, AT
    )
    assert told == Result(Fate.SENT)
    assert said(gateway.requests[0])["message"] == WRITTEN.body.replace("\n", " | ")


async def test_a_short_one_has_no_title(gateway: Receiver) -> None:
    letter = Letter(Text("", "Kebakaran").kept, "application/json")
    assert await texts(gateway).carry(to("113", SMS), letter, AT) == Result(Fate.SENT)
    assert said(gateway.requests[0])["text"] == "Kebakaran"


@pytest.mark.parametrize("manner", [Manner.ERROR, Manner.GONE, Manner.CUT, Manner.NO_HTTP])
async def test_a_gateway_that_fails_is_asked_again(gateway: Receiver, manner: Manner) -> None:
    gateway.manner = lambda _: manner
    told = await texts(gateway).carry(to("113", SMS), LETTER, AT)
    assert told.fate is Fate.AGAIN
    assert told.why
    assert str(told.why).isprintable()
    assert "se-cr-et-42" not in str(told.why)


async def test_a_recipient_who_is_refused_is_tried_again(mail: MailServer) -> None:
    """What a mail server means by it cannot be told from here."""
    mail.mood = Mood.REFUSES
    told = await mails(mail).carry(to("nobody@damkar.example"), LETTER, AT)
    assert told.fate is Fate.AGAIN
    assert told.why
    assert not mail.taken


async def test_nobody_listens() -> None:
    async with MailServer() as mail:
        pass
    told = await mails(mail).carry(to("posko@damkar.example"), LETTER, AT)
    assert told.fate is Fate.AGAIN
    assert "127.0.0.1" in str(told.why)


async def test_the_services_are_asked_ever_more_seldom() -> None:
    async with MailServer() as mail:
        pass
    pauses = [
        (await mails(mail).carry(to("posko@damkar.example", tries=tries), LETTER, AT)).after_s
        for tries in (0, 1, 5, 10_000)
    ]
    assert pauses == [0, 1, 25, LONGEST_PAUSE_S]


async def test_one_that_takes_long_is_sent_once(mail: MailServer) -> None:
    """The try after the one that was not waited for finds what became of it."""
    channel, item = mails(mail, within_s=0.5), to("posko@damkar.example")
    mail.mood = Mood.WAITS
    told = await channel.carry(item, LETTER, AT)
    assert told == Result(Fate.AGAIN, because(Code.NOT_SENT, seconds=0.5))
    assert (await channel.carry(item, LETTER, AT)).fate is Fate.AGAIN
    mail.goes_on.set()
    await mail.until_taken(1)
    assert await mails_until_sent(channel, item) == Result(Fate.SENT)
    assert (len(mail.taken), mail.connections) == (1, 1)


async def mails_until_sent(channel: Notify, item: OutboxItem) -> Result:
    async with asyncio.timeout(20):
        while (told := await channel.carry(item, LETTER, AT)).fate is not Fate.SENT:  # noqa: ASYNC110 - of a thread
            await asyncio.sleep(0.01)
    return told


async def test_a_server_that_hangs_has_so_many_threads_and_no_more(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "MOST", 2)
    channel = mails(mail, within_s=0.1)
    mail.mood = Mood.WAITS
    for _ in range(2):
        assert (await channel.carry(to("a@damkar.example"), LETTER, AT)).fate is Fate.AGAIN
    told = await channel.carry(to("a@damkar.example"), LETTER, AT)
    assert told == Result(Fate.AGAIN, because(Code.UNDER_WAY, n=2, channel="email"))
    mail.goes_on.set()
    mail.mood = Mood.WELL
    await mail.until_taken(2)
    assert await mails_until_sent(channel, to("b@damkar.example")) == Result(Fate.SENT)


async def test_the_loop_goes_on_meanwhile(mail: MailServer) -> None:
    """And the thread is one for which the end of the process does not wait."""
    mail.mood = Mood.WAITS
    channel = mails(mail, within_s=0.5)
    carried = asyncio.create_task(channel.carry(to("a@damkar.example"), LETTER, AT))
    turns = 0
    while not carried.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 20
    (thread,) = [each for each in threading.enumerate() if each.name == "sip112-email"]
    assert thread.daemon
    mail.goes_on.set()


async def test_a_fault_of_apprise_is_no_fault_of_ours() -> None:
    with patch("apprise.Apprise.notify", side_effect=ZeroDivisionError("user:se-cr-et-42")):
        told = await Notify(SMS, "json://x/{to}").carry(to("113", SMS), LETTER, AT)
    assert told == Result(Fate.AGAIN, because(Code.NOTIFIER_FAILS, error="ZeroDivisionError"))


async def test_a_url_that_apprise_does_not_know_is_said() -> None:
    told = await Notify(SMS, "gopher://se-cr-et-42/{to}").carry(to("113", SMS), LETTER, AT)
    assert told.fate is Fate.AGAIN
    assert told.why == because(Code.NOTIFIER_URL)


# --- addresses -------------------------------------------------------------------------------


HOSTILE: Final = [
    "",
    " ",
    "a@b",
    "posko@damkar.example,all@everywhere.example",
    "posko@damkar.example all@everywhere.example",
    "posko@damkar.example?bcc=all@everywhere.example",
    "posko@damkar.example&smtp=evil.example",
    "posko@damkar.example/all@everywhere.example",
    "posko%2Call@everywhere.example",
    "Posko <posko@damkar.example>",
    "posko@damkar.example\r\nBcc: all@everywhere.example",
    "posko@damkar.example\n",
    "..@damkar.example/../x",
    "{to}",
    "-oQ@damkar.example\x00",
    "\uff10\uff18@damkar.example",
]


@pytest.mark.parametrize("written", HOSTILE)
async def test_hostile_addresses_go_nowhere(mail: MailServer, written: str) -> None:
    told = await mails(mail).carry(to(written), LETTER, AT)
    assert told.fate is Fate.NEVER
    assert "is no e-mail address; write it such as" in str(told.why)
    assert str(told.why).isprintable()
    assert not mail.connections


@given(st.sampled_from(list(SAMPLES)), st.text(max_size=60))
def test_no_text_becomes_more_than_an_address(kind: ChannelKind, written: str) -> None:
    if unusable_address(kind, written) is None:
        assert written.isascii()
        assert not set(written) & set(" /?&,;#%=\\\r\n\0<>\"'")


@given(st.from_regex(_FORMS[EMAIL][0], fullmatch=True))
def test_every_address_is_told_alone(found: str) -> None:
    """So apprise reads it, and nothing else of the URL differs."""
    import apprise  # noqa: PLC0415 - as the channel does

    template = "json://gateway.example/send?:to={to}&:message=text"
    service = apprise.Apprise.instantiate(notify._url(template, found))
    assert service is not None
    assert service.payload_extras == {"to": found, "message": "text"}  # type: ignore[attr-defined]
    assert (service.host, service.fullpath) == ("gateway.example", "/send")


# --- notifiers -------------------------------------------------------------------------------


def test_what_the_documentation_shows_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = tomllib.loads(page.partition("```toml\n[notifiers]\n")[2].partition("```")[0])
    assert set(shown) == {kind.value for kind in SAMPLES}
    assert {
        kind: why_unusable(ChannelKind(kind), url) for kind, url in shown.items()
    } == dict.fromkeys(shown, "")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("json://gateway.example.org/send", "there is no {to} in it, where the address belongs"),
        ("gopher://{to}", "apprise knows no such URL; see https://appriseit.com/services"),
        ("tgram://short/{to}", "apprise knows no such URL; see https://appriseit.com/services"),
    ],
)
def test_what_cannot_be_used_is_told(template: str, why: str) -> None:
    assert why_unusable(SMS, template) == why
