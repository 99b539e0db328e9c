"""Calls that the service starts: one connection for each, clear errors, and nothing sent twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sip112.ami import originate
from sip112.ami.link import ActionRefused, LinkConfig, LinkError, LoginRefused
from sip112.ami.originate import NoOriginate, Originator
from sip112.routing.call import Caller
from sip112.routing.effects import ShowTicket, StartCall
from sip112.routing.ids import SeatId, TicketNumber
from sip112.routing.seat import Profile
from sip112.routing.started import Line, Purpose
from tests.link.fake_ami import PBX, PKY, SECRET, FakeAmi, config, nothing, response, until

SEAT = Line(SeatId("seat-01"))
OTHER = Line(SeatId("seat-02"))
ORDER = StartCall(PBX, PKY, Purpose.ROOM, "7*seat-01", SEAT, 20)


def desk(ami: FakeAmi, **changes: object) -> LinkConfig:
    """Return where `ami` is, for the user that starts calls."""
    return config(ami, username="sip112-desk", **changes)


def at(ami: FakeAmi, told: list[str] | None = None, **changes: object) -> Originator:
    """Return who starts calls at `ami`, and collects in `told` why not."""
    reasons = [] if told is None else told
    return Originator(desk(ami, **changes), lambda _, reason: reasons.append(reason))


async def test_an_order_is_one_connection_that_is_closed_afterwards() -> None:
    """Log in without events, order, and leave."""
    async with FakeAmi() as ami:
        await at(ami).order(ORDER)
        await at(ami).order(replace(ORDER, rings=OTHER))
        assert ami.names() == ["Login", "Originate"] * 2
        login, order = ami.actions[:2]
        assert (login["Username"], login["Events"]) == ("sip112-desk", "off")
        del order["ActionID"]
        assert order == {
            "Action": "Originate",
            "Channel": "PJSIP/seat-01",
            "Context": "sip112-room",
            "Exten": "7*seat-01",
            "Priority": "1",
            "Timeout": "20000",
            "CallerID": '"" <112>',
            "Variable": '"__SIP112_CENTRE=PKY"',
            "Async": "true",
        }
        assert len(ami.sessions) == 2
    assert ami.open == 0


async def test_what_the_phone_shows() -> None:
    """A name cannot end the caller ID; a seat's phone is told where the ticket is."""
    url = "http://desk/t/PKY-1"
    order = replace(ORDER, name='PKY-1 <"x>', number="0812", about=url)
    async with FakeAmi() as ami:
        await at(ami).order(order)
        await at(ami).order(replace(order, rings=Line(number="0812")))
        seat, outside = (each for each in ami.actions if each["Action"] == "Originate")
    assert seat["CallerID"] == '"PKY-1 x" <0812>'
    header = f"PJSIP_HEADER(add,Call-Info)=<{url}>;purpose=info"
    assert seat["Variable"] == f'"__SIP112_CENTRE=PKY","{header}"'
    assert outside["Channel"] == "Local/0812@sip112-outside/n"
    assert outside["Variable"] == '"__SIP112_CENTRE=PKY"'


async def test_what_a_neighbour_centre_is_told() -> None:
    """The dialplan has it in variables, which the leg that leaves inherits."""
    incident, source = "urn:emergency:uid:incidentid:01ab:pky", "urn:emergency:uid:callid:01:pky"
    order = replace(ORDER, rings=Line(number="0511112"), incident=incident, source=source)
    async with FakeAmi() as ami:
        await at(ami).order(order)
        [said] = (each for each in ami.actions if each["Action"] == "Originate")
    variables = f'"__SIP112_INCIDENT={incident}","__SIP112_SOURCE={source}"'
    assert said["Variable"] == f'"__SIP112_CENTRE=PKY",{variables}'


async def test_which_channel_is_listened_to() -> None:
    """The dialplan has it in a variable."""
    leg = "PJSIP/seat-02-0000002a"
    order = replace(ORDER, purpose=Purpose.SPY, subject="sip112-17.1*listen", tapped=leg)
    async with FakeAmi() as ami:
        await at(ami).order(order)
        [said] = (each for each in ami.actions if each["Action"] == "Originate")
    assert (said["Context"], said["Exten"]) == ("sip112-spy", "sip112-17.1*listen")
    assert said["Variable"] == f'"__SIP112_CENTRE=PKY","SIP112_TAPPED={leg}"'


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "1,b"},
        {"subject": "1"},
        {"subject": "1\r\nAction: Logoff"},
        {"subject": "1" * 81},
        {"about": 'http://desk/t/a"b'},
        {"about": "http://desk/t/a,b"},
        {"about": "http://desk/t/\r\nAction: Logoff"},
        {"name": "\r\nAction: Logoff"},
        {"tapped": 'PJSIP/x",y'},
        {"tapped": "PJSIP/x\r\nAction: Logoff"},
        {"incident": 'urn:x","y'},
        {"source": "urn:x\r\nAction: Logoff"},
    ],
)
async def test_a_value_that_would_be_read_as_something_else_is_not_sent(
    changes: dict[str, Any],
) -> None:
    """Asterisk would cut it, or take it for a line of its own."""
    async with FakeAmi() as ami:
        with pytest.raises(LinkError):
            await at(ami).order(replace(ORDER, **changes))
        assert "Originate" not in ami.names()


async def test_without_a_secret_nothing_is_tried() -> None:
    """It says what to set."""
    async with FakeAmi() as ami:
        nobody = at(ami, secret="")
        assert not nobody.is_there
        with pytest.raises(NoOriginate, match="SIP112_AMI_DESK_SECRET"):
            await nobody.order(ORDER)
        assert ami.sessions == []


async def test_a_refusal_is_told_in_asterisks_words() -> None:
    """With the right that is missing."""
    async with FakeAmi() as ami:
        ami.on["Originate"] = lambda action: response(action, "Error", Message="Permission denied")
        with pytest.raises(ActionRefused, match="lacks a right"):
            await at(ami).order(ORDER)
        with pytest.raises(LoginRefused, match=r"section \[sip112-desk\]"):
            await at(ami, secret=SECRET + "x").order(ORDER)


async def test_who_sends_does_not_wait_and_is_told_why_not() -> None:
    """Whatever the reason is, one of our own included."""
    told: list[str] = []
    async with FakeAmi() as ami:
        at(ami, told).send(ORDER)
        await ami.received("Originate")
        at(ami, told, secret="").send(ORDER)
        await until(lambda: told)
        at(ami, told).send(replace(ORDER, about=None))  # type: ignore[arg-type]
        await until(lambda: len(told) == 2)
    assert "SIP112_AMI_DESK_SECRET" in told[0]
    assert "a fault in sip112" in told[1]


async def test_an_order_that_is_not_answered_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor by a later one on another connection: nobody is called twice."""
    monkeypatch.setattr(originate, "WITHIN_S", 0.1)
    async with FakeAmi() as ami:
        ami.on["Originate"] = nothing
        with pytest.raises(LinkError, match=r"did not answer Originate|did not take the order"):
            await at(ami).order(ORDER)
        ami.on["Originate"] = response
        await at(ami).order(replace(ORDER, rings=OTHER))
        called = [one["Channel"] for one in ami.actions if one["Action"] == "Originate"]
        assert called == ["PJSIP/seat-01", "PJSIP/seat-02"]


async def test_a_connection_that_is_cut_is_told() -> None:
    """Whether the order was taken is not known then, and it is not repeated."""
    async with FakeAmi() as ami:

        def cut(_: dict[str, str]) -> bytes:
            ami.session.drop()
            return b""

        ami.on["Originate"] = cut
        with pytest.raises(LinkError):
            await at(ami).order(ORDER)
        assert ami.names().count("Originate") == 1
    with pytest.raises(LinkError, match="is Asterisk running"):
        await at(ami).order(ORDER)


# --- a NOTIFY ----------------------------------------------------------------------------------


def ticket(profile: Profile, name: str = "Budi") -> ShowTicket:
    """Return the order to show a ticket on a phone."""
    number = TicketNumber("PKY-20261122-0042")
    return ShowTicket(PBX, SeatId("seat-01"), profile, number, "", Caller("0812", name), 3)


async def test_a_notify_is_sent_by_the_dialplan() -> None:
    """In a Local channel, whose answer says that it was; headers and body in one variable."""
    async with FakeAmi() as ami:
        await at(ami).order(ticket(Profile.YEALINK))
        await at(ami).order(ticket(Profile.SNOM, 'Toko "A\\B", C'))
        first, second = (each for each in ami.actions if each["Action"] == "Originate")
    del first["ActionID"]
    assert first == {
        "Action": "Originate",
        "Channel": "Local/seat-01@sip112-notify/n",
        "Application": "NoOp",
        "Timeout": "2000",
        "Variable": '"SIP112_NOTIFY=&Event=Yealink-xml&Content-Type=application/xml&Content='
        '<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>'
        '<YealinkIPPhoneTextScreen Beep=\\"no\\" Timeout=\\"60\\" wrapTitle=\\"yes\\">'
        "<Title>PKY-20261122-0042</Title><Text>0812 Budi (3 s)</Text>"
        '</YealinkIPPhoneTextScreen>"',
        "Async": "false",
    }
    assert "&Event=xml&Content-Type=application/snomxml&" in second["Variable"]
    assert '<Text>0812 Toko \\"A\\\\B\\", C (3 s)</Text>' in second["Variable"]


@pytest.mark.parametrize("profile", [Profile.YEALINK, Profile.SNOM])
async def test_no_name_begins_a_header_or_is_too_long_for_ami(profile: Profile) -> None:
    """An & would; Asterisk takes lines of up to 1,024 bytes, and a name has 80 characters."""
    for name in ("&X-Evil=1", '\\"' * 40, "\N{GRINNING FACE}" * 80):
        said = originate.action(ticket(profile, name))["Variable"]
        assert said.count("&") == 3
        assert len(f"Variable: {said}\r\n".encode()) <= 1024


async def test_no_more_connections_than_asterisk_lets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many phones ring at once the others have their turn after that."""
    monkeypatch.setattr(originate, "AT_ONCE", 2)
    told: list[str] = []
    async with FakeAmi() as ami:
        ami.on["Originate"] = nothing
        sender = at(ami, told)
        for _ in range(3):
            sender.send(ticket(Profile.YEALINK))
        await until(lambda: ami.names().count("Originate") == 2)
        assert len(ami.sessions) == 2
        for session in ami.sessions:
            session.drop()
        await until(lambda: ami.names().count("Originate") == 3)
    assert len(told) >= 2


def test_what_is_for_this_user_and_what_is_for_the_link() -> None:
    """A MESSAGE needs no right to start calls."""
    assert originate.is_order(ORDER)
    assert originate.is_order(ticket(Profile.SNOM))
    assert not originate.is_order(ticket(Profile.SIP_MESSAGE))
