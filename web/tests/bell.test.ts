import { expect, test } from 'vitest';
import { bell } from '../src/handoff/bell';

test.each([
  [0, false, false, 'silent'],
  [1, false, false, 'loud'],
  [2, false, true, 'soft'],
  [1, true, false, 'silent'],
  [1, true, true, 'silent'],
] as const)('%i wait, our phone rings: %s, talks: %s: it is %s', (waiting, rings, talks, how) => {
  expect(bell(waiting, { rings, talks })).toBe(how);
});
