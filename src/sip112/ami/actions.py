"""What the core wants, in Asterisk's words: effects to AMI actions, without I/O.

Each action is a dict of AMI headers, in order, without its ActionID. None needs more than
the rights ``call``, ``agent``, ``reporting`` and ``message``.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final, assert_never

from sip112 import display
from sip112.ami import names
from sip112.routing import effects as f
from sip112.routing.ids import CentreCode

AmiAction = dict[str, str]

_NOTES: Final[AmiAction] = {"Action": "DBGetTree", "Family": names.FAMILY}
LISTS: Final[tuple[AmiAction, ...]] = (
    _NOTES,
    {"Action": "Status", "Variables": "SIP112_TICKET"},
    {"Action": "QueueStatus"},
    _NOTES,
)
"""The lists that make up a snapshot, in the order of `translate.snapshot`'s arguments."""


def variables(centre: CentreCode) -> tuple[AmiAction, ...]:
    """Return what asks for the rest of it, in the order of `translate.Variables`."""
    asked = (
        names.owner(centre),
        names.newest(centre),
        names.mode(centre),
        names.PULSE,
        names.CLOCK,
    )
    return tuple({"Action": "Getvar", "Variable": variable} for variable in asked)


def _setvar(variable: str, value: str, channel: str | None = None) -> AmiAction:
    action = {"Action": "Setvar", "Variable": variable, "Value": value}
    if channel is not None:
        action["Channel"] = channel
    return action


def _message(effect: f.ShowTicket) -> str:
    shown = display.Shown(effect.ticket_number, effect.caller, effect.waited_s)
    return b64encode(display.line(shown).encode()).decode()


def _take(effect: f.Take) -> AmiAction:
    action = {"Action": "Redirect"}
    for extra, (channel, way) in zip(("", "Extra"), effect.moves, strict=False):
        action |= {
            f"{extra}Channel": channel,
            f"{extra}Context": names.ROOM_CONTEXT,
            f"{extra}Exten": names.room_extension(effect.uniqueid, way),
            f"{extra}Priority": "1",
        }
    return action


def actions(effect: f.Action) -> tuple[AmiAction, ...]:
    """Return the AMI actions that carry out `effect`, in the order in which they must be sent.

    `effects.Resync` and `effects.Look` have none: they are the link's own work. A ticket that
    is shown by NOTIFY is another user's (`originate`); here it is a MESSAGE.
    """
    match effect:
        case f.RingSeat():
            return (
                {
                    "Action": "Redirect",
                    "Channel": effect.channel,
                    "Context": names.SEAT_CONTEXT,
                    "Exten": names.seat_extension(effect.seat, effect.token),
                    "Priority": "1",
                },
            )
        case f.LabelCall():
            return (_setvar(names.TICKET, effect.ticket_number, effect.channel),)
        case f.ShowTicket():
            return (
                {
                    "Action": "MessageSend",
                    "Destination": f"pjsip:{effect.seat}",
                    "From": "sip:112@localhost",
                    "Base64Body": _message(effect),
                },
            )
        case f.AddMember():
            return (
                {
                    "Action": "QueueAdd",
                    "Queue": names.queue_name(effect.centre),
                    "Interface": names.interface(effect.seat),
                    "StateInterface": names.interface(effect.seat),
                    "MemberName": effect.agent,
                    "Paused": "true",
                    "Reason": f.HELD,
                },
            )
        case f.RemoveMember():
            return (
                {
                    "Action": "QueueRemove",
                    "Queue": names.queue_name(effect.centre),
                    "Interface": names.interface(effect.seat),
                },
                _setvar(f"GLOBAL(SIP112_PAUSED_{effect.seat})", ""),
            )
        case f.PauseMember():
            return (
                {
                    "Action": "QueuePause",
                    "Queue": names.queue_name(effect.centre),
                    "Interface": names.interface(effect.seat),
                    "Paused": "true",
                    "Reason": effect.reason,
                },
                _setvar(
                    f"GLOBAL(SIP112_PAUSED_{effect.seat})",
                    "" if effect.reason == f.HELD else "1",
                ),
            )
        case f.Beat():
            return (_setvar(names.beat(effect.centre), str(int(effect.at * 1000))),)
        case f.TakeOver():
            centre = effect.centre
            return (
                _setvar(names.owner(centre), str(effect.token)),
                _setvar(names.ring_time(centre), str(effect.ring_s)),
                _setvar(names.url(centre), effect.ticket_url),
                _setvar(names.record(centre), names.ON if effect.record else names.OFF),
                _setvar(names.mode(centre), names.SERVICE),
            )
        case f.HandOver():
            # the mode first: what is released after that, no watchdog has to look for
            return (
                _setvar(names.mode(effect.centre), names.NATIVE),
                *(
                    {
                        "Action": "QueuePause",
                        "Queue": names.queue_name(effect.centre),
                        "Interface": names.interface(seat),
                        "Paused": "false",
                    }
                    for seat in effect.seats
                ),
            )
        case f.ForgetCall():
            key = f"{names.FAMILY}/call/{effect.uniqueid}"
            return (_setvar(f"DB_DELETE({key})", "1"),)
        case f.ReserveSerials():
            return (
                _setvar(f"GLOBAL(SIP112_SERIAL_{effect.centre})", f"{effect.day}:{effect.upto}"),
            )
        case f.Take():
            return (_take(effect),)
        case f.Drop() | f.SendOff():
            return ({"Action": "Hangup", "Channel": effect.handle},)
        case f.Tap():
            return (
                {
                    "Action": "Redirect",
                    "Channel": effect.handle,
                    "Context": names.SPY_CONTEXT,
                    "Exten": names.spy_extension(effect.handle, effect.mode),
                    "Priority": "1",
                },
            )
        case f.Resync() | f.Look():
            return ()
        case _:
            assert_never(effect)
