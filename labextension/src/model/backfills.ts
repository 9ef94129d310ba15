import type { BackfillRequest } from '../api/wire.generated';
import { instantIn, localIn } from './zones';

/** What stands in the form of a backfill; times are by the clocks of the schedule's zone, as `2026-11-28T06:00`. */
export interface BackfillDraft {
  readonly since: string;
  /** Empty: until now. */
  readonly until: string;
  readonly maxActive: string;
  readonly reverse: boolean;
}

const DAY_MS = 86_400_000;
const DAYS = 7;

/** The last seven days of the zone. */
export function newBackfill(now: number, zone: string): BackfillDraft {
  const day = localIn(new Date(now - DAYS * DAY_MS).toISOString(), zone).slice(0, 10);
  return { since: `${day}T00:00`, until: '', maxActive: '1', reverse: false };
}

export type BackfillFault = 'since' | 'until' | 'order' | 'active';

/** What to ask for, or what is wrong with the form. */
export function readBackfill(
  { since, until, maxActive, reverse }: BackfillDraft,
  schedule: string,
  zone: string
): { request: BackfillRequest } | { fault: BackfillFault } {
  const [from, to] = [instantIn(since, zone), instantIn(until, zone)];
  if (from === null) {
    return { fault: 'since' };
  }
  if (to === null && until !== '') {
    return { fault: 'until' };
  }
  if (to !== null && to <= from) {
    return { fault: 'order' };
  }
  if (!/^[1-9]\d{0,2}$/.test(maxActive.trim())) {
    return { fault: 'active' };
  }
  return {
    request: {
      schedule,
      since: from,
      until: to,
      max_active: Number(maxActive),
      reverse
    }
  };
}
