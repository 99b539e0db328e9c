/** Words of what another centre asks this one to do. */
import type { Words } from '../languages';

export const received = {
  'received.from': { id: 'Dari {centre}', en: 'From {centre}' },
  'received.asks': { id: 'Menunggu jawaban', en: 'Awaits our answer' },
  'received.new': { id: 'Kejadian baru dari {centre}', en: 'New incident from {centre}' },
  'received.new.more': { id: 'dan {n} lagi', en: 'and {n} more' },
  'received.hush': { id: 'Hentikan bunyi', en: 'Stop the sound' },
  'received.muted': {
    id: 'Peramban belum mengizinkan bunyi: sentuh halaman ini sekali.',
    en: 'The browser lets no sound through yet: touch this page once.',
  },
  'received.open': { id: 'Buka {number}', en: 'Open {number}' },
  'received.accept': { id: 'Terima', en: 'Accept' },
  'received.decline': { id: 'Tolak', en: 'Decline' },
  'received.decline.title': {
    id: 'Tolak kejadian dari {centre}?',
    en: 'Decline the incident from {centre}?',
  },
  'received.tell': { id: 'Beri tahu', en: 'Tell them' },
  'received.tell.title': { id: 'Beri tahu {centre}', en: 'Tell {centre}' },
  'received.told': { id: 'Diteruskan ke {centre}.', en: '{centre} has been told.' },
  'received.there': { id: 'di {centre}', en: 'at {centre}' },
} satisfies Words;
