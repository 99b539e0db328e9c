import { expect, test } from 'vitest';
import type { Handoff } from '../src/handoff/choice';
import { arranged } from '../src/handoff/order';

const at = (minute: number) => `2026-11-26T03:${String(minute).padStart(2, '0')}:00.000Z`;
const handoff = (id: string, requested: number, changed: Partial<Handoff> = {}) =>
  ({
    id,
    purpose: 'handoff',
    step: 'queued',
    ended: false,
    requested_at: at(requested),
    since: at(requested),
    alarmed_at: null,
    ...changed,
  }) as Handoff;
const declined = (id: string, requested: number, since: number) =>
  handoff(id, requested, { step: 'declined', ended: true, since: at(since) });
const shown = (...handoffs: Handoff[]) =>
  arranged(handoffs).map(({ handoff: { id }, standing }) => `${id} ${standing}`);

test('who declined is first, then nobody reached, then those that go on, then the ended', () => {
  expect(
    shown(
      handoff('done', 0, { step: 'completed', ended: true }),
      handoff('late', 2),
      handoff('soon', 1),
      handoff('lost', 3, { alarmed_at: at(4) }),
      declined('no', 1, 5),
    ),
  ).toEqual(['no declined', 'lost alarm', 'soon open', 'late open', 'done ended']);
});

test('each later handoff stands for one that was declined before it', () => {
  const first = declined('first', 0, 2);
  const second = declined('second', 0, 3);
  expect(shown(first, second, handoff('instead', 4))).toEqual([
    'second declined',
    'instead open',
    'first ended',
  ]);
  expect(shown(first, second, handoff('instead', 4), handoff('too', 5))).toEqual([
    'instead open',
    'too open',
    'first ended',
    'second ended',
  ]);
  expect(shown(first, handoff('before', 1))).toEqual(['first declined', 'before open']);
});

test('an alarm of what has ended is none', () => {
  expect(shown(handoff('over', 0, { step: 'cancelled', ended: true, alarmed_at: at(1) }))).toEqual([
    'over ended',
  ]);
});

test('a referral asks nobody to act, and stands for nobody who declined', () => {
  const told = handoff('told', 4, { step: 'completed', ended: true, purpose: 'referral' });
  expect(shown(declined('no', 0, 2), told)).toEqual(['no declined', 'told ended']);
});
