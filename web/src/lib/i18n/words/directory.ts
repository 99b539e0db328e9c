/** Words of the page where agencies, incident types and areas are edited. */
import type { Words } from '../languages';

export const directory = {
  'directory.parts': { id: 'Bagian direktori', en: 'Parts of the directory' },
  'directory.agencies': { id: 'Instansi', en: 'Agencies' },
  'directory.incident-types': { id: 'Jenis kejadian', en: 'Incident types' },
  'directory.areas': { id: 'Wilayah', en: 'Areas' },
  'directory.search': { id: 'Cari nama atau kode', en: 'Search by name or code' },
  'directory.none-found': { id: 'Tidak ada yang cocok.', en: 'Nothing fits.' },
  'directory.none-chosen.read': {
    id: 'Pilih satu untuk melihat semuanya.',
    en: 'Choose one to see all of it.',
  },
  'directory.unread': { id: 'Belum terbaca: {why}', en: 'Cannot be read yet: {why}' },
  'directory.unsaved': { id: 'Belum disimpan', en: 'Not saved' },
  'directory.unsaved.kept': {
    id: 'Belum disimpan; isian tetap ada di komputer ini.',
    en: 'Not saved; kept on this computer.',
  },
  'directory.saved': { id: '{code} disimpan.', en: '{code} is saved.' },
  'directory.drop': { id: 'Buang perubahan', en: 'Drop the changes' },
  'directory.go-on': { id: 'Lanjutkan isian baru', en: 'Go on with the new one' },
  'directory.add.do': { id: 'Tambah', en: 'Add' },
  'directory.nothing': { id: 'tidak ada', en: 'nothing' },
  'directory.points': { id: '{n} titik', en: '{n} point|{n} points' },
  'directory.gone': {
    id: 'Entri ini sudah dihapus orang lain. Salin yang masih perlu, lalu buang perubahan Anda.',
    en: 'Somebody else has removed this entry. Copy what is still needed, then drop your changes.',
  },
  'directory.refused': {
    id: 'Ditolak: direktori tidak akan bisa dipakai',
    en: 'Refused: the directory could not be used',
  },

  'directory.agency': { id: 'Instansi', en: 'Agency' },
  'directory.agency.one': { id: 'Data instansi', en: 'Details' },
  'directory.agency.new': { id: 'Instansi baru', en: 'New agency' },
  'directory.agency.add': { id: 'Tambah instansi', en: 'Add an agency' },
  'directory.agency.none-chosen': {
    id: 'Pilih instansi untuk mengubahnya, atau tambahkan yang baru.',
    en: 'Choose an agency to change, or add one.',
  },
  'directory.name.id': { id: 'Nama (Indonesia)', en: 'Name (Indonesian)' },
  'directory.name.en': { id: 'Nama (Inggris)', en: 'Name (English)' },
  'directory.code': { id: 'Kode', en: 'Code' },
  'directory.code.hint': { id: 'Tidak bisa diganti.', en: 'It stays for ever.' },
  'directory.kind': { id: 'Macam', en: 'Kind' },
  'directory.area': { id: 'Wilayah kerja', en: 'Acts in' },
  'directory.area.everywhere': { id: 'Di mana saja', en: 'Everywhere' },
  'directory.state': { id: 'Status', en: 'State' },
  'directory.active': { id: 'Aktif', en: 'Active' },
  'directory.inactive': { id: 'Nonaktif', en: 'Inactive' },

  'directory.channels': { id: 'Saluran, menurut urutan', en: 'Channels, in order' },
  'directory.channels.short': { id: 'Saluran', en: 'Channels' },
  'directory.channels.hint': {
    id: 'Dicoba dari atas; bila tidak dijawab, berlanjut ke bawah.',
    en: 'Tried from the top; without an answer the next one follows.',
  },
  'directory.channels.none': { id: 'Belum ada saluran.', en: 'No channel yet.' },
  'directory.channels.add': { id: 'Tambah saluran', en: 'Add a channel' },
  'directory.channel': { id: 'Saluran', en: 'Channel' },
  'directory.channel.kind': { id: 'Macam saluran {n}', en: 'Kind of channel {n}' },
  'directory.channel.address': { id: 'Alamat saluran {n}', en: 'Address of channel {n}' },
  'directory.channel.of-contacts': {
    id: 'kosong: lewat kontak saja',
    en: 'empty: its contacts alone',
  },
  'directory.channel.account': {
    id: 'Petugas instansi masuk sendiri; tanpa alamat.',
    en: 'Its own people sign in; no address.',
  },
  'directory.way.webhook': { id: 'Webhook (EIDO)', en: 'Webhook (EIDO)' },
  'directory.way.cap': { id: 'CAP 1.2', en: 'CAP 1.2' },
  'directory.way.voice': { id: 'Telepon', en: 'Telephone' },
  'directory.way.sms': { id: 'SMS', en: 'SMS' },
  'directory.way.whatsapp': { id: 'WhatsApp', en: 'WhatsApp' },
  'directory.way.telegram': { id: 'Telegram', en: 'Telegram' },
  'directory.way.email': { id: 'E-mail', en: 'E-mail' },
  'directory.way.account': { id: 'Halaman instansi', en: 'Agency page' },
  'directory.way.relay': { id: 'Relai teks', en: 'Text relay' },

  'directory.contacts': { id: 'Kontak, menurut urutan', en: 'Contacts, in order' },
  'directory.contacts.hint': {
    id: 'Di tiap saluran, setelah alamat instansi sendiri.',
    en: 'By each channel, after the address of the agency itself.',
  },
  'directory.contacts.none': { id: 'Belum ada kontak.', en: 'No contact yet.' },
  'directory.contacts.add': { id: 'Tambah kontak', en: 'Add a contact' },
  'directory.contact': { id: 'Kontak', en: 'Contact' },
  'directory.contact.name': { id: 'Nama', en: 'Name' },

  'directory.ladder': { id: 'Urutan pemberitahuan', en: 'How it is told, in order' },
  'directory.ladder.none': {
    id: 'Tidak terjangkau: belum ada saluran dengan alamat',
    en: 'Not to be reached: no channel with an address',
  },
  'directory.by-hand': { id: 'oleh petugas', en: 'by a person' },

  'directory.hours': { id: 'Jam kerja', en: 'Hours' },
  'directory.hours.always': { id: 'Selalu', en: 'Always' },
  'directory.hours.some': { id: 'Jam tertentu', en: 'By the hours' },
  'directory.hours.closed': { id: 'tutup', en: 'closed' },
  'directory.hours.how': {
    id: 'Contoh: 08:00–12:00, 13:00–16:00. Malam: 20:00–06:00.',
    en: 'Such as 08:00–12:00, 13:00–16:00. A night: 20:00–06:00.',
  },
  'directory.hours.like-monday': { id: 'Selasa–Jumat seperti Senin', en: 'Tue–Fri as Monday' },
  'directory.day.monday': { id: 'Senin', en: 'Monday' },
  'directory.day.tuesday': { id: 'Selasa', en: 'Tuesday' },
  'directory.day.wednesday': { id: 'Rabu', en: 'Wednesday' },
  'directory.day.thursday': { id: 'Kamis', en: 'Thursday' },
  'directory.day.friday': { id: 'Jumat', en: 'Friday' },
  'directory.day.saturday': { id: 'Sabtu', en: 'Saturday' },
  'directory.day.sunday': { id: 'Minggu', en: 'Sunday' },

  'directory.up': { id: 'Naikkan {what}', en: 'Move {what} up' },
  'directory.up.short': { id: 'Naikkan', en: 'Up' },
  'directory.down': { id: 'Turunkan {what}', en: 'Move {what} down' },
  'directory.down.short': { id: 'Turunkan', en: 'Down' },
  'directory.take-away': { id: 'Hapus {what}', en: 'Remove {what}' },
  'directory.take-away.short': { id: 'Hapus', en: 'Remove' },
  'directory.moved': { id: '{what}: sekarang {n} dari {of}', en: '{what}: now {n} of {of}' },

  'directory.secret': { id: 'Rahasia baru', en: 'New secret' },
  'directory.secret.ask': {
    id: 'Buat rahasia baru untuk {agency}? Yang lama langsung tidak berlaku: sistem mereka menolak pesan sampai yang baru dipasang.',
    en: 'Make a new secret for {agency}? The old one is good no more: their system refuses messages until the new one is put in.',
  },
  'directory.secret.do': { id: 'Buat', en: 'Make it' },
  'directory.secret.title': { id: 'Rahasia {agency}', en: 'Secret of {agency}' },
  'directory.secret.once': {
    id: 'Hanya ditampilkan sekali ini. Sampaikan lewat jalur aman kepada pengelola sistem instansi.',
    en: 'It is shown this once. Give it, by a safe way, to whoever runs the agency’s system.',
  },
  'directory.secret.label': { id: 'Rahasia tanda tangan', en: 'Signing secret' },

  'directory.type.one': { id: 'Data jenis kejadian', en: 'Details' },
  'directory.type.new': { id: 'Jenis kejadian baru', en: 'New incident type' },
  'directory.type.add': { id: 'Tambah jenis', en: 'Add a type' },
  'directory.type.none-chosen': {
    id: 'Pilih jenis kejadian untuk mengubahnya, atau tambahkan yang baru.',
    en: 'Choose an incident type to change, or add one.',
  },
  'directory.type.below': {
    id: '{n} jenis di bawah {name}',
    en: '{n} type below {name}|{n} types below {name}',
  },
  'directory.type.remove.ask': {
    id: 'Jenis ini tidak ditawarkan lagi. Tiket yang sudah memakainya tetap menyebutnya.',
    en: 'It is offered no more. Tickets that say it go on saying it.',
  },
  'directory.parent': { id: 'Bagian dari', en: 'Belongs to' },
  'directory.parent.is-one': {
    id: 'Tetap di atas: {n} jenis ada di bawahnya.',
    en: 'It stays on top: {n} type belongs to it.|It stays on top: {n} types belong to it.',
  },
  'directory.severity': { id: 'Tingkat', en: 'Severity' },
  'directory.severity.hint': {
    id: 'Diusulkan begitu jenisnya dipilih.',
    en: 'Proposed as the type is chosen.',
  },

  'directory.plan': { id: 'Rencana penanganan', en: 'Response plan' },
  'directory.plan.none': { id: 'Belum ada rencana', en: 'No plan' },
  'directory.plan.own': { id: 'Rencana sendiri', en: 'A plan of its own' },
  'directory.plan.says': { id: 'Induknya: {plan}', en: 'Its parent says: {plan}' },
  'directory.plan.needs': { id: 'Yang diperlukan, menurut urutan', en: 'Who is needed, in order' },
  'directory.plan.entry': { id: 'Keperluan', en: 'Need' },
  'directory.plan.whom': { id: 'Siapa yang diperlukan {n}', en: 'Who is needed {n}' },
  'directory.plan.kinds': {
    id: 'Siapa pun yang bertugas di sana',
    en: 'Whoever of its kind acts there',
  },
  'directory.plan.agencies': { id: 'Tepat instansi ini', en: 'This agency' },
  'directory.plan.add': { id: 'Tambah keperluan', en: 'Add a need' },
  'directory.plan.nobody.hint': {
    id: 'Tidak ada yang perlu: tiket seperti ini tidak diteruskan.',
    en: 'Nobody: such a ticket is passed on to none.',
  },

  'directory.doubt.unreachable': {
    id: 'Aktif, tetapi tanpa saluran yang punya alamat.',
    en: 'It is active, and no channel has an address.',
  },
  'directory.doubt.unreachable.short': { id: 'Tanpa alamat', en: 'No address' },
  'directory.doubt.no-plan': {
    id: 'Tanpa rencana: tidak ada instansi yang diusulkan.',
    en: 'No plan: no agency is proposed.',
  },
  'directory.doubt.no-plan.short': { id: 'Tanpa rencana', en: 'No plan' },
  'directory.doubt.kind': {
    id: 'Tidak ada instansi aktif: {kind}',
    en: 'No active agency: {kind}',
  },
  'directory.doubt.kind.short': { id: 'Instansi kurang', en: 'Agency missing' },
  'directory.doubt.inactive': { id: '{agency} tidak aktif', en: '{agency} is not active' },
  'directory.doubt.inactive.short': { id: 'Instansi nonaktif', en: 'Agency inactive' },

  'directory.remove': { id: 'Hapus', en: 'Remove' },
  'directory.remove.title': { id: 'Hapus {name}?', en: 'Remove {name}?' },
  'directory.remove.do': { id: 'Hapus', en: 'Remove' },
  'directory.removed': { id: '{code} dihapus.', en: '{code} is removed.' },

  'directory.severity.none': { id: 'Tidak diusulkan', en: 'None proposed' },
  'directory.parent.none': { id: 'Tidak ada', en: 'None' },
  'directory.plan.inherited': { id: 'Seperti induknya', en: 'As its parent' },
  'directory.plan.nobody': { id: 'Tidak ada yang perlu', en: 'Nobody' },

  'directory.field.name': { id: 'nama', en: 'name' },
  'directory.field.kind': { id: 'macam', en: 'kind' },
  'directory.field.area': { id: 'wilayah kerja', en: 'where it acts' },
  'directory.field.hours': { id: 'jam kerja', en: 'hours' },
  'directory.field.contacts': { id: 'kontak', en: 'contacts' },
  'directory.field.channels': { id: 'saluran', en: 'channels' },
  'directory.field.active': { id: 'status', en: 'state' },
  'directory.field.parent': { id: 'induk', en: 'parent' },
  'directory.field.severity': { id: 'tingkat', en: 'severity' },
  'directory.field.plan': { id: 'rencana', en: 'plan' },
  'directory.field.geometry': { id: 'batas', en: 'border' },

  'directory.wrong.name': { id: 'Isi nama.', en: 'Fill in a name.' },
  'directory.wrong.code': {
    id: 'Mulai dengan huruf kecil atau angka; lalu huruf kecil, angka, _ atau -.',
    en: 'Begin with a small letter or digit; then small letters, digits, _ or -.',
  },
  'directory.wrong.code.exists': {
    id: 'Kode ini sudah ada. Pilih yang lain.',
    en: 'This code is there already. Choose another one.',
  },
  'directory.wrong.empty': { id: 'Isi, atau hapus.', en: 'Fill it in, or remove it.' },
  'directory.wrong.contact.empty': {
    id: 'Isi sedikitnya satu nomor atau alamat.',
    en: 'Fill in one number or address at least.',
  },
  'directory.wrong.channel.empty': {
    id: 'Isi alamatnya, atau isi di salah satu kontak.',
    en: 'Fill in its address, or that of a contact.',
  },
  'directory.wrong.url': {
    id: 'Tulis URL lengkap, misalnya https://damkar.example.org/sip112.',
    en: 'Write all of the URL, such as https://damkar.example.org/sip112.',
  },
  'directory.wrong.voice': {
    id: 'Hanya angka, *, # dan +, misalnya 113.',
    en: 'Digits, *, # and + alone, such as 113.',
  },
  'directory.wrong.sms': {
    id: 'Hanya angka, misalnya 08125550123.',
    en: 'Digits alone, such as 08125550123.',
  },
  'directory.wrong.whatsapp': {
    id: 'Dengan kode negara, misalnya +628125550123.',
    en: 'With its country, such as +628125550123.',
  },
  'directory.wrong.email': {
    id: 'Misalnya piket@damkar.example.org.',
    en: 'Such as piket@damkar.example.org.',
  },
  'directory.wrong.telegram': {
    id: 'Nomor chat, misalnya -1001234567890, atau @nama kanal.',
    en: 'The number of a chat, such as -1001234567890, or @name of a channel.',
  },
  'directory.wrong.hours': {
    id: 'Tulis misalnya 08:00–12:00, 13:00–16:00.',
    en: 'Write it such as 08:00–12:00, 13:00–16:00.',
  },
} satisfies Words;
