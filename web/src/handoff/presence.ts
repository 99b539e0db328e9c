/** What is known of the pages of an agency, as the desk says it. */
import type { Schemas } from '../lib/api/client';

export type Presence = Schemas['PresenceView'];

/** Whether what was said at a time was in sight on a page of the agency. */
export function wasShown(at: string, presence: Presence | undefined): boolean {
  return presence?.shown_at != null && at <= presence.shown_at;
}
