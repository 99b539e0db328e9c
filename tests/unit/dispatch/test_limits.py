"""How long is waited, by severity."""

from __future__ import annotations

import itertools

import pytest

from sip112.dispatch.limits import Limits, limits_for

SEVERITIES = ("critical", "high", "medium", "low")


def test_the_worse_the_sooner() -> None:
    """In every respect."""
    for worse, better in itertools.pairwise(map(limits_for, SEVERITIES)):
        assert worse.delivered_s < better.delivered_s
        assert worse.acknowledged_s < better.acknowledged_s
        assert worse.accepted_s < better.accepted_s
        assert worse.en_route_s < better.en_route_s
        assert worse.on_scene_s is not None
        assert better.on_scene_s is not None
        assert worse.on_scene_s < better.on_scene_s


def test_a_critical_incident_waits_for_a_quarter_of_a_minute() -> None:
    """Until the agency's system must have it."""
    critical = limits_for("critical")
    assert (critical.delivered_s, critical.acknowledged_s) == (15, 60)
    assert (critical.accepted_s, critical.en_route_s, critical.on_scene_s) == (120, 300, 1200)


@pytest.mark.parametrize("severity", [None, "", "catastrophic"])
def test_what_is_not_known_may_be_bad(severity: str | None) -> None:
    """A ticket whose severity nobody has filled in yet does not wait for hours."""
    assert limits_for(severity) == limits_for("high")


def test_a_centre_has_limits_of_its_own() -> None:
    """Of a severity that its table has not it is as for its own high one."""
    merah, high = Limits(1, 2, 3, 4), Limits(5, 6, 7, 8)
    assert limits_for("merah", {"merah": merah, "high": high}) == merah
    assert limits_for("biru", {"merah": merah, "high": high}) == high
    assert limits_for("biru", {"merah": merah}) == limits_for("high")
