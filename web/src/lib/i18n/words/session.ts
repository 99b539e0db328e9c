/** Words of signing in, of the password and of the seat. */
import type { Words } from '../languages';

export const session = {
  'session.title': { id: 'Masuk', en: 'Sign in' },
  'session.agent': { id: 'Nama pengguna', en: 'User name' },
  'session.password': { id: 'Kata sandi', en: 'Password' },
  'session.sign-in': { id: 'Masuk', en: 'Sign in' },
  'session.sign-out': { id: 'Keluar', en: 'Sign out' },
  'session.expired': {
    id: 'Sesi Anda berakhir. Masuk lagi; isian yang belum tersimpan masih ada.',
    en: 'Your session has ended. Sign in again; what was not saved yet is still here.',
  },
  'session.wrong': {
    id: 'Nama pengguna atau kata sandi salah.',
    en: 'User name or password is wrong.',
  },
  'session.locked': {
    id: 'Akun ini terkunci {minutes} menit karena terlalu banyak percobaan. Coba lagi nanti, atau minta administrator mengganti kata sandinya.',
    en: 'This account is locked for {minutes} minutes after too many attempts. Try again later, or ask an administrator for a new password.',
  },
  'session.away': {
    id: 'Basis data tidak terjangkau, jadi sementara ini tidak ada yang bisa masuk. Panggilan tetap berjalan. Coba lagi sebentar lagi; bila tetap begitu, hubungi teknisi.',
    en: 'The database cannot be reached, so nobody can sign in for now. Calls go on. Try again in a moment; if it stays so, call the technician.',
  },
  'session.too-many': {
    id: 'Terlalu banyak percobaan. Tunggu {seconds} detik, lalu coba lagi.',
    en: 'Too many attempts. Wait {seconds} seconds, then try again.',
  },

  'password.title': { id: 'Ganti kata sandi', en: 'Change your password' },
  'password.must': {
    id: 'Kata sandi sekali pakai harus diganti sebelum Anda mulai.',
    en: 'A one-time password must be changed before you begin.',
  },
  'password.old': { id: 'Kata sandi sekarang', en: 'Current password' },
  'password.new': { id: 'Kata sandi baru', en: 'New password' },
  'password.again': { id: 'Ulangi kata sandi baru', en: 'New password again' },
  'password.differ': { id: 'Kedua kata sandi baru tidak sama.', en: 'The new passwords differ.' },
  'password.change': { id: 'Ganti kata sandi', en: 'Change password' },
  'password.changed': { id: 'Kata sandi diganti.', en: 'Password changed.' },

  'seat.title': { id: 'Pilih meja', en: 'Choose your seat' },
  'seat.intro': {
    id: 'Di meja mana Anda duduk? Teleponnya akan berdering untuk Anda.',
    en: 'Where do you sit? Its phone will ring for you.',
  },
  'seat.none': { id: 'Belum ada meja di pusat ini.', en: 'This centre has no seats yet.' },
  'seat.taken.title': { id: 'Meja {seat} sedang dipakai', en: 'Seat {seat} is in use' },
  'seat.taken.who': {
    id: '{agent} duduk di sana sejak {since}.',
    en: '{agent} has been sitting there since {since}.',
  },
  'seat.taken.ask': {
    id: 'Ambil alih meja ini? Peramban yang lain diberi tahu dan meninggalkannya.',
    en: 'Take the seat over? The other browser is told and leaves it.',
  },
  'seat.take-over': { id: 'Ambil alih', en: 'Take over' },
  'seat.was-taken': {
    id: 'Meja {seat} diambil alih oleh {agent}.',
    en: 'Seat {seat} was taken over by {agent}.',
  },
  'seat.free': { id: 'Kosong', en: 'Free' },
} satisfies Words;
