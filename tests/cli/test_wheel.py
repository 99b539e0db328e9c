"""The wheel: what an administrator installs, with the console in it if it was built."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a copy of what a wheel is made of, without a console."""
    copy = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "static")
    shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy)
    return copy


def names(checkout: Path, tmp_path: Path) -> set[str]:
    """Build the wheel and return the files in it."""
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_a_wheel_has_the_console_that_was_built(checkout: Path, tmp_path: Path) -> None:
    """Although git ignores it."""
    static = checkout / "src" / "sip112" / "console" / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>")
    (static / "assets" / "index-Dk3.js").write_text("")
    found = names(checkout, tmp_path)
    assert "sip112/console/static/index.html" in found
    assert "sip112/console/static/assets/index-Dk3.js" in found
    assert {"sip112/api/app.py", "sip112/api/lists.json"} <= found
    assert not [name for name in found if name.startswith(("tests/", "rig/"))]


def test_a_wheel_without_a_console_is_whole(checkout: Path, tmp_path: Path) -> None:
    """The service runs from it, and says of the console how to build it."""
    found = names(checkout, tmp_path)
    assert "sip112/console/__init__.py" in found
    assert not [name for name in found if "static" in name]
