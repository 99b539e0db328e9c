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
from sip112.routing.effects import Way
from sip112.routing.ids import AgentId, CentreCode, Instant, PbxId, SeatId, Uniqueid
from sip112.routing.seat import Device
from sip112.routing.spy import SpyMode
from sip112.routing.started import Line, Purpose
from sip112.routing.ticket import Incident

PBX = PbxId("pbx1")
CENTRE = CentreCode("PKY")

WATCH_S = 3.0
"""Seconds without a heartbeat after which the watchdog goes native."""


@dataclass
class Leg:
    """A caller's channel: where it is and with whom."""

    uniqueid: Uniqueid
    arrival: e.CallArrived
    place: str = "dialplan"  # dialplan, queue, dial, talk, room
    seat: SeatId | None = None
    native: bool = False
    answered_at: Instant | None = None
    ticket: str | None = None
    deaf: bool = False
    """The phone that it rings was gone meanwhile, and knows nothing of the call."""


@dataclass
class Guest:
    """Another channel that is in a caller's room, or is called to come there."""

    call: Uniqueid
    line: Line
    id: Uniqueid
    name: str
    way: Way
    ringing: bool = False
    until: float = 0.0
    """When it rings no longer."""


@dataclass
class Tapper:
    """The phone of a supervisor, that listens to a seat's channel or is called to."""

    id: Uniqueid
    seat: SeatId
    tapped: str
    mode: SpyMode
    until: float
    """When it rings no longer."""
    ringing: bool = True


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
    guests: list[Guest] = field(default_factory=list)
    tappers: list[Tapper] = field(default_factory=list)
    barged: dict[Uniqueid, Tapper] = field(default_factory=dict)
    """Supervisors who are in a room, by the id of their channel."""
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
        incident: Incident | None = None,
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
            incident=incident,
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
        if leg.place == "room":
            self._empty(leg)
        self._untap()
        self.tell(e.CallEnded(self.at, self.name, leg.uniqueid, 16, over.seat, over.answered_at))
        if seat is not None:
            self.status(seat)

    def answer(self, leg: Leg) -> None:
        assert leg.seat is not None
        leg.place, leg.answered_at = "talk", self.at
        name = _name(leg.seat)
        self.tell(e.SeatAnswered(self.at, self.name, leg.uniqueid, leg.seat, leg=name))
        self.status(leg.seat)

    # --- rooms -----------------------------------------------------------------------

    def in_room(self, call: Uniqueid) -> list[Guest]:
        return [each for each in self.guests if each.call == call and not each.ringing]

    def guest_answers(self, guest: Guest) -> None:
        guest.ringing = False
        self.tell(self._started(guest, OfferResult.ANSWERED))
        if guest.call in self.legs:
            self._joins(guest)
        else:
            self._gone(guest)

    def guest_refuses(self, guest: Guest, result: OfferResult) -> None:
        self.guests.remove(guest)
        self.tell(self._started(guest, result))
        self._status_of(guest)

    def guest_hangs_up(self, guest: Guest, *, sent: bool = False) -> None:
        self._gone(guest)
        self.tell(e.PartyLeft(self.at, self.name, guest.call, guest.id, guest.name, sent))

    def _started(self, guest: Guest, result: OfferResult) -> e.CallStarted:
        subject = f"{guest.call}*{guest.way}"
        return e.CallStarted(self.at, self.name, Purpose.ROOM, subject, result)

    def _joins(self, guest: Guest) -> None:
        aside = guest.way is Way.ASIDE
        self.tell(
            e.PartyJoined(self.at, self.name, guest.call, guest.id, guest.name, guest.line, aside)
        )
        self._status_of(guest)

    def _gone(self, guest: Guest) -> None:
        self.guests.remove(guest)
        self._status_of(guest)
        if self.barged.pop(guest.id, None) is not None:
            self.tell(e.SpyGone(self.at, self.name, guest.id))
        self._untap()

    def _status_of(self, guest: Guest) -> None:
        if guest.line.seat is not None:
            self.status(guest.line.seat)

    def _empty(self, leg: Leg) -> None:
        """The caller leaves the room: whoever is with them is sent out by Asterisk."""
        name, call = leg.arrival.channel, leg.uniqueid
        self.tell(e.PartyLeft(self.at, self.name, call, call, name, sent=False))
        for guest in self.in_room(call):
            if guest.way is Way.WITH:
                self.guest_hangs_up(guest)

    def _back(self, leg: Leg) -> None:
        for guest in self.in_room(leg.uniqueid):
            if guest.way is Way.WITH:
                self.guest_hangs_up(guest)
        seat, leg.place, leg.seat, leg.answered_at = leg.seat, "dialplan", None, None
        self.tell(e.LeftAlone(self.at, self.name, leg.uniqueid))
        if seat is not None:
            self.status(seat)
        self._untap()

    # --- supervisors who listen ------------------------------------------------------

    def _channels_of_seats(self) -> set[str]:
        talking = {
            _name(leg.seat) for leg in self.legs.values() if leg.place == "talk" and leg.seat
        }
        return talking | {guest.name for guest in self.guests if not guest.ringing}

    def _untap(self) -> None:
        """Whoever listens to a channel that is gone is hung up."""
        there = self._channels_of_seats()
        for tapper in list(self.tappers):
            if not tapper.ringing and tapper.tapped not in there:
                self.tapper_hangs_up(tapper)

    def tapper_answers(self, tapper: Tapper) -> None:
        tapper.ringing = False
        self.tell(self._called(tapper, OfferResult.ANSWERED))
        self._tap(tapper, tapper.mode)

    def tapper_refuses(self, tapper: Tapper, result: OfferResult) -> None:
        self.tappers.remove(tapper)
        self.tell(self._called(tapper, result))
        self.status(tapper.seat)

    def tapper_hangs_up(self, tapper: Tapper) -> None:
        self.tappers.remove(tapper)
        self.tell(e.SpyGone(self.at, self.name, tapper.id))
        self.status(tapper.seat)

    def _called(self, tapper: Tapper, result: OfferResult) -> e.CallStarted:
        subject = f"{tapper.id}*{tapper.mode}"
        return e.CallStarted(self.at, self.name, Purpose.SPY, subject, result)

    def _tap(self, tapper: Tapper, mode: SpyMode) -> None:
        tapper.mode = mode
        self.tell(e.SpyTaps(self.at, self.name, CENTRE, tapper.id, mode))
        self.status(tapper.seat)
        self._untap()

    def _call_tapper(self, order: f.StartCall) -> None:
        mode = SpyMode(order.subject.partition("*")[2])
        assert order.rings.seat is not None
        id_ = Uniqueid(order.handle)
        tapper = Tapper(id_, order.rings.seat, order.tapped, mode, self.now + order.ring_s)
        if self.device(tapper.seat) is not Device.IDLE:
            self.tell(self._called(tapper, OfferResult.UNREACHABLE))
            return
        self.tappers.append(tapper)
        self.status(tapper.seat)

    def _retune(self, effect: f.Tap) -> None:
        tapper = next((t for t in self.tappers if t.id == effect.handle and not t.ringing), None)
        guest = next((each for each in self.guests if each.id == effect.handle), None)
        if guest is not None:  # out of the room, back to listen
            tapper = self.barged.pop(guest.id)
            self.tappers.append(tapper)
            self.guest_hangs_up(guest, sent=True)
        if tapper is None:
            self.tell(e.ActionFailed(self.at, self.name, effect, "Channel does not exist"))
        elif tapper in self.tappers:
            self._tap(tapper, effect.mode)

    def _send_off(self, effect: f.SendOff) -> None:
        tapper = next((each for each in self.tappers if each.id == effect.handle), None)
        guest = next((each for each in self.guests if each.id == effect.handle), None)
        if guest is not None:
            self.guest_hangs_up(guest)
        elif tapper is None:
            self.tell(e.ActionFailed(self.at, self.name, effect, "No such channel"))
        elif tapper.ringing:
            self.tapper_refuses(tapper, OfferResult.UNREACHABLE)
        else:
            self.tapper_hangs_up(tapper)

    # --- rooms, as the service wants them ----------------------------------------------

    def _take(self, effect: f.Take) -> None:
        leg = self.legs.get(effect.uniqueid)
        known = {each.name for each in self.guests} | {str(each.id) for each in self.guests}
        known |= {str(each.id) for each in self.tappers if not each.ringing}
        if leg is not None:
            known.add(leg.arrival.channel)
            if leg.place == "talk" and leg.seat is not None:
                known.add(_name(leg.seat))
        if not all(channel in known for channel, _ in effect.moves):
            self.tell(e.ActionFailed(self.at, self.name, effect, "Channel does not exist"))
            return
        for channel, way in effect.moves:
            tapper = next((each for each in self.tappers if each.id == channel), None)
            if tapper is not None:
                self.tappers.remove(tapper)
                self.barged[tapper.id] = tapper
                name = f"PJSIP/{tapper.seat}-0000000b"
                self.guests.append(Guest(effect.uniqueid, Line(tapper.seat), tapper.id, name, way))
            guest = next((each for each in self.guests if channel in {each.name, each.id}), None)
            if leg is not None and channel == leg.arrival.channel:
                self._take_caller(leg, way)
            elif guest is not None:
                self._take_guest(guest, way)
            elif leg is not None and leg.seat is not None:  # out of Dial
                line = Line(leg.seat)
                id_ = Uniqueid(f"{leg.uniqueid}s")
                guest = Guest(leg.uniqueid, line, id_, channel, way)
                self.guests.append(guest)
                self._take_guest(guest, way)

    def _take_caller(self, leg: Leg, way: Way) -> None:
        if way in {Way.OUT, Way.END}:
            self.hang_up(leg)
        elif way is Way.BACK:
            self._back(leg)
        elif leg.place == "talk":
            leg.place = "room"
            call, name = leg.uniqueid, leg.arrival.channel
            self.tell(e.PartyJoined(self.at, self.name, call, call, name, Line(), aside=False))

    def _take_guest(self, guest: Guest, way: Way) -> None:
        if way is Way.OUT or guest.call not in self.legs:
            self.guest_hangs_up(guest, sent=way is Way.OUT)
        else:
            guest.way, guest.ringing = way, False
            self._joins(guest)

    def _start(self, order: f.StartCall) -> None:
        call, _, way = order.subject.partition("*")
        name = f"PJSIP/{order.rings}-{len(self.guests):08x}"
        guest = Guest(
            Uniqueid(call),
            order.rings,
            Uniqueid(order.handle),
            name,
            Way(way),
            ringing=True,
            until=self.now + order.ring_s,
        )
        seat = order.rings.seat
        if seat is not None and self.device(seat) is not Device.IDLE:
            self.tell(self._started(guest, OfferResult.UNREACHABLE))
            return
        self.guests.append(guest)
        self._status_of(guest)

    def _drop(self, effect: f.Drop) -> None:
        guest = next((each for each in self.guests if each.id == effect.handle), None)
        if guest is None:
            self.tell(e.ActionFailed(self.at, self.name, effect, "No such channel"))
        elif guest.ringing:
            self.guest_refuses(guest, OfferResult.UNREACHABLE)
        else:
            self.guest_hangs_up(guest)

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
        self.sweep()
        if self.now - self.beat_at < WATCH_S:
            return
        if self.mode != "native":
            self.mode = "native"
            self.tell(e.NativeMode(self.at, self.name, CENTRE))
        for seat in self.members:
            self._release(seat)
        self.watch_rooms()

    def watch_rooms(self) -> None:
        """In native mode all in a room come together, and nobody is alone in one."""
        for leg in list(self.legs.values()):
            if leg.place != "room":
                continue
            for guest in self.in_room(leg.uniqueid):
                if guest.way is Way.ASIDE:
                    self._take_guest(guest, Way.WITH)
            if not self.in_room(leg.uniqueid):
                self._back(leg)

    def sweep(self) -> None:
        """The watchdog empties rooms without a caller, in whatever mode."""
        for guest in list(self.guests):
            host = self.legs.get(guest.call)
            if not guest.ringing and (host is None or host.place != "room"):
                self.guest_hangs_up(guest, sent=True)
            elif guest.ringing and guest.until <= self.now:
                self.guest_refuses(guest, OfferResult.NO_ANSWER)
        for tapper in list(self.tappers):
            if tapper.ringing and tapper.until <= self.now:
                self.tapper_refuses(tapper, OfferResult.NO_ANSWER)

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
        self.guests.clear()
        self.tappers.clear()
        self.barged.clear()
        self.mode, self.owner = "native", 0

    # --- what it says ----------------------------------------------------------------

    def device(self, seat: SeatId) -> Device:
        for guest in self.guests:
            if guest.line.seat == seat:
                return Device.RINGING if guest.ringing else Device.IN_USE
        for tapper in self.tappers:
            if tapper.seat == seat:
                return Device.RINGING if tapper.ringing else Device.IN_USE
        for leg in self.legs.values():
            if leg.seat == seat and leg.place != "room":
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
            talk = leg.place in {"talk", "room"}
            room = leg.uniqueid if leg.place == "room" else None
            channels.append(
                e.Channel(
                    leg.uniqueid,
                    leg.uniqueid,
                    leg.arrival.channel,
                    "sip112-wait",
                    application,
                    talk,
                    leg.ticket,
                    room,
                )
            )
            if leg.seat is not None and room is None:
                channels.append(
                    e.Channel(
                        Uniqueid(f"{leg.uniqueid}s"),
                        leg.uniqueid,
                        _name(leg.seat),
                        "sip112-seat",
                        "AppDial",
                        talk,
                    )
                )
        for guest in self.guests:
            there = None if guest.ringing else guest.call
            channels.append(
                e.Channel(
                    guest.id,
                    guest.call if guest.id == f"{guest.call}s" else guest.id,
                    guest.name,
                    "sip112-room",
                    "ConfBridge",
                    not guest.ringing,
                    None,
                    there,
                    guest.way is Way.ASIDE,
                    guest.line,
                )
            )
        for tapper in self.tappers:
            name, line = f"PJSIP/{tapper.seat}-0000000b", Line(tapper.seat)
            taps = None if tapper.ringing else tapper.mode
            spy = e.Channel(tapper.id, tapper.id, name, "", "", bridged=False, line=line, taps=taps)
            channels.append(spy)
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
            case f.Take() | f.Drop() | f.StartCall():
                self._steer(effect)
            case f.Tap():
                self._retune(effect)
            case f.SendOff():
                self._send_off(effect)
            case _:
                pass

    def _steer(self, effect: f.Take | f.Drop | f.StartCall) -> None:
        match effect:
            case f.Take():
                self._take(effect)
            case f.Drop():
                self._drop(effect)
            case f.StartCall(purpose=Purpose.SPY):
                self._call_tapper(effect)
            case f.StartCall():
                self._start(effect)

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
        if leg.place in {"talk", "room"}:
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


def _name(seat: SeatId) -> str:
    return f"PJSIP/{seat}-0000000a"
