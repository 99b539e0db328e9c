"""How the parts of the store come to a connection: each is given the ways that it needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncConnection

Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""To read, or to write in one transaction."""

Changing = Callable[..., AbstractAsyncContextManager[AsyncConnection]]
"""To write on tickets of a centre, which are named: ``changing(centre, ticket, ...)``.

StoreUnavailable if one of them still waits to be written.
"""
