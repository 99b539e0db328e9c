"""Two centres on one real node: the core opens the ticket, with an Asterisk or without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from uuid import uuid4

import pytest

from rig import asking
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind
from sip112.dispatch.ids import AgencyCode
from sip112.handoff.signing import new_secret
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.service.settings import CentreSettings, TokenSettings
from sip112.store.store import Store
from tests.api.service import PKY, SECRETS, until
from tests.api.test_owning import KTM, Running, pbx, running
from tests.link.fake_ami import FakeAmi
from tests.store.examples import life

SECRET = new_secret()
TOKENS = tuple(
    TokenSettings(name=scope, digest=digest(SECRETS[scope]), scopes=frozenset({scope}))
    for scope in (Scope.READ, Scope.TICKETS)
)
DISPATCHER = {"Authorization": f"Bearer {SECRETS[Scope.TICKETS]}"}


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    """Give an Asterisk."""
    async with FakeAmi() as ami:
        yield ami


async def know_each_other(here: Running, store: Store) -> None:
    """Enter each centre as an agency of the other."""
    for code, other in ((PKY, KTM), (KTM, PKY)):
        url = f"http://127.0.0.1:{here.node.port}/centres/{other}/v1/agency/{code.lower()}/messages"
        name = AgencyCode(other.lower())
        agency = Agency(
            name,
            AgencyKind.CENTRE,
            {"id": other, "en": other},
            channels=(Channel(ChannelKind.WEBHOOK, url),),
        )
        await here.centre(code).agencies.put(agency, None, "ani")
        await store.agencies.set_secret(code, name, SECRET)


def both(ami: FakeAmi, *, away: bool) -> tuple[CentreSettings, ...]:
    """Return the settings of both centres; Asterisk is at a port where nobody listens, if away."""
    one = pbx(ami).model_copy(update={"port": 1}) if away else pbx(ami)
    return tuple(
        CentreSettings.model_validate(
            {"centre": code, "seats": f"{code.lower()}-01", "pbxs": [one]}
        )
        for code in (PKY, KTM)
    )


@pytest.mark.parametrize("away", [False, True])
async def test_the_core_opens_the_ticket(
    store: Store, ami: FakeAmi, tmp_path: Path, *, away: bool
) -> None:
    """An incident must not wait for a telephone system."""
    allowed = (ip_network("127.0.0.0/8"),)
    async with running(
        tmp_path,
        centres=both(ami, away=away),
        handoff_private_networks=allowed,
        tokens=TOKENS,
    ) as here:
        await until(lambda: all(here.centre(code).tenure for code in (PKY, KTM)))
        await know_each_other(here, store)
        call = await taken_down(here)
        made = await here.client.post(
            f"/centres/PKY/v1/tickets/{call}/handoffs",
            json={"agencies": ["ktm"]},
            headers=DISPATCHER | {"Idempotency-Key": str(uuid4())},
        )
        assert made.status_code == 200, made.text
        handoff = made.json()["items"][0]["id"]
        there = f"/centres/KTM/v1/handoffs/{handoff}"
        await until_there(here, there)
        found = (await here.client.get(there)).json()
        assert (found["purpose"], found["ticket"]) == ("received", call)
        ticket = (await here.client.get(f"/centres/KTM/v1/tickets/{call}")).json()
        assert ticket["number"].startswith("KTM-")
        accepted = await here.client.post(
            f"{there}/steps", json={"step": "accepted"}, headers=DISPATCHER
        )
        assert accepted.status_code == 200, accepted.text
        await until_there(here, f"/centres/PKY/v1/handoffs/{handoff}", "accepted")


async def taken_down(here: Running) -> str:
    """Have a call be in the journal of PKY; return the identifier of its ticket."""
    records = life(1)
    writer = here.node.store.writer(PKY)
    for record in records:
        writer.put(record)
    await until(lambda: writer.stats().pending == 0)
    call = records[0].call
    assert call is not None
    return str(call.ticket)


async def until_there(here: Running, path: str, step: str | None = None) -> None:
    """Wait until a handoff is there, and has come to a step."""

    async def is_there() -> bool:
        found = await here.client.get(path)
        return found.status_code == 200 and step in {None, found.json()["step"]}

    await asking.until(is_there, within=15)
