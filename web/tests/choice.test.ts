import { expect, test } from 'vitest';
import { choice, type Handoff, type Proposal } from '../src/handoff/choice';

type Entry = Partial<Proposal['needs'][number]>;

const need = (entry: Entry) => ({
  kind: 'fire' as const,
  named: null,
  candidates: [],
  left_out: [],
  chosen: null,
  ...entry,
});
const can = (...agencies: string[]) => agencies.map((agency) => ({ agency, uncertain: false }));
const plan = (...entries: Entry[]): Proposal => ({
  plan_of: 'fire',
  needs: entries.map(need),
  chosen: [],
  referrals: [],
  complete: false,
});
const FIRE = { candidates: can('damkar'), chosen: 'damkar' };
const TWO = { candidates: can('damkar', 'balakar') };
const handoff = (agency: string, changed: Partial<Handoff> = {}): Handoff => ({
  id: agency,
  ticket: 't1',
  agency,
  purpose: 'handoff',
  step: 'queued',
  since: '2026-11-26T03:00:00.000Z',
  unproven: false,
  by_hand: false,
  ended: false,
  following: [],
  requested_at: '2026-11-26T03:00:00.000Z',
  requested_by: 'sari',
  by: null,
  numbers: [],
  due_at: null,
  alarmed_at: null,
  reason: '',
  version: 1,
  ...changed,
});
const declined = (agency: string) => handoff(agency, { step: 'declined', ended: true });
const says = (...those: [string, boolean][]) => new Map(those);
const of = (entries: Entry[], handoffs: Handoff[] = [], decided = says(), added: string[] = []) =>
  choice(plan(...entries), handoffs, decided, added);

test('who is meant is wanted, unless somebody says no; each once', () => {
  const medical: Entry = { kind: 'medical', candidates: can('medis'), chosen: 'medis' };
  expect(of([FIRE, medical, FIRE]).agencies).toEqual(['damkar', 'medis']);
  const without = of([FIRE, medical], [], says(['damkar', false]));
  expect(without.agencies).toEqual(['medis']);
  expect(without.needs.map(({ state }) => state)).toEqual(['left', 'wanted']);
});

test('of several nobody is wanted until somebody says who, and several may be', () => {
  const { agencies, needs } = of([TWO]);
  expect([agencies, needs[0]?.state]).toEqual([[], 'ambiguous']);
  const decided = of([TWO], [], says(['damkar', true], ['balakar', true]));
  expect([decided.agencies, decided.needs[0]?.state]).toEqual([['damkar', 'balakar'], 'wanted']);
});

test('who is left out can be wanted all the same, but not who is inactive', () => {
  const missing: Entry = {
    left_out: [
      { agency: 'jauh', reason: 'outside' },
      { agency: 'bubar', reason: 'inactive' },
    ],
  };
  expect(of([missing]).needs[0]).toMatchObject({ state: 'missing', offers: [{}, { free: false }] });
  const decided = of([missing], [], says(['jauh', true], ['bubar', true]));
  expect([decided.agencies, decided.needs[0]?.state]).toEqual([['jauh'], 'wanted']);
});

test('who has the ticket is not wanted again, and what it is for is done', () => {
  const sent = of([FIRE], [handoff('damkar')], says(['damkar', true]));
  expect([sent.agencies, sent.needs[0]?.state]).toEqual([[], 'with']);
  const done = of([FIRE], [handoff('damkar', { step: 'completed', ended: true })]);
  expect([done.agencies, done.needs[0]?.state]).toEqual([[], 'with']);
});

test('who has declined is wanted again only if somebody says so; the last handoff counts', () => {
  const refused = of([FIRE], [declined('damkar')]);
  expect([refused.agencies, refused.needs[0]?.state]).toEqual([[], 'left']);
  expect(of([FIRE], [declined('damkar')], says(['damkar', true])).agencies).toEqual(['damkar']);
  const later = handoff('damkar', { requested_at: '2026-11-26T03:05:00.000Z' });
  for (const handoffs of [
    [later, declined('damkar')],
    [declined('damkar'), later],
  ])
    expect(of([FIRE], handoffs).needs[0]?.state).toBe('with');
});

test('who was added is wanted beside the plan, and stands there once', () => {
  const found = of([FIRE], [], says(), ['bpbd', 'damkar']);
  expect(found.added.map(({ agency }) => agency)).toEqual(['bpbd']);
  expect(found.agencies).toEqual(['damkar', 'bpbd']);
  expect(of([FIRE], [handoff('bpbd')], says(), ['bpbd']).added).toEqual([]);
});

test('without a plan there are those who were added', () => {
  expect(choice(undefined, [], says(), ['sar'])).toMatchObject({ needs: [], agencies: ['sar'] });
});
