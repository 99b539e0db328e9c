/** Words of the call-taker's page: the seat, the queue, the call and the phone. */
import type { Words } from '../languages';

export const desk = {
  'desk.own': { id: 'Meja saya', en: 'My seat' },
  'desk.start': { id: 'Mulai bertugas', en: 'Go on duty' },
  'desk.stop': { id: 'Akhiri tugas', en: 'Go off duty' },
  'desk.leave': { id: 'Ganti meja', en: 'Change seat' },
  'desk.pause': { id: 'Jeda', en: 'Pause' },
  'desk.pause.after': { id: 'Jeda sesudah ini', en: 'Pause after this' },
  'desk.pause.why': { id: 'Mengapa jeda?', en: 'Why pause?' },
  'desk.pause.marked': {
    id: 'Jeda sesudah panggilan ini: {reason}',
    en: 'Pause after this call: {reason}',
  },
  'desk.pause.unanswered': { id: 'panggilan tidak dijawab', en: 'a call was not answered' },
  'desk.resume': { id: 'Siap lagi', en: 'Ready again' },
  'desk.off-duty': {
    id: 'Anda belum menerima panggilan.',
    en: 'You get no calls yet.',
  },
  'desk.others': {
    id: '{agent} masih bertugas di meja ini.',
    en: '{agent} is still on duty at this seat.',
  },
  'desk.unregistered': {
    id: 'Telepon meja ini tidak terdaftar di Asterisk, jadi tidak bisa berdering.',
    en: 'The phone of this seat is not registered with Asterisk, so it cannot ring.',
  },
  'desk.unregistered.remedy': {
    id: 'Nyalakan telepon dan periksa kabelnya; bila tetap begitu, hubungi teknisi.',
    en: 'Switch the phone on and check its cable; if it stays so, call the technician.',
  },
  'desk.busy': {
    id: 'Telepon meja ini sedang dipakai untuk panggilan lain.',
    en: 'The phone of this seat is in another call.',
  },
  'desk.until': { id: 'sisa', en: 'left' },

  'queue.title': { id: 'Antrean', en: 'Queue' },
  'queue.none': { id: 'Tidak ada yang menunggu.', en: 'Nobody is waiting.' },
  'queue.longest': { id: 'terlama', en: 'longest' },
  'queue.elsewhere': { id: 'berdering di {seat}', en: 'ringing at {seat}' },
  'queue.priority': { id: 'prioritas', en: 'priority' },

  'call.none': { id: 'Menunggu panggilan', en: 'Waiting for a call' },
  'call.none.ready': {
    id: 'Tiket muncul di sini begitu telepon berdering.',
    en: 'The ticket appears here the moment the phone rings.',
  },
  'call.none.off': {
    id: 'Panggilan datang setelah Anda mulai bertugas.',
    en: 'Calls come once you are on duty.',
  },
  'call.none.unregistered': {
    id: 'Panggilan tidak sampai ke meja ini sampai teleponnya terdaftar lagi.',
    en: 'No call comes to this seat until its phone is registered again.',
  },
  'call.none.paused': {
    id: 'Selama jeda tidak ada panggilan untuk Anda.',
    en: 'While you pause, no call comes to you.',
  },
  'call.anonymous': { id: 'Tanpa nomor', en: 'No number' },
  'call.waited': { id: 'Menunggu', en: 'Waited' },
  'call.position': { id: 'Antrean', en: 'Queue' },
  'call.position.is': { id: 'ke-{position}', en: 'no. {position}' },
  'call.position.direct': { id: 'langsung', en: 'straight here' },
  'call.location': { id: 'Lokasi', en: 'Location' },
  'call.location.none': { id: 'tidak dikirim', en: 'not sent' },
  'call.raw': { id: 'Identitas terkirim', en: 'Identity as sent' },
  'call.ringing': { id: 'Berdering', en: 'Ringing' },
  'call.talking': { id: 'Bicara', en: 'Talking' },
  'call.held': { id: 'Ditahan', en: 'On hold' },
  'call.wrap-up': { id: 'Penyelesaian', en: 'Wrap-up' },
  'call.no-ticket': {
    id: 'Tiket panggilan ini belum dibuat; muncul sendiri.',
    en: 'This call has no ticket yet; it will appear by itself.',
  },
  'call.lift': { id: 'Angkat telepon di meja Anda', en: 'Pick up the phone at your seat' },
  'call.finish': { id: 'Selesai, siap lagi', en: 'Done, ready again' },
  'call.back': { id: 'Kembali ke panggilan', en: 'Back to the call' },
  'call.other': {
    id: 'Ini tiket lain, bukan tiket panggilan Anda.',
    en: 'This is another ticket, not that of your call.',
  },
  'call.to-desk': { id: 'Ke meja', en: 'To the desk' },
  'call.clear': { id: 'Tutup tampilan', en: 'Close' },
  'call.ended-ticket': {
    id: 'Panggilan sudah selesai; tiket masih bisa dilengkapi.',
    en: 'The call is over; the ticket can still be completed.',
  },

  'phone.answer': { id: 'Jawab', en: 'Answer' },
  'phone.hang-up': { id: 'Akhiri', en: 'Hang up' },
  'phone.reject': { id: 'Tolak', en: 'Reject' },
  'phone.hold': { id: 'Tahan', en: 'Hold' },
  'phone.unhold': { id: 'Lanjut bicara', en: 'Resume' },
  'phone.mute': { id: 'Bisukan', en: 'Mute' },
  'phone.unmute': { id: 'Bersuara', en: 'Unmute' },
  'phone.keypad': { id: 'Tombol', en: 'Keypad' },
  'phone.transfer': { id: 'Alihkan', en: 'Transfer' },

  'phone.title': { id: 'Telepon', en: 'Phone' },
  'phone.offline': { id: 'Mati', en: 'Off' },
  'phone.connecting': { id: 'Menyambung', en: 'Connecting' },
  'phone.registered': { id: 'Siap', en: 'Ready' },
  'phone.ringing': { id: 'Berdering', en: 'Ringing' },
  'phone.calling': { id: 'Memanggil', en: 'Calling' },
  'phone.talking': { id: 'Bicara', en: 'Talking' },
  'phone.muted': { id: 'Bisu', en: 'Muted' },
  'phone.held': { id: 'Ditahan', en: 'On hold' },
  'phone.muted.now': { id: 'Pelapor tidak mendengar Anda', en: 'The caller does not hear you' },
  'phone.lost': { id: 'Suara terputus', en: 'Sound lost' },
  'phone.lost.now': {
    id: 'Pelapor segera berdering lagi; jawab panggilannya',
    en: 'The caller will ring again in a moment; answer them',
  },
  'phone.devices': { id: 'Atur perangkat', en: 'Set up devices' },
  'phone.devices.short': { id: 'Atur', en: 'Set up' },
  'phone.microphone': { id: 'Mikrofon', en: 'Microphone' },
  'phone.speaker': { id: 'Suara pelapor', en: 'Caller’s voice' },
  'phone.ringer': { id: 'Nada dering', en: 'Ringing' },
  'phone.usual': { id: 'Pilihan komputer ini', en: 'As this computer has it' },
  'phone.unnamed': { id: 'Perangkat {n}', en: 'Device {n}' },
  'phone.level.microphone': { id: 'Suara Anda', en: 'Your voice' },
  'phone.level.caller': { id: 'Suara pelapor', en: 'Caller’s voice' },
  'phone.silent': {
    id: 'Dering belum terdengar: klik sekali di halaman ini.',
    en: 'Ringing is not heard yet: click once on this page.',
  },
  'phone.microphone-refused': {
    id: 'Peramban tidak boleh memakai mikrofon, jadi tidak ada panggilan untuk Anda.',
    en: 'The browser may not use the microphone, so no call comes to you.',
  },
  'phone.microphone-refused.remedy': {
    id: 'Klik gambar gembok di bilah alamat, izinkan mikrofon, lalu tunggu sebentar.',
    en: 'Click the padlock in the address bar, allow the microphone, then wait a moment.',
  },
  'phone.no-device': {
    id: 'Tidak ada mikrofon, jadi tidak ada panggilan untuk Anda.',
    en: 'There is no microphone, so no call comes to you.',
  },
  'phone.no-device.remedy': {
    id: 'Pasang headset; telepon menyala sendiri.',
    en: 'Plug the headset in; the phone starts by itself.',
  },
  'phone.socket-cut': {
    id: 'Sambungan telepon terputus; disambung lagi sendiri. Percakapan yang sedang berjalan tetap berjalan.',
    en: 'The phone’s line is cut and is tried again by itself. A conversation goes on.',
  },
  'phone.socket-cut.remedy': {
    id: 'Bila tidak pulih dalam satu menit, periksa jaringan.',
    en: 'If it is not back within a minute, check the network.',
  },
  'phone.refused': {
    id: 'Asterisk menolak telepon ini; kata sandi baru diminta.',
    en: 'Asterisk refuses this phone; a new password is asked for.',
  },
  'phone.refused.remedy': {
    id: 'Bila tidak pulih dalam satu menit, hubungi teknisi.',
    en: 'If it is not well within a minute, call the technician.',
  },
  'phone.final': {
    id: 'Telepon ini bukan milik sesi Anda lagi.',
    en: 'This phone is no longer your session’s.',
  },
  'phone.final.remedy': { id: 'Pilih meja lagi.', en: 'Choose the seat again.' },
  'phone.cannot': { id: 'Telepon tidak bisa melakukannya.', en: 'The phone cannot do that.' },
  'phone.cannot.remedy': {
    id: 'Lihat keadaan telepon di sebelah kiri.',
    en: 'See the state of the phone on the left.',
  },
  'phone.away': {
    id: 'Layanan tidak terjangkau; tiket menyusul sendiri setelah tersambung.',
    en: 'The service cannot be reached; the ticket follows by itself once it can.',
  },

  'transfer.title': { id: 'Alihkan panggilan', en: 'Transfer the call' },
  'transfer.to': { id: 'Ke meja atau nomor', en: 'To a seat or a number' },
  'transfer.to.hint': {
    id: 'Ketik nama meja, petugas, atau nomor telepon.',
    en: 'Type a seat, a person or a telephone number.',
  },
  'transfer.nobody': {
    id: 'Tidak ada petugas lain yang bertugas.',
    en: 'Nobody else is on duty.',
  },
  'transfer.none': { id: 'Tidak ada meja yang cocok.', en: 'No seat matches.' },
  'transfer.blind': { id: 'Alihkan langsung', en: 'Transfer now' },
  'transfer.attended': { id: 'Bicara dulu', en: 'Speak first' },
  'transfer.conference': { id: 'Bertiga', en: 'Three of us' },
  'transfer.complete': { id: 'Serahkan panggilan', en: 'Hand the call over' },
  'transfer.cancel': { id: 'Batalkan', en: 'Take back' },
  'transfer.stay': { id: 'Gabungkan', en: 'Bring together' },
  'transfer.leave': { id: 'Tinggalkan percakapan', en: 'Leave the conference' },
  'transfer.consulting': {
    id: 'Anda bicara dengan {party}; pelapor mendengar musik.',
    en: 'You talk with {party}; the caller hears music.',
  },
  'transfer.calling': { id: 'Memanggil {party} …', en: 'Calling {party} …' },
  'transfer.asks': {
    id: '{party} mengajak Anda bicara tentang panggilan ini.',
    en: '{party} wants to speak with you about this call.',
  },
  'transfer.return': { id: 'Kembalikan', en: 'Give back' },
  'transfer.together': { id: 'Bersama {party}', en: 'Together with {party}' },
  'transfer.done': { id: 'Panggilan dialihkan ke {party}.', en: 'Call transferred to {party}.' },

  'keypad.title': { id: 'Tombol nada', en: 'Keypad' },
  'keypad.sent': { id: 'Terkirim', en: 'Sent' },

  'context.title': { id: 'Sekitar panggilan ini', en: 'Around this call' },
  'context.earlier': {
    id: 'Panggilan sebelumnya dari nomor ini',
    en: 'Earlier calls, this number',
  },
  'context.earlier.none': {
    id: 'Belum pernah menelepon.',
    en: 'Has not called before.',
  },
  'context.earlier.anonymous': {
    id: 'Tanpa nomor, jadi riwayat tidak bisa dicari.',
    en: 'Without a number there is no history to look up.',
  },
  'context.nearby': { id: 'Tiket terbuka di waktu yang sama', en: 'Open tickets of this time' },
  'context.nearby.none': { id: 'Tidak ada.', en: 'None.' },
  'context.away': {
    id: 'Riwayat tidak terbaca: {why}',
    en: 'The history cannot be read: {why}',
  },
  'context.answered': { id: 'terjawab', en: 'answered' },
  'context.abandoned': { id: 'ditutup pelapor', en: 'abandoned' },
  'context.lost_by_pbx': { id: 'hilang di PBX', en: 'lost by the PBX' },
  'context.live': { id: 'sedang berjalan', en: 'in progress' },

  'mine.title': { id: 'Panggilan terakhir di meja ini', en: 'Last calls at this seat' },
  'mine.none': { id: 'Belum ada panggilan.', en: 'No calls yet.' },
  'mine.unsaved': { id: 'Isian belum tersimpan', en: 'Not saved yet' },

  'tab.elsewhere': {
    id: 'Meja ini terbuka di tab lain peramban ini',
    en: 'The desk is open in another tab of this browser',
  },
  'tab.why': {
    id: 'Hanya satu tab yang menerima panggilan dan menyimpan isian, supaya tidak saling menimpa.',
    en: 'Only one tab takes calls and saves what is written, so that two do not overwrite each other.',
  },
  'tab.take': { id: 'Pakai di sini', en: 'Use it here' },

  'keys.primary': {
    id: 'Tindakan utama: mulai, jawab, selesai',
    en: 'Primary action: start, answer, finish',
  },
  'keys.desk': { id: 'Ke meja, bila berdering', en: 'To the desk, when it rings' },
  'keys.pause': { id: 'Jeda', en: 'Pause' },
  'keys.hold': { id: 'Tahan atau lanjut bicara', en: 'Hold or resume' },
  'keys.mute': { id: 'Bisukan atau bersuara', en: 'Mute or unmute' },
  'keys.transfer': { id: 'Alihkan', en: 'Transfer' },
  'keys.hang-up': { id: 'Akhiri panggilan', en: 'Hang up' },
  'keys.keypad': { id: 'Tombol nada', en: 'Keypad' },
  'keys.narrative': { id: 'Ke kronologi', en: 'To the narrative' },
  'keys.type': { id: 'Ke jenis kejadian', en: 'To the incident type' },
  'keys.address': { id: 'Ke alamat', en: 'To the address' },
} satisfies Words;
