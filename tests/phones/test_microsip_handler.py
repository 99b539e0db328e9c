"""The handler for MicroSIP, on Node in place of Windows Script Host."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "phones/microsip/sip112-popup.js"
ADDRESS = "https://112.example.org/v1/phones/seat-07/ringing?key=sip112_aB-9"

_HOST = """
const told = { opened: [], said: [] };
const [script, text, given] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const item = (n) => given[n];
globalThis.WScript = {
  ScriptFullName: "C:\\\\sip112\\\\sip112-popup.js",
  Arguments: { length: given.length, Item: item },
  Echo: (line) => told.said.push(line),
};
globalThis.ActiveXObject = function (name) {
  if (name === "Shell.Application")
    return { ShellExecute: (...all) => told.opened.push(all) };
  return {
    GetParentFolderName: () => "C:\\\\sip112",
    FileExists: () => text !== null,
    OpenTextFile: (path) => ({
      AtEndOfStream: text === "", ReadLine: () => text.split("\\n")[0], Close: () => {}, path,
    }),
  };
};
require(script);
console.log(JSON.stringify(told));
"""
"""As much of Windows Script Host as the handler uses."""


def run(text: str | None, *arguments: str) -> dict[str, Any]:
    """Run the handler with that in its file; return what it opened, and what it said."""
    done = subprocess.run(  # noqa: S603 - our own text
        ["node", "-e", _HOST],  # noqa: S607 - as the build of the console does
        input=json.dumps([str(SCRIPT), text, arguments]),
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def opened(*arguments: str, text: str = ADDRESS) -> str:
    """Return the one address that is opened, by what opens addresses."""
    told = run(text, *arguments)
    assert told["said"] == []
    ((url, *rest),) = told["opened"]
    assert rest == ["", "", "open", 1]
    return str(url)


@pytest.mark.parametrize(
    ("number", "sent"),
    [("08125550142", "08125550142"), ("+628125550142", "%2B628125550142"), ("*98#", "*98%23")],
)
def test_the_ticket_of_a_caller_is_opened(number: str, sent: str) -> None:
    """The service is told the number, and knows which ticket it is."""
    assert opened(number) == f"{ADDRESS}&as=link&number={sent}"


@pytest.mark.parametrize(
    "number",
    [
        "",
        "anonymous",
        "1" * 33,
        "0812&key=x",
        "0812 0813",
        '0812" & calc.exe & "',
        "0812|calc",
        "%COMSPEC%",
        "javascript:alert(1)",
        "//E:vbscript",
        "0812\n0813",
        "<img src=x>",
        "٠٨١٢",
        "0812\x00",
    ],
)
def test_what_is_no_number_is_left_away(number: str) -> None:
    """Whoever can call the phone decides what it is."""
    assert opened(number) == f"{ADDRESS}&as=link"


def test_the_last_argument_is_the_number() -> None:
    """MicroSIP adds it behind what stands in its settings; there may be none."""
    assert opened("x", "0812") == f"{ADDRESS}&as=link&number=0812"
    assert opened() == f"{ADDRESS}&as=link"


def test_the_address_may_have_what_editors_add() -> None:
    """A byte order mark, in either reading, and blanks."""
    for text in (f"\ufeff{ADDRESS}\r", f"\u00ef\u00bb\u00bf{ADDRESS}  ", f"  {ADDRESS}\n\n"):
        assert opened("0812", text=text) == f"{ADDRESS}&as=link&number=0812"
    several = "http://pbx:8112/centres/KTM/v1/phones/seat-07/ringing?key=x"
    assert opened(text=several) == f"{several}&as=link"


@pytest.mark.parametrize(
    "text",
    [
        *("", "https://112.example.org", "calc.exe", "file:///C:/x/ringing?key=1"),
        *(f"{ADDRESS}&x=1", f'{ADDRESS}" calc', "https://a b/ringing?key=1", f"x {ADDRESS}"),
    ],
)
def test_another_address_is_not_opened(text: str) -> None:
    """It says which file to look at."""
    told = run(text, "0812")
    assert told["opened"] == []
    assert "C:\\sip112\\sip112-popup.txt" in told["said"][0]


def test_without_an_address_it_says_what_is_missing() -> None:
    """Likewise."""
    told = run(None, "0812")
    assert (told["opened"], len(told["said"])) == ([], 1)
    assert "is missing" in told["said"][0]
