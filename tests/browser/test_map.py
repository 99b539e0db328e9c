"""The map of a ticket in a real browser, alone on a page: from the city's file, and without it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from sip112.api.pmtiles import Schema
from sip112.people.roles import Scope
from sip112.service.maps import Maps
from sip112.store.store import Store
from tests.api.service import SECRETS, Service
from tests.browser import axe
from tests.browser.centre import picture
from tests.browser.chromium import Chromium

pytestmark = pytest.mark.long  # it builds a page of its own

WEB: Final = Path(__file__).resolve().parents[2] / "web"

WATER: Final = {"light": (0xBF, 0xD5, 0xE6), "dark": (0x14, 0x28, 0x3B)}
"""The colour of the invented district's river."""
LAND: Final = {"light": (0xF5, 0xF4, 0xF1), "dark": (0x19, 0x1E, 0x24)}

WITHOUT_WEBGL: Final = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...more);
};
"""

SHARE: Final = """
async ([png, colours]) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return colours.map((colour) => {
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
      if (colour.every((value, n) => Math.abs(value - data[at + n]) <= 2)) found += 1;
    return (found * 4) / data.length;
  });
}
"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a console that is a page with a map and nothing else."""
    folder = tmp_path_factory.mktemp("map-page")
    command = ("npx", "vite", "build", "tests/map", "--config", "vite.config.ts", "--emptyOutDir")
    built = subprocess.run(  # noqa: S603
        (*command, "--minify", "false", "--outDir", str(folder)),
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store without tables: the map needs none."""
    store = Store(f"sqlite:///{tmp_path}/none.db")
    yield store
    await store.close()


class Shown:
    """A page with a map on it, and its parts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.map = page.get_by_role("application")
        self.frame = page.locator(".frame")
        self.drawn = page.locator(".tiles.drawn")
        self.marker = page.get_by_role("button", name="Titik kejadian")
        self.field = page.get_by_label("Titik peta").last
        self.said = page.locator("p[role=status]")

    def button(self, name: str) -> Locator:
        """Return a button."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def place(self) -> tuple[float, float]:
        """Return the place that stands in the field."""
        latitude, longitude = (await self.field.input_value()).split(", ")
        return float(latitude), float(longitude)

    async def shares(self, *colours: tuple[int, int, int]) -> list[float]:
        """Return which part of the picture has each of these colours."""
        png = base64.b64encode(await self.frame.screenshot()).decode()
        found: list[float] = await self.page.evaluate(SHARE, [png, list(colours)])
        return found


@asynccontextmanager
async def shown(
    service: Service, browser: Chromium, query: str = "", *, script: str = "", **options: Any
) -> AsyncIterator[Shown]:
    """Show the page as `service` serves it."""
    async with service.served() as client:
        headers = {"Authorization": f"Bearer {SECRETS[Scope.READ]}"}
        page = await browser.page(extra_http_headers=headers, **options)
        if script:
            await page.add_init_script(script)
        await page.goto(f"{client.base_url}/?{query}")
        yield Shown(page)
        await page.close()


def mapped(store: Store, console: Path, file: Path | None) -> Service:
    """Return the service with that map file."""
    maps = Maps(file)
    maps.look()
    return Service(store, maps=maps, console=console)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("schema", Schema)
async def test_the_map_is_drawn_from_the_file(
    browser: Chromium,
    store: Store,
    console: Path,
    districts: dict[Schema, Path],
    schema: Schema,
    theme: Any,
) -> None:
    """Both schemas, by day and by night; letters come from the machine's own fonts."""
    service = mapped(store, console, districts[schema])
    async with shown(service, browser, color_scheme=theme) as it:
        await expect(it.drawn).to_be_visible(timeout=30_000)
        await expect(it.page.get_by_text("© Invented district")).to_be_visible()
        water, land = await it.shares(WATER[theme], LAND[theme])
        assert water > 0.01
        assert land > 0.05
        await it.map.click(position={"x": 420, "y": 260})
        await expect(it.marker).to_be_visible()
        await picture(it.page, f"map-{schema}-{theme}")
        assert await axe.faults(it.page) == []
    asked = [url for url in browser.pages.asked if "/v1/map/" in url]
    assert asked
    assert all(url.endswith(".pmtiles") for url in asked)


@pytest.mark.parametrize("without", ["nothing", "file", "webgl"])
async def test_a_point_is_set_and_moved(
    browser: Chromium, store: Store, console: Path, district: Path, without: str
) -> None:
    """With the mouse and with the keyboard; on the map and on the plain grid alike."""
    service = mapped(store, console, None if without == "file" else district)
    script = WITHOUT_WEBGL if without == "webgl" else ""
    async with shown(service, browser, script=script) as it:
        if without == "nothing":
            await expect(it.drawn).to_be_visible(timeout=30_000)
        else:
            await expect(it.page.get_by_text("Kisi koordinat")).to_be_visible()
            await expect(it.drawn).to_have_count(0)
        await _by_mouse(it)
        await picture(it.page, f"map-without-{without}")
        await _by_keyboard(it)
        assert await axe.faults(it.page) == []


async def _by_mouse(it: Shown) -> None:
    await it.map.click(position={"x": 400, "y": 200})
    await expect(it.marker).to_be_visible()
    first = await it.place()
    await it.map.click(position={"x": 500, "y": 100})
    assert await it.place() == first, "a click beside a point that is set moves nothing"

    box = await it.marker.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 12
    await it.page.mouse.move(x, y)
    await it.page.mouse.down()
    await it.page.mouse.move(x + 60, y + 20)
    await it.page.mouse.move(x + 120, y + 40)
    await it.page.mouse.up()
    dragged = await it.place()
    assert dragged[0] < first[0]
    assert dragged[1] > first[1]

    before = await it.marker.bounding_box()
    await it.page.mouse.move(x - 100, y)
    await it.page.mouse.down()
    await it.page.mouse.move(x - 150, y + 30)
    await it.page.mouse.up()
    after = await it.marker.bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] - before["x"] == pytest.approx(-50, abs=2)
    assert await it.place() == dragged, "the map was shifted, not the point"

    await it.button("Pindahkan titik").click()
    await it.map.click(position={"x": 300, "y": 150})
    assert await it.place() != dragged


async def _by_keyboard(it: Shown) -> None:
    await it.page.keyboard.press("Alt+m")
    await expect(it.marker).to_be_focused()
    start = await it.place()
    await it.page.keyboard.press("ArrowUp")
    up = await it.place()
    assert up[0] > start[0]
    assert up[1] == start[1]
    await it.page.keyboard.press("Shift+ArrowLeft")
    left = await it.place()
    assert 0 < start[1] - left[1] < up[0] - start[0]
    await expect(it.said).to_contain_text("Titik di 2°")
    for _ in range(120):
        await it.page.keyboard.press("ArrowRight")
    box, frame = await it.marker.bounding_box(), await it.frame.bounding_box()
    assert box is not None
    assert frame is not None
    assert box["x"] + box["width"] < frame["x"] + frame["width"], "the map follows the point"

    far = await it.place()
    await it.page.keyboard.press("Delete")
    await expect(it.marker).to_have_count(0)
    await expect(it.map).to_be_focused()
    await it.button("Kembalikan").click()
    assert await it.place() == far
    await it.page.keyboard.press("Alt+m")
    await it.page.keyboard.press("Delete")
    await it.page.keyboard.press("ArrowDown")
    await it.page.keyboard.press("+")
    await it.page.keyboard.press("Enter")
    await expect(it.marker).to_be_visible()
    assert await it.place() != far


async def test_a_place_is_typed(
    browser: Chromium, store: Store, console: Path, district: Path
) -> None:
    """What is no place is kept as it was typed, and the field says why."""
    async with shown(mapped(store, console, district), browser) as it:
        await it.field.fill("2°12'34,6\" LS 113°55'16,7\" BT")
        await it.field.press("Enter")
        await expect(it.marker).to_be_visible()
        assert await it.place() == (-2.20961, 113.92131)

        await it.field.fill("113.9213, -2.2096")
        await it.field.press("Tab")
        await expect(it.page.get_by_role("alert")).to_contain_text("tertukar")
        assert await it.field.input_value() == "113.9213, -2.2096"
        await picture(it.page, "map-wrong")
        assert await axe.faults(it.page) == []

        await it.field.fill("2.2096, 113.9213")
        await it.field.press("Enter")
        await expect(it.page.get_by_role("alert")).to_have_count(0)
        await expect(it.page.get_by_text("di luar wilayah pusat ini")).to_be_visible()
        box, frame = await it.marker.bounding_box(), await it.frame.bounding_box()
        assert box is not None
        assert frame is not None
        assert box["x"] == pytest.approx(frame["x"] + frame["width"] / 2, abs=20)

        await it.field.fill("")
        await it.field.press("Enter")
        await expect(it.marker).to_have_count(0)


async def test_other_tickets_and_the_place_that_the_network_told(
    browser: Chromium, store: Store, console: Path
) -> None:
    """They are seen, opened and used, and told in words."""
    async with shown(mapped(store, console, None), browser, "reported") as it:
        words = it.page.locator("p.unseen", has_text="tiket terbuka lain")
        await expect(words).to_contain_text("Belum ada titik. Lokasi dari jaringan, dalam 350 m")
        await expect(words).to_contain_text("2 tiket terbuka lain di peta. Terdekat: 112-0041")
        await it.button("Tiket 112-0041 Kebakaran").click()
        await expect(it.page.locator("output")).to_have_text("a")
        await it.button("Pakai lokasi jaringan").click()
        assert await it.place() == (-2.2105, 113.919)


async def test_a_file_that_is_replaced_is_taken_up(
    browser: Chromium, store: Store, console: Path, districts: dict[Schema, Path], district: Path
) -> None:
    """Where tiles of the old one are gone the page asks where they are now, and goes on."""
    maps = Maps(district)
    maps.look()
    service = Service(store, maps=maps, console=console)
    browser.pages.expect(r"404 .*\.pmtiles$")
    async with shown(service, browser) as it:
        await expect(it.drawn).to_be_visible(timeout=30_000)
        newer = district.with_suffix(".new")
        newer.write_bytes(districts[Schema.OPENMAPTILES].read_bytes())
        newer.replace(district)
        maps.look()
        assert maps.current is not None
        async with it.page.expect_request(f"**/{maps.current.version}.pmtiles", timeout=40_000):
            await it.button("Perbesar").click()
        await expect(it.drawn).to_be_visible(timeout=30_000)
