import type { Texts } from './texts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** So late, what should have happened has not: until then it is on its way. */
const LATE = MINUTE;

/** One unit, or two where the second one matters: `12 min`, `3 h 20 min`, `14 h`, `3 days`. */
function span(ms: number, texts: Texts): string {
  if (ms < MINUTE) {
    return texts.__('<1 min');
  }
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 60) {
    return texts.__('%1 min', minutes);
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 6 && minutes % 60 !== 0) {
    return texts.__('%1 h %2 min', hours, minutes % 60);
  }
  if (minutes < (48 * HOUR) / MINUTE) {
    return texts.__('%1 h', Math.round(minutes / 60));
  }
  const days = Math.round(ms / DAY);
  return texts._n('%1 day', '%1 days', days);
}

/** How far away a moment to come is: `in 14 h`; `now` where it has just come, `due` where it is over. */
export function formatUntil(iso: string, now: number, texts: Texts): string {
  const ms = Date.parse(iso) - now;
  if (ms <= 0) {
    return ms > -LATE ? texts.__('now') : texts.__('due');
  }
  return texts.__('in %1', span(ms, texts));
}

/** How long ago a moment was: `12 min ago`. Clocks differ: nothing is in the future. */
export function formatAgo(iso: string, now: number, texts: Texts): string {
  return texts.__('%1 ago', span(Math.max(0, now - Date.parse(iso)), texts));
}

/** The user's own time zone, as IANA names it. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Every time zone that the browser knows, and UTC. */
export function knownZones(): readonly string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
}

const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });

/** The day of the week of a time with an offset, where that offset holds. */
export function weekdayOf(local: string): string {
  return WEEKDAY.format(new Date(`${local.slice(0, 10)}T00:00:00Z`));
}
