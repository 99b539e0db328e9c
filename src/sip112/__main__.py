"""The command `sip112`, also as ``python -m sip112``: loads what it needs of itself, and runs.

To load all that the service needs takes a second, a quarter of which goes into looking for garbage
among what all stays. When the service was killed and callers wait, each tenth counts.
"""

from __future__ import annotations

import gc
import sys

from sip112.service import garbage


def main() -> None:
    """Run the command."""
    with garbage.off():
        from sip112 import cli  # noqa: PLC0415 - see above

        cli.load_ahead(sys.argv[1:])
        gc.freeze()
    cli.main()


if __name__ == "__main__":
    main()
