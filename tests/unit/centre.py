"""A centre in a test: one desk, its clock, what is told to it and what it did about that.

Nothing here decides or pretends anything. Each method makes one event as Asterisk, the
store or a person would, gives it to a real `Desk` and keeps the effects.
"""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call, Caller, OfferResult
from sip112.routing.desk import Desk
from sip112.routing.ids import AgentId, CallId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.pad import DeskConfig
from sip112.routing.seat import Device, Seat, SeatConfig

PKY = CentreCode("PKY")
PBX = PbxId("pbx1")
START = Instant(1_795_318_000.0)
"""2026-11-22, 10:26:40 in Jakarta."""
TODAY = "20261122"

T = TypeVar("T")


class Centre:
    """One desk. `actions`, `records` and `replies` hold what the last event led to.

    With `clock` the desk is told of a second clock, which nobody sets; `passes` moves both.
    """

    def __init__(self, *seats: str | SeatConfig, clock: float | None = None, **config: Any) -> None:
        self.now = float(START)
        self.clock = clock
        self.desk = Desk(
            DeskConfig(
                PKY,
                ZoneInfo("Asia/Jakarta"),
                tuple(SeatConfig(SeatId(s)) if isinstance(s, str) else s for s in seats),
                **{"pbxs": (PBX,)} | config,
            )
        )
        self.actions: list[f.Action | f.StartCall] = []
        self.records: list[f.Record] = []
        self.replies: list[f.Reply] = []
        self.last: list[f.Effect] = []
        """All of it."""
        self.history: list[f.Effect] = []
        self._count = 0

    # --- the plumbing ----------------------------------------------------------------

    @property
    def at(self) -> Instant:
        """Now."""
        return Instant(self.now)

    def give(self, event: e.Event) -> list[f.Effect]:
        """Let the desk take `event`."""
        effects = self.desk.step(event, self.clock)
        self.last = effects
        self.history += effects
        self.records = [each for each in effects if isinstance(each, f.Record)]
        self.replies = [each for each in effects if isinstance(each, f.Reply)]
        self.actions = [
            each
            for each in effects
            if not isinstance(each, f.Record | f.Reply | f.StepDown | f.Spied)
        ]
        return effects

    def did(self, kind: type[T]) -> list[T]:
        """Return the effects of one kind that the last event led to."""
        return [each for each in self.last if isinstance(each, kind)]

    @property
    def rung(self) -> list[tuple[Uniqueid, SeatId]]:
        """Who was sent to which seat by the last event."""
        return [(each.uniqueid, each.seat) for each in self.did(f.RingSeat)]

    @property
    def told(self) -> list[f.EntryKind]:
        """The journal entries that the last event led to."""
        return [each.kind for each in self.records]

    # --- the beginning -----------------------------------------------------------------

    def open(self, **store: Any) -> Centre:
        """Read the store and Asterisk's state, both as good as new unless `store` says more."""
        self.store_read(**store)
        self.snapshot()
        return self

    def with_seats(self, *seats: str) -> Centre:
        """Open, and let an agent log in at each of `seats`, in this order."""
        self.open()
        for seat in seats:
            self.log_in(seat)
        return self

    def store_read(self, **fields: Any) -> None:
        """Tell what the store knows."""
        known: dict[str, Any] = {"serials": {}, "last_seq": 0, "today": TODAY} | fields
        self.give(e.StoreRead(self.at, **known))

    def snapshot(self, *, pbx: PbxId = PBX, **fields: Any) -> None:
        """Tell what Asterisk's lists say."""
        self.give(e.Snapshot(self.at, pbx, PKY, **fields))

    def look(self, *, pbx: PbxId = PBX, **fields: Any) -> None:
        """Tell what Asterisk's lists say beside what is heard; the desk decides, unless said."""
        given = {"native": False, "owner": self.desk.token} | fields
        self.give(e.Look(self.at, pbx, e.Snapshot(self.at, pbx, PKY, **given)))

    # --- callers -----------------------------------------------------------------------

    def arrival(
        self, uniqueid: str | None = None, *, pbx: PbxId = PBX, **fields: Any
    ) -> e.CallArrived:
        """Return the arrival of the next caller."""
        self._count += 1
        uniqueid = uniqueid or f"1795318000.{self._count}"
        given: dict[str, Any] = {
            "channel": f"PJSIP/trunk-{self._count:08x}",
            "centre": PKY,
            "arrived_at": self.at,
            "caller": Caller("08125550101"),
        }
        return e.CallArrived(self.at, pbx, Uniqueid(uniqueid), **(given | fields))

    def arrives(self, **fields: Any) -> Uniqueid:
        """Let a caller arrive."""
        event = self.arrival(**fields)
        self.give(event)
        return event.uniqueid

    def joins(self, call: Uniqueid, position: int = 1, *, pbx: PbxId = PBX) -> None:
        """Let a caller join Asterisk's queue."""
        self.give(e.CallQueued(self.at, pbx, call, position))

    def rings(self, call: Uniqueid, seat: str, *, pbx: PbxId = PBX) -> None:
        """Let a seat's phone begin to ring."""
        self.give(e.SeatRings(self.at, pbx, call, SeatId(seat)))

    def answers(self, call: Uniqueid, seat: str, *, pbx: PbxId = PBX) -> None:
        """Let a seat answer."""
        leg = f"PJSIP/{seat}-0000000a"
        self.give(e.SeatAnswered(self.at, pbx, call, SeatId(seat), leg=leg))

    def dial_ends(
        self, call: Uniqueid, seat: str, result: OfferResult, *, pbx: PbxId = PBX
    ) -> None:
        """Let Asterisk stop dialling a seat."""
        self.give(e.SeatDialEnded(self.at, pbx, call, SeatId(seat), result))

    def returns(self, call: Uniqueid, seat: str, result: OfferResult, *, pbx: PbxId = PBX) -> None:
        """Let the dialplan have a caller back whom a seat did not take."""
        self.give(e.CallReturned(self.at, pbx, call, SeatId(seat), result))

    def hangs_up(self, call: Uniqueid, *, pbx: PbxId = PBX) -> None:
        """Let a caller's channel end."""
        self.give(e.CallEnded(self.at, pbx, call, 16))

    def talks(self, call: Uniqueid, seat: str) -> None:
        """Let a seat ring and answer."""
        self.rings(call, seat)
        self.member(seat, Device.RINGING)
        self.answers(call, seat)
        self.member(seat, Device.IN_USE)

    # --- seats ---------------------------------------------------------------------------

    def member(
        self,
        seat: str,
        device: Device = Device.IDLE,
        *,
        paused: bool = True,
        reason: str | None = f.HELD,
        agent: str | None = None,
        pbx: PbxId = PBX,
    ) -> None:
        """Tell how the queue now sees a seat; held for the service unless said otherwise."""
        name = AgentId(agent or f"agent of {seat}")
        reason = reason if paused else None
        member = e.Member(PKY, SeatId(seat), name, device, paused, reason)
        self.give(e.MemberChanged(self.at, pbx, member))

    def log_in(self, seat: str, skills: frozenset[str] = frozenset()) -> None:
        """Let an agent log in, and Asterisk confirm it."""
        self.command(e.LogIn, seat, agent=AgentId(f"agent of {seat}"), skills=skills)
        self.member(seat)

    def pause(self, seat: str, reason: str = "prayer") -> None:
        """Let an agent pause, and Asterisk confirm it."""
        self.command(e.Pause, seat, reason=reason)
        self.member(seat, reason=reason)

    def command(
        self,
        kind: type[e.DutyCommand | e.PopupCommand | e.CallbackCommand | e.SpyCommand],
        seat: str,
        **fields: Any,
    ) -> f.Reply | None:
        """Give a command; return its reply if there is one at once."""
        self._count += 1
        self.give(kind(self.at, self._count, SeatId(seat), **fields))
        return self.replies[0] if self.replies else None

    # --- time ------------------------------------------------------------------------------

    def tick(self) -> None:
        """Tell the time."""
        self.give(e.Tick(self.at))

    def passes(self, seconds: float) -> list[f.Effect]:
        """Let time pass, told twice a second as the service does; return what that led to."""
        end = self.now + seconds
        effects: list[f.Effect] = []
        while self.now < end:
            step = min(0.5, end - self.now)
            self.now = end if step < 0.5 else self.now + step
            if self.clock is not None:
                self.clock += step
            effects += self.give(e.Tick(self.at))
        return effects

    # --- a look inside -----------------------------------------------------------------------

    def call(self, uniqueid: Uniqueid) -> Call:
        """Return a call, in progress or as it ended."""
        for call in self.desk.calls():
            if call.uniqueid == uniqueid:
                return call
        told = [each.call for each in self.history if isinstance(each, f.Record)]
        return [each for each in told if each is not None and each.uniqueid == uniqueid][-1]

    def seat(self, seat: str) -> Seat:
        """Return a seat."""
        found = self.desk.seat(SeatId(seat))
        assert found is not None
        return found

    def nothing_is_left(self) -> bool:
        """Whether the desk has forgotten every call that there was."""
        desk = self.desk
        kept = len(desk._ledger) + len(desk._trials) + len(desk._popups) + len(desk._rooms)
        return not kept and not desk.waiting() and all(s.call is None for s in desk.seats())

    def tickets(self) -> dict[CallId, str]:
        """Return the number of every ticket that was opened."""
        opened = [each for each in self.history if isinstance(each, f.Record) and each.ticket]
        return {
            each.ticket.call: each.ticket.number
            for each in opened
            if each.ticket is not None and each.ticket.call is not None
        }


def rung(effects: list[f.Effect]) -> list[SeatId]:
    """Return the seats that `effects` ring."""
    return [each.seat for each in effects if isinstance(each, f.RingSeat)]
