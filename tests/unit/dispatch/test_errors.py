"""Refusals say what was in the way."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, ChannelKind
from sip112.dispatch.directory import Part
from sip112.dispatch.errors import (
    AlreadyHandedOff,
    DirectoryChanged,
    DirectoryConflict,
    DirectoryFaulty,
    DuplicateAlready,
    HandoffNotFound,
    HandoffOver,
    HandoffsOpen,
    KeyReused,
    LinkNotFound,
    MessageNotDead,
    MessageNotFound,
    NoMobileNumber,
    NotACentre,
    NothingSet,
    NothingToTell,
    NotProven,
    NotReferredTo,
    NotRelayed,
    OnlyReferredTo,
    TicketClosed,
    TicketMerged,
    TooManyIncidents,
    TooManyWrong,
    UnknownAgency,
    Unreadable,
)
from sip112.dispatch.faults import Fault
from sip112.dispatch.handoff import Handoff, Step
from sip112.dispatch.ids import AgencyCode, HandoffId, LinkId, MessageId
from sip112.dispatch.limits import limits_for
from sip112.routing.ids import CentreCode, Instant, TicketId, TicketNumber
from sip112.routing.ticket import TicketRecord

ID = UUID(int=1)
TICKET = TicketRecord(
    TicketId(ID), TicketNumber("PKY-1"), CentreCode("PKY"), Instant(0), Instant(0), 1
)


def handoff(agency: str) -> Handoff:
    """Return one that is on its way."""
    return Handoff(
        id=HandoffId(ID),
        centre=TICKET.centre,
        ticket=TICKET.id,
        agency=AgencyCode(agency),
        severity=None,
        ladder=(),
        requested_at=Instant(0),
        requested_by="ani",
        limits=limits_for(None),
        step=Step.EN_ROUTE,
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DirectoryConflict(Part.TYPE, "fire", None, None), "type fire: there is none by now"),
        (
            DirectoryConflict(Part.AGENCY, "a", Agency(AgencyCode("a"), AgencyKind.FIRE, {}), 3),
            "agency a: it is at version 3 by now",
        ),
        (
            DirectoryFaulty([Fault("areas", "torn", "mend it"), Fault("types", "none", "add one")]),
            "areas: torn; mend it; types: none; add one",
        ),
        (DirectoryChanged(4), "the directory is at revision 4 by now"),
        (HandoffsOpen([handoff("damkar"), handoff("medis")]), "not ended: damkar, medis"),
        (AlreadyHandedOff(handoff("medis")), "medis has it already, and is at en_route"),
        (UnknownAgency(AgencyCode("pemadam")), "pemadam"),
        (OnlyReferredTo(AgencyCode("pln")), "pln"),
        (NotReferredTo(AgencyCode("medis")), "medis"),
        (NothingToTell(AgencyCode("pln")), "pln"),
        (NoMobileNumber(None), "withheld"),
        (NoMobileNumber("0536123456"), "0536123456"),
        (NothingSet(ChannelKind.SMS), "sms"),
        (TicketClosed(TICKET), "ticket PKY-1 is closed"),
        (
            TicketMerged(replace(TICKET, parent_number=TicketNumber("PKY-2"))),
            "ticket PKY-1 is a duplicate of PKY-2",
        ),
        (DuplicateAlready(TICKET.id), f"a duplicate of {ID} already"),
        (LinkNotFound(LinkId(ID)), str(ID)),
        (KeyReused("k"), "something else was asked for under the key 'k'"),
        (HandoffNotFound(HandoffId(ID)), str(ID)),
        (NotProven("It is not signed", "Sign it"), "It is not signed. Sign it"),
        (TooManyWrong(41.6), "for 42 s"),
        (Unreadable("step", "'x' is none", "Say accepted"), "step: 'x' is none. Say accepted"),
        (NotACentre(AgencyCode("damkar")), "damkar"),
        (TooManyIncidents(7.2), "for 7 s"),
        (HandoffOver(handoff("medis")), f"{ID} is en_route since 0"),
        (NotRelayed(handoff("medis")), f"{ID} is en_route, a handoff at medis"),
        (MessageNotFound(MessageId(ID)), str(ID)),
        (MessageNotDead(MessageId(ID)), str(ID)),
    ],
)
def test_a_refusal_says_what_was_in_the_way(error: Exception, text: str) -> None:
    """In words for a log; the edges say more to people."""
    assert str(error) == text
