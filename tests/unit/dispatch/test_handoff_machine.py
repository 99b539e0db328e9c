"""What must hold of a handoff, whatever is told of it, and in whatever order.

The machine keeps a book of its own: by which rungs the agency was told what, whether the ladder is
used up, and which limit was missed. The handoff must agree with it after every step.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sip112.dispatch.agency import AUTOMATIC, PROVEN, Channel, Contact, Rung, ladder
from sip112.dispatch.escalation import overdue, weighed
from sip112.dispatch.handoff import (
    ACTING,
    TRANSITIONS,
    UNHEARD,
    Change,
    EventKind,
    Handoff,
    IllegalStep,
    MessageKind,
    ReasonNeeded,
    Step,
)
from sip112.dispatch.limits import Limits
from sip112.dispatch.reasons import Reason
from sip112.dispatch.reports import delivered, failed, failing, held, sent
from sip112.dispatch.requests import UPDATE_WAIT_S, begin, cancelled, changed
from sip112.dispatch.said import noted, said
from sip112.routing.ids import Instant
from tests.unit.dispatch.made import DESK, K, a_ticket, an_agency, ids, later

WHO = "agency:damkar"

addresses = st.sampled_from(["one", "two", "three", ""])
kinds = st.sampled_from([K.WEBHOOK, K.SMS, K.VOICE, K.CAP, K.EMAIL, K.ACCOUNT])
channels = st.lists(st.builds(Channel, kinds, addresses), min_size=2, max_size=5)
contacts = st.lists(
    st.builds(Contact, st.sampled_from(["Post", "Chief"]), st.dictionaries(kinds, addresses)),
    max_size=3,
)
seconds = st.integers(1, 60)  # so that time that passes is often enough
limits = st.builds(Limits, seconds, seconds, seconds, seconds, st.none() | seconds)


class Machine(RuleBasedStateMachine):
    """An agency, a courier and a dispatcher who do what they like, and a clock that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = later(0)
        self.new_id = ids()
        self.told: dict[Rung, list[MessageKind]] = defaultdict(list)
        """By what rung the agency was told what, in order."""
        self.escalated: list[str] = []
        """Channels and contacts that were escalated to, as the history has them."""
        self.tried_at = self.now
        self.since = self.now
        self.missed = False
        """Whether whoever was reached did not go on in time, and has said nothing since."""
        self.handoff: Handoff

    @initialize(
        channels=channels,
        contacts=contacts,
        limits=limits,
        silence=st.integers(0, 4),
        answer=st.sampled_from([Step.QUEUED, Step.ACKNOWLEDGED, *sorted(ACTING)]),
    )
    def start(
        self,
        channels: list[Channel],
        contacts: list[Contact],
        limits: Limits,
        silence: int,
        answer: Step,
    ) -> None:
        """Pass an incident on; it escalates a few times, and perhaps somebody answers."""
        agency = an_agency(*channels, contacts=tuple(contacts))
        change = begin(a_ticket(), agency, self.now, DESK, self.new_id, limits)
        self.handoff = change.handoff
        assert self.handoff.ladder == ladder(agency)
        assert self.handoff.version == 1
        self.keep(change)
        for _ in range(silence):
            self.nothing_is_heard()
        if answer is not Step.QUEUED:
            self.the_agency_says_something(answer, "")

    # --- plumbing --------------------------------------------------------------------

    def take(self, change: Change) -> None:
        """Have a change come true, if it is one that may."""
        before, after = self.handoff, change.handoff
        if after.step is not before.step:
            assert after.step in TRANSITIONS[before.step], "a step that the table does not have"
            self.since = self.now
        assert 0 <= after.rung - before.rung <= 1, "a rung was left out, or tried again"
        if change.events:
            assert after.version == before.version + 1
        else:
            assert after == before, "something changed, and the history does not have it"
        self.handoff = after
        self.keep(change)

    def keep(self, change: Change) -> None:
        """Write down what the agency is told, and what the history says."""
        assert all(event.at == self.now for event in change.events)
        for message in change.messages:
            assert message.handoff == self.handoff.id
            wait = UPDATE_WAIT_S if message.kind is MessageKind.UPDATE else 0
            assert message.not_before == self.now + wait
            self.told[message.rung].append(message.kind)
        for event in change.events:
            if event.kind is EventKind.ESCALATED:
                self.escalated.append(f"{event.channel} {event.note}")
                self.tried_at = self.now

    def refused(self, say: Callable[[], Change]) -> IllegalStep | ReasonNeeded | None:
        """Have something said; return why it was refused, which leaves all as it was."""
        before = self.handoff.evolve()
        try:
            change = say()
        except (IllegalStep, ReasonNeeded) as error:
            assert self.handoff == before
            return error
        self.take(change)
        assert say() == Change(self.handoff), "said once more, it counted twice"
        return None

    def a_rung(self, data: st.DataObject) -> Rung:
        """Return a rung that was tried."""
        return data.draw(st.sampled_from(self.handoff.tried))

    def nothing_is_heard(self) -> None:
        """Let time pass until it is due, if it ever is."""
        if self.handoff.due_at is not None:
            self.now = max(self.now, self.handoff.due_at)
            self.somebody_looks_whether_it_is_overdue()

    # --- what may happen -------------------------------------------------------------

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now = Instant(self.now + seconds)

    @precondition(lambda self: self.handoff.due_at is not None)
    @rule()
    def it_becomes_due(self) -> None:
        self.nothing_is_heard()

    @rule()
    def somebody_looks_whether_it_is_overdue(self) -> None:
        before, due_at = self.handoff, self.handoff.due_at
        change = overdue(before, self.now, self.new_id)
        assert (change is not None) == (due_at is not None and self.now >= due_at)
        if change is None:
            return
        self.take(change)
        assert self.handoff.step is before.step
        if before.step in UNHEARD:
            assert self.handoff.rung == before.rung + 1
        else:
            assert self.handoff.rung == before.rung, "somebody else was told of what is known"
            self.missed = True

    @precondition(lambda self: self.handoff.ladder)
    @rule(data=st.data())
    def it_is_sent(self, data: st.DataObject) -> None:
        self.it_is_reported(sent, Step.SENT, self.a_rung(data))

    @precondition(lambda self: self.handoff.ladder)
    @rule(data=st.data())
    def it_is_delivered(self, data: st.DataObject) -> None:
        self.it_is_reported(delivered, Step.DELIVERED, self.a_rung(data))

    def it_is_reported(
        self, report: Callable[[Handoff, Instant, Rung], Change], step: Step, rung: Rung
    ) -> None:
        """Have the courier report, twice."""
        goes = step in TRANSITIONS[self.handoff.step]
        was = self.handoff.step
        self.take(report(self.handoff, self.now, rung))
        assert self.handoff.step is (step if goes else was)
        assert report(self.handoff, self.now, rung) == Change(self.handoff)

    @precondition(lambda self: self.handoff.ladder)
    @rule(data=st.data())
    def it_is_not_through_yet(self, data: st.DataObject) -> None:
        before = self.handoff
        self.take(failing(before, self.now, self.a_rung(data), Reason("timed out")))
        assert self.handoff == before.evolve(version=before.version + 1)

    @precondition(lambda self: self.handoff.ladder)
    @rule(data=st.data(), report=st.sampled_from([failed, held]))
    def it_fails(self, data: st.DataObject, report: Callable[..., Change]) -> None:
        rung = self.a_rung(data)
        before = self.handoff
        climbs = before.step in UNHEARD and rung == before.current
        self.take(report(before, self.now, rung, Reason("timed out"), self.new_id))
        assert (self.handoff.rung > before.rung) == climbs

    @rule(step=st.sampled_from(Step), note=st.sampled_from(["", " ", "no engine"]))
    def the_agency_says_something(self, step: Step, note: str) -> None:
        was = self.handoff.step
        error = self.refused(lambda: said(self.handoff, self.now, step, WHO, "webhook", note))
        if isinstance(error, ReasonNeeded):
            assert step is Step.DECLINED
            assert not note.strip()
        elif isinstance(error, IllegalStep):
            assert step not in TRANSITIONS[was] or step in UNHEARD | {Step.CANCELLED}
        else:
            assert self.handoff.step is step
            self.missed = self.missed and was is step

    @rule()
    def somebody_writes_a_note(self) -> None:
        before = self.handoff
        self.take(noted(before, self.now, DESK, "voice", "the gate is locked"))
        assert self.handoff == before.evolve(version=before.version + 1)

    @rule()
    def the_centre_cancels(self) -> None:
        had_ended = self.handoff.ended
        error = self.refused(
            lambda: cancelled(self.handoff, self.now, DESK, "false alarm", self.new_id)
        )
        assert error is None or had_ended
        if error is None:
            assert self.handoff.step is Step.CANCELLED
            self.missed = False

    @rule()
    def the_ticket_changes(self) -> None:
        before = self.handoff
        change = changed(before, self.now, self.new_id)
        by_itself = [rung for rung in before.tried if rung.channel in AUTOMATIC]
        assert (change is not None) == (before.step in ACTING)
        if change is not None and not by_itself:
            self.take(change)
            assert [event.kind for event in change.events] == [EventKind.UNTOLD]
            assert not change.messages
        elif change is not None:
            self.take(change)
            assert self.handoff == before
            updated = {message.rung for message in change.messages}
            assert {rung for rung in by_itself if rung.channel in PROVEN} <= updated
            assert by_itself[-1] in updated

    @rule(severity=st.sampled_from(["critical", "low", None]), limits=limits)
    def the_ticket_turns_out_worse_or_better(self, severity: str | None, limits: Limits) -> None:
        before = self.handoff
        change = weighed(before, severity, limits)
        assert (change is not None) == (not before.ended and before.severity != severity)
        if change is not None:
            assert not change.events
            assert not change.messages
            self.handoff = change.handoff
            assert self.handoff == before.evolve(
                severity=severity,
                limits=limits,
                due_at=self.handoff.due_at,
                version=before.version + 1,
            )

    # --- what must hold --------------------------------------------------------------

    @invariant()
    def it_waits_as_long_as_the_limits_say(self) -> None:
        """And not at all where nothing is waited for."""
        handoff, limits = self.handoff, self.handoff.limits
        due: float | None = None
        if handoff.step is Step.ACKNOWLEDGED and not self.missed:
            due = self.since + limits.accepted_s
        elif handoff.step is Step.ACCEPTED and not self.missed:
            due = self.since + limits.en_route_s
        elif handoff.step is Step.EN_ROUTE and limits.on_scene_s and not self.missed:
            due = self.since + limits.on_scene_s
        elif handoff.step in UNHEARD and handoff.rung < len(handoff.ladder):
            kind = handoff.ladder[handoff.rung].channel
            has_left = handoff.step is Step.DELIVERED or (
                handoff.step is Step.SENT and kind not in PROVEN
            )
            seen = has_left or kind not in AUTOMATIC
            due = self.tried_at + (limits.acknowledged_s if seen else limits.delivered_s)
        assert handoff.due_at == due

    @invariant()
    def it_is_an_alarm_if_nobody_was_reached_or_whoever_was_does_nothing(self) -> None:
        """And else it is none."""
        used_up = self.handoff.rung == len(self.handoff.ladder)
        nobody = used_up and self.handoff.step in UNHEARD
        assert (self.handoff.alarmed_at is not None) == (nobody or self.missed)

    @invariant()
    def every_rung_is_tried_once_and_in_order(self) -> None:
        """The first as it began, the others as it escalated."""
        tried = self.handoff.tried
        assert self.escalated == [f"{rung.channel} {rung.contact}" for rung in tried[1:]]
        assert list(self.told) == [rung for rung in tried if rung.channel in AUTOMATIC]

    @invariant()
    def each_is_told_in_order(self) -> None:
        """A request, updates, and at last a cancellation, to all or to none."""
        ends = [MessageKind.CANCEL] if self.handoff.step is Step.CANCELLED else []
        for told in self.told.values():
            updates = told[1 : len(told) - len(ends)]
            assert told == [MessageKind.REQUEST, *updates, *ends]
            assert set(updates) <= {MessageKind.UPDATE}

    def teardown(self) -> None:
        """Nobody says anything any more: after the last rung it is an alarm, and not before."""
        if not hasattr(self, "handoff"):
            return
        waits = self.handoff.due_at is not None
        for _ in range(max(len(self.handoff.ladder) - self.handoff.rung, 1)):
            self.nothing_is_heard()
            self.it_is_an_alarm_if_nobody_was_reached_or_whoever_was_does_nothing()
        assert self.handoff.due_at is None, "it waits for ever"
        assert self.handoff.alarmed_at is not None or not waits


TestHandoff = Machine.TestCase
TestHandoff.settings = settings(
    max_examples=int(os.environ.get("DESK_EXAMPLES", "60")), stateful_step_count=60
)
