"""What agencies' systems answer, read as one kind of thing: which step, of what, with which words.

Three forms are read: EIDO, CAP 1.2, and a plain JSON object for whoever has neither. All are
hostile until they are read: sizes and depths have limits, XML has neither DTD nor entities, and
every complaint says where, what is wrong, and what to do. Who it is that answers is not for the
document to say; what it claims is told, for whoever knows better to compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from lxml import etree

from sip112.dispatch.handoff import Step
from sip112.dispatch.ids import HandoffId, MessageId
from sip112.handoff.documents import cap as sent_cap
from sip112.handoff.documents import urns
from sip112.handoff.documents.safe import line, prose
from sip112.handoff.moments import History, history
from sip112.handoff.reading import (
    MAX_BYTES,
    MAX_DEPTH,
    BadDocument,
    handoff_of,
    instant_of,
    json_object,
    optional,
    parsed,
    parts,
    referred,
    string,
    text_of,
    too_deep,
    without_markup,
    word,
)
from sip112.routing.ids import Instant, TicketId, TicketNumber
from sip112.routing.ticket import parse_ticket_number, ticket_number
from sip112.routing.value import Evolving, value

__all__ = ["ANSWERS", "MAX_BYTES", "BadDocument", "Said", "cap", "eido", "of_json", "plain", "read"]

ANSWERS: Final = (
    Step.ACKNOWLEDGED,
    Step.ACCEPTED,
    Step.DECLINED,
    Step.EN_ROUTE,
    Step.ON_SCENE,
    Step.COMPLETED,
)
"""The steps that an agency can say, in their order."""

_NOTE: Final = 10_000
_UNIT: Final = 200
_XML: Final = frozenset({"application/cap+xml", "application/xml", "text/xml"})
_TEXTS: Final = ("handoff", "step", "note", "at", "unit")
_FIELDS: Final = (*_TEXTS, "timeline")
_WORDS: Final = ", ".join(ANSWERS)

_UNIT_STEPS: Final[Mapping[str, Step]] = {
    "AcknowledgedTransmission": Step.ACKNOWLEDGED,
    "Assigned": Step.ACCEPTED,
    "Dispatched": Step.ACCEPTED,
    "EnRoute": Step.EN_ROUTE,
    "Arrived": Step.ON_SCENE,
    "OnScene": Step.ON_SCENE,
    "PatientContact": Step.ON_SCENE,
    "Transporting": Step.ON_SCENE,
    "Cleared": Step.COMPLETED,
    "AssignmentCancelled": Step.DECLINED,
}
"""EIDO-SecondaryUnitStatus-Common, as far as it says something of the incident."""


@value
class Said(Evolving):
    """What an agency says."""

    step: Step | None = None
    """One of `ANSWERS`; None if there is only a note."""
    note: str = ""
    unit: str = ""
    """Who goes there, as the agency calls them."""
    at: Instant | None = None
    """When it was so, by the agency's clock."""
    handoff: HandoffId | None = None
    message: MessageId | None = None
    """The message that is answered."""
    ticket: TicketId | None = None
    number: TicketNumber | None = None
    """The incident. Of these four at least one is there, except in the plain form."""
    whole: bool = False
    """Whether every document tells all of it again, as EIDO does, and not only what is new."""
    agency: str = ""
    """Which agency the document says it is from: its code, or its identifier if it has none."""
    history: History | None = None
    """What happened there, if it is another centre that tells."""


def read(body: bytes, content_type: str, domain: str) -> Said:
    """Return what is said, in whichever form; BadDocument if nothing can be read."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _XML:
        return cap(body, domain)
    if kind == "application/json" or kind.endswith("+json"):
        return of_json(json_object(body), domain)
    raise BadDocument(
        "Content-Type",
        f"{line(kind, 80)!r} cannot be read",
        "Send application/json (EIDO, or the plain form) or application/cap+xml.",
    )


def of_json(given: Mapping[str, Any], domain: str) -> Said:
    """Return what a JSON object says: EIDO, or the plain form."""
    return _eido(given, domain) if "eidoVersion" in given else _plain(given)


def plain(body: bytes) -> Said:
    """Return what the plain form says: ``{handoff, step, note, at, unit}``, all but one optional.

    It has a step, or a note, or both; of another centre also ``timeline``, what happened there.
    """
    return _plain(json_object(body))


def eido(body: bytes, domain: str) -> Said:
    """Return what an EIDO document says: its dispatch with the units, and its agency's notes."""
    return _eido(json_object(body), domain)


def cap(body: bytes, domain: str) -> Said:
    """Return what a CAP message says: Ack, Error (declined), or Update with a step or a note."""
    return _cap(_root(body), domain)


# --- JSON ---


def _plain(given: Mapping[str, Any]) -> Said:
    unknown = [line(name, 40) for name in given if name not in _FIELDS]
    if unknown:
        raise BadDocument(
            ", ".join(sorted(unknown)[:5]), "there is no such field", f"Use {', '.join(_FIELDS)}."
        )
    texts = {name: optional(given, name) for name in _TEXTS}
    said = Said(
        step=parsed("step", texts["step"], step_of),
        note=prose(texts["note"], _NOTE),
        unit=line(texts["unit"], _UNIT),
        at=parsed("at", texts["at"], instant_of),
        handoff=parsed("handoff", texts["handoff"], handoff_of),
        history=history(given.get("timeline")),
    )
    return _saying_something("step", said, f"Say a step ({_WORDS}), a note, or both.")


def step_of(text: str) -> Step:
    """Return the step of that name. BadDocument if an agency cannot say it."""
    if text not in ANSWERS:
        raise BadDocument("", f"{line(text, 40)!r} is no step of an agency", f"Say {_WORDS}.")
    return Step(text)


def _saying_something(where: str, said: Said, remedy: str) -> Said:
    if said.step is None and not said.note:
        raise BadDocument(where, "nothing is said", remedy)
    return said


# --- EIDO ---


def _eido(given: Mapping[str, Any], domain: str) -> Said:
    identifier = string(given, "$id", "the document")
    try:
        ticket, _ = urns.parse_incident(identifier)
    except ValueError as error:
        raise BadDocument("$id", str(error), "Send the $id that the request had.") from None
    sender = referred(given, "updatedByAgencyReference")
    if not sender:
        raise BadDocument(
            "updatedByAgencyReference", "no agency is named", "Refer to your agency's identifier."
        )
    dispatch = _dispatch(given, sender)
    units = _units(given, dispatch)
    names = [word(each, "emergencyResourceName") for each in units]
    said = Said(
        step=_furthest([each for unit in units for each in _steps(unit)]),
        note=_notes(given, sender, domain),
        unit=line(", ".join(filter(None, names)), _UNIT),
        at=parsed("lastUpdateTimeStamp", _changed([*units, dispatch, given]), instant_of),
        handoff=_of_dispatch(dispatch, domain),
        ticket=ticket,
        whole=True,
        agency=_code(sender, domain),
    )
    return _saying_something(
        "dispatchComponent",
        said,
        "Have the dispatch of your agency refer to a unit (emergencyResourceComponent) with a "
        "status, or add a note of your agency (notesComponent).",
    )


def _dispatch(given: Mapping[str, Any], sender: str) -> Mapping[str, Any]:
    """Return the last dispatch of the agency that sends; nothing if there is none."""
    theirs = [
        each
        for each in parts(given, "dispatchComponent")
        if referred(each, "agencyReference") == sender
    ]
    return max(theirs, key=lambda each: _changed([each]), default={})


def _changed(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return when the first of `parts` that says it was changed."""
    return next(filter(None, (word(each, "lastUpdateTimeStamp") for each in parts)), "")


def _units(given: Mapping[str, Any], dispatch: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    wanted = {word(each, "$ref") for each in parts(dispatch, "emergencyResourceReference")} - {""}
    units = parts(given, "emergencyResourceComponent")
    return [each for each in units if word(each, "$id") in wanted]


def _steps(unit: Mapping[str, Any]) -> Iterator[Step]:
    """Return what a unit's status says: our own words before those of the registry."""
    own = [each for each in _texts(unit, "unitStatusInternal") if each in ANSWERS]
    if own:
        yield Step(own[-1])
        return
    words = _texts(unit, "secondaryUnitStatusRegistryText")
    yield from (_UNIT_STEPS[each] for each in words if each in _UNIT_STEPS)


def _texts(part: Mapping[str, Any], name: str) -> list[str]:
    found = part.get(name)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _furthest(steps: Sequence[Step]) -> Step | None:
    """Return how far an agency is whose units are at `steps`: it is done when none is busy."""
    over = {Step.COMPLETED, Step.DECLINED}
    busy = [each for each in steps if each not in over]
    if busy:
        return max(busy, key=ANSWERS.index)
    return max(steps, key=ANSWERS.index, default=None)


def _notes(given: Mapping[str, Any], sender: str, domain: str) -> str:
    """Return what the agency wrote, and not what we wrote for it."""
    ours = re.compile(rf"urn:emergency:uid:eidodatacomponent:[0-9A-Za-z]+:{re.escape(domain)}")
    found = []
    for n, note in enumerate(parts(given, "notesComponent")):
        theirs = referred(note, "updatedByAgencyReference") == sender
        if theirs and not ours.fullmatch(word(note, "$id")):
            markup = string(note, "notesActionComments", f"notesComponent[{n}]")
            found.append(without_markup(markup, _NOTE))
    return prose("\n".join(filter(None, found)), _NOTE)


def _of_dispatch(dispatch: Mapping[str, Any], domain: str) -> HandoffId | None:
    """Return the handoff of which a dispatch is, if it goes by the name that we gave it."""
    match = re.fullmatch(
        rf"urn:emergency:uid:eidodatacomponent:([0-9a-f]{{32}})dispatch:{re.escape(domain)}",
        word(dispatch, "$id"),
    )
    return None if match is None else HandoffId(UUID(match[1]))


def _code(identifier: str, domain: str) -> str:
    """Return the code of one of our agencies, or the identifier of another as it is."""
    return line(identifier.removesuffix(f".{domain}"), 260)


# --- CAP ---


def _root(body: bytes) -> etree._Element:
    text = text_of(body)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadDocument("body", "it has a DTD", "Send the message without one.")
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever it declares: it was read as such
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        what = line(str(error), 200)
        raise BadDocument("body", f"it is no XML: {what}", "Send a CAP message.") from None
    if root.tag != f"{{{sent_cap.NAMESPACE}}}alert":
        raise BadDocument(
            "alert",
            f"the document is {line(str(root.tag), 120)}",
            f"Send an alert of {sent_cap.NAMESPACE}.",
        )
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [each for inner in level for each in inner]
    if level:
        raise too_deep()
    return root


def _cap(root: etree._Element, domain: str) -> Said:
    status = _element(root, "status")
    if status != "Actual":
        raise BadDocument(
            "status",
            f"it is {line(status, 40)!r}",
            "What counts is Actual; exercises change nothing.",
        )
    parameters = dict(_parameters(root))
    told = filter(None, (_element(root, "note"), _element(root, "info/description")))
    said = Said(
        step=_cap_step(_element(root, "msgType"), parameters.get("step", "")),
        note=prose("\n".join(told), _NOTE),
        unit=line(parameters.get("unit", ""), _UNIT),
        at=parsed("sent", _element(root, "sent"), instant_of),
        handoff=parsed("parameter sip112:handoff", parameters.get("handoff", ""), handoff_of),
        message=_answered(_element(root, "references")),
        agency=_code(_element(root, "sender").rpartition("@")[2], domain),
    )
    said = _with_incident(said, _element(root, "incidents").split())
    if not (said.handoff or said.message or said.ticket or said.number):
        raise BadDocument(
            "references",
            "it answers no message of this centre",
            "Repeat sender, identifier and sent of the message, or its incidents.",
        )
    return _saying_something(
        "msgType", said, "Send an Ack, an Error, or the parameter sip112:step, or a note."
    )


def _element(root: etree._Element, path: str) -> str:
    names = "/".join(f"{{{sent_cap.NAMESPACE}}}{each}" for each in path.split("/"))
    return (root.findtext(names) or "").strip()


def _parameters(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Return the parameters that are ours, each by its name without what ours begin with."""
    for each in root.iter(f"{{{sent_cap.NAMESPACE}}}parameter"):
        name = _element(each, "valueName")
        if name.startswith(sent_cap.PARAMETER):
            yield name.removeprefix(sent_cap.PARAMETER), _element(each, "value")


def _cap_step(kind: str, word: str) -> Step | None:
    if kind == "Error":
        return Step.DECLINED
    if kind not in {"Ack", "Alert", "Update"}:
        raise BadDocument(
            "msgType",
            f"{line(kind, 40)!r} means nothing to a centre",
            "Send Ack, Update, or Error to decline.",
        )
    step = parsed("parameter sip112:step", word, step_of)
    return Step.ACKNOWLEDGED if step is None and kind == "Ack" else step


def _answered(references: str) -> MessageId | None:
    """Return the last message of ours that is referred to."""
    found = None
    for each in references.split():
        parts = each.split(",")
        try:
            found = sent_cap.parse_identifier(parts[1])
        except (IndexError, ValueError):
            continue  # another system's
    return found


def _with_incident(said: Said, names: Sequence[str]) -> Said:
    """Add the incident, by whichever of its names is told."""
    for name in names:
        try:
            said = said.evolve(ticket=urns.parse_incident(name)[0])
        except ValueError:
            try:
                number = ticket_number(*parse_ticket_number(name))
            except ValueError:
                continue
            said = said.evolve(number=number)
    return said
