import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backoff } from '../src/phone/backoff';
import { callerOf } from '../src/phone/invite';
import type { Sip } from '../src/phone/line';
import { Phone, type PhoneOptions } from '../src/phone/phone';
import { stateOf } from '../src/phone/situation';

type Handler = (event: unknown) => void;

/** What JsSIP's classes have in common: they tell. */
class Teller {
  private readonly handlers = new Map<string, Handler[]>();

  on(name: string, handler: Handler): this {
    this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
    return this;
  }

  tell(name: string, event: unknown = {}): void {
    for (const handler of this.handlers.get(name) ?? []) handler(event);
  }
}

class Agent extends Teller {
  static made: Agent[] = [];
  registers = 0;
  unregisters = 0;
  stopped = false;
  connected = false;

  constructor(readonly configuration: Record<string, unknown>) {
    super();
    Agent.made.push(this);
  }

  start(): void {}
  stop(): void {
    this.stopped = true;
  }
  register(): void {
    this.registers += 1;
  }
  unregister(): void {
    this.unregisters += 1;
    this.tell('unregistered');
  }
  isConnected(): boolean {
    return this.connected;
  }
  set(name: string, value: unknown): void {
    this.configuration[name] = value;
  }

  connect(): void {
    this.connected = true;
    this.tell('connected');
  }
  cut(): void {
    this.connected = false;
    this.tell('unregistered');
    this.tell('disconnected');
  }
  ring(session: Session, name = 'PKY-1 08125550001'): void {
    session.remote_identity.display_name = name;
    const request = { getHeader: () => '<http://localhost/t/PKY-1>;purpose=info' };
    this.tell('newRTCSession', { originator: 'remote', session, request });
  }
}

class Session extends Teller {
  static count = 0;
  readonly id = `session-${++Session.count}`;
  readonly direction = 'incoming';
  readonly remote_identity = { display_name: '', uri: { user: 'anonymous' } };
  readonly connection = null;
  ended: unknown = null;
  answered = false;
  held = false;
  ready = true;
  finish: () => void = () => {};

  answer(): void {
    this.answered = true;
  }
  terminate(options: unknown = {}): void {
    this.ended = options;
    this.tell('ended', { originator: 'local', cause: 'Terminated' });
  }
  isEnded(): boolean {
    return this.ended !== null;
  }
  isOnHold(): { local: boolean; remote: boolean } {
    return { local: this.held, remote: false };
  }
  hold(_: unknown = {}, done: () => void = () => {}): boolean {
    return this.turn(true, done);
  }
  unhold(_: unknown = {}, done: () => void = () => {}): boolean {
    return this.turn(false, done);
  }
  renegotiations = 0;
  renegotiate(_: unknown, done: () => void): boolean {
    this.renegotiations += 1;
    done();
    return true;
  }
  mute(): void {}
  unmute(): void {}
  private turn(held: boolean, done: () => void): boolean {
    if (!this.ready) return false;
    this.held = held;
    this.finish = done;
    return true;
  }
}

class Media extends EventTarget {
  error: DOMException | null = null;

  async getUserMedia(): Promise<unknown> {
    if (this.error) throw this.error;
    const track = Object.assign(new EventTarget(), { stop: () => {} });
    const stream = { getTracks: () => [track], getAudioTracks: () => [track] };
    return { ...stream, clone: () => stream };
  }
}

const SIP = {
  UA: Agent,
  WebSocketInterface: class {},
  Utils: { calculateMD5: (text: string) => `md5(${text})` },
} as unknown as Sip;

const GRANT = {
  uri: 'sip:web-01@sip112.invalid',
  ws_urls: ['ws://127.0.0.1/ws'],
  username: 'web-01',
  password: 'first',
  realm: 'sip112',
  expires_at: '2099-01-01T00:00:00Z',
};

let media: Media;

function made(more: Partial<PhoneOptions> = {}): Phone {
  return new Phone({
    grant: async () => GRANT,
    sip: async () => SIP,
    sound: () => null,
    media: media as unknown as MediaDevices,
    ...more,
  });
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const first = () => Agent.made[0] as Agent;

async function registered(more: Partial<PhoneOptions> = {}): Promise<Phone> {
  const phone = made(more);
  phone.start();
  await settled();
  first().connect();
  first().tell('registered');
  return phone;
}

async function talking(phone: Phone, agent = first()): Promise<Session> {
  const session = new Session();
  agent.ring(session);
  await phone.answer(session.id);
  session.tell('accepted');
  return session;
}

beforeEach(() => {
  vi.useFakeTimers();
  Agent.made = [];
  media = new Media();
});

afterEach(() => vi.useRealTimers());

test('it is as its calls are, else as its lines are', () => {
  const call = (state: 'ringing' | 'calling' | 'talking' | 'held', muted = false) => ({
    state,
    muted,
  });
  expect(stateOf(false, [], [])).toBe('offline');
  expect(stateOf(true, ['cut', 'refused'], [])).toBe('connecting');
  expect(stateOf(true, ['cut', 'registered'], [])).toBe('registered');
  expect(stateOf(true, [], [call('ringing'), call('talking')])).toBe('talking');
  expect(stateOf(true, [], [call('talking', true)])).toBe('muted');
  expect(stateOf(true, [], [call('held'), call('ringing')])).toBe('ringing');
  expect(stateOf(false, [], [call('held')])).toBe('held');
});

test('the INVITE says who calls and where the ticket is, and nothing else is believed', () => {
  const about = '<https://sip112.example/t/PKY-1>;purpose=info';
  expect(callerOf({ displayName: 'PKY-1 0812', user: 'x', callInfo: about })).toEqual({
    number: '0812',
    ticket: 'PKY-1',
    about: 'https://sip112.example/t/PKY-1',
  });
  for (const callInfo of ['', '<javascript:alert(1)>', '<https://x/t/<b>>', 'https://x/t/1'])
    expect(callerOf({ displayName: '<b>', user: 'anonymous', callInfo })).toEqual({
      number: null,
      ticket: null,
      about: null,
    });
});

test('it waits longer each time, but not at first, and not without end', () => {
  const backoff = new Backoff(8_000, () => 0.5);
  const waits = Array.from({ length: 7 }, () => backoff.next());
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 8000, 8000]);
  backoff.reset();
  expect(backoff.next()).toBe(0);
});

test('it registers at every socket once there are a microphone and a password', async () => {
  const grant = { ...GRANT, ws_urls: ['ws://127.0.0.1/ws', 'ws://127.0.0.2/ws'] };
  const phone = made({ grant: async () => grant });
  expect(phone.now.state).toBe('offline');
  phone.start();
  expect(phone.now.state).toBe('connecting');
  await settled();
  expect(Agent.made.map((each) => each.configuration['ha1'])).toEqual(
    Array(2).fill('md5(web-01:sip112:first)'),
  );
  for (const agent of Agent.made) {
    agent.connect();
    expect(agent.registers).toBe(1);
    agent.tell('registered');
    expect(phone.now.state).toBe('registered');
  }
});

test('without a microphone it is not registered; it is as soon as there is one', async () => {
  media.error = new DOMException('none', 'NotFoundError');
  const phone = made();
  phone.start();
  await settled();
  first().connect();
  expect(first().registers).toBe(0);
  expect(phone.now.state).toBe('offline');
  expect(phone.now.problems.map(({ kind }) => kind)).toEqual(['no-device']);
  media.error = new DOMException('no', 'NotAllowedError');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(phone.now.problems.map(({ kind }) => kind)).toEqual(['microphone-refused']);
  media.error = null;
  media.dispatchEvent(new Event('devicechange'));
  await settled();
  expect(phone.now.problems).toEqual([]);
  expect(first().registers).toBe(1);
});

test('a call rings, is answered, muted, held, resumed and ended', async () => {
  const phone = await registered();
  const rung: unknown[] = [];
  const ended: string[] = [];
  phone.on('ring', (call) => rung.push([call.number, call.ticket]));
  phone.on('ended', ({ by }) => ended.push(by));
  const session = new Session();
  first().ring(session);
  expect(phone.now.state).toBe('ringing');
  expect(rung).toEqual([['08125550001', 'PKY-1']]);
  await phone.answer();
  expect(session.answered).toBe(true);
  session.tell('accepted');
  expect(phone.now.state).toBe('talking');
  phone.mute();
  expect(phone.now.state).toBe('muted');
  phone.unmute();
  const held = phone.hold();
  await settled();
  expect(phone.now.state).toBe('talking'); // not before Asterisk knows it
  session.finish();
  await held;
  expect(phone.now.state).toBe('held');
  const back = phone.unhold();
  await settled();
  session.finish();
  await back;
  expect(phone.now.state).toBe('talking');
  phone.hangUp();
  expect(phone.now.state).toBe('registered');
  expect(ended).toEqual(['local']);
});

test('without a microphone a call is refused at once, so that another seat has it', async () => {
  const phone = await registered();
  const session = new Session();
  first().ring(session);
  media.error = new DOMException('none', 'NotFoundError');
  await phone.choose('microphone', 'gone');
  await expect(phone.answer()).rejects.toThrow('no microphone');
  expect(session.ended).toEqual({ status_code: 480 });
});

test('a second call waits its turn, the one talked with is held for it, a third is refused', async () => {
  const phone = await registered();
  const one = await talking(phone);
  const two = new Session();
  first().ring(two);
  expect(phone.now.state).toBe('talking');
  const three = new Session();
  first().ring(three);
  expect(three.ended).toEqual({ status_code: 486 });
  const answered = phone.answer();
  await settled();
  expect(one.held).toBe(true);
  expect(two.answered).toBe(false);
  one.finish();
  await answered;
  two.tell('accepted');
  expect(phone.now.calls.map(({ state }) => state)).toEqual(['held', 'talking']);
});

test('a cut socket loses what rings, not what talks, which is told where we are', async () => {
  const phone = await registered();
  const talk = await talking(phone);
  const ring = new Session();
  first().ring(ring);
  first().cut();
  expect(phone.now.calls.map(({ id }) => id)).toEqual([talk.id]);
  expect(phone.now.problems.map(({ kind, detail }) => [kind, detail])).toEqual([
    ['socket-cut', 'ws://127.0.0.1/ws'],
  ]);
  expect(phone.now.state).toBe('talking');
  first().connect();
  first().tell('registered');
  await settled();
  expect(phone.now.problems).toEqual([]);
  expect(talk.renegotiations).toBe(1);
});

test('a command that does not get through ends no call', async () => {
  const phone = await registered();
  const session = await talking(phone);
  const held = phone.hold();
  const refused = expect(held).rejects.toThrow('WebRTC Error');
  await settled();
  session.terminate({ cause: 'WebRTC Error' });
  await refused;
  expect(session.ended).toBeNull();
  expect(session.held).toBe(false); // nor is anybody silent who thinks to be heard
  expect(phone.now.state).toBe('talking');
  session.terminate({ cause: 'Dialog Error' }); // Asterisk does not know it any more
  expect(phone.now.state).toBe('registered');
});

test('refused by Asterisk it asks for another password, less and less often', async () => {
  const grant = vi.fn(async () => ({ ...GRANT, password: `number ${grant.mock.calls.length}` }));
  const phone = await registered({ grant });
  const refuse = () => first().tell('registrationFailed', { response: { status_code: 401 } });
  refuse();
  expect(phone.now.problems.map(({ kind, final }) => [kind, final])).toEqual([['refused', false]]);
  await settled();
  expect(grant).toHaveBeenCalledTimes(2);
  expect(first().configuration['ha1']).toBe('md5(web-01:sip112:number 2)');
  expect(first().registers).toBe(2);
  refuse();
  await vi.advanceTimersByTimeAsync(700);
  expect(grant).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(600);
  expect(grant).toHaveBeenCalledTimes(3);
  first().tell('registered');
  expect(phone.now.problems).toEqual([]);
  expect(phone.now.state).toBe('registered');
});

test('an Asterisk that is busy is asked again with the same password', async () => {
  const grant = vi.fn(async () => GRANT);
  await registered({ grant });
  first().tell('registrationFailed', { response: null });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(first().registers).toBe(2);
  expect(grant).toHaveBeenCalledTimes(1);
});

test('a service that is away is asked again; one that refuses is not', async () => {
  let error = Object.assign(new Error('away'), { passing: true });
  const grant = vi.fn(async () => Promise.reject(error));
  const phone = made({ grant });
  phone.start();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(grant.mock.calls.length).toBeGreaterThan(2);
  expect(phone.now.state).toBe('connecting');
  error = Object.assign(new Error('not your seat'), { passing: false });
  await vi.advanceTimersByTimeAsync(20_000);
  const asked = grant.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(grant).toHaveBeenCalledTimes(asked);
  expect(phone.now.state).toBe('offline');
  expect(phone.now.problems).toMatchObject([{ kind: 'refused', final: true }]);
});

test('who stops is called no more, but talks on to the end', async () => {
  const phone = await registered();
  const session = await talking(phone);
  phone.stop();
  expect(first().unregisters).toBe(1);
  expect(first().stopped).toBe(false);
  expect(phone.now.state).toBe('talking');
  session.tell('ended', { originator: 'remote', cause: 'Terminated' });
  expect(first().stopped).toBe(true);
  expect(phone.now.state).toBe('offline');
});

test('a password is replaced before it is over', async () => {
  const grant = vi.fn(async () => ({
    ...GRANT,
    expires_at: new Date(Date.now() + 24 * 3600_000).toISOString(),
  }));
  await registered({ grant });
  await vi.advanceTimersByTimeAsync(23 * 3600_000);
  expect(grant).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3600_000);
  expect(grant).toHaveBeenCalledTimes(2);
});
