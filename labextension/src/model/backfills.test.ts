import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackfillDraft, newBackfill, readBackfill } from './backfills';

const NOW = Date.UTC(2026, 10, 28, 12);

test('a backfill begins with the last seven days, from the beginning of the first in the zone', () => {
  const draft = newBackfill(NOW, 'UTC');

  assert.equal(draft.since, '2026-11-21T00:00');
  const read = readBackfill(draft, 'nightly', 'UTC');
  assert.ok('request' in read);
  assert.deepEqual(read.request, {
    schedule: 'nightly',
    since: '2026-11-21T00:00:00.000Z',
    until: null,
    max_active: 1,
    reverse: false
  });
  // There it is the next day already.
  assert.equal(newBackfill(NOW, 'Pacific/Kiritimati').since, '2026-11-22T00:00');
});

test('times are read by the clocks of the zone, wherever the browser is', () => {
  const draft = { ...newBackfill(NOW, 'Europe/Berlin'), since: '2026-03-28T06:00', until: '2026-03-30T06:00' };

  const read = readBackfill(draft, 'nightly', 'Europe/Berlin');

  assert.ok('request' in read);
  assert.equal(read.request.since, '2026-03-28T05:00:00.000Z');
  assert.equal(read.request.until, '2026-03-30T04:00:00.000Z');
});

test('what is wrong with a range is said of its field', () => {
  const draft = newBackfill(NOW, 'UTC');
  const fault = (part: Partial<BackfillDraft>) => readBackfill({ ...draft, ...part }, 'a', 'UTC');

  assert.deepEqual(fault({ since: '' }), { fault: 'since' });
  assert.deepEqual(fault({ until: 'x' }), { fault: 'until' });
  assert.deepEqual(fault({ until: draft.since }), { fault: 'order' });
  assert.deepEqual(fault({ maxActive: '0' }), { fault: 'active' });
});
