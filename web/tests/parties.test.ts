import { expect, test } from 'vitest';
import { concerns, situation } from '../src/desk/parties';
import type { CallView } from '../src/lib/live/reducer';

type Party = CallView['parties'][number];

const party = (
  seat: string | null,
  place: Party['place'],
  number: string | null = null,
): Party => ({
  seat,
  number,
  place,
  since: '2026-11-26T03:00:00.000Z',
});
const now = (state: CallView['state'], ...parties: Party[]) =>
  situation({ state, parties, seat: 'web-01' } as unknown as CallView, 'web-01');

test('it rings while it is offered, and when somebody wants us in their call', () => {
  expect(now('offered').phase).toBe('ringing');
  expect(now('ringing').phase).toBe('ringing');
  expect(now('talking', party('seat-02', 'talking'), party('web-01', 'ringing')).phase).toBe(
    'ringing',
  );
});

test('we talk with the caller, alone or put aside', () => {
  expect(now('talking', party('web-01', 'talking'))).toEqual({
    phase: 'talking',
    other: '',
    otherRings: false,
    asked: false,
  });
  expect(now('talking', party('web-01', 'aside')).phase).toBe('held');
});

test('somebody is called, consulted, and with us', () => {
  const steps = [
    [party('web-01', 'aside'), party('seat-02', 'ringing')],
    [party('web-01', 'aside'), party(null, 'aside', '0811555')],
    [party('web-01', 'talking'), party('seat-02', 'ringing')],
    [party('web-01', 'talking'), party('seat-02', 'talking')],
  ].map((parties) => now('talking', ...parties));
  expect(steps).toMatchObject([
    { phase: 'calling', other: 'seat-02', otherRings: true },
    { phase: 'consulting', other: '0811555', otherRings: false },
    { phase: 'talking', other: 'seat-02', otherRings: true },
    { phase: 'together', other: 'seat-02', otherRings: false },
  ]);
});

test('of several others, one names the one with whom something is to be done', () => {
  const those = [party('seat-03', 'talking'), party('seat-02', 'ringing')];
  expect(now('talking', party('web-01', 'talking'), ...those)).toMatchObject({
    other: 'seat-02',
    otherRings: true,
  });
});

test('somebody wants to speak with us, and asks', () => {
  const asking = (place: Party['place'], ours: Party['place']) =>
    situation(
      {
        state: 'talking',
        seat: 'web-02',
        parties: [party('web-02', place), party('web-01', ours)],
      } as unknown as CallView,
      'web-01',
    );
  expect(asking('aside', 'ringing')).toMatchObject({
    phase: 'ringing',
    other: 'web-02',
    asked: true,
  });
  expect(asking('aside', 'aside')).toMatchObject({ phase: 'consulting', asked: true });
  expect(asking('talking', 'talking')).toMatchObject({ phase: 'together', asked: false });
});

test('a call concerns who is in it or called into it, and before an answer whom it rings for', () => {
  const call = (...parties: Party[]) => ({ seat: 'web-01', parties }) as unknown as CallView;
  expect(concerns(call(), 'web-01')).toBe(true);
  expect(concerns(call(), 'web-02')).toBe(false);
  const handed = call(party('web-02', 'ringing'));
  expect(concerns(handed, 'web-02')).toBe(true);
  expect(concerns(handed, 'web-01')).toBe(false);
});
