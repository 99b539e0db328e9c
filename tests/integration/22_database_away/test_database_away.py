"""The database cannot be reached at start: said so, routed all the same, written later."""

from __future__ import annotations

from pathlib import Path

from rig.postgres import NO_POWER_CUT, postgres_server
from rig.sipp import Answer, Call
from sip112.routing.call import Outcome
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"


async def test_postgresql_that_is_stopped(open_centre: OpenCentre) -> None:
    """Calls ring while PostgreSQL is down; once it is up their tickets are in it."""
    with postgres_server(NO_POWER_CUT) as server:
        server.stop()
        async with (
            open_centre(database_url=server.url()) as centre,
            centre.seats("seat-01", does=Answer(after=0.1)) as seats,
        ):
            async with centre.calling(Call(number=NUMBER, talk=0.3)):
                await seats.until(lambda: seats.answered == 1, within=5)
            await _says_so(centre)
            server.start()
        assert [call.outcome for call in centre.calls] == [Outcome.ANSWERED]


async def test_sqlite_in_a_directory_that_is_missing(
    open_centre: OpenCentre, tmp_path: Path
) -> None:
    """The same with SQLite: the directory is made later, and the tickets follow."""
    directory = tmp_path / "later"
    async with (
        open_centre(database_url=f"sqlite:///{directory}/sip112.db") as centre,
        centre.seats("seat-01", does=Answer(after=0.1)) as seats,
    ):
        async with centre.calling(Call(number=NUMBER, talk=0.3)):
            await seats.until(lambda: seats.answered == 1, within=5)
        await _says_so(centre)
        directory.mkdir()
    assert [call.outcome for call in centre.calls] == [Outcome.ANSWERED]


async def _says_so(centre: Centre) -> None:
    """/readyz names the store, with a remedy; who waits and who sits where is told all the same.

    The node is ready: it routes, and another node would have the same database.
    """
    said = await centre.api.get("/readyz")
    assert said.status_code == 200
    [store] = [check for check in said.json()["checks"] if check["name"] == "store"]
    assert not store["ok"]
    assert "Start the database" in store["remedy"]
    assert (await centre.api.get("/v1/calls")).status_code == 503
    assert (await centre.api.get("/v1/seats")).status_code == 200
    assert not centre.desk.calls()
