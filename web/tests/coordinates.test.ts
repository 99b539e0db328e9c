import { expect, test } from 'vitest';
import { decimal, read, reported, sexagesimal } from '../src/map/coordinates';

const HERE = { latitude: -2.2096, longitude: 113.9213 };
const SECONDS = { latitude: -2.20961, longitude: 113.92131 }; // 34,6″ and 16,7″

test.each([
  '-2.2096, 113.9213',
  '  -2.2096 113.9213 ',
  '-2.2096,113.9213',
  '-2.2096;113.9213',
  '-2.2096 / 113.9213',
  '-2,2096; 113,9213',
  '-2,2096 113,9213',
  '-2,2096, 113,9213',
  '−2.2096, +113.9213',
  'geo:-2.2096,113.9213;u=35',
  'GEO:-2.2096,113.9213?z=15',
  '2.2096 S 113.9213 E',
  '2.2096S,113.9213E',
  'S 2.2096, E 113.9213',
  'S2.2096 E113.9213',
  '113.9213 E 2.2096 S',
  '2,2096 LS 113,9213 BT',
  '2.2096° ls, 113.9213° bt',
  'BT 113,9213 LS 2,2096',
  '-2.2096° 113.9213°',
  '2.2096 S 113.9213 T',
  '2.2096 S, 113.9213',
])('degrees with decimals: %s', (typed) => {
  expect(read(typed)).toEqual({ place: HERE });
});

test.each([
  '2°12′34.6″S 113°55′16.7″E',
  '2°12′34,6″ LS, 113°55′16,7″ BT',
  `2°12'34.6"S,113°55'16.7"E`,
  `2° 12' 34.6'' S 113° 55' 16.7'' E`,
  '2º12’34,6” LS 113º55’16,7” BT',
  'LS 2 12 34,6 BT 113 55 16,7',
  '2 12 34.6 S 113 55 16.7 E',
  '-2 12 34.6, 113 55 16.7',
  '-2 12 34.6 113 55 16.7',
  '-2°12′34.6″ 113°55′16.7″',
  `-2°12'34.6"113°55'16.7"`,
  '2 deg 12 34.6 S 113 deg 55 16.7 E',
])('degrees, minutes and seconds: %s', (typed) => {
  expect(read(typed)).toEqual({ place: SECONDS });
});

test.each([
  ["2°12.5' S 113°55.25' E", -2.20833, 113.92083],
  ['-2 12,5; 113 55,25', -2.20833, 113.92083],
  ['-0 30 0, 0 0 30', -0.5, 0.00833],
  ['0 LU 0 BB', 0, 0],
  ['-0.0, -0', 0, 0],
  ['90, 180', 90, 180],
  ['1 30 LU 98 30 BT', 1.5, 98.5],
  ['1 30 U 98 30 T', 1.5, 98.5],
  ['10 -20', 10, -20],
  ['2° 113°30′ E', 2, 113.5],
])('minutes with decimals, and edges: %s', (typed, latitude, longitude) => {
  expect(read(typed)).toEqual({ place: { latitude, longitude } });
});

test.each([
  ['', 'empty'],
  ['   ', 'empty'],
  ['Jalan Melati 3', 'strange'],
  ['-2.2096, Melati', 'strange'],
  ['LS, BT', 'strange'],
  ['<img src=x onerror=alert(1)>', 'strange'],
  ['2 S 12, 113 E', 'strange'],
  ['2 S 3 113 E', 'sixty'],
  ['2 -12 S, 113 E', 'strange'],
  ['-2.2096', 'half'],
  ['-2.2096,', 'half'],
  [', -2.2096', 'half'],
  ['2 12 34', 'half'],
  ['1, 2, 3', 'too-many'],
  ['1 2 3 4 5', 'too-many'],
  ['1 2 3 4 5 6 7 8', 'too-many'],
  ['113.9213, -2.2096', 'swapped'],
  ['-92.5, 113.9', 'latitude'],
  ['92.5 S 113.9 E', 'latitude'],
  ['90°0′0.1″ S 113° E', 'latitude'],
  ['200, 200', 'latitude'],
  ['-2.2, 190', 'longitude'],
  ['-2.2, 1139213', 'longitude'],
  ['2 60 0 S 113 0 0 E', 'sixty'],
  ['2 12 75 S 113 0 0 E', 'sixty'],
  ['2.5 12 S 113 0 E', 'fraction'],
  ['2° 12.5\' 30" S 113° E', 'fraction'],
  ["2' 12° S 113° E", 'order'],
  ['2" S 113° E', 'order'],
  ['2 S 113 S', 'same-axis'],
  ['2 LS LU 113 BT', 'same-axis'],
  ['-2.2 S 113.9 E', 'sign-and-letter'],
])('what is no place says why: %s', (typed, fault) => {
  expect(read(typed)).toEqual({ fault });
});

test('a place is said in the language of whoever reads it', () => {
  expect(decimal(HERE)).toBe('-2.20960, 113.92130');
  expect(sexagesimal(SECONDS, 'id')).toBe('2°12′34,6″ LS, 113°55′16,7″ BT');
  expect(sexagesimal(SECONDS, 'en')).toBe('2°12′34.6″ S, 113°55′16.7″ E');
  expect(sexagesimal({ latitude: 0.99999, longitude: -0.5 }, 'en')).toBe(
    '1°00′00.0″ N, 0°30′00.0″ W',
  );
});

test('what is said is read as the same place, all over the earth', () => {
  for (let n = 0; n < 500; n += 1) {
    const place = { latitude: Math.sin(n) * 90, longitude: Math.cos(n * 1.7) * 180 };
    for (const text of [decimal(place), sexagesimal(place, 'id'), sexagesimal(place, 'en')]) {
      const found = read(text);
      expect(found, text).toHaveProperty('place');
      if (!('place' in found)) continue;
      expect(Math.abs(found.place.latitude - place.latitude), text).toBeLessThan(2e-5);
      expect(Math.abs(found.place.longitude - place.longitude), text).toBeLessThan(2e-5);
    }
  }
});

test('nothing that is typed breaks it', () => {
  const letters = '0123456789.,;- °\'"NSEWLUBT/x';
  let seed = 112;
  const next = (most: number) => (seed = (seed * 16807) % 2147483647) % most;
  for (let n = 0; n < 5_000; n += 1) {
    const typed = Array.from({ length: next(16) }, () => letters[next(letters.length)]).join('');
    const found = read(typed);
    if ('place' in found) {
      expect(Math.abs(found.place.latitude), typed).toBeLessThanOrEqual(90);
      expect(Math.abs(found.place.longitude), typed).toBeLessThanOrEqual(180);
    } else expect(found.fault, typed).toBeTruthy();
  }
});

test('what the network says of a caller', () => {
  expect(reported('geo:-2.2096,113.9213;u=250')).toEqual({ ...HERE, uncertainty: 250 });
  expect(reported('geo:-2.2096,113.9213;crs=wgs84;U=12.5')).toEqual({ ...HERE, uncertainty: 12.5 });
  expect(reported('-2.2096,113.9213')).toEqual({ ...HERE, uncertainty: null });
  for (const u of ['', 'u=', 'u=x', 'u=-3', 'u=NaN'])
    expect(reported(`geo:-2.2096,113.9213;${u}`)?.uncertainty).toBeNull();
  expect(reported('cell:510-10-4711')).toBeNull();
  expect(reported('')).toBeNull();
  expect(reported(null)).toBeNull();
});
