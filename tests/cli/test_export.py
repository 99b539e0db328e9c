"""The command `sip112 export`: an incident for other systems, from a store that no node uses."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sip112.directory.files import shipped
from sip112.dispatch.directory import put
from sip112.dispatch.handoff import Step
from sip112.dispatch.links import LinkKind
from sip112.handoff.documents import cap
from sip112.routing.ids import CentreCode
from sip112.store.store import Store
from tests.cli.test_cli import HOSTILE, Sip112, database, filled, listed, rows, sip112
from tests.store.examples import PKY
from tests.store.handoffs import DAMKAR, handed_to, say, ticket_now, write

__all__ = ["database", "filled", "sip112"]  # fixtures

FIRST, SECOND, HOSTILE_ONE = "PKY-20261122-0001", "PKY-20261122-0002", "PKY-20261122-0005"
CAP = f"{{{cap.NAMESPACE}}}"


@pytest.fixture
def passed_on(database: Path) -> None:
    """Give a ticket that was passed on to the fire brigade of a directory of the centre's own."""

    async def fill() -> None:
        store = Store(f"sqlite:///{database}")
        await store.agencies.seed(PKY, put(shipped(), DAMKAR))
        ticket = await ticket_now(store, FIRST)
        await write(store, ticket, "Api di pasar")
        handoff = await handed_to(store, ticket)
        await say(store, handoff.id, Step.ACCEPTED, "Dua unit")
        await store.close()

    asyncio.run(fill())


def document(text: str) -> dict[str, Any]:
    """Return a document that is one JSON object."""
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


@pytest.mark.usefixtures("passed_on")
def test_an_incident_is_written_as_eido(sip112: Sip112) -> None:
    """With its call and its agencies, in the centre's name."""
    said = sip112("export", "eido", FIRST, domain="112.pky.example")
    assert (said.code, said.err) == (0, "")
    made = document(said.out)
    assert made["$id"].startswith("urn:emergency:uid:incidentid:")
    assert made["$id"].endswith(":112.pky.example")
    assert FIRST in said.out
    assert "Api di pasar" in said.out
    (dispatch,) = made["dispatchComponent"]
    assert dispatch["agencyReference"] == {"$ref": "damkar.112.pky.example"}


@pytest.mark.usefixtures("passed_on")
def test_an_incident_is_written_as_cap(sip112: Sip112) -> None:
    """In both languages, to the agencies that have it."""
    said = sip112("export", "cap", FIRST)
    assert (said.code, said.err) == (0, "")
    alert = etree.fromstring(said.out.encode())
    assert alert.findtext(f"{CAP}msgType") == "Alert"
    assert alert.findtext(f"{CAP}sender", "").endswith("@pky.112.invalid")
    assert len(alert.findall(f"{CAP}info")) == 2
    assert "Api di pasar" in said.out


@pytest.mark.usefixtures("passed_on")
def test_incidents_that_are_one_name_each_other(sip112: Sip112, database: Path) -> None:
    """In all that is exported, and in the list of tickets."""

    async def merge() -> None:
        store = Store(f"sqlite:///{database}")
        parent, child = await ticket_now(store, FIRST), await ticket_now(store, SECOND)
        await store.links.link(PKY, LinkKind.DUPLICATE, child.id, parent.id, "sari", "Satu api")
        await store.close()

    asyncio.run(merge())
    for number, direction in ((FIRST, "REPLACED"), (SECOND, "REPLACING")):
        said = sip112("export", "eido", number)
        (merge_,) = document(said.out)["mergeComponent"]
        assert merge_["incidentMergeDirectionCode"] == direction
    assert f"<value>{SECOND}</value>" in sip112("export", "cap", FIRST).out
    last = [row for row in rows(sip112("export", "timeline", SECOND)) if row[0]][-1]
    assert last[1:] == [f"ticket {FIRST}", "merged", "sari", "note: Satu api"]
    statuses = {row[0]: row[2] for row in rows(sip112("tickets"))}
    assert statuses[SECOND] == f"closed, = {FIRST}"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", ["eido", "cap"])
def test_what_a_caller_is_called_is_text(sip112: Sip112, form: str) -> None:
    """Neither markup nor an escape of the terminal; it also goes by the id of the ticket."""
    (ticket,) = [
        each for each in listed(sip112("tickets", "--json")) if each["number"] == HOSTILE_ONE
    ]
    said = sip112("export", form, ticket["id"])
    assert said.code == 0
    if form == "eido":
        document(said.out)
        assert json.dumps(HOSTILE)[1:-1] in said.out
    else:
        etree.fromstring(said.out.encode())


@pytest.mark.usefixtures("passed_on")
def test_the_timeline_tells_everything(sip112: Sip112) -> None:
    """The call, what was written, the agency; as a table, and for other programs."""
    moments = listed(sip112("export", "timeline", FIRST, "--json"))
    told = [(each["about"], each["what"]) for each in moments]
    assert ("call", "arrived") in told
    assert ("call", "answered") in told
    assert ("ticket", "changed") in told
    assert ("handoff", "accepted") in told
    assert [each["at"] for each in moments] == sorted(each["at"] for each in moments)
    said = sip112("export", "timeline", FIRST)
    assert f"What happened of {FIRST}, Asia/Jakarta" in said.out
    table = [row for row in rows(said) if row[0]]
    assert len(table) == len(moments)
    assert ["handoff damkar", "accepted"] in [row[1:3] for row in table]


@pytest.mark.usefixtures("passed_on")
def test_the_timeline_is_printed_on_paper(sip112: Sip112, tmp_path: Path) -> None:
    """Into a file that is named; where there can be none, that is said."""
    file = tmp_path / "incident.pdf"
    for language in ("id", "en"):
        said = sip112("export", "timeline", FIRST, "--pdf", str(file), "--language", language)
        assert (said.code, said.out, said.err) == (0, "", "")
        assert file.read_bytes().startswith(b"%PDF-")
    said = sip112("export", "timeline", FIRST, "--pdf", str(tmp_path / "no" / "incident.pdf"))
    assert said.code == 2
    assert "No such file or directory. Name a file" in said.err


@pytest.mark.usefixtures("passed_on")
def test_paper_goes_down_a_pipe(
    sip112: Sip112, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a dash, by which no file is made."""
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    assert sip112("export", "timeline", FIRST, "--pdf", "-").code == 0
    assert pipe.getvalue().startswith(b"%PDF-")
    assert not (tmp_path / "-").exists()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", ["eido", "cap", "timeline"])
def test_a_ticket_that_is_not_there_is_told(sip112: Sip112, form: str) -> None:
    """Also one of another centre."""
    for number, centre in (("PKY-20261122-0999", "PKY"), (FIRST, "KTM"), ("x", "PKY")):
        said = sip112("export", form, number, centre=centre)
        assert (said.code, said.out) == (2, "")
        assert said.err == (
            f"{number}: {CentreCode(centre)} has no such ticket. Which there are: sip112 tickets\n"
        )


def test_without_a_database_it_says_so(sip112: Sip112, tmp_path: Path) -> None:
    """As every other command does."""
    said = sip112("export", "eido", FIRST, database_url=f"sqlite:///{tmp_path}/no/sip112.db")
    assert said.code == 2
    assert said.err.startswith("store: ")
