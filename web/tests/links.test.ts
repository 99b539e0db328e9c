import { expect, test } from 'vitest';
import { reasons, type Similar } from '../src/links/reasons';

const similar = (more: Partial<Similar>) =>
  ({ seconds: 0, metres: null, same_type: false, same_number: false, ...more }) as Similar;

test('the reasons stand in the order in which they count', () => {
  const all = similar({ seconds: 190, metres: 130, same_type: true, same_number: true });
  expect(reasons(all)).toEqual([
    ['links.reason.number', {}],
    ['links.reason.metres', { distance: '150 m' }],
    ['links.reason.minutes', { n: 3 }],
    ['links.reason.type', {}],
  ]);
});

test('what is not known is no reason; the time always is', () => {
  expect(reasons(similar({ seconds: 29 }))).toEqual([['links.reason.at-once', {}]]);
  expect(reasons(similar({ seconds: 30, metres: 0 }))).toEqual([
    ['links.reason.metres', { distance: '0 m' }],
    ['links.reason.minutes', { n: 1 }],
  ]);
  expect(reasons(similar({ metres: 960 }))[0]).toEqual([
    'links.reason.metres',
    { distance: '1.0 km' },
  ]);
});
