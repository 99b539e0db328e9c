/** Words of referring callers to services, since theirs is no emergency. */
import type { Words } from '../languages';

export const referral = {
  'referral.do': { id: 'Rujuk', en: 'Refer' },
  'referral.title': { id: 'Rujuk penelepon ke layanan lain', en: 'Refer the caller to a service' },
  'referral.hint': {
    id: 'Bukan darurat: penelepon diberi tahu ke mana, layanan itu sendiri tidak diberi tahu.',
    en: 'No emergency: the caller is told whom to turn to; the service itself hears nothing.',
  },
  'referral.service': { id: 'Layanan', en: 'Service' },
  'referral.service.none': { id: 'Tidak ada di daftar layanan.', en: 'Not among the services.' },
  'referral.spoken': { id: 'Lisan', en: 'Spoken' },
  'referral.sms': { id: 'SMS', en: 'SMS' },
  'referral.spoken.of': { id: 'Rujuk lisan: {service}', en: 'Spoken referral: {service}' },
  'referral.sms.of': { id: 'Rujuk lewat SMS: {service}', en: 'Refer by SMS: {service}' },
  'referral.tell': { id: 'Sebutkan: {address}', en: 'Say: {address}' },
  'referral.no-address': {
    id: 'Layanan ini tidak punya nomor atau alamat. Lengkapi dulu di direktori.',
    en: 'This service has no number or address. Complete it in the directory first.',
  },
  'referral.done.spoken': {
    id: 'Tiket {number}: penelepon dirujuk ke {service}.',
    en: 'Ticket {number}: the caller was referred to {service}.',
  },
  'referral.done.sms': {
    id: 'Tiket {number}: SMS tentang {service} sedang dikirim.',
    en: 'Ticket {number}: an SMS about {service} is on its way.',
  },
  'referral.disposition': {
    id: 'Hasil tiket {number} tetap “{disposition}”.',
    en: 'The disposition of ticket {number} stays “{disposition}”.',
  },
  'referral.disposition.remedy': {
    id: 'Ubah sendiri bila seharusnya dirujuk.',
    en: 'Change it yourself if it should say referred.',
  },
  'referral.queued': { id: 'SMS dikirim', en: 'Sending SMS' },
  'referral.completed': { id: 'Dirujuk', en: 'Referred' },
  'referral.cancelled': { id: 'Rujukan batal', en: 'Withdrawn' },
  'referral.alarm': { id: 'SMS gagal', en: 'SMS failed' },
  'referral.alarm.do': {
    id: 'SMS tidak terkirim. Telepon balik dan sampaikan lisan, lalu catat.',
    en: 'The SMS did not leave. Call the caller back and tell them, then record it.',
  },
  'referral.by.spoken': { id: 'lisan, oleh {by}', en: 'spoken, by {by}' },
  'referral.by.sms': { id: 'lewat SMS, oleh {by}', en: 'by SMS, by {by}' },
  'referral.record.title': { id: 'Rujukan ke {agency}', en: 'Referral to {agency}' },
  'referral.record.told': { id: 'Sudah disampaikan lisan', en: 'The caller was told by voice' },
  'referral.record.cancel': { id: 'Batalkan rujukan', en: 'Withdraw the referral' },
  'referral.plan.only': {
    id: 'Bukan darurat: tidak perlu diteruskan, cukup dirujuk.',
    en: 'No emergency: nothing to hand off, the caller is referred.',
  },
} satisfies Words;
