import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refused } from '../src/lib/api/problem';
import { AGAIN, lasting } from '../src/lib/live/lasting';

let answers: (string | Refused)[];
let taken: string[];
let missed: string[];
let asked: number;

const begin = () =>
  lasting(
    async () => {
      asked += 1;
      await Promise.resolve();
      const answer = answers.shift() ?? 'nothing';
      if (answer instanceof Refused) throw answer;
      return answer;
    },
    (found) => taken.push(found),
    (why) => missed.push(why.kind),
  );
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  [answers, taken, missed, asked] = [[], [], [], 0];
});
afterEach(() => vi.useRealTimers());

test('what cannot be answered now is asked again, and said to be missing', async () => {
  answers = [
    new Refused(503, 'store-unavailable', '', ''),
    new Refused(404, 'unknown-ticket', '', ''),
    'all',
  ];
  begin().read();
  await pass(0);
  await pass(AGAIN);
  await pass(AGAIN);
  await pass(AGAIN);
  expect([taken, missed, asked]).toEqual([['all'], ['store-unavailable', 'unknown-ticket'], 3]);
});

test('what is refused is not asked again', async () => {
  answers = [new Refused(403, 'missing-scope', '', '')];
  begin().read();
  await pass(10 * AGAIN);
  expect([missed, asked]).toEqual([['missing-scope'], 1]);
});

test('after the end nothing is asked and nothing said', async () => {
  answers = [new Refused(0, 'unreachable', '', '')];
  const reading = begin();
  reading.read();
  reading.end();
  await pass(10 * AGAIN);
  expect([taken, missed, asked]).toEqual([[], [], 1]);
});
