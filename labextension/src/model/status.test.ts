import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from './texts';
import { aPreview, aRun } from '../testing/builders';
import { LOOKS } from './states';
import { statusOf } from './status';

test('a run that goes on says how many nodes have come to an end', () => {
  const run = aRun('r', { counts: { succeeded: 4, reused: 1, running: 2, pending: 5 } });

  assert.deepEqual(statusOf(aPreview(), run, ENGLISH), {
    state: 'running',
    text: 'flights: 5/12 running',
    progress: 5 / 12
  });
});

test('a pipeline without a run is ready, and never what a kernel is', () => {
  assert.equal(statusOf(aPreview(), null, ENGLISH)?.text, 'flights: ready');
  assert.ok(Object.values(LOOKS).every(({ word }) => !/idle/i.test(word)));
});

test('problems are counted before anything runs, as many as the panel lists', () => {
  const problem = {
    code: 'DO001',
    severity: 'error' as const,
    message: '',
    hint: '',
    cell_id: null,
    cell_index: null,
    node: null,
    fixes: []
  };
  const spoilt = aPreview({ diagnostics: [problem, { ...problem, severity: 'warning' }] });

  assert.equal(statusOf(spoilt, aRun('r', { state: 'succeeded' }), ENGLISH)?.text, 'flights: 2 problems');
});

test('a notebook without nodes says nothing', () => {
  assert.equal(statusOf(aPreview({ is_pipeline: false }), null, ENGLISH), null);
  assert.equal(statusOf(null, null, ENGLISH), null);
});

test('the latest run says how it ended', () => {
  assert.equal(statusOf(aPreview(), aRun('r', { state: 'failed' }), ENGLISH)?.text, 'flights: failed');
});
