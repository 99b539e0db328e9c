"""Why something failed, in each language, and what of it is not known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from sip112.dispatch.reasons import LANGUAGES, TRIED, WORDS, Code, Reason, because, worded

_CONSOLE: Final = Path(__file__).parents[3] / "web/src/lib/i18n/words/reasons.ts"
_ENTRY: Final = re.compile(r"'reason\.([\w.]+)': \{(.*?)\n? *\},\n", re.DOTALL)
_TEXT: Final = re.compile(r"\b(id|en):\s*(?:'([^']*)'|\"([^\"]*)\")")
_DETAIL: Final = re.compile(r"\{\w+\}")


def console() -> dict[str, dict[str, str]]:
    """Return the console's words of each reason."""
    return {
        name: {language: one or other for language, one, other in _TEXT.findall(texts)}
        for name, texts in _ENTRY.findall(_CONSOLE.read_text())
    }


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_is_said_in_every_language(code: Code) -> None:
    """With the same details."""
    assert set(WORDS[code]) == set(LANGUAGES)
    assert all(each.strip() for each in WORDS[code].values())
    details = {frozenset(_DETAIL.findall(each)) for each in WORDS[code].values()}
    assert len(details) == 1


def test_there_are_no_words_without_a_reason() -> None:
    """What nothing says is not kept."""
    assert set(WORDS) == set(Code)


def test_the_console_says_each_reason_in_the_same_words() -> None:
    """It has a copy, which it shows while no node answers, too."""
    tried = {f"tried.{unit}": words for unit, words in TRIED.items()}
    assert console() == {**{str(code): {**each} for code, each in WORDS.items()}, **tried}


def test_a_reason_is_told_in_words() -> None:
    """With its details, as they are."""
    why = because(Code.ANSWERS, status=410, said="gone {status} [x]")
    assert str(why) == why.said("en") == "it answers 410: gone {status} [x]"
    assert why.said("id") == "sistemnya menjawab 410: gone {status} [x]"


def test_what_is_not_known_of_it_is_left_out() -> None:
    """And what must be known shows."""
    assert str(because(Code.ANSWERS, status=410, said="")) == "it answers 410"
    assert str(Reason(Code.ANSWERS)) == "it answers {status}"


@pytest.mark.parametrize(
    ("after_s", "en", "id_"),
    [
        (86_400.0, "given up after 24 hours: ", "tidak dicoba lagi setelah 24 jam: "),
        (900.0, "given up after 15 minutes: ", "tidak dicoba lagi setelah 15 menit: "),
    ],
)
def test_after_how_long_it_was_given_up(after_s: float, en: str, id_: str) -> None:
    """Before the reason of the last try."""
    why = because(Code.NO_TLS).given_up(after_s)
    assert str(why) == en + str(because(Code.NO_TLS))
    assert why.said("id") == id_ + because(Code.NO_TLS).said("id")


@pytest.mark.parametrize("after", ["long", "nan", "-1", "9" * 400])
def test_what_another_centre_says_of_the_time_need_be_no_number(after: str) -> None:
    """Then it is not said."""
    why = Reason(Code.NO_TLS, {"given_up_after_s": after})
    assert str(why) == str(because(Code.NO_TLS))


def test_a_reason_that_is_not_known_is_read_as_it_was_written_down() -> None:
    """By a version that knew it, or before there were codes."""
    unknown = Reason("no_fuel")
    assert (unknown.said("id"), str(unknown)) == ("", "no_fuel")
    assert worded(unknown, "it has no fuel", "id") == "it has no fuel"
    assert worded(None, "it answers 410", "id") == "it answers 410"
    assert worded(because(Code.FAULT), "", "id") == because(Code.FAULT).said("id")
