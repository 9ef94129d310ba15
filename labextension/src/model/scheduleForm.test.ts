import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aParameter } from '../testing/builders';
import { aPolicy, aSchedule } from '../testing/schedules';
import { fieldOf } from './parameters';
import { NO_TIME } from './schedulePolicy';
import { addRequest, draftOf, editRequest, faultsOf, fieldOfRefusal, fieldsOf, newDraft } from './scheduleForm';

const PLAIN = {
  overlap: 'skip',
  catchup: 'latest',
  misfire_grace_s: 3600,
  jitter_s: 0,
  starts_at: null,
  ends_at: null,
  max_runs: null
};
const FIELDS = [fieldOf(aParameter('rows', 10)), fieldOf(aParameter('day', 'today'))];

test('a form as it begins is every day at six, with nothing that is the default', () => {
  const draft = newDraft('flights', 'Europe/Berlin');

  assert.equal(faultsOf(draft, FIELDS).size, 0);
  assert.deepEqual(addRequest(draft, FIELDS, 'flights.ipynb'), {
    name: 'flights',
    path: 'flights.ipynb',
    trigger: '0 6 * * *',
    zone: 'Europe/Berlin',
    policy: PLAIN,
    parameters: {},
    environment: null,
    deployed: false,
    paused: false
  });
});

test('what is wrong is said of its field', () => {
  const bad = {
    ...newDraft('1st', ' '),
    typed: { rows: 'many' },
    deployed: true,
    catchup: 'all',
    catchupMax: '0',
    grace: '60',
    jitter: 'soon',
    startsAt: NO_TIME,
    endsAt: '2026-12-01T06:00',
    maxRuns: '1.5'
  } as const;

  assert.deepEqual(Object.fromEntries(faultsOf(bad, FIELDS)), {
    name: 'bad_name',
    zone: 'missing',
    parameters: 'bad_parameters',
    environment: 'no_environment',
    catchupMax: 'bad_count',
    grace: 'bad_duration',
    jitter: 'bad_duration',
    startsAt: 'bad_time',
    maxRuns: 'bad_runs'
  });
});

test('a parameter of any type may be filled in at each fire', () => {
  const draft = { ...newDraft('flights', 'UTC'), typed: { rows: '{{ fire_time }}', day: 'monday' } };

  assert.equal(faultsOf(draft, FIELDS).size, 0);
  assert.deepEqual(addRequest(draft, FIELDS, 'a.ipynb').parameters, { rows: '{{ fire_time }}', day: 'monday' });
});

test('a schedule in the form is the same schedule when it comes out, and says which one was meant', () => {
  const before = aSchedule('nightly', {
    trigger: 'cron 30 2 * * MON tz=Europe/Berlin',
    parameters: { rows: 5, gone: [1, 'a'], day: '{{ fire_time }}' },
    environment: 'prod',
    version: 4
  });
  const fields = fieldsOf(FIELDS, before.parameters);

  const asked = editRequest(draftOf(before, fields), fields, before);

  assert.deepEqual(asked, {
    schedule: 'nightly',
    version: 4,
    trigger: '30 2 * * MON',
    zone: 'Europe/Berlin',
    policy: PLAIN,
    parameters: before.parameters,
    environment: 'prod',
    deployed: false
  });
});

test('times are those of the clocks of the schedule, and the end comes after the beginning', () => {
  const draft = {
    ...newDraft('flights', 'Europe/Berlin'),
    jitter: '30s',
    startsAt: '2026-12-01T06:00',
    endsAt: '2026-12-01T05:59',
    maxRuns: '5'
  };
  assert.deepEqual([...faultsOf(draft, FIELDS)], [['endsAt', 'bad_order']]);
  const { policy } = addRequest({ ...draft, endsAt: '2027-07-01T06:00' }, FIELDS, 'flights.ipynb');

  assert.deepEqual(policy, {
    ...PLAIN,
    jitter_s: 30,
    starts_at: '2026-12-01T05:00:00.000Z',
    ends_at: '2027-07-01T04:00:00.000Z',
    max_runs: 5
  });
  assert.deepEqual([...faultsOf({ ...draft, startsAt: '0026-12-01T06:00' }, FIELDS)], [['startsAt', 'bad_time']]);
});

test('what the form does not show of a time is kept until the time is changed', () => {
  const policy = aPolicy({
    jitter_s: 90,
    // The second half past two of that night.
    starts_at: '2026-10-25T01:30:00.250000Z',
    ends_at: '2027-01-01T00:00:00Z',
    max_runs: 7
  });
  const before = aSchedule('nightly', { trigger: 'cron 0 6 * * * tz=Europe/Berlin', zone: 'Europe/Berlin', policy });
  const draft = draftOf(before, []);
  assert.deepEqual(
    [draft.jitter, draft.startsAt, draft.endsAt, draft.maxRuns],
    ['90s', '2026-10-25T02:30', '2027-01-01T01:00', '7']
  );

  const kept = editRequest(draft, [], before).policy;
  const changed = editRequest({ ...draft, endsAt: '', zone: 'UTC' }, [], before).policy;

  assert.deepEqual(kept, {
    ...PLAIN,
    jitter_s: 90,
    starts_at: policy.starts_at,
    ends_at: policy.ends_at,
    max_runs: 7
  });
  assert.deepEqual([changed?.starts_at, changed?.ends_at], ['2026-10-25T02:30:00.000Z', null]);
});

test('a refusal is shown at the field that it is about', () => {
  assert.equal(fieldOfRefusal({ code: 'schedule_exists', message: '' }), 'name');
  assert.equal(fieldOfRefusal({ code: 'usage', message: "'1' cannot be the name of a schedule" }), 'name');
  assert.equal(fieldOfRefusal({ code: 'invalid_schedule', message: 'five fields are needed' }), 'when');
  assert.equal(fieldOfRefusal({ code: 'invalid_schedule', message: 'ends_at is not after starts_at' }), 'endsAt');
  assert.equal(fieldOfRefusal({ code: 'unreachable', message: '' }), null);
});
