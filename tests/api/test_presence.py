"""Which pages of agencies are open, what was in sight on them, and what nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from sip112.api import pages as module
from sip112.api.pages import MOST_EACH, Pages, Presence, Standing
from sip112.api.schemas.notices import NoticeView
from sip112.dispatch.handoff import Handoff
from sip112.dispatch.ids import AgencyCode, HandoffId
from sip112.people.roles import Scope
from sip112.routing.ids import Instant
from sip112.store.store import Store
from tests.api.service import NOW, Service, problem, until
from tests.api.test_agency_desk import Handed, budi, handed  # noqa: F401 - a fixture
from tests.api.test_agency_links import Passed, passed  # noqa: F401 - a fixture
from tests.api.test_hub import EVERYTHING
from tests.api.test_notices import told as notices_in

LATER = "2030-01-01T00:00:00.000Z"


class Heard:
    """The pages of a centre whose clock stands, and what was told of them."""

    def __init__(self) -> None:
        self.now = NOW
        self.told: list[tuple[HandoffId | None, AgencyCode | None]] = []
        self.pages = Pages(lambda *of: self.told.append(of), lambda: self.now)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages be closed soon when nothing is heard of them."""
    monkeypatch.setattr(module, "FRONT_S", 0.01)
    monkeypatch.setattr(module, "BEHIND_S", 0.02)


@pytest.fixture
def handoff(passed: Passed) -> Handoff:  # noqa: F811
    """Give a handoff."""
    return passed.handoff


async def test_a_page_is_open_until_it_says_otherwise(handoff: Handoff) -> None:
    """In front before behind, by a link as by an account; only what changes is told."""
    here = Heard()
    here.now += module.FRONT_S
    assert here.pages.of(handoff) == Presence(Standing.CLOSED, None, Instant(NOW), None)
    for _ in range(2):
        here.pages.heard(handoff.id, "phone-01", in_front=False)
    assert here.pages.of(handoff).standing is Standing.BEHIND
    here.pages.heard(handoff.agency, "desk-001", in_front=True)
    assert here.pages.of(handoff).standing is Standing.FRONT
    here.pages.heard(AgencyCode("others"), "desk-002", in_front=True)
    here.pages.gone(handoff.agency, "desk-001")
    here.pages.gone(handoff.agency, "desk-001")
    assert here.pages.of(handoff).standing is Standing.BEHIND
    here.now += 60
    here.pages.gone(handoff.id, "phone-01")
    closed = here.pages.of(handoff)
    assert (closed.standing, closed.since) == (Standing.CLOSED, here.now)
    assert here.told == [
        (handoff.id, None),
        (None, handoff.agency),
        (None, "others"),
        (None, handoff.agency),
        (handoff.id, None),
    ]
    here.pages.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("in_front", [True, False])
async def test_a_page_of_which_nothing_is_heard_is_closed(handoff: Handoff, in_front: bool) -> None:
    """As that of a phone without a network, whose connections stay open for long."""
    here = Heard()
    here.pages.heard(handoff.id, "phone-01", in_front=in_front)
    await until(lambda: len(here.told) > 1)
    assert here.pages.of(handoff).standing is Standing.CLOSED
    here.pages.heard(handoff.id, "phone-01", in_front=in_front)
    assert here.pages.of(handoff).since is None
    here.pages.close()


async def test_what_was_in_sight_is_the_latest_on_any_page(handoff: Handoff) -> None:
    """Of this handoff; nobody has seen what is to come, whatever a page says."""
    here = Heard()

    def sees(at: float, of: HandoffId = handoff.id) -> Instant | None:
        here.pages.heard(
            handoff.agency, "desk-001", in_front=True, handoff=of, shown_at=Instant(at)
        )
        return here.pages.of(handoff).shown_at

    assert sees(NOW - 5, HandoffId(handoff.ticket)) is None
    assert sees(NOW - 9) == NOW - 9
    assert sees(NOW - 10) == NOW - 9
    assert sees(NOW + 100) == NOW
    here.pages.gone(handoff.agency, "desk-001")
    assert here.pages.of(handoff).shown_at == NOW
    assert here.told.count((handoff.id, None)) == 2
    here.pages.close()


async def test_who_has_just_begun_to_listen_knows_nothing(handoff: Handoff) -> None:
    """As a node that has taken the centre over: what was told to the other one it was not."""
    here = Heard()
    assert here.pages.of(handoff).standing is Standing.UNKNOWN
    here.pages.heard(handoff.id, "p" * 8, in_front=True, handoff=handoff.id, shown_at=Instant(NOW))
    here.now += 3600
    here.pages.begin()
    assert here.pages.of(handoff) == Presence(Standing.UNKNOWN, None, Instant(here.now), None)
    here.now += module.FRONT_S
    assert here.pages.of(handoff).standing is Standing.CLOSED


async def test_pages_without_end_take_no_memory(
    handoff: Handoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one link, or of many: those of which nothing was heard for longest are forgotten."""
    monkeypatch.setattr(module, "MOST", 2)
    here = Heard()
    for n in range(MOST_EACH + 1):
        here.pages.heard(handoff.id, f"page-{n:03}", in_front=n == 0)
    assert here.pages.of(handoff).standing is Standing.BEHIND  # the first gave way
    for n in range(3):
        agency, other = AgencyCode(f"a{n}"), HandoffId(handoff.ticket)
        here.pages.heard(agency, "page-000", in_front=True, handoff=other, shown_at=Instant(NOW))
    assert len(here.pages._of) == len(here.pages._seen) == 2
    assert here.pages.of(handoff).standing is Standing.UNKNOWN
    here.pages.close()


async def test_the_page_behind_a_link_is_seen_at_the_desk(
    service: Service,
    passed: Passed,  # noqa: F811
) -> None:
    """As it is opened and left, with what it showed."""
    path = f"/v1/handoffs/{passed.handoff.id}/presence"
    stream = await service.hub.subscribe(None, EVERYTHING)
    async with service.client(Scope.READ) as desk, service.client(None) as phone:

        async def says(standing: str, **more: Any) -> dict[str, Any]:
            said = {"page": "0123456789abcdef", "standing": standing, **more}
            answer = await phone.put(f"{passed.path}/presence", json=said)
            assert answer.status_code == 204, answer.text
            found: dict[str, Any] = (await desk.get(path)).json()
            return found

        assert (await desk.get(path)).json()["standing"] == "unknown"
        assert (await says("front"))["standing"] == "front"
        assert (await says("behind", shown_at="2026-01-01T00:00:00.250Z")) == {
            "standing": "behind",
            "since": None,
            "known_since": (await desk.get(path)).json()["known_since"],
            "shown_at": "2026-01-01T00:00:00.250Z",
        }
        left = await says("gone")
        assert (left["standing"], left["since"] is None) == ("closed", False)
        problem(await desk.get(f"/v1/handoffs/{passed.ticket.id}/presence"), 404, "unknown-handoff")
        for wrong in ({"page": "x"}, {"standing": "x"}, {"shown_at": "x"}, {"handoff": "x"}):
            said = {"page": "0123456789abcdef", "standing": "front", **wrong}
            problem(await phone.put(f"{passed.path}/presence", json=said), 422, "invalid")
    service.hub.close()
    notices = [each async for chunk in stream for each in notices_in(chunk)]
    for notice in notices:
        TypeAdapter(NoticeView).validate_python(notice)
    assert [(each["kind"], each["handoff"]) for each in notices] == [
        ("presence.changed", str(passed.handoff.id))
    ] * 4
    assert service.audit.told == []


async def test_the_page_of_an_account_is_of_all_that_its_agency_has(
    service: Service,
    store: Store,
    handed: Handed,  # noqa: F811
) -> None:
    """And of nothing else, whatever handoff it names."""
    async with budi(service, store) as page, service.client(Scope.READ) as desk:
        for of in (handed.ours, handed.theirs):
            said = {
                "page": "0123456789abcdef",
                "standing": "front",
                "handoff": str(of.id),
                "shown_at": LATER,
            }
            answer = await page.put("/v1/agency-desk/presence", json=said)
            assert answer.status_code == 204, answer.text
        ours, theirs = [
            (await desk.get(f"/v1/handoffs/{each.id}/presence")).json()
            for each in (handed.ours, handed.theirs)
        ]
        assert ours["standing"] == "front"
        assert ours["shown_at"] <= LATER
        assert (theirs["standing"], theirs["shown_at"]) == ("unknown", None)
    service.hub.close()
