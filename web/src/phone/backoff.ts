/** How long to wait before something is tried again: 1, 2, 4 ... seconds, and a little by chance. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly most: number,
    private readonly chance: () => number = Math.random,
  ) {}

  /** Return for how many milliseconds to wait; the first time not at all. */
  next(): number {
    const wait = this.tries === 0 ? 0 : Math.min(this.most, 1000 * 2 ** (this.tries - 1));
    this.tries += 1;
    return wait * (0.75 + 0.5 * this.chance());
  }

  /** It worked. */
  reset(): void {
    this.tries = 0;
  }
}
