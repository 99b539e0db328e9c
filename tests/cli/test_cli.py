"""The command `sip112`: lists from a real store, migration, tokens, help, and mistakes."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer

from sip112 import cli
from sip112.api.phone_keys import PhoneKey
from sip112.cli import terminal
from sip112.people.token import digest
from sip112.routing.call import Caller, Outcome
from sip112.routing.effects import EntryKind
from sip112.routing.ids import Instant
from sip112.service.settings import load
from sip112.store.store import Store
from tests.api.service import Service
from tests.store.examples import START, arrived, life, opening, record
from tests.store.helpers import owning

COMMANDS = [
    "serve",
    "check",
    "migrate",
    "demo",
    "calls",
    "tickets",
    "seats",
    "token",
    "openapi",
    "export",
    "person",
    "directory",
    "areas",
]
HOSTILE = r"[red]Budi[/blue] \[bold]'; DROP TABLE calls; -- <b>"


@dataclass
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Sip112 = Callable[..., Said]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with five calls: answered, abandoned, waiting, anonymous, hostile."""
    path = tmp_path_factory.mktemp("store") / "sip112.db"

    async def fill() -> None:
        store = Store(f"sqlite:///{path}")
        await store.migrate()
        given_up = arrived(2, at=START + 10)
        async with owning(store) as running:
            await running.write(
                *life(1),
                opening(given_up),
                record(
                    EntryKind.CALL_ENDED,
                    START + 20,
                    call=given_up.evolve(ended_at=Instant(START + 20), outcome=Outcome.ABANDONED),
                ),
                opening(arrived(3, at=START + 30)),
                opening(arrived(4, at=START + 40, caller=Caller())),
                opening(arrived(5, at=START + 50, caller=Caller("08125550005", HOSTILE))),
            )
        await store.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def sip112(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Sip112]:
    """Give the command as a function, run in an empty directory and a clean environment."""
    for name in list(os.environ):
        if name.startswith("SIP112_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(terminal.out, "width", 200)
    monkeypatch.setattr(terminal.err, "width", 200)

    def command(*arguments: str, **variables: str) -> Said:
        for name, value in variables.items():
            monkeypatch.setenv(f"SIP112_{name.upper()}", value)
        monkeypatch.setattr(sys, "argv", ["sip112", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield command
    structlog.reset_defaults()
    root.handlers[:] = before  # the command's speaks to a stream that is gone by then
    root.setLevel(level)


@pytest.fixture
def database(
    filled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sip112: Sip112,  # noqa: ARG001 - which empties the environment first
) -> Path:
    """Give a copy of the filled database, which the settings name."""
    path = tmp_path / "sip112.db"
    shutil.copy(filled, path)
    monkeypatch.setenv("SIP112_DATABASE_URL", f"sqlite:///{path}")
    return path


def rows(said: Said) -> list[list[str]]:
    """Return the cells of a table's rows."""
    lines = [line for line in said.out.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def listed(said: Said) -> list[dict[str, Any]]:
    """Return a list as JSON."""
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert isinstance(found, list)
    return found


# --- help --------------------------------------------------------------------------------------


def test_without_a_command_it_says_which_there_are(sip112: Sip112) -> None:
    """Each with one sentence."""
    for said in (sip112(), sip112("--help")):
        for command in COMMANDS:
            assert f" {command} " in said.out + said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does(sip112: Sip112, command: str) -> None:
    """Without settings, a database or anything else."""
    said = sip112(command, "--help", centre="wrong")
    assert said.code == 0
    assert f"Usage: sip112 {command}" in said.out
    assert said.err == ""


@pytest.mark.parametrize("described", cli.COMMANDS, ids=lambda each: each.name)
def test_the_list_of_commands_says_what_each_says_itself(described: cli.Described) -> None:
    """It is made without loading them, and must be told of every change."""
    said = (cli.load(described).help or "").partition("\n\n")[0]
    assert " ".join(said.split()) == described.help


def test_every_command_is_in_the_list() -> None:
    """One that is not there cannot be given."""
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in cli.COMMANDS:
        listed[each.module, each.commands].add(each.name)
    for (module, commands), names in listed.items():
        there = getattr(importlib.import_module(f"sip112.cli.{module}"), commands)
        if commands == "app":
            assert {*typer.main.get_group(there).commands} == names


def test_to_say_which_commands_there_are_nothing_is_loaded() -> None:
    """Nor for a mistake in a command's name: a person waits."""
    asked = "import sys, sip112.cli; print('sqlalchemy' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_a_command_that_is_not_there_is_refused(sip112: Sip112) -> None:
    """With what was meant, where that can be guessed."""
    said = sip112("call")
    assert said.code == 2
    assert "calls" in said.err


def test_the_installed_command_runs() -> None:
    """It is on the path of whoever installs sip112."""
    program = Path(sys.executable).with_name("sip112")
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)  # noqa: S603
    assert "serve" in done.stdout
    assert done.stderr == ""


# --- lists ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_calls_are_listed_newest_first(sip112: Sip112) -> None:
    """As a table, in the centre's local time, with what came of each."""
    said = sip112("calls")
    assert said.code == 0
    assert "Calls of PKY, Asia/Jakarta" in said.out
    table = rows(said)
    assert [row[1] for row in table] == [f"PKY-20261122-000{n}" for n in (5, 4, 3, 2, 1)]
    assert table[0][2] == f"08125550005 {HOSTILE}"  # as it is: no markup, no escape
    assert table[1][2] == "(no caller ID)"
    assert [row[7] for row in table] == ["arrived", "arrived", "arrived", "abandoned", "answered"]
    assert table[4] == [
        "22 Nov 05:26:40",
        "PKY-20261122-0001",
        "08125550001 Budi",
        "1",
        "4.0 s",
        "seat-01",
        "22 Nov 05:27:40",
        "answered",
    ]


@pytest.mark.usefixtures("database")
def test_calls_are_listed_as_json(sip112: Sip112) -> None:
    """With all that the API tells of a call, for other programs."""
    found = listed(sip112("calls", "--json"))
    assert [call["outcome"] for call in found] == [None, None, None, "abandoned", "answered"]
    answered = found[-1]
    assert answered["ticket_number"] == "PKY-20261122-0001"
    assert answered["seat"] == "seat-01"
    assert answered["caller"]["number"] == "08125550001"
    assert found[0]["caller"]["name"] == HOSTILE


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["--limit", "2"], [5, 4]),
        (["--caller", "08125550002"], [2]),
        (["--caller", "08125559999"], []),
        (["--seat", "seat-01"], [1]),
        (["--outcome", "abandoned"], [2]),
        (["--outcome", "answered", "--seat", "seat-02"], []),
    ],
)
def test_calls_are_filtered(sip112: Sip112, arguments: list[str], numbers: list[int]) -> None:
    """By caller, seat and outcome; and there may be none."""
    found = listed(sip112("calls", "--json", *arguments))
    assert [call["ticket_number"] for call in found] == [f"PKY-20261122-000{n}" for n in numbers]
    assert len(rows(sip112("calls", *arguments))) == len(numbers)


@pytest.mark.usefixtures("database")
def test_a_filter_that_cannot_be_is_refused(sip112: Sip112) -> None:
    """With those that can."""
    said = sip112("calls", "--outcome", "vanished")
    assert said.code == 2
    assert "abandoned" in said.err
    assert sip112("calls", "--limit", "0").code == 2


@pytest.mark.usefixtures("database")
def test_tickets_are_listed(sip112: Sip112) -> None:
    """One for each call, newest first."""
    table = rows(sip112("tickets", "--limit", "2"))
    assert [row[0] for row in table] == ["PKY-20261122-0005", "PKY-20261122-0004"]
    assert [row[2] for row in table] == ["open", "open"]
    found = listed(sip112("tickets", "--json"))
    assert [ticket["number"] for ticket in found] == [
        f"PKY-20261122-000{n}" for n in (5, 4, 3, 2, 1)
    ]


@pytest.mark.usefixtures("database")
def test_seats_are_listed(sip112: Sip112) -> None:
    """As they were last told."""
    ((seat, state, agent, _, phone, skills, pause),) = rows(sip112("seats"))
    assert (seat, state, agent, phone, skills, pause) == (
        "seat-01",
        "ready",
        "ani",
        "idle",
        "id jv",
        "",
    )
    (found,) = listed(sip112("seats", "--json"))
    assert (found["id"], found["agent"], found["state"]) == ("seat-01", "ani", "ready")


@pytest.mark.usefixtures("database")
def test_lists_are_those_of_the_centre(sip112: Sip112) -> None:
    """One database may serve several."""
    for command in ("calls", "tickets", "seats"):
        assert listed(sip112(command, "--json", centre="KTM")) == []


SEVERAL = """
[[centres]]
centre = "PKY"
[[centres]]
centre = "KTM"
time_zone = "Asia/Makassar"
"""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", ["calls", "tickets", "seats"])
def test_of_several_centres_one_is_named(sip112: Sip112, tmp_path: Path, command: str) -> None:
    """A list of one that was not meant would be taken for the other's."""
    (tmp_path / "sip112.toml").write_text(SEVERAL)
    assert len(listed(sip112(command, "--json", "--centre", "PKY"))) > 0
    assert listed(sip112(command, "--json", "--centre", "KTM")) == []
    titled = sip112(command, "--centre", "KTM").out
    assert f"{command.capitalize()} of KTM, " in titled
    assert ("Asia/Makassar" in titled) is (command != "seats")
    said = sip112(command)
    assert (said.code, said.out) == (2, "")
    assert said.err == ("settings: there are several centres: PKY, KTM; say which one (--centre)\n")
    said = sip112(command, "--centre", "SPT")
    assert (said.code, said.out) == (2, "")
    assert said.err == "settings: there is no centre 'SPT'; there are: PKY, KTM\n"


@pytest.mark.usefixtures("database")
def test_the_only_centre_may_be_named(sip112: Sip112) -> None:
    """And another one may not, rather than find nothing of it."""
    assert listed(sip112("seats", "--json", "--centre", "PKY")) == listed(sip112("seats", "--json"))
    said = sip112("seats", "--centre", "KTM")
    assert said.code == 2
    assert "there are: PKY" in said.err


@pytest.mark.usefixtures("database")
def test_times_are_those_of_the_centre(sip112: Sip112, tmp_path: Path) -> None:
    """Not those of another one, nor of this machine."""
    (tmp_path / "sip112.toml").write_text(
        SEVERAL.replace('"PKY"', '"PKY"\ntime_zone = "Asia/Jayapura"')
    )
    assert rows(sip112("calls", "--centre", "PKY"))[4][0] == "22 Nov 07:26:40"


@pytest.mark.usefixtures("database")
def test_a_narrow_terminal_cuts_no_ticket_number(
    sip112: Sip112, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what a person looks for; other columns give way."""
    monkeypatch.setattr(terminal.out, "width", 80)
    for command in ("calls", "tickets"):
        said = sip112(command)
        for n in range(1, 6):
            assert f"PKY-20261122-000{n}" in said.out


# --- the database --------------------------------------------------------------------------------


def test_a_database_is_made_and_may_be_made_again(sip112: Sip112, tmp_path: Path) -> None:
    """Then it can be listed, and is empty."""
    url = f"sqlite:///{tmp_path}/new.db"
    for _ in range(2):
        said = sip112("migrate", database_url=url)
        assert (said.code, said.out) == (0, "The database is up to date.\n")
    assert (tmp_path / "new.db").exists()
    assert listed(sip112("calls", "--json")) == []
    assert rows(sip112("calls")) == []


@pytest.mark.parametrize("command", ["calls", "tickets", "seats"])
def test_a_database_that_is_not_there_is_one_line_and_not_a_traceback(
    sip112: Sip112, tmp_path: Path, command: str
) -> None:
    """With what to do; and it is not made by looking for it."""
    said = sip112(command, database_url=f"sqlite:///{tmp_path}/nowhere.db")
    assert said.code == 2
    assert said.err.startswith("store: ")
    assert "sip112 migrate" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not (tmp_path / "nowhere.db").exists()


def test_a_server_that_does_not_answer_is_one_line(sip112: Sip112) -> None:
    """The URL's password is not in it."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql://sip112:hunter2@127.0.0.1:{port}/sip112"
        for command in ("calls", "migrate"):
            said = sip112(command, database_url=url)
            assert said.code == 2
            assert said.err.startswith("store: ")
            assert "hunter2" not in said.err


# --- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "check", "migrate", "calls", "tickets", "seats"])
def test_a_wrong_setting_ends_every_command_at_once(sip112: Sip112, command: str) -> None:
    """With one line that says which, where and what to do."""
    said = sip112(command, ring_s="999")
    assert said.code == 2
    assert said.err.startswith("settings: ring_s: ")
    assert "From: environment SIP112_RING_S." in said.err
    assert "Traceback" not in said.err


def test_a_port_in_use_is_told_before_anything_begins(sip112: Sip112) -> None:
    """With the command that shows who uses it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = sip112("serve", http_port=str(port))
    assert said.code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in said.err
    assert "SIP112_HTTP_PORT" in said.err


@pytest.mark.usefixtures("database")
def test_a_check_without_asterisk_says_so_and_fails(sip112: Sip112) -> None:
    """Line by line, with a remedy; the store's line is good."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        said = sip112("check", ami_port=str(closed.getsockname()[1]))
    assert said.code == 1
    assert "ok   store: the database answers" in said.out
    assert "WRONG ami: " in said.out
    assert "-> " in said.out
    assert "1 to mend." in said.out


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_only_its_digest_kept(sip112: Sip112) -> None:
    """The secret alone on standard output, so that it can be piped; the rest is for a person."""
    said = sip112("token", "wallboard", "--scope", "read", "--scope", "metrics")
    assert said.code == 0
    (secret,) = said.out.splitlines()
    assert secret.startswith("sip112_")
    assert secret not in said.err
    assert f'digest = "{digest(secret)}"' in said.err
    assert 'scopes = ["read", "metrics"]' in said.err


def test_the_line_for_the_settings_is_one_that_they_take(sip112: Sip112, tmp_path: Path) -> None:
    """Whatever name is given."""
    said = sip112("token", 'the "wall"\\board')
    _, _, entry = said.err.partition("For sip112.toml:\n")
    (tmp_path / "sip112.toml").write_text(entry, encoding="utf-8")
    assert "settings:" not in sip112("calls").err


def test_a_token_is_of_no_agency(sip112: Sip112) -> None:
    """It is said how people and systems of agencies are known instead."""
    said = sip112("token", "damkar", "--scope", "agency")
    assert (said.code, said.out) == (terminal.USAGE, "")
    assert "Agencies have no tokens" in said.err


def test_a_token_may_be_for_some_centres(sip112: Sip112, tmp_path: Path) -> None:
    """It says so in the line for the settings, which they take."""
    said = sip112("token", "wallboard", "--centre", "PKY", "--centre", "KTM")
    assert said.code == 0
    _, _, entry = said.err.partition("For sip112.toml:\n")
    assert 'centres = ["PKY", "KTM"]' in entry.splitlines()
    (tmp_path / "sip112.toml").write_text(entry)
    (token,) = load().api_tokens()
    assert token.centres == {"PKY", "KTM"}
    assert "centres" not in sip112("token", "wallboard").err


@pytest.mark.parametrize("code", ["pky", "", "P", "PKY,KTM", 'PKY"]'])
def test_a_token_for_a_centre_that_cannot_be_is_refused(sip112: Sip112, code: str) -> None:
    """Before a secret is shown that the settings would not take."""
    said = sip112("token", "wallboard", "--centre", code)
    assert (said.code, said.out) == (2, "")
    assert "no code of a centre" in said.err


def test_a_scope_that_cannot_be_is_refused(sip112: Sip112) -> None:
    """With those that can."""
    said = sip112("token", "wallboard", "--scope", "everything")
    assert said.code == 2
    assert "metrics" in said.err


def test_two_tokens_are_never_the_same(sip112: Sip112) -> None:
    """There is nothing to guess."""
    assert sip112("token", "a").out != sip112("token", "a").out


def test_the_key_of_a_telephone_is_shown_once(sip112: Sip112, tmp_path: Path) -> None:
    """Also with settings that still lack it: they take the line that it prints."""
    seat = 'id = "seat-07", popup = ["action-url"]'
    (tmp_path / "sip112.toml").write_text(f"seats = [{{ {seat} }}]")
    assert "sip112 phone-key seat-07" in sip112("calls").err
    said = sip112("phone-key", "seat-07")
    path, _, secret = said.out.strip().partition("?key=")
    assert path == "/v1/phones/seat-07/ringing"
    assert secret not in said.err
    line = said.err.strip().splitlines()[-1]
    assert line == f'phone_key = "{digest(secret)}"'
    (tmp_path / "sip112.toml").write_text(f"seats = [{{ {seat}, {line} }}]")
    assert load().phone_keys() == (PhoneKey("PKY", "seat-07", digest(secret)),)
    of_centre = sip112("phone-key", "seat-07", "--centre", "KTM").out
    assert of_centre.startswith("/centres/KTM/v1/phones/seat-07/ringing?key=sip112_")
    for wrong in (("seat/07",), ("7",), ("seat-07", "--centre", "ktm")):
        refused = sip112("phone-key", *wrong)
        assert (refused.code, refused.out) == (2, "")
        assert "such as" in refused.err


# --- the OpenAPI document ------------------------------------------------------------------------


def test_the_document_is_printed_as_it_is_served(sip112: Sip112, tmp_path: Path) -> None:
    """With wrong settings too: the console is built where there are none."""
    said = sip112("openapi", ring_s="999")
    assert (said.code, said.err) == (0, "")
    document = json.loads(said.out)
    served = Service(Store(f"sqlite:///{tmp_path}/nowhere.db")).app.openapi()
    assert document == json.loads(json.dumps(served))
    assert "/v1/tickets/{ticket}" in document["paths"]
    assert "servers" not in document
    program = Path(sys.executable).with_name("sip112")
    done = subprocess.run([program, "openapi"], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == said.out, "the console would be built anew each time"


# --- people ------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path, sip112: Sip112, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set a database with tables and nobody in it."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("SIP112_DATABASE_URL", f"sqlite:///{path}")
    assert sip112("migrate").code == 0
    return path


def audited(path: Path) -> list[tuple[str, str]]:
    """Return action and subject of every entry of the audit log."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("SELECT action, subject FROM audit_log ORDER BY at"))


def test_a_person_is_added_listed_and_reset(sip112: Sip112, empty: Path) -> None:
    """The password is shown once, alone on standard output; all of it is on the audit log."""
    said = sip112("person", "add", "sari", "--name", "Sari Dewi", "--centre", "PKY")
    assert said.code == 0
    first = said.out.strip()
    assert "shown this once" in said.err
    assert sip112("person", "add", "rina", "--role", "supervisor", "--language", "en").code == 0
    listed = sip112("person", "list", "--json")
    assert first not in listed.out
    rina, sari = json.loads(listed.out)
    assert (rina["roles"], rina["centres"], rina["language"]) == (["supervisor"], [], "en")
    assert (sari["id"], sari["name"], sari["roles"]) == ("sari", "Sari Dewi", ["call_taker"])
    assert (sari["centres"], sari["must_change_password"]) == (["PKY"], True)
    table = sip112("person", "list").out
    assert "Sari Dewi" in table
    assert "for one sign-in" in table
    reset = sip112("person", "reset", "sari")
    assert (reset.code, reset.out.strip() != first) == (0, True)
    assert audited(empty) == [
        ("person.added", "sari"),
        ("person.added", "rina"),
        ("password.reset", "sari"),
    ]


AT_DAMKAR = ("add", "budi", "--role", "agency", "--centre", "PKY", "--agency")


def test_an_account_of_an_agency_is_added(sip112: Sip112, empty: Path) -> None:
    """Of an agency of the directory, which a fresh centre has too."""
    assert sip112("person", *AT_DAMKAR, "damkar").code == 0
    (budi,) = json.loads(sip112("person", "list", "--json").out)
    assert (budi["roles"], budi["centres"], budi["agency"]) == (["agency"], ["PKY"], "damkar")
    assert "damkar" in sip112("person", "list").out
    assert audited(empty) == [("person.added", "budi")]


@pytest.mark.usefixtures("empty")
def test_an_account_of_no_agency_is_not_added(sip112: Sip112) -> None:
    """It is said where those that there are stand."""
    said = sip112("person", *AT_DAMKAR, "pemadam")
    assert said.code != 0
    assert "sip112 directory export" in said.err
    assert json.loads(sip112("person", "list", "--json").out) == []


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "Sari Dewi"), "no login name"),
        (("add", "budi", "--agency", "damkar"), "only somebody with the role"),
        (("add", "budi", "--role", "agency", "--agency", "damkar"), "for one centre"),
        ((*AT_DAMKAR, "damkar", "--role", "admin"), "has no other"),
        (("add", "sari", "--centre", "pky"), "no code of a centre"),
        (("add", "sari", "--role", "boss"), "boss"),
        (("add", "there"), "sip112 person reset"),
        (("reset", "nobody"), "sip112 person list"),
    ],
)
def test_a_wrong_person_is_one_line(sip112: Sip112, arguments: tuple[str, ...], told: str) -> None:
    """What is wrong, and what to do; and nothing is made."""
    assert sip112("person", "add", "there").code == 0
    said = sip112("person", *arguments)
    assert said.code == terminal.USAGE
    assert told in said.err
    assert said.out == ""
    assert len(json.loads(sip112("person", "list", "--json").out)) == 1


# --- the directory -----------------------------------------------------------------------------

SQUARE = [[[113.0, -3.0], [114.0, -3.0], [114.0, -2.0], [113.0, -3.0]]]
TOWN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"NAMOBJ": "Jekan Raya"},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
    ],
}


def exported(sip112: Sip112) -> dict[str, Any]:
    """Return the directory as it is exported."""
    said = sip112("directory", "export")
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def written(tmp_path: Path, document: object) -> str:
    """Write a file; return its path."""
    path = tmp_path / "given.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_directory_is_exported_changed_and_imported(
    sip112: Sip112, empty: Path, tmp_path: Path
) -> None:
    """What changes is told line by line; to import it again does nothing."""
    path = tmp_path / "out.json"
    assert sip112("directory", "export", str(path)).code == 0
    document = json.loads(path.read_text())
    assert document == exported(sip112)
    assert sip112("directory", "check", str(path)).out.startswith("All in order: 17 agencies, 125")
    assert sip112("directory", "check").code == 0

    fire, *others = document["agencies"]
    name = fire["name"] | {"en": "Fire department"}
    harbour = fire | {"code": "pelabuhan", "channels": [{"kind": "voice", "address": "0812555"}]}
    del document["areas"]
    gone = document["incident_types"].pop()["code"]
    document["agencies"] = [fire | {"name": name}, harbour, *others[1:]]
    said = sip112("directory", "import", written(tmp_path, document), "--yes")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[:-1] == [
        f"~ agency {fire['code']}: name",
        "+ agency pelabuhan",
        f"- agency {others[0]['code']}: becomes inactive",
        f"- incident type {gone}",
    ]
    assert lines[-1].startswith("Imported.")
    now = exported(sip112)
    assert now["agencies"][-1] == others[0] | {"active": False}
    assert now["incident_types"] == document["incident_types"]
    assert audited(empty) == [("directory.replaced", "directory")]
    again = sip112("directory", "import", str(tmp_path / "given.json"), "--yes")
    assert "says all this already" in again.out
    assert len(audited(empty)) == 1


@pytest.mark.usefixtures("empty")
def test_an_import_asks_first(
    sip112: Sip112, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And changes nothing without an answer."""
    before = exported(sip112)
    path = written(tmp_path, {"incident_types": []})
    for answer in ("n\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        said = sip112("directory", "import", path)
        assert (said.code, "Import this?" in said.out) == (1, True)
    assert exported(sip112) == before
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert sip112("directory", "import", path).code == 0
    assert exported(sip112)["incident_types"] == []


def piped(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """Have this come by standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))


@pytest.mark.usefixtures("empty")
def test_a_dash_is_a_stream(
    sip112: Sip112, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By which no file is made or looked for; nobody can be asked while the file comes by it."""
    before = json.loads(sip112("directory", "export", "-").out)
    assert before == exported(sip112)
    empty = json.dumps({"incident_types": []})
    piped(monkeypatch, empty)
    assert "0 incident types" in sip112("directory", "check", "-").out
    piped(monkeypatch, empty)
    said = sip112("directory", "import", "-")
    assert (said.code, "- incident type" in said.out) == (2, True)
    assert "--yes" in said.err
    assert exported(sip112) == before
    piped(monkeypatch, empty)
    assert sip112("directory", "import", "-", "--yes").code == 0
    piped(monkeypatch, json.dumps(TOWN))
    assert sip112("areas", "import", "-", "--name", "NAMOBJ", "--yes").code == 0
    assert json.loads(sip112("areas", "export", "-").out)["features"][0]["properties"]["code"]
    piped(monkeypatch, "{")
    said = sip112("directory", "import", "-", "--yes")
    assert (said.code, said.err.startswith("standard input: ")) == (2, True)
    assert not (tmp_path / "-").exists()


@pytest.mark.usefixtures("empty")
def test_areas_are_imported_and_exported(sip112: Sip112, tmp_path: Path) -> None:
    """From a file that somebody else has made, and from our own; others stay."""
    path = written(tmp_path, TOWN)
    said = sip112("areas", "import", path, "--name", "NAMOBJ", "--yes")
    assert said.out.splitlines()[0] == "+ area jekan_raya"
    again = sip112("areas", "import", path, "--name", "NAMOBJ", "--yes")
    assert "says all this already" in again.out
    out = tmp_path / "out.geojson"
    assert sip112("areas", "export", str(out)).code == 0
    document = json.loads(out.read_text())
    assert document["features"][0]["geometry"]["coordinates"] == SQUARE
    document["features"][0]["properties"] |= {"code": "pahandut", "name_en": "Pahandut"}
    assert sip112("areas", "import", written(tmp_path, document), "--yes").code == 0
    assert [each["code"] for each in exported(sip112)["areas"]] == ["jekan_raya", "pahandut"]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("command", "document", "code", "told"),
    [
        (("directory", "import"), {"agencys": []}, 2, "did you mean 'agencies'?"),
        (("directory", "check"), {"agencies": [{"code": "a"}]}, 2, "agencies[0].kind (of 'a'):"),
        (("directory", "import"), {"incident_types": [{"code": "x", "parent": "y"}]}, 2, ".name"),
        (("directory", "import"), TOWN, 2, "sip112 areas import FILE"),
        (("areas", "import"), TOWN, 2, "--name PROPERTY"),
    ],
)
def test_a_file_of_another_form_is_told(
    sip112: Sip112,
    tmp_path: Path,
    command: tuple[str, ...],
    document: object,
    code: int,
    told: str,
) -> None:
    """With its place, and what to do."""
    said = sip112(*command, written(tmp_path, document))
    assert said.code == code
    assert told in said.err


def test_a_directory_that_would_not_fit_is_refused(
    sip112: Sip112, empty: Path, tmp_path: Path
) -> None:
    """Each fault is told with its place; a whole file is looked at without a database."""
    name = {"id": "a", "en": "a"}
    wrong = {
        "agencies": [
            {"code": "a", "kind": "fire", "name": name, "area": "b", "channels": [{"kind": "sms"}]}
        ],
        "incident_types": [{"code": "x", "name": name, "severity": "dire"}],
        "areas": [],
    }
    path = written(tmp_path, wrong)
    places = ["agencies[0].area", "agencies[0].channels[0]", "incident_types[0].severity"]
    said = sip112("directory", "import", path, "--yes")
    assert (said.code, "nothing was imported: 3 to mend" in said.err) == (2, True)
    assert [line for line in said.out.splitlines() if "->" in line][2].endswith("or none")
    assert not audited(empty)
    said = sip112("directory", "check", path, database_url="sqlite:////nowhere/sip112.db")
    assert said.code == 1
    told = [line.split(" ")[1] for line in said.out.splitlines() if "WRONG" in line]
    assert told == [f"{place}:" for place in places]


@pytest.mark.usefixtures("empty")
def test_a_file_that_is_not_there_is_one_line(sip112: Sip112, tmp_path: Path) -> None:
    """Nor is one that cannot be written."""
    for command in (("directory", "import"), ("directory", "export"), ("areas", "export")):
        said = sip112(*command, str(tmp_path / "nowhere" / "x.json"))
        assert (said.code, "No such file" in said.err) == (2, True)
