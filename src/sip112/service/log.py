"""The log: structlog, JSON in production, readable on a terminal, callers redacted."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from pydantic_core import PydanticSerializationError, to_json

from sip112.service.settings import LogFormat, Settings

_CALLER_KEYS: Final = frozenset({"caller", "number", "name", "raw", "location"})
"""Keys under which log entries may carry who called and from where."""


_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    # a frame's variables may hold secrets and callers
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def _to_json(entry: object, **more: Any) -> str:
    try:
        return to_json(entry, fallback=repr).decode()  # a fifth of the time of json.dumps
    except PydanticSerializationError:  # text that is not valid Unicode
        return json.dumps(entry, **more)


def redact(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out callers: the last three digits stay, so that two calls can be told apart."""
    for key in _CALLER_KEYS & entry.keys():
        if entry[key]:  # a caller without a number is told as one
            entry[key] = f"…{str(entry[key])[-3:]}" if key in {"caller", "number"} else "…"
    return entry


def set_up(settings: Settings) -> None:
    """Send everything, the libraries' logs as well, to standard error in one form."""
    readable = settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    chain: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not settings.log_callers:
        chain.append(redact)
    last: list[structlog.typing.Processor] = (
        # with variables a traceback would also take seconds, in the thread that routes calls
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if readable
        else [_TRACEBACKS, structlog.processors.JSONRenderer(_to_json)]
    )
    # Our own entries are written as they are rendered: through the library `logging` each
    # would cost three times as much, while calls are routed in the same thread.
    structlog.configure(
        processors=[*chain, *last],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelName(settings.log_level.upper())
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # what it has to say is told by ami.link, in our words
    logging.getLogger("panoramisk").setLevel(logging.CRITICAL)
    # likewise by handoff.channels.notify; more than warnings would hold secrets and messages
    logging.getLogger("apprise").setLevel(logging.WARNING)
    logging.getLogger("apprise").propagate = False
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
