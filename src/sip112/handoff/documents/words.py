"""Words of documents for people, in the languages of the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sip112.dispatch.agency import ChannelKind
from sip112.dispatch.directory import Directory
from sip112.dispatch.handoff import MessageKind, Purpose
from sip112.dispatch.timeline import About, Moment, answers
from sip112.handoff.documents import registries
from sip112.handoff.documents.safe import line, named

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "number": {"id": "Tiket", "en": "Ticket"},
    "status": {"id": "Status", "en": "Status"},
    "opened_at": {"id": "Dibuka", "en": "Opened"},
    "incident_type": {"id": "Jenis kejadian", "en": "Incident type"},
    "severity": {"id": "Tingkat", "en": "Severity"},
    "address": {"id": "Alamat", "en": "Address"},
    "place": {"id": "Koordinat", "en": "Coordinates"},
    "latitude": {"id": "Lintang", "en": "Latitude"},
    "longitude": {"id": "Bujur", "en": "Longitude"},
    "persons": {"id": "Orang", "en": "Persons"},
    "narrative": {"id": "Uraian", "en": "Narrative"},
    "language": {"id": "Bahasa", "en": "Language"},
    "disposition": {"id": "Hasil", "en": "Disposition"},
    "assignee": {"id": "Penanggung jawab", "en": "Assignee"},
    "callers": {"id": "Pelapor", "en": "Callers"},
    "agencies": {"id": "Instansi", "en": "Agencies"},
    "timeline": {"id": "Urutan waktu", "en": "Timeline"},
    "made_at": {"id": "Dibuat", "en": "Made"},
    "page": {"id": "Halaman", "en": "Page"},
    "duplicate_of": {"id": "Laporan ganda dari", "en": "Duplicate of"},
    "duplicates": {"id": "Laporan lain yang sama", "en": "Other reports of it"},
    "related": {"id": "Terkait dengan", "en": "Related to"},
    "nothing": {"id": "(kosong)", "en": "(empty)"},
    "withheld": {"id": "nomor tidak diketahui", "en": "number unknown"},
    "lacking": {
        "id": "Yang dalam kurung siku, seperti [fire] atau [U+706B], menggantikan tanda yang tidak"
        " dimiliki huruf dokumen ini. Unduhan JSON memuat semuanya.",
        "en": "What stands in square brackets, such as [fire] or [U+706B], is a sign that this"
        " document's font lacks. The JSON download has all of them.",
    },
}

DETAILS: Final[Mapping[str, Mapping[str, str]]] = {
    "seat": {"id": "Kursi", "en": "Seat"},
    "number": {"id": "Nomor", "en": "Number"},
    "outcome": {"id": "Akhir panggilan", "en": "Outcome"},
    "channel": {"id": "Jalur", "en": "Channel"},
    "note": {"id": "Catatan", "en": "Note"},
    "what": {"id": "Tindakan", "en": "What"},
    "who": {"id": "Siapa", "en": "Who"},
    "result": {"id": "Hasil", "en": "Result"},
    "why": {"id": "Sebab", "en": "Why"},
    "shown_by": {"id": "Ditampilkan lewat", "en": "Shown by"},
}
"""What more a moment says."""

STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "queued": {"id": "diteruskan", "en": "handed off"},
    "sent": {"id": "terkirim", "en": "sent"},
    "delivered": {"id": "sampai di sistem", "en": "delivered"},
    "acknowledged": {"id": "sudah dibaca", "en": "acknowledged"},
    "accepted": {"id": "diterima", "en": "accepted"},
    "declined": {"id": "ditolak", "en": "declined"},
    "en_route": {"id": "menuju lokasi", "en": "en route"},
    "on_scene": {"id": "di lokasi", "en": "on scene"},
    "completed": {"id": "selesai", "en": "completed"},
    "cancelled": {"id": "dibatalkan", "en": "cancelled"},
    "failing": {"id": "belum terkirim, dicoba lagi", "en": "not through yet, tried again"},
    "failed": {"id": "gagal dikirim", "en": "could not be sent"},
    "escalated": {"id": "dicoba jalur berikutnya", "en": "next way tried"},
    "alarmed": {"id": "pengawas dipanggil", "en": "supervisor called"},
    "untold": {"id": "tiket berubah, belum disampaikan", "en": "ticket changed, not passed on yet"},
    "note": {"id": "catatan", "en": "note"},
    "line": {"id": "teks diteruskan", "en": "text passed on"},
    "referred": {"id": "penelepon diarahkan ke layanan ini", "en": "caller referred to it"},
}
"""What happened to a handoff."""

ASKED: Final[Mapping[str, Mapping[str, str]]] = {
    "delivered": {"id": "meminta pusat ini bertindak", "en": "asks this centre to act"},
    "cancelled": {"id": "menarik kembali permintaannya", "en": "takes back what it asked"},
}
"""Likewise, where another centre asks this one, and it is the other one's doing."""

ANSWER_TO: Final[Mapping[str, str]] = {"id": "Jawaban untuk {centre}", "en": "Answer to {centre}"}
"""Likewise, where it is what this centre says to it."""

CALLS: Final[Mapping[str, Mapping[str, str]]] = {
    "arrived": {"id": "Panggilan masuk", "en": "Call arrived"},
    "queued": {"id": "Menunggu dalam antrean", "en": "Waits in the queue"},
    "offered": {"id": "Ditawarkan", "en": "Offered"},
    "ringing": {"id": "Berdering", "en": "Rings"},
    "returned": {"id": "Kembali ke antrean", "en": "Back in the queue"},
    "answered": {"id": "Dijawab", "en": "Answered"},
    "steered": {"id": "Panggilan dialihkan atau ditahan", "en": "Call moved or held"},
    "ended": {"id": "Panggilan selesai", "en": "Call ended"},
    "popup.unseen": {
        "id": "Tiket tidak tampil tepat waktu",
        "en": "The ticket was not seen in time",
    },
    "recording.failed": {"id": "Tidak terekam", "en": "Was not recorded"},
}
"""What happened to a call."""

CHANNELS: Final[Mapping[str, Mapping[str, str]]] = {
    "webhook": {"id": "sistem instansi", "en": "their system"},
    "cap": {"id": "CAP", "en": "CAP"},
    "voice": {"id": "telepon", "en": "telephone"},
    "relay": {"id": "relai teks", "en": "text relay"},
    "email": {"id": "e-mail", "en": "e-mail"},
    "telegram": {"id": "Telegram", "en": "Telegram"},
    "whatsapp": {"id": "WhatsApp", "en": "WhatsApp"},
    "sms": {"id": "SMS", "en": "SMS"},
    "account": {"id": "halaman instansi", "en": "their page"},
    "link": {"id": "tautan", "en": "link"},
}
"""By what something of a handoff was sent or heard."""

ENDS: Final[Mapping[str, Mapping[str, str]]] = {
    "answered": {"id": "terjawab", "en": "answered"},
    "abandoned": {"id": "ditutup pelapor", "en": "abandoned"},
    "lost_by_pbx": {"id": "hilang di PBX", "en": "lost by the PBX"},
    "no_answer": {"id": "tidak diangkat", "en": "no answer"},
    "rejected": {"id": "ditolak", "en": "rejected"},
    "unreachable": {"id": "tidak terjangkau", "en": "unreachable"},
    "failed": {"id": "gagal", "en": "failed"},
}
"""How a call, or an offer of it to a seat, ended."""

_ALONE: Final[Mapping[str, str]] = {
    "id": "pelapor sendirian: menunggu meja lagi",
    "en": "the caller was alone: waits for a seat again",
}
_AWAY: Final[Mapping[str, str]] = {"id": "tidak terhubung", "en": "could not be reached"}
STEERED: Final[Mapping[str, Mapping[str, str]]] = {
    "called": {"id": "dihubungi", "en": "called"},
    "joined": {"id": "bicara dengan pelapor", "en": "with the caller"},
    "aside": {
        "id": "di luar percakapan; pelapor ditahan",
        "en": "aside; the caller is on hold",
    },
    "left": {"id": "keluar dari panggilan", "en": "left the call"},
    "seen": {"id": "peserta diperiksa ulang", "en": "looked who takes part"},
    "left alone": _ALONE,
    "phone lost": _ALONE,
    "rejected": _AWAY,
    "unreachable": _AWAY,
    "no_answer": _AWAY,
    "failed": _AWAY,
}
"""How who takes part in a call has changed."""

STATUS: Final[Mapping[str, Mapping[str, str]]] = {
    "open": {"id": "terbuka", "en": "open"},
    "closed": {"id": "ditutup", "en": "closed"},
}

TICKET: Final[Mapping[str, Mapping[str, str]]] = {
    "opened": {"id": "Tiket dibuka", "en": "Ticket opened"},
    "changed": {"id": "Tiket diubah", "en": "Ticket changed"},
    "assigned": {"id": "Tiket diserahkan", "en": "Ticket assigned"},
    "merged": {"id": "Laporan ganda dari", "en": "Duplicate of"},
    "split": {"id": "Bukan lagi laporan ganda dari", "en": "No longer a duplicate of"},
    "duplicate": {"id": "Ada laporan ganda:", "en": "Has a duplicate:"},
    "duplicate_split": {"id": "Laporan ganda dipisah:", "en": "Duplicate split off:"},
    "linked": {"id": "Terkait dengan", "en": "Related to"},
    "unlinked": {"id": "Tidak lagi terkait dengan", "en": "No longer related to"},
}

MESSAGES: Final[Mapping[MessageKind, Mapping[str, str]]] = {
    MessageKind.REQUEST: {"id": "Permintaan 112", "en": "112 request"},
    MessageKind.UPDATE: {"id": "Pembaruan 112", "en": "112 update"},
    MessageKind.CANCEL: {"id": "Dibatalkan 112", "en": "112 cancelled"},
}
"""What a message is to an agency."""

ANSWER: Final[Mapping[MessageKind, Mapping[str, str]]] = {
    MessageKind.REQUEST: {
        "id": "Mohon diterima atau ditolak sekarang",
        "en": "Please accept or decline now",
    },
    MessageKind.UPDATE: {"id": "Laporan berubah", "en": "The report has changed"},
    MessageKind.CANCEL: {
        "id": "Tidak perlu ditindaklanjuti lagi",
        "en": "Nothing more is needed",
    },
}
"""What an agency is to do with it."""

SEVERITIES: Final[Mapping[str, Mapping[str, str]]] = {
    "critical": {"id": "KRITIS", "en": "CRITICAL"},
    "high": {"id": "TINGGI", "en": "HIGH"},
    "medium": {"id": "sedang", "en": "medium"},
    "low": {"id": "rendah", "en": "low"},
}

LANGUAGES: Final = frozenset({"id", "en"})
"""Those that there are words of."""

REFERRAL: Final[Mapping[str, Mapping[str, str]]] = {
    "contact": {"id": "Silakan hubungi", "en": "Please contact"},
    "emergency": {"id": "Jika darurat, telepon 112.", "en": "In an emergency call 112."},
    "hours": {"id": "Jam layanan", "en": "Hours"},
}
"""What a caller is told who is referred to a service."""

WAYS: Final[Mapping[ChannelKind, Mapping[str, str]]] = {
    ChannelKind.VOICE: {"id": "telepon", "en": "call"},
    ChannelKind.WHATSAPP: {"id": "WhatsApp", "en": "WhatsApp"},
    ChannelKind.SMS: {"id": "SMS", "en": "SMS"},
    ChannelKind.EMAIL: {"id": "e-mail", "en": "e-mail"},
    ChannelKind.TELEGRAM: {"id": "Telegram", "en": "Telegram"},
}
"""By what a service is reached (`agency.public`)."""

DAYS: Final[Mapping[str, Sequence[str]]] = {
    "id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}

NO_TYPE: Final[Mapping[str, str]] = {"id": "Keadaan darurat", "en": "Emergency"}
"""What happened, when nobody has said yet."""


def whom(moment: Moment, agency: str, language: str) -> str:
    """Return with whom a moment of a handoff has to do, which is with the agency of that name."""
    return ANSWER_TO[language].format(centre=agency) if answers(moment) else agency


def sentence(moment: Moment, language: str) -> str:
    """Return what happened, without who and details; a kind without words stands for itself."""
    match moment.about:
        case About.CALL:
            words = CALLS
        case About.TICKET:
            said = TICKET.get(moment.what, {}).get(language, moment.what)
            return f"{said} {moment.subject}".rstrip()
        case About.RECORDING:
            return {"id": "Rekaman dimulai", "en": "Recording begins"}[language]
        case About.HANDOFF:
            is_asked = moment.detail.get("purpose") == Purpose.RECEIVED and not answers(moment)
            words = {**STEPS, **ASKED} if is_asked else STEPS
    return words.get(moment.what, {}).get(language, moment.what)


_VALUES: Final[Mapping[About, Mapping[str, Mapping[str, Mapping[str, str]]]]] = {
    About.CALL: {"outcome": ENDS, "result": ENDS, "what": STEERED},
    About.HANDOFF: {"channel": CHANNELS},
    About.TICKET: {"status": STATUS},
}


def detail(moment: Moment, name: str, value: str, language: str) -> str:
    """Return what a detail of a moment says; one without words stands for itself."""
    return _VALUES.get(moment.about, {}).get(name, {}).get(value, {}).get(language, value)


def event(code: str | None, directory: Directory, language: str) -> str:
    """Return what happened: the name of the type, or its code if it has none."""
    lineage = registries.lineage(code or "", directory)
    if lineage:
        return named(lineage[0].name, language, lineage[0].code)
    return line(code or "", 200) or NO_TYPE[language]


def severity(code: str | None, language: str) -> str:
    """Return how bad it is; a severity of a city's own stands for itself."""
    return SEVERITIES.get(code or "", {}).get(language) or line(code or "", 200)
