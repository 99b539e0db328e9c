"""Asterisk does not let the service in."""

from __future__ import annotations

from pathlib import Path

from rig import Rig, asking
from rig.sipp import Call, Callers
from sip112.service.node import Node
from tests.integration.centre import running, settings


async def test_wrong_credentials(rig: Rig, tmp_path: Path) -> None:
    """It says which section of manager.conf to compare, and callers wait in Asterisk's queue."""
    chosen = settings(rig, f"sqlite:///{tmp_path}/sip112.db", ami_secret="not it")
    await asking.forget_everything(rig, ())
    async with running(chosen) as (node, api):
        await asking.until(lambda: _link_error(node), within=10)
        said = await api.get("/readyz")
        assert said.status_code == 503
        [link] = [check for check in said.json()["checks"] if check["name"] == "link"]
        assert "refused the login of 'sip112'" in link["detail"]
        assert "[sip112] of its manager.conf" in link["detail"]
        assert "sip112 check" in link["remedy"]
        refused = await api.post("/v1/seats/seat-01/login", json={"agent": "sari"})
        assert refused.json()["type"].endswith("pbx-unreachable")
        async with Callers(rig, [Call(number="08125550001", hang_up_at=1.5)]) as callers:
            assert (await callers.finish(within=5)).answered == 1
        assert chosen.ami_secret.get_secret_value() not in said.text
    await asking.forget_everything(rig, ())


def _link_error(node: Node) -> str | None:
    """Return what the link says; the node may not own the centre yet."""
    tenure = node.centre.tenure
    return None if tenure is None else next(iter(tenure.links.values())).state.last_error
