import { expect, test } from 'vitest';
import {
  apply,
  replace,
  Seen,
  type CallView,
  type EventView,
  type Known,
  type SeatView,
} from '../src/lib/live/reducer';

const call = (id: string, state: CallView['state']) => ({ id, state }) as CallView;
const seat = (id: string, state: SeatView['state']) => ({ id, state }) as SeatView;
const entry = (seq: number, more: Partial<EventView> = {}) =>
  ({ seq, at: `t${seq}`, kind: 'call.queued', call: null, seat: null, ...more }) as EventView;
const nothing = (): Known => ({ calls: new Map(), seats: new Map() });

test('a snapshot takes the place of all that was known', () => {
  const known = nothing();
  replace(known, [call('a', 'queued'), call('b', 'talking')], [seat('s', 'ready')]);
  replace(known, [call('b', 'talking')], [seat('s', 'paused')]);
  expect([...known.calls.keys()]).toEqual(['b']);
  expect(known.seats.get('s')?.state).toBe('paused');
});

test('an entry puts its call and its seat in place; an ended call leaves', () => {
  const known = nothing();
  apply(known, entry(1, { call: call('a', 'ringing'), seat: seat('s', 'ringing') }));
  expect(known.calls.get('a')?.state).toBe('ringing');
  expect(known.seats.get('s')?.state).toBe('ringing');
  apply(known, entry(2, { call: call('a', 'ended') }));
  expect(known.calls.size).toBe(0);
});

test('entries that came before the snapshot and are told after it do no harm', () => {
  const known = nothing();
  replace(known, [call('a', 'talking')], []);
  apply(known, entry(1, { call: call('a', 'ringing') }));
  apply(known, entry(2, { call: call('a', 'talking') }));
  expect(known.calls.get('a')?.state).toBe('talking');
});

test('what is sent again after a cut came before', () => {
  const seen = new Seen();
  expect([1, 2, 3, 2, 3, 4].map((seq) => seen.before(entry(seq)))).toEqual([
    false,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('a number that another node gave to another entry is news', () => {
  const seen = new Seen();
  seen.before(entry(5));
  const other = entry(5, { at: 'later', kind: 'call.ended' });
  expect(seen.before(other)).toBe(false);
  expect(seen.before(other)).toBe(true);
});

test('it forgets what is long past, and remembers the last', () => {
  const seen = new Seen();
  for (let seq = 1; seq <= 3000; seq += 1) expect(seen.before(entry(seq))).toBe(false);
  expect(seen.before(entry(3000))).toBe(true);
  expect(seen.before(entry(2500))).toBe(true);
});
