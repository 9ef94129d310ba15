const UNITS: readonly (readonly [size: number, letter: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm']
];

/** As short as can be read at a glance: `0.4 s`, `12 s`, `3 m 5 s`, `2 h 10 m`, `1 d 4 h`. */
export function durationText(seconds: number): string {
  if (!(seconds > 0)) {
    return '0 s';
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const at = UNITS.findIndex(([size]) => whole >= size);
  const unit = UNITS[at];
  if (unit === undefined) {
    return `${whole} s`;
  }
  const [size, letter] = unit;
  const [below, small] = UNITS[at + 1] ?? [1, 's'];
  const rest = Math.floor((whole % size) / below);
  return rest > 0 ? `${Math.floor(whole / size)} ${letter} ${rest} ${small}` : `${Math.floor(whole / size)} ${letter}`;
}

/** Seconds between two times of the wire; up to `nowMs` where the second is not yet. `null`: not begun. */
export function secondsBetween(start: string | null, end: string | null, nowMs: number): number | null {
  return start === null ? null : Math.max(0, ((end === null ? nowMs : Date.parse(end)) - Date.parse(start)) / 1000);
}
