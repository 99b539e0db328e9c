"""Access: which token a request presents, and whether that allows what it asks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer, SecurityScopes

from sip112.api import problems
from sip112.api.auth import Scope, Token


def identify(tokens: Collection[Token], authorization: bytes | None) -> Token:
    """Return the token that an Authorization header presents, or raise the 401 problem."""
    if not tokens:
        raise problems.no_tokens()
    scheme, _, secret = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer" or not secret.strip():
        raise problems.no_token()
    presented = hashlib.sha256(secret.strip()).hexdigest()
    found = None
    for token in tokens:  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(presented, token.digest):
            found = token
    if found is None:
        raise problems.wrong_token()
    return found


bearer = HTTPBearer(
    scheme_name="token",
    description="A token made with `sip112 token`, with the scopes that the operation names: "
    + ", ".join(f"`{scope}`" for scope in Scope),
    auto_error=False,
)


async def authorise(
    request: Request, needed: SecurityScopes, _: Annotated[object, Depends(bearer)]
) -> Token:
    """Return the token of the request, or raise the 403 problem if it lacks a scope.

    The gate has identified it already; `bearer` is here for the OpenAPI document.
    """
    token: Token = request.scope["sip112.token"]
    for name in needed.scopes:
        if not token.allows(Scope(name)):
            raise problems.missing_scope(token.name, name)
    return token
