/**
 * Server-sent events out of a stream of text.
 *
 * The browser's own EventSource hides the sign of life that the service sends, the status of a
 * refusal, and whether the line is dead: all of which somebody who waits for calls must know.
 */
export interface Message {
  /** Name of the event; `message` where it has none. */
  readonly event: string;
  readonly data: string;
  /** The last id that was sent, with this event or before it. */
  readonly id: string;
}

export class Parser {
  #rest = '';
  #event = '';
  #data: string[] = [];

  /** The last id that was sent; to come back with. */
  id: string;

  constructor(id = '') {
    this.id = id;
  }

  /** Take a piece of text, wherever it was cut, and return the events that it completes. */
  take(text: string): Message[] {
    const messages: Message[] = [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const each of lines) {
      const line = each.endsWith('\r') ? each.slice(0, -1) : each;
      if (line === '') {
        if (this.#data.length > 0)
          messages.push({
            event: this.#event || 'message',
            data: this.#data.join('\n'),
            id: this.id,
          });
        this.#event = '';
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'data') this.#data.push(value);
      else if (name === 'event') this.#event = value;
      else if (name === 'id' && !value.includes('\0')) this.id = value;
    }
    return messages;
  }
}
