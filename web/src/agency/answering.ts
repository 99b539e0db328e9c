/**
 * Reads one incident, and sends what was pressed, in its order.
 *
 * What was pressed is kept until the service has answered it: through a network that is gone and
 * through a page that is loaded anew. Each has a key, under which it counts once there.
 */
import { newKey } from '../lib/key';
import type { Keep } from './keep';
import type { Say } from './presence';
import { isPast, type Incident, type Sayable, type Step } from './steps';

export interface Answer {
  /** Absent of a mere note. */
  step?: Sayable;
  note: string;
  name: string;
  /** Idempotency-Key of the request. */
  key: string;
}

export type End = 'unknown' | 'over';

export interface Refusal {
  /** What was not taken; undefined of a note. */
  step: Sayable | undefined;
  /** Where the incident was instead. */
  at: Step | undefined;
}

export interface State {
  incident: Incident | undefined;
  /** Why nothing can be shown or said any more. */
  end: End | undefined;
  /** What was pressed and has not been answered, the oldest first. */
  waiting: readonly Answer[];
  /** Whether the service was heard the last time that it was asked. */
  reached: boolean;
  /** When the incident was read last, in milliseconds. */
  readAt: number;
  /** What the service did not take. */
  refused: Refusal | undefined;
}

const ENDS: Readonly<Record<number, End>> = { 404: 'unknown', 410: 'over' };
const REFUSED: ReadonlySet<number> = new Set([400, 409, 413, 422]);
const PATIENCE_MS = 10_000;

export type Ask = (path: string, body?: object, key?: string) => Promise<Response>;

export const JSON_BOTH_WAYS = {
  Accept: 'application/json',
  'Content-Type': 'application/json',
} as const;

/** Return the header of a request that may be sent more than once. */
export function keyed(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { 'Idempotency-Key': key };
}

export function linkTo(secret: string): string {
  return `/v1/agency/links/${encodeURIComponent(secret)}`;
}

/** Return how the service is asked; nothing of the browser goes along, no cookie and no referrer. */
export function asking(secret: string): Ask {
  const link = linkTo(secret);
  return (path, body, key) =>
    fetch(link + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...JSON_BOTH_WAYS, ...keyed(key) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
}

/**
 * Return how the page behind a link says that it is there. With the centre in its path any node
 * knows which node it is to be passed on to.
 */
export function sayingBy(secret: string, centre: () => string): Say {
  return ({ handoff: _, ...said }, keepalive) =>
    fetch(`/centres/${centre()}${linkTo(secret)}/presence`, {
      method: 'PUT',
      headers: JSON_BOTH_WAYS,
      body: JSON.stringify(said),
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      keepalive,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
}

export class Answering {
  private state: State = {
    incident: undefined,
    end: undefined,
    waiting: [],
    reached: true,
    readAt: 0,
    refused: undefined,
  };
  private running: Promise<void> | undefined;

  constructor(
    private readonly ask: Ask,
    private readonly keep: Keep,
    private readonly tell: (state: State) => void,
    private readonly now: () => number = Date.now,
    private readonly key: () => string = newKey,
  ) {}

  /** Send what waits, and read the incident anew. Whoever asks meanwhile gets the same round. */
  refresh(): Promise<void> {
    this.running ??= this.round().finally(() => (this.running = undefined));
    return this.running;
  }

  /** The same, in a round that begins after what was told just now. */
  async again(): Promise<void> {
    await this.running;
    await this.refresh();
  }

  /** Say a step. It is kept before anything is sent. */
  async say(step: Sayable, note: string, name: string): Promise<void> {
    await this.add({ step, note, name, key: this.key() });
  }

  async write(note: string, name: string): Promise<void> {
    await this.add({ note, name, key: this.key() });
  }

  private async add(answer: Answer): Promise<void> {
    this.wait([...this.state.waiting, answer]);
    this.set({ refused: undefined });
    await this.again(); // the round under way may have been past its sending
  }

  private async round(): Promise<void> {
    if (this.state.end !== undefined) return;
    // what an earlier page could not send is known when the incident was read
    const isFresh = this.state.waiting.length > 0 && this.state.readAt > 0;
    if (!isFresh && !(await this.read())) return;
    let [next] = this.state.waiting;
    while (next !== undefined && (await this.send(next))) [next] = this.state.waiting;
  }

  private async read(): Promise<boolean> {
    const response = await this.heard('');
    if (response === undefined) return false;
    const incident = await read(response);
    if (incident === undefined) return this.lost();
    const isFirst = this.state.incident === undefined;
    this.show(incident);
    if (isFirst) this.recall(incident);
    return true;
  }

  /** Send one; tell whether the next may go. */
  private async send(answer: Answer): Promise<boolean> {
    const { step, note, key } = answer;
    const who = answer.name === '' ? {} : { name: answer.name };
    const response = await (step === undefined
      ? this.heard('/notes', { note, ...who }, key)
      : this.heard('/steps', { step, ...who, ...(note === '' ? {} : { note }) }, key));
    if (response === undefined) return false;
    if (response.ok) {
      const incident = await read(response);
      if (incident === undefined) return this.lost();
      this.done();
      this.show(incident);
      return true;
    }
    const { step: at } = (await response.json().catch(() => ({}))) as { step?: Step };
    this.done();
    if (!isPast(step, at)) this.set({ refused: { step, at } });
    return this.read();
  }

  /** Ask, and return an answer that decides something; undefined if there is none now. */
  private async heard(path: string, body?: object, key?: string): Promise<Response | undefined> {
    let response: Response;
    try {
      response = await this.ask(path, body, key);
    } catch {
      this.lost();
      return undefined;
    }
    const end = ENDS[response.status];
    if (end !== undefined) {
      this.set({ end, reached: true });
      return undefined;
    }
    if (response.ok || (body !== undefined && REFUSED.has(response.status))) return response;
    this.lost();
    return undefined;
  }

  private lost(): false {
    this.set({ reached: false });
    return false;
  }

  private done(): void {
    this.wait(this.state.waiting.slice(1));
  }

  private show(incident: Incident): void {
    this.set({ incident, reached: true, readAt: this.now() });
  }

  /** Take up what an earlier page could not send. */
  private recall(incident: Incident): void {
    const before = recalled(this.keep.get(incident.handoff));
    if (before.length > 0) this.wait([...before, ...this.state.waiting]);
  }

  private wait(waiting: readonly Answer[]): void {
    const handoff = this.state.incident?.handoff;
    if (handoff !== undefined)
      this.keep.set(handoff, waiting.length > 0 ? JSON.stringify(waiting) : '');
    this.set({ waiting });
  }

  private set(changed: Partial<State>): void {
    this.state = { ...this.state, ...changed };
    this.tell(this.state);
  }
}

/** Return the incident in an answer; undefined if the answer was cut off, or is another's. */
async function read(response: Response): Promise<Incident | undefined> {
  const body: unknown = await response.json().catch(() => undefined);
  const is = typeof body === 'object' && body !== null && 'handoff' in body && 'following' in body;
  return is ? (body as Incident) : undefined;
}

/** Return the answers in a text that was kept; none of one that is not ours. */
function recalled(text: string): Answer[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.every(isAnswer) ? found : [];
  } catch {
    return [];
  }
}

function isAnswer(found: unknown): found is Answer {
  if (typeof found !== 'object' || found === null) return false;
  const { step, note, name, key } = found as Record<string, unknown>;
  return (
    ['undefined', 'string'].includes(typeof step) &&
    typeof note === 'string' &&
    typeof name === 'string' &&
    typeof key === 'string'
  );
}
