"""The desk of an agency: what was handed to it, for its own people, who have accounts.

These are the only operations that they may use, and nobody else may. What they are answered holds
nothing of the centre but what was handed to their agency.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response, Security
from starlette.types import Receive, Scope, Send

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.access import authorise
from sip112.api.agency_ears import MOST_EACH, RETRY_MS, Ear, Ears, EarStream, Theirs, encode
from sip112.api.audit import Auditing, UseAudit
from sip112.api.context import Ports, Served
from sip112.api.ports import Listed, Listing, Opened, Signed
from sip112.api.presence import SAID, heard
from sip112.api.problems import agency as problems
from sip112.api.problems.handoffs import key_reused
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.schemas.agency import (
    AccountNote,
    AccountPresence,
    AccountStep,
    IncidentsView,
    IncidentView,
    incident_view,
    incidents_view,
)
from sip112.api.seen import UseSeen
from sip112.api.watch import Leash, UseWatch, Watch
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import HandoffOver, KeyReused, NothingAnswered
from sip112.dispatch.handoff import Handoff, IllegalStep, Purpose, ReasonNeeded, Step
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.people.accounts import agency_of
from sip112.people.audit import Action
from sip112.people.principal import Principal
from sip112.people.session import SignedIn
from sip112.routing.ids import CentreCode

router = APIRouter(prefix="/v1/agency-desk", tags=["agency"])

_gives_json: Final = Depends(gives("application/json"))


class Account(NamedTuple):
    """Somebody who has signed in with an account of an agency."""

    who: SignedIn
    agency: AgencyCode
    centre: CentreCode
    ports: Ports


async def _account(
    request: Request, principal: Annotated[Principal, Security(authorise, scopes=["agency"])]
) -> Account:
    agency = agency_of(principal)
    if agency is None or not isinstance(principal, SignedIn):
        raise problems.of_no_agency(principal.name)
    served: Served = request.scope["sip112.served"]
    return Account(principal, agency, served.config.centre, served.ports)


UseAccount = Annotated[Account, Security(_account, scopes=["agency"])]
_Key = Annotated[UUID, Path(description="Identifier of the handoff.")]
_Once = Annotated[
    str | None,
    Header(
        description="A new UUID for each request, and the same one when it is repeated, which "
        "counts once then.",
        max_length=200,
    ),
]

_HANDED: Final = docs.HANDOFF
_LISTING: Final = Listing(None, (Listed(_HANDED, docs.TICKET, None),))
_OPENED: Final = Opened(
    _HANDED, docs.HANDOFF_EVENTS, Dossier(docs.TICKET, (docs.TALKING,)), None, None
)


def _guarded(media_type: str = "application/json") -> tuple[Problem, ...]:
    return (*docs.guarded(media_type), problems.of_no_agency("dashboard"))


def _answers(*errors: Problem) -> dict[int | str, dict[str, Any]]:
    return docs.answers(
        incident_view(_OPENED),
        *_guarded(),
        problems.not_handed_over(),
        problems.incident_over(),
        docs.missing("path", "handoff_id"),
        *errors,
    )


@router.get(
    "/incidents",
    summary="What was handed to one's agency",
    dependencies=[_gives_json],
    responses=docs.answers(incidents_view(_HANDED.centre, _HANDED.agency, _LISTING), *_guarded()),
)
async def list_incidents(account: UseAccount) -> IncidentsView:
    """Return what was handed to the agency of whoever asks: what has not ended first.

    What ended is shown for 24 hours. Nothing of another agency is ever in it.
    """
    found = await account.ports.agency_desk.incidents(account.agency)
    return incidents_view(account.centre, account.agency, found)


@router.get(
    "/incidents/{handoff_id}",
    summary="Read one incident that was handed to one's agency",
    dependencies=[_gives_json],
    responses=_answers(),
)
async def read_incident(account: UseAccount, seen: UseSeen, handoff_id: _Key) -> IncidentView:
    """Return what somebody at the agency has to know. That it was read stands on the audit log."""
    opened = await _open(account, HandoffId(handoff_id))
    seen(Action.AGENCY_INCIDENT_SEEN, str(handoff_id), agency=account.agency)
    return incident_view(opened)


@router.post(
    "/incidents/{handoff_id}/steps",
    summary="Say a step of an incident that was handed to one's agency",
    dependencies=[_gives_json],
    responses=_answers(
        *docs.changing(),
        problems.step_refused(Step.COMPLETED, Step.ACCEPTED),
        problems.no_reason(),
        key_reused(),
        *docs.with_body("step"),
    ),
)
async def say_step_of_incident(
    account: UseAccount,
    audit: UseAudit,
    handoff_id: _Key,
    body: Annotated[
        AccountStep,
        Body(
            openapi_examples={
                "accepted": {"summary": "A button was pressed", "value": {"step": "accepted"}}
            }
        ),
    ],
    idempotency_key: _Once = None,
) -> IncidentView:
    """Take in a step that somebody at the agency says; the same step again changes nothing."""
    return await _answer(
        account, audit, HandoffId(handoff_id), body.step, body.note or "", idempotency_key
    )


@router.post(
    "/incidents/{handoff_id}/notes",
    summary="Write a note on an incident that was handed to one's agency",
    dependencies=[_gives_json],
    responses=_answers(
        *docs.changing(),
        problems.step_refused(Step.COMPLETED, Step.ACCEPTED),
        key_reused(),
        *docs.with_body("note"),
    ),
)
async def write_note_of_incident(
    account: UseAccount,
    audit: UseAudit,
    handoff_id: _Key,
    body: Annotated[
        AccountNote,
        Body(openapi_examples={"usual": {"summary": "As usual", "value": {"note": "Butuh air"}}}),
    ],
    idempotency_key: _Once = None,
) -> IncidentView:
    """Take in a note of somebody at the agency, which the centre reads at once.

    Whoever writes has seen the incident: it is acknowledged.
    """
    return await _answer(account, audit, HandoffId(handoff_id), None, body.note, idempotency_key)


@router.put(
    "/presence",
    summary="Say that the page of one's agency is open",
    dependencies=[_gives_json],
    status_code=204,
    response_class=Response,
    responses=docs.answers(None, *_guarded(), *docs.changing(), *docs.with_body("standing")),
)
async def be_there(
    account: UseAccount,
    body: Annotated[AccountPresence, SAID],
) -> None:
    """Take it that the page is there, every ten seconds and whenever that changes.

    Whoever passes on what a caller says sees it, of each handoff of the agency. Nothing of it is
    kept.
    """
    handoff = None if body.handoff is None else HandoffId(body.handoff)
    heard(account.ports.hub.pages, account.agency, handoff, body)


class AgencyStream(EarStream):
    """A stream of an agency's page, whose session is watched for as long as it is open."""

    def __init__(self, ears: Ears, ear: Ear, whose: str, watch: Watch, leash: Leash) -> None:
        super().__init__(ears, ear, whose, lambda: leash.over)
        self._watch, self._leash = watch, leash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the page leaves, its session is over, or the service stops."""
        with self._watch.following(self._leash):
            await super().__call__(scope, receive, send)


@router.get(
    "/events",
    summary="Follow what becomes of what was handed to one's agency",
    dependencies=[Depends(gives("text/event-stream"))],
    response_class=Response,
    response_description="Server-sent events: one for every incident that has changed",
    responses=docs.answers(
        f"retry: {RETRY_MS}\n\n{encode(_HANDED.id).decode()}",
        *_guarded("text/event-stream"),
        problems.too_many_pages(MOST_EACH),
        store_unavailable(),
        media_type="text/event-stream",
    ),
)
async def follow_incidents(account: UseAccount, watch: UseWatch) -> AgencyStream:
    """Tell which incidents of the agency have changed: an event `incident` with `handoff`.

    Nothing else is ever sent, and nothing is repeated: whoever opens the stream reads the list
    then, and again every ten seconds, since what is done through another node is not told. It ends
    within seconds of the session, or of the account being another agency's.
    """
    ears = account.ports.hub.agencies
    if ears.are_too_many(account.who.name):
        raise problems.too_many_pages(MOST_EACH)
    listing = await account.ports.agency_desk.incidents(account.agency)
    ear = Ear(_theirs(account.agency), [each.handoff for each in listing.items])
    leash = Leash(account.centre, account.who.session.digest, account.agency)
    return AgencyStream(ears, ear, account.who.name, watch, leash)


def _theirs(agency: AgencyCode) -> Theirs:
    def theirs(handoff: Handoff) -> bool:
        return handoff.agency == agency and handoff.purpose is Purpose.HANDOFF

    return theirs


async def _open(account: Account, handoff: HandoffId) -> Opened:
    try:
        return await account.ports.agency_desk.open(account.agency, handoff)
    except NothingAnswered:
        raise problems.not_handed_over() from None
    except HandoffOver:
        raise problems.incident_over() from None


async def _answer(
    account: Account,
    audit: Auditing,
    handoff: HandoffId,
    step: Step | None,
    note: str,
    key: str | None,
) -> IncidentView:
    person = account.who.person
    try:
        answered = await account.ports.agency_desk.answer(
            account.agency, handoff, step, note, Signed(person.id, person.name, key or "")
        )
    except NothingAnswered:
        raise problems.not_handed_over() from None
    except HandoffOver:
        raise problems.incident_over() from None
    except IllegalStep as error:
        raise problems.step_refused(error.step, error.to) from None
    except ReasonNeeded:
        raise problems.no_reason() from None
    except KeyReused:
        raise key_reused() from None
    if answered.new:
        audit(
            Action.AGENCY_ANSWERED,
            str(handoff),
            agency=account.agency,
            step=answered.handoff.step.value,
        )
    return incident_view(await _open(account, handoff))
