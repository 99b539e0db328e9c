"""Referrals: nobody is asked to act, the caller is told, and nothing is waited for."""

from __future__ import annotations

from uuid import UUID

import pytest

from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Rung, public
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import NoMobileNumber, NothingToTell, NotReferredTo
from sip112.dispatch.escalation import overdue
from sip112.dispatch.handoff import (
    Change,
    EventKind,
    Handoff,
    HandoffEvent,
    IllegalStep,
    Message,
    MessageKind,
    Purpose,
    Step,
)
from sip112.dispatch.ids import AgencyCode, HandoffId, MessageId
from sip112.dispatch.limits import limits_for
from sip112.dispatch.reasons import Reason
from sip112.dispatch.referrals import How, is_mobile, refer, told
from sip112.dispatch.reports import failed
from sip112.dispatch.requests import cancelled, changed
from sip112.dispatch.said import said
from sip112.dispatch.timeline import timeline
from sip112.routing.ids import TicketId
from tests.unit.centre import PKY, START
from tests.unit.dispatch.made import (
    CHIEF,
    DESK,
    SMS,
    VOICE,
    WEBHOOK,
    K,
    a_handoff,
    a_ticket,
    an_agency,
    ids,
    later,
)

CALLER = "08125550042"
BY_SMS = Rung(ChannelKind.SMS, CALLER)


def a_service(*channels: Channel) -> Agency:
    """Return a service that callers reach by these channels."""
    return an_agency(*channels, code="pln", kind=AgencyKind.SERVICE)


def referred(how: How = How.SMS, caller: str | None = CALLER) -> Change:
    """Return what follows from referring a caller."""
    service = a_service(Channel(K.VOICE, "123"))
    return refer(a_ticket(), service, START, DESK, how, caller, ids())


# --- begun -------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", [CALLER, None])
def test_spoken_it_has_ended_as_soon_as_it_is_written(caller: str | None) -> None:
    """Nobody is sent anything, and a number is not needed."""
    change = referred(How.SPOKEN, caller)
    assert change.handoff == Handoff(
        HandoffId(UUID(int=1)),
        PKY,
        TicketId(UUID(int=7)),
        AgencyCode("pln"),
        "high",
        (Rung(K.VOICE, ""),),
        START,
        DESK,
        limits_for("high"),
        step=Step.COMPLETED,
        since=START,
        tried_at=START,
        purpose=Purpose.REFERRAL,
    )
    assert change.events == (HandoffEvent(START, EventKind.STEP, Step.COMPLETED, DESK, "voice"),)
    assert change.messages == ()
    assert change.handoff.ended


def test_by_sms_the_caller_is_sent_one_message() -> None:
    """To whence they call; and no clock runs."""
    change = referred()
    handoff = change.handoff
    assert (handoff.step, handoff.due_at, handoff.ladder) == (Step.QUEUED, None, (BY_SMS,))
    assert change.messages == (
        Message(MessageId(UUID(int=2)), handoff.id, MessageKind.REFERRAL, BY_SMS, START),
    )
    assert change.events == (HandoffEvent(START, EventKind.STEP, Step.QUEUED, DESK, "sms"),)
    assert overdue(handoff, later(1e9), ids()) is None
    assert changed(handoff, later(1), ids()) is None


@pytest.mark.parametrize("kind", [kind for kind in AgencyKind if kind is not AgencyKind.SERVICE])
def test_nobody_is_referred_to_who_acts(kind: AgencyKind) -> None:
    """Their numbers are for dispatchers."""
    with pytest.raises(NotReferredTo) as error:
        refer(a_ticket(), an_agency(VOICE, kind=kind), START, DESK, How.SPOKEN, None, ids())
    assert error.value.agency == "damkar"


def test_a_service_without_a_number_is_nothing_to_tell() -> None:
    """What its contacts are called by is no caller's business."""
    service = a_service(SMS, WEBHOOK, Channel(K.VOICE, " "))
    with pytest.raises(NothingToTell) as error:
        refer(a_ticket(), service, START, DESK, How.SPOKEN, None, ids())
    assert error.value.service == "pln"


@pytest.mark.parametrize("caller", [None, "0536123456", "113", "0218140001"])
def test_no_sms_to_whoever_has_no_mobile(caller: str | None) -> None:
    """Or shows none."""
    with pytest.raises(NoMobileNumber) as error:
        referred(caller=caller)
    assert error.value.number == caller


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("08125550042", True),
        ("+628125550042", True),
        ("628125550042", True),
        ("+6598765432", True),
        ("081255", False),
        ("0812555004242", True),
        ("08125550042421", False),
        ("+62536123456", False),
        ("0536123456", False),
        ("8125550042", False),
        ("+0812555004", False),
        ("08125550042\n", False),
        ("", False),
    ],
)
def test_which_numbers_are_mobile(number: str, mobile: bool) -> None:
    """Indonesian ones by their prefix; whoever roams may have any."""
    assert is_mobile(number) is mobile


def test_what_callers_reach_a_service_by() -> None:
    """Its own addresses, voice first; no system, and nobody's own number."""
    voice, whatsapp = Channel(K.VOICE, "129"), Channel(K.WHATSAPP, "+628111129129")
    service = a_service(SMS, WEBHOOK, whatsapp, voice, Channel(K.ACCOUNT))
    assert service.contacts[1] == CHIEF
    assert public(service) == (voice, whatsapp)


# --- what becomes of it ------------------------------------------------------------------


def test_it_has_ended_when_the_message_has_left() -> None:
    """An alarm is over then; told twice it is told once."""
    handoff = referred().handoff.evolve(alarmed_at=later(1))
    change = told(handoff, later(2), BY_SMS)
    after = change.handoff
    assert (after.step, after.since, after.version) == (Step.COMPLETED, later(2), 2)
    assert (after.alarmed_at, after.due_at, change.withdrawn) == (None, None, False)
    assert change.events == (
        HandoffEvent(later(2), EventKind.STEP, Step.COMPLETED, "sip112", "sms"),
    )
    assert told(after, later(3), BY_SMS) == Change(after)


def test_a_message_that_is_given_up_calls_a_supervisor() -> None:
    """Somebody waits for it."""
    change = failed(referred().handoff, later(5), BY_SMS, Reason("no credit"), ids())
    assert [event.kind for event in change.events] == [EventKind.FAILED, EventKind.ALARMED]
    assert (change.handoff.alarmed_at, change.handoff.due_at) == (later(5), None)
    assert change.messages == ()
    assert told(change.handoff, later(6), BY_SMS).handoff.step is Step.COMPLETED


def test_all_that_may_be_said_of_it_is_that_the_caller_was_told() -> None:
    """Nobody accepts, or goes anywhere."""
    handoff = referred().handoff
    assert handoff.following == (Step.COMPLETED,)
    with pytest.raises(IllegalStep) as error:
        said(handoff, later(1), Step.ACCEPTED, DESK, "")
    assert error.value.may_follow == (Step.COMPLETED,)
    change = said(handoff, later(1), Step.COMPLETED, DESK, "", "called back")
    assert change.withdrawn
    assert change.handoff.following == ()
    assert a_handoff().following[0] is Step.ACKNOWLEDGED


def test_one_that_is_taken_back_tells_nobody() -> None:
    """The caller knows of no request that could be cancelled."""
    change = cancelled(referred().handoff, later(1), DESK, "they called again", ids())
    assert (change.handoff.step, change.messages) == (Step.CANCELLED, ())
    assert change.withdrawn


# --- among the others --------------------------------------------------------------------


def test_agencies_hear_nothing_of_it() -> None:
    """It is no handoff to them."""
    handoff, referral = a_handoff(), referred().handoff
    assert Dossier(a_ticket(), handoffs=(handoff, referral)).passed_on == (handoff,)


def test_the_timeline_says_that_the_caller_was_referred() -> None:
    """And when the message left, or failed."""
    change = referred()
    after = failed(change.handoff, later(1), BY_SMS, Reason("no credit"), ids())
    last = told(after.handoff, later(2), BY_SMS)
    history = (*change.events, *after.events, *last.events)
    spoken = referred(How.SPOKEN)
    other = HandoffId(UUID(int=99))
    dossier = Dossier(
        a_ticket(),
        handoffs=(last.handoff, spoken.handoff.evolve(id=other)),
        events={last.handoff.id: history, other: spoken.events},
    )
    moments = [(each.what, each.who) for each in timeline(dossier)[1:]]
    assert moments == [
        ("referred", DESK),
        ("referred", DESK),
        ("failed", "sip112"),
        ("alarmed", "sip112"),
        ("sent", "sip112"),
    ]
