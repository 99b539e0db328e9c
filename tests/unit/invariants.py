"""What must hold of a desk after every event, however it came about."""

from __future__ import annotations

from collections import Counter

from sip112.routing.call import CallState
from sip112.routing.callback import CallbackState
from sip112.routing.desk import Desk
from sip112.routing.pad import Sight


def consistent(desk: Desk) -> None:
    """Fail unless calls and seats agree with each other, and nobody waits needlessly."""
    calls = {call.id: call for call in desk.calls()}
    owners = Counter(seat.call for seat in desk.seats() if seat.call is not None)
    assert all(count == 1 for count in owners.values()), "two seats have one call"
    for seat in desk.seats():
        if seat.call is not None:
            call = calls[seat.call]
            assert call.seat == seat.id
            assert seat.talking == (call.state is CallState.TALKING)
    for call in calls.values():
        assert call.state is not CallState.ENDED
        assert call.waiting == (call.seat is None)
        assert (call.offer is not None) == (call.state in {CallState.OFFERED, CallState.RINGING})
        own = None if call.seat is None else desk.seat(call.seat)
        away = len(desk.config.pbxs) > 1 and desk.sight_of(call.pbx) is not Sight.CLEAR
        if own is not None and call.state is CallState.TALKING and not away:
            assert own.talking, "whoever talks with a seat occupies it"
        assert desk.call(call.id) == call
    assert set(desk._popups._unseen) <= {call.id for call in calls.values() if call.seat}
    leases = [each.seat for each in desk.callbacks() if each.state is CallbackState.TAKEN]
    assert len(leases) == len(set(leases)), "a seat calls two numbers back"
    assert set(leases) == desk._roster._engaged
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
