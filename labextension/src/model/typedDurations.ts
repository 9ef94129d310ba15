const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001]
] as const;
const CENTURY_S = 3_155_760_000;

/** Seconds of `500ms`, `30s`, `10m`, `1h` or `1d`, as Python reads it; `null`: it is none of these. */
export function readDuration(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const size = UNITS.find(([name]) => name === unit)?.[1];
  if (number === undefined || size === undefined) {
    // Nothing has no unit. Of other numbers nobody knows whether they are seconds or minutes.
    return /^0+$/.test(text.trim()) ? 0 : null;
  }
  const seconds = Math.round(Number(number) * size * 1e6) / 1e6;
  return seconds <= CENTURY_S ? seconds : null;
}

/** In the largest unit of which it is a whole number: `10m`, `90s`. */
export function spellDuration(seconds: number): string {
  const [name, size] = UNITS.find(([, unit]) => isWhole(seconds / unit)) ?? ['s', 1];
  return seconds === 0 ? '0s' : `${isWhole(seconds / size) ? Math.round(seconds / size) : seconds}${name}`;
}

function isWhole(number: number): boolean {
  return number >= 1 - 1e-9 && Math.abs(number - Math.round(number)) < 1e-9;
}
