/** One Asterisk at which the phone registers, through one WebSocket that is opened again and again. */
import type * as JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, RTCSessionEvent, UA } from 'jssip/lib/UA';
import type { Grant } from './grant';
import { callerOf, type Caller } from './invite';
import type { LineState } from './situation';

export type Sip = typeof JsSIP;

/** A phone that is cut off is tried again this often, in seconds: soon, and not all at once. */
const RECOVERY = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 4 };
/** Asterisk forgets a phone whose socket is gone; this is for what it does not notice. */
const REGISTER_EXPIRES = 120;
const AGAIN = 2_000;
/** Unknown, wrong or not there any more: PJSIP answers 500 where it finds no password. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 407, 500]);

export interface LineHost {
  changed(): void;
  /** The password is not good (any more). */
  refused(line: Line, status: number): void;
  /** The socket is gone, and with it whatever was not answered yet. */
  cut(line: Line): void;
  registered(line: Line): void;
  incoming(line: Line, session: RTCSession, caller: Caller): void;
}

export class Line {
  state: LineState = 'connecting';
  private readonly ua: UA;
  private wanted = false;
  private closed = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sip: Sip,
    readonly url: string,
    private grant: Grant,
    private readonly host: LineHost,
  ) {
    this.ua = new sip.UA({
      sockets: [new sip.WebSocketInterface(url)],
      uri: grant.uri,
      authorization_user: grant.username,
      realm: grant.realm,
      ha1: this.digest(grant),
      register: false, // only while there is a microphone
      register_expires: REGISTER_EXPIRES,
      session_timers: false, // a refresh that fails would end a call that goes on
      no_answer_timeout: 3600, // how long it rings is for the queue to say
      user_agent: 'sip112 console',
      ...RECOVERY,
    });
    this.ua.on('connected', () => {
      this.become('connected');
      if (this.wanted) this.ua.register();
    });
    this.ua.on('disconnected', () => {
      clearTimeout(this.again);
      if (this.closed) return;
      this.become('cut');
      host.cut(this);
    });
    this.ua.on('registered', () => {
      if (!this.wanted) {
        this.ua.unregister(); // changed our mind while it was on its way
        return;
      }
      this.become('registered');
      host.registered(this);
    });
    this.ua.on('unregistered', () => {
      if (this.state === 'registered') this.become('connected');
    });
    this.ua.on('registrationFailed', ({ response }) => this.failed(response?.status_code ?? 0));
    this.ua.on('newRTCSession', (event: RTCSessionEvent) => {
      if (isIncoming(event)) host.incoming(this, event.session, whoCalls(event));
    });
    this.ua.start();
  }

  /** Register, or have Asterisk forget us: calls that we have go on. */
  want(wanted: boolean): void {
    if (wanted === this.wanted && this.state !== 'connected') return;
    this.wanted = wanted;
    clearTimeout(this.again);
    if (wanted && this.state === 'connected') this.ua.register();
    else if (!wanted && this.state === 'registered') this.ua.unregister();
  }

  /** Go on with another password; `want` is called after it. */
  take(grant: Grant): void {
    this.grant = grant;
    this.ua.set('realm', grant.realm);
    this.ua.set('ha1', this.digest(grant));
    if (this.state === 'refused') this.become('connected');
    else if (this.state === 'registered') this.ua.register();
  }

  /** Call a number; JsSIP tells the session of it before this returns. */
  call(number: string, microphone: MediaStream): RTCSession {
    return this.ua.call(`sip:${number}@${this.grant.uri.split('@')[1] ?? ''}`, {
      mediaStream: microphone,
      pcConfig: { iceServers: [] },
    });
  }

  /** Leave. Only when there is no call: JsSIP ends those that it has. */
  close(): void {
    this.closed = true;
    this.wanted = false;
    clearTimeout(this.again);
    this.ua.stop();
  }

  private failed(status: number): void {
    if (!this.wanted || !this.ua.isConnected()) return;
    if (REFUSALS.has(status)) {
      this.become('refused');
      this.host.refused(this, status);
      return;
    }
    this.become('connected');
    this.again = setTimeout(() => this.ua.register(), AGAIN);
  }

  private become(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    this.host.changed();
  }

  private digest(grant: Grant): string {
    return this.sip.Utils.calculateMD5(`${grant.username}:${grant.realm}:${grant.password}`);
  }
}

function isIncoming(event: RTCSessionEvent): event is IncomingRTCSessionEvent {
  return (event.originator as string) === 'remote';
}

function whoCalls({ session, request }: IncomingRTCSessionEvent): Caller {
  const { display_name: displayName, uri } = session.remote_identity;
  const callInfo = request.getHeader('Call-Info') ?? '';
  return callerOf({ displayName: displayName ?? '', user: uri.user ?? '', callInfo });
}
