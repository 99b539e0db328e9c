import { beforeEach, expect, test, vi } from 'vitest';

vi.mock('../src/lib/api/client', () => ({ api: {}, ask: vi.fn(), Refused: class {} }));
vi.mock('../src/lib/live/live.svelte', () => ({ listen: () => () => undefined }));
vi.mock('../src/lib/session.svelte', () => ({ session: () => undefined }));
vi.mock('../src/phone/sound', () => ({
  Sound: class {
    chime = () => undefined;
  },
}));

const { lookAt, take, unreadOf } = await import('../src/handoff/relay.svelte');

type Known = Parameters<typeof take>[0][number];

const event = (kind: string, by: string) =>
  ({
    at: '2026-11-26T03:00:00.000Z',
    kind,
    step: 'sent',
    by,
    channel: 'relay',
    note: 'x',
  }) as const;
const theirs = event('note', 'agency:damkar Budi');
const listed = (version: number, unread: number, ended = false) => ({
  id: 'h1',
  version,
  ended,
  unread,
});

beforeEach(() => {
  const events = [event('line', 'sari'), theirs, theirs];
  const known = { id: 'h1', ticket: 't1', version: 4, ended: false, events };
  take([known as unknown as Known], 'PKY-1');
});

test('of a thread that is not known here the service tells how much is unread', () => {
  expect(unreadOf({ ...listed(1, 3), id: 'other' })).toBe(3);
  expect(unreadOf({ ...listed(1, 3, true), id: 'other' })).toBe(0);
});

test('what was read in this tab is not told again, and what came since is', () => {
  expect(unreadOf(listed(4, 2))).toBe(2);
  lookAt('h1');
  expect(unreadOf(listed(4, 2))).toBe(0);
  expect(unreadOf(listed(3, 2))).toBe(0); // the list is older than the thread
  expect(unreadOf(listed(5, 3))).toBe(3);
});
