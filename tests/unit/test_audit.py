"""The auditor: what two looks show is healed, what one shows is not, what changes is left alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sip112.routing import audit
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.audit import AGAIN_S, EVERY_S, Auditor, Drift, DriftKind
from sip112.routing.call import CallState, OfferResult, Outcome
from sip112.routing.ids import CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import Sight
from sip112.routing.seat import Device, SeatState
from sip112.routing.trials import GRACE_S
from tests.unit.centre import PBX, PKY, START, Centre
from tests.unit.test_desk_link import channel, leg, member

K = f.EntryKind
SEAT = SeatId("seat-01")
OTHER = PbxId("pbx2")


def twice(centre: Centre, kind: DriftKind, subject: str, **fields: Any) -> None:
    """Let the desk look twice: the first look changes nothing, the second heals and tells it."""
    before = centre.desk.calls(), centre.desk.seats(), Counter(centre.desk.drift)
    centre.look(**fields)
    assert centre.last == [], "one look proves nothing"
    assert (centre.desk.calls(), centre.desk.seats(), centre.desk.drift) == before
    centre.look(**fields)
    (told,) = [each for each in centre.records if each.kind is K.PBX_DRIFT]
    assert told.detail == {"pbx": "pbx1", "kind": kind.value, "subject": subject}
    assert centre.desk.drift == before[2] + Counter({kind: 1})
    centre.look(**fields)
    assert K.PBX_DRIFT not in centre.told, "it is healed"
    assert centre.desk.sight is Sight.CLEAR


# --- calls -----------------------------------------------------------------------------------


def test_a_call_of_which_nothing_was_heard_is_found() -> None:
    """It gets its ticket, its label and a seat, and is told to be found."""
    centre = Centre("seat-01").with_seats("seat-01")
    arrival = centre.arrival()
    here: dict[str, Any] = {"notes": (e.Note(arrival),), "members": (member(),)}
    centre.look(channels=(channel(arrival.uniqueid),), **here)
    assert centre.last == []
    centre.look(channels=(channel(arrival.uniqueid),), **here)
    assert centre.told == [K.CALL_ARRIVED, K.CALL_OFFERED, K.PBX_DRIFT]
    assert centre.rung == [(arrival.uniqueid, "seat-01")]
    assert len(centre.did(f.LabelCall)) == 1
    assert centre.desk.drift == {DriftKind.CALL_MISSED: 1}


def test_a_call_that_came_and_went_unheard_gets_its_ticket() -> None:
    """With its outcome; the seat as it is by now is not touched."""
    centre = Centre("seat-01").with_seats("seat-01")
    arrival = centre.arrival()
    note = e.Note(arrival, Instant(START), 16, SEAT, Instant(START - 1))
    centre.now += 1
    twice(
        centre,
        DriftKind.CALL_MISSED,
        arrival.uniqueid,
        notes=(note,),
        members=(member(),),
    )
    assert centre.call(arrival.uniqueid).outcome is Outcome.ANSWERED
    assert centre.seat("seat-01").state is SeatState.READY
    assert len(centre.tickets()) == 1


def test_a_call_whose_id_was_given_out_again_is_missed_and_no_ghost() -> None:
    """The old one is lost, the new one is found, as one drift."""
    centre = Centre("seat-01").open()
    old = centre.call(centre.arrives(uniqueid="1.1"))
    centre.now += 60
    note = e.Note(centre.arrival(uniqueid="1.1"))
    twice(centre, DriftKind.CALL_MISSED, "1.1", notes=(note,), channels=(channel("1.1"),))
    (call,) = centre.desk.calls()
    assert call.id != old.id
    assert call.ticket_number != old.ticket_number
    labels = [each for each in centre.history if isinstance(each, f.LabelCall)]
    assert [each.ticket_number for each in labels] == [old.ticket_number, call.ticket_number]


@pytest.mark.parametrize("noted", [True, False])
def test_a_call_whose_end_was_not_heard_ends(*, noted: bool) -> None:
    """By its note, or as lost with Asterisk where there is none."""
    centre = Centre("seat-01").open()
    arrival = centre.arrival()
    centre.give(arrival)
    ended = Instant(centre.now)
    centre.now += 5
    notes = (e.Note(arrival, ended, 16),) if noted else ()
    twice(centre, DriftKind.CALL_GHOST, arrival.uniqueid, notes=notes)
    call = centre.call(arrival.uniqueid)
    if noted:
        assert (call.outcome, call.ended_at) == (Outcome.ABANDONED, ended)
    else:
        assert call.outcome is Outcome.LOST_BY_PBX
    assert centre.nothing_is_left()


def test_a_call_that_answered_and_ended_unheard_is_one_drift() -> None:
    """What ended is a ghost, whatever else was missed of it; its seat has its paperwork."""
    centre = Centre("seat-01", wrap_up_s=30).with_seats("seat-01")
    arrival = centre.arrival()
    centre.give(arrival)
    centre.rings(arrival.uniqueid, "seat-01")
    centre.now += 20
    note = e.Note(arrival, Instant(centre.now - 1), 16, SEAT, Instant(centre.now - 15))
    here: dict[str, Any] = {"notes": (note,), "members": (member(),)}
    twice(centre, DriftKind.CALL_GHOST, arrival.uniqueid, **here)
    call = centre.call(arrival.uniqueid)
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-01")
    assert centre.seat("seat-01").call is None


def test_a_call_that_talks_unheard_talks() -> None:
    """With the seat to which it is bridged, which is free no more."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.now += 5
    twice(
        centre,
        DriftKind.CALL_STATE,
        caller,
        channels=(
            channel(caller, bridged=True, ticket="PKY-20261122-0001"),
            leg("seat-01", caller, bridged=True),
        ),
        members=(member(), member("seat-02")),
    )
    assert centre.call(caller).state is CallState.TALKING
    assert centre.seat("seat-01").talking


def test_a_call_that_rings_unheard_rings() -> None:
    """The seat that was asked for does ring."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    ticket = centre.call(caller).ticket_number
    twice(
        centre,
        DriftKind.CALL_STATE,
        caller,
        channels=(channel(caller, ticket=ticket), leg("seat-01", caller)),
        members=(member(),),
    )
    assert centre.call(caller).state is CallState.RINGING


def test_a_call_that_the_queue_rings_unheard_is_followed() -> None:
    """It waited, as far as the desk knew."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    centre.joins(caller)
    ticket = centre.call(caller).ticket_number
    rings = (channel(caller, ticket=ticket), leg("seat-01", caller))
    twice(centre, DriftKind.CALL_STATE, caller, channels=rings, positions={caller: 1})
    call = centre.call(caller)
    assert (call.state, call.seat, call.offers[-1].native) == (CallState.RINGING, "seat-01", True)


def test_a_call_that_rings_elsewhere_is_followed() -> None:
    """The seat where it rang, as the desk had it, is free again."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    centre.now += 5
    ticket = centre.call(caller).ticket_number
    rings = (channel(caller, ticket=ticket), leg("seat-02", caller))
    twice(centre, DriftKind.CALL_STATE, caller, channels=rings, members=(member(),))
    call = centre.call(caller)
    assert (call.state, call.seat) == (CallState.RINGING, "seat-02")
    assert centre.seat("seat-01").call is None


def test_a_call_that_joined_the_queue_unheard_is_queued() -> None:
    """With its position; one that is known to be queued is no drift for another position."""
    centre = Centre().open()
    caller = centre.arrives()
    ticket = centre.call(caller).ticket_number
    here = (channel(caller, ticket=ticket),)
    twice(centre, DriftKind.CALL_STATE, caller, channels=here, positions={caller: 2})
    assert (centre.call(caller).state, centre.call(caller).position) == (CallState.QUEUED, 2)
    for _ in range(3):
        centre.look(channels=here, positions={caller: 1})
        assert centre.last == []


def test_an_offer_that_came_to_nothing_unheard_is_taken_back() -> None:
    """And another seat is rung at once."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    caller = centre.arrives()
    centre.rings(caller, "seat-01")
    ticket = centre.call(caller).ticket_number
    centre.now += 5
    here: dict[str, Any] = {
        "channels": (channel(caller, ticket=ticket),),
        "members": (member(), member("seat-02")),
    }
    centre.look(**here)
    assert centre.last == []
    centre.look(**here)
    assert centre.call(caller).offers[0].result is OfferResult.FAILED
    assert centre.rung == [(caller, "seat-02")]
    assert centre.desk.drift == {DriftKind.CALL_STATE: 1}


def test_a_call_without_its_label_is_labelled() -> None:
    """Nothing was missed: it is Asterisk that lacks something."""
    centre = Centre().open()
    caller = centre.arrives()
    centre.joins(caller)
    call = centre.call(caller)
    assert call.ticket_number is not None
    for _ in range(2):
        centre.look(channels=(channel(caller, ticket="PKY-20261122-0009"),))
    assert centre.actions == [f.LabelCall(PBX, caller, call.channel, call.ticket_number)]
    assert centre.told == [K.PBX_DRIFT]
    assert centre.desk.drift == {DriftKind.CALL_LABEL: 1}


def test_a_call_without_a_number_lacks_no_label() -> None:
    """There is nothing to put there."""
    centre = Centre().open()
    call = centre.call(centre.arrives()).evolve(ticket_number=None)
    shown = e.Snapshot(centre.at, PBX, PKY, channels=(channel(call.uniqueid, ticket="PKY-1"),))
    found = audit.calls({call.uniqueid: call}, (), lambda _: False, lambda _: False, shown)
    assert list(found) == []


def test_what_agrees_is_no_drift() -> None:
    """However often one looks: a call that talks, one that rings, one that waits, two seats."""
    centre = Centre("seat-01", "seat-02", "seat-03").with_seats("seat-01", "seat-02")
    talks, rings, waits = (centre.arrives() for _ in range(3))
    centre.talks(talks, "seat-01")
    centre.rings(rings, "seat-02")
    centre.member("seat-02", Device.RINGING)
    centre.joins(waits)
    numbers = {call.uniqueid: call.ticket_number for call in centre.desk.calls()}
    here: dict[str, Any] = {
        "channels": (
            channel(talks, bridged=True, ticket=numbers[talks]),
            leg("seat-01", talks, bridged=True),
            channel(rings, ticket=numbers[rings]),
            leg("seat-02", rings),
            channel(waits, ticket=numbers[waits]),
            e.Channel(
                Uniqueid("1.99"), "1.99", "PJSIP/office-00000001", "internal", "", bridged=True
            ),
        ),
        "members": (member("seat-01", Device.IN_USE), member("seat-02", Device.RINGING)),
        "positions": {waits: 1},
    }
    for _ in range(3):
        centre.now += 1
        centre.look(**here)
        assert centre.last == []
    assert centre.desk.drift == {}


# --- seats -----------------------------------------------------------------------------------


def test_a_seat_whose_agent_left_unheard_is_off_duty() -> None:
    """Somebody took it out of the queue."""
    centre = Centre("seat-01").with_seats("seat-01")
    twice(centre, DriftKind.SEAT_DUTY, "seat-01")
    assert centre.seat("seat-01").state is SeatState.OFF_DUTY


def test_a_seat_whose_agent_came_unheard_is_on_duty_and_held() -> None:
    """So that the queue does not ring it beside us."""
    centre = Centre("seat-01").open()
    here = (member(paused=False),)
    centre.look(members=here)
    assert centre.last == []
    centre.look(members=here)
    assert centre.did(f.PauseMember) == [f.PauseMember(PBX, PKY, SEAT, f.HELD)]
    assert centre.seat("seat-01").agent == "agent of seat-01"
    assert centre.desk.drift == {DriftKind.SEAT_DUTY: 1}


def test_a_seat_that_is_paused_unheard_is_paused() -> None:
    """And rung no more."""
    centre = Centre("seat-01").with_seats("seat-01")
    twice(centre, DriftKind.SEAT_DUTY, "seat-01", members=(member(reason="prayer"),))
    assert centre.seat("seat-01").pause_reason == "prayer"
    centre.arrives()
    assert centre.rung == []


@pytest.mark.parametrize(
    ("device", "state"),
    [(Device.IN_USE, SeatState.BUSY), (Device.UNREGISTERED, SeatState.UNREGISTERED)],
)
def test_a_seat_whose_phone_changed_unheard_is_seen(device: Device, state: SeatState) -> None:
    """Whether it talks with somebody else or is gone."""
    centre = Centre("seat-01").with_seats("seat-01")
    twice(centre, DriftKind.SEAT_PHONE, "seat-01", members=(member(device=device),))
    assert centre.seat("seat-01").state is state


def test_a_phone_that_is_free_again_unheard_takes_the_next_call() -> None:
    """Nobody waits beside a free seat for longer than two looks."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.member("seat-01", Device.IN_USE)
    caller = centre.arrives()
    ticket = centre.call(caller).ticket_number
    here: dict[str, Any] = {"channels": (channel(caller, ticket=ticket),), "members": (member(),)}
    centre.look(**here)
    centre.look(**here)
    assert centre.rung == [(caller, "seat-01")]
    assert centre.desk.drift == {DriftKind.SEAT_PHONE: 1}


def test_members_of_another_centre_and_unknown_seats_are_no_drift() -> None:
    """They are not ours to compare."""
    centre = Centre("seat-01").open()
    theirs = e.Member(CentreCode("KTM"), SEAT, None, Device.IDLE, paused=False, reason=None)
    for _ in range(3):
        centre.look(members=(theirs, member("seat-77")))
        assert centre.last == []


# --- what is left alone --------------------------------------------------------------------------


def test_what_happens_in_between_clears_the_suspicion() -> None:
    """The look may have been older than what was heard."""
    centre = Centre("seat-01").open()
    caller = centre.arrives()
    centre.look()  # it does not show the call yet
    centre.joins(caller)
    centre.look()
    assert centre.last == []
    ticket = centre.call(caller).ticket_number
    centre.look(channels=(channel(caller, ticket=ticket),), positions={caller: 1})
    centre.look()  # suspicious again, for the first time
    assert centre.last == []
    assert centre.desk.drift == {}


def test_what_happens_to_a_seat_in_between_clears_the_suspicion() -> None:
    """Likewise."""
    centre = Centre("seat-01").with_seats("seat-01")
    busy, idle = (member(device=Device.IN_USE),), (member(),)
    centre.look(members=busy)
    centre.member("seat-01", Device.RINGING)
    centre.look(members=idle)
    centre.member("seat-01", Device.IN_USE)
    centre.look(members=idle)
    assert centre.last == []
    centre.look(members=busy)
    centre.look(members=idle)
    assert centre.last == []
    assert centre.desk.drift == {}


def test_a_change_on_its_way_is_left_alone() -> None:
    """Asterisk has it already, or not yet: what it says will be heard."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01")
    centre.command(e.Pause, "seat-01", reason="prayer")
    centre.command(e.LogIn, "seat-02", agent=member("seat-02").agent)
    here = (member(reason="prayer"), member("seat-02"))
    for members in (here, (), here, here):
        centre.look(members=members)
        assert centre.last == []
    centre.member("seat-01", reason="prayer")
    centre.member("seat-02")
    centre.look(members=here)
    assert centre.last == []
    assert centre.desk.drift == {}


def test_an_offer_just_made_is_left_alone() -> None:
    """Asterisk may not have begun it when it was looked at; later it must have."""
    centre = Centre("seat-01").with_seats("seat-01")
    caller = centre.arrives()
    ticket = centre.call(caller).ticket_number
    here: dict[str, Any] = {"channels": (channel(caller, ticket=ticket),), "members": (member(),)}
    for _ in range(4):
        centre.look(**here)
        assert centre.last == []
    centre.now += GRACE_S + 0.1
    twice(centre, DriftKind.CALL_STATE, caller, **here)
    assert centre.call(caller).waiting


def test_after_a_snapshot_nothing_is_suspicious() -> None:
    """It was taken as the truth; what differs after it differs for the first time."""
    centre = Centre("seat-01").with_seats("seat-01")
    paused = (member(reason="prayer"),)
    centre.look(members=paused)
    centre.snapshot(members=(member(),), owner=1)
    centre.look(members=paused)
    assert centre.last == []
    centre.look(members=paused)
    assert centre.desk.drift == {DriftKind.SEAT_DUTY: 1}


def test_each_of_several_is_healed_for_itself() -> None:
    """One that is new at the second look waits for the third."""
    centre = Centre("seat-01", "seat-02").with_seats("seat-01", "seat-02")
    centre.look(members=(member(reason="food"), member("seat-02")))
    both = (member(reason="food"), member("seat-02", reason="food"))
    centre.look(members=both)
    assert [each.detail["subject"] for each in centre.records if each.kind is K.PBX_DRIFT] == [
        "seat-01"
    ]
    centre.look(members=both)
    assert [each.detail["subject"] for each in centre.records if each.kind is K.PBX_DRIFT] == [
        "seat-02"
    ]
    assert centre.desk.drift == {DriftKind.SEAT_DUTY: 2}


def test_a_call_that_is_stored_is_tidied_away_also_by_a_look() -> None:
    """The order to forget it was lost."""
    centre = Centre().open()
    arrival = centre.arrival()
    centre.give(arrival)
    this = centre.call(arrival.uniqueid).id
    centre.hangs_up(arrival.uniqueid)
    centre.give(e.CallsStored(centre.at, ((this, PBX, arrival.uniqueid),)))
    centre.look(notes=(e.Note(arrival, centre.at, 16),))
    assert centre.last == [f.ForgetCall(PBX, arrival.uniqueid)]


# --- when it looks -------------------------------------------------------------------------------


def looks(effects: list[f.Effect]) -> list[f.Look]:
    """Return the looks that were asked for."""
    return [each for each in effects if isinstance(each, f.Look)]


def test_it_looks_every_so_often_and_again_soon_where_something_differs() -> None:
    """Also where a look came to nothing."""
    centre = Centre("seat-01").with_seats("seat-01")
    assert looks(centre.passes(EVERY_S - 0.5)) == []
    assert looks(centre.passes(0.5)) == [f.Look(PBX)]
    assert looks(centre.passes(EVERY_S - 0.5)) == []  # it was not answered
    assert looks(centre.passes(0.5)) == [f.Look(PBX)]
    centre.look(members=(member(reason="food"),))
    assert looks(centre.passes(AGAIN_S - 0.5)) == []
    assert looks(centre.passes(0.5)) == [f.Look(PBX)]
    centre.look(members=(member(reason="food"),))
    assert looks(centre.passes(EVERY_S - 0.5)) == []
    assert looks(centre.passes(0.5)) == [f.Look(PBX)]


def test_without_sight_nobody_looks() -> None:
    """A snapshot comes, which is more; what a look shows that was under way is not taken."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    assert looks(centre.passes(2 * EVERY_S)) == []
    centre.look()
    assert centre.last == []
    centre.give(e.LinkDown(centre.at, PBX))
    centre.look()
    assert centre.last == []
    assert centre.desk.ignored["Look at what is out of sight"] == 2


def test_a_look_at_an_unknown_asterisk_is_counted() -> None:
    """It is none of ours."""
    centre = Centre().open()
    centre.look(pbx=OTHER)
    assert centre.desk.ignored == {"Look from an unknown PBX": 1}


def test_native_mode_that_was_not_heard_of_is_a_loss_of_sight() -> None:
    """At the first look: the queue may be ringing seats by itself."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.look(native=True, members=(member(paused=False),))
    assert centre.actions == [f.Resync(PBX, "Asterisk is in native mode, and was not heard")]
    assert centre.told == [K.PBX_NATIVE]
    assert centre.desk.sight is Sight.STALE


def test_a_newer_owner_that_was_not_heard_of_has_the_centre() -> None:
    """At the first look, and whatever else it shows."""
    centre = Centre("seat-01").with_seats("seat-01")
    centre.look(owner=centre.desk.token + 1, native=True)
    assert centre.last == [f.StepDown(PKY, 2)]
    assert centre.passes(10) == []


# --- the auditor by itself -------------------------------------------------------------------


def test_what_differs_otherwise_than_before_is_another_suspicion() -> None:
    """By kind, by subject and by what is held of it; each Asterisk for itself."""
    one = Drift(DriftKind.SEAT_DUTY, "seat-01", held=1)
    auditor = Auditor(Centre("seat-01").desk._pad)
    assert not auditor.suspects(PBX)
    assert auditor.confirm(PBX, [one]) == []
    assert auditor.suspects(PBX)
    assert auditor.confirm(OTHER, [one]) == []
    assert auditor.confirm(OTHER, [one]) == [one]
    assert not auditor.suspects(OTHER)
    assert auditor.confirm(PBX, [one]) == [one]
    auditor.confirm(PBX, [one])
    auditor.forget(PBX)
    assert not auditor.suspects(PBX)
    assert auditor.confirm(PBX, [one]) == []
    others = [
        Drift(DriftKind.SEAT_PHONE, "seat-01", held=1),
        Drift(DriftKind.SEAT_DUTY, "seat-02", held=1),
        Drift(DriftKind.SEAT_DUTY, "seat-01", held=2),
    ]
    assert auditor.confirm(PBX, others) == []
    assert auditor.confirm(PBX, []) == []
    assert auditor.confirm(PBX, others) == []
    assert auditor.healed == {DriftKind.SEAT_DUTY: 2}
