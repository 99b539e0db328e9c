/** A sound that asks for a look, and is no telephone: two tones that fall, again every few seconds. */

/** Seconds and hertz; how loud it is leaves room for whoever talks with a caller. */
const TONES = [
  { at: 0, hertz: 740 },
  { at: 0.28, hertz: 494 },
] as const;
const TONE_S = 0.24;
const GAIN = 0.18;
/** Milliseconds from one to the next. */
const AGAIN = 12_000;

export class Chime {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Sound until told otherwise. A browser lets no page sound that nobody has touched yet. */
  set(on: boolean): void {
    if (on === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on) return;
    this.#timer = setInterval(() => this.#strike(), AGAIN);
    this.#strike();
  }

  close(): void {
    this.set(false);
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
  }

  #strike(): void {
    const context = (this.#context ??= new AudioContext());
    if (context.state !== 'running') void context.resume().catch(() => undefined);
    for (const { at, hertz } of TONES) {
      const begins = context.currentTime + at;
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setTargetAtTime(GAIN, begins, 0.01); // no click
      gain.gain.setTargetAtTime(0, begins + TONE_S - 0.06, 0.02);
      const tone = new OscillatorNode(context, { type: 'triangle', frequency: hertz });
      tone.connect(gain).connect(context.destination);
      tone.start(begins);
      tone.stop(begins + TONE_S + 0.1);
    }
  }
}
