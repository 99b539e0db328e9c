"""Why no answer came: of what goes wrong on the way to an agency's system."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import httpcore
import pytest

from sip112.dispatch.reasons import Code, Reason, because
from sip112.handoff.post import why_no_address, why_unanswered
from sip112.resolver import NameUnknown


def refused(code: int, message: str = "as OpenSSL says") -> ssl.SSLCertVerificationError:
    """Return what the ssl module raises of a certificate."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def tls(reason: str) -> ssl.SSLError:
    """Return what the ssl module raises of a handshake."""
    error = ssl.SSLError(1, "[SSL] as OpenSSL says")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (OSError(errno.ECONNREFUSED, ""), because(Code.CONNECTION_REFUSED)),
        (OSError(errno.EHOSTUNREACH, ""), because(Code.UNREACHABLE)),
        (OSError(errno.ENETUNREACH, ""), because(Code.UNREACHABLE)),
        (OSError(errno.ECONNRESET, ""), because(Code.CUT_OFF)),
        (OSError(errno.EPIPE, ""), because(Code.CUT_OFF)),
        (
            OSError(errno.ENOBUFS, ""),
            because(Code.NO_CONNECTION, error=os.strerror(errno.ENOBUFS)),
        ),
        (refused(9), because(Code.CERTIFICATE_EARLY)),
        (refused(10), because(Code.CERTIFICATE_EXPIRED)),
        (refused(18), because(Code.CERTIFICATE_ISSUER)),
        (refused(20), because(Code.CERTIFICATE_ISSUER)),
        (refused(62), because(Code.CERTIFICATE_NAME)),
        (refused(64), because(Code.CERTIFICATE_NAME)),
        (refused(23), because(Code.CERTIFICATE, error="as OpenSSL says")),
        (tls("WRONG_VERSION_NUMBER"), because(Code.NO_TLS)),
        (
            tls("TLSV1_ALERT_INTERNAL_ERROR"),
            because(Code.TLS, error="TLSV1_ALERT_INTERNAL_ERROR"),
        ),
    ],
)
def test_what_the_system_says_of_a_connection(cause: OSError, why: Reason) -> None:
    """Also where the library wraps it twice."""
    assert why_unanswered(httpcore.ConnectError(cause)) == why
    outer = RuntimeError()
    outer.__cause__ = cause
    assert why_unanswered(httpcore.ReadError(outer)) == why


def test_what_the_library_says_itself() -> None:
    """Of a connection that ends, and of what is no HTTP."""
    assert why_unanswered(httpcore.ReadError()) == because(Code.CUT_OFF)
    strange = httpcore.RemoteProtocolError("illegal status line")
    assert why_unanswered(strange) == because(Code.NO_HTTP, error="illegal status line")
    silent = httpcore.PoolTimeout()
    assert why_unanswered(silent) == because(Code.NO_CONNECTION, error="PoolTimeout")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), because(Code.NAME_UNKNOWN, host="a.test")),
        (socket.gaierror(socket.EAI_NODATA, "x"), because(Code.NAME_UNKNOWN, host="a.test")),
        (UnicodeError("label too long"), because(Code.NAME_UNKNOWN, host="a.test")),
        (socket.gaierror(socket.EAI_AGAIN, "x"), because(Code.NAME_SERVER, host="a.test")),
        (None, because(Code.NAME_SERVER, host="a.test")),
        (
            socket.gaierror(socket.EAI_FAIL, "broken"),
            because(Code.NAME_SERVER, host="a.test", error="broken"),
        ),
    ],
)
def test_what_is_said_of_a_name(error: OSError | UnicodeError | None, why: Reason) -> None:
    """There is none, or nobody knows."""
    assert why_no_address(NameUnknown("a.test", error)) == why
