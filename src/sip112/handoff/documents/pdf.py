"""An incident on paper: the ticket, its callers, its agencies, and its timeline (PDF).

The font is embedded (`fonts/`), so that a caller's words stand there as they were written down, and
can be copied from it. What the font lacks is named (`printed`); the JSON of the timeline has every
character.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo

from sip112.dispatch.dossier import Dossier
from sip112.dispatch.handoff import Purpose
from sip112.dispatch.reasons import worded
from sip112.dispatch.timeline import About, Moment
from sip112.handoff.documents.printed import needs_shaping, printed
from sip112.handoff.documents.safe import prose
from sip112.handoff.documents.words import (
    DETAILS,
    FIELDS,
    STATUS,
    STEPS,
    detail,
    sentence,
    whom,
)
from sip112.routing.ids import Instant

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

_FONT: Final = "DejaVu Sans Condensed"
_FILES: Final = Path(__file__).with_name("fonts")
_STYLES: Final = {"": "DejaVuSansCondensed.ttf", "B": "DejaVuSansCondensed-Bold.ttf"}
_MARGIN_MM: Final = 18
_LABEL_MM: Final = 38
_LINE_MM: Final = 5.2
_DAY: Final = "%Y-%m-%d"
_TIME: Final = "%H:%M:%S"
_SAID: Final = frozenset({"purpose"})
"""Details that the sentence says already."""
_TICKET: Final = ("incident_type", "severity", "address", "persons", "narrative")


def report(
    dossier: Dossier,
    moments: Sequence[Moment],
    *,
    zone: ZoneInfo,
    language: str,
    now: Instant,
    choices: Mapping[str, Mapping[str, str]],
    agencies: Mapping[str, str],
) -> bytes:
    """Return the report of an incident, A4, times in `zone`.

    `agencies` are names by code, and `choices` those of what is chosen in a field of the ticket,
    in `language`, which is ``id`` or ``en``.
    """
    return _Report(zone, language, choices, agencies).made(dossier, moments, now)


class _Report:
    def __init__(
        self,
        zone: ZoneInfo,
        language: str,
        choices: Mapping[str, Mapping[str, str]],
        agencies: Mapping[str, str],
    ) -> None:
        self._zone = zone
        self._language = language
        self._choices = choices
        self._agencies = agencies
        self._lacks = False
        """Whether the font lacked anything that was to be said."""

    def made(self, dossier: Dossier, moments: Sequence[Moment], now: Instant) -> bytes:
        ticket = dossier.ticket
        sheet = self._sheet(f"{ticket.number}  -  112 {ticket.centre}", now)
        sheet.set_font(_FONT, "B", 17)
        sheet.cell(0, 10, self._ready(sheet, ticket.number), new_x="LMARGIN", new_y="NEXT")
        self._row(sheet, "opened_at", self._time(ticket.opened_at, day=True))
        status = STATUS.get(ticket.status, {}).get(self._language, ticket.status)
        self._row(sheet, "status", status)
        if ticket.parent_number is not None:
            self._row(sheet, "duplicate_of", ticket.parent_number)
        for name in _TICKET:
            self._row(sheet, name, self._chosen(name, getattr(ticket, name)))
        if ticket.latitude is not None and ticket.longitude is not None:
            self._row(sheet, "place", f"{ticket.latitude:.6f}, {ticket.longitude:.6f}")
        self._row(sheet, "disposition", self._chosen("disposition", ticket.disposition))
        self._row(sheet, "assignee", ticket.assignee_name or ticket.assignee or "")
        callers = [
            f"{each.caller.number or self._word('withheld')} {each.caller.name or ''}".strip()
            for each in dossier.calls
        ]
        self._row(sheet, "callers", "\n".join(callers))
        if dossier.handoffs:
            self._heading(sheet, "agencies")
            for handoff in dossier.handoffs:
                is_referral = handoff.purpose is Purpose.REFERRAL
                step = STEPS["referred" if is_referral else handoff.step.value][self._language]
                since = self._time(handoff.since or handoff.requested_at)
                self._line(sheet, since, f"{self._agency(handoff.agency)}: {step}")
        self._heading(sheet, "timeline")
        day = ""
        for moment in moments:
            if (today := self._local(moment.at).strftime(_DAY)) != day:
                day = today
                self._line(sheet, day, "", style="B")
            self._line(sheet, self._time(moment.at), self._told(moment))
        if self._lacks:
            sheet.ln(3)
            self._line(sheet, "", self._word("lacking"))
        return bytes(sheet.output())

    def _sheet(self, title: str, now: Instant) -> FPDF:
        from fpdf import FPDF  # noqa: PLC0415 - slow to import, and seldom needed

        foot = f"{title}  -  {self._word('made_at')} {self._time(now, day=True)}"
        page, ready = self._word("page"), self._ready

        class Sheet(FPDF):
            def footer(self) -> None:
                self.set_y(-_MARGIN_MM + 4)
                self.set_font(_FONT, size=8)
                text = ready(self, f"{foot}  -  {page} {self.page_no()}/{{nb}}")
                self.cell(0, 5, text, align="R")

        sheet = Sheet(format="A4")
        for style, file in _STYLES.items():
            sheet.add_font(_FONT, style, _FILES / file)
        sheet.set_title(prose(title, len(title)))
        sheet.set_lang(self._language)
        sheet.set_creation_date(self._local(now))
        sheet.set_margin(_MARGIN_MM)
        sheet.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        sheet.add_page()
        return sheet

    def _row(self, sheet: FPDF, name: str, value: str) -> None:
        self._line(sheet, self._word(name), value)

    def _heading(self, sheet: FPDF, name: str) -> None:
        sheet.ln(3)
        sheet.set_font(_FONT, "B", 12)
        sheet.cell(0, 8, self._word(name), new_x="LMARGIN", new_y="NEXT")

    def _line(self, sheet: FPDF, label: str, text: str, style: str = "") -> None:
        if sheet.will_page_break(2 * _LINE_MM):  # else a label and its text part
            sheet.add_page()
        sheet.set_font(_FONT, style or "B", 9)
        sheet.cell(_LABEL_MM, _LINE_MM, self._ready(sheet, label))
        sheet.set_font(_FONT, style, 10)
        shown = self._ready(sheet, text)
        sheet.multi_cell(0, _LINE_MM, shown, new_x="LMARGIN", new_y="NEXT", align="L")

    def _ready(self, sheet: FPDF, text: str) -> str:
        """Return `text` as the font of the sheet prints it, and have it be shaped if it must be."""
        plain = prose(text, len(text))
        shown = printed(plain, cast("TTFFont", sheet.current_font).cmap)
        self._lacks = self._lacks or shown.count("[") > plain.count("[")
        sheet.set_text_shaping(needs_shaping(shown))
        return shown

    def _told(self, moment: Moment) -> str:
        said = sentence(moment, self._language)
        if moment.about is About.HANDOFF:
            said = f"{whom(moment, self._agency(moment.subject), self._language)}: {said}"
        names = {**DETAILS, **FIELDS} if moment.about is About.TICKET else DETAILS
        note = worded(moment.reason, moment.detail.get("note", ""), self._language)
        shown = {**moment.detail, "note": note}
        details = [
            f"{names[name][self._language] if name in names else name}:"
            f" {self._detail(moment, name, value)}"
            for name, value in shown.items()
            if value and name not in _SAID
        ]
        who = self._who(moment)
        return "\n".join([f"{said} ({who})" if who else said, *details])

    def _detail(self, moment: Moment, name: str, value: str) -> str:
        if moment.about is About.TICKET and name in self._choices:
            return self._chosen(name, value)
        return detail(moment, name, value, self._language)

    def _chosen(self, name: str, value: str | None) -> str:
        """Return what stands in a field of the ticket; of a choice its name."""
        if not value:
            return self._word("nothing")
        return self._choices.get(name, {}).get(value, value)

    def _who(self, moment: Moment) -> str:
        """Return who did it: of an agency the name that was given there."""
        code, _, name = moment.who.partition(" ")
        if not code.startswith("agency:"):
            return moment.who
        code = code.removeprefix("agency:")
        return name if code == moment.subject else f"{self._agency(code)} {name}".rstrip()

    def _agency(self, code: str) -> str:
        return self._agencies.get(code, code)

    def _word(self, name: str) -> str:
        return FIELDS[name][self._language]

    def _time(self, at: Instant, *, day: bool = False) -> str:
        return self._local(at).strftime(f"{_DAY} {_TIME} %Z" if day else _TIME)

    def _local(self, at: Instant) -> datetime:
        return datetime.fromtimestamp(at, self._zone)
