/** What the INVITE of a call says: who calls, and where its ticket is. */

/** The parts of an INVITE that are read. All of it is text from outside. */
export interface Invite {
  readonly displayName: string;
  readonly user: string;
  readonly callInfo: string;
}

export interface Caller {
  /** Digits, or null if the caller hides the number. */
  readonly number: string | null;
  /** Number of the ticket; null where the call has none (yet). */
  readonly ticket: string | null;
  /** Address of the ticket's page, as Asterisk was told. */
  readonly about: string | null;
}

const NUMBER = /^\+?\d{1,32}$/;
const TICKET_PAGE = /\/t\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/** Return what `invite` says, and nothing of what does not look as it should. */
export function callerOf(invite: Invite): Caller {
  const about = /<(https?:\/\/[^<>\s]+)>/.exec(invite.callInfo)?.[1] ?? null;
  const words = invite.displayName.trim().split(/\s+/);
  const last = words[words.length - 1] ?? '';
  const number = [last, invite.user].find((each) => NUMBER.test(each)) ?? null;
  return { number, ticket: about === null ? null : (TICKET_PAGE.exec(about)?.[1] ?? null), about };
}
