import { expect, test } from 'vitest';
import { isNew, news, ringing, type Line } from '../src/agency/alert';
import type { Step } from '../src/agency/steps';

function line(handoff: string, step: Step, minute = 0): Line {
  return {
    handoff,
    requested_at: `2026-11-26T03:0${minute}:00.000Z`,
    step,
    since: '2026-11-26T03:00:00.000Z',
    ended: ['declined', 'completed', 'cancelled'].includes(step),
    following: [],
    ticket: 'PKY-20261126-0001',
    opened_at: '2026-11-26T03:00:00.000Z',
    type: null,
    severity: null,
    address: null,
    latitude: null,
    longitude: null,
    line_at: null,
  };
}

const lined = (before: Line, minute: number): Line => ({
  ...before,
  line_at: `2026-11-26T03:0${minute}:00.000Z`,
});

test.each([
  ['queued', true],
  ['sent', true],
  ['delivered', true],
  ['acknowledged', false],
  ['accepted', false],
  ['declined', false],
  ['on_scene', false],
  ['cancelled', false],
] as const)('an incident that is %s is new: %s', (step, is) => {
  expect(isNew(line('h1', step))).toBe(is);
});

test('it rings for whoever has waited longest first', () => {
  const items = [line('h2', 'delivered', 2), line('h3', 'accepted', 3), line('h1', 'queued', 1)];
  expect(ringing(items, new Set()).map((each) => each.handoff)).toEqual(['h1', 'h2']);
});

test('it does not ring for what was looked at', () => {
  const items = [line('h2', 'delivered', 2), line('h1', 'queued', 1)];
  const seen = new Set([news(items[1]!)]);
  expect(ringing(items, seen).map((each) => each.handoff)).toEqual(['h2']);
});

test('it rings for a line that nobody has answered, and again for each', () => {
  const accepted = line('h1', 'accepted');
  const items = [lined(accepted, 5), line('h2', 'queued', 4)];
  expect(ringing(items, new Set()).map((each) => each.handoff)).toEqual(['h2', 'h1']);
  const seen = new Set([news(accepted), news(items[0]!), news(items[1]!)]);
  expect(ringing(items, seen)).toEqual([]);
  expect(ringing([lined(accepted, 6)], seen)).toHaveLength(1);
  expect(ringing([lined(line('h2', 'queued', 4), 6)], seen)).toHaveLength(1);
});
