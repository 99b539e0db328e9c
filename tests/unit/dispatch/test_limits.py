"""How long is waited, by severity."""

from __future__ import annotations

import itertools

import pytest

from sip112.dispatch.limits import limits_for

SEVERITIES = ("critical", "high", "medium", "low")


def test_the_worse_the_sooner() -> None:
    """In every respect."""
    for worse, better in itertools.pairwise(map(limits_for, SEVERITIES)):
        assert worse.delivered_s < better.delivered_s
        assert worse.acknowledged_s < better.acknowledged_s
        assert worse.accepted_s < better.accepted_s
        assert worse.en_route_s < better.en_route_s


def test_a_critical_incident_waits_for_a_quarter_of_a_minute() -> None:
    """Until the agency's system must have it."""
    critical = limits_for("critical")
    assert (critical.delivered_s, critical.acknowledged_s) == (15, 60)
    assert (critical.accepted_s, critical.en_route_s) == (120, 300)


@pytest.mark.parametrize("severity", [None, "", "catastrophic"])
def test_what_is_not_known_may_be_bad(severity: str | None) -> None:
    """A ticket whose severity nobody has filled in yet does not wait for hours."""
    assert limits_for(severity) == limits_for("high")
