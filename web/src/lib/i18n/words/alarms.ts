/**
 * Words of the checks that fail: what each is called, what it means for calls, and what to do.
 * Every check that the service makes is here (a test sees to that); its detail is data and stays.
 */
import type { Words } from '../languages';

export const alarms = {
  'alarm.link': { id: 'Sambungan ke Asterisk', en: 'Link to Asterisk' },
  'alarm.link.do': {
    id: 'Asterisk membunyikan meja sendiri sementara ini. Periksa apakah Asterisk hidup; jalankan sip112 check.',
    en: 'Asterisk rings the seats by itself meanwhile. See whether Asterisk is up; run sip112 check.',
  },
  'alarm.routing': { id: 'Pembagian panggilan', en: 'Routing' },
  'alarm.routing.do': {
    id: 'Antrean Asterisk membunyikan meja sendiri. Biasanya pulih dalam hitungan detik; jika tidak, periksa sambungan ke Asterisk.',
    en: 'Asterisk’s queue rings the seats by itself. It passes within seconds; if not, look at the link to Asterisk.',
  },
  'alarm.owner': { id: 'Pemilik pusat', en: 'Owner of the centre' },
  'alarm.owner.do': {
    id: 'Asterisk membunyikan meja sendiri sementara ini, biasanya hanya beberapa detik. Jika tidak pulih: satu node per berkas SQLite, atau PostgreSQL.',
    en: 'Asterisk rings the seats by itself meanwhile, for seconds at most. If it stays: one node to a SQLite file, or PostgreSQL.',
  },
  'alarm.lease': { id: 'Masa pegang pusat', en: 'Lease of the centre' },
  'alarm.lease.do': {
    id: 'Panggilan tetap dibagi. Hidupkan basis data.',
    en: 'Calls are routed all the same. Start the database.',
  },
  'alarm.store': { id: 'Basis data', en: 'Database' },
  'alarm.store.do': {
    id: 'Panggilan tetap dibagi dan tidak ada yang hilang. Hidupkan basis data atau periksa disknya; catatan menyusul sendiri.',
    en: 'Calls are routed all the same, and nothing is lost. Start the database, or see to its disk; the entries follow.',
  },
  'alarm.journal': { id: 'Jurnal', en: 'Journal' },
  'alarm.journal.do': {
    id: 'Ada catatan yang tidak masuk. Simpan dan laporkan baris store.* di log layanan.',
    en: 'Entries did not get in. Keep the lines store.* of the service’s log, and report them.',
  },
  'alarm.audit': { id: 'Log audit', en: 'Audit log' },
  'alarm.audit.do': {
    id: 'Simpan log layanan: catatannya ada di sana. Periksa basis data.',
    en: 'Keep the service’s log: the entries are in it. Look at the database.',
  },
  'alarm.agencies': { id: 'Daftar instansi', en: 'Directory of agencies' },
  'alarm.agencies.do': {
    id: 'Penerusan tetap jalan dengan daftar yang diketahui. Perbaiki yang disebut, atau minta teknisi.',
    en: 'Handoffs go on by what is known. Mend what is named, or ask the technician.',
  },
  'alarm.handoffs': { id: 'Instansi belum menjawab', en: 'Agencies have not answered' },
  'alarm.handoffs.do': {
    id: 'Telepon instansi itu, dan catat jawabannya pada tiket. Alarm berhenti setelah itu.',
    en: 'Call the agency, and write down on the ticket what it says. That ends the alarm.',
  },
  'alarm.received': { id: 'Kejadian dari pusat lain', en: 'Incidents of other centres' },
  'alarm.received.do': {
    id: 'Buka tiketnya, lalu terima atau tolak. Pusat itu masih menunggu.',
    en: 'Open the ticket, and accept or decline. That centre still waits.',
  },
  'alarm.outbox': { id: 'Pesan ke instansi gagal', en: 'Messages to agencies' },
  'alarm.outbox.do': {
    id: 'Lihat sebabnya, perbaiki, lalu kirim ulang. Sementara itu telepon instansi itu.',
    en: 'See why, mend it, and send them again. Call the agency meanwhile.',
  },
  'alarm.sign_in': { id: 'Percobaan masuk', en: 'Sign-in attempts' },
  'alarm.sign_in.do': {
    id: 'Mungkin ada yang menebak kata sandi. Lihat di halaman Audit siapa dan dari mana; yang lupa diberi kata sandi baru.',
    en: 'Somebody may be guessing passwords. See on the audit page who and from where; who has forgotten theirs is given a new one.',
  },
  'alarm.drift': { id: 'Pengawas', en: 'Auditor' },
  'alarm.drift.do': {
    id: 'Tidak ada yang hilang. Jika berulang: periksa beban dan jaringan ke Asterisk.',
    en: 'Nothing is lost. If it comes again: look at the load, and at the network to Asterisk.',
  },
  'alarm.watchdog': { id: 'Penjaga di Asterisk', en: 'Watchdog in Asterisk' },
  'alarm.watchdog.do': {
    id: 'Panggilan aman selama layanan hidup, dan panggilan berikutnya menghidupkannya. Jika tidak: muat cli-sip112.conf.',
    en: 'Calls are safe while the service runs, and the next call starts it. If not: include cli-sip112.conf.',
  },
  'alarm.clocks': { id: 'Jam Asterisk', en: 'Asterisk’s clock' },
  'alarm.clocks.do': {
    id: 'Jalankan chrony atau ntpd di kedua mesin.',
    en: 'Run chrony or ntpd on both machines.',
  },
  'alarm.clock_step': { id: 'Jam mesin', en: 'Clock of the machine' },
  'alarm.clock_step.do': {
    id: 'Waktu panggilan sebelum dan sesudahnya tidak cocok. Cari siapa yang menyetel jam; jalankan chrony.',
    en: 'Times of calls before and after do not match. See who set the clock; run chrony.',
  },
  'alarm.disk': { id: 'Disk', en: 'Disk' },
  'alarm.disk.do': {
    id: 'Kosongkan ruang: rekaman dan log lama dahulu. Bila disk penuh, tiket menunggu di memori.',
    en: 'Free some room: old recordings and logs first. On a full disk tickets wait in memory.',
  },
  'alarm.recording': { id: 'Rekaman', en: 'Recording' },
  'alarm.recording.do': {
    id: 'Panggilan tetap berjalan. Periksa hak tulis dan ruang untuk rekaman, serta log Asterisk.',
    en: 'Calls go on. See whether Asterisk may write recordings and has room for them, and what its log says.',
  },
  'alarm.load': { id: 'Beban mesin', en: 'Load of the machine' },
  'alarm.load.do': {
    id: 'Panggilan terlambat dibagi. Hentikan yang tidak perlu di mesin ini.',
    en: 'Calls are routed late. Stop what does not belong on this machine.',
  },
  'alarm.dns': { id: 'Nama mesin', en: 'Names of machines' },
  'alarm.dns.do': {
    id: 'Tulis alamatnya di /etc/hosts atau di pengaturan.',
    en: 'Write the address into /etc/hosts or into the settings.',
  },
  'alarm.map': { id: 'Peta', en: 'Map' },
  'alarm.map.do': {
    id: 'Petugas melihat kisi polos atau peta sebelumnya. Perbaiki berkas peta; ia dimuat sendiri.',
    en: 'Operators see a plain grid, or the map before. Mend the map file; it is taken up by itself.',
  },
  'alarm.choices': { id: 'Daftar pilihan', en: 'Lists to choose from' },
  'alarm.choices.do': {
    id: 'Petugas memilih dari daftar bawaan. Perbaiki berkasnya, lalu mulai ulang layanan saat sepi.',
    en: 'Operators choose from the lists that come along. Mend the file, then start the service anew in a quiet moment.',
  },
} satisfies Words;
