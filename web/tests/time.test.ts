import { expect, test } from 'vitest';
import { adjusted, day, duration } from '../src/lib/time';

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
