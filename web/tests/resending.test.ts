import { beforeEach, expect, test, vi } from 'vitest';

const service = vi.hoisted(() => ({ get: vi.fn(), post: vi.fn() }));
const said = vi.hoisted(() => ({ done: vi.fn(), warn: vi.fn(), problem: vi.fn() }));
vi.mock('../src/lib/api/client', () => ({
  api: { GET: service.get, POST: service.post },
  ask: (asked: Promise<unknown>) => asked,
}));
vi.mock('../src/lib/live/live.svelte', () => ({ listen: () => () => undefined }));
vi.mock('../src/lib/agencies.svelte', () => ({ agencyName: (code: string) => code }));
vi.mock('../src/lib/i18n/index.svelte', () => ({
  t: (key: string, values?: unknown) => `${key} ${JSON.stringify(values)}`,
}));
vi.mock('../src/lib/toasts.svelte', () => ({
  ...said,
  words: ({ kind }: { kind: string }) => ({ text: kind, remedy: `${kind}?` }),
}));

const { Refused } = await import('../src/lib/api/problem');
const { inOrder, oneByOne, several } = await import('../src/handoff/resending');
const { Letters } = await import('../src/handoff/letters.svelte');

const letter = (id: string, minute: number, agency = 'relawan') => ({
  id,
  agency,
  ticket: `t-${id}`,
  about: { number: `PKY-${id}` },
  done_at: `2026-11-26T03:0${minute}:00.000Z`,
});
const refusal = (status: number, kind: string) => new Refused(status, kind, '', '');
const ids = (letters: readonly { id: string }[]) => letters.map(({ id }) => id).join(' ');
const MANY = [letter('c', 3), letter('x', 2, 'medis'), letter('b', 2), letter('a', 1)];

/** Identifiers in the order in which they were asked to be sent again. */
let asked: string[];
/** What becomes of which. */
let trouble: Map<string, unknown>;

beforeEach(() => {
  for (const each of [...Object.values(service), ...Object.values(said)]) each.mockReset();
  [asked, trouble] = [[], new Map()];
  service.post.mockImplementation(async (_: string, { params }) => {
    await Promise.resolve();
    asked.push(params.path.message_id);
    const wrong = trouble.get(params.path.message_id);
    if (wrong !== undefined) throw wrong;
  });
  service.get.mockResolvedValue({ items: MANY, next: null });
});

test('an agency has a button for all once there are several', () => {
  expect(several(MANY)).toEqual([{ agency: 'relawan', n: 3 }]);
  expect(several([...MANY, letter('y', 1, 'medis')])).toEqual([
    { agency: 'relawan', n: 3 },
    { agency: 'medis', n: 2 },
  ]);
});

test('those of one agency are in the order in which they were given up', () => {
  expect(ids(inOrder(MANY, 'relawan'))).toBe('a b c');
  expect(ids(inOrder([letter('second', 1), letter('first', 1)], 'relawan'))).toBe('first second');
});

test('all are sent one after the other, those too that do not stand in the table', async () => {
  service.get
    .mockResolvedValueOnce({ items: MANY.slice(0, 2), next: 'more' })
    .mockResolvedValueOnce({ items: MANY.slice(2), next: null });
  const letters = new Letters();
  const seen: unknown[] = [];
  service.post.mockImplementation(async (_: string, { params }) => {
    await Promise.resolve();
    asked.push(params.path.message_id);
    seen.push(letters.progress('relawan'));
  });
  const run = letters.resendAll('relawan');
  expect(letters.progress('relawan')).toEqual({ sent: 0, of: undefined });
  void letters.resendAll('relawan'); // a second press
  await run;
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(seen).toEqual([0, 1, 2].map((sent) => ({ sent, of: 3 })));
  expect(service.get.mock.calls[1]?.[1].params.query.cursor).toBe('more');
  expect(letters.progress('relawan')).toBeUndefined();
  expect(said.done).toHaveBeenCalledExactlyOnceWith(
    'letter.resent.all {"agency":"relawan","n":3}',
    'relawan',
  );
  expect(said.warn).not.toHaveBeenCalled();
});

test('what is refused holds up nobody, and is said by its ticket', async () => {
  trouble.set('b', refusal(404, 'unknown-message'));
  await new Letters().resendAll('relawan');
  expect(asked).toEqual(['a', 'b', 'c']);
  expect(said.done).not.toHaveBeenCalled();
  const what = { agency: 'relawan', n: 1, of: 3, tickets: 'PKY-b', why: 'unknown-message' };
  expect(said.warn).toHaveBeenCalledExactlyOnceWith(
    `letter.resent.refused ${JSON.stringify(what)}`,
    'unknown-message?',
  );
});

test('what somebody else has sent again already is no failure', async () => {
  const gone: string[] = [];
  const send = ({ id }: { id: string }) =>
    id === 'b' ? Promise.reject(refusal(409, 'not-dead')) : Promise.resolve();
  const outcome = await oneByOne(inOrder(MANY, 'relawan'), send, ({ id }) => void gone.push(id));
  expect(outcome).toEqual({ sent: 3, refused: [], stopped: undefined, left: 0 });
  expect(gone).toEqual(['a', 'b', 'c']);
});

test.each([refusal(0, 'unreachable'), refusal(503, 'store-unavailable'), refusal(401, 'no')])(
  'a service that takes none for now ($kind) is asked no further, and the rest stays',
  async (wrong) => {
    trouble.set('b', wrong);
    const letters = new Letters();
    await letters.resendAll('relawan');
    expect(asked).toEqual(['a', 'b']);
    const what = { agency: 'relawan', sent: 1, of: 3, why: wrong.kind };
    expect(said.warn).toHaveBeenCalledExactlyOnceWith(
      `letter.resent.stopped ${JSON.stringify(what)}`,
      `letter.resent.left {"n":2} ${wrong.kind}?`,
    );
    expect(letters.progress('relawan')).toBeUndefined();
  },
);

test('where they cannot be read none is sent', async () => {
  service.get.mockRejectedValue(refusal(0, 'unreachable'));
  const letters = new Letters();
  await letters.resendAll('relawan');
  expect(asked).toEqual([]);
  expect(said.problem).toHaveBeenCalledOnce();
  expect(letters.progress('relawan')).toBeUndefined();
});
