"""How the service is: facts for ``/readyz``, figures for ``/metrics``.

Nothing here counts by itself what another part counts already: at a scrape the parts are
asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from sip112.ami.link import LinkState
from sip112.api.hub import Hub
from sip112.api.ports import Fact, Severity
from sip112.routing.desk import Desk
from sip112.routing.pad import Sight
from sip112.service.alarms import Machine
from sip112.store.store import Store, WriterStats

SKEW_S: Final = 1.0
"""Seconds by which the clocks of Asterisk and the service may differ: answer times are
measured on Asterisk's, days and pauses on ours."""

LATE_S: Final = 10.0
"""Seconds that an entry may wait to be written; in a healthy store they are hundredths."""

PULSE_S: Final = 5
"""Seconds after which Asterisk's watchdog counts as dead; its pulse beats every second."""

_STEP_BUCKETS: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25)


class Watch(Collector):
    """Watches the parts of the service (api.ports.Health)."""

    def __init__(
        self, desk: Desk, link: LinkState, store: Store, hub: Hub, machine: Machine
    ) -> None:
        self._desk = desk
        self._link = link
        self._store = store
        self._hub = hub
        self._machine = machine
        self._watchdog: Fact | None = None
        self.faults = 0
        """Events and effects that a fault of ours spoilt."""
        self._registry = CollectorRegistry()
        self._steps = [0] * (len(_STEP_BUCKETS) + 1)
        self._steps_took = 0.0
        self._registry.register(self)

    def stepped(self, seconds: float) -> None:
        """Note how long one step of the desk took."""
        # counted by hand: the library's histogram costs more than some steps do
        self._steps[bisect_left(_STEP_BUCKETS, seconds)] += 1
        self._steps_took += seconds

    def pulsed(self, age: float | None) -> None:
        """Note how old the pulse of Asterisk's watchdog is; see `watchdog`."""
        self._watchdog = watchdog(age)

    def facts(self) -> list[Fact]:
        """Return what must be true for all to be well, and whether it is."""
        link, desk = self._link, self._desk
        stats = self._store.stats()
        pbx = desk.config.pbx
        facts = [
            Fact("link", ok=True, detail=f"{pbx}: connected, Asterisk AMI {link.version}")
            if link.up
            else Fact(
                "link",
                ok=False,
                detail=f"{pbx}: {link.last_error or 'not connected yet'}",
                remedy="Asterisk rings the seats by itself meanwhile. Run: sip112 check",
            ),
            Fact("routing", ok=True, detail="the service decides who rings")
            if desk.sight is Sight.CLEAR
            else Fact(
                "routing",
                ok=False,
                detail="Asterisk's state is not known; its queue rings the seats by itself",
                remedy="It passes with the next snapshot; if not, look at the fact `link`.",
            ),
            _store(stats),
            _journal(stats),
        ]
        if link.skew is not None:
            ok = abs(link.skew) <= SKEW_S
            facts.append(
                Fact(
                    "clocks",
                    ok=ok,
                    detail=f"Asterisk's clock is {link.skew:+.3f} s off ours",
                    remedy="" if ok else "Run chrony or ntpd on both machines.",
                    severity=Severity.WARNING,
                )
            )
        if self._watchdog is not None and link.up:
            facts.append(self._watchdog)
        return [*facts, *self._machine.facts()]

    def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Yield what the parts say of themselves (prometheus_client calls this)."""
        bounds = [*map(str, _STEP_BUCKETS), "+Inf"]
        yield HistogramMetricFamily(
            "sip112_step_seconds",
            "Time from an event to its effects handed over",
            buckets=list(zip(bounds, accumulate(self._steps), strict=True)),
            sum_value=self._steps_took,
        )
        desk, link, stats = self._desk, self._link, self._store.stats()
        checks = GaugeMetricFamily(
            "sip112_check_ok", "Whether a check of /readyz holds", labels=["check", "severity"]
        )
        for fact in self.facts():
            checks.add_metric([fact.name, fact.severity.value], fact.ok)
        yield checks
        yield from self._machine.collect()
        calls = GaugeMetricFamily("sip112_calls", "Calls in progress", labels=["state"])
        states: dict[str, int] = {}
        for call in desk.calls():
            states[call.state] = states.get(call.state, 0) + 1
        for state, count in states.items():
            calls.add_metric([state], count)
        yield calls
        seats = GaugeMetricFamily("sip112_seats", "Seats", labels=["state"])
        places: dict[str, int] = {}
        for seat in desk.seats():
            places[seat.state] = places.get(seat.state, 0) + 1
        for place, count in places.items():
            seats.add_metric([place], count)
        yield seats
        ignored = CounterMetricFamily(
            "sip112_ignored_events", "Events that changed nothing", labels=["why"]
        )
        for why, count in desk.ignored.items():
            ignored.add_metric([why], count)
        yield ignored
        yield from self._of_link(link)
        yield GaugeMetricFamily(
            "sip112_store_pending", "Entries that wait to be written", value=stats.pending
        )
        yield GaugeMetricFamily(
            "sip112_store_oldest_pending_seconds",
            "Age of the oldest of them",
            value=stats.oldest_pending_s,
        )
        for name, text, count in (
            ("written", "Entries written", stats.written),
            ("repeated", "Of those, entries that were in the journal already", stats.repeated),
            ("cleaned", "Entries whose text no database keeps as it was", stats.cleaned),
            ("thinned", "Entries let go because a later one repeats them", stats.thinned),
            ("refused", "Entries refused because too many waited", stats.refused),
            ("underived", "Entries without the rows that follow from them", stats.underived),
            ("lost", "Entries that the database refused altogether", stats.lost),
            ("fenced", "Entries dropped since another node owned the centre", stats.fenced),
            ("failures", "Transactions that failed", stats.failures),
        ):
            yield CounterMetricFamily(f"sip112_store_{name}", text, value=count)
        yield CounterMetricFamily(
            "sip112_faults", "Events and effects that a fault of ours spoilt", value=self.faults
        )
        yield GaugeMetricFamily("sip112_streams", "Open event streams", value=self._hub.streams)

    def _of_link(self, link: LinkState) -> Iterable[Metric]:
        traffic = link.traffic
        if link.skew is not None:
            yield GaugeMetricFamily(
                "sip112_clock_skew_seconds", "Asterisk's clock against ours", value=link.skew
            )
        for name, text, count in (
            ("reconnects", "Times that the link was lost", link.reconnects),
            ("resyncs", "Snapshots taken", link.resyncs),
            ("actions", "Actions sent", link.actions_sent),
            ("actions_failed", "Actions that failed", link.actions_failed),
        ):
            yield CounterMetricFamily(f"sip112_ami_{name}", text, value=count)
        yield CounterMetricFamily(
            "sip112_ami_bytes", "Bytes received", value=traffic.received_bytes
        )
        for name, text, counts in (
            ("events", "Events handed on", traffic.events),
            ("dropped", "Events that no eventfilter line held back", traffic.dropped),
            ("refused", "Messages taken for hostile", traffic.refused),
        ):
            family = CounterMetricFamily(f"sip112_ami_{name}", text, labels=["kind"])
            for kind, count in counts.items():
                family.add_metric([str(kind)], count)
            yield family


def watchdog(age: float | None) -> Fact:
    """Tell whether the loop in Asterisk runs that rings seats when no service does.

    `age` is in seconds, by Asterisk's own clock, since its last pulse; None if it never ran.
    """
    ok = age is not None and age <= PULSE_S
    return Fact(
        "watchdog",
        ok=ok,
        detail="has never run" if age is None else f"beat {age:.0f} s ago",
        remedy=""
        if ok
        else "#include cli-sip112.conf under [startup_commands] in cli.conf and restart"
        " Asterisk in a quiet hour; the next call starts it too.",
        severity=Severity.WARNING,
    )


def _store(stats: WriterStats) -> Fact:
    """Tell whether writing works, and keeps up.

    It does not stop the node: another one would have the same database, and what is in
    progress is shown out of memory.
    """
    waiting = f"{stats.pending} entries wait"
    late = stats.oldest_pending_s > LATE_S
    if late:
        waiting += f", the oldest for {stats.oldest_pending_s:.0f} s"
    if stats.last_error is not None:
        return Fact(
            "store",
            ok=False,
            detail=f"{waiting}: {stats.last_error}",
            remedy="Calls are routed all the same. Start the database; the entries follow.",
            severity=Severity.WARNING,
        )
    if late:
        return Fact(
            "store",
            ok=False,
            detail=f"{waiting}: the database answers too slowly",
            remedy="Calls are routed all the same. See what keeps the database's disk busy, or"
            " who holds locks on its tables.",
            severity=Severity.WARNING,
        )
    return Fact("store", ok=True, detail=f"{waiting} to be written", severity=Severity.WARNING)


_GAPS: Final = (
    (
        "refused",
        "refused, since too many waited",
        (
            "Start the database; then, in a quiet moment, start the service anew: it takes the"
            " calls from Asterisk's notes."
        ),
    ),
    (
        "underived",
        "in the journal alone, so that lists of calls, tickets and seats lack something",
        (
            "Report `store.underived` in the log. GET /v1/events has the entries: give it the"
            " number before their `seq` as Last-Event-ID."
        ),
    ),
    (
        "lost",
        "lost, since the database refused what they hold",
        (
            "Report `store.lost` in the log, and write down by hand what is known of the calls"
            " that it names."
        ),
    ),
)
"""What the journal or what follows from it may lack: its count, what it is, what to do."""


def _journal(stats: WriterStats) -> Fact:
    """Tell whether all is written that was to be; what is not, somebody has to see to."""
    gaps = [
        (f"{count} entries {what}", remedy)
        for name, what, remedy in _GAPS
        if (count := getattr(stats, name))
    ]
    if not gaps:
        return Fact(
            "journal",
            ok=True,
            detail="no entry was refused or lost since the start",
            severity=Severity.WARNING,
        )
    return Fact(
        "journal",
        ok=False,
        detail="since the start " + "; ".join(what for what, _ in gaps),
        remedy=" ".join(remedy for _, remedy in gaps),
        severity=Severity.WARNING,
    )
