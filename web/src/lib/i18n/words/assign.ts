/** Words of whose a ticket is. */
import type { Words } from '../languages';

export const assign = {
  'assign.whose': { id: 'Pemegang', en: 'Held by' },
  'assign.yours': { id: 'Tiket Anda', en: 'Yours' },
  'assign.nobody': { id: 'Belum ada', en: 'Nobody' },
  'assign.take': { id: 'Ambil alih', en: 'Take over' },
  'assign.hand-on': { id: 'Serahkan', en: 'Hand on' },
  'assign.give': { id: 'Alihkan', en: 'Reassign' },
  'assign.take.ask': {
    id: 'Tiket {number} dipegang {name}. Ambil alih? {name} langsung diberi tahu.',
    en: '{name} has ticket {number}. Take it over? {name} is told at once.',
  },
  'assign.to': { id: 'Serahkan tiket {number}', en: 'Give ticket {number} to somebody' },
  'assign.whom': { id: 'Kepada', en: 'To' },
  'assign.on-duty': { id: '{name} · bertugas di {seat}', en: '{name} · on duty at {seat}' },
  'assign.taken': {
    id: 'Tiket {number} sekarang tiket Anda.',
    en: 'Ticket {number} is yours now.',
  },
  'assign.given': {
    id: 'Tiket {number} diserahkan kepada {name}.',
    en: '{name} has ticket {number} now.',
  },
  'assign.open': { id: 'Tiket terbuka', en: 'Open tickets' },
  'assign.open.none': { id: 'Tidak ada tiket terbuka.', en: 'There is no open ticket.' },
  'assign.show': { id: 'Tampilkan', en: 'Show' },
  'assign.all': { id: 'Semua', en: 'All' },
  'assign.unassigned': { id: 'Tanpa pemegang', en: 'Nobody’s' },
  'assign.mine': { id: 'Tiket saya', en: 'Mine' },

  'handed.given': {
    id: 'Tiket {number} diserahkan kepada Anda oleh {by}.',
    en: '{by} has given you ticket {number}.',
  },
  'handed.taken': {
    id: 'Tiket {number} diambil alih {by} dari Anda.',
    en: '{by} has taken ticket {number} over from you.',
  },
  'handed.passed': {
    id: 'Tiket {number} dialihkan {by} dari Anda kepada {to}.',
    en: '{by} has given your ticket {number} to {to}.',
  },
  'handed.released': {
    id: 'Tiket {number} dilepas {by}; sekarang belum ada pemegangnya.',
    en: '{by} has let go of your ticket {number}; it is nobody’s now.',
  },
  'handed.more': { id: '+ {n} lagi', en: '+ {n} more' },
  'handed.show': { id: 'Buka tiket', en: 'Open the ticket' },
} satisfies Words;
