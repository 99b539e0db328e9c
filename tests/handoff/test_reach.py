"""Where nothing is sent for want of a setting, as seen before anything is."""

from __future__ import annotations

import pytest

from sip112 import resolver
from sip112.handoff.guard import networks
from sip112.handoff.reach import Reach


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Give a name server, by what it knows."""
    known: dict[str, tuple[str, ...]] = {"damkar.example": ("8.8.8.8", "10.20.0.5")}

    def look_up(host: str) -> tuple[str, ...]:
        if host not in known:
            raise OSError(-2, "Name or service not known")
        return known[host]

    monkeypatch.setattr(resolver, "_look_up", look_up)
    return known


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://10.20.0.5/112", "10.20.0.5"),
        ("http://10.20.0.5:8080/112", "10.20.0.5"),
        ("https://[fd12::5]/112", "fd12::5"),
        ("https://damkar.example/112", "damkar.example, 10.20.0.5"),
    ],
)
async def test_what_is_inside_and_not_allowed_is_found(url: str, address: str) -> None:
    """By its address, with the name that leads there."""
    assert await Reach(()).forbidden([url]) == {url: address}
    allowed = networks(["10.20.0.0/16", "fd00::/8"])
    assert await Reach(allowed).forbidden([url]) == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://8.8.8.8/112",
        "http://8.8.8.8/112",  # forbidden too, and by no setting
        "https://unknown.example/112",
        "https://u:p@10.20.0.5/",
        "nonsense",
    ],
)
async def test_what_no_setting_is_in_the_way_of_is_not(url: str) -> None:
    """Other faults are told by others."""
    assert await Reach(()).forbidden([url]) == {}


async def test_a_name_that_leads_elsewhere_by_now_is_found(
    names: dict[str, tuple[str, ...]],
) -> None:
    """It is looked up each time."""
    reach, url = Reach(()), "https://damkar.example/112"
    assert await reach.forbidden([url])
    names["damkar.example"] = ("8.8.8.8",)
    assert await reach.forbidden([url]) == {}
