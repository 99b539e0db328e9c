"""What the core wants, in Asterisk's words: nothing is lost, added or left to be escaped."""

from __future__ import annotations

from base64 import b64decode
from typing import get_args

import pytest

from sip112.ami.actions import LISTS, AmiAction, actions, variables
from sip112.ami.translate import Variables
from sip112.routing import effects as f
from sip112.routing.call import Caller
from sip112.routing.ids import AgentId, SeatId, TicketNumber, Uniqueid
from sip112.routing.seat import Profile
from sip112.routing.spy import SpyMode
from tests.unit.centre import PBX, PKY, START

ID = Uniqueid("1795318000.7")
CHANNEL = "PJSIP/trunk-0000002a"
SEAT = SeatId("seat-03")
NUMBER = "PKY-20261122-0042"

EXAMPLES: dict[f.Action, tuple[AmiAction, ...]] = {
    f.Take(PBX, ID, ((CHANNEL, f.Way.CALLER), ("PJSIP/seat-03-0000002b", f.Way.ASIDE))): (
        {
            "Action": "Redirect",
            "Channel": CHANNEL,
            "Context": "sip112-room",
            "Exten": f"{ID}*c",
            "Priority": "1",
            "ExtraChannel": "PJSIP/seat-03-0000002b",
            "ExtraContext": "sip112-room",
            "ExtraExten": f"{ID}*s",
            "ExtraPriority": "1",
        },
    ),
    f.Drop(PBX, ID, "sip112-1795318001.7"): (
        {"Action": "Hangup", "Channel": "sip112-1795318001.7"},
    ),
    f.Tap(PBX, "sip112-1795318001.7", SpyMode.WHISPER): (
        {
            "Action": "Redirect",
            "Channel": "sip112-1795318001.7",
            "Context": "sip112-spy",
            "Exten": "sip112-1795318001.7*whisper",
            "Priority": "1",
        },
    ),
    f.SendOff(PBX, "sip112-1795318001.7"): (
        {"Action": "Hangup", "Channel": "sip112-1795318001.7"},
    ),
    f.RingSeat(PBX, ID, CHANNEL, SEAT, 17): (
        {
            "Action": "Redirect",
            "Channel": CHANNEL,
            "Context": "sip112-seat",
            "Exten": "seat-03*17",
            "Priority": "1",
        },
    ),
    f.LabelCall(PBX, ID, CHANNEL, NUMBER): (
        {
            "Action": "Setvar",
            "Variable": "__SIP112_TICKET",
            "Value": NUMBER,
            "Channel": CHANNEL,
        },
    ),
    f.AddMember(PBX, PKY, SEAT, AgentId("siti")): (
        {
            "Action": "QueueAdd",
            "Queue": "sip112-PKY",
            "Interface": "PJSIP/seat-03",
            "StateInterface": "PJSIP/seat-03",
            "MemberName": "siti",
            "Paused": "true",
            "Reason": "sip112",
        },
    ),
    f.RemoveMember(PBX, PKY, SEAT): (
        {"Action": "QueueRemove", "Queue": "sip112-PKY", "Interface": "PJSIP/seat-03"},
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_PAUSED_seat-03)", "Value": ""},
    ),
    f.PauseMember(PBX, PKY, SEAT, "prayer"): (
        {
            "Action": "QueuePause",
            "Queue": "sip112-PKY",
            "Interface": "PJSIP/seat-03",
            "Paused": "true",
            "Reason": "prayer",
        },
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_PAUSED_seat-03)", "Value": "1"},
    ),
    f.PauseMember(PBX, PKY, SEAT, f.HELD): (
        {
            "Action": "QueuePause",
            "Queue": "sip112-PKY",
            "Interface": "PJSIP/seat-03",
            "Paused": "true",
            "Reason": "sip112",
        },
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_PAUSED_seat-03)", "Value": ""},
    ),
    f.Beat(PBX, PKY, START): (
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_BEAT_PKY)", "Value": "1795318000000"},
    ),
    f.TakeOver(PBX, PKY, 17, 15, "https://127.0.0.1"): (
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_OWNER_PKY)", "Value": "17"},
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_RING_TIME_PKY)", "Value": "15"},
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_URL_PKY)", "Value": "https://127.0.0.1"},
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_RECORD_PKY)", "Value": "on"},
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_MODE_PKY)", "Value": "service"},
    ),
    f.HandOver(PBX, PKY, (SEAT, SeatId("seat-04"))): (
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_MODE_PKY)", "Value": "native"},
        {
            "Action": "QueuePause",
            "Queue": "sip112-PKY",
            "Interface": "PJSIP/seat-03",
            "Paused": "false",
        },
        {
            "Action": "QueuePause",
            "Queue": "sip112-PKY",
            "Interface": "PJSIP/seat-04",
            "Paused": "false",
        },
    ),
    f.ForgetCall(PBX, ID): (
        {"Action": "Setvar", "Variable": f"DB_DELETE(sip112/call/{ID})", "Value": "1"},
    ),
    f.ReserveSerials(PBX, PKY, "20261122", 60): (
        {"Action": "Setvar", "Variable": "GLOBAL(SIP112_SERIAL_PKY)", "Value": "20261122:60"},
    ),
    f.Resync(PBX, "why"): (),
    f.Look(PBX): (),
}


@pytest.mark.parametrize("effect", EXAMPLES, ids=lambda effect: type(effect).__name__)
def test_an_effect_is_these_actions(effect: f.Action) -> None:
    """Header by header, in the order in which they must be sent."""
    said = actions(effect)
    assert said == EXAMPLES[effect]
    for action in said:
        assert next(iter(action)) == "Action"


def test_there_is_an_example_of_every_effect() -> None:
    """A new one cannot be forgotten here."""
    ticket = _ticket("")
    assert {type(each) for each in (*EXAMPLES, ticket)} == set(get_args(f.Action))


def _ticket(name: str) -> f.ShowTicket:
    number = TicketNumber(NUMBER)
    caller = Caller("08125550104", name)
    return f.ShowTicket(PBX, SEAT, Profile.SIP_MESSAGE, number, "http://desk", caller, 3)


@pytest.mark.parametrize("name", ["Đặng Ánh", "a\r\nAction: Command\r\n\r\n"])
def test_a_message_to_a_phone_is_encoded_whole(name: str) -> None:
    """A caller's name stands in it: in Base64 it can say nothing to AMI."""
    (action,) = actions(_ticket(name))
    assert (action["Action"], action["Destination"]) == ("MessageSend", "pjsip:seat-03")
    text = f"PKY-20261122-0042 08125550104 {name} (3 s)"
    assert b64decode(action["Base64Body"]).decode() == text
    assert not set("\r\n") & set("".join(action.values()))


def test_a_snapshot_reads_four_lists() -> None:
    """Channels with their tickets and the queues, between the notes and the notes again."""
    names = [action["Action"] for action in LISTS]
    assert names == ["DBGetTree", "Status", "QueueStatus", "DBGetTree"]
    assert LISTS[1]["Variables"] == "SIP112_TICKET"
    assert LISTS[0] == LISTS[3]
    assert LISTS[0]["Family"] == "sip112"


def test_a_snapshot_reads_variables_of_its_centre() -> None:
    """Who owns it, who decides, and whether the watchdog is alive; in the translation's order."""
    asked = variables(PKY)
    assert {action["Action"] for action in asked} == {"Getvar"}
    assert dict(zip(Variables._fields, (each["Variable"] for each in asked), strict=True)) == {
        "owner": "GLOBAL(SIP112_OWNER_PKY)",
        "newest": "GLOBAL(SIP112_NEWEST_PKY)",
        "mode": "GLOBAL(SIP112_MODE_PKY)",
        "pulse": "GLOBAL(SIP112_PULSE)",
        "clock": "EPOCH",
    }
