/** Words of calling back who got no answer. */
import type { Words } from '../languages';

export const callback = {
  'callback.title': { id: 'Telepon balik', en: 'To call back' },
  'callback.none': {
    id: 'Tidak ada yang perlu ditelepon balik.',
    en: 'Nobody needs to be called back.',
  },
  'callback.take': { id: 'Telepon', en: 'Call' },
  'callback.taking': {
    id: 'Telepon {seat} berdering; angkat untuk menghubungi {number}.',
    en: 'The phone of {seat} rings; pick it up to call {number}.',
  },
  'callback.rings': {
    id: 'Telepon balik: jawab, lalu {number} dihubungi.',
    en: 'Calling back: answer, and {number} is called.',
  },
  'callback.calls': { id: 'Telepon balik ke {number}', en: 'Calling {number} back' },
  'callback.release': { id: 'Lepas', en: 'Give back' },
  'callback.released': { id: '{number} dilepas.', en: '{number} is given back.' },
  'callback.later': {
    id: 'Ada pelapor menunggu: {number} ditelepon balik nanti.',
    en: 'A caller waits: {number} is called back later.',
  },
  'callback.close': { id: 'Selesai', en: 'Done' },
  'callback.close.title': { id: 'Hasil menghubungi {number}', en: 'What came of {number}' },
  'callback.closed': { id: '{number} selesai.', en: '{number} is done.' },
  'callback.by': { id: 'oleh {seat}', en: 'by {seat}' },
  'callback.tries': { id: 'dicoba {n}×', en: 'tried {n}×' },
  'callback.no-seat': {
    id: 'Duduk di meja dulu untuk menelepon balik.',
    en: 'Take a seat first to call back.',
  },
  'callback.outcome.reached': { id: 'Terhubung', en: 'Reached' },
  'callback.outcome.no_answer': { id: 'Tidak diangkat', en: 'No answer' },
  'callback.outcome.wrong_number': { id: 'Salah nomor', en: 'Wrong number' },
  'callback.outcome.not_needed': { id: 'Tidak perlu', en: 'Not needed' },
  'callback.outcome.prank': { id: 'Iseng', en: 'Prank' },

  'problem.callers-wait': {
    id: 'Masih ada pelapor yang menunggu.',
    en: 'Callers are waiting.',
  },
  'problem.callers-wait.remedy': {
    id: 'Jawab mereka dulu; daftar ini tetap ada.',
    en: 'Answer them first; the list stays.',
  },
  'problem.callback-taken': {
    id: 'Meja lain sedang menelepon nomor itu.',
    en: 'Another seat is calling that number.',
  },
  'problem.callback-taken.remedy': { id: 'Pilih yang lain.', en: 'Choose another one.' },
  'problem.not-idle': { id: 'Meja Anda tidak sedang siap.', en: 'Your seat is not ready.' },
  'problem.not-idle.remedy': {
    id: 'Selesaikan panggilan atau jeda dulu.',
    en: 'End the call, the wrap-up or the pause first.',
  },
  'problem.unknown-callback': {
    id: 'Nomor itu tidak perlu ditelepon lagi.',
    en: 'That number needs no call any more.',
  },
  'problem.unknown-callback.remedy': {
    id: 'Pelapor sudah menelepon lagi atau sudah terhubung.',
    en: 'The caller called again, or was reached.',
  },
  'problem.no-way-outside': {
    id: 'PBX belum bisa menelepon ke luar.',
    en: 'The PBX cannot call outside yet.',
  },
  'problem.no-way-outside.remedy': {
    id: 'Beri tahu administrator: konteks [sip112-outside] belum diatur.',
    en: 'Tell the administrator: the context [sip112-outside] is not set up.',
  },
} satisfies Words;
