"""The console's files as browsers get them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.routing import compile_path

from sip112.api.console import policy
from sip112.api.gate import is_open
from sip112.api.routes.console import ANSWERS, PAGES
from sip112.people.roles import Scope
from sip112.store.store import Store
from tests.api.service import Service, problem

PATHS = [page.replace("{number}", "PKY-20261122-0042") for page in PAGES]
SCRIPT = b"console.log('siap');\n" * 100


def build(folder: Path) -> None:
    """Put a console into a folder."""
    (folder / "assets" / "deep").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>sip112</title>")
    (folder / "agency.html").write_text("<!doctype html><title>112</title>")
    (folder / "other.html").write_text("not a page")
    (folder / "assets" / "index-Dk3.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-Dk3.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "index-Dk3.js.br").write_bytes(b"brotli")
    for name in ("index-a.css", "icon-b.svg", "text-c.woff2", "deep/ring-d.wav", "odd-e.xyz"):
        (folder / "assets" / name).write_bytes(name.encode())


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give a folder with a console in it, and something beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    build(tmp_path / "static")
    return tmp_path / "static"


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_is_the_same_page(store: Store, built: Path, path: str) -> None:
    """Open to who has not signed in; asked for anew each time, and sent only when it changed."""
    service = Service(store, console=built, phones=("wss://192.0.2.11:8089/ws",), tokens=())
    async with service.client(None, Accept="text/html") as client:
        page = await client.get(path)
        assert page.status_code == 200
        assert page.text == "<!doctype html><title>sip112</title>"
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-cache"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "microphone=(self)" in page.headers["permissions-policy"]
        rules = page.headers["content-security-policy"].split("; ")
        assert "default-src 'self'" in rules
        assert "connect-src 'self' wss://192.0.2.11:8089" in rules
        assert "worker-src 'self' blob:" in rules
        assert "img-src 'self' data: blob:" in rules
        assert "frame-ancestors 'none'" in rules
        assert "unsafe" not in page.headers["content-security-policy"]
        again = await client.get(path, headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_page_for_agencies(store: Store, built: Path) -> None:
    """Open to everybody, and the same for every secret, which goes nowhere from there."""
    service = Service(store, console=built, phones=("wss://192.0.2.11:8089/ws",), tokens=())
    async with service.client(None, Accept="text/html") as client:
        pages = [await client.get(f"/a/{secret}") for secret in ("dGlnYQ-_x", "other")]
    assert {page.text for page in pages} == {"<!doctype html><title>112</title>"}
    headers = pages[0].headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert "microphone=()" in headers["permissions-policy"]
    rules = headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'"} < set(rules)
    assert "unsafe" not in headers["content-security-policy"]


async def test_a_head_has_no_body(store: Store, built: Path) -> None:
    """As uvicorn serves it."""
    async with Service(store, console=built).served() as client:
        head = await client.head("/desk")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("index-Dk3.js", "text/javascript; charset=utf-8"),
        ("index-a.css", "text/css; charset=utf-8"),
        ("icon-b.svg", "image/svg+xml"),
        ("text-c.woff2", "font/woff2"),
        ("deep/ring-d.wav", "audio/wav"),
        ("odd-e.xyz", "application/octet-stream"),
    ],
)
async def test_what_the_page_loads(store: Store, built: Path, name: str, media_type: str) -> None:
    """Each by its type, kept by the browser for ever."""
    async with Service(store, console=built).client(None) as client:
        response = await client.get(f"/assets/{name}", headers={"Accept-Encoding": "identity"})
    assert response.content == (built / "assets" / name).read_bytes()
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in response.headers
    assert response.headers["content-security-policy"]  # an SVG that is opened by itself too


@pytest.mark.parametrize(
    ("taken", "sent"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("deflate", None),
        ("", None),
        ("gzip;q=0", None),
    ],
)
async def test_compressed_by_the_build(
    store: Store, built: Path, taken: str, sent: str | None
) -> None:
    """Where the browser takes it; a cache keeps each form by itself."""
    service = Service(store, console=built)
    async with (
        service.client(None) as client,
        client.stream(
            "GET", "/assets/index-Dk3.js", headers={"Accept-Encoding": taken}
        ) as response,
    ):
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == sent
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["vary"] == "Accept-Encoding"
    end = {"br": ".br", "gzip": ".gz", None: ""}[sent]
    assert raw == (built / "assets" / f"index-Dk3.js{end}").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/assets/../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets//etc/passwd",
        "/assets/index-Dk3.js.gz",
        "/assets/deep",
        "/assets/%00",
    ],
)
async def test_nothing_else_is_there(store: Store, built: Path, path: str) -> None:
    """Only what was built; a page of an older build is told what to do."""
    async with Service(store, console=built).client(None) as client:
        response = await client.get(path)
    if response.status_code == 401:  # the client made the path one outside of /assets/
        return
    assert "again" in problem(response, 404, "unknown-asset")["remedy"]


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/other.html",
        "/desk/",
        "/desk/x",
        "/t",
        "/t/",
        "/t/a/b",
        "/t//timeline",
        "/t/a/timeline/",
        "/assets",
        "/assets/",
        "http://api//desk",
        "/Desk",
        "/static/index.html",
        "/agency.html",
        "/a",
        "/a/",
        "/a/b/c",
        "/v1/desk",
        "/centres/PKY/desk",
        "/secret.txt",
    ],
)
async def test_the_gate_opens_these_paths_and_no_other(
    store: Store, built: Path, path: str
) -> None:
    """What is near to a page, or beside it, is as closed as everything else."""
    async with Service(store, console=built).client(None) as client:
        problem(await client.get(path), 401, "no-token")


def test_every_open_page_has_a_route(service: Service) -> None:
    """And the other way round."""
    assert all(map(is_open, PATHS))
    assert all(compile_path(page)[0].match(path) for page, path in zip(PAGES, PATHS, strict=True))
    documented = service.app.openapi()["paths"]
    assert not {*PAGES, ANSWERS} & set(documented)


async def test_a_page_takes_no_other_method(store: Store, built: Path) -> None:
    """It only shows."""
    async with Service(store, console=built).client(Scope.ADMIN) as client:
        response = await client.post("/desk")
        problem(response, 405, "wrong-method")
        assert response.headers["allow"] == "GET"


async def test_a_console_that_is_not_built(store: Store, tmp_path: Path) -> None:
    """The page says what to do; once it is built it is there without a restart."""
    folder = tmp_path / "later"
    async with Service(store, console=folder).client(None) as client:
        page = await client.get("/")
        assert page.status_code == 503
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store"
        assert "<code>make web</code>" in page.text
        problem(await client.get("/assets/index-Dk3.js"), 404, "unknown-asset")
        build(folder)
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/assets/index-Dk3.js")).content == SCRIPT


def test_the_phones_of_all_centres_may_be_reached() -> None:
    """Each once, as browsers want it: without path and query."""
    phones = ["wss://192.0.2.11:8089/ws", "ws://127.0.0.1:8088/ws", "wss://192.0.2.11:8089/other"]
    assert "connect-src 'self' ws://127.0.0.1:8088 wss://192.0.2.11:8089;" in policy(phones)
    assert "connect-src 'self';" in policy([])
