import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventView } from '../src/lib/live/live.svelte';

type Heard = { fresh?(): void; entry?(entry: EventView): void };

const service = vi.hoisted(() => ({ get: vi.fn(), done: vi.fn(), heard: new Set<unknown>() }));
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
vi.mock('../src/lib/i18n/index.svelte', () => ({ t: (key: string) => key }));
vi.mock('../src/lib/session.svelte', () => ({ session: () => ({ seat: 'web-01' }) }));
vi.mock('../src/lib/toasts.svelte', () => ({ done: service.done }));

const { Refused } = await import('../src/lib/api/problem');
const { callbacks, followCallbacks } = await import('../src/centre/callbacks.svelte');

const callback = (id: string, changed: Record<string, unknown> = {}) => ({
  id,
  number: '08125550001',
  opened_at: `2026-11-26T03:00:0${id}.000Z`,
  state: 'open',
  seat: null,
  result: null,
  ...changed,
});
const tell = (kind: string, about: unknown) => {
  const entry = { kind, callback: about, detail: {} } as unknown as EventView;
  for (const each of service.heard) (each as Heard).entry?.(entry);
};
const ids = () => callbacks().map(({ id }) => id);

let end: () => void;

async function follow(...items: unknown[]): Promise<void> {
  service.get.mockResolvedValueOnce({ items });
  end = followCallbacks();
  await vi.waitFor(() => expect(callbacks()).toHaveLength(items.length));
}

beforeEach(() => {
  service.get.mockReset();
  service.done.mockReset();
});
afterEach(() => end());

test('who has waited longest is first, and what is over is gone', async () => {
  await follow(callback('2'), callback('1'));
  expect(ids()).toEqual(['1', '2']);
  tell('callback.opened', callback('0'));
  tell('callback.taken', callback('1', { state: 'taken', seat: 'web-02' }));
  tell('call.arrived', null);
  expect(ids()).toEqual(['0', '1', '2']);
  expect(callbacks()[1]?.seat).toBe('web-02');
  tell('callback.cleared', callback('1', { state: 'over' }));
  expect(ids()).toEqual(['0', '2']);
});

test('after a cut it is read anew; where that is refused, what was known stays', async () => {
  await follow(callback('1'));
  service.get.mockResolvedValueOnce({ items: [callback('2')] });
  for (const each of service.heard) (each as Heard).fresh?.();
  await vi.waitFor(() => expect(ids()).toEqual(['2']));
  service.get.mockRejectedValueOnce(new Refused(503, 'store-unavailable', '', ''));
  for (const each of service.heard) (each as Heard).fresh?.();
  await vi.waitFor(() => expect(service.get).toHaveBeenCalledTimes(3));
  expect(ids()).toEqual(['2']);
});

test('what is told while the list is read is not undone by the answer', async () => {
  await follow(callback('1'));
  let answer: (found: unknown) => void = () => undefined;
  service.get.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  service.get.mockResolvedValueOnce({ items: [callback('1'), callback('2')] });
  for (const each of service.heard) (each as Heard).fresh?.();
  tell('callback.opened', callback('2'));
  answer({ items: [callback('1')] });
  await vi.waitFor(() => expect(service.get).toHaveBeenCalledTimes(3));
  await Promise.resolve();
  expect(ids()).toEqual(['1', '2']);
});

test('whose telephone falls silent for a caller is told why, and nobody else', async () => {
  await follow();
  const gaveWay = { seat: 'web-01', result: 'gave_way' };
  tell('callback.released', callback('1', { ...gaveWay, seat: 'web-02' }));
  tell('callback.released', callback('1', { ...gaveWay, result: 'no_answer' }));
  tell('callback.released', callback('1', { ...gaveWay, result: null }));
  tell('callback.done', callback('1', { ...gaveWay, state: 'over' }));
  expect(service.done).not.toHaveBeenCalled();
  tell('callback.released', callback('1', gaveWay));
  expect(service.done).toHaveBeenCalledExactlyOnceWith('callback.later', '1');
});

test('nothing is heard any more after the end', async () => {
  await follow(callback('1'));
  end();
  expect(service.heard.size).toBe(0);
});
