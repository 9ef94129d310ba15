import type { Line } from './line';

/**
 * Where each line begins, in rows of the screen, when lines are broken after `columns` characters; the last entry is the
 * number of all rows. Characters that are wider than others make this an estimate.
 */
export function wrappedStarts(lines: readonly Line[], columns: number): Int32Array {
  const starts = new Int32Array(lines.length + 1);
  for (let row = 0; row < lines.length; row++) {
    const length = lines[row]?.text.length ?? 0;
    starts[row + 1] = (starts[row] ?? 0) + Math.max(1, Math.ceil(length / columns));
  }
  return starts;
}

/** The line that is on a row of the screen. */
export function lineAt(starts: Int32Array, row: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= row) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return Math.max(0, low);
}
