const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From start to end, or to `now` while it goes on; `null`: it has not begun. */
export function elapsedMs(startedAt: string | null, finishedAt: string | null, now: number): number | null {
  if (startedAt === null) {
    return null;
  }
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  // Clocks of the server and the browser differ: nothing lasts less than no time.
  return Math.max(0, end - Date.parse(startedAt));
}

/** Two units at most: `<0.1 s`, `0.4 s`, `12 s`, `1 m 24 s`, `2 h 03 m`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 100) {
    return '<0.1 s';
  }
  if (ms < 10 * SECOND) {
    return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  }
  if (ms < MINUTE) {
    return `${Math.floor(ms / SECOND)} s`;
  }
  if (ms < HOUR) {
    return `${Math.floor(ms / MINUTE)} m ${pad(Math.floor((ms % MINUTE) / SECOND))} s`;
  }
  if (ms < DAY) {
    return `${Math.floor(ms / HOUR)} h ${pad(Math.floor((ms % HOUR) / MINUTE))} m`;
  }
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/** In bytes, kilobytes of 1,000, ...: `812 B`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

// Made once: a formatter costs a hundred times what it takes to use one.
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit'
});
const YEAR_DAY_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const EXACTLY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** The time of day; with the date, where that is another one. */
export function formatWhen(iso: string, now: number): string {
  const date = new Date(iso);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) {
    return TIME.format(date);
  }
  return (date.getFullYear() === today.getFullYear() ? DAY_TIME : YEAR_DAY_TIME).format(date);
}

/** To the second and with the zone, for a tooltip. */
export function formatExactly(iso: string): string {
  return EXACTLY.format(new Date(iso));
}
