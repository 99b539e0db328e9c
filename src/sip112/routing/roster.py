"""The roster: who is on duty at which seat, and which seats can be rung.

A seat is on duty when Asterisk's queue has it as a member. The roster asks Asterisk for a
change of that, whoever wants it, and records it when it is confirmed; until then the seat is
not rung. On duty, the service holds the member (paused, `effects.HELD`), so that the queue
does not ring it beside us.
"""

from __future__ import annotations

from typing import Any, Final, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call
from sip112.routing.ids import AgentId, Instant, SeatId
from sip112.routing.pad import CLEAR, OVERDUE_S, Pad, Sight
from sip112.routing.policy import Bench
from sip112.routing.seat import Seat
from sip112.routing.value import value

Change = f.AddMember | f.RemoveMember | f.PauseMember
"""What can be asked of Asterisk about a seat's duty."""

DEADLINES: Final = frozenset({"wrap-up", "request", "hold"})
"""Kinds of deadlines that are the roster's; their key is the seat."""


@value
class _Request:
    """A change of a seat's duty that was asked of Asterisk."""

    action: Change
    until: Instant
    command: e.LogIn | e.LogOut | e.Pause | e.Resume | None = None
    """Who asked for it; None is the roster itself."""


class Roster:
    """The seats of one centre. See the module's docstring."""

    def __init__(self, pad: Pad) -> None:
        self._pad = pad
        self._config = pad.config
        self._configs = {each.id: each for each in pad.config.seats}
        self._seats: dict[SeatId, Seat] = {
            each.id: Seat(each.id, pad.config.centre, each.skills) for each in pad.config.seats
        }
        self.bench = Bench()
        """The seats that can be rung now."""
        self._requests: dict[SeatId, _Request] = {}
        """Changes that Asterisk has not confirmed."""

    # --- what there is -------------------------------------------------------------------

    @property
    def seats(self) -> dict[SeatId, Seat]:
        """Every seat by its name, in the order of the settings. Not to be changed."""
        return self._seats

    def get(self, seat: SeatId | None) -> Seat | None:
        """Return a seat; None if there is none, or the settings do not name it."""
        return None if seat is None else self._seats.get(seat)

    def of(self, call: Call) -> Seat | None:
        """Return the seat that has `call`; None where it has none that the roster knows."""
        seat = self.get(call.seat)
        return seat if seat is not None and seat.call == call.id else None

    def by(self, seat: SeatId, at: Instant) -> Seat | None:
        """Return the seat that a fact of `at` tells of; None if it is unknown, or the fact old.

        What a note says of a call that has ended says nothing of the seat as it is by now.
        """
        return self._seats.get(seat) if at >= self._pad.now else None

    def wants_message(self, seat: SeatId) -> bool:
        """Whether a SIP MESSAGE goes to the seat's phone as it rings."""
        return self._configs[seat].message

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
        until = Instant(at + wrap_up) if at + wrap_up > self._pad.now else None
        if until is not None:
            self._pad.remind(until, f"wrap-up {seat.id}")
        return self.put(seat, at, call=None, talking=False, wrap_up_until=until)

    def member_changed(self, event: e.MemberChanged) -> Seat | None:
        """Take what the queue says of a seat, and return the seat as it was before.

        None, and counted, if it is not one of ours. `tell` must follow.
        """
        member = event.member
        seat = self._seats.get(member.seat)
        if seat is None or member.centre != self._config.centre:
            self._pad.ignore("MemberChanged of an unknown seat")
            return None
        held = member.paused and member.reason == f.HELD
        reason = (member.reason or "paused") if member.paused and not held else None
        skills = seat.skills
        asked = self._requests.get(seat.id)
        if asked is not None and isinstance(asked.command, e.LogIn):
            skills = self._configs[seat.id].skills | asked.command.skills
        changed = self.put(
            seat,
            event.at,
            agent=member.agent or seat.agent or AgentId(seat.id),
            device=member.device,
            held=held,
            pause_reason=reason,
            skills=skills,
        )
        self._confirm(event, changed)
        return seat

    def member_removed(self, event: e.MemberRemoved) -> None:
        """Take it that a seat is off duty."""
        seat = self._seats.get(event.seat)
        if seat is None or seat.agent is None or event.centre != self._config.centre:
            self._pad.ignore("MemberRemoved of a seat that is off duty")
            return
        changed = self.put(
            seat,
            event.at,
            agent=None,
            held=False,
            pause_reason=None,
            wrap_up_until=None,
            skills=self._configs[seat.id].skills,
        )
        self._confirm(event, changed)
        self.tell(seat, event.at)

    def tell(self, before: Seat, at: Instant) -> None:
        """Record a seat's change if anybody but the desk itself can see it."""
        now = self._seats[before.id]
        if (
            now.state is not before.state
            or now.agent != before.agent
            or now.pause_reason != before.pause_reason
        ):
            self._pad.record(at, f.EntryKind.SEAT_CHANGED, seat=now)

    # --- what is asked for ---------------------------------------------------------------

    def command(self, command: e.Command) -> None:
        """Carry out `command`, or ask Asterisk to; or refuse it."""
        seat = self._seats.get(command.seat)
        if seat is None:
            self._pad.reply(f.Reply(command.id, None, f.Refusal.UNKNOWN_SEAT))
            return
        refusal = self._why_not(command, seat)
        if refusal is not None:
            self._pad.reply(f.Reply(command.id, seat, refusal))
            return
        centre, pbx = self._config.centre, self._config.pbx
        match command:
            case e.LogIn():
                if seat.agent == command.agent:
                    self._pad.reply(f.Reply(command.id, seat))
                    return
                action: Change = f.AddMember(pbx, centre, seat.id, command.agent)
            case e.LogOut():
                action = f.RemoveMember(pbx, centre, seat.id)
            case e.Pause():
                action = self._pause(seat.id, command.reason)
            case e.Resume():
                action = self._pause(seat.id, f.HELD)
            case e.EndWrapUp():
                self._pad.reply(f.Reply(command.id, self._end_wrap_up(seat, command.at)))
                return
            case _:
                assert_never(command)
        self._request(seat.id, command.at, action, command)

    def hold(self, seat: SeatId, at: Instant) -> None:
        """See to it that the queue does not ring a seat on duty beside us."""
        clear = self._pad.sight is CLEAR
        if clear and self._seats[seat].released and seat not in self._requests:
            self._request(seat, at, self._pause(seat, f.HELD))

    def pause_unanswering(self, seat: SeatId, at: Instant) -> None:
        """Pause a seat that let a call ring out, but never the last one on duty."""
        if seat in self._seats and seat not in self._requests and self._others_on_duty(seat):
            self._request(seat, at, self._pause(seat, f.NO_ANSWER))

    def refused(self, action: Change, at: Instant, reason: str) -> bool:
        """Take it that Asterisk refused `action`. Return whether that was awaited."""
        request = self._requests.get(action.seat)
        if request is None or request.action != action:
            self._pad.ignore("a change of duty failed that nobody waits for")
            return False
        self._give_up(action.seat, at, f.Refusal.PBX_REFUSED, reason)
        return True

    def give_up_all(self, at: Instant) -> None:
        """Await nothing any more: there is no link."""
        for seat in list(self._requests):
            self._give_up(seat, at, f.Refusal.PBX_UNREACHABLE)

    def stands(self, until: Instant, kind: str, seat: SeatId) -> bool:
        """Whether one of the roster's deadlines still is one."""
        match kind:
            case "wrap-up":
                return self._seats[seat].wrap_up_until == until
            case "request":
                request = self._requests.get(seat)
                return request is not None and request.until == until
            case _:
                return self._seats[seat].released

    def due(self, at: Instant, kind: str, seat: SeatId) -> None:
        """Do what one of the roster's deadlines was for."""
        match kind:
            case "wrap-up":
                self._end_wrap_up(self._seats[seat], at)
            case "request":
                self._give_up(seat, at, f.Refusal.PBX_REFUSED, "no confirmation came")
            case _:
                if self._pad.sight is CLEAR:
                    self._pad.lose_sight(at, f"{seat} cannot be held")

    # --- inside --------------------------------------------------------------------------

    def _why_not(self, command: e.Command, seat: Seat) -> f.Refusal | None:
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
                for asked in self._requests.values()
            ):
                return f.Refusal.AGENT_ELSEWHERE
        elif seat.agent is None:
            return f.Refusal.OFF_DUTY
        if isinstance(command, e.LogOut) and seat.call is not None:
            return f.Refusal.IN_CALL
        if isinstance(command, e.Resume) and seat.pause_reason is None:
            return f.Refusal.NOT_PAUSED
        if self._pad.sight is Sight.DARK:
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

    def _pause(self, seat: SeatId, reason: str) -> f.PauseMember:
        return f.PauseMember(self._config.pbx, self._config.centre, seat, reason)

    def _request(
        self,
        seat: SeatId,
        at: Instant,
        action: Change,
        command: e.LogIn | e.LogOut | e.Pause | e.Resume | None = None,
    ) -> None:
        """Ask Asterisk for a change of duty; until it is confirmed the seat is not rung."""
        request = _Request(action, Instant(at + OVERDUE_S), command)
        self._requests[seat] = request
        self._pad.remind(request.until, f"request {seat}")
        self.bench.remove(seat)
        self._pad.do(action)

    def _give_up(self, seat: SeatId, at: Instant, why: f.Refusal, detail: str = "") -> None:
        """Await a change of duty no longer, and tell whoever asked for it."""
        request = self._requests.pop(seat)
        if request.command is not None:
            self._pad.reply(f.Reply(request.command.id, self._seats[seat], why, detail))
        self._rebench(self._seats[seat])
        if request.action != self._pause(seat, f.HELD):
            self.hold(seat, at)
        else:  # again, but not at once: what refuses it now may refuse it for long
            self._pad.remind(Instant(at + OVERDUE_S), f"hold {seat}")

    def _confirm(self, event: e.MemberChanged | e.MemberRemoved, seat: Seat) -> None:
        """Answer the command that `event` confirms, if it is the one awaited."""
        if seat.id not in self._requests:
            return
        request = self._requests[seat.id]
        match request.action:
            case f.AddMember():
                done = seat.agent == request.action.agent
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
            del self._requests[seat.id]
            self._rebench(seat)
            if request.command is not None:
                self._pad.reply(f.Reply(request.command.id, self._seats[seat.id]))

    def _rebench(self, seat: Seat) -> None:
        if seat.free and seat.held and seat.id not in self._requests:
            self.bench.add(seat)
        else:
            self.bench.remove(seat.id)
