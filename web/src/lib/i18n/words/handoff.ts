/** Words of handing a ticket on to agencies, and of what they say. */
import type { Words } from '../languages';

export const handoff = {
  'handoff.title': { id: 'Penerusan', en: 'Handoff' },
  'handoff.give': {
    id: 'Teruskan ke {n} instansi',
    en: 'Hand to {n} agency|Hand to {n} agencies',
  },
  'handoff.give.none': { id: 'Teruskan', en: 'Hand off' },
  'handoff.giving': { id: 'Meneruskan …', en: 'Handing off …' },
  'handoff.add': { id: 'Instansi lain', en: 'Other agency' },
  'handoff.add.title': { id: 'Teruskan juga ke', en: 'Hand to another agency' },
  'handoff.add.do': { id: 'Pilih', en: 'Choose' },
  'handoff.agency': { id: 'Instansi', en: 'Agency' },
  'handoff.agency.none': { id: 'Tidak ada di daftar instansi.', en: 'Not among the agencies.' },
  'handoff.agency.has': { id: 'sudah menerima tiket', en: 'has the ticket' },
  'handoff.done': {
    id: 'Tiket {number} diteruskan ke {agencies}.',
    en: 'Ticket {number} was handed to {agencies}.',
  },
  'handoff.done.before': {
    id: 'Tiket {number} sudah diteruskan oleh orang lain.',
    en: 'Somebody else has handed ticket {number} off already.',
  },
  'handoff.unsent': {
    id: 'Tiket {number} BELUM diteruskan ke {agencies}. Dicoba terus; bila mendesak, telepon mereka sendiri.',
    en: 'Ticket {number} is NOT handed to {agencies} yet. It is tried again and again; if it is urgent, call them yourself.',
  },
  'handoff.left': {
    id: 'Ada tiket yang belum diteruskan. Keluar sekarang? Penerusan dilanjutkan begitu Anda masuk lagi di jendela ini.',
    en: 'A ticket is not handed off yet. Sign out now? It goes on when you sign in again in this window.',
  },

  'handoff.plan.no-type': {
    id: 'Usulan muncul begitu jenis kejadian dipilih.',
    en: 'The plan’s proposal comes with the incident type.',
  },
  'handoff.plan.none': {
    id: 'Jenis kejadian ini belum punya rencana. Pilih instansinya sendiri.',
    en: 'This incident type has no plan. Choose the agencies yourself.',
  },
  'handoff.plan.nobody': {
    id: 'Menurut rencana, kejadian ini tidak perlu diteruskan.',
    en: 'By its plan this incident needs nobody.',
  },
  'handoff.plan.with': {
    id: 'Semua yang direncanakan sudah menerima tiket.',
    en: 'All that the plan asks for have the ticket.',
  },
  'handoff.plan.away': { id: 'Belum terbaca: {why}', en: 'Cannot be read yet: {why}' },
  'handoff.added': { id: 'Tambahan', en: 'Added' },

  'handoff.need.ambiguous': { id: 'Pilih siapa', en: 'Choose who' },
  'handoff.need.missing': { id: 'Tidak ada yang cocok', en: 'Nobody fits' },
  'handoff.need.left': { id: 'Tidak dipilih', en: 'Not chosen' },
  'handoff.uncertain': { id: 'wilayah belum pasti', en: 'area not certain' },
  'handoff.why.closed': { id: 'di luar jam kerja', en: 'closed now' },
  'handoff.why.outside': { id: 'di luar wilayah', en: 'outside its area' },
  'handoff.why.inactive': { id: 'tidak aktif', en: 'inactive' },

  'handoff.kind.police': { id: 'Polisi', en: 'Police' },
  'handoff.kind.fire': { id: 'Pemadam', en: 'Fire' },
  'handoff.kind.sar': { id: 'SAR', en: 'SAR' },
  'handoff.kind.disaster': { id: 'Bencana', en: 'Disaster' },
  'handoff.kind.medical': { id: 'Medis', en: 'Medical' },
  'handoff.kind.army': { id: 'TNI', en: 'Army' },
  'handoff.kind.hospital': { id: 'Rumah sakit', en: 'Hospital' },
  'handoff.kind.utility': { id: 'Utilitas', en: 'Utility' },
  'handoff.kind.volunteer': { id: 'Relawan', en: 'Volunteers' },
  'handoff.kind.centre': { id: 'Pusat 112 lain', en: '112 centre' },
  'handoff.kind.other': { id: 'Lainnya', en: 'Other' },

  'handoff.step.queued': { id: 'Antre', en: 'Queued' },
  'handoff.step.sent': { id: 'Terkirim', en: 'Sent' },
  'handoff.step.delivered': { id: 'Sampai', en: 'Delivered' },
  'handoff.step.acknowledged': { id: 'Dibaca', en: 'Acknowledged' },
  'handoff.step.accepted': { id: 'Diterima', en: 'Accepted' },
  'handoff.step.declined': { id: 'Ditolak', en: 'Declined' },
  'handoff.step.en_route': { id: 'Menuju lokasi', en: 'En route' },
  'handoff.step.on_scene': { id: 'Di lokasi', en: 'On scene' },
  'handoff.step.completed': { id: 'Selesai', en: 'Completed' },
  'handoff.step.cancelled': { id: 'Dibatalkan', en: 'Cancelled' },
  'handoff.call': { id: 'Hubungi', en: 'Call now' },
  'handoff.alarm': { id: 'Tidak terjangkau', en: 'Not reached' },
  'handoff.alarm.do': {
    id: 'Tidak ada jawaban lewat jalur mana pun. Hubungi sendiri, lalu catat.',
    en: 'No answer by any channel. Reach them yourself, then record it.',
  },
  'handoff.due': { id: 'eskalasi', en: 'escalates' },

  'handoff.channel.webhook': { id: 'sistem instansi', en: 'their system' },
  'handoff.channel.cap': { id: 'CAP', en: 'CAP' },
  'handoff.channel.voice': { id: 'telepon', en: 'telephone' },
  'handoff.channel.relay': { id: 'relai teks', en: 'text relay' },
  'handoff.channel.email': { id: 'e-mail', en: 'e-mail' },
  'handoff.channel.telegram': { id: 'Telegram', en: 'Telegram' },
  'handoff.channel.whatsapp': { id: 'WhatsApp', en: 'WhatsApp' },
  'handoff.channel.sms': { id: 'SMS', en: 'SMS' },
  'handoff.channel.account': { id: 'halaman instansi', en: 'their page' },

  'handoff.another': { id: 'Teruskan ke instansi lain', en: 'Hand to another' },
  'handoff.record': { id: 'Catat', en: 'Record' },
  'handoff.record.of': { id: 'Catat: {agency}', en: 'Record: {agency}' },
  'handoff.history.of': { id: 'Riwayat: {agency}', en: 'History: {agency}' },
  'handoff.record.title': { id: 'Apa kata {agency}?', en: 'What does {agency} say?' },
  'handoff.record.what': { id: 'Menurut mereka', en: 'By what they say' },
  'handoff.record.ours': { id: 'Atau dari pihak kita', en: 'Or on our side' },
  'handoff.record.note-only': { id: 'Catatan saja', en: 'Note only' },
  'handoff.record.cancel': { id: 'Batalkan penerusan', en: 'Cancel the handoff' },
  'handoff.record.note': { id: 'Catatan', en: 'Note' },
  'handoff.record.reason': { id: 'Alasan', en: 'Reason' },
  'handoff.record.reason.needed': { id: 'Tulis alasannya.', en: 'Say why.' },
  'handoff.record.note.needed': { id: 'Tulis catatannya.', en: 'Write the note.' },
  'handoff.noted': { id: 'Dicatat: {agency}.', en: 'Noted: {agency}.' },

  'handoff.event.step': { id: '{step}', en: '{step}' },
  'handoff.event.failing': {
    id: 'Belum terkirim, dicoba lagi',
    en: 'Not through yet, tried again',
  },
  'handoff.event.failed': { id: 'Gagal dikirim', en: 'Failed' },
  'handoff.event.escalated': { id: 'Eskalasi', en: 'Escalated' },
  'handoff.event.alarmed': { id: 'Supervisor dipanggil', en: 'Supervisor called' },
  'handoff.event.note': { id: 'Catatan', en: 'Note' },
  'handoff.event.by': { id: 'oleh {by}', en: 'by {by}' },

  'handoff.close.open': {
    id: 'Tiket belum bisa ditutup: {agencies} masih memegangnya. Tunggu selesai, atau batalkan dengan alasan.',
    en: 'The ticket cannot be closed yet: {agencies} still have it. Wait until they have ended, or cancel with a reason.',
  },

  'keys.hand-off': { id: 'Teruskan ke yang dipilih', en: 'Hand to those chosen' },
} satisfies Words;
