"""Callers by priority, then arrival; seats by how long they have been idle; both by skills."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from sip112.routing.call import Call, Offer
from sip112.routing.ids import CallId, Instant, SeatId, Uniqueid, call_id
from sip112.routing.policy import Bench, Line, rank
from sip112.routing.seat import Seat
from tests.unit.centre import PBX, PKY, START


def caller(n: int, *, priority: int = 0, skills: str = "") -> Call:
    """Return the call of the `n`-th second."""
    uniqueid, at = Uniqueid(f"1795318000.{n}"), Instant(START + n)
    this = call_id(PBX, uniqueid, at)
    wanted = frozenset(skills.split())
    return Call(this, PKY, PBX, uniqueid, "", at, priority=priority, skills=wanted)


def seat(name: str = "seat-01", skills: str = "") -> Seat:
    """Return a seat."""
    return Seat(SeatId(name), PKY, frozenset(skills.split()))


def line(*calls: Call) -> Line:
    """Return a line in which `calls` wait."""
    made = Line()
    for call in calls:
        made.add(call)
    return made


def nobody(_: CallId) -> bool:
    """Bar no call."""
    return False


def all_of(*calls: Call) -> Callable[[CallId], bool]:
    """Bar `calls`."""
    return {call.id for call in calls}.__contains__


# --- the line ------------------------------------------------------------------------------


def test_who_came_first_is_served_first() -> None:
    """In whichever order they were told."""
    assert line(caller(2), caller(1), caller(3)).first_for(seat(), nobody) == caller(1).id


def test_priority_goes_before_arrival() -> None:
    """Higher is earlier, as with Asterisk's QUEUE_PRIO."""
    waiting = line(caller(1), caller(2, priority=10), caller(3, priority=10))
    assert waiting.first_for(seat(), nobody) == caller(2, priority=10).id
    assert list(waiting) == [
        each.id for each in (caller(2, priority=10), caller(3, priority=10), caller(1))
    ]


def test_two_who_came_in_the_same_instant_have_an_order_all_the_same() -> None:
    """The id settles the tie, so that a replay gives the same."""
    one, two = caller(1), caller(1).evolve(id=caller(2).id)
    assert sorted([rank(one), rank(two)]) == sorted([rank(two), rank(one)])


def test_a_seat_is_not_rung_for_what_it_cannot_do() -> None:
    """It needs every skill that the call asks for, and may have more."""
    waiting = line(caller(1, skills="en medical"), caller(2, skills="en"), caller(3))
    assert waiting.first_for(seat(), nobody) == caller(3).id
    assert waiting.first_for(seat(skills="en"), nobody) == caller(2, skills="en").id
    assert waiting.first_for(seat(skills="en medical jv"), nobody) == caller(1).id
    assert line(caller(1, skills="en")).first_for(seat(), nobody) is None


def test_calls_with_different_wishes_stand_in_one_order() -> None:
    """A seat of many skills serves whoever came first, not whoever needs it most."""
    waiting = line(caller(3, skills="en"), caller(2), caller(1, skills="jv"))
    assert waiting.first_for(seat(skills="en jv"), nobody) == caller(1).id
    assert list(waiting) == [caller(1).id, caller(2).id, caller(3).id]


def test_a_call_that_left_is_passed_over() -> None:
    """Whoever hung up is never offered."""
    waiting = line(caller(1), caller(2))
    waiting.remove(caller(1).id)
    assert caller(1).id not in waiting
    assert waiting.first_for(seat(), nobody) == caller(2).id
    waiting.remove(caller(2).id)
    assert waiting.first_for(seat(), nobody) is None
    waiting.remove(caller(2).id)  # nor is it an error to leave twice
    assert list(waiting) == []


def test_a_call_that_comes_back_has_its_old_place() -> None:
    """It waited longest, and an offer that failed is not its fault."""
    waiting = line(caller(1), caller(2))
    waiting.remove(caller(1).id)
    waiting.add(caller(1))
    assert waiting.first_for(seat(), nobody) == caller(1).id
    assert list(waiting) == [caller(1).id, caller(2).id]


def test_a_barred_call_keeps_its_place() -> None:
    """It is passed over now, and first again when the bar is lifted."""
    waiting = line(caller(1), caller(2), caller(3))
    assert waiting.first_for(seat(), all_of(caller(1), caller(2))) == caller(3).id
    assert waiting.first_for(seat(), all_of(caller(1), caller(2), caller(3))) is None
    assert waiting.first_for(seat(), nobody) == caller(1).id


def test_a_barred_call_of_another_wish_does_not_hide_the_others() -> None:
    """Nobody is left of one wish; somebody is of another."""
    waiting = line(caller(1), caller(2, skills="en"), caller(3, skills="jv"))
    barred = all_of(caller(2), caller(3))
    assert waiting.first_for(seat(skills="en jv"), barred) == caller(1).id


def test_a_barred_call_that_came_back_does_not_stand_in_line_twice() -> None:
    """What is left of its first stay goes when it comes up."""
    waiting = line(caller(1))
    for _ in range(5):
        waiting.remove(caller(1).id)
        waiting.add(caller(1))
    assert waiting.first_for(seat(), all_of(caller(1))) is None
    assert sum(len(heap) for heap in waiting._heaps.values()) == 1


def test_an_empty_line_keeps_nothing() -> None:
    """A wish that nobody has any more costs nothing."""
    waiting = line(caller(1, skills="en"), caller(2))
    waiting.remove(caller(1).id)
    waiting.remove(caller(2).id)
    assert waiting.first_for(seat(skills="en"), nobody) is None
    assert waiting._heaps == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove"]),
            st.integers(0, 8),
            st.sampled_from(["", "en", "en jv"]),
        )
    ),
    st.sets(st.integers(0, 8)),
    st.sampled_from(["", "en", "en jv"]),
)
def test_the_line_agrees_with_a_sorted_list(
    moves: list[tuple[str, int, str]], barred: set[int], skills: str
) -> None:
    """However calls come and go, the heaps find what sorting all of them would."""
    waiting, model, wishes = Line(), dict[int, Call](), dict[int, str]()
    for what, n, wish in moves:
        if what == "add" and n not in model:
            wished = wishes.setdefault(n, wish)  # a call that comes back wants what it wanted
            model[n] = caller(n, priority=n % 3, skills=wished)
            waiting.add(model[n])
        elif what == "remove":
            waiting.remove(caller(n).id)
            model.pop(n, None)
    bars = all_of(*(caller(n) for n in barred))
    suited = [
        call
        for call in model.values()
        if call.skills <= frozenset(skills.split()) and not bars(call.id)
    ]
    expected = min(suited, key=rank).id if suited else None
    for _ in range(2):  # looking changes nothing
        assert waiting.first_for(seat(skills=skills), bars) == expected
    assert list(waiting) == [each.id for each in sorted(model.values(), key=rank)]


# --- the bench -----------------------------------------------------------------------------


def bench(*seats: Seat) -> Bench:
    """Return a bench on which `seats` sat down in this order."""
    made = Bench()
    for each in seats:
        made.add(each)
    return made


def free(_: SeatId) -> bool:
    """Bar no seat."""
    return False


def tried(*seats: Seat) -> Call:
    """Return a call that `seats` were offered already."""
    return caller(1).evolve(offers=tuple(Offer(each.id, None, Instant(0.0)) for each in seats))


A, B, C = seat("seat-a"), seat("seat-b"), seat("seat-c", "en")


def test_the_longest_idle_seat_is_rung() -> None:
    """Whoever sat down first."""
    assert bench(B, A).first_for(caller(1), free) == "seat-b"


def test_a_seat_that_is_told_again_keeps_its_place() -> None:
    """News of its phone is no reason to go to the end of the bench."""
    sitting = bench(A, B)
    sitting.add(A.evolve(skills=frozenset({"jv"})))
    assert list(sitting) == ["seat-a", "seat-b"]
    assert sitting.first_for(caller(1, skills="jv"), free) == "seat-a"


def test_a_seat_that_got_up_sits_down_at_the_end() -> None:
    """After a call the others come first."""
    sitting = bench(A, B)
    sitting.remove(A.id)
    sitting.remove(A.id)  # nor is it an error to get up twice
    assert A.id not in sitting
    sitting.add(A)
    assert list(sitting) == ["seat-b", "seat-a"]


def test_the_longest_idle_among_those_with_the_skills() -> None:
    """The others are passed over, however long they sit there."""
    assert bench(A, B, C).first_for(caller(1, skills="en"), free) == "seat-c"
    assert bench(A, B).first_for(caller(1, skills="en"), free) is None


def test_barred_seats_are_passed_over_and_tried_ones_come_last() -> None:
    """A seat that failed the call is rung for it again only when there is no other."""
    sitting = bench(A, B)
    assert sitting.first_for(caller(1), {"seat-a"}.__contains__) == "seat-b"
    assert sitting.first_for(tried(A), free) == "seat-b"
    assert sitting.first_for(tried(A, B), free) == "seat-a"
    assert sitting.first_for(tried(A), {"seat-b"}.__contains__) == "seat-a"
    assert bench().first_for(caller(1), free) is None
