"""What Asterisk's words mean, and what is refused because Asterisk cannot have said it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sip112.ami.translate import (
    EVENTS,
    NAME_LIMIT,
    UNSET,
    BadMessage,
    Variables,
    clean,
    snapshot,
    translate,
)
from sip112.routing import events as e
from sip112.routing.call import Caller, OfferResult
from sip112.routing.ids import AgentId, CentreCode, Instant, SeatId, TicketId, Uniqueid
from sip112.routing.reconcile import ELSEWHERE
from sip112.routing.seat import Device
from sip112.routing.spy import SpyMode
from sip112.routing.started import Purpose
from sip112.routing.ticket import Incident
from tests.unit.centre import PBX, PKY, START

ID = Uniqueid("1795318000.7")
SEAT = SeatId("seat-03")
LEG = "PJSIP/seat-03-0000002a"
QUEUE = "sip112-PKY"
OVERFLOW = "Local/PKY@sip112-overflow-0000002a;1"


def note(**fields: str) -> str:
    """Return a note as the dialplan writes it: each value through URIENCODE."""
    given = {"centre": "PKY", "arrived": "1795318000.123"} | fields
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())


def message(event: str, **headers: str) -> dict[str, str]:
    """Return a message, with the uniqueid of a caller unless it says otherwise."""
    return {"Event": event, "Uniqueid": ID} | headers


def user_event(name: str, **headers: str) -> dict[str, str]:
    """Return what the dialplan tells."""
    return message("UserEvent", UserEvent=name, **headers)


def arrival(**fields: str) -> dict[str, str]:
    """Return the announcement of a caller."""
    return user_event("Sip112Arrival", Channel="PJSIP/trunk-0000002a", Note=note(**fields))


def read(said: dict[str, str]) -> e.Event | None:
    """Return what `said` means."""
    return translate(said, PBX, START)


def arrived(**fields: str) -> e.CallArrived:
    """Return what the announcement of a caller means."""
    event = read(arrival(**fields))
    assert isinstance(event, e.CallArrived)
    return event


# --- what is said ----------------------------------------------------------------------------


def test_an_arrival_says_all_that_the_dialplan_knows() -> None:
    """As the snippets write it: every field through URIENCODE."""
    event = arrived(
        number="+628125550101",
        name="Budi & Sons = 100 %",
        dialled="112",
        trunk="carrier",
        priority="10",
        skills="en+medical",
        location="<geo:-2.21,113.92>",
        raw="",
    )
    assert event == e.CallArrived(
        at=START,
        pbx=PBX,
        uniqueid=ID,
        channel="PJSIP/trunk-0000002a",
        centre=PKY,
        arrived_at=Instant(1_795_318_000.123),
        dialled="112",
        trunk="carrier",
        caller=Caller("+628125550101", "Budi & Sons = 100 %"),
        priority=10,
        skills=frozenset({"en", "medical"}),
        location="<geo:-2.21,113.92>",
    )


HEX = "0193f4a0000070008000000000001234"
CALL = f"urn:emergency:uid:callid:{HEX}:bjm.example"
INCIDENT = f"urn:emergency:uid:incidentid:{HEX}:bjm.example"


def test_an_arrival_from_a_neighbour_says_what_it_is_about() -> None:
    """As the dialplan leaves it: several headers in one, and of each what an identifier needs."""
    about = f"<https:desk.example>info<{INCIDENT}>purposeemergency-IncidentId<{CALL}>purpose"
    event = arrived(about=about)
    assert event.incident == Incident(TicketId(UUID(HEX)), "bjm.example")
    assert event.source == CALL


@pytest.mark.parametrize(
    "about",
    ["", "<", INCIDENT, f"<{INCIDENT}", f"<{INCIDENT} >", f"<{INCIDENT[:-1]}.>", f"<x{INCIDENT}>"],
)
def test_what_a_neighbour_says_and_nobody_understands_is_left_out(about: str) -> None:
    """The call is one like any other."""
    assert arrived(about=about) == arrived()


def test_an_arrival_needs_little() -> None:
    """A caller without anything is a caller."""
    event = arrived()
    assert (event.dialled, event.trunk, event.caller) == ("112", "", Caller())
    assert (event.priority, event.skills, event.location) == (0, frozenset(), None)


def left(conference: str, context: str, exten: str) -> dict[str, str]:
    """Return that a seat's leg is no longer in a conference."""
    where = {"Conference": conference, "Context": context, "Exten": exten}
    return message("ConfbridgeLeave", Channel=LEG, **where)


def started(response: str, reason: str, **more: str) -> dict[str, str]:
    """Return what Asterisk says of a call that was started."""
    said = {"Context": "sip112-room", "Exten": "7*seat-03", "Response": response} | more
    return message("OriginateResponse", Reason=reason, **said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            message("DialBegin", DestChannel=LEG),
            e.SeatRings(START, PBX, ID, SEAT),
        ),
        (
            message("DialEnd", DestChannel=LEG, DialStatus="ANSWER"),
            e.SeatAnswered(START, PBX, ID, SEAT, leg=LEG),
        ),
        (
            message("DialEnd", DestChannel=LEG, DialStatus="NOANSWER"),
            e.SeatDialEnded(START, PBX, ID, SEAT, OfferResult.NO_ANSWER),
        ),
        (
            message("QueueCallerJoin", Queue=QUEUE, Position="3"),
            e.CallQueued(START, PBX, ID, 3),
        ),
        (
            user_event("Sip112Return", Seat="seat-03", Status="BUSY"),
            e.CallReturned(START, PBX, ID, SEAT, OfferResult.REJECTED),
        ),
        (user_event("Sip112End", Note="ended=1.5&cause=16&by="), e.CallEnded(START, PBX, ID, 16)),
        (user_event("Sip112End", Note="ended=1.5&cause=0"), e.CallEnded(START, PBX, ID)),
        (user_event("Sip112End", Note="cause="), e.CallEnded(START, PBX, ID)),
        (user_event("Sip112End", Note="cause=1600"), e.CallEnded(START, PBX, ID)),
        (user_event("Sip112End"), e.CallEnded(START, PBX, ID)),
        (
            user_event("Sip112End", Note=f"ended=1.5&cause=16&by=&answered=1.25&seat={LEG}"),
            e.CallEnded(START, PBX, ID, 16, SEAT, Instant(1.25)),
        ),
        (
            user_event("Sip112End", Note="ended=1.5&cause=0&by=pbx"),
            e.CallEnded(START, PBX, ID, by_pbx=True),
        ),
        (
            message("DialEnd", DestChannel=OVERFLOW, DialStatus="ANSWER"),
            e.SeatAnswered(START, PBX, ID, ELSEWHERE, leg=OVERFLOW),
        ),
        (
            message("QueueCallerJoin", Queue=f"{QUEUE}-all", Position="1"),
            e.CallQueued(START, PBX, ID, 1),
        ),
        (
            user_event("Sip112Callback", Subject="08125550101*17", Status="ANSWER"),
            e.CallbackTried(START, PBX, "08125550101*17", OfferResult.ANSWERED),
        ),
        (
            user_event("Sip112Callback", Subject="08125550101*17", Status=""),
            e.CallbackTried(START, PBX, "08125550101*17", OfferResult.FAILED),
        ),
        (
            user_event("Sip112Spy", Centre="PKY", Subject="sip112-17.1*whisper"),
            e.SpyTaps(START, PBX, PKY, "sip112-17.1", SpyMode.WHISPER),
        ),
        (user_event("Sip112Unspied"), e.SpyGone(START, PBX, ID)),
        (
            left("sip112-7.1", "sip112-spy", "sip112-17.1*listen"),
            e.PartyLeft(START, PBX, Uniqueid("7.1"), ID, LEG, sent=True),
        ),
        (
            left("sip112-7.1*s", "sip112-room", "7.1*s"),
            e.PartyLeft(START, PBX, Uniqueid("7.1"), ID, LEG, sent=False),
        ),
        (
            left("sip112-7.1", "sip112-room", "7.1*x"),
            e.PartyLeft(START, PBX, Uniqueid("7.1"), ID, LEG, sent=True),
        ),
        (user_event("Sip112Native", Centre="PKY"), e.NativeMode(START, PBX, PKY)),
        (user_event("Sip112Owner", Centre="PKY", Owner="17"), e.OwnerChanged(START, PBX, PKY, 17)),
        (
            user_event("Sip112Fenced", Centre="PKY", Seat="seat-03", Owner="17"),
            e.OwnerChanged(START, PBX, PKY, 17),
        ),
        (
            message("ContactStatus", EndpointName="seat-03", ContactStatus="Removed"),
            e.PhoneGone(START, PBX, SEAT),
        ),
        (
            message("ContactStatus", EndpointName="seat-03", ContactStatus="Unreachable"),
            e.PhoneGone(START, PBX, SEAT),
        ),
        (
            message("QueueMemberRemoved", Queue=QUEUE, Interface="PJSIP/seat-03"),
            e.MemberRemoved(START, PBX, PKY, SEAT),
        ),
        (
            started("Success", "4"),
            e.CallStarted(START, PBX, Purpose.ROOM, "7*seat-03", OfferResult.ANSWERED, ID),
        ),
        *(
            (
                started("Failure", reason, Uniqueid="<null>"),
                e.CallStarted(START, PBX, Purpose.ROOM, "7*seat-03", result),
            )
            for reason, result in {
                "0": OfferResult.UNREACHABLE,
                "1": OfferResult.REJECTED,
                "3": OfferResult.NO_ANSWER,
                "5": OfferResult.REJECTED,
                "8": OfferResult.REJECTED,
                "42": OfferResult.FAILED,
            }.items()
        ),
    ],
)
def test_each_message_has_its_meaning(said: dict[str, str], meant: e.Event) -> None:
    """One event of Asterisk's is one event of the core's."""
    assert read(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        message("Newchannel"),
        {},
        user_event("SomethingElse"),
        user_event("Sip112Alarm", Kind="queue"),
        message("UserEvent"),
        message("DialBegin", DestChannel="Local/seat-03@somewhere-0000002a;1"),
        {"Event": "DialBegin", "DestChannel": LEG},
        message("DialEnd", DestChannel="Local/x-0000002a;1", DialStatus="ANSWER"),
        message("DialBegin", DestChannel=OVERFLOW),
        message("DialEnd", DestChannel=OVERFLOW, DialStatus="BUSY"),
        left("sip112-7.1", "sip112-room", "7.1*s"),
        left("sip112-7.1", "from-seats", "112"),
        left("lunch", "sip112-spy", "sip112-17.1*listen"),
        {"Event": "DialEnd", "DestChannel": LEG, "DialStatus": "ANSWER"},
        message("DialBegin", DestChannel="PJSIP/noseat"),
        message("DialBegin", DestChannel="PJSIP/-0000002a"),
        message("QueueCallerJoin", Queue="support", Position="1"),
        message("QueueCallerJoin", Queue="sip112-", Position="1"),
        message("ContactStatus", EndpointName="seat-03", ContactStatus="Reachable"),
        started("Success", "4", Context="somewhere"),
        message("QueueMemberRemoved", Queue="support", Interface="PJSIP/seat-03"),
        message("QueueMemberRemoved", Queue=QUEUE, Interface="Local/seat-03@x"),
        message("QueueMemberRemoved", Queue=QUEUE, Interface="PJSIP/"),
        message("QueueMemberStatus", Queue="support", Interface="PJSIP/seat-03", Status="1"),
        message("QueueMemberStatus", Queue=QUEUE, Interface="SIP/seat-03", Status="1"),
        message("QueueMemberStatus", Queue=f"{QUEUE}-all", Interface="PJSIP/seat-03", Status="1"),
        message("QueueMemberRemoved", Queue=f"{QUEUE}-all", Interface="PJSIP/seat-03"),
    ],
)
def test_what_does_not_concern_us_means_nothing(said: dict[str, str]) -> None:
    """Other queues, other technologies, an originated call without a caller."""
    assert read(said) is None


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("NOANSWER", OfferResult.NO_ANSWER),
        ("BUSY", OfferResult.REJECTED),
        ("CONGESTION", OfferResult.REJECTED),
        ("CHANUNAVAIL", OfferResult.UNREACHABLE),
        ("CANCEL", OfferResult.ABANDONED),
        ("ABORT", OfferResult.ABANDONED),
        ("INVALIDARGS", OfferResult.FAILED),
        ("", OfferResult.FAILED),
        ("SOMETHING NEW", OfferResult.FAILED),
    ],
)
def test_every_end_of_dialling_is_a_result(status: str, result: OfferResult) -> None:
    """One that nobody knows yet has failed."""
    ended = read(message("DialEnd", DestChannel=LEG, DialStatus=status))
    returned = read(user_event("Sip112Return", Seat=SEAT, Status=status))
    assert isinstance(ended, e.SeatDialEnded)
    assert isinstance(returned, e.CallReturned)
    assert ended.result is returned.result is result


# --- seats -----------------------------------------------------------------------------------


def member(event: str = "QueueMemberStatus", **headers: str) -> dict[str, str]:
    """Return what the queue says of a seat."""
    given = {
        "Queue": QUEUE,
        "Interface": "PJSIP/seat-03",
        "MemberName": "siti",
        "Status": "1",
        "Paused": "1",
        "PausedReason": "sip112",
    }
    return {"Event": event} | given | headers


@pytest.mark.parametrize("event", ["QueueMemberAdded", "QueueMemberStatus", "QueueMemberPause"])
def test_three_events_tell_of_a_member(event: str) -> None:
    """All of them say the same things."""
    siti = e.Member(PKY, SEAT, AgentId("siti"), Device.IDLE, paused=True, reason="sip112")
    assert read(member(event)) == e.MemberChanged(START, PBX, siti)


@pytest.mark.parametrize(
    ("status", "device"),
    [
        ("0", Device.UNKNOWN),
        ("1", Device.IDLE),
        ("2", Device.IN_USE),
        ("3", Device.IN_USE),
        ("4", Device.UNREGISTERED),
        ("5", Device.UNREGISTERED),
        ("6", Device.RINGING),
        ("7", Device.IN_USE),
        ("8", Device.IN_USE),
        ("9", Device.UNKNOWN),
        ("", Device.UNKNOWN),
    ],
)
def test_asterisks_device_states(status: str, device: Device) -> None:
    """As far as routing tells them apart; one that is new is unknown, and is not rung."""
    event = read(member(Status=status))
    assert isinstance(event, e.MemberChanged)
    assert event.member.device is device


def test_a_member_that_is_not_paused_has_no_reason() -> None:
    """Asterisk repeats the last one."""
    event = read(member(Paused="0", PausedReason="prayer"))
    assert isinstance(event, e.MemberChanged)
    assert (event.member.paused, event.member.reason) == (False, None)


def test_a_pause_without_a_reason_is_a_pause() -> None:
    """Somebody paused it by hand."""
    said = member()
    del said["PausedReason"]
    event = read(said)
    assert isinstance(event, e.MemberChanged)
    assert (event.member.paused, event.member.reason) == (True, "")


def test_a_member_without_a_name_has_no_agent() -> None:
    """Asterisk fills in the interface."""
    for said in (member(MemberName="PJSIP/seat-03"), member(MemberName="")):
        event = read(said)
        assert isinstance(event, e.MemberChanged)
        assert event.member.agent is None


# --- what Asterisk cannot have said ------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (user_event("Sip112Arrival", Channel="x"), "Note"),
        (user_event("Sip112Arrival", Note=note()), "Channel"),
        ({"Event": "UserEvent", "UserEvent": "Sip112Arrival"}, "Uniqueid"),
        ({"Event": "UserEvent", "UserEvent": "Sip112End"}, "Uniqueid"),
        (user_event("Sip112Return", Status="BUSY"), "Seat"),
        (user_event("Sip112Return", Seat="seat-03"), "Status"),
        (user_event("Sip112Callback", Status="BUSY"), "Subject"),
        (user_event("Sip112Callback", Subject="1*1"), "Status"),
        (user_event("Sip112Spy", Centre="PKY"), "Subject"),
        (user_event("Sip112Spy", Subject="1.1*listen"), "Centre"),
        (user_event("Sip112Native"), "Centre"),
        (user_event("Sip112Owner", Owner="1"), "Centre"),
        (user_event("Sip112Fenced", Centre="PKY"), "Owner"),
        (message("DialBegin"), "DestChannel"),
        (message("DialEnd", DestChannel=LEG), "DialStatus"),
        (message("QueueCallerJoin", Position="1"), "Queue"),
        (message("QueueCallerJoin", Queue=QUEUE), "Position"),
        ({"Event": "QueueCallerJoin", "Queue": QUEUE, "Position": "1"}, "Uniqueid"),
        (message("OriginateResponse", Response="Success"), "Context"),
        (message("OriginateResponse", Response="Failure", Context="sip112-room"), "Reason"),
        (
            message("OriginateResponse", Response="Success", Context="sip112-room"),
            "Exten",
        ),
        (message("ContactStatus", EndpointName="seat-03"), "ContactStatus"),
        (message("ContactStatus", ContactStatus="Removed"), "EndpointName"),
        (message("QueueMemberRemoved", Queue=QUEUE), "Interface"),
        (message("QueueMemberRemoved", Interface="PJSIP/seat-03"), "Queue"),
        (message("QueueMemberStatus", Queue=QUEUE, Interface="PJSIP/seat-03"), "Status"),
    ],
)
def test_a_message_without_a_header_of_its_kind_is_refused(
    said: dict[str, str], missing: str
) -> None:
    """The error names the event and the header."""
    with pytest.raises(BadMessage, match=f"{said['Event']}.* without its header {missing}"):
        read(said)


@pytest.mark.parametrize(
    "uniqueid", ["", "1.1 2", "1.1\r\nEvent: Hangup", "1/../..", "x" * 151, "1.\u0661", "1.1\n"]
)
def test_a_uniqueid_that_asterisk_does_not_make_is_refused(uniqueid: str) -> None:
    """It becomes part of an AstDB key, and of what is looked up."""
    with pytest.raises(BadMessage, match="Uniqueid that Asterisk does not make"):
        read(user_event("Sip112End", Uniqueid=uniqueid))


@pytest.mark.parametrize("subject", ["", "failed", "1.1*barge", "1.1*", "*listen", "1,1*listen"])
def test_a_spy_that_cannot_be_is_refused(subject: str) -> None:
    """Its subject is a channel's id and how it listens."""
    with pytest.raises(BadMessage, match="none of ours"):
        read(user_event("Sip112Spy", Centre="PKY", Subject=subject))


@pytest.mark.parametrize("centre", ["", "pky", "P", "PKY\n", "PKY,x", "P" * 13])
@pytest.mark.parametrize("name", ["Sip112Native", "Sip112Owner", "Sip112Fenced"])
def test_a_centre_that_cannot_be_is_refused(name: str, centre: str) -> None:
    """Its code is part of the names of variables and queues."""
    with pytest.raises(BadMessage, match=f"{name} of the centre"):
        read(user_event(name, Centre=centre, Owner="1"))


@pytest.mark.parametrize("owner", ["", "-1", "1.5", "²", "x", "9" * 19])
def test_an_owner_without_a_token_is_refused(owner: str) -> None:
    """One that is made up would have the true owner step down."""
    with pytest.raises(BadMessage, match="without its token"):
        read(user_event("Sip112Owner", Centre="PKY", Owner=owner))


@pytest.mark.parametrize("position", ["", "-1", "1.5", "one", "²", "\u0661", "9" * 10, "9" * 5000])
def test_a_position_that_is_no_number_is_refused(position: str) -> None:
    """Also one that only looks like a number, or that no database holds."""
    with pytest.raises(BadMessage, match=r"Position is .*, not a number"):
        read(message("QueueCallerJoin", Queue=QUEUE, Position=position))


@pytest.mark.parametrize(
    "seat", ["", "../x", "seat 03", "-seat", "seat-03\n", "séat", "x" * 65, "a/b"]
)
def test_a_return_from_a_seat_that_cannot_be_is_refused(seat: str) -> None:
    """The extension in the dialplan lets no such name through."""
    with pytest.raises(BadMessage, match="Sip112Return with Seat"):
        read(user_event("Sip112Return", Seat=seat, Status="BUSY"))


@pytest.mark.parametrize(
    "time", ["", "0", "-1", "inf", "-inf", "nan", "1e11", "1e400", "yesterday", "1795318000,1"]
)
def test_an_arrival_at_no_time_is_refused(time: str) -> None:
    """The arrival is part of the call's identity."""
    with pytest.raises(BadMessage, match="is not a time"):
        read(arrival(arrived=time))


def test_an_arrival_without_its_centre_is_refused() -> None:
    """It is part of every key."""
    with pytest.raises(BadMessage, match="without its centre"):
        read(arrival(centre=""))


def test_a_note_of_very_many_fields_is_refused() -> None:
    """The dialplan writes about a dozen."""
    said = user_event("Sip112Arrival", Channel="x", Note="a=1&" * 100)
    with pytest.raises(BadMessage, match="a note that cannot be read"):
        read(said)


# --- what callers may have written ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Budi\r\nEvent: Hangup\r\nUniqueid: 1.1", "Budi Event: Hangup Uniqueid: 1.1"),
        ("Budi\tSantoso", "Budi Santoso"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("Bu\u202edi\u2066\u200f", "Budi"),
        ("Bu\u200bdi\ufeff", "Budi"),
        ("a\u2028b\u2029c", "abc"),
        ("a\x00b\x7fc\x85d", "abcd"),
        ("Budi\ufffd", "Budi"),
        ("\ue000\U000f0000", None),
        ("   ", None),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE calls; --", "'; DROP TABLE calls; --"),
        ("=1+1", "=1+1"),
        ("Đặng Thị Ánh ありがとう 🚒", "Đặng Thị Ánh ありがとう 🚒"),
        ("&centre=XXX&ended=1", "&centre=XXX&ended=1"),
        ("x" * 2000, "x" * NAME_LIMIT),
        (" " * 1000 + "x", "x"),
    ],
)
def test_a_name_is_made_fit_for_display(hostile: str, shown: str | None) -> None:
    """It cannot end a line, rearrange what stands beside it, or hide; the rest is its own."""
    assert arrived(name=hostile).caller.name == shown
    assert arrived(name=hostile).centre == PKY


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('"Budi"', "Budi"),
        (' "Budi" ', "Budi"),
        (r'"Bu\"di\\"', r'Bu"di' + "\\"),
        ('"Budi beginning of a long na', "Budi beginning of a long na"),
        ('"', None),
        ('""', None),
        ('Budi "the fox"', 'Budi "the fox"'),
    ],
)
def test_a_quoted_name_is_shown_without_quotes(sent: str, shown: str | None) -> None:
    """As SIP writes display names."""
    assert arrived(name=sent).caller.name == shown


def test_bytes_that_are_no_utf_8_are_left_out() -> None:
    """URIENCODE keeps them; a reader replaces them; nobody sees them."""
    said = arrival()
    said["Note"] += "&name=Bu%ff%fedi%C3&raw=%ED%A0%80"
    event = read(said)
    assert isinstance(event, e.CallArrived)
    assert event.caller.name == "Budi"
    assert event.caller.raw is None


@pytest.mark.parametrize(
    "number", ["0812 555", "sip:1@2", "+", "++62", "1" * 33, "08125550101\n", "١٢٣", "anonymous"]
)
def test_what_is_no_number_is_shown_as_it_was_sent(number: str) -> None:
    """A strange identity is no reason to refuse a call."""
    caller = arrived(number=number).caller
    assert caller.number is None
    assert caller.raw == clean(number, NAME_LIMIT)


def test_a_note_may_be_written_by_hand() -> None:
    """With blanks as plus signs, as forms write them."""
    said = arrival()
    said["Note"] += "&name=Budi+Santoso"
    event = read(said)
    assert isinstance(event, e.CallArrived)
    assert event.caller.name == "Budi Santoso"


def test_what_was_sent_instead_of_a_number_is_kept() -> None:
    """The dialplan tells it, and it is made safe as a name is."""
    caller = arrived(raw="anonymous\r\nEvent: x" + "y" * 2000).caller
    assert caller.number is None
    assert caller.raw == ("anonymous Event: x" + "y" * 2000)[:NAME_LIMIT]


@pytest.mark.parametrize("priority", ["", "-5", "high", "²", "9" * 5000])
def test_a_priority_that_is_none_is_the_ordinary_one(priority: str) -> None:
    """The call is taken all the same."""
    assert arrived(priority=priority).priority == 0


def test_other_fields_are_bounded_too() -> None:
    """What a caller's header may fill is cut to what a screen can hold."""
    event = arrived(dialled="1" * 2000, trunk="t" * 2000, location="l" * 2000)
    assert [len(event.dialled), len(event.trunk), len(event.location or "")] == [40, 80, 400]


def test_skills_are_separated_in_any_way() -> None:
    """By plus, comma or blank, as administrators write them."""
    assert arrived(skills="en+jv, medical  ").skills == {"en", "jv", "medical"}


@given(st.text(), st.integers(1, 100))
def test_what_is_clean_stays_as_it_is(text: str, limit: int) -> None:
    """Cleaning twice is cleaning once, and what is left is short and shows."""
    once = clean(text, limit)
    assert once is None or (0 < len(once) <= limit and once.isprintable())
    assert clean(once or "", limit) == once


# --- a snapshot ------------------------------------------------------------------------------


def look(
    channels: list[dict[str, str]] | None = None,
    queue: list[dict[str, str]] | None = None,
    notes: list[dict[str, str]] | None = None,
    variables: Variables = UNSET,
) -> e.Snapshot:
    """Return the snapshot of these lists and variables, all notes being there from the start."""
    notes = notes or []
    return snapshot(PBX, PKY, START, notes, channels or [], queue or [], notes, variables)


def entry(key: str, value: str) -> dict[str, str]:
    """Return an item of DBGetTree."""
    return {"Event": "DBGetTreeResponse", "Key": key, "Val": value}


def test_channels_are_read_as_they_are() -> None:
    """In a bridge or not, with the ticket's number where they carry one."""
    (one, two) = look(
        channels=[
            {
                "Event": "Status",
                "Uniqueid": ID,
                "Linkedid": "1.1",
                "Channel": "PJSIP/trunk-1",
                "Context": "sip112-wait",
                "Application": "Queue",
                "BridgeID": "",
                "Variable": "SIP112_TICKET=PKY-20261122-0042",
            },
            {"Event": "Status", "BridgeID": "abc", "Variable": "SIP112_TICKET="},
        ]
    ).channels
    assert one == e.Channel(
        ID, "1.1", "PJSIP/trunk-1", "sip112-wait", "Queue", bridged=False,
        ticket_number="PKY-20261122-0042",
    )  # fmt: skip
    assert two == e.Channel(Uniqueid(""), "", "", "", "", bridged=True)


@pytest.mark.parametrize(
    ("context", "exten", "taps"),
    [
        ("sip112-spy", "sip112-17.1*listen", SpyMode.LISTEN),
        ("sip112-spy", "sip112-17.1*whisper", SpyMode.WHISPER),
        ("sip112-spy", "failed", None),
        ("from-seats", "sip112-17.1*listen", None),
    ],
)
def test_a_channel_that_listens_is_one(context: str, exten: str, taps: SpyMode | None) -> None:
    """By where in the dialplan it is."""
    (channel,) = look(channels=[{"Channel": LEG, "Context": context, "Exten": exten}]).channels
    assert channel.taps is taps
    assert (channel.line.seat is None) is (taps is None)


@pytest.mark.parametrize("variable", ["", "OTHER=x", "SIP112_TICKET=(null)", "SIP112_TICKET"])
def test_a_channel_without_a_ticket_has_none(variable: str) -> None:
    """Asterisk writes several things for a variable that is not set."""
    (channel,) = look(channels=[{"Variable": variable}]).channels
    assert channel.ticket_number is None


def test_the_queue_tells_members_and_positions() -> None:
    """Of the centre's queues; of another centre's, and of other people's, nothing."""
    given = member() | {"Event": "QueueMember", "Name": "siti", "Location": "PJSIP/seat-03"}
    seen = look(
        queue=[
            {"Event": "QueueParams", "Queue": QUEUE},
            given,
            given | {"Queue": "support"},
            given | {"Queue": f"{QUEUE}-all"},
            given | {"Queue": "sip112-BKL"},
            {"Event": "QueueEntry", "Queue": "sip112-BKL", "Position": "1", "Uniqueid": "1.3"},
            {"Event": "QueueEntry", "Queue": QUEUE, "Position": "2", "Uniqueid": ID},
            {"Event": "QueueEntry", "Queue": f"{QUEUE}-all", "Position": "1", "Uniqueid": "1.2"},
            {"Event": "QueueEntry", "Queue": "support", "Position": "1", "Uniqueid": "1.1"},
        ]
    )
    assert seen.members == (
        e.Member(PKY, SEAT, AgentId("siti"), Device.IDLE, paused=True, reason="sip112"),
    )
    assert seen.positions == {ID: 2, "1.2": 1}
    assert seen.unreadable == ()


def test_a_note_of_another_centres_call_is_left_to_that_centre() -> None:
    """One Asterisk keeps the notes of all; a centre that is not ours is no mistake."""
    ours = entry("/sip112/call/1.1", note())
    theirs = entry("/sip112/call/1.2", note(centre="BKL"))
    seen = look(notes=[theirs, ours])
    assert [each.arrival.uniqueid for each in seen.notes] == ["1.1"]
    assert seen.unreadable == ()


def test_a_note_of_a_call_in_progress_is_its_arrival() -> None:
    """With the channel, which live the event itself tells."""
    text = note(number="08125550101", channel="PJSIP/trunk-0000002a")
    (found,) = look(notes=[entry(f"/sip112/call/{ID}", text)]).notes
    assert found == e.Note(arrived(number="08125550101"))


def test_a_note_of_a_call_that_talks_tells_since_when_and_with_whom() -> None:
    """It is written anew when a seat answers."""
    text = note(answered="1795318010.250", seat=LEG)
    (found,) = look(notes=[entry(f"/sip112/call/{ID}", text)]).notes
    assert (found.answered_at, found.seat, found.ended_at) == (1_795_318_010.25, SEAT, None)


def test_a_note_of_a_call_that_ended_tells_how() -> None:
    """When, why, and who had answered."""
    text = note(
        answered="1795318010.0", seat=LEG, ended="1795318060.5", cause="16",
        ticket="PKY-20261122-0042",
    )  # fmt: skip
    (found,) = look(notes=[entry(f"/sip112/call/{ID}", text)]).notes
    assert (found.ended_at, found.cause) == (1_795_318_060.5, 16)
    assert found.seat == "seat-03"
    assert found.answered_at == Instant(1_795_318_010)
    assert found.ticket_number == "PKY-20261122-0042"


def test_a_note_of_a_call_that_asterisk_ended_says_so() -> None:
    """It restarted, say."""
    text = note(ended="1795318060.5", by="pbx")
    (found,) = look(notes=[entry(f"/sip112/call/{ID}", text)]).notes
    assert found.by_pbx


@pytest.mark.parametrize(
    ("text", "channels", "told"),
    [
        (note(), [], False),
        (note(), [{"Uniqueid": ID}], True),
        (note(ended="1795318060.5"), [], True),
    ],
    ids=["without a channel", "with its channel", "ended"],
)
def test_a_call_that_arrives_between_the_lists_is_not_lost(
    text: str, channels: list[dict[str, str]], *, told: bool
) -> None:
    """A note that was not there before says nothing, without a channel or an end."""
    notes = [entry(f"/sip112/call/{ID}", text)]
    seen = snapshot(PBX, PKY, START, [], channels, [], notes)
    assert [each.arrival.uniqueid for each in seen.notes] == [ID] * told


def test_a_note_of_a_call_that_nobody_answered_has_no_answer() -> None:
    """And no seat."""
    text = note(ended="1795318060.5", ticket="", cause="")
    (found,) = look(notes=[entry(f"sip112/call/{ID}", text)]).notes
    assert (found.answered_at, found.seat, found.cause, found.ticket_number) == (
        None,
        None,
        None,
        None,
    )


def test_a_note_of_a_call_that_the_overflow_took_names_no_seat() -> None:
    """But it was answered, and when."""
    text = note(answered="1795318010.0", seat=OVERFLOW, ended="1795318060.5")
    (found,) = look(notes=[entry(f"/sip112/call/{ID}", text)]).notes
    assert (found.seat, found.answered_at) == (None, Instant(1_795_318_010))


@pytest.mark.parametrize(
    ("variables", "owner", "native", "pulse_s"),
    [
        (UNSET, 0, True, None),
        (Variables("7", "7", "service", "1795318000", "1795318000"), 7, False, 0.0),
        (Variables("6", "7", "native", "1795317997", "1795318000"), 7, True, 3.0),
        (Variables("7", "6", "SERVICE", "", "1795318000"), 7, True, None),
        (Variables("7", "", "service", "1795321600", "1795318000"), 7, False, -3600.0),
        (Variables("x", "-1", "", "x", "1795318000"), 0, True, None),
    ],
)
def test_variables_tell_who_decides(
    variables: Variables, owner: int, native: bool, pulse_s: float | None
) -> None:
    """The newest owner, whoever said it last; and when in doubt, the queue itself."""
    seen = look(variables=variables)
    assert (seen.owner, seen.native, seen.pulse_s) == (owner, native, pulse_s)


def test_serials_are_read_by_centre() -> None:
    """The day, and the highest that may be in use on it."""
    notes = [entry("/sip112/serial/PKY", "20261122:60"), entry("/sip112/serial/KTM", "20261121:5")]
    assert look(notes=notes).serials == {
        PKY: ("20261122", 60),
        CentreCode("KTM"): ("20261121", 5),
    }


def test_other_keys_are_left_alone() -> None:
    """The list of centres, other families, and whatever else stands there."""
    keys = ["/sip112/centre/PKY", "/other/call/1.1", "/other/serial/PKY", "", "/sip112", "a/b/c/d"]
    seen = look(notes=[entry(key, "1") for key in keys])
    assert (seen.notes, seen.serials, seen.unreadable) == ((), {}, ())


@pytest.mark.parametrize(
    "bad",
    [
        entry("/sip112/call/1.1", ""),
        entry("/sip112/call/1.1", note(arrived="nan")),
        entry("/sip112/call/1 1", note()),
        entry("/sip112/call/1.2", note(ended="inf")),
        entry("/sip112/call/1.2", "a=1&" * 100),
        entry("/sip112/serial/PKY", "20261122"),
        entry("/sip112/serial/PKY", "today:5"),
        entry("/sip112/serial/PKY", "20261122:²"),
    ],
)
def test_a_note_that_cannot_be_read_does_not_spoil_the_rest(bad: dict[str, str]) -> None:
    """It is told, so that somebody can look; it is not removed."""
    good = entry(f"/sip112/call/{ID}", note())
    seen = look(notes=[bad, good])
    assert [each.arrival.uniqueid for each in seen.notes] == [ID]
    assert len(seen.unreadable) == 1
    assert seen.unreadable[0].startswith(f"AstDB {bad['Key']}: ")


@pytest.mark.parametrize(
    "bad",
    [
        {"Event": "QueueMember"},
        {"Event": "QueueMember", "Queue": QUEUE, "Location": "PJSIP/seat-03"},
        {"Event": "QueueEntry", "Queue": QUEUE, "Position": "x", "Uniqueid": "1.1"},
        {"Event": "QueueEntry"},
    ],
)
def test_a_queue_item_that_cannot_be_read_does_not_spoil_the_rest(bad: dict[str, str]) -> None:
    """Likewise."""
    good = {"Event": "QueueEntry", "Queue": QUEUE, "Position": "2", "Uniqueid": ID}
    seen = look(queue=[bad, good])
    assert seen.positions == {ID: 2}
    assert len(seen.unreadable) == 1
    assert seen.unreadable[0].startswith("QueueStatus: ")


# --- whatever comes ----------------------------------------------------------------------------

NAMES = sorted({"Event"}.union(*EVENTS.values()))
NASTY = st.sampled_from(
    [
        *("", "0", "1", "-1", "nan", "inf", "9" * 5000, "²", "(null)", "\r\n", "\x00", "%"),
        *(ID, QUEUE, LEG, "PJSIP/", "PJSIP/-", "sip112-", "seat-03", "ANSWER", "BUSY", "16"),
        note(),
        note(answered="9" * 400, seat=LEG, ended="1"),
        "&" * 200,
        "a=1;b=2&=&==",
    ]
)
VALUES = NASTY | st.text(max_size=40) | st.text(st.characters(codec="latin-1"), max_size=40)
KINDS = st.sampled_from([*EVENTS, "Newchannel", ""])
USER = st.sampled_from(
    [
        "Sip112Arrival",
        "Sip112Return",
        "Sip112End",
        "Sip112Native",
        "Sip112Owner",
        "Sip112Fenced",
        "x",
    ]
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, str]:
    """Draw a message of a known kind whose headers are missing or hold anything."""
    said = draw(st.dictionaries(st.sampled_from(NAMES), VALUES))
    said["Event"] = draw(KINDS)
    said["UserEvent"] = draw(USER)
    return said


@given(messages() | st.dictionaries(st.text(max_size=12), VALUES))
@example({"Event": "QueueCallerJoin", "Queue": QUEUE, "Position": "9" * 5000, "Uniqueid": ID})
@example(user_event("Sip112Arrival", Channel="", Note="&a" * 200))
def test_no_message_at_all_raises_anything_but_bad_message(said: dict[str, str]) -> None:
    """The link counts a BadMessage and goes on; anything else would be our mistake."""
    with suppress(BadMessage):
        event = read(said)
        assert event is None or event.at == START


ITEMS = st.lists(
    st.dictionaries(
        st.sampled_from(
            [*NAMES, "Key", "Val", "Name", "Location", "Linkedid", "BridgeID", "Variable"]
        ),
        VALUES | st.sampled_from([f"/sip112/call/{ID}", "/sip112/serial/PKY", "QueueEntry"]),
    ),
    max_size=4,
)


@given(ITEMS, ITEMS, ITEMS)
@example([], [], [entry(f"sip112/call/{ID}", note(answered="9" * 400, ended="1"))])
@example([], [], [entry("sip112/serial/PKY", "20261122:" + "9" * 5000)])
def test_no_list_at_all_spoils_a_snapshot(
    channels: list[dict[str, str]], queue: list[dict[str, str]], notes: list[dict[str, str]]
) -> None:
    """What cannot be read is told, and the snapshot is there."""
    seen = look(channels, queue, notes)
    assert len(seen.channels) == len(channels)
    assert all(seen.unreadable)


SHOWN = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters='"\ufffd'), max_size=40
)
TIMES = st.integers(1, 4_000_000_000_000).map(lambda milliseconds: milliseconds / 1000)


@given(
    fields=st.fixed_dictionaries(
        {
            "number": st.from_regex(r"\A(\+?[0-9*#]{1,32})?\Z"),
            "name": SHOWN,
            "dialled": SHOWN,
            "trunk": SHOWN,
            "priority": st.integers(0, 999_999_999).map(str),
            "skills": st.lists(st.from_regex(r"\A[a-z0-9_-]+\Z"), max_size=5).map("+".join),
            "location": SHOWN,
            "raw": SHOWN,
            "channel": st.from_regex(r"\APJSIP/[a-z]+-[0-9a-f]{8}\Z"),
        }
    ),
    arrived_at=TIMES,
    end=st.none()
    | st.fixed_dictionaries(
        {
            "ended": TIMES.map(lambda at: f"{at:.3f}"),
            "cause": st.integers(1, 127).map(str),
            "ticket": st.from_regex(r"\A[A-Z]{3}-[0-9]{8}-[0-9]{4}\Z"),
            "seat": st.from_regex(r"\APJSIP/[a-z]+-[0-9]{2}-[0-9a-f]{8}\Z"),
            "answered": TIMES.map(lambda at: f"{at:.3f}"),
        }
    ),
)
def test_a_note_says_what_the_event_said(
    fields: dict[str, str], arrived_at: float, end: dict[str, Any] | None
) -> None:
    """Every field survives the dialplan's format, and live and from the note it is one call."""
    text = note(arrived=f"{arrived_at:.3f}", **fields)
    live = read(user_event("Sip112Arrival", Channel=fields["channel"], Note=text))
    key = f"/sip112/call/{ID}"
    whole = note(arrived=f"{arrived_at:.3f}", **fields, **(end or {}))
    (found,) = look(notes=[entry(key, whole)]).notes
    assert found.arrival == live
    assert isinstance(live, e.CallArrived)
    assert live.arrived_at == float(f"{arrived_at:.3f}")
    assert live.caller == Caller(
        fields["number"] or None, fields["name"] or None, fields["raw"] or None
    )
    assert live.channel == fields["channel"]
    assert (live.trunk, live.location) == (fields["trunk"], fields["location"] or None)
    assert live.dialled == (fields["dialled"] or "112")
    assert live.priority == int(fields["priority"])
    assert live.skills == frozenset(filter(None, fields["skills"].split("+")))
    if end is None:
        assert (found.ended_at, found.cause, found.seat, found.ticket_number) == (None,) * 4
    else:
        assert found.ended_at == float(end["ended"])
        assert found.cause == int(end["cause"])
        assert found.ticket_number == end["ticket"]
        assert found.seat == end["seat"].removeprefix("PJSIP/").rpartition("-")[0]
        assert found.answered_at == float(end["answered"])
