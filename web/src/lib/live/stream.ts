/** The event stream, opened again for as long as it is wanted. */
import { Parser, type Message } from './sse';

/** Milliseconds without a byte after which the line counts as dead: the service sends a sign of
 * life every 15 s. */
const SILENCE = 20_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4_000;

export interface Listener {
  /** A stream is open; what comes from here on follows without a gap. */
  opened(): void;
  message(message: Message): void;
  /**
   * The stream ended or could not be opened; null if no answer came. Returned is for how many
   * milliseconds at least it is left alone.
   */
  closed(status: number | null): number | void;
}

/** Who asks: the session of the console, unless told otherwise. */
type Asking = Pick<RequestInit, 'credentials' | 'referrerPolicy'>;

const SESSION: Asking = { credentials: 'same-origin' };

/** Keep a stream open until the returned function is called. */
export function follow(
  url: () => string,
  listener: Listener,
  asking: Asking = SESSION,
): () => void {
  const stop = new AbortController();
  let wake = (): void => {};
  const online = (): void => wake();
  addEventListener('online', online);
  stop.signal.addEventListener('abort', () => {
    removeEventListener('online', online);
    wake();
  });

  async function run(): Promise<void> {
    let id = '';
    let pause = FIRST_PAUSE;
    while (!stop.signal.aborted) {
      const parser = new Parser(id);
      const status = await once(url(), asking, parser, stop.signal, {
        ...listener,
        opened: () => {
          pause = FIRST_PAUSE;
          listener.opened();
        },
        message: (message) => listener.message(message),
      });
      id = parser.id;
      if (stop.signal.aborted) return;
      const least = listener.closed(status) ?? 0;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, Math.max(pause, least) * (0.75 + Math.random() / 2));
      });
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  void run();
  return () => stop.abort();
}

/** Read one stream to its end. Returns the HTTP status; null if none came. */
async function once(
  url: string,
  asking: Asking,
  parser: Parser,
  stop: AbortSignal,
  listener: Listener,
): Promise<number | null> {
  const dead = new AbortController();
  let timer = setTimeout(() => dead.abort(), SILENCE);
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (parser.id) headers['Last-Event-ID'] = parser.id;
    const response = await fetch(url, {
      headers,
      cache: 'no-store',
      ...asking,
      signal: AbortSignal.any([stop, dead.signal]),
    });
    if (!response.ok || response.body === null) return response.status;
    listener.opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return response.status;
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), SILENCE);
      for (const message of parser.take(value)) listener.message(message);
    }
  } catch {
    return null; // cut, dead, or no longer wanted; the loop knows which
  } finally {
    clearTimeout(timer);
  }
}
