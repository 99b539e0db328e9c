import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Heard = { fresh(): void };

const service = vi.hoisted(() => ({
  put: vi.fn(),
  post: vi.fn(),
  remove: vi.fn(),
  heard: new Set<unknown>(),
}));
vi.mock('../src/lib/api/client', async () => ({
  Refused: (await import('../src/lib/api/problem')).Refused,
  api: { PUT: service.put, POST: service.post, DELETE: service.remove },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({
  listen: (listener: unknown) => {
    service.heard.add(listener);
    return () => service.heard.delete(listener);
  },
}));

const { Refused } = await import('../src/lib/api/problem');
const { present, show } = await import('../src/desk/popup.svelte');

const FRAME = 16;
const page = new EventTarget();
const shown = Object.assign(new EventTarget(), { visibilityState: 'visible' });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const told = () => service.post.mock.calls.length;
const refused = (status: number) => new Refused(status, 'some', '', '');

let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  for (const each of [service.put, service.post, service.remove])
    each.mockReset().mockResolvedValue(undefined);
  shown.visibilityState = 'visible';
  vi.stubGlobal('document', shown);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('requestAnimationFrame', (call: () => void) => setTimeout(call, FRAME));
});
afterEach(() => {
  end();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a console says that it is open, again after each cut, and that it closes', async () => {
  end = present('web-01');
  await pass(60_000);
  expect(service.put).toHaveBeenCalledTimes(3);
  for (const each of service.heard) (each as Heard).fresh();
  expect(service.put).toHaveBeenCalledTimes(4);
  page.dispatchEvent(new Event('pagehide'));
  expect(service.remove).toHaveBeenCalledExactlyOnceWith('/v1/seats/{seat}/console', {
    params: { path: { seat: 'web-01' } },
    keepalive: true, // the page is gone before the answer
  });
});

test('after the end a console says nothing more', async () => {
  present('web-01')();
  expect(service.remove).toHaveBeenCalledTimes(1);
  await pass(90_000);
  page.dispatchEvent(new Event('pagehide'));
  expect(service.heard.size).toBe(0);
  expect([service.put, service.remove].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

test('a ticket is acknowledged when its second frame has begun, and once', async () => {
  end = show('c1', 'web-01');
  await pass(FRAME);
  expect(told()).toBe(0);
  await pass(FRAME);
  expect(told()).toBe(1);
  await pass(10_000);
  expect(told()).toBe(1);
});

test('a tab behind others acknowledges nothing before it is in front', async () => {
  shown.visibilityState = 'hidden';
  end = show('c1', 'web-01');
  await pass(10_000);
  expect(told()).toBe(0);
  shown.visibilityState = 'visible';
  shown.dispatchEvent(new Event('visibilitychange'));
  await pass(2 * FRAME);
  expect(told()).toBe(1);
});

test('one that is gone before it was painted was not seen', async () => {
  show('c1', 'web-01')();
  end = () => undefined;
  await pass(10_000);
  expect(told()).toBe(0);
});

test('what does not get through is said again soon, five times at most', async () => {
  service.post.mockRejectedValueOnce(refused(0)).mockRejectedValueOnce(refused(503));
  end = show('c1', 'web-01');
  await pass(2 * FRAME + 700);
  expect(told()).toBe(3);
  end();
  service.post.mockReset().mockRejectedValue(refused(503));
  end = show('c2', 'web-01');
  await pass(10_000);
  expect(told()).toBe(5);
});

test('what is refused for good is not said again', async () => {
  service.post.mockRejectedValue(refused(409));
  end = show('c1', 'web-01');
  await pass(10_000);
  expect(told()).toBe(1);
});
