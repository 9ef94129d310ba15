import type { Line } from './line';

/** Where in the log a word stands. */
export interface Match {
  readonly row: number;
  readonly start: number;
}

/** Counting stops here: nobody steps through more, and a letter in 100,000 lines would fill the memory. */
export const MOST_MATCHES = 10_000;

/** All places of `words`, whatever the case, from line `from` on; behind those in `known`. */
export function findMatches(
  lines: readonly Line[],
  words: string,
  from = 0,
  known: readonly Match[] = []
): readonly Match[] {
  const wanted = words.toLowerCase();
  if (wanted === '') {
    return [];
  }
  const matches = known.filter(match => match.row < from);
  for (let row = from; row < lines.length && matches.length < MOST_MATCHES; row++) {
    const text = lines[row]?.text.toLowerCase() ?? '';
    for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length)) {
      matches.push({ row, start });
    }
  }
  return matches;
}
