"""Who shows the ticket of the call that rings at a seat, and what if nobody does."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Caller, OfferResult
from sip112.routing.ids import CallId, SeatId, TicketNumber, Uniqueid
from sip112.routing.popups import CONSOLE_S, UNSEEN_S
from sip112.routing.seat import Profile, SeatConfig
from tests.unit.centre import PBX, Centre

K = f.EntryKind
SEAT = SeatId("seat-01")
OTHER = SeatId("seat-02")
MESSAGED = SeatConfig(SEAT, popup=(Profile.BROWSER, Profile.SIP_HEADERS, Profile.SIP_MESSAGE))
ALWAYS = SeatConfig(SEAT, popup=(Profile.SIP_MESSAGE,))


def ready(*seats: str | SeatConfig) -> Centre:
    """Return a centre whose seats have a phone, an agent, and no console yet."""
    return Centre(*seats).with_seats(
        *(each if isinstance(each, str) else each.id for each in seats)
    )


def with_console(*seats: str | SeatConfig) -> Centre:
    """Return the same with a console at the first seat."""
    centre = ready(*seats)
    centre.command(e.ConsoleHere, SEAT)
    return centre


def seen(centre: Centre, caller: Uniqueid, seat: str = SEAT) -> f.Refusal | None:
    """Let a console say that it shows a call's ticket; return why that is refused, if it is."""
    reply = centre.command(e.PopupSeen, seat, call=centre.call(caller).id)
    assert reply is not None
    return reply.refusal


def shown(centre: Centre) -> list[SeatId]:
    """Return to whose phones the last event sent a ticket."""
    return [each.seat for each in centre.did(f.ShowTicket)]


# --- no console ------------------------------------------------------------------------------


def test_a_phone_is_sent_the_ticket_at_once_where_no_console_is_open() -> None:
    """With all that a phone can show of it, right after the order to ring; others are sent none."""
    centre = ready(MESSAGED, "seat-02")
    centre.arrives(caller=Caller("08125550104", "Budi"))
    assert centre.did(f.ShowTicket) == [
        f.ShowTicket(
            PBX,
            SEAT,
            Profile.SIP_MESSAGE,
            TicketNumber("PKY-20261122-0001"),
            "http://127.0.0.1:8112/t/PKY-20261122-0001",
            Caller("08125550104", "Budi"),
            0,
        )
    ]
    assert isinstance(centre.actions[-2], f.RingSeat)
    assert isinstance(centre.actions[-1], f.ShowTicket)
    centre.arrives()
    assert (centre.rung[0][1], shown(centre)) == (OTHER, [])
    centre.passes(UNSEEN_S + 1)
    assert K.POPUP_UNSEEN not in centre.told


def test_the_phone_is_told_how_long_the_caller_has_waited() -> None:
    """To the second; a clock that was set back gives no negative time."""
    centre = Centre(ALWAYS).open()
    centre.arrives()
    centre.now += 61.4
    centre.log_in(SEAT)
    assert [each.waited_s for each in centre.did(f.ShowTicket)] == [61]
    centre = ready(ALWAYS)
    centre.give(centre.arrival(arrived_at=centre.at + 5))
    assert [each.waited_s for each in centre.did(f.ShowTicket)] == [0]


# --- a console ---------------------------------------------------------------------------------


def test_a_console_that_shows_the_ticket_is_enough() -> None:
    """The phone is sent nothing, and nobody is told anything; said again, nothing changes."""
    centre = with_console(MESSAGED)
    caller = centre.arrives()
    assert shown(centre) == []
    centre.rings(caller, SEAT)
    centre.passes(UNSEEN_S - 0.5)
    assert seen(centre, caller) is None
    assert centre.last == [f.Reply(centre.replies[0].id, centre.seat(SEAT))]
    assert seen(centre, caller) is None
    centre.passes(5)
    assert not [each for each in centre.history if isinstance(each, f.ShowTicket)]
    assert K.POPUP_UNSEEN not in [r.kind for r in centre.history if isinstance(r, f.Record)]


@pytest.mark.parametrize("answered", [False, True])
def test_a_popup_that_nobody_sees_goes_to_the_phone_and_is_told(*, answered: bool) -> None:
    """Once, after two seconds: while it rings, or when it was answered without the ticket."""
    centre = with_console(MESSAGED)
    caller = centre.arrives()
    centre.rings(caller, SEAT)
    if answered:
        centre.answers(caller, SEAT)
    assert centre.desk.next_deadline() == centre.at + UNSEEN_S
    centre.passes(UNSEEN_S - 0.5)
    assert (shown(centre), centre.told) == ([], [])
    centre.passes(0.5)
    assert (shown(centre), centre.told) == ([SEAT], [K.POPUP_UNSEEN])
    (record,) = centre.records
    assert (record.call, record.seat) == (centre.call(caller), centre.seat(SEAT))
    assert record.detail == {"shown_by": "sip-message"}
    centre.passes(5)
    assert (shown(centre), centre.told) == ([], [])
    assert seen(centre, caller) is None, "it may still come to show it"


def test_it_is_told_also_where_nothing_can_be_sent_to_the_phone() -> None:
    """Then the supervisor alone can help."""
    centre = with_console("seat-01")
    centre.arrives()
    centre.passes(UNSEEN_S)
    assert (shown(centre), centre.told) == ([], [K.POPUP_UNSEEN])
    assert centre.records[0].detail == {"shown_by": ""}


def test_a_seat_whose_settings_count_on_no_console_has_it_on_the_phone() -> None:
    """Though one is open there."""
    centre = with_console(ALWAYS)
    caller = centre.arrives()
    assert shown(centre) == [SEAT]
    centre.passes(UNSEEN_S)
    assert centre.told == []
    assert seen(centre, caller) is None


def test_a_console_that_goes_is_counted_on_no_longer() -> None:
    """Whether it says so, or was not heard of for long; one that speaks again stays."""
    centre = with_console(MESSAGED)
    centre.command(e.ConsoleGone, SEAT)
    centre.command(e.ConsoleGone, SEAT)
    assert centre.replies[0].refusal is None
    centre.arrives()
    assert shown(centre) == [SEAT]
    centre = with_console(MESSAGED)
    centre.passes(CONSOLE_S - 1)
    centre.command(e.ConsoleHere, SEAT)
    centre.passes(CONSOLE_S - 1)
    centre.hangs_up(centre.arrives())
    assert shown(centre) == []
    centre.passes(1)
    centre.arrives()
    assert shown(centre) == [SEAT]


# --- the call goes on ----------------------------------------------------------------------------


def test_a_popup_is_awaited_for_as_long_as_the_seat_has_the_call() -> None:
    """A caller who hung up needs none, and another seat has one of its own."""
    centre = with_console(MESSAGED, "seat-02")
    centre.hangs_up(centre.arrives())
    assert centre.nothing_is_left()
    centre.passes(UNSEEN_S)
    assert centre.told == []
    caller = centre.arrives()
    centre.rings(caller, centre.call(caller).seat or "")
    first = centre.call(caller).seat
    centre.command(e.ConsoleHere, OTHER)
    centre.passes(1)
    centre.returns(caller, first or "", OfferResult.REJECTED)
    assert centre.call(caller).seat not in {None, first}
    began = centre.at
    centre.passes(UNSEEN_S - 0.5)
    assert K.POPUP_UNSEEN not in centre.told
    centre.passes(0.5)
    assert (centre.told, centre.at) == ([K.POPUP_UNSEEN], began + UNSEEN_S)
    assert centre.records[0].seat == centre.seat(centre.call(caller).seat or "")


def test_what_a_seat_says_late_does_not_count_for_another() -> None:
    """The call went on; its new seat has not shown the ticket."""
    centre = with_console(MESSAGED, "seat-02")
    centre.command(e.ConsoleHere, OTHER)
    caller = centre.arrives()
    first = centre.call(caller).seat or ""
    centre.rings(caller, first)
    centre.returns(caller, first, OfferResult.REJECTED)
    assert seen(centre, caller, first) is None
    centre.passes(UNSEEN_S)
    assert centre.told == [K.POPUP_UNSEEN]


def test_a_call_that_is_over_is_no_mistake() -> None:
    """What is said late is not wrong."""
    centre = with_console("seat-01")
    caller = centre.arrives()
    centre.hangs_up(caller)
    assert seen(centre, caller) is None


# --- what makes no sense -------------------------------------------------------------------------


def test_what_is_not_there_is_refused() -> None:
    """A seat or a call that there is not, and a call that the seat never had."""
    centre = with_console("seat-01", "seat-02")
    caller = centre.arrives()
    assert seen(centre, caller, OTHER) is f.Refusal.NOT_OFFERED
    assert seen(centre, caller, "seat-99") is f.Refusal.UNKNOWN_SEAT
    for kind in (e.ConsoleHere, e.ConsoleGone):
        reply = centre.command(kind, "seat-99")
        assert reply == f.Reply(reply.id if reply else 0, None, f.Refusal.UNKNOWN_SEAT)
    reply = centre.command(e.PopupSeen, SEAT, call=CallId(UUID(int=7)))
    assert reply is not None
    assert reply.refusal is f.Refusal.UNKNOWN_CALL
    centre.passes(UNSEEN_S)
    assert centre.told == [K.POPUP_UNSEEN], "none of them was the seat's own console"
