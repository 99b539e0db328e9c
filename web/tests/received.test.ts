import { expect, test } from 'vitest';
import type { Handoff } from '../src/handoff/choice';
import { answers, awaitsAnswer, isUnseen } from '../src/handoff/received';

const asked = (...following: Handoff['following']) =>
  ({ purpose: 'received', step: 'delivered', ended: false, following }) as unknown as Handoff;
const ALL: Handoff['following'] = [
  'acknowledged',
  'accepted',
  'declined',
  'en_route',
  'on_scene',
  'completed',
];

test('before anything else the other centre gets a yes or a no', () => {
  expect(answers(asked(...ALL))).toEqual(['accepted', 'declined']);
  expect(answers(asked(...ALL.slice(1)))).toEqual(['accepted', 'declined']);
});

test('who has accepted is offered the next step first, and may still decline', () => {
  const accepted = asked('declined', 'en_route', 'on_scene', 'completed');
  expect(answers(accepted)).toEqual(['en_route', 'on_scene', 'completed', 'declined']);
  expect(answers(asked('completed'))).toEqual(['completed']);
  expect(answers(asked())).toEqual([]);
});

test('it is seen once, and an answer is awaited until there is one', () => {
  expect([isUnseen(asked(...ALL)), awaitsAnswer(asked(...ALL))]).toEqual([true, true]);
  const seen = asked(...ALL.slice(1));
  expect([isUnseen(seen), awaitsAnswer(seen)]).toEqual([false, true]);
  expect(awaitsAnswer(asked('declined', 'en_route'))).toBe(false);
  expect(isUnseen({ ...asked(...ALL), purpose: 'handoff' })).toBe(false);
});
