import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aParameter } from '../testing/builders';
import { aSchedule } from '../testing/schedules';
import { fieldOf } from './parameters';
import { addRequest, draftOf, editRequest, faultsOf, fieldOfRefusal, fieldsOf, newDraft } from './scheduleForm';

const FIELDS = [fieldOf(aParameter('rows', 10)), fieldOf(aParameter('day', 'today'))];

test('a form as it begins is every day at six, with nothing that is the default', () => {
  const draft = newDraft('flights', 'Europe/Berlin');

  assert.equal(faultsOf(draft, FIELDS).size, 0);
  assert.deepEqual(addRequest(draft, FIELDS, 'flights.ipynb'), {
    name: 'flights',
    path: 'flights.ipynb',
    trigger: '0 6 * * *',
    zone: 'Europe/Berlin',
    policy: { overlap: 'skip', catchup: 'latest', misfire_grace_s: 3600 },
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
    grace: 'x'
  } as const;

  assert.deepEqual(Object.fromEntries(faultsOf(bad, FIELDS)), {
    name: 'bad_name',
    zone: 'missing',
    parameters: 'bad_parameters',
    environment: 'no_environment',
    catchupMax: 'bad_count',
    grace: 'bad_minutes'
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
    policy: { overlap: 'skip', catchup: 'latest', misfire_grace_s: 3600 },
    parameters: before.parameters,
    environment: 'prod',
    deployed: false
  });
});

test('a refusal is shown at the field that it is about', () => {
  assert.equal(fieldOfRefusal({ code: 'schedule_exists', message: '' }), 'name');
  assert.equal(fieldOfRefusal({ code: 'usage', message: "'1' cannot be the name of a schedule" }), 'name');
  assert.equal(fieldOfRefusal({ code: 'unreachable', message: '' }), null);
});
