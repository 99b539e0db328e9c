"""Two hundred tickets to five agencies that fail by chance: what is due escalates, and no more.

Time is turned by hand. What should have happened when is reckoned from the histories alone, by
rules that are written down here once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import pytest

from rig import asking
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.handoff import EventKind, Handoff, HandoffEvent, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.limits import Limits
from sip112.dispatch.said import said
from sip112.routing.ids import Instant
from sip112.service.dispatch import runner
from tests.handoff.published import errors_of
from tests.handoff.receiver import Manner, Receiver, Request
from tests.ops.test_dispatching import PKY, Here, running

SEED: Final = 112
TICKETS: Final = 200
SEVERITIES: Final = ("critical", "high", "medium", None)
TURN_S: Final = 45.0
"""Seconds by which the clock is turned at once."""
TURNS: Final = 20
SLACK_S: Final = 15.0
"""Seconds of this machine's that a turn may take, with whatever else runs here."""
SPEAKS: Final = 0.08
"""With which chance an agency says something at a turn."""
BY_HAND: Final = {"voice"}
ENDS: Final = {Step.DECLINED, Step.COMPLETED, Step.CANCELLED}


async def test_escalations_fire_when_and_only_when_they_are_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By systems that answer, refuse, fail and are away, and people who answer or do not."""
    monkeypatch.setattr(runner, "LOOK_S", 0.2)
    chance = Random(SEED)  # noqa: S311 - a game of chance that can be played again
    async with AsyncExitStack() as stack:
        systems = [await stack.enter_async_context(Receiver()) for _ in range(5)]
        for each in systems:
            each.manner = _manner(chance)
        agencies = [_agency(n, systems) for n in range(5)]
        here = await stack.enter_async_context(running(tmp_path, *agencies))
        handoffs = await _handed_off(here, agencies, chance)
        for _ in range(TURNS):
            here.clock.by_s += TURN_S
            await _looked(here)
            await _say(here, handoffs, chance)
        await _looked(here)
        kept = await here.store.handoffs.page(PKY, limit=len(handoffs) + 1)
        histories = await here.store.handoffs.histories(PKY, kept)
        now = here.clock.now()
    assert len(kept) == len(handoffs)
    bodies = [each.body for system in systems for each in system.taken.values()]
    assert {each[:1] for each in bodies} == {b"{", b"<"}
    assert not list(errors_of(bodies))
    fired: Counter[str] = Counter()
    for handoff in kept:
        fired += _Reckoning(handoff).of(histories[handoff.id], now)
    print(f"{len(kept)} handoffs of {TICKETS} tickets; {dict(fired)}")  # noqa: T201
    assert {"climbed in time", "climbed at once", "alarmed", "not due"} <= fired.keys()


def _manner(chance: Random) -> Callable[[Request], Manner]:
    manners = [Manner.WELL] * 6 + [Manner.ERROR, Manner.CUT, Manner.GONE, Manner.BUSY]
    return lambda _: chance.choice(manners)


def _agency(n: int, systems: list[Receiver]) -> Agency:
    """Return the n-th agency: one or two systems, and a telephone behind them or before."""
    system = Channel(ChannelKind.WEBHOOK, systems[n].url)
    other = Channel(ChannelKind.CAP, systems[(n + 1) % len(systems)].url)
    voice = Channel(ChannelKind.VOICE, f"11{n}")
    ways = [(system, voice), (system, other), (system, other, voice), (voice, system), (system,)]
    return Agency(
        AgencyCode(f"agency-{n}"),
        AgencyKind.FIRE,
        {"id": f"Instansi {n}", "en": f"Agency {n}"},
        contacts=(Contact("Piket", {ChannelKind.VOICE: f"0812555{n:03d}"}),),
        channels=ways[n],
    )


async def _handed_off(here: Here, agencies: list[Agency], chance: Random) -> list[Handoff]:
    made: list[Handoff] = []
    for n in range(1, TICKETS + 1):
        ticket = await here.ticket(n)
        if (severity := chance.choice(SEVERITIES)) is not None:
            change = {"severity": severity}
            ticket = await here.store.change_ticket(PKY, ticket.id, change, ticket.version, "sari")
        codes = [chance.choice(agencies).code]
        found = await here.handoffs.request(ticket, codes, "sari", f"{n}")
        made += [handoff for handoff, _ in found]
    return made


async def _looked(here: Here) -> None:
    """Wait until all that is due was looked at, and nothing is due any more."""
    looks = here.dispatching.looks

    async def none_is_due() -> bool:
        if here.dispatching.looks < looks + 2:
            return False
        return not await here.store.handoffs.due(PKY, Instant(here.clock.now() - SLACK_S / 2))

    await asking.until(none_is_due, within=SLACK_S)


async def _say(here: Here, handoffs: list[Handoff], chance: Random) -> None:
    for handoff in handoffs:
        if chance.random() < SPEAKS:
            now = await here.handoffs.one(handoff.id)
            assert now is not None
            following = now[0].following
            if following:
                at_most = following[: 1 + chance.randrange(len(following))]
                at, step = here.clock.now(), at_most[-1]
                await here.handoffs.change(
                    handoff.id, partial(said, at=at, step=step, by="x", channel="webhook", note="-")
                )


@dataclass
class _Reckoning:
    """What should have become of a handoff, event by event."""

    handoff: Handoff
    rung: int = 0
    step: Step = Step.QUEUED
    tried_at: float = 0.0
    since: float = 0.0
    is_waited_for: bool = True
    """Whether there is anybody who can be too late."""
    failed: bool = False
    """Whether the rung that was tried last has just failed for good."""
    fired: Counter[str] = field(default_factory=Counter)

    def of(self, events: tuple[HandoffEvent, ...], now: float) -> Counter[str]:
        """Hold a history to the rules; return what there was in it."""
        for event in events:
            self._take(event)
        due = self._due()
        assert due is None or due > now - SLACK_S, f"should have escalated: {self}"
        self.fired["not due"] += due is not None
        return self.fired

    def _take(self, event: HandoffEvent) -> None:
        if event.kind is EventKind.STEP:
            if self.step is Step.QUEUED and event.step is Step.QUEUED:
                self.tried_at = event.at
            self.step, self.since, self.is_waited_for = event.step, event.at, True
        elif event.kind is EventKind.FAILED:
            self.failed = self._unheard and event.channel == self._channel
            return
        elif event.kind is EventKind.ESCALATED:
            assert self._unheard, "whoever had answered was told again"
            self._in_time(event, "climbed")
            self.rung, self.tried_at = self.rung + 1, event.at
            assert event.channel == self._channel
        elif event.kind is EventKind.ALARMED:
            self._in_time(event, "alarmed")
            self.is_waited_for = False
            if self._unheard:
                self.rung += 1
                assert self.rung == len(self.handoff.ladder), "ways were left"
        self.failed = False

    def _in_time(self, event: HandoffEvent, what: str) -> None:
        if self.failed:
            self.fired[f"{what} at once" if what == "climbed" else what] += 1
            return
        due = self._due()
        assert due is not None, f"nothing was waited for: {event}"
        assert due <= event.at < due + TURN_S + SLACK_S, f"{event.at - due:.1f} s off: {event}"
        self.fired[f"{what} in time" if what == "climbed" else what] += 1

    @property
    def _unheard(self) -> bool:
        return self.step in {Step.QUEUED, Step.SENT, Step.DELIVERED}

    @property
    def _channel(self) -> str:
        ladder = self.handoff.ladder
        return ladder[self.rung].channel.value if self.rung < len(ladder) else ""

    def _due(self) -> float | None:
        limits: Limits = self.handoff.limits
        if not self.is_waited_for or self.step in ENDS | {Step.ON_SCENE}:
            return None
        if not self._unheard:
            waits = {
                Step.ACKNOWLEDGED: limits.accepted_s,
                Step.ACCEPTED: limits.en_route_s,
                Step.EN_ROUTE: limits.on_scene_s,
            }
            seconds = waits[self.step]
            return None if seconds is None else self.since + seconds
        if not self._channel:
            return None
        has_left = self.step is Step.DELIVERED or self._channel in BY_HAND
        return self.tried_at + (limits.acknowledged_s if has_left else limits.delivered_s)
