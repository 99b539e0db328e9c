"""Identifiers come from what they name."""

from __future__ import annotations

from sip112.routing.ids import Instant, PbxId, Uniqueid, call_id, ticket_id

PBX = PbxId("pbx1")
ID = Uniqueid("1795318000.7")
AT = Instant(1_795_318_000.123)


def test_the_same_call_has_the_same_id_however_often_it_is_seen() -> None:
    """Seen live, read back from a note or replayed: one call, one id."""
    assert call_id(PBX, ID, AT) == call_id(PBX, ID, Instant(1_795_318_000.1230001))


def test_another_asterisk_another_channel_or_another_time_is_another_call() -> None:
    """An Asterisk that restarts gives ids out again; the arrival tells the calls apart."""
    same = call_id(PBX, ID, AT)
    assert call_id(PbxId("pbx2"), ID, AT) != same
    assert call_id(PBX, Uniqueid("1795318000.8"), AT) != same
    assert call_id(PBX, ID, Instant(AT + 1)) != same


def test_a_ticket_has_an_id_of_its_own() -> None:
    """A ticket is not its call, though it follows from it."""
    call = call_id(PBX, ID, AT)
    ticket = ticket_id(call)
    assert ticket != call
    assert ticket == ticket_id(call)
    assert (ticket.version, ticket.variant) == (call.version, call.variant)
    assert ticket.int >> 64 == call.int >> 64  # and sorts beside it


def test_ids_are_uuids_of_version_7_and_sort_by_time() -> None:
    """Their first 48 bits are milliseconds, so that indexes stay compact."""
    ids = [call_id(PBX, ID, Instant(AT + n)) for n in range(50)]
    assert ids == sorted(ids)
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert ids[0].int >> 80 == 1_795_318_000_123
