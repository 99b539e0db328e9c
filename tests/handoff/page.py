"""Put the examples into docs/formats.md.

    .venv/bin/python -m tests.handoff.page

A test holds the page to what is written and read today; whoever changes that writes it anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from lxml import etree

from sip112.dispatch.handoff import MessageKind
from sip112.handoff.documents import cap, eido, text
from sip112.routing.ids import Instant
from tests.handoff.dossiers import DIRECTORY, DOMAIN, NOON, STORY
from tests.handoff.test_cap import BEFORE, MESSAGE

PAGE: Final = Path(__file__).parents[2] / "docs" / "formats.md"

_AT: Final = Instant(NOON + 100)
_ZONE: Final = ZoneInfo("Asia/Jakarta")
_LINK: Final = "https://112.pky.example/a/k3J9-xY2"
_EXAMPLE: Final = re.compile(r"(<!-- example: (\w+) -->\n```\w*\n).*?(\n```\n)", re.DOTALL)


def _eido() -> str:
    document = eido.document(
        STORY, DIRECTORY, DOMAIN, _AT, handoff=STORY.handoffs[0].id, by="budi", zone=_ZONE
    )
    return json.dumps(document, ensure_ascii=False, indent=1)


def _cap() -> str:
    document = cap.alert(
        STORY,
        DIRECTORY,
        DOMAIN,
        _AT,
        MessageKind.UPDATE,
        message=MESSAGE,
        handoff=STORY.handoffs[0].id,
        references=[cap.Reference(BEFORE, Instant(NOON + 30))],
        link=_LINK,
        zone=_ZONE,
    )
    root = etree.fromstring(document)
    etree.indent(root, " ")
    written: str = etree.tostring(root, encoding="unicode")
    return written


def _sms() -> str:
    return text.message(
        STORY,
        DIRECTORY,
        _AT,
        MessageKind.REQUEST,
        handoff=STORY.handoffs[0].id,
        link=_LINK,
        language="id",
        short=True,
        zone=_ZONE,
    ).body


_EXAMPLES: Final = {"eido": _eido, "cap": _cap, "sms": _sms}


def page(written: str) -> str:
    """Return the page with every example as it is made today."""
    return _EXAMPLE.sub(lambda match: f"{match[1]}{_EXAMPLES[match[2]]()}{match[3]}", written)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
