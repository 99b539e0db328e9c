/** Which of many options match what somebody types: each word is looked for where words begin. */

export interface Option {
  readonly code: string;
  readonly label: string;
  /** Other names by which it is found. */
  readonly also: readonly string[];
  /** A word beside it. */
  readonly aside?: string;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Return how well an option matches; 0 is not at all. */
function rank(option: Option, words: readonly string[]): number {
  let least = 3;
  const label = plain(option.label);
  const names = [label, ...[option.code, ...option.also].map(plain)];
  for (const word of words) {
    const within = (name: string) => name.split(/[^\p{L}\p{N}]+/u).some((w) => w.startsWith(word));
    const how = label.startsWith(word) ? 3 : names.some(within) ? 2 : label.includes(word) ? 1 : 0;
    least = Math.min(least, how);
  }
  return least;
}

/** Return the options that match, the best first; all of them while nothing is typed. */
export function matching(options: readonly Option[], typed: string): Option[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...options];
  return options
    .map((option) => ({ option, how: rank(option, words) }))
    .filter(({ how }) => how > 0)
    .sort((a, b) => b.how - a.how)
    .map(({ option }) => option);
}
