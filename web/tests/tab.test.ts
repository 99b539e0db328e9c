import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Tab, type Channel, type Place } from '../src/lib/tab';

/** Tabs of one browser: what one says the others hear, a moment later. */
class Browser {
  readonly #ears = new Map<Channel, (event: Event) => void>();
  asleep = new Set<Channel>();

  channel(): Channel {
    const channel: Channel = {
      postMessage: (data: unknown) => {
        for (const [other] of this.#ears)
          if (other !== channel)
            setTimeout(() => {
              if (!this.asleep.has(other)) this.#ears.get(other)?.({ data } as MessageEvent);
            });
      },
      addEventListener: (_: string, ear: unknown) =>
        void this.#ears.set(channel, ear as (event: Event) => void),
      removeEventListener: () => void this.#ears.delete(channel),
      close: () => void this.#ears.delete(channel),
    };
    return channel;
  }
}

let browser: Browser;
function open(channel = browser.channel()) {
  const places: Place[] = [];
  const tab = new Tab(channel, (place) => places.push(place));
  return { tab, places, at: () => places.at(-1) };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
});
afterEach(() => vi.useRealTimers());

test('the only tab is the desk after a moment', async () => {
  const one = open();
  expect(one.at()).toBe('asking');
  await pass(1000);
  expect(one.places).toEqual(['asking', 'here']);
});

test('a second one is not, until it is asked to be', async () => {
  const one = open();
  await pass(1000);
  const two = open();
  await pass(1000);
  expect([one.at(), two.at()]).toEqual(['here', 'elsewhere']);
  two.tab.take();
  await pass(1000);
  expect([one.at(), two.at()]).toEqual(['elsewhere', 'here']);
});

test('when the desk is closed, the other one is it once somebody looks at it', async () => {
  const one = open();
  await pass(1000);
  const two = open();
  await pass(1000);
  one.tab.close();
  await pass(1000);
  expect(two.at()).toBe('elsewhere');
  two.tab.look();
  await pass(1000);
  expect(two.at()).toBe('here');
});

test('two that open at once agree on one', async () => {
  const [one, two] = [open(), open()];
  await pass(1000);
  expect([one.at(), two.at()].sort()).toEqual(['elsewhere', 'here']);
});

test('one that slept through the change learns of it when it wakes', async () => {
  const channel = browser.channel();
  const one = open(channel);
  await pass(1000);
  browser.asleep.add(channel);
  const two = open();
  await pass(1000);
  expect([one.at(), two.at()]).toEqual(['here', 'here']);
  browser.asleep.clear();
  one.tab.look();
  await pass(1000);
  expect([one.at(), two.at()]).toEqual(['elsewhere', 'here']);
});
