"""What /readyz and /metrics say of the store, out of what its writer counts."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from typing_extensions import override

from sip112.ami.link import LinkState
from sip112.api.auth import Scope
from sip112.api.hub import Hub
from sip112.api.ports import Fact, Severity
from sip112.routing.desk import Desk
from sip112.routing.ids import Instant
from sip112.service.alarms import Machine
from sip112.service.health import LATE_S, PULSE_S, Watch
from sip112.service.settings import Settings
from sip112.store.store import Store, WriterStats
from tests.api.service import PKY, Service, problem

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
    """A store whose writer has counted what the test says."""

    counted = WELL

    @override
    def stats(self) -> WriterStats:
        """Return that."""
        return self.counted


@pytest.fixture
def store() -> Counted:
    """Give a store that nobody asks for more than its counts."""
    return Counted("sqlite:///nowhere.db")


@pytest.fixture
def watch(store: Counted) -> Watch:
    """Give what watches that store."""
    return Watch(
        Desk(Settings.model_construct().desk()),
        LinkState(Instant(0)),
        store,
        Hub(PKY, store),
        Machine([], 0, []),
    )


def facts(watch: Watch) -> dict[str, Fact]:
    """Return the facts by name."""
    return {fact.name: fact for fact in watch.facts()}


def figures(watch: Watch) -> dict[str, float]:
    """Return the metrics without labels by name."""
    lines = watch.metrics().decode().splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#") and "{" not in line)
    return {name: float(value) for name, value in pairs}


def test_a_store_that_does_well(watch: Watch) -> None:
    """There is nothing to do."""
    store, journal = facts(watch)["store"], facts(watch)["journal"]
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
    watch: Watch, store: Counted, count: str, says: str, remedy: str
) -> None:
    """It is told for as long as the service runs, with what to do, and nothing else is."""
    store.counted = counting(**{count: 7})
    journal = facts(watch)["journal"]
    assert not journal.ok
    assert says in journal.detail
    assert remedy in journal.remedy
    assert "; " not in journal.detail
    assert facts(watch)["store"].ok
    assert not journal.stops
    assert 'sip112_check_ok{check="journal",severity="warning"} 0.0' in watch.metrics().decode()


def test_all_that_it_lacks_is_told(watch: Watch, store: Counted) -> None:
    """Each with its own remedy."""
    store.counted = counting(refused=1, underived=2, lost=3)
    journal = facts(watch)["journal"]
    for words in ("1 entries refused", "2 entries in the journal alone", "3 entries lost"):
        assert words in journal.detail
    for words in ("Asterisk's notes", "`store.underived`", "`store.lost`"):
        assert words in journal.remedy


@pytest.mark.parametrize("count", ["repeated", "cleaned", "thinned", "failures"])
def test_what_lacks_nothing_is_no_alarm(watch: Watch, store: Counted, count: str) -> None:
    """It was put right by itself."""
    store.counted = counting(**{count: 7})
    assert facts(watch)["journal"].ok
    assert facts(watch)["store"].ok


@pytest.mark.parametrize(("age", "ok"), [(LATE_S, True), (LATE_S + 1, False)])
def test_a_store_that_does_not_keep_up(
    watch: Watch, store: Counted, age: float, *, ok: bool
) -> None:
    """It does not fail, and yet somebody must look at it."""
    store.counted = counting(oldest_pending_s=age)
    told = facts(watch)["store"]
    assert told.ok is ok
    assert bool(told.remedy) is not ok
    assert ("the oldest for 11 s: the database answers too slowly" in told.detail) is not ok


def test_a_store_that_is_away(watch: Watch, store: Counted) -> None:
    """What the database says counts for more than how long it has done so."""
    store.counted = counting(oldest_pending_s=600.0, failures=9, last_error="No route.")
    told = facts(watch)["store"]
    assert told.detail == "3 entries wait, the oldest for 600 s: No route."
    assert "Start the database" in told.remedy


def test_all_counts_are_metrics(watch: Watch, store: Counted) -> None:
    """Everything that the writer counts can be drawn and watched."""
    counted: dict[str, Any] = {name: number for number, name in enumerate(COUNTS, 1)}
    store.counted = counting(oldest_pending_s=0.5, **counted)
    shown = figures(watch)
    assert {name: shown[f"sip112_store_{name}_total"] for name in COUNTS} == counted
    assert shown["sip112_store_pending"] == 3
    assert shown["sip112_store_oldest_pending_seconds"] == 0.5
    assert set(asdict(WELL)) - set(COUNTS) == {"pending", "oldest_pending_s", "last_error"}


async def test_an_alarm_over_http(watch: Watch, store: Counted) -> None:
    """Without a link the node is not ready; what the journal lacks is no reason, and is shown."""
    store.counted = counting(lost=1)
    service = Service(store)
    service.health.report = watch.facts()
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
def test_the_watchdog_in_asterisk(watch: Watch, age: float | None, says: str, *, ok: bool) -> None:
    """Whether Asterisk would ring the seats by itself is told while there is a link to ask by."""
    watch.pulsed(age)
    assert "watchdog" not in facts(watch)
    watch._link.up = True
    told = facts(watch)["watchdog"]
    assert (told.ok, told.detail, bool(told.remedy)) == (ok, says, not ok)
    assert not told.stops


def test_what_the_machine_does_is_told_too(watch: Watch) -> None:
    """Disk, clock, load and names stand beside the service's own parts, and stop no node."""
    told = facts(watch)
    assert {"disk", "clock_step", "load", "dns"} <= told.keys()
    assert "sip112_clock_steps_total 0.0" in watch.metrics().decode()
