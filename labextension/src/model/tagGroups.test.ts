import assert from 'node:assert/strict';
import { test } from 'node:test';
import { row } from '../testing/cells';
import { fieldOf } from './tagGroups';

test('an option that is not known yet has a field all the same', () => {
  assert.deepEqual(fieldOf(row('brand_new')), {
    group: 'other',
    input: 'text',
    label: null,
    placeholder: 'x'
  });
  assert.equal(fieldOf(row('brand_new', { choices: ['a', 'b'] })).input, 'choice');
  assert.equal(fieldOf(row('brand_new', { takes: null })).input, 'flag');
});

test('choices that are all there is are chosen from, others only offered', () => {
  assert.equal(fieldOf(row('trigger', { choices: ['all_done'] })).input, 'choice');
  assert.equal(fieldOf(row('cache', { choices: ['on', 'off'] })).input, 'combo');
  assert.equal(fieldOf(row('trigger')).input, 'text');
});
