"""What can be wrong with what an agency answers. Whoever reads it works at the agency."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sip112.api.problems.problem import Problem
from sip112.dispatch.handoff import Step, may_follow


def not_proven(why: str, remedy: str) -> Problem:
    """Return the problem of a message that may be anybody's."""
    return Problem(
        401,
        "bad-signature",
        f"{why}.",
        remedy=remedy,
        headers={"WWW-Authenticate": 'StandardWebhooks realm="sip112"'},
    )


def too_many_wrong(seconds: float) -> Problem:
    """Return the problem of wrong signatures that keep coming."""
    wait = math.ceil(seconds)
    return Problem(
        429,
        "too-many-wrong-signatures",
        "Too many messages with a wrong signature came from this address.",
        remedy=f"Correct the secret or the clock, and send again in {wait} s. A message that is "
        "signed right is taken at any time.",
        headers={"Retry-After": str(wait)},
    )


def not_readable(media_type: str, known: Sequence[str]) -> Problem:
    """Return the problem of a message of a kind that cannot be read."""
    return Problem(
        415,
        "not-readable",
        f"The message is {media_type or 'of no stated type'}, which cannot be read here.",
        remedy=f"Send one of {', '.join(known)}, and say which in the header Content-Type.",
    )


def unreadable(where: str, what: str, remedy: str) -> Problem:
    """Return the problem of a message in which something is wrong."""
    return Problem(
        400 if where == "body" else 422,
        "unreadable",
        f"{where}: {what}.",
        remedy=f"{remedy} The formats are in docs/formats.md.",
        where=where,
    )


def nothing_answered(agency: str) -> Problem:
    """Return the problem of a message about an incident that the agency was never asked for."""
    return Problem(
        404,
        "unknown-handoff",
        f"This centre has passed no such incident on to {agency!r}.",
        remedy="Name the handoff as the request did (`data.handoff` of a webhook, the incident or "
        "the reference of a CAP message), and send it to the centre that asked.",
    )


def message_id_reused(message: str) -> Problem:
    """Return the problem of two messages with one id."""
    return Problem(
        422,
        "message-id-reused",
        f"Another message was sent before with the webhook-id {message!r}.",
        remedy="Give each message an id of its own, and the same one only when it is repeated.",
    )


def step_refused(at: Step, to: Step) -> Problem:
    """Return the problem of a step that does not follow."""
    following = [step.value for step in may_follow(at)]
    return Problem(
        409,
        "illegal-step",
        f"The handoff is {at.value}, and cannot come to {to.value} from there.",
        remedy=f"It may come to: {', '.join(following)}."
        if following
        else "It has ended. Call the centre if something is still to be done.",
        step=at.value,
        following=following,
    )


def no_reason() -> Problem:
    """Return the problem of an agency that declines without a reason."""
    return Problem(
        422,
        "reason-needed",
        "An incident is not declined without a reason: the centre must find somebody else.",
        remedy="Say why in `note`.",
    )


def not_a_centre(agency: str) -> Problem:
    """Return the problem of an agency that passes an incident on, and is no centre."""
    return Problem(
        403,
        "not-a-centre",
        f"{agency!r} is no 112 centre in the directory of this one, and cannot pass incidents on.",
        remedy="Call 112. Or have this centre's supervisor enter the agency as a centre "
        "(`kind`: `centre`) and give it a webhook secret.",
    )


def too_many_incidents(seconds: float) -> Problem:
    """Return the problem of a neighbour that passes on more than can be taken."""
    wait = max(1, math.ceil(seconds))
    return Problem(
        429,
        "too-many-incidents",
        "More incidents came from this centre within a minute than are taken.",
        remedy=f"Send this one again in {wait} s, with the same webhook-id, or call.",
        headers={"Retry-After": str(wait)},
    )


def has_it_already(agency: str) -> Problem:
    """Return the problem of an incident that is between the two centres in another way already."""
    return Problem(
        409,
        "handed-off-already",
        f"The incident is between this centre and {agency!r} by another handoff, which has not "
        "ended.",
        remedy="Answer that one, or take it back, and send this one again.",
    )


def not_opened() -> Problem:
    """Return the problem of a ticket of which it is not known whether it was opened."""
    return Problem(
        503,
        "not-opened",
        "This centre could not say in time whether the ticket was opened.",
        remedy="Send the message again with the same webhook-id: it counts once.",
        headers={"Retry-After": "1"},
    )


def handoff_over(step: Step) -> Problem:
    """Return the problem of a handoff that has ended long ago."""
    return Problem(
        410,
        "handoff-over",
        f"The handoff is {step.value} for more than an hour, and takes nothing in any more.",
        remedy="Call the centre if there is still something to say.",
    )


def of_no_agency(name: str) -> Problem:
    """Return the problem of an account of an agency that is of none, or a token that may be one."""
    return Problem(
        403,
        "of-no-agency",
        f"{name!r} is of no agency.",
        remedy="Ask an administrator of the centre for an account of your agency.",
    )


def not_handed_over() -> Problem:
    """Return the problem of an incident that is none of the agency's."""
    return Problem(
        404,
        "unknown-handoff",
        "No such incident was handed to your agency.",
        remedy="See GET /v1/agency-desk/incidents for those that were.",
    )


def incident_over() -> Problem:
    """Return the problem of an incident that is long over for an agency."""
    return Problem(
        410,
        "handoff-over",
        "The incident is over for your agency for too long.",
        remedy="Call the centre if there is still something to say.",
    )


def too_many_pages(limit: int) -> Problem:
    """Return the problem of more open pages than one at an agency needs."""
    return Problem(
        429,
        "too-many-pages",
        f"{limit} pages are open already under this name.",
        remedy="Close those that are not needed. An open page reads again by itself.",
        headers={"Retry-After": "10"},
    )


def unknown_link() -> Problem:
    """Return the problem of a link that was never made."""
    return Problem(
        404,
        "unknown-link",
        "There is no such link.",
        remedy="Open it as it stands in the message, to its last character, or call the centre.",
        words={
            "id": "Tautan tidak dikenal. Buka persis seperti di pesan, atau telepon 112.",
            "en": "This link is not known. Open it just as in the message, or call 112.",
        },
    )


def link_over() -> Problem:
    """Return the problem of a link that was good once."""
    return Problem(
        410,
        "link-over",
        "The link has expired, or the incident is over for this agency for more than an hour.",
        remedy="Use the link of the newest message, or call the centre.",
        words={
            "id": "Tautan tidak berlaku lagi. Pakai yang di pesan terbaru, atau telepon 112.",
            "en": "This link has expired. Use the one in the newest message, or call 112.",
        },
    )
