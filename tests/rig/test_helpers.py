"""The rig's helpers that need no Asterisk."""

from __future__ import annotations

import io
import json
import re
import shlex
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rig import RigError, config, down, network, pair, status, up
from rig.debian import _mask, is_debian
from rig.lifecycle import complaints, version_of
from rig.progress import Progress
from rig.state import Rig

COMPOSE = Path(__file__).parents[2] / "docker"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Return a rig on paper: nothing of it runs."""
    return Rig(
        dir=tmp_path,
        engine="chroot",
        sip_port=15060,
        ami_port=15038,
        http_port=18088,
        rtp_start=12000,
        rtp_end=15999,
        seats=12,
        ami_secret="it's a secret",
        seat_secret="another",
    )


def test_the_env_file_holds_the_whole_rig(rig: Rig) -> None:
    """What is saved is what is loaded."""
    rig.save()
    assert Rig.load(rig.dir) == rig


def test_the_env_file_is_for_its_owner_and_for_a_shell(rig: Rig) -> None:
    """Its mode is 0600, and sourcing it sets what it says."""
    rig.save()
    assert stat.S_IMODE(rig.env_file.stat().st_mode) == 0o600
    script = '. "$0"; printf "%s %s" "$SIP112_AMI_SECRET" "$SIP112_RIG_WS_URL"'
    shell = ("/bin/sh", "-c", script, rig.env_file)
    printed = subprocess.check_output(shell, text=True)  # noqa: S603 -- our own script
    assert printed == "it's a secret ws://127.0.0.1:18088/ws"


def test_seats_have_names_in_order(rig: Rig) -> None:
    """Seats are seat-01 and on."""
    assert rig.seat_names[0] == "seat-01"
    assert rig.seat_names[-1] == "seat-12"


def test_no_rig_is_up_where_none_was_started(tmp_path: Path) -> None:
    """Status and down say so, and leave no trace."""
    assert status(tmp_path) is None
    assert not down(tmp_path)
    assert not down(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_not_ours_is_not_taken_for_it(rig: Rig) -> None:
    """A reused process id started at another time."""
    rig.save()
    text = rig.env_file.read_text()
    rig.env_file.write_text(re.sub(r"(RIG_PID)=\d+", r"\1=1", text))
    assert status(rig.dir) is None


def test_up_refuses_a_directory_of_somebody_else(tmp_path: Path) -> None:
    """Nothing in it is touched."""
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(RigError, match=r"thesis\.txt"):
        up(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_every_name_in_the_templates_has_a_value(rig: Rig) -> None:
    """No placeholder is left, and every file that is included exists."""
    files = config.render(rig)
    text = "\n".join(files.values())
    assert not re.search(r"@[a-z_]+@", text)
    assert set(re.findall(r"^#include (\S+)", text, flags=re.MULTILINE)) <= set(files)


def test_the_configuration_listens_on_loopback_only(rig: Rig) -> None:
    """Every address to bind begins with 127."""
    files = config.render(rig)
    bound = re.findall(r"^bind(?:addr)? *= *(\S+)", "\n".join(files.values()), flags=re.MULTILINE)
    assert len(bound) >= 4
    assert all(address.startswith("127.") for address in bound)
    endpoints = files["pjsip.conf"].count("](sip112-trunk)") + len(
        re.findall(r"^\[.*\]\(sip112-seat(?:-webrtc)?\)$", files["pjsip-seats.conf"], re.MULTILINE)
    )
    media = files["pjsip.conf"] + files["pjsip-seats.conf"]
    assert media.count("\nbind_rtp_to_media_address = yes") == endpoints
    assert re.findall(r"^media_address = (?!127\.)", media, re.MULTILINE) == []


def test_each_seat_has_an_endpoint_an_auth_and_an_aor(rig: Rig) -> None:
    """Twelve SIP seats and a telephone that is no seat; two for browsers, without a password."""
    text = config.render(rig)["pjsip-seats.conf"]
    assert len(re.findall(r"^\[seat-\d\d\]\(sip112-seat\)$", text, flags=re.MULTILINE)) == 12
    assert len(re.findall(r"^\[web-\d\d\]\(sip112-seat-webrtc\)$", text, flags=re.MULTILINE)) == 2
    assert text.count("(sip112-seat-aor)") == 15
    assert text.count("(sip112-seat-auth)") == 13
    assert not re.search(r"^\[web-\d\d\]\(sip112-seat-auth\)$", text, flags=re.MULTILINE)


def test_filling_a_name_without_a_value_fails() -> None:
    """A typing error in a template is not shipped to Asterisk."""
    assert config.fill("a @b@ c@d", {"b": "x"}) == "a x c@d"
    with pytest.raises(KeyError):
        config.fill("@nothing@", {})


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("Asterisk 23.0", (23, 0, 0)),
        ("no such thing", ()),
    ],
)
def test_version_of(text: str, version: tuple[int, ...]) -> None:
    """Versions compare as numbers."""
    assert version_of(text) == version


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ID=debian\nVERSION_ID="13"', True),
        ("ID=ubuntu\nID_LIKE=debian", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', True),
        ('ID="fedora"', False),
        ("", False),
    ],
)
def test_is_debian(text: str, expected: bool) -> None:
    """Debian is told by its own name or by what it was made from."""
    assert is_debian(text) is expected


def test_a_package_that_starts_a_server_is_kept_from_it(tmp_path: Path) -> None:
    """Its service is masked before it is installed; a machine without systemd has none."""
    _mask(["kamailio.service"], tmp_path)
    _mask(["kamailio.service"], tmp_path)
    assert (tmp_path / "kamailio.service").readlink() == Path("/dev/null")
    _mask(["kamailio.service"], tmp_path / "missing")


def test_a_port_that_is_taken_is_not_chosen() -> None:
    """A preferred port is given when it is free, and another one when it is not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert network.free_port(socket.SOCK_DGRAM, "127.0.0.1", port) not in {0, port}
    assert network.free_port(socket.SOCK_DGRAM, "127.0.0.1", port) == port


def test_a_port_is_given_once_and_to_one_process() -> None:
    """Nor does the kernel give it to whoever asks for any."""
    here = [network.free_port(socket.SOCK_DGRAM, "127.0.0.1") for _ in range(60)]
    asks = (
        "import socket; from rig import network;"
        "print(*(network.free_port(socket.SOCK_DGRAM, '127.0.0.1') for _ in range(60)))"
    )
    said = subprocess.run([sys.executable, "-c", asks], check=True, capture_output=True).stdout  # noqa: S603
    there = [int(each) for each in said.split()]
    assert len({*here, *there}) == 120
    kernel = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert max(*here, *there) < int(kernel[0])


def test_what_is_bound_is_left_out() -> None:
    """Also once all ports of the process have been given: each comes again in its turn."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        port = network.free_port(socket.SOCK_STREAM, "127.0.0.1")
        taken.bind(("127.0.0.1", port))
        taken.listen()
        given = [network.free_port(socket.SOCK_STREAM, "127.0.0.1") for _ in range(300)]
    assert port not in given
    assert len(set(given)) < 300


def test_the_rtp_range_is_even_and_below_the_ports_of_clients() -> None:
    """RTP takes even ports, in a range for 1,000 calls."""
    start, end = network.rtp_range()
    assert start % 2 == 0
    assert end - start + 1 == network.RTP_PORTS
    assert end < network.free_port(socket.SOCK_DGRAM, "127.0.0.1")


def test_complaints_are_the_errors_since_the_start(tmp_path: Path) -> None:
    """Warnings, and errors of an earlier run, are not among them."""
    log = tmp_path / "messages.log"
    assert complaints(log) == []
    old = "[2026-11-22 04:00:00.000] ERROR[1] a.c: old\n"
    log.write_text(f"{old}[2026-11-22 05:00:00.000] WARNING[1] b.c: x\n[x] ERROR[2] c.c: new\n")
    assert complaints(log, len(old)) == ["ERROR[2] c.c: new"]


def test_progress_without_a_terminal_is_sparse() -> None:
    """The first change of a stage and its end are shown, with what went wrong."""
    out = io.StringIO()
    progress = Progress(out)

    def work() -> None:
        with progress.stage("asterisk") as stage:
            for step in ("one", "two", "three"):
                stage.say(step)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        work()
    first, last = out.getvalue().splitlines()
    assert re.fullmatch(r"  asterisk +0\.\d s  one", first)
    assert re.fullmatch(r"  asterisk +0\.\d s  failed three", last)


def test_progress_can_be_silent() -> None:
    """A quiet progress prints nothing."""
    out = io.StringIO()
    progress = Progress(out, quiet=True)
    with progress.stage("asterisk") as stage:
        stage.say("starting")
    progress.note("done")
    assert out.getvalue() == ""


def test_the_files_of_a_pair_say_all_that_compose_asks_for(tmp_path: Path) -> None:
    """As a shell and as compose read them; the service gets both Asterisks."""
    file = pair.lay_out(tmp_path)
    given = dict(line.split("=", 1) for line in shlex.split(file.read_text()))
    text = (COMPOSE / "compose.two.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+)(?:\}|:\?)", text))
    assert asked <= given.keys()
    rigs = [Rig.load(tmp_path / name) for name in ("a", "b")]
    told = [(each["port"], each["secret"]) for each in json.loads(given["SIP112_PBXS"])]
    assert told == [(rig.ami_port, rig.ami_secret) for rig in rigs]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
