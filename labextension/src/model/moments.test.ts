import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAgo, formatUntil, knownZones } from './moments';
import { ENGLISH } from './texts';

const NOW = Date.UTC(2026, 10, 28, 12);
const later = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

test('how far away a moment is, in one unit where one is enough', () => {
  const told = (seconds: number) => formatUntil(later(seconds), NOW, ENGLISH);

  assert.equal(told(20), 'in <1 min');
  assert.equal(told(12 * 60), 'in 12 min');
  assert.equal(told(3600), 'in 1 h');
  assert.equal(told(3 * 3600 + 20 * 60), 'in 3 h 20 min');
  assert.equal(told(14 * 3600 + 20 * 60), 'in 14 h');
  assert.equal(told(47 * 3600), 'in 47 h');
  assert.equal(told(72 * 3600), 'in 3 days');
});

test('a moment that has come is now for a minute, then due', () => {
  assert.equal(formatUntil(later(0), NOW, ENGLISH), 'now');
  assert.equal(formatUntil(later(-59), NOW, ENGLISH), 'now');
  assert.equal(formatUntil(later(-61), NOW, ENGLISH), 'due');
});

test('what a clock that goes wrong has in the future was just now', () => {
  assert.equal(formatAgo(later(-90 * 60), NOW, ENGLISH), '1 h 30 min ago');
  assert.equal(formatAgo(later(30), NOW, ENGLISH), '<1 min ago');
});

test('UTC is among the zones, whatever the browser says', () => {
  assert.ok(knownZones().includes('UTC'));
  assert.equal(new Set(knownZones()).size, knownZones().length);
});
