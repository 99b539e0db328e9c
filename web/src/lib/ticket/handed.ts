/** What a notice of a ticket that was given or taken means to whom it concerns. */
import type { Notice } from '../live/live.svelte';
import type { Assignee } from './assign';

export interface Handed {
  readonly ticket: string;
  readonly number: string;
  readonly version: number;
  readonly how: 'given' | 'taken' | 'passed' | 'released';
  /** Who did it. */
  readonly by: string;
  /** Who has it now. */
  readonly to: string;
}

/** Return what a notice tells `me`, if it tells anything. */
export function meaning(notice: Notice, me: string): Handed | undefined {
  if (notice.kind !== 'ticket.assigned' || notice['by'] === me) return undefined;
  const assignee = notice['assignee'] as Assignee | null;
  const by = String(notice['by']);
  const mine = assignee?.id === me;
  if (!mine && notice['former'] !== me) return undefined;
  const taken = assignee === null ? 'released' : assignee.id === by ? 'taken' : 'passed';
  return {
    ticket: String(notice['ticket']),
    number: String(notice['number']),
    version: Number(notice['version']),
    how: mine ? 'given' : taken,
    by,
    to: assignee?.name ?? '',
  };
}
