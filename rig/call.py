"""Place 112 calls into a rig, and tell how each one went (``python -m rig call``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rig.sipp import Call, Callers, CallerView, Counts, Outcome

if TYPE_CHECKING:
    from rig.state import Rig


def sentence(view: CallerView) -> str:
    """Say how a call went, as its caller saw it."""
    lasted = view.ended_at - view.dialled_at
    match view.outcome:
        case Outcome.ANSWERED:
            waited = view.answered_at - view.dialled_at
            who = "Asterisk" if view.ended_by == "pbx" else "the caller"
            how = f"answered after {waited:.3f} s, {who} hung up after {lasted:.1f} s"
        case Outcome.REFUSED:
            how = f"refused with {view.code} after {lasted:.3f} s"
        case Outcome.LOST | Outcome.WAITING:
            how = "lost: no proper answer"
        case outcome:
            how = f"{outcome} after {lasted:.1f} s"
    return f"{view.call.number or '(no number)':<16}{how}"


async def place(rig: Rig, call: Call, *, count: int, rate: float) -> Counts:
    """Place `count` calls like `call`, with numbers that count up, and print each one's end."""
    calls = [
        Call(
            number=str(int(call.number) + index).zfill(len(call.number)) if call.number else "",
            name=call.name,
            dial=call.dial,
            patience=call.patience,
            talk=call.talk,
        )
        for index in range(count)
    ]
    told: set[int] = set()

    def tell() -> bool:
        for index, view in enumerate(callers.views):
            if view.ended_at and index not in told:
                told.add(index)
                print(sentence(view), flush=True)
        return len(told) == count

    longest = call.patience + call.talk + count / rate + 40
    async with Callers(rig, calls, rate=rate) as callers:
        await callers.until(tell, within=longest)
        return await callers.finish(within=40)
