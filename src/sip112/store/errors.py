"""What can be wrong with a database, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode

DATABASE_ERRORS: Final = (
    SQLAlchemyError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked on a connection that the server has just ended
    OSError,  # and with it TimeoutError
)

_ROOM: Final = 1 << 20
"""Bytes of free space below which an input/output error is taken for want of it."""

_EFFECTIVE: Final = os.access in os.supports_effective_ids

_DATA_ERRORS: Final = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
)


class StoreUrlError(ValueError):
    """The database URL is none that sip112 can use."""


class StoreTooNew(StoreUnavailable):
    """The database was migrated by a newer sip112 than this one."""


class StoreInUse(StoreUnavailable):
    """Another process runs on the database, which is SQLite and serves one node."""

    def __init__(self, path: Path, who: str) -> None:
        super().__init__(
            f"The database {path} is in use by another sip112 ({who or 'which has just started'})."
            " SQLite serves one node: stop that one, or set SIP112_DATABASE_URL to PostgreSQL,"
            " which several nodes share."
        )


class Fenced(Exception):  # noqa: N818 - the name says what happened
    """Another node owns the centre by now: nothing was written, and nothing will be."""

    def __init__(self, centre: CentreCode, token: int) -> None:
        super().__init__(
            f"{centre} is not owned under token {token} any more; another node has taken it over"
        )
        self.centre = centre
        self.token = token


def is_data_error(error: Exception) -> bool:
    """Whether the database, or its driver, refuses what it was given, and always will.

    Everything else may pass: the writer tries again.
    """
    if isinstance(error, asyncpg.PostgresError):
        # data exception, integrity violation, limit of the program exceeded
        return (error.sqlstate or "")[:2] in {"22", "23", "54"}
    return isinstance(error, _DATA_ERRORS)


def may_use(path: Path) -> bool:
    """Whether this program may read and write `path`."""
    return os.access(path, os.R_OK | os.W_OK, effective_ids=_EFFECTIVE)


def unavailable(error: BaseException, url: URL) -> StoreUnavailable:
    """Return `error` as one that says what to do about it."""
    if isinstance(error, StoreUnavailable):
        return error
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if url.get_backend_name() == "sqlite":
        return StoreUnavailable(_sqlite(error, Path(url.database or "")))
    return StoreUnavailable(_postgres(error, url))


def _sqlite(error: BaseException, path: Path) -> str:
    directory = path.absolute().parent
    try:
        if not directory.is_dir():
            return (
                f"The directory {directory} of the database does not exist. Create it, or set "
                "SIP112_DATABASE_URL to another place."
            )
        there = path.exists()
        denied = not may_use(path if there else directory)
    except PermissionError:
        there, denied = False, True
    text = str(error)
    if denied or "readonly" in text:
        return (
            f"The database {path} may not be read and written. Give the user that runs sip112 "
            f"the right to do so, there and in the directory {directory}."
        )
    if "no such table" in text or not there:
        return f"The database {path} has no tables yet. Create them with: sip112 migrate"
    if "full" in text or ("I/O" in text and shutil.disk_usage(directory).free < _ROOM):
        return f"No space is left for the database {path} ({text}). Free some."
    if "locked" in text:
        return (
            f"Another program holds the database {path} locked ({text}). Close it; sip112 goes "
            "on by itself then."
        )
    if "malformed" in text or "not a database" in text:
        return f"The file {path} is damaged or no database ({text}). Restore it from a backup."
    return f"The database {path} does not work: {_named(error)}. Check disk and file system."


def _postgres(error: BaseException, url: URL) -> str:
    shown = url.set(drivername="postgresql").render_as_string(hide_password=True)
    wrapped = not isinstance(error, OSError | asyncpg.PostgresError)
    cause = error.__cause__ if wrapped and error.__cause__ is not None else error
    state = getattr(cause, "sqlstate", None) or ""
    if state == "42P01":
        return f"The database {shown} has no tables yet. Create them with: sip112 migrate"
    if state.startswith("28"):
        return (
            f"PostgreSQL refuses the user or the password of {shown} ({cause}). Correct "
            "SIP112_DATABASE_URL or pg_hba.conf."
        )
    if state == "3D000":
        return f"PostgreSQL has no database of this name: {shown}. Create it with createdb."
    if state.startswith("53"):
        return f"PostgreSQL has run out of room, memory or connections at {shown} ({cause})."
    if state == "25006":
        return (
            f"The database {shown} is read-only: perhaps a standby. Point SIP112_DATABASE_URL "
            "at the primary."
        )
    if state == "42501":
        return f"The database user may not do this: {cause}. Make it the owner of {shown}."
    if isinstance(cause, TimeoutError):
        return f"PostgreSQL does not answer in time at {shown}. Check the server and the network."
    if isinstance(cause, OSError):
        return (
            f"PostgreSQL cannot be reached at {shown} ({_named(cause)}). Start it, or correct "
            "SIP112_DATABASE_URL."
        )
    return f"PostgreSQL at {shown} failed: {_named(cause)}. Its log says more."


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
