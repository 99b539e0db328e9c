/** The microphone: open as long as the phone runs, so that no answer waits for it. */

export type MicrophoneProblem = 'microphone-refused' | 'no-device';

const AGAIN = 3_000;

export interface MicrophoneHost {
  /** It is there, or another than before. */
  opened(stream: MediaStream): void;
  /** It is not there (any more). */
  missing(problem: MicrophoneProblem, detail: string): void;
}

export class Microphone {
  stream: MediaStream | null = null;
  /** Identity of the device that is wanted; another is taken if it is not there. */
  device: string | null = null;
  private running = false;
  private again: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor(
    private readonly host: MicrophoneHost,
    private readonly media: MediaDevices | undefined = globalThis.navigator?.mediaDevices,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.media?.addEventListener('devicechange', this.changed);
    void this.open();
  }

  stop(): void {
    this.running = false;
    this.turn += 1;
    clearTimeout(this.again);
    this.media?.removeEventListener('devicechange', this.changed);
    this.release();
  }

  /** Open it anew, another one if that was chosen. Tells the host what came of it. */
  async open(): Promise<void> {
    clearTimeout(this.again);
    const turn = (this.turn += 1);
    try {
      if (this.media === undefined) throw new DOMException('no secure page', 'NotFoundError');
      const stream = await this.media.getUserMedia({ audio: this.wishes(), video: false });
      if (turn !== this.turn) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      this.take(stream);
    } catch (error) {
      if (turn === this.turn) this.fail(error as DOMException);
    }
  }

  /** Return a copy of what it hears, to be spoken into one call. */
  copy(): MediaStream | null {
    return this.stream?.clone() ?? null;
  }

  private readonly changed = (): void => {
    if (this.stream === null) void this.open();
  };

  private wishes(): MediaTrackConstraints {
    const device = this.device === null ? {} : { deviceId: { ideal: this.device } };
    return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }

  private take(stream: MediaStream): void {
    this.release();
    this.stream = stream;
    for (const track of stream.getAudioTracks())
      track.addEventListener('ended', () => {
        if (this.stream !== stream) return;
        this.release();
        void this.open(); // it was pulled out: there may be another
      });
    this.host.opened(stream);
  }

  private fail(error: DOMException): void {
    this.release();
    const refused = error.name === 'NotAllowedError' || error.name === 'SecurityError';
    this.host.missing(refused ? 'microphone-refused' : 'no-device', error.message);
    if (this.running) this.again = setTimeout(() => void this.open(), AGAIN);
  }

  private release(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }
}
