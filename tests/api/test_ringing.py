"""Telephones that ask for the ticket of the call that they ring for."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import httpx
import pytest

from sip112.api import docs
from sip112.api.phone_keys import PhoneKey
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing.call import Caller, CallState
from sip112.routing.events import PopupSeen
from sip112.routing.ids import CentreCode, SeatId
from sip112.store.store import Store
from tests.api.service import NOW, SECRETS, Service, problem

KEY, OTHER = "sip112_key-of-seat-03", "sip112_key-of-seat-04"
KEYS = (PhoneKey("PKY", "seat-03", digest(KEY)), PhoneKey("PKY", "seat-04", digest(OTHER)))
PATH = "/v1/phones/seat-03/ringing"
TICKET = f"{docs.RINGING.ticket_number}"


@pytest.fixture
def service(store: Store) -> Service:
    """Give a service with a seat that has a telephone with a key, and a call."""
    service = Service(store, phone_keys=KEYS, public_url="https://112.example.org/")
    service.desk.places = [docs.READY.evolve(call=docs.RINGING.id)]
    service.desk.live = [docs.RINGING.evolve(arrived_at=NOW - 4.4)]
    return service


async def ask(service: Service, path: str = PATH, **query: str) -> httpx.Response:
    """Ask as a telephone does: with nothing but an address."""
    async with service.client(None) as client:
        return await client.get(path, params={"key": KEY} | query)


async def test_it_gets_the_ticket_which_counts_as_seen(service: Service) -> None:
    """As a line of text, whoever it is from."""
    response = await ask(service)
    assert response.status_code == 200
    assert response.text == f"{TICKET} 08125550142 Budi (4 s)"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert service.desk.commands == [(PopupSeen, {"seat": "seat-03", "call": docs.RINGING.id})]


@pytest.mark.parametrize("form", ["yealink", "snom"])
async def test_desk_phones_have_their_xml(service: Service, form: str) -> None:
    """In which a name is text, whatever it is."""
    caller = Caller("0812", "</Text><b>&amp;")
    service.desk.live = [service.desk.live[0].evolve(caller=caller)]
    response = await ask(service, **{"as": form})
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    page = ET.fromstring(response.text)  # noqa: S314 - our own
    assert page.tag.lower().startswith(form)
    assert [each.text for each in page] == [TICKET, "0812 </Text><b>&amp; (4 s)"]


async def test_a_browser_is_sent_to_the_ticket(service: Service, store: Store) -> None:
    """Where the settings say that it is, or else where it asked."""
    response = await ask(service, **{"as": "link"})
    assert response.status_code == 302
    assert response.headers["location"] == f"https://112.example.org/t/{TICKET}"
    here = Service(store, phone_keys=KEYS)
    here.desk.places, here.desk.live = service.desk.places, service.desk.live
    assert (await ask(here, **{"as": "link"})).headers["location"] == f"/t/{TICKET}"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("08125550142", 200),
        ("sip:08125550142@192.0.2.4", 200),
        ('"PKY 08125550142" <sip:08125550142@192.0.2.4:5060>', 200),
        ("anonymous", 200),
        ("", 200),
        ("201", 404),
        ("<sip:201@192.0.2.4>", 404),
    ],
)
async def test_a_number_that_is_not_the_callers(service: Service, number: str, status: int) -> None:
    """The telephone rings for another call; what is no number says nothing."""
    response = await ask(service, number=number)
    assert response.status_code == status
    if status == 404:
        problem(response, 404, "no-call")
        assert service.desk.commands == []


async def test_a_caller_without_a_number_has_any(service: Service) -> None:
    """Asterisk may call them by some word."""
    service.desk.live = [service.desk.live[0].evolve(caller=Caller())]
    assert (await ask(service, number="112")).text == f"{TICKET} 112 (-) (4 s)"


async def test_without_a_call_there_is_no_ticket(service: Service) -> None:
    """Nor for a call that has none yet, or that ended as it was asked for."""
    service.desk.live = [docs.RINGING.evolve(ticket_number=None)]
    problem(await ask(service), 404, "no-call")
    service.desk.live = []
    problem(await ask(service), 404, "no-call")
    service.desk.places = [docs.READY]
    problem(await ask(service), 404, "no-call")
    service.desk.places = []
    document = problem(await ask(service), 404, "no-call")
    assert "seat-03" in document["detail"]


async def test_a_call_that_was_answered_still_has_its_ticket(service: Service) -> None:
    """A telephone may ask late, or again."""
    service.desk.live = [docs.RINGING.evolve(state=CallState.TALKING)]
    assert (await ask(service)).status_code == 200


@pytest.mark.parametrize("key", ["", "x", OTHER, digest(KEY), KEY + "x", "\xff", "\x00"])
async def test_a_wrong_key_is_refused(service: Service, key: str) -> None:
    """Another seat's, or what the settings hold; and nothing is told of the call."""
    document = problem(await ask(service, key=key), 403, "wrong-phone-key")
    assert "sip112 phone-key" in document["remedy"]
    assert service.desk.commands == []
    async with service.client(None) as client:
        problem(await client.get(PATH), 403, "wrong-phone-key")


async def test_a_seat_that_has_no_key(service: Service) -> None:
    """Whether there is such a seat or not."""
    response = await ask(service, "/v1/phones/seat-99/ringing")
    document = problem(response, 404, "no-phone-key")
    assert "seat-99" in document["detail"]


async def test_a_key_is_good_for_nothing_else(service: Service) -> None:
    """Not as a token; and a token is no key."""
    async with service.client(None, Authorization=f"Bearer {KEY}") as client:
        problem(await client.get("/v1/seats"), 401, "wrong-token")
        problem(await client.get(f"/v1/seats?key={KEY}"), 401, "wrong-token")
        problem(await client.post(f"{PATH}?key={KEY}"), 405, "wrong-method")
        problem(await client.get(f"/v1/phones/seat-03?key={KEY}"), 401, "wrong-token")
    async with service.client(Scope.ADMIN) as client:
        problem(await client.get(PATH), 403, "wrong-phone-key")
        secret = SECRETS[Scope.ADMIN]
        problem(await client.get(f"{PATH}?key={secret}"), 403, "wrong-phone-key")


async def test_what_makes_no_sense_is_explained(service: Service) -> None:
    """A form that there is not."""
    document = problem(await ask(service, **{"as": "cisco"}), 422, "invalid")
    assert "'text', 'yealink', 'snom' or 'link'" in document["detail"]


async def test_seats_of_one_name_in_two_centres(store: Store) -> None:
    """The key says which; an address of the other centre is refused."""
    ktm = CentreCode("KTM")
    keys = (KEYS[0], PhoneKey(ktm, "seat-03", digest(OTHER)))
    service = Service(store, others=(ktm,), phone_keys=keys)
    service.desks[ktm].places = [docs.READY.evolve(call=docs.RINGING.id, id=SeatId("seat-03"))]
    service.desks[ktm].live = [docs.RINGING]
    assert (await ask(service, key=OTHER)).status_code == 200
    assert (await ask(service, f"/centres/KTM{PATH}", key=OTHER)).status_code == 200
    problem(await ask(service), 404, "no-call")
    problem(await ask(service, f"/centres/KTM{PATH}"), 403, "other-centres")


async def test_a_standby_passes_it_on(service: Service, store: Store) -> None:
    """The owner of the centre alone knows who rings."""
    async with service.served() as owner:
        standby = Service(store, phone_keys=KEYS)
        standby.desk.owned = False
        standby.desk.elsewhere = str(owner.base_url)
        async with standby.served(lifespan="on") as client:
            for form, status in (("text", 200), ("link", 302)):
                response = await client.get(PATH, params={"key": KEY, "as": form})
                assert response.status_code == status
                assert TICKET in response.text + response.headers.get("location", "")
    assert len(service.desk.commands) == 2
    standby.desk.elsewhere = None
    problem(await ask(standby), 503, "centre-elsewhere")
