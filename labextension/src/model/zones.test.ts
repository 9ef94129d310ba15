import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantIn, knownZone, localIn } from './zones';

const BERLIN = 'Europe/Berlin';

test('a time is that of the clocks of a zone, in winter and in summer', () => {
  assert.equal(instantIn('2026-12-01T06:00', BERLIN), '2026-12-01T05:00:00.000Z');
  assert.equal(instantIn('2026-07-01T06:00', BERLIN), '2026-07-01T04:00:00.000Z');
  assert.equal(instantIn('2026-12-01T06:00:30', 'Asia/Kathmandu'), '2026-12-01T00:15:30.000Z');
  assert.equal(instantIn('2026-12-01T00:00', 'UTC'), '2026-12-01T00:00:00.000Z');
});

test('of a time that there is twice the first one is meant, and one that there is not is later', () => {
  assert.equal(instantIn('2026-10-25T02:30', BERLIN), '2026-10-25T00:30:00.000Z');
  assert.equal(instantIn('2026-03-29T02:30', BERLIN), '2026-03-29T01:30:00.000Z');
  assert.equal(instantIn('2026-11-01T01:30', 'America/New_York'), '2026-11-01T05:30:00.000Z');
  assert.equal(instantIn('2026-03-08T02:30', 'America/New_York'), '2026-03-08T07:30:00.000Z');
});

test('an instant, as a form shows it, is the same instant when it is read', () => {
  for (const zone of ['UTC', BERLIN, 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe']) {
    for (let hour = 0; hour < 24 * 400; hour += 7) {
      const iso = new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
      const read = instantIn(localIn(iso, zone), zone);
      // Twice there at most: the first of them.
      assert.ok(read === iso || (read !== null && localIn(read, zone) === localIn(iso, zone)), `${iso} in ${zone}`);
    }
  }
  assert.equal(localIn('2026-12-01T05:00:30Z', BERLIN), '2026-12-01T06:00:30');
});

test('what is no time is none, and a zone that the browser does not know is taken for UTC', () => {
  assert.equal(instantIn('', BERLIN), null);
  assert.equal(instantIn('tomorrow', BERLIN), null);
  assert.equal(knownZone('Mars/Olympus'), 'UTC');
  assert.equal(knownZone(' Europe/Berlin '), BERLIN);
  assert.equal(instantIn('2026-12-01T06:00', 'Mars/Olympus'), '2026-12-01T06:00:00.000Z');
});
