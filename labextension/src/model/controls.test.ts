import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationError } from '../api/client';
import { aPreview, aRun } from '../testing/builders';
import { type Action, hindrance, retryHindrance, selectHindrance, type Situation } from './controls';
import { isAbort, isUnreachable, refusalOf } from './refusals';

const READY: Situation = {
  isReadOnly: false,
  connection: 'connected',
  preview: aPreview(),
  hasFaults: false,
  isBusy: false,
  run: aRun('run-1', { state: 'failed' })
};
const ALL: readonly Action[] = ['run', 'run_changed', 'retry_failed', 'resume', 'cancel'];
const all = (parts: Partial<Situation>) => ALL.map(action => hindrance(action, { ...READY, ...parts }));

test('what hinders everything', () => {
  assert.deepEqual(new Set(all({ isReadOnly: true })), new Set(['read_only']));
  assert.deepEqual(new Set(all({ connection: 'lost' })), new Set(['disconnected']));
  assert.deepEqual(new Set(all({ isBusy: true })), new Set(['busy']));
});

test('each state of a run allows what makes sense in it', () => {
  const run = (state: 'running' | 'cancelling' | 'succeeded' | 'failed' | 'crashed' | 'cancelled') =>
    all({ run: aRun('run-1', { state }) });

  assert.deepEqual(run('failed'), [null, null, null, 'not_crashed', 'not_running']);
  assert.deepEqual(run('crashed'), [null, null, null, null, 'not_running']);
  assert.deepEqual(run('running'), [null, null, 'running', 'not_crashed', null]);
  assert.deepEqual(run('cancelling'), [null, null, 'running', 'not_crashed', 'cancelling']);
  assert.deepEqual(run('succeeded'), [null, null, 'nothing_failed', 'not_crashed', 'not_running']);
  assert.deepEqual(all({ run: null }), [null, null, 'no_run', 'no_run', 'no_run']);
});

test('a notebook that cannot run does not keep older runs from being retried', () => {
  assert.deepEqual(all({ preview: aPreview({ can_run: false }) }).slice(0, 3), ['diagnostics', 'diagnostics', null]);
  assert.equal(hindrance('run', { ...READY, preview: null }), 'no_notebook');
  assert.equal(hindrance('run', { ...READY, preview: aPreview({ is_pipeline: false }) }), 'no_nodes');
  assert.equal(hindrance('run', { ...READY, hasFaults: true }), 'parameters');
});

test('a busy kernel hinders nothing: what is asked is answered later', () => {
  assert.deepEqual(all({ connection: 'queued' }).slice(0, 3), [null, null, null]);
});

test('in a run that goes on only what has failed can be tried again', () => {
  const going = { ...READY, run: aRun('run-1', { state: 'running' }) };

  assert.equal(retryHindrance(going, 'failed'), null);
  assert.equal(retryHindrance(going, 'upstream_failed'), null);
  assert.equal(retryHindrance(going, 'succeeded'), 'not_failed');
  assert.equal(retryHindrance(READY, 'succeeded'), null);
  assert.equal(selectHindrance(going), 'running');
  assert.equal(selectHindrance(READY), null);
  assert.equal(selectHindrance({ ...READY, run: null, hasFaults: true }), 'parameters');
});

test('every error is told as what, where, what to do', () => {
  const refusal = { code: 'unreachable', message: 'a', where: 'b', hint: 'c' };

  assert.equal(refusalOf(new OperationError(refusal, 0)), refusal);
  assert.deepEqual(refusalOf(new TypeError('oops')), { code: 'unexpected', message: 'oops', where: '', hint: '' });
  assert.equal(refusalOf('oops').message, 'oops');
  assert.equal(isUnreachable(refusal), true);
  assert.equal(isAbort(new DOMException('gone', 'AbortError')), true);
});
