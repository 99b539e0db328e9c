/** Words of the call log. */
import type { Words } from '../languages';

export const calls = {
  'calls.title': { id: 'Catatan panggilan', en: 'Call log' },
  'calls.none': { id: 'Tidak ada panggilan yang cocok.', en: 'No call fits.' },
  'calls.caller': { id: 'Nomor pelapor', en: "Caller's number" },
  'calls.outcome': { id: 'Hasil', en: 'Outcome' },
  'calls.any': { id: 'Semua', en: 'All' },
  'calls.from': { id: 'Dari tanggal', en: 'From' },
  'calls.until': { id: 'Sampai tanggal', en: 'Until' },
  'calls.search': { id: 'Cari', en: 'Search' },
  'calls.more': { id: 'Lebih lama', en: 'Older ones' },
  'calls.export': { id: 'Unduh CSV', en: 'Download CSV' },
  'calls.talk': { id: 'Bicara', en: 'Talked' },
  'calls.open': { id: 'Buka panggilan {ticket}', en: 'Open the call {ticket}' },
  'calls.none-chosen': {
    id: 'Pilih panggilan untuk melihat jalannya.',
    en: 'Choose a call to see what happened to it.',
  },
  'calls.one': { id: 'Panggilan terpilih', en: 'The call' },
  'calls.timeline': { id: 'Jalannya panggilan', en: 'What happened' },
  'calls.backfill': { id: 'dicatat susulan', en: 'recorded afterwards' },

  'calls.recording': { id: 'Rekaman', en: 'Recording' },
  'calls.recorded': {
    id: '{length} · setiap pemutaran dicatat',
    en: '{length} · every listening is written down',
  },
  'calls.no-recording': { id: 'Tidak ada rekaman.', en: 'Nothing was recorded.' },
  'calls.still-recording': {
    id: 'Masih direkam; dapat diputar setelah panggilan berakhir.',
    en: 'Still being recorded; it can be played when the call has ended.',
  },

  'entry.call.arrived': { id: 'Masuk', en: 'Arrived' },
  'entry.call.queued': { id: 'Menunggu, nomor {position}', en: 'Waits, number {position}' },
  'entry.call.offered': { id: 'Ditawarkan ke {seat}', en: 'Offered to {seat}' },
  'entry.call.ringing': { id: 'Berdering di {seat}', en: 'Rings at {seat}' },
  'entry.call.returned': { id: 'Kembali dari {seat}: {result}', en: 'Back from {seat}: {result}' },
  'entry.call.answered': { id: 'Dijawab {agent} di {seat}', en: 'Answered by {agent} at {seat}' },
  'entry.call.ended': { id: 'Berakhir: {outcome}', en: 'Ended: {outcome}' },
  'entry.recording.failed': { id: 'Tidak terekam', en: 'Was not recorded' },
  'entry.popup.unseen': {
    id: 'Tiket tidak tampil tepat waktu di {seat}',
    en: 'The ticket was not seen in time at {seat}',
  },
} satisfies Words;
