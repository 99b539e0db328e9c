/** Words of the page where people are added and changed. */
import type { Words } from '../languages';

export const people = {
  'people.title': { id: 'Petugas', en: 'People' },
  'people.one': { id: 'Data petugas', en: 'Person' },
  'people.add': { id: 'Tambah petugas', en: 'Add a person' },
  'people.add.do': { id: 'Tambah', en: 'Add' },
  'people.none-chosen': {
    id: 'Pilih petugas untuk mengubahnya, atau tambahkan yang baru.',
    en: 'Choose a person to change, or add one.',
  },
  'people.id': { id: 'Nama pengguna', en: 'User name' },
  'people.id.hint': {
    id: 'Untuk masuk: huruf kecil, angka, titik, garis. Tidak bisa diganti.',
    en: 'To sign in with: small letters, digits, dot, dash. It stays for ever.',
  },
  'people.id.wrong': {
    id: 'Mulai dengan huruf kecil atau angka; setelah itu huruf kecil, angka, titik, atau garis.',
    en: 'Begin with a small letter or digit; then small letters, digits, dots, dashes.',
  },
  'people.id.exists': {
    id: 'Nama ini sudah dipakai, mungkin oleh petugas nonaktif atau di pusat lain. Pilih yang lain.',
    en: 'Somebody has this name, perhaps inactive or at another centre. Choose another one.',
  },
  'people.name': { id: 'Nama', en: 'Name' },
  'people.name.wrong': { id: 'Isi nama.', en: 'Fill in a name.' },
  'people.roles': { id: 'Peran', en: 'Roles' },
  'people.roles.wrong': { id: 'Pilih sedikitnya satu peran.', en: 'Choose one role or more.' },
  'people.roles.last': {
    id: 'Ini administrator aktif terakhir. Jadikan orang lain administrator dulu.',
    en: 'This is the last active administrator. Make somebody else one first.',
  },
  'people.roles.admin': {
    id: 'Hanya administrator yang boleh mengubah administrator.',
    en: 'Only administrators may change administrators.',
  },
  'people.centres': { id: 'Pusat', en: 'Centres' },
  'people.centres.hint': { id: 'Tanpa pilihan: semua pusat.', en: 'None chosen: every centre.' },
  'people.centres.wrong': {
    id: 'Pusat itu tidak ada di layanan ini.',
    en: 'This service has no such centre.',
  },
  'people.centres.beyond': {
    id: 'Anda hanya mengurus sebagian pusat. Pilih pusat Anda saja.',
    en: 'You administer some centres alone. Choose of those.',
  },
  'people.works': { id: 'Bekerja di', en: 'Works at' },
  'people.works.centre': { id: 'Pusat 112', en: 'The 112 centre' },
  'people.works.agency': { id: 'Instansi', en: 'An agency' },
  'people.works.agency.hint': {
    id: 'Hanya melihat kejadian yang diserahkan kepada instansinya di pusat {centre}; tidak ada yang lain.',
    en: 'Sees what centre {centre} hands to that agency, and nothing else.',
  },
  'people.agency': { id: 'Instansi', en: 'Agency' },
  'people.agency.choose': { id: 'Pilih instansi', en: 'Choose an agency' },
  'people.agency.wrong': {
    id: 'Pilih instansi dari pusat ini.',
    en: 'Choose an agency of this centre.',
  },
  'people.everywhere': { id: 'Semua', en: 'All' },
  'people.language': { id: 'Bahasa', en: 'Language' },
  'people.active': { id: 'Aktif', en: 'Active' },
  'people.inactive': { id: 'Nonaktif', en: 'Inactive' },
  'people.must-change': {
    id: 'Kata sandi sekali pakai belum diganti',
    en: 'One-time password not changed yet',
  },
  'people.must-change-short': { id: 'Belum masuk', en: 'Not yet in' },
  'people.locked': { id: 'Terkunci sampai {until}', en: 'Locked until {until}' },
  'people.locked-short': { id: 'Terkunci', en: 'Locked' },
  'people.access': { id: 'Akses', en: 'Access' },
  'people.unlock': { id: 'Buka kunci', en: 'Unlock' },
  'people.activate': { id: 'Aktifkan', en: 'Activate' },
  'people.deactivate': { id: 'Nonaktifkan', en: 'Deactivate' },
  'people.deactivate.ask': {
    id: '{person} langsung dikeluarkan dan tidak bisa masuk lagi. Catatannya tetap ada.',
    en: '{person} is signed out at once and cannot sign in any more. What they did stays.',
  },
  'people.reset': { id: 'Kata sandi baru', en: 'New password' },
  'people.reset.ask': {
    id: 'Buat kata sandi sekali pakai untuk {person}? Kata sandi lama dan semua sesinya berakhir.',
    en: 'Make a one-time password for {person}? The old one and all sessions end.',
  },
  'people.saved': { id: '{person} disimpan.', en: '{person} is saved.' },
  'people.since': {
    id: 'Ditambahkan {created} · kata sandi sejak {password}',
    en: 'Added {created} · password since {password}',
  },
  'people.password': { id: 'Kata sandi sekali pakai', en: 'One-time password' },
  'people.password.title': { id: 'Kata sandi untuk {person}', en: 'Password for {person}' },
  'people.password.once': {
    id: 'Hanya ditampilkan sekali ini. Sampaikan kepada orangnya; harus diganti saat pertama masuk.',
    en: 'It is shown this once. Give it to the person, who has to change it at the first sign-in.',
  },

  'role.call_taker': { id: 'Penerima panggilan', en: 'Call-taker' },
  'role.call_taker.may': {
    id: 'Menerima panggilan, mengisi tiket, menelepon balik',
    en: 'Takes calls, writes tickets, calls back',
  },
  'role.dispatcher': { id: 'Pengirim unit', en: 'Dispatcher' },
  'role.dispatcher.may': { id: 'Mengikuti dan mengisi tiket', en: 'Follows and writes tickets' },
  'role.supervisor': { id: 'Supervisor', en: 'Supervisor' },
  'role.supervisor.may': {
    id: 'Semua meja, mendengarkan, rekaman, jejak audit, instansi',
    en: 'Every seat, listening in, recordings, audit log, agencies',
  },
  'role.admin': { id: 'Administrator', en: 'Administrator' },
  'role.admin.may': { id: 'Semuanya, juga petugas', en: 'Everything, people too' },
  'role.agency': { id: 'Petugas instansi', en: 'Of an agency' },
  'role.agency.may': {
    id: 'Hanya kejadian instansinya',
    en: 'The incidents of their agency alone',
  },

  'language.id': { id: 'Bahasa Indonesia', en: 'Bahasa Indonesia' },
  'language.en': { id: 'English', en: 'English' },
} satisfies Words;
