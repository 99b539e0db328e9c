"""What a seat orders while it takes part in a call."""

from __future__ import annotations

from typing import Annotated

from sip112.api.schemas.inputs import BodyModel, Name
from sip112.api.schemas.values import doc
from sip112.routing.events import Mode


class ActingSeat(BodyModel):
    """For which seat it is asked."""

    seat: Annotated[Name, doc("The seat that takes part in the call and acts.")]


class TransferOrder(ActingSeat):
    """Who is to take part, and how."""

    to: Annotated[Name, doc("A seat, or a number outside: 2 to 20 digits.")]
    mode: Annotated[Mode, doc("How they come to take part.")]


class Completion(ActingSeat):
    """How an attended transfer is completed."""

    stay: Annotated[bool, doc("Whether the seat stays, as in a conference.")] = False
