"""Popups: who shows the ticket of the call that rings at a seat, and what if nobody does.

A console that is open at the seat shows it, and says that it did. Nothing else tells: a page may
hang, or its stream be cut, while it seems to be there. So one that is silent for `UNSEEN_S` is
told to whoever watches, and the seat's phone is sent the ticket. A phone is sent it at once where
no console is open, or where the seat's settings do not count on one.

That a console is open, it says itself, again and again. One that went without a word is missed
after `CONSOLE_S`; until then its seat's phones get the ticket those two seconds later.
"""

from __future__ import annotations

from typing import Final, assert_never

from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, TicketNumber, Uniqueid
from sip112.routing.ledger import Ledger
from sip112.routing.pad import Pad, Reminder
from sip112.routing.roster import Roster
from sip112.routing.seat import Profile

UNSEEN_S: Final = 2.0
"""Seconds that a console has to say that it shows the ticket."""

CONSOLE_S: Final = 90.0
"""Seconds for which a console counts as open. Browsers run the timers of a page that nobody looks
at once a minute."""

_SENT: Final = frozenset({Profile.SIP_MESSAGE, Profile.YEALINK, Profile.SNOM})
"""Ways in which the ticket is sent to a phone; for the others phones come and get it."""

_NEVER: Final = Instant(0.0)


class Popups:
    """Which consoles are open, and which popups are not seen yet. Times are by the pad's clock."""

    def __init__(self, pad: Pad, roster: Roster, ledger: Ledger) -> None:
        self._pad = pad
        self._roster = roster
        self._ledger = ledger
        self._open: dict[SeatId, Instant] = {}
        """Seats at which a console is open, and until when it counts as that."""
        self._unseen: dict[CallId, Instant] = {}
        """Calls whose ticket a console has to show, and until when it may say so."""

    def __len__(self) -> int:
        """Return how many popups are awaited; 0 once every call is over."""
        return len(self._unseen)

    def command(self, command: e.PopupCommand) -> None:
        """Take what a console says of itself or of a popup, or refuse it."""
        seat = self._roster.get(command.seat)
        refusal = f.Refusal.UNKNOWN_SEAT if seat is None else self._take(command)
        self._pad.tell(f.Reply(command.id, seat, refusal))

    def show(self, call: Call, seat: SeatId, at: Instant) -> None:
        """Have the ticket of `call`, which was just offered to `seat`, shown there."""
        open_until = self._open.get(seat, _NEVER)
        if Profile.BROWSER in self._roster.popup(seat) and open_until > self._pad.clock:
            until = Instant(self._pad.clock + UNSEEN_S)
            self._unseen[call.id] = until
            self._pad.remind(until, "popup", call.pbx, call.uniqueid, seat)
        else:
            self._send(call, seat, at)

    def forget(self, call: CallId) -> None:
        """Await nothing more: the offer is over, or the call."""
        self._unseen.pop(call, None)

    def stands(self, due: Reminder) -> bool:
        """Whether a popup is still awaited until that deadline."""
        call = self._ledger.at(PbxId(due.key[0]), Uniqueid(due.key[1]))
        return call is not None and self._unseen.get(call.id) == due.at

    def due(self, due: Reminder, at: Instant) -> None:
        """Tell that nobody has seen a popup, and send it to the phone."""
        call = self._ledger.of(PbxId(due.key[0]))[Uniqueid(due.key[1])]
        seat = SeatId(due.key[2])
        self.forget(call.id)
        self._pad.record(
            at,
            f.EntryKind.POPUP_UNSEEN,
            call=call,
            seat=self._roster.get(seat),
            detail={"shown_by": " ".join(self._send(call, seat, at))},
        )

    # --- inside --------------------------------------------------------------------------

    def _take(self, command: e.PopupCommand) -> f.Refusal | None:
        match command:
            case e.ConsoleHere():
                self._open[command.seat] = Instant(self._pad.clock + CONSOLE_S)
            case e.ConsoleGone():
                self._open.pop(command.seat, None)
            case e.PopupSeen():
                return self._seen(command.call, command.seat)
            case _:
                assert_never(command)
        return None

    def _seen(self, known: CallId, seat: SeatId) -> f.Refusal | None:
        """Await the popup of a call no longer; or return why that cannot be."""
        call = self._ledger.call(known)
        if call is None:  # what is said late is not wrong
            return None if self._ledger.has_ended(known) else f.Refusal.UNKNOWN_CALL
        if all(offer.seat != seat for offer in call.offers):
            return f.Refusal.NOT_OFFERED
        if call.seat == seat:
            self.forget(known)
        return None

    def _send(self, call: Call, seat: SeatId, at: Instant) -> list[Profile]:
        """Send the ticket to the phone of `seat`, and return in which ways."""
        profiles = [each for each in self._roster.popup(seat) if each in _SENT]
        number = call.ticket_number or TicketNumber("")
        for profile in profiles:
            self._pad.do(
                f.ShowTicket(
                    call.pbx,
                    seat,
                    profile,
                    number,
                    f"{self._pad.config.ticket_url}/t/{number}",
                    call.caller,
                    max(0, round(at - call.arrived_at)),
                )
            )
        return profiles
