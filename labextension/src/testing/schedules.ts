import type * as wire from '../api/wire.generated';
import { at } from './builders';

export const SERVED: wire.Services = {
  is_served: true,
  told: 'A scheduler on ada starts what is due.',
  services: [{ host: 'ada', pid: 1, started_at: at(0) }]
};

export const UNSERVED: wire.Services = {
  is_served: false,
  told: 'No scheduler is running: what is due will not start. Start one with `jupyter dataops scheduler`.',
  services: []
};

export function aNextFire(iso: string, parts: Partial<wire.NextFire> = {}): wire.NextFire {
  return { at: iso, local: iso, told: `${iso.slice(0, 16).replace('T', ' ')} UTC`, note: '', ...parts };
}

export function aFire(iso: string, parts: Partial<wire.FireView> = {}): wire.FireView {
  return {
    fire_time: iso,
    told: `${iso.slice(0, 16).replace('T', ' ')} UTC`,
    kind: 'scheduled',
    fate: 'started',
    meaning: 'a run was made for it',
    reason: '',
    run_id: 'run-1',
    run_state: 'succeeded',
    decided_at: iso,
    started_at: iso,
    ended_at: iso,
    late_s: 0.2,
    count: 1,
    first_time: null,
    at_least: false,
    resumed: 0,
    batch: null,
    asked_by: '',
    ...parts
  };
}

export function aPolicy(parts: Partial<wire.PolicyView> = {}): wire.PolicyView {
  return {
    overlap: 'skip',
    catchup: 'latest',
    catchup_max: 100,
    misfire_grace_s: 3600,
    jitter_s: 0,
    starts_at: null,
    ends_at: null,
    max_runs: null,
    told: [],
    ...parts
  };
}

export function aSchedule(name: string, parts: Partial<wire.ScheduleView> = {}): wire.ScheduleView {
  return {
    name,
    path: 'flights.ipynb',
    notebook: 'flights.ipynb',
    state: 'active',
    trigger: 'cron 0 6 * * MON-FRI tz=UTC',
    told: 'At 06:00 on Monday through Friday, UTC',
    zone: 'UTC',
    policy: aPolicy(),
    parameters: {},
    jobs: null,
    fail_fast: false,
    select: null,
    changed: false,
    environment: null,
    deployed: false,
    paused_at: null,
    paused_because: null,
    origin: null,
    deployment: null,
    created_at: at(0),
    created_by: 'ada',
    version: 1,
    next_at: null,
    next: [],
    fires: [],
    active_runs: [],
    waiting: 0,
    previous_success: null,
    ...parts
  };
}

export function aReading(parts: Partial<wire.TriggerReading> = {}): wire.TriggerReading {
  return {
    trigger: 'cron 0 6 * * * tz=UTC',
    told: 'At 06:00 every day, UTC',
    zone: 'UTC',
    structure: { kind: 'cron' },
    next: [aNextFire(at(3600))],
    waits: [],
    notes: [],
    problem: null,
    ...parts
  };
}
