/**
 * What can go wrong, by the name that the service gives it, in words for whoever works here.
 *
 * What has no words here is said in the service's own, which are English.
 */
import type { Words } from '../languages';

export const problems = {
  'problem.seat-taken': {
    id: 'Petugas lain masih bertugas di meja ini.',
    en: 'Another agent is still on duty at this seat.',
  },
  'problem.seat-taken.remedy': {
    id: 'Pilih meja lain, atau minta supervisor mengakhiri tugasnya.',
    en: 'Take another seat, or ask a supervisor to log that agent out.',
  },
  'problem.agent-elsewhere': {
    id: 'Anda masih bertugas di meja lain.',
    en: 'You are still on duty at another seat.',
  },
  'problem.agent-elsewhere.remedy': {
    id: 'Akhiri tugas di meja itu dulu, atau minta supervisor melakukannya.',
    en: 'Go off duty there first, or ask a supervisor to do it.',
  },
  'problem.off-duty': {
    id: 'Tidak ada yang bertugas di meja ini.',
    en: 'Nobody is on duty at this seat.',
  },
  'problem.off-duty.remedy': { id: 'Mulai bertugas dulu.', en: 'Go on duty first.' },
  'problem.in-call': { id: 'Meja ini masih dalam panggilan.', en: 'This seat still has a call.' },
  'problem.in-call.remedy': {
    id: 'Coba lagi setelah panggilan selesai.',
    en: 'Try again when the call is over.',
  },
  'problem.changing': {
    id: 'Perubahan sebelumnya masih berjalan.',
    en: 'The change before is still on its way.',
  },
  'problem.changing.remedy': { id: 'Coba lagi sebentar lagi.', en: 'Try again in a moment.' },
  'problem.not-wrapping-up': {
    id: 'Penyelesaian sudah berakhir.',
    en: 'Wrap-up is already over.',
  },
  'problem.not-wrapping-up.remedy': {
    id: 'Tidak perlu berbuat apa-apa.',
    en: 'Nothing needs to be done.',
  },
  'problem.not-paused': { id: 'Meja ini tidak sedang jeda.', en: 'This seat is not paused.' },
  'problem.not-paused.remedy': {
    id: 'Tidak perlu berbuat apa-apa.',
    en: 'Nothing needs to be done.',
  },
  'problem.unknown-seat': { id: 'Meja itu tidak ada.', en: 'There is no such seat.' },
  'problem.unknown-seat.remedy': {
    id: 'Pilih meja lain; daftar meja ada di pengaturan layanan.',
    en: 'Choose another one; the service’s settings list them.',
  },
  'problem.unknown-call': { id: 'Panggilan itu sudah tidak ada.', en: 'That call is over.' },
  'problem.unknown-call.remedy': {
    id: 'Tidak perlu berbuat apa-apa.',
    en: 'Nothing needs to be done.',
  },
  'problem.not-your-ticket': {
    id: 'Tiket ini bukan tiket Anda, jadi Anda tidak dapat menyerahkannya.',
    en: 'This ticket is not yours to give away.',
  },
  'problem.not-your-ticket.remedy': {
    id: 'Ambil alih dulu, atau minta supervisor.',
    en: 'Take it over first, or ask a supervisor.',
  },
  'problem.ticket-closed': { id: 'Tiket ini sudah ditutup.', en: 'This ticket is closed.' },
  'problem.ticket-closed.remedy': { id: 'Buka lagi dulu.', en: 'Open it again first.' },
  'problem.ticket-merged': {
    id: 'Tiket ini laporan ganda: kejadiannya berjalan di tiket lain.',
    en: 'This ticket is a duplicate: its incident goes on under another.',
  },
  'problem.ticket-merged.remedy': {
    id: 'Teruskan tiket yang satunya, atau pisahkan dulu.',
    en: 'Hand that one off, or split this one off first.',
  },
  'problem.duplicate-already': {
    id: 'Tiket ini sudah laporan ganda dari tiket lain.',
    en: 'This ticket is a duplicate of another one already.',
  },
  'problem.duplicate-already.remedy': {
    id: 'Bila salah, pisahkan dulu.',
    en: 'If that is wrong, split it off first.',
  },
  'problem.duplicate-of-this': {
    id: 'Tiket itu sudah laporan ganda dari tiket ini.',
    en: 'That ticket is a duplicate of this one.',
  },
  'problem.duplicate-of-this.remedy': {
    id: 'Bila terbalik, pisahkan dulu.',
    en: 'If it is the other way round, split it off first.',
  },
  'problem.same-ticket': { id: 'Itu tiket ini sendiri.', en: 'That is this very ticket.' },
  'problem.same-ticket.remedy': { id: 'Tulis nomor lain.', en: 'Write another number.' },
  'problem.unknown-other-ticket': {
    id: 'Tidak ada tiket dengan nomor itu.',
    en: 'There is no ticket of that number.',
  },
  'problem.unknown-other-ticket.remedy': {
    id: 'Tulis lengkap, seperti PKY-20261122-0042.',
    en: 'Write all of it, such as PKY-20261122-0042.',
  },
  'problem.ticket-changed': {
    id: 'Tiket ini baru saja diubah atau dipegang orang lain.',
    en: 'Somebody else has just changed this ticket, or has it now.',
  },
  'problem.ticket-changed.remedy': {
    id: 'Lihat pemegangnya sekarang, lalu coba lagi bila masih perlu.',
    en: 'See whose it is now, and try again if it is still needed.',
  },
  'problem.handed-off-already': {
    id: 'Instansi itu sudah menerima tiket ini.',
    en: 'That agency has this ticket already.',
  },
  'problem.handed-off-already.remedy': {
    id: 'Ikuti penerusan yang ada, atau batalkan dulu.',
    en: 'Follow that handoff, or cancel it first.',
  },
  'problem.unknown-agency': {
    id: 'Instansi itu tidak ada, atau tidak aktif.',
    en: 'There is no such agency, or it is not active.',
  },
  'problem.unknown-agency.remedy': {
    id: 'Pilih instansi lain dari daftar.',
    en: 'Choose another one from the list.',
  },
  'problem.only-referred-to': {
    id: 'Itu layanan nondarurat: penelepon dirujuk, tidak ada yang diteruskan.',
    en: 'That is a service: callers are referred to it, nothing is handed off.',
  },
  'problem.only-referred-to.remedy': {
    id: 'Pakai Rujuk di panel Penerusan.',
    en: 'Use Refer in the Handoff panel.',
  },
  'problem.not-referred-to': {
    id: 'Itu bukan layanan nondarurat: instansi itu menangani kejadian.',
    en: 'That is no service: the agency acts on incidents.',
  },
  'problem.not-referred-to.remedy': {
    id: 'Teruskan tiketnya ke instansi itu.',
    en: 'Hand the ticket to it.',
  },
  'problem.nothing-to-tell': {
    id: 'Layanan itu tidak punya nomor atau alamat sendiri.',
    en: 'That service has no number or address of its own.',
  },
  'problem.nothing-to-tell.remedy': {
    id: 'Lengkapi di direktori, atau pilih layanan lain.',
    en: 'Complete it in the directory, or choose another one.',
  },
  'problem.no-mobile-number': {
    id: 'Nomor penelepon tidak diketahui, atau tidak bisa menerima SMS.',
    en: 'The caller’s number is not known, or takes no SMS.',
  },
  'problem.no-mobile-number.remedy': {
    id: 'Sampaikan lisan, lalu pilih Lisan.',
    en: 'Tell the caller, and choose Spoken.',
  },
  'problem.nothing-set': {
    id: 'Pusat ini belum bisa mengirim SMS.',
    en: 'This centre cannot send SMS yet.',
  },
  'problem.nothing-set.remedy': {
    id: 'Sampaikan lisan, lalu pilih Lisan; administrator bisa mengatur SMS.',
    en: 'Tell the caller, and choose Spoken; the administrator can set up SMS.',
  },
  'problem.illegal-step': {
    id: 'Penerusan ini sudah melewati langkah itu, atau sudah berakhir.',
    en: 'This handoff is past that step, or has ended.',
  },
  'problem.illegal-step.remedy': {
    id: 'Lihat langkahnya sekarang, lalu catat yang berikut.',
    en: 'See the step that it is at now, and record what follows.',
  },
  'problem.reason-needed': {
    id: 'Menolak atau membatalkan perlu alasan.',
    en: 'To decline or to cancel needs a reason.',
  },
  'problem.reason-needed.remedy': { id: 'Tulis alasannya.', en: 'Say why.' },
  'problem.unknown-handoff': {
    id: 'Penerusan itu tidak ada di pusat ini.',
    en: 'There is no such handoff at this centre.',
  },
  'problem.unknown-handoff.remedy': { id: 'Muat ulang halaman.', en: 'Reload the page.' },
  'problem.idempotency-key-reused': {
    id: 'Permintaan ini berbeda dari yang sudah dikirim.',
    en: 'This request differs from the one that was sent.',
  },
  'problem.idempotency-key-reused.remedy': {
    id: 'Lihat siapa yang sudah menerima tiket, lalu teruskan lagi.',
    en: 'See who has the ticket, and hand it off again.',
  },
  'problem.cannot-be-assigned': {
    id: 'Petugas itu tidak dapat memegang tiket di pusat ini.',
    en: 'That person cannot have tickets at this centre.',
  },
  'problem.cannot-be-assigned.remedy': {
    id: 'Pilih petugas lain dari daftar.',
    en: 'Choose somebody else from the list.',
  },
  'problem.unknown-ticket': {
    id: 'Tiket itu belum tersimpan di layanan.',
    en: 'The service does not have that ticket yet.',
  },
  'problem.unknown-ticket.remedy': {
    id: 'Tulis saja; isian dikirim begitu tiketnya ada.',
    en: 'Write on; it is sent as soon as the ticket is there.',
  },
  'problem.pbx-unreachable': {
    id: 'Asterisk tidak terjangkau oleh layanan.',
    en: 'The service cannot reach Asterisk.',
  },
  'problem.pbx-unreachable.remedy': {
    id: 'Coba lagi sebentar lagi; bila tetap begitu, hubungi teknisi.',
    en: 'Try again in a moment; if it stays so, call the technician.',
  },
  'problem.pbx-refused': { id: 'Asterisk menolak perintah ini.', en: 'Asterisk refused this.' },
  'problem.pbx-refused.remedy': {
    id: 'Coba lagi sebentar lagi; bila tetap begitu, hubungi teknisi.',
    en: 'Try again in a moment; if it stays so, call the technician.',
  },
  'problem.pbx-timeout': {
    id: 'Asterisk belum menjawab perintah ini.',
    en: 'Asterisk has not confirmed this in time.',
  },
  'problem.pbx-timeout.remedy': {
    id: 'Lihat dulu apakah sudah terjadi, lalu coba lagi.',
    en: 'See whether it happened, then try again.',
  },
  'problem.store-unavailable': {
    id: 'Basis data tidak terjangkau. Panggilan tetap berjalan.',
    en: 'The database cannot be reached. Calls go on.',
  },
  'problem.store-unavailable.remedy': {
    id: 'Tulis saja; isian disimpan di komputer ini dan dikirim sendiri. Beri tahu teknisi.',
    en: 'Write on; it is kept on this computer and sent by itself. Tell the technician.',
  },
  'problem.missing-scope': {
    id: 'Peran Anda tidak boleh melakukan ini.',
    en: 'Your role may not do this.',
  },
  'problem.missing-scope.remedy': {
    id: 'Minta supervisor melakukannya, atau minta administrator mengubah peran Anda.',
    en: 'Ask a supervisor to do it, or an administrator to change your role.',
  },
  'problem.not-your-seat': {
    id: 'Anda tidak duduk di meja itu.',
    en: 'You do not sit at that seat.',
  },
  'problem.not-your-seat.remedy': {
    id: 'Pilih meja Anda dulu.',
    en: 'Choose your seat first.',
  },
  'problem.too-large': { id: 'Isian terlalu besar.', en: 'That is too large.' },
  'problem.too-large.remedy': {
    id: 'Ringkas isiannya; teks tetap di sini.',
    en: 'Shorten it; the text stays here.',
  },
  'problem.wrong-csrf': {
    id: 'Halaman ini lebih lama daripada sesi Anda.',
    en: 'This page is older than your session.',
  },
  'problem.wrong-csrf.remedy': { id: 'Muat ulang halaman.', en: 'Reload the page.' },
  'problem.wrong-password': {
    id: 'Kata sandi sekarang salah.',
    en: 'The current password is wrong.',
  },
  'problem.wrong-password.remedy': { id: 'Ketik sekali lagi.', en: 'Type it again.' },
  'problem.weak-password': {
    id: 'Kata sandi baru terlalu mudah ditebak.',
    en: 'The new password is too easy to guess.',
  },
  'problem.weak-password.remedy': {
    id: 'Pakai sedikitnya 10 huruf yang beragam, tanpa nama Anda.',
    en: 'Use at least 10 characters, several kinds of them, and not your name.',
  },
  'problem.no-originate': {
    id: 'Pusat ini belum bisa mengalihkan panggilan.',
    en: 'This centre cannot steer calls yet.',
  },
  'problem.no-originate.remedy': {
    id: 'Beri tahu administrator: pengguna AMI sip112-desk belum diatur.',
    en: 'Tell the administrator: the AMI user sip112-desk is not set up.',
  },
  'problem.not-in-call': {
    id: 'Meja Anda tidak ikut dalam panggilan itu.',
    en: 'Your seat does not take part in that call.',
  },
  'problem.not-in-call.remedy': {
    id: 'Tidak perlu berbuat apa-apa.',
    en: 'Nothing needs to be done.',
  },
  'problem.transferring': {
    id: 'Sudah ada yang dipanggil untuk panggilan ini.',
    en: 'Somebody is being called to this call already.',
  },
  'problem.transferring.remedy': {
    id: 'Serahkan atau batalkan itu dulu.',
    en: 'Complete that or take it back first.',
  },
  'problem.not-transferring': {
    id: 'Tidak ada lagi yang dipanggil; mungkin sudah menutup.',
    en: 'Nobody is being called any more; they may have hung up.',
  },
  'problem.not-transferring.remedy': {
    id: 'Alihkan sekali lagi bila perlu.',
    en: 'Transfer once more if need be.',
  },
  'problem.not-answered': {
    id: 'Yang dipanggil belum menjawab.',
    en: 'Whoever is called has not answered yet.',
  },
  'problem.not-answered.remedy': {
    id: 'Tunggu sampai dijawab, atau batalkan.',
    en: 'Wait until they have, or take it back.',
  },
  'problem.target-busy': {
    id: 'Meja itu sedang tidak bisa dipanggil.',
    en: 'That seat cannot be called now.',
  },
  'problem.target-busy.remedy': {
    id: 'Pilih meja lain yang bertugas dan teleponnya bebas.',
    en: 'Choose one where somebody is on duty and whose phone is free.',
  },
  'problem.alone': {
    id: 'Pelapor akan sendirian: tidak ada orang lain di percakapan ini.',
    en: 'The caller would be alone: nobody else is in this call.',
  },
  'problem.alone.remedy': {
    id: 'Alihkan panggilan, atau akhiri.',
    en: 'Transfer the call, or hang up.',
  },
  'problem.inactive-person': {
    id: 'Petugas nonaktif tidak butuh kata sandi baru.',
    en: 'Somebody inactive has no use for a new password.',
  },
  'problem.inactive-person.remedy': { id: 'Aktifkan dulu.', en: 'Activate the person first.' },
  'problem.last-administrator': {
    id: 'Ini administrator aktif terakhir.',
    en: 'This is the last active administrator.',
  },
  'problem.last-administrator.remedy': {
    id: 'Jadikan orang lain administrator dulu.',
    en: 'Make somebody else one first.',
  },
  'problem.unknown-person': {
    id: 'Petugas itu tidak ada di pusat Anda.',
    en: 'There is no such person at your centres.',
  },
  'problem.unknown-person.remedy': { id: 'Muat ulang halaman.', en: 'Reload the page.' },
  'problem.internal': { id: 'Ada kesalahan di dalam layanan.', en: 'The service has a fault.' },
  'problem.internal.remedy': {
    id: 'Coba lagi; bila terulang, beri tahu administrator.',
    en: 'Try again; if it happens again, tell the administrator.',
  },
} satisfies Words;
