"""Referrals as the API shows them, and what is asked of them."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.ports import Referred
from sip112.api.schemas.handoffs import AgencyKey, HandoffDetail, detail_view
from sip112.api.schemas.inputs import BodyModel
from sip112.api.schemas.tickets import TicketView, ticket_view
from sip112.api.schemas.values import doc
from sip112.dispatch.referrals import How


class NewReferral(BodyModel):
    """To which service the caller is referred, and how they are told."""

    agency: Annotated[AgencyKey, doc("Code of an agency of the kind `service`.")]
    how: Annotated[
        How,
        doc("`spoken` by whoever answered the call, or by `sms` to the number of the last call."),
    ]


class ReferralView(TypedDict):
    """A referral, and what the ticket says since then."""

    referral: Annotated[
        HandoffDetail,
        doc("It has ended as soon as the caller was told; `by` says by which channel."),
    ]
    ticket: Annotated[
        TicketView,
        doc("With the disposition `referred`, unless somebody had written another already."),
    ]


def referral_view(referred: Referred) -> ReferralView:
    """Return a referral as the API shows it."""
    return {"referral": detail_view(*referred.referral), "ticket": ticket_view(referred.ticket)}
