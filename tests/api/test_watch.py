"""What /readyz and /metrics say of a centre's store and Asterisk, and of the machine."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from sip112.api.ports import Fact, Severity
from sip112.people.audit import AuditEntry, new_id
from sip112.people.roles import Scope
from sip112.routing.audit import DriftKind
from sip112.routing.ids import CentreCode, Instant, PbxId
from sip112.routing.seat import SeatState
from sip112.service.alarms import Machine
from sip112.service.centre import Centre
from sip112.service.health import AUDIT_LATE_S, DRIFT_S, LATE_S, PULSE_S, NodeHealth
from sip112.service.settings import CentreSettings, PbxSettings, Settings
from sip112.service.tenure import Tenure
from sip112.store.errors import StoreInUse
from sip112.store.lease import Lease
from sip112.store.store import Store, WriterStats
from sip112.store.writer import Writer
from tests.api.service import PKY, Service, problem

PBX = PbxId("pbx1")
WELL = WriterStats(
    pending=3,
    oldest_pending_s=0.02,
    written=100,
    repeated=0,
    cleaned=0,
    thinned=0,
    refused=0,
    underived=0,
    lost=0,
    fenced=0,
    failures=0,
    last_error=None,
)
COUNTS = (
    "written",
    "repeated",
    "cleaned",
    "thinned",
    "refused",
    "underived",
    "lost",
    "fenced",
    "failures",
)


def counting(**counts: Any) -> WriterStats:
    """Return the counts of a store that does well, but for these."""
    return replace(WELL, **counts)


class Counted(Store):
    """A store whose writers have counted what the test says."""

    counted = WELL

    @override
    def writer(self, centre: CentreCode) -> Writer:
        """Return a writer that has counted that."""
        writer = super().writer(centre)
        writer.stats = lambda: self.counted  # type: ignore[method-assign]
        return writer


@pytest.fixture
def store() -> Counted:
    """Give a store that nobody asks for more than its counts."""
    return Counted("sqlite:///nowhere.db")


@pytest.fixture
async def centre(store: Counted) -> Centre:
    """Give a centre on that store, which is this node's; it has no link."""
    settings = Settings.model_construct()
    centre = Centre(settings, settings.served[0], store)
    centre.tenure = tenure(centre)
    return centre


@pytest.fixture
def health(centre: Centre) -> NodeHealth:
    """Give the health of a node with that centre."""
    return NodeHealth([centre], Machine([], 0, []))


def tenure(centre: Centre) -> Tenure:
    """Return a tenure of a centre, which does not run."""
    return Tenure(
        Settings.model_construct(),
        centre.settings,
        centre.store,
        None,
        alone=True,
        began=centre.hub.begin_after,
        publish=centre.hub.publish,
        followed=lambda _: None,
        spied=lambda _: None,
        stepped=centre.steps.add,
    )


def facts(health: NodeHealth) -> dict[str, Fact]:
    """Return the facts by name."""
    return {fact.name: fact for fact in health.facts()}


def figures(health: NodeHealth) -> dict[str, float]:
    """Return the metrics by name that have no label but the centre's."""
    lines = health.metrics().decode().splitlines()
    found = (re.fullmatch(r'(\w+)(?:{centre="PKY"})? (\S+)', line) for line in lines)
    return {each[1]: float(each[2]) for each in found if each is not None}


def test_a_store_that_does_well(health: NodeHealth) -> None:
    """There is nothing to do."""
    store, journal = facts(health)["store"], facts(health)["journal"]
    assert store == Fact(
        "store", ok=True, detail="3 entries wait to be written", severity=Severity.WARNING
    )
    assert (journal.ok, journal.remedy) == (True, "")


@pytest.mark.parametrize(
    ("count", "says", "remedy"),
    [
        ("refused", "7 entries refused, since too many waited", "start the service anew"),
        ("underived", "7 entries in the journal alone", "`store.underived` in the log"),
        ("lost", "7 entries lost", "`store.lost` in the log"),
    ],
)
def test_what_the_journal_lacks(
    health: NodeHealth, store: Counted, count: str, says: str, remedy: str
) -> None:
    """It is told for as long as the service runs, with what to do, and nothing else is."""
    store.counted = counting(**{count: 7})
    journal = facts(health)["journal"]
    assert not journal.ok
    assert says in journal.detail
    assert remedy in journal.remedy
    assert "; " not in journal.detail
    assert facts(health)["store"].ok
    assert not journal.stops
    assert 'sip112_check_ok{check="journal",severity="warning"} 0.0' in health.metrics().decode()


def test_all_that_it_lacks_is_told(health: NodeHealth, store: Counted) -> None:
    """Each with its own remedy."""
    store.counted = counting(refused=1, underived=2, lost=3)
    journal = facts(health)["journal"]
    for words in ("1 entries refused", "2 entries in the journal alone", "3 entries lost"):
        assert words in journal.detail
    for words in ("Asterisk's notes", "`store.underived`", "`store.lost`"):
        assert words in journal.remedy


@pytest.mark.parametrize("count", ["repeated", "cleaned", "thinned", "failures"])
def test_what_lacks_nothing_is_no_alarm(health: NodeHealth, store: Counted, count: str) -> None:
    """It was put right by itself."""
    store.counted = counting(**{count: 7})
    assert facts(health)["journal"].ok
    assert facts(health)["store"].ok


@pytest.mark.parametrize(("age", "ok"), [(LATE_S, True), (LATE_S + 1, False)])
def test_a_store_that_does_not_keep_up(
    health: NodeHealth, store: Counted, age: float, *, ok: bool
) -> None:
    """It does not fail, and yet somebody must look at it."""
    store.counted = counting(oldest_pending_s=age)
    told = facts(health)["store"]
    assert told.ok is ok
    assert bool(told.remedy) is not ok
    assert ("the oldest for 11 s: the database answers too slowly" in told.detail) is not ok


def test_a_store_that_is_away(health: NodeHealth, store: Counted) -> None:
    """What the database says counts for more than how long it has done so."""
    store.counted = counting(oldest_pending_s=600.0, failures=9, last_error="No route.")
    told = facts(health)["store"]
    assert told.detail == "3 entries wait, the oldest for 600 s: No route."
    assert "Start the database" in told.remedy


def test_all_counts_are_metrics(health: NodeHealth, store: Counted) -> None:
    """Everything that the writer counts can be drawn and watched."""
    counted: dict[str, Any] = {name: number for number, name in enumerate(COUNTS, 1)}
    store.counted = counting(oldest_pending_s=0.5, **counted)
    shown = figures(health)
    assert {name: shown[f"sip112_store_{name}_total"] for name in COUNTS} == counted
    assert shown["sip112_store_pending"] == 3
    assert shown["sip112_store_oldest_pending_seconds"] == 0.5
    assert set(asdict(WELL)) - set(COUNTS) == {"pending", "oldest_pending_s", "last_error"}


async def test_an_alarm_over_http(health: NodeHealth, store: Counted) -> None:
    """Without a link the node is not ready; what the journal lacks is no reason, and is shown."""
    store.counted = counting(lost=1)
    service = Service(store)
    service.health.report = health.facts()
    async with service.client(Scope.METRICS) as client:
        document = problem(await client.get("/readyz"), 503, "not-ready")
    assert "journal" not in document["detail"]
    assert {"link", "routing"} == {
        check["name"]
        for check in document["checks"]
        if not check["ok"] and check["severity"] == "critical"
    }
    [journal] = [check for check in document["checks"] if check["name"] == "journal"]
    assert "since the start 1 entries lost" in journal["detail"]
    assert "`store.lost`" in journal["remedy"]


@pytest.mark.parametrize(
    ("age", "ok", "says"),
    [
        (1.2, True, "beat 1 s ago"),
        (PULSE_S + 1, False, "beat 6 s ago"),
        (None, False, "has never run"),
    ],
)
def test_the_watchdog_in_asterisk(
    health: NodeHealth, centre: Centre, age: float | None, says: str, *, ok: bool
) -> None:
    """Whether Asterisk would ring the seats by itself is told while there is a link to ask by."""
    assert centre.tenure is not None
    centre.tenure.pulses[PBX] = age
    assert "watchdog" not in facts(health)
    centre.tenure.links[PBX].state.up = True
    told = facts(health)["watchdog"]
    assert (told.ok, told.detail, bool(told.remedy)) == (ok, says, not ok)
    assert not told.stops


def test_what_the_machine_does_is_told_too(health: NodeHealth) -> None:
    """Disk, clock, load and names stand beside the service's own parts, and stop no node."""
    told = facts(health)
    assert {"disk", "clock_step", "load", "dns"} <= told.keys()
    assert "sip112_clock_steps_total 0.0" in health.metrics().decode()


# --- whose the centre is -----------------------------------------------------------------------


def lease(token: int = 7, *, current: bool = True, node: str = "other") -> Lease:
    """Return a lease."""
    return Lease(PKY, token, node, "process", "http://192.0.2.7:8112", Instant(1), current)


async def test_a_node_that_owns_the_centre(health: NodeHealth, centre: Centre) -> None:
    """It says so, with its token; without a lease, or one that cannot be renewed, it alarms."""
    assert centre.tenure is not None
    assert facts(health)["owner"] == Fact("owner", ok=True, detail="this node")
    without = facts(health)["lease"]
    assert (without.ok, without.stops) == (False, False)
    assert "without a lease" in without.detail
    centre.tenure.lease = lease(41, node="this")
    held = facts(health)["lease"]
    assert held.ok
    assert "token 41" in held.detail
    centre.tenure.lease_error = "No route."
    failing = facts(health)["lease"]
    assert (failing.ok, failing.stops) == (False, False)
    assert "No route." in failing.detail
    assert not facts(health)["store"].ok  # nor will it write
    assert figures(health)["sip112_owner"] == 1


async def test_a_node_that_stands_by(health: NodeHealth, centre: Centre, store: Counted) -> None:
    """It is ready, since it answers what it is asked; it has no link of which to tell."""
    centre.tenure, centre.holder = None, lease()
    told = facts(health)
    assert told["owner"] == Fact("owner", ok=True, detail="other; this node stands by")
    assert not {"link", "routing", "lease", "watchdog", "drift"} & told.keys()
    assert not any(fact.stops for fact in told.values())
    shown = figures(health)
    assert (shown["sip112_owner"], shown["sip112_store_written_total"]) == (0, 100)
    assert "sip112_calls" not in health.metrics().decode()
    store.counted = counting(lost=1)
    assert not facts(health)["journal"].ok


@pytest.mark.parametrize("holder", [None, lease(current=False)], ids=["nobody", "dead"])
async def test_a_centre_that_nobody_owns(
    health: NodeHealth, centre: Centre, holder: Lease | None
) -> None:
    """Such a node can answer hardly anything, and is not ready."""
    centre.tenure, centre.holder = None, holder
    told = facts(health)["owner"]
    assert (told.ok, told.stops) == (False, True)
    assert "nobody yet" in told.detail
    assert told.remedy


async def test_a_node_that_can_never_own_the_centre(
    health: NodeHealth, centre: Centre, tmp_path: Path
) -> None:
    """Another process runs on its file: that does not pass."""
    centre.tenure = None
    centre.refused = StoreInUse(tmp_path / "sip112.db", "process 7")
    told = facts(health)["owner"]
    assert (told.ok, told.stops) == (False, True)
    assert "process 7" in told.detail
    assert "PostgreSQL" in told.remedy


async def test_how_often_a_node_took_the_centre_over(health: NodeHealth, centre: Centre) -> None:
    """It is counted, and stays when the centre is another's."""
    centre.takeovers = 3
    assert figures(health)["sip112_takeovers_total"] == 3
    centre.tenure = None
    assert figures(health)["sip112_takeovers_total"] == 3


# --- drift -------------------------------------------------------------------------------------


async def test_drift_is_an_alarm_for_a_while(
    health: NodeHealth, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is healed, and somebody must see why; what comes anew begins the while anew."""
    now = 100.0
    monkeypatch.setattr("sip112.service.health.monotonic", lambda: now)
    assert centre.tenure is not None
    assert facts(health)["drift"].ok
    healed = centre.tenure.desk.drift
    healed[DriftKind.CALL_GHOST] += 2
    healed[DriftKind.SEAT_DUTY] += 1
    told = facts(health)["drift"]
    assert (told.ok, told.stops) == (False, False)
    assert told.detail.endswith("2 call_ghost, 1 seat_duty")
    assert told.remedy
    now += DRIFT_S - 1
    assert not facts(health)["drift"].ok
    healed[DriftKind.SEAT_DUTY] += 1
    assert not facts(health)["drift"].ok
    now += DRIFT_S - 1
    assert not facts(health)["drift"].ok
    now += 2
    assert facts(health)["drift"].ok
    text = health.metrics().decode()
    assert 'sip112_drift_total{centre="PKY",kind="call_ghost"} 2.0' in text
    assert 'sip112_drift_total{centre="PKY",kind="seat_duty"} 2.0' in text


# --- several -----------------------------------------------------------------------------------


async def test_with_several_asterisks_each_has_its_facts(store: Counted) -> None:
    """One that is away stops no node: the other has its calls."""
    settings = Settings.model_construct(
        pbxs=(PbxSettings(name="north"), PbxSettings(name="south", port=5039))
    )
    centre = Centre(settings, settings.served[0], store)
    centre.tenure = tenure(centre)
    health = NodeHealth([centre], Machine([], 0, []))
    north, south = centre.tenure.links
    centre.tenure.links[north].state.up = True
    centre.tenure.links[north].state.skew = 0.25
    centre.tenure.pulses = {north: 1.0, south: 1.0}
    told = facts(health)
    assert told["link.north"].ok
    assert not told["link.south"].ok
    assert not told["link.south"].stops
    assert "south: " in told["link.south"].detail
    assert not told["routing.south"].stops
    assert {"watchdog.north", "clocks.north"} <= told.keys()
    assert not {"watchdog.south", "clocks.south", "link"} & told.keys()
    assert told["routing"].severity is Severity.CRITICAL  # that it decides at one at least
    text = health.metrics().decode()
    assert 'sip112_clock_skew_seconds{centre="PKY",pbx="north"} 0.25' in text
    for pbx in ("north", "south"):
        assert f'sip112_ami_reconnects_total{{centre="PKY",pbx="{pbx}"}} 0.0' in text


async def test_with_several_centres_each_has_its_facts(store: Counted) -> None:
    """And its figures; what concerns the machine is told once."""
    settings = Settings.model_construct(
        centres=(CentreSettings(centre="PKY"), CentreSettings(centre="KTM"))
    )
    centres = [Centre(settings, each, store) for each in settings.served]
    owned, followed = centres
    owned.tenure = tenure(owned)
    followed.holder = lease()
    health = NodeHealth(centres, Machine([], 0, []))
    told = facts(health)
    assert told["PKY.owner"].detail == "this node"
    assert told["KTM.owner"].detail == "other; this node stands by"
    assert "PKY.link" in told
    assert "KTM.link" not in told
    assert {"PKY.store", "KTM.store", "disk", "load"} <= told.keys()
    text = health.metrics().decode()
    assert 'sip112_owner{centre="PKY"} 1.0' in text
    assert 'sip112_owner{centre="KTM"} 0.0' in text
    assert 'sip112_check_ok{check="PKY.routing",severity="critical"} 0.0' in text
    assert text.count("# TYPE sip112_owner gauge") == 1
    assert text.count('sip112_store_written_total{centre="') == 2
    assert text.count("sip112_loop_busy_ratio ") == 3  # HELP, TYPE, and one value


async def test_what_is_counted_of_nothing_is_nought(health: NodeHealth) -> None:
    """So that a series that is not there means that nobody was asked."""
    text = health.metrics().decode()
    for state in ("arrived", "queued", "offered", "ringing", "talking"):
        assert f'sip112_calls{{centre="PKY",state="{state}"}} 0.0' in text
    for state in SeatState:
        assert f'sip112_seats{{centre="PKY",state="{state}"}} 0.0' in text


async def test_how_long_steps_took(health: NodeHealth, centre: Centre) -> None:
    """As a histogram of the centre's."""
    for seconds in (0.00003, 0.0003, 0.0003, 0.3):
        centre.steps.add(seconds)
    text = health.metrics().decode()
    for bound, count in (("5e-05", 1), ("0.0002", 1), ("0.0005", 3), ("0.25", 3), ("+Inf", 4)):
        assert f'sip112_step_seconds_bucket{{centre="PKY",le="{bound}"}} {count}.0' in text
    assert 'sip112_step_seconds_count{centre="PKY"} 4.0' in text
    assert re.search(r'sip112_step_seconds_sum\{centre="PKY"\} 0\.3006', text)


def test_the_audit_log_is_told_of(health: NodeHealth, store: Counted) -> None:
    """That entries wait is usual; that none is written, or one never will be, is not."""
    log = store.audit
    assert facts(health)["audit"] == Fact(
        "audit", ok=True, detail="0 entries wait to be written", severity=Severity.WARNING
    )
    entry = AuditEntry(new_id(Instant(0)), Instant(0), PKY, "sari", "a.b", "x", {}, "")
    log._pending.append(entry)
    log._moved_at = time.monotonic()
    assert facts(health)["audit"].ok
    log._moved_at -= AUDIT_LATE_S + 1
    stuck = facts(health)["audit"]
    assert (stuck.ok, stuck.stops) == (False, False)
    assert "1 entries wait to be written, and none was for 61 s" in stuck.detail
    log._pending.clear()
    assert facts(health)["audit"].ok
    log.refused = 2
    refused = facts(health)["audit"]
    assert not refused.ok
    assert "2 entries" in refused.detail
    told = figures(health)
    assert (told["sip112_audit_pending"], told["sip112_audit_refused_total"]) == (0, 2)
