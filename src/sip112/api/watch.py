"""Looks after what would outlast a session: its event streams, and its seat's browser phone.

A request ends by itself, and the next one is refused. A stream goes on, and a phone's password
stays good. So the node asks the database every few seconds, once for all sessions with a stream
here and all that sit in its centres. A stream whose session is over ends; a phone whose user does
not sit there any more is taken back by whoever owns the centre. What was done through another
node, by the command line, or by time alone is seen here. While the database is away nobody is
thrown out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final

import structlog
from fastapi import Depends, Request

from sip112.api.context import Served
from sip112.api.left import has_browser, leave
from sip112.api.sessions import Looked, Sessions
from sip112.dispatch.ids import AgencyCode
from sip112.people.principal import Principal
from sip112.people.roles import Scope, allows
from sip112.people.session import SignedIn
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import CentreCode, SeatId

LOOK_S: Final = 3.0
"""Seconds between looks."""

_log = structlog.get_logger(__name__)

_At = tuple[CentreCode, SeatId]


class Leash:
    """By which an event stream hangs on a session; a machine's never ends."""

    __slots__ = ("agency", "centre", "over", "session")

    def __init__(
        self, centre: CentreCode, session: str | None, agency: AgencyCode | None = None
    ) -> None:
        self.centre = centre
        self.session = session
        self.agency = agency
        """Whose page it is; None is a page of the centre."""
        self.over = False


class Watch:
    """Watches the sessions of this node's streams, and who sits in its centres.

    Args:
        sessions: whom to ask.
        served: the centres.
    """

    def __init__(self, sessions: Sessions, served: Mapping[CentreCode, Served]) -> None:
        self._sessions = sessions
        self._served = served
        self._with_phones = frozenset(code for code, its in served.items() if its.config.phones)
        self._leashes: set[Leash] = set()
        self._users: dict[_At, str] = {}
        """Whose the browser phone of a seat is: the session's digest."""

    @contextmanager
    def following(self, leash: Leash) -> Iterator[None]:
        """Watch the session of a stream for as long as that is open."""
        if leash.session is None:
            yield
            return
        self._leashes.add(leash)
        try:
            yield
        finally:
            self._leashes.discard(leash)

    def phone_given(self, principal: Principal, centre: CentreCode, seat: SeatId) -> None:
        """Take note of who gets a password for a seat's browser phone, before that is given."""
        if isinstance(principal, SignedIn) and principal.sits_at(centre, seat):
            self._users[centre, seat] = principal.session.digest
        else:
            self._users.pop((centre, seat), None)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - it must go on; it is logged
                _log.exception("a fault in sip112, please report it", while_doing="watch")

    async def look(self) -> None:
        """Look once."""
        users = dict(self._users)
        keys = {leash.session for leash in self._leashes if leash.session is not None}
        keys.update(users.values())
        if not keys and not self._with_phones:
            return
        try:
            looked = await self._sessions.look(keys, self._with_phones)
        except StoreUnavailable as error:
            _log.debug("sessions are not looked at", error=str(error))
            self._end(lambda leash: self._sessions.is_over(leash.session or ""))
            return
        self._end(lambda leash: _is_over(leash, looked))
        self._take_back(users, looked)

    def _end(self, is_over: Callable[[Leash], bool]) -> None:
        """End the streams of which `is_over` says so."""
        ended: Collection[Leash] = [leash for leash in self._leashes if is_over(leash)]
        for leash in ended:
            leash.over = True
        for centre in {leash.centre for leash in ended}:
            self._served[centre].ports.hub.wake()

    def _take_back(self, users: Mapping[_At, str], looked: Looked) -> None:
        """Take back the phones of those who do not sit there any more.

        `users` is whose they were before the look: who was given one since is judged next time.
        """
        sitting = {
            (place.centre, place.seat): key
            for key, (session, _) in looked.standing.items()
            if (place := session.place) is not None
        }
        for at, key in users.items():
            if self._users.get(at) == key and key in looked.asked and sitting.get(at) != key:
                del self._users[at]
                leave(self._served, *at)
                _log.info("phone taken back: its user left", centre=at[0], seat=at[1])
        for at, key in sitting.items():
            if at[0] in self._with_phones and has_browser(self._served, *at):
                self._users.setdefault(at, key)


def _is_over(leash: Leash, looked: Looked) -> bool:
    if leash.session not in looked.asked:
        return False
    standing = looked.standing.get(leash.session)
    if standing is None:
        return True
    _, person = standing
    needed = Scope.READ if leash.agency is None else Scope.AGENCY
    return (
        not person.is_for(leash.centre)
        or not allows(person.scopes, needed)
        or person.agency != leash.agency
    )


async def _watch(request: Request) -> Watch:
    watch: Watch = request.app.state.watch
    return watch


UseWatch = Annotated[Watch, Depends(_watch)]
