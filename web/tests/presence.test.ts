import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BEAT_MS, Presence, type Said } from '../src/agency/presence';
import { wasShown } from '../src/handoff/presence';

const EARLY = '2026-11-26T03:00:00.000Z';
const LATE = '2026-11-26T03:00:09.500Z';

let front = true;
let told: (Said & { keepalive: boolean })[] = [];
let page = new EventTarget();

function presence(): Presence {
  return new Presence(
    (said, keepalive) => {
      told.push({ ...said, keepalive });
      return Promise.reject(new Error('no network'));
    },
    () => front,
    'page-0001',
  );
}

beforeEach(() => {
  [front, told, page] = [true, [], new EventTarget()];
  vi.useFakeTimers();
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a page says that it is there, again and again, and when that changes', () => {
  const end = presence().start();
  vi.advanceTimersByTime(BEAT_MS);
  front = false;
  document.dispatchEvent(new Event('visibilitychange'));
  page.dispatchEvent(new Event('pagehide'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(told.map(({ standing, keepalive }) => [standing, keepalive])).toEqual([
    ['front', false],
    ['front', false],
    ['behind', false],
    ['gone', true],
  ]);
  page.dispatchEvent(new Event('pageshow'));
  end();
  vi.advanceTimersByTime(BEAT_MS);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(told.slice(4).map(({ standing }) => standing)).toEqual(['behind', 'gone']);
});

test('what was in sight is told at once, and with what follows', () => {
  const ours = presence();
  const end = ours.start();
  ours.show('h1', LATE);
  ours.show('h1', EARLY);
  vi.advanceTimersByTime(BEAT_MS);
  expect(told.map((each) => each.shown_at)).toEqual([undefined, LATE, LATE]);
  expect(told[1]).toEqual({
    page: 'page-0001',
    standing: 'front',
    handoff: 'h1',
    shown_at: LATE,
    keepalive: false,
  });
  ours.show('h2', EARLY);
  expect(told.at(-1)).toMatchObject({ handoff: 'h2', shown_at: EARLY });
  end();
});

test('nothing is in sight on a page that is not in front', () => {
  const ours = presence();
  const end = ours.start();
  front = false;
  ours.show('h1', LATE);
  vi.advanceTimersByTime(BEAT_MS);
  expect(told.some(({ shown_at }) => shown_at !== undefined)).toBe(false);
  end();
});

test('a line was on their screen if it is not later than the last that was', () => {
  const known = { standing: 'closed', since: null, known_since: EARLY } as const;
  expect(wasShown(EARLY, { ...known, shown_at: EARLY })).toBe(true);
  expect(wasShown(LATE, { ...known, shown_at: EARLY })).toBe(false);
  expect(wasShown(EARLY, { ...known, shown_at: null })).toBe(false);
  expect(wasShown(EARLY, undefined)).toBe(false);
});
