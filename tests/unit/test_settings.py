"""Settings come from the environment, then a file, then defaults; a wrong one is named."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sip112.api.lists import ListsFile, shipped
from sip112.api.phone_keys import PhoneKey
from sip112.api.pmtiles import Bounds, View
from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.limits import SHIPPED
from sip112.people.roles import Scope
from sip112.people.token import digest
from sip112.routing.ids import SeatId
from sip112.routing.seat import Profile, SeatConfig
from sip112.routing.summary import NENA, AnswerTarget
from sip112.service import settings
from sip112.service.errors import BadSettings
from sip112.service.settings import MOST_SEATS, LogFormat, load

Write = Callable[[str], Path]
EN = frozenset({"en"})


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no setting of this machine's be seen."""
    for name in list(os.environ):
        if name.startswith("SIP112_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "PLACES", (Path("sip112.toml"), tmp_path / "etc" / "sip112.toml"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes the settings file."""

    def written(text: str) -> Path:
        path = tmp_path / "sip112.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def complaint(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """Return what is said of these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(f"SIP112_{name.upper()}", value)
    with pytest.raises(BadSettings) as error:
        load()
    return str(error.value)


# --- where they come from ----------------------------------------------------------------------


def test_without_any_setting_there_are_defaults() -> None:
    """A centre that can be tried at once."""
    found = load()
    assert (found.centre, found.time_zone) == ("PKY", ZoneInfo("Asia/Jakarta"))
    assert found.database_url == "sqlite:///sip112.db"
    assert (found.ami_host, found.ami_port, found.http_port) == ("127.0.0.1", 5038, 8112)
    assert (found.seats, found.tokens, found.log_format) == ((), (), LogFormat.AUTO)
    assert found.popup_url == "http://127.0.0.1:8112"


def test_a_file_is_read(write: Write) -> None:
    """With what only a file can say well: seats one by one, tokens."""
    write(
        f"""
        centre = "KTM"
        time_zone = "Asia/Makassar"
        seats = ["seat-01..seat-02", {{ id = "chief", skills = ["en"], popup = ["sip-message"] }}]
        public_url = "https://112.test"

        [[tokens]]
        name = "wallboard"
        digest = "{digest("x")}"
        scopes = ["read", "seats"]
        """
    )
    found = load()
    (centre,) = found.served
    desk = centre.desk(found.popup_url)
    assert (desk.centre, desk.zone, desk.ticket_url) == (
        "KTM",
        ZoneInfo("Asia/Makassar"),
        "https://112.test",
    )
    assert [seat.id for seat in desk.seats] == ["seat-01", "seat-02", "chief"]
    assert desk.seats[2] == SeatConfig(desk.seats[2].id, frozenset({"en"}), (Profile.SIP_MESSAGE,))
    (token,) = found.api_tokens()
    assert (token.name, token.digest) == ("wallboard", digest("x"))
    assert token.scopes == {Scope.READ, Scope.SEATS}


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what a caller of `load` says wins over both."""
    write('centre = "KTM"\nring_s = 20\nwrap_up_s = 5\n')
    monkeypatch.setenv("SIP112_CENTRE", "BKL")
    monkeypatch.setenv("SIP112_RING_S", "25")
    found = load(ring_s=30)
    assert (found.centre, found.ring_s, found.wrap_up_s) == ("BKL", 30, 5)


def test_the_named_file_counts_and_no_other(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SIP112_CONFIG before ./sip112.toml before /etc."""
    elsewhere = tmp_path / "etc" / "sip112.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text('centre = "ETC"')
    assert load().centre == "ETC"
    write('centre = "HERE"')
    assert load().centre == "HERE"
    named = tmp_path / "named.toml"
    named.write_text('centre = "NAMED"')
    monkeypatch.setenv("SIP112_CONFIG", str(named))
    assert load().centre == "NAMED"


def test_the_core_gets_what_it_wants_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting under its own name."""
    for name, value in (("ring_s", "20"), ("wrap_up_s", "7.5"), ("retry_s", "3"), ("pbx", "pbx2")):
        monkeypatch.setenv(f"SIP112_{name.upper()}", value)
    (centre,) = load().served
    desk = centre.desk("https://112.test", token=7, alone=False, stride=3)
    assert (desk.ring_s, desk.wrap_up_s, desk.retry_s, desk.pbxs) == (20, 7.5, 3, ("pbx2",))
    assert (desk.token, desk.alone, desk.stride) == (7, False, 3)


# --- seats -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seats"),
    [
        ("", []),
        ("seat-01", ["seat-01"]),
        ("seat-08..seat-11,chief", ["seat-08", "seat-09", "seat-10", "seat-11", "chief"]),
        (" aa , bb ,", ["aa", "bb"]),
        ("11..13", ["11", "12", "13"]),
        ("s9..s9", ["s9"]),
        ("s9..s11", ["s9", "s10", "s11"]),
        ("m2-01..m2-02", ["m2-01", "m2-02"]),
        (
            '["seat-01..seat-02", {"id": "chief", "skills": ["en"]}]',
            ["seat-01", "seat-02", "chief"],
        ),
    ],
)
def test_seats_are_names_and_ranges_or_json(
    monkeypatch: pytest.MonkeyPatch, text: str, seats: list[str]
) -> None:
    """As one writes them in a variable."""
    monkeypatch.setenv("SIP112_SEATS", text)
    assert [seat.id for seat in load().seats] == seats


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seat-08..seat-01", "runs backwards; write the smaller number first"),
        ("seat-01..chair-02", "is no range; write one as seat-01..seat-08"),
        ("seat-01..", "is no range"),
        (f"s1..s{MOST_SEATS + 1}", f"{MOST_SEATS} are the most"),
        ("s1..s99999999999999999999", f"{MOST_SEATS} are the most"),
        ("seat-01,seat-02,seat-01", "named twice: seat-01; name each seat once"),
        ("seat 01", "seats[0].id: String should match pattern"),
        ("h", "seats[0].id: String should match pattern"),  # Asterisk's own extension
        ("../etc", "is no range"),
        (
            '[{"id": "x1", "skils": []}]',
            "seats[0].skils: there is no such setting here; there are id, ",
        ),
        (
            '[{"id": "x1", "message": true}]',
            'now; write popup = ["browser", "sip-headers", "sip-message"]',
        ),
        ('[{"id": "x1", "popup": "yealink"}]', "seats[0].popup: Input should be a valid tuple"),
        ('[{"id": "x1", "popup": ["cisco"]}]', "seats[0].popup[0]: Input should be 'browser', "),
        ('[{"id": "x1", "popup": ["snom", "snom"]}]', "seats[0].popup: named twice: snom; name"),
        (
            '[{"id": "x1", "popup": ["action-url"]}]',
            "seats[0]: with action-url the telephone asks for its ticket, and needs a key for",
        ),
        (
            '[{"id": "x1", "phone_key": "' + "0" * 64 + '"}]',
            "phone_key would not be read; add action-url or microsip to popup",
        ),
        ('[{"id": "x1..x2", "popup": ["microsip"], "phone_key": "' + "0" * 64 + '"}]', "own"),
        ("[oops", "this is no valid JSON"),
        ("[1]", "seats[0]: this is no group"),
    ],
)
def test_seats_that_cannot_be_are_named(
    monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    """With what is wrong, the value, and where it stands."""
    complained = complaint(monkeypatch, seats=text)
    assert said in complained
    assert complained.startswith("seats")
    assert "From: environment SIP112_SEATS." in complained


def test_seats_with_a_phone_in_the_browser(write: Write) -> None:
    """They may be a range too; where they register must be said, and for each Asterisk."""
    seats = 'seats = ["seat-01", { id = "web-01..web-02", phone = "browser", skills = ["en"] }]'
    place = 'phone_ws_url = "wss://pbx.example.org:8089/ws"'
    write(f"{seats}\n{place}")
    (centre,) = load().served
    assert centre.browsers == ("web-01", "web-02")
    assert centre.seats[2].skills == EN
    assert [pbx.phone_ws_url for pbx in centre.pbxs] == ["wss://pbx.example.org:8089/ws"]
    pbxs = f'pbxs = [{{ name = "north", {place} }}, {{ name = "south" }}]'
    for lacking in (seats, f"{seats}\n{pbxs}", f'[[centres]]\ncentre = "KTM"\n{seats}'):
        write(lacking)
        with pytest.raises(BadSettings, match=r"web-01 is the browser.*phone_ws_url"):
            load()
    write(f"{seats}\nphone_ws_url = 'http://pbx.example.org/ws'")
    with pytest.raises(BadSettings, match="phone_ws_url: "):
        load()


def test_seats_whose_phone_is_sent_a_notify(write: Write) -> None:
    """Somebody must be set who may have it sent, at each Asterisk."""
    seats = 'seats = ["seat-01", { id = "seat-02", popup = ["browser", "snom"] }]'
    write(f'{seats}\nami_desk_secret = "x"')
    (centre,) = load().served
    assert centre.notified == ("seat-02",)
    pbxs = 'pbxs = [{ name = "north", desk_secret = "x" }, { name = "south" }]'
    for lacking in (seats, f"{seats}\n{pbxs}", f'[[centres]]\ncentre = "KTM"\n{seats}'):
        write(lacking)
        with pytest.raises(BadSettings, match=r"seat-02 is snom, .*SIP112_AMI_DESK_SECRET"):
            load()


def test_the_keys_of_telephones(write: Write) -> None:
    """By centre and seat; whoever writes the key itself is told so without repeating it."""
    seat = '{{ id = "seat-01", popup = ["action-url"], phone_key = "{}" }}'
    centre = 'centres = [{{ centre = "KTM", seats = [{}] }}]'
    key = "0123456789abcdef" * 4
    write(centre.format(seat.format(key)))
    assert load().phone_keys() == (PhoneKey("KTM", "seat-01", key),)
    write(f"seats = [{seat.format('sip112_a-secret')}]")
    with pytest.raises(BadSettings, match=r"seats\[0\].phone_key: String should match") as caught:
        load()
    assert "a-secret" not in str(caught.value)


def test_seats_of_no_kind_at_all_are_named(write: Write) -> None:
    """A file may hold anything."""
    path = write("seats = 8")
    with pytest.raises(BadSettings, match=f"seats: Input should be.*\n  From: {path.name}"):
        load()


def test_trunks_are_a_list_of_names(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    """Likewise."""
    write('trunks = ["carrier"]')
    assert load().trunks == ("carrier",)
    monkeypatch.setenv("SIP112_TRUNKS", "carrier-a, carrier-b")
    assert load().trunks == ("carrier-a", "carrier-b")


# --- what is wrong is named, with its place and its remedy ------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("centre", "pky", "should match pattern '^[A-Z0-9]{2,12}$' (it is 'pky')"),
        ("time_zone", "Mars/Base", "'Mars/Base' is no time zone; take one of the IANA names"),
        ("time_zone", "", "is no time zone"),
        ("time_zone", "/etc/passwd", "is no time zone"),
        ("ami_port", "0", "greater than or equal to 1 (it is '0')"),
        ("ami_port", "x", "should be a valid integer"),
        ("ring_s", "999", "less than or equal to 120"),
        ("wrap_up_s", "-1", "greater than or equal to 0"),
        ("wrap_up_s", "nan", "less than or equal to 3600"),
        ("public_url", "ftp://x", "should match pattern"),
        ("log_level", "loud", "should match pattern '^(debug|info|warning|error)$'"),
        ("log_format", "xml", "'auto', 'json' or 'console'"),
        ("log_callers", "perhaps", "valid boolean"),
        ("tokens", "garbage", "this is no valid JSON"),
        ("tokens", '[{"name": "x", "digest": "1"}]', "tokens[0].digest: String should match"),
        (
            "tokens",
            f'[{{"name": "x", "digest": "{"0" * 64}", "scopes": ["agency"]}}]',
            "the scope agency is for people of agencies",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """What may stand there, what stands there, where, and how else it can be set."""
    complained = complaint(monkeypatch, **{name: value})
    variable = f"SIP112_{name.upper()}"
    assert complained.startswith(name)
    assert said in complained
    assert (
        f"From: environment {variable}. Set {variable}, or {name} in a settings file" in complained
    )


def test_a_wrong_value_in_a_file_is_named_with_the_file(write: Write) -> None:
    """And so are all others in it, at once."""
    path = write('ring_s = 1\ncentre = "pky"\n')
    with pytest.raises(BadSettings) as error:
        load()
    assert str(error.value).count(f"From: {path.name}.") == 2
    assert "ring_s: Input should be greater than or equal to 3 (it is 1)." in str(error.value)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("SIP112_DATABSE_URL", "SIP112_DATABASE_URL"),
        ("SIP112_CENTER", "SIP112_CENTRE"),
        ("SIP112_AMI_USER", "SIP112_AMI_USERNAME"),
        ("SIP112_CONFIGURATION", "SIP112_CONFIG"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_one_meant(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    """Else it would be a setting that silently stays at its default."""
    monkeypatch.setenv(variable, "x")
    with pytest.raises(
        BadSettings, match=f"{variable}: there is no such setting; did you mean {meant}\\?"
    ):
        load()


def test_a_misspelt_name_in_a_file_is_named_too(write: Write) -> None:
    """With the file and not with a variable that nobody can set."""
    path = write("rings = 20")
    with pytest.raises(BadSettings) as error:
        load()
    said = "rings: there is no such setting; did you mean ring_s?\n  From: "
    assert str(error.value) == f"{said}{path.name}."


def test_the_rigs_variables_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no misspelt settings."""
    monkeypatch.setenv("SIP112_RIG_CACHE", "x")
    load()


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody means to start with the defaults who names a file."""
    complained = complaint(monkeypatch, config="/nowhere/sip112.toml")
    assert "SIP112_CONFIG names /nowhere/sip112.toml, which is not a file" in complained


def test_a_file_that_is_no_toml_is_named_with_the_line(write: Write) -> None:
    """As the parser tells it."""
    path = write('centre = "PKY"\nring_s =\n')
    with pytest.raises(BadSettings, match=f"{path.name}: Invalid value .at line 2"):
        load()


@pytest.mark.parametrize(
    "url", ["mysql://sip112:hunter2@db/sip112", "postgresql//sip112:hunter2@db", "sqlite://"]
)
def test_a_database_that_cannot_be_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """The remedy says how a URL is written; what was written is not repeated."""
    complained = complaint(monkeypatch, database_url=url)
    assert complained.startswith("database_url: ")
    assert "postgresql://user:password@host:5432/database" in complained
    assert "From: environment SIP112_DATABASE_URL." in complained
    assert "hunter2" not in complained


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    """Neither where they are right, nor where they are wrong or stand in the wrong place."""
    monkeypatch.setenv("SIP112_AMI_SECRET", "hunter2")
    assert "hunter2" not in repr(load())
    assert load().ami_secret.get_secret_value() == "hunter2"
    monkeypatch.delenv("SIP112_AMI_SECRET")
    write("ami_secret = 31337")
    with pytest.raises(BadSettings, match="ami_secret: Input should be a valid string") as error:
        load()
    assert "31337" not in str(error.value)
    write('[[tokens]]\nname = "x"\ndigest = "sip112_hunter2"\n')
    with pytest.raises(BadSettings, match="digest: String should match") as error:
        load()
    assert "hunter2" not in str(error.value)


# --- what the machine's alarms are about -------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("sqlite:////srv/sip112.db", ("10.0.0.2",)),
        ("postgresql://sip112:secret@db.city.example:5432/sip112", ("10.0.0.2", "db.city.example")),
        ("postgresql:///sip112", ("10.0.0.2",)),
    ],
)
def test_the_machines_that_it_connects_to(
    monkeypatch: pytest.MonkeyPatch, url: str, hosts: tuple[str, ...]
) -> None:
    """Asterisk's, and the database's if it has one."""
    monkeypatch.setenv("SIP112_AMI_HOST", "10.0.0.2")
    monkeypatch.setenv("SIP112_DATABASE_URL", url)
    assert load().hosts == hosts


def test_the_directories_in_which_calls_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The database's and the recording's, wherever the service was started, and what is named."""
    assert load().kept == (tmp_path,)
    monkeypatch.setenv("SIP112_RECORDING", "/srv/recordings/ami.log")
    monkeypatch.setenv("SIP112_DISK_PATHS", "/var/spool/voice, /mnt/archive")
    assert load().kept == (
        tmp_path,
        *map(Path, ("/srv/recordings", "/var/spool/voice", "/mnt/archive")),
    )
    monkeypatch.setenv("SIP112_DATABASE_URL", "postgresql://10.0.0.5/sip112")
    assert tmp_path not in load().kept


# --- the page about them ---------------------------------------------------------------------


PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split()[0])
def test_its_examples_are_settings_that_hold(write: Write, example: str) -> None:
    """Whoever copies one has settings that are taken, each of which is set."""
    write(example.replace('"…"', f'"{digest("x")}"'))
    found = load()
    assert found.model_fields_set
    assert all(each.desk(found.popup_url).pbxs for each in found.served)


def test_its_examples_are_found() -> None:
    """One Asterisk or two, one centre or two, one node of several, seats and tokens."""
    text = "\n".join(EXAMPLES)
    for name in ("[[pbxs]]", "[[centres]]", "node_url", "[[tokens]]", "seats ="):
        assert name in text


# --- several centres, several Asterisks, several nodes --------------------------------------------

TWO_PBXS = """
centre = "KTM"
seats = ["seat-01..seat-02"]

[[pbxs]]
name = "north"
host = "192.0.2.11"
secret = "hunter2"

[[pbxs]]
name = "south"
host = "192.0.2.12"
port = 5039
username = "bridge"
secret = "hunter3"
"""

TWO_CENTRES = """
node = "node-a"
node_url = "http://192.0.2.21:8112"
database_url = "postgresql://sip112:hunter1@192.0.2.31/sip112"
public_url = "https://112.test"

[[centres]]
centre = "PKY"
seats = ["seat-01..seat-02"]
trunks = ["carrier"]
pbxs = [{ host = "192.0.2.11", secret = "hunter2" }]

[[centres]]
centre = "KTM"
time_zone = "Asia/Makassar"
seats = ["ktm-01", { id = "ktm-02", skills = ["en"] }]
ring_s = 20
wrap_up_s = 7.5
retry_s = 3
pbxs = [
    { name = "north", host = "192.0.2.12" },
    { name = "south", host = "pbx.test", port = 5039, username = "bridge" },
]

[[tokens]]
name = "ktm-wallboard"
digest = "0000000000000000000000000000000000000000000000000000000000000000"
centres = ["KTM"]
"""


def test_a_centre_may_have_several_asterisks(write: Write) -> None:
    """Each with its own address and secret; all else is as with one."""
    write(TWO_PBXS)
    found = load()
    (centre,) = found.served
    assert centre.code == "KTM"
    north, south = centre.pbxs
    assert (north.name, north.host, north.port, north.username) == (
        "north",
        "192.0.2.11",
        5038,
        "sip112",
    )
    assert (south.port, south.username, south.secret.get_secret_value()) == (
        5039,
        "bridge",
        "hunter3",
    )
    assert centre.desk("").pbxs == ("north", "south")
    assert [seat.id for seat in centre.seats] == ["seat-01", "seat-02"]
    assert found.hosts == ("192.0.2.11", "192.0.2.12")
    assert "hunter" not in repr(found)


def test_a_node_may_serve_several_centres(write: Write) -> None:
    """Each has all that one alone would have, and its own defaults."""
    write(TWO_CENTRES)
    found = load()
    pky, ktm = found.served
    assert (pky.code, pky.time_zone, pky.ring_s) == ("PKY", ZoneInfo("Asia/Jakarta"), 15)
    assert (pky.trunks, [pbx.name for pbx in pky.pbxs]) == (("carrier",), ["pbx1"])
    desk = ktm.desk(found.popup_url)
    assert (desk.centre, desk.zone, desk.pbxs) == (
        "KTM",
        ZoneInfo("Asia/Makassar"),
        ("north", "south"),
    )
    assert (desk.ring_s, desk.wrap_up_s, desk.retry_s) == (20, 7.5, 3)
    assert desk.seats == (SeatConfig(SeatId("ktm-01")), SeatConfig(SeatId("ktm-02"), EN))
    assert desk.ticket_url == "https://112.test"
    assert found.hosts == ("192.0.2.11", "192.0.2.12", "pbx.test", "192.0.2.31")
    (token,) = found.api_tokens()
    assert (token.is_for("KTM"), token.is_for("PKY")) == (True, False)
    assert (found.node, found.own_url, found.is_shared) == (
        "node-a",
        "http://192.0.2.21:8112",
        True,
    )
    assert "hunter" not in repr(found)


def test_one_centre_is_served_as_several_would_be() -> None:
    """The settings for one are those of the only one."""
    found = load(centre="KTM", pbx="north", ami_host="192.0.2.11", ami_port=5039, ring_s=20)
    (centre,) = found.served
    (pbx,) = centre.pbxs
    assert (centre.code, centre.ring_s) == ("KTM", 20)
    assert (pbx.name, pbx.host, pbx.port) == ("north", "192.0.2.11", 5039)
    assert found.find(None) == found.find("KTM") == centre


def test_a_node_has_a_name_and_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default the machine's name, and where HTTP listens; on SQLite there are no others."""
    found = load()
    assert found.node == socket.gethostname()
    assert found.own_url == "http://127.0.0.1:8112"
    assert not found.is_shared
    monkeypatch.setenv("SIP112_NODE", "node-b")
    monkeypatch.setenv("SIP112_HTTP_HOST", "192.0.2.22")
    monkeypatch.setenv("SIP112_PUBLIC_URL", "https://112.test")
    found = load()
    assert (found.node, found.own_url) == ("node-b", "http://192.0.2.22:8112")


def test_centres_and_asterisks_can_stand_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As JSON."""
    monkeypatch.setenv("SIP112_PBXS", '[{"name": "north"}, {"name": "south", "port": 5039}]')
    (centre,) = load().served
    assert [(pbx.name, pbx.port) for pbx in centre.pbxs] == [("north", 5038), ("south", 5039)]
    monkeypatch.delenv("SIP112_PBXS")
    monkeypatch.setenv(
        "SIP112_CENTRES", '[{"centre": "PKY", "seats": "a1..a3"}, {"centre": "KTM"}]'
    )
    pky, ktm = load().served
    assert [seat.id for seat in pky.seats] == ["a1", "a2", "a3"]
    assert ktm.seats == ()


def test_a_centre_is_found_by_its_code(write: Write) -> None:
    """Which one must be said where there are several; those there are are told."""
    write(TWO_CENTRES)
    found = load()
    assert found.find("KTM").code == "KTM"
    with pytest.raises(BadSettings, match="several centres: PKY, KTM; say which one"):
        found.find(None)
    with pytest.raises(BadSettings, match="no centre 'SPT'; there are: PKY, KTM"):
        found.find("SPT")


@pytest.mark.parametrize(
    ("more", "lost"),
    [
        ('centre = "PKY"', "centre"),
        ("ring_s = 20", "ring_s"),
        ('ami_secret = "hunter2"', "ami_secret"),
        ('seats = ["seat-01"]\ntrunks = ["carrier"]', "seats, trunks"),
        ('pbxs = [{ name = "north" }]', "pbxs"),
        ('pbx = "north"\nami_host = "192.0.2.9"\ntime_zone = "Asia/Jakarta"',
         "ami_host, pbx, time_zone"),
    ],
)  # fmt: skip
def test_what_several_centres_make_void_is_refused(write: Write, more: str, lost: str) -> None:
    """It would be thought to hold. All that is void is told, and no secret."""
    path = write(f'{more}\n[[centres]]\ncentre = "KTM"\n[[centres]]\ncentre = "SPT"\n')
    with pytest.raises(BadSettings) as error:
        load()
    assert str(error.value) == (
        f"centres names several, so that {lost} would not be read; set them within centres, or"
        f" leave centres out.\n  From: the environment and {path.name}."
    )


@pytest.mark.parametrize(
    "name", ["pbx", "ami_host", "ami_port", "ami_username", "ami_secret", "ami_desk_secret"]
)
def test_what_several_asterisks_make_void_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether it stands in the file or in the environment."""
    complained = complaint(monkeypatch, pbxs='[{"name": "north"}]', **{name: "5038"})
    assert complained == (
        f"pbxs names several, so that {name} would not be read; set them within pbxs, or leave"
        " pbxs out.\n  From: the environment."
    )


def test_a_mixture_of_file_and_environment_is_refused_too(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody need look for the other half."""
    path = write(TWO_CENTRES)
    complained = complaint(monkeypatch, ami_secret="hunter9")
    assert "so that ami_secret would not be read" in complained
    assert f"From: the environment and {path.name}." in complained
    assert "hunter" not in complained


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("centres", '[{"centre": "PKY"}, {"centre": "PKY"}]', "named twice: PKY; name each"),
        ("centres", '[{"centre": "pky"}]', "centres[0].centre: String should match pattern"),
        ("centres", '[{"seats": "a1"}]', "centres[0].centre: Field required"),
        ("centres", '[{"centre": "PKY", "pbxs": []}]', "centres[0].pbxs: Tuple should have at"),
        (
            "centres",
            '[{"centre": "PKY", "ami_host": "x"}]',
            "centres[0].ami_host: there is no such",
        ),
        ("centres", '[{"centre": "PKY", "time_zone": "Mars"}]', "'Mars' is no time zone"),
        ("centres", '[{"centre": "PKY", "seats": "s1,s1"}]', "centres[0].seats: named twice: s1"),
        (
            "centres",
            '[{"centre": "PKY", "pbxs": [{"name": "a"}, {"name": "a"}]}]',
            "centres[0].pbxs: named twice: a; each Asterisk needs a name of its own",
        ),
        ("centres", "PKY,KTM", "centres: this is no valid JSON"),
        ("pbxs", '[{"name": "a"}, {"name": "a"}]', "pbxs: named twice: a; each Asterisk needs"),
        ("pbxs", '[{"name": "a b"}]', "pbxs[0].name: String should match pattern"),
        ("pbxs", '[{"host": "x", "port": 0}]', "pbxs[0].port: Input should be greater than"),
        ("pbxs", '[{"secret": 31337}]', "pbxs[0].secret: Input should be a valid string"),
        (
            "pbxs",
            '[{"ami_host": "x"}]',
            "pbxs[0].ami_host: there is no such setting here; there are ",
        ),
        ("pbxs", "north", "pbxs: this is no valid JSON"),
        ("node", "node a", "node: String should match pattern"),
        ("node", "", "node: String should match pattern"),
        ("node_url", "192.0.2.21:8112", "node_url: String should match pattern"),
        (
            "tokens",
            f'[{{"name": "x", "digest": "{"0" * 64}", "centres": ["pky"]}}]',
            "tokens[0].centres[0]: String should match pattern",
        ),
    ],
)
def test_a_centre_an_asterisk_or_a_node_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """With its place in the list, and without its secrets."""
    complained = complaint(monkeypatch, **{name: value})
    assert said in complained
    assert "31337" not in complained
    assert "From: " in complained


# --- agencies ----------------------------------------------------------------------------------


def test_by_what_people_at_agencies_are_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL for each channel, for one centre or for each, and no secret of it in a log."""
    url = "tgram://123456789:hunter9hunter9/{to}"
    monkeypatch.setenv("SIP112_NOTIFIERS", f'{{"telegram": "{url}"}}')
    found = load()
    assert found.served[0].notifiers.urls == {ChannelKind.TELEGRAM: url}
    assert "hunter" not in repr(found)
    monkeypatch.delenv("SIP112_NOTIFIERS")
    assert load().served[0].notifiers.urls == {}
    write(
        """
        [[centres]]
        centre = "PKY"
        [centres.notifiers]
        sms = "jsons://user:pass@gateway.example.org/send?:to={to}"
        email = "mailtos://user:pass@smtp.example.org/{to}?from=112@example.org"
        [[centres]]
        centre = "KTM"
        """
    )
    palangka, timur = load().served
    assert set(palangka.notifiers.urls) == {ChannelKind.EMAIL, ChannelKind.SMS}
    assert not timur.notifiers.urls


def test_where_agencies_systems_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that are not public, and authorities that only the agencies know."""
    monkeypatch.setenv("SIP112_HANDOFF_PRIVATE_NETWORKS", "10.20.0.0/16, fd00:112::/48")
    monkeypatch.setenv("SIP112_HANDOFF_AUTHORITIES", "/etc/sip112/agencies.pem")
    found = load()
    assert found.handoff_private_networks == (
        ip_network("10.20.0.0/16"),
        ip_network("fd00:112::/48"),
    )
    assert found.handoff_authorities == Path("/etc/sip112/agencies.pem")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("notifiers", '{"pigeon": "x://{to}"}', "notifiers.pigeon: there is no such setting here"),
        ("notifiers", '{"pigeon": "x"}', "there are email, telegram, whatsapp, sms."),
        ("notifiers", '{"sms": "hunter9{to}"}', "notifiers.sms: no URL of apprise; see"),
        ("notifiers", '{"sms": "json://u:hunter9@x"}', "notifiers.sms: write {to} where"),
        ("notifiers", "sms=x", "notifiers: this is no valid JSON"),
        ("notifiers", "[]", "notifiers: this is no group of settings"),
        ("handoff_private_networks", "10.20.0.1/16", "10.20.0.1/16 has host bits set"),
        ("handoff_private_networks", "intranet", "'intranet' does not appear to be"),
    ],
)
def test_what_agencies_cannot_be_told_by_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """Without its secrets."""
    complained = complaint(monkeypatch, **{name: value})
    assert said in complained
    assert "hunter" not in complained


# --- the map -----------------------------------------------------------------------------------


def test_where_the_map_opens(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a line or as a list, for one centre or for each."""
    monkeypatch.setenv("SIP112_MAP_FILE", "/var/lib/sip112/map.pmtiles")
    monkeypatch.setenv("SIP112_MAP_CENTRE", "-2.21, 113.92")
    monkeypatch.setenv("SIP112_MAP_BOUNDS", "-2.45, 113.75, -2.05, 114.10")
    found = load()
    assert found.map_file == Path("/var/lib/sip112/map.pmtiles")
    assert found.served[0].map_centre == View(-2.21, 113.92, 12)
    assert found.served[0].map_bounds == Bounds(-2.45, 113.75, -2.05, 114.10)
    for name in ("CENTRE", "BOUNDS"):
        monkeypatch.delenv(f"SIP112_MAP_{name}")
    write(
        """
        [[centres]]
        centre = "PKY"
        map_centre = [-2.21, 113.92, 13.5]

        [[centres]]
        centre = "KTM"
        map_bounds = "-3, 112, -2, 113"
        """
    )
    palangka, timur = load().served
    assert (palangka.map_centre, palangka.map_bounds) == (View(-2.21, 113.92, 13.5), None)
    assert (timur.map_centre, timur.map_bounds) == (None, Bounds(-3, 112, -2, 113))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("map_centre", "113.92, -2.21", "latitude comes first"),
        ("map_centre", "-2.21, 113.92, 40", "a zoom of 40; take one from 0 to 22"),
        ("map_centre", "-2.21; 113.92", "map_centre"),
        ("map_centre", "nan, 113.92", "map_centre"),
        ("map_bounds", "113.75, -2.45, 114.10, -2.05", "write south, west, north, east"),
        ("map_bounds", "-2.05, 113.75, -2.45, 114.10", "write south, west, north, east"),
        ("map_bounds", "-2.05, 113.75, -2.45", "map_bounds"),
    ],
)
def test_a_place_that_is_none(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """Most often longitude was written first."""
    said = complaint(monkeypatch, **{name: value})
    assert says in said
    assert f"SIP112_{name.upper()}" in said


# --- lists -------------------------------------------------------------------------------------


def test_a_city_has_lists_of_its_own(write: Write, tmp_path: Path) -> None:
    """Each centre may; without a file they are those that come along."""
    assert load().served[0].lists == ListsFile(shipped())
    own = tmp_path / "lists.json"
    own.write_text('{"languages": [{"code": "nij", "name": {"id": "Ngaju", "en": "Ngaju"}}]}')
    write(f"""
        centres = [{{ centre = "PKY", lists = "{own}" }}, {{ centre = "KTM" }}]
        """)
    first, second = load().served
    assert [each.code for each in first.lists.lists.languages] == ["nij"]
    assert second.lists.path is None
    write(f'lists = "{own}"')
    assert load().served[0].lists == first.lists


@pytest.mark.parametrize("there", [True, False])
def test_lists_that_cannot_be_used_stop_no_start(
    write: Write, tmp_path: Path, *, there: bool
) -> None:
    """Calls are routed without them; what is wrong is kept, to be told."""
    own = tmp_path / "lists.json"
    if there:
        own.write_text('{"languages": [{"code": "NIJ", "name": {"id": "Ngaju", "en": "Ngaju"}}]}')
    write(f'lists = "{own}"')
    found = load().served[0].lists
    assert found.lists == shipped()
    assert found.path == own
    assert ("languages[0].code: " if there else "it cannot be read (No such file") in found.wrong


# --- answer times ------------------------------------------------------------------------------


def test_targets_of_answer_times(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of NENA's, unless the city has others; in the environment as JSON."""
    assert load().served[0].targets == (AnswerTarget(15, 0.90), AnswerTarget(20, 0.95))
    write(
        """
        [[centres]]
        centre = "PKY"
        answer_targets = [{ seconds = 10, target = 0.8 }]

        [[centres]]
        centre = "KTM"
        """
    )
    first, second = load().served
    assert first.targets == (AnswerTarget(10, 0.8),)
    assert second.targets == NENA
    write("")
    monkeypatch.setenv("SIP112_ANSWER_TARGETS", '[{"seconds": 12.5, "target": 1}]')
    assert load().served[0].targets == (AnswerTarget(12.5, 1),)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("15", "answer_targets"),
        ("[]", "answer_targets: Tuple should have at least 1 item"),
        ('[{"seconds": 0, "target": 0.9}]', "answer_targets[0].seconds: Input should be greater"),
        ('[{"seconds": 15, "target": 90}]', "answer_targets[0].target: Input should be less than"),
        ('[{"seconds": 15}]', "answer_targets[0].target: Field required"),
        (
            '[{"seconds": 20, "target": 0.95}, {"seconds": 15, "target": 0.9}]',
            "name each number of seconds once, the smallest first",
        ),
    ],
)
def test_targets_that_are_none(monkeypatch: pytest.MonkeyPatch, value: str, said: str) -> None:
    """With the place in the list."""
    assert said in complaint(monkeypatch, answer_targets=value)


# --- escalation --------------------------------------------------------------------------------


def test_how_long_agencies_are_waited_for(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not set is as it comes along; a severity of the centre's own begins as a high one."""
    assert load().served[0].escalation_limits == SHIPPED
    write(
        """
        [[centres]]
        centre = "PKY"
        [centres.escalation]
        critical = { acknowledged_s = 45, on_scene_s = 900 }
        merah = { delivered_s = 5 }
        low = { on_scene_s = 0 }

        [[centres]]
        centre = "KTM"
        """
    )
    first, second = load().served
    assert first.escalation_limits == {
        **SHIPPED,
        "critical": replace(SHIPPED["critical"], acknowledged_s=45, on_scene_s=900),
        "merah": replace(SHIPPED["high"], delivered_s=5),
        "low": replace(SHIPPED["low"], on_scene_s=None),
    }
    assert second.escalation_limits == SHIPPED
    write("")
    monkeypatch.setenv("SIP112_ESCALATION", '{"low": {"accepted_s": 7}}')
    assert load().served[0].escalation_limits["low"].accepted_s == 7


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[]", "escalation"),
        ('{"low": {"accepted_s": 0}}', "accepted_s: Input should be greater than 0"),
        ('{"low": {"accepted_s": 1e9}}', "accepted_s: Input should be less than"),
        ('{"low": {"accepted": 7}}', "accepted"),
        ('{"Very low": {}}', "should match pattern"),
    ],
)
def test_waits_that_are_none(monkeypatch: pytest.MonkeyPatch, value: str, said: str) -> None:
    """With their place."""
    assert said in complaint(monkeypatch, escalation=value)
