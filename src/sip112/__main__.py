"""The command `sip112`, also as ``python -m sip112``: loads the rest of itself, and runs it.

To load everything takes a second, a quarter of which goes into looking for garbage among what
all stays. When the service was killed and callers wait, each tenth counts.
"""

from __future__ import annotations

import gc

from sip112.service import garbage


def main() -> None:
    """Run the command."""
    with garbage.off():
        from sip112.cli import main as run  # noqa: PLC0415 - see above

        gc.freeze()
    run()


if __name__ == "__main__":
    main()
