"""Calls as CSV: the columns of Asterisk's CDR, in its order and writing, then ours.

The first columns are those of Asterisk's cdr_csv, so that what reads ``Master.csv`` reads
this too: local time, whole seconds, Asterisk's words. What Asterisk would know and sip112
does not (the context, the seat's full channel name) is left empty or short, never invented.
The columns after them say the same in sip112's words, with times in UTC.

A caller chooses the own name, and a spreadsheet runs what looks like a formula: cells that
begin like one get an apostrophe in front, as OWASP advises against CSV injection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sip112.api.schemas.calls import call_view
from sip112.routing.call import Call, Outcome
from sip112.routing.ids import Instant

COLUMNS: Final = (
    # Asterisk's
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    # ours
    "call_id",
    "centre",
    "pbx",
    "trunk",
    "ticket_number",
    "origin",
    "state",
    "outcome",
    "cause",
    "caller_number",
    "caller_name",
    "priority",
    "skills",
    "seat",
    "agent",
    "offers",
    "arrived_at",
    "queued_at",
    "answered_at",
    "ended_at",
    "wait_s",
    "talk_s",
)

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may run; the last four are the full-width forms."""

Cell = str | int | float | None


def guard(cell: Cell) -> Cell:
    """Return the cell so that no spreadsheet runs it. Numbers are not text and stay."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _clid(call: Call) -> str:
    number, name = call.caller.number or "", call.caller.name
    if not name:
        return number
    return f'"{name}" <{number}>' if number else name


def _disposition(call: Call) -> str:
    if call.answered_at is not None:
        return "ANSWERED"
    return "FAILED" if call.outcome is Outcome.LOST_BY_PBX else "NO ANSWER"


def row(call: Call, zone: ZoneInfo) -> list[Cell]:
    """Return a call as the cells of one line."""

    def local(at: Instant | None) -> str:
        return "" if at is None else f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}"

    end = call.ended_at
    native = bool(call.offers) and call.offers[-1].native
    queued = call.queued_at is not None
    cdr: list[Cell] = [
        call.centre,
        call.caller.number or "",
        call.dialled,
        "",
        _clid(call),
        call.channel,
        f"PJSIP/{call.seat}" if call.seat and call.answered_at is not None else "",
        "Dial" if call.offers and not native else "Queue" if queued or native else "",
        "",
        local(call.arrived_at),
        local(call.answered_at),
        local(end),
        0 if end is None else int(end - call.arrived_at),
        0 if end is None or call.answered_at is None else int(end - call.answered_at),
        _disposition(call),
        "DOCUMENTATION",  # what Asterisk writes where nothing else is set
        call.uniqueid,
        call.ticket_number or "",
    ]
    view = call_view(call)
    ours: list[Cell] = [
        view["id"],
        view["centre"],
        view["pbx"],
        view["trunk"],
        view["ticket_number"],
        view["origin"],
        view["state"],
        view["outcome"],
        view["cause"],
        view["caller"]["number"],
        view["caller"]["name"],
        view["priority"],
        " ".join(view["skills"]),
        view["seat"],
        view["agent"],
        len(view["offers"]),
        view["arrived_at"],
        view["queued_at"],
        view["answered_at"],
        view["ended_at"],
        view["wait_s"],
        view["talk_s"],
    ]
    return [guard(cell) for cell in cdr + ours]


def lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Return rows as CSV in UTF-8: text in quotes, numbers without, as cdr_csv does."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue().encode(errors="replace")
