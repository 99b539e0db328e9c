"""The operators' console as `make web` builds it, to be served as it is; not kept in git."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
"""Where the build is, if there is one: `index.html`, and what it loads in `assets`."""
