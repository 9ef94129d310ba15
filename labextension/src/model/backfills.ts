import type { BackfillRequest } from '../api/wire.generated';

/** What stands in the form of a backfill; times are those of the user's clock, as `2026-11-28T06:00`. */
export interface BackfillDraft {
  readonly since: string;
  /** Empty: until now. */
  readonly until: string;
  readonly maxActive: string;
  readonly reverse: boolean;
}

const DAY_MS = 86_400_000;
const DAYS = 7;

/** The last seven days. */
export function newBackfill(now: number): BackfillDraft {
  const since = new Date(now - DAYS * DAY_MS);
  since.setHours(0, 0, 0, 0);
  return { since: localInput(since), until: '', maxActive: '1', reverse: false };
}

/** As an `input` of type `datetime-local` has it. */
function localInput(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

export type BackfillFault = 'since' | 'until' | 'order' | 'active';

/** What to ask for, or what is wrong with the form. */
export function readBackfill(
  { since, until, maxActive, reverse }: BackfillDraft,
  schedule: string
): { request: BackfillRequest } | { fault: BackfillFault } {
  const [from, to] = [Date.parse(since), until === '' ? null : Date.parse(until)];
  if (Number.isNaN(from)) {
    return { fault: 'since' };
  }
  if (to !== null && Number.isNaN(to)) {
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
      since: new Date(from).toISOString(),
      until: to === null ? null : new Date(to).toISOString(),
      max_active: Number(maxActive),
      reverse
    }
  };
}
