"""The key under which a request is carried out once, however often it is sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from sip112.api.problems.handoffs import no_key


async def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A new UUID for each request, and the same one when it is repeated.",
            max_length=200,
        ),
    ] = None,
) -> str:
    if not idempotency_key:
        raise no_key()
    return idempotency_key


OnceKey = Annotated[str, Depends(_key)]
"""The `Idempotency-Key` of a request that must have one."""
