import type { Catchup, Overlap, PolicyView, PolicyWanted } from '../api/wire.generated';
import { readDuration, spellDuration } from './typedDurations';
import { instantIn, localIn } from './zones';

/** What stands in the form about when time goes wrong, and between which times. */
export interface PolicyDraft {
  readonly overlap: Overlap;
  readonly catchup: Catchup;
  readonly catchupMax: string;
  /** Durations, as `30s`. */
  readonly grace: string;
  readonly jitter: string;
  /** By the clocks of the schedule's zone, as `2026-12-01T06:00`; empty: no limit. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Empty: no limit. */
  readonly maxRuns: string;
}

export type PolicyField = 'catchupMax' | 'grace' | 'jitter' | 'startsAt' | 'endsAt' | 'maxRuns';
export type PolicyFault = 'bad_count' | 'bad_duration' | 'bad_time' | 'bad_order' | 'bad_runs';

/** What a half typed time is: an input has no value for it, and it is not the same as none. */
export const NO_TIME = '?';

export const FIRST_POLICY: PolicyDraft = {
  overlap: 'skip',
  catchup: 'latest',
  catchupMax: '100',
  grace: '1h',
  jitter: '0s',
  startsAt: '',
  endsAt: '',
  maxRuns: ''
};

/** What stands in the form of a policy that there is. */
export function policyDraftOf(policy: PolicyView, zone: string): PolicyDraft {
  const { starts_at, ends_at, max_runs } = policy;
  return {
    overlap: policy.overlap,
    catchup: policy.catchup,
    catchupMax: String(policy.catchup_max),
    grace: spellDuration(policy.misfire_grace_s),
    jitter: spellDuration(policy.jitter_s),
    startsAt: starts_at === null ? '' : localIn(starts_at, zone),
    endsAt: ends_at === null ? '' : localIn(ends_at, zone),
    maxRuns: max_runs === null ? '' : String(max_runs)
  };
}

/** What is said of beginning and end: how many of them. */
export function limitsSet({ startsAt, endsAt, maxRuns }: PolicyDraft): number {
  return [startsAt, endsAt, maxRuns].filter(text => text.trim() !== '').length;
}

/** Something else is said than what most schedules have. */
export function isUnusual(draft: PolicyDraft): boolean {
  const { overlap, catchup, grace, jitter } = FIRST_POLICY;
  return (
    draft.overlap !== overlap ||
    draft.catchup !== catchup ||
    readDuration(draft.grace) !== readDuration(grace) ||
    readDuration(draft.jitter) !== readDuration(jitter)
  );
}

export function policyFaults(draft: PolicyDraft, zone: string): readonly (readonly [PolicyField, PolicyFault])[] {
  const { catchup, catchupMax, grace, jitter, startsAt, endsAt, maxRuns } = draft;
  const [starts, ends] = [timeOf(startsAt, zone), timeOf(endsAt, zone)];
  const found: [PolicyField, PolicyFault | false][] = [
    ['catchupMax', catchup === 'all' && !/^([1-9]\d{0,3}|10000)$/.test(catchupMax.trim()) && 'bad_count'],
    ['grace', readDuration(grace) === null && 'bad_duration'],
    ['jitter', readDuration(jitter) === null && 'bad_duration'],
    ['startsAt', starts === 'bad' && 'bad_time'],
    ['endsAt', ends === 'bad' ? 'bad_time' : isTime(starts) && isTime(ends) && ends <= starts && 'bad_order'],
    ['maxRuns', !/^([1-9]\d{0,8})?$/.test(maxRuns.trim()) && 'bad_runs']
  ];
  return found.flatMap(([field, fault]) => (fault === false ? [] : [[field, fault] as const]));
}

const FIRST_YEAR = '1970';
const LAST_YEAR = '2199';

/** `null`: no limit; `bad`: what is typed is no time, or none that Python would take. */
function timeOf(text: string, zone: string): string | null {
  if (text === '') {
    return null;
  }
  const iso = instantIn(text, zone);
  const year = iso?.slice(0, 4) ?? '';
  // Before and after them an instant begins with a sign: neither is between these.
  return iso !== null && year >= FIRST_YEAR && year <= LAST_YEAR ? iso : 'bad';
}

function isTime(time: string | null): time is string {
  return time !== null && time !== 'bad';
}

/** Of a draft without faults. A time that was not touched is `before`'s to the microsecond. */
export function policyWanted(draft: PolicyDraft, zone: string, before: PolicyView | null): PolicyWanted {
  const { overlap, catchup, catchupMax, grace, jitter, startsAt, endsAt, maxRuns } = draft;
  const moment = (text: string, known: string | null) =>
    known !== null && localIn(known, zone) === text ? known : timeOf(text, zone);
  return {
    overlap,
    catchup,
    ...(catchup === 'all' ? { catchup_max: Number(catchupMax) } : {}),
    misfire_grace_s: readDuration(grace) ?? 0,
    jitter_s: readDuration(jitter) ?? 0,
    starts_at: moment(startsAt, before?.starts_at ?? null),
    ends_at: moment(endsAt, before?.ends_at ?? null),
    max_runs: maxRuns.trim() === '' ? null : Number(maxRuns)
  };
}

/** Which fires to look for, as the form limits them: after the one, and before the other; `null`: no limit. */
export function windowOf(
  draft: PolicyDraft,
  zone: string,
  now: number
): { readonly after: string | null; readonly before: string | null } {
  const [starts, ends] = [timeOf(draft.startsAt, zone), timeOf(draft.endsAt, zone)];
  // The fire at the very beginning is one, too.
  const after = isTime(starts) ? Date.parse(starts) - 1 : Number.NaN;
  return {
    after: after > now ? new Date(after).toISOString() : null,
    // An end before the beginning is told at its field: it says nothing of fires.
    before: isTime(ends) && !(isTime(starts) && ends <= starts) ? ends : null
  };
}
