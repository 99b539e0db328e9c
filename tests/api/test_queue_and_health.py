"""The queue, health, readiness and metrics."""

from __future__ import annotations

from sip112.api.ports import Fact, Severity
from sip112.people.roles import Scope
from sip112.routing.call import CallState
from sip112.routing.ids import Instant, SeatId
from sip112.store.store import Store
from tests.api.service import NOW, Service, problem
from tests.store.examples import arrived


async def test_who_waits(gone: Store) -> None:
    """In the order of the desk, with position, since when and how long; without a database."""
    service = Service(gone)
    urgent = arrived(2, at=NOW - 5, priority=10)
    early = arrived(1, at=NOW - 65.5).evolve(state=CallState.QUEUED, queued_at=Instant(NOW - 63))
    ringing = arrived(3).evolve(state=CallState.RINGING, seat=SeatId("seat-01"))
    service.desk.live = [urgent, ringing, early]
    async with service.client() as client:
        queue = (await client.get("/v1/queue")).json()
    assert [(item["position"], item["call"]["id"]) for item in queue["items"]] == [
        (1, str(urgent.id)),
        (2, str(early.id)),
    ]
    assert [item["waited_s"] for item in queue["items"]] == [5.0, 65.5]
    assert queue["items"][1]["since"] == "2026-11-21T22:27:14.500Z"
    assert queue["longest_s"] == 65.5


async def test_nobody_waits(service: Service) -> None:
    """An empty queue has no longest one."""
    async with service.client() as client:
        assert (await client.get("/v1/queue")).json() == {"items": [], "longest_s": 0.0}


async def test_a_clock_that_was_set_back_gives_no_negative_wait(service: Service) -> None:
    """Asterisk's clock may be ahead of ours."""
    service.desk.live = [arrived(1, at=NOW + 3)]
    async with service.client() as client:
        (item,) = (await client.get("/v1/queue")).json()["items"]
    assert item["waited_s"] == 0.0


async def test_alive(service: Service) -> None:
    """A sign of life asks nobody."""
    service.health.report = [Fact("link", ok=False, detail="down", remedy="Look.")]
    async with service.client(None) as client:
        assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_ready(service: Service) -> None:
    """All is as it must be, line by line."""
    async with service.client(None) as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "ready")
    assert response.json()["checks"] == [
        {
            "name": "link",
            "ok": True,
            "detail": "up",
            "reason": None,
            "remedy": "",
            "severity": "critical",
        }
    ]


async def test_an_alarm_leaves_the_node_ready(service: Service) -> None:
    """A load balancer goes on; people see what is wrong and what to do about it."""
    service.health.report = [
        Fact("link", ok=True, detail="up"),
        Fact("disk", ok=False, detail="full", remedy="Free some.", severity=Severity.WARNING),
    ]
    async with service.client(None) as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    _, disk = response.json()["checks"]
    assert (disk["ok"], disk["severity"], disk["remedy"]) == (False, "warning", "Free some.")


async def test_not_ready(service: Service) -> None:
    """What is wrong and what to do about it, beside what is right."""
    service.health.report = [
        Fact("link", ok=True, detail="up"),
        Fact("routing", ok=False, detail="not known", remedy="Wait."),
        Fact("lease", ok=False, detail="no answer", remedy="Start the database."),
        Fact("disk", ok=False, detail="full", remedy="Free some.", severity=Severity.WARNING),
    ]
    async with service.client(None) as client:
        response = await client.get("/readyz")
    document = problem(response, 503, "not-ready")
    assert document["detail"] == "routing: not known; lease: no answer"
    assert document["remedy"] == "Wait. Start the database."
    assert [check["ok"] for check in document["checks"]] == [True, False, False, False]
    assert response.headers["retry-after"] == "5"


async def test_metrics(service: Service) -> None:
    """Prometheus' text as the service gives it."""
    async with service.client(Scope.METRICS, Accept="text/plain;version=0.0.4;q=0.5") as client:
        response = await client.get("/metrics")
    assert response.content == b"sip112_calls_waiting 3.0\n"
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_load_balancers_may_ask_for_the_head_alone(service: Service) -> None:
    """The status without the body, as many of them do by default."""
    async with service.served() as client:
        for path in ("/healthz", "/readyz"):
            response = await client.head(path)
            assert (response.status_code, response.content) == (200, b"")
        service.health.report = [Fact("link", ok=False, detail="down", remedy="Look.")]
        assert (await client.head("/readyz")).status_code == 503
        assert (await client.head("/v1/events")).status_code == 405
