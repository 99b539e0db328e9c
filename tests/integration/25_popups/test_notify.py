"""The ticket on desk phones: a NOTIFY with their XML, as SIPp receives it, byte by byte."""

from __future__ import annotations

import asyncio
import socket

import pytest

from rig import Rig
from rig.sipp import Answer, Call
from sip112.routing.call import OfferResult
from tests.integration.centre import Centre, however_long
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"
SEATS = (
    {"id": "seat-01", "popup": ["sip-headers", "yealink"]},
    {"id": "seat-02", "popup": ["snom", "sip-message"]},
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
YEALINK = (
    '<YealinkIPPhoneTextScreen Beep="no" Timeout="60" wrapTitle="yes">'
    "<Title>{}</Title><Text>{}</Text></YealinkIPPhoneTextScreen>"
)
SNOM = "<SnomIPPhoneText><Title>{}</Title><Text>{}</Text></SnomIPPhoneText>"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Warga", "Warga"),
        ("Đặng Ánh 😀", "Đặng Ánh 😀"),
        ("<img src=x onerror=alert(1)>", "(img src=x onerror=alert(1))"),
        ("a&b&Event=c, d;e=f", "a+b+Event=c, d;e=f"),
        ("${EXTEN} %24 'q' [x] (y", "${EXTEN} %24 'q' [x] (y"),
        ('say "hi" \\ there', 'say "hi" \\ there'),
        ("</Text>]]>" * 8, "(/Text)]])" * 8),
    ],
)
async def test_a_desk_phone_shows_the_ticket(
    open_centre: OpenCentre, name: str, shown: str
) -> None:
    """Whatever the caller is called; each phone has its own XML, and one has a MESSAGE as well."""
    async with (
        open_centre(seats=SEATS) as centre,
        centre.seats("seat-01", "seat-02", does=Answer(after=0.5, talk=0.3)) as seats,
    ):
        calls = [Call(number=NUMBER, name=name), Call(number=NUMBER, name=name, delay=0.1)]
        async with centre.calling(*calls):
            await seats.until(
                lambda: (seats.answered, len(seats.notices), len(seats.messages)) == (2, 2, 1),
                within=5,
            )
    tickets = {f"{call.seat}": f"{call.ticket_number}" for call in centre.calls}
    notices = {notice.seat: notice for notice in seats.notices}
    text = f"{NUMBER} {shown} (n s)"
    for seat, event, kind, body in (
        ("seat-01", "Yealink-xml", "application/xml", YEALINK),
        ("seat-02", "xml", "application/snomxml", SNOM),
    ):
        notice = notices[seat]
        assert however_long(notice.body) == HEAD + body.format(tickets[seat], text)
        assert notice.length == len(notice.body.encode())
        assert (notice.event, notice.content_type) == (event, kind)
    assert [message.seat for message in seats.messages] == ["seat-02"]


async def test_a_notify_that_cannot_be_sent_changes_no_call(open_centre: OpenCentre) -> None:
    """The user who would have it sent is not let in: the phone rings and is answered."""
    async with (
        open_centre(seats=SEATS[:1], ami_desk_secret="wrong") as centre,
        centre.seats("seat-01", does=Answer(after=0.3, talk=0.3)) as seats,
    ):
        async with centre.calling(Call(number=NUMBER)):
            await seats.until(lambda: seats.answered == 1, within=5)
            await centre.until(lambda: _failed(centre), within=8)
        assert seats.notices == []
    [call] = centre.calls
    assert [offer.result for offer in call.offers] == [OfferResult.ANSWERED]


def _failed(centre: Centre) -> bool:
    return centre.desk.ignored["ShowTicket failed"] == 1


async def test_nobody_calls_as_the_endpoint_that_sends_it(rig: Rig) -> None:
    """It has no password; whoever says to be it is asked for one all the same."""
    host, loop = "127.0.0.5", asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(0)
        caller.bind((host, 0))
        port = caller.getsockname()[1]
        lines = (
            f"INVITE sip:112@{rig.sip_host} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port};rport",
            f"From: <sip:sip112-notify@{rig.sip_host}>;tag=1",
            f"To: <sip:112@{rig.sip_host}>",
            f"Contact: <sip:sip112-notify@{host}:{port}>",
            f"Call-ID: {port}",
            "CSeq: 1 INVITE",
            "Max-Forwards: 70",
            "Content-Length: 0",
        )
        request = "\r\n".join((*lines, "", "")).encode()
        async with asyncio.timeout(5):
            await loop.sock_sendto(caller, request, (rig.sip_host, rig.sip_port))
            answer = await loop.sock_recv(caller, 4096)
    assert answer.startswith(b"SIP/2.0 401 ")
