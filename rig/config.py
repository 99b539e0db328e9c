"""Asterisk's configuration in a rig: the administrator's files around the project's own.

``rig/asterisk/*.conf`` are the administrator's files with ``@name@`` where a rig's own
value goes; they ``#include`` the snippets of ``asterisk-config/``, which are copied beside
them as they are.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rig.state import Rig

TEMPLATES = Path(__file__).parent / "asterisk"
SNIPPETS = Path(__file__).resolve().parent.parent / "asterisk-config"

_DEFAULTS_DO = (
    "ccss.conf",
    "cel.conf",
    "features.conf",
    "geolocation.conf",
    "pjproject.conf",
    "queuerules.conf",
    "stasis.conf",
    "statsd.conf",
    "udptl.conf",
    "websocket_client.conf",
)
"""Files that Asterisk complains about when they are missing, and whose defaults are right."""

_ENDPOINT = """
[{name}]({template})
auth = {name}
aors = {name}
media_address = {host}
bind_rtp_to_media_address = yes{more}
[{name}](sip112-seat-aor)
"""

_AUTH = """[{name}](sip112-seat-auth)
username = {name}
password = {secret}
"""

_SEAT_BEHIND = """
[{name}](sip112-seat-kamailio)
aors = {name}
permit = {proxy}/32
media_address = {host}
bind_rtp_to_media_address = yes
[{name}](sip112-seat-aor-kamailio)
maximum_expiration = 3600 ; SIPp registers once
"""


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace every ``@name@`` in `template`; KeyError for a name without a value."""
    return re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], template)


def hosts_file() -> str:
    """Return an /etc/hosts that spares Asterisk every question to a name server.

    ``a.root-servers.net`` is the name that PJSIP looks up to learn its own address.
    """
    return f"127.0.0.1 localhost {socket.gethostname()} a.root-servers.net\n"


NSSWITCH = "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"
"""Names come from /etc/hosts and from nowhere else: an emergency PBX does not wait for DNS."""

RESOLV_CONF = "# no name server: see nsswitch.conf\nnameserver 127.0.0.1\noptions attempts:1\n"


_SIPP_SEAT = "\nrewrite_contact = no         ; SIPp registers from another port than it answers at"


def _seats(rig: Rig) -> str:
    behind = ""
    if rig.proxy_host:
        values = {"proxy": rig.proxy_host, "host": rig.sip_host}
        behind = "".join(_SEAT_BEHIND.format(name=name, **values) for name in rig.seat_names)
    telephones = [name for name in rig.seat_names if not rig.proxy_host] + [rig.outside_name]
    return (
        "; The seats; one secret for all telephones, since this is a rig, and none for browsers.\n"
        + behind
        + "".join(
            _ENDPOINT.format(name=name, template="sip112-seat", host=rig.sip_host, more=_SIPP_SEAT)
            + _AUTH.format(name=name, secret=rig.seat_secret)
            for name in telephones
        )
        + "".join(
            _ENDPOINT.format(name=name, template="sip112-seat-webrtc", host=rig.sip_host, more="")
            for name in rig.browser_seat_names
        )
    )


def _members(rig: Rig) -> str:
    names = (*rig.seat_names, *rig.browser_seat_names)
    return "; Every seat.\n" + "".join(f"member => PJSIP/{name}\n" for name in names)


def render(rig: Rig, *, templates: Path = TEMPLATES, snippets: Path = SNIPPETS) -> dict[str, str]:
    """Return every file of /etc/asterisk for `rig`, by name."""
    values = {name: str(getattr(rig, name)) for name in rig.__slots__}
    values["outside_name"] = rig.outside_name
    # Asterisk seeds its entity id from a network card's address; a rig may have none.
    octets = (0x02, 0x11, 0x20, *rig.sip_port.to_bytes(3, "big"))
    values["entity_id"] = ":".join(f"{octet:02x}" for octet in octets)
    files = dict.fromkeys(_DEFAULTS_DO, "; Asterisk's defaults are right for a rig.\n")
    if rig.proxy_host:
        trunk = f"{rig.proxy_host}:{rig.proxy_trunk_port}"
        values |= {"trunk_kind": "sip112-trunk-kamailio", "trunk": trunk, "trunk_match": trunk}
    else:
        values |= {"trunk_kind": "sip112-trunk", "trunk": f"{rig.trunk_host}:5060"}
        values["trunk_match"] = f"{rig.trunk_host}/32"
    files |= {path.name: path.read_text() for path in sorted(snippets.rglob("*.conf"))}
    for path in sorted(templates.glob("*.conf")):
        files[path.name] = fill(path.read_text(), values)
    files["pjsip-seats.conf"] = _seats(rig)
    files["queues-seats.conf"] = _members(rig)
    return files
