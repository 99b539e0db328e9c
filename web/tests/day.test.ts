import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Heard = {
  fresh(): void;
  entry(entry: { kind: string }): void;
  notice(notice: { kind: string; handoff?: { purpose: string } }): void;
};

const service = vi.hoisted(() => ({ get: vi.fn(), heard: new Set<unknown>() }));
vi.mock('../src/lib/api/client', async () => ({
  Refused: (await import('../src/lib/api/problem')).Refused,
  api: { GET: service.get },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({
  listen: (listener: unknown) => {
    service.heard.add(listener);
    return () => service.heard.delete(listener);
  },
}));

const { Refused } = await import('../src/lib/api/problem');
const { followDay, percent, today } = await import('../src/centre/day.svelte');

const happens = (...kinds: string[]) => {
  for (const kind of kinds) for (const each of service.heard) (each as Heard).entry({ kind });
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const reads = () => service.get.mock.calls.length;

let end: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  service.get.mockReset().mockResolvedValue({ calls: 1 });
  end = followDay();
  await pass(0);
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

test('what happens at once is read together, a second after the first of it', async () => {
  expect(reads()).toBe(1);
  happens('call.arrived', 'call.answered');
  await pass(900);
  happens('call.ended');
  expect(reads()).toBe(1);
  await pass(100);
  expect(reads()).toBe(2);
  await pass(10_000);
  expect(reads()).toBe(2);
});

test('what is not counted is not read for', async () => {
  happens('call.ringing', 'seat.changed');
  await pass(10_000);
  expect(reads()).toBe(1);
});

test('it is read each minute in any case, counted from the last time', async () => {
  await pass(30_000);
  happens('call.arrived');
  await pass(1_000);
  expect(reads()).toBe(2);
  await pass(59_000);
  expect(reads()).toBe(2);
  await pass(1_000);
  expect(reads()).toBe(3);
});

test('where it is refused, what was counted last stays, and it is read again', async () => {
  service.get.mockRejectedValueOnce(new Refused(503, 'store-unavailable', '', ''));
  await pass(60_000);
  expect(today()).toEqual({ calls: 1 });
  service.get.mockResolvedValueOnce({ calls: 2 });
  await pass(60_000);
  expect(today()).toEqual({ calls: 2 });
});

test('after the end nothing is read, and an answer that comes late is not shown', async () => {
  let answer: (day: unknown) => void = () => undefined;
  service.get.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  happens('call.arrived');
  await pass(1_000);
  end();
  answer({ calls: 9 });
  await pass(300_000);
  expect(today()).toEqual({ calls: 1 });
  expect(reads()).toBe(2);
});

test.each([
  [0.8999, 'en', 0, '89%'],
  [0.8999, 'en', 1, '89.9%'],
  [0.8999, 'id', 1, '89,9%'],
  [0.29, 'en', 0, '29%'], // 28.999999999999996
  [0.9, 'en', 1, '90.0%'],
  [0.9996, 'en', 1, '99.9%'],
  [1, 'en', 1, '100%'],
] as const)('%d in %s with %d digits is %s', (share, language, digits, text) => {
  expect(percent(share, language, digits)).toBe(text);
});

test('a caller who is referred is counted at once, and no handoff is', async () => {
  const changed = (purpose: string) => {
    for (const each of service.heard)
      (each as Heard).notice({ kind: 'handoff.changed', handoff: { purpose } });
  };
  changed('handoff');
  await pass(10_000);
  expect(reads()).toBe(1);
  changed('referral');
  await pass(1_000);
  expect(reads()).toBe(2);
});
