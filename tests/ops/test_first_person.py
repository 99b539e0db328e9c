"""The first start makes an administrator, whose password is printed once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from sip112.people.password import matches
from sip112.people.roles import Role
from sip112.routing.ids import AgentId
from sip112.service import first_person
from sip112.service.first_person import make_first
from sip112.store.store import Store


async def test_an_administrator_is_made_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a password for one sign-in, which no later start prints again."""
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    await store.migrate()
    await make_first(store)
    told = capsys.readouterr().err
    (password,) = re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", told)
    admin = await store.people.person(AgentId("admin"))
    assert admin is not None
    assert admin.roles == frozenset({Role.ADMIN})
    assert admin.must_change
    assert matches(admin.password, password)
    await make_first(store)
    assert capsys.readouterr().err == ""
    await store.close()


async def test_it_waits_for_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whose tables whoever owns a centre makes."""
    monkeypatch.setattr(first_person, "RETRY_S", 0.01)
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    making = asyncio.create_task(make_first(store))
    done, _ = await asyncio.wait({making}, timeout=0.1)
    assert not done
    await store.migrate()
    async with asyncio.timeout(10):
        await making
    assert "admin" in capsys.readouterr().err
    await store.close()
