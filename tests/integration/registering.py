"""A phone that only registers: over UDP, with digest authentication, and with any password."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import socket
from typing import Final

from rig import Rig

_WITHIN_S: Final = 5.0
_STATUS: Final = re.compile(r"SIP/2\.0 (\d{3}) ")


async def register(rig: Rig, name: str, password: str) -> int:
    """Return the SIP status with which Asterisk answers a phone that registers for a minute."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)  # noqa: FBT003 - socket has it so
        phone.bind((rig.seat_host, 0))
        await asyncio.get_running_loop().sock_connect(phone, rig.for_seats)
        own = "{}:{}".format(*phone.getsockname())
        dialogue = secrets.token_hex(8)
        status, answer = await _ask(phone, _request(name, own, dialogue, 1, ""))
        challenge = dict(re.findall(r'(\w+)="([^"]*)"', answer))
        if status != 401 or "nonce" not in challenge:
            return status
        credentials = _credentials(name, password, challenge)
        status, _ = await _ask(phone, _request(name, own, dialogue, 2, credentials))
        return status


def _request(name: str, own: str, dialogue: str, number: int, more: str) -> str:
    lines = (
        "REGISTER sip:sip112.invalid SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{secrets.token_hex(8)}",
        f"From: <sip:{name}@sip112.invalid>;tag={dialogue}",
        f"To: <sip:{name}@sip112.invalid>",
        f"Call-ID: {dialogue}",
        f"CSeq: {number} REGISTER",
        f"Contact: <sip:{name}@{own}>",
        "Expires: 60",
        "Max-Forwards: 70",
        *([more] if more else ()),
        "Content-Length: 0",
    )
    return "".join(f"{line}\r\n" for line in (*lines, ""))


def _credentials(name: str, password: str, challenge: dict[str, str]) -> str:
    realm, nonce, opaque = challenge["realm"], challenge["nonce"], challenge["opaque"]
    own = secrets.token_hex(8)
    uri = "sip:sip112.invalid"
    secret = _md5(f"{name}:{realm}:{password}")
    response = _md5(f"{secret}:{nonce}:00000001:{own}:auth:{_md5(f'REGISTER:{uri}')}")
    return (
        f'Authorization: Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="{uri}",'
        f' response="{response}", algorithm=MD5, cnonce="{own}", qop=auth, nc=00000001,'
        f' opaque="{opaque}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _ask(phone: socket.socket, request: str) -> tuple[int, str]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_WITHIN_S):
        await loop.sock_sendall(phone, request.encode())
        while True:  # Asterisk may ask how the phone is before it answers
            answer = (await loop.sock_recv(phone, 8192)).decode()
            if found := _STATUS.match(answer):
                return int(found[1]), answer
