"""The main job, shown: a dozen real 112 calls on a real Asterisk (``make demo``).

SIPp places the calls and sits at the seats; the service is its own process on SQLite. What
happens is shown as it happens, from the service's event stream. At the end the store is
read and held against SIPp's own counts; only if they agree on every call is nothing lost.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rig import Rig, RigError, down, up
from rig.agency import Agency
from rig.asking import until
from rig.node import Node, usual
from rig.progress import Progress
from rig.sipp import Answer, Call, Callers, Counts, Seats, Silent
from rig.state import DEFAULT_DIR
from sip112.routing.call import Call as StoredCall
from sip112.routing.call import Outcome
from sip112.routing.ids import CentreCode
from sip112.store.store import Store

VAR: Final = DEFAULT_DIR.parent
DATABASE: Final = VAR / "demo.db"
URL: Final = f"sqlite:///{DATABASE}"
LOG: Final = VAR / "demo.log"

AGENTS: Final = {"seat-01": "siti", "seat-02": "budi", "seat-03": "rina", "seat-04": "joko"}
"""Who sits where. Joko logged in and walked away: his phone rings and nobody answers."""

HOSTILE: Final = "=1+1 <b>[red]'); DROP TABLE tickets;--"

CALLS: Final = (
    Call(number="08125550101", name="Warga Satu", delay=0.0),
    Call(delay=0.5),  # without caller ID
    Call(number="08125550103", name=HOSTILE, delay=1.0),
    Call(number="08125550104", name="Warga Empat", delay=1.5),
    Call(number="08125550105", name="Warga Lima", delay=2.0),
    Call(number="08125550106", name="Warga Enam", delay=2.3),
    Call(number="08125550107", name="Warga Tujuh", delay=2.6, hang_up_at=3.0),
    Call(number="08125550108", name="Bu Ñusá 你好", delay=3.0),
    Call(number="08125550109", name="Tombol 112", dial="1129", delay=3.4),
    Call(number="+628125550110", name="Warga Sepuluh", delay=4.2),
    Call(number="08125550101", name="Warga Satu", delay=6.0),
    Call(number="08125550112", name="Warga Duabelas", delay=7.0),
)
"""Two answered at once, one without caller ID, one with a hostile name, one that rings at an
empty chair, more callers than seats, one of whom gives up and one has priority, and one
who calls a second time."""

HANDED_OFF: Final = {"fire_building": "damkar", "cardiac_arrest": "medis"}
"""Two of the tickets: what happened, and which agency is handed it. Their systems are simulated."""

TALK_S: Final = 2.0
RING_S: Final = 3

_SHOWN: Final = ("seat", "number", "outcome", "incident_type", "severity", "channel", "note")
"""Details of the timeline that are printed."""

_out = Console(highlight=False)
if not _out.is_terminal:
    _out = Console(highlight=False, width=120)


@dataclass(slots=True)
class Verdict:
    """What the store says beside what SIPp says."""

    counts: Counts
    answered_at_seats: int
    stored: list[StoredCall]
    tickets: int
    talked: Counter[tuple[str, str]]
    """(seat, caller's number) of every INVITE that a seat answered, by SIPp."""
    accepted: int
    """Handoffs that an agency has accepted."""

    @property
    def answered(self) -> int:
        """Calls that a seat answered, by the store."""
        return sum(call.outcome is Outcome.ANSWERED for call in self.stored)

    @property
    def abandoned(self) -> int:
        """Calls whose caller hung up first, by the store."""
        return sum(call.outcome is Outcome.ABANDONED for call in self.stored)

    def complaints(self) -> list[str]:
        """Return every point on which the two do not agree."""
        placed, stored = self.counts.created, len(self.stored)
        wanted_to_leave = sum(call.hang_up_at > 0 for call in CALLS)
        told = Counter(
            (call.seat or "", call.caller.number or "")
            for call in self.stored
            if call.outcome is Outcome.ANSWERED
        )
        apart = {
            "in the store": dict(told - self.talked),
            "at the seats": dict(self.talked - told),
        }
        points = [
            (placed == len(CALLS), f"SIPp placed {placed} calls of {len(CALLS)}"),
            (self.counts.failed == 0, f"{self.counts.failed} calls failed by SIPp's count"),
            (stored == placed, f"SIPp placed {placed} calls, the store has {stored}"),
            (
                self.tickets == placed,
                f"SIPp placed {placed} calls, there are {self.tickets} tickets",
            ),
            (
                self.answered == self.answered_at_seats,
                f"seats answered {self.answered_at_seats} calls, the store says {self.answered}",
            ),
            (
                self.abandoned == wanted_to_leave,
                f"{wanted_to_leave} callers gave up, the store says {self.abandoned}",
            ),
            (
                all(call.ended_at is not None for call in self.stored),
                "the store has calls that never ended",
            ),
            (
                self.accepted == len(HANDED_OFF),
                f"{len(HANDED_OFF)} tickets were handed off, {self.accepted} were accepted",
            ),
            (told == self.talked, f"who talked to whom differs: {apart}"),
        ]
        return [text for agrees, text in points if not agrees]

    @property
    def lost(self) -> int:
        """Calls that were placed and that the store cannot account for."""
        accounted = sum(call.outcome is not None for call in self.stored)
        return max(0, self.counts.created - min(accounted, self.tickets)) + (
            max(0, self.answered_at_seats - self.answered)
        )


async def _show(node: Node, began: float) -> None:
    """Print each step of each call as the service tells it."""
    async for event in node.events():
        call, seat = event.get("call"), event.get("seat")
        if call is None:
            if seat is not None and event["kind"] == "seat.changed" and seat["pause_reason"]:
                _line(began, "", f"{seat['id']} paused: {seat['pause_reason']}", "yellow")
            continue
        who = " ".join(filter(None, (call["caller"]["number"], call["caller"]["name"])))
        what, style = _sentence(event, call, who or "(no caller ID)")
        if what:
            _line(began, call["ticket_number"], what, style)


def _sentence(event: dict[str, Any], call: dict[str, Any], who: str) -> tuple[str, str]:
    match event["kind"]:
        case "call.arrived":
            priority = ", priority" if call["priority"] else ""
            return f"112 call from {who}{priority}", "bold"
        case "call.queued":
            return f"waits, position {call['position']}", "yellow"
        case "call.ringing":
            after = _seconds(call["offers"][-1]["offered_at"], call["offers"][-1]["rang_at"])
            return f"{call['seat']} rings ({after * 1000:.0f} ms after the decision)", "cyan"
        case "call.returned":
            detail = event["detail"]
            return f"{detail['seat']}: {detail['result'].replace('_', ' ')}, next seat", "yellow"
        case "call.answered":
            return f"{call['seat']} ({call['agent']}) answers after {call['wait_s']:.1f} s", "green"
        case "call.ended" if call["outcome"] == "answered":
            return f"ends, talked {call['talk_s']:.1f} s", "dim"
        case "call.ended":
            return f"{call['outcome']} after {call['wait_s']:.1f} s", "red"
        case _:
            return "", ""


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _line(began: float, ticket: str, what: str, style: str) -> None:
    line = Text(f"  {time.time() - began:6.2f} s  {ticket:<18} ")
    line.append(what, style=style)
    _out.print(line)


async def _play(rig: Rig) -> Verdict:
    names = list(AGENTS)
    settings = {
        "SIP112_RING_S": str(RING_S),
        "SIP112_WRAP_UP_S": "0.5",
        "SIP112_HANDOFF_PRIVATE_NETWORKS": "127.0.0.0/8",
    }
    node = Node(usual(rig, URL, seats=names) | settings, LOG)
    talked: Counter[tuple[str, str]] = Counter()
    async with (
        node.up(),
        Seats(rig, names[:3], Answer(after=0.6, talk=TALK_S)) as seats,
        Seats(rig, names[3:], Silent()),
    ):
        _out.print(f"  service            {node.url}, log {node.log}")
        for seat, agent in AGENTS.items():
            await node.seat(seat, "login", agent=agent)
        _out.print(f"  on duty            {', '.join(f'{a} at {s}' for s, a in AGENTS.items())}\n")
        began = time.time()
        async with asyncio.TaskGroup() as group:
            shown = group.create_task(_show(node, began))
            async with Callers(rig, CALLS) as callers:
                counts = await callers.finish(within=90)
            await until(lambda: _all_written(node), within=15, every=0.05)
            shown.cancel()
        accepted = await _hand_off(node)
        for invite in seats.invites:
            if invite.decided_at is not None:
                talked[invite.seat, invite.number.removeprefix("anonymous")] += 1
        answered = seats.answered
    store = Store(URL)
    try:
        stored = await store.calls(CentreCode(rig.centre), limit=1000)
        tickets = await store.tickets(CentreCode(rig.centre), limit=1000)
    finally:
        await store.close()
    return Verdict(counts, answered, stored[::-1], len(tickets), talked, accepted)


async def _hand_off(node: Node) -> int:
    """Hand two tickets to two agencies, whose systems accept; return how many were accepted."""
    answered = (await node.get("/v1/calls?outcome=answered&limit=2"))["items"]
    _out.print("\nTwo of the tickets are handed to agencies")
    accepted = 0
    for call, (kind, code) in zip(answered, HANDED_OFF.items(), strict=True):
        ticket = f"/v1/tickets/{call['ticket_number']}"
        agency = Agency(code)
        async with agency.up():
            await agency.join(node.api)
            known = await node.api.get(ticket)
            changed = await node.api.patch(
                ticket,
                json={"incident_type": kind, "severity": "critical"},
                headers={
                    "If-Match": known.headers["ETag"],
                    "Content-Type": "application/merge-patch+json",
                },
            )
            changed.raise_for_status()
            handed = await node.api.post(
                f"{ticket}/handoffs",
                json={"agencies": [code]},
                headers={"Idempotency-Key": call["id"]},
            )
            handed.raise_for_status()
            handoff = f"/v1/handoffs/{handed.json()['items'][0]['id']}"

            async def is_accepted(handoff: str = handoff) -> bool:
                return bool((await node.get(handoff))["step"] == "accepted")

            await until(is_accepted, within=15, every=0.05)
            accepted += 1
            _timeline(call["ticket_number"], (await node.get(f"{ticket}/timeline"))["items"])
            for why in agency.refused:
                _out.print(f"  {code}: {why}", style="red", markup=False)
    return accepted


def _timeline(ticket: str, moments: list[dict[str, Any]]) -> None:
    """Print the timeline of a ticket."""
    _out.print(f"  {ticket}", style="bold")
    began = moments[0]["at"]
    for moment in moments:
        about = moment["subject"] if moment["about"] == "handoff" else moment["about"]
        line = Text(f"  {_seconds(began, moment['at']):8.3f} s  {about:<8} {moment['what']:<13} ")
        line.append(moment["who"], style="cyan")
        said = {name: moment["detail"][name] for name in _SHOWN if name in moment["detail"]}
        line.append("  " + ", ".join(f"{name} {value}" for name, value in said.items()), "dim")
        _out.print(line)


async def _all_written(node: Node) -> bool:
    """Tell whether no call is in progress and all that happened is in the store."""
    calls = (await node.get("/v1/calls/live"))["items"]
    return not calls and not (await node.metrics())["sip112_store_pending"]


def _print(verdict: Verdict) -> None:
    table = Table(title="\nWhat the store has", title_justify="left", header_style="bold")
    for column in ("Ticket", "Number", "Name", "Pos.", "Tried", "Seat", "Answer", "Outcome"):
        table.add_column(column, no_wrap=column in {"Ticket", "Number", "Answer"})
    for call in verdict.stored:
        tried = ", ".join(f"{offer.seat} {offer.result}" for offer in call.offers[:-1])
        table.add_row(
            call.ticket_number,
            call.caller.number or "-",
            Text(call.caller.name or ""),
            str(call.position or ""),
            tried.replace("_", " "),
            call.seat or "",
            "" if call.answered_at is None else f"{call.answered_at - call.arrived_at:.1f} s",
            str(call.outcome),
        )
    _out.print(table)
    counts = verdict.counts
    _out.print(
        f"\nSIPp's own counts: {counts.created} calls placed, {counts.failed} failed,"
        f" {verdict.answered_at_seats} answered at a seat."
    )
    _out.print("To look at it: SIP112_DATABASE_URL=sqlite:///var/demo.db .venv/bin/sip112 calls\n")


def main() -> int:
    """Run the demo; 0 only if nothing was lost and both sides agree."""
    began = time.monotonic()
    directory = VAR / "demo-rig"
    try:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{DATABASE}{suffix}").unlink(missing_ok=True)
        LOG.unlink(missing_ok=True)
        rig = up(directory, seats=len(AGENTS), progress=Progress(sys.stdout))
        try:
            _out.print(f"  Asterisk           {rig.asterisk}, SIP {rig.sip_host}:{rig.sip_port}")
            verdict = asyncio.run(_play(rig))
        finally:
            down(directory)
    except* (RigError, TimeoutError, httpx.HTTPError) as failed:
        for error in failed.exceptions:
            _out.print(f"demo: {error!r}", style="red", markup=False)
        verdict = None
    if verdict is None:
        return 1
    _print(verdict)
    complaints = verdict.complaints()
    for text in complaints:
        _out.print(f"  they do not agree: {text}", style="red", markup=False)
    _out.print(f"took {time.monotonic() - began:.0f} s", style="dim")
    print(
        f"demo: calls={verdict.counts.created} tickets={verdict.tickets}"
        f" answered={verdict.answered} abandoned={verdict.abandoned} lost={verdict.lost}"
        f" handoffs={len(HANDED_OFF)} accepted={verdict.accepted}",
        flush=True,
    )
    return 1 if complaints or verdict.lost else 0
