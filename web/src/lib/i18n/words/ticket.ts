/** Words of the ticket's form. */
import type { Words } from '../languages';

export const ticket = {
  'ticket.title': { id: 'Tiket', en: 'Ticket' },
  'ticket.incident_type': { id: 'Jenis kejadian', en: 'Incident type' },
  'ticket.severity': { id: 'Tingkat', en: 'Severity' },
  'ticket.address': { id: 'Alamat atau patokan', en: 'Address or landmark' },
  'ticket.place': { id: 'Titik peta', en: 'Point on the map' },
  'ticket.narrative': { id: 'Kronologi', en: 'Narrative' },
  'ticket.narrative.hint': {
    id: 'Apa yang terjadi, sejak kapan, bahaya apa bagi petugas',
    en: 'What happens, since when, what endangers responders',
  },
  'ticket.persons': { id: 'Korban dan orang terlibat', en: 'Persons hurt or involved' },
  'ticket.language': { id: 'Bahasa pelapor', en: 'Caller’s language' },
  'ticket.disposition': { id: 'Hasil laporan', en: 'Disposition' },
  'ticket.status': { id: 'Status', en: 'Status' },
  'ticket.open': { id: 'Terbuka', en: 'Open' },
  'ticket.closed': { id: 'Ditutup', en: 'Closed' },
  'ticket.close': { id: 'Tutup tiket', en: 'Close ticket' },
  'ticket.reopen': { id: 'Buka lagi', en: 'Open again' },
  'ticket.choose': { id: 'Pilih …', en: 'Choose …' },
  'ticket.nothing': { id: '(kosong)', en: '(empty)' },
  'ticket.type.none': {
    id: 'Tidak ada di daftar; disimpan seperti ditulis.',
    en: 'Not in the list; saved as written.',
  },
  'ticket.away': {
    id: 'Tiket {number} belum terbaca: {why}',
    en: 'Ticket {number} cannot be read yet: {why}',
  },
  'ticket.unread': {
    id: 'Isi tiket belum terbaca. Tulis saja; digabung begitu terbaca.',
    en: 'The ticket cannot be read yet. Write on; it is merged as soon as it can.',
  },

  'save.saved': { id: 'Tersimpan', en: 'Saved' },
  'save.saved-at': { id: 'Tersimpan {time}', en: 'Saved {time}' },
  'save.writing': { id: 'Belum tersimpan …', en: 'Not saved yet …' },
  'save.sending': { id: 'Menyimpan …', en: 'Saving …' },
  'save.waiting': { id: 'Belum tersimpan', en: 'Not saved yet' },
  'save.waiting.how': {
    id: 'Belum tersimpan di layanan: disimpan di komputer ini dan dikirim lagi sendiri.',
    en: 'Not saved at the service yet: kept on this computer and sent again by itself.',
  },
  'save.not-kept.short': { id: 'Jangan tutup', en: 'Do not close' },
  'save.not-kept': {
    id: 'Belum tersimpan, dan peramban ini tidak bisa menyimpannya. Jangan tutup halaman ini.',
    en: 'Not saved, and this browser cannot keep it. Do not close this page.',
  },
  'save.stuck': { id: 'Putuskan', en: 'Decide' },
  'save.refused': { id: 'Tidak tersimpan: {why}', en: 'Not saved: {why}' },
  'save.too-long': {
    id: 'Terlalu panjang: {length} dari {most} huruf. Ringkas; teks tetap di sini dan belum tersimpan.',
    en: 'Too long: {length} of {most} characters. Shorten it; the text stays here and is not saved yet.',
  },
  'save.field-refused': {
    id: 'Layanan menolak isian ini: {detail}',
    en: 'The service refuses this: {detail}',
  },
  'save.changed': { id: 'diubah oleh {by}', en: 'changed by {by}' },
  'save.changed.somebody': { id: 'diubah orang lain', en: 'changed by somebody else' },
  'save.left': {
    id: '{n} tiket belum tersimpan. Keluar sekarang? Isian tetap ada di komputer ini sampai Anda masuk lagi.',
    en: '{n} ticket is not saved. Sign out now? What you wrote stays on this computer until you sign in again.|{n} tickets are not saved. Sign out now? What you wrote stays on this computer until you sign in again.',
  },

  'conflict.title': { id: 'Dua orang mengubah {field}', en: 'Two people changed {field}' },
  'conflict.mine': { id: 'Tulisan Anda', en: 'Yours' },
  'conflict.theirs': { id: 'Tulisan {by}', en: 'By {by}' },
  'conflict.somebody': { id: 'orang lain', en: 'somebody else' },
  'conflict.keep-mine': { id: 'Pakai tulisan saya', en: 'Use mine' },
  'conflict.keep-theirs': { id: 'Pakai yang itu', en: 'Use theirs' },
  'conflict.keep-both': { id: 'Pakai keduanya', en: 'Use both' },
} satisfies Words;
