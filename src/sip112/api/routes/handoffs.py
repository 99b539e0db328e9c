"""Handoffs: whom a ticket is passed on to, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.once import OnceKey
from sip112.api.pages import Presence, Standing
from sip112.api.paging import cut, decode
from sip112.api.problems import handoffs as problems
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.tickets import unknown_ticket
from sip112.api.routes.tickets import TicketKey, by_id, find
from sip112.api.schemas.handoffs import (
    HandoffDetail,
    HandoffList,
    HandoffPage,
    HandoffQuery,
    LineBody,
    NewHandoffs,
    NoteBody,
    PresenceView,
    ProposalView,
    StepBody,
    detail_view,
    handoff_line,
    presence_view,
    proposal_view,
)
from sip112.dispatch.errors import HandoffNotFound, KeyReused, NotRelayed, OnlyReferredTo
from sip112.dispatch.handoff import Handoff, HandoffEvent, IllegalStep, ReasonNeeded, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.people.audit import Action
from sip112.people.principal import Principal

router = APIRouter(
    prefix="/v1", tags=["handoffs"], dependencies=[Depends(gives("application/json"))]
)

_Dispatcher = Annotated[Principal, Security(authorise, scopes=["tickets"])]
_Key = Annotated[UUID, Path(description="Identifier of the handoff.")]
_NUMBER: Final = "PKY-20261122-0042"


@router.get(
    "/tickets/{ticket}/plan",
    summary="Whom a ticket needs",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        proposal_view(docs.PROPOSAL),
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def read_plan(ports: UsePorts, config: UseConfig, ticket: TicketKey) -> ProposalView:
    """Return whom the plan of the ticket's type asks for, there and at this hour.

    Where several agencies fit, or none, nobody is chosen: that is for a person to decide.
    """
    return proposal_view(await ports.handoffs.proposal(await find(ports, config, ticket)))


@router.get(
    "/tickets/{ticket}/handoffs",
    summary="Whom a ticket was passed on to",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        {"items": [detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS)]},
        *docs.guarded(),
        unknown_ticket("PKY-20261122-9999"),
        docs.missing("path", "ticket"),
        store_unavailable(),
    ),
)
async def list_handoffs_of(ports: UsePorts, config: UseConfig, ticket: TicketKey) -> HandoffList:
    """Return the handoffs of a ticket with their history; `handoff.changed` tells of news."""
    found = await ports.handoffs.of_ticket((await find(ports, config, ticket)).id)
    return {"items": [detail_view(*each) for each in found]}


@router.post(
    "/tickets/{ticket}/handoffs",
    summary="Pass a ticket on",
    responses=docs.answers(
        {"items": [detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS)]},
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("agencies"),
        problems.no_key(),
        unknown_ticket("PKY-20261122-9999"),
        problems.handed_off_already("damkar", docs.HANDOFF.id),
        problems.ticket_closed(_NUMBER),
        problems.ticket_merged(_NUMBER, "PKY-20261122-0041"),
        problems.unknown_agency("pemadam"),
        problems.only_referred_to("pln"),
        problems.key_reused(),
        store_unavailable(),
    ),
)
async def hand_off(
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    principal: _Dispatcher,
    ticket: TicketKey,
    body: Annotated[
        NewHandoffs,
        Body(
            openapi_examples={
                "fire": {"summary": "A fire", "value": {"agencies": ["damkar", "polisi"]}}
            }
        ),
    ],
    key: OnceKey,
) -> HandoffList:
    """Pass a ticket on to agencies: one handoff for each, all of them or none.

    They are told at once, each by its first channel, and by the next ones if nothing is heard. The
    same request under the same `Idempotency-Key` is carried out once, and answered alike.
    """
    found = await find(ports, config, ticket)
    wanted = list(dict.fromkeys(AgencyCode(each) for each in body.agencies))
    try:
        with problems.refusals(found.number):
            made = await ports.handoffs.request(found, wanted, principal.name, key)
    except OnlyReferredTo as error:
        raise problems.only_referred_to(error.agency) from None
    audit(Action.HANDOFF_REQUESTED, found.number, agencies=wanted)
    return {"items": [detail_view(*each) for each in made]}


@router.get(
    "/handoffs",
    summary="List handoffs",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        {"items": [handoff_line(docs.HANDOFF, docs.HANDOFF_EVENTS, docs.TICKET)], "next": None},
        *docs.guarded(),
        docs.missing("query", "agency"),
        store_unavailable(),
    ),
)
async def list_handoffs(
    ports: UsePorts,
    config: UseConfig,
    query: Annotated[HandoffQuery, Query()],
    request: Request,
    response: Response,
) -> HandoffPage:
    """Return a page of handoffs, newest first."""
    place = None if query.cursor is None else decode(query.cursor)
    found = await ports.handoffs.page(
        agency=None if query.agency is None else AgencyCode(query.agency),
        purpose=query.purpose,
        ended=query.ended,
        after=None if place is None else (place[0], HandoffId(place[1])),
        limit=query.limit + 1,
    )
    handoffs, following = cut(
        found, query.limit, lambda each: (each[0].requested_at, each[0].id), request, response
    )
    about = await by_id(ports, config, [each.ticket for each, _ in handoffs])
    lines = [handoff_line(each, events, about.get(each.ticket)) for each, events in handoffs]
    return {"items": lines, "next": following}


@router.get(
    "/handoffs/{handoff_id}/presence",
    summary="Whether an agency has the page of a handoff open",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        presence_view(Presence(Standing.CLOSED, None, docs.HANDOFF.requested_at, None)),
        *docs.guarded(),
        problems.unknown_handoff(docs.HANDOFF.id),
        docs.missing("path", "handoff_id"),
        store_unavailable(),
    ),
)
async def read_presence(ports: UsePorts, handoff_id: _Key) -> PresenceView:
    """Return whether somebody at the agency has the handoff's page open, and what they saw of it.

    By a link, or by an account; `presence.changed` tells of news. Pages say that they are there:
    who has read a message elsewhere, or reads it later, is not known by this.
    """
    found = await ports.handoffs.one(HandoffId(handoff_id))
    if found is None:
        raise problems.unknown_handoff(handoff_id)
    return presence_view(ports.hub.pages.of(found[0]))


@router.get(
    "/handoffs/{handoff_id}",
    summary="Read one handoff",
    dependencies=[Security(authorise, scopes=["read"])],
    responses=docs.answers(
        detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS),
        *docs.guarded(),
        problems.unknown_handoff(docs.HANDOFF.id),
        docs.missing("path", "handoff_id"),
        store_unavailable(),
    ),
)
async def read_handoff(ports: UsePorts, handoff_id: _Key) -> HandoffDetail:
    """Return one handoff with its history."""
    found = await ports.handoffs.one(HandoffId(handoff_id))
    if found is None:
        raise problems.unknown_handoff(handoff_id)
    return detail_view(*found)


def _answers() -> dict[int | str, dict[str, object]]:
    return docs.answers(
        detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS),
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("note"),
        problems.unknown_handoff(docs.HANDOFF.id),
        docs.missing("path", "handoff_id"),
        problems.illegal_step(Step.COMPLETED, Step.ACCEPTED, ()),
        problems.reason_needed(Step.DECLINED),
        store_unavailable(),
    )


@router.post(
    "/handoffs/{handoff_id}/steps",
    summary="Say what an agency says, or take a handoff back",
    responses=_answers(),
)
async def say_step(
    ports: UsePorts,
    audit: UseAudit,
    principal: _Dispatcher,
    handoff_id: _Key,
    body: Annotated[
        StepBody,
        Body(
            openapi_examples={
                "accepted": {
                    "summary": "They said so on the telephone",
                    "value": {"step": "accepted", "note": "Two engines from the main station"},
                }
            }
        ),
    ],
) -> HandoffDetail:
    """Take down what an agency has said, as on the telephone, or cancel the handoff.

    Steps may be left out, and none is taken back; the same step again changes nothing.
    """
    found = await _changed(ports, principal, handoff_id, body)
    audit(Action.HANDOFF_STEP, str(handoff_id), agency=found[0].agency, step=body.step.value)
    return detail_view(*found)


async def _changed(
    ports: UsePorts, principal: Principal, handoff_id: UUID, body: StepBody
) -> tuple[Handoff, Sequence[HandoffEvent]]:
    key, note = HandoffId(handoff_id), body.note or ""
    try:
        if body.step is Step.CANCELLED:
            return await ports.handoffs.cancel(key, principal.name, note)
        return await ports.handoffs.said(key, body.step, principal.name, "", note)
    except HandoffNotFound:
        raise problems.unknown_handoff(handoff_id) from None
    except IllegalStep as error:
        raise problems.illegal_step(error.step, error.to, error.may_follow) from None
    except ReasonNeeded:
        raise problems.reason_needed(body.step) from None


@router.post(
    "/handoffs/{handoff_id}/notes",
    summary="Write a note on a handoff",
    responses=_answers(),
)
async def write_note(
    ports: UsePorts,
    audit: UseAudit,
    principal: _Dispatcher,
    handoff_id: _Key,
    body: Annotated[
        NoteBody,
        Body(
            openapi_examples={
                "usual": {"summary": "As usual", "value": {"note": "Hydrant at the corner"}}
            }
        ),
    ],
) -> HandoffDetail:
    """Write a note, which the agency reads with the next message and on its page."""
    try:
        found = await ports.handoffs.note(HandoffId(handoff_id), principal.name, "", body.note)
    except HandoffNotFound:
        raise problems.unknown_handoff(handoff_id) from None
    audit(Action.HANDOFF_NOTED, str(handoff_id), agency=found[0].agency)
    return detail_view(*found)


@router.post(
    "/handoffs/{handoff_id}/lines",
    summary="Pass a line of text on to an agency",
    responses=docs.answers(
        detail_view(docs.HANDOFF, docs.HANDOFF_EVENTS),
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("text"),
        problems.no_key(),
        problems.unknown_handoff(docs.HANDOFF.id),
        docs.missing("path", "handoff_id"),
        problems.not_relayed(docs.HANDOFF.evolve(step=Step.COMPLETED)),
        problems.not_relayed(docs.REFERRED.referral[0]),
        problems.not_relayed(docs.HANDOFF.evolve(agency=AgencyCode("ktw"))),
        problems.key_reused(),
        store_unavailable(),
    ),
)
async def relay_line(
    ports: UsePorts,
    audit: UseAudit,
    principal: _Dispatcher,
    handoff_id: _Key,
    body: Annotated[
        LineBody,
        Body(
            openapi_examples={
                "usual": {
                    "summary": "What the caller says",
                    "value": {"text": "Api sudah di lantai dua, dua anak masih di dalam"},
                }
            }
        ),
    ],
    key: OnceKey,
) -> HandoffDetail:
    """Pass on in text what a caller says, to an agency that has its page open.

    The page shows it at once. The first line brings a handoff that is `queued` to `sent`; what the
    agency writes back, or says, acknowledges it. The thread is in `events`: `line` is what was
    passed on, `note` what the agency wrote. The same request under the same `Idempotency-Key` is
    carried out once, and answered alike.
    """
    try:
        found = await ports.handoffs.relay(HandoffId(handoff_id), body.text, principal.name, key)
    except HandoffNotFound:
        raise problems.unknown_handoff(handoff_id) from None
    except NotRelayed as error:
        raise problems.not_relayed(error.handoff) from None
    except KeyReused:
        raise problems.key_reused() from None
    audit(Action.HANDOFF_RELAYED, str(handoff_id), agency=found[0].agency)
    return detail_view(*found)
