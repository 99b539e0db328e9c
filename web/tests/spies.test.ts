import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Heard = { fresh(): void; notice(notice: unknown): void };
type Rings = (call: unknown) => void;

const there = vi.hoisted(() => ({
  get: vi.fn(),
  post: vi.fn(),
  done: vi.fn(),
  warn: vi.fn(),
  answer: vi.fn(),
  heard: new Set<unknown>(),
  rung: new Set<unknown>(),
}));
const listening = vi.hoisted(() => (to: Set<unknown>) => (listener: unknown) => {
  to.add(listener);
  return () => to.delete(listener);
});
vi.mock('../src/lib/api/client', async () => ({
  Refused: (await import('../src/lib/api/problem')).Refused,
  api: { GET: there.get, POST: there.post },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({ listen: listening(there.heard) }));
vi.mock('../src/lib/i18n/index.svelte', () => ({ t: (key: string) => key }));
vi.mock('../src/lib/session.svelte', () => ({
  session: () => ({ seat: 'web-02', agent: { id: 'rina' } }),
}));
vi.mock('../src/lib/toasts.svelte', () => ({ done: there.done, warn: there.warn }));
vi.mock('../src/phone/phone.svelte', () => ({
  onRing: listening(there.rung),
  phone: () => ({ answer: there.answer }),
}));

const { Refused } = await import('../src/lib/api/problem');
const { followSpies, mine, spiesOn, spyOn } = await import('../src/centre/spies.svelte');

const spy = (changed: Record<string, unknown> = {}) => ({
  seat: 'web-01',
  by: 'web-02',
  who: 'rina',
  mode: 'listen',
  state: 'on',
  end: null,
  ...changed,
});
const tell = (about: unknown, kind = 'spy.changed') => {
  for (const each of there.heard) (each as Heard).notice({ kind, spy: about });
};
const cut = () => {
  for (const each of there.heard) (each as Heard).fresh();
};
const ring = (changed: Record<string, unknown> = {}) => {
  const call = { id: 'c1', ticket: null, number: '112', ...changed };
  for (const each of there.rung) (each as Rings)(call);
};
const who = (seat: string) => spiesOn(seat).map(({ by, mode }) => `${by} ${mode}`);

let end: () => void;

async function follow(...items: unknown[]): Promise<void> {
  there.get.mockResolvedValueOnce({ items });
  end = followSpies();
  await vi.waitFor(() => expect(spiesOn('web-01')).toHaveLength(items.length));
}

beforeEach(() => vi.clearAllMocks());
afterEach(() => end());

test('each seat shows who listens to it, in the mode of now, until it is over', async () => {
  await follow(spy({ by: 'web-03' }));
  tell(spy({ mode: 'whisper' }));
  tell(spy({ seat: 'web-04', by: 'web-05' }));
  tell(spy({ by: 'web-06' }), 'ticket.changed');
  expect(who('web-01')).toEqual(['web-03 listen', 'web-02 whisper']);
  expect(mine()?.mode).toBe('whisper');
  tell(spy({ by: 'web-03', state: 'over', end: 'stopped' }));
  expect(who('web-01')).toEqual(['web-02 whisper']);
});

test('what the service answers is shown, also before it tells it', async () => {
  await follow();
  there.post.mockResolvedValueOnce(spy({ mode: 'barge', state: 'called' }));
  await spyOn('web-01', 'barge');
  expect(mine()).toMatchObject({ mode: 'barge', state: 'called' });
});

test('after a cut it is read anew; where that is refused, what was known stays', async () => {
  await follow(spy());
  there.get.mockResolvedValueOnce({ items: [spy({ by: 'web-03' })] });
  cut();
  await vi.waitFor(() => expect(who('web-01')).toEqual(['web-03 listen']));
  there.get.mockRejectedValueOnce(new Refused(503, 'store-unavailable', '', ''));
  cut();
  await vi.waitFor(() => expect(there.get).toHaveBeenCalledTimes(3));
  expect(who('web-01')).toEqual(['web-03 listen']);
});

test('what is told while it is read is not undone by the answer', async () => {
  await follow(spy());
  let answer: (found: unknown) => void = () => undefined;
  there.get.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  there.get.mockResolvedValueOnce({ items: [] });
  cut();
  tell(spy({ state: 'over', end: 'stopped' }));
  answer({ items: [spy()] });
  await vi.waitFor(() => expect(there.get).toHaveBeenCalledTimes(3));
  await Promise.resolve();
  expect(mine()).toBeUndefined();
});

test('the call that we asked for is answered by itself, and no other', async () => {
  await follow();
  ring();
  tell(spy({ by: 'web-03', state: 'called' }));
  ring();
  tell(spy({ state: 'called' }));
  ring({ ticket: 'PKY-20261126-0001' });
  ring({ number: '08125550001' });
  expect(there.answer).not.toHaveBeenCalled();
  ring();
  expect(there.answer).toHaveBeenCalledExactlyOnceWith('c1');
  tell(spy());
  ring();
  expect(there.answer).toHaveBeenCalledTimes(1);
});

test('who listens is told why it is over, unless they wanted it so, and nobody else', async () => {
  await follow();
  tell(spy({ state: 'over', end: 'stopped' }));
  tell(spy({ state: 'over', end: 'gone', by: 'web-03' }));
  tell(spy({ state: 'over', end: 'gone', who: 'dewi' }));
  expect(there.done).not.toHaveBeenCalled();
  tell(spy({ state: 'over', end: 'caller_first' }));
  expect(there.done).toHaveBeenCalledExactlyOnceWith('spy.end.caller_first');
  expect(there.warn).not.toHaveBeenCalled();
  tell(spy({ state: 'over', end: 'not_reached' }));
  expect(there.warn).toHaveBeenCalledExactlyOnceWith('spy.end.not_reached');
});

test('after the end nothing is heard, answered or shown any more', async () => {
  await follow(spy());
  end();
  expect([there.heard.size, there.rung.size, spiesOn('web-01').length]).toEqual([0, 0, 0]);
});
