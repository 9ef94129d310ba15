/** Times by the clocks of a time zone, which need not be the user's, and the instants that they are. */

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;

// Made once for each zone: a formatter costs a hundred times what it takes to use one.
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** The zone, as far as the browser knows it; UTC where it does not. */
export function knownZone(zone: string): string {
  try {
    clockOf(zone.trim());
    return zone.trim();
  } catch {
    return 'UTC';
  }
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = CLOCKS.get(zone);
  const clock =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit'
    });
  CLOCKS.set(zone, clock);
  return clock;
}

/** What clocks there show, as if they stood in UTC. */
function shownAt(ms: number, zone: string): number {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(ms)
      .map(part => [part.type, Number(part.value)])
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** As an `input` of type `datetime-local` has it; with seconds, where there are some. */
export function localIn(iso: string, zone: string): string {
  const text = new Date(shownAt(Date.parse(iso), knownZone(zone))).toISOString().slice(0, 19);
  return text.endsWith(':00') ? text.slice(0, 16) : text;
}

/**
 * The instant of a time there; `null`: it is no time.
 *
 * Of a time that there is twice, the first one. One that there is not, because clocks were put forward over it, is as much
 * later as they were.
 */
export function instantIn(local: string, zone: string): string | null {
  const [, year, month, day, hour, minute, second = '0'] = LOCAL.exec(local.trim()) ?? [];
  if (year === undefined) {
    return null;
  }
  const shown = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (Number.isNaN(shown)) {
    return null;
  }
  const known = knownZone(zone);
  // What holds a day before and a day after: one of them is the offset, on each side of any change of clocks.
  const offsets = [shown - DAY, shown + DAY].map(ms => shownAt(ms, known) - ms);
  const candidates = offsets.map(offset => shown - offset);
  const found = candidates.filter(ms => shownAt(ms, known) === shown);
  const [before = shown] = candidates;
  return new Date(found.length > 0 ? Math.min(...found) : before).toISOString();
}

/** The day, the time and the offset there. */
export function formatIn(iso: string, zone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: knownZone(zone),
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short'
  }).format(new Date(iso));
}
