"""Agencies answer: what their systems send, each message with a signature of its own.

Who asks has no token and no session, and sees nothing of the centre but the handoff itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.audit import UseAudit, address_of
from sip112.api.context import UsePorts
from sip112.api.outsiders import MEDIA_TYPES
from sip112.api.problems import agency as problems
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.requests import not_acceptable, too_large
from sip112.api.schemas.agency import AnsweredView, answered_view
from sip112.api.schemas.handoffs import AgencyKey
from sip112.dispatch.errors import (
    AlreadyHandedOff,
    HandoffOver,
    KeyReused,
    NotACentre,
    NothingAnswered,
    NotProven,
    TooManyIncidents,
    TooManyWrong,
    Unreadable,
)
from sip112.dispatch.handoff import IllegalStep, ReasonNeeded, Step
from sip112.dispatch.ids import AgencyCode
from sip112.people.audit import Action

router = APIRouter(
    prefix="/v1/agency", tags=["agency"], dependencies=[Depends(gives("application/json"))]
)

_PLAIN: Final = {
    "handoff": str(docs.HANDOFF.id),
    "step": "accepted",
    "note": "Berangkat dari pos Menteng",
    "unit": "Regu 2",
}
_CAP: Final = """\
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">...<msgType>Ack</msgType>...</alert>"""


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", "maxLength": 2000},
    }


_MESSAGE: Final[dict[str, Any]] = {
    "parameters": [
        _header("webhook-id", "The agency's id of the message: 1 to 128 letters, digits, - and _."),
        _header("webhook-timestamp", "When it is sent: whole seconds since 1970."),
        _header("webhook-signature", "`v1,` and the signature (Standard Webhooks)."),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "examples": {"plain": {"summary": "The plain form", "value": _PLAIN}},
            },
            "application/cap+xml": {
                "schema": {"type": "string"},
                "examples": {"cap": {"summary": "CAP 1.2", "value": _CAP}},
            },
        },
    },
}


@router.post(
    "/{agency}/messages",
    summary="An agency's system answers",
    openapi_extra=_MESSAGE,
    responses=docs.answers(
        answered_view(docs.HANDOFF.evolve(step=Step.ACCEPTED)),
        problems.not_proven("The signature is not of this message", "Sign it as it is sent."),
        problems.too_many_wrong(42),
        problems.unreadable("body", "it is no JSON", "Send one JSON object."),
        problems.unreadable("step", "'here' is no step of an agency", "Say accepted."),
        problems.nothing_answered("damkar"),
        problems.handoff_over(Step.COMPLETED),
        problems.not_opened(),
        problems.step_refused(Step.COMPLETED, Step.ACCEPTED),
        problems.no_reason(),
        problems.message_id_reused("msg-7"),
        problems.not_a_centre("damkar"),
        problems.too_many_incidents(7),
        problems.has_it_already("ktw"),
        problems.not_readable("text/plain", MEDIA_TYPES),
        docs.missing("path", "agency"),
        not_acceptable("application/json"),
        too_large(128 * 1024),
        store_unavailable(),
    ),
)
async def take_message(
    request: Request,
    ports: UsePorts,
    audit: UseAudit,
    agency: Annotated[AgencyKey, Path(description="Code of the agency.")],
) -> AnsweredView:
    """Take in what an agency's system answers: EIDO, CAP 1.2, or the plain form.

    An agency that is another centre also passes incidents on to this one by it, with the message
    that every agency is sent (`handoff.requested`, `handoff.updated`, `handoff.cancelled`): the
    incident becomes a ticket of the same identifier. See docs/neighbours.md.

    It needs no token: the message is signed by the Standard Webhooks scheme, with the secret that
    the centre gave the agency, at most 5 minutes ago. A message that is repeated under its
    `webhook-id` counts once, and is answered alike. The formats are in docs/formats.md.
    """
    body = await request.body()
    try:
        answered = await ports.door.take(
            AgencyCode(agency), request.headers, body, address_of(request)
        )
    except NotProven as error:
        raise problems.not_proven(error.why, error.remedy) from None
    except TooManyWrong as error:
        raise problems.too_many_wrong(error.for_s) from None
    except Unreadable as error:
        raise problems.unreadable(error.where, error.what, error.remedy) from None
    except NothingAnswered:
        raise problems.nothing_answered(agency) from None
    except HandoffOver as error:
        raise problems.handoff_over(error.handoff.step) from None
    except IllegalStep as error:
        raise problems.step_refused(error.step, error.to) from None
    except ReasonNeeded:
        raise problems.no_reason() from None
    except KeyReused as error:
        raise problems.message_id_reused(error.key) from None
    except NotACentre as error:
        raise problems.not_a_centre(error.agency) from None
    except TooManyIncidents as error:
        raise problems.too_many_incidents(error.for_s) from None
    except AlreadyHandedOff as error:
        raise problems.has_it_already(error.handoff.agency) from None
    except TimeoutError:
        raise problems.not_opened() from None
    handoff = answered.handoff
    if answered.new:
        audit = replace(audit, who=answered.by)
        audit(Action.AGENCY_ANSWERED, str(handoff.id), agency=agency, step=handoff.step.value)
    return answered_view(handoff)
