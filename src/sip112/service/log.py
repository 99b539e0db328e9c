"""The log: structlog, JSON in production, readable on a terminal, callers redacted."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from sip112.service.settings import LogFormat, Settings

_CALLER_KEYS: Final = frozenset({"caller", "number", "name", "raw", "location"})
"""Keys under which log entries may carry who called and from where."""


_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    # a frame's variables may hold secrets and callers
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def redact(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out callers: the last three digits stay, so that two calls can be told apart."""
    for key in _CALLER_KEYS & entry.keys():
        value = str(entry[key])
        entry[key] = f"…{value[-3:]}" if key in {"caller", "number"} and value else "…"
    return entry


def set_up(settings: Settings) -> None:
    """Send everything, the libraries' logs as well, through one chain to standard error."""
    readable = settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not settings.log_callers:
        shared.append(redact)
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if readable
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelName(settings.log_level.upper())
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # what it has to say is told by ami.link, in our words
    logging.getLogger("panoramisk").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
