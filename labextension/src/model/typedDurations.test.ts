import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDuration, spellDuration } from './typedDurations';

test('a duration is a number with its unit', () => {
  assert.equal(readDuration('30s'), 30);
  assert.equal(readDuration(' 1.5 m '), 90);
  assert.equal(readDuration('500ms'), 0.5);
  assert.equal(readDuration('1.1h'), 3960);
  assert.equal(readDuration('0'), 0);
});

test('a number that could be seconds or minutes is no duration, and neither is what lasts over a century', () => {
  for (const text of ['', '60', 'soon', '-1s', '1w', '30 s later', '36526d']) {
    assert.equal(readDuration(text), null, text);
  }
});

test('a duration is spelled in the largest unit, and read as the same', () => {
  assert.deepEqual([0, 0.5, 30, 90, 3600, 5400, 86_400].map(spellDuration), [
    '0s',
    '500ms',
    '30s',
    '90s',
    '1h',
    '90m',
    '1d'
  ]);
  for (const seconds of [0.000001, 0.0015, 1.000001, 61.5, 3599, 3_155_760_000]) {
    assert.equal(readDuration(spellDuration(seconds)), seconds);
  }
});
