import { beforeEach, expect, test, vi } from 'vitest';

const live = vi.hoisted(() => ({
  calls: new Map<string, unknown>(),
  seats: new Map<string, unknown>(),
}));
vi.mock('../src/lib/live/live.svelte', () => live);

const { counts, longestSince, ordered, waiting } = await import('../src/centre/state.svelte');

const call = (id: string, state: string, second: number, priority = 0) =>
  live.calls.set(id, { id, state, priority, arrived_at: `2026-11-26T03:00:0${second}.000Z` });
const seat = (id: string, state: string, agent: string | null = 'sari') =>
  live.seats.set(id, { id, state, agent });

beforeEach(() => {
  live.calls.clear();
  live.seats.clear();
});

test('who waits is served by priority, then by arrival; who talks does not wait', () => {
  call('late', 'queued', 4);
  call('talks', 'talking', 0);
  call('early', 'ringing', 2);
  call('urgent', 'arrived', 5, 10);
  call('between', 'offered', 3);
  expect(waiting().map(({ id }) => id)).toEqual(['urgent', 'early', 'between', 'late']);
});

test('the longest wait is that of who arrived first, whoever is served first', () => {
  expect(longestSince()).toBeNull();
  call('urgent', 'queued', 5, 10);
  call('early', 'queued', 2);
  expect(longestSince()).toBe('2026-11-26T03:00:02.000Z');
});

test('a seat without its phone is above those that talk, and nobody on duty is last', () => {
  seat('web-01', 'off_duty', null);
  seat('web-03', 'talking');
  seat('web-02', 'talking');
  seat('web-04', 'unregistered');
  seat('web-05', 'ringing');
  expect(ordered().map(({ id }) => id)).toEqual(['web-05', 'web-04', 'web-02', 'web-03', 'web-01']);
});

test('on duty is who has logged in, whatever the seat does', () => {
  seat('web-01', 'off_duty', null);
  seat('web-02', 'paused');
  seat('web-03', 'unregistered');
  seat('web-04', 'talking', null);
  expect(counts()).toMatchObject({
    on_duty: 2,
    off_duty: 1,
    paused: 1,
    unregistered: 1,
    talking: 1,
    ready: 0,
  });
});
