"""The AMI connection is cut, stalls, loses events, or is flooded; a proxy in it does that."""

from __future__ import annotations

from typing import Final

from faults.proxy import BOTH, Way
from faults.scenario import scenario
from faults.setup import Setup
from faults.stage import CONTROL_S, Stage

PROXIED: Final = Setup(proxy=True)
NOTICED_S: Final = 3.0
AWAY_S: Final = 7.0
"""Longer than it takes until Asterisk rings by itself."""
LOSS: Final = 0.05
LOSSY_S: Final = 20.0
AUDIT_S: Final = 8.0
"""Seconds in which what was lost must be found out and healed: an audit, seen twice."""
FLOOD: Final = 4000
FLOODED_S: Final = 12.0


@scenario("link-cut", within=90, setup=PROXIED)
async def cut(stage: Stage) -> None:
    """The connection is cut again and again; sometimes nothing answers for some seconds."""
    for turn in range(stage.times(5, 2)):
        away = turn % 2 * AWAY_S
        stage.proxy.refusing = away > 0
        fault = stage.mark(f"cut {turn + 1}, for {away:g} s")
        stage.proxy.cut()
        if away:
            await stage.since(fault, "noticed_s", NOTICED_S, stage.has_lost_link)
            await stage.hold(away)
            stage.proxy.refusing = False
            fault = stage.mark(f"mended {turn + 1}")
        await stage.since(fault, "control_s", CONTROL_S, stage.is_in_charge)
        await stage.hold(stage.dice.uniform(1, 3))


async def _stall(stage: Stage, *ways: Way) -> None:
    fault = stage.mark(f"stalled towards {' and '.join(sorted(ways))}")
    stage.proxy.stall(*ways)
    try:
        await stage.since(fault, "noticed_s", NOTICED_S, stage.has_lost_link)
        await stage.hold(AWAY_S)
    finally:
        stage.proxy.flow()
    mended = stage.mark("flows")
    await stage.since(mended, "control_s", CONTROL_S, stage.is_in_charge)
    await stage.hold(3)


@scenario("link-stalled", within=60, setup=PROXIED)
async def stalled(stage: Stage) -> None:
    """Nothing passes in either direction, and nobody says so."""
    await _stall(stage, *BOTH)


@scenario("link-half-open", within=90, setup=PROXIED)
async def half_open(stage: Stage) -> None:
    """The service hears nothing any more but is heard; then it is the other way round."""
    await _stall(stage, Way.SERVICE)
    await _stall(stage, Way.ASTERISK)


@scenario("link-drops-events", within=60, setup=PROXIED)
async def drops_events(stage: Stage) -> None:
    """One live event in twenty is lost, whichever it is."""
    stage.mark("loses events")
    stage.proxy.loss = LOSS
    await stage.hold(stage.times(2, 1) * LOSSY_S / 2)
    stage.proxy.loss = 0.0
    stage.mark("loses none")
    stage.figure("events_lost", stage.proxy.told["lost"])
    if not stage.proxy.told["lost"]:
        stage.complain("no event was lost: nothing was tried")
    await stage.hold(AUDIT_S)


@scenario("link-flooded", within=60, setup=PROXIED)
async def flooded(stage: Stage) -> None:
    """Thousands of events a second that are none of ours, and each of ours comes twice."""
    fault = stage.mark("floods")
    stage.proxy.flood, stage.proxy.doubled = FLOOD, True
    await stage.hold(FLOODED_S)
    stage.proxy.flood, stage.proxy.doubled = 0, False
    mended = stage.mark("flows")
    stage.figure("added_per_s", stage.proxy.told["added"] / (mended - fault))
    if stage.proxy.told["added"] < FLOODED_S * FLOOD / 4:
        stage.complain(f"only {stage.proxy.told['added']} events were added")
    stage.compare_ring_times(fault, mended)
    await stage.hold(2)
