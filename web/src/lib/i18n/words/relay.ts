/** Words of the text relay: what is passed on to an agency in lines, and what it writes back. */
import type { Words } from '../languages';

export const relay = {
  'relay.title': { id: 'Relai teks', en: 'Text relay' },
  'relay.do': { id: 'Teks', en: 'Text' },
  'relay.of': { id: 'Relai teks: {agency}', en: 'Text relay: {agency}' },
  'relay.unread': { id: 'Teks ({n})', en: 'Text ({n})' },
  'relay.unread.of': {
    id: 'Relai teks ({n}), baru: {agency}',
    en: 'Relay in text ({n}), new: {agency}',
  },
  'relay.none': {
    id: 'Ketik apa yang dikatakan pelapor. Instansi membacanya seketika di halamannya.',
    en: 'Type what the caller says. The agency reads it at once on its page.',
  },
  'relay.write': { id: 'Tulis ke {agency}', en: 'Write to {agency}' },
  'relay.hint': { id: 'Enter untuk mengirim', en: 'Enter to send' },
  'relay.send': { id: 'Kirim', en: 'Send' },
  'relay.sending': { id: 'mengirim …', en: 'sending …' },
  'relay.stuck': { id: 'belum terkirim, dicoba terus', en: 'not sent yet, still trying' },
  'relay.stuck.n': {
    id: '{n} pesan relai teks BELUM terkirim. Dicoba terus; bila mendesak, telepon instansinya.',
    en: '{n} line of the text relay is NOT sent yet. Still trying; if it is urgent, call the agency.|{n} lines of the text relay are NOT sent yet. Still trying; if it is urgent, call the agency.',
  },
  'relay.refused': { id: 'TIDAK terkirim: {why}', en: 'NOT sent: {why}' },
  'relay.take-back': { id: 'Ketik ulang', en: 'Type it again' },
  'relay.unheard': {
    id: 'Belum ada tanda bahwa mereka membaca.',
    en: 'No sign yet that they have read it.',
  },
  'relay.page.front': {
    id: 'Halaman instansi terbuka di layar.',
    en: 'Their page is open on a screen.',
  },
  'relay.page.behind': {
    id: 'Halaman instansi terbuka, tetapi tidak di depan.',
    en: 'Their page is open, but not in front.',
  },
  'relay.page.closed': {
    id: 'Halaman instansi tidak terbuka sejak {since}.',
    en: 'Nobody has had their page open since {since}.',
  },
  'relay.page.never': {
    id: 'Halaman instansi tidak terbuka (dipantau sejak {since}).',
    en: 'Nobody has their page open (watched since {since}).',
  },
  'relay.page.unknown': {
    id: 'Belum diketahui apakah halaman instansi terbuka.',
    en: 'Not known yet whether their page is open.',
  },
  'relay.page.away': {
    id: 'Tidak diketahui apakah halaman instansi terbuka.',
    en: 'Not known whether their page is open.',
  },
  'relay.shown': { id: 'tampil di layar mereka', en: 'was on their screen' },
  'relay.ended': {
    id: 'Penerusan sudah berakhir: tidak ada lagi yang dikirim.',
    en: 'The handoff has ended: nothing more is sent.',
  },
  'relay.wrote': { id: '{number} · {agency} menulis:', en: '{number} · {agency} writes:' },
  'relay.wrote.more': { id: '+{n} lagi', en: '+{n} more' },
  'relay.answer': { id: 'Buka dan balas', en: 'Open and answer' },
  'keys.relay': { id: 'Relai teks', en: 'Text relay' },
} satisfies Words;
