import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSchedule, SERVED, UNSERVED } from '../testing/schedules';
import { ENGLISH } from './texts';
import { changeSchedules, freeName } from './schedules';
import { fitting } from './scheduleSearch';

const A = aSchedule('a');
const B = aSchedule('b', { trigger: 'every 15m', told: 'Every 15 minutes', environment: 'prod' });

test('what is told of schedules is put in its place; those that are not named have gone', () => {
  const first = changeSchedules(null, { schedules: [A, B], names: ['a', 'b'], services: UNSERVED });
  const changed = aSchedule('a', { state: 'paused' });

  const second = changeSchedules(first, { schedules: [changed], names: ['a', 'b'], services: SERVED });
  const third = changeSchedules(second, { schedules: [aSchedule('c')], names: ['b', 'c'], services: SERVED });

  assert.deepEqual(second, { schedules: [changed, B], services: SERVED });
  assert.deepEqual(
    third.schedules.map(one => one.name),
    ['b', 'c']
  );
});

test('schedules are found by name, notebook, time and environment', () => {
  const found = (words: string) => fitting([A, B], words, ENGLISH).map(one => one.name);

  assert.deepEqual(found('15 MIN'), ['b']);
  assert.deepEqual(found(' prod '), ['b']);
  assert.deepEqual(found('flights.ipynb'), ['a', 'b']);
});

test('a new schedule is called as its notebook, and never as another schedule', () => {
  assert.equal(freeName('flights', [A]), 'flights');
  assert.equal(freeName('a', [A, aSchedule('a-2')]), 'a-3');
  assert.equal(freeName('2026 sales (new)', []), 'sales-new-');
  assert.equal(freeName('123', []), 'schedule');
});
