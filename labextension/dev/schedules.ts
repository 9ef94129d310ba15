/** Schedules without Python: enough to see every state of the panel and of the form. */
import type * as wire from '../src/api/wire.generated';
import { aNotice } from '../src/testing/builders';
import { aFire, aNextFire, aPolicy, aReading, aSchedule, SERVED, UNSERVED } from '../src/testing/schedules';
import type { Answers } from '../src/testing/fakeClient';

const HOUR = 3_600_000;
const from = (hours: number) => new Date(Math.ceil(Date.now() / HOUR) * HOUR + hours * HOUR).toISOString();

const FIRES: wire.FireView[] = [
  aFire(from(-2), { run_state: 'running', ended_at: null }),
  aFire(from(-26), { run_state: 'succeeded' }),
  aFire(from(-30), { kind: 'manual', told: '2026-11-27 15:00:12 CET', asked_by: 'ada', run_state: 'failed' }),
  aFire(from(-50), {
    fate: 'skipped',
    run_id: null,
    run_state: null,
    reason: 'run `20261127T0600-91ab` of an earlier fire is active',
    meaning: "the schedule's own rules said not to run it; the reason says which",
    count: 3,
    first_time: from(-52)
  }),
  aFire(from(-74), { fate: 'missed', run_id: null, run_state: null, reason: 'it would have started 3 h late' }),
  aFire(from(-98), { late_s: 41 }),
  aFire(from(-122), { fate: 'failed_to_start', run_id: null, run_state: null, reason: 'flights.ipynb cannot be read' })
];

const NOTE = '02:30 does not exist: clocks go from 02:00 to 03:00';
const NEXT = [
  aNextFire(from(14), { told: '2026-03-28 06:00 CET' }),
  aNextFire(from(38), { told: '2026-03-29 03:00 CEST', note: NOTE }),
  aNextFire(from(62), { told: '2026-03-30 06:00 CEST' }),
  aNextFire(from(86), { told: '2026-03-31 06:00 CEST' }),
  aNextFire(from(110), { told: '2026-04-01 06:00 CEST' })
];

export const SCHEDULES: wire.ScheduleView[] = [
  aSchedule('flights-nightly', {
    told: 'At 06:00 on Monday through Friday, Europe/Berlin time',
    zone: 'Europe/Berlin',
    next: NEXT,
    next_at: NEXT[0]?.at ?? null,
    fires: FIRES.slice(1, 6),
    parameters: { country: 'de', day: '{{ fire_time }}' },
    environment: 'prod',
    deployed: true,
    policy: aPolicy({ overlap: 'buffer_one', told: ['While an earlier run is active: one fire waits'] })
  }),
  aSchedule('incoming', {
    told: 'When in/*.csv appears or changes, looked at every 30 seconds; or at 22:00 every day, UTC',
    notebook: 'ingest.ipynb',
    path: 'etl/ingest.ipynb',
    next: [],
    fires: FIRES.slice(0, 3),
    active_runs: ['20261128T0600-11aa']
  }),
  aSchedule('report', {
    told: 'At 18:30 on Friday, UTC',
    notebook: 'report.ipynb',
    path: 'report.ipynb',
    state: 'paused',
    paused_at: from(-4),
    paused_because: 'the source moves',
    next: NEXT,
    fires: [FIRES[4] ?? aFire(from(-1))]
  }),
  aSchedule('once', { told: 'Once at 2026-11-01 06:00 UTC', state: 'over' })
];

export const SCHEDULES_TOLD: Omit<wire.SchedulesChanged, 'id'> = {
  kind: 'schedules',
  schedules: SCHEDULES,
  names: SCHEDULES.map(one => one.name),
  services: location.search.includes('unserved') ? UNSERVED : SERVED
};

const NOTICES: readonly wire.NoticeView[] = [
  aNotice({ event: 'failed', run_id: FIRES[0]?.run_id ?? null, at: from(-1), ended_at: from(-1) }),
  aNotice({
    event: 'failed',
    run_id: FIRES[0]?.run_id ?? null,
    address: 2,
    state: 'waiting',
    error: 'ops.example.org answers error=503',
    at: from(-1),
    next_at: from(0.1)
  }),
  aNotice({
    event: 'late',
    run_id: FIRES[1]?.run_id ?? null,
    receiver: 'boss',
    state: 'given_up',
    attempts: 6,
    error: 'no such channel',
    at: from(-20)
  }),
  aNotice({
    event: 'missed',
    run_id: null,
    fire_time: FIRES[2]?.fire_time ?? null,
    at: from(-40),
    ended_at: from(-40)
  }),
  aNotice({ event: 'recovered', run_id: FIRES[0]?.run_id ?? null, at: from(-60), ended_at: from(-60), message_id: 'r' })
];

export const SCHEDULE_ANSWERS: Answers = {
  get_schedule: ({ schedule }) => ({
    schedule: { ...(SCHEDULES.find(one => one.name === schedule) ?? aSchedule(schedule)), next: NEXT, fires: FIRES },
    polls: [],
    notices: [...NOTICES],
    has_more: true,
    services: SERVED
  }),
  preview_trigger: ({ trigger, zone }) =>
    /^[\d*]/.test(trigger)
      ? aReading({ told: `At 06:00 every day, ${zone} time`, next: NEXT, zone: zone ?? 'UTC' })
      : aReading({
          trigger: null,
          told: '',
          next: [],
          problem: {
            code: 'invalid_schedule',
            message: `\`${trigger}\` is no trigger`,
            where: trigger,
            hint: 'write a cron expression, every, at, file, asset or condition',
            start: 0,
            end: trigger.length
          }
        }),
  plan_backfill: ({ schedule }) => ({
    schedule,
    batch: null,
    told: '7 runs, one at a time: the first for 2026-11-21 06:00 UTC, the last for 2026-11-27 06:00 UTC',
    wanted: 7,
    fires: FIRES.map(fire => ({ ...fire })),
    left_out: 0,
    left_out_fires: [],
    is_served: !location.search.includes('unserved')
  })
};
