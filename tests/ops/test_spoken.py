"""What is spoken with agencies: a call to an agency's number is a step of its handoff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.handoff import Change, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.dispatch.limits import limits_for
from sip112.dispatch.requests import begin, cancelled
from sip112.routing.call import Call, CallState, Party, Place
from sip112.routing.effects import EntryKind, Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant, SeatId, Seq, TicketId, TicketNumber
from sip112.routing.started import Line
from sip112.routing.ticket import TicketRecord
from sip112.service.dispatch.spoken import EARLY, LOOK_S, RANG_S, TALKED_S, Spoken
from tests.store.examples import START, arrived

CALL = arrived(1).evolve(state=CallState.TALKING, seat=SeatId("seat-01"))
DAMKAR = Agency(
    AgencyCode("damkar"),
    AgencyKind.FIRE,
    {"id": "Damkar", "en": "Fire"},
    contacts=(Contact("Piket", {ChannelKind.VOICE: "+628125550113"}),),
    channels=(Channel(ChannelKind.VOICE, "113"), Channel(ChannelKind.SMS)),
)
LATER = Instant(START + 10)


class Kept:
    """Handoffs by hand."""

    def __init__(self, *handoffs: Handoff) -> None:
        self.handoffs = {each.id: each for each in handoffs}
        self.events: list[HandoffEvent] = []
        self.away = False

    async def of_ticket(self, ticket: TicketId) -> Sequence[Handoff]:
        if self.away:
            raise StoreUnavailable("away")
        return [each for each in self.handoffs.values() if each.ticket == ticket]

    async def change(
        self, handoff: HandoffId, decide: Callable[[Handoff], Change | None]
    ) -> object:
        change = decide(self.handoffs[handoff])
        assert change is not None
        self.handoffs[handoff] = change.handoff
        self.events += change.events
        return change

    def steps(self) -> list[tuple[str, str, str]]:
        """Return what the history says."""
        return [(each.step.value, each.by, each.channel) for each in self.events]


def handed_off(number: int = 1) -> Handoff:
    """Return the handoff of the call's ticket to the fire brigade."""
    assert CALL.ticket is not None
    ticket = TicketRecord(
        CALL.ticket, TicketNumber("PKY-20261122-0001"), CentreCode("PKY"), START, START, 1
    )
    new = iter(UUID(int=each) for each in range(10 * number, 10 * number + 9))
    return begin(ticket, DAMKAR, START, "ani", lambda: next(new), limits_for(None)).handoff


def with_party(number: str, place: Place) -> Call:
    """Return the call with somebody outside in it."""
    seat = Party(Line(seat=SeatId("seat-01")), Place.TALKING, START)
    return CALL.evolve(parties=(seat, Party(Line(number=number), place, START)))


def entry(call: Call | None, at: float, kind: EntryKind = EntryKind.CALL_STEERED) -> Record:
    return Record(Seq(int(at)), Instant(at), CentreCode("PKY"), kind, call)


def spoken(kept: Kept) -> Spoken:
    return Spoken(kept.of_ticket, kept.change)


@pytest.mark.parametrize(
    ("number", "by"), [("113", "agency:damkar"), ("628125550113", "agency:damkar Piket")]
)
async def test_who_is_called_and_answers_has_heard_of_it(number: str, by: str) -> None:
    """Once each, however often the journal tells who takes part."""
    kept = Kept(handed_off())
    hears = spoken(kept)
    for _ in range(2):
        hears.heard(entry(with_party(number, Place.RINGING), START + 5))
    await hears.settle(LATER)
    assert kept.steps() == [("sent", "sip112", "voice")]
    for place in (Place.TALKING, Place.ASIDE):
        hears.heard(entry(with_party(number, place), START + 9))
    await hears.settle(LATER)
    assert kept.steps()[1:] == [("delivered", "sip112", "voice"), ("acknowledged", by, "voice")]
    assert {each.at for each in kept.events[1:]} == {START + 9}


async def test_what_they_have_said_already_stays() -> None:
    """An agency that has accepted, and is called then, has still accepted."""
    handoff = handed_off()
    accepted = handoff.evolve(step=Step.ACCEPTED)
    kept = Kept(accepted)
    hears = spoken(kept)
    hears.heard(entry(with_party("113", Place.RINGING), START + 5))
    hears.heard(entry(with_party("113", Place.TALKING), START + 9))
    await hears.settle(LATER)
    assert kept.handoffs[handoff.id].step is Step.ACCEPTED
    assert not kept.events


async def test_other_numbers_and_other_handoffs_are_none_of_it() -> None:
    """A number that is no agency's, a handoff that has ended, an entry about no call."""
    handoff = handed_off()
    over = cancelled(handoff, Instant(START + 1), "ani", "No", lambda: UUID(int=99)).handoff
    kept = Kept(over)
    hears = spoken(kept)
    hears.heard(entry(None, START + 4, EntryKind.PBX_BACK))
    hears.heard(entry(with_party("08125550999", Place.TALKING), START + 5))
    hears.heard(entry(with_party("113", Place.TALKING), START + 6))
    await hears.settle(LATER)
    assert not kept.events


@pytest.mark.parametrize("place", [Place.RINGING, Place.TALKING])
async def test_a_call_that_came_before_the_handoff_counts(place: Place) -> None:
    """With the handoff's own time, since it cannot have been told of before it was there."""
    kept = Kept()
    hears = spoken(kept)
    hears.heard(entry(with_party("113", Place.RINGING), START - 20))
    hears.heard(entry(with_party("113", place), START - 15))
    await hears.settle(Instant(START - 10))
    handoff = handed_off()
    kept.handoffs[handoff.id] = handoff
    await hears.settle(Instant(START - 9))  # it was looked at a moment ago
    assert not kept.events
    await hears.settle(LATER)
    expected = [Step.SENT] if place is Place.RINGING else [Step.DELIVERED, Step.ACKNOWLEDGED]
    assert [each.step for each in kept.events] == expected
    assert {each.at for each in kept.events} == {START}
    await hears.settle(Instant(LATER + LOOK_S))
    assert len(kept.events) == len(expected)


@pytest.mark.parametrize(("place", "kept_s"), [(Place.RINGING, RANG_S), (Place.TALKING, TALKED_S)])
async def test_what_came_long_before_is_forgotten(place: Place, kept_s: float) -> None:
    kept = Kept()
    hears = spoken(kept)
    hears.heard(entry(with_party("113", place), START))
    await hears.settle(LATER)
    await hears.settle(Instant(START + kept_s + 1))
    handoff = handed_off()
    kept.handoffs[handoff.id] = handoff
    await hears.settle(Instant(START + kept_s + 10))
    assert not kept.events


async def test_what_came_before_is_kept_of_so_many_calls_alone() -> None:
    kept = Kept()
    hears: Any = spoken(kept)
    for number in range(EARLY + 3):
        hears.heard(entry(with_party(f"0812{number}", Place.TALKING), START))
    await hears.settle(LATER)
    assert [number for _, number in hears._early] == [f"0812{n}" for n in range(3, EARLY + 3)]


async def test_what_was_heard_while_the_store_was_away_is_not_lost() -> None:
    kept = Kept(handed_off())
    kept.away = True
    hears = spoken(kept)
    hears.heard(entry(with_party("113", Place.TALKING), START + 5))
    with pytest.raises(StoreUnavailable):
        await hears.settle(LATER)
    kept.away = False
    await hears.settle(LATER)
    assert [each.step for each in kept.events] == [Step.DELIVERED, Step.ACKNOWLEDGED]


async def test_a_call_that_ended_is_forgotten() -> None:
    hears: Any = spoken(Kept())
    hears.heard(entry(with_party("113", Place.TALKING), START + 5))
    hears.heard(entry(CALL, START + 6, EntryKind.CALL_ENDED))
    assert not hears._seen
