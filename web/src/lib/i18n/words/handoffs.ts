/** Words of the page of all handoffs, of dead letters, and of calling an agency. */
import type { Words } from '../languages';

export const handoffs = {
  'page.handoffs': { id: 'Penerusan', en: 'Handoffs' },
  'handoffs.open': { id: 'Penerusan yang berjalan', en: 'Handoffs that go on' },
  'handoffs.none': {
    id: 'Tidak ada instansi yang ditunggu.',
    en: 'No agency is waited for.',
  },
  'handoffs.purpose': { id: 'Arah', en: 'Which way' },
  'handoffs.purpose.handoff': { id: 'Diteruskan', en: 'Handed off' },
  'handoffs.purpose.received': { id: 'Diterima', en: 'Received' },
  'handoffs.purpose.referral': { id: 'Rujukan', en: 'Referral' },
  'handoffs.all': { id: 'Semua', en: 'All' },
  'handoffs.wanting': { id: 'Perlu tindakan ({n})', en: 'To be seen to ({n})' },
  'handoffs.state': { id: 'Keadaan', en: 'State' },
  'handoffs.what': { id: 'Kejadian', en: 'Incident' },
  'handoffs.way': { id: 'Jalur', en: 'Channel' },
  'handoffs.clock': { id: 'Waktu', en: 'Time' },

  'letter.title': { id: 'Pesan yang gagal', en: 'Messages given up' },
  'letter.none': { id: 'Semua pesan sampai.', en: 'No message was given up.' },
  'letter.at': { id: 'Gagal', en: 'Given up' },
  'letter.what': { id: 'Pesan', en: 'Message' },
  'letter.why': { id: 'Sebab', en: 'Why' },
  'letter.resend': { id: 'Kirim ulang', en: 'Send again' },
  'letter.resend.of': {
    id: 'Kirim ulang: {agency}, {number}',
    en: 'Send again: {agency}, {number}',
  },
  'letter.resent': {
    id: 'Dikirim ulang: {agency}. Bila belum sampai, dicoba terus selama 24 jam.',
    en: 'Sent again: {agency}. If it does not get through, it is tried for 24 hours.',
  },
  'letter.resend.by-agency': {
    id: 'Kirim ulang semua pesan satu instansi',
    en: 'Send all messages of one agency again',
  },
  'letter.resend.all': { id: 'Kirim ulang semua ({n})', en: 'Send all {n} again' },
  'letter.resend.every': { id: 'Kirim ulang semua', en: 'Send all again' },
  'letter.resending.reading': { id: 'Membaca …', en: 'Reading …' },
  'letter.resending': {
    id: 'Mengirim ulang {sent} dari {of} …',
    en: 'Sending again {sent} of {of} …',
  },
  'letter.resent.all': {
    id: '{n} pesan dikirim ulang: {agency}. Bila belum sampai, dicoba terus selama 24 jam.',
    en: '{n} message sent again: {agency}. If it does not get through, it is tried for 24 hours.|{n} messages sent again: {agency}. Those that do not get through are tried for 24 hours.',
  },
  'letter.resent.stopped': {
    id: '{agency}: {sent} dari {of} pesan dikirim ulang, lalu berhenti: {why}',
    en: '{agency}: {sent} of {of} messages sent again, then it stopped: {why}',
  },
  'letter.resent.left': {
    id: '{n} pesan masih tercatat gagal. Kirim ulang lagi nanti.',
    en: '{n} message is still given up. Send it again later.|{n} messages are still given up. Send them again later.',
  },
  'letter.resent.refused': {
    id: '{agency}: {n} dari {of} pesan TIDAK bisa dikirim ulang ({tickets}): {why}',
    en: '{agency}: {n} of {of} messages can NOT be sent again ({tickets}): {why}',
  },
  'letter.kind.handoff.requested': { id: 'Permintaan', en: 'Request' },
  'letter.kind.handoff.updated': { id: 'Perubahan', en: 'Update' },
  'letter.kind.handoff.cancelled': { id: 'Pembatalan', en: 'Cancellation' },
  'letter.kind.handoff.answered': { id: 'Jawaban', en: 'Answer' },
  'letter.kind.referral': { id: 'Rujukan', en: 'Referral' },

  'handoff.phone': { id: 'Telepon', en: 'Call' },
  'handoff.phone.of': { id: 'Telepon: {agency}', en: 'Call: {agency}' },
  'handoff.phone.number': { id: 'Nomor', en: 'Number' },
  'handoff.phone.hint': {
    id: 'Penelepon tetap tersambung. Bila dijawab, penerusan tercatat sudah dibaca.',
    en: 'The caller stays in the call. When they answer, the handoff counts as acknowledged.',
  },
  'handoff.called.rings': { id: 'Berdering', en: 'Rings' },
  'handoff.called.speaks': { id: 'Tersambung', en: 'On the line' },

  'returned.declined': { id: '{agency} menolak: {reason}', en: '{agency} declined: {reason}' },

  'supervisor.alarms.open': { id: 'Lihat penerusan', en: 'See the handoffs' },
} satisfies Words;
