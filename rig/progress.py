"""Progress for a person at a terminal: one line per stage, with the seconds it took."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK = 0.2
_SPARSE = 3.0  # seconds between lines of one stage where there is no terminal
_WIDTH = 18


class Stage:
    """One stage: its name, what it is doing at the moment, and how it went."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._since = time.monotonic()
        self.name = name
        self.detail = ""
        self.shown_at = -_SPARSE

    def say(self, detail: str) -> None:
        """Show `detail` as what is being done now."""
        if detail != self.detail:
            self.detail = detail
            self._progress.changed(self)

    @property
    def elapsed(self) -> float:
        """Seconds since the stage began."""
        return time.monotonic() - self._since

    def line(self) -> str:
        """Return the stage as one line: name, elapsed seconds and detail."""
        return f"  {self.name:<{_WIDTH}} {self.elapsed:6.1f} s  {self.detail}".rstrip()


class Progress:
    """Shows stages: live on a terminal, a line now and then elsewhere, or not at all."""

    def __init__(self, out: TextIO | None = None, *, quiet: bool = False) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._quiet = quiet
        self._lock = threading.Lock()

    def note(self, text: str) -> None:
        """Print one line beside the stages."""
        if not self._quiet:
            with self._lock:
                print(text, file=self._out, flush=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Show a stage from here to the end of the ``with`` block."""
        stage = Stage(self, name)
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(stage, over), daemon=True)
        if self._live and not self._quiet:
            ticker.start()
        outcome = "failed"
        try:
            yield stage
            outcome = ""
        finally:
            over.set()
            if ticker.is_alive():
                ticker.join()
            stage.detail = f"{outcome} {stage.detail}".strip()
            self._write(stage, final=True)

    def changed(self, stage: Stage) -> None:
        """Show that `stage` does something else now."""
        self._write(stage, final=False)

    def _tick(self, stage: Stage, over: threading.Event) -> None:
        while not over.wait(_TICK):
            self._write(stage, final=False)

    def _write(self, stage: Stage, *, final: bool) -> None:
        if self._quiet:
            return
        with self._lock:
            if self._live:
                room = shutil.get_terminal_size().columns - 1  # a line that wraps stays
                end = "\n" if final else ""
                print(f"\r\x1b[K{stage.line()[:room]}", end=end, file=self._out, flush=True)
            elif final or stage.elapsed - stage.shown_at >= _SPARSE:
                stage.shown_at = stage.elapsed
                print(stage.line(), file=self._out, flush=True)
