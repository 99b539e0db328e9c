"""The OpenAPI document is complete and true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sip112.api.notices import NoticeKind
from sip112.dispatch.handoff import MessageKind
from sip112.store.store import Store
from tests.api.roles import TABLE
from tests.api.service import Service

OPEN = {("/healthz", "get"), ("/readyz", "get"), ("/v1/session", "post")}
OPEN |= {(path, method.lower()) for (method, path) in TABLE if path.startswith("/v1/agency/")}

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the document."""
    service = Service(Store("sqlite:///nowhere.db"), public_url="https://112.example.org")
    return service.app.openapi()


@pytest.fixture
def operations(document: dict[str, Any]) -> list[Operation]:
    """Give every operation as path, method and what is said of it."""
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def nested(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from nested(each)


def test_it_says_what_it_is_of(document: dict[str, Any]) -> None:
    """Name, version, licence, where it is served, and how to begin."""
    assert document["info"]["title"] == "sip112"
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert "bearer token" in document["info"]["description"]
    assert document["servers"] == [{"url": "https://112.example.org"}]


def test_every_operation_is_described(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    """Summary, description, a known tag, and a description of every parameter."""
    tags = {tag["name"] for tag in document["tags"]}
    assert len(operations) == len(TABLE)
    for path, method, operation in operations:
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert set(operation["tags"]) <= tags, (path, method)
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, method, parameter["name"])


def test_every_operation_has_an_example(operations: list[Operation]) -> None:
    """Of its answer, and of its body where it takes one."""
    for path, method, operation in operations:
        if "204" in operation["responses"]:
            assert "content" not in operation["responses"]["204"], (path, method)
        else:
            (content,) = operation["responses"]["200"]["content"].values()
            assert content["example"], (path, method)
        if "requestBody" in operation:
            for content in operation["requestBody"]["content"].values():
                assert content["examples"], (path, method)


def test_every_operation_says_what_can_go_wrong(operations: list[Operation]) -> None:
    """As problems, each with an example that says what to do."""
    for path, method, operation in operations:
        expected = {"406", "500"}
        if (path, method) not in OPEN:
            expected |= {"401", "403"}
        if "{" in path:
            expected |= {"404"}
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if method == "post" and path != "/v1/session":
            expected |= {"409", "503"}
        if method == "post" and "/seats/" in path:  # Asterisk has to confirm it
            expected |= {"504"}
        if path == "/v1/tickets/{ticket}" and method == "patch":
            expected |= {"412", "428"}
        if method == "patch":
            expected |= {"503"}
        errors = {key: each for key, each in operation["responses"].items() if key > "399"}
        assert expected <= set(errors), (path, method)
        for status, response in errors.items():
            assert response["description"]
            content = response["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemView"}
            for example in content["examples"].values():
                assert example["value"]["status"] == int(status)
                assert example["value"]["remedy"]
            assert list(response["content"]) == ["application/problem+json"]


def test_every_operation_says_who_may_do_it(
    document: dict[str, Any], operations: list[Operation]
) -> None:
    """A token or a session with the scopes that it needs, but for those that are open."""
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert schemes["session"] | {"description": ""} == {
        "type": "apiKey",
        "in": "cookie",
        "name": "sip112_session",
        "description": "",
    }
    for path, method, operation in operations:
        if (path, method) in OPEN:
            assert "security" not in operation
            continue
        needed = {name: scopes for each in operation["security"] for name, scopes in each.items()}
        if "token" in needed:  # what is not for people alone is for both alike
            assert needed["token"] == needed["session"], (path, method)
            assert needed["token"], (path, method)
        assert set(needed) <= {"token", "session"}


def test_the_event_stream_is_described(document: dict[str, Any]) -> None:
    """What an event is made of, and an example as it comes over the wire."""
    operation = document["paths"]["/v1/events"]["get"]
    content = operation["responses"]["200"]["content"]["text/event-stream"]
    data = content["itemSchema"]["properties"]["data"]
    assert data["contentSchema"]["anyOf"] == [
        {"$ref": "#/components/schemas/EventView"},
        {"$ref": "#/components/schemas/NoticeView"},
    ]
    notices = document["components"]["schemas"]["NoticeView"]["anyOf"]
    kinds = [
        document["components"]["schemas"][each["$ref"].rpartition("/")[2]]["properties"]["kind"]
        for each in notices
    ]
    assert {kind["const"] for kind in kinds} == set(NoticeKind)
    assert "\nevent: call.ringing\ndata: {" in content["example"]
    names = {parameter["name"].lower() for parameter in operation["parameters"]}
    assert names == {"seat", "kind", "after", "last-event-id"}
    assert "Last-Event-ID" in operation["description"]


def test_every_field_is_described(document: dict[str, Any]) -> None:
    """And every reference leads somewhere."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        assert schema.get("description"), name
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), (name, field)
    references = {node["$ref"] for node in nested(document) if isinstance(node.get("$ref"), str)}
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


@pytest.mark.parametrize(
    "name",
    [
        "TicketPatch",
        "Login",
        "PauseReason",
        "Shown",
        "SignInBody",
        "PasswordChange",
        "SitDown",
        "AgencyForm",
        "ContactForm",
        "ChannelForm",
        "OpeningForm",
        "IncidentTypeForm",
        "NameForm",
        "AreaForm",
    ],
)
def test_every_text_that_is_taken_has_a_limit(document: dict[str, Any], name: str) -> None:
    """Nobody can write without end, and whoever writes a client knows how long a field may be."""
    taken = document["components"]["schemas"][name]
    texts = [node for node in nested(taken) if node.get("type") == "string"]
    assert texts
    assert all("maxLength" in text or "enum" in text for text in texts)
    lists = [node for node in nested(taken) if node.get("type") == "array"]
    assert all("maxItems" in each for each in lists)


def test_the_limits_of_a_ticket_are_told(document: dict[str, Any]) -> None:
    """A line has 200 characters, and prose 20,000; a number has its bounds."""
    fields = document["components"]["schemas"]["TicketPatch"]["properties"]
    limits = {
        name: node["maxLength"]
        for name, field in fields.items()
        for node in nested(field)
        if "maxLength" in node
    }
    assert limits.pop("narrative") == 20_000
    assert limits.pop("persons") == 2_000
    place = {"latitude", "longitude"}
    assert set(limits) == set(fields) - {"status", "narrative", "persons"} - place
    assert set(limits.values()) == {200}


async def test_it_is_served_as_it_is_made(tmp_path: Path) -> None:
    """To everyone, whole."""
    service = Service(Store(f"sqlite:///{tmp_path}/nowhere.db"), tokens=())
    async with service.client(None) as client:
        response = await client.get("/v1/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == service.app.openapi()


def test_what_agencies_are_sent_is_described(document: dict[str, Any]) -> None:
    """Each kind of message, with the headers by which it is known."""
    told = {MessageKind.REQUEST, MessageKind.UPDATE, MessageKind.CANCEL}
    assert set(document["webhooks"]) == told
    for each in document["webhooks"].values():
        headers = {parameter["name"] for parameter in each["post"]["parameters"]}
        assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        assert each["post"]["requestBody"]["required"]
        assert {"2XX", "4XX", "5XX"} <= each["post"]["responses"].keys()
