"""A name server that dies must not keep the link down: with a real, silent one."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sip112 import resolver as module
from sip112.ami.link import Link, LinkError, session
from sip112.resolver import NameUnknown, Resolver
from tests.link.fake_ami import FakeAmi, config, passing, until

HERE = Path(__file__)
WAITS_S = 30
"""Seconds that the C library waits for a name server, the longest that it can be told."""
ENTER = """
mount --make-rprivate /
ip link set lo up
for each in resolv.conf hosts nsswitch.conf; do
    mount --bind "$1/$each" "/etc/$each"
done
exec "$2" -m tests.link.test_resolver "$1"
"""


class NameServer:
    """Stands for the C library's look-up, which a test makes fail, or hang until it is let go.

    Who asks has a long patience while it answers, on however busy a machine, and a short one while
    it is silent.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.answer: tuple[str, ...] | OSError = ("127.0.0.1",)
        self.asked = 0
        self._lets_go = threading.Event()
        self._patch = patch
        self.answers()

    def answers(self) -> None:
        """Answer from now on, also what was asked before."""
        self._patch.setattr(module, "PATIENCE_S", 30)
        self._patch.setattr(module, "FIRST_S", 30)
        self._lets_go.set()

    def is_silent(self) -> None:
        """Say nothing from now on."""
        self._patch.setattr(module, "PATIENCE_S", 0.05)
        self._patch.setattr(module, "FIRST_S", 0.1)
        self._lets_go.clear()

    def look_up(self, _: str) -> tuple[str, ...]:
        """Answer as told, once let go."""
        self.asked += 1
        assert self._lets_go.wait(30)
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """Give a name server; it lets go in the end."""
    server = NameServer(monkeypatch)
    monkeypatch.setattr(module, "_look_up", server.look_up)
    yield server
    server.answers()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fe80::1%eth0"])
async def test_an_address_is_not_looked_up(names: NameServer, address: str) -> None:
    """It is what it is."""
    assert await Resolver(address).addresses() == (address,)
    assert names.asked == 0


async def test_the_newest_answer_counts(names: NameServer) -> None:
    """An Asterisk that moved is found at its new address."""
    resolver = Resolver("pbx.test")
    assert await resolver.addresses() == ("127.0.0.1",)
    names.answer = ("127.0.0.9", "127.0.0.8")
    assert await resolver.addresses() == ("127.0.0.9", "127.0.0.8")


async def test_the_last_answer_is_kept_when_there_is_no_other(names: NameServer) -> None:
    """Whether the server says that there is no such name, or says nothing."""
    resolver = Resolver("pbx.test")
    await resolver.addresses()
    names.answer = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert await resolver.addresses() == ("127.0.0.1",)
    names.is_silent()
    assert await resolver.addresses() == ("127.0.0.1",)


async def test_a_silent_server_is_asked_once_at_a_time(names: NameServer) -> None:
    """Threads do not pile up; and the answer that comes late counts from then on."""
    resolver = Resolver("pbx.test")
    names.is_silent()
    for _ in range(3):
        with pytest.raises(NameUnknown, match=r"no address of pbx\.test .* does not answer"):
            await resolver.addresses()
    assert names.asked == 1
    names.answers()
    assert resolver._asked is not None
    await resolver._asked
    names.is_silent()
    names.answer = ("127.0.0.9",)
    assert await resolver.addresses() == ("127.0.0.1",)


async def test_a_name_that_never_was_known_is_told_with_its_remedy(names: NameServer) -> None:
    """The administrator is told where to write the address."""
    names.answer = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    async with FakeAmi() as ami:
        with pytest.raises(LinkError, match=r"Name or service not known.*SIP112_AMI_HOST"):
            async with session(config(ami, host="pbx.test")):
                pass


async def test_all_addresses_of_a_host_are_tried(names: NameServer) -> None:
    """As with localhost, which is ::1 first, where Asterisk may not listen."""
    names.answer = ("::1", "127.0.0.1")
    async with FakeAmi() as ami, session(config(ami, host="pbx.test")):
        assert ami.open == 1


# --- with a resolver that is really silent --------------------------------------------------


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="needs root, to give a process a name server of its own",
)
def test_the_link_comes_back_without_a_name_server(tmp_path: Path) -> None:
    """The C library itself waits for a server that says nothing, and the link does not."""
    (tmp_path / "resolv.conf").write_text(f"nameserver 127.0.0.1\noptions timeout:{WAITS_S}\n")
    (tmp_path / "hosts").write_text("127.0.0.1 pbx.test\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")
    (tmp_path / "none").touch()
    done = subprocess.run(  # noqa: S603 - it is ours
        (
            *("unshare", "--mount", "--net", "sh", "-ec"),
            ENTER,
            *("sh", str(tmp_path), sys.executable),
        ),
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "back without a name server" in done.stdout


async def main(directory: Path) -> None:
    """Lose a link whose name was known, when nobody answers for it any more."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 53))
    loop = asyncio.get_running_loop()
    async with FakeAmi() as ami:
        link = Link(config(ami, host="pbx.test"), lambda _: None)
        task = asyncio.create_task(link.run())
        await until(lambda: link.state.up, within=WAITS_S)
        # from now on only the name server would know
        subprocess.run(("mount", "--bind", directory / "none", "/etc/hosts"), check=True)  # noqa: ASYNC221,S603,S607
        began = loop.time()
        ami.session.drop()
        await until(lambda: not link.state.up)
        worst = 0.0
        while not link.state.up:
            turn = loop.time()
            await passing(0.01)
            worst = max(worst, loop.time() - turn - 0.01)
        took = loop.time() - began
        assert silent.recv(512), "the name server was not asked"
        # either would be at least that long if it waited for the C library
        assert took < WAITS_S, f"{took:.2f} s"
        assert worst < WAITS_S / 2, f"the loop stood still for {worst:.2f} s"
        print(f"back without a name server after {took:.2f} s; worst turn {worst:.3f} s")  # noqa: T201
        task.cancel()
        await asyncio.wait({task})
    silent.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
