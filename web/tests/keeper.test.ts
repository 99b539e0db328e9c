import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refused } from '../src/lib/api/problem';
import { Drafts } from '../src/lib/ticket/draft';
import { Memory } from './shelf';
import { BLANK, bodyOf, fieldsOf, type Patch, type Ticket } from '../src/lib/ticket/fields';
import { Keeper, LONGEST_PAUSE, PAUSE, type Transport } from '../src/lib/ticket/keeper';

const away = () => new Refused(0, 'unreachable', '', '');

/** A service with one ticket: answers as the real one does. */
class Service implements Transport {
  ticket: Ticket = {
    id: 't1',
    number: 'PKY-20261126-0001',
    version: 1,
    opened_at: '2026-11-26T03:00:00.000Z',
    ...bodyOf(BLANK),
  } as unknown as Ticket;
  /** What the next requests fail with; `after` means that it was done all the same. */
  trouble: { error: Refused; after: boolean }[] = [];
  sent: { patch: Patch; version: number }[] = [];
  #made = new Map<string, Ticket>();

  async read(_: string, known: number | null) {
    await Promise.resolve();
    const trouble = this.trouble.shift();
    if (trouble) throw trouble.error;
    return this.ticket.version === known ? null : this.ticket;
  }

  async change(_: string, patch: Patch, version: number) {
    await Promise.resolve();
    this.sent.push({ patch, version });
    const trouble = this.trouble.shift();
    if (trouble && !trouble.after) throw trouble.error;
    const key = JSON.stringify([patch, version]);
    if (!this.#made.has(key)) {
      if (version !== this.ticket.version)
        throw new Refused(412, 'ticket-changed', 'changed', '', { current: this.ticket });
      this.by_others(patch);
      this.#made.set(key, this.ticket);
    }
    if (trouble) throw trouble.error;
    return this.ticket;
  }

  by_others(patch: Patch) {
    this.ticket = {
      ...this.ticket,
      ...bodyOf(patch),
      version: this.ticket.version + 1,
    } as Ticket;
  }
}

let service: Service;
let shelf: Memory;
const open = (agent = 'sari') =>
  new Keeper('t1', 'PKY-20261126-0001', service, new Drafts(shelf, 'PKY', agent));
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  service = new Service();
  shelf = new Memory();
});
afterEach(() => vi.useRealTimers());

test('what is typed is sent when one stops typing, and shown as it was typed', async () => {
  const ticket = open();
  await pass(0);
  expect(ticket.view.saving.kind).toBe('saved');
  ticket.edit('narrative', 'api ');
  expect(ticket.view.saving.kind).toBe('writing');
  await pass(PAUSE - 1);
  expect(service.sent).toEqual([]);
  await pass(1);
  expect(service.ticket.narrative).toBe('api');
  expect(ticket.view.saving.kind).toBe('saved');
  expect(ticket.view.shown.narrative).toBe('api '); // or the next word would stick to it
  expect(shelf.length).toBe(0);
});

test('of what it is a duplicate is shown as soon as it is read', async () => {
  const ticket = open();
  expect(ticket.view.duplicateOf).toBeNull();
  await pass(0);
  expect(ticket.view.duplicateOf).toBeNull();
  service.ticket = { ...service.ticket, version: 2, duplicate_of: 'PKY-20261126-0002' };
  ticket.heard(2, 'sari');
  await pass(0);
  expect(ticket.view.duplicateOf).toBe('PKY-20261126-0002');
  service.ticket = { ...service.ticket, version: 3, duplicate_of: null };
  ticket.heard(3, 'sari');
  await pass(0);
  expect(ticket.view.duplicateOf).toBeNull();
});

test('who never stops typing is saved all the same', async () => {
  const ticket = open();
  for (let at = 0, text = ''; at < LONGEST_PAUSE; at += 100) {
    ticket.edit('narrative', (text += 'a'));
    await pass(100);
  }
  expect(service.ticket.narrative).toMatch(/^a{15,}$/);
});

test('what is typed while a change is on its way is sent after it', async () => {
  const ticket = open();
  await pass(0);
  ticket.edit('narrative', 'api');
  ticket.flush();
  ticket.edit('narrative', 'api besar');
  await pass(PAUSE);
  expect(service.sent.map(({ version }) => version)).toEqual([1, 2]);
  expect(service.ticket.narrative).toBe('api besar');
});

test('a service that is away is tried until it answers, and nothing is lost meanwhile', async () => {
  const ticket = open();
  await pass(0);
  service.trouble = Array.from({ length: 5 }, () => ({ error: away(), after: false }));
  ticket.edit('address', 'Jl. Rajawali');
  await pass(PAUSE);
  expect(ticket.view.saving.kind).toBe('waiting');
  ticket.edit('persons', 'dua');
  await pass(60_000);
  expect(fieldsOf(service.ticket)).toMatchObject({ address: 'Jl. Rajawali', persons: 'dua' });
  expect(ticket.view.saving.kind).toBe('saved');
});

test('a change whose answer was lost is sent again as it was, and made once', async () => {
  const ticket = open();
  await pass(0);
  service.trouble = [{ error: away(), after: true }];
  ticket.edit('address', 'Jl. Rajawali');
  await pass(60_000);
  expect(service.sent).toEqual([
    { patch: { address: 'Jl. Rajawali' }, version: 1 },
    { patch: { address: 'Jl. Rajawali' }, version: 1 },
  ]);
  expect(service.ticket.version).toBe(2);
  expect(ticket.view.conflicts).toEqual({});
});

test('a draft outlives the browser, with what was sent and not answered', async () => {
  const first = open();
  await pass(0);
  service.trouble = [{ error: away(), after: true }];
  first.edit('address', 'Jl. Rajawali');
  await pass(PAUSE);
  first.edit('persons', 'dua');
  first.rest();
  const second = open();
  expect(second.view.fields).toMatchObject({ address: 'Jl. Rajawali', persons: 'dua' });
  await pass(60_000);
  expect(service.ticket).toMatchObject({ address: 'Jl. Rajawali', persons: 'dua', version: 3 });
  expect(second.view.conflicts).toEqual({});
  expect(shelf.length).toBe(0);
});

test('a draft is its writer’s: the next one at this computer does not send it', async () => {
  const first = open('sari');
  service.trouble = [{ error: away(), after: false }];
  first.edit('address', 'Jl. Rajawali');
  first.rest();
  const second = open('budi');
  await pass(60_000);
  expect(second.view.fields.address).toBeNull();
  expect(new Drafts(shelf, 'PKY', 'sari').tickets()).toEqual(['t1']);
});

test('a ticket that was never read can be written on, and is merged when it is', async () => {
  service.by_others({ severity: 'high' });
  service.trouble = [
    { error: new Refused(404, 'unknown-ticket', 'no', ''), after: false },
    { error: new Refused(503, 'store-unavailable', 'away', ''), after: false },
  ];
  const ticket = open();
  ticket.edit('narrative', 'api');
  await pass(60_000);
  expect(service.ticket).toMatchObject({ narrative: 'api', severity: 'high' });
});

test('what others wrote in other fields is taken over, and ours is saved beside it', async () => {
  const ticket = open();
  await pass(0);
  service.by_others({ address: 'Jl. Seth Adji' });
  ticket.edit('narrative', 'api');
  await pass(PAUSE);
  expect(service.ticket).toMatchObject({ address: 'Jl. Seth Adji', narrative: 'api' });
  expect(ticket.view.shown.address).toBe('Jl. Seth Adji');
  expect(ticket.view.changed).toEqual({ address: null });
  expect(ticket.view.conflicts).toEqual({});
});

test('what both wrote waits for a decision; the rest goes on being saved', async () => {
  const ticket = open();
  await pass(0);
  service.by_others({ address: 'Jl. Seth Adji' });
  ticket.edit('address', 'Jl. Rajawali');
  ticket.edit('narrative', 'api');
  await pass(PAUSE);
  expect(service.ticket).toMatchObject({ address: 'Jl. Seth Adji', narrative: 'api' });
  expect(ticket.view.conflicts).toEqual({
    address: { mine: 'Jl. Rajawali', theirs: 'Jl. Seth Adji', by: null },
  });
  expect(ticket.view.saving).toEqual({ kind: 'stuck', why: null });
  ticket.edit('persons', 'dua');
  await pass(PAUSE);
  expect(service.ticket).toMatchObject({ address: 'Jl. Seth Adji', persons: 'dua' });
  ticket.decide('address', 'mine');
  await pass(0);
  expect(service.ticket.address).toBe('Jl. Rajawali');
  expect(ticket.view.saving.kind).toBe('saved');
});

test('a conflict outlives a reload', async () => {
  const first = open();
  await pass(0);
  service.by_others({ address: 'Jl. Seth Adji' });
  first.edit('address', 'Jl. Rajawali');
  await pass(PAUSE);
  first.rest();
  const second = open();
  await pass(60_000);
  expect(second.view.conflicts.address).toMatchObject({ theirs: 'Jl. Seth Adji' });
  expect(service.ticket.address).toBe('Jl. Seth Adji');
  second.decide('address', 'theirs');
  await pass(0);
  expect(second.view.saving.kind).toBe('saved');
  expect(shelf.length).toBe(0);
});

test('both of two narratives can be kept', async () => {
  const ticket = open();
  await pass(0);
  service.by_others({ narrative: 'asap tebal' });
  ticket.edit('narrative', 'api besar');
  await pass(PAUSE);
  ticket.decide('narrative', 'both');
  await pass(0);
  expect(service.ticket.narrative).toBe('asap tebal\napi besar');
});

test('what is heard while an older answer is on its way is read too', async () => {
  const ticket = open();
  await pass(0);
  const older = service.ticket;
  const read = service.read.bind(service);
  let answer = (_: Ticket): void => undefined;
  service.read = () => new Promise((resolve) => (answer = resolve));
  ticket.look();
  await pass(0);
  service.read = read;
  service.by_others({ address: 'Depan pasar' });
  ticket.heard(2, 'budi');
  answer(older);
  await pass(0);
  expect(ticket.view.version).toBe(2);
  expect(ticket.view.fields.address).toBe('Depan pasar');
});

test('who is told of a change reads it, and learns whose it is', async () => {
  const ticket = open();
  await pass(0);
  service.by_others({ severity: 'high' });
  ticket.heard(2, 'budi');
  await pass(0);
  expect(ticket.view.fields.severity).toBe('high');
  expect(ticket.view.changed).toEqual({ severity: 'budi' });
  ticket.edit('severity', 'low');
  expect(ticket.view.changed).toEqual({});
});

test('what the service refuses is said at its field, kept, and holds nothing else up', async () => {
  const ticket = open();
  await pass(0);
  const errors = [{ where: 'body', field: 'language', detail: 'no such language', remedy: '' }];
  service.trouble = [
    { error: new Refused(422, 'invalid', 'invalid', '', { errors }), after: false },
  ];
  ticket.edit('language', 'xx');
  ticket.edit('address', 'Jl. Rajawali');
  await pass(PAUSE);
  expect(service.ticket).toMatchObject({ address: 'Jl. Rajawali', language: null });
  expect(ticket.view.faults.language).toEqual({ kind: 'refused', detail: 'no such language' });
  expect(ticket.view.shown.language).toBe('xx');
  ticket.edit('language', 'id');
  await pass(PAUSE);
  expect(service.ticket.language).toBe('id');
});

test('a narrative that is too long is neither sent nor cut', async () => {
  const ticket = open();
  await pass(0);
  const text = 'ß'.repeat(1_000_000);
  ticket.edit('narrative', text);
  ticket.edit('address', 'Jl. Rajawali');
  await pass(60_000);
  expect(service.sent.map(({ patch }) => Object.keys(patch))).toEqual([['address']]);
  expect(ticket.view.faults.narrative).toMatchObject({ kind: 'too-long', length: 1_000_000 });
  expect(ticket.view.shown.narrative).toBe(text);
});

test('a browser that keeps nothing says so, and the text is sent all the same', async () => {
  const ticket = open();
  await pass(0);
  shelf.full = true;
  ticket.edit('address', 'Jl. Rajawali');
  expect(ticket.view.kept).toBe(false);
  await pass(PAUSE);
  expect(service.ticket.address).toBe('Jl. Rajawali');
});

test('a session that ended holds what was written until somebody signs in', async () => {
  const ticket = open();
  await pass(0);
  service.trouble = [{ error: new Refused(401, 'no-token', 'no', ''), after: false }];
  ticket.edit('address', 'Jl. Rajawali');
  await pass(600_000);
  expect(service.sent.length).toBe(1);
  expect(ticket.view.saving.kind).toBe('stuck');
  ticket.nudge();
  await pass(0);
  expect(service.ticket.address).toBe('Jl. Rajawali');
});

test('what was taken back before it was sent is not sent', async () => {
  const ticket = open();
  await pass(0);
  ticket.edit('address', 'Jl.');
  ticket.edit('address', '');
  await pass(60_000);
  expect(service.sent).toEqual([]);
  expect(shelf.length).toBe(0);
});

test('one that rests sends nothing, and still keeps what is written into it', async () => {
  const first = open();
  await pass(0);
  first.rest();
  first.edit('address', 'Jl. Rajawali');
  await pass(60_000);
  expect(service.sent).toEqual([]);
  expect(open().view.fields.address).toBe('Jl. Rajawali');
});

test('it stays open while agencies have it; they are named, and all else is saved', async () => {
  const keeper = open();
  await pass(0);
  service.trouble = [
    {
      error: new Refused(409, 'handoffs-open', 'no', '', { agencies: ['damkar'] }),
      after: false,
    },
  ];
  keeper.edit('address', 'Depan pasar');
  keeper.edit('status', 'closed');
  keeper.flush();
  await pass(0);
  expect(keeper.view.held).toEqual(['damkar']);
  expect(keeper.view.fields).toMatchObject({ status: 'open', address: 'Depan pasar' });
  expect([keeper.view.saving.kind, service.ticket.address]).toEqual(['saved', 'Depan pasar']);
  keeper.edit('status', 'closed');
  keeper.flush();
  await pass(0);
  expect([keeper.view.held, service.ticket.status]).toEqual([[], 'closed']);
});
