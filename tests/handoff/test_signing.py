"""Signatures of webhooks: what is ours is known, and nothing else is."""

from __future__ import annotations

import base64
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from sip112.handoff.signing import (
    ID,
    SIGNATURE,
    TIMESTAMP,
    WINDOW_S,
    BadSignature,
    Signed,
    new_secret,
    sign,
    verify,
)
from sip112.routing.ids import Instant

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY: Final = b'{"test": 2432232314}'
NOW: Final = Instant(1614265330)


def test_the_example_of_the_standard() -> None:
    """As its own documentation has it, byte by byte."""
    assert sign("msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY, SECRET) == {
        ID: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        TIMESTAMP: "1614265330",
        SIGNATURE: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.text().map(str.encode), st.floats(0, 4e9), st.uuids().map(str))
def test_what_is_signed_is_known(body: bytes, at: float, message_id: str) -> None:
    secret = new_secret()
    headers = sign(message_id, Instant(at), body, secret)
    assert verify(headers, body, secret, Instant(at)) == Signed(message_id, Instant(float(int(at))))


def test_the_library_of_the_standard_knows_it() -> None:
    """An agency's developer will use it, or one of its sisters."""
    import time  # noqa: PLC0415 - only here does a real clock matter

    secret = new_secret()
    headers = sign("m1", Instant(time.time()), BODY, secret)
    assert Webhook(secret).verify(BODY, headers) == {"test": 2432232314}


def test_names_of_headers_are_read_in_any_case() -> None:
    headers = {name.title(): each for name, each in sign("m1", NOW, BODY, SECRET).items()}
    assert verify(headers, BODY, SECRET, NOW).id == "m1"


def test_one_right_signature_of_several_is_enough() -> None:
    """So does a sender who changes its secret."""
    headers = sign("m1", NOW, BODY, SECRET)
    other = sign("m1", NOW, BODY, new_secret())[SIGNATURE]
    headers[SIGNATURE] = f"{other} v2,xyz {headers[SIGNATURE]}"
    assert verify(headers, BODY, SECRET, NOW).id == "m1"


@pytest.mark.parametrize("seconds", [-WINDOW_S, -1, 0, 1, WINDOW_S])
def test_clocks_may_differ_a_little(seconds: int) -> None:
    headers = sign("m1", Instant(NOW + seconds), BODY, SECRET)
    assert verify(headers, BODY, SECRET, NOW).at == NOW + seconds


@pytest.mark.parametrize("seconds", [-WINDOW_S - 1, WINDOW_S + 1, -1e9])
def test_a_message_of_another_time_is_refused(seconds: float) -> None:
    headers = sign("m1", Instant(NOW + seconds), BODY, SECRET)
    with pytest.raises(BadSignature, match="300 s are allowed"):
        verify(headers, BODY, SECRET, NOW)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({ID: "m2"}, "not of this message"),
        ({ID: ""}, "not signed: webhook-id missing"),
        ({ID: "m.1614265330"}, "webhook-id is not"),
        ({ID: "x" * 129}, "webhook-id is not"),
        ({TIMESTAMP: "1614265331"}, "not of this message"),
        ({TIMESTAMP: "1614265330.5"}, "no time"),
        ({TIMESTAMP: "nan"}, "no time"),
        ({TIMESTAMP: "9" * 400}, "no time"),
        ({TIMESTAMP: "\u0661"}, "no time"),
        ({SIGNATURE: "v1"}, "not of this message"),
        ({SIGNATURE: "v1,"}, "not of this message"),
        ({SIGNATURE: "v1,\udcff"}, "not of this message"),
        ({SIGNATURE: "v1,é" * 10_000}, "not of this message"),
    ],
)
def test_what_was_changed_is_refused(changed: dict[str, str], why: str) -> None:
    headers = sign("m1", NOW, BODY, SECRET) | changed
    with pytest.raises(BadSignature, match=why) as refused:
        verify(headers, BODY, SECRET, NOW)
    assert refused.value.remedy


@given(st.binary(max_size=60))
def test_no_other_body_is_taken(body: bytes) -> None:
    headers = sign("m1", NOW, BODY, SECRET)
    if body != BODY:
        with pytest.raises(BadSignature):
            verify(headers, body, SECRET, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", new_secret()])
def test_no_other_secret_opens(secret: str) -> None:
    """Least of all none."""
    with pytest.raises(BadSignature):
        verify(sign("m1", NOW, BODY, SECRET), BODY, secret, NOW)


def test_an_id_with_two_readings_is_never_signed() -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        sign("a.1", NOW, BODY, SECRET)


def test_secrets_are_long_and_none_is_twice() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(base64.b64decode(each.removeprefix("whsec_"))) == 32 for each in secrets)
