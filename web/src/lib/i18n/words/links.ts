/** Words of tickets that belong together. */
import type { Words } from '../languages';

export const links = {
  'links.title': { id: 'Kejadian yang sama?', en: 'Same incident?' },
  'links.none': { id: 'Tidak ada tiket yang mirip.', en: 'No similar tickets.' },
  'links.away': { id: 'Tidak terbaca: {why}', en: 'Cannot be read: {why}' },
  'links.suggested': { id: 'Mungkin sama', en: 'May be the same' },
  'links.duplicates': {
    id: 'Laporan lain yang sama: {n}',
    en: '{n} other report of it|{n} other reports of it',
  },
  'links.related.of': { id: 'Terkait', en: 'Related' },
  'links.duplicate': { id: 'Ganda', en: 'Duplicate' },
  'links.related': { id: 'Terkait', en: 'Related' },
  'links.duplicate-of': { id: 'Laporan ganda dari', en: 'Duplicate of' },
  'links.open': { id: 'Buka {number}', en: 'Open {number}' },
  'links.split': { id: 'Pisahkan', en: 'Split off' },
  'links.unlink': { id: 'Lepas', en: 'Unlink' },
  'links.other': { id: 'Kaitkan', en: 'Link' },
  'links.other.title': { id: 'Kaitkan {number}', en: 'Link {number}' },
  'links.other.number': { id: 'Dengan tiket nomor', en: 'With ticket number' },
  'links.other.hint': {
    id: 'Ganda: tiket ini melaporkan kejadian yang sama, ditutup, dan diteruskan di tiket itu. Terkait: keduanya tetap berjalan. Keduanya bisa dibatalkan.',
    en: 'Duplicate: this ticket reports the same incident, is closed, and goes on in the other. Related: both go on. Either can be taken back.',
  },
  'links.reason.number': { id: 'nomor sama', en: 'same number' },
  'links.reason.metres': { id: '{distance}', en: '{distance}' },
  'links.reason.minutes': { id: 'selisih {n} mnt', en: '{n} min apart' },
  'links.reason.at-once': { id: 'bersamaan', en: 'same time' },
  'links.reason.type': { id: 'jenis sama', en: 'same type' },
  'links.done.duplicate': {
    id: '{number} adalah laporan ganda dari {other}.',
    en: '{number} is a duplicate of {other}.',
  },
  'links.done.related': {
    id: '{number} terkait dengan {other}.',
    en: '{number} is related to {other}.',
  },
  'links.undone.duplicate': {
    id: '{number} dan {other} kejadian yang berbeda.',
    en: '{number} and {other} are separate incidents.',
  },
  'links.undone.related': {
    id: '{number} tidak lagi terkait dengan {other}.',
    en: '{number} is no longer related to {other}.',
  },
  'links.held': {
    id: '{number} tetap terbuka: {agencies} masih menanganinya.',
    en: '{number} stays open: {agencies} still have it.',
  },
  'keys.same': { id: 'Ke kejadian yang sama', en: 'To the same incident' },
} satisfies Words;
