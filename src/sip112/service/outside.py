"""Which Asterisks can call a number outside: what their administrators' own dialplans allow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from sip112.ami.link import Link, LinkError
from sip112.ami.names import OUTSIDE_CONTEXT
from sip112.ami.originate import Originator
from sip112.api.ports import PbxAway
from sip112.routing.ids import PbxId

_WITHIN_S: Final = 2.0


async def ways_to(
    number: str, links: Mapping[PbxId, Link], originators: Mapping[PbxId, Originator]
) -> tuple[PbxId, ...]:
    """Return the Asterisks that can call `number`; none where nobody may start calls.

    PbxAway if none of them answers.
    """
    able = [pbx for pbx in links if originators[pbx].is_there]
    answers = await asyncio.gather(
        *(_allows(links[pbx], number) for pbx in able), return_exceptions=True
    )
    errors = [each for each in answers if isinstance(each, BaseException)]
    for error in errors:
        if not isinstance(error, LinkError):
            raise error
    if errors and len(errors) == len(able):
        raise PbxAway(str(errors[0]))
    return tuple(pbx for pbx, allowed in zip(able, answers, strict=True) if allowed is True)


async def _allows(link: Link, number: str) -> bool:
    variable = f"DIALPLAN_EXISTS({OUTSIDE_CONTEXT},{number},1)"
    answer = await link.request({"Action": "Getvar", "Variable": variable}, _WITHIN_S)
    return answer[0].get("Value") == "1"
