import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FireView } from '../api/wire.generated';
import { at } from '../testing/builders';
import { aFire } from '../testing/schedules';
import { countOfFires, lookOfFire } from './fates';
import { ENGLISH } from './texts';

test('a fire that was started is as its run is, any other as its fate says', () => {
  const told = (parts: Partial<FireView>) => lookOfFire(aFire(at(0), parts), ENGLISH);

  assert.deepEqual(told({ run_state: 'crashed' }), { state: 'crashed', word: 'crashed' });
  assert.deepEqual(told({ run_state: null }), { state: 'none', word: 'started' });
  assert.deepEqual(
    (['claimed', 'buffered', 'skipped', 'missed', 'failed_to_start'] as const).map(fate => told({ fate }).word),
    ['starting', 'waiting', 'skipped', 'missed', 'failed to start']
  );
});

test('how many fires a row stands for is said where it is more than one', () => {
  assert.equal(countOfFires(aFire(at(0))), '');
  assert.equal(countOfFires(aFire(at(0), { count: 12 })), '×12');
  assert.equal(countOfFires(aFire(at(0), { count: 12, at_least: true })), '×12+');
});
