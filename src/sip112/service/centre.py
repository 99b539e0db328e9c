"""A centre as this node serves it: owned here, or followed while another node owns it.

Of the nodes that share a database one owns a centre at a time; the others stand by, with
everything at hand but a link to Asterisk. Whoever owns it decides (`tenure`); on every node its
event stream is whole: the owner's as it happens, the others' from the journal as it grows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

import structlog

from sip112.ami.phones import REALM
from sip112.api.hub import Hub
from sip112.api.notices import NoticeKind
from sip112.api.ports import NotOwner, Phone, PhoneKind
from sip112.api.schemas.handoffs import handoff_view
from sip112.api.schemas.spies import spy_view
from sip112.dispatch.directory import Directory
from sip112.dispatch.handoff import Handoff
from sip112.dispatch.outbox import OutboxItem
from sip112.people.roles import Scope
from sip112.routing import effects as f
from sip112.routing import events as e
from sip112.routing.call import Call
from sip112.routing.callback import Callback
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CallId, Instant, PbxId, SeatId, Seq, TicketId
from sip112.routing.pad import Sight
from sip112.routing.seat import Seat
from sip112.routing.spy import Spy
from sip112.routing.ticket import TicketRecord
from sip112.service.dispatch.agencies import Agencies
from sip112.service.listened import listened
from sip112.service.outside import ways_to
from sip112.service.recordings import Recordings
from sip112.service.settings import CentreSettings, Settings
from sip112.service.steps import Steps
from sip112.service.tenure import LEASE_S, End, Lost, Tenure
from sip112.store.assignments import Followed
from sip112.store.errors import StoreInUse
from sip112.store.lease import Lease
from sip112.store.store import Store

HUB_MEMORY: Final = 1_000
"""Entries that event streams are served from memory, some 3 MB; older ones from the store."""

STORE_FIRST_S: Final = 3.0
"""Seconds that the database has to answer, to say whose the centre is and which calls there
were. After that the node looks at Asterisk: where nobody decides, it does, without a lease."""

POLL_S: Final = 0.5
"""Seconds between a standby's looks at the lease."""

if TYPE_CHECKING:
    from sip112.service.dispatch.agency_desk import AgencyDesk
    from sip112.service.dispatch.agency_door import AgencyDoor
    from sip112.service.dispatch.handoffs import Handoffs
    from sip112.service.dispatch.neighbours import Neighbours
    from sip112.service.dispatch.runner import Dispatching

_log = structlog.get_logger(__name__)


class Centre:
    """One centre on this node (api.ports.DeskView)."""

    def __init__(self, settings: Settings, centre: CentreSettings, store: Store) -> None:
        self.settings = centre
        self.store = store
        self.hub = Hub(centre.code, store, memory=HUB_MEMORY)
        self.steps = Steps()
        self.recordings = Recordings(
            centre.code,
            {PbxId(pbx.name): pbx.recordings_path for pbx in centre.pbxs},
            on=centre.record_calls,
            days=centre.recordings_days,
            failed=self._not_recorded,
        )
        self.agencies = Agencies(
            centre.code,
            store.agencies,
            [each.code for each in centre.lists.lists.severities],
            self._directory_changed,
            centre.notifiers.urls.keys(),
        )
        self.dispatching: Dispatching | None = None
        """What is done about handoffs while the centre is ours; None until it is loaded."""
        self.tenure: Tenure | None = None
        """The time in which this node owns the centre; None while it stands by."""
        self.holder: Lease | None = None
        """Whose the centre was when a standby last looked."""
        self.refused: StoreInUse | None = None
        """Why this node can never own the centre: another process runs on its SQLite file."""
        self.takeovers = 0
        """How often this node took the centre over."""
        self._node = settings
        self._alone = not settings.is_shared
        self._stopping = asyncio.Event()
        self._migrated = False
        self._following: asyncio.Task[None] | None = None

    @property
    def code(self) -> str:
        """The centre's code."""
        return self.settings.centre

    @cached_property
    def handoffs(self) -> Handoffs:
        """Passing tickets on; see `load`."""
        from sip112.handoff.letters import Letters  # noqa: PLC0415 - see above
        from sip112.service.dispatch.handoffs import Handoffs  # noqa: PLC0415

        letters = Letters(
            self.settings.agency_domain,
            f"{self._node.popup_url}/a/",
            self.settings.time_zone,
            self._directory,
        )
        return Handoffs(
            self.settings.code,
            self.store.handoffs,
            self.store.outbox,
            self._directory,
            letters,
            self.settings.time_zone,
            self._handed_off,
            self.settings.notifiers.urls.keys(),
            self.settings.escalation_limits,
            self._message_moved,
        )

    def load(self) -> None:
        """Load what agencies need and callers do not: it takes half a second, in any thread."""
        from sip112.handoff.reach import Reach  # noqa: PLC0415 - see above
        from sip112.service.dispatch.runner import Dispatching  # noqa: PLC0415

        self.agencies.reach = Reach(self._node.handoff_private_networks).forbidden
        self.dispatching = Dispatching(
            self.settings.code,
            self.store,
            self.handoffs,
            owned=lambda: self.tenure is not None,
            allowed=self._node.handoff_private_networks,
            authorities=self._node.handoff_authorities,
            notifiers=self.settings.notifiers.urls,
        )

    @cached_property
    def door(self) -> AgencyDoor:
        """What agencies answer."""
        from sip112.service.dispatch.agency_door import AgencyDoor  # noqa: PLC0415 - see above

        return AgencyDoor(
            self.settings.code,
            self.settings.agency_domain,
            self.store,
            self.handoffs,
            self.neighbours,
            self._directory,
            time.time,
            time.monotonic,
        )

    @cached_property
    def agency_desk(self) -> AgencyDesk:
        """What agencies' people see and say, who have accounts."""
        from sip112.service.dispatch.agency_desk import AgencyDesk  # noqa: PLC0415 - see above

        return AgencyDesk(self.settings.code, self.store, self.handoffs, self._directory, time.time)

    @cached_property
    def neighbours(self) -> Neighbours:
        """What other centres ask."""
        from sip112.service.dispatch.neighbours import Neighbours  # noqa: PLC0415 - see above

        return Neighbours(
            self.settings.code,
            tuple(each.code for each in self.settings.lists.lists.severities),
            self.store,
            self.handoffs,
            self._directory,
            self._open_ticket,
            self._changed,
            time.time,
        )

    async def _open_ticket(self, ticket: TicketId, domain: str, /) -> None:
        """Have the core open the ticket of an incident that another centre passes on."""
        await self.command(e.OpenIncident, ticket=ticket, domain=domain)

    def _changed(self, ticket: TicketRecord, by: str) -> None:
        """Tell whoever shows a ticket that another centre has written on it."""
        self.hub.notify(
            NoticeKind.TICKET_CHANGED,
            {
                "ticket": str(ticket.id),
                "number": ticket.number,
                "version": ticket.version,
                "by": by,
                "fields": [],
            },
        )
        self.hub.agencies.ticket_changed(ticket.id)

    def _directory(self) -> Directory:
        return self.agencies.current.directory

    def _directory_changed(self, revision: int) -> None:
        """Tell whoever chooses from what is in it, at this node."""
        self.hub.notify(NoticeKind.DIRECTORY_CHANGED, {"revision": revision})

    def _handed_off(self, handoff: Handoff) -> None:
        """Tell whoever shows a ticket what has become of a handoff, and its agency's people."""
        self.hub.notify(NoticeKind.HANDOFF_CHANGED, {"handoff": handoff_view(handoff)})
        self.hub.agencies.handoff_changed(handoff)

    def _message_moved(self, item: OutboxItem) -> None:
        """Tell whoever looks after messages that one has ended, or is sent again."""
        self.hub.notify(
            NoticeKind.MESSAGE_CHANGED,
            {"message": str(item.id), "handoff": str(item.handoff), "ticket": str(item.ticket)},
        )

    # --- its life ------------------------------------------------------------------------

    async def run(self) -> None:
        """Own the centre, or stand by, until `stop`. StoreInUse if this node never can."""
        self.recordings.start()
        self.agencies.start()
        try:
            await self._serve()
        finally:
            self.recordings.stop()
            await self.agencies.stop()

    async def _serve(self) -> None:
        away_since = time.monotonic()
        at_least = 0
        while not self._stopping.is_set():
            lease, why_not = None, None
            try:
                lease = await self._acquire(at_least)
            except StoreInUse as error:
                self.refused = error
                raise
            except StoreUnavailable as error:
                if time.monotonic() - away_since < STORE_FIRST_S:
                    await self._wait(0.1)
                    continue
                why_not = str(error)
                _log.error(
                    "routing without the store: tickets are kept in memory and written when it"
                    " answers; see the store's own message for what to do",
                    centre=self.code,
                    error=why_not,
                )
            else:
                away_since = time.monotonic()
                if lease is None:
                    with suppress(StoreUnavailable):  # the next look tells
                        await self._stand_by()
                    continue
            await self._stop_following()
            at_least = await self._own(lease, why_not)
            away_since = time.monotonic()
        await self._stop_following()

    def stop(self) -> None:
        """Ask `run` to end, in good order."""
        self._stopping.set()
        if self.tenure is not None:
            self.tenure.stop()

    async def _acquire(self, at_least: int) -> Lease | None:
        if not self._migrated:
            await self.store.migrate()
            self._migrated = True
        return await self.store.leases.acquire(
            self.settings.code, self._node.node, self._node.own_url, LEASE_S, at_least
        )

    async def _own(self, lease: Lease | None, why_not: str | None) -> int:
        """Own the centre for as long as it lasts; return the least token to come back with."""
        before = self.hub.last
        tenure = Tenure(
            self._node,
            self.settings,
            self.store,
            lease,
            why_not=why_not,
            alone=self._alone,
            began=self._began,
            publish=self._publish,
            followed=self._followed,
            spied=self._spied,
            stepped=self.steps.add,
        )
        self.tenure, self.holder = tenure, None
        self.hub.pages.begin()
        self.takeovers += 1
        _log.info(
            "the centre is ours",
            centre=self.code,
            node=self._node.node,
            token=None if lease is None else lease.token,
        )
        try:
            if self._stopping.is_set():
                tenure.stop()
            end = await tenure.run()
        except StoreUnavailable as error:  # it answered a moment ago
            _log.warning("the journal cannot be read", centre=self.code, error=str(error))
            return 0
        finally:
            self.tenure = None
        if end is not End.STOPPED:
            _log.warning("the centre is not ours any more", centre=self.code, why=end.value)
            durable = max(self.store.writer(self.settings.code).written, before or Seq(0))
            self.hub.restart(durable or None)
        return tenure.newer + 1 if tenure.newer else 0

    def _publish(self, record: f.Record) -> None:
        """Let everybody here know of what happened in a centre that this node owns."""
        self.hub.publish(record)
        self.recordings.heard(record)
        if self.dispatching is not None:
            self.dispatching.heard(record)

    def _followed(self, tickets: Sequence[Followed]) -> None:
        """Tell whoever shows a ticket that it is now theirs who answers for the caller."""
        for each in tickets:
            self.hub.notify(
                NoticeKind.TICKET_CHANGED,
                {
                    "ticket": str(each.ticket),
                    "number": each.number,
                    "version": each.version,
                    "by": each.assignee,
                    "fields": ["assignee"],
                },
            )

    def _spied(self, spy: Spy) -> None:
        """Have the audit log say who listened, and supervisors see it."""
        entry = listened(spy, Instant(time.time()))
        if entry is not None:
            self.store.audit.put(entry)
        self.hub.notify(NoticeKind.SPY_CHANGED, {"spy": spy_view(spy)}, scope=Scope.SUPERVISE)

    def _not_recorded(self, call: Call, why: str) -> None:
        """Have the journal tell of a call without its recording."""
        if self.tenure is not None:
            self.tenure.put(e.RecordingFailed(Instant(time.time()), call, why))

    def _began(self, last: Seq) -> None:
        """Let the event stream go on after the journal's entry `last`."""
        heard = self.hub.last
        if heard is None:
            self.hub.begin_after(last)
        elif heard < last:  # the last words of the owner before, which were not followed any more
            self.hub.restart(last)

    async def _stand_by(self) -> None:
        """Wait for a moment, with the event stream fed from the journal."""
        before = self.holder
        self.holder = await self.store.leases.holder(self.settings.code)
        if self.holder is not None and (before is None or before.token != self.holder.token):
            _log.info("standing by", centre=self.code, owner=self.holder.node)
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="follow")
        await self._wait(POLL_S)

    async def _follow(self) -> None:
        """Publish what the owner writes."""
        while (after := self.hub.last) is None:
            try:
                self.hub.begin_after(await self.store.last_seq(self.settings.code))
            except StoreUnavailable:
                await self._wait(POLL_S)
        async with aclosing(self.store.follow(self.settings.code, after)) as pages:
            async for page in pages:
                for record in page:
                    self.hub.publish(record)

    async def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None

    async def _wait(self, seconds: float) -> bool:
        """Wait; return whether this node is to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    # --- what the API sees (api.ports.DeskView) ------------------------------------------------

    @property
    def elsewhere(self) -> str | None:
        """Where the node is reached that owns the centre; None if this one does, or nobody."""
        if self.tenure is not None or self.holder is None or not self.holder.current:
            return None
        return self.holder.url

    @property
    def decides(self) -> bool:
        """Whether this node decides here who rings for whom."""
        return self.tenure is not None and self.tenure.desk.sight is Sight.CLEAR

    @property
    def _owned(self) -> Tenure:
        if self.tenure is None:
            raise NotOwner(self.code, None if self.holder is None else self.holder.url)
        return self.tenure

    def calls(self) -> list[Call]:
        """Return the calls in progress. NotOwner on a standby."""
        return self._owned.desk.calls()

    def waiting(self) -> list[Call]:
        """Return the calls that wait, in the order of service. NotOwner on a standby."""
        return self._owned.desk.waiting()

    def seats(self) -> list[Seat]:
        """Return all seats. NotOwner on a standby."""
        return self._owned.desk.seats()

    def callbacks(self) -> list[Callback]:
        """Return who is to be called back. NotOwner on a standby."""
        return self._owned.desk.callbacks()

    def spies(self) -> list[Spy]:
        """Return which supervisors listen to which seats. NotOwner on a standby."""
        return self._owned.desk.spies()

    async def ways_to(self, number: str, /) -> tuple[PbxId, ...]:
        """Return the Asterisks that can call a number outside. NotOwner on a standby."""
        owned = self._owned
        return await ways_to(number, owned.links, owned.originators)

    def call(self, call_id: CallId, /) -> Call | None:
        """Return one call in progress; None on a standby, where the archive has it."""
        return None if self.tenure is None else self.tenure.desk.call(call_id)

    def seat(self, seat_id: SeatId, /) -> Seat | None:
        """Return one seat. NotOwner on a standby."""
        return self._owned.desk.seat(seat_id)

    def phone(self, seat_id: SeatId, /) -> Phone | None:
        """Return a seat's phone; None if there is no such seat."""
        seat = next((seat for seat in self.settings.seats if seat.id == seat_id), None)
        if seat is None:
            return None
        if seat.phone is not PhoneKind.BROWSER:
            return Phone(seat.phone)
        return Phone(seat.phone, tuple(pbx.phone_ws_url for pbx in self.settings.pbxs), REALM)

    async def give_phone(self, seat_id: SeatId, until: Instant, /) -> str:
        """Return a new password for a seat's browser phone. NotOwner on a standby."""
        return await self._owned.phones.give(seat_id, until)

    def take_back_phone(self, seat_id: SeatId, /) -> None:
        """Let a seat's browser phone not register any more. NotOwner on a standby."""
        self._owned.phones.take_back(seat_id)

    async def command(self, kind: type[e.Command], /, **fields: object) -> f.Reply:
        """Give the desk a command and return its reply. TimeoutError, or NotOwner on a standby."""
        try:
            return await self._owned.command(kind, **fields)
        except Lost:
            raise NotOwner(self.code, None) from None
