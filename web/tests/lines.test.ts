import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Lines, type Line } from '../src/handoff/lines';
import { Refused } from '../src/lib/api/problem';
import { RETRIES } from '../src/lib/retries';
import { Memory } from './shelf';

const AWAY = new Refused(0, 'unreachable', '', '');
const ENDED = new Refused(409, 'not-relayed', '', '');

let shelf: Memory;
let sent: Line[];
/** What the next requests fail with. */
let trouble: (Refused | 'hangs')[];
let keys: number;
const taken = vi.fn();
const changed = vi.fn();
const send = async (line: Line) => {
  await Promise.resolve();
  sent.push(line);
  const wrong = trouble.shift();
  if (wrong === 'hangs') await new Promise(() => undefined);
  else if (wrong) throw wrong;
  return line.text;
};
const begun = (agent = 'sari') =>
  new Lines(send, taken, changed, shelf, `PKY/${agent}`, () => `key-${++keys}`);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const asked = () => sent.map(({ handoff, text, key }) => `${handoff} ${text} ${key}`);

beforeEach(() => {
  vi.useFakeTimers();
  shelf = new Memory();
  [sent, trouble, keys] = [[], [], 0];
  taken.mockReset();
  changed.mockReset();
});
afterEach(() => vi.useRealTimers());

test('a line is shown at once, sent once, and gone when the service has it', async () => {
  const lines = begun();
  lines.write('h1', 'api');
  expect(lines.all).toMatchObject([{ text: 'api', why: null, refused: false }]);
  expect(changed).toHaveBeenCalled();
  await pass(0);
  expect(asked()).toEqual(['h1 api key-1']);
  expect(taken).toHaveBeenCalledExactlyOnceWith('api');
  expect([lines.all, shelf.length]).toEqual([[], 0]);
});

test('those of one agency go one after the other, and hold up no other one', async () => {
  trouble = ['hangs'];
  const lines = begun();
  lines.write('h1', 'a');
  lines.write('h1', 'b');
  lines.write('h2', 'c');
  await pass(60_000);
  lines.nudge();
  await pass(0);
  expect(asked()).toEqual(['h1 a key-1', 'h2 c key-3']);
});

test('without an answer the same is sent again and again, and the rest after it', async () => {
  trouble = [AWAY, new Refused(503, 'store-unavailable', '', '')];
  const lines = begun();
  lines.write('h1', 'a');
  lines.write('h1', 'b');
  await pass(0);
  expect(lines.all).toMatchObject([{ text: 'a', why: AWAY, refused: false }, { text: 'b' }]);
  await pass(RETRIES[0] ?? 0);
  await pass(RETRIES[1] ?? 0);
  expect(asked()).toEqual(['h1 a key-1', 'h1 a key-1', 'h1 a key-1', 'h1 b key-2']);
  expect(lines.all).toEqual([]);
});

test('as soon as the service may be back it is sent at once', async () => {
  trouble = [AWAY, AWAY, AWAY];
  const lines = begun();
  lines.write('h1', 'a');
  await pass(0);
  lines.nudge();
  lines.nudge();
  await pass(0);
  expect(sent).toHaveLength(2);
});

test('what is refused stays with its words until it is put away; what follows is sent', async () => {
  trouble = [ENDED];
  const lines = begun();
  lines.write('h1', 'a');
  lines.write('h1', 'b');
  await pass(0);
  expect(lines.all).toMatchObject([{ text: 'a', why: ENDED, refused: true }]);
  expect(taken).toHaveBeenCalledExactlyOnceWith('b');
  await pass(60_000);
  expect(sent).toHaveLength(2);
  expect([lines.drop('key-2'), lines.drop('key-1'), lines.drop('key-1')]).toEqual(['', 'a', '']);
  expect([lines.all, shelf.length]).toEqual([[], 0]);
});

test('after a reload it goes on with the same keys, for the one who wrote', async () => {
  trouble = [AWAY];
  const before = begun();
  before.write('h1', 'a');
  before.write('h1', 'b');
  await pass(0);
  before.rest();
  await pass(60_000);
  expect(sent).toHaveLength(1);
  expect(begun('budi').all).toEqual([]);
  begun();
  await pass(0);
  expect(asked().slice(1)).toEqual(['h1 a key-1', 'h1 b key-2']);
});

test.each(['{', 'null', '{"a":1}', '[1]', '[{"handoff":"h1","text":5,"key":"k"}]'])(
  'what is kept of something else is no line: %s',
  (text) => {
    shelf.setItem('sip112.relay/PKY/sari', text);
    expect(begun().all).toEqual([]);
  },
);

test('a browser that keeps nothing sends it all the same', async () => {
  shelf.full = true;
  begun().write('h1', 'a');
  await pass(0);
  expect(taken).toHaveBeenCalledOnce();
});

test('whose session is over goes on when they have signed in again', async () => {
  trouble = [new Refused(401, 'session-over', '', '')];
  const lines = begun();
  lines.write('h1', 'a');
  lines.write('h1', 'b');
  await pass(60_000);
  expect(sent).toHaveLength(1);
  expect(lines.all).toMatchObject([{ refused: false }, { refused: false }]);
});
