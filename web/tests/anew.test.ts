import { beforeEach, expect, test, vi } from 'vitest';
import { Refused } from '../src/lib/api/problem';
import { anew } from '../src/lib/live/anew';

interface Asked {
  answer(found: string): void;
  refuse(): void;
}

let asked: Asked[];
let taken: string[];
const ask = () =>
  new Promise<string>((resolve, reject) =>
    asked.push({
      answer: resolve,
      refuse: () => reject(new Refused(503, 'store-unavailable', '', '')),
    }),
  );
const settled = () => vi.waitFor(() => Promise.resolve());

beforeEach(() => {
  asked = [];
  taken = [];
});

test('what is told while an answer is on its way is not undone by it', async () => {
  const reading = anew(ask, (found) => taken.push(found));
  reading.read();
  reading.told();
  asked[0]?.answer('before it was told');
  asked[1]?.answer('after');
  await settled();
  expect(taken).toEqual(['after']);
});

test('what is told while none is on its way is asked for by nobody', async () => {
  const reading = anew(ask, (found) => taken.push(found));
  reading.read();
  asked[0]?.answer('all');
  await settled();
  reading.told();
  reading.read();
  asked[1]?.refuse();
  await settled();
  reading.told();
  expect([taken, asked.length]).toEqual([['all'], 2]);
});

test('of two answers the one to the later question counts, whichever comes first', async () => {
  const reading = anew(ask, (found) => taken.push(found));
  reading.read();
  reading.read();
  asked[1]?.answer('later');
  asked[0]?.answer('earlier');
  await settled();
  expect(taken).toEqual(['later']);
});

test('after the end no answer is taken', async () => {
  const reading = anew(ask, (found) => taken.push(found));
  reading.read();
  reading.end();
  asked[0]?.answer('too late');
  await settled();
  reading.told();
  expect([taken, asked.length]).toEqual([[], 1]);
});
