"""``python -m rig``: bring a real Asterisk up on this machine, and down again."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rig import debian, lifecycle, pair
from rig.call import place
from rig.chroot import cache_directory
from rig.errors import RigError
from rig.progress import Progress
from rig.sipp import Call
from rig.state import DEFAULT_DIR, Rig

_EPILOG = f"""\
environment:
  SIP112_RIG_ENGINE   auto (default), chroot, docker or podman
  SIP112_RIG_CACHE    where the root file system is kept between runs
                      (here: {cache_directory()})

A rig listens on loopback addresses only, on free ports, and asks no name server.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rig",
        description="A real Asterisk with the project's own configuration, on any machine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--dir",
        type=Path,
        default=DEFAULT_DIR,
        help="the rig's directory; one rig for each (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    bring = commands.add_parser("up", parents=[place], help="start it and print its addresses")
    bring.add_argument("--seats", type=int, default=50, help="SIP seats (default: %(default)s)")
    bring.add_argument("--sip-port", type=int, default=0, help="UDP (default: a free one)")
    bring.add_argument("--ami-port", type=int, default=0, help="TCP (default: a free one)")
    bring.add_argument("--http-port", type=int, default=0, help="TCP (default: a free one)")

    commands.add_parser("down", parents=[place], help="stop it")
    commands.add_parser(
        "restart", parents=[place], help="start Asterisk again; ports, secrets, AstDB are kept"
    )
    commands.add_parser("status", parents=[place], help="print its addresses, if it is up")
    ready = commands.add_parser("prepare", help="download what is missing, and start nothing")
    ready.add_argument("--refresh", action="store_true", help="download it again")
    ready.add_argument(
        "--browser", action="store_true", help="Chromium too, for the tests of the console"
    )
    shell = commands.add_parser(
        "sh", parents=[place], help="ask Asterisk's command line: sh 'queue show'"
    )
    shell.add_argument("words", nargs="+", metavar="CMD")
    files = commands.add_parser(
        "files", help="write its files, for docker/compose.yaml, and start nothing"
    )
    files.add_argument(
        "--dir",
        type=Path,
        default=DEFAULT_DIR.with_name("compose"),
        help="where to (default: %(default)s)",
    )
    files.add_argument(
        "--two",
        action="store_true",
        help="two Asterisks with Kamailio in front, for docker/compose.two.yaml",
    )
    call = commands.add_parser("call", parents=[place], help="place 112 calls into it")
    call.add_argument("--dial", default="112", help="number dialled (default: %(default)s)")
    call.add_argument(
        "--number", default="08125550000", help="caller's number, '' for none (%(default)s)"
    )
    call.add_argument("--name", default="", help="caller's name")
    call.add_argument("--talk", type=float, default=10.0, help="seconds (default: %(default)s)")
    call.add_argument(
        "--patience", type=float, default=60.0, help="seconds to ring (default: %(default)s)"
    )
    call.add_argument("--count", type=int, default=1, help="calls (default: %(default)s)")
    call.add_argument("--rate", type=float, default=1.0, help="calls a second (%(default)s)")
    return parser


def _call(options: argparse.Namespace) -> int:
    call = Call(
        number=options.number,
        name=options.name,
        dial=options.dial,
        talk=options.talk,
        patience=options.patience,
    )
    rig = Rig.load(options.dir)
    counts = asyncio.run(place(rig, call, count=options.count, rate=options.rate))
    print(
        f"calls={counts.created} answered={counts.answered} abandoned={counts.abandoned} "
        f"refused={counts.refused} failed={counts.failed}"
    )
    return 1 if counts.failed else 0


def _table(rig: Rig) -> str:
    rows = [
        ("Asterisk", f"{rig.asterisk} ({rig.engine}, pid {rig.pid})"),
        ("SIP", f"{rig.sip_host}:{rig.sip_port} (UDP)"),
        ("  callers from", f"{rig.trunk_host}, dial 112 (1129: priority, 1128: English)"),
        ("  seats", f"{rig.seat_names[0]} .. {rig.seat_names[-1]}" if rig.seats else "none"),
        ("WebSocket", f"{rig.ws_url} ({', '.join(rig.browser_seat_names)})"),
        ("AMI", f"{rig.ami_host}:{rig.ami_port} (user {rig.ami_username})"),
        ("HTTP", f"http://{rig.http_host}:{rig.http_port}/metrics"),
        ("log", str(rig.dir / "log/messages.log")),
        ("all of it", f"{rig.env_file} (secrets too)"),
    ]
    return "\n".join(f"  {name:<16}{value}" for name, value in rows)


def _run(options: argparse.Namespace, progress: Progress) -> int:
    match options.command:
        case "up":
            if rig := lifecycle.status(options.dir):
                print("rig: up already")
            else:
                rig = lifecycle.up(
                    options.dir,
                    seats=options.seats,
                    sip_port=options.sip_port,
                    ami_port=options.ami_port,
                    http_port=options.http_port,
                    progress=progress,
                )
                print("rig: up")
            print(_table(rig))
        case "down":
            print("rig: down" if lifecycle.down(options.dir) else "rig: was not up")
        case "restart":
            print(f"rig: up\n{_table(lifecycle.restart(options.dir, progress=progress))}")
        case "status":
            if rig := lifecycle.status(options.dir):
                print(f"rig: up\n{_table(rig)}")
            else:
                print("rig: not up. Start it: python -m rig up")
                return 1
        case "prepare":
            engine, version = lifecycle.prepare(progress, refresh=options.refresh)
            if options.browser:
                debian.ensure(["chromium"], progress)
            print(f"rig: Asterisk {version} is ready ({engine.name})")
        case "files" if options.two:
            print(f"rig: {pair.lay_out(options.dir)} is for compose --env-file")
        case "files":
            print(f"rig: {lifecycle.lay_out(options.dir).env_file} is for compose --env-file")
        case "call":
            return _call(options)
        case _:
            print(lifecycle.asterisk(options.dir, " ".join(options.words)), end="")
    return 0


def main() -> int:
    """Run one command; a failure says what to do and leaves nothing running."""
    try:
        return _run(_parser().parse_args(), Progress())
    except RigError as error:
        print(f"rig: {error}", file=sys.stderr)
        return error.code
    except TimeoutError as error:
        print(f"rig: {error}", file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"rig: {error.filename} is missing. Start a rig: python -m rig up", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"rig: no right to write {error.filename}: sudo, or another --dir", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrig: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
