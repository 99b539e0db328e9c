/** What is heard: rings, the voices of callers, and how loud everybody is. */

/** A context that can be heard through a chosen device, where the browser knows how to. */
type Context = AudioContext & { setSinkId?: (device: string) => Promise<void> };

/** A ring: two notes in turn, hertz, for so many seconds at a time, and a pause. */
export interface Ring {
  readonly seconds: number;
  readonly on: number;
  readonly high: number;
  readonly low: number;
  readonly trill: number;
  readonly loud: number;
  readonly soft: number;
}

/** Somebody calls, or is to be answered like one who does. */
export const CALL: Ring = {
  seconds: 2,
  on: 1,
  high: 1000,
  low: 750,
  trill: 0.04,
  loud: 0.5,
  soft: 0.06,
};
/** Something waits that is no call: deeper and slower, so that nobody takes it for one. */
export const ATTENTION: Ring = {
  seconds: 4,
  on: 1.2,
  high: 660,
  low: 495,
  trill: 0.4,
  loud: 0.4,
  soft: 0.05,
};
/** A line of text has come: two short notes, softer than a voice. */
const CHIME = { notes: [880, 1175], seconds: 0.16, gain: 0.1 };
/** Decibels at which a level begins and is full. */
const FLOOR = -60;
const FULL = -6;

class Meter {
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private source: MediaStreamAudioSourceNode | null = null;
  private stream: MediaStream | null = null;

  constructor(private readonly context: AudioContext) {
    this.analyser = new AnalyserNode(context, { fftSize: 1024 });
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  listen(stream: MediaStream | null): void {
    if (stream === this.stream) return;
    this.source?.disconnect();
    this.stream = stream;
    this.source = null;
    if (stream === null || stream.getAudioTracks().length === 0) return;
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  level(): number {
    if (this.source === null) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, each) => sum + each * each, 0) / this.samples.length;
    const decibels = 10 * Math.log10(power + 1e-12);
    return Math.min(1, Math.max(0, (decibels - FLOOR) / (FULL - FLOOR)));
  }
}

export class Sound {
  private readonly context: Context = new AudioContext({ latencyHint: 'interactive' });
  private readonly microphone = new Meter(this.context);
  private readonly caller = new Meter(this.context);
  private readonly voices = new Map<string, HTMLAudioElement>();
  private readonly ringing: AudioBuffer;
  private ring: AudioBufferSourceNode | null = null;
  private alerting = 'silent';
  private ringer = '';
  private speaker = '';

  /** Tells `changed` when sound begins to be let through. */
  constructor(
    private readonly changed: () => void,
    private readonly ringsLike: Ring = CALL,
  ) {
    this.ringing = this.tone();
    this.context.addEventListener('statechange', changed);
    for (const deed of ['pointerdown', 'keydown'] as const)
      document.addEventListener(deed, this.wake, { capture: true });
    this.wake();
  }

  /** Whether it can be heard: browsers let no page sound that nobody has touched. */
  get audible(): boolean {
    return this.context.state === 'running';
  }

  /** Ring until told otherwise: `soft` for the ear of one who talks. */
  alert(how: 'loud' | 'soft' | 'silent'): void {
    if (how === this.alerting) return;
    this.alerting = how;
    this.ring?.stop();
    this.ring = null;
    if (how === 'silent') return;
    this.ring = new AudioBufferSourceNode(this.context, { buffer: this.ringing, loop: true });
    this.ring
      .connect(new GainNode(this.context, { gain: this.ringsLike[how] }))
      .connect(this.context.destination);
    this.ring.start();
  }

  /** Sound softly, once. */
  chime(): void {
    if (!this.audible) return; // what was to be heard then is not to be heard later
    CHIME.notes.forEach((frequency, n) => {
      const from = this.context.currentTime + n * CHIME.seconds;
      const until = from + CHIME.seconds;
      const gain = new GainNode(this.context, { gain: 0 });
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(CHIME.gain, from + 0.01); // no click
      gain.gain.linearRampToValueAtTime(0, until);
      const note = new OscillatorNode(this.context, { frequency });
      note.connect(gain).connect(this.context.destination);
      note.start(from);
      note.stop(until);
    });
  }

  /** Let the other one of a call be heard; nobody, with null. */
  voice(call: string, stream: MediaStream | null): void {
    let element = this.voices.get(call);
    if (stream === null) {
      if (element) element.srcObject = null;
      this.voices.delete(call);
      return;
    }
    if (element?.srcObject === stream) return;
    element ??= new Audio();
    this.voices.set(call, element);
    element.srcObject = stream;
    void this.through(element, this.speaker);
    this.play(element);
  }

  /** Measure these from now on. */
  measure(microphone: MediaStream | null, caller: MediaStream | null): void {
    this.microphone.listen(microphone);
    this.caller.listen(caller);
  }

  /** Return how loud both are, from 0 to 1. */
  levels(): { microphone: number; caller: number } {
    return { microphone: this.microphone.level(), caller: this.caller.level() };
  }

  /** Be heard through these devices; an empty name is the computer's own choice. */
  async choose(ringer: string, speaker: string): Promise<void> {
    this.speaker = speaker;
    if (ringer !== this.ringer) {
      this.ringer = ringer;
      await this.through(this.context, ringer);
    }
    await Promise.all([...this.voices.values()].map((each) => this.through(each, speaker)));
  }

  close(): void {
    this.alert('silent');
    for (const call of [...this.voices.keys()]) this.voice(call, null);
    for (const deed of ['pointerdown', 'keydown'] as const)
      document.removeEventListener(deed, this.wake, { capture: true });
    this.context.removeEventListener('statechange', this.changed);
    void this.context.close();
  }

  private readonly wake = (): void => {
    if (this.context.state !== 'running') void this.context.resume().catch(() => undefined);
    for (const element of this.voices.values()) if (element.paused) this.play(element);
  };

  private play(element: HTMLAudioElement): void {
    element.play().catch(() => undefined); // until somebody touches the page
  }

  /** A device that is gone does no harm: the computer's own choice is heard. */
  private async through(
    what: { setSinkId?: (device: string) => Promise<void> },
    device: string,
  ): Promise<void> {
    await what
      .setSinkId?.(device)
      .catch(() => what.setSinkId?.(''))
      .catch(() => undefined);
  }

  private tone(): AudioBuffer {
    const rate = this.context.sampleRate;
    const { seconds: length, on, high, low, trill } = this.ringsLike;
    const buffer = new AudioBuffer({ length: length * rate, sampleRate: rate });
    const samples = buffer.getChannelData(0);
    let phase = 0;
    for (let n = 0; n < on * rate; n += 1) {
      const seconds = n / rate;
      const isHigh = Math.floor(seconds / trill) % 2 === 0;
      phase += (2 * Math.PI * (isHigh ? high : low)) / rate;
      const edge = Math.min(1, seconds / 0.01, (on - seconds) / 0.01); // no click
      samples[n] = Math.sin(phase) * edge;
    }
    return buffer;
  }
}
