/** Words of the shell and of what is said on every page. */
import type { Words } from '../languages';

export const common = {
  'app.centre': { id: 'Pusat 112 {centre}', en: '112 centre {centre}' },
  'app.centres': { id: 'Pusat', en: 'Centre' },
  'app.skip': { id: 'Lompat ke isi halaman', en: 'Skip to the page' },
  'app.pages': { id: 'Halaman', en: 'Pages' },
  'app.language': { id: 'Bahasa', en: 'Language' },
  'app.theme.dark': { id: 'Tampilan gelap', en: 'Dark' },
  'app.theme.light': { id: 'Tampilan terang', en: 'Light' },
  'app.looks': { id: 'Bahasa dan tampilan', en: 'Language and light' },
  'app.help': { id: 'Pintasan keyboard', en: 'Keyboard shortcuts' },
  'app.not-found': { id: 'Halaman ini tidak ada.', en: 'There is no such page.' },
  'app.not-yours': {
    id: 'Peran Anda tidak membuka halaman ini.',
    en: 'Your role does not open this page.',
  },
  'app.loading': { id: 'Memuat …', en: 'Loading …' },

  'page.desk': { id: 'Meja', en: 'Desk' },
  'page.supervisor': { id: 'Supervisor', en: 'Supervisor' },
  'page.wallboard': { id: 'Papan', en: 'Wallboard' },
  'page.calls': { id: 'Panggilan', en: 'Calls' },
  'page.people': { id: 'Petugas', en: 'People' },
  'page.ticket': { id: 'Tiket', en: 'Ticket' },
  'page.directory': { id: 'Direktori', en: 'Directory' },
  'page.audit': { id: 'Jejak audit', en: 'Audit log' },

  'link.live': { id: 'Tersambung', en: 'Live' },
  'link.connecting': { id: 'Menyambung …', en: 'Connecting …' },
  'link.cut': { id: 'Terputus {since}', en: 'Cut off for {since}' },
  'link.cut.detail': {
    id: 'Layanan tidak terjangkau. Telepon tetap berdering lewat Asterisk; isian Anda disimpan di sini dan dikirim saat tersambung lagi.',
    en: 'The service cannot be reached. Calls go on ringing through Asterisk; what you write is kept here and sent when the link is back.',
  },

  'state.off_duty': { id: 'Tidak bertugas', en: 'Off duty' },
  'state.unregistered': { id: 'Telepon tidak terdaftar', en: 'Phone not registered' },
  'state.paused': { id: 'Jeda', en: 'Paused' },
  'state.ready': { id: 'Siap', en: 'Ready' },
  'state.ringing': { id: 'Berdering', en: 'Ringing' },
  'state.talking': { id: 'Bicara', en: 'Talking' },
  'state.wrap_up': { id: 'Penyelesaian', en: 'Wrap-up' },
  'state.busy': { id: 'Telepon dipakai', en: 'Phone in use' },
  'state.none': { id: 'Tanpa meja', en: 'No seat' },

  'outcome.answered': { id: 'Terjawab', en: 'Answered' },
  'outcome.abandoned': { id: 'Ditutup pelapor', en: 'Abandoned' },
  'outcome.lost_by_pbx': { id: 'Hilang di PBX', en: 'Lost by the PBX' },

  'do.close': { id: 'Tutup', en: 'Close' },
  'do.cancel': { id: 'Batal', en: 'Cancel' },
  'do.save': { id: 'Simpan', en: 'Save' },
  'do.dismiss': { id: 'Tutup pesan', en: 'Dismiss the message' },

  'once.copy': { id: 'Salin', en: 'Copy' },
  'once.copied': { id: 'Tersalin', en: 'Copied' },
  'once.noted': { id: 'Sudah dicatat', en: 'I have it' },

  'keys.title': { id: 'Pintasan keyboard', en: 'Keyboard shortcuts' },
  'keys.help': { id: 'Tampilkan pintasan ini', en: 'Show these shortcuts' },
  'keys.theme': { id: 'Ganti terang/gelap', en: 'Switch light and dark' },

  'problem.unreachable': { id: 'Layanan tidak terjangkau.', en: 'The service cannot be reached.' },
  'problem.unreachable.remedy': {
    id: 'Periksa jaringan komputer ini, lalu coba lagi.',
    en: 'Check the network of this computer, then try again.',
  },
  'problem.strange': {
    id: 'Jawaban layanan tidak dikenali ({status}).',
    en: 'The service gave an answer that was not understood ({status}).',
  },
  'problem.strange.remedy': {
    id: 'Muat ulang halaman; bila tetap begitu, beri tahu administrator.',
    en: 'Reload the page; if it stays so, tell the administrator.',
  },
  'unknown.number': { id: 'Nomor tidak dikenal', en: 'Number unknown' },
} satisfies Words;
