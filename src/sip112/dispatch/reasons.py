"""Why something about an agency is not as it should be: a value, made where it is seen.

Why a message failed, above all; and of what an alarm speaks. A reason is a code with its details,
so that whoever reads it reads it in their own language, and programs can tell one from the other.
In a text ``{name}`` takes a detail, and what stands in square brackets is left out where one of its
details is not there. Details are told as they are: among them may be the words of others, such as
an agency's system.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from sip112.routing.value import Evolving, value

LANGUAGES: Final = ("id", "en")
"""Those in which reasons are said."""


class Code(StrEnum):
    """Which reason it is. A code that was given keeps its meaning: it is stored."""

    # what an agency's system says
    ANSWERS = "answers"
    REDIRECTS = "redirects"
    NO_ANSWER = "no_answer"
    ANSWERED_TWICE = "answered_twice"
    # the way there
    CONNECTION_REFUSED = "connection_refused"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut_off"
    NO_CONNECTION = "no_connection"
    NO_HTTP = "no_http"
    NAME_UNKNOWN = "name_unknown"
    NAME_SERVER = "name_server"
    CERTIFICATE_ISSUER = "certificate_issuer"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EARLY = "certificate_early"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE = "certificate"
    NO_TLS = "no_tls"
    TLS = "tls"
    # where nothing may be sent
    LONG_URL = "long_url"
    NO_URL = "no_url"
    NO_HTTPS_URL = "no_https_url"
    SIGNED_IN_URL = "signed_in_url"
    NO_PORT = "no_port"
    PRIVATE_ADDRESS = "private_address"
    WITHOUT_HTTPS = "without_https"
    OTHER_PORT = "other_port"
    # services by which people are told
    NO_EMAIL = "no_email"
    NO_SMS = "no_sms"
    NO_WHATSAPP = "no_whatsapp"
    NO_TELEGRAM = "no_telegram"
    NOT_SENT = "not_sent"
    UNDER_WAY = "under_way"
    NOTIFIER_URL = "notifier_url"
    NOTIFIER_FAILS = "notifier_fails"
    SERVICE_REFUSES = "service_refuses"
    # what is missing here
    NO_SECRET = "no_secret"  # noqa: S105 - no secret
    NO_CARRIER = "no_carrier"
    FAULT = "fault"
    # why a step that another centre says is kept as a note
    LATE_ACKNOWLEDGED = "late_acknowledged"
    LATE_ACCEPTED = "late_accepted"
    LATE_DECLINED = "late_declined"
    LATE_EN_ROUTE = "late_en_route"
    LATE_ON_SCENE = "late_on_scene"
    LATE_COMPLETED = "late_completed"
    # what somebody must look at
    UNANSWERED = "unanswered"
    GIVEN_UP = "given_up"
    UNSEEN = "unseen"


AFTER_S: Final = "given_up_after_s"
"""The detail that says for how many seconds it was tried, of what was given up for that."""

_C: Final = Code

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    _C.ANSWERS: {
        "id": "sistemnya menjawab {status}[: {said}]",
        "en": "it answers {status}[: {said}]",
    },
    _C.REDIRECTS: {
        "id": "sistemnya mengalihkan ({status}), dan itu tidak diikuti; tulis URL tujuannya di"
        " direktori",
        "en": "it redirects ({status}), which is not followed; write the URL to which it leads into"
        " the directory",
    },
    _C.NO_ANSWER: {
        "id": "tidak ada jawaban dalam {seconds} detik",
        "en": "no answer within {seconds} s",
    },
    _C.ANSWERED_TWICE: {
        "id": "sistemnya sudah menjawab sebelum ditanya: jawaban terakhirnya datang dua kali",
        "en": "it had answered before it was asked: its last answer came twice",
    },
    _C.CONNECTION_REFUSED: {
        "id": "sambungan ditolak: tidak ada yang melayani di alamat dan port itu",
        "en": "connection refused: nothing listens at that address and port",
    },
    _C.UNREACHABLE: {
        "id": "tidak ada jalan ke alamatnya di jaringan",
        "en": "there is no way to its address in the network",
    },
    _C.CUT_OFF: {
        "id": "sambungan putus sebelum ada jawaban",
        "en": "the connection was cut before an answer came",
    },
    _C.NO_CONNECTION: {
        "id": "sambungan gagal[: {error}]",
        "en": "the connection fails[: {error}]",
    },
    _C.NO_HTTP: {
        "id": "jawabannya bukan HTTP[: {error}]",
        "en": "what it answers is no HTTP[: {error}]",
    },
    _C.NAME_UNKNOWN: {
        "id": "alamat {host} tidak ditemukan: nama itu tidak ada",
        "en": "no address of {host} is known: there is no such name",
    },
    _C.NAME_SERVER: {
        "id": "alamat {host} tidak ditemukan: server nama tidak menjawab[ ({error})]",
        "en": "no address of {host} is known: the name server does not answer[ ({error})]",
    },
    _C.CERTIFICATE_ISSUER: {
        "id": "sertifikatnya tidak diterima: penerbitnya tidak dikenal; sertifikat otoritas milik"
        " instansi sendiri harus masuk handoff_authorities",
        "en": "its certificate is not accepted: its issuer is not known; an authority of the"
        " agency's own belongs into handoff_authorities",
    },
    _C.CERTIFICATE_EXPIRED: {
        "id": "sertifikatnya tidak diterima: masa berlakunya sudah habis",
        "en": "its certificate is not accepted: it has expired",
    },
    _C.CERTIFICATE_EARLY: {
        "id": "sertifikatnya tidak diterima: belum berlaku; periksa jam kedua mesin",
        "en": "its certificate is not accepted: it is not valid yet; look at both machines' clocks",
    },
    _C.CERTIFICATE_NAME: {
        "id": "sertifikatnya tidak diterima: dibuat untuk nama lain",
        "en": "its certificate is not accepted: it is for another name",
    },
    _C.CERTIFICATE: {
        "id": "sertifikatnya tidak diterima: {error}",
        "en": "its certificate is not accepted: {error}",
    },
    _C.NO_TLS: {
        "id": "tanpa TLS: yang melayani di sana tidak mengenalnya; perbaiki portnya",
        "en": "no TLS with it: what listens there speaks none; correct the port",
    },
    _C.TLS: {"id": "TLS dengannya gagal: {error}", "en": "no TLS with it: {error}"},
    _C.LONG_URL: {
        "id": "ini bukan URL dengan paling banyak {most} karakter yang dapat dicetak",
        "en": "this is no URL of at most {most} printable characters",
    },
    _C.NO_URL: {"id": "ini bukan URL: {error}", "en": "this is no URL: {error}"},
    _C.NO_HTTPS_URL: {
        "id": "bukan URL https://; tulis https://host/path",
        "en": "no https:// URL; write https://host/path",
    },
    _C.SIGNED_IN_URL: {
        "id": "URL berisi nama atau kata sandi; tanda tangan sudah menunjukkan siapa kita",
        "en": "a URL with a name or password in it; the signature says who we are",
    },
    _C.NO_PORT: {
        "id": "ini bukan URL: tidak ada port {port}",
        "en": "this is no URL: there is no port {port}",
    },
    _C.PRIVATE_ADDRESS: {
        "id": "[{host}: ]{address} bukan alamat publik; bila instansi itu ada di jaringan sendiri,"
        " tambahkan jaringannya ke handoff_private_networks",
        "en": "[{host}: ]{address} is no public address; if the agency is in your own network, add"
        " that network to handoff_private_networks",
    },
    _C.WITHOUT_HTTPS: {
        "id": "[{host}: ]tanpa https siapa pun di perjalanan bisa membacanya; tulis https://",
        "en": "[{host}: ]without https anybody on the way reads it; write https://",
    },
    _C.OTHER_PORT: {
        "id": "[{host}: ]port {port} milik layanan lain; pakai 443, atau {lowest} ke atas",
        "en": "[{host}: ]port {port} is another service's; take 443, or one from {lowest} up",
    },
    _C.NO_EMAIL: {
        "id": "'{address}' bukan alamat e-mail; tulis di direktori seperti"
        " piket@damkar.example.org",
        "en": "'{address}' is no e-mail address; write it such as piket@damkar.example.org in the"
        " directory",
    },
    _C.NO_SMS: {
        "id": "'{address}' bukan nomor ponsel; tulis di direktori hanya dengan angka, seperti"
        " 08125550123 atau +628125550123",
        "en": "'{address}' is no number of a mobile phone; write it with digits alone, such as"
        " 08125550123 or +628125550123, in the directory",
    },
    _C.NO_WHATSAPP: {
        "id": "'{address}' bukan nomor dengan kode negara; tulis di direktori seperti"
        " +628125550123",
        "en": "'{address}' is no number with its country; write it such as +628125550123 in the"
        " directory",
    },
    _C.NO_TELEGRAM: {
        "id": "'{address}' bukan obrolan Telegram; tulis di direktori nomor obrolannya, seperti"
        " -1001234567890, atau nama kanal dengan @",
        "en": "'{address}' is no chat of Telegram; write the number of the chat, such as"
        " -1001234567890, or the name of a channel with an @, in the directory",
    },
    _C.NOT_SENT: {
        "id": "tidak terkirim dalam {seconds} detik",
        "en": "not sent within {seconds} s",
    },
    _C.UNDER_WAY: {
        "id": "{n} pesan lewat {channel} masih dalam pengiriman",
        "en": "{n} messages by {channel} are still under way",
    },
    _C.NOTIFIER_URL: {
        "id": "URL layanan pengirim tidak dipahami; jalankan sip112 check",
        "en": "the notifier's URL is not understood; run sip112 check",
    },
    _C.NOTIFIER_FAILS: {"id": "apprise gagal: {error}", "en": "apprise fails: {error}"},
    _C.SERVICE_REFUSES: {
        "id": "layanan pengirim menolaknya[: {said}]",
        "en": "the service refuses it[: {said}]",
    },
    _C.NO_SECRET: {
        "id": "{agency} belum punya rahasia untuk menandatangani; buat satu di direktori",
        "en": "{agency} has no secret to sign with; make one in the directory",
    },
    _C.NO_CARRIER: {
        "id": "belum diatur lewat apa {channel} dikirim; lihat notifiers di pengaturan",
        "en": "nothing is set by which {channel} could be sent; see notifiers in the settings",
    },
    _C.FAULT: {
        "id": "kesalahan di sip112; selengkapnya di log",
        "en": "a fault in sip112; the log has more",
    },
    _C.LATE_ACKNOWLEDGED: {
        "id": "sudah dibaca, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "acknowledged, which does not follow here any more[: {said}]",
    },
    _C.LATE_ACCEPTED: {
        "id": "diterima, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "accepted, which does not follow here any more[: {said}]",
    },
    _C.LATE_DECLINED: {
        "id": "ditolak, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "declined, which does not follow here any more[: {said}]",
    },
    _C.LATE_EN_ROUTE: {
        "id": "menuju lokasi, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "en route, which does not follow here any more[: {said}]",
    },
    _C.LATE_ON_SCENE: {
        "id": "di lokasi, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "on scene, which does not follow here any more[: {said}]",
    },
    _C.LATE_COMPLETED: {
        "id": "selesai, tetapi di sini tidak berlaku lagi[: {said}]",
        "en": "completed, which does not follow here any more[: {said}]",
    },
    _C.UNANSWERED: {
        "id": "{n} penerusan tidak dijawab pada waktunya, atau tidak ada yang terjangkau: {who}",
        "en": "{n} handoffs are not answered in time, or nobody is reached: {who}",
    },
    _C.GIVEN_UP: {
        "id": "{n} pesan ke instansi gagal dikirim",
        "en": "{n} messages to agencies were given up",
    },
    _C.UNSEEN: {
        "id": "{n} kejadian dari pusat lain belum dibuka siapa pun: {who}",
        "en": "{n} incidents of other centres were opened by nobody: {who}",
    },
}
"""What each reason is in each language. The console has the same (`words/reasons.ts`)."""

TRIED: Final[Mapping[str, Mapping[str, str]]] = {
    "hours": {
        "id": "tidak dicoba lagi setelah {n} jam: {why}",
        "en": "given up after {n} hours: {why}",
    },
    "minutes": {
        "id": "tidak dicoba lagi setelah {n} menit: {why}",
        "en": "given up after {n} minutes: {why}",
    },
}
"""What is said of a reason for which something was given up, after so long."""

_HOUR_S: Final = 3600.0
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_OPTIONAL: Final = re.compile(r"\[([^\]]*)\]")
_DETAIL: Final = re.compile(r"\{(\w+)\}")


@value
class Reason(Evolving):
    """Why something is not as it should be."""

    code: str
    """A `Code`; or, of what a later version or another centre told, one that is not known here."""
    details: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.said("en") or self.code

    def given_up(self, after_s: float) -> Reason:
        """Return the reason for which something was given up after having been tried so long."""
        return self.evolve(details={**self.details, AFTER_S: str(round(after_s))})

    def said(self, language: str) -> str:
        """Return it in words; empty if there are none for its code."""
        words = WORDS.get(self.code)
        if words is None:
            return ""
        why = _filled(words[language], self.details)
        tried = self.details.get(AFTER_S, "")
        if not _SECONDS.fullmatch(tried):
            return why
        after_s = float(tried)
        unit, n = ("hours", _HOUR_S) if after_s >= _HOUR_S else ("minutes", 60.0)
        return _filled(TRIED[unit][language], {"n": f"{after_s / n:g}", "why": why})


def because(code: Code, **details: object) -> Reason:
    """Return a reason with its details; those that are empty are left out."""
    return Reason(code, {name: str(each) for name, each in details.items() if str(each)})


def worded(reason: Reason | None, text: str, language: str) -> str:
    """Return a reason in words: `text`, as it was written down, if there are none for it."""
    return (reason and reason.said(language)) or text


def _filled(text: str, details: Mapping[str, str]) -> str:
    def optional(found: re.Match[str]) -> str:
        names = _DETAIL.findall(found[1])
        return found[1] if all(name in details for name in names) else ""

    def detail(found: re.Match[str]) -> str:
        return details.get(found[1], found[0])

    return _DETAIL.sub(detail, _OPTIONAL.sub(optional, text))
