/** Why a ticket may report the same incident: the reasons in the order in which they count. */
import type { Schemas } from '../lib/api/client';
import type { Key, Values } from '../lib/i18n/words';
import { distance } from '../map/distance';

export type Similar = Schemas['SimilarView'];

/** Return the reasons, each as a key with its values. */
export function reasons(similar: Similar): [Key, Values][] {
  const found: [Key, Values][] = [];
  if (similar.same_number) found.push(['links.reason.number', {}]);
  if (similar.metres !== null)
    found.push(['links.reason.metres', { distance: distance(similar.metres) }]);
  const minutes = Math.round(similar.seconds / 60);
  found.push(minutes < 1 ? ['links.reason.at-once', {}] : ['links.reason.minutes', { n: minutes }]);
  if (similar.same_type) found.push(['links.reason.type', {}]);
  return found;
}
