"""Why something failed, as the API shows it: for programs, beside the words."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from sip112.api.schemas.values import doc
from sip112.dispatch.reasons import Reason


class ReasonView(TypedDict):
    """Why something failed: the words beside it say the same, in English."""

    code: Annotated[str, doc("Which reason, such as `answers` or `connection_refused`.")]
    details: Annotated[dict[str, str], doc("Of which it speaks, such as `status` or `host`.")]


def reason_view(reason: Reason | None) -> ReasonView | None:
    """Return why something failed as the API shows it; None if that is not kept."""
    return None if reason is None else {"code": reason.code, "details": dict(reason.details)}
