import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Errands, type Errand } from '../src/handoff/errands';
import { Refused } from '../src/lib/api/problem';
import { RETRIES } from '../src/lib/retries';
import { Memory } from './shelf';

const AWAY = new Refused(0, 'unreachable', '', '');
const has = (agency: string) => new Refused(409, 'handed-off-already', '', '', { agency });

let shelf: Memory;
let sent: Errand[];
/** What the next requests fail with. */
let trouble: (Refused | 'hangs')[];
let keys: number;
const ends = { done: vi.fn(), refused: vi.fn() };
const send = async (errand: Errand) => {
  await Promise.resolve();
  sent.push(errand);
  const wrong = trouble.shift();
  if (wrong === 'hangs') await new Promise(() => undefined);
  else if (wrong) throw wrong;
};
const open = (agent = 'sari') =>
  new Errands(send, ends, shelf, `PKY/${agent}`, () => `key-${++keys}`);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const asked = () => sent.map(({ key, agencies }) => `${key} ${agencies.join()}`);

beforeEach(() => {
  vi.useFakeTimers();
  shelf = new Memory();
  [sent, trouble, keys] = [[], [], 0];
  ends.done.mockReset();
  ends.refused.mockReset();
});
afterEach(() => vi.useRealTimers());

test('it is sent once, and told when the service has it', async () => {
  const errands = open();
  expect(errands.begin('t1', 'PKY-1', ['damkar', 'polisi'])).toBe(true);
  expect(errands.all).toMatchObject([{ ticket: 't1', why: null }]);
  await pass(0);
  expect(asked()).toEqual(['key-1 damkar,polisi']);
  expect(ends.done).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ number: 'PKY-1' }));
  expect([errands.all, shelf.length]).toEqual([[], 0]);
});

test('while it is under way it is not begun again, and for nobody never', async () => {
  trouble = ['hangs'];
  const errands = open();
  expect(errands.begin('t1', '', [])).toBe(false);
  errands.begin('t1', '', ['damkar']);
  expect(errands.begin('t1', '', ['polisi'])).toBe(false);
  await pass(100_000);
  errands.nudge();
  await pass(0);
  expect(asked()).toEqual(['key-1 damkar']);
});

test('without an answer the same is sent again and again', async () => {
  trouble = [AWAY, AWAY, new Refused(503, 'store-unavailable', '', '')];
  const errands = open();
  const heard = vi.fn();
  errands.listen(heard);
  errands.begin('t1', '', ['damkar']);
  await pass(0);
  expect(errands.all).toMatchObject([{ why: AWAY }]);
  await pass(RETRIES[0] ?? 0);
  await pass(RETRIES[1] ?? 0);
  expect(ends.done).not.toHaveBeenCalled();
  await pass(RETRIES[2] ?? 0);
  expect(asked()).toEqual(Array(4).fill('key-1 damkar'));
  expect(ends.done).toHaveBeenCalledOnce();
  expect(heard).toHaveBeenCalled();
});

test('as soon as the service may be back it is sent at once; not sooner than it says', async () => {
  trouble = [AWAY, new Refused(429, 'too-many', '', '', {}, 30)];
  const errands = open();
  errands.begin('t1', '', ['damkar']);
  await pass(0);
  errands.nudge();
  await pass(29_000);
  expect(sent).toHaveLength(2);
  await pass(1_000);
  expect(sent).toHaveLength(3);
});

test('after a reload it goes on with the same key, for the one who began it', async () => {
  trouble = [AWAY];
  const before = open();
  before.begin('t1', 'PKY-1', ['damkar']);
  await pass(0);
  before.rest();
  await pass(100_000);
  expect(sent).toHaveLength(1);
  expect(open('budi').all).toEqual([]);
  shelf.setItem('sip112.handing-on/PKY/sari/t2', '{"ticket": 2}');
  shelf.setItem('sip112.handing-on/PKY/sari/t3', 'null');
  open();
  await pass(0);
  expect(asked()).toEqual(['key-1 damkar', 'key-1 damkar']);
  expect(ends.done).toHaveBeenCalledOnce();
});

test('a browser that keeps nothing sends it all the same', async () => {
  shelf.full = true;
  open().begin('t1', '', ['damkar']);
  await pass(0);
  expect(ends.done).toHaveBeenCalledOnce();
});

test('whose session is over goes on when they have signed in again', async () => {
  trouble = [new Refused(401, 'session-over', '', '')];
  open().begin('t1', '', ['damkar']);
  await pass(100_000);
  expect([sent.length, ends.refused.mock.calls.length]).toEqual([1, 0]);
  open();
  await pass(0);
  expect(asked()).toEqual(['key-1 damkar', 'key-1 damkar']);
});

test('what is refused is told, and not sent again', async () => {
  const closed = new Refused(409, 'ticket-closed', '', '');
  trouble = [closed];
  const errands = open();
  errands.begin('t1', '', ['damkar']);
  await pass(100_000);
  expect(ends.refused).toHaveBeenCalledExactlyOnceWith(expect.anything(), closed);
  expect([sent.length, errands.all, shelf.length]).toEqual([1, [], 0]);
});

test('who has it already is left out, and the others get it by a new key', async () => {
  trouble = [has('polisi')];
  const errands = open();
  errands.begin('t1', '', ['damkar', 'polisi']);
  await pass(0);
  expect(asked()).toEqual(['key-1 damkar,polisi', 'key-2 damkar']);
  expect(ends.done).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ agencies: ['damkar'] }),
  );
  trouble = [has('polisi'), has('sar')];
  errands.begin('t1', '', ['polisi']);
  errands.begin('t2', '', ['damkar']);
  await pass(0);
  expect(ends.done).toHaveBeenLastCalledWith(expect.objectContaining({ agencies: [] }));
  expect(ends.refused).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ ticket: 't2' }),
    expect.anything(),
  );
});
