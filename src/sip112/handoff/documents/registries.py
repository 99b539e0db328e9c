"""What sip112 knows, in the words of the registries that EIDO documents draw on.

The registries are those of NENA-STA-021.1b, chapter 3 (incident types after APCO ANS 2.103.2,
dispositions after APCO ANS 1.111.2) and of NENA-STA-010. A city may have types and dispositions of
its own; they get what their parent has, or the word for "none of these", and their own code is told
beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sip112.dispatch.agency import AgencyKind
from sip112.dispatch.directory import Directory, IncidentType
from sip112.dispatch.handoff import Step

UNKNOWN_TYPE: Final = "TROUBLE"
"""Nobody has said yet what happened."""
NO_TYPE: Final = "NCRNONE"
"""There is no code for it."""

INCIDENT_TYPES: Final[Mapping[str, str]] = {
    "fire": "FUNK",
    "fire_building": "FSTRU",
    "fire_market": "FSTRU",
    "fire_high_rise": "FSTRU",
    "fire_industrial": "FSTRU",
    "fire_vehicle": "FVEH",
    "fire_vessel": "FMARINE",
    "fire_land": "FBRUSH",
    "fire_rubbish": "FTRASH",
    "fire_electrical": "FELEC",
    "gas_leak": "GASLEAK",
    "explosion": "EXPLOS",
    "hazardous_material": "HAZMAT",
    "smoke": "FSMOKE",
    "rescue": "RESCUE",
    "rescue_trapped": "ENTRAP",
    "rescue_lift": "NCRELEV",
    "rescue_height": "RESCUE",
    "rescue_well": "XTRICATE",
    "rescue_collapse": "BLDCLPSE",
    "snake": "ANIMAL",
    "wasps": "ANIMAL",
    "wild_animal": "ANIMAL",
    "animal_trapped": "ANIMAL",
    "ring_removal": "CITASST",
    "medical": "SICK",
    "cardiac_arrest": "CARDIAC",
    "chest_pain": "CHESPAIN",
    "stroke": "STROKE",
    "breathing": "RESP",
    "unconscious": "PERUNCON",
    "choking": "CHOKE",
    "bleeding": "BLEEDING",
    "childbirth": "PREG",
    "seizure": "SEIZURE",
    "burns": "BURN",
    "poisoning": "OD",
    "bite": "BITE",
    "electrocution": "ELEC",
    "fall": "FALL",
    "child_ill": "SICK",
    "mental_health": "EDP",
    "suicide_attempt": "SUICTHRT",
    "infectious": "PANDEMIC",
    "patient_transport": "TRFER",
    "hearse": "CITASST",
    "body_found": "DEATH",
    "traffic": "MVAUNK",
    "crash_injury": "MVAINJY",
    "crash_fatal": "MVAINJY",
    "crash_entrapment": "XTRICATE",
    "crash_no_injury": "MVA",
    "hit_and_run": "MVAHR",
    "crash_railway": "TRAIN",
    "aircraft": "AIR",
    "road_blocked": "THAZ",
    "congestion": "THAZ",
    "traffic_light": "THAZ",
    "breakdown": "DISVEH",
    "police": "SUSP",
    "robbery": "ROBBERY",
    "theft": "LARCENY",
    "burglary": "BURGLARY",
    "assault": "ASSAULT",
    "brawl": "FIGHT",
    "shooting": "SHOOT",
    "stabbing": "STABBING",
    "homicide": "HOMICIDE",
    "domestic_violence": "DVA",
    "violence_women_children": "ABUSE",
    "sexual_violence": "SEXOFFNS",
    "kidnapping": "ABDUCTNF",
    "bomb_threat": "BOMB",
    "riot": "CU1",
    "suspicious": "SUSP",
    "narcotics": "DRUGS",
    "disturbance": "DISORD",
    "fraud": "FRAUD",
    "sar": "SAR",
    "drowning": "DROWN",
    "vessel_distress": "WATER",
    "missing_sea": "MISBOATR",
    "missing_forest": "SAR",
    "missing_person": "PERMISS",
    "disaster": "MAJORINC",
    "flood": "MAJORINC",
    "flash_flood": "MAJORINC",
    "tidal_flood": "MAJORINC",
    "landslide": "MAJORINC",
    "earthquake": "MAJORINC",
    "tsunami": "MAJORINC",
    "eruption": "MAJORINC",
    "tornado": "MAJORINC",
    "tree_down": "HAZ",
    "abrasion": "HAZ",
    "haze": "HAZ",
    "drought": "CITASST",
    "evacuation": "CITASST",
    "utility": "PUBWKS",
    "power_line_down": "WIRES",
    "power_outage": "PUBWKS",
    "water_leak": "PUBWKS",
    "street_light": "PUBWKS",
    "road_damage": "PUBWKS",
    "drain_blocked": "PUBWKS",
    "sign_danger": "HAZ",
    "social": "WELFARE",
    "neglected_person": "NEGLECT",
    "lost_child": "PERFND",
    "homeless": "VAG",
    "elderly": "WELFARE",
    "non_emergency": "NONEMERG",
    "information_request": "INFO",
    "fuel_question": "NONEMERG",
    "health_question": "NONEMERG",
    "health_insurance": "NONEMERG",
    "work_insurance": "NONEMERG",
    "women_children_advice": "NONEMERG",
    "social_aid": "NONEMERG",
    "drug_rehabilitation": "NONEMERG",
    "identity_papers": "NONEMERG",
    "bank_question": "NONEMERG",
    "complaint": "NONEMERG",
    "suggestion": "NONEMERG",
    "test_call": "ADMIN",
}
"""EIDO-IncidentType-Common of the types that sip112 comes with."""

DISPOSITIONS: Final[Mapping[str, str]] = {
    "dispatched": "18",  # assignment completed or settled by contact
    "handed_over": "15",  # referred to partner agency
    "solved_by_phone": "05",
    "known_already": "22",  # cancelled: duplicate call
    "cancelled": "10",
    "not_found": "14",  # gone on arrival, unable to locate
    "other_area": "15",
    "information": "13",
    "complaint": "13",
    "abandoned": "02",
    "referred": "15",
}
"""EIDO-CommonDispositionCode of what became of an incident."""
NO_REPORT: Final = "02"
"""Of every other. There is no code for pranks: the category text says it."""

AGENCY_TYPES: Final[Mapping[AgencyKind, tuple[str, ...]]] = {
    AgencyKind.POLICE: ("police",),
    AgencyKind.FIRE: ("fire",),
    AgencyKind.SAR: ("mountain_rescue", "coast_guard"),
    AgencyKind.MEDICAL: ("ems",),
    AgencyKind.HOSPITAL: ("ems",),
    AgencyKind.CENTRE: ("psap",),
}
"""Of urn:emergency:service:responder. It has no word for the other kinds: they go by their own,
since an army called police would be wrong, and an agency without a type is no valid one."""

PRIORITIES: Final[Mapping[str, int]] = {"critical": 10, "high": 7, "medium": 4, "low": 1}
"""incidentCommonPriorityNumber: 0 is the lowest, 10 the highest."""

AGENCY_ROLES: Final[Mapping[Step, str]] = {
    Step.QUEUED: "Assisting",  # is being consulted
    Step.SENT: "Assisting",
    Step.DELIVERED: "Assisting",
    Step.ACKNOWLEDGED: "Assisting",
    Step.ACCEPTED: "Dispatched",
    Step.EN_ROUTE: "Dispatched",
    Step.ON_SCENE: "Dispatched",
    Step.COMPLETED: "Dispatched",
    Step.DECLINED: "Informational",
    Step.CANCELLED: "Informational",
}
"""EIDO-AgencyRole of an agency whose handoff has come to a step."""

UNIT_STATUS: Final[Mapping[Step, tuple[str, str]]] = {
    Step.ACKNOWLEDGED: ("ConditionallyAvailable", "AcknowledgedTransmission"),
    Step.ACCEPTED: ("NotAvailable", "Assigned"),
    Step.EN_ROUTE: ("NotAvailable", "EnRoute"),
    Step.ON_SCENE: ("NotAvailable", "OnScene"),
    Step.COMPLETED: ("Available", "Cleared"),
}
"""EIDO-PrimaryUnitStatus-Common and EIDO-SecondaryUnitStatus-Common of those who act. Before that,
and where an agency does not act, there is no unit."""

UNIT_TYPE: Final = "CommandLevel4"
"""EIDO-EmergencyResourceType-Common of an agency's unit: "initial responding resources that arrive
on scene". What exactly it is, only the agency knows."""

INCIDENT_STATUS: Final[Mapping[Step, str]] = {
    Step.ACCEPTED: "ResourcesAssigned",
    Step.EN_ROUTE: "ResourcesEnroute",
    Step.ON_SCENE: "ResourcesOnscene",
}
"""EIDO-IncidentStatus-Common of an incident at which an agency has come to a step."""


def lineage(code: str, directory: Directory) -> tuple[IncidentType, ...]:
    """Return the type of that code with what it is a kind of, from it upwards; maybe nothing."""
    types: dict[str, IncidentType] = {each.code: each for each in directory.types}
    found: dict[str, IncidentType] = {}
    at: str | None = code
    while at is not None and at not in found and at in types:
        found[at] = types[at]
        at = types[at].parent
    return tuple(found.values())


def known_as(code: str, directory: Directory, words: Mapping[str, str]) -> str | None:
    """Return the word that `words` has for a type, or else for what it is a kind of."""
    codes = (code, *(each.code for each in lineage(code, directory)))
    return next((words[each] for each in codes if each in words), None)


# --- CAP 1.2 ---

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "fire": ("Fire",),
    "gas_leak": ("Fire", "CBRNE"),
    "explosion": ("Fire", "CBRNE"),
    "hazardous_material": ("CBRNE",),
    "fire_land": ("Fire", "Env"),
    "rescue": ("Rescue",),
    "medical": ("Health",),
    "traffic": ("Transport",),
    "crash_injury": ("Transport", "Health"),
    "crash_fatal": ("Transport", "Health"),
    "crash_entrapment": ("Transport", "Rescue", "Health"),
    "police": ("Security",),
    "bomb_threat": ("Security", "CBRNE"),
    "sar": ("Rescue",),
    "disaster": ("Safety",),
    "flood": ("Met",),
    "flash_flood": ("Met",),
    "tidal_flood": ("Met",),
    "tornado": ("Met",),
    "abrasion": ("Met",),
    "drought": ("Met",),
    "landslide": ("Geo",),
    "earthquake": ("Geo",),
    "tsunami": ("Geo",),
    "eruption": ("Geo",),
    "haze": ("Env", "Health"),
    "utility": ("Infra",),
    "social": ("Safety",),
}
"""Of a type, or of what it is a kind of."""
NO_CATEGORY: Final = ("Other",)

SEVERITIES: Final[Mapping[str, str]] = {
    "critical": "Extreme",
    "high": "Severe",
    "medium": "Moderate",
    "low": "Minor",
}
NO_SEVERITY: Final = "Unknown"

LATER: Final[Mapping[str, str]] = {"medium": "Expected", "low": "Future"}
"""Urgency of what can wait a little."""
AT_ONCE: Final = "Immediate"
"""Of every other, and of what nobody has judged yet."""
