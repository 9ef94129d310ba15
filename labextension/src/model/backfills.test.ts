import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBackfill, readBackfill } from './backfills';

const NOW = Date.UTC(2026, 10, 28, 12);

test('a backfill begins with the last seven days, from the beginning of the first', () => {
  const draft = newBackfill(NOW);

  assert.match(draft.since, /^2026-11-21T00:00$/);
  const read = readBackfill(draft, 'nightly');
  assert.ok('request' in read);
  assert.deepEqual(
    { ...read.request, since: '' },
    { schedule: 'nightly', since: '', until: null, max_active: 1, reverse: false }
  );
  assert.equal(read.request.since, new Date('2026-11-21T00:00').toISOString());
});

test('what is wrong with a range is said of its field', () => {
  const draft = newBackfill(NOW);

  assert.deepEqual(readBackfill({ ...draft, since: '' }, 'a'), { fault: 'since' });
  assert.deepEqual(readBackfill({ ...draft, until: 'x' }, 'a'), { fault: 'until' });
  assert.deepEqual(readBackfill({ ...draft, until: draft.since }, 'a'), { fault: 'order' });
  assert.deepEqual(readBackfill({ ...draft, maxActive: '0' }, 'a'), { fault: 'active' });
});
