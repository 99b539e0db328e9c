/**
 * One tab of this browser is the desk; the others say so and offer to be it.
 *
 * Two would write the same drafts, register one phone twice and ring in two places. Tabs talk
 * over a BroadcastChannel, since locks of the browser want HTTPS. The tab that took the place
 * last has it: so one that slept through the change learns of it when it wakes.
 */
export type Place = 'asking' | 'here' | 'elsewhere';

export type Channel = Pick<
  BroadcastChannel,
  'postMessage' | 'close' | 'addEventListener' | 'removeEventListener'
>;

type Word =
  /** Is somebody there? */
  | { readonly say: 'who' }
  /** I am, since then. */
  | { readonly say: 'me'; readonly since: number; readonly tab: string };

/** Milliseconds in which a tab that is awake answers. */
const ANSWER = 200;

export class Tab {
  readonly #channel: Channel;
  readonly #told: (place: Place) => void;
  readonly #id = Math.random().toString(36).slice(2);
  #place: Place = 'asking';
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: Channel, told: (place: Place) => void) {
    this.#channel = channel;
    this.#told = told;
    channel.addEventListener('message', this.#hear);
    this.#ask();
  }

  /** Be the desk from now on. */
  take(): void {
    clearTimeout(this.#timer);
    this.#since = Date.now();
    this.#become('here');
    this.#confirm();
  }

  /** Look again, when the tab comes to the front: the place may have been taken, or left. */
  look(): void {
    if (this.#place === 'here') this.#confirm();
    else if (this.#place === 'elsewhere') this.#ask();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#channel.removeEventListener('message', this.#hear);
    this.#channel.close();
  }

  #ask(): void {
    this.#become('asking');
    this.#say({ say: 'who' });
    this.#timer = setTimeout(() => this.take(), ANSWER);
  }

  #confirm(): void {
    this.#say({ say: 'me', since: this.#since, tab: this.#id });
  }

  #become(place: Place): void {
    this.#place = place;
    this.#told(place);
  }

  #say(word: Word): void {
    this.#channel.postMessage(word);
  }

  readonly #hear = (event: Event): void => {
    const word = (event as MessageEvent<Word>).data;
    if (word.say === 'who') {
      if (this.#place === 'here') this.#confirm();
    } else if (this.#place !== 'here') {
      clearTimeout(this.#timer);
      if (this.#place === 'asking') this.#become('elsewhere');
    } else if (word.since > this.#since || (word.since === this.#since && word.tab > this.#id))
      this.#become('elsewhere');
    else this.#confirm();
  };
}
