/** One call of the phone, over JsSIP's session, which it keeps from ending calls that go on. */
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession';
import type { DTMF_TRANSPORT } from 'jssip/lib/Constants';
import type { Caller } from './invite';
import type { CallState } from './situation';

/**
 * What JsSIP ends an established call for by itself: that a command did not get through. The
 * voices go on all the same, past the socket, and there is a caller in the middle of a sentence.
 */
const PASSING: ReadonlySet<unknown> = new Set([
  'Connection Error',
  'Request Timeout',
  'WebRTC Error',
]);

/** Candidates of this machine are there at once; nothing else is worth waiting for. */
const GATHERING = 500;
const REOFFER = 100;
const PATIENCE = 3_000;

/** Why a call is over: `by` whom, and JsSIP's word for it. */
export interface Ending {
  readonly by: string;
  readonly cause: string;
}

export interface CallHost {
  changed(): void;
  ended(call: Call, ending: Ending): void;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Call {
  state: CallState;
  muted = false;
  /** What the other one says; null before anything of it came. */
  remote: MediaStream | null = null;
  /** Milliseconds since 1970: when it began to ring, and when it was answered. */
  readonly since = Date.now();
  answeredAt: number | null = null;
  private local: MediaStream | null = null;
  private change: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(
    private readonly session: RTCSession,
    readonly caller: Caller,
    readonly direction: 'incoming' | 'outgoing',
    /** The WebSocket through which it came. */
    readonly line: string,
    private readonly host: CallHost,
  ) {
    this.state = direction === 'incoming' ? 'ringing' : 'calling';
    this.guard();
    // one that we place has its connection already
    if (session.connection) this.hear(session.connection);
    else session.on('peerconnection', ({ peerconnection }) => this.hear(peerconnection));
    session.on('icecandidate', ({ ready }) => void setTimeout(ready, GATHERING));
    session.on('accepted', () => {
      this.state = 'talking';
      this.answeredAt = Date.now();
      host.changed();
    });
    session.on('ended', (event) => this.end(event));
    session.on('failed', (event) => this.end(event));
  }

  get id(): string {
    return this.session.id;
  }

  get established(): boolean {
    return this.state === 'talking' || this.state === 'held';
  }

  /** Answer with `microphone`, which is the call's own from then on. */
  answer(microphone: MediaStream): void {
    this.local = microphone;
    this.session.answer({ mediaStream: microphone, pcConfig: { iceServers: [] } });
  }

  /** Keep the microphone with which the call was placed. */
  speakInto(microphone: MediaStream): void {
    this.local = microphone;
  }

  /** End it: refuse it if it rings, so that it goes to somebody else. */
  hangUp(): void {
    if (this.session.isEnded()) return;
    if (this.state === 'ringing') this.session.terminate({ status_code: 480 });
    else this.session.terminate();
  }

  /** Let it go without a word, since no word gets through: it can no longer be answered. */
  lose(): void {
    if (!this.session.isEnded()) this.session.terminate({ status_code: 480 });
  }

  async hold(on: boolean): Promise<void> {
    if (!this.established || this.session.isOnHold().local === on) return;
    await this.reoffer((done) =>
      on
        ? this.session.hold({ useUpdate: false }, done)
        : this.session.unhold({ useUpdate: false }, done),
    );
    if (!this.established) return;
    this.state = on ? 'held' : 'talking';
    this.host.changed();
  }

  mute(on: boolean): void {
    if (!this.established) return;
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.muted = on;
    this.host.changed();
  }

  dtmf(tones: string): void {
    this.session.sendDTMF(tones, { transportType: 'RFC2833' as DTMF_TRANSPORT });
  }

  /** Tell Asterisk through which socket we are to be reached now; it knows only the old one. */
  async refresh(): Promise<void> {
    for (let tries = 0; tries < 5 && this.established; tries += 1) {
      try {
        await this.reoffer((done) => this.session.renegotiate({ useUpdate: false }, done));
        return;
      } catch {
        await pause(1000);
      }
    }
  }

  /** Speak into another microphone. */
  async speak(microphone: MediaStream): Promise<void> {
    const [track] = microphone.getAudioTracks();
    const sender = this.session.connection
      ?.getSenders()
      .find((each) => each.track === null || each.track.kind === 'audio');
    if (track === undefined || sender === undefined) return;
    track.enabled = sender.track?.enabled ?? !this.muted;
    await sender.replaceTrack(track);
    this.local?.getTracks().forEach((each) => each.stop());
    this.local = microphone;
  }

  /** Carry out a change that needs a new offer, as soon as JsSIP is ready for one. */
  private async reoffer(begin: (done: () => void) => boolean): Promise<void> {
    for (const until = Date.now() + PATIENCE; ; await pause(REOFFER)) {
      if (this.session.isEnded()) throw new Error('the call is over');
      if (this.change === null) {
        const changed = new Promise<void>((resolve, reject) => {
          this.change = { resolve, reject };
        });
        if (begin(() => this.settle())) return changed;
        this.change = null;
      }
      if (Date.now() > until) throw new Error('another change is under way');
    }
  }

  private settle(error?: Error): void {
    const change = this.change;
    this.change = null;
    if (error === undefined) change?.resolve();
    else change?.reject(error);
  }

  private guard(): void {
    const terminate = this.session.terminate.bind(this.session);
    this.session.terminate = (options = {}) => {
      if (this.established && PASSING.has(options.cause)) this.failed(String(options.cause));
      else terminate(options);
    };
  }

  /** A change did not get through: have JsSIP think again as Asterisk does. */
  private failed(cause: string): void {
    const changing = this.change !== null;
    this.settle(new Error(cause));
    const held = this.session.isOnHold().local;
    if (!changing || held === (this.state === 'held')) return;
    const back = () => (held ? this.session.unhold : this.session.hold).call(this.session);
    if (!back()) setTimeout(back, REOFFER);
  }

  private hear(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.remote = event.streams[0] ?? new MediaStream([event.track]);
      this.host.changed();
    });
  }

  private end({ originator, cause }: EndEvent): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.settle(new Error('the call is over'));
    this.local?.getTracks().forEach((each) => each.stop());
    this.host.ended(this, { by: originator, cause });
  }
}
