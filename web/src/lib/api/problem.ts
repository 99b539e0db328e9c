/** What went wrong, and what to do about it, as the service says it (RFC 9457). */

/** Which field of a request is wrong, and how. */
export interface FieldError {
  readonly where: string;
  readonly field: string;
  readonly detail: string;
  readonly remedy: string;
}

export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Stable name to branch on, such as `seat-in-use`. */
    readonly kind: string,
    readonly detail: string,
    readonly remedy: string,
    /** All members of the problem document. */
    readonly members: Readonly<Record<string, unknown>> = {},
    /** Seconds after which it may be tried again. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  /** Whether nothing is known to be wrong with what was asked: to be sent again later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get errors(): readonly FieldError[] {
    const errors = this.members['errors'];
    return Array.isArray(errors) ? (errors as FieldError[]) : [];
  }
}

const PREFIX = 'urn:sip112:problem:';

/** Return the problem that an answer tells of. */
export function refusal(response: Response, body: unknown): Refused {
  const members =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : '');
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Refused(
    response.status,
    text('type').startsWith(PREFIX) ? text('type').slice(PREFIX.length) : 'strange',
    text('detail'),
    text('remedy'),
    members,
    Number.isFinite(wait) ? wait : null,
  );
}

/** Return the problem that there was no answer at all. */
export function unreachable(): Refused {
  return new Refused(0, 'unreachable', '', '');
}
