import { expect, test } from 'vitest';
import { situation } from '../src/desk/parties';
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
  situation({ state, parties } as unknown as CallView, 'web-01');

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
  expect(steps).toEqual([
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
