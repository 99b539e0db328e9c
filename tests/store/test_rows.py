"""What is stored is what comes back: every field of every entry."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sip112.routing.call import Call, Caller, CallState, Offer, OfferResult, Origin, Outcome
from sip112.routing.callback import Callback, CallbackOutcome, CallbackState, TryResult
from sip112.routing.effects import EntryKind, Record
from sip112.routing.seat import Device, Seat
from sip112.routing.ticket import Ticket
from sip112.store.rows import RECORD, clean, cleaned, to_json

HOSTILE = st.text(st.characters(codec=None))
"""Any text: NUL, halves of surrogate pairs, right-to-left marks, emoji."""

instants = st.floats(0, 4e9, allow_nan=False)
integers = st.integers(-(2**31), 2**31 - 1)

DETAILS = ("what", "who", "why")
"""Names of details are ours, and never what a caller sent."""


def records(text: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Return a strategy for entries with every field, whose texts are of `text`."""
    maybe_text = st.none() | text
    maybe_instant = st.none() | instants
    offers = st.builds(
        Offer,
        seat=text,
        agent=maybe_text,
        offered_at=instants,
        native=st.booleans(),
        rang_at=maybe_instant,
        ended_at=maybe_instant,
        result=st.none() | st.sampled_from(OfferResult),
    )
    calls = st.builds(
        Call,
        id=st.uuids(),
        centre=text,
        pbx=text,
        uniqueid=text,
        channel=text,
        arrived_at=instants,
        dialled=text,
        trunk=text,
        caller=st.builds(Caller, number=maybe_text, name=maybe_text, raw=maybe_text),
        priority=integers,
        skills=st.frozensets(text),
        location=maybe_text,
        origin=st.sampled_from(Origin),
        ticket=st.none() | st.uuids(),
        ticket_number=maybe_text,
        state=st.sampled_from(CallState),
        position=st.none() | integers,
        queued_at=maybe_instant,
        offers=st.lists(offers, max_size=3).map(tuple),
        answered_at=maybe_instant,
        seat=maybe_text,
        agent=maybe_text,
        ended_at=maybe_instant,
        outcome=st.none() | st.sampled_from(Outcome),
        cause=st.none() | integers,
    )
    seats = st.builds(
        Seat,
        id=text,
        centre=text,
        skills=st.frozensets(text),
        agent=maybe_text,
        device=st.sampled_from(Device),
        held=st.booleans(),
        pause_reason=maybe_text,
        call=st.none() | st.uuids(),
        talking=st.booleans(),
        wrap_up_until=maybe_instant,
        since=instants,
    )
    tickets = st.builds(
        Ticket, id=st.uuids(), number=text, centre=text, call=st.uuids(), opened_at=instants
    )
    callbacks = st.builds(
        Callback,
        call=st.uuids(),
        centre=text,
        number=text,
        arrived_at=instants,
        opened_at=instants,
        name=maybe_text,
        ticket_number=maybe_text,
        state=st.sampled_from(CallbackState),
        tries=integers,
        seat=maybe_text,
        agent=maybe_text,
        pbx=maybe_text,
        taken_at=maybe_instant,
        result=st.none() | st.sampled_from(TryResult),
        outcome=st.none() | st.sampled_from(CallbackOutcome),
        closed_at=maybe_instant,
    )
    return st.builds(
        Record,
        seq=st.integers(1, 2**63 - 1),
        at=instants,
        centre=text,
        kind=st.sampled_from(EntryKind),
        call=st.none() | calls,
        ticket=st.none() | tickets,
        seat=st.none() | seats,
        detail=st.dictionaries(st.sampled_from(DETAILS), text, max_size=3),
        callback=st.none() | callbacks,
    )


ordinary = records(HOSTILE.map(clean))


@given(ordinary)
def test_an_entry_comes_back_from_its_json_as_it_was(record: Record) -> None:
    """Every field survives the journal's JSON, also the type of each identifier."""
    data = to_json(record) or RECORD.dump_json(record).decode()
    read = RECORD.validate_json(data)
    assert read == record
    assert type(read.kind) is EntryKind
    assert read.call is None or type(read.call.id) is UUID


@given(records(HOSTILE))
def test_hostile_text_is_made_storable_and_nothing_else_changes(record: Record) -> None:
    """NUL and lone surrogates are replaced, everywhere in an entry; the rest stays."""
    made = cleaned(record)
    data = RECORD.dump_json(made).decode()
    assert RECORD.validate_json(data) == made
    assert cleaned(made) == made
    if re.search("[\x00\ud800-\udfff]", repr_of_texts(record)) is None:
        assert made == record
    else:
        assert to_json(record) is None


def test_an_entry_that_only_speaks_of_nul_is_left_alone() -> None:
    """The six characters that JSON writes for NUL are ordinary text."""
    record = Record(1, 1.0, "PKY", EntryKind.PBX_LOST, detail={"reason": r"\u0000"})  # type: ignore[arg-type]
    assert cleaned(record) == record
    assert RECORD.validate_json(RECORD.dump_json(record)) == record


def repr_of_texts(value: Any) -> str:
    """Return all texts in `value`, one after the other."""
    match value:
        case str():
            return value
        case tuple() | frozenset():
            return "".join(map(repr_of_texts, value))
        case dict():
            return "".join(map(repr_of_texts, [*value, *value.values()]))
        case _ if hasattr(value, "__slots__") and hasattr(value, "__dataclass_fields__"):
            return "".join(repr_of_texts(getattr(value, name)) for name in value.__slots__)
    return ""
