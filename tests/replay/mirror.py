"""Asterisk's state at any instant of a recording, as a look at it would have shown it then."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sip112.routing import events as e
from sip112.routing.ids import CentreCode, Instant, SeatId, Uniqueid
from tests.replay.player import PBX


@dataclass
class Mirror:
    """What the events so far have made of Asterisk; `labels` are the tickets that calls carry."""

    centre: CentreCode
    labels: dict[Uniqueid, str] = field(default_factory=dict)
    members: dict[SeatId, e.Member] = field(default_factory=dict)
    notes: dict[Uniqueid, e.Note] = field(default_factory=dict)
    live: set[Uniqueid] = field(default_factory=set)
    legs: dict[Uniqueid, SeatId] = field(default_factory=dict)
    talking: dict[Uniqueid, tuple[SeatId, Instant]] = field(default_factory=dict)
    positions: dict[Uniqueid, int] = field(default_factory=dict)
    rooms: dict[Uniqueid, dict[Uniqueid, e.Channel]] = field(default_factory=dict)
    """Of each call that has one: who is in it, the caller too when they are."""

    def see(self, event: e.Event) -> None:
        """Take what happened in Asterisk."""
        match event:
            case e.Snapshot():
                self._look(event)
            case e.CallArrived():
                if event.uniqueid not in self.notes:  # told again at the end, where it was short
                    self.notes[event.uniqueid] = e.Note(event)
                    self.live.add(event.uniqueid)
            case e.CallQueued():
                self.positions[event.uniqueid] = event.position
            case e.SeatRings():
                self.legs[event.uniqueid] = event.seat
            case e.SeatAnswered():
                self.positions.pop(event.uniqueid, None)
                self.talking[event.uniqueid] = event.seat, event.at
                note = self.notes.get(event.uniqueid)
                if note is not None:
                    note = replace(note, seat=event.seat, answered_at=event.at)
                    self.notes[event.uniqueid] = note
            case e.SeatDialEnded() | e.CallReturned():
                self.legs.pop(event.uniqueid, None)
                self.positions.pop(event.uniqueid, None)
            case e.PartyJoined():
                self.legs.pop(event.uniqueid, None)
                self.talking.pop(event.uniqueid, None)
                self._join(event)
            case e.PartyLeft():
                self.rooms.get(event.uniqueid, {}).pop(event.party, None)
            case e.LeftAlone():
                self.rooms.pop(event.uniqueid, None)
                note = self.notes[event.uniqueid]
                self.notes[event.uniqueid] = replace(note, seat=None, answered_at=None)
            case e.CallEnded():
                self._end(event)
            case e.MemberChanged():
                self.members[event.member.seat] = event.member
            case e.MemberRemoved():
                self.members.pop(event.seat, None)
            case _:
                pass

    def snapshot(self, at: Instant) -> e.Snapshot:
        """Return what a look shows at `at`."""
        channels = []
        for uniqueid in sorted(self.live):
            bridged = uniqueid in self.talking
            name = self.notes[uniqueid].arrival.channel
            label = self.labels.get(uniqueid)
            room = self.rooms.get(uniqueid, {})
            channels += [replace(each, ticket_number=label) for each in room.values()]
            if uniqueid in room:
                continue
            channels.append(
                e.Channel(uniqueid, uniqueid, name, "sip112-wait", "Queue", bridged, label)
            )
            seat = self.talking[uniqueid][0] if bridged else self.legs.get(uniqueid)
            if seat is not None:
                leg = Uniqueid(f"{uniqueid}9")
                channels.append(
                    e.Channel(leg, uniqueid, f"PJSIP/{seat}-0000000a", "", "AppDial", bridged)
                )
        return e.Snapshot(
            at,
            PBX,
            self.centre,
            tuple(channels),
            tuple(self.members.values()),
            tuple(self.notes.values()),
            {uid: n for uid, n in self.positions.items() if uid not in self.legs},
        )

    def _join(self, event: e.PartyJoined) -> None:
        """Somebody is in a room, or has come from aside to the caller there."""
        self.rooms.setdefault(event.uniqueid, {})[event.party] = e.Channel(
            event.party,
            event.uniqueid,
            event.channel,
            "sip112-room",
            "ConfBridge",
            bridged=True,
            room=event.uniqueid,
            aside=event.aside,
            line=event.line,
        )

    def _look(self, snapshot: e.Snapshot) -> None:
        """What was there at the beginning, and what a restart of Asterisk took with it."""
        there = {channel.uniqueid for channel in snapshot.channels}
        self.live &= there
        self.members = {member.seat: member for member in snapshot.members}
        for note in snapshot.notes:
            uniqueid = note.arrival.uniqueid
            if note.ended_at is not None or uniqueid not in self.notes:
                self.notes[uniqueid] = note
            if note.ended_at is None and uniqueid in there:
                self.live.add(uniqueid)
        legs = {
            each.linkedid: SeatId(each.name.partition("/")[2].rpartition("-")[0])
            for each in snapshot.channels
            if each.uniqueid != each.linkedid
        }
        for channel in snapshot.channels:
            if channel.bridged and channel.uniqueid in self.live and channel.linkedid in legs:
                self.talking.setdefault(channel.uniqueid, (legs[channel.linkedid], snapshot.at))
        for channel in snapshot.channels:
            if channel.room is not None:
                self.rooms.setdefault(channel.room, {})[channel.uniqueid] = channel
        for state in (self.legs, self.positions, self.talking, self.rooms):
            for gone in state.keys() - self.live:
                del state[gone]

    def _end(self, event: e.CallEnded) -> None:
        uniqueid = event.uniqueid
        self.talking.pop(uniqueid, None)
        if uniqueid in self.notes:
            self.notes[uniqueid] = replace(
                self.notes[uniqueid],
                ended_at=event.at,
                cause=event.cause,
                by_pbx=event.by_pbx,
                ticket_number=self.labels.get(uniqueid),
            )
        self.live.discard(uniqueid)
        self.rooms.pop(uniqueid, None)
        self.legs.pop(uniqueid, None)
        self.positions.pop(uniqueid, None)
