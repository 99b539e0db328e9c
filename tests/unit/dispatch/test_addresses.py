"""Addresses: what can be used by which channel."""

from __future__ import annotations

import pytest

from sip112.dispatch.addresses import why_unusable
from sip112.dispatch.agency import ChannelKind as K


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (K.VOICE, "113"),
        (K.VOICE, "*98#"),
        (K.VOICE, "+628125550123"),
        (K.SMS, "08125550123"),
        (K.WHATSAPP, "+628125550123"),
        (K.EMAIL, "piket+112@damkar.example.org"),
        (K.TELEGRAM, "-1001234567890"),
        (K.TELEGRAM, "@damkar_pky"),
        (K.TELEGRAM, "-1001234567890:12"),
        (K.WEBHOOK, "https://damkar.example.org/sip112?x=1"),
        (K.CAP, "http://192.0.2.7:8080"),
        (K.WEBHOOK, "https://[2001:db8::7]:8443/"),
        (K.RELAY, "radio, kanal 4"),
        (K.ACCOUNT, ""),
    ],
)
def test_what_can_be_used(kind: K, address: str) -> None:
    """As agencies have them."""
    assert why_unusable(kind, address) is None


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (K.VOICE, "0812 5550 123"),
        (K.VOICE, "113\n"),
        (K.VOICE, "\N{ARABIC-INDIC DIGIT ONE}13"),
        (K.VOICE, "113&PJSIP/trunk"),
        (K.SMS, "0812-5550-123"),
        (K.WHATSAPP, "62+812"),
        (K.EMAIL, "damkar.example.org"),
        (K.EMAIL, "a@b@c"),
        (K.EMAIL, "a b@c"),
        (K.EMAIL, "a@damkar.example.org,b@damkar.example.org"),
        (K.EMAIL, "a@damkar.example.org?bcc=b@damkar.example.org"),
        (K.EMAIL, "a@damkar.example.org\n"),
        (K.EMAIL, "Piket <a@damkar.example.org>"),
        (K.WHATSAPP, "08125550123"),  # of which country?
        (K.WHATSAPP, "\N{ARABIC-INDIC DIGIT SIX}28125550123"),
        (K.SMS, "+62812;113"),
        (K.TELEGRAM, "damkar"),
        (K.TELEGRAM, "-100123,-100124"),
        (K.TELEGRAM, "-100123/x"),
        (K.TELEGRAM, "-100123?silent=yes"),
        (K.WEBHOOK, "damkar.example.org"),
        (K.WEBHOOK, "ftp://damkar.example.org"),
        (K.CAP, "https://"),
        (K.CAP, "https:///path"),
        (K.WEBHOOK, "https://a b"),
        (K.WEBHOOK, " https://a"),
        (K.WEBHOOK, "https://[::1"),
        (K.WEBHOOK, "https://a:port/"),
        (K.WEBHOOK, "https://a:0/"),
        (K.WEBHOOK, "https://user:secret@damkar.example.org/"),
        (K.CAP, "https://user@damkar.example.org/"),
    ],
)
def test_what_cannot(kind: K, address: str) -> None:
    """It says what to write instead."""
    wrong = why_unusable(kind, address)
    assert wrong is not None
    what, remedy = wrong
    assert what.startswith("no ")
    assert remedy.startswith("write ")
