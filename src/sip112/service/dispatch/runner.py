"""Dispatching: while this node owns a centre, what waits is carried and no step is forgotten.

The courier carries the outbox; the clock looks at which handoffs are overdue. Both work on what the
store keeps, so whoever owns the centre next goes on where this node stopped. Neither is waited for
by anything that has to do with calls, and a fault in them is logged and begun anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from sip112.api.ports import Fact, Severity
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.escalation import overdue
from sip112.dispatch.handoff import UNHEARD, Change, Handoff, MessageKind, Purpose
from sip112.dispatch.ids import HandoffId
from sip112.dispatch.outbox import OutboxItem
from sip112.dispatch.reasons import Code, Reason, because
from sip112.dispatch.referrals import told
from sip112.dispatch.reports import delivered, failed, failing, held, sent
from sip112.handoff.channels.account import Account
from sip112.handoff.channels.notify import Notify
from sip112.handoff.channels.webhook import Webhook
from sip112.handoff.courier import Courier
from sip112.handoff.guard import Network
from sip112.handoff.ports import Carrier, Clock, Happening, Outcome, WallClock
from sip112.handoff.post import Poster
from sip112.people.audit import new_id
from sip112.routing.effects import Record
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, Instant
from sip112.service.dispatch.handoffs import Handoffs, idle
from sip112.service.dispatch.spoken import Spoken
from sip112.store.store import Store

LOOK_S: Final = 0.5
"""Seconds between looks at whether the centre is ours, and at what is overdue."""

COUNT_S: Final = 5.0
"""Seconds between looks at which handoffs have called a supervisor, and what was given up."""

FORGET_S: Final = 3600.0
"""Seconds between looks at which links expired so long ago that nobody opens them."""

AGAIN_S: Final = 1.0
"""Seconds after which all begins anew, when a fault of ours ended it."""

MOST: Final = 100
"""Of what is counted."""

_log = structlog.get_logger(__name__)


class Dispatching:
    """The dispatching of one centre.

    Args:
        centre: whose.
        store: what is kept.
        handoffs: how handoffs change.
        owned: whether the centre is this node's.
        allowed: private networks in which agencies' systems may be.
        authorities: file with certificate authorities by which they are known.
        notifiers: URLs of apprise by which people are told, by channel.
        clock: the time, by which messages are tried and what is overdue escalates.
    """

    def __init__(
        self,
        centre: CentreCode,
        store: Store,
        handoffs: Handoffs,
        *,
        owned: Callable[[], bool],
        allowed: Sequence[Network] = (),
        authorities: Path | None = None,
        notifiers: Mapping[ChannelKind, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.faults = 0
        """How often a fault of ours ended it, and all began anew."""
        self.looks = 0
        """How often it looked at what is overdue."""
        self._centre = centre
        self._store = store
        self._handoffs = handoffs
        self._owned = owned
        self._allowed = allowed
        self._authorities = authorities
        self._notifiers = notifiers or {}
        self._clock = clock or WallClock()
        self._spoken = Spoken(partial(store.handoffs.of_ticket, centre), handoffs.change)
        self._alarmed: Sequence[Handoff] = ()
        self._dead = 0
        self._received: Sequence[Handoff] = ()
        self._counted_at = float("-inf")
        self._forgot_at = float("-inf")

    def heard(self, record: Record) -> None:
        """Take a journal entry, as it happens: agencies may be called into a call."""
        self._spoken.heard(record)

    async def run(self) -> None:
        """Dispatch while the centre is ours, until cancelled."""
        while True:
            try:
                if self._owned():
                    await self._dispatch()
                else:
                    await asyncio.sleep(LOOK_S)
            except Exception:  # noqa: BLE001 - it begins anew, whatever it is
                self.faults += 1
                _log.exception("a fault in sip112, please report it", while_doing="dispatching")
                await asyncio.sleep(AGAIN_S)

    async def _dispatch(self) -> None:
        # in a thread: certificate authorities take a while to read, and callers come first
        async with await asyncio.to_thread(Poster, self._allowed, self._authorities) as poster:
            webhook = Webhook(poster, self._store.agencies.secret)
            carriers: dict[ChannelKind, Carrier] = {
                ChannelKind.WEBHOOK: webhook,
                ChannelKind.CAP: webhook,
                ChannelKind.ACCOUNT: Account(),
                **{kind: Notify(kind, url) for kind, url in self._notifiers.items()},
            }
            courier = Courier(
                self._centre,
                self._store.outbox,
                carriers,
                self._compose,
                self._told,
                written=self._written,
                clock=self._clock,
            )
            carrying = asyncio.create_task(courier.run(), name=f"courier {self._centre}")
            self._handoffs.woken = courier.wake
            try:
                while self._owned() and not carrying.done():
                    await self._look()
                    await asyncio.wait([carrying], timeout=LOOK_S)
            finally:
                self._handoffs.woken = idle
                # whoever owns the centre next tells
                self._alarmed, self._dead, self._received = (), 0, ()
                carrying.cancel()
                await asyncio.wait([carrying])
            if not carrying.cancelled():
                carrying.result()

    # --- for the courier -------------------------------------------------------------------

    async def _compose(self, item: OutboxItem) -> OutboxItem | None:
        letters = self._handoffs.letters
        return await self._store.outbox.compose(
            item, letters, journal=letters.is_centre(item.agency)
        )

    async def _told(self, item: OutboxItem, outcome: Outcome) -> None:
        """Have a handoff know what became of a message."""
        at, rung = outcome.at, item.rung
        why = outcome.why or because(Code.FAULT)
        is_request = item.kind is MessageKind.REQUEST
        match outcome.what:
            case Happening.DELIVERED if is_request:
                await self._change(item.handoff, lambda before: delivered(before, at, rung))
            case Happening.SENT if is_request:
                await self._change(item.handoff, lambda before: sent(before, at, rung))
            case Happening.SENT if item.kind is MessageKind.REFERRAL:
                await self._change(item.handoff, lambda before: told(before, at, rung))
            case Happening.DEAD:
                new = partial(new_id, at)
                await self._change(item.handoff, lambda before: failed(before, at, rung, why, new))
            case Happening.HELD:
                new = partial(new_id, at)
                await self._change(item.handoff, lambda before: held(before, at, rung, why, new))
            case Happening.FAILING:
                await self._change(item.handoff, lambda before: failing(before, at, rung, why))
            case _:
                pass  # an update or a cancellation moves no step

    def _written(self, item: OutboxItem) -> None:
        """Take it that a message has ended, which the outbox says by now."""
        self._counted_at = float("-inf")
        self._handoffs.moved(item)

    # --- the clock -------------------------------------------------------------------------

    async def _look(self) -> None:
        """Have what is overdue escalate, count what a person must see to, forget what is over."""
        now = self._clock.now()
        try:
            await self._spoken.settle(now)
            await self._handoffs.weigh()
            for handoff in await self._store.handoffs.due(self._centre, now):
                await self._change(
                    handoff, lambda before: overdue(before, now, partial(new_id, now))
                )
            if time.monotonic() - self._counted_at > COUNT_S:
                self._alarmed = await self._store.handoffs.page(
                    self._centre, ended=False, alarmed=True, limit=MOST
                )
                self._dead = len(await self._store.outbox.dead(self._centre, limit=MOST))
                self._received = await self._store.handoffs.page(
                    self._centre, purpose=Purpose.RECEIVED, ended=False, limit=MOST
                )
                self._counted_at = time.monotonic()
            if time.monotonic() - self._forgot_at > FORGET_S:
                await self._store.handoffs.forget_links(self._centre, now)
                self._forgot_at = time.monotonic()
        except StoreUnavailable:
            pass  # the fact `store` tells
        self.looks += 1

    async def _change(self, handoff: HandoffId, decide: Callable[[Handoff], Change | None]) -> None:
        await self._handoffs.change(handoff, decide)
        self._counted_at = float("-inf")

    # --- how it is -------------------------------------------------------------------------

    def facts(self) -> list[Fact]:
        """Tell whether a person must see to something."""
        now = self._clock.now()
        unseen = [each for each in self._received if _is_unseen(each, now)]
        return [_reached(self._alarmed), _delivered(self._dead), _seen(unseen)]


def _is_unseen(handoff: Handoff, now: Instant) -> bool:
    """Whether nobody here has opened what another centre asks, for longer than it would wait."""
    return handoff.step in UNHEARD and now - handoff.requested_at > handoff.limits.acknowledged_s


def _seen(unseen: Sequence[Handoff]) -> Fact:
    if not unseen:
        return _fact("received", "what other centres ask is seen in time")
    who = ", ".join(sorted({each.agency for each in unseen}))
    return _alarm(
        "received",
        because(Code.UNSEEN, n=len(unseen), who=who),
        "Open their tickets, and accept or decline. The callers are still theirs.",
    )


def _reached(alarmed: Sequence[Handoff]) -> Fact:
    if not alarmed:
        return _fact("handoffs", "every agency that was asked is heard of in time")
    who = ", ".join(sorted({each.agency for each in alarmed}))
    return _alarm(
        "handoffs",
        because(Code.UNANSWERED, n=len(alarmed), who=who),
        "Call them. What they say is written down on the ticket, which ends the alarm.",
    )


def _delivered(dead: int) -> Fact:
    if not dead:
        return _fact("outbox", "no message to an agency was given up")
    return _alarm(
        "outbox",
        because(Code.GIVEN_UP, n=dead),
        "See why, and send them again: GET /v1/dead-letters.",
    )


def _fact(name: str, detail: str) -> Fact:
    return Fact(name, ok=True, detail=detail, severity=Severity.WARNING)


def _alarm(name: str, reason: Reason, remedy: str) -> Fact:
    return Fact(
        name, ok=False, detail=str(reason), remedy=remedy, severity=Severity.WARNING, reason=reason
    )
