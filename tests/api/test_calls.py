"""Calls: the log, one call, those in progress, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Unpack
from zoneinfo import ZoneInfo

import httpx
import pytest

from sip112.api import cdr, docs
from sip112.routing.call import Call, Caller, CallState, Outcome
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, SeatId
from sip112.store.store import CallFilters, Store
from tests.api.service import Service, problem, write
from tests.store.examples import START, arrived, life, opening


async def log(store: Store) -> list[Call]:
    """Store four calls and return them as they ended or are, oldest first."""
    lives = [
        life(1, at=START, seat="seat-01", caller=Caller("08125550001", "Ani")),
        life(2, at=START + 10, seat="seat-02", caller=Caller("+628125550002")),
        [opening(arrived(3, at=START + 20, caller=Caller(None, None, "anonymous")))],
        life(4, at=START + 20, seat="seat-02", caller=Caller("08125550001")),
    ]
    await write(store, *[record for life in lives for record in life])
    calls = [life[-1].call for life in lives]
    return [call for call in calls if call is not None]


async def listed(service: Service, query: str = "") -> list[str]:
    """Return the ids of the calls that a query lists."""
    async with service.client() as client:
        response = await client.get(f"/v1/calls?{query}")
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_the_log_is_newest_first(service: Service, store: Store) -> None:
    """Calls of the same instant stand in the order of their ids."""
    calls = await log(store)
    expected = sorted(calls, key=lambda call: (call.arrived_at, call.id), reverse=True)
    assert await listed(service) == [str(call.id) for call in expected]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("caller=08125550001", {1, 4}),
        ("caller=%2B628125550002", {2}),
        ("caller=0812555", set()),
        ("seat=seat-02", {2, 4}),
        ("outcome=answered", {1, 2, 4}),
        ("outcome=abandoned", set()),
        ("state=arrived", {3}),
        ("state=ended&seat=seat-01", {1}),
        ("since=2026-11-21T22:26:50Z", {2, 3, 4}),  # START + 10, which is included
        ("until=2026-11-21T22:26:50Z", {1}),
        ("since=2026-11-22T05:26:50%2B07:00&until=2026-11-22T05:27:00%2B07:00", {2}),
    ],
)
async def test_filters(service: Service, store: Store, query: str, found: set[int]) -> None:
    """Filters by caller, seat, outcome, state and time, and several at once."""
    calls = await log(store)
    assert set(await listed(service, query)) == {str(calls[n - 1].id) for n in found}


async def test_other_centres_are_not_shown(store: Store) -> None:
    """A token of one centre sees nothing of another."""
    calls = await log(store)
    async with Service(store, centre=CentreCode("SPT")).client() as client:
        assert (await client.get("/v1/calls")).json() == {"items": [], "next": None}
        problem(await client.get(f"/v1/calls/{calls[0].id}"), 404, "unknown-call")


async def test_pages_follow_the_link(service: Service, store: Store) -> None:
    """Following Link gives every call once, filters and limit kept, and then ends."""
    calls = await log(store)
    seen: list[str] = []
    sizes: list[int] = []
    async with service.client() as client:
        url: str | None = "/v1/calls?limit=2&since=2026-11-21T22:26:40Z"
        while url:
            response = await client.get(url)
            page = response.json()
            sizes.append(len(page["items"]))
            seen += [item["id"] for item in page["items"]]
            url = response.links["next"]["url"] if "next" in response.links else None
            assert (page["next"] is None) == (url is None)
    assert sizes == [2, 2]
    assert sorted(seen) == sorted(str(call.id) for call in calls)


async def test_a_page_does_not_move_when_calls_come_in(service: Service, store: Store) -> None:
    """A call that arrives between two pages shifts nothing."""
    calls = await log(store)
    async with service.client() as client:
        first = (await client.get("/v1/calls?limit=3")).json()
        await write(store, opening(arrived(9, at=START + 99)))
        second = (await client.get(f"/v1/calls?limit=3&cursor={first['next']}")).json()
    assert [item["id"] for item in second["items"]] == [str(calls[0].id)]


async def test_one_call_with_its_events(service: Service, store: Store) -> None:
    """The whole life of a call, in the words of the API."""
    calls = await log(store)
    async with service.client() as client:
        detail = (await client.get(f"/v1/calls/{calls[0].id}")).json()
    call = detail["call"]
    assert call["caller"] == {"number": "08125550001", "name": "Ani", "raw": None}
    assert call["arrived_at"] == "2026-11-21T22:26:40.000Z"
    assert call["ended_at"] == "2026-11-21T22:27:40.000Z"
    assert call["outcome"] == "answered"
    assert (call["wait_s"], call["talk_s"]) == (4.0, 56.0)
    assert [offer["result"] for offer in call["offers"]] == ["answered"]
    assert [event["kind"] for event in detail["events"]] == [
        "call.arrived",
        "call.queued",
        "call.offered",
        "call.ringing",
        "call.answered",
        "call.ended",
    ]
    assert detail["events"][0]["ticket"]["number"] == call["ticket_number"]
    assert detail["events"][-1]["call"] == call


async def test_a_live_call_is_shown_as_the_desk_has_it(service: Service, store: Store) -> None:
    """The database may be a moment behind."""
    (_, _, waiting, _) = await log(store)
    service.desk.live = [waiting.evolve(state=CallState.TALKING, seat=SeatId("seat-07"))]
    async with service.client() as client:
        call = (await client.get(f"/v1/calls/{waiting.id}")).json()["call"]
        assert (call["state"], call["seat"]) == ("talking", "seat-07")


async def test_calls_in_progress_need_no_database(gone: Store) -> None:
    """Oldest first, from the desk alone."""
    service = Service(gone)
    service.desk.live = [arrived(2, at=START + 5), arrived(1)]
    async with service.client() as client:
        items = (await client.get("/v1/calls/live")).json()["items"]
    assert [item["id"] for item in items] == [str(arrived(1).id), str(arrived(2, at=START + 5).id)]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/calls",
        "/v1/calls.csv",
        f"/v1/calls/{docs.RINGING.id}",
        "/v1/tickets",
        "/v1/tickets/PKY-20261122-0001",
    ],
)
async def test_a_database_that_is_away_is_said(gone: Store, path: str) -> None:
    """503 with Retry-After, and where the calls in progress stand meanwhile."""
    async with Service(gone).client() as client:
        response = await client.get(path)
    document = problem(response, 503, "store-unavailable")
    assert response.headers["retry-after"] == "5"
    assert "/v1/calls/live" in document["remedy"]


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("since=2026-11-22T03:15:00", "since", "zone"),
        ("since=2026-11-22T03:15:00+07:00", "since", "%2B"),
        ("until=yesterday", "until", "2026-11-22T03:15:00Z"),
        ("since=0001-01-01T00:00:00Z", "since", "1970"),
        ("until=9999-12-31T23:59:59Z", "until", "9000"),
        ("limit=0", "limit", "greater"),
        ("limit=201", "limit", "less"),
        ("limit=many", "limit", "integer"),
        ("caller=0812*", "caller", "%2B"),
        ("caller=+62812", "caller", "%2B"),
        ("seat=%00", "seat", "pattern"),
        ("outcome=lost", "outcome", "lost_by_pbx"),
        ("state=busy", "state", "talking"),
        ("cursor=abc", "cursor", "next"),
        ("cursor=%C3%A9", "cursor", "next"),
        ("cursor=WzFlOTk5LCJhIl0", "cursor", "next"),
        ("cursor=W10", "cursor", "next"),
        ("cursor=WzFlNTAsIjAxOWY5ZDJjLTNiMWEtN2M0ZS05YTU4LTZmMGQyYjdjMWU0NCJd", "cursor", "next"),
        ("calller=0812", "calller", "Leave it out"),
    ],
)
async def test_a_wrong_query_is_explained(
    service: Service, query: str, field: str, says: str
) -> None:
    """Which field, what is wrong, what to do; also for a filter that does not exist."""
    async with service.client() as client:
        document = problem(await client.get(f"/v1/calls?{query}"), 422, "invalid")
    (error,) = document["errors"]
    assert (error["where"], error["field"]) == ("query", field)
    assert says in error["detail"] + error["remedy"]


async def test_a_wrong_id_is_explained(service: Service) -> None:
    """A call's id is a UUID; one that nobody has is not found."""
    async with service.client() as client:
        problem(await client.get("/v1/calls/1795300000.1"), 422, "invalid")
        problem(await client.get(f"/v1/calls/{docs.RINGING.id}"), 404, "unknown-call")


# --- CSV ------------------------------------------------------------------------------

ASTERISK = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
]
"""The columns of Asterisk's cdr_csv, with uniqueid and userfield switched on."""


async def exported(service: Service, query: str = "") -> list[dict[str, str]]:
    """Return the lines of an export."""
    async with service.client() as client:
        response = await client.get(f"/v1/calls.csv?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="calls-PKY.csv"'
    return list(csv.DictReader(io.StringIO(response.text)))


async def test_csv_has_the_columns_of_asterisk_first(service: Service, store: Store) -> None:
    """Asterisk's names, order, words and local times; then ours, with UTC."""
    await log(store)
    *_, first = await exported(service)
    assert list(first)[: len(ASTERISK)] == ASTERISK
    assert {name: first[name] for name in ASTERISK} == {
        "accountcode": "PKY",
        "src": "08125550001",
        "dst": "112",
        "dcontext": "",
        "clid": '"Ani" <08125550001>',
        "channel": first["channel"],
        "dstchannel": "PJSIP/seat-01",
        "lastapp": "Dial",
        "lastdata": "",
        "start": "2026-11-22 05:26:40",
        "answer": "2026-11-22 05:26:44",
        "end": "2026-11-22 05:27:40",
        "duration": "60",
        "billsec": "56",
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "uniqueid": "1795300000.1",
        "userfield": first["ticket_number"],
    }
    assert first["arrived_at"] == "2026-11-21T22:26:40.000Z"
    assert (first["outcome"], first["wait_s"], first["talk_s"]) == ("answered", "4.0", "56.0")


async def test_csv_takes_the_filters_of_the_log(service: Service, store: Store) -> None:
    """The same filters give the same calls; nothing found is a line with the names."""
    calls = await log(store)
    lines = await exported(service, "caller=08125550001")
    assert {line["call_id"] for line in lines} == {str(calls[0].id), str(calls[3].id)}
    assert await exported(service, "caller=1") == []
    async with service.client() as client:
        problem(await client.get("/v1/calls.csv?limit=5"), 422, "invalid")


async def test_csv_of_many_calls_is_whole(service: Service, store: Store) -> None:
    """An export of many chunks has every call once."""
    await write(store, *[opening(arrived(n, at=START + n)) for n in range(333)])
    lines = await exported(service)
    assert [line["uniqueid"] for line in lines] == [f"1795300000.{n}" for n in range(332, -1, -1)]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1"]
)
def test_a_cell_that_looks_like_a_formula_is_defused(name: str) -> None:
    """What a caller is called must not run in a spreadsheet."""
    cells = cdr.row(docs.ENDED.evolve(caller=Caller(None, name)), ZoneInfo("UTC"))
    line = dict(zip(cdr.COLUMNS, cells, strict=True))
    assert line["caller_name"] == f"'{name}"
    assert line["clid"] == f"'{name}"


def test_quotes_line_breaks_and_bad_unicode_stay_in_their_cell() -> None:
    """A name cannot end its cell or its line, nor stop the export."""
    name = 'a"b,\r\nc;\udce9'
    text = cdr.lines([cdr.row(docs.ENDED.evolve(caller=Caller("0812", name)), ZoneInfo("UTC"))])
    ((*cells,),) = csv.reader(io.StringIO(text.decode(), newline=""))
    assert cells[cdr.COLUMNS.index("caller_name")] == 'a"b,\r\nc;?'
    assert len(cells) == len(cdr.COLUMNS)


def test_an_international_number_stays_text() -> None:
    """A leading + is guarded too: as a formula it would become a number without its +."""
    line = cdr.row(docs.ENDED.evolve(caller=Caller("+628125550142")), ZoneInfo("UTC"))
    assert line[cdr.COLUMNS.index("src")] == "'+628125550142"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"disposition": "ANSWERED", "lastapp": "Dial"}),
        (
            {"answered_at": None, "outcome": Outcome.ABANDONED, "offers": (), "seat": None},
            {"disposition": "NO ANSWER", "lastapp": "Queue", "dstchannel": "", "billsec": 0},
        ),
        (
            {"answered_at": None, "outcome": Outcome.LOST_BY_PBX, "offers": (), "queued_at": None},
            {"disposition": "FAILED", "lastapp": "", "dstchannel": ""},
        ),
        (
            {"ended_at": None, "outcome": None, "state": CallState.TALKING},
            {"end": "", "duration": 0, "billsec": 0, "disposition": "ANSWERED"},
        ),
        ({"caller": Caller()}, {"src": "", "clid": "", "caller_name": None}),
        ({"caller": Caller("0812")}, {"src": "0812", "clid": "0812"}),
    ],
)
def test_cdr_words(changes: dict[str, Any], expected: dict[str, object]) -> None:
    """How a call ended is said in Asterisk's words."""
    line = dict(
        zip(cdr.COLUMNS, cdr.row(docs.ENDED.evolve(**changes), ZoneInfo("UTC")), strict=True)
    )
    assert {name: line[name] for name in expected} == expected


class Breaks(Store):
    """A store whose database goes away after some calls."""

    async def iterate_calls(
        self, centre: CentreCode, **filters: Unpack[CallFilters]
    ) -> AsyncIterator[Call]:
        """Yield what there is, and fail."""
        async for call in super().iterate_calls(centre, **filters):
            yield call
        raise StoreUnavailable


async def test_an_export_that_breaks_off_is_not_taken_for_whole(
    store: Store, tmp_path: Path
) -> None:
    """When the database goes half-way, the connection is cut before the proper end."""
    await write(store, *[opening(arrived(n, at=START + n)) for n in range(120)])
    breaks = Breaks(f"sqlite:///{tmp_path}/sip112.db")
    received = bytearray()

    async def export(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/v1/calls.csv") as response:
            async for chunk in response.aiter_bytes():
                received.extend(chunk)

    async with Service(breaks).served() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await export(client)
    assert received.count(b"\n") >= 50
    await breaks.close()
