/**
 * Says to the centre that this page is open, whether it is in front, and up to where what the centre
 * has said was in sight on it: whoever passes on what a caller says sees whether anybody is there.
 *
 * Only what was looked at counts: a line that came while the page was behind others was not seen.
 */
import { newKey } from '../lib/key';

/** Milliseconds after which it is said again: the service takes a page of which it hears nothing
 * for some of these to be closed. */
export const BEAT_MS = 10_000;

export interface Said {
  /** A name of this page, so that two of them are two. */
  page: string;
  standing: 'front' | 'behind' | 'gone';
  /** When the last was said of what was in sight. */
  shown_at?: string;
  /** Of which handoff that is, where the page has several. */
  handoff?: string;
}

/** Says it; what does not come through is said again by the next. */
export type Say = (said: Said, keepalive: boolean) => Promise<unknown>;

export class Presence {
  private readonly page: string;
  private shown: { handoff: string; at: string } | undefined;
  /** Whether it is being left: a browser tells it that it is hidden after that. */
  private left = false;

  constructor(
    private readonly say: Say,
    private readonly isFront: () => boolean = () => document.visibilityState === 'visible',
    page: string = newKey(),
  ) {
    this.page = page;
  }

  /** Take it that what the centre said of a handoff at a time is in sight, if the page is. */
  show(handoff: string, at: string): void {
    if (!this.isFront()) return;
    const known = this.shown;
    if (known?.handoff === handoff && known.at >= at) return;
    this.shown = { handoff, at };
    this.tell();
  }

  /** Say how it is. */
  tell(): void {
    if (!this.left) void this.send(this.isFront() ? 'front' : 'behind');
  }

  /** Say that the page is being left; nothing more is said then, until somebody comes back. */
  async leave(): Promise<void> {
    if (this.left) return;
    this.left = true;
    await this.send('gone', true);
  }

  /** Say that the page is there, also if it was left. */
  come(): void {
    this.left = false;
    this.tell();
  }

  /** Say it again and again until the returned function is called. */
  start(): () => void {
    const tell = (): void => this.tell();
    const leave = (): void => void this.leave();
    const come = (): void => this.come();
    come();
    const timer = setInterval(tell, BEAT_MS);
    document.addEventListener('visibilitychange', tell);
    addEventListener('online', tell);
    addEventListener('pageshow', come);
    addEventListener('pagehide', leave);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tell);
      removeEventListener('online', tell);
      removeEventListener('pageshow', come);
      removeEventListener('pagehide', leave);
      leave();
    };
  }

  private async send(standing: Said['standing'], keepalive = false): Promise<void> {
    const shown = this.shown && { shown_at: this.shown.at, handoff: this.shown.handoff };
    try {
      await this.say({ page: this.page, standing, ...shown }, keepalive);
    } catch {
      // without a network; the next says it
    }
  }
}
