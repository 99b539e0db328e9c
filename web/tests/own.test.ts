import { beforeEach, expect, test, vi } from 'vitest';

const here = vi.hoisted(() => ({ seat: 'web-01' as string | null }));
const live = vi.hoisted(() => ({
  calls: new Map<string, unknown>(),
  seats: new Map<string, unknown>(),
}));
vi.mock('../src/lib/live/live.svelte', () => live);
vi.mock('../src/lib/session.svelte', () => ({ session: () => here }));
vi.mock('../src/lib/api/client', () => ({ api: {}, ask: () => undefined }));

const { myCall, mySeat, waiting } = await import('../src/desk/own.svelte');

const call = (id: string, state: string, more: Record<string, unknown> = {}) =>
  live.calls.set(id, {
    id,
    state,
    seat: null,
    parties: [],
    priority: 0,
    arrived_at: '2026-11-26T03:00:00.000Z',
    ...more,
  });
const ids = () => waiting().map(({ id }) => id);

beforeEach(() => {
  here.seat = 'web-01';
  live.calls.clear();
  live.seats.clear();
  live.seats.set('web-01', { id: 'web-01' });
});

test('the call with which one talks goes before one that is to ring', () => {
  call('next', 'offered', { seat: 'web-01' });
  expect(myCall()?.id).toBe('next');
  call('ours', 'talking', { seat: 'web-01' });
  call('theirs', 'talking', { seat: 'web-02' });
  expect(myCall()?.id).toBe('ours');
});

test('a call into which one is called is ours; one from which one was let go is not', () => {
  call('handed', 'talking', { seat: 'web-02', parties: [{ seat: 'web-01' }, { seat: 'web-02' }] });
  expect(myCall()?.id).toBe('handed');
  call('handed', 'talking', { seat: 'web-01', parties: [{ seat: 'web-02' }] });
  expect(myCall()).toBeUndefined();
});

test('those wait who are not ours, as they are served', () => {
  const later = { arrived_at: '2026-11-26T03:00:09.000Z' };
  call('late', 'queued', later);
  call('ours', 'ringing', { seat: 'web-01' });
  call('talks', 'talking', { seat: 'web-02' });
  call('theirs', 'ringing', { seat: 'web-02' });
  call('urgent', 'arrived', { ...later, priority: 10 });
  expect(ids()).toEqual(['urgent', 'theirs', 'late']);
});

test('who sits nowhere has neither seat nor call, and sees who waits', () => {
  here.seat = null;
  call('waits', 'queued');
  call('talks', 'talking', { seat: 'web-01' });
  expect([mySeat(), myCall()]).toEqual([undefined, undefined]);
  expect(ids()).toEqual(['waits']);
});
