"""``python -m faults``: break everything that sip112 depends on, and count the calls.

It ends with 0 only if every scenario was survived: every caller has exactly one ticket and was
offered a seat, and all that the phones saw is what the store has.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Final

from faults.scenarios import ALL
from faults.suite import Suite
from rig import RigError
from rig.lifecycle import prepare
from rig.progress import Progress

VAR: Final = Path(__file__).resolve().parent.parent / "var"

_EPILOG: Final = """\
What a line says:
  calls, tickets        callers by SIPp's own count, and tickets in the store
  answered ...          how the calls ended, by the store
  lost                  callers without a ticket
  duplicated            calls or tickets that are there twice
  worst_gap_s           the longest time that a caller waited while a seat was free,
                        by the phones' own records
  backfilled            calls that the service read from Asterisk's notes
  unheard               callers who gave up before they heard anything and have no ticket
  torn                  calls that died with Asterisk before it had told of them
  turned_away           callers whom Asterisk refused as it went down or came up
  (promised N)          a figure that is worse than what is promised of it

Every random instant is drawn from the seed: give it again to see the same once more.
Each scenario leaves its log in var/faults/NAME; all figures are in var/faults.json.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="faults",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [each.name for each in ALL]
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help="only this scenario; may be given again",
    )
    parser.add_argument("--seed", type=int, help="of all random instants (default: a new one)")
    parser.add_argument("--short", action="store_true", help="break things less often")
    parser.add_argument("--dir", type=Path, default=VAR / "faults", help="for all that is made")
    parser.add_argument("--out", type=Path, default=VAR / "faults.json", help="for the results")
    return parser


def main() -> int:
    """Run what the command line asks for."""
    options = _parser().parse_args()
    if options.list:
        for each in ALL:
            print(f"{each.name:<20} {each.what}")
        return 0
    chosen = [each for each in ALL if not options.only or each.name in options.only]
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    progress = Progress(sys.stdout)
    progress.note(f"sip112 faults: {len(chosen)} scenarios, --seed {seed}")
    if os.getloadavg()[0] > 1:
        progress.note(f"  this machine is not idle (load {os.getloadavg()[0]:.1f}): figures suffer")
    suite = Suite(options.dir.resolve(), seed, progress, short=options.short)
    began = time.monotonic()
    try:
        prepare(progress)
        asyncio.run(suite.run(chosen))
    except RigError as error:
        print(f"faults: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print(
            "\nfaults: stopped; what is below is of the scenarios that were over", file=sys.stderr
        )
        code = 130
    else:
        code = 0 if suite.survived else 1
    suite.save(options.out)
    progress.note(f"took {(time.monotonic() - began) / 60:.1f} minutes; all of it in {options.out}")
    print(suite.last_line(), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
