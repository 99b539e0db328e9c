"""The service as its own process, beside a rig: as in real life, seen from outside.

What uses it talks to it over HTTP like any client, with a token made for this run.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rig.errors import RigError
from rig.network import free_port
from rig.state import Rig
from sip112.people.token import digest, new_secret

_READY_S = 20.0
"""Seconds until the service must be ready; it takes about one."""


@dataclass(frozen=True, slots=True)
class Client:
    """An HTTP client of the service that may do everything."""

    http: httpx.AsyncClient
    url: str
    token: str
    log: Path
    pid: int

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Command something; RigError with the service's own words if it is refused."""
        answer = await self.http.post(path, json=body)
        if answer.is_error:
            problem = answer.json()
            raise RigError(f"POST {path}: {problem['detail']} {problem['remedy']}")
        result: dict[str, Any] = answer.json()
        return result

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens, as it happens."""
        timeout = httpx.Timeout(10, read=None)
        async with self.http.stream("GET", "/v1/events", timeout=timeout) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    async def ready(self) -> None:
        """Return when the service is ready; RigError with what it says if it never is."""
        said = "nothing"
        try:
            async with asyncio.timeout(_READY_S):
                while True:
                    try:
                        answer = await self.http.get("/readyz")
                        if answer.is_success:
                            return
                        said = answer.text
                    except httpx.TransportError as error:
                        said = str(error)
                        if not _alive(self.pid):
                            break
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        raise RigError(f"the service is not ready: {said}\n{_tail(self.log)}")


@asynccontextmanager
async def service(
    rig: Rig,
    database: Path,
    seats: str,
    *,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Client]:
    """Run ``sip112 serve`` for `rig`; it has ended when the block ends."""
    secret = new_secret()
    port = port or free_port(socket.SOCK_STREAM, rig.http_host)
    tokens = [{"name": "rig", "digest": digest(secret), "scopes": ["admin"]}]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SIP112_")},
        **rig.env(),
        "SIP112_DATABASE_URL": f"sqlite:///{database}",
        "SIP112_SEATS": seats,
        "SIP112_TRUNKS": "trunk",
        "SIP112_RECORDINGS_PATH": str(rig.recordings),
        # SIPp's phones are silent: there would be no sound to keep
        "SIP112_RECORD_CALLS": "false",
        "SIP112_HTTP_HOST": rig.http_host,
        "SIP112_HTTP_PORT": str(port),
        "SIP112_TOKENS": json.dumps(tokens),
        **(settings or {}),
    }
    log = database.with_suffix(".log")
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("sip112"),
            "serve",
            stdout=file,
            stderr=file,
            env=environment,
        )
    url = f"http://{rig.http_host}:{port}"
    try:
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as http:
            client = Client(http, url, secret, log, process.pid)
            await client.ready()
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
