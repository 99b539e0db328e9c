"""`sip112 check`, as an administrator runs it: what is missing is named with its remedy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from rig import Rig, down, restart, up
from rig.asking import asterisk
from sip112.service.settings import Settings
from tests.integration.centre import settings
from tests.integration.served import sip112
from tests.link.fake_ami import FakeAmi, response

_LINE: Final = re.compile(
    r"^(ok|WRONG) +(.+?): (.*?)$(?:\n +-> (.*?)$)?(?=\n(?:ok|WRONG|\d+ to mend|All in)|\Z)",
    re.MULTILINE | re.DOTALL,
)


async def check(chosen: Settings) -> tuple[int, dict[str, str], set[str]]:
    """Run it; return its exit code, what is wrong with its remedy, and what is in place."""
    code, printed = await sip112(chosen, "check")
    found = _LINE.findall(printed)
    assert found, printed
    wrong = {
        name: " ".join(f"{detail} -> {remedy}".split())  # long lines were wrapped
        for mark, name, detail, remedy in found
        if mark != "ok"
    }
    return code, wrong, {name for mark, name, *_ in found if mark == "ok"}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Give the URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/sip112.db"


async def test_all_in_place(rig: Rig, database: str) -> None:
    """A complete rig and a migrated database: nothing to mend, exit code 0."""
    chosen = settings(rig, database)
    assert (await sip112(chosen, "migrate"))[0] == 0
    code, wrong, right = await check(chosen)
    assert wrong == {}
    assert code == 0
    assert right >= {
        *(
            "store",
            "ami",
            "ami desk",
            "version",
            "rights",
            "least rights",
            "lists",
            "clocks",
            "watchdog",
        ),
        *("dialplan sip112-entry", f"queue sip112-{rig.centre}", "trunk trunk", "seats"),
    }


async def test_no_database_and_nobody_there(rig: Rig, database: str) -> None:
    """Neither database nor Asterisk: both are told, each with what to do."""
    code, wrong, _ = await check(settings(rig, database, ami_port=9))
    assert code == 1
    assert "sip112 migrate" in wrong["store"]
    assert "is Asterisk running" in wrong["ami"]


async def test_wrong_secret(rig: Rig, database: str) -> None:
    """The section of manager.conf to compare is named, and the secret is not."""
    _, wrong, _ = await check(settings(rig, database, ami_secret="not-it"))
    assert "compare user and secret with section [sip112]" in wrong["ami"]
    assert "not-it" not in str(wrong)


async def test_wrong_queue_and_unknown_seat(rig: Rig, database: str) -> None:
    """A centre whose queue Asterisk has not, a seat without endpoint, a trunk that is none."""
    chosen = settings(rig, database, centre="BKL", seats="seat-01,seat-77", trunks="carrier")
    _, wrong, right = await check(chosen)
    assert "Add [sip112-BKL](sip112-queue) to queues.conf" in wrong["queue sip112-BKL"]
    assert "1 without an endpoint: seat-77" in wrong["seats"]
    assert "SIP112_TRUNKS" in wrong["trunk carrier"]
    assert "watchdog" in right


async def test_clock_skew(rig: Rig, database: str) -> None:
    """An Asterisk whose clock is five seconds ahead: run chrony."""
    async with FakeAmi() as ami:
        ami.on["Login"] = response
        ami.on["Ping"] = lambda action: response(action, Timestamp=f"{time.time() + 5:.6f}")
        _, wrong, _ = await check(settings(rig, database, ami_port=ami.port))
    assert re.search(r"clock is \+[45]\.\d+ s off", wrong["clocks"])
    assert "chrony" in wrong["clocks"]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give an Asterisk of our own, to take things away from."""
    directory = tmp_path_factory.mktemp("broken")
    try:
        yield up(directory, seats=4)
    finally:
        down(directory)


def _edit(rig: Rig, name: str, change: Callable[[str], str]) -> None:
    path = rig.dir / "etc" / name
    before = path.read_text()
    after = change(before)
    assert after != before
    path.write_text(after)


async def test_missing_context(broken: Rig, database: str) -> None:
    """A part of the dialplan that was left out is named by its context."""
    _edit(broken, "extensions-sip112.conf", lambda text: text.replace("[sip112-popup]", "[other]"))
    await asterisk(broken, "dialplan reload")
    _, wrong, right = await check(settings(broken, database))
    assert set(wrong) == {"dialplan sip112-popup", "store"}
    assert "#include extensions-sip112.conf" in wrong["dialplan sip112-popup"]
    assert "dialplan sip112-entry" in right


async def test_missing_right(broken: Rig, database: str) -> None:
    """Rights that the AMI user lacks, and those that it should not have, are named."""
    _edit(
        broken,
        "manager-sip112.conf",
        lambda text: text.replace(
            "write = call,agent,reporting,message", "write = call,reporting,originate"
        ),
    )
    await asterisk(broken, "manager reload")
    _, wrong, _ = await check(settings(broken, database))
    assert "missing: agent, message" in wrong["rights"]
    assert "write = call,agent,reporting,message" in wrong["rights"]
    assert "may Originate" in wrong["least rights"]


async def test_notify(broken: Rig, rig: Rig, database: str) -> None:
    """Where phones show the ticket by NOTIFY: who sends it, and what is missing for that."""
    seats = {"seats": ({"id": "seat-01", "popup": ("snom",)}, {"id": "seat-02"})}
    _, _, right = await check(settings(rig, database, **seats))
    assert "notify" in right
    _edit(broken, "pjsip.conf", lambda text: text.replace("[sip112-notify]", "[other]"))
    await asterisk(broken, "module reload res_pjsip.so")
    _, wrong, _ = await check(settings(broken, database, **seats))
    assert "1 seats show the ticket by NOTIFY; there is no endpoint" in wrong["notify"]
    assert "[sip112-notify](sip112-notifier)" in wrong["notify"]
    _edit(broken, "extensions-sip112.conf", lambda text: text.replace("[sip112-notify]", "[none]"))
    await asterisk(broken, "dialplan reload")
    _, wrong, _ = await check(settings(broken, database, **seats))
    assert "no [sip112-notify] in the dialplan" in wrong["notify"]


async def test_no_watchdog_and_an_open_trunk(broken: Rig, database: str) -> None:
    """A watchdog that does not run, and a trunk whose callers' identities are taken as sent."""
    _edit(broken, "cli.conf", lambda text: text.replace("#include cli-sip112.conf", ""))
    _edit(broken, "pjsip-sip112.conf", lambda text: text.replace('callerid = "112" <112>', ""))
    await asyncio.to_thread(restart, broken.dir)
    _, wrong, _ = await check(settings(broken, database))
    assert "#include cli-sip112.conf" in wrong["watchdog"]
    assert "a caller's identity reaches AMI as it was sent" in wrong["trunk trunk"]
