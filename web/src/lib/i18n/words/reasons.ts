/**
 * Why a message to an agency failed, as the service says it too (`sip112.dispatch.reasons`): a test
 * holds the two to the same words. In square brackets stands what is left out where it is not known.
 */
import type { Words } from '../languages';

export const reasons = {
  'reason.answers': {
    id: 'sistemnya menjawab {status}[: {said}]',
    en: 'it answers {status}[: {said}]',
  },
  'reason.redirects': {
    id: 'sistemnya mengalihkan ({status}), dan itu tidak diikuti; tulis URL tujuannya di direktori',
    en: 'it redirects ({status}), which is not followed; write the URL to which it leads into the directory',
  },
  'reason.no_answer': {
    id: 'tidak ada jawaban dalam {seconds} detik',
    en: 'no answer within {seconds} s',
  },
  'reason.answered_twice': {
    id: 'sistemnya sudah menjawab sebelum ditanya: jawaban terakhirnya datang dua kali',
    en: 'it had answered before it was asked: its last answer came twice',
  },
  'reason.connection_refused': {
    id: 'sambungan ditolak: tidak ada yang melayani di alamat dan port itu',
    en: 'connection refused: nothing listens at that address and port',
  },
  'reason.unreachable': {
    id: 'tidak ada jalan ke alamatnya di jaringan',
    en: 'there is no way to its address in the network',
  },
  'reason.cut_off': {
    id: 'sambungan putus sebelum ada jawaban',
    en: 'the connection was cut before an answer came',
  },
  'reason.no_connection': {
    id: 'sambungan gagal[: {error}]',
    en: 'the connection fails[: {error}]',
  },
  'reason.no_http': {
    id: 'jawabannya bukan HTTP[: {error}]',
    en: 'what it answers is no HTTP[: {error}]',
  },
  'reason.name_unknown': {
    id: 'alamat {host} tidak ditemukan: nama itu tidak ada',
    en: 'no address of {host} is known: there is no such name',
  },
  'reason.name_server': {
    id: 'alamat {host} tidak ditemukan: server nama tidak menjawab[ ({error})]',
    en: 'no address of {host} is known: the name server does not answer[ ({error})]',
  },
  'reason.certificate_issuer': {
    id: 'sertifikatnya tidak diterima: penerbitnya tidak dikenal; sertifikat otoritas milik instansi sendiri harus masuk handoff_authorities',
    en: "its certificate is not accepted: its issuer is not known; an authority of the agency's own belongs into handoff_authorities",
  },
  'reason.certificate_expired': {
    id: 'sertifikatnya tidak diterima: masa berlakunya sudah habis',
    en: 'its certificate is not accepted: it has expired',
  },
  'reason.certificate_early': {
    id: 'sertifikatnya tidak diterima: belum berlaku; periksa jam kedua mesin',
    en: "its certificate is not accepted: it is not valid yet; look at both machines' clocks",
  },
  'reason.certificate_name': {
    id: 'sertifikatnya tidak diterima: dibuat untuk nama lain',
    en: 'its certificate is not accepted: it is for another name',
  },
  'reason.certificate': {
    id: 'sertifikatnya tidak diterima: {error}',
    en: 'its certificate is not accepted: {error}',
  },
  'reason.no_tls': {
    id: 'tanpa TLS: yang melayani di sana tidak mengenalnya; perbaiki portnya',
    en: 'no TLS with it: what listens there speaks none; correct the port',
  },
  'reason.tls': {
    id: 'TLS dengannya gagal: {error}',
    en: 'no TLS with it: {error}',
  },
  'reason.long_url': {
    id: 'ini bukan URL dengan paling banyak {most} karakter yang dapat dicetak',
    en: 'this is no URL of at most {most} printable characters',
  },
  'reason.no_url': {
    id: 'ini bukan URL: {error}',
    en: 'this is no URL: {error}',
  },
  'reason.no_https_url': {
    id: 'bukan URL https://; tulis https://host/path',
    en: 'no https:// URL; write https://host/path',
  },
  'reason.signed_in_url': {
    id: 'URL berisi nama atau kata sandi; tanda tangan sudah menunjukkan siapa kita',
    en: 'a URL with a name or password in it; the signature says who we are',
  },
  'reason.no_port': {
    id: 'ini bukan URL: tidak ada port {port}',
    en: 'this is no URL: there is no port {port}',
  },
  'reason.private_address': {
    id: '[{host}: ]{address} bukan alamat publik; bila instansi itu ada di jaringan sendiri, tambahkan jaringannya ke handoff_private_networks',
    en: '[{host}: ]{address} is no public address; if the agency is in your own network, add that network to handoff_private_networks',
  },
  'reason.without_https': {
    id: '[{host}: ]tanpa https siapa pun di perjalanan bisa membacanya; tulis https://',
    en: '[{host}: ]without https anybody on the way reads it; write https://',
  },
  'reason.other_port': {
    id: '[{host}: ]port {port} milik layanan lain; pakai 443, atau {lowest} ke atas',
    en: "[{host}: ]port {port} is another service's; take 443, or one from {lowest} up",
  },
  'reason.no_email': {
    id: "'{address}' bukan alamat e-mail; tulis di direktori seperti piket@damkar.example.org",
    en: "'{address}' is no e-mail address; write it such as piket@damkar.example.org in the directory",
  },
  'reason.no_sms': {
    id: "'{address}' bukan nomor ponsel; tulis di direktori hanya dengan angka, seperti 08125550123 atau +628125550123",
    en: "'{address}' is no number of a mobile phone; write it with digits alone, such as 08125550123 or +628125550123, in the directory",
  },
  'reason.no_whatsapp': {
    id: "'{address}' bukan nomor dengan kode negara; tulis di direktori seperti +628125550123",
    en: "'{address}' is no number with its country; write it such as +628125550123 in the directory",
  },
  'reason.no_telegram': {
    id: "'{address}' bukan obrolan Telegram; tulis di direktori nomor obrolannya, seperti -1001234567890, atau nama kanal dengan @",
    en: "'{address}' is no chat of Telegram; write the number of the chat, such as -1001234567890, or the name of a channel with an @, in the directory",
  },
  'reason.not_sent': {
    id: 'tidak terkirim dalam {seconds} detik',
    en: 'not sent within {seconds} s',
  },
  'reason.under_way': {
    id: '{n} pesan lewat {channel} masih dalam pengiriman',
    en: '{n} messages by {channel} are still under way',
  },
  'reason.notifier_url': {
    id: 'URL layanan pengirim tidak dipahami; jalankan sip112 check',
    en: "the notifier's URL is not understood; run sip112 check",
  },
  'reason.notifier_fails': {
    id: 'apprise gagal: {error}',
    en: 'apprise fails: {error}',
  },
  'reason.service_refuses': {
    id: 'layanan pengirim menolaknya[: {said}]',
    en: 'the service refuses it[: {said}]',
  },
  'reason.no_secret': {
    id: '{agency} belum punya rahasia untuk menandatangani; buat satu di direktori',
    en: '{agency} has no secret to sign with; make one in the directory',
  },
  'reason.no_carrier': {
    id: 'belum diatur lewat apa {channel} dikirim; lihat notifiers di pengaturan',
    en: 'nothing is set by which {channel} could be sent; see notifiers in the settings',
  },
  'reason.fault': {
    id: 'kesalahan di sip112; selengkapnya di log',
    en: 'a fault in sip112; the log has more',
  },
  'reason.late_acknowledged': {
    id: 'sudah dibaca, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'acknowledged, which does not follow here any more[: {said}]',
  },
  'reason.late_accepted': {
    id: 'diterima, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'accepted, which does not follow here any more[: {said}]',
  },
  'reason.late_declined': {
    id: 'ditolak, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'declined, which does not follow here any more[: {said}]',
  },
  'reason.late_en_route': {
    id: 'menuju lokasi, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'en route, which does not follow here any more[: {said}]',
  },
  'reason.late_on_scene': {
    id: 'di lokasi, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'on scene, which does not follow here any more[: {said}]',
  },
  'reason.late_completed': {
    id: 'selesai, tetapi di sini tidak berlaku lagi[: {said}]',
    en: 'completed, which does not follow here any more[: {said}]',
  },
  'reason.unanswered': {
    id: '{n} penerusan tidak dijawab pada waktunya, atau tidak ada yang terjangkau: {who}',
    en: '{n} handoffs are not answered in time, or nobody is reached: {who}',
  },
  'reason.given_up': {
    id: '{n} pesan ke instansi gagal dikirim',
    en: '{n} messages to agencies were given up',
  },
  'reason.unseen': {
    id: '{n} kejadian dari pusat lain belum dibuka siapa pun: {who}',
    en: '{n} incidents of other centres were opened by nobody: {who}',
  },
  'reason.tried.hours': {
    id: 'tidak dicoba lagi setelah {n} jam: {why}',
    en: 'given up after {n} hours: {why}',
  },
  'reason.tried.minutes': {
    id: 'tidak dicoba lagi setelah {n} menit: {why}',
    en: 'given up after {n} minutes: {why}',
  },
} satisfies Words;
