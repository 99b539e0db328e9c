import { expect, test } from 'vitest';
import type { Line } from '../src/handoff/board';
import { concerns, isFor, mark, returned, type Back } from '../src/handoff/returned';

const at = (minute: number) => `2026-11-26T03:${String(minute).padStart(2, '0')}:00.000Z`;
const back = (id: string, standing: Back['standing'], changed: Partial<Line> = {}): Back => ({
  standing,
  handoff: {
    id,
    purpose: 'handoff',
    step: standing === 'declined' ? 'declined' : 'sent',
    ended: standing === 'declined',
    since: at(0),
    alarmed_at: null,
    requested_by: 'sari',
    about: {},
    ...changed,
  } as Line,
});
const ids = (found: Back[]) => found.map(({ handoff: { id } }) => id);

test('what came back is told, the newest first, and nothing else', () => {
  const all = [
    back('goes-on', 'open'),
    back('no', 'declined', { since: at(1) }),
    back('lost', 'alarm', { since: at(0), alarmed_at: at(2) }),
    back('unstored', 'declined', { about: null }),
  ];
  expect(ids(returned(all, new Set()))).toEqual(['lost', 'no']);
});

test('what was put away is not told again, but what happens to it afterwards is', () => {
  const lost = back('lost', 'alarm', { alarmed_at: at(2) });
  const away = new Set([mark(lost)]);
  expect(returned([lost], away)).toEqual([]);
  const again = back('lost', 'alarm', { alarmed_at: at(3) });
  const then = back('lost', 'declined', { since: at(4) });
  expect(returned([again], away)).toEqual([again]);
  expect(returned([then], away)).toEqual([then]);
});

test('a change is looked at that may bring one back, or end what is told', () => {
  const changed = (some: Partial<Line>, known: string[] = []) =>
    concerns(back('one', 'open', some).handoff, new Set(known));
  expect(changed({ step: 'delivered' })).toBe(false);
  expect(changed({ step: 'delivered' }, ['one'])).toBe(true);
  expect(changed({ step: 'declined', ended: true })).toBe(true);
  expect(changed({ alarmed_at: at(1) })).toBe(true);
  expect(changed({ step: 'queued' })).toBe(true); // may stand for one that was declined
  expect(changed({ step: 'declined', ended: true, purpose: 'received' })).toBe(false);
});

test('it is for whoever handed it on, and for who supervises', () => {
  expect(isFor('sari', false, back('no', 'declined'))).toBe(true);
  expect(isFor('budi', false, back('no', 'declined'))).toBe(false);
  expect(isFor('rina', true, back('no', 'declined'))).toBe(true);
});
