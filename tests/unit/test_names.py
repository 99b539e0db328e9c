"""The dialplan snippets and the service share names: here they are held together."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sip112.ami import names, phones, translate
from sip112.ami.actions import LISTS, actions, variables
from sip112.ami.translate import EVENTS
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.desk import STALL_S
from sip112.routing.ids import CentreCode, Instant, SeatId
from sip112.service.check import _CONTEXTS, _NEEDED, _UNWANTED
from sip112.service.tenure import TICK_S
from tests.unit.centre import PBX, PKY, START
from tests.unit.test_actions import EXAMPLES, ID, SEAT

CONFIG = Path(__file__).parents[2] / "asterisk-config"


def lines(name: str) -> list[str]:
    """Return the lines of a snippet without comments and blanks."""
    text = (CONFIG / name).read_text()
    stripped = (re.sub(r"(?<!\\);.*", "", line).strip() for line in text.splitlines())
    return [line for line in stripped if line]


def sections(name: str) -> dict[str, list[str]]:
    """Return the lines of each section of a snippet."""
    found: dict[str, list[str]] = {}
    for line in lines(name):
        if match := re.match(r"\[([^]]+)]", line):
            found[match[1]] = []
        elif found:
            found[list(found)[-1]].append(line)
    return found


def options(name: str, section: str) -> dict[str, str]:
    """Return the options of one section; of one given twice the last."""
    pairs = (line.partition("=") for line in sections(name)[section])
    return {key.strip(): value.strip() for key, _, value in pairs}


DIALPLAN = sections("extensions-sip112.conf")
TEXT = "\n".join(lines("extensions-sip112.conf"))


def extensions(context: str) -> set[str]:
    """Return the extensions of a context."""
    found = (re.match(r"exten => ([^,]+),", line) for line in DIALPLAN[context])
    return {match[1] for match in found if match}


ANY = "_[0-9A-Za-z]."
"""The pattern of any seat's name, but of no extension that Asterisk itself looks for (h, i, t)."""


# --- names -------------------------------------------------------------------------------------


def test_names_are_made_and_read_alike() -> None:
    """What one function makes, the other one reads."""
    assert names.centre_of(names.queue_name(PKY)) == "PKY"
    assert names.centre_of(names.all_queue_name(PKY)) == "PKY"
    assert names.seat_of(names.interface(SeatId("seat-03"))) == "seat-03"
    assert names.seat_of_channel("PJSIP/seat-03-0000002a") == "seat-03"


@pytest.mark.parametrize(
    "queue",
    [
        *("", "support", "sip112", "sip112-", "SIP112-PKY", "sip112-pky", "sip112-P", "sip112-all"),
        *("sip112-PKY-all-all", "sip112-PKY-some", "sip112-PKY-", "sip112--all", "sip112-PKY\n"),
        "sip112-PPPPPPPPPPPPP",
    ],
)
def test_other_queues_belong_to_no_centre(queue: str) -> None:
    """Other people's queues on the same Asterisk."""
    assert names.centre_of(queue) is None


@pytest.mark.parametrize(
    "channel", ["", "SIP/seat-03-0000002a", "PJSIP/", "PJSIP/-0000002a", "PJSIP/x"]
)
def test_other_channels_are_no_seats(channel: str) -> None:
    """Another technology, or a name without its number."""
    assert names.seat_of_channel(channel) is None


@pytest.mark.parametrize(
    ("channel", "is_one"),
    [
        ("Local/PKY@sip112-overflow-0000002a;1", True),
        ("Local/PKY@sip112-overflow2-0000002a;1", False),
        ("Local/loop@sip112-watch-0000002a;1", False),
        ("PJSIP/seat-03-0000002a", False),
        ("PJSIP/x@sip112-overflow-0000002a", False),
        ("", False),
    ],
)
def test_a_call_to_the_overflow_is_known_by_its_channel(channel: str, is_one: bool) -> None:
    """Which Asterisk names after the context."""
    assert names.is_overflow(channel) is is_one


# --- the dialplan --------------------------------------------------------------------------------


def test_a_redirect_finds_its_extension() -> None:
    """The seat and the token are the extension, of any name that a seat may have."""
    (pattern,) = extensions(names.SEAT_CONTEXT)
    assert pattern == ANY
    seat, token = names.seat_extension(SEAT, 17).split("*")
    assert (seat, token) == (SEAT, "17")
    assert "Set(sip112_rings=${CUT(EXTEN,*,1)})" in TEXT
    assert "${CUT(EXTEN,*,2)}" in TEXT
    assert f"Dial({names.TECH}${{sip112_rings}}," in TEXT


def test_the_overflow_is_dialled_where_the_service_looks_for_it() -> None:
    """Under the name by which its channel is known."""
    assert f"Dial(Local/${{SIP112_CENTRE}}@{names.OVERFLOW_CONTEXT}/n," in TEXT


@pytest.mark.parametrize(
    "variable",
    [
        names.beat,
        names.mode,
        names.owner,
        names.newest,
        names.ring_time,
        names.url,
        names.record,
    ],
    ids=lambda function: function.__name__,
)
def test_global_variables_are_read_where_the_service_sets_them(
    variable: Callable[[CentreCode], str],
) -> None:
    """Under the same name, with the centre of a call, or the one that the watchdog looks at."""
    of_calls, of_watchdog = (
        f"${{{variable(CentreCode(f'${{{name}}}'))}}}" for name in ("SIP112_CENTRE", "centre")
    )
    assert of_calls in TEXT or of_watchdog in TEXT


def test_the_watchdogs_pulse_is_read_where_it_beats() -> None:
    """By the clock that it beats by."""
    assert f"Set({names.PULSE}=${{{names.CLOCK}}})" in TEXT


def test_the_tickets_number_is_read_where_the_service_sets_it() -> None:
    """Without the underscores, which are Asterisk's sign that it is inherited."""
    assert names.TICKET.startswith("__")
    assert f"${{{names.TICKET.removeprefix('__')}}}" in TEXT
    assert LISTS[1]["Variables"] == names.TICKET.removeprefix("__")
    for name in (names.INCIDENT, names.SOURCE):
        assert name.startswith("__")
        assert any(f"${{{name.removeprefix('__')}}}" in row for row in DIALPLAN["sip112-neighbour"])


def test_every_variable_that_an_action_sets_stands_in_the_dialplan() -> None:
    """Those that carry a seat's or a centre's name, too."""
    sent = [action for effect in EXAMPLES for action in actions(effect)]
    for variable in {action["Variable"] for action in sent if action["Action"] == "Setvar"}:
        name = variable.removeprefix("__").removeprefix("GLOBAL(").removesuffix(")")
        stem = name.removesuffix(SEAT).removesuffix("PKY").partition("/")[0]
        if stem != "DB_DELETE(sip112":
            assert re.search(rf"\$\{{(GLOBAL\()?{re.escape(stem)}", TEXT), variable


def test_the_mode_that_ends_native_mode_is_the_one_that_the_dialplan_asks_for() -> None:
    """Anything else would leave the watchdog ringing."""
    *_, last = actions(f.TakeOver(PBX, PKY, 1, 15, ""))
    assert last["Variable"] == names.mode(PKY)
    for name in ("centre", "SIP112_CENTRE"):
        mode = names.mode(CentreCode(f"${{{name}}}"))
        assert re.search(rf'"\$\{{{re.escape(mode)}\}}"!?="{last["Value"]}"', TEXT)
    first, *_ = actions(f.HandOver(PBX, PKY, (SEAT,)))
    assert (first["Variable"], first["Value"]) == (names.mode(PKY), names.NATIVE)
    assert f"Set({names.mode(CentreCode('${centre}'))}={names.NATIVE})" in TEXT


def test_the_watchdog_waits_longer_than_the_heart_needs() -> None:
    """And for as long as the service and the tests believe."""
    assert "${GLOBAL(SIP112_MISSED_${centre})} < 5]?done" in TEXT
    assert "n,Wait(0.5)" in TEXT
    assert TICK_S < 5 * 0.5 <= STALL_S


def test_calls_are_recorded_unless_the_service_says_off() -> None:
    """Also when it never said anything; wherever a seat can answer, and in one way."""
    off = f"${{{names.record(CentreCode('${SIP112_CENTRE}'))}}}"
    record = (
        f'ExecIf($[${{LEN(${{SIP112_RECORDED}})}}=0 & "{off}"!="{names.OFF}"]'
        "?MixMonitor(${SIP112_FILE},b"
    )
    assert TEXT.count("MixMonitor(${") == TEXT.count(record)
    for context in ("sip112-answered", names.SEAT_CONTEXT, "sip112-wait", "sip112-room"):
        assert any(record in row for row in DIALPLAN[context])


def test_a_recording_is_found_where_it_is_written() -> None:
    """Under the centre, the UTC day of arrival, and Asterisk's id: nothing that a caller sent."""
    (written_to,) = re.findall(r"Set\(__SIP112_FILE=sip112/(.*)\)$", TEXT, re.MULTILINE)
    day = "${STRFTIME(${SIP112_ARRIVED},UTC,%Y%m%d)}"
    assert written_to == f"${{SIP112_CENTRE}}/{day}/${{UNIQUEID}}.wav"
    midnight = Instant(1795651200.5)
    assert names.recording(PKY, midnight, ID) == f"PKY/20261126/{ID}.wav"
    assert names.recording(PKY, Instant(midnight - 1), ID) == f"PKY/20261125/{ID}.wav"


def test_every_key_in_astdb_is_in_the_family() -> None:
    """And is one that the service reads, or the watchdog's list of centres; or a phone's."""
    keys = {match[1] for match in re.finditer(r"\bDB\w*\(([^$)]+)", TEXT)}
    ours = {f"{names.FAMILY}/{kind}" for kind in ("call/", "serial/", "centre/", "centre")}
    ours |= {f"{names.FAMILY}/{kind}" for kind in ("room/", "room")}
    assert keys == ours | {f"{phones.FAMILY}/auth/"}
    assert LISTS[0]["Family"] == LISTS[3]["Family"] == names.FAMILY
    (forget,) = actions(f.ForgetCall(PBX, ID))
    assert forget["Variable"] == f"DB_DELETE({names.FAMILY}/call/{ID})"


def test_every_queue_is_the_centres() -> None:
    """In the dialplan, in the watchdog, and in queues.conf's template."""
    queues = set(re.findall(r"(?:Queue|QUEUE_[A-Z_]+|UnpauseQueueMember)\(([^,)]+)", TEXT))
    of_call, of_watchdog = (CentreCode(f"${{{name}}}") for name in ("SIP112_CENTRE", "centre"))
    assert queues == {
        names.queue_name(of_call),
        names.all_queue_name(of_call),
        names.queue_name(of_watchdog),
    }
    templates = "sip112-queue-any", "sip112-queue", "sip112-queue-all"
    assert tuple(sections("queues-sip112.conf")) == templates
    common, *kinds = (options("queues-sip112.conf", template) for template in templates)
    for kind in kinds:  # of a strategy that is given twice app_queue takes the first
        assert not set(kind) & set(common)


def test_the_watchdog_reads_a_seat_from_its_interface_as_the_service_does() -> None:
    """The name after the slash is part of a variable's name."""
    assert "GLOBAL(SIP112_PAUSED_${CUT(member,/,2)})" in TEXT
    assert names.interface(SEAT).split("/")[1] == SEAT


def test_a_goto_leads_somewhere() -> None:
    """Every context that is named is there, in the snippets themselves and in `sip112 check`."""
    named = {match[1] for match in re.finditer(r"\b(sip112-[a-z]+)[,^)]", TEXT)}
    assert named | {names.SEAT_CONTEXT} <= set(DIALPLAN) | {"sip112-overflow"}
    for place in _CONTEXTS:
        context, extension, _ = place.split(",")
        assert {extension, ANY} & extensions(context)
    (start,) = sections("cli-sip112.conf") or [lines("cli-sip112.conf")[0]]
    for extension, context in re.findall(r"(\w+)@([\w-]+)", start):
        assert extension in extensions(context)


@pytest.mark.parametrize("context", names.STARTED_CONTEXTS.values())
def test_a_phone_that_is_not_picked_up_has_nothing_done(context: str) -> None:
    """Asterisk looks for the extension `failed` then, which is a name as any other is."""
    assert extensions(context) == {ANY, "failed"}
    (row,) = (number for number, line in enumerate(DIALPLAN[context]) if "=> failed," in line)
    assert DIALPLAN[context][row:] == ["exten => failed,1,Hangup()"]


# --- what the dialplan tells -------------------------------------------------------------------


def user_events() -> dict[str, set[str]]:
    """Return the headers of each UserEvent of the dialplan."""
    return {
        match[1]: set(re.findall(r"(\w+): ", match[2]))
        for match in re.finditer(
            r"(?:UserEvent\(|Set\(SIP112_TELL=)(\w+),?(.*)\)$", TEXT, re.MULTILINE
        )
    }


@pytest.mark.parametrize(
    ("lost", "seat"),
    [
        ({}, None),
        ({"Lost": ""}, None),
        ({"Lost": "PJSIP/seat-01-0000000a"}, "seat-01"),
        ({"Lost": "PJSIP/../x"}, None),
    ],
)
def test_a_caller_who_is_left_alone_waits_again(lost: dict[str, str], seat: str | None) -> None:
    """Whether or not the dialplan, which may be an older one, says whose phone was lost."""
    said = {"Event": "UserEvent", "UserEvent": "Sip112Alone", "Uniqueid": ID} | lost
    event = translate.translate(said, PBX, START)
    assert isinstance(event, e.LeftAlone)
    assert event.lost == seat


def test_every_user_event_of_the_dialplan_is_read() -> None:
    """With its headers; the alarm is for Asterisk's own log and for other listeners."""
    assert user_events() == {
        "Sip112Arrival": {"Note"},
        "Sip112Return": {"Seat", "Status"},
        "Sip112End": {"Note"},
        "Sip112Callback": {"Subject", "Status"},
        "Sip112Alone": {"Lost"},
        "Sip112Spy": {"Centre", "Subject"},
        "Sip112Unspied": set(),
        "Sip112Out": {"Room"},
        "Sip112Native": {"Centre"},
        "Sip112Owner": {"Centre", "Owner"},
        "Sip112Fenced": {"Centre", "Seat", "Owner"},
        "Sip112Alarm": {"Kind", "Status"},
    }
    for name, headers in user_events().items():
        if name != "Sip112Alarm":
            assert headers <= EVENTS["UserEvent"]
            said = dict.fromkeys(headers, "seat-03") | {
                "Event": "UserEvent",
                "UserEvent": name,
                "Uniqueid": ID,
                "Channel": "x",
            }
            said |= {"Note": "centre=PKY&arrived=1.5", "Centre": "PKY", "Owner": "17", "Room": ID}
            said["Subject"] = f"{ID}*listen"
            assert translate.translate(said, PBX, START) is not None


class Asked(dict[str, str]):
    """Fields of a note that remember which of them were asked for."""

    def __init__(self, *args: Any, **fields: str) -> None:
        super().__init__(*args, **fields)
        self.asked: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a field."""
        self.asked.add(key)
        return super().get(key, default)


def written(start: str) -> set[str]:
    """Return the fields of the note that is written by the line with `start`."""
    (line,) = [line for line in lines("extensions-sip112.conf") if start in line]
    return set(re.findall(r"[=&](\w+)=", line.replace(start, "=", 1)))


def test_a_note_is_read_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fields of the arrival, of the answer and of the end, no more and no fewer."""
    at_arrival = written("Set(__SIP112_NOTE=") | written("Set(sip112_about=&")
    at_answer = written("Set(sip112_answer=")
    start = (
        "Set(DB(sip112/call/${SIP112_CALL})=${SIP112_NOTE}&channel=${URIENCODE(${SIP112_CHANNEL})}"
    )
    at_end = written("Set(sip112_over=") | written(f"{start}&${{sip112_over}}")
    assert f"{start})" in TEXT
    assert f"{start}${{sip112_answer}})" in TEXT
    fields = Asked(centre="PKY", arrived="1.5", ended="2.5", answered="2.0")
    monkeypatch.setattr(translate, "_fields", lambda _: fields)
    notes = [{"Key": f"sip112/call/{ID}", "Val": ""}]
    translate.snapshot(PBX, PKY, START, notes, [], [], notes)
    assert fields.asked == at_arrival | at_answer | at_end | {"channel"}


def test_what_a_caller_wrote_is_encoded_in_a_note() -> None:
    """Each field that a caller or a carrier fills goes through URIENCODE, or is encoded already."""
    (line,) = [line for line in lines("extensions-sip112.conf") if "Set(__SIP112_NOTE=" in line]
    for field in ("number", "name", "dialled", "trunk", "skills", "location"):
        assert f"&{field}=${{URIENCODE(" in line
    assert re.search(r"sip112_user=\$\{URIENCODE\(", TEXT)


# --- AMI rights --------------------------------------------------------------------------------


NOT_OF_ALL = (
    "eventfilter(action(exclude),name(QueueMemberStatus),header(Queue),method(ends_with)) = "
    + names.ALL_SUFFIX
)
FILTER = re.compile(
    r"eventfilter\(action\(include\),name\((\w+)\)"
    r"(?:,header\((\w+)\),method\(starts_with\))?\) =(?: (\S+))?"
)


def test_a_seat_is_told_of_by_one_queue_and_not_by_two() -> None:
    """The queue of all seats is held back in Asterisk, and means nothing where it is not."""
    assert NOT_OF_ALL in sections("manager-sip112.conf")["sip112-ami"]
    for queue, means in ((names.queue_name(PKY), True), (names.all_queue_name(PKY), False)):
        said = {"Event": "QueueMemberStatus", "Queue": queue, "Interface": "PJSIP/seat-03"}
        said |= {"MemberName": "siti", "Status": "1", "Paused": "0"}
        assert (translate.translate(said, PBX, START) is not None) is means


def test_asterisk_lets_through_what_is_read_and_nothing_else() -> None:
    """Every event of the table has its eventfilter line, and few others the link needs."""
    allowed: dict[str, set[str]] = {}
    for line in sections("manager-sip112.conf")["sip112-ami"]:
        if line.startswith("eventfilter"):
            if line == NOT_OF_ALL:
                continue
            match = FILTER.fullmatch(line)
            assert match is not None, line
            name, header, start = match.groups()
            assert header in {None, name, "Conference"}  # mostly what bears the event's own name
            assert (header is None) == (start is None)
            allowed.setdefault(name, set()).update({start} if start else ())
    assert set(EVENTS) <= set(allowed)
    assert set(allowed) - set(EVENTS) <= {"FullyBooted", "Shutdown"}
    (start,) = allowed["UserEvent"]
    assert all(name.startswith(start) for name in user_events())
    for start in allowed["ContactStatus"]:
        said = {"Event": "ContactStatus", "EndpointName": SEAT, "ContactStatus": start}
        assert translate.translate(said, PBX, START) is not None


def test_the_ami_user_may_do_what_the_service_does_and_no_more() -> None:
    """By the class of each action; `sip112 check` asks Asterisk for the same ones."""
    given = options("manager-sip112.conf", "sip112-ami")
    may = set(given["write"].split(","))
    assert may == {"call", "agent", "reporting", "message"}
    sent = {action["Action"] for effect in EXAMPLES for action in actions(effect)}
    sent |= {action["Action"] for action in (*LISTS, *variables(PKY))} | {"MessageSend"}
    assert sent <= set(_NEEDED)
    assert {right for right in _NEEDED.values() if right != "-"} == may
    assert not sent & set(_UNWANTED)
    assert set(given["read"].split(",")) == {"call", "agent", "user", "system"}


def test_the_user_that_starts_calls_may_do_nothing_else() -> None:
    """And hears nothing: what comes of its calls the other one is told."""
    given = options("manager-sip112.conf", "sip112-ami-desk")
    assert given["write"] == "originate"
    assert "read" not in given


@pytest.mark.parametrize("user", ["sip112-ami", "sip112-ami-desk"])
def test_the_ami_users_acl_is_the_one_that_is_shipped(user: str) -> None:
    """From where the service connects, and from nowhere else."""
    acl = options("manager-sip112.conf", user)["acl"]
    rules = sections("acl-sip112.conf")[acl]
    assert [rule.partition("=")[0].strip() for rule in rules] == ["deny", "deny", "permit"]


def test_a_trunk_gives_every_caller_the_same_identity() -> None:
    """So that nothing that a caller wrote becomes part of an AMI event."""
    trunk = options("pjsip-sip112.conf", "sip112-trunk")
    assert trunk["callerid"] == '"112" <112>'
    assert trunk["trust_id_inbound"] == "no"
    assert trunk["allow_transfer"] == "no"


def test_no_subroutine_runs_where_a_redirect_may_meet_the_caller() -> None:
    """Its `Return` undoes the Redirect, and Asterisk may even hang the caller up.

    Those of whoever is dialled (b, U, and the queue's last argument) run on that leg.
    """
    for context in ("sip112-wait", "sip112-seat", "sip112-room"):
        for row in _rows(context):
            assert "Gosub(" not in row
            if dials := re.search(r"(?:Queue|Dial)\((.*)\)$", row):
                assert not re.search(r"\bB\(|[a-z]B\(|[),]B\(", dials[1]), row


@pytest.mark.parametrize(
    ("context", "landing", "origins"),
    [
        ("sip112-seat", "Goto(ring)", ("sip112-wait",)),
        ("sip112-room", "Goto(in)", ("sip112-wait", "sip112-seat")),
    ],
)
def test_there_is_a_row_for_each_from_which_a_channel_may_be_taken(
    context: str, landing: str, origins: tuple[str, ...]
) -> None:
    """A Redirect between two rows keeps the number of the next, or adds one to its own."""
    before = max(len(_rows(origin)) for origin in origins)
    rows = [row for row in _rows(context) if row.removeprefix("1,") == landing]
    assert len(rows) >= before


def _rows(context: str) -> list[str]:
    """Return what the rows of a context do, after their extension or `same`."""
    lines_ = sections("extensions-sip112.conf")[context]
    rows = (line.partition("=>")[2].strip() for line in lines_)
    return [row.partition(",")[2] for row in rows if row]
