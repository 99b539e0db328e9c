/**
 * The operator's phone in the browser, over JsSIP and WebRTC. Without any framework; pages use it
 * through `phone.svelte.ts`.
 *
 *     const phone = new Phone({ grant: () => ask(api.POST('/v1/seats/{seat}/phone', ...)) });
 *     phone.on('change', (now) => ...);     // anything at all is different; `now` is `phone.now`
 *     phone.on('ring', (call) => ...);      // somebody calls: who, and which ticket
 *     phone.on('ended', ({ call, by, cause }) => ...);
 *     phone.start();                        // opens the microphone, loads JsSIP, registers
 *
 * State (`phone.now.state`): `offline` it does not run, or has no microphone; `connecting`;
 * `registered` it can be called; `ringing` for us; `calling` somebody whom we called; `talking`,
 * `muted`, `held`. Whoever talks, talks, whatever else rings: all calls are in `now.calls`.
 *
 * Problems (`now.problems`; they go by themselves when it is well again): `microphone-refused`,
 * `no-device`, `socket-cut` (`detail` is the WebSocket; there may be others that stand), `refused`
 * (by the service or by Asterisk; it asks for a new password, unless `final`: the seat is not ours).
 *
 * Without a microphone it is not registered, so that no call is offered to who cannot answer it.
 * A call goes on through a cut socket, a new password and `stop`; only `hangUp`, the other one and
 * closing the page end it.
 */
import { Backoff } from './backoff';
import { Call, type Ending } from './call';
import { Events } from './events';
import type { Grant } from './grant';
import type { Caller } from './invite';
import { Line, type Sip } from './line';
import { Microphone, type MicrophoneProblem } from './microphone';
import { stateOf, type CallState, type LineState, type PhoneState } from './situation';
import { Sound } from './sound';

export type { CallState, Grant, LineState, PhoneState };
export type ProblemKind = MicrophoneProblem | 'socket-cut' | 'refused';

export interface Problem {
  readonly kind: ProblemKind;
  /** More about it: the socket, or the words of who refused. */
  readonly detail: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** It is not tried again. */
  readonly final: boolean;
}

/** One call, as it is now. */
export interface CallNow extends Caller {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: CallState;
  readonly muted: boolean;
  readonly line: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly answeredAt: number | null;
}

/** Everything about the phone, as it is now. Never changes; a new one comes with `change`. */
export interface PhoneNow {
  readonly state: PhoneState;
  readonly problems: readonly Problem[];
  readonly lines: readonly { readonly url: string; readonly state: LineState }[];
  readonly calls: readonly CallNow[];
  /** Whether its ring is heard: not before somebody has touched the page, after it was loaded. */
  readonly audible: boolean;
  /** The devices that were chosen; '' is the computer's own choice. */
  readonly chosen: Readonly<Record<DeviceKind, string>>;
}

/** `speaker` is where the caller is heard, `ringer` where it rings. */
export type DeviceKind = 'microphone' | 'speaker' | 'ringer';

export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface PhoneEvents {
  change: PhoneNow;
  ring: CallNow;
  ended: Ending & { readonly call: CallNow };
}

export interface PhoneOptions {
  /** Asks the service; what it throws is final if it has `passing === false`. */
  readonly grant: () => Promise<Grant>;
  /** Where the choice of devices is kept. */
  readonly memory?: Pick<Storage, 'getItem' | 'setItem'>;
  /** JsSIP, loaded when it is first needed. */
  readonly sip?: () => Promise<Sip>;
  /** What it sounds through; null is silence. */
  readonly sound?: (changed: () => void) => Sound | null;
  readonly media?: MediaDevices;
}

const MOST_CALLS = 2;
const SLOWEST = 15_000;
/** Milliseconds before its end at which a password is replaced. */
const RENEWAL = 15 * 60_000;
/** What a timer can wait; more would be no wait at all. */
const LONGEST = 2 ** 31 - 1;
const KINDS: readonly DeviceKind[] = ['microphone', 'speaker', 'ringer'];

async function jssip(): Promise<Sip> {
  const module = (await import('jssip')) as Sip & { default?: Sip };
  return module.default ?? module;
}

export class Phone extends Events<PhoneEvents> {
  private runs = false;
  private lines: Line[] = [];
  private readonly calls = new Map<string, Call>();
  private readonly problems = new Map<ProblemKind, Problem>();
  private readonly microphone: Microphone;
  private readonly memory: Pick<Storage, 'getItem' | 'setItem'> | undefined;
  private readonly backoff = new Backoff(SLOWEST);
  private sound: Sound | null = null;
  private asking = false;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private chosen: Record<DeviceKind, string> = { microphone: '', speaker: '', ringer: '' };
  /** Calls that we are about to answer: they ring no more. */
  private readonly answering = new Set<string>();
  private snapshot: PhoneNow;

  constructor(private readonly options: PhoneOptions) {
    super();
    this.memory = options.memory;
    for (const kind of KINDS)
      this.chosen[kind] = this.memory?.getItem(`sip112.phone.${kind}`) ?? '';
    this.microphone = new Microphone(
      {
        opened: (stream) => this.opened(stream),
        missing: (problem, detail) => this.missing(problem, detail),
      },
      options.media,
    );
    this.snapshot = this.picture();
  }

  /** What is now. */
  get now(): PhoneNow {
    return this.snapshot;
  }

  /** Register, and ring from now on. */
  start(): void {
    if (this.runs) return;
    this.runs = true;
    this.sound ??= this.options.sound
      ? this.options.sound(() => this.changed())
      : new Sound(() => this.changed());
    void this.sound?.choose(this.chosen.ringer, this.chosen.speaker);
    this.microphone.device = this.chosen.microphone || null;
    this.microphone.start();
    if (this.lines.length === 0) void this.askForGrant();
    this.changed();
  }

  /** Be called no more. Calls that there are go on; the phone leaves when they are over. */
  stop(): void {
    if (!this.runs) return;
    this.runs = false;
    clearTimeout(this.renewal);
    for (const call of this.calls.values()) if (call.state === 'ringing') call.hangUp();
    this.problems.clear();
    this.registerIfReady();
    this.leaveIfIdle();
    this.changed();
  }

  /** Answer a call that rings; whoever is talked with is held. */
  async answer(id?: string): Promise<void> {
    const call = this.find(id, (each) => each.state === 'ringing');
    if (this.answering.has(call.id)) return;
    this.answering.add(call.id);
    this.changed();
    try {
      await this.holdOthers(call);
      if (this.microphone.stream === null) await this.microphone.open();
      const microphone = this.microphone.copy();
      if (microphone === null) {
        call.hangUp(); // somebody else shall answer it, now
        throw new Error('there is no microphone');
      }
      call.answer(microphone);
    } finally {
      if (call.state === 'ringing' && this.microphone.stream === null)
        this.answering.delete(call.id);
      this.changed();
    }
  }

  /** End a call, or refuse one that rings. */
  hangUp(id?: string): void {
    this.find(id, () => true).hangUp();
  }

  async hold(id?: string): Promise<void> {
    await this.find(id, (each) => each.state === 'talking').hold(true);
  }

  /** Talk on with one who is held; another one is held instead. */
  async unhold(id?: string): Promise<void> {
    const call = this.find(id, (each) => each.state === 'held');
    await this.holdOthers(call);
    await call.hold(false);
  }

  /** Be heard no more. */
  mute(id?: string): void {
    this.find(id, (each) => each.established).mute(true);
  }

  /** Be heard again. */
  unmute(id?: string): void {
    this.find(id, (each) => each.established).mute(false);
  }

  /** Send tones: digits, `*`, `#`; a comma is a pause of two seconds. */
  dtmf(tones: string, id?: string): void {
    this.find(id, (each) => each.state === 'talking').dtmf(tones);
  }

  /** Call a number or a name of Asterisk's dialplan. */
  async call(number: string): Promise<void> {
    const line = this.lines.find((each) => each.state === 'registered');
    if (line === undefined) throw new Error('the phone is not registered');
    if (this.calls.size >= MOST_CALLS) throw new Error('there are two calls already');
    if (!/^[A-Za-z0-9*#+._-]{1,64}$/.test(number)) throw new Error('this is no number');
    await this.holdOthers(null);
    const microphone = this.microphone.copy();
    if (microphone === null) throw new Error('there is no microphone');
    const session = line.call(number, microphone);
    const caller = { number, ticket: null, about: null };
    this.take(new Call(session, caller, 'outgoing', line.url, this.host)).speakInto(microphone);
    this.changed();
  }

  /** Return how loud both sides are, from 0 to 1; to be asked for each picture of a meter. */
  levels(): { microphone: number; caller: number } {
    return this.sound?.levels() ?? { microphone: 0, caller: 0 };
  }

  /** Return what the other one of a call says, the one talked with if no call is named. */
  remoteStream(id?: string): MediaStream | null {
    const calls = [...this.calls.values()];
    const call =
      id === undefined ? calls.find((each) => each.state === 'talking') : this.calls.get(id);
    return call?.remote ?? null;
  }

  /** Return what there is to choose from; labels are empty before the microphone was allowed. */
  async devices(): Promise<Record<DeviceKind, Device[]>> {
    const media = this.options.media ?? navigator.mediaDevices;
    const all = await media.enumerateDevices();
    const of = (kind: MediaDeviceKind) =>
      all
        .filter((each) => each.kind === kind && each.deviceId !== '')
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    const outputs = of('audiooutput');
    return { microphone: of('audioinput'), speaker: outputs, ringer: outputs };
  }

  /** Use this device from now on, in a call too; '' is the computer's own choice. */
  async choose(kind: DeviceKind, device: string): Promise<void> {
    this.chosen = { ...this.chosen, [kind]: device };
    this.memory?.setItem(`sip112.phone.${kind}`, device);
    this.microphone.device = this.chosen.microphone || null;
    if (kind !== 'microphone') await this.sound?.choose(this.chosen.ringer, this.chosen.speaker);
    else if (this.runs) await this.microphone.open();
    this.changed();
  }

  // --- calls ----------------------------------------------------------------------------

  private readonly host = {
    changed: () => this.changed(),
    ended: (call: Call, ending: Ending) => {
      this.calls.delete(call.id);
      this.answering.delete(call.id);
      this.sound?.voice(call.id, null);
      this.changed();
      this.tell('ended', { ...ending, call: this.view(call) });
      this.leaveIfIdle();
    },
  };

  private take(call: Call): Call {
    this.calls.set(call.id, call);
    return call;
  }

  private find(id: string | undefined, fits: (call: Call) => boolean): Call {
    const calls = [...this.calls.values()];
    const call =
      id === undefined
        ? (calls.find((each) => each.state === 'talking' && fits(each)) ?? calls.find(fits))
        : calls.find((each) => each.id === id && fits(each));
    if (call === undefined) throw new Error('there is no such call');
    return call;
  }

  private async holdOthers(but: Call | null): Promise<void> {
    const others = [...this.calls.values()].filter(
      (each) => each !== but && each.state === 'talking',
    );
    await Promise.all(others.map((each) => each.hold(true)));
  }

  // --- lines ----------------------------------------------------------------------------

  private readonly lineHost = {
    changed: () => this.linesChanged(),
    refused: (_: Line, status: number) => {
      this.trouble('refused', `SIP ${status}`);
      void this.askForGrant();
    },
    cut: (line: Line) => {
      for (const call of [...this.calls.values()])
        if (call.line === line.url && !call.established) call.lose();
    },
    registered: (line: Line) => {
      this.backoff.reset();
      if (this.lines.every((each) => each.state !== 'refused')) this.well('refused');
      for (const call of this.calls.values()) if (call.line === line.url) void call.refresh();
    },
    incoming: (line: Line, session: ConstructorParameters<typeof Call>[0], caller: Caller) => {
      const call = new Call(session, caller, 'incoming', line.url, this.host);
      if (!this.runs || this.calls.size >= MOST_CALLS) {
        session.terminate({ status_code: 486 });
        return;
      }
      this.take(call);
      this.changed();
      this.tell('ring', this.view(call));
    },
  };

  private linesChanged(): void {
    const cut = this.lines.find((each) => each.state === 'cut');
    if (cut === undefined || !this.runs) this.well('socket-cut');
    else this.trouble('socket-cut', cut.url);
    this.changed();
  }

  /** Ask the service for a password, again and again unless it says that it will not. */
  private async askForGrant(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.runs) {
        await new Promise((resolve) => setTimeout(resolve, this.backoff.next()));
        try {
          const [sip, grant] = await Promise.all([
            (this.options.sip ?? jssip)(),
            this.options.grant(),
          ]);
          if (this.runs) this.use(sip, grant);
          return;
        } catch (error) {
          if (!this.runs) return;
          const final = (error as { passing?: boolean }).passing === false;
          this.trouble('refused', error instanceof Error ? error.message : String(error), final);
          if (final) {
            this.abandon();
            return;
          }
        }
      }
    } finally {
      this.asking = false;
    }
  }

  private use(sip: Sip, grant: Grant): void {
    for (const line of this.lines)
      if (grant.ws_urls.includes(line.url)) line.take(grant);
      else line.want(false); // closed when there is no call
    for (const url of grant.ws_urls)
      if (!this.lines.some((each) => each.url === url))
        this.lines.push(new Line(sip, url, grant, this.lineHost));
    clearTimeout(this.renewal);
    const left = Date.parse(grant.expires_at) - Date.now() - RENEWAL;
    const wait = Math.min(Math.max(left, RENEWAL), LONGEST);
    this.renewal = setTimeout(() => void this.askForGrant(), wait);
    this.registerIfReady();
    this.changed();
  }

  private registerIfReady(): void {
    const ready = this.runs && this.microphone.stream !== null;
    for (const line of this.lines) line.want(ready);
  }

  /** The seat is not ours. */
  private abandon(): void {
    clearTimeout(this.renewal);
    for (const line of this.lines) line.want(false);
    this.changed();
  }

  private leaveIfIdle(): void {
    if (this.runs || this.calls.size > 0) return;
    for (const line of this.lines) line.close();
    this.lines = [];
    this.microphone.stop();
    this.sound?.close();
    this.sound = null;
    this.changed();
  }

  // --- the microphone -------------------------------------------------------------------

  private opened(stream: MediaStream): void {
    this.well('microphone-refused');
    this.well('no-device');
    for (const call of this.calls.values()) if (call.established) void call.speak(stream.clone());
    this.registerIfReady();
    this.changed();
  }

  private missing(problem: MicrophoneProblem, detail: string): void {
    this.well(problem === 'no-device' ? 'microphone-refused' : 'no-device');
    this.trouble(problem, detail);
    this.registerIfReady();
    this.changed();
  }

  // --- what is told ---------------------------------------------------------------------

  private trouble(kind: ProblemKind, detail: string, final = false): void {
    const since = this.problems.get(kind)?.since ?? Date.now();
    this.problems.set(kind, { kind, detail, since, final });
    this.changed();
  }

  private well(kind: ProblemKind): void {
    if (this.problems.delete(kind)) this.changed();
  }

  private changed(): void {
    this.snapshot = this.picture();
    this.sounds();
    this.tell('change', this.snapshot);
  }

  private sounds(): void {
    const calls = [...this.calls.values()];
    const rings = calls.some((each) => each.state === 'ringing' && !this.answering.has(each.id));
    const talks = calls.some((each) => each.state === 'talking');
    this.sound?.alert(rings ? (talks ? 'soft' : 'loud') : 'silent');
    for (const call of calls) if (call.remote !== null) this.sound?.voice(call.id, call.remote);
    this.sound?.measure(this.microphone.stream, this.remoteStream());
  }

  private view(call: Call): CallNow {
    const { id, caller, direction, state, muted, line, since, answeredAt } = call;
    return { id, ...caller, direction, state, muted, line, since, answeredAt };
  }

  private picture(): PhoneNow {
    const calls = [...this.calls.values()].map((each) => this.view(each));
    const lines = this.lines.map(({ url, state }) => ({ url, state }));
    const problems = [...this.problems.values()];
    const works = this.runs && !problems.some(({ kind, final }) => final || isMicrophone(kind));
    const state = stateOf(
      works,
      lines.map((each) => each.state),
      calls,
    );
    const audible = this.sound?.audible ?? false;
    return { state, problems, lines, calls, audible, chosen: this.chosen };
  }
}

function isMicrophone(kind: ProblemKind): boolean {
  return kind === 'microphone-refused' || kind === 'no-device';
}
