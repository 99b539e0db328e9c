"""Errors as RFC 9457 problems: what is wrong, and in `remedy` what to do about it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sip112.api.ports import NotOwner
from sip112.api.schemas import FieldError
from sip112.routing.errors import StoreUnavailable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = "5"
"""Seconds; about as long as a database or a PBX takes to come back when it restarts."""


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An error to answer with; handlers raise it."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        remedy: str,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.remedy = remedy
        self.headers = dict(headers or {})
        self.members = members

    def body(self, path: str) -> dict[str, Any]:
        """Return the problem document for a request to `path`."""
        return {
            "type": f"urn:sip112:problem:{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
            "instance": quote(path),
            **self.members,
        }

    def response(self, path: str) -> Response:
        """Return the response to a request to `path`."""
        return Response(
            json.dumps(self.body(path)),
            self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


# --- what can be wrong ------------------------------------------------------------------

_MAKE_ONE: Final = (
    "run `sip112 token`, put the line that it prints into the settings, restart the service."
)


def _unauthorized(name: str, detail: str, remedy: str, error: str = "") -> Problem:
    challenge = f'Bearer realm="sip112"{error}'
    return Problem(401, name, detail, remedy=remedy, headers={"WWW-Authenticate": challenge})


def no_tokens() -> Problem:
    """Return the problem of a service that knows no tokens."""
    return _unauthorized(
        "no-tokens",
        "No access token is configured, so the API answers nobody.",
        f"To make one, {_MAKE_ONE}",
    )


def no_token() -> Problem:
    """Return the problem of a request without a token and without a session."""
    return _unauthorized(
        "no-token",
        "The request carries no bearer token, and no cookie of a session.",
        "People sign in with POST /v1/session. Machines send the header `Authorization: Bearer "
        f"<token>`; to make a token, {_MAKE_ONE}",
    )


def wrong_token() -> Problem:
    """Return the problem of a token that the service does not know."""
    return _unauthorized(
        "wrong-token",
        "The bearer token is not one of this service's.",
        f"Look for a typing error or a missing end. To make a new token, {_MAKE_ONE}",
        ', error="invalid_token"',
    )


def missing_scope(name: str, scope: str, *, is_person: bool = False) -> Problem:
    """Return the problem of a token, or a person, that may not do what the request asks for."""
    challenge = f'Bearer realm="sip112", error="insufficient_scope", scope="{scope}"'
    if is_person:
        detail = f"The roles of {name!r} do not give the scope {scope!r}, which this needs."
        remedy = "Ask somebody whose role gives it, or an administrator for another role."
    else:
        detail = f"The token {name!r} has no scope {scope!r}."
        remedy = f"Use a token with the scope {scope!r}, or add it to this one in the settings."
    return Problem(
        403, "missing-scope", detail, remedy=remedy, headers={"WWW-Authenticate": challenge}
    )


def session_over() -> Problem:
    """Return the problem of a session that has ended, or never was."""
    return _unauthorized(
        "session-over",
        "The session has ended: signed out, unused for too long, or the password was changed.",
        "Sign in again with POST /v1/session. Nothing that was sent before is lost.",
    )


def wrong_csrf() -> Problem:
    """Return the problem of a change that does not show that it comes from our page."""
    return Problem(
        403,
        "wrong-csrf",
        "The header X-CSRF-Token is missing, or is not that of this session.",
        remedy="Send `csrf` of GET /v1/session as X-CSRF-Token with everything that is not a GET.",
    )


def other_origin(origin: str) -> Problem:
    """Return the problem of a request that another site's page makes."""
    return Problem(
        403,
        "other-origin",
        f"The request comes from a page of {origin!r}, which is not this service.",
        remedy="Open the console at the service's own address; if that is right, set public_url "
        "to it in the settings.",
    )


def people_only(name: str) -> Problem:
    """Return the problem of a token where a person with a session is meant."""
    return Problem(
        403,
        "people-only",
        f"The token {name!r} is no person, and has no session.",
        remedy="Sign in with POST /v1/session; a token needs no session for what it may do.",
    )


def password_change_needed() -> Problem:
    """Return the problem of a person whose password somebody else has made."""
    return Problem(
        403,
        "password-change-needed",
        "The password was made for one sign-in, and has to be changed first.",
        remedy="Choose a new one with PUT /v1/session/password.",
    )


def wrong_credentials() -> Problem:
    """Return the problem of a sign-in with a wrong password, or as nobody."""
    return _unauthorized(
        "wrong-credentials",
        "The login name or the password is wrong.",
        "Type both again. Who has forgotten the password asks an administrator for a new one.",
    )


def too_many_attempts(seconds: float) -> Problem:
    """Return the problem of passwords that are tried too fast."""
    wait = math.ceil(seconds)
    return Problem(
        429,
        "too-many-attempts",
        "Too many attempts to sign in.",
        remedy=f"Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
    )


def account_locked(seconds: float) -> Problem:
    """Return the problem of a person who has given too many wrong passwords."""
    wait = math.ceil(seconds)
    return Problem(
        403,
        "account-locked",
        "Too many wrong passwords: nobody can sign in under this name for now.",
        remedy=f"Try again in {math.ceil(wait / 60)} minutes, or have an administrator reset the "
        "password, which ends this at once.",
        headers={"Retry-After": str(wait)},
    )


def cannot_sign_in() -> Problem:
    """Return the problem of a sign-in while the database does not answer."""
    return Problem(
        503,
        "store-unavailable",
        "The database does not answer, so that nobody can sign in now. Who is signed in goes on "
        "working, and calls are routed all the same.",
        remedy="Try again in a moment. Whoever runs the service finds the cause at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )


def wrong_password() -> Problem:
    """Return the problem of a change of password without the old one."""
    return Problem(
        403,
        "wrong-password",
        "The old password is wrong; nothing was changed.",
        remedy="Type it again. Who has forgotten it asks an administrator for a new one.",
    )


def weak_password(why: str) -> Problem:
    """Return the problem of a new password that is too easy to guess."""
    return Problem(
        422,
        "weak-password",
        f"The new password does not do: {why}.",
        remedy="Choose a longer one, such as four words that do not belong together.",
    )


def not_your_seat(name: str, seat: str, own: str | None) -> Problem:
    """Return the problem of a command for another's seat."""
    sits = f"sits at {own!r}" if own else "sits nowhere"
    return Problem(
        403,
        "not-your-seat",
        f"{name!r} {sits}, and may not command seat {seat!r}.",
        remedy="Sit down there first (PUT /v1/session/seat), or ask a supervisor.",
    )


def not_oneself(name: str, agent: str) -> Problem:
    """Return the problem of a person who wants to log another one in."""
    return Problem(
        403,
        "not-oneself",
        f"{name!r} may log nobody in but themselves, and not {agent!r}.",
        remedy=f"Let {agent!r} sign in, or ask a supervisor.",
    )


def seat_in_use(seat: str, agent: str, since: str) -> Problem:
    """Return the problem of a seat at which somebody else's session sits."""
    return Problem(
        409,
        "seat-in-use",
        f"{agent!r} sits at seat {seat!r} since {since}.",
        remedy="Take another seat, or send `take_over: true`: the other one is told.",
        agent=agent,
        since=since,
    )


def unknown_person(agent: str) -> Problem:
    """Return the problem of a person who does not exist, or works elsewhere."""
    return Problem(
        404,
        "unknown-person",
        f"There is no person {agent!r} at your centres.",
        remedy="See GET /v1/people for those there are.",
    )


def person_exists(agent: str) -> Problem:
    """Return the problem of a login name that somebody has."""
    return Problem(
        409,
        "person-exists",
        f"Somebody has the login name {agent!r}, perhaps at another centre or not active any more.",
        remedy="Choose another one. Who has forgotten the password needs no new name: "
        "POST /v1/people/{person}/password-reset.",
    )


def last_administrator(agent: str) -> Problem:
    """Return the problem of a change after which nobody could change people."""
    return Problem(
        409,
        "last-administrator",
        f"{agent!r} is the last active administrator there.",
        remedy="Make somebody else an administrator of the same centres first.",
    )


def inactive_person(agent: str) -> Problem:
    """Return the problem of a password for somebody who may not sign in."""
    return Problem(
        409,
        "inactive-person",
        f"{agent!r} may not sign in, so that a new password is of no use.",
        remedy="Let the person sign in again first: PATCH /v1/people/{person} with "
        '{"active": true}.',
    )


def beyond_your_centres(name: str, centres: Sequence[str]) -> Problem:
    """Return the problem of an administrator of some centres who reaches beyond them."""
    return Problem(
        403,
        "beyond-your-centres",
        f"{name!r} administers {', '.join(centres)} alone, and nobody who works elsewhere too, "
        "or everywhere.",
        remedy="Name centres of yours, or ask an administrator of all centres.",
    )


def which_centre(centres: Sequence[str]) -> Problem:
    """Return the problem of a request that does not say which of several centres it means."""
    return Problem(
        400,
        "which-centre",
        f"This node serves several centres: {', '.join(centres)}.",
        remedy=f"Ask at /centres/{centres[0]}/v1/..., or use a token for one centre alone.",
    )


def unknown_centre(centre: str) -> Problem:
    """Return the problem of a centre that is not served."""
    return Problem(
        404,
        "unknown-centre",
        f"This node does not serve a centre {centre!r}.",
        remedy="Look for a typing error, or ask a node that serves it.",
    )


def other_centres(name: str) -> Problem:
    """Return the problem of a token, or a person, for other centres."""
    return Problem(
        403,
        "other-centres",
        f"{name!r} is for other centres.",
        remedy="Use a token for this centre, or add the centre to this one's in the settings. "
        "People are given centres by an administrator.",
    )


def centre_elsewhere(owner: str | None = None) -> Problem:
    """Return the problem of a node that does not own the centre, nor reaches the one that does."""
    said = f"its owner at {owner} does not answer" if owner else "nobody owns it at the moment"
    return Problem(
        503,
        "centre-elsewhere",
        f"This node does not own the centre, and {said}.",
        remedy="Try again in a moment: another node takes the centre over within seconds.",
        headers={"Retry-After": "1"},
    )


def not_acceptable(media_type: str) -> Problem:
    """Return the problem of a client that does not take what there is."""
    return Problem(
        406,
        "not-acceptable",
        f"The request does not accept {media_type}, which is what there is here.",
        remedy=f"Send `Accept: {media_type}`, or no Accept header at all.",
    )


def too_large(limit: int) -> Problem:
    """Return the problem of a body of more than `limit` bytes."""
    return Problem(
        413,
        "too-large",
        f"The request's body is larger than {limit} bytes.",
        remedy=f"Send at most {limit} bytes.",
        headers={"Connection": "close"},  # or the rest of the body would still be read
    )


def not_json(media_type: str) -> Problem:
    """Return the problem of a body that is not said to be JSON."""
    return Problem(
        415,
        "not-json",
        f"The request's body is {media_type or 'of no stated type'}, which this API does not take.",
        remedy="Send JSON with the header `Content-Type: application/json` (for a PATCH also "
        "application/merge-patch+json).",
        headers={"Accept-Patch": "application/json, application/merge-patch+json"},
    )


def malformed(error: str, place: int) -> Problem:
    """Return the problem of a body that is not JSON."""
    return Problem(
        400,
        "malformed",
        f"The request's body is not JSON: {error} at character {place}.",
        remedy="Correct it there and send it again.",
    )


def unknown_call(call: object) -> Problem:
    """Return the problem of a call that does not exist."""
    return Problem(
        404,
        "unknown-call",
        f"There is no call {str(call)!r} in this centre.",
        remedy="See GET /v1/calls for those there are.",
    )


def unknown_callback(callback: object) -> Problem:
    """Return the problem of a callback that there is not, or that is over."""
    return Problem(
        404,
        "unknown-callback",
        f"Nobody is to be called back for {str(callback)!r} in this centre.",
        remedy="See GET /v1/callbacks. Who called again, or was reached, is not on the list.",
    )


def no_way_outside(number: str) -> Problem:
    """Return the problem of a number that no Asterisk can call."""
    return Problem(
        409,
        "no-way-outside",
        f"No Asterisk of this centre can call {number}.",
        remedy="Whoever runs the PBX adds the extension to its context [sip112-outside], and a user"
        " who may start calls (SIP112_AMI_DESK_SECRET); `sip112 check` tells what is missing.",
    )


def unknown_recording(recording: object) -> Problem:
    """Return the problem of a call that has no recording."""
    return Problem(
        404,
        "unknown-recording",
        f"There is no recording {str(recording)!r} in this centre, or none any more.",
        remedy="See GET /v1/calls/{call}/recordings for those of a call. Old ones are removed "
        "after the days that the settings name.",
    )


def still_recording(recording: object) -> Problem:
    """Return the problem of a recording whose call goes on."""
    return Problem(
        409,
        "still-recording",
        f"The call of recording {str(recording)!r} has not ended, nor has its recording.",
        remedy="Try again when the call has ended.",
    )


def recordings_unavailable() -> Problem:
    """Return the problem of a disk that does not answer."""
    return Problem(
        503,
        "recordings-unavailable",
        "The disk with the recordings does not answer.",
        remedy="Try again later. Whoever runs the service finds more at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )


def unknown_ticket(ticket: str) -> Problem:
    """Return the problem of a ticket that does not exist."""
    return Problem(
        404,
        "unknown-ticket",
        f"There is no ticket {ticket!r} in this centre.",
        remedy="Give its id, or its number with centre, day and serial, such as "
        "PKY-20261122-0042. See GET /v1/tickets for those there are.",
    )


def ticket_changed(current: Mapping[str, object], etag: str) -> Problem:
    """Return the problem of a ticket that somebody else has changed."""
    return Problem(
        412,
        "ticket-changed",
        f"Ticket {current['number']} is at version {current['version']}, and not at the one "
        "that If-Match names.",
        remedy="See in `current` what it says by now, and repeat the change with "
        f"`If-Match: {etag}` if it still applies.",
        headers={"ETag": etag},
        current=current,
    )


def no_if_match() -> Problem:
    """Return the problem of a change that does not say what it is based on."""
    return Problem(
        428,
        "no-if-match",
        "The change does not say which version of the ticket it is based on.",
        remedy="Read the ticket, and send its ETag header back as If-Match.",
    )


def unknown_seat(seat: str) -> Problem:
    """Return the problem of a seat that does not exist."""
    return Problem(
        404,
        "unknown-seat",
        f"There is no seat {seat!r}.",
        remedy="See GET /v1/seats for those there are; seats come from the settings.",
    )


def no_phone_key(seat: str) -> Problem:
    """Return the problem of a telephone of which the settings know no key."""
    return Problem(
        404,
        "no-phone-key",
        f"The settings have no seat {seat!r} with a phone_key.",
        remedy="Look for a typing error in the address that the telephone calls. To make a key, run"
        " `sip112 phone-key SEAT`, put the line that it prints into the settings, restart the"
        " service.",
    )


def wrong_phone_key(seat: str) -> Problem:
    """Return the problem of a telephone whose address has no key, or another one's."""
    return Problem(
        403,
        "wrong-phone-key",
        f"The key in the address is not that of the telephone of seat {seat!r}.",
        remedy="Compare the address with the one that `sip112 phone-key` printed: it ends in"
        " key=...; to make a new one, run it again.",
    )


def no_call_rings(seat: str) -> Problem:
    """Return the problem of a telephone that asks for a ticket while it has no 112 call."""
    return Problem(
        404,
        "no-call",
        f"Seat {seat!r} has no 112 call now, or none from that number.",
        remedy="None is needed if the telephone rang for another call.",
    )


def pbx_unavailable(name: str, said: str, detail: str) -> Problem:
    """Return the problem of a PBX that cannot, or will not, do what it is asked for."""
    more = f" It said: {detail}" if detail else ""
    return Problem(
        503,
        name,
        said + more,
        remedy="Try again in a moment. If it stays so, run `sip112 check`: it says what is wrong "
        "with the PBX and what to do about it.",
        headers={"Retry-After": RETRY_AFTER},
    )


def pbx_timeout() -> Problem:
    """Return the problem of a command that Asterisk did not confirm in time."""
    return Problem(
        504,
        "pbx-timeout",
        "Asterisk did not confirm the command in time. It may still come into effect.",
        remedy="Read the seat to see whether it did. If not, try again; if that happens often, "
        "run `sip112 check`.",
    )


def unknown_map() -> Problem:
    """Return the problem of a map file that is not, or no longer, the centre's."""
    return Problem(
        404,
        "unknown-map",
        "This is not the map file that there is now.",
        remedy="Read GET /v1/map: it says where the map is, or that there is none.",
    )


def no_such_range(size: int) -> Problem:
    """Return the problem of a request for bytes beyond the end of a file."""
    return Problem(
        416,
        "no-such-range",
        f"The file has {size} bytes, and none of those that Range names.",
        remedy="Ask for bytes that there are; Content-Range says how many.",
        headers={"Content-Range": f"bytes */{size}"},
    )


def store_unavailable() -> Problem:
    """Return the problem of a database that does not answer."""
    return Problem(
        503,
        "store-unavailable",
        "The database does not answer. Calls are routed all the same.",
        remedy="Try again later; what is in progress stands at /v1/calls/live, /v1/queue and "
        "/v1/seats. Whoever runs the service finds the cause in its log and at /readyz.",
        headers={"Retry-After": RETRY_AFTER},
    )


def too_many_streams(limit: int) -> Problem:
    """Return the problem of more event streams than the service holds open."""
    return Problem(
        503,
        "too-many-streams",
        f"There are {limit} event streams already.",
        remedy="Close those that are not needed, or raise the limit in the settings. One stream "
        "can serve many seats.",
        headers={"Retry-After": RETRY_AFTER},
    )


def not_ready(checks: Sequence[Mapping[str, object]]) -> Problem:
    """Return the problem of a node that cannot do its work, and all that was looked at."""
    wrong = [check for check in checks if not check["ok"] and check["severity"] == "critical"]
    return Problem(
        503,
        "not-ready",
        "; ".join(f"{check['name']}: {check['detail']}" for check in wrong),
        remedy=" ".join(str(check["remedy"]) for check in wrong),
        headers={"Retry-After": RETRY_AFTER},
        checks=checks,
    )


def unknown_asset() -> Problem:
    """Return the problem of a file that the console does not have."""
    return Problem(
        404,
        "unknown-asset",
        "The console has no such file.",
        remedy="Load the page again: the console was built anew since.",
    )


def internal() -> Problem:
    """Return the problem of a mistake in the service itself."""
    return Problem(
        500,
        "internal",
        "The service made a mistake; the request was not carried out, or not wholly.",
        remedy="Report it with the time: the service's log says what went wrong.",
    )


# --- what the framework finds -----------------------------------------------------------

_PLAIN: Final[dict[int, tuple[str, str, str]]] = {
    400: (
        "malformed",
        "The request's body cannot be read.",
        "Send UTF-8 text in JSON, as the OpenAPI document at /v1/openapi.json says.",
    ),
    404: (
        "unknown-path",
        "There is nothing at this path.",
        "See /v1/openapi.json for what there is.",
    ),
    405: (
        "wrong-method",
        "This path does not take that method.",
        "Use one of the methods that the Allow header names.",
    ),
}
"""What the framework refuses by itself: name, detail, remedy."""

_REMEDIES: Final[dict[str, str]] = {
    "missing": "Add it.",
    "extra_forbidden": "Leave it out, or correct its name; the OpenAPI document has the list.",
    "timezone_aware": "Add the zone, such as Z or +07:00 (in a query the + is written %2B).",
    "datetime_from_date_parsing": "Write it like 2026-11-22T03:15:00Z (in a query a + is "
    "written %2B).",
    "datetime_parsing": "Write it like 2026-11-22T03:15:00Z (in a query a + is written %2B).",
    "string_pattern_mismatch": "Use only the characters that the pattern allows (in a query a + "
    "is written %2B).",
    "too_short": "Give more.",
    "too_long": "Give fewer.",
    "string_too_short": "Make it longer.",
    "string_too_long": "Make it shorter.",
    "cursor": "Take `next` of the page before as it is; leave it out to start at the newest.",
    "uuid_parsing": "Give the id as the API shows it, such as "
    "019f9d2c-3b1a-7c4e-9a58-6f0d2b7c1e44.",
}


def _field_error(error: Mapping[str, Any]) -> FieldError:
    where, *path = error["loc"]
    message = str(error["msg"]).removeprefix("Value error, ")
    return {
        "where": where,
        "field": ".".join(map(str, path)),
        "detail": message,
        "remedy": _REMEDIES.get(error["type"], "Correct it accordingly."),
    }


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the problem of fields that are not as they must be, as pydantic reports them."""
    if any(error["type"] == "json_invalid" for error in errors):
        return malformed(errors[0]["ctx"]["error"], errors[0]["loc"][-1])
    # `input` stays out: it may hold a caller's number, and a log may get the answer
    fields = [_field_error(error) for error in errors]
    first = fields[0]
    name = f"{first['where']}.{first['field']}" if first["field"] else first["where"]
    more = f" (and {len(fields) - 1} more)" if fields[1:] else ""
    return Problem(
        422,
        "invalid",
        f"{name}: {first['detail']}{more}",
        remedy=first["remedy"] if not more else "Correct every field that `errors` names.",
        errors=fields,
    )


def _of_http(exc: HTTPException, request: Request, limit: int) -> Problem:
    if exc.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large(limit)
    name, detail, remedy = _PLAIN.get(
        exc.status_code, ("refused", str(exc.detail), "See /v1/openapi.json.")
    )
    headers = dict(exc.headers or {})
    if "Allow" in headers:  # the framework names the methods of the path's first route alone
        methods = request.app.openapi()["paths"].get(request.scope["route"].path, ["get"])
        headers["Allow"] = ", ".join(sorted(map(str.upper, methods)))
    return Problem(exc.status_code, name, detail, remedy=remedy, headers=headers)


def install(app: FastAPI, limit: int) -> None:
    """Make `app` answer every error with a problem document."""

    def problem_of(exc: Exception, request: Request) -> Problem:
        match exc:
            case Problem():
                return exc
            case RequestValidationError():
                return invalid(exc.errors())
            case HTTPException():
                return _of_http(exc, request, limit)
            case StoreUnavailable():
                return store_unavailable()
            case NotOwner():
                return centre_elsewhere(exc.url)
            case _:
                return internal()

    async def answer(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HTTPException) and "Allow" in (exc.headers or {}):
            await asyncio.to_thread(request.app.openapi)  # what it asks takes time to make
        return problem_of(exc, request).response(request.scope["path"])

    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        StoreUnavailable,
        NotOwner,
        Exception,
    ):
        app.add_exception_handler(kind, answer)
