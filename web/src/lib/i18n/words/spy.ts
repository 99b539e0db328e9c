/** Words of supervisors who listen to a seat. */
import type { Words } from '../languages';

export const spy = {
  'spy.listen': { id: 'Dengar', en: 'Listen' },
  'spy.whisper': { id: 'Bisik', en: 'Whisper' },
  'spy.barge': { id: 'Masuk', en: 'Barge in' },
  'spy.stop': { id: 'Henti', en: 'Stop' },
  'spy.of': { id: 'Awasi {seat}', en: 'Listening to {seat}' },
  'spy.called': { id: 'Telepon berdering', en: 'Phone rings' },
  'spy.on.listen': { id: '{who} mendengarkan', en: '{who} listens' },
  'spy.on.whisper': { id: '{who} berbisik', en: '{who} whispers' },
  'spy.on.barge': { id: '{who} ikut bicara', en: '{who} takes part' },
  'spy.no-seat': {
    id: 'Duduk di meja yang punya telepon dulu untuk mendengarkan.',
    en: 'Take a seat with a phone first to listen.',
  },
  'spy.rings': {
    id: 'Telepon {seat} berdering; angkat untuk mendengarkan.',
    en: 'The phone of {seat} rings; pick it up to listen.',
  },
  'spy.end.gone': { id: 'Selesai mendengarkan {seat}.', en: 'No longer listening to {seat}.' },
  'spy.end.not_reached': {
    id: 'Telepon {seat} tidak diangkat.',
    en: 'The phone of {seat} was not picked up.',
  },
  'spy.end.caller_first': {
    id: 'Ada pelapor yang membutuhkan meja Anda.',
    en: 'A caller needs your seat.',
  },
  'spy.end.takes_part': {
    id: '{seat} keluar; panggilan ini sekarang milik Anda.',
    en: '{seat} has left; the call is yours now.',
  },

  'problem.no-own-seat': {
    id: 'Anda belum duduk di meja mana pun.',
    en: 'You do not sit at a seat.',
  },
  'problem.no-own-seat.remedy': {
    id: 'Duduk di meja yang punya telepon dulu.',
    en: 'Take a seat with a phone first.',
  },
  'problem.not-talking': {
    id: 'Meja itu tidak sedang bicara.',
    en: 'There is no call at that seat.',
  },
  'problem.not-talking.remedy': {
    id: 'Tunggu sampai ada panggilan.',
    en: 'Wait until it has a call.',
  },
  'problem.no-phone': {
    id: 'Telepon meja Anda tidak terhubung.',
    en: 'The phone of your seat is not connected.',
  },
  'problem.no-phone.remedy': {
    id: 'Periksa telepon atau mikrofon, lalu coba lagi.',
    en: 'Check the phone or the microphone, then try again.',
  },
  'problem.oneself': { id: 'Itu meja Anda sendiri.', en: 'That is your own seat.' },
  'problem.oneself.remedy': { id: 'Pilih meja lain.', en: 'Choose another seat.' },
  'problem.spying-elsewhere': {
    id: 'Anda sedang mendengarkan meja lain.',
    en: 'You are listening to another seat.',
  },
  'problem.spying-elsewhere.remedy': { id: 'Hentikan itu dulu.', en: 'Stop that first.' },
  'problem.not-spying': {
    id: 'Anda tidak lagi mendengarkan meja itu.',
    en: 'You are not listening to that seat any more.',
  },
  'problem.not-spying.remedy': {
    id: 'Tidak ada yang perlu dilakukan.',
    en: 'Nothing needs to be done.',
  },
} satisfies Words;
