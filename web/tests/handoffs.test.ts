import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Notice } from '../src/lib/live/live.svelte';

type Heard = { fresh?(): void; notice?(notice: Notice): void };

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

const { Refused } = await import('../src/lib/api/problem');
const { TicketHandoffs } = await import('../src/handoff/ticket.svelte');

const handoff = (id: string, changed: Record<string, unknown> = {}) => ({
  id,
  ticket: 't1',
  agency: `agency-${id}`,
  step: 'queued',
  ended: false,
  requested_at: `2026-11-26T03:00:0${id}.000Z`,
  since: `2026-11-26T03:00:0${id}.000Z`,
  alarmed_at: null,
  version: 1,
  ...changed,
});
const plan = (...agencies: string[]) => ({
  plan_of: 'fire',
  needs: agencies.map((agency) => ({
    kind: 'fire',
    named: null,
    candidates: [{ agency, uncertain: false }],
    left_out: [],
    chosen: agency,
  })),
});
const tell = (changed: unknown) => {
  const notice = { kind: 'handoff.changed', at: '', handoff: changed };
  for (const each of [...service.heard]) (each as Heard).notice?.(notice);
};
const settled = () => vi.advanceTimersByTimeAsync(0);

let of: InstanceType<typeof TicketHandoffs>;
const steps = () => of.placed.map(({ handoff: { id, step } }) => `${id} ${step}`);

beforeEach(() => {
  vi.useFakeTimers();
  service.get.mockReset();
  service.heard.clear();
  of = new TicketHandoffs('t1');
});
afterEach(() => vi.useRealTimers());

test('what is told stands there at once, and is read with its history', async () => {
  service.get.mockResolvedValueOnce({ items: [handoff('1', { events: [] })] });
  const { end } = of.follow();
  expect(of.read).toBe(false);
  await settled();
  expect([of.read, steps()]).toEqual([true, ['1 queued']]);
  service.get.mockResolvedValue({ items: [handoff('1', { version: 2, step: 'sent' })] });
  tell(handoff('1', { version: 2, step: 'sent' }));
  tell(handoff('9', { ticket: 't2' }));
  for (const each of [...service.heard]) (each as Heard).notice?.({ kind: 'alarm', at: '' });
  expect(steps()).toEqual(['1 sent']);
  expect(of.has('agency-1')).toBe(true);
  await settled();
  expect(service.get).toHaveBeenCalledTimes(2);
  end();
  expect(service.heard.size).toBe(0);
});

test('an answer from before what was told does not undo it', async () => {
  service.get.mockResolvedValueOnce({ items: [handoff('1')] });
  const { end } = of.follow();
  of.put(handoff('1', { version: 3, step: 'accepted' }) as never);
  await settled();
  expect(steps()).toEqual(['1 accepted']);
  of.put(handoff('1', { version: 2, step: 'sent' }) as never);
  expect(steps()).toEqual(['1 accepted']);
  of.put(handoff('2') as never);
  expect(steps()).toEqual(['1 accepted', '2 queued']);
  end();
});

test('it is read again after a cut, and after a while: another node tells nobody', async () => {
  service.get.mockRejectedValueOnce(new Refused(503, 'store-unavailable', '', ''));
  const { end } = of.follow();
  await settled();
  expect(of.why?.kind).toBe('store-unavailable');
  service.get.mockResolvedValue({ items: [handoff('1')] });
  for (const each of [...service.heard]) (each as Heard).fresh?.();
  await settled();
  expect([of.why, steps()]).toEqual([undefined, ['1 queued']]);
  service.get.mockResolvedValue({ items: [handoff('1'), handoff('2')] });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(steps()).toEqual(['1 queued', '2 queued']);
  end();
});

test('what was decided holds for its plan; who was added stays; who has it is forgotten', async () => {
  service.get.mockResolvedValueOnce(plan('damkar', 'polisi'));
  const first = of.plan('fire');
  await settled();
  expect([of.isPlanOf('fire'), of.planned]).toEqual([true, true]);
  of.decide('damkar', false);
  of.add('bpbd');
  of.add('bpbd');
  expect(of.choice.agencies).toEqual(['polisi', 'bpbd']);
  first();
  service.get.mockResolvedValueOnce(plan('damkar'));
  const second = of.plan('explosion');
  expect(of.isPlanOf('explosion')).toBe(false);
  await settled();
  expect(of.choice.agencies).toEqual(['damkar', 'bpbd']);
  of.forget(['bpbd']);
  expect(of.choice.agencies).toEqual(['damkar']);
  second();
});

test('a plan that cannot be read is said to be missing', async () => {
  service.get.mockRejectedValueOnce(new Refused(0, 'unreachable', '', ''));
  const end = of.plan('fire');
  await settled();
  expect([of.why?.kind, of.planned]).toEqual(['unreachable', false]);
  end();
});
