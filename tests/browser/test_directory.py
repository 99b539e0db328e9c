"""The directory is edited: agencies, their channels in order, by the keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from playwright.async_api import FilePayload, Locator, Page, expect

from tests.browser import sight
from tests.browser.centre import Centre
from tests.browser.chromium import Chromium
from tests.browser.console import sign_in

SECRET: Final = re.compile(r"^whsec_")
WIDE: Final = {"width": 1920, "height": 1080}
DAMKAR: Final = "Pemadam kebakaran dan penyelamatan (Damkar)"
WEBHOOK: Final = [{"kind": "webhook", "address": "https://pmi.example.org/sip112"}]
PMI: Final = {
    "kind": "medical",
    "name": {"id": "PMI Kota", "en": "Red Cross"},
    "channels": [
        {"kind": "webhook", "address": "https://pmi.example.org/sip112"},
        {"kind": "sms"},
        {"kind": "voice", "address": "08125550199"},
    ],
    "contacts": [
        {"name": "Piket", "addresses": {"sms": "08125550191", "voice": "08125550192"}},
        {"name": "Koordinator", "addresses": {"sms": "08125550193"}},
    ],
}


def _feature(name: str, *border: tuple[float, float]) -> dict[str, Any]:
    ring = [list(point) for point in (*border, border[0])]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"NAMOBJ": name}, "geometry": geometry}


CROSSED: Final[dict[str, Any]] = {
    "type": "FeatureCollection",
    "features": [
        _feature("Pahandut", (113.90, -2.23), (113.94, -2.19), (113.94, -2.23), (113.90, -2.19)),
        _feature("Jekan Raya", (113.8, -2.25), (113.9, -2.25), (113.9, -2.15), (113.8, -2.15)),
    ],
}


def _file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "application/geo+json", "buffer": text.encode()}


async def _directory(
    browser: Chromium, centre: Centre, agent: str, part: str = "", *, english: bool = False
) -> Page:
    """Open the directory, in Indonesian and in the light, or in English and in the dark."""
    page = await browser.page(color_scheme="dark" if english else "light")
    spoken = "en" if english else "id"
    await page.add_init_script(f"localStorage.setItem('sip112.language', '{spoken}')")
    await sign_in(page, centre.url, agent, centre.password)
    await page.goto(f"{centre.url}/directory{part}")
    await expect(page.locator("tbody .link, tbody .empty").first).to_be_visible()
    return page


async def _put(centre: Centre, path: str, version: int | None, **entry: Any) -> None:
    """Have somebody else add or change an entry."""
    base = {"If-None-Match": "*"} if version is None else {"If-Match": f'"{version}"'}
    code = path.rsplit("/", 1)[-1]
    answer = await centre.api.put(path, json={"code": code, **entry}, headers=base)
    assert answer.is_success, answer.text


async def _press(button: Locator) -> None:
    await button.focus()
    await button.press("Enter")


def _written(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in entry.items() if name != "version"}


async def test_an_agency_is_added_and_changed(centre: Centre, browser: Chromium) -> None:
    """What is wrong is said beside its field; channels are put in order by the keyboard."""
    page = await _directory(browser, centre, "rina")
    assert not await sight.faults(page, "directory-agencies")
    await _press(page.get_by_role("button", name="Tambah instansi"))
    await expect(page.get_by_label("Nama (Indonesia)")).to_be_focused()
    await page.keyboard.type("PMI Kota")
    await expect(page.get_by_label("Kode", exact=True)).to_have_value("pmi_kota")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Isi nama.")).to_be_visible()
    await expect(page.get_by_text("Isi alamatnya")).to_be_visible()
    await expect(page.get_by_label("Nama (Inggris)")).to_be_focused()
    assert not await sight.faults(page, "directory-agency-wrong")
    await page.keyboard.type("Red Cross")
    await page.get_by_label("Macam", exact=True).select_option("medical")
    await page.get_by_label("Alamat saluran 1").fill("0812 555")
    await _press(page.get_by_role("button", name="Tambah saluran"))
    await expect(page.get_by_label("Macam saluran 2")).to_be_focused()
    await page.get_by_label("Alamat saluran 2").fill("https://pmi.example.org/sip112")
    up = page.get_by_role("button", name="Naikkan Saluran 2")
    await _press(up)
    await expect(page.get_by_label("Alamat saluran 1")).to_have_value(
        "https://pmi.example.org/sip112"
    )
    await expect(page.get_by_role("button", name="Turunkan Saluran 1")).to_be_focused()
    await page.keyboard.press("Escape")
    add = page.get_by_role("button", name="Tambah", exact=True)
    await _press(add)
    await expect(page.get_by_text("Hanya angka, *, # dan +")).to_be_visible()
    await page.get_by_label("Alamat saluran 2").fill("08125550199")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("pmi_kota disimpan.")).to_be_visible()
    await expect(page.get_by_role("button", name="PMI Kota")).to_be_visible()
    found = await centre.get("/v1/agencies/pmi_kota")
    assert [each["kind"] for each in found["channels"]] == ["webhook", "voice"]


async def test_what_is_not_saved_is_not_lost(centre: Centre, browser: Chromium) -> None:
    """A reload keeps it. A night goes on into the next day; a secret is shown once."""
    await _put(centre, "/v1/agencies/pmi", None, **{**PMI, "contacts": [], "channels": WEBHOOK})
    page = await _directory(browser, centre, "rina")
    await _press(page.get_by_role("button", name="PMI Kota"))
    await _press(page.get_by_role("button", name="Tambah kontak"))
    await page.keyboard.type("Piket")
    await page.get_by_label("SMS").fill("08125550191")
    await page.get_by_text("Jam tertentu").click()
    await page.get_by_label("Sabtu").fill("20.00-06.00")
    await page.get_by_label("Minggu").focus()
    await expect(page.get_by_label("Minggu")).to_have_value("00:00\u201306:00")
    assert not await sight.faults(page, "directory-agency-unsaved")
    await page.reload()  # what is not saved is not lost
    await expect(page.get_by_text("Belum disimpan")).to_be_visible()
    await _press(page.get_by_role("button", name="PMI Kota"))
    await _press(page.get_by_role("button", name="Simpan"))
    await expect(page.get_by_text("pmi disimpan.")).to_be_visible()
    found = await centre.get("/v1/agencies/pmi")
    assert found["contacts"] == [{"name": "Piket", "addresses": {"sms": "08125550191"}}]
    assert {"day": "sunday", "opens": "00:00", "closes": "06:00"} in found["hours"]

    await _press(page.get_by_role("button", name="Rahasia baru"))
    await _press(page.get_by_role("dialog").get_by_role("button", name="Buat"))
    await expect(page.get_by_label("Rahasia tanda tangan")).to_have_value(SECRET)
    assert not await sight.faults(page, "directory-secret")
    await _press(page.get_by_role("button", name="Sudah dicatat"))
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_two_people_change_one_agency(centre: Centre, browser: Chromium) -> None:
    """Told at once: what only the other one changed is taken, of what both did a person chooses."""
    await _put(centre, "/v1/agencies/pmi", None, **PMI)
    page = await _directory(browser, centre, "rina", english=True)
    await _press(page.get_by_role("button", name="Red Cross"))
    await page.get_by_label("Name (English)").fill("Red Cross of the city")
    now = await centre.get("/v1/agencies/pmi")
    other = {**_written(now), "name": {"id": "PMI", "en": "Red Cross"}, "active": False}
    await _put(centre, "/v1/agencies/pmi", now["version"], **other)
    clash = page.get_by_role("alert").filter(has_text="Two people changed name")
    await expect(clash).to_contain_text("PMI Kota / Red Cross of the city")
    await expect(page.get_by_label("State")).to_have_value("false")
    assert not await sight.faults(page, "directory-clash-en-dark")
    await clash.get_by_role("button", name="Use mine").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("pmi is saved.")).to_be_visible()
    found = await centre.get("/v1/agencies/pmi")
    assert (found["name"]["en"], found["active"]) == ("Red Cross of the city", False)
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert not await sight.faults(page, "directory-agency-wide-en-dark")


async def test_a_type_is_added_to_the_tree_with_its_plan(centre: Centre, browser: Chromium) -> None:
    """It has the plan of the one it belongs to, until it gets one; and it can be removed."""
    page = await _directory(browser, centre, "rina", "/incident-types")
    assert not await sight.faults(page, "directory-types")
    await _press(page.get_by_role("button", name="jenis di bawah Kebakaran"))
    await expect(page.get_by_role("button", name="Kebakaran gedung tinggi")).to_be_visible()
    await _press(page.get_by_role("button", name="Tambah jenis"))
    await page.keyboard.type("Kebakaran lahan gambut")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Isi nama.")).to_be_visible()
    await page.get_by_label("Nama (Inggris)").fill("Peat fire")
    await page.get_by_label("Bagian dari").select_option("fire")
    await expect(page.get_by_text("Induknya: Pemadam, Medis, Polisi")).to_be_visible()
    await page.get_by_label("Tingkat").select_option("critical")
    await page.get_by_text("Rencana sendiri").click()
    await _press(page.get_by_role("button", name="Tambah keperluan"))
    await expect(page.get_by_label("Siapa yang diperlukan 4")).to_be_focused()
    await page.get_by_label("Siapa yang diperlukan 4").select_option("=utility")
    await expect(page.get_by_text("Tidak ada instansi aktif: Utilitas")).to_be_visible()
    await page.get_by_label("Siapa yang diperlukan 3").select_option("bpbd")
    await _press(page.get_by_role("button", name="Naikkan Keperluan 3"))
    await _press(page.get_by_role("button", name="Hapus Keperluan 3"))
    assert not await sight.faults(page, "directory-type-new")
    await _press(page.get_by_role("button", name="Tambah", exact=True))
    await expect(page.get_by_text("kebakaran_lahan_gambut disimpan.")).to_be_visible()
    peat = page.get_by_role("button", name="Kebakaran lahan gambut")
    await expect(peat).to_be_visible()
    found = await centre.get("/v1/incident-types/kebakaran_lahan_gambut")
    assert (found["parent"], found["severity"]) == ("fire", "critical")
    assert [each["kind"] or each["agency"] for each in found["plan"]] == ["fire", "bpbd", "utility"]

    await page.get_by_label("Cari nama atau kode").fill("gambut")
    await expect(page.locator("tbody tr")).to_have_count(2)
    assert not await sight.faults(page, "directory-type-found")
    await _press(page.get_by_role("button", name="Hapus", exact=True))
    await _press(page.get_by_role("dialog").get_by_role("button", name="Hapus"))
    await expect(page.get_by_text("kebakaran_lahan_gambut dihapus.")).to_be_visible()
    await expect(peat).to_have_count(0)


async def test_a_type_that_others_belong_to_stays_on_top(centre: Centre, browser: Chromium) -> None:
    """There are two levels; it says so, and offers nothing that would be refused."""
    page = await _directory(browser, centre, "rina", "/incident-types", english=True)
    await _press(page.get_by_role("button", name="Fire", exact=True))
    await expect(page.get_by_label("Belongs to")).to_be_disabled()
    await expect(page.get_by_role("button", name="Remove", exact=True)).to_have_count(0)
    assert not await sight.faults(page, "directory-type-en-dark")


async def test_an_area_comes_from_a_file_onto_the_map(centre: Centre, browser: Chromium) -> None:
    """A border that crosses itself is refused, and where it does is shown."""
    browser.pages.expect(" 422 .*/v1/areas/")
    page = await _directory(browser, centre, "rina", "/areas")
    assert not await sight.faults(page, "directory-areas-none")
    await _press(page.get_by_role("button", name="Tambah wilayah"))
    file = page.get_by_label("Batas wilayah")
    await file.set_input_files(_file("rapat.txt", "bukan peta"))
    await expect(page.get_by_text("Berkas ini bukan GeoJSON.")).to_be_visible()
    await file.set_input_files(_file("batas.geojson", json.dumps(CROSSED)))
    await expect(page.get_by_label("Nama (Indonesia)")).to_have_value("Pahandut")
    await page.get_by_label("Nama (Inggris)").fill("Pahandut")
    await _press(page.get_by_role("button", name="Tambah", exact=True))
    await expect(page.get_by_text("near longitude 113.92, latitude -2.21")).to_be_visible()
    await expect(page.locator("svg circle[r='9']")).to_be_visible()
    assert not await sight.faults(page, "directory-area-crossed")
    await page.get_by_label("Yang mana dari 2 bidang").select_option("Jekan Raya")
    await expect(page.get_by_text("near longitude")).to_have_count(0)
    await _press(page.get_by_role("button", name="Tambah", exact=True))
    await expect(page.get_by_text("jekan_raya disimpan.")).to_be_visible()
    await page.get_by_role("application").focus()
    await page.keyboard.press("-")
    assert not await sight.faults(page, "directory-area")
    found = await centre.get("/v1/areas/jekan_raya")
    assert found["geometry"]["coordinates"] == CROSSED["features"][1]["geometry"]["coordinates"]
    await _press(page.get_by_role("button", name="Hapus", exact=True))
    await _press(page.get_by_role("dialog").get_by_role("button", name="Hapus"))
    await expect(page.get_by_text("jekan_raya dihapus.")).to_be_visible()
    await expect(page.get_by_text("Belum ada wilayah.")).to_be_visible()


async def test_a_file_says_what_it_changes_before_it_does(
    centre: Centre, browser: Chromium
) -> None:
    """What is exported is imported again; what would break the directory changes nothing."""
    browser.pages.expect(" (412|422) .*/v1/directory")
    page = await _directory(browser, centre, "rina", "/whole")
    await expect(page.get_by_role("cell", name="Tidak ada instansi aktif").first).to_be_visible()
    assert not await sight.faults(page, "directory-whole")
    async with page.expect_download() as download:
        await _press(page.get_by_role("button", name="Unduh berkas"))
    found = json.loads((await (await download.value).path()).read_text())
    file = page.get_by_label("Impor")
    await file.set_input_files(_file("direktori.json", json.dumps(found)))
    await expect(page.get_by_text("Tidak ada perbedaan dengan direktori ini.")).to_be_visible()

    damkar = next(each for each in found["agencies"] if each["code"] == "damkar")
    damkar["channels"] = [{"kind": "voice", "address": "0536"}, {"kind": "account"}]
    damkar["area"] = "nowhere"
    found["agencies"] = [each for each in found["agencies"] if each["code"] != "bpbd"]
    found["agencies"].append({"code": "pmi", **PMI})
    await file.set_input_files(_file("rusak.json", json.dumps(found)))
    await expect(page.get_by_text("1 jadi nonaktif")).to_be_visible()
    await expect(page.get_by_text("Telepon 0536, Halaman instansi")).to_be_visible()
    apply = page.get_by_role("button", name="Terapkan perubahan")
    watching = await _directory(browser, centre, "sari")
    await _press(apply)
    await expect(page.get_by_text("which is no area")).to_be_visible()
    assert not await sight.faults(page, "directory-import-faulty")
    assert (await centre.get("/v1/agencies/damkar"))["area"] is None

    del damkar["area"]
    await file.set_input_files(_file("direktori.json", json.dumps(found)))
    await expect(page.get_by_text("which is no area")).to_have_count(0)
    await _put(centre, "/v1/agencies/satgas", None, **{**PMI, "kind": "other"})
    await _press(apply)
    await expect(page.get_by_text("belum ada yang diterapkan")).to_be_visible()
    await expect(page.get_by_text("2 jadi nonaktif")).to_be_visible()
    assert not await sight.faults(page, "directory-import")
    await _press(apply)
    await expect(page.get_by_text("Direktori diperbarui.")).to_be_visible()
    now = (await centre.get("/v1/agencies"))["items"]
    assert {each["code"] for each in now if not each["active"]} == {"bpbd", "satgas"}
    assert next(each for each in now if each["code"] == "damkar")["area"] is None

    pmi = watching.get_by_role("button", name="PMI Kota")
    await expect(pmi.first).to_be_visible()  # told, without looking

    doubt = page.get_by_role("row", name="Tidak ada instansi aktif").first
    await _press(doubt.get_by_role("button"))
    await expect(page.get_by_label("Cari nama atau kode")).not_to_have_value("")
    await expect(page.get_by_text("Instansi kurang").first).to_be_visible()


async def test_who_may_only_read_changes_nothing(centre: Centre, browser: Chromium) -> None:
    """A call taker sees how an agency is reached, and no button that would be refused."""
    page = await _directory(browser, centre, "sari")
    await _press(page.get_by_role("button", name=DAMKAR))
    await expect(page.get_by_label("Alamat saluran 1")).to_be_disabled()
    await expect(page.get_by_role("button", name="Simpan")).to_have_count(0)
    await expect(page.get_by_role("button", name="Tambah instansi")).to_have_count(0)
    assert not await sight.faults(page, "directory-agency-read")
