"""Agencies answer: what a link in a message opens, for people who have nothing else.

Who asks has no token and no session, and sees nothing of the centre but the one incident.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response

from sip112.api import docs
from sip112.api.accept import gives
from sip112.api.agency_ears import MOST_EACH, RETRY_MS, Ear, EarStream, encode
from sip112.api.audit import Auditing, UseAudit
from sip112.api.context import Ports, Served
from sip112.api.ports import Opened
from sip112.api.presence import SAID, heard
from sip112.api.problems import agency as problems
from sip112.api.problems.handoffs import key_reused
from sip112.api.problems.node import store_unavailable
from sip112.api.problems.problem import Problem
from sip112.api.problems.requests import not_acceptable
from sip112.api.schemas.agency import (
    IncidentView,
    LinkNote,
    LinkStep,
    PagePresence,
    incident_view,
)
from sip112.api.seen import Seen
from sip112.dispatch.dossier import Dossier
from sip112.dispatch.errors import HandoffOver, KeyReused, NothingAnswered
from sip112.dispatch.handoff import Handoff, IllegalStep, ReasonNeeded, Step
from sip112.dispatch.outbox import LinkTarget
from sip112.dispatch.said import is_over
from sip112.people.audit import Action
from sip112.routing.ids import Instant

router = APIRouter(prefix="/v1/agency/links/{secret}", tags=["agency"])

_gives_json: Final = Depends(gives("application/json"))


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that is good, and the centre whose handoff it opens."""

    target: LinkTarget
    served: Served

    async def opened(self) -> Opened:
        try:
            return await self.served.ports.door.open(self.target)
        except NothingAnswered:
            raise problems.unknown_link() from None
        except HandoffOver:
            raise problems.link_over() from None

    def audit(self, audit: Auditing, by: str) -> Auditing:
        return replace(audit, who=by, centre=self.target.centre)


async def _link(
    request: Request,
    secret: Annotated[str, Path(description="What the link in the message ends with.")],
) -> _Link:
    ports: Ports = request.app.state.ports
    target = await ports.door.link(secret)
    served: Served | None = None
    if target is not None:
        served = request.app.state.served.get(target.centre)
    if target is None or served is None:
        raise problems.unknown_link()
    if served.ports.clock() >= target.expires_at:
        raise problems.link_over()
    return _Link(target, served)


_UseLink = Annotated[_Link, Depends(_link)]
_Once = Annotated[
    str | None,
    Header(
        description="A new UUID for each request, and the same one when it is repeated, which "
        "counts once then.",
        max_length=200,
    ),
]

_OPENED: Final = incident_view(
    Opened(docs.HANDOFF, docs.HANDOFF_EVENTS, Dossier(docs.TICKET, (docs.TALKING,)), None, None)
)


def _link_answers(*errors: Problem) -> dict[int | str, dict[str, Any]]:
    return docs.answers(
        _OPENED,
        problems.unknown_link(),
        problems.link_over(),
        *errors,
        not_acceptable("application/json"),
        store_unavailable(),
    )


@router.get(
    "",
    summary="Open the link of a message",
    dependencies=[_gives_json],
    responses=_link_answers(),
)
async def open_link(request: Request, audit: UseAudit, link: _UseLink) -> IncidentView:
    """Return what somebody at the agency has to know, who has nothing but the link.

    It changes nothing: messengers open links by themselves to show what is behind them. An
    incident is acknowledged with `POST .../steps`.
    """
    opened = await link.opened()
    by = f"agency:{opened.handoff.agency} {link.target.contact}".rstrip()
    seen: Seen = request.app.state.seen
    subject = str(opened.handoff.id)
    if seen.is_new(by, Action.AGENCY_LINK_OPENED, subject, audit.clock()):
        audit = link.audit(audit, by)
        audit(Action.AGENCY_LINK_OPENED, subject, agency=opened.handoff.agency)
    return incident_view(opened)


@router.post(
    "/steps",
    summary="Say a step by the link of a message",
    dependencies=[_gives_json],
    responses=_link_answers(
        problems.step_refused(Step.COMPLETED, Step.ACCEPTED),
        problems.no_reason(),
        key_reused(),
        *docs.with_body("step"),
    ),
)
async def say_by_link(
    audit: UseAudit,
    link: _UseLink,
    body: Annotated[
        LinkStep,
        Body(
            openapi_examples={
                "accepted": {
                    "summary": "A button was pressed",
                    "value": {"step": "accepted", "name": "Budi"},
                }
            }
        ),
    ],
    idempotency_key: _Once = None,
) -> IncidentView:
    """Take in a step that somebody at the agency says; the same step again changes nothing."""
    return await _answer(audit, link, body.step, body.note or "", body.name, idempotency_key)


@router.post(
    "/notes",
    summary="Write a note by the link of a message",
    dependencies=[_gives_json],
    responses=_link_answers(
        problems.step_refused(Step.COMPLETED, Step.ACCEPTED),
        key_reused(),
        *docs.with_body("note"),
    ),
)
async def write_by_link(
    audit: UseAudit,
    link: _UseLink,
    body: Annotated[
        LinkNote,
        Body(
            openapi_examples={
                "usual": {"summary": "As usual", "value": {"note": "Butuh air", "name": "Budi"}}
            }
        ),
    ],
    idempotency_key: _Once = None,
) -> IncidentView:
    """Take in a note of somebody at the agency, which the centre reads at once.

    Whoever writes has seen the incident: it is acknowledged.
    """
    return await _answer(audit, link, None, body.note, body.name, idempotency_key)


@router.put(
    "/presence",
    summary="Say that the page behind a link is open",
    dependencies=[_gives_json],
    status_code=204,
    response_class=Response,
    responses=docs.answers(
        None,
        problems.unknown_link(),
        problems.link_over(),
        *docs.with_body("standing"),
        not_acceptable("application/json"),
        store_unavailable(),
    ),
)
async def be_there_by_link(
    link: _UseLink,
    body: Annotated[PagePresence, SAID],
) -> None:
    """Take it that the page is there, every ten seconds and whenever that changes.

    Whoever passes on what a caller says sees it. Nothing of it is kept.
    """
    heard(link.served.ports.hub.pages, link.target.handoff, link.target.handoff, body)


class _Hearing:
    """What a page behind a link hears: of its handoff, for as long as the link is good."""

    def __init__(self, link: _Link, handoff: Handoff) -> None:
        self._link = link
        self._handoff = handoff

    def theirs(self, handoff: Handoff) -> bool:
        """Whether it is the one that the link opens; how that is by now is remembered."""
        if handoff.id != self._handoff.id:
            return False
        self._handoff = handoff
        return True

    def ends(self) -> bool:
        """Whether the link opens nothing any more."""
        now = Instant(self._link.served.ports.clock())
        return now >= self._link.target.expires_at or is_over(self._handoff, now)


@router.get(
    "/events",
    summary="Follow the incident of a link",
    dependencies=[Depends(gives("text/event-stream"))],
    response_class=Response,
    response_description="Server-sent events: one whenever the incident has changed",
    responses=docs.answers(
        f"retry: {RETRY_MS}\n\n{encode(docs.HANDOFF.id).decode()}",
        problems.unknown_link(),
        problems.link_over(),
        problems.too_many_pages(MOST_EACH),
        not_acceptable("text/event-stream"),
        store_unavailable(),
        media_type="text/event-stream",
    ),
)
async def follow_link(link: _UseLink) -> EarStream:
    """Tell that the incident has changed: an event `incident` with `handoff`, and nothing else.

    Nothing is repeated: whoever opens the stream opens the link then, and again every ten seconds,
    since what is done through another node is not told. It ends when the link does.
    """
    opened = await link.opened()
    ears = link.served.ports.hub.agencies
    whose = f"link:{opened.handoff.id}"
    if ears.are_too_many(whose, by_link=True):
        raise problems.too_many_pages(MOST_EACH)
    hearing = _Hearing(link, opened.handoff)
    ear = Ear(hearing.theirs, [opened.handoff], by_link=True)
    return EarStream(ears, ear, whose, hearing.ends)


async def _answer(
    audit: Auditing, link: _Link, step: Step | None, note: str, name: str, key: str | None
) -> IncidentView:
    try:
        answered = await link.served.ports.door.answer(link.target, step, note, name, key or "")
    except NothingAnswered:
        raise problems.unknown_link() from None
    except HandoffOver:
        raise problems.link_over() from None
    except IllegalStep as error:
        raise problems.step_refused(error.step, error.to) from None
    except ReasonNeeded:
        raise problems.no_reason() from None
    except KeyReused:
        raise key_reused() from None
    handoff = answered.handoff
    if answered.new:
        audit = link.audit(audit, answered.by)
        audit(
            Action.AGENCY_ANSWERED,
            str(handoff.id),
            agency=handoff.agency,
            step=handoff.step.value,
        )
    return incident_view(await link.opened())
