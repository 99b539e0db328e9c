"""The roster: who is on duty at which seat, and which seats can be rung.

A seat is on duty when Asterisk's queue has it as a member. The roster asks Asterisk for a
change of that, whoever wants it, and records it when it is confirmed; until then the seat is
not rung. On duty, the service holds the member (paused, `effects.HELD`), so that the queue
does not ring it beside us.

With several Asterisks a seat has a `Post` at each, and `Seat` is what they come to together. A
change is asked of all that can be reached. One that comes into sight again is made like the
others: on duty wherever it is on duty, paused wherever it is paused, and off duty where its
agent left while nothing could be asked of that Asterisk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing import reconcile
from sip112.routing.call import Call
from sip112.routing.ids import Instant, PbxId, SeatId
from sip112.routing.pad import OVERDUE_S, Pad, Reminder
from sip112.routing.policy import Bench
from sip112.routing.seat import Device, Post, Profile, Seat
from sip112.routing.value import value

Change = f.AddMember | f.RemoveMember | f.PauseMember
"""What can be asked of Asterisk about a seat's duty."""

DEADLINES: Final = frozenset({"wrap-up", "request", "hold", "align"})
"""Kinds of deadlines that are the roster's; the last part of their key is the seat."""

_STRENGTH: Final = (
    Device.UNKNOWN,
    Device.UNREGISTERED,
    Device.IDLE,
    Device.RINGING,
    Device.IN_USE,
)
"""States of a phone, from what says least of it to what says most."""


@value
class _Request:
    """A change of a seat's duty that was asked of an Asterisk."""

    action: Change
    until: Instant


@dataclass(slots=True)
class _Command:
    """Who asked for the changes of a seat that are on their way, and what came of them so far."""

    command: e.LogIn | e.LogOut | e.Pause | e.Resume
    confirmed: bool = False
    refusal: f.Refusal = f.Refusal.PBX_UNREACHABLE
    """Why not, as far as is known: at first nothing was asked of anybody."""
    detail: str = ""


class Roster:
    """The seats of one centre. See the module's docstring."""

    def __init__(self, pad: Pad) -> None:
        self._pad = pad
        self._config = pad.config
        self._configs = {each.id: each for each in pad.config.seats}
        self._seats: dict[SeatId, Seat] = {
            each.id: Seat(each.id, pad.config.centre, each.skills) for each in pad.config.seats
        }
        self._posts: dict[SeatId, dict[PbxId, Post]] = {
            seat: dict.fromkeys(pad.config.pbxs, Post()) for seat in self._seats
        }
        self.bench = Bench()
        """The seats that can be rung now, at one Asterisk at least."""
        self._requests: dict[SeatId, dict[PbxId, _Request]] = {}
        """Changes that Asterisk has not confirmed; a seat without any is not in here."""
        self._commands: dict[SeatId, _Command] = {}
        self._papers: dict[SeatId, Instant] = {}
        """When the last wrap-up of a seat is over, by the pad's clock."""
        self._picked_up: set[tuple[SeatId, PbxId]] = set()
        """Phones that rang and are in use now."""
        self._engaged: set[SeatId] = set()
        """Seats that call somebody themselves, or are about to: their phones may not know yet."""
        self._owed: set[tuple[PbxId, SeatId]] = set()
        """Where an agent left whom an Asterisk, out of reach then, still has on duty."""
        self._before: dict[SeatId, Seat] = {}
        """The seats as the store had them, until Asterisk tells who is there."""

    # --- what there is -------------------------------------------------------------------

    @property
    def seats(self) -> dict[SeatId, Seat]:
        """Every seat by its name, in the order of the settings. Not to be changed."""
        return self._seats

    def get(self, seat: SeatId | None) -> Seat | None:
        """Return a seat; None if there is none, or the settings do not name it."""
        return None if seat is None else self._seats.get(seat)

    def post(self, seat: SeatId, pbx: PbxId) -> Post:
        """Return a seat as `pbx` has it. KeyError if the settings do not name one of the two."""
        return self._posts[seat][pbx]

    def posts(self, pbx: PbxId) -> dict[SeatId, Post]:
        """Return every seat as `pbx` has it."""
        return {seat: posts[pbx] for seat, posts in self._posts.items()}

    def of(self, call: Call) -> Seat | None:
        """Return the seat that has `call`; None where it has none that the roster knows."""
        seat = self.get(call.seat)
        return seat if seat is not None and seat.call == call.id else None

    def all_of(self, call: Call) -> list[Seat]:
        """Return every seat that has `call`."""
        names = dict.fromkeys((call.seat, *(party.line.seat for party in call.parties)))
        seats = [self.get(name) for name in names]
        return [seat for seat in seats if seat is not None and seat.call == call.id]

    def by(self, seat: SeatId, at: Instant) -> Seat | None:
        """Return the seat that a fact of `at` tells of; None if it is unknown, or the fact old.

        What a note says of a call that has ended says nothing of the seat as it is by now.
        """
        return self._seats.get(seat) if at >= self._pad.now else None

    def rings(self, seat: SeatId, pbx: PbxId) -> bool:
        """Whether a seat of the bench can be rung at `pbx`."""
        return self._posts[seat][pbx].ready and self._pad.sees(pbx)

    def picked_up(self, seat: SeatId, pbx: PbxId) -> bool:
        """Whether the seat's phone rang and is in use now, by what the queue of `pbx` said."""
        return (seat, pbx) in self._picked_up

    def engaged(self, seat: SeatId) -> bool:
        """Whether the seat calls somebody itself, or is about to."""
        return seat in self._engaged

    def changing(self, seat: SeatId) -> bool:
        """Whether a change of the seat's duty is on its way."""
        return seat in self._requests

    def popup(self, seat: SeatId) -> tuple[Profile, ...]:
        """Return how the ticket is shown at a seat. KeyError if the settings do not name it."""
        return self._configs[seat].popup

    # --- what changes --------------------------------------------------------------------

    def put(self, seat: Seat, at: Instant, **changes: Any) -> Seat:
        """Keep the seat with `changes`, on the bench or off it, and return it."""
        changed = seat.evolve(since=at, **changes)
        if changed.state is seat.state:
            changed = seat.evolve(**changes)
        self._seats[seat.id] = changed
        self._rebench(changed)
        return changed

    def wrap_up(self, seat: Seat, at: Instant) -> Seat:
        """Let go of the call that `seat` had; its agent has paperwork, for a while after `at`."""
        wrap_up = self._config.wrap_up_s if seat.agent is not None else 0
        # a fact read back from a note is old, or from the future of a clock that is wrong
        left = min(at + wrap_up - self._pad.now, wrap_up)
        until = Instant(self._pad.now + left) if left > 0 else None
        if until is not None:
            due = Instant(self._pad.clock + left)
            self._papers[seat.id] = due
            self._pad.remind(due, "wrap-up", seat.id)
        return self.put(seat, at, call=None, talking=False, wrap_up_until=until)

    def let_go(self, seat: Seat, at: Instant) -> None:
        """Free `seat` from the call that it has; after paperwork, if it talked."""
        if seat.talking:
            self.wrap_up(seat, at)
        else:
            self.put(seat, at, call=None)
        self.tell(seat, at)

    def drop_paperwork(self, seat: SeatId, at: Instant) -> None:
        """Have no paperwork done for a call that is not over."""
        known = self._seats.get(seat)
        if known is not None and known.wrap_up_until is not None:
            self._end_wrap_up(known, at)

    def engage(self, seat: SeatId) -> None:
        """Ring a seat for no call until `disengage`, whatever its phone does meanwhile."""
        self._engaged.add(seat)
        self.bench.remove(seat)

    def disengage(self, seat: SeatId) -> None:
        """Ring a seat again as soon as its phone is idle."""
        self._engaged.discard(seat)
        known = self._seats.get(seat)
        if known is not None:
            self._rebench(known)

    def remember(self, seats: tuple[Seat, ...]) -> None:
        """Take what the store knew of seats: what an agent can do is not in Asterisk."""
        for seat in seats:
            if seat.id in self._seats:
                self._before[seat.id] = seat

    def member_changed(self, event: e.MemberChanged) -> Seat | None:
        """Take what the queue says of a seat, and return the seat as it was before.

        None, and counted, if it is not one of ours. `tell` must follow.
        """
        member = event.member
        seat = self._seats.get(member.seat)
        if seat is None or member.centre != self._config.centre:
            self._pad.ignore("MemberChanged of an unknown seat")
            return None
        posts = self._posts[seat.id]
        before = posts[event.pbx]
        posts[event.pbx] = reconcile.post(member, before.agent or seat.agent)
        self._note_pick_up(seat.id, event.pbx, before.device, member.device)
        changes = self._together(posts, seat)
        if seat.agent is None and seat.id in self._before:
            known = self._before.pop(seat.id)
            if known.agent == changes["agent"]:
                changes["skills"] = known.skills
        command = self._commands.get(seat.id)
        if command is not None and isinstance(command.command, e.LogIn):
            changes["skills"] = self._configs[seat.id].skills | command.command.skills
        self._confirm(event, self.put(seat, event.at, **changes))
        return seat

    def member_removed(self, event: e.MemberRemoved) -> None:
        """Take it that a seat is off duty at an Asterisk, by somebody's will: so at all of them."""
        seat = self._seats.get(event.seat)
        if (
            seat is None
            or event.centre != self._config.centre
            or self._posts[seat.id][event.pbx].agent is None
        ):
            self._pad.ignore("MemberRemoved of a seat that is off duty")
            return
        asked = self._requests.get(seat.id, {}).get(event.pbx)
        self._remove(seat, event.pbx, event.at)
        self._confirm(event, self._seats[seat.id])
        if asked is None or not isinstance(asked.action, f.RemoveMember):
            self._leave(seat.id)
        self.tell(seat, event.at)

    def as_elsewhere(self, pbx: PbxId, member: e.Member) -> e.Member:
        """Return a member of `pbx`, which was out of sight, without a pause that has ended.

        Whoever goes on with a pause says so where it can be heard; `hold` then ends it there too.
        """
        if not member.paused or member.reason == f.HELD or member.seat not in self._posts:
            return member
        posts = [self._posts[member.seat][each] for each in self._pad.seen() if each != pbx]
        members = [post for post in posts if post.agent is not None]
        if members and not any(post.pause_reason for post in members):
            return replace(member, paused=False, reason=None)
        return member

    def member_missing(self, pbx: PbxId, seat: SeatId, at: Instant) -> None:
        """Take it that the queue of `pbx`, which was out of sight, does not have a seat."""
        before = self._seats[seat]
        if self._posts[seat][pbx].agent is not None:
            self._remove(before, pbx, at)
            self.tell(before, at)

    def tell(self, before: Seat, at: Instant) -> None:
        """Record a seat's change if anybody but the desk itself can see it."""
        now = self._seats[before.id]
        if (
            now.state is not before.state
            or now.agent != before.agent
            or now.pause_reason != before.pause_reason
        ):
            self._pad.record(at, f.EntryKind.SEAT_CHANGED, seat=now)

    def look_again(self, at: Instant) -> None:
        """See the seats by the Asterisks that are in reach by now."""
        for before in list(self._seats.values()):
            changes = self._together(self._posts[before.id], before)
            if any(getattr(before, name) != new for name, new in changes.items()):
                self.put(before, at, **changes)
                self.tell(before, at)

    # --- what is asked for ---------------------------------------------------------------

    def command(self, command: e.DutyCommand) -> None:
        """Carry out `command`, or ask Asterisk to; or refuse it."""
        seat = self._seats.get(command.seat)
        if seat is None:
            self._pad.tell(f.Reply(command.id, None, f.Refusal.UNKNOWN_SEAT))
            return
        refusal = self._why_not(command, seat)
        if refusal is not None:
            self._pad.tell(f.Reply(command.id, seat, refusal))
            return
        if isinstance(command, e.EndWrapUp):
            self._pad.tell(f.Reply(command.id, self._end_wrap_up(seat, command.at)))
            return
        if isinstance(command, e.LogIn) and seat.agent == command.agent:
            self._pad.tell(f.Reply(command.id, seat))
            return
        self._commands[seat.id] = _Command(command)
        centre = self._config.centre
        match command:
            case e.LogIn():
                for pbx in self._pad.reached():  # none of which has anybody at the seat
                    self._request(f.AddMember(pbx, centre, seat.id, command.agent))
            case e.LogOut():
                self._leave(seat.id)
            case e.Pause():
                self._pause_all(seat.id, command.reason)
            case e.Resume():
                self._pause_all(seat.id, f.HELD)
            case _:
                assert_never(command)
        self._settle(seat.id)

    def hold(self, seat: SeatId) -> None:
        """See to it that no queue rings a seat on duty beside us."""
        for pbx, post in self._posts[seat].items():
            if post.released and self._pad.sees(pbx) and pbx not in self._requests.get(seat, ()):
                self._request(self._pause(pbx, seat, f.HELD))

    def align(self, seat: SeatId) -> None:
        """Have the Asterisks in sight agree on a seat, unless a change is on its way."""
        seen = self._pad.seen()
        if len(self._config.pbxs) == 1 or seat in self._requests:
            return
        for pbx in seen:
            if (pbx, seat) in self._owed:
                self._owed.discard((pbx, seat))
                if self._posts[seat][pbx].agent is not None:
                    self._request(f.RemoveMember(pbx, self._config.centre, seat))
        if seat in self._requests:
            return
        now = self._seats[seat]
        if now.agent is None:
            return
        for pbx in seen:
            post = self._posts[seat][pbx]
            if post.agent is None:
                self._request(f.AddMember(pbx, self._config.centre, seat, now.agent))
            elif post.agent != now.agent:
                self._request(f.RemoveMember(pbx, self._config.centre, seat))
            elif post.pause_reason != now.pause_reason:
                self._request(self._pause(pbx, seat, now.pause_reason or f.HELD))

    def pause_unanswering(self, seat: SeatId) -> None:
        """Pause a seat that let a call ring out, but never the last one on duty."""
        if seat in self._seats and seat not in self._requests and self._others_on_duty(seat):
            self._pause_all(seat, f.NO_ANSWER)

    def refused(self, action: Change, reason: str) -> bool:
        """Take it that Asterisk refused `action`. Return whether that was awaited."""
        request = self._requests.get(action.seat, {}).get(action.pbx)
        if request is None or request.action != action:
            self._pad.ignore("a change of duty failed that nobody waits for")
            return False
        self._give_up(action.seat, action.pbx, f.Refusal.PBX_REFUSED, reason)
        return True

    def give_up_all(self, pbx: PbxId) -> None:
        """Await nothing of `pbx` any more: there is no link."""
        for seat in list(self._requests):
            if pbx in self._requests[seat]:
                self._give_up(seat, pbx, f.Refusal.PBX_UNREACHABLE)

    def held(self, pbx: PbxId) -> tuple[SeatId, ...]:
        """Return the seats that the service holds at `pbx`."""
        return tuple(seat for seat, posts in self._posts.items() if posts[pbx].held)

    def stands(self, due: Reminder) -> bool:
        """Whether one of the roster's deadlines still is one."""
        seat = SeatId(due.key[-1])
        match due.kind:
            case "wrap-up":
                waits = self._seats[seat].wrap_up_until is not None
                return waits and self._papers.get(seat) == due.at
            case "request":
                request = self._requests.get(seat, {}).get(PbxId(due.key[0]))
                return request is not None and request.until == due.at
            case "hold":
                return self._posts[seat][PbxId(due.key[0])].released
            case _:
                return True

    def due(self, due: Reminder, at: Instant) -> None:
        """Do what one of the roster's deadlines was for."""
        seat = SeatId(due.key[-1])
        match due.kind:
            case "wrap-up":
                self._end_wrap_up(self._seats[seat], at)
            case "request":
                pbx = PbxId(due.key[0])
                self._give_up(seat, pbx, f.Refusal.PBX_REFUSED, "no confirmation came")
            case "hold":
                pbx = PbxId(due.key[0])
                if self._pad.sees(pbx):
                    self._pad.lose_sight(at, pbx, f"{seat} cannot be held")
            case _:
                self.align(seat)

    # --- inside --------------------------------------------------------------------------

    def _note_pick_up(self, seat: SeatId, pbx: PbxId, before: Device, now: Device) -> None:
        """Note that a phone is in use after it rang: while Asterisk dials it, it is so too."""
        if now is Device.IN_USE and before is Device.RINGING:
            self._picked_up.add((seat, pbx))
        elif now is not Device.IN_USE:
            self._picked_up.discard((seat, pbx))

    def _together(self, posts: dict[PbxId, Post], seat: Seat) -> dict[str, Any]:
        """Return what a seat's posts come to: agent, device, held, pause_reason."""
        if len(posts) == 1:
            (post,) = posts.values()
            return {
                "agent": post.agent,
                "device": post.device,
                "held": post.held,
                "pause_reason": post.pause_reason,
            }
        reached = [posts[pbx] for pbx in self._pad.reached()] or list(posts.values())
        members = [post for post in reached if post.agent is not None]
        agents = [post.agent for post in members]
        return {
            "agent": seat.agent if seat.agent in agents else next(iter(agents), None),
            "device": max((post.device for post in reached), key=_STRENGTH.index),
            "held": bool(members) and all(post.held for post in members),
            "pause_reason": next((p.pause_reason for p in members if p.pause_reason), None),
        }

    def _why_not(self, command: e.DutyCommand, seat: Seat) -> f.Refusal | None:
        """Return why `command` cannot be carried out now; None if it can."""
        if isinstance(command, e.EndWrapUp):
            return None if seat.wrap_up_until is not None else f.Refusal.NOT_WRAPPING_UP
        if seat.id in self._requests:
            return f.Refusal.CHANGING
        if isinstance(command, e.LogIn):
            if seat.agent not in {None, command.agent}:
                return f.Refusal.SEAT_TAKEN
            if any(
                each.agent == command.agent and each.id != seat.id for each in self._seats.values()
            ) or any(
                isinstance(asked.action, f.AddMember) and asked.action.agent == command.agent
                for requests in self._requests.values()
                for asked in requests.values()
            ):
                return f.Refusal.AGENT_ELSEWHERE
        elif seat.agent is None:
            return f.Refusal.OFF_DUTY
        if isinstance(command, e.LogOut) and seat.call is not None:
            return f.Refusal.IN_CALL
        if isinstance(command, e.Resume) and seat.pause_reason is None:
            return f.Refusal.NOT_PAUSED
        if not self._pad.reached():
            return f.Refusal.PBX_UNREACHABLE
        return None

    def _others_on_duty(self, seat: SeatId) -> bool:
        """Whether somebody else takes calls."""
        return any(
            each.on_duty and each.id not in self._requests
            for each in self._seats.values()
            if each.id != seat
        )

    def _end_wrap_up(self, seat: Seat, at: Instant) -> Seat:
        after = self.put(seat, at, wrap_up_until=None)
        self._pad.record(at, f.EntryKind.SEAT_CHANGED, seat=after)
        return after

    def _remove(self, seat: Seat, pbx: PbxId, at: Instant) -> None:
        """Keep it that the queue of `pbx` does not have a seat any more."""
        posts = self._posts[seat.id]
        posts[pbx] = Post(device=posts[pbx].device)
        changes = self._together(posts, seat)
        if changes["agent"] is None:
            changes |= {"wrap_up_until": None, "skills": self._configs[seat.id].skills}
        self.put(seat, at, **changes)

    def _leave(self, seat: SeatId) -> None:
        """Have the agent off duty wherever it is on duty, now or when that can be asked for."""
        reached = self._pad.reached()
        for pbx, post in self._posts[seat].items():
            if post.agent is not None and pbx in reached:
                self._request(f.RemoveMember(pbx, self._config.centre, seat))
            elif pbx not in reached:
                self._owed.add((pbx, seat))

    def _pause_all(self, seat: SeatId, reason: str) -> None:
        for pbx in self._pad.reached():
            if self._posts[seat][pbx].agent is not None:
                self._request(self._pause(pbx, seat, reason))

    def _pause(self, pbx: PbxId, seat: SeatId, reason: str) -> f.PauseMember:
        return f.PauseMember(pbx, self._config.centre, seat, reason)

    def _request(self, action: Change) -> None:
        """Ask Asterisk for a change of duty; until it is confirmed the seat is not rung."""
        request = _Request(action, Instant(self._pad.clock + OVERDUE_S))
        self._requests.setdefault(action.seat, {})[action.pbx] = request
        if isinstance(action, f.AddMember):
            self._owed.discard((action.pbx, action.seat))
        self._pad.remind(request.until, "request", action.pbx, action.seat)
        self.bench.remove(action.seat)
        self._pad.do(action)

    def _give_up(self, seat: SeatId, pbx: PbxId, why: f.Refusal, detail: str = "") -> None:
        """Await a change of duty no longer, and tell whoever asked for it."""
        request = self._requests[seat].pop(pbx)
        command = self._commands.get(seat)
        if command is not None:
            command.refusal, command.detail = why, detail
        self._settle(seat)
        again = Instant(self._pad.clock + OVERDUE_S)  # what refuses it now may do so for long
        if len(self._config.pbxs) > 1:
            self._pad.remind(again, "align", seat)
        if request.action == self._pause(pbx, seat, f.HELD):
            self._pad.remind(again, "hold", pbx, seat)
        else:
            self.hold(seat)

    def _confirm(self, event: e.MemberChanged | e.MemberRemoved, seat: Seat) -> None:
        """Await what `event` confirms no longer."""
        request = self._requests.get(seat.id, {}).get(event.pbx)
        if request is None:
            return
        match request.action:
            case f.AddMember():
                done = self._posts[seat.id][event.pbx].agent == request.action.agent
            case f.RemoveMember():
                done = isinstance(event, e.MemberRemoved)
            case f.PauseMember():
                # and not just any news of the seat, which may be older than our request
                done = isinstance(event, e.MemberRemoved) or (
                    event.member.paused and event.member.reason == request.action.reason
                )
            case _:
                assert_never(request.action)
        if done:
            del self._requests[seat.id][event.pbx]
            command = self._commands.get(seat.id)
            if command is not None:
                command.confirmed = True
            self._settle(seat.id)
            self.align(seat.id)

    def _settle(self, seat: SeatId) -> None:
        """Answer whoever asked for a change of a seat, once nothing more of it is awaited."""
        if self._requests.get(seat):
            return
        self._requests.pop(seat, None)
        self._rebench(self._seats[seat])
        command = self._commands.pop(seat, None)
        if command is None:
            return
        refusal = None if command.confirmed else command.refusal
        detail = "" if command.confirmed else command.detail
        self._pad.tell(f.Reply(command.command.id, self._seats[seat], refusal, detail))

    def _rebench(self, seat: Seat) -> None:
        if (
            seat.free
            and seat.id not in self._requests
            and seat.id not in self._engaged
            and any(post.ready for post in self._posts[seat.id].values())
        ):
            self.bench.add(seat)
        else:
            self.bench.remove(seat.id)
