import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from './texts';

test('texts are filled in, and counted', () => {
  assert.equal(ENGLISH.__('%1 of %2, %1', 'a', 3), 'a of 3, a');
  assert.equal(ENGLISH.__('%1 %9', 'a'), 'a %9');
  assert.equal(ENGLISH._p('verb', 'schedule %1', 'etl'), 'schedule etl');
  assert.equal(ENGLISH._n('%1 node', '%1 nodes', 1), '1 node');
  assert.equal(ENGLISH._n('%1 node of %2', '%1 nodes of %2', 2, 'etl'), '2 nodes of etl');
});
