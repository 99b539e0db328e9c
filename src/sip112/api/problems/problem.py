"""An error to answer with, as an RFC 9457 document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = "5"
"""Seconds; about as long as a database or a PBX takes to come back when it restarts."""


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An error to answer with; handlers raise it."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        remedy: str,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.remedy = remedy
        self.headers = dict(headers or {})
        self.members = members

    def body(self, path: str) -> dict[str, Any]:
        """Return the problem document for a request to `path`."""
        return {
            "type": f"urn:sip112:problem:{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
            "instance": quote(path),
            **self.members,
        }

    def response(self, path: str) -> Response:
        """Return the response to a request to `path`."""
        return Response(
            json.dumps(self.body(path)),
            self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def unauthorized(name: str, detail: str, remedy: str, error: str = "") -> Problem:
    """Return the problem of a request that does not show who asks."""
    challenge = f'Bearer realm="sip112"{error}'
    return Problem(401, name, detail, remedy=remedy, headers={"WWW-Authenticate": challenge})
