"""Dispatching at a node: what waits is carried, what is overdue escalates, a person is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter
from typing_extensions import override

from rig import asking
from sip112.api.schemas.webhooks import HandoffMessage
from sip112.dispatch.agency import Agency, AgencyKind, Channel, ChannelKind, Contact
from sip112.dispatch.directory import Directory
from sip112.dispatch.errors import NothingSet, NotReferredTo, OnlyReferredTo, UnknownAgency
from sip112.dispatch.handoff import Handoff, Step
from sip112.dispatch.ids import AgencyCode
from sip112.dispatch.limits import limits_for
from sip112.dispatch.links import LinkKind
from sip112.dispatch.outbox import OutboxItem
from sip112.dispatch.referrals import How
from sip112.handoff.courier import CALLER_S, LONGEST_PAUSE_S
from sip112.handoff.documents import urns
from sip112.handoff.letters import Letters
from sip112.handoff.ports import WallClock
from sip112.routing.ids import CentreCode, Instant
from sip112.routing.ticket import TicketRecord
from sip112.service.dispatch.handoffs import Handoffs, idle
from sip112.service.dispatch.runner import Dispatching
from sip112.store.store import Store
from tests.api.service import write
from tests.handoff.published import errors_of
from tests.handoff.receiver import SECRET, Manner, Receiver, said
from tests.store.examples import arrived, opening

PKY = CentreCode("PKY")
JAKARTA = ZoneInfo("Asia/Jakarta")
DOMAIN = "pky.112.invalid"
DAMKAR, MEDIS = AgencyCode("damkar"), AgencyCode("medis")


class Ahead(WallClock):
    """A clock that a test sets."""

    by_s = 0.0
    """Seconds by which it is ahead."""

    @override
    def now(self) -> Instant:
        return Instant(super().now() + self.by_s)


@dataclass
class Here:
    """What a node has for handoffs."""

    store: Store
    handoffs: Handoffs
    dispatching: Dispatching
    told: list[Handoff]
    moved: list[OutboxItem]
    clock: Ahead
    owned: bool = True
    tickets: list[TicketRecord] = field(default_factory=list)

    async def ticket(self, n: int = 1) -> TicketRecord:
        """Open a ticket."""
        call = arrived(n)
        await write(self.store, opening(call))
        found = await self.store.ticket(PKY, str(call.ticket))
        assert found is not None
        return found

    async def hand_off(self, ticket: TicketRecord, *agencies: AgencyCode) -> Handoff:
        """Pass a ticket on, and return the first handoff."""
        made = await self.handoffs.request(ticket, agencies, "sari", f"{ticket.number} {agencies}")
        return made[0][0]

    async def until_at(self, handoff: Handoff, step: Step) -> Handoff:
        """Wait until a handoff has come to a step."""
        found: list[Handoff] = []

        async def is_there() -> bool:
            now = await self.handoffs.one(handoff.id)
            assert now is not None
            found[:] = [now[0]]
            return now[0].step is step

        await asking.until(is_there, within=10)
        return found[0]

    async def kinds(self, handoff: Handoff) -> list[str]:
        """Return what stands in the history of a handoff: kinds, and steps by their name."""
        now = await self.handoffs.one(handoff.id)
        assert now is not None
        return [each.step if each.kind == "step" else each.kind for each in now[1]]


def an_agency(code: AgencyCode, *channels: Channel) -> Agency:
    """Return an agency that is reached by these channels."""
    return Agency(code, AgencyKind.FIRE, {"id": code, "en": code}, channels=channels)


@asynccontextmanager
async def running(
    tmp_path: Path,
    *agencies: Agency,
    notifiers: Mapping[ChannelKind, str] | None = None,
    allowed: str = "127.0.0.0/8",
) -> AsyncIterator[Here]:
    """Run the dispatching of a centre with these agencies."""
    store = Store(f"sqlite:///{tmp_path}/sip112.db")
    await store.migrate()
    directory, told, moved = Directory(agencies), list[Handoff](), list[OutboxItem]()
    letters = Letters(DOMAIN, "https://112.example.org/a/", JAKARTA, lambda: directory)
    handoffs = Handoffs(
        PKY,
        store.handoffs,
        store.outbox,
        lambda: directory,
        letters,
        JAKARTA,
        told.append,
        (notifiers or {}).keys(),
        moved=moved.append,
    )
    here: Here
    clock = Ahead()
    dispatching = Dispatching(
        PKY,
        store,
        handoffs,
        owned=lambda: here.owned,
        allowed=(ip_network(allowed),),
        notifiers=notifiers,
        clock=clock,
    )
    here = Here(store, handoffs, dispatching, told, moved, clock)
    for agency in agencies:
        await store.agencies.set_secret(PKY, agency.code, SECRET)
    task = asyncio.create_task(dispatching.run())
    try:
        yield here
        assert not dispatching.faults
    finally:
        task.cancel()
        await asyncio.wait([task])
        await store.close()


def webhook(receiver: Receiver) -> Channel:
    """Return the channel to a receiver."""
    return Channel(ChannelKind.WEBHOOK, receiver.url)


def told_of(receiver: Receiver) -> list[Any]:
    """Return the bodies that a receiver has taken."""
    return [json.loads(request.body) for request in receiver.taken.values()]


async def test_a_ticket_arrives_and_its_changes_follow(tmp_path: Path) -> None:
    """Signed, with the incident as EIDO; updates once the agency acts, and in the end no more."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        ticket = await here.ticket()
        handoff = await here.hand_off(ticket, DAMKAR)
        await here.until_at(handoff, Step.DELIVERED)
        (body,) = told_of(damkar)
        assert body["type"] == "handoff.requested"
        assert body["data"]["handoff"] == str(handoff.id)
        assert body["data"]["ticket"] == ticket.number
        assert body["data"]["answer_url"].startswith("https://112.example.org/a/")
        assert body["data"]["eido"]["$id"].startswith("urn:emergency:uid:incidentid:")
        assert all(request.is_signed for request in damkar.requests)
        await here.handoffs.said(handoff.id, Step.ACCEPTED, "agency:damkar", "webhook", "")
        await here.store.change_ticket(PKY, ticket.id, {"address": "Jl. Contoh 12"}, 1, "sari")
        await damkar.until(lambda it: len(it.taken) == 2)
        update = told_of(damkar)[1]
        assert update["type"] == "handoff.updated"
        assert "Jl. Contoh 12" in json.dumps(update["data"]["eido"], ensure_ascii=False)
        await here.handoffs.cancel(handoff.id, "sari", "False alarm")
        await damkar.until(lambda it: len(it.taken) == 3)
        assert told_of(damkar)[2]["type"] == "handoff.cancelled"
        for each in told_of(damkar):
            TypeAdapter(HandoffMessage).validate_python(each)
        assert not list(errors_of([each.body for each in damkar.taken.values()]))
        assert [each.step for each in here.told] == ["queued", "delivered", "accepted", "cancelled"]


async def test_a_line_of_the_settings_that_was_lost_costs_no_message(tmp_path: Path) -> None:
    """A supervisor is told at once; the service started again with the line, it is delivered."""
    async with Receiver() as receiver:
        damkar = an_agency(DAMKAR, webhook(receiver))
        async with running(tmp_path, damkar, allowed="10.0.0.0/8") as here:
            handoff = await here.hand_off(await here.ticket(), DAMKAR)

            async def is_told() -> bool:
                return await here.kinds(handoff) == ["queued", "failing", "alarmed"]

            await asking.until(is_told, within=10)
            assert not receiver.requests
        async with running(tmp_path, damkar) as here:
            here.clock.by_s = LONGEST_PAUSE_S
            await here.until_at(handoff, Step.DELIVERED)
            assert not await here.handoffs.dead()
        assert len(receiver.taken) == 1


async def test_what_is_passed_on_is_handed_to_the_courier(tmp_path: Path) -> None:
    """Once; and who watches hears of it before anything can come of it."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        await asking.until(lambda: here.handoffs.woken is not idle, within=10)
        wake, handed = here.handoffs.woken, list[Sequence[OutboxItem]]()

        def woken(items: Sequence[OutboxItem]) -> None:
            handed.append(items)
            assert not here.told or not items
            wake(items)

        here.handoffs.woken = woken
        ticket = await here.ticket()
        handoff = await here.hand_off(ticket, DAMKAR)
        await here.hand_off(ticket, DAMKAR)
        assert [len(each) for each in handed] == [1, 0]
        assert handed[0][0].body is not None
        await here.until_at(handoff, Step.DELIVERED)
        assert here.told[0].step is Step.QUEUED


async def test_who_acts_is_told_that_two_incidents_are_one(tmp_path: Path) -> None:
    """At either, with what the second caller said; and that they are two again."""
    async with Receiver() as damkar, Receiver() as medis:
        agencies = an_agency(DAMKAR, webhook(damkar)), an_agency(MEDIS, webhook(medis))
        async with running(tmp_path, *agencies) as here:
            first, second = await here.ticket(1), await here.ticket(2)
            for ticket, agency in ((first, DAMKAR), (second, MEDIS)):
                handoff = await here.hand_off(ticket, agency)
                await here.until_at(handoff, Step.DELIVERED)
                await here.handoffs.said(handoff.id, Step.ACCEPTED, f"agency:{agency}", "", "")
            links = here.store.links
            merge = (PKY, LinkKind.DUPLICATE, second.id, first.id, "sari", "")
            made = await links.link(*merge)
            await damkar.until(lambda it: len(it.taken) == 2)
            await medis.until(lambda it: len(it.taken) == 2)
            assert merges(damkar) == [("REPLACED", urns.incident(second.id, DOMAIN))]
            assert merges(medis) == [("REPLACING", urns.incident(first.id, DOMAIN))]
            version = made.ticket.version
            written = {"narrative": "Ada orang di atap"}
            await here.store.change_ticket(PKY, second.id, written, version, "sari")
            await damkar.until(lambda it: len(it.taken) == 3)
            assert "Ada orang di atap" in json.dumps(told_of(damkar)[2]["data"]["eido"])
            await links.unlink(PKY, second.id, made.link.id, "sari", "")
            await damkar.until(lambda it: len(it.taken) == 4)
            assert merges(damkar) == [("SPLIT", urns.incident(second.id, DOMAIN))]
            assert "Ada orang di atap" not in json.dumps(told_of(damkar)[3]["data"]["eido"])
            await medis.until(lambda it: merges(it)[0][0] == "SPLIT")


def merges(receiver: Receiver) -> list[tuple[str, str]]:
    """Return what an agency was told last of other incidents."""
    told = told_of(receiver)[-1]["data"]["eido"].get("mergeComponent", [])
    return [
        (each["incidentMergeDirectionCode"], each["incidentTrackingIdentifier"]) for each in told
    ]


async def test_who_is_down_gets_everything_when_they_are_back(tmp_path: Path) -> None:
    """Once and in order, while the ladder is climbed meanwhile; the history says why."""
    async with Receiver() as damkar, Receiver() as second:
        agency = an_agency(DAMKAR, webhook(damkar), webhook(second))
        async with running(tmp_path, agency) as here:
            await damkar.down()
            handoff = await here.hand_off(await here.ticket(), DAMKAR)
            await _until_kinds(here, handoff, ["queued", "failing"])
            here.clock.by_s = 31
            await here.until_at(handoff, Step.DELIVERED)
            assert len(second.taken) == 1
            assert await here.kinds(handoff) == ["queued", "failing", "escalated", "delivered"]
            await damkar.up()
            await damkar.until(lambda it: len(it.taken) == 1)
            assert list(damkar.repeated.values()) == [1]


async def test_who_refuses_for_good_is_not_waited_for(tmp_path: Path) -> None:
    """The next rung is tried at once; with none left a supervisor is called."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        damkar.manner = lambda _: Manner.GONE
        handoff = await here.hand_off(await here.ticket(), DAMKAR)
        await asking.until(lambda: not all(fact.ok for fact in here.dispatching.facts()), within=10)
        assert await here.kinds(handoff) == ["queued", "failed", "alarmed"]
        reached = here.dispatching.facts()[0]
        assert not reached.ok
        assert "damkar" in reached.detail
        await asking.until(lambda: not here.dispatching.facts()[1].ok, within=10)
        assert [each.id for each in here.moved] == [each.id for each in await here.handoffs.dead()]
        await here.handoffs.said(handoff.id, Step.ACCEPTED, "sari", "", "By telephone")
        await asking.until(lambda: here.dispatching.facts()[0].ok, within=10)


async def test_escalations_come_when_they_are_due_and_not_before(tmp_path: Path) -> None:
    """The clock is turned by hand: a second before nothing happens."""
    contact = Contact("Piket", {ChannelKind.VOICE: "0812555001"})
    agency = Agency(
        DAMKAR,
        AgencyKind.FIRE,
        {"id": "Damkar", "en": "Fire"},
        contacts=(contact,),
        channels=(Channel(ChannelKind.VOICE, "113"),),
    )
    async with running(tmp_path, agency) as here:
        handoff = await here.hand_off(await here.ticket(), DAMKAR)
        assert handoff.due_at is not None
        here.clock.by_s = handoff.due_at - time.time() - 5
        looked = here.dispatching.looks
        await asking.until(lambda: here.dispatching.looks > looked + 1, within=10)
        assert await here.kinds(handoff) == ["queued"]
        here.clock.by_s += 6
        await _until_kinds(here, handoff, ["queued", "escalated"])
        here.clock.by_s += 200
        await _until_kinds(here, handoff, ["queued", "escalated", "alarmed"])
        here.clock.by_s += 100_000
        looked = here.dispatching.looks
        await asking.until(lambda: here.dispatching.looks > looked + 1, within=10)
        assert await here.kinds(handoff) == ["queued", "escalated", "alarmed"]


async def test_the_clock_follows_what_an_incident_turns_out_to_be(tmp_path: Path) -> None:
    """A severity that is written after the handoff counts too, and desks are told."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        ticket = await here.ticket()
        handoff = await here.hand_off(ticket, DAMKAR)
        before = await here.until_at(handoff, Step.DELIVERED)
        assert before.due_at == before.tried_at + limits_for("high").acknowledged_s
        await here.store.change_ticket(PKY, ticket.id, {"severity": "critical"}, 1, "sari")
        await asking.until(lambda: here.told[-1].severity == "critical", within=10)
        now = await here.handoffs.one(handoff.id)
        assert now is not None
        assert now[0] == here.told[-1]
        assert now[0].due_at == before.tried_at + limits_for("critical").acknowledged_s
        assert await here.kinds(handoff) == ["queued", "delivered"]


async def _until_kinds(here: Here, handoff: Handoff, kinds: list[str]) -> None:
    async def hold() -> bool:
        return await here.kinds(handoff) == kinds

    await asking.until(hold, within=10)


async def test_people_are_told_by_what_is_set_and_else_by_the_next(tmp_path: Path) -> None:
    """A text message has left, and no more is known; there is nothing here that sends mail."""
    async with Receiver() as gateway:
        url = gateway.url.replace("http://", "json://")
        damkar = an_agency(
            DAMKAR,
            Channel(ChannelKind.EMAIL, "piket@damkar.example.org"),
            Channel(ChannelKind.SMS, "+628125550123"),
        )
        sms = {ChannelKind.SMS: f"{url}?:to={{to}}"}
        async with running(tmp_path, damkar, notifiers=sms) as here:
            ticket = await here.ticket()
            handoff = await here.hand_off(ticket, DAMKAR)
            await here.until_at(handoff, Step.SENT)
            (text,) = [said(each) for each in gateway.requests]
            assert text["to"] == "+628125550123"
            assert str(ticket.number) in str(text["message"])
            assert "https://112.example.org/a/" in str(text["message"])
            assert await here.kinds(handoff) == ["queued", "failing", "escalated", "sent"]


async def test_a_node_that_does_not_own_the_centre_carries_nothing(tmp_path: Path) -> None:
    """Whoever does, later, carries what was left."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        here.owned = False
        handoff = await here.hand_off(await here.ticket(), DAMKAR)
        await asyncio.sleep(0)
        here.owned = True
        await here.until_at(handoff, Step.DELIVERED)
        assert len(damkar.requests) == 1


@pytest.mark.parametrize("spoil", ["due", "page"])
async def test_a_fault_of_ours_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    """It is logged and counted, and all begins anew."""
    async with Receiver() as damkar, running(tmp_path, an_agency(DAMKAR, webhook(damkar))) as here:
        good: Callable[..., Any] = getattr(here.store.handoffs, spoil)
        spoilt = [True]

        async def once(*arguments: Any, **more: Any) -> Any:
            if spoilt.pop() if spoilt else False:
                raise RuntimeError("spoilt by the test")
            return await good(*arguments, **more)

        monkeypatch.setattr(here.store.handoffs, spoil, once)
        await asking.until(lambda: here.dispatching.faults == 1, within=10)
        here.dispatching.faults = 0
        handoff = await here.hand_off(await here.ticket(), DAMKAR)
        await here.until_at(handoff, Step.DELIVERED)


PLN = Agency(
    AgencyCode("pln"),
    AgencyKind.SERVICE,
    {"id": "PLN (listrik)", "en": "PLN (electricity)"},
    channels=(Channel(ChannelKind.VOICE, "123"),),
)


async def test_a_caller_is_referred_by_sms(tmp_path: Path) -> None:
    """To the number of the call, in the ticket's language; that it has left ends the referral."""
    async with Receiver() as gateway:
        url = gateway.url.replace("http://", "json://")
        sms = {ChannelKind.SMS: f"{url}?:to={{to}}"}
        async with running(tmp_path, PLN, notifiers=sms) as here:
            ticket = await here.ticket()
            await here.store.change_ticket(PKY, ticket.id, {"language": "en"}, 1, "sari")
            made = await here.handoffs.refer(ticket, PLN.code, How.SMS, "sari", "k1")
            referral, _ = made.referral
            assert made.written
            assert made.ticket.disposition == "referred"
            await here.until_at(referral, Step.COMPLETED)
            (text,) = [said(each) for each in gateway.requests]
            assert text["to"] == "08125550001"
            assert text["message"] == (
                f"112 {ticket.number}\nPlease contact PLN (electricity): call 123\n"
                "In an emergency call 112."
            )
            assert await here.kinds(referral) == ["queued", "completed"]
            again = await here.handoffs.refer(ticket, PLN.code, How.SMS, "sari", "k1")
            assert again.referral[0].id == referral.id
            assert not again.written
            assert [each.step for each in here.told] == ["queued", "completed", "completed"]
            assert here.dispatching.facts()[0].ok


async def test_a_caller_whom_no_sms_reaches_calls_a_supervisor(tmp_path: Path) -> None:
    """For minutes it is tried; what was given up is sent again by one click, and ends it."""
    async with Receiver() as gateway:
        url = gateway.url.replace("http://", "json://")
        sms = {ChannelKind.SMS: f"{url}?:to={{to}}"}
        async with running(tmp_path, PLN, notifiers=sms) as here:
            gateway.manner = lambda _: Manner.ERROR
            made = await here.handoffs.refer(await here.ticket(), PLN.code, How.SMS, "sari", "k1")
            referral, _ = made.referral
            await _until_kinds(here, referral, ["queued", "failing"])
            here.clock.by_s = CALLER_S + 1
            await asking.until(lambda: not here.dispatching.facts()[0].ok, within=10)
            assert await here.kinds(referral) == ["queued", "failing", "failed", "alarmed"]
            (dead,) = await here.handoffs.dead()
            assert dead.rung.address == "08125550001"
            assert dead.last_error.startswith("given up after 15 minutes: ")
            gateway.manner = lambda _: Manner.WELL
            here.clock.by_s = 0
            await here.handoffs.resend(dead.id)
            await here.until_at(referral, Step.COMPLETED)
            await asking.until(lambda: here.dispatching.facts()[0].ok, within=10)


async def test_who_is_referred_and_who_is_asked(tmp_path: Path) -> None:
    """Neither for the other; and by SMS only where something is set that sends it."""
    fire = an_agency(DAMKAR, Channel(ChannelKind.VOICE, "113"))
    gone = replace(PLN, code=AgencyCode("pdam"), active=False)
    async with running(tmp_path, PLN, fire, gone) as here:
        ticket = await here.ticket()
        with pytest.raises(OnlyReferredTo):
            await here.hand_off(ticket, DAMKAR, PLN.code)
        with pytest.raises(NotReferredTo):
            await here.handoffs.refer(ticket, DAMKAR, How.SPOKEN, "sari", "k1")
        for code in (gone.code, AgencyCode("pnl")):
            with pytest.raises(UnknownAgency):
                await here.handoffs.refer(ticket, code, How.SPOKEN, "sari", "k1")
        with pytest.raises(NothingSet) as error:
            await here.handoffs.refer(ticket, PLN.code, How.SMS, "sari", "k1")
        assert error.value.channel is ChannelKind.SMS
        assert await here.handoffs.of_ticket(ticket.id) == []
        assert not here.told
