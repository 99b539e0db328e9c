"""A tone as a file: what the microphone of a browser hears in tests."""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path
from typing import Final

HZ: Final = 440
_RATE: Final = 48_000
_LOUDNESS: Final = 0.3


def write(path: Path, hertz: int = HZ) -> Path:
    """Write one second of a sine, which goes on without a click when it is played again."""
    turn = 2 * math.pi * hertz / _RATE
    samples = array.array(
        "h", (round(32767 * _LOUDNESS * math.sin(turn * n)) for n in range(_RATE))
    )
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    return path
