"""`sip112 check`: asks Asterisk what of ``asterisk-config/`` is in place, line by line."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sip112.ami import names, phones
from sip112.ami.actions import LISTS
from sip112.ami.link import Connection, LinkConfig, LinkError, session
from sip112.api.lists import COUNTED
from sip112.api.ports import Fact
from sip112.dispatch.lacks import shut, told_of, urls
from sip112.routing.errors import StoreUnavailable
from sip112.routing.ids import PbxId, SeatId
from sip112.routing.seat import Profile
from sip112.service.alarms import is_name
from sip112.service.health import SKEW_S, watchdog
from sip112.service.maps import Maps
from sip112.service.settings import CentreSettings, PbxSettings, Settings
from sip112.store.store import Store

OLDEST: Final = (22, 10, 1)
"""The first release of Asterisk with its twenty security fixes of 2026."""

_HOSTS: Final = Path("/etc/hosts")
_HERE: Final = frozenset({"localhost", "0.0.0.0", "::", "::1"})  # noqa: S104 - nothing binds
"""Where no other machine reaches this one."""
_CONTEXTS: Final = {
    "sip112-entry,s,1": "where 112 calls enter",
    "sip112-wait,112,1": "the way into the queue",
    "sip112-seat,seat-01*1,1": "the seat's leg",
    "sip112-popup,s,1": "the popup's headers",
    "sip112-answered,s,1": "the note of an answer",
    "sip112-gone,s,1": "the note of a phone that is lost",
    "sip112-room,1*m,1": "a call's own room",
    "sip112-end,s,1": "the note of the end",
    "sip112-callback,08125550101*1,1": "the way to who is called back",
    "sip112-neighbour,s,1": "what a neighbour centre is told of a call",
    "sip112-watch,loop,1": "the watchdog",
}
_NEEDED: Final = {
    "Redirect": "call",
    "Hangup": "call",
    "Setvar": "call",
    "Getvar": "call",
    "Status": "call",
    "DBGetTree": "reporting",
    "QueueAdd": "agent",
    "QueueRemove": "agent",
    "QueuePause": "agent",
    "QueueStatus": "-",
    "MessageSend": "message",
}
_UNWANTED: Final = ("Originate", "Command", "UpdateConfig", "DBPut", "ModuleLoad")
_UNWANTED_OF_DESK: Final = ("Redirect", "QueueAdd", "DBGetTree", "MessageSend", *_UNWANTED[1:])
"""Likewise of the user that starts calls."""


async def check(settings: Settings) -> AsyncIterator[Fact]:
    """Yield one fact after the other, each with its remedy where it is not as it must be.

    Of several centres or Asterisks each is asked; whose a fact is stands before its name.
    """
    async for fact in _store(settings):
        yield fact
    yield _names(settings)
    async for fact in _map(settings):
        yield fact
    for fact in _place(settings):
        yield fact
    if settings.handoff_authorities is not None:
        yield _authorities(settings.handoff_authorities)
    async for fact in _agencies(settings):
        yield fact
    for centre in settings.served:
        yield _lists(centre, several=len(settings.served) > 1)
        async for fact in _notifiers(centre, several=len(settings.served) > 1):
            yield fact
        if centre.escalation:
            yield _escalation(centre, several=len(settings.served) > 1)
        for pbx in centre.pbxs:
            whose = [centre.centre] * (len(settings.served) > 1) + [pbx.name] * (
                len(centre.pbxs) > 1
            )
            async for fact in _of_pbx(centre, pbx):
                yield replace(fact, name=" ".join([*whose, fact.name]))


async def _of_pbx(centre: CentreSettings, pbx: PbxSettings) -> AsyncIterator[Fact]:
    config = LinkConfig(
        pbx=PbxId(pbx.name),
        centre=centre.code,
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
    )
    where = f"{pbx.host}:{pbx.port} as {pbx.username}"
    try:
        async with session(config) as link:
            yield Fact("ami", ok=True, detail=f"logged in to {where}")
            async for fact in _asterisk(link, centre):
                yield fact
    except LinkError as error:
        yield Fact(
            "ami", ok=False, detail=f"{where}: {error}", remedy="See asterisk-config/README.md."
        )
        return
    yield await _desk(
        replace(config, username=pbx.desk_username, secret=pbx.desk_secret.get_secret_value())
    )


async def _desk(config: LinkConfig) -> Fact:
    """Return whether there is somebody who starts calls, and does nothing else."""
    name = "ami desk"
    if not config.secret:
        return Fact(
            name,
            ok=True,
            detail="no user that may start calls (SIP112_AMI_DESK_SECRET): no third party, no"
            " listening in, no callbacks",
        )
    where = f"{config.host}:{config.port} as {config.username}"
    remedy = f"[{config.username}](sip112-ami-desk) in manager.conf, then: manager reload"
    try:
        async with session(config) as link:
            allowed = (await link.request({"Action": "ListCommands"}, 2))[0]
    except LinkError as error:
        return Fact(name, ok=False, detail=f"{where}: {error}", remedy=remedy)
    too_much = [each for each in _UNWANTED_OF_DESK if each in allowed]
    may = "Originate" in allowed
    return _fact(
        name,
        ok=may and not too_much,
        detail=f"{where} may start calls"
        + (f", and {', '.join(too_much)}, which it need not" if too_much else "")
        if may
        else f"{where} lacks the right originate",
        remedy=remedy,
    )


def _lists(of: CentreSettings, *, several: bool) -> Fact:
    """Return what operators choose from, and what is wrong with it."""
    name = f"{of.centre} choices" if several else "choices"
    if of.lists.wrong:
        return Fact(
            name,
            ok=False,
            detail=f"{of.lists.path}: {of.lists.wrong}",
            remedy="Until then operators choose from the lists that come along.",
        )
    there = {each.code for each in of.lists.lists.dispositions}
    lacking = [code for code in COUNTED if code not in there]
    return _fact(
        name,
        ok=not lacking,
        detail=of.lists.told + (f"; no disposition {', '.join(lacking)}" if lacking else ""),
        remedy=f"Add to the dispositions of {of.lists.path}: reports of 112 centres count calls"
        " by them.",
    )


def _authorities(path: Path) -> Fact:
    """Return by whom agencies' systems are known."""
    from sip112.handoff.post import trust_also  # noqa: PLC0415 - half a second, for few

    why = trust_also(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), path)
    return _fact(
        "agencies' certificates",
        ok=not why,
        detail=why or f"those of {path} are trusted, beside this machine's",
        remedy="Correct handoff_authorities: until then agencies that only those know get nothing.",
    )


async def _agencies(settings: Settings) -> AsyncIterator[Fact]:
    """Yield whether agencies' systems are where something may be sent, as far as they are known."""
    from sip112.handoff.reach import Reach  # noqa: PLC0415 - likewise

    reach = Reach(settings.handoff_private_networks)
    store = Store(settings.database_url)
    try:
        for of in settings.served:
            state = await store.agencies.directory(of.code)
            if not state.revision:  # it has none of its own yet
                continue
            there = list(urls(state.directory))
            closed = shut(state.directory, await reach.forbidden(there))
            what, remedy = told_of(closed)
            yield _fact(
                f"{of.centre} agencies" if len(settings.served) > 1 else "agencies",
                ok=not closed,
                detail=what if closed else f"nothing forbids where {len(there)} systems are told",
                remedy=f"{remedy}.",
            )
    except StoreUnavailable:  # which is told already
        pass
    finally:
        await store.close()


async def _notifiers(of: CentreSettings, *, several: bool) -> AsyncIterator[Fact]:
    """Yield whether apprise understands the URLs by which people at agencies are told."""
    from sip112.handoff.channels.notify import why_unusable  # noqa: PLC0415 - likewise

    for kind, url in of.notifiers.urls.items():
        why = await asyncio.to_thread(why_unusable, kind, url)
        yield _fact(
            f"{of.centre} {kind}" if several else str(kind),
            ok=not why,
            detail=why or "people at agencies can be told by it, as far as can be seen from here",
            remedy=f"Correct {kind} of notifiers; see docs/settings.md.",
        )


def _escalation(of: CentreSettings, *, several: bool) -> Fact:
    """Return whether every severity for which limits are set is one of the centre's."""
    known = {each.code for each in of.lists.lists.severities}
    lost = sorted(of.escalation.keys() - known)
    return _fact(
        f"{of.centre} escalation" if several else "escalation",
        ok=not lost,
        detail=f"no ticket can have the severity {', '.join(lost)}"
        if lost
        else f"limits are set for {', '.join(of.escalation)}",
        remedy=f"Name severities of the centre's lists: {', '.join(sorted(known))}.",
    )


def _names(settings: Settings) -> Fact:
    names = [host for host in settings.hosts if is_name(host)]
    hosts = _in_hosts_file()
    asked = [name for name in names if name.lower() not in hosts]
    return _fact(
        "dns",
        ok=not asked,
        detail=f"the name server is asked for {', '.join(asked)}"
        if asked
        else "no name server is needed",
        remedy="Write an address into SIP112_AMI_HOST and SIP112_DATABASE_URL, or the name with"
        " its address into /etc/hosts: a name server that is down must not come between.",
    )


async def _map(settings: Settings) -> AsyncIterator[Fact]:
    path = settings.map_file
    if path is None:
        yield Fact("map", ok=True, detail="none: the console draws a plain grid; see docs/map.md")
        return
    maps = Maps(path)
    await asyncio.to_thread(maps.look)
    for fact in maps.facts():
        yield fact
    if maps.current is None:
        return
    there = maps.current.header.bounds
    for centre in settings.served:
        view = centre.map_centre
        if view is not None and not there.holds(view.latitude, view.longitude):
            yield _fact(
                f"map {centre.centre}",
                ok=False,
                detail=f"it opens at {view.latitude:g}, {view.longitude:g}, of which the file has"
                " nothing",
                remedy="Correct map_centre (latitude comes first), or make a file of that area.",
            )


def _place(settings: Settings) -> Iterator[Fact]:
    """Yield whether telephones can reach the service, where they open or ask for tickets."""
    asking = {Profile.ACTION_URL, Profile.MICROSIP, Profile.TWINKLE}
    seats = [seat.id for of in settings.served for seat in of.seats if asking & set(seat.popup)]
    if not seats:
        return
    host = urlsplit(settings.popup_url).hostname or ""
    yield _fact(
        "public url",
        ok=host not in _HERE and not host.startswith("127."),
        detail=f"{len(seats)} seats open or ask for tickets at {settings.popup_url}",
        remedy="Set SIP112_PUBLIC_URL to where the operators' machines and telephones reach the"
        " service, such as https://112.example.org.",
    )


def _in_hosts_file() -> set[str]:
    try:
        lines = _HOSTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {name.lower() for line in lines for name in line.partition("#")[0].split()[1:]}


async def _store(settings: Settings) -> AsyncIterator[Fact]:
    store = Store(settings.database_url)
    try:
        await store.ping()
        yield Fact("store", ok=True, detail="the database answers")
    except StoreUnavailable as error:
        yield Fact("store", ok=False, detail=str(error), remedy="Then: sip112 migrate")
    finally:
        await store.close()


async def _asterisk(link: Connection, of: CentreSettings) -> AsyncIterator[Fact]:
    async def get(variable: str) -> str:
        answer = await link.request({"Action": "Getvar", "Variable": variable}, 2)
        return answer[0].get("Value", "")

    version = (await link.request({"Action": "CoreSettings"}, 2))[0].get("AsteriskVersion", "?")
    yield _fact(
        "version",
        ok=_numbers(version) >= OLDEST,
        detail=f"Asterisk {version}",
        remedy=f"Install {'.'.join(map(str, OLDEST))} or later: it closes known holes.",
    )
    async for fact in _rights(link):
        yield fact
    began = time.time()
    pong = (await link.request({"Action": "Ping"}, 2))[0].get("Timestamp", "")
    skew = float(pong or 0) - (began + time.time()) / 2
    yield _fact(
        "clocks",
        ok=abs(skew) <= SKEW_S,
        detail=f"Asterisk's clock is {skew:+.3f} s off ours",
        remedy="Run chrony or ntpd on both machines.",
    )
    for place, what in _CONTEXTS.items():
        context = place.partition(",")[0]
        yield _fact(
            f"dialplan {context}",
            ok=await get(f"DIALPLAN_EXISTS({place})") == "1",
            detail=what,
            remedy="#include extensions-sip112.conf in extensions.conf, then: dialplan reload",
        )
    async for fact in _levels(link, get, of):
        yield fact
    now, pulse = await get(names.CLOCK), await get(names.PULSE)
    yield watchdog(int(now or 0) - int(pulse) if pulse else None)
    centre = of.code
    mode = await get(names.mode(centre)) or names.NATIVE
    owner = await get(names.owner(centre)) or "none since Asterisk started"
    yield Fact(
        "mode",
        ok=True,
        detail=f"{mode}: {_MODES.get(mode, 'not one of ours')} (owner's token: {owner})",
    )
    for trunk in of.trunks:
        async for fact in _trunk(get, trunk):
            yield fact
    async for fact in _phones(get, of):
        yield fact
    async for fact in _notices(get, of):
        yield fact
    missing = [seat.id for seat in of.seats if not await get(f"PJSIP_ENDPOINT({seat.id},context)")]
    yield _fact(
        "seats",
        ok=not missing and bool(of.seats),
        detail=f"{len(of.seats)} in the settings, {len(missing)} without an endpoint"
        + (f": {', '.join(missing[:8])}" if missing else ""),
        remedy="Give each an endpoint from the template sip112-seat in pjsip.conf, or take it"
        " out of SIP112_SEATS."
        if of.seats
        else "Name them: SIP112_SEATS=seat-01..seat-08",
    )


async def _levels(
    link: Connection, get: Callable[[str], Awaitable[str]], of: CentreSettings
) -> AsyncIterator[Fact]:
    """Yield whether each level of the way of a call is there."""
    centre = of.code
    queue, everyone = names.queue_name(centre), names.all_queue_name(centre)
    yield _fact(
        f"queue {queue}",
        ok=await get(f"QUEUE_EXISTS({queue})") == "1",
        detail=f"the waiting queue of centre {centre}",
        remedy=f"Add [{queue}](sip112-queue) to queues.conf, or set SIP112_CENTRE to the centre"
        " whose queue is there; then: queue reload all",
    )
    there = await get(f"QUEUE_EXISTS({everyone})") == "1"
    _, *items = await link.request({"Action": "QueueStatus", "Queue": everyone}, 5)
    members = {item.get("Location") for item in items if item.get("Event") == "QueueMember"}
    wanted = [names.interface(SeatId(seat.id)) for seat in of.seats]
    absent = [interface for interface in wanted if interface not in members]
    lines = ", ".join(f"member => {interface}" for interface in absent[:8])
    yield _fact(
        f"queue {everyone}",
        ok=there and not absent,
        detail=f"rings all seats when nobody is on duty; {len(absent)} of {len(of.seats)} are"
        " not in it"
        if there
        else "is missing: when nobody is on duty no seat rings",
        remedy=f"Under [{everyone}](sip112-queue-all) in queues.conf: {lines or 'its members'};"
        " then: queue reload all",
    )
    overflow = await get(f"DIALPLAN_EXISTS({names.OVERFLOW_CONTEXT},{centre},1)") == "1"
    yield Fact(
        "overflow",
        ok=True,
        detail=f"[{names.OVERFLOW_CONTEXT}] takes calls when no phone can be reached"
        if overflow
        else f"none ([{names.OVERFLOW_CONTEXT}] has no extension {centre}): when no phone is"
        " registered callers wait for one, however long",
    )
    outside = await get(f"DIALPLAN_EXISTS({names.OUTSIDE_CONTEXT})") == "1"
    yield Fact(
        "outside",
        ok=True,
        detail=f"[{names.OUTSIDE_CONTEXT}] says which numbers can be called"
        if outside
        else f"none (there is no [{names.OUTSIDE_CONTEXT}]): nobody outside can be called",
    )


_MODES: Final = {
    names.SERVICE: "the service decides who rings",
    names.NATIVE: "the queue rings the seats by itself (as when no service runs)",
}


async def _rights(link: Connection) -> AsyncIterator[Fact]:
    allowed = (await link.request({"Action": "ListCommands"}, 2))[0]
    missing = sorted({right for name, right in _NEEDED.items() if name not in allowed})
    yield _fact(
        "rights",
        ok=not missing,
        detail="missing: " + ", ".join(missing) if missing else "what the service needs",
        remedy="write = call,agent,reporting,message in manager.conf, then: manager reload",
    )
    too_much = [name for name in _UNWANTED if name in allowed]
    yield _fact(
        "least rights",
        ok=not too_much,
        detail="may " + ", ".join(too_much) if too_much else "no more than that",
        remedy="Whoever gets this secret owns the PBX: use the template sip112-ami.",
    )
    try:
        for action in LISTS:
            await link.request(action, 5)
        yield Fact("lists", ok=True, detail="channels, queue and notes can be read")
    except LinkError as error:
        yield Fact("lists", ok=False, detail=str(error), remedy="Load app_queue; see rights.")


async def _trunk(ask: Callable[[str], Awaitable[str]], trunk: str) -> AsyncIterator[Fact]:
    context = await ask(f"PJSIP_ENDPOINT({trunk},context)")
    caller = await ask(f"PJSIP_ENDPOINT({trunk},callerid)")
    trusts = await ask(f"PJSIP_ENDPOINT({trunk},trust_id_inbound)")
    if not context:
        yield Fact(
            f"trunk {trunk}",
            ok=False,
            detail="no such endpoint",
            remedy="Correct SIP112_TRUNKS, or add it from the template sip112-trunk.",
        )
        return
    safe = caller not in {"", "<unknown>"} and trusts != "true"
    yield _fact(
        f"trunk {trunk}",
        ok=safe,
        detail="callers cannot write into AMI events"
        if safe
        else "a caller's identity reaches AMI as it was sent",
        remedy="Use the template sip112-trunk: a fixed callerid, trust_id_inbound=no.",
    )


async def _phones(get: Callable[[str], Awaitable[str]], of: CentreSettings) -> AsyncIterator[Fact]:
    """Yield whether browser phones can register with what the service hands out."""
    if not of.browsers:
        return
    found = await get(phones.PROBE)
    yield _fact(
        "phone passwords",
        ok=bool(found),
        detail="PJSIP looks for them in AstDB" if found else "PJSIP does not look into AstDB",
        remedy="#include sorcery-sip112.conf in sorcery.conf, inside [res_pjsip], and load"
        " res_sorcery_astdb and func_sorcery; then restart Asterisk.",
    )
    wrong = [seat for seat in of.browsers if await _not_for_a_browser(get, seat)]
    yield _fact(
        "browser phones",
        ok=not wrong,
        detail=f"{len(of.browsers)} seats, {len(wrong)} with an endpoint that is not for one"
        + (f": {', '.join(wrong[:8])}" if wrong else ""),
        remedy="Give each an endpoint from the template sip112-seat-webrtc in pjsip.conf with a"
        " line auth = SEAT, and no section of type auth of that name.",
    )


async def _notices(get: Callable[[str], Awaitable[str]], of: CentreSettings) -> AsyncIterator[Fact]:
    """Yield whether Asterisk can send phones a NOTIFY, where a seat's popup is one."""
    if not of.notified:
        return
    place = f"{names.NOTIFY_CONTEXT},{of.notified[0]},1"
    there = await get(f"DIALPLAN_EXISTS({place})") == "1"
    sender = await get("AST_SORCERY(res_pjsip,global,global,default_outbound_endpoint)")
    known = bool(sender and await get(f"PJSIP_ENDPOINT({sender},identify_by)"))
    yield _fact(
        "notify",
        ok=there and known,
        detail=f"{len(of.notified)} seats show the ticket by NOTIFY; "
        + (
            f"there is no [{names.NOTIFY_CONTEXT}] in the dialplan"
            if not there
            else f"it is sent by the endpoint {sender}"
            if known
            else f"there is no endpoint {sender!r} by which to send it"
        ),
        remedy="#include extensions-sip112.conf in extensions.conf, then: dialplan reload"
        if not there
        else "In pjsip.conf: [sip112-notify](sip112-notifier), and under [global]"
        " default_outbound_endpoint = sip112-notify; then: module reload res_pjsip.so",
    )


async def _not_for_a_browser(get: Callable[[str], Awaitable[str]], seat: str) -> bool:
    """Tell whether a seat's endpoint takes no browser, or has a password of its own."""
    return (
        await get(f"PJSIP_ENDPOINT({seat},webrtc)") != "yes"
        or await get(f"PJSIP_ENDPOINT({seat},auth)") != seat
        or await get(f"AST_SORCERY(res_pjsip,auth,{seat},password)") != ""
    )


def _fact(name: str, *, ok: bool, detail: str, remedy: str) -> Fact:
    return Fact(name, ok=ok, detail=detail, remedy="" if ok else remedy)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release as numbers: ``22.10.1+dfsg`` is (22, 10, 1)."""
    head = version.partition("+")[0].partition("~")[0].partition("-")[0]
    return tuple(int(part) for part in head.split(".") if part.isdecimal())
