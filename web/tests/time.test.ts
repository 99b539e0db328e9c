import { expect, test } from 'vitest';
import { adjusted, day, duration, instant, moment, timeOfDay, useZone } from '../src/lib/time';

test('durations as people read them', () => {
  expect([0, 999, 7_000, 754_000, 3_723_000, -5].map(duration)).toEqual([
    '0:00',
    '0:00',
    '0:07',
    '12:34',
    '1:02:03',
    '0:00',
  ]);
});

test('the clock of the service is followed when it differs, and only then', () => {
  // asked at 0, answered at 100; the header says its second began at -500 .. +500
  expect(adjusted(0, -500, 0, 100)).toBe(0);
  expect(adjusted(0, 60_000, 0, 100)).toBe(60_450);
  expect(adjusted(60_450, 60_000, 0, 100)).toBe(60_450);
  expect(adjusted(7, Number.NaN, 0, 100)).toBe(7);
});

test('months have their names', () => {
  expect(day('2026-08-17T12:00:00Z', 'id')).toBe('17 Agu 2026');
  expect(day('2026-08-17T12:00:00Z', 'en')).toBe('17 Aug 2026');
});

test('times are those of the centre, wherever the computer believes to be', () => {
  const late = '2026-11-26T16:30:00Z';
  useZone('Asia/Jayapura');
  expect(timeOfDay(late)).toBe('01:30:00');
  expect(day(late, 'id')).toBe('27 Nov 2026');
  expect(moment(late, Date.parse('2026-11-27T14:59:59Z'), 'id')).toBe('01:30:00');
  expect(moment(late, Date.parse('2026-11-27T15:00:00Z'), 'id')).toBe('27 Nov 2026 01:30');
  useZone('Asia/Jakarta');
  expect(timeOfDay(late)).toBe('23:30:00');
});

test('a chosen day begins when it begins at the centre', () => {
  expect(instant('')).toBeUndefined();
  useZone('Asia/Makassar');
  expect(instant('2026-11-26')).toBe('2026-11-25T16:00:00.000Z');
  expect(instant('2026-11-30', 1)).toBe('2026-11-30T16:00:00.000Z');
  useZone('Europe/Berlin'); // where clocks are changed
  expect(instant('2026-10-25')).toBe('2026-10-24T22:00:00.000Z');
  expect(instant('2026-10-25', 1)).toBe('2026-10-25T23:00:00.000Z');
  useZone('America/New_York');
  expect(instant('2026-03-08', 1)).toBe('2026-03-09T04:00:00.000Z');
});
