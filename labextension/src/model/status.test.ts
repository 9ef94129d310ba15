import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Texts } from '../components/host';
import { preview, runSummary } from '../testing/records';
import { LOOKS } from './states';
import { statusOf } from './status';

const fill = (text: string, values: readonly unknown[]) =>
  text.replace(/%(\d)/g, (_, n: string) => String(values[Number(n) - 1]));
const TEXTS: Texts = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, values)
};

test('a run that goes on says how many nodes have come to an end', () => {
  const run = runSummary('r', { counts: { succeeded: 4, reused: 1, running: 2, pending: 5 } });

  assert.deepEqual(statusOf(preview(), run, TEXTS), {
    state: 'running',
    text: 'flights: 5/12 running',
    progress: 5 / 12
  });
});

test('a pipeline without a run is ready, and never what a kernel is', () => {
  assert.equal(statusOf(preview(), null, TEXTS)?.text, 'flights: ready');
  assert.ok(Object.values(LOOKS).every(({ word }) => !/idle/i.test(word)));
});

test('problems are counted before anything runs', () => {
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
  const spoilt = preview({ diagnostics: [problem, { ...problem, severity: 'warning' }] });

  assert.equal(statusOf(spoilt, runSummary('r', { state: 'succeeded' }), TEXTS)?.text, 'flights: 1 problem');
});

test('a notebook without nodes says nothing', () => {
  assert.equal(statusOf(preview({ is_pipeline: false }), null, TEXTS), null);
  assert.equal(statusOf(null, null, TEXTS), null);
});

test('the latest run says how it ended', () => {
  assert.equal(statusOf(preview(), runSummary('r', { state: 'failed' }), TEXTS)?.text, 'flights: failed');
});
