"""Who owns the centre: tokens, taking over and stepping down; and time by a clock nobody sets."""

from __future__ import annotations

from typing import Any

import pytest

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.audit import EVERY_S
from sip112.routing.call import CallState, OfferResult
from sip112.routing.desk import RETRY_S, STALL_S
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, TicketNumber
from sip112.routing.pad import OVERDUE_S, Sight
from sip112.routing.seat import SeatState
from sip112.routing.trials import SILENT_S
from tests.unit.centre import PBX, PKY, START, Centre, rung
from tests.unit.test_desk_link import channel, leg, member

K = f.EntryKind
SEAT = SeatId("seat-01")
KTM = CentreCode("KTM")


def taken_over(centre: Centre) -> list[int]:
    """Return by which tokens the last event took over."""
    return [each.token for each in centre.did(f.TakeOver)]


# --- which token -----------------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "stride", "token"), [(0, 1, 1), (7, 1, 8), (7, 300, 307)])
def test_without_a_token_the_next_one_is_taken(owner: int, stride: int, token: int) -> None:
    """After the greatest that Asterisk knows; every move of a caller carries it."""
    centre = Centre("seat-01", stride=stride)
    assert centre.desk.token == 0
    centre.snapshot(owner=owner, members=(member(),))
    assert taken_over(centre) == [token]
    assert centre.desk.token == token
    centre.arrives()
    assert [each.token for each in centre.did(f.RingSeat)] == [token]


def test_a_token_that_was_taken_is_kept() -> None:
    """The next snapshot shows it: that is us."""
    centre = Centre("seat-01").open()
    centre.snapshot(owner=1, native=False)
    assert taken_over(centre) == [1]
    centre.snapshot()  # an Asterisk that restarted knows of nobody
    assert taken_over(centre) == [1]


@pytest.mark.parametrize("owner", [0, 4, 5])
@pytest.mark.parametrize("native", [True, False])
def test_with_a_token_an_older_owner_is_followed(owner: int, *, native: bool) -> None:
    """Whether it is alive or not: the lease says that it does not own the centre any more."""
    centre = Centre("seat-01", token=5, alone=False)
    centre.snapshot(owner=owner, native=native, members=(member(),))
    assert taken_over(centre) == [5]
    centre.arrives()
    assert [each.token for each in centre.did(f.RingSeat)] == [5]


def test_without_a_token_one_of_several_nodes_waits_while_somebody_decides() -> None:
    """It asks again each second; when the watchdog has seen nobody, it takes over."""
    centre = Centre("seat-01", alone=False, stride=40)
    centre.store_read()
    for _ in range(3):
        centre.snapshot(owner=3, native=False, members=(member(),))
        assert centre.actions == []
        assert K.PBX_BACK not in centre.told
        assert (centre.desk.sight, centre.desk.token) == (Sight.STALE, 0)
        assert centre.passes(RETRY_S - 0.5) == []
        assert centre.passes(0.5) == [f.Resync(PBX, "is anybody alive who decides?")]
        assert centre.passes(RETRY_S - 0.5) == []  # one at a time
    assert centre.passes(0.5) == [f.Resync(PBX, "is anybody alive who decides?")]  # none came
    centre.arrives()
    assert centre.actions == []
    assert centre.told == [K.CALL_ARRIVED]
    centre.snapshot(owner=3, native=True, channels=(channel("1795318000.1"),), members=(member(),))
    assert taken_over(centre) == [43]
    assert [each.token for each in centre.did(f.RingSeat)] == [43]
    effects = centre.passes(3)
    assert {type(each) for each in effects} == {f.Beat, f.Resync, f.Record}, "of the silent offer"


def test_a_link_that_breaks_while_it_waits_asks_nothing() -> None:
    """Until it is back."""
    centre = Centre("seat-01", alone=False)
    centre.snapshot(owner=3, native=False)
    centre.give(e.LinkDown(centre.at, PBX))
    assert centre.passes(3) == []


# --- stepping down ---------------------------------------------------------------------------


def owner() -> tuple[Centre, dict[str, Any]]:
    """Return a centre that we own with token 5, and what a snapshot shows of it.

    One caller talks, one rings, one waits; a fourth seat's agent is away.
    """
    centre = Centre("seat-01", "seat-02", "seat-03", "seat-04", token=5, alone=False, wrap_up_s=1)
    centre.open()
    for seat in ("seat-01", "seat-02", "seat-04"):
        centre.log_in(seat)
    centre.pause("seat-04")
    talks, rings, waits = (
        centre.arrives(uniqueid=f"1.{n}", arrived_at=Instant(START + n)) for n in (1, 2, 3)
    )
    centre.talks(talks, "seat-01")
    centre.rings(rings, "seat-02")
    centre.joins(waits)
    shown = {
        "channels": (
            channel("1.1", bridged=True),
            leg("seat-01", "1.1", bridged=True),
            channel("1.2"),
            leg("seat-02", "1.2"),
            channel("1.3"),
        ),
        "members": (member("seat-01"), member("seat-02"), member("seat-04", reason="prayer")),
        "positions": {waits: 1},
    }
    return centre, shown


def nothing_is_decided(centre: Centre, shown: dict[str, Any]) -> None:
    """Fail if anything more is asked of Asterisk; and what happens is still told."""
    before = len([each for each in centre.history if isinstance(each, f.Record)])
    began = len(centre.history)
    rings, waits = (call.uniqueid for call in centre.desk.calls()[1:])
    centre.member("seat-01", paused=False)  # the queue rings it by itself now
    centre.returns(rings, "seat-02", OfferResult.NO_ANSWER)
    assert centre.told == [K.CALL_RETURNED]
    centre.arrives(uniqueid="1.4")
    assert centre.told == [K.CALL_ARRIVED]
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    centre.rings(waits, "seat-01")
    assert centre.told == [K.CALL_RINGING]
    centre.answers(waits, "seat-01")
    centre.hangs_up(waits)
    assert centre.told == [K.CALL_ENDED]
    this = centre.call(waits).id
    centre.give(e.CallsStored(centre.at, ((this, PBX, waits),)))
    centre.passes(30)
    centre.look(**shown)
    centre.snapshot(owner=5, **shown)
    centre.give(e.LinkDown(centre.at, PBX))
    centre.snapshot(owner=0, **shown)
    centre.passes(30)
    for kind, fields in (
        (e.LogIn, {"agent": AgentId("budi")}),
        (e.LogOut, {}),
        (e.Pause, {"reason": "food"}),
        (e.Resume, {}),
    ):
        seat = "seat-03" if kind is e.LogIn else "seat-04"
        reply = centre.command(kind, seat, **fields)
        assert reply is not None
        assert reply.refusal is f.Refusal.PBX_UNREACHABLE
    actions = [each for each in centre.history[began:] if not isinstance(each, f.Record | f.Reply)]
    assert actions == []
    assert centre.desk.sight is Sight.STALE
    assert len([each for each in centre.history if isinstance(each, f.Record)]) > before + 5


def test_a_newer_owner_ends_it() -> None:
    """Asterisk told of it, or refused our Redirect; the node is told whose token it was."""
    centre, shown = owner()
    centre.give(e.OwnerChanged(centre.at, PBX, PKY, 9))
    assert centre.last == [f.StepDown(PKY, 9)]
    nothing_is_decided(centre, shown)


def test_a_newer_owner_in_a_snapshot_ends_it() -> None:
    """Of what the snapshot shows nothing is taken: others have decided since."""
    centre, shown = owner()
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    before = centre.desk.calls(), centre.desk.seats()
    centre.snapshot(owner=6)
    assert centre.last == [f.StepDown(PKY, 6)]
    assert (centre.desk.calls(), centre.desk.seats()) == before
    nothing_is_decided(centre, shown)


def test_a_newer_owner_in_the_first_snapshot_ends_it_before_it_began() -> None:
    """The lease was taken over while the link came up."""
    centre = Centre("seat-01", token=5, alone=False)
    centre.store_read()
    centre.snapshot(owner=6, members=(member(paused=False),))
    assert centre.last == [f.StepDown(PKY, 6)]
    assert centre.passes(10) == []


@pytest.mark.parametrize(
    ("code", "token", "counted"), [(PKY, 5, 0), (PKY, 4, 1), (PKY, 0, 1), (KTM, 9, 1)]
)
def test_an_owner_that_is_not_newer_changes_nothing(
    code: CentreCode, token: int, counted: int
) -> None:
    """It is us, as after each taking over; or one before us, or another centre's."""
    centre, _ = owner()
    centre.give(e.OwnerChanged(centre.at, PBX, code, token))
    assert centre.last == []
    assert centre.desk.ignored["OwnerChanged to somebody older"] == counted
    assert centre.desk.sight is Sight.CLEAR


def test_who_owns_nothing_has_nothing_to_give_up() -> None:
    """One that waits for its turn learns of the owner from the next snapshot."""
    centre = Centre("seat-01", alone=False)
    centre.snapshot(owner=3, native=False)
    centre.give(e.OwnerChanged(centre.at, PBX, PKY, 4))
    assert centre.last == []
    centre.snapshot(owner=4, native=True)
    assert taken_over(centre) == [5]


def test_an_owner_told_of_by_an_unknown_asterisk_is_counted() -> None:
    """It is none of ours."""
    centre, _ = owner()
    centre.give(e.OwnerChanged(centre.at, PbxId("pbx2"), PKY, 9))
    assert centre.last == []
    assert centre.desk.ignored["OwnerChanged from an unknown PBX"] == 1


def test_a_step_aside_is_taken_once() -> None:
    """The second word of the same owner finds nobody who decides; it does no harm."""
    centre, _ = owner()
    centre.give(e.OwnerChanged(centre.at, PBX, PKY, 9))
    centre.snapshot(owner=9)
    assert centre.last == []


# --- a stop in good order ------------------------------------------------------------------------


def test_a_stop_hands_over_at_once() -> None:
    """To the queue, with the seats that it may ring: those held for us, and no other."""
    centre, shown = owner()
    centre.give(e.Stop(centre.at))
    assert centre.last == [f.HandOver(PBX, PKY, (SEAT, SeatId("seat-02")))]
    nothing_is_decided(centre, shown)
    centre.give(e.Stop(centre.at))
    assert centre.last == []


def test_a_stop_hands_over_also_where_sight_is_lost() -> None:
    """What it held there is still held; where there is no link nothing can be asked."""
    centre, _ = owner()
    centre.give(e.NativeMode(centre.at, PBX, PKY))
    centre.give(e.Stop(centre.at))
    assert centre.last == [f.HandOver(PBX, PKY, (SEAT, SeatId("seat-02")))]
    centre, _ = owner()
    centre.give(e.LinkDown(centre.at, PBX))
    centre.give(e.Stop(centre.at))
    assert centre.last == []


def test_a_change_that_was_asked_for_before_a_stop_is_still_answered() -> None:
    """Whoever asked for it is not left without a word."""
    centre, _ = owner()
    centre.command(e.LogIn, "seat-03", agent=AgentId("agent of seat-03"))
    centre.give(e.Stop(centre.at))
    centre.member("seat-03")
    assert [reply.refusal for reply in centre.replies] == [None]
    assert centre.actions == []


# --- time ----------------------------------------------------------------------------------------

HOUR = 3600.0


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forth", "back"])
def test_a_clock_that_is_set_ends_nothing_and_delays_nothing(jump: float) -> None:
    """Paperwork, bars, requests, offers and looks take as long as they do without it."""

    def story(jump: float) -> list[tuple[float, f.Effect]]:
        centre = Centre("seat-01", "seat-02", clock=50.0, wrap_up_s=4, retry_s=3)
        centre.with_seats("seat-01", "seat-02")
        talks, rejected, silent = (centre.arrives(uniqueid=f"1.{n}") for n in (1, 2, 3))
        centre.talks(talks, "seat-01")
        centre.hangs_up(talks)  # paperwork for 4 s
        centre.member("seat-01")
        centre.returns(rejected, "seat-02", OfferResult.REJECTED)  # barred for 3 s
        assert centre.call(silent).state is CallState.OFFERED  # must ring within 2.5 s
        centre.command(e.Pause, "seat-01", reason="food")  # answered within 5 s
        began = centre.clock
        assert began is not None
        effects = []
        centre.now += jump
        for n in range(60):
            given = centre.passes(0.5)
            if n == 20:
                for call in centre.desk.calls():
                    centre.hangs_up(call.uniqueid)
            if any(isinstance(each, f.Resync) for each in given):
                given += centre.give(
                    e.Snapshot(
                        centre.at,
                        PBX,
                        PKY,
                        channels=(channel("1.2"), channel("1.3")),
                        members=(member("seat-01"), member("seat-02")),
                        owner=1,
                        native=False,
                    )
                )
            assert centre.clock is not None
            effects += [(centre.clock - began, each) for each in given]
        return effects

    plain, jumped = story(0.0), story(jump)

    def what(effects: list[tuple[float, f.Effect]]) -> list[tuple[float, str, object]]:
        return [
            (
                at,
                type(each).__name__,
                (each.kind, each.call and each.call.state, each.seat and each.seat.state)
                if isinstance(each, f.Record)
                else None
                if isinstance(each, f.Beat | f.TakeOver)
                else (each.refusal, each.detail)
                if isinstance(each, f.Reply)
                else each,
            )
            for at, each in effects
        ]

    assert what(jumped) == what(plain)
    kinds = {type(each) for _, each in plain}
    assert {f.Resync, f.Look, f.RingSeat, f.Reply, f.Beat} <= kinds, "it was worth telling"
    first = {type(each): at for at, each in reversed(plain)}
    assert (first[f.Resync], first[f.Reply]) == (SILENT_S, OVERDUE_S)
    wrapped = [
        at
        for at, each in plain
        if isinstance(each, f.Record)
        and each.kind is K.SEAT_CHANGED
        and each.seat is not None
        and each.seat.id == "seat-01"
    ]
    assert wrapped[0] == 4
    assert first[f.Look] >= EVERY_S


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forth", "back"])
def test_a_clock_that_is_set_is_no_standstill(jump: float) -> None:
    """The heart beats on; and a real one is seen whatever the clock says."""
    centre = Centre("seat-01", clock=50.0).with_seats("seat-01")
    centre.tick()
    centre.now += jump
    assert centre.clock is not None
    centre.clock += 0.5
    centre.tick()
    assert centre.last == [f.Beat(PBX, PKY, centre.at)]
    centre.clock += STALL_S + 0.1
    centre.now -= jump
    centre.tick()
    assert f.Resync(PBX, "the service stood still") in centre.last


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forth", "back"])
def test_the_next_deadline_is_by_the_clock_that_nobody_sets(jump: float) -> None:
    """As whoever waits for it reads that one."""
    centre = Centre("seat-01", clock=50.0).with_seats("seat-01")
    centre.now += jump
    caller = centre.arrives()
    assert centre.desk.next_deadline() == 50 + SILENT_S
    centre.rings(caller, "seat-01")
    assert centre.desk.next_deadline() == 50 + 15 + OVERDUE_S


def test_journal_and_tickets_go_on_when_the_clock_is_set_back() -> None:
    """Numbers only grow, and callers keep their order as Asterisk's clock has it."""
    centre = Centre("seat-01", clock=50.0).open()
    one = centre.arrives(arrived_at=START)
    (before,) = centre.records
    centre.now -= HOUR
    two = centre.arrives(arrived_at=Instant(START - HOUR))
    (after,) = centre.records
    assert after.seq > before.seq
    assert (centre.call(one).ticket_number, centre.call(two).ticket_number) == (
        TicketNumber("PKY-20261122-0001"),
        TicketNumber("PKY-20261122-0002"),
    )


def test_without_a_second_clock_time_is_as_the_events_tell_it() -> None:
    """As in a replay."""
    centre = Centre("seat-01", wrap_up_s=10).with_seats("seat-01")
    caller = centre.arrives()
    centre.talks(caller, "seat-01")
    centre.hangs_up(caller)
    centre.member("seat-01")
    assert centre.desk.next_deadline() == START + 10
    centre.passes(10)
    assert centre.seat("seat-01").state is SeatState.READY
    assert rung(centre.history) == ["seat-01"]
