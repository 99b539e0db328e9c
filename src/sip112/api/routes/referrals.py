"""Referrals: no emergency, and the caller is told whom to turn to instead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response, Security

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.audit import UseAudit
from sip112.api.context import UseConfig, UsePorts
from sip112.api.once import OnceKey
from sip112.api.ports import Referred
from sip112.api.problems import handoffs as problems
from sip112.api.problems import referrals
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.tickets import unknown_ticket
from sip112.api.routes.tickets import TicketKey, etag, find, tell
from sip112.api.schemas.referrals import NewReferral, ReferralView, referral_view
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.errors import NoMobileNumber, NothingSet, NothingToTell, NotReferredTo
from sip112.dispatch.ids import AgencyCode
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.routing.ticket import TicketRecord

router = APIRouter(
    prefix="/v1", tags=["handoffs"], dependencies=[Depends(gives("application/json"))]
)


@router.post(
    "/tickets/{ticket}/referrals",
    summary="Refer a caller to a service",
    responses=docs.answers(
        referral_view(docs.REFERRED),
        *docs.guarded(),
        *docs.changing(),
        *docs.with_body("agency"),
        problems.no_key(),
        unknown_ticket("PKY-20261122-9999"),
        problems.handed_off_already("pln", docs.REFERRED.referral[0].id),
        problems.ticket_closed(docs.TICKET.number),
        problems.ticket_merged(docs.TICKET.number, "PKY-20261122-0041"),
        problems.unknown_agency("pnl"),
        problems.key_reused(),
        referrals.not_referred_to("damkar"),
        referrals.nothing_to_tell("pln"),
        referrals.no_mobile_number("0536123456"),
        referrals.nothing_set(ChannelKind.SMS),
        store_unavailable(),
    ),
)
async def refer_caller(
    ports: UsePorts,
    config: UseConfig,
    audit: UseAudit,
    principal: Annotated[Principal, Security(authorise, scopes=["tickets"])],
    ticket: TicketKey,
    body: Annotated[
        NewReferral,
        Body(
            openapi_examples={
                "electricity": {
                    "summary": "The power is out, and nobody is in danger",
                    "value": {"agency": "pln", "how": "sms"},
                }
            }
        ),
    ],
    response: Response,
    key: OnceKey,
) -> ReferralView:
    """Refer the caller of a ticket to a service, which itself hears nothing of it.

    By SMS they are sent its name, number and hours, in the language of the ticket. The ticket's
    disposition becomes `referred`, unless it says something else already. The same request under
    the same `Idempotency-Key` is carried out once, and answered alike.
    """
    found = await find(ports, config, ticket)
    referred = await _refer(ports, found, body, principal, key)
    audit(Action.HANDOFF_REFERRED, found.number, agency=body.agency, how=body.how.value)
    if referred.written:
        tell(ports, referred.ticket, principal.name, ["disposition"])
    response.headers["ETag"] = etag(referred.ticket)
    return referral_view(referred)


async def _refer(
    ports: UsePorts, ticket: TicketRecord, body: NewReferral, principal: Principal, key: str
) -> Referred:
    service = AgencyCode(body.agency)
    try:
        with problems.refusals(ticket.number):
            return await ports.handoffs.refer(ticket, service, body.how, principal.name, key)
    except NotReferredTo as error:
        raise referrals.not_referred_to(error.agency) from None
    except NothingToTell as error:
        raise referrals.nothing_to_tell(error.service) from None
    except NoMobileNumber as error:
        raise referrals.no_mobile_number(error.number) from None
    except NothingSet as error:
        raise referrals.nothing_set(error.channel) from None
