/** What the page says, in both languages. */
import type { Language, Words } from '../lib/i18n/languages';
import type { Keep } from './keep';

export const WORDS = {
  loading: { id: 'Memuat kejadian…', en: 'Loading the incident…' },
  cannotRead: {
    id: 'Layanan 112 belum terjangkau. Halaman ini mencoba lagi sendiri. Jika mendesak, telepon 112.',
    en: 'The 112 service cannot be reached yet. This page keeps trying. If it is urgent, call 112.',
  },
  call: { id: 'Telepon {number}', en: 'Call {number}' },
  callCaller: { id: 'Telepon pelapor {number}', en: 'Call the caller {number}' },
  unknown: { id: 'Tautan tidak dikenal', en: 'This link is not known' },
  unknownHelp: {
    id: 'Buka tautan persis seperti di pesan, sampai huruf terakhir.',
    en: 'Open it just as it stands in the message, to its last character.',
  },
  over: { id: 'Tautan tidak berlaku lagi', en: 'This link is no longer valid' },
  overHelp: {
    id: 'Tautan kedaluwarsa, atau kejadian sudah selesai bagi instansi Anda. Pakai tautan di pesan terbaru.',
    en: 'It has expired, or the incident is over for your agency. Use the link in the newest message.',
  },
  notYours: { id: 'Kejadian tidak ditemukan', en: 'No such incident' },
  notYoursHelp: {
    id: 'Kejadian ini tidak diteruskan ke instansi Anda. Pilih yang lain dari daftar.',
    en: 'It was not handed to your agency. Choose another one from the list.',
  },
  longOver: { id: 'Kejadian sudah lama selesai', en: 'This incident is long over' },
  longOverHelp: {
    id: 'Kejadian yang selesai ditampilkan selama 24 jam.',
    en: 'What is over is shown for 24 hours.',
  },
  unsent: {
    id: 'Yang berikut TIDAK terkirim. Beri tahu pusat lewat telepon:',
    en: 'The following was NOT sent. Tell the centre by telephone:',
  },
  away: {
    id: 'Tidak ada jaringan ke pusat. Data dari {time}.',
    en: 'The centre cannot be reached. What you see is of {time}.',
  },
  waiting: {
    id: 'Belum terkirim: {what}. Akan dikirim begitu jaringan kembali.',
    en: 'Not sent yet: {what}. It will be sent when the network is back.',
  },
  sending: { id: 'Mengirim…', en: 'Sending…' },
  refused: {
    id: '“{what}” tidak diterima: kejadian sudah {step}.',
    en: '“{what}” was not taken: the incident is {step} already.',
  },
  refusedOther: {
    id: '“{what}” tidak diterima. Periksa dan coba lagi, atau telepon 112.',
    en: '“{what}” was not taken. Check it and try again, or call 112.',
  },
  ticket: { id: 'Tiket', en: 'Ticket' },
  unclear: { id: 'Kejadian belum jelas', en: 'Incident not known yet' },
  severity: { id: 'Tingkat', en: 'Severity' },
  same: { id: 'Kejadian yang sama dengan', en: 'Same incident as' },
  related: { id: 'Terkait dengan', en: 'Related to' },
  address: { id: 'Alamat', en: 'Address' },
  place: { id: 'Koordinat', en: 'Coordinates' },
  map: { id: 'Buka peta', en: 'Open map' },
  copy: { id: 'Salin', en: 'Copy' },
  copied: { id: 'Tersalin', en: 'Copied' },
  caller: { id: 'Pelapor', en: 'Caller' },
  narrative: { id: 'Uraian', en: 'What was told' },
  persons: { id: 'Korban', en: 'Persons' },
  opened: { id: 'Dilaporkan', en: 'Reported' },
  notKnown: { id: 'Belum diketahui', en: 'Not known yet' },
  status: { id: 'Status', en: 'Status' },
  conversation: { id: 'Percakapan dengan 112', en: 'Conversation with 112' },
  nothingSaid: { id: 'Belum ada.', en: 'Nothing yet.' },
  newLine: { id: 'Pesan baru dari 112', en: 'New message from 112' },
  unsentNote: { id: 'belum terkirim', en: 'not sent yet' },
  muted: {
    id: 'Pesan baru berbunyi setelah halaman ini disentuh sekali.',
    en: 'New messages sound once this page has been touched.',
  },
  centre: { id: 'Pusat 112', en: '112 centre' },
  agency: { id: 'Instansi', en: 'Agency' },
  name: { id: 'Nama Anda', en: 'Your name' },
  nameHelp: { id: 'Disimpan di ponsel ini.', en: 'Kept on this phone.' },
  note: { id: 'Pesan untuk 112', en: 'Message to 112' },
  send: { id: 'Kirim', en: 'Send' },
  actions: { id: 'Jawaban', en: 'Answer' },
  others: { id: 'Langkah lain', en: 'Other steps' },
  reason: { id: 'Mengapa ditolak?', en: 'Why do you decline?' },
  reasonNeeded: {
    id: 'Tulis alasannya, agar pusat tahu siapa yang harus dipanggil.',
    en: 'Say why, so that the centre knows whom else to call.',
  },
  finish: { id: 'Selesai? Ini mengakhiri tugas Anda.', en: 'Done? This ends your task.' },
  finishNote: { id: 'Catatan penutup (boleh kosong)', en: 'Closing note (may be empty)' },
  back: { id: 'Kembali', en: 'Back' },
  ended: {
    id: 'Tidak ada lagi yang harus dilakukan di sini.',
    en: 'There is nothing more to do here.',
  },
  language: { id: 'English', en: 'Indonesia' },
} satisfies Words;

/** Where an incident is. */
export const STEPS = {
  queued: { id: 'baru', en: 'new' },
  sent: { id: 'baru', en: 'new' },
  delivered: { id: 'baru', en: 'new' },
  acknowledged: { id: 'dibaca', en: 'acknowledged' },
  accepted: { id: 'diterima', en: 'accepted' },
  declined: { id: 'ditolak', en: 'declined' },
  en_route: { id: 'dalam perjalanan', en: 'en route' },
  on_scene: { id: 'di lokasi', en: 'on scene' },
  completed: { id: 'selesai', en: 'done' },
  cancelled: { id: 'dibatalkan oleh pusat', en: 'cancelled by the centre' },
} satisfies Words;

/** What is pressed to bring it there. */
export const PRESS = {
  acknowledged: { id: 'Sudah dibaca', en: 'Acknowledge' },
  accepted: { id: 'Terima', en: 'Accept' },
  declined: { id: 'Tolak', en: 'Decline' },
  en_route: { id: 'Berangkat', en: 'En route' },
  on_scene: { id: 'Tiba di lokasi', en: 'On scene' },
  completed: { id: 'Selesai', en: 'Done' },
} satisfies Words;

const SEVERITIES: Words = {
  critical: { id: 'Kritis', en: 'Critical' },
  high: { id: 'Tinggi', en: 'High' },
  medium: { id: 'Sedang', en: 'Medium' },
  low: { id: 'Rendah', en: 'Low' },
};

export type Word = keyof typeof WORDS;

export function fill(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

export function severity(code: string, language: Language): string {
  return SEVERITIES[code]?.[language] ?? code;
}

const CHOSEN = 'language';
/** Of those whose phones speak these, more read Indonesian than English. */
const NEAR = /^(id|in|ms|jv|su)\b/;

/** Return the language that was chosen on this phone, or else the phone's own. */
export function languageOf(keep: Keep, phone: string): Language {
  const chosen = keep.get(CHOSEN);
  if (chosen === 'id' || chosen === 'en') return chosen;
  return NEAR.test(phone.toLowerCase()) ? 'id' : 'en';
}

export function choose(keep: Keep, language: Language): void {
  keep.set(CHOSEN, language);
}
