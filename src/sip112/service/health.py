"""How the service is: facts for ``/readyz``, figures for ``/metrics``.

Nothing here counts by itself what another part counts already: at a scrape the parts are
asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from sip112.ami.link import LinkState
from sip112.api.lists import ListsFile
from sip112.api.notices import NoticeKind
from sip112.api.ports import Alarm, Fact, Severity
from sip112.api.schemas.health import check_view
from sip112.people.attempts import LOCK_AFTER, Attempts, Lock
from sip112.routing.call import CallState
from sip112.routing.ids import CentreCode, PbxId
from sip112.routing.pad import Sight
from sip112.routing.seat import SeatState
from sip112.service.alarms import Machine
from sip112.service.centre import Centre
from sip112.service.maps import Maps
from sip112.service.standing import Standing
from sip112.service.tenure import Tenure
from sip112.store.audit import AuditLog
from sip112.store.store import WriterStats

SKEW_S: Final = 1.0
"""Seconds by which the clocks of Asterisk and the service may differ: answer times are
measured on Asterisk's, days and pauses on ours."""

LATE_S: Final = 10.0
"""Seconds that an entry may wait to be written; in a healthy store they are hundredths."""

AUDIT_LATE_S: Final = 60.0
"""Seconds that entries of the audit log may wait; an outage of the database is told at once."""

PULSE_S: Final = 5
"""Seconds after which Asterisk's watchdog counts as dead; its pulse beats twice a second."""

DRIFT_S: Final = 600.0
"""Seconds for which it is shown that the auditor had to heal something."""


class Watch:
    """Watches one centre: what must be true of it, and what it counts."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._drift = 0
        self._drifted_at = float("-inf")

    def facts(self) -> list[Fact]:
        """Return what must be true for all to be well with the centre, and whether it is."""
        centre, tenure = self._centre, self._centre.tenure
        stats = centre.store.writer(centre.settings.code).stats()
        dispatching = centre.dispatching
        always = [
            *([] if dispatching is None else dispatching.facts()),
            centre.recordings.fact(),
            _choices(centre.settings.lists),
            centre.agencies.fact(),
        ]
        if tenure is None:
            return [_owner(centre), _store(stats), _journal(stats), *always]
        several = len(tenure.links) > 1
        facts = [_owner(centre)]
        if several:
            facts.append(_routing(tenure))
        for pbx, link in tenure.links.items():
            facts += _of_pbx(tenure, pbx, link.state, f".{pbx}" if several else "")
        stats = replace(stats, last_error=stats.last_error or tenure.lease_error)
        facts += [_lease(tenure), _store(stats), _journal(stats), self._drift_of(tenure)]
        return [*facts, *always]

    def _drift_of(self, tenure: Tenure) -> Fact:
        healed = tenure.desk.drift
        if healed.total() != self._drift:
            self._drift, self._drifted_at = healed.total(), monotonic()
        if not healed or monotonic() - self._drifted_at > DRIFT_S:
            return Fact(
                "drift", ok=True, detail="Asterisk and the service agree", severity=Severity.WARNING
            )
        counts = ", ".join(f"{count} {kind.value}" for kind, count in sorted(healed.items()))
        return Fact(
            "drift",
            ok=False,
            detail=f"events of Asterisk were missed, and healed: {counts}",
            remedy="Nothing is lost. If it comes again: is the link to Asterisk overloaded, does"
            " its log say that AMI events were dropped, does a proxy stand between?",
            severity=Severity.WARNING,
        )


class NodeHealth(Collector):
    """How this node is (api.ports.Health): its centres and its machine."""

    def __init__(
        self,
        centres: Sequence[Centre],
        machine: Machine,
        maps: Maps | None = None,
        attempts: Attempts | None = None,
    ) -> None:
        self._centres = centres
        self._maps = maps or Maps(None)
        self._watches = [Watch(centre) for centre in centres]
        self._machine = machine
        self._audit = centres[0].store.audit
        self._attempts = attempts or Attempts()
        self._standing = [Standing() for _ in centres]
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def facts(self) -> list[Fact]:
        """Return what must be true for all to be well, and whether it is."""
        if len(self._centres) == 1:
            return [*self._watches[0].facts(), *self._of_node()]
        return [
            *(
                replace(fact, name=f"{centre.code}.{fact.name}")
                for centre, watch in zip(self._centres, self._watches, strict=True)
                for fact in watch.facts()
            ),
            *self._of_node(),
        ]

    def alarms(self, centre: CentreCode, /) -> list[Alarm]:
        """Return what does not hold of a centre or of the node, by the names for one centre."""
        (n,) = (n for n, each in enumerate(self._centres) if each.settings.code == centre)
        standing = self._standing[n]
        facts = (*self._watches[n].facts(), *self._of_node())
        return [Alarm(fact, standing.since(fact.name)) for fact in facts if not fact.ok]

    def look(self, now: float) -> None:
        """Look at every centre, and tell those who follow it of alarms that begin or are over.

        `now` is by the wall clock.
        """
        node = self._of_node()
        for centre, watch, standing in zip(
            self._centres, self._watches, self._standing, strict=True
        ):
            for fact in standing.look((*watch.facts(), *node), now):
                centre.hub.notify(NoticeKind.ALARM, dict(check_view(fact)))

    def _of_node(self) -> Sequence[Fact]:
        locked = self._attempts.alarming(monotonic())
        return (_sign_in(locked), _audit(self._audit), *self._machine.facts(), *self._maps.facts())

    def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Yield what the parts say of themselves (prometheus_client calls this)."""
        checks = GaugeMetricFamily(
            "sip112_check_ok", "Whether a check of /readyz holds", labels=["check", "severity"]
        )
        for fact in self.facts():
            checks.add_metric([fact.name, fact.severity.value], fact.ok)
        yield checks
        yield from self._machine.collect()
        figures = _Figures()
        for centre in self._centres:
            _count(figures, centre)
        _count_audit(figures, self._audit)
        yield from figures.families.values()


def _sign_in(locks: Sequence[Lock]) -> Fact:
    """Tell whether somebody may be trying passwords. Names are for those who may read them."""
    return Fact(
        "sign_in",
        not locks,
        f"locked out after {LOCK_AFTER} wrong passwords: {len(locks)} of the people"
        if locks
        else "nobody is locked out",
        "See who and from where: GET /v1/audit, action session.refused. Who has forgotten the"
        " password is given a new one: sip112 person reset NAME"
        if locks
        else "",
        Severity.WARNING,
    )


def _audit(log: AuditLog) -> Fact:
    """Tell whether all is in the audit log that was to be."""
    waiting = f"{log.pending} entries wait to be written"
    if log.refused:
        return Fact(
            "audit",
            ok=False,
            detail=f"since the start {log.refused} entries did not get into the audit log",
            remedy="They are in the service's log, under `not in the audit log`: keep that, and"
            " report it if it says that the database refused them.",
            severity=Severity.WARNING,
        )
    if log.stuck_s > AUDIT_LATE_S:
        return Fact(
            "audit",
            ok=False,
            detail=f"{waiting}, and none was for {log.stuck_s:.0f} s",
            remedy="Nothing is lost while the service runs. Look at the fact `store`; if that is"
            " well: may the service write the table audit_log?",
            severity=Severity.WARNING,
        )
    return Fact("audit", ok=True, detail=waiting, severity=Severity.WARNING)


class _Figures:
    """Metric families, each with the figures of all centres."""

    def __init__(self) -> None:
        self.families: dict[str, Metric] = {}

    def gauge(self, name: str, text: str, value: float, **labels: str) -> None:
        """Add a figure that goes up and down."""
        family = self.families.setdefault(
            name, GaugeMetricFamily(f"sip112_{name}", text, labels=list(labels))
        )
        family.add_metric(list(labels.values()), value)  # type: ignore[attr-defined]

    def count(self, name: str, text: str, value: float, **labels: str) -> None:
        """Add a figure that only grows, until this node begins or ends to own the centre."""
        family = self.families.setdefault(
            name, CounterMetricFamily(f"sip112_{name}", text, labels=list(labels))
        )
        family.add_metric(list(labels.values()), value)  # type: ignore[attr-defined]

    def counts(
        self, name: str, text: str, counts: Mapping[Any, int], by: str, **labels: str
    ) -> None:
        """Add a figure for each kind of a thing; the family is there also without any."""
        family = CounterMetricFamily(f"sip112_{name}", text, labels=[*labels, by])
        family = self.families.setdefault(name, family)  # type: ignore[assignment]
        for kind, value in counts.items():
            family.add_metric([*labels.values(), str(kind)], value)


def _count(figures: _Figures, centre: Centre) -> None:
    """Add what a centre counts."""
    of, tenure, steps = {"centre": centre.code}, centre.tenure, centre.steps
    figures.gauge("owner", "Whether this node owns the centre", tenure is not None, **of)
    figures.count("takeovers", "Times that this node took the centre over", centre.takeovers, **of)
    figures.gauge("streams", "Open event streams", centre.hub.streams, **of)
    histogram = figures.families.setdefault(
        "step_seconds",
        HistogramMetricFamily(
            "sip112_step_seconds",
            "Time from an event to its effects handed over",
            labels=["centre"],
        ),
    )
    histogram.add_metric(  # type: ignore[attr-defined]
        [centre.code],
        buckets=steps.buckets(),
        sum_value=steps.took,
    )
    recordings = centre.recordings
    for name, text, count in (
        ("found", "Answered calls whose recording was found", recordings.found),
        ("missing", "Answered calls without a recording", recordings.missing),
        ("removed", "Recordings whose time was over, removed", recordings.removed),
    ):
        figures.count(f"recordings_{name}", text, count, **of)
    _count_store(figures, centre.store.writer(centre.settings.code).stats(), of)
    if tenure is None:
        return
    calls = Counter(call.state for call in tenure.desk.calls())
    for state in CallState:
        if state is not CallState.ENDED:
            figures.gauge("calls", "Calls in progress", calls[state], **of, state=state)
    seats = Counter(seat.state for seat in tenure.desk.seats())
    for place in SeatState:
        figures.gauge("seats", "Seats", seats[place], **of, state=place)
    ignored = tenure.desk.ignored
    figures.counts("ignored_events", "Events that changed nothing", ignored, "why", **of)
    figures.counts("drift", "Differences with Asterisk, healed", tenure.desk.drift, "kind", **of)
    figures.count("faults", "Events and effects that a fault of ours spoilt", tenure.faults, **of)
    for pbx, link in tenure.links.items():
        _count_link(figures, link.state, of | {"pbx": pbx})


def _count_store(figures: _Figures, stats: WriterStats, of: dict[str, str]) -> None:
    figures.gauge("store_pending", "Entries that wait to be written", stats.pending, **of)
    figures.gauge(
        "store_oldest_pending_seconds", "Age of the oldest of them", stats.oldest_pending_s, **of
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
        figures.count(f"store_{name}", text, count, **of)


def _count_audit(figures: _Figures, log: AuditLog) -> None:
    figures.gauge("audit_pending", "Entries of the audit log that wait to be written", log.pending)
    figures.count("audit_refused", "Entries that did not get into the audit log", log.refused)


def _count_link(figures: _Figures, link: LinkState, of: dict[str, str]) -> None:
    traffic = link.traffic
    if link.skew is not None:
        figures.gauge("clock_skew_seconds", "Asterisk's clock against ours", link.skew, **of)
    for name, text, count in (
        ("reconnects", "Times that the link was lost", link.reconnects),
        ("resyncs", "Snapshots taken", link.resyncs),
        ("actions", "Actions sent", link.actions_sent),
        ("actions_failed", "Actions that failed", link.actions_failed),
        ("bytes", "Bytes received", traffic.received_bytes),
    ):
        figures.count(f"ami_{name}", text, count, **of)
    for name, text, counts in (
        ("events", "Events handed on", traffic.events),
        ("dropped", "Events that no eventfilter line held back", traffic.dropped),
        ("refused", "Messages taken for hostile", traffic.refused),
    ):
        figures.counts(f"ami_{name}", text, counts, "kind", **of)


def _owner(centre: Centre) -> Fact:
    """Tell whose the centre is."""
    if centre.tenure is not None:
        return Fact("owner", ok=True, detail="this node")
    if centre.refused is not None:
        return Fact("owner", ok=False, detail=str(centre.refused), remedy="Use PostgreSQL.")
    holder = centre.holder
    if holder is not None and holder.current:
        return Fact("owner", ok=True, detail=f"{holder.node}; this node stands by")
    return Fact(
        "owner",
        ok=False,
        detail="nobody yet: the last owner's lease runs out",
        remedy="It passes within seconds; Asterisk rings the seats by itself meanwhile.",
    )


def _choices(lists: ListsFile) -> Fact:
    """Tell whether operators choose from the city's own lists, if it has some."""
    return Fact(
        "choices",
        not lists.wrong,
        f"{lists.path}: {lists.wrong}" if lists.wrong else lists.told,
        "Operators choose from the lists that come along meanwhile. Once the file is mended, start"
        " the service anew: nobody who talks is cut off."
        if lists.wrong
        else "",
        Severity.WARNING,
    )


def _lease(tenure: Tenure) -> Fact:
    """Tell whether another node would take over if this one died."""
    if tenure.lease is None:
        return Fact(
            "lease",
            ok=False,
            detail="the centre is routed without a lease: the database did not answer",
            remedy="Start the database.",
            severity=Severity.WARNING,
        )
    if tenure.lease_error is not None:
        return Fact(
            "lease",
            ok=False,
            detail=f"it cannot be renewed: {tenure.lease_error}",
            remedy="Calls are routed all the same. Start the database.",
            severity=Severity.WARNING,
        )
    return Fact(
        "lease", ok=True, detail=f"held, token {tenure.lease.token}", severity=Severity.WARNING
    )


def _routing(tenure: Tenure) -> Fact:
    """Tell whether the service decides at one Asterisk at least, of several."""
    places = [pbx for pbx in tenure.links if tenure.desk.sight_of(pbx) is Sight.CLEAR]
    if places:
        detail = f"the service decides who rings at {', '.join(places)}"
        return Fact("routing", ok=True, detail=detail)
    return Fact(
        "routing",
        ok=False,
        detail="the state of no Asterisk is known; their queues ring the seats by themselves",
        remedy="Look at the facts `link`. Run: sip112 check",
    )


def _of_pbx(tenure: Tenure, pbx: PbxId, link: LinkState, suffix: str) -> list[Fact]:
    """Tell how one Asterisk is, and whether the service decides there."""
    # with several, calls go to the others while one is away
    severity = Severity.WARNING if suffix else Severity.CRITICAL
    meanwhile = (
        "New calls go to the others meanwhile."
        if suffix
        else "Asterisk rings the seats by itself meanwhile."
    )
    facts = [
        Fact(
            f"link{suffix}",
            ok=True,
            detail=f"{pbx}: connected, Asterisk AMI {link.version}",
            severity=severity,
        )
        if link.up
        else Fact(
            f"link{suffix}",
            ok=False,
            detail=f"{pbx}: {link.last_error or 'not connected yet'}",
            remedy=f"{meanwhile} Run: sip112 check",
            severity=severity,
        ),
        Fact(f"routing{suffix}", ok=True, detail="the service decides who rings", severity=severity)
        if tenure.desk.sight_of(pbx) is Sight.CLEAR
        else Fact(
            f"routing{suffix}",
            ok=False,
            detail="Asterisk's state is not known; its queue rings the seats by itself",
            remedy="It passes with the next snapshot; if not, look at the fact `link`.",
            severity=severity,
        ),
    ]
    if link.skew is not None:
        ok = abs(link.skew) <= SKEW_S
        facts.append(
            Fact(
                f"clocks{suffix}",
                ok=ok,
                detail=f"Asterisk's clock is {link.skew:+.3f} s off ours",
                remedy="" if ok else "Run chrony or ntpd on both machines.",
                severity=Severity.WARNING,
            )
        )
    if link.up and pbx in tenure.pulses:
        facts.append(watchdog(tenure.pulses[pbx], f"watchdog{suffix}"))
    return facts


def watchdog(age: float | None, name: str = "watchdog") -> Fact:
    """Tell whether the loop in Asterisk runs that rings seats when no service does.

    `age` is in seconds, by Asterisk's own clock, since its last pulse; None if it never ran.
    """
    ok = age is not None and age <= PULSE_S
    return Fact(
        name,
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
