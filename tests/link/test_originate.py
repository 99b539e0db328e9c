"""Calls that the service starts: one connection for each, clear errors, and nothing sent twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip112.ami import originate
from sip112.ami.link import ActionRefused, LinkConfig, LinkError, LoginRefused
from sip112.ami.originate import NoOriginate, Order, Originator
from tests.link.fake_ami import SECRET, FakeAmi, config, nothing, response

ORDER = Order("PJSIP/seat-01", "sip112-room", "7*seat-01", 20)


def desk(ami: FakeAmi, **changes: object) -> LinkConfig:
    """Return where `ami` is, for the user that starts calls."""
    return config(ami, username="sip112-desk", **changes)


async def test_an_order_is_one_connection_that_is_closed_afterwards() -> None:
    """Log in without events, order, and leave."""
    async with FakeAmi() as ami:
        await Originator(desk(ami)).order(ORDER)
        await Originator(desk(ami)).order(replace(ORDER, channel="PJSIP/seat-02"))
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
            "Async": "true",
        }
        assert len(ami.sessions) == 2
    assert ami.open == 0


async def test_what_the_phone_shows_and_what_its_channel_carries() -> None:
    """A name cannot end the caller ID, and variables may be functions."""
    header = "PJSIP_HEADER(add,Call-Info)"
    variables = {header: "<http://desk/t/1>;purpose=info", "A": "b"}
    order = replace(ORDER, name='PKY-1 <"x>', number="0812", variables=variables)
    async with FakeAmi() as ami:
        await Originator(desk(ami)).order(order)
        sent = ami.actions[-1]
    assert sent["CallerID"] == '"PKY-1 x" <0812>'
    assert sent["Variable"] == f'"{header}=<http://desk/t/1>;purpose=info","A=b"'


@pytest.mark.parametrize("text", ["a,b", 'a"b', "a\\b", "a\r\nAction: Logoff"])
async def test_a_value_that_would_be_read_as_something_else_is_not_sent(text: str) -> None:
    """Asterisk would cut it, or take it for a line of its own."""
    async with FakeAmi() as ami:
        with pytest.raises(LinkError):
            await Originator(desk(ami)).order(replace(ORDER, variables={"A": text}))
        assert "Originate" not in ami.names()


async def test_without_a_secret_nothing_is_tried() -> None:
    """It says what to set."""
    async with FakeAmi() as ami:
        nobody = Originator(desk(ami, secret=""))
        assert not nobody.is_there
        with pytest.raises(NoOriginate, match="SIP112_AMI_DESK_SECRET"):
            await nobody.order(ORDER)
        assert ami.sessions == []


async def test_a_refusal_is_told_in_asterisks_words() -> None:
    """With the right that is missing."""
    async with FakeAmi() as ami:
        ami.on["Originate"] = lambda action: response(action, "Error", Message="Permission denied")
        with pytest.raises(ActionRefused, match="lacks a right"):
            await Originator(desk(ami)).order(ORDER)
        with pytest.raises(LoginRefused, match=r"section \[sip112-desk\]"):
            await Originator(desk(ami, secret=SECRET + "x")).order(ORDER)


async def test_an_order_that_is_not_answered_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor by a later one on another connection: nobody is called twice."""
    monkeypatch.setattr(originate, "WITHIN_S", 0.1)
    async with FakeAmi() as ami:
        ami.on["Originate"] = nothing
        with pytest.raises(LinkError, match=r"did not answer Originate|did not take the order"):
            await Originator(desk(ami)).order(ORDER)
        ami.on["Originate"] = response
        await Originator(desk(ami)).order(replace(ORDER, channel="PJSIP/seat-02"))
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
            await Originator(desk(ami)).order(ORDER)
        assert ami.names().count("Originate") == 1
    with pytest.raises(LinkError, match="is Asterisk running"):
        await Originator(desk(ami)).order(ORDER)
