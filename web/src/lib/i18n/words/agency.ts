/** Words of the page of an agency's people who have accounts. */
import type { Words } from '../languages';

export const agency = {
  'agency.incidents': { id: 'Kejadian', en: 'Incidents' },
  'agency.one': { id: 'Kejadian yang dibuka', en: 'The incident that is open' },
  'agency.open': { id: 'Berjalan', en: 'Under way' },
  'agency.ended': { id: 'Selesai dalam 24 jam', en: 'Over within 24 hours' },
  'agency.none': {
    id: 'Tidak ada kejadian. Halaman ini berbunyi begitu ada yang diteruskan.',
    en: 'No incidents. This page sounds as soon as one is handed over.',
  },
  'agency.choose': { id: 'Pilih kejadian dari daftar.', en: 'Choose an incident from the list.' },
  'agency.loading': { id: 'Memuat daftar…', en: 'Loading the list…' },
  'agency.new': { id: 'Kejadian baru: {what}', en: 'New incident: {what}' },
  'agency.line': { id: 'Pesan baru dari 112: {what}', en: 'New message from 112: {what}' },
  'agency.line.mark': { id: 'pesan baru', en: 'new message' },
  'agency.new.more': { id: '+{n} lagi', en: '+{n} more' },
  'agency.new.open': { id: 'Buka', en: 'Open' },
  'agency.new.hush': { id: 'Hentikan bunyi', en: 'Stop the sound' },
  'agency.new.next': { id: 'Buka kejadian baru', en: 'Open the new incident' },
  'agency.back': { id: 'Kembali ke daftar', en: 'Back to the list' },
  'agency.muted': {
    id: 'Peramban belum mengizinkan bunyi. Sentuh halaman ini sekali.',
    en: 'The browser lets no sound through yet. Touch this page once.',
  },
  'agency.cut': {
    id: 'Tidak ada sambungan ke pusat 112. Kejadian baru TIDAK terlihat di sini. Jika mendesak, telepon 112.',
    en: 'The 112 centre cannot be reached. New incidents do NOT show here. If it is urgent, call 112.',
  },
  'agency.signed-out': {
    id: 'Sesi Anda berakhir. Kejadian baru TIDAK terlihat dan tidak berbunyi di sini sampai Anda masuk lagi.',
    en: 'Your session has ended. New incidents neither show nor sound here until you sign in again.',
  },
  'agency.unsent': {
    id: 'Ada jawaban yang belum terkirim. Jawaban itu baru dikirim bila Anda masuk lagi di sini.',
    en: 'There are answers that were not sent. They are sent only when you sign in here again.',
  },
} satisfies Words;
