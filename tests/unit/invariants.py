"""What must hold of a desk after every event, however it came about."""

from __future__ import annotations

from sip112.routing.call import CallState, Place, RoomState
from sip112.routing.callback import CallbackState
from sip112.routing.desk import Desk
from sip112.routing.pad import Sight
from sip112.routing.rooms import holders, of_seat


def consistent(desk: Desk) -> None:
    """Fail unless calls and seats agree with each other, and nobody waits needlessly."""
    calls = {call.id: call for call in desk.calls()}
    for seat in desk.seats():
        if seat.call is not None:
            call = calls[seat.call]
            party = of_seat(call, seat.id)
            if party is None:
                assert call.seat == seat.id, "two seats have one call"
                assert not call.parties, "a seat has a call in which it takes no part"
                assert call.room is RoomState.NONE, "a seat has a call in whose room it is not"
                assert seat.talking == (call.state is CallState.TALKING)
            else:
                assert call.state is CallState.TALKING
                assert seat.talking == (party.place is not Place.RINGING)
    for call in calls.values():
        assert call.state is not CallState.ENDED
        assert call.waiting == (call.seat is None)
        assert (call.offer is not None) == (call.state in {CallState.OFFERED, CallState.RINGING})
        away = len(desk.config.pbxs) > 1 and desk.sight_of(call.pbx) is not Sight.CLEAR
        if call.state is CallState.TALKING and not away:
            for name, _ in holders(call):
                own = desk.seat(name)
                assert own is None or own.call == call.id, "whoever takes part is occupied"
        assert not call.parties or call.state is CallState.TALKING
        assert desk.call(call.id) == call
    assert set(desk._popups._unseen) <= {call.id for call in calls.values() if call.seat}
    leases = [each.seat for each in desk.callbacks() if each.state is CallbackState.TAKEN]
    assert len(leases) == len(set(leases)), "a seat calls two numbers back"
    assert {*leases, *(each.by for each in desk.spies())} == desk._roster._engaged
    numbers = [each.number for each in desk.callbacks()]
    assert len(numbers) == len(set(numbers)), "a number is to be called back twice"
    for known in desk.callbacks():
        later = [call for call in calls.values() if call.arrived_at >= known.arrived_at]
        assert known.number not in {call.caller.number for call in later}, "who calls is there"
    waiting = desk.waiting()
    assert {call.id for call in waiting} == {call.id for call in calls.values() if call.waiting}
    for call in waiting:
        if desk.sight_of(call.pbx) is Sight.CLEAR:
            for seat in desk.seats():
                free = seat.id in desk._roster.bench and desk._roster.rings(seat.id, call.pbx)
                if free and call.skills <= seat.skills:
                    assert desk._trials.bars(call.id, seat.id), "somebody waits beside a free seat"
