"""A time as whole microseconds, in the database: exact there too, where shares are counted.

SQLite's own functions count milliseconds only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Microseconds(FunctionElement[int]):
    """A stored time as microseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(Microseconds, "sqlite")
def _of_text(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    """Take the text of `tables.iso` apart, whose width is fixed."""
    text = compiler.process(element.clauses, **options)
    return (
        f"(CAST(strftime('%s', substr({text}, 1, 19)) AS INTEGER) * 1000000"
        f" + CAST(substr({text}, 21, 6) AS INTEGER))"
    )


@compiles(Microseconds, "postgresql")
def _of_timestamp(element: Microseconds, compiler: SQLCompiler, **options: Any) -> str:
    """Count in numeric, as PostgreSQL does since its version 14."""
    time = compiler.process(element.clauses, **options)
    return f"CAST(extract(epoch FROM {time}) * 1000000 AS bigint)"
