"""The log: one form for all that is said, callers blotted out unless they are asked for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from sip112.service import log
from sip112.service.settings import LogFormat, Settings

NUMBER = "08125550101"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    names = ("panoramisk", "uvicorn.access", "uvicorn.error")
    levels = {name: logging.getLogger(name).level for name in names}
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def set_up(**changes: Any) -> None:
    """Set the log up as JSON, with `changes`."""
    given: dict[str, Any] = {
        "log_format": LogFormat.JSON,
        "log_level": "info",
        "log_callers": False,
    } | changes
    log.set_up(Settings.model_construct(**given))


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_entry_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With its level, its time in UTC, and what was bound to it."""
    set_up()
    structlog.get_logger("x").bind(ticket="PKY-20261122-0042").info("call.arrived", seat="seat-01")
    (entry,) = said(capsys)
    assert entry["event"] == "call.arrived"
    assert (entry["level"], entry["ticket"], entry["seat"]) == (
        "info",
        "PKY-20261122-0042",
        "seat-01",
    )
    assert entry["timestamp"].endswith("Z")


def test_callers_are_blotted_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Three digits stay, so that two calls can be told apart."""
    set_up()
    structlog.get_logger("x").info(
        "call.arrived",
        caller=NUMBER,
        number=NUMBER,
        name="Budi",
        raw="sip:x",
        location="-2.2,113.9",
    )
    line = capsys.readouterr().err
    entry = json.loads(line)
    assert (entry["caller"], entry["number"]) == ("…101", "…101")
    assert (entry["name"], entry["raw"], entry["location"]) == ("…", "…", "…")
    assert NUMBER not in line
    assert "Budi" not in line


@pytest.mark.parametrize("nobody", [None, ""])
def test_a_caller_without_a_number_is_told_as_one(
    capsys: pytest.CaptureFixture[str], nobody: str | None
) -> None:
    """There is nothing to blot out."""
    set_up()
    structlog.get_logger("x").info("call.arrived", caller=nobody)
    (entry,) = said(capsys)
    assert entry["caller"] == nobody


def test_callers_are_shown_where_that_is_switched_on(capsys: pytest.CaptureFixture[str]) -> None:
    """A test installation may want to see them."""
    set_up(log_callers=True)
    structlog.get_logger("x").info("call.arrived", caller=NUMBER, name="Budi")
    (entry,) = said(capsys)
    assert (entry["caller"], entry["name"]) == (NUMBER, "Budi")


def test_libraries_speak_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    """What they say through `logging` is JSON too, with its origin."""
    set_up()
    logging.getLogger("alembic").warning("upgrade to %s", "0001")
    (entry,) = said(capsys)
    assert (entry["event"], entry["level"], entry["logger"]) == (
        "upgrade to 0001",
        "warning",
        "alembic",
    )


def test_some_libraries_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """What they have to say is told by us, once and in our words."""
    set_up(log_level="debug")
    logging.getLogger("panoramisk").error("x")
    logging.getLogger("uvicorn.access").info("x")
    logging.getLogger("uvicorn.error").info("x")
    assert said(capsys) == []


def test_the_level_holds_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and theirs."""
    set_up(log_level="warning")
    structlog.get_logger("x").info("not this")
    logging.getLogger("y").info("nor this")
    structlog.get_logger("x").warning("this")
    assert [entry["event"] for entry in said(capsys)] == ["this"]


def test_a_fault_is_told_with_its_place_and_without_what_was_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A frame's variables may hold callers and secrets."""
    set_up()

    def fail(caller: str) -> None:
        raise ValueError(f"{len(caller)} digits")

    try:
        fail(NUMBER)
    except ValueError:
        structlog.get_logger("x").exception("a fault")
    line = capsys.readouterr().err
    assert "11 digits" in line
    assert "test_log.py" in line
    assert NUMBER not in line
    json.loads(line)


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_fault_is_told_fast_and_with_nothing_of_a_caller(
    capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    """Whichever the form: calls are routed in this thread, and a frame may hold anything."""

    def fail(depth: int, caller: str) -> None:
        much = [caller] * 1000
        if depth:
            fail(depth - 1, caller)
        raise ValueError(len(much))

    set_up(log_format=form)
    began = time.process_time()
    for speak in (structlog.get_logger("x").exception, logging.getLogger("x").exception):
        try:
            fail(20, NUMBER)
        except ValueError:
            speak("a fault")
    took = time.process_time() - began
    told = capsys.readouterr().err
    assert told.count("ValueError") >= 2
    assert NUMBER not in told
    assert took < 0.5  # with the frames' variables it takes seconds


def test_on_request_it_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """For a person at a terminal; callers are blotted out all the same."""
    set_up(log_format=LogFormat.CONSOLE)
    structlog.get_logger("x").info("call.arrived", caller=NUMBER)
    line = capsys.readouterr().err
    assert "call.arrived" in line
    assert NUMBER not in line
    with pytest.raises(json.JSONDecodeError):
        json.loads(line)


def test_by_itself_it_is_json_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As under systemd and in a container."""
    set_up(log_format=LogFormat.AUTO)
    structlog.get_logger("x").info("hello")
    assert [entry["event"] for entry in said(capsys)] == ["hello"]
