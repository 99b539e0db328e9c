/** Words of the map, and of the place on it. */
import type { Words } from '../languages';

export const map = {
  'map.title': { id: 'Peta', en: 'Map' },
  'map.focus': { id: 'Ke peta', en: 'To the map' },
  'map.keys': {
    id: 'Panah menggeser peta, tambah dan kurang mengubah skala, Enter menaruh titik di tengah.',
    en: 'Arrows shift the map, plus and minus change its scale, Enter puts the point in the middle.',
  },
  'map.marker': { id: 'Titik kejadian {place}', en: 'Place of the incident {place}' },
  'map.marker.keys': {
    id: 'Panah memindahkan titik, dengan Shift sedikit demi sedikit, Delete menghapusnya.',
    en: 'Arrows move the point, with Shift a little at a time, Delete removes it.',
  },
  'map.moved': { id: 'Titik di {place}', en: 'The point is at {place}' },
  'map.cleared': { id: 'Titik dihapus', en: 'The point was removed' },
  'map.none': { id: 'Belum ada titik.', en: 'There is no point yet.' },
  'map.move': { id: 'Pindahkan titik', en: 'Move the point' },
  'map.set.how': {
    id: 'Klik di peta untuk menaruh titik',
    en: 'Click on the map to set the point',
  },
  'map.clear': { id: 'Hapus', en: 'Remove' },
  'map.bring-back': { id: 'Kembalikan', en: 'Bring back' },
  'map.closer': { id: 'Perbesar', en: 'Zoom in' },
  'map.farther': { id: 'Perkecil', en: 'Zoom out' },
  'map.home': { id: 'Ke titik, atau ke pusat', en: 'To the point, or to the centre' },
  'map.reported': { id: 'Lokasi dari jaringan', en: 'Place told by the network' },
  'map.reported.within': {
    id: 'Lokasi dari jaringan, dalam {distance}',
    en: 'Place told by the network, within {distance}',
  },
  'map.reported.use': { id: 'Pakai lokasi jaringan', en: 'Use the network’s place' },
  'map.other': { id: 'Tiket {label}', en: 'Ticket {label}' },
  'map.others': {
    id: '{n} tiket terbuka lain di peta.',
    en: '{n} other open ticket on the map.|{n} other open tickets on the map.',
  },
  'map.others.nearest': {
    id: 'Terdekat: {label}, {distance} ke {wind}.',
    en: 'Nearest: {label}, {distance} to the {wind}.',
  },
  'map.grid': { id: 'Kisi koordinat: belum ada berkas peta', en: 'Plain grid: no map file yet' },
  'map.grid.unable': {
    id: 'Kisi koordinat: peramban ini tidak dapat menggambar peta (WebGL 2)',
    en: 'Plain grid: this browser cannot draw the map (WebGL 2)',
  },
  'map.wind.n': { id: 'utara', en: 'north' },
  'map.wind.ne': { id: 'timur laut', en: 'north-east' },
  'map.wind.e': { id: 'timur', en: 'east' },
  'map.wind.se': { id: 'tenggara', en: 'south-east' },
  'map.wind.s': { id: 'selatan', en: 'south' },
  'map.wind.sw': { id: 'barat daya', en: 'south-west' },
  'map.wind.w': { id: 'barat', en: 'west' },
  'map.wind.nw': { id: 'barat laut', en: 'north-west' },

  'map.place': { id: 'Titik peta', en: 'Point on the map' },
  'map.place.hint': {
    id: '-2.2096, 113.9213 atau 2°12′ LS …',
    en: '-2.2096, 113.9213 or 2°12′ S …',
  },
  'map.place.outside': {
    id: '{place}: di luar wilayah pusat ini. Periksa LS/LU dan angkanya.',
    en: '{place}: outside this centre’s area. Check S/N and the numbers.',
  },
  'map.wrong.empty': { id: 'Kosong.', en: 'Empty.' },
  'map.wrong.strange': {
    id: 'Bukan koordinat. Tulis seperti -2.2096, 113.9213 atau 2°12′34,6″ LS 113°55′16,7″ BT.',
    en: 'Not coordinates. Write them like -2.2096, 113.9213 or 2°12′34.6″ S 113°55′16.7″ E.',
  },
  'map.wrong.half': {
    id: 'Baru satu angka. Tulis lintang dan bujur, misalnya -2.2096, 113.9213.',
    en: 'Only one of the two. Write latitude and longitude, such as -2.2096, 113.9213.',
  },
  'map.wrong.too-many': {
    id: 'Terlalu banyak angka. Tulis satu lintang dan satu bujur, misalnya -2.2096, 113.9213.',
    en: 'Too many numbers. Write one latitude and one longitude, such as -2.2096, 113.9213.',
  },
  'map.wrong.swapped': {
    id: 'Lintang dan bujur tertukar? Tulis lintang dulu, misalnya -2.2096, 113.9213.',
    en: 'Latitude and longitude the wrong way round? Latitude comes first: -2.2096, 113.9213.',
  },
  'map.wrong.latitude': {
    id: 'Lintang paling besar 90 derajat.',
    en: 'A latitude is 90 degrees at most.',
  },
  'map.wrong.longitude': {
    id: 'Bujur paling besar 180 derajat.',
    en: 'A longitude is 180 degrees at most.',
  },
  'map.wrong.sixty': {
    id: 'Menit dan detik harus kurang dari 60.',
    en: 'Minutes and seconds are less than 60.',
  },
  'map.wrong.fraction': {
    id: 'Hanya angka terakhir boleh berkoma: 2°12′34,6″ atau 2°12,577′ atau 2,2096°.',
    en: 'Only the last number may have decimals: 2°12′34.6″ or 2°12.577′ or 2.2096°.',
  },
  'map.wrong.order': {
    id: 'Urutannya derajat °, menit ′, detik ″.',
    en: 'The order is degrees °, minutes ′, seconds ″.',
  },
  'map.wrong.same-axis': {
    id: 'Perlu satu lintang (LU/LS) dan satu bujur (BT/BB).',
    en: 'One latitude (N/S) and one longitude (E/W) are needed.',
  },
  'map.wrong.sign-and-letter': {
    id: 'Tulis tanda minus atau huruf LS/BB, jangan keduanya.',
    en: 'Write a sign or a letter (S, W), not both.',
  },
} satisfies Words;
