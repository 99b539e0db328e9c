"""The directory over HTTP: read, changed one entry at a time, exported and imported."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given

from sip112.api.schemas.directory import agency_view, area_view, type_view
from sip112.directory import files
from sip112.directory.files import shipped
from sip112.directory.forms import AgencyForm, AreaForm, IncidentTypeForm
from sip112.dispatch.directory import Directory
from sip112.dispatch.ids import AgencyCode
from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import PKY, Service, problem
from tests.directory.test_files import DIRECTORIES

NEW = {"If-None-Match": "*"}
HARBOUR = {
    "code": "pelabuhan",
    "kind": "utility",
    "name": {"id": "Pelabuhan", "en": "Harbour"},
    "hours": [{"day": "monday", "opens": "08:00", "closes": "24:00"}],
    "contacts": [{"name": "Piket", "addresses": {"voice": "08125550177"}}],
    "channels": [
        {"kind": "webhook", "address": "https://h.example/112"},
        {"kind": "voice", "address": ""},
    ],
}
TIDAL = {
    "code": "rob",
    "name": {"id": "Rob", "en": "Tidal flood"},
    "plan": [{"kind": "sar", "agency": None}],
}
SQUARE = [[[113, -3], [114, -3], [114, -2], [113, -3]]]
CROSSED = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
TOWN = {
    "code": "kota",
    "name": {"id": "Kota", "en": "Town"},
    "geometry": {"type": "Polygon", "coordinates": SQUARE},
}


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that may change the directory."""
    async with service.client(Scope.AGENCIES) as client:
        yield client


async def add(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, str]:
    """Add an entry; return the header of a change that is based on it."""
    answer = await client.put(f"/v1/{path}/{body['code']}", json=body, headers=NEW)
    assert answer.status_code == 200, answer.text
    return {"If-Match": answer.headers["ETag"]}


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "count"), [("agencies", 17), ("incident-types", 125), ("areas", 0)]
)
async def test_it_is_read_without_a_database(gone: Store, path: str, count: int) -> None:
    """What comes along, until there is one; and it is not told again to who knows it."""
    async with Service(gone).client() as client:
        answer = await client.get(f"/v1/{path}")
        assert answer.status_code == 200
        assert len(answer.json()["items"]) == count
        assert answer.json()["revision"] == 0
        known = {"If-None-Match": answer.headers["ETag"]}
        assert (await client.get(f"/v1/{path}", headers=known)).status_code == 304
        whole = await client.get("/v1/directory")
        assert files.read(whole.content).onto(Directory()) == shipped()
        assert (await client.get("/v1/directory", headers=known)).status_code == 304
        problem(await client.get(f"/v1/{path}/nothing"), 503, "store-unavailable")


@given(DIRECTORIES)
def test_what_is_shown_can_be_sent_back(found: Directory) -> None:
    """But for its version it has the form of what is sent, and says the same."""

    def sent(view: Mapping[str, object]) -> str:
        return json.dumps({name: each for name, each in view.items() if name != "version"})

    agencies = [sent(agency_view(each, 1)) for each in found.agencies]
    types = [sent(type_view(each, 1)) for each in found.types]
    areas = [sent(area_view(each, 1)) for each in found.areas]
    assert found == Directory(
        tuple(AgencyForm.model_validate_json(each).made() for each in agencies),
        tuple(IncidentTypeForm.model_validate_json(each).made() for each in types),
        tuple(AreaForm.model_validate_json(each).made() for each in areas),
    )


# --- one entry -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "change", "told"),
    [
        ("agencies", HARBOUR, {"active": False}, {"active": {"from": True, "to": False}}),
        ("incident-types", TIDAL, {"severity": "low"}, {"severity": {"from": None, "to": "low"}}),
        (
            "areas",
            TOWN,
            {"geometry": {"type": "MultiPolygon", "coordinates": [SQUARE]}},
            {"geometry": True},
        ),
    ],
)
async def test_an_entry_is_added_and_changed(
    service: Service,
    client: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    change: dict[str, Any],
    told: dict[str, Any],
) -> None:
    """By who may; whoever saw an older version is told what it says by now. All is written down."""
    url = f"/v1/{path}/{body['code']}"
    seen = await add(client, path, body)
    before = await client.get(url)
    assert before.headers["ETag"] == seen["If-Match"]
    assert before.json() | body == before.json()
    known = await client.get(url, headers={"If-None-Match": seen["If-Match"]})
    assert (known.status_code, known.headers["ETag"]) == (304, seen["If-Match"])

    answer = await client.put(url, json=body | change, headers=seen)
    assert answer.status_code == 200, answer.text
    assert answer.json() | change == answer.json()
    assert answer.json() == (await client.get(url)).json()
    assert f'"{answer.json()["version"]}"' == answer.headers["ETag"] != seen["If-Match"]

    again = await client.put(url, json=body | change, headers={"If-Match": answer.headers["ETag"]})
    assert again.headers["ETag"] == answer.headers["ETag"]
    late = problem(await client.put(url, json=body, headers=seen), 412, "entry-changed")
    assert late["current"] == {
        name: each for name, each in answer.json().items() if name != "geometry"
    }
    assert answer.headers["ETag"] in late["remedy"]

    noun = path.removesuffix("s").replace("-", "_").replace("agencie", "agency")
    assert service.audit.told == [
        ("agencies-client", f"{noun}.added", body["code"]),
        ("agencies-client", f"{noun}.changed", body["code"]),
    ]
    assert service.audit.entries[1].detail == told
    items = (await client.get(f"/v1/{path}")).json()["items"]
    assert items[-1] == late["current"]


@pytest.mark.parametrize(
    ("path", "body"), [("agencies", HARBOUR), ("incident-types", TIDAL), ("areas", TOWN)]
)
async def test_a_change_says_what_it_is_based_on(
    service: Service, client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    """Or nobody knows what it would overwrite."""
    url, noun = f"/v1/{path}/{body['code']}", path.removesuffix("s").replace("agencie", "agency")
    problem(await client.put(url, json=body, headers={"If-Match": '"1"'}), 404, f"unknown-{noun}")
    seen = await add(client, path, body)
    for headers in ({}, NEW | seen, {"If-Match": "*"}, {"If-None-Match": seen["If-Match"]}):
        problem(await client.put(url, json=body, headers=headers), 428, "no-if-match")
    other = body | {"name": {"id": "Lain", "en": "Other"}}
    problem(await client.put(url, json=other, headers=NEW), 412, "entry-changed")
    for tag in (f"W/{seen['If-Match']}", "x", '"0"'):
        answer = await client.put(url, json=other, headers={"If-Match": tag})
        problem(answer, 412, "entry-changed")
    either = {"If-Match": f'"1", {seen["If-Match"]}'}
    assert (await client.put(url, json=other, headers=either)).status_code == 200
    assert len(service.audit.told) == 2


async def test_what_another_node_has_added_is_found(
    store: Store, client: httpx.AsyncClient
) -> None:
    """Also before this one has looked."""
    other = Service(store)
    async with other.client(Scope.AGENCIES) as there:
        await add(there, "agencies", HARBOUR)
    assert (await client.get("/v1/agencies/pelabuhan")).status_code == 200
    problem(await client.get("/v1/agencies/nobody"), 404, "unknown-agency")


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        ("agencies", HARBOUR | {"code": "other"}, "code", "It must be 'pelabuhan'"),
        ("agencies", HARBOUR | {"code": "Pelabuhan"}, "code", "did you mean 'pelabuhan'?"),
        ("agencies", HARBOUR | {"kind": "polise"}, "kind", "did you mean 'police'?"),
        ("agencies", HARBOUR | {"aera": "kota"}, "", "did you mean 'area'?"),
        (
            "agencies",
            HARBOUR | {"hours": [{"day": "monday", "opens": "8", "closes": "24:00"}]},
            "hours.0.opens",
            "such as 08:30",
        ),
        ("incident-types", TIDAL | {"plan": [{}]}, "plan.0", "a kind of agency, or the code"),
        ("areas", TOWN | {"geometry": {"type": "Point"}}, "geometry.type", "Polygon, MultiPolygon"),
    ],
)
async def test_what_has_another_form_is_told_with_its_place(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str, said: str
) -> None:
    """And what may have been meant."""
    codes = {"agencies": "pelabuhan", "incident-types": "rob", "areas": "kota"}
    answer = await client.put(f"/v1/{path}/{codes[path]}", json=body, headers=NEW)
    error = problem(answer, 422, "invalid")["errors"][0]
    assert (error["where"], error["field"]) == ("body", field)
    assert said in error["detail"]


@pytest.mark.parametrize(
    ("path", "body", "where", "said"),
    [
        ("agencies", HARBOUR | {"area": "laut"}, "agencies[17].area", "'laut', which is no area"),
        ("incident-types", TIDAL | {"parent": "flod"}, "incident_types[125].parent", "'flod'"),
        (
            "incident-types",
            TIDAL | {"plan": [{"agency": "polsi"}]},
            "incident_types[125].plan[0].agency",
            "did you mean 'polisi'?",
        ),
        (
            "areas",
            TOWN | {"geometry": {"type": "Polygon", "coordinates": CROSSED}},
            "areas[0].geometry",
            "crosses itself",
        ),
        (
            "areas",
            TOWN | {"geometry": {"type": "Polygon", "coordinates": [["x"]]}},
            "areas[0].geometry",
            "is no point",
        ),
    ],
)
async def test_what_would_not_fit_is_refused(
    service: Service,
    client: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    where: str,
    said: str,
) -> None:
    """Each fault with its place and what to do, and nothing is changed."""
    answer = await client.put(f"/v1/{path}/{body['code']}", json=body, headers=NEW)
    (fault,) = problem(answer, 422, "directory-faulty")["faults"]
    assert fault["where"] == where
    assert said in fault["detail"]
    assert fault["remedy"]
    crosses = {"latitude": 0.5, "longitude": 0.5}
    assert fault["place"] == (crosses if "crosses" in said else None)
    assert not service.audit.told
    assert (await service.agencies[PKY].fresh()).directory == shipped()


async def test_types_and_areas_are_removed(service: Service, client: httpx.AsyncClient) -> None:
    """Unless something else needs them, or somebody has changed them."""
    town = await add(client, "areas", TOWN)
    harbour = await add(client, "agencies", HARBOUR | {"area": "kota"})
    tidal = await add(client, "incident-types", TIDAL)
    answer = await client.delete("/v1/areas/kota", headers=town)
    (fault,) = problem(answer, 422, "directory-faulty")["faults"]
    assert fault["where"] == "agencies[17].area"
    problem(await client.delete("/v1/incident-types/rob"), 428, "no-if-match")
    problem(
        await client.delete("/v1/incident-types/rob", headers={"If-Match": '"1"'}),
        412,
        "entry-changed",
    )
    assert (await client.delete("/v1/incident-types/rob", headers=tidal)).status_code == 204
    problem(
        await client.delete("/v1/incident-types/rob", headers=tidal), 404, "unknown-incident-type"
    )
    await client.put("/v1/agencies/pelabuhan", json=HARBOUR, headers=harbour)
    assert (await client.delete("/v1/areas/kota", headers=town)).status_code == 204
    problem(await client.get("/v1/areas/kota"), 404, "unknown-area")
    problem(await client.delete("/v1/agencies/pelabuhan", headers=harbour), 405, "wrong-method")
    assert service.audit.told[-1] == ("agencies-client", "area.removed", "kota")
    assert ("agencies-client", "incident_type.removed", "rob") in service.audit.told


async def test_nothing_is_changed_without_a_database(gone: Store) -> None:
    """It is told, and how it is can still be read."""
    service = Service(gone)
    async with service.client(Scope.AGENCIES) as client:
        for answer in (
            await client.put("/v1/agencies/pelabuhan", json=HARBOUR, headers=NEW),
            await client.delete("/v1/areas/kota", headers={"If-Match": '"1"'}),
            await client.put("/v1/directory", json={}, headers={"If-Match": '"1"'}),
            await client.post("/v1/agencies/polisi/secret"),
        ):
            problem(answer, 503, "store-unavailable")
        assert (await client.get("/v1/agencies/polisi")).status_code == 200
    assert not service.audit.told


# --- secrets -------------------------------------------------------------------------------------


async def test_a_secret_is_shown_once(
    service: Service, store: Store, client: httpx.AsyncClient
) -> None:
    """It is the one to sign with, and stands in nothing else that is told."""
    first = await client.post("/v1/agencies/polisi/secret")
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-store"
    assert await store.agencies.secret(PKY, AgencyCode("polisi")) == first.json()["secret"]
    second = (await client.post("/v1/agencies/polisi/secret")).json()
    assert second["secret"].startswith("whsec_")
    assert second["secret"] != first.json()["secret"]
    assert await store.agencies.secret(PKY, AgencyCode("polisi")) == second["secret"]
    assert service.audit.told == [("agencies-client", "agency.secret_made", "polisi")] * 2
    told = [str(service.audit.entries), (await client.get("/v1/directory")).text]
    told.append((await client.get("/v1/agencies/polisi")).text)
    assert not any("whsec_" in each for each in told)


async def test_a_secret_is_for_an_agency_that_takes_incidents(
    service: Service, client: httpx.AsyncClient
) -> None:
    """Nobody else has messages to be signed."""
    problem(await client.post("/v1/agencies/nobody/secret"), 404, "unknown-agency")
    await add(client, "agencies", HARBOUR | {"active": False})
    problem(await client.post("/v1/agencies/pelabuhan/secret"), 409, "inactive-agency")
    assert len(service.audit.told) == 1


# --- all of it -----------------------------------------------------------------------------------


async def test_what_is_exported_can_be_imported(
    service: Service, client: httpx.AsyncClient
) -> None:
    """As it was; of a part that is left out all stays, and agencies become inactive at the most."""
    await add(client, "areas", TOWN)
    await add(client, "agencies", HARBOUR | {"area": "kota"})
    whole = await client.get("/v1/directory")
    assert whole.headers["Content-Type"] == "application/json"
    seen = {"If-Match": whole.headers["ETag"]}
    same = await client.put("/v1/directory", json=whole.json(), headers=seen)
    assert (same.status_code, same.headers["ETag"]) == (200, seen["If-Match"])
    assert len(service.audit.told) == 2

    answer = await client.put(
        "/v1/directory",
        json={"agencies": [HARBOUR], "incident_types": [TIDAL], "areas": []},
        headers=seen,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["revision"]}"'
    agencies = (await client.get("/v1/agencies")).json()
    assert agencies["revision"] == answer.json()["revision"]
    assert [each["code"] for each in agencies["items"] if each["active"]] == ["pelabuhan"]
    assert len(agencies["items"]) == 18
    assert service.audit.entries[-1].detail == {
        "from": int(seen["If-Match"].strip('"')),
        "to": agencies["revision"],
    }
    late = problem(
        await client.put("/v1/directory", json={"areas": [TOWN]}, headers=seen),
        412,
        "directory-changed",
    )
    assert str(agencies["revision"]) in late["detail"]
    now = {"If-Match": answer.headers["ETag"]}
    back = await client.put("/v1/directory", json={"areas": [TOWN]}, headers=now)
    assert back.status_code == 200
    assert (await client.get("/v1/incident-types")).json()["items"][0]["code"] == "rob"
    for headers in ({}, {"If-Match": "*"}):
        problem(await client.put("/v1/directory", json={}, headers=headers), 428, "no-if-match")


async def test_every_fault_of_an_import_is_named(client: httpx.AsyncClient) -> None:
    """With its place in what was sent."""
    revision = (await client.put("/v1/agencies/pelabuhan", json=HARBOUR, headers=NEW)).headers[
        "ETag"
    ]
    wrong = {
        "agencies": [HARBOUR, HARBOUR | {"code": "laut", "area": "laut"}],
        "incident_types": [TIDAL | {"severity": "dire"}],
    }
    answer = await client.put("/v1/directory", json=wrong, headers={"If-Match": revision})
    found = problem(answer, 422, "directory-faulty")
    assert [each["where"] for each in found["faults"]] == [
        "agencies[1].area",
        "incident_types[0].severity",
    ]
    assert "(and 1 more)" in found["detail"]


def detailed(code: str, points: int) -> dict[str, Any]:
    """Return an area with a border in so fine detail."""
    around = [[113 + n / points, -2 + (n / points) ** 2] for n in range(points)]
    border = [*around, [113, -1], around[0]]
    return {**TOWN, "code": code, "geometry": {"type": "Polygon", "coordinates": [border]}}


async def test_areas_of_a_province_are_imported(client: httpx.AsyncClient) -> None:
    """They have some megabytes; one of them alone is changed too."""
    areas = [detailed(f"area{n}", 15_000) for n in range(6)]
    assert len(json.dumps(areas)) > 3 * 2**20
    revision = (await add(client, "agencies", HARBOUR))["If-Match"]
    answer = await client.put(
        "/v1/directory", json={"areas": areas}, headers={"If-Match": revision}
    )
    assert answer.status_code == 200, answer.text
    found = await client.get("/v1/areas/area5")
    assert found.json()["geometry"] == areas[5]["geometry"]
    finer = await client.put(
        "/v1/areas/area5",
        json=detailed("area5", 19_000),
        headers={"If-Match": found.headers["ETag"]},
    )
    assert finer.status_code == 200, finer.text


async def test_who_may_change_nothing_sends_nothing_long(service: Service) -> None:
    """To read a long body takes memory."""
    async with service.client(Scope.READ) as client:
        answer = await client.put("/v1/directory", json={"areas": [detailed("a", 9_000)]})
    assert "131072" in problem(answer, 413, "too-large")["detail"]


async def test_an_import_that_is_no_json(client: httpx.AsyncClient) -> None:
    """Said with the place, as of any other body."""
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    answer = await client.put("/v1/directory", content=b'{"areas": [}', headers=headers)
    assert "character 11" in problem(answer, 400, "malformed")["detail"]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["directory", "areas/kota"])
async def test_what_is_too_large_is_imported_by_hand(
    client: httpx.AsyncClient, path: str, *, announced: bool
) -> None:
    """The answer names the command."""

    async def long() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * 2**20

    answer = await client.put(
        f"/v1/{path}",
        content=b" " * 9 * 2**20 if announced else long(),
        headers=NEW | {"Content-Type": "application/json"},
    )
    said = problem(answer, 413, "too-large")["remedy"]
    assert f"sip112 {path.partition('/')[0]} import" in said
