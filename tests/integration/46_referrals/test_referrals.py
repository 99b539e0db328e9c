"""A real call that is no emergency: the caller is told whom to turn to, by voice and by SMS."""

from __future__ import annotations

from typing import Any

from rig import asking
from rig.sipp import Answer, Call
from sip112.routing.call import CallState
from tests.handoff.receiver import Manner, Receiver, said
from tests.integration.centre import Centre
from tests.integration.conftest import OpenCentre

NUMBER = "08125550001"


async def refer(centre: Centre, ticket: str, how: str) -> Any:
    """Refer the caller of a ticket to the electricity company."""
    answer = await centre.api.post(
        f"/v1/tickets/{ticket}/referrals",
        json={"agency": "pln", "how": how},
        headers={"Idempotency-Key": f"{ticket} {how}"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read(centre: Centre, path: str) -> Any:
    """Return what is read there."""
    answer = await centre.api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_caller_is_referred_while_they_are_on_the_line(open_centre: OpenCentre) -> None:
    """The number that Asterisk saw gets the message, and the call talks on.

    The ticket, its line of time and the figures of the day say what was done.
    """
    async with Receiver() as gateway:
        gateway.manner = lambda _: Manner.WELL if gateway.requests else Manner.ERROR
        sms = gateway.url.replace("http://", "json://") + "?:to={to}"
        async with (
            open_centre(notifiers={"sms": sms}) as centre,
            centre.seats("seat-01", does=Answer(after=0.1)),
            centre.calling(Call(number=NUMBER)),
        ):
            await centre.until(lambda: centre.state(NUMBER) is CallState.TALKING, within=5)
            call = centre.live(NUMBER)
            assert call is not None
            ticket = str(call.ticket_number)
            await centre.journal()  # nothing can be written on a ticket that is not stored yet
            spoken = await refer(centre, ticket, "spoken")
            assert spoken["referral"]["step"] == "completed"
            assert spoken["ticket"]["disposition"] == "referred"
            sent = await refer(centre, ticket, "sms")
            assert sent["referral"]["step"] == "queued"

            async def has_left() -> bool:
                found = await read(centre, f"/v1/handoffs/{sent['referral']['id']}")
                return bool(found["step"] == "completed")

            await asking.until(has_left, within=10, every=0.05, seen=lambda: gateway.requests)
            assert centre.state(NUMBER) is CallState.TALKING
            first, again = (said(each) for each in gateway.requests)
            assert first == again
            assert again["to"] == NUMBER
            assert again["message"] == (
                f"112 {ticket}\nSilakan hubungi PLN (listrik): telepon 123\n"
                "Jika darurat, telepon 112."
            )
            moments = (await read(centre, f"/v1/tickets/{ticket}/timeline"))["items"]
            about = [each["what"] for each in moments if each["about"] == "handoff"]
            assert about == ["referred", "referred", "failing", "sent"]
            assert (await read(centre, "/v1/summary"))["referred"] == 1
            path = f"/v1/tickets/{ticket}"
            etag = (await centre.api.get(path)).headers["ETag"]
            closed = await centre.api.patch(
                path, json={"status": "closed"}, headers={"If-Match": etag}
            )
            assert closed.status_code == 200, closed.text
            for channel in await asking.channels(centre.rig):
                if "trunk" in channel:
                    await asking.asterisk(centre.rig, f"channel request hangup {channel}")
