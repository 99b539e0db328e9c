"""What docs/formats.md says is what is written and read."""

from __future__ import annotations

import json
import re
from typing import Final

from sip112.dispatch.handoff import Step
from sip112.handoff import inbound
from sip112.handoff.documents import registries
from sip112.handoff.inbound import ANSWERS
from tests.handoff.dossiers import DOMAIN, STORY
from tests.handoff.page import PAGE, page
from tests.handoff.published import PUBLISHED, cap_errors, eido_errors
from tests.handoff.test_cap import MESSAGE

WRITTEN: Final = PAGE.read_text(encoding="utf-8")


def test_the_examples_are_up_to_date() -> None:
    """If they are not: .venv/bin/python -m tests.handoff.page."""
    assert WRITTEN.count("<!-- example:") == 3
    assert page(WRITTEN) == WRITTEN, "run: .venv/bin/python -m tests.handoff.page"


def answers() -> list[tuple[str, str, str]]:
    """Return the answers that are there for an agency's developer to copy."""
    found = re.findall(r"<!-- answer: (\S+) (\w+) -->\n```\w+\n(.*?)\n```\n", WRITTEN, re.DOTALL)
    assert len(found) == 3
    return found


def test_the_answers_on_the_page_are_read() -> None:
    for kind, step, text in answers():
        said = inbound.read(text.encode(), kind, DOMAIN)
        assert said.step is Step(step)
        assert said.unit == "Regu 2"
        assert said.handoff == STORY.handoffs[0].id or said.message == MESSAGE


@PUBLISHED
def test_the_answers_on_the_page_pass_the_published_schemas() -> None:
    _, message, document = (text for _, _, text in answers())
    assert list(cap_errors(message.encode())) == []
    assert list(eido_errors(json.loads(document))) == []


def test_the_table_of_steps_is_the_registry() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \| (\S+) \|", WRITTEN, re.MULTILINE)
    assert {Step(row[0]) for row in rows} == set(Step)
    for step, role, primary, secondary in rows:
        assert registries.AGENCY_ROLES[Step(step)] == role
        status = registries.UNIT_STATUS.get(Step(step), ("-", "-"))
        assert status == (primary, secondary)


def test_the_steps_that_an_agency_may_say_stand_there() -> None:
    said = re.search(r"^`step` is (.*?)\.$", WRITTEN, re.MULTILINE | re.DOTALL)
    assert said is not None
    assert re.findall(r"`(\w+)`", said[1]) == list(ANSWERS)


def test_the_plain_form_has_every_field() -> None:
    _, _, text = answers()[0]
    assert set(json.loads(text)) == {"handoff", "step", "note", "at", "unit"}
