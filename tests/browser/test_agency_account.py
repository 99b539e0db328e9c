"""The page of somebody at an agency who has an account: at a desk, and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from rig import Rig
from tests.browser import sight
from tests.browser.centre import Centre, opened
from tests.browser.chromium import Chromium
from tests.browser.hearing import COUNTING, sounds
from tests.browser.incidents import at_step, called, told_by
from tests.browser.test_timeline import handed_off

PHONE: Final[Any] = {"width": 360, "height": 640}
PASSWORD: Final = "empat kata yang lain"
AWAY: Final = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture
async def centre(rig: Rig, tmp_path: Path) -> AsyncIterator[Centre]:
    """Give a service whose fire brigade reads what is handed to it on its own page."""
    async with opened(rig, tmp_path) as centre:
        for code in ("damkar", "medis"):
            await told_by(centre, code, {"kind": "account"})
        yield centre


async def _fire(centre: Centre) -> str:
    """Hand a fire to the fire brigade, after what is none of theirs; return its ticket."""
    other = await called(centre, "08125550002", incident_type="medical", address="Jl. Lain 9")
    await handed_off(centre, other, "medis")
    fire = await called(
        centre,
        "08125550001",
        incident_type="fire",
        severity="critical",
        address="Jl. Contoh 12, di belakang pasar",
        narrative="Api di lantai dua.",
    )
    await handed_off(centre, fire, "damkar")
    return fire


async def _who_said(centre: Centre, handoff: str, step: str) -> set[str]:
    events = (await centre.get(f"/v1/handoffs/{handoff}"))["events"]
    return {each["by"] for each in events if each["step"] == step}


async def _account(centre: Centre, agent: str, agency: str) -> str:
    """Make an account of an agency; return its one-time password."""
    made = await centre.post(
        "/v1/people",
        id=agent,
        name=agent.capitalize(),
        roles=["agency"],
        agency=agency,
        centres=[centre.rig.centre],
    )
    password: str = made["password"]
    return password


async def _sign_in(page: Page, url: str, agent: str, password: str) -> None:
    """Sign in for the first time, with a password of one's own from then on."""
    await page.goto(url)
    await page.locator("input[autocomplete=username]").fill(agent)
    await page.locator("input[type=password]").fill(password)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Ganti kata sandi")).to_be_visible()
    fields = page.locator("input[type=password]")
    for n, text in enumerate((password, PASSWORD, PASSWORD)):
        await fields.nth(n).fill(text)
    await page.keyboard.press("Enter")


async def _press(button: Locator) -> None:
    """Press by the keyboard what takes no press at once: a second tap was for the one before."""
    await expect(button).to_be_enabled()
    await button.press("Enter")


async def _keys(page: Page) -> list[str]:
    """Look at the keys of the page."""
    await page.keyboard.press("F1")
    await expect(page.get_by_text("Open the new incident")).to_be_visible()
    wrong = await sight.faults(page, "agency-account-keys")
    await page.keyboard.press("Escape")
    return wrong


async def test_an_agency_works_at_its_own_page(centre: Centre, browser: Chromium) -> None:
    """It sounds for what is new, is answered from the keyboard, and nothing else can be reached."""
    browser.pages.expect(AWAY)
    password = await _account(centre, "tono", "damkar")
    page = await browser.page(locale="id-ID")
    await page.add_init_script(COUNTING)
    await _sign_in(page, f"{centre.url}/supervisor", "tono", password)
    await expect(page.get_by_text("Tidak ada kejadian.")).to_be_visible()
    assert page.url == f"{centre.url}/agency"
    await expect(page.get_by_role("navigation")).to_have_count(0)
    wrong = await sight.faults(page, "agency-account-empty")
    await sounds(page, 0)

    fire = await _fire(centre)
    news = page.get_by_role("alert")
    await expect(news).to_contain_text("Kejadian baru: Kebakaran")
    await sounds(page, 1)
    await expect(page).to_have_title("(1) Kejadian · 112")
    await expect(page.get_by_text("Jl. Lain 9")).to_have_count(0)
    wrong += await sight.faults(page, "agency-account-new")

    await page.keyboard.press("F2")
    await sounds(page, 0)
    await expect(news).to_have_count(0)
    pane = page.get_by_role("region", name="Kejadian yang dibuka")
    await expect(pane.get_by_role("heading", name="Kebakaran")).to_be_visible()
    await expect(pane).to_be_focused()
    await pane.get_by_role("button", name="Sudah dibaca").focus()
    await page.keyboard.press("Enter")
    await at_step(centre, fire, "acknowledged")
    await expect(page.get_by_role("link", name=fire)).to_contain_text("dibaca")
    accept = pane.get_by_role("button", name="Terima", exact=True)
    await expect(accept).to_be_enabled()
    await accept.press("Enter")
    await at_step(centre, fire, "accepted")
    await page.get_by_role("button", name="EN: English").click()
    await page.get_by_role("button", name="Dark").click()
    pane = page.get_by_role("region", name="The incident that is open")
    await expect(pane.get_by_text("Critical", exact=True)).to_be_visible()
    wrong += await sight.faults(page, "agency-account-open-dark")

    await page.context.set_offline(offline=True)
    await _press(pane.get_by_role("button", name="En route"))
    await expect(page.get_by_text("Not sent yet: En route")).to_be_visible()
    await expect(page.get_by_text("New incidents do NOT show here.")).to_be_visible()
    wrong += await sight.faults(page, "agency-account-without-network")
    await page.context.set_offline(offline=False)
    handoff = await at_step(centre, fire, "en_route")
    assert "agency:damkar Tono" in await _who_said(centre, handoff["id"], "en_route")
    wrong += await _keys(page)
    assert not wrong, "\n".join(wrong)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.context.close()


async def test_an_agency_works_on_a_phone(centre: Centre, browser: Chromium) -> None:
    """The list, or what was chosen from it; what the centre takes back is told at once."""
    password = await _account(centre, "tini", "damkar")
    fire = await called(centre, "08125550001", incident_type="fire", address="Jl. Contoh 12")
    page = await browser.page(locale="id-ID", viewport=PHONE)
    await page.add_init_script(COUNTING)
    await handed_off(centre, fire, "damkar")
    await _sign_in(page, centre.url, "tini", password)
    await sounds(page, 1)
    wrong = await sight.faults(page, "agency-account-phone-list")
    await page.get_by_role("button", name="Hentikan bunyi").click()
    await sounds(page, 0)
    await page.get_by_role("link", name=fire).click()
    pane = page.get_by_role("region", name="Kejadian yang dibuka")
    await expect(pane.get_by_role("button", name="Sudah dibaca")).to_be_visible()
    await expect(page.get_by_role("link", name=fire)).to_be_hidden()
    await pane.get_by_label("Pesan untuk 112").fill("Tunggu")
    wrong += await sight.faults(page, "agency-account-phone-open")
    await pane.get_by_role("link", name="Kembali ke daftar").click()
    await page.get_by_role("link", name=fire).click()
    await expect(pane.get_by_label("Pesan untuk 112")).to_have_value("Tunggu")

    [handoff] = (await centre.get(f"/v1/tickets/{fire}/handoffs"))["items"]
    await centre.post(f"/v1/handoffs/{handoff['id']}/steps", step="cancelled", note="Salah")
    told = pane.get_by_text("Tidak ada lagi yang harus dilakukan")
    await expect(told).to_be_visible(timeout=3_000)  # told, and not found at the next look
    await page.reload()
    await expect(told).to_be_visible()

    browser.pages.expect(" 401 ")
    await page.context.clear_cookies()  # as when the session is over, after a day
    await expect(page.get_by_role("alert")).to_contain_text("TIDAK terlihat", timeout=15_000)
    await sounds(page, 1)
    wrong += await sight.faults(page, "agency-account-phone-signed-out")
    await page.get_by_label("Kata sandi").click()
    await sounds(page, 0)
    await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_what_is_the_same_incident_is_told(centre: Centre, browser: Chromium) -> None:
    """As somebody says so: with the way there if it is theirs too, else by its number alone."""
    password = await _account(centre, "tono", "damkar")
    fire = await called(centre, "08125550001", incident_type="fire", address="Jl. Contoh 12")
    more = [
        await called(centre, f"0812555000{n}", incident_type="fire", address="Jl. Contoh 14")
        for n in (2, 3, 4)
    ]
    for ticket in (fire, more[0]):
        await handed_off(centre, ticket, "damkar")
    page = await browser.page(locale="id-ID")
    await _sign_in(page, centre.url, "tono", password)
    await page.get_by_role("button", name="Hentikan bunyi").click()
    await page.get_by_role("link", name=fire).click()
    pane = page.get_by_role("region", name="Kejadian yang dibuka")
    await expect(pane.get_by_role("heading", name="Kebakaran")).to_be_visible()
    for n, (kind, ticket) in enumerate(
        (("duplicate", more[0]), ("duplicate", more[1]), ("related", more[2]))
    ):
        answer = await centre.api.post(
            f"/v1/tickets/{ticket}/links",
            json={"kind": kind, "ticket": fire},
            headers={"Idempotency-Key": f"together-{n}"},
        )
        assert answer.is_success, answer.text
    same = pane.get_by_text("Kejadian yang sama dengan")
    await expect(same).to_contain_text(more[1], timeout=3_000)  # told, not found at the next look
    await expect(pane.get_by_text("Terkait dengan")).to_contain_text(more[2], timeout=3_000)
    await expect(same.get_by_role("link")).to_have_text(more[0])
    wrong = await sight.faults(page, "agency-account-together")
    await page.set_viewport_size(PHONE)
    await page.get_by_role("button", name="EN: English").click()
    await page.emulate_media(color_scheme="dark")
    wrong += await sight.faults(page, "agency-account-together-phone-en")
    await page.get_by_text("Same incident as").get_by_role("link", name=more[0]).press("Enter")
    pane = page.get_by_role("region", name="The incident that is open")
    await expect(pane.get_by_text("Same incident as")).to_contain_text(fire)
    assert not wrong, "\n".join(wrong)
    await page.context.close()
