"""Calls in which more than a caller and a seat take part, or in which one is on hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import urns
from sip112.routing.audit import DriftKind
from sip112.routing.call import Call, CallState, OfferResult, Outcome, Party, Place, RoomState
from sip112.routing.effects import EntryKind, Refusal, Way
from sip112.routing.ids import CallId, SeatId, TicketId, Uniqueid
from sip112.routing.rooms import holders
from sip112.routing.seat import Device, SeatState
from sip112.routing.started import Line, Purpose
from sip112.routing.ticket import Incident
from tests.unit.centre import PBX, PKY, Centre, rung
from tests.unit.invariants import consistent

FIRST = "PJSIP/seat-01-0000000a"
FIRE_BRIGADE = Line(number="113")


class Room(Centre):
    """A centre in which a caller talks with seat-01, and the words of Asterisk about its room."""

    def __init__(self, *seats: str, **config: Any) -> None:
        super().__init__(*(seats or ("seat-01", "seat-02", "seat-03")), wrap_up_s=5, **config)
        self.with_seats(*(seats or ("seat-01", "seat-02", "seat-03")))
        self.caller = self.arrives()
        self.talks(self.caller, "seat-01")

    @property
    def now_call(self) -> Call:
        """The call as it is."""
        return self.call(self.caller)

    def steer(
        self, kind: type[e.Steering], seat: str = "seat-01", call: CallId | None = None, **more: Any
    ) -> f.Reply | None:
        """Let a seat ask for something; return the reply if there is one at once."""
        self._count += 1
        key = call or self.now_call.id
        self.give(kind(self.at, self._count, key, SeatId(seat), **more))
        return self.replies[0] if self.replies else None

    def transfer(self, to: str, mode: e.Mode) -> f.Reply | None:
        """Let seat-01 call somebody to take part."""
        line = FIRE_BRIGADE if to == "113" else Line(SeatId(to))
        return self.steer(e.Transfer, to=line, mode=mode)

    def joins_room(self, who: str = "", *, aside: bool = False) -> None:
        """Let the caller, a seat, or a number join the room."""
        channel, party, line = self._channel(who)
        self.give(e.PartyJoined(self.at, PBX, self.caller, party, channel, line, aside))

    def leaves_room(self, who: str = "", *, sent: bool = False) -> None:
        """Let the caller, a seat, or a number leave."""
        channel, party, _ = self._channel(who)
        self.give(e.PartyLeft(self.at, PBX, self.caller, party, channel, sent))

    def _channel(self, who: str) -> tuple[str, Uniqueid, Line]:
        if not who:
            return self.now_call.channel, self.caller, Line()
        if who == "113":
            return "Local/113@sip112-outside-00000001;1", Uniqueid("113.1"), FIRE_BRIGADE
        return f"PJSIP/{who}-0000000a", Uniqueid(f"{who}.1"), Line(SeatId(who))

    def comes_to_nothing(self, way: Way = Way.WITH, caller: str | None = None) -> None:
        """Let somebody who is called not answer."""
        subject = f"{caller or self.caller}*{way}"
        self.give(e.CallStarted(self.at, PBX, Purpose.ROOM, subject, OfferResult.REJECTED))

    def in_room(self) -> Room:
        """Take the caller and seat-01 into the room, and seat-01 off hold again."""
        self.steer(e.Hold)
        self.joins_room()
        self.joins_room("seat-01", aside=True)
        self.steer(e.Unhold)
        self.joins_room("seat-01")
        return self

    def with_other(self, who: str = "seat-02", mode: e.Mode = e.Mode.CONFERENCE) -> Room:
        """Have somebody take part too: with the caller, or aside with seat-01."""
        aside = mode is e.Mode.ATTENDED
        self.transfer(who, mode)
        self.joins_room()
        self.joins_room("seat-01", aside=aside)
        self.joins_room(who, aside=aside)
        return self

    def places(self) -> dict[str, Place]:
        """Return who takes part, and where."""
        return {str(each.line): each.place for each in self.now_call.parties}

    @property
    def taken(self) -> list[tuple[tuple[str, Way], ...]]:
        """The ways that the last event has channels take."""
        return [each.moves for each in self.did(f.Take)]


@pytest.fixture
def room() -> Room:
    """Give a caller who talks with seat-01."""
    return Room()


# --- hold -------------------------------------------------------------------------------------


def test_a_call_that_is_put_on_hold_is_taken_into_a_room(room: Room) -> None:
    """Both at once; it is on hold when Asterisk says that the seat is aside."""
    channel = room.now_call.channel
    assert room.steer(e.Hold) is None
    assert room.taken == [((channel, Way.CALLER), (FIRST, Way.ASIDE))]
    room.joins_room()
    assert (room.now_call.room, room.replies) == (RoomState.IN, [])
    room.joins_room("seat-01", aside=True)
    assert room.now_call.on_hold
    assert room.replies == [f.Reply(room._count, room.seat("seat-01"))]
    assert room.told == [EntryKind.CALL_STEERED]
    assert room.records[0].detail == {"what": "aside", "who": "seat-01"}
    assert room.seat("seat-01").state is SeatState.TALKING
    assert room.steer(e.Hold) is not None  # it is so already
    assert room.taken == []


def test_it_is_on_hold_when_both_have_come(room: Room) -> None:
    """The seat may be aside before the caller is in the room."""
    room.steer(e.Hold)
    room.joins_room("seat-01", aside=True)
    assert (room.now_call.on_hold, room.replies) == (False, [])
    room.joins_room()
    assert room.now_call.on_hold
    assert room.replies == [f.Reply(room._count, room.seat("seat-01"))]


def test_a_seat_comes_back_from_hold(room: Room) -> None:
    """Alone: the caller is in the room already."""
    room.steer(e.Hold)
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    assert room.steer(e.Unhold) is None
    assert room.taken == [((FIRST, Way.WITH),)]
    room.joins_room("seat-01")
    assert room.replies[0].refusal is None
    assert not room.now_call.on_hold
    assert room.steer(e.Unhold) is not None


def test_an_order_is_not_given_twice(room: Room) -> None:
    """Nor any other one with the same call, until the first is done."""
    room.steer(e.Hold)
    reply = room.steer(e.HangUp)
    assert reply is not None
    assert reply.refusal is Refusal.CHANGING


def test_an_order_that_nothing_comes_of_is_given_up(room: Room) -> None:
    """And all of Asterisk is looked at: it may have been done by half."""
    room.steer(e.Hold)
    assert room.desk.next_deadline() == room.at + 3
    effects = room.passes(3.5)
    [reply] = [each for each in effects if isinstance(each, f.Reply)]
    assert reply.refusal is Refusal.PBX_REFUSED
    assert [each for each in effects if isinstance(each, f.Resync)]
    assert room.desk.next_deadline() is None


def test_an_order_that_asterisk_refuses_is_given_up(room: Room) -> None:
    """As if the caller hung up in that instant; nobody looks twice."""
    room.steer(e.Hold)
    [take] = room.did(f.Take)
    room.give(e.ActionFailed(room.at, PBX, take, "Channel does not exist"))
    assert room.replies[0].refusal is Refusal.PBX_REFUSED
    assert room.replies[0].detail == "Channel does not exist"
    assert room.did(f.Resync)
    room.give(e.ActionFailed(room.at, PBX, take, "Channel does not exist"))
    assert not room.did(f.Resync)
    room.hangs_up(room.caller)
    room.give(e.ActionFailed(room.at, PBX, take, "Channel does not exist"))
    assert room.desk.ignored["Take failed for a call that is over"] == 1


def test_who_may_not_steer_is_refused(room: Room) -> None:
    """With the reason."""

    def why(*arguments: Any, **more: Any) -> Refusal | None:
        reply = room.steer(*arguments, **more)
        return None if reply is None else reply.refusal

    assert why(e.Hold, "seat-99") is Refusal.UNKNOWN_SEAT
    assert why(e.Hold, "seat-02") is Refusal.NOT_IN_CALL
    assert why(e.Hold, "seat-01", call=CallId(UUID(int=7))) is (Refusal.UNKNOWN_CALL)
    assert why(e.CompleteTransfer) is Refusal.NOT_TRANSFERRING
    assert why(e.CancelTransfer) is Refusal.NOT_TRANSFERRING
    assert why(e.Leave) is Refusal.ALONE
    room.transfer("seat-02", e.Mode.CONFERENCE)
    assert why(e.Hold, "seat-02") is Refusal.NOT_IN_CALL  # it only rings
    room.give(e.LinkDown(room.at, PBX))
    assert why(e.Hold) is Refusal.PBX_UNREACHABLE


def test_a_leg_that_is_not_known_yet_cannot_be_moved() -> None:
    """After a restart without a look at Asterisk."""
    room = Room()
    room.give(e.SeatAnswered(room.at, PBX, room.arrives(), SeatId("seat-02")))
    other = next(each for each in room.desk.calls() if each.seat == "seat-02")
    reply = room.steer(e.Hold, "seat-02", call=other.id)
    assert reply is not None
    assert reply.refusal is Refusal.CHANGING


# --- transfers ----------------------------------------------------------------------------------


def test_a_blind_transfer_lets_the_seat_go_at_once(room: Room) -> None:
    """The caller hears music until the other answers."""
    channel = room.now_call.channel
    assert room.transfer("seat-02", e.Mode.BLIND) is None
    assert room.taken == [((channel, Way.CALLER), (FIRST, Way.OUT))]
    [order] = room.did(f.StartCall)
    assert order.subject == f"{room.caller}*m"
    assert order.rings == Line(SeatId("seat-02"))
    assert order.about.endswith(f"/t/{room.now_call.ticket_number}")
    assert (order.number, order.name) == ("08125550101", room.now_call.ticket_number)
    assert room.seat("seat-02").state is SeatState.RINGING
    room.leaves_room("seat-01", sent=True)
    assert room.replies[0].refusal is None
    assert room.seat("seat-01").state is SeatState.WRAP_UP
    assert room.now_call.seat == "seat-01"  # who talked last
    room.joins_room()
    assert room.now_call.on_hold
    room.joins_room("seat-02")
    assert room.now_call.seat == "seat-02"
    assert room.places() == {"seat-02": Place.TALKING}
    consistent(room.desk)


def test_a_neighbour_centre_knows_incident_and_call_by_name() -> None:
    """As they are called where they were first; anybody else who is called is told nothing."""
    room = Room(domain="pky.example")
    call = room.now_call
    assert call.ticket is not None
    room.steer(e.Transfer, to=FIRE_BRIGADE, mode=e.Mode.CONFERENCE, neighbour=True)
    [order] = room.did(f.StartCall)
    assert order.incident == urns.incident(call.ticket, "pky.example")
    assert order.source == urns.call(call.id, "pky.example")
    room.joins_room()
    room.joins_room("seat-01")
    room.comes_to_nothing()
    room.transfer("113", e.Mode.CONFERENCE)
    [order] = room.did(f.StartCall)
    assert (order.incident, order.source) == ("", "")


def test_what_came_from_a_neighbour_keeps_its_names_when_it_goes_on() -> None:
    """To a third centre: the incident and the call are the first one's."""
    room = Room(domain="pky.example")
    first = Incident(TicketId(UUID(int=7)), "bjm.example")
    source = urns.call(CallId(UUID(int=8)), "bjm.example")
    room.hangs_up(room.caller)
    room.caller = room.arrives(incident=first, source=source)
    room.talks(room.caller, "seat-02")
    room.steer(e.Transfer, "seat-02", to=FIRE_BRIGADE, mode=e.Mode.BLIND, neighbour=True)
    [order] = room.did(f.StartCall)
    assert (order.incident, order.source) == (urns.incident(first.ticket, first.domain), source)


def test_a_call_without_a_ticket_is_transferred_all_the_same() -> None:
    """As one that an older release has written is."""
    room = Room()
    room.desk._ledger.keep(room.now_call.evolve(ticket=None))
    room.steer(e.Transfer, to=FIRE_BRIGADE, mode=e.Mode.CONFERENCE, neighbour=True)
    [order] = room.did(f.StartCall)
    assert (order.rings, order.incident) == (FIRE_BRIGADE, "")


def test_who_cannot_be_called_is_not(room: Room) -> None:
    """A seat that is none, has a call, has nobody, or whose phone is in use."""

    def why(to: str) -> Refusal | None:
        reply = room.transfer(to, e.Mode.BLIND)
        return None if reply is None else reply.refusal

    assert why("seat-99") is Refusal.TARGET_BUSY
    assert why("seat-01") is Refusal.TARGET_BUSY
    room.member("seat-02", Device.IN_USE)
    assert why("seat-02") is Refusal.TARGET_BUSY
    room.give(e.MemberRemoved(room.at, PBX, PKY, SeatId("seat-03")))
    assert why("seat-03") is Refusal.TARGET_BUSY
    assert room.did(f.Take) == []


def test_without_the_right_to_start_calls_nobody_is_called() -> None:
    """It is said before anybody is moved."""
    room = Room(starts_calls=False)
    reply = room.transfer("113", e.Mode.BLIND)
    assert reply is not None
    assert reply.refusal is Refusal.NO_ORIGINATE
    assert room.actions == []


@pytest.mark.parametrize("refused", [True, False])
def test_a_blind_transfer_that_fails_has_the_caller_wait_again(
    room: Room, *, refused: bool
) -> None:
    """At the old place; whom it failed at is not rung at once."""
    room.transfer("seat-02", e.Mode.BLIND)
    [order] = room.did(f.StartCall)
    room.joins_room()
    room.leaves_room("seat-01", sent=True)
    if refused:
        room.give(e.ActionFailed(room.at, PBX, order, "no"))
    else:
        room.comes_to_nothing()
    assert room.taken == [((room.now_call.channel, Way.BACK),)]
    room.member("seat-02")
    room.give(e.LeftAlone(room.at, PBX, room.caller))
    assert room.rung == [(room.caller, "seat-03")]
    call = room.now_call
    assert (call.state, call.room, call.answered_at) == (CallState.OFFERED, RoomState.NONE, None)
    consistent(room.desk)


def test_an_attended_transfer(room: Room) -> None:
    """The seat speaks with the other first, then leaves them with the caller."""
    room.with_other(mode=e.Mode.ATTENDED)
    assert room.places() == {"seat-01": Place.ASIDE, "seat-02": Place.ASIDE}
    assert room.now_call.on_hold
    assert room.steer(e.CompleteTransfer) is None
    other = "PJSIP/seat-02-0000000a"
    assert room.taken == [((other, Way.WITH), (FIRST, Way.OUT))]
    room.leaves_room("seat-01", sent=True)
    assert room.taken == []
    room.joins_room("seat-02")
    assert room.replies[0].refusal is None
    assert room.places() == {"seat-02": Place.TALKING}


def test_an_attended_transfer_in_which_the_seat_stays(room: Room) -> None:
    """A conference, then."""
    room.with_other("113", mode=e.Mode.ATTENDED)
    room.steer(e.CompleteTransfer, stay=True)
    room.joins_room("seat-01")
    room.joins_room("113")
    assert room.replies[0].refusal is None
    assert room.places() == {"seat-01": Place.TALKING, "113": Place.TALKING}


def test_an_attended_transfer_is_not_completed_before_an_answer(room: Room) -> None:
    """Nor is a second one begun."""
    room.transfer("seat-02", e.Mode.ATTENDED)
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    reply = room.steer(e.CompleteTransfer)
    assert reply is not None
    assert reply.refusal is Refusal.NOT_ANSWERED
    reply = room.transfer("113", e.Mode.BLIND)
    assert reply is not None
    assert reply.refusal is Refusal.TRANSFERRING


def test_a_transfer_is_cancelled_while_it_rings(room: Room) -> None:
    """The seat is taken back when Asterisk says that nobody is called any more."""
    room.transfer("seat-02", e.Mode.ATTENDED)
    handle = room.now_call.parties[1].handle
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    assert room.steer(e.CancelTransfer) is None
    assert room.actions == [f.Drop(PBX, room.caller, handle)]
    room.comes_to_nothing(Way.ASIDE)
    assert room.taken == [((FIRST, Way.WITH),)]
    assert room.seat("seat-02").call is None
    room.joins_room("seat-01")
    assert room.replies[0].refusal is None


def test_who_is_not_called_yet_is_cancelled_a_little_later(room: Room) -> None:
    """Asterisk took the order to call them, and has no channel yet."""
    room.transfer("seat-02", e.Mode.ATTENDED)
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    room.steer(e.CancelTransfer)
    [drop] = room.did(f.Drop)
    room.give(e.ActionFailed(room.at, PBX, drop, "No such channel"))
    assert room.last == []
    assert [each for each in room.passes(1) if isinstance(each, f.Drop)] == [drop]


def test_a_transfer_is_cancelled_while_the_other_is_consulted(room: Room) -> None:
    """The other is sent out."""
    room.with_other("113", mode=e.Mode.ATTENDED)
    room.steer(e.CancelTransfer)
    there = "Local/113@sip112-outside-00000001;1"
    assert room.taken == [((there, Way.OUT), (FIRST, Way.WITH))]
    room.leaves_room("113", sent=True)
    assert room.taken == []
    room.joins_room("seat-01")
    assert room.replies[0].refusal is None


def test_who_is_consulted_and_hangs_up_sends_the_seat_back(room: Room) -> None:
    """The caller is not left on hold for nobody."""
    room.with_other(mode=e.Mode.ATTENDED)
    room.leaves_room("seat-02")
    assert room.taken == [((FIRST, Way.WITH),)]


def test_a_seat_that_hangs_up_in_mid_transfer_leaves_the_other_with_the_caller(
    room: Room,
) -> None:
    """At once if it was consulted already, else when it answers."""
    room.transfer("seat-02", e.Mode.ATTENDED)
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    room.leaves_room("seat-01")
    assert room.taken == []
    room.joins_room("seat-02", aside=True)
    assert room.taken == [(("PJSIP/seat-02-0000000a", Way.WITH),)]


def test_a_second_transfer_from_within_the_room(room: Room) -> None:
    """The caller is there already."""
    room.in_room()
    room.transfer("113", e.Mode.ATTENDED)
    assert room.taken == [((FIRST, Way.ASIDE),)]
    room.joins_room("seat-01", aside=True)
    room.comes_to_nothing(Way.ASIDE)
    room.joins_room("seat-01")
    room.transfer("113", e.Mode.BLIND)
    assert room.taken == [((FIRST, Way.OUT),)]


# --- conferences --------------------------------------------------------------------------------


def test_a_conference(room: Room) -> None:
    """The seat stays with the caller while the other rings; who leaves is free."""
    channel = room.now_call.channel
    assert room.transfer("seat-02", e.Mode.CONFERENCE) is None
    assert room.taken == [((channel, Way.CALLER), (FIRST, Way.WITH))]
    room.joins_room("seat-01")
    assert room.told == []
    room.joins_room()
    assert room.replies[0].refusal is None
    room.joins_room("seat-02")
    assert room.steer(e.Leave) is None
    assert room.taken == [((FIRST, Way.OUT),)]
    room.leaves_room("seat-01", sent=True)
    assert room.replies[0].refusal is None
    assert (room.now_call.seat, room.now_call.agent) == ("seat-02", "agent of seat-02")
    room.steer(e.Leave, "seat-02")
    assert room.replies[0].refusal is Refusal.ALONE
    consistent(room.desk)


def test_a_conference_from_within_the_room(room: Room) -> None:
    """Nobody need be moved for it."""
    room.in_room()
    assert room.transfer("113", e.Mode.CONFERENCE) is not None
    assert room.taken == []
    assert room.steer(e.CancelTransfer) is None
    room.comes_to_nothing()
    assert room.replies[0].refusal is None
    assert room.taken == []


def test_the_end_of_a_conference_frees_every_seat(room: Room) -> None:
    """Who is aside, or rings, does not stay; who is with the caller goes with them."""
    room.with_other()
    room.steer(e.Hold)
    room.joins_room("seat-01", aside=True)
    room.transfer("seat-03", e.Mode.ATTENDED)
    handle = room.now_call.parties[-1].handle
    room.leaves_room()
    assert room.taken == []
    room.hangs_up(room.caller)
    assert room.did(f.Drop) == [f.Drop(PBX, room.caller, handle)]
    assert room.taken == [((FIRST, Way.OUT),)]
    assert room.now_call.parties == ()
    assert room.now_call.seat == "seat-01"
    assert room.now_call.outcome is Outcome.ANSWERED
    assert [room.seat(each).state for each in ("seat-01", "seat-02", "seat-03")] == [
        SeatState.WRAP_UP,
        SeatState.WRAP_UP,
        SeatState.READY,
    ]
    (ended,) = [each for each in room.records if each.kind is f.EntryKind.CALL_ENDED]
    assert ended.detail == {"who": "seat-02 seat-03"}
    assert room.nothing_is_left()


def test_a_caller_who_leaves_takes_nobodys_leaving_for_being_left_alone(room: Room) -> None:
    """Asterisk sends out who was with them, before it tells the end of the call."""
    room.in_room()
    room.leaves_room()
    room.leaves_room("seat-01")
    assert room.taken == []
    room.leaves_room("seat-01")
    assert room.desk.ignored["PartyLeft of an unknown party"] == 1


def test_who_is_sent_out_after_the_caller_does_not_hand_the_call_to_another(room: Room) -> None:
    """It stays the one of the seat that had it."""
    room.with_other("seat-02", e.Mode.ATTENDED)
    room.leaves_room()
    room.leaves_room("seat-01", sent=True)
    assert room.now_call.seat == "seat-01"
    room.hangs_up(room.caller)
    assert room.now_call.seat == "seat-01"
    assert room.nothing_is_left()


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_room", [True, False])
def test_a_seat_ends_the_call(room: Room, *, in_room: bool) -> None:
    """By a command; it is answered when the call has ended."""
    if in_room:
        room.in_room()
    assert room.steer(e.HangUp) is None
    assert room.taken == [((room.now_call.channel, Way.OUT),)]
    room.hangs_up(room.caller)
    assert room.replies[0].refusal is None
    assert room.nothing_is_left()


def test_who_waits_for_something_else_of_a_call_that_ends_is_told(room: Room) -> None:
    """There is no such call any more."""
    room.steer(e.Hold)
    room.hangs_up(room.caller)
    assert room.replies[0].refusal is Refusal.UNKNOWN_CALL


def test_a_seat_that_hangs_up_ends_the_call_as_without_a_room(room: Room) -> None:
    """While it talks with the caller, and nobody else does."""
    room.in_room()
    room.leaves_room("seat-01")
    assert room.taken == [((room.now_call.channel, Way.END),)]


def test_a_seat_that_leaves_before_the_caller_comes_holds_no_call(room: Room) -> None:
    """Nor if it is lost that the caller came."""
    room.steer(e.Hold)
    room.joins_room("seat-01", aside=True)
    room.leaves_room("seat-01")
    assert (room.now_call.state, holders(room.now_call)) == (CallState.TALKING, [])
    assert room.seat("seat-01").call is None
    consistent(room.desk)
    room.joins_room()
    assert room.taken == [((room.now_call.channel, Way.BACK),)]


@pytest.mark.parametrize("order", [("", "seat-01"), ("seat-01", "")])
def test_a_call_that_everybody_has_left_holds_no_seat(room: Room, order: tuple[str, ...]) -> None:
    """Asterisk tells of its end a moment later; the seat may ring for the next by then."""
    room.in_room()
    asked = room.steer(e.HangUp)
    for who in order:
        room.leaves_room(who)
    assert (room.now_call.state, holders(room.now_call)) == (CallState.TALKING, [])
    assert (room.now_call.seat, room.now_call.on_hold) == ("seat-01", False)
    assert room.seat("seat-01").call is None
    consistent(room.desk)
    room.hangs_up(room.caller)
    assert (asked, [each.refusal for each in room.replies]) == (None, [None])


@pytest.mark.parametrize("in_room", [True, False])
@pytest.mark.parametrize("again", [True, False])
def test_a_seat_whose_phone_was_lost_has_the_caller_again(
    room: Room, *, in_room: bool, again: bool
) -> None:
    """Before others and without paperwork, as the call is not over; others, if it cannot ring."""
    if in_room:
        room.in_room()
        room.leaves_room("seat-01")
        assert room.taken == [((room.now_call.channel, Way.END),)]
        assert room.desk.seat(SeatId("seat-01")).wrap_up_until is not None  # type: ignore[union-attr]
    room.member("seat-02")
    if again:
        room.member("seat-01")
    room.give(e.LeftAlone(room.at, PBX, room.caller, SeatId("seat-01")))
    assert room.rung == [(room.caller, "seat-01" if again else "seat-02")]
    assert room.desk.seat(SeatId("seat-01")).wrap_up_until is None  # type: ignore[union-attr]
    assert room.now_call.answered_at is None
    [back] = [each for each in room.records if each.kind is f.EntryKind.CALL_STEERED]
    assert back.detail == {"what": "phone lost"} | ({} if in_room else {"who": "seat-01"})
    consistent(room.desk)


def test_a_lost_phone_of_an_unknown_seat_is_as_any(room: Room) -> None:
    """The caller waits, and somebody is rung."""
    room.member("seat-02")
    room.give(e.LeftAlone(room.at, PBX, room.caller, SeatId("seat-99")))
    assert room.rung == [(room.caller, "seat-02")]


def test_a_seat_that_hangs_up_during_hold_has_the_caller_wait_again(room: Room) -> None:
    """Nobody wanted the call to end."""
    room.steer(e.Hold)
    room.joins_room()
    room.joins_room("seat-01", aside=True)
    room.leaves_room("seat-01")
    assert room.taken == [((room.now_call.channel, Way.BACK),)]


def test_somebody_outside_who_hangs_up_has_the_caller_wait_again(room: Room) -> None:
    """They may still need help, and a seat asks them."""
    room.with_other("113")
    room.steer(e.Leave)
    room.leaves_room("seat-01", sent=True)
    assert room.places() == {"113": Place.TALKING}
    assert room.now_call.seat == "seat-01"
    room.leaves_room("113")
    assert room.taken == [((room.now_call.channel, Way.BACK),)]


def test_who_is_called_for_a_call_that_is_over_or_waits_is_sent_out(room: Room) -> None:
    """And not kept in an empty room."""
    room.transfer("113", e.Mode.BLIND)
    room.give(e.LeftAlone(room.at, PBX, room.caller))
    assert room.did(f.Drop)
    room.joins_room("113")
    assert room.taken == [(("Local/113@sip112-outside-00000001;1", Way.OUT),)]
    room.joins_room()
    assert room.taken == []
    room.give(e.LeftAlone(room.at, PBX, room.caller))
    assert any("LeftAlone" in why for why in room.desk.ignored)


@pytest.mark.parametrize("known", [True, False])
def test_news_of_nobody_who_was_called_changes_nothing(room: Room, *, known: bool) -> None:
    """Of a call that is known, or not."""
    room.comes_to_nothing(caller=None if known else "7.7")
    assert room.last == []
    room.give(e.CallStarted(room.at, PBX, Purpose.ROOM, "7.7*m", OfferResult.ANSWERED))
    assert room.last == []


def test_a_caller_whom_all_have_left_while_they_were_moved_waits_again(room: Room) -> None:
    """The seat hung up in that instant, and the other refused at once."""
    room.transfer("113", e.Mode.BLIND)
    room.leaves_room("seat-01", sent=True)
    room.comes_to_nothing()
    assert room.taken == []
    room.joins_room()
    assert room.taken == [((room.now_call.channel, Way.BACK),)]


def test_a_seat_that_asterisk_took_into_the_room_itself_takes_part(room: Room) -> None:
    """Known by its name, under another channel; or unknown until now."""
    room.in_room()
    line = Line(SeatId("seat-01"))
    channel = "PJSIP/seat-01-000000ff"
    room.give(e.PartyJoined(room.at, PBX, room.caller, Uniqueid("9.9"), channel, line, aside=False))
    assert room.now_call.parties[0].handle == channel
    room.joins_room("seat-03")
    assert room.places() == {"seat-01": Place.TALKING, "seat-03": Place.TALKING}
    assert room.seat("seat-03").talking


# --- looks at Asterisk -----------------------------------------------------------------------


def in_room(
    room: Room, name: str = "", *, aside: bool = False, line: Line | None = None
) -> e.Channel:
    """Return a channel in the caller's room as a snapshot shows it."""
    channel, party, usual = room._channel(name)
    return e.Channel(
        party,
        party,
        channel,
        "sip112-room",
        "ConfBridge",
        bridged=True,
        ticket_number=room.now_call.ticket_number,
        room=room.caller,
        aside=aside,
        line=line or usual,
    )


def members(*busy: str) -> tuple[e.Member, ...]:
    """Return the queue's members, of whom those `busy` are in use."""
    return tuple(
        e.Member(
            PKY,
            SeatId(seat),
            None,
            Device.IN_USE if seat in busy else Device.IDLE,
            paused=True,
            reason=f.HELD,
        )
        for seat in ("seat-01", "seat-02", "seat-03")
    )


def test_a_service_that_starts_in_mid_conference_knows_who_talks_with_whom(room: Room) -> None:
    """From Asterisk alone."""
    room.with_other()
    channels = (
        in_room(room),
        in_room(room, "seat-01", aside=True),
        in_room(room, "seat-02"),
        in_room(room, "113"),
    )
    call = room.now_call
    again = Centre("seat-01", "seat-02", "seat-03", wrap_up_s=5)
    again.now = room.now
    again.store_read(calls=(call.evolve(parties=(), room=RoomState.NONE),))
    again.snapshot(channels=channels, members=members("seat-01", "seat-02"))
    [now] = again.desk.calls()
    assert {str(each.line): each.place for each in now.parties} == {
        "seat-01": Place.ASIDE,
        "seat-02": Place.TALKING,
        "113": Place.TALKING,
    }
    assert all(each.handle for each in now.parties)
    assert now.room is RoomState.IN
    assert now.seat == "seat-01"
    assert again.seat("seat-01").talking
    assert again.seat("seat-02").talking
    consistent(again.desk)


def test_a_service_that_starts_while_a_seat_talks_knows_its_leg(room: Room) -> None:
    """It can put the caller on hold."""
    call = room.now_call
    caller = e.Channel(
        room.caller,
        room.caller,
        call.channel,
        "sip112-seat",
        "Dial",
        bridged=True,
        ticket_number=call.ticket_number,
    )
    leg = e.Channel(Uniqueid("1.9"), room.caller, FIRST, "", "AppDial", bridged=True)
    for answered in (True, False):  # the store had the answer, or not
        again = Centre("seat-01")
        again.now = room.now
        known = call.evolve(parties=())
        if not answered:
            known = known.evolve(state=CallState.RINGING, answered_at=None)
        again.store_read(calls=(known,))
        again.snapshot(channels=(caller, leg), members=members("seat-01")[:1])
        [now] = again.desk.calls()
        assert [each.handle for each in now.parties] == [FIRST]
        consistent(again.desk)


def test_a_conference_that_agrees_is_no_drift(room: Room) -> None:
    """However often one looks; nor is a call that was started just now, or still rings."""
    room.in_room()
    room.transfer("seat-02", e.Mode.CONFERENCE)
    handle = room.now_call.parties[1].handle
    here = [in_room(room), in_room(room, "seat-01")]
    for _ in range(3):
        room.look(channels=tuple(here), members=members("seat-01"))
    ringing = e.Channel(Uniqueid(handle), handle, "PJSIP/seat-02-f", "", "", bridged=False)
    room.now += 3
    for _ in range(3):
        room.look(channels=(*here, ringing), members=members("seat-01"))
    assert room.places() == {"seat-01": Place.TALKING, "seat-02": Place.RINGING}
    assert room.desk.drift[DriftKind.CALL_STATE] == 0
    for _ in range(2):  # it is gone, and nobody told
        room.look(channels=tuple(here), members=members("seat-01"))
    assert room.places() == {"seat-01": Place.TALKING}
    assert room.desk.drift[DriftKind.CALL_STATE] == 1
    assert room.seat("seat-02").call is None


def test_a_caller_who_is_found_alone_in_a_room_waits_again(room: Room) -> None:
    """Whatever it was that was not heard."""
    room.in_room()
    for _ in range(2):
        room.look(channels=(in_room(room),), members=members())
    assert room.taken == [((room.now_call.channel, Way.BACK),)]
    assert room.seat("seat-01").state is SeatState.WRAP_UP
    for _ in range(2):  # nor does that come to anything
        room.look(channels=(in_room(room),), members=members())
    assert room.taken == [((room.now_call.channel, Way.BACK),)]


def test_a_caller_who_is_found_waiting_was_left_alone(room: Room) -> None:
    """The dialplan took the answer out of its note."""
    room.in_room()
    call = room.now_call
    arrival = e.CallArrived(call.arrived_at, PBX, room.caller, call.channel, PKY, call.arrived_at)
    channel = e.Channel(
        room.caller,
        room.caller,
        call.channel,
        "sip112-wait",
        "Queue",
        bridged=False,
        ticket_number=call.ticket_number,
    )
    room.snapshot(
        channels=(channel,),
        members=members("seat-02", "seat-03"),
        notes=(e.Note(arrival),),
        positions={room.caller: 1},
    )
    assert room.now_call.state is CallState.QUEUED
    assert room.now_call.position == 1
    consistent(room.desk)


def restarted(room: Room, *busy: str, **seen: Any) -> Centre:
    """Return the centre after the service started anew.

    The store knows that seat-01 answered, but not who takes part; Asterisk has what is `seen`.
    """
    again = Centre("seat-01", "seat-02", "seat-03", wrap_up_s=5)
    again.now = room.now
    again.store_read(calls=(room.now_call.evolve(parties=(), room=RoomState.NONE),))
    again.snapshot(members=members(*busy), **seen)
    consistent(again.desk)
    return again


def test_a_service_that_starts_after_all_left_a_caller_frees_their_seat(room: Room) -> None:
    """The caller waits by then, beside a phone that is idle."""
    call = room.now_call
    arrival = e.CallArrived(call.arrived_at, PBX, room.caller, call.channel, PKY, call.arrived_at)
    waits = e.Channel(room.caller, room.caller, call.channel, "", "Wait", bridged=False)
    again = restarted(room, "seat-02", "seat-03", channels=(waits,), notes=(e.Note(arrival),))
    assert again.seat("seat-01").state is SeatState.WRAP_UP
    assert again.call(room.caller).waiting
    assert rung(again.passes(6)) == ["seat-01"]


def test_a_service_that_starts_beside_a_caller_alone_in_a_room_frees_their_seat(
    room: Room,
) -> None:
    """Who hung up meanwhile is not with them, and is rung when they wait."""
    again = restarted(room, "seat-02", "seat-03", channels=(in_room(room),))
    assert [each.moves for each in again.did(f.Take)] == [((room.now_call.channel, Way.BACK),)]
    assert again.seat("seat-01").state is SeatState.WRAP_UP
    again.give(e.LeftAlone(again.at, PBX, room.caller))
    consistent(again.desk)
    assert rung(again.passes(6)) == ["seat-01"]


def test_a_service_that_starts_after_a_transfer_frees_the_seat_that_answered(room: Room) -> None:
    """Another one has the call by then."""
    channels = in_room(room), in_room(room, "seat-02")
    again = restarted(room, "seat-02", channels=channels)
    assert again.seat("seat-01").state is SeatState.WRAP_UP
    assert again.call(room.caller).seat == "seat-02"


def test_a_seat_that_is_found_not_to_be_called_any_more_takes_the_next_caller(room: Room) -> None:
    """It has no paperwork, and nothing else tells that it is free."""
    room.in_room()
    room.member("seat-03", Device.IN_USE)
    room.transfer("seat-02", e.Mode.CONFERENCE)
    other = room.arrives()
    assert room.rung == []
    room.now += 3
    waits = e.Channel(
        other,
        other,
        room.call(other).channel,
        "sip112-wait",
        "Wait",
        bridged=False,
        ticket_number=room.call(other).ticket_number,
    )
    for _ in range(2):
        room.look(
            channels=(in_room(room), in_room(room, "seat-01"), waits),
            members=members("seat-01", "seat-03"),
        )
    assert room.rung == [(other, "seat-02")]


def test_who_is_seen_in_the_room_of_a_call_that_waits_is_ignored(room: Room) -> None:
    """It is older than what was heard."""
    room.give(e.LeftAlone(room.at, PBX, room.caller))
    party = Party(Line(SeatId("seat-02")), Place.TALKING, room.at, "x")
    room.give(e.PartiesSeen(room.at, PBX, room.caller, (party,), room=True))
    assert room.last == []
