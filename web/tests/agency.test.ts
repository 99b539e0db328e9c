import { expect, test } from 'vitest';
import { Answering, type State } from '../src/agency/answering';
import { kept, type Keep } from '../src/agency/keep';
import { isPast, offer, type Incident, type Sayable, type Step } from '../src/agency/steps';
import { choose, fill, languageOf, severity } from '../src/agency/words';

const WAY: Sayable[] = [
  'acknowledged',
  'accepted',
  'declined',
  'en_route',
  'on_scene',
  'completed',
];
const MAY: Partial<Record<Step, Sayable[]>> = {
  queued: WAY,
  acknowledged: WAY.slice(1),
  accepted: WAY.slice(2),
  en_route: ['declined', 'on_scene', 'completed'],
  on_scene: ['completed'],
};

function incident(step: Step = 'queued', said: Incident['said'] = []): Incident {
  return {
    handoff: 'h1',
    requested_at: '2026-11-26T03:00:00.000Z',
    step,
    since: '2026-11-26T03:00:00.000Z',
    ended: MAY[step] === undefined,
    following: MAY[step] ?? [],
    centre: 'PKY',
    number: '112',
    agency: 'damkar',
    agency_name: { id: 'Damkar', en: 'Fire' },
    ticket: 'PKY-20261126-0001',
    opened_at: '2026-11-26T03:00:00.000Z',
    type: null,
    severity: null,
    address: null,
    latitude: null,
    longitude: null,
    narrative: null,
    persons: null,
    caller: null,
    line_at: null,
    together: [],
    said,
  };
}

function memory(): Keep & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    get: (name) => texts.get(name) ?? '',
    set: (name, text) => void (text === '' ? texts.delete(name) : texts.set(name, text)),
  };
}

/** A service with one incident, as strict as ours, and a network that can be cut. */
class Centre {
  step: Step = 'queued';
  said: Incident['said'] = [];
  network: 'up' | 'down' | 'loses answers' = 'up';
  status: number | undefined;
  asked: string[] = [];
  taken: string[] = [];

  keys = new Set<string>();

  ask = async (path: string, body?: object, key?: string): Promise<Response> => {
    this.asked.push(path);
    if (this.network === 'down') throw new TypeError('Failed to fetch');
    const before = key !== undefined && this.keys.has(key);
    const given = before ? undefined : (body as { step?: Sayable; note?: string; name: string });
    const answer = this.answer(given);
    if (key !== undefined && answer.ok) this.keys.add(key);
    if (this.network === 'loses answers') throw new TypeError('Failed to fetch');
    return answer;
  };

  private answer(body?: { step?: Sayable; note?: string; name: string }): Response {
    if (this.status !== undefined) return new Response('{}', { status: this.status });
    const { step, note = '', name } = body ?? {};
    if (step !== undefined && step !== this.step) {
      if (!MAY[this.step]?.includes(step))
        return Response.json({ step: this.step }, { status: 409 });
      this.step = step;
      this.taken.push(step);
    } else if (body !== undefined && step === undefined) {
      this.said.push({
        at: '2026-11-26T03:00:00.000Z',
        theirs: true,
        name: name!,
        step: null,
        note,
      });
      this.taken.push(note);
    }
    return Response.json(incident(this.step, [...this.said]));
  }
}

function page(centre: Centre, keep: Keep = memory()) {
  const seen = { state: undefined as unknown as State };
  const answering = new Answering(
    centre.ask,
    keep,
    (state) => (seen.state = state),
    () => 7,
  );
  return { answering, seen };
}

test('one step is offered first, and those further on beside it', () => {
  const first = offer(incident(), undefined);
  expect(first.primary).toBe('acknowledged');
  expect(first.declines).toBe(true);
  expect(first.others).toEqual(['accepted', 'en_route', 'on_scene', 'completed']);
  expect(offer(incident('on_scene'), undefined)).toEqual({
    primary: 'completed',
    declines: false,
    others: [],
  });
  expect(offer(incident('cancelled'), undefined).primary).toBeUndefined();
});

test.each(WAY)('what follows %s is the same before the service has heard of it', (pressed) => {
  expect(offer(incident(), pressed)).toEqual(offer(incident(pressed), undefined));
});

test('a step is past when the incident went further on the same way', () => {
  expect(isPast('acknowledged', 'accepted')).toBe(true);
  expect(isPast('en_route', 'accepted')).toBe(false);
  expect(isPast('accepted', 'cancelled')).toBe(false);
  expect(isPast('accepted', 'declined')).toBe(false);
  expect(isPast(undefined, 'accepted')).toBe(false);
});

test('what is pressed is sent, and the incident shown as it is then', async () => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  expect(seen.state.incident?.step).toBe('queued');
  await answering.say('acknowledged', '', 'Budi');
  expect(seen.state).toMatchObject({ waiting: [], reached: true, readAt: 7, refused: undefined });
  expect(seen.state.incident?.step).toBe('acknowledged');
  expect(centre.asked).toEqual(['', '/steps']);
});

test('without a network everything is kept, and sent in its order when it is back', async () => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.network = 'down';
  await answering.say('acknowledged', '', '');
  await answering.say('accepted', '', '');
  await answering.write('Butuh air', '');
  expect(seen.state.reached).toBe(false);
  expect(seen.state.waiting.map((each) => each.step)).toEqual([
    'acknowledged',
    'accepted',
    undefined,
  ]);
  centre.network = 'up';
  await answering.refresh();
  expect(centre.taken).toEqual(['acknowledged', 'accepted', 'Butuh air']);
  expect(seen.state).toMatchObject({ waiting: [], reached: true });
});

test('an answer that was lost has nothing counted twice', async () => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.network = 'loses answers';
  await answering.say('accepted', '', '');
  centre.network = 'up';
  await answering.refresh();
  centre.network = 'loses answers';
  await answering.write('Butuh air', '');
  expect(seen.state.waiting).toHaveLength(1);
  centre.network = 'up';
  await answering.refresh();
  expect(centre.taken).toEqual(['accepted', 'Butuh air']);
  await answering.write('Butuh air', ''); // meant once more
  expect(centre.taken).toEqual(['accepted', 'Butuh air', 'Butuh air']);
});

test('what a page could not send, the next one sends', async () => {
  const centre = new Centre();
  const keep = memory();
  const { answering } = page(centre, keep);
  await answering.refresh();
  centre.network = 'down';
  await answering.say('accepted', '', 'Budi');
  centre.network = 'up';
  const later = page(centre, keep);
  await later.answering.refresh();
  expect(centre.taken).toEqual(['accepted']);
  expect(later.seen.state.waiting).toEqual([]);
  expect(keep.texts.size).toBe(0);
});

test.each(['{', 'null', '"x"', '{"a":1}', '[1,null,{"step":5}]'])(
  'what is kept of something else is no answer: %s',
  async (text) => {
    const centre = new Centre();
    const keep = memory();
    keep.set('h1', text);
    const { answering, seen } = page(centre, keep);
    await answering.refresh();
    expect(seen.state).toMatchObject({ waiting: [], reached: true });
    expect(centre.taken).toEqual([]);
  },
);

test('what was taken back by the centre is refused with where it is', async () => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.step = 'cancelled';
  await answering.say('accepted', '', '');
  expect(seen.state.refused).toEqual({ step: 'accepted', at: 'cancelled' });
  expect(seen.state.incident?.step).toBe('cancelled');
  expect(seen.state.waiting).toEqual([]);
});

test('who is behind a colleague goes on from there', async () => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.network = 'down';
  await answering.say('acknowledged', '', '');
  await answering.say('accepted', '', '');
  await answering.say('en_route', '', '');
  centre.step = 'accepted';
  centre.network = 'up';
  await answering.refresh();
  expect(centre.taken).toEqual(['en_route']);
  expect(seen.state).toMatchObject({ waiting: [], refused: undefined });
});

test.each([
  [404, 'unknown'],
  [410, 'over'],
])('%i ends the page, and says what was not sent', async (status, end) => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.status = status;
  await answering.say('accepted', '', '');
  expect(seen.state).toMatchObject({ end, waiting: [{ step: 'accepted' }] });
  const asked = centre.asked.length;
  await answering.refresh();
  expect(centre.asked).toHaveLength(asked);
});

test.each([401, 429, 500, 503])('after %i it is tried again', async (status) => {
  const centre = new Centre();
  const { answering, seen } = page(centre);
  await answering.refresh();
  centre.status = status;
  await answering.say('accepted', '', '');
  expect(seen.state).toMatchObject({ reached: false, end: undefined });
  centre.status = undefined;
  await answering.refresh();
  expect(centre.taken).toEqual(['accepted']);
});

test('a page of a wireless network is no incident', async () => {
  const seen: State[] = [];
  const ask = async () => new Response('<html>Welcome</html>');
  const answering = new Answering(ask, memory(), (state) => seen.push(state));
  await answering.refresh();
  expect(seen.at(-1)).toMatchObject({ reached: false, incident: undefined });
});

test('a phone that keeps nothing has the page work', () => {
  const keep = kept(() => {
    throw new Error('forbidden');
  });
  keep.set('name', 'Budi');
  expect(keep.get('name')).toBe('');
});

test.each([
  ['id-ID', 'id'],
  ['in', 'id'],
  ['ms-MY', 'id'],
  ['en-US', 'en'],
  ['de', 'en'],
  ['', 'en'],
] as const)('a phone in %j reads %s, until somebody chooses', (phone, language) => {
  const keep = memory();
  expect(languageOf(keep, phone)).toBe(language);
  choose(keep, language === 'id' ? 'en' : 'id');
  expect(languageOf(keep, phone)).not.toBe(language);
});

test('words take values, and a severity of another centre is shown as it is', () => {
  expect(fill('{a} and {b}', { a: '1' })).toBe('1 and {b}');
  expect(severity('high', 'id')).toBe('Tinggi');
  expect(severity('extreme', 'id')).toBe('extreme');
});
