"""The desk and its store: what it reads at start, however late, and when notes are removed."""

from __future__ import annotations

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, CallState, OfferResult, Outcome
from sip112.routing.ids import (
    CentreCode,
    Instant,
    PbxId,
    SeatId,
    TicketNumber,
    Uniqueid,
    call_id,
)
from sip112.routing.pad import Sight
from sip112.routing.seat import Device, SeatState
from sip112.routing.trials import SILENT_S
from tests.unit.centre import PBX, PKY, START, Centre
from tests.unit.test_desk_link import channel, leg, member

K = f.EntryKind


def live(*seats: str) -> tuple[Centre, Uniqueid]:
    """Return a centre with one caller, before its service dies."""
    centre = Centre("seat-01", "seat-02").with_seats(*seats)
    return centre, centre.arrives(uniqueid="1.1")


def again(before: Centre) -> Centre:
    """Return the centre after a restart of its service, which knows nothing yet."""
    after = Centre("seat-01", "seat-02")
    after.now = before.now + 5
    return after


def stored(centre: Centre) -> tuple[Call, ...]:
    """Return the calls in progress as the store has them."""
    return tuple(centre.desk.calls())


def ended(centre: Centre) -> list[Call]:
    """Return the calls whose end the last event told."""
    return [each.call for each in centre.records if each.kind is K.CALL_ENDED and each.call]


def test_a_waiting_call_waits_again_after_a_restart() -> None:
    """With its ticket, its place and its position; it is not told a second time."""
    before, caller = live()
    before.joins(caller, 2)
    after = again(before)
    after.store_read(calls=stored(before))
    assert after.desk.calls() == before.desk.calls()
    assert after.records == []
    after.snapshot(channels=(channel("1.1"),), members=(member(),), positions={caller: 1})
    assert after.rung == [(caller, "seat-01")]
    assert after.tickets() == {}


def test_a_call_that_talks_talks_on_after_a_restart() -> None:
    """Its seat is where it was, and gets its paperwork when it ends."""
    before, caller = live("seat-01")
    before.talks(caller, "seat-01")
    after = again(before)
    after.store_read(calls=stored(before))
    assert after.seat("seat-01").state is SeatState.TALKING
    after.snapshot(
        channels=(channel("1.1", bridged=True), leg("seat-01", "1.1", bridged=True)),
        members=(member(device=Device.IN_USE),),
    )
    after.hangs_up(caller)
    (call,) = ended(after)
    assert (call.outcome, call.seat) == (Outcome.ANSWERED, "seat-01")


def test_a_call_at_a_seat_that_the_settings_name_no_more_is_kept() -> None:
    """Somebody changed the settings between the two starts."""
    before, caller = live("seat-01")
    for heard in (True, False):
        after = Centre("seat-02")
        after.store_read(calls=stored(before))
        assert after.desk.calls() == before.desk.calls()
        after.now += 1 if heard else 60
        after.snapshot(channels=(channel("1.1"),), members=(member("seat-02"),))
        if heard:  # of what became of the offer; nobody is paused who is not known
            after.returns(caller, "seat-01", OfferResult.NO_ANSWER)
            assert after.did(f.PauseMember) == []
        assert after.rung == [(caller, "seat-02")]


def test_an_offer_that_was_made_just_before_a_restart_does_not_stand_for_ever() -> None:
    """It may never have reached Asterisk, and is too young to be missed in a snapshot."""
    before, caller = live("seat-01")
    after = again(before)
    after.now = before.now + 1
    after.store_read(calls=stored(before))
    after.snapshot(channels=(channel("1.1"),), members=(member(),))
    assert after.call(caller).state is CallState.OFFERED
    assert after.desk.next_deadline() == START + 1 + SILENT_S
    effects = after.passes(SILENT_S)
    assert f.Resync(PBX, "no word of the offer to seat-01") in effects


def test_a_call_that_ended_unheard_ends_by_its_note() -> None:
    """The service was away; the note tells how it ended."""
    before, _ = live("seat-01")
    arrival = before.arrival(uniqueid="1.1", arrived_at=START)
    after = again(before)
    after.store_read(calls=stored(before))
    note = e.Note(arrival, Instant(START + 3), 16, SeatId("seat-01"), Instant(START + 2))
    after.snapshot(notes=(note,), members=(member(),))
    (call,) = ended(after)
    assert (call.outcome, call.answered_at, call.ended_at) == (
        Outcome.ANSWERED,
        START + 2,
        START + 3,
    )
    assert after.tickets() == {}
    assert after.nothing_is_left()


def test_a_call_that_the_store_knows_to_have_ended_is_not_opened_again() -> None:
    """Its note was left by a crash between storing and removing; now it goes."""
    before, _ = live()
    arrival = before.arrival(uniqueid="1.1", arrived_at=START)
    this = call_id(PBX, arrival.uniqueid, START)
    after = again(before)
    after.store_read(ended=(this,))
    after.snapshot(notes=(e.Note(arrival, Instant(START + 3), 16),))
    assert after.tickets() == {}
    assert after.did(f.ForgetCall) == [f.ForgetCall(PBX, arrival.uniqueid)]


def test_numbers_and_journal_go_on_after_those_in_the_store() -> None:
    """Whatever the clock says."""
    centre = Centre().open(serials={"20261122": 41}, last_seq=10**18)
    centre.arrives()
    assert list(centre.tickets().values()) == ["PKY-20261122-0042"]
    assert [record.seq for record in centre.records] == [10**18 + 2]


def test_calls_of_another_centre_or_asterisk_are_not_ours() -> None:
    """One database may serve several."""
    before, _ = live()
    (call,) = stored(before)
    theirs = (call.evolve(centre=CentreCode("KTM")), call.evolve(pbx=PbxId("pbx2")))
    after = again(before)
    after.store_read(calls=theirs)
    assert after.desk.calls() == []


# --- a store that answers late -----------------------------------------------------------------


def test_a_store_that_answers_late_gives_a_call_its_first_number_back() -> None:
    """It was said aloud already; the blind number goes."""
    before, caller = live()
    arrival = before.arrival(uniqueid="1.1", arrived_at=START)
    after = again(before)
    after.snapshot(channels=(channel("1.1"),), notes=(e.Note(arrival),))
    assert after.call(caller).ticket_number != "PKY-20261122-0001"
    after.store_read(calls=stored(before), serials={"20261122": 1})
    assert after.call(caller).ticket_number == "PKY-20261122-0001"
    assert after.actions == [
        f.LabelCall(PBX, caller, "PJSIP/trunk-00000002", TicketNumber("PKY-20261122-0001"))
    ]


def test_a_store_that_answers_late_without_a_link_labels_nothing() -> None:
    """There is nobody to be told; the next snapshot shows what is missing."""
    before, caller = live()
    arrival = before.arrival(uniqueid="1.1", arrived_at=START)
    after = again(before)
    after.snapshot(channels=(channel("1.1"),), notes=(e.Note(arrival),))
    after.give(e.LinkDown(after.at, PBX))
    after.store_read(calls=stored(before))
    assert after.actions == []
    assert after.call(caller).ticket_number == "PKY-20261122-0001"


def test_a_stored_call_without_a_number_is_not_labelled() -> None:
    """There is nothing to put there."""
    before, caller = live()
    after = again(before)
    after.store_read(calls=tuple(call.evolve(ticket_number=None) for call in stored(before)))
    after.snapshot(channels=(channel("1.1", ticket="x"),))
    assert after.did(f.LabelCall) == []
    assert after.call(caller).waiting


def test_a_store_that_answers_late_has_calls_that_are_long_gone() -> None:
    """The snapshot did not show them: Asterisk ended, and nobody was there to hear it."""
    before, caller = live("seat-01")
    before.rings(caller, "seat-01")
    after = again(before)
    after.snapshot()
    after.store_read(calls=stored(before))
    (call,) = ended(after)
    assert (call.id, call.outcome) == (before.call(caller).id, Outcome.LOST_BY_PBX)
    assert call.offers[0].result is OfferResult.ABANDONED
    assert after.nothing_is_left()


def test_a_store_that_answers_late_does_not_end_what_has_ended() -> None:
    """The desk has told the end already, with its true outcome."""
    before, caller = live()
    arrival = before.arrival(uniqueid="1.1", arrived_at=START)
    after = again(before)
    after.snapshot(notes=(e.Note(arrival, Instant(START + 3), 16),))
    assert after.call(caller).outcome is Outcome.ABANDONED
    after.store_read(calls=stored(before))
    assert after.records == []


def test_a_stored_call_whose_id_asterisk_gave_out_again_was_lost() -> None:
    """The one in progress is another one, and stays."""
    before, _ = live()
    for dark in (True, False):
        after = again(before)
        arrival = after.arrival(uniqueid="1.1")
        if dark:
            after.give(arrival)
        else:
            after.snapshot(channels=(channel("1.1"),), notes=(e.Note(arrival),))
        (new,) = after.desk.calls()
        after.store_read(calls=stored(before))
        (call,) = ended(after)
        assert (call.id, call.outcome) == (stored(before)[0].id, Outcome.LOST_BY_PBX)
        assert after.desk.calls() == [new]
        assert after.desk.call(new.id) == new
        assert after.desk.waiting() == [new]


# --- notes are removed when the end is stored ----------------------------------------------------


def test_a_note_is_removed_only_after_the_end_is_stored() -> None:
    """Until then the note is the only witness that outlives the service."""
    centre = Centre().open()
    caller = centre.arrives()
    this = centre.call(caller).id
    centre.hangs_up(caller)
    assert centre.actions == []
    centre.give(e.CallsStored(centre.at, ((this, PBX, caller),)))
    assert centre.actions == [f.ForgetCall(PBX, caller)]


def test_without_a_link_a_note_is_removed_after_the_next_login() -> None:
    """An action is never kept for later; the snapshot shows the note again."""
    centre = Centre().open()
    arrival = centre.arrival()
    centre.give(arrival)
    this = centre.call(arrival.uniqueid).id
    centre.hangs_up(arrival.uniqueid)
    centre.give(e.LinkDown(centre.at, PBX))
    centre.give(e.CallsStored(centre.at, ((this, PBX, arrival.uniqueid),)))
    assert centre.actions == []
    assert centre.desk.sight is Sight.DARK
    centre.snapshot(notes=(e.Note(arrival, centre.at, 16),))
    assert centre.did(f.ForgetCall) == [f.ForgetCall(PBX, arrival.uniqueid)]


def test_the_note_of_another_call_is_not_removed() -> None:
    """Asterisk restarted and gave the id out again: what stands there now is the new call's."""
    centre = Centre().open()
    old = centre.call(centre.arrives(uniqueid="1.1"))
    centre.now += 60
    centre.arrives(uniqueid="1.1")
    centre.give(e.CallsStored(centre.at, ((old.id, PBX, old.uniqueid),)))
    assert centre.actions == []


def test_the_desk_keeps_tickets_of_its_own_centre() -> None:
    """The centre's code is part of every key."""
    centre = Centre().open()
    centre.arrives()
    assert {record.centre for record in centre.records} == {PKY}


# --- recordings ------------------------------------------------------------------------------


def test_a_call_without_its_recording_is_told() -> None:
    """With the call as it ended, and why; nothing else follows from it."""
    centre, caller = live("seat-01")
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    (call,) = ended(centre)
    (told,) = centre.give(e.RecordingFailed(centre.at, call, "x.wav: No such file"))
    assert isinstance(told, f.Record)
    assert (told.kind, told.call) == (K.RECORDING_FAILED, call)
    assert told.detail == {"why": "x.wav: No such file"}
