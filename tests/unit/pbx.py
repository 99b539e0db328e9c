"""A model of Asterisk and its dialplan, as much of it as the core talks to.

It carries out the core's effects and emits the core's events in the order in which
Asterisk would. Delivery is in the test's hands: events wait in `outbox` until taken.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Caller, OfferResult
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.seat import Device

PBX = PbxId("pbx1")
CENTRE = CentreCode("PKY")

WATCH_S = 3.0
"""Seconds without a heartbeat after which the watchdog goes native."""


@dataclass
class Leg:
    """A caller's channel: where it is and with whom."""

    uniqueid: Uniqueid
    arrival: e.CallArrived
    place: str = "dialplan"  # dialplan, queue, dial, talk
    seat: SeatId | None = None
    native: bool = False
    answered_at: Instant | None = None
    ticket: str | None = None
    deaf: bool = False
    """The phone that it rings was gone meanwhile, and knows nothing of the call."""


@dataclass
class Member:
    """A queue member."""

    agent: AgentId
    paused: bool = True
    reason: str | None = f.HELD


@dataclass
class Pbx:
    """One Asterisk. `now` is its clock, moved by the test."""

    seats: tuple[SeatId, ...]
    now: float = 1_795_318_000.0
    up: bool = True
    mode: str = "native"
    beat_at: float = 0.0
    legs: dict[Uniqueid, Leg] = field(default_factory=dict)
    notes: dict[Uniqueid, e.Note] = field(default_factory=dict)
    members: dict[SeatId, Member] = field(default_factory=dict)
    registered: set[SeatId] = field(default_factory=set)
    outbox: deque[e.Event] = field(default_factory=deque)
    serials: tuple[str, int] = ("", 0)
    name: PbxId = PBX
    owner: int = 0
    """Token of the newest owner that it knows."""
    count: int = 0
    torn: list[tuple[Uniqueid, SeatId | None]] = field(default_factory=list)
    """Callers who were redirected while they talked, and with whom: must stay empty."""
    disturbed: list[SeatId] = field(default_factory=list)
    """Seats that the service rang while their agents were away: must stay empty."""
    removed: set[SeatId] = field(default_factory=set)
    """Seats that an administrator took out of the queue, of which the service hears later."""

    @property
    def at(self) -> Instant:
        return Instant(self.now)

    def tell(self, event: e.Event) -> None:
        """Send an event, if anybody listens."""
        if self.up:
            self.outbox.append(event)

    # --- what callers and seats do ---------------------------------------------------

    def arrive(
        self,
        priority: int = 0,
        skills: frozenset[str] = frozenset(),
        number: str | None = None,
    ) -> Uniqueid:
        self.count += 1
        uniqueid = Uniqueid(f"1795318000.{self.count}")
        arrival = e.CallArrived(
            self.at,
            self.name,
            uniqueid,
            f"PJSIP/t-{self.count:08x}",
            CENTRE,
            self.at,
            priority=priority,
            skills=skills,
            caller=Caller(number),
        )
        self.legs[uniqueid] = Leg(uniqueid, arrival)
        self.notes[uniqueid] = e.Note(arrival)
        self.tell(arrival)
        return uniqueid

    def join(self, leg: Leg) -> None:
        leg.place, leg.seat = "queue", None
        waiting = [each for each in self.legs.values() if each.place == "queue"]
        self.tell(e.CallQueued(self.at, self.name, leg.uniqueid, len(waiting)))

    def hang_up(self, leg: Leg) -> None:
        seat = leg.seat
        if leg.place == "dial" and seat is not None:
            self.tell(
                e.SeatDialEnded(self.at, self.name, leg.uniqueid, seat, OfferResult.ABANDONED)
            )
        note = self.notes.get(leg.uniqueid)
        if note is None:
            note = e.Note(leg.arrival)
        self.notes[leg.uniqueid] = e.Note(
            leg.arrival,
            self.at,
            16,
            leg.seat if leg.answered_at else None,
            leg.answered_at,
            ticket_number=leg.ticket,
        )
        del self.legs[leg.uniqueid]
        over = self.notes[leg.uniqueid]
        self.tell(e.CallEnded(self.at, self.name, leg.uniqueid, 16, over.seat, over.answered_at))
        if seat is not None:
            self.status(seat)

    def answer(self, leg: Leg) -> None:
        assert leg.seat is not None
        leg.place, leg.answered_at = "talk", self.at
        self.tell(e.SeatAnswered(self.at, self.name, leg.uniqueid, leg.seat))
        self.status(leg.seat)

    def fail(self, leg: Leg, result: OfferResult) -> None:
        """The seat rejects, does not answer, or cannot be reached."""
        assert leg.seat is not None
        seat, native = leg.seat, leg.native
        self.tell(e.SeatDialEnded(self.at, self.name, leg.uniqueid, seat, result))
        leg.seat = None
        if native:
            leg.place = "queue"
        else:
            leg.place = "dialplan"
            self.tell(e.CallReturned(self.at, self.name, leg.uniqueid, seat, result))
        self.status(seat)

    def register(self, seat: SeatId, *, yes: bool) -> None:
        (self.registered.add if yes else self.registered.discard)(seat)
        for leg in self.legs.values():
            leg.deaf = leg.deaf or (leg.place == "dial" and leg.seat == seat and not yes)
        if not yes:
            self.tell(e.PhoneGone(self.at, self.name, seat))
        self.status(seat)

    def remove(self, seat: SeatId) -> None:
        """An administrator takes a member out of the queue."""
        del self.members[seat]
        self.removed.add(seat)
        self.tell(e.MemberRemoved(self.at, self.name, CENTRE, seat))

    def watch(self) -> None:
        """The watchdog looks for a heartbeat; without one the queue rings by itself."""
        if self.now - self.beat_at < WATCH_S:
            return
        if self.mode != "native":
            self.mode = "native"
            self.tell(e.NativeMode(self.at, self.name, CENTRE))
        for seat in self.members:
            self._release(seat)

    def _release(self, seat: SeatId) -> None:
        member = self.members.get(seat)
        if member is not None and member.paused and member.reason == f.HELD:
            member.paused = False
            self.status(seat)

    def ring_natively(self) -> None:
        """The queue rings a free unpaused member for its first caller."""
        for leg in self.legs.values():
            if leg.place == "queue":
                for seat, member in self.members.items():
                    if not member.paused and self.device(seat) is Device.IDLE:
                        leg.place, leg.seat, leg.native, leg.deaf = "dial", seat, True, False
                        self.tell(e.SeatRings(self.at, self.name, leg.uniqueid, seat))
                        self.status(seat)
                        return

    def restart(self) -> None:
        """Asterisk dies and is back: channels are gone, notes and members are not."""
        self.legs.clear()
        self.mode, self.owner = "native", 0

    # --- what it says ----------------------------------------------------------------

    def device(self, seat: SeatId) -> Device:
        for leg in self.legs.values():
            if leg.seat == seat:
                return Device.IN_USE if leg.place == "talk" else Device.RINGING
        return Device.IDLE if seat in self.registered else Device.UNREGISTERED

    def status(self, seat: SeatId) -> None:
        member = self.members.get(seat)
        if member is not None:
            self.tell(
                e.MemberChanged(
                    self.at,
                    self.name,
                    e.Member(
                        CENTRE,
                        seat,
                        member.agent,
                        self.device(seat),
                        member.paused,
                        member.reason if member.paused else None,
                    ),
                )
            )

    def snapshot(self) -> e.Snapshot:
        channels: list[e.Channel] = []
        for leg in self.legs.values():
            application = {"queue": "Queue", "dialplan": "Wait"}.get(leg.place, "Dial")
            talk = leg.place == "talk"
            channels.append(
                e.Channel(
                    leg.uniqueid,
                    leg.uniqueid,
                    leg.arrival.channel,
                    "sip112-wait",
                    application,
                    talk,
                    leg.ticket,
                )
            )
            if leg.seat is not None:
                channels.append(
                    e.Channel(
                        Uniqueid(f"{leg.uniqueid}s"),
                        leg.uniqueid,
                        f"PJSIP/{leg.seat}-0000000a",
                        "sip112-seat",
                        "AppDial",
                        talk,
                    )
                )
        queue = [leg for leg in self.legs.values() if leg.place == "queue"]
        return e.Snapshot(
            self.at,
            self.name,
            CENTRE,
            tuple(channels),
            tuple(
                e.Member(
                    CENTRE,
                    seat,
                    m.agent,
                    self.device(seat),
                    m.paused,
                    m.reason if m.paused else None,
                )
                for seat, m in self.members.items()
            ),
            tuple(self.notes.values()),
            {leg.uniqueid: number for number, leg in enumerate(queue, 1)},
            {CENTRE: self.serials} if self.serials[0] else {},
            owner=self.owner,
            native=self.mode == "native",
        )

    # --- what it is asked for ----------------------------------------------------------

    def do(self, effect: f.Effect) -> None:
        """Carry out one effect, as AMI would."""
        match effect:
            case f.RingSeat():
                self._ring(effect)
            case f.LabelCall():
                if effect.uniqueid in self.legs:
                    self.legs[effect.uniqueid].ticket = effect.ticket_number
            case f.AddMember() | f.RemoveMember() | f.PauseMember():
                self._change(effect)
            case f.Beat():
                self.beat_at = self.now
            case f.TakeOver():
                self.mode, self.owner = "service", effect.token
            case f.HandOver():
                self.mode = "native"
                for seat in effect.seats:
                    self._release(seat)
            case f.Look():
                self.tell(e.Look(self.at, self.name, self.snapshot()))
            case f.ForgetCall():
                note = self.notes.get(effect.uniqueid)
                if note is not None and effect.uniqueid not in self.legs:
                    del self.notes[effect.uniqueid]
            case f.ReserveSerials():
                self.serials = effect.day, effect.upto
            case _:
                pass

    def _change(self, effect: f.AddMember | f.RemoveMember | f.PauseMember) -> None:
        match effect:
            case f.AddMember():
                if effect.seat in self.members:
                    self.tell(e.ActionFailed(self.at, self.name, effect, "Already there"))
                else:
                    self.members[effect.seat] = Member(effect.agent)
                    self.status(effect.seat)
            case f.RemoveMember():
                if self.members.pop(effect.seat, None) is None:
                    self.tell(e.ActionFailed(self.at, self.name, effect, "Not there"))
                else:
                    self.tell(e.MemberRemoved(self.at, self.name, CENTRE, effect.seat))
            case f.PauseMember():
                member = self.members.get(effect.seat)
                if member is None:
                    self.tell(e.ActionFailed(self.at, self.name, effect, "Interface not found"))
                else:
                    member.paused, member.reason = True, effect.reason
                    self.status(effect.seat)

    def _ring(self, effect: f.RingSeat) -> None:
        leg = self.legs.get(effect.uniqueid)
        if leg is None:
            self.tell(e.ActionFailed(self.at, self.name, effect, "Channel does not exist"))
            return
        if leg.place == "talk":
            self.torn.append((leg.uniqueid, leg.seat))
        if leg.place == "dial" and leg.seat is not None:  # it is taken away from that seat
            before = leg.seat
            self.tell(
                e.SeatDialEnded(self.at, self.name, leg.uniqueid, before, OfferResult.ABANDONED)
            )
            leg.seat = None
            self.status(before)
        member = self.members.get(effect.seat)
        away = member is not None and member.paused and member.reason != f.HELD
        if away or (member is None and effect.seat not in self.removed):
            self.disturbed.append(effect.seat)
        if self.device(effect.seat) is not Device.IDLE:
            leg.place, leg.seat = "dialplan", None
            self.tell(
                e.CallReturned(
                    self.at, self.name, leg.uniqueid, effect.seat, OfferResult.UNREACHABLE
                )
            )
            return
        leg.place, leg.seat, leg.native, leg.deaf = "dial", effect.seat, False, False
        self.tell(e.SeatRings(self.at, self.name, leg.uniqueid, effect.seat))
        self.status(effect.seat)
