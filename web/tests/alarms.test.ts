import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventView } from '../src/lib/live/live.svelte';

type Heard = { fresh(): void; notice(notice: unknown): void; entry(entry: EventView): void };

const service = vi.hoisted(() => ({ get: vi.fn(), heard: new Set<unknown>() }));
vi.mock('../src/lib/api/client', () => ({
  api: { GET: service.get },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({
  listen: (listener: unknown) => {
    service.heard.add(listener);
    return () => service.heard.delete(listener);
  },
}));
const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock('../src/lib/clock.svelte', () => ({ now: () => clock.now }));

const { Refused } = await import('../src/lib/api/problem');
const { alarms, followAlarms, passing } = await import('../src/centre/alarms.svelte');

const MINUTE = 60_000;
const START = Date.parse('2026-11-26T03:00:00.000Z');

const alarm = (name: string, severity = 'warning') => ({ name, severity, since: null });
const happened = (seq: number, minute: number, kind = 'pbx.drift') =>
  ({ seq, kind, at: new Date(START + minute * MINUTE).toISOString() }) as unknown as EventView;
const told = (tell: (heard: Heard) => void) => {
  for (const each of service.heard) tell(each as Heard);
};
const names = () => alarms().map(({ name }) => name);
const seqs = () => passing().map(({ seq }) => seq);

let end: () => void;

async function follow(items: unknown[], drift: unknown[] = []): Promise<void> {
  service.get.mockResolvedValueOnce({ items, drift });
  end = followAlarms();
  await vi.waitFor(() => expect(alarms()).toHaveLength(items.length));
}

beforeEach(() => {
  vi.clearAllMocks();
  clock.now = START;
});
afterEach(() => {
  end();
  clock.now += 60 * MINUTE; // nothing of one test passes in the next
});

test('the critical ones are first, and those of a kind stand by their names', async () => {
  await follow([alarm('store'), alarm('ami', 'critical'), alarm('disk')]);
  expect(names()).toEqual(['ami', 'disk', 'store']);
});

test('one that begins is shown with its time, and one that is over is gone', async () => {
  await follow([alarm('store')]);
  const at = '2026-11-26T03:00:05.000Z';
  told((heard) => heard.notice({ kind: 'alarm', at, ok: false, ...alarm('ami', 'critical') }));
  told((heard) => heard.notice({ kind: 'spy.changed', at, ok: false, name: 'nothing' }));
  expect(names()).toEqual(['ami', 'store']);
  expect(alarms()[0]?.since).toBe(at);
  told((heard) => heard.notice({ kind: 'alarm', at, ok: true, name: 'store' }));
  expect(names()).toEqual(['ami']);
});

test('after a cut they are read anew; where that is refused, what was known stays', async () => {
  await follow([alarm('store')]);
  service.get.mockResolvedValueOnce({ items: [alarm('disk')], drift: [] });
  told((heard) => heard.fresh());
  await vi.waitFor(() => expect(names()).toEqual(['disk']));
  service.get.mockRejectedValueOnce(new Refused(503, 'store-unavailable', '', ''));
  told((heard) => heard.fresh());
  await vi.waitFor(() => expect(service.get).toHaveBeenCalledTimes(3));
  expect(names()).toEqual(['disk']);
});

test('one that begins while they are read is not undone by the answer', async () => {
  await follow([alarm('store')]);
  let answer: (found: unknown) => void = () => undefined;
  service.get.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const at = '2026-11-26T03:00:05.000Z';
  service.get.mockResolvedValueOnce({ items: [alarm('ami', 'critical')], drift: [] });
  told((heard) => heard.fresh());
  told((heard) => heard.notice({ kind: 'alarm', at, ok: false, ...alarm('ami', 'critical') }));
  answer({ items: [alarm('store')], drift: [] });
  await vi.waitFor(() => expect(names()).toEqual(['ami']));
});

test('what happened is shown once, the newest first, for ten minutes', async () => {
  await follow([alarm('store')], [happened(1, -9), happened(2, -11)]);
  told((heard) => heard.entry(happened(3, 0, 'popup.unseen')));
  told((heard) => heard.entry(happened(3, 0, 'popup.unseen')));
  told((heard) => heard.entry(happened(4, 0, 'call.ended')));
  expect(seqs()).toEqual([3, 1]);
  clock.now += 2 * MINUTE;
  expect(seqs()).toEqual([3]);
});
