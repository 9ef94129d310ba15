import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunChanged } from '../api/wire.generated';
import { aNodeRun, aRun, aRunView, at } from '../testing/builders';
import { askedText, changeRun, changeRuns, isEnded, progress, showRun } from './run';
import { ENGLISH } from './texts';

const told = (seq: number, nodes: RunChanged['nodes'], parts: Partial<RunChanged> = {}): RunChanged => ({
  id: '1',
  run: aRun('run-1'),
  nodes,
  edited: [],
  seq,
  ...parts
});

test('a change replaces whole records, and leaves the others the same objects', () => {
  const before = showRun(aRunView([aNodeRun('load', 'running'), aNodeRun('clean')]));

  const after = changeRun(before, told(2, [aNodeRun('load', 'succeeded')]));

  assert.equal(after.nodes.get('load')?.state, 'succeeded');
  assert.equal(after.nodes.get('clean'), before.nodes.get('clean'));
  assert.equal(after.order, before.order);
  assert.equal(before.nodes.get('load')?.state, 'running');
});

test('a message that is older than what is known changes nothing', () => {
  const now = showRun(aRunView([aNodeRun('load', 'succeeded')], { seq: 7 }));

  assert.equal(changeRun(now, told(6, [aNodeRun('load', 'running')])), now);
});

test('a message told twice does no harm', () => {
  const message = told(2, [aNodeRun('load', 'succeeded'), aNodeRun('score[a]', 'running', { parent: 'load' })]);
  const once = changeRun(showRun(aRunView([aNodeRun('load')])), message);

  assert.deepEqual(changeRun(once, message), once);
});

test('a message of another run changes nothing', () => {
  const now = showRun(aRunView([aNodeRun('load')]));

  assert.equal(changeRun(now, told(2, [aNodeRun('load', 'failed')], { run: aRun('run-2') })), now);
});

test('which nodes are edited changes without an event', () => {
  const now = showRun(aRunView([aNodeRun('load')], { seq: 3 }));

  assert.deepEqual([...changeRun(now, told(3, [], { edited: ['load'] })).edited], ['load']);
});

test('new children stand below their node, in order of their positions', () => {
  const before = showRun(aRunView([aNodeRun('load'), aNodeRun('score'), aNodeRun('report')]));

  const first = changeRun(
    before,
    told(2, [
      aNodeRun('score[b]', 'pending', { parent: 'score', position: 4 }),
      aNodeRun('score[a]', 'pending', { parent: 'score', position: 3 })
    ])
  );
  const second = changeRun(first, told(3, [aNodeRun('score[c]', 'pending', { parent: 'score', position: 5 })]));

  assert.deepEqual(second.order, ['load', 'score', 'score[a]', 'score[b]', 'score[c]', 'report']);
});

test('children of new children stand below them', () => {
  const before = showRun(aRunView([aNodeRun('etl'), aNodeRun('report')]));

  const after = changeRun(
    before,
    told(2, [
      aNodeRun('etl/score', 'pending', { parent: 'etl', position: 1 }),
      aNodeRun('etl/score[a]', 'pending', { parent: 'etl/score', position: 2 }),
      aNodeRun('etl/end', 'pending', { parent: 'etl', position: 3 })
    ])
  );

  assert.deepEqual(after.order, ['etl', 'etl/score', 'etl/score[a]', 'etl/end', 'report']);
});

test('runs stay newest first, each once', () => {
  const old = aRun('old', { created_at: at(0) });
  const next = aRun('next', { created_at: at(60) });

  const known = changeRuns(changeRuns([], [old]), [next, { ...old, state: 'succeeded' }]);

  assert.deepEqual(
    known.map(run => [run.run_id, run.state]),
    [
      ['next', 'running'],
      ['old', 'succeeded']
    ]
  );
  assert.equal(changeRuns(known, []), known);
});

test('progress counts what has come to an end, however it did', () => {
  const run = aRun('run-1', { counts: { succeeded: 3, upstream_failed: 2, running: 1, pending: 4 } });

  assert.deepEqual(progress(run), { done: 5, total: 10 });
  assert.equal(isEnded(run), false);
  assert.equal(isEnded({ ...run, state: 'crashed' }), true);
});

test('what a run was asked to run is said in plain words, with the whole id of the run before', () => {
  const asked = (mode: string, parent_run_id: string | null = null) =>
    askedText(aRun('run-1', { mode, parent_run_id }), ENGLISH);

  assert.equal(asked('full'), 'all nodes');
  assert.equal(asked('changed'), 'what has changed');
  assert.equal(asked('selection'), 'chosen nodes');
  assert.equal(asked('selection', 'jx9ngn5g7k'), 'chosen nodes of run jx9ngn5g7k again');
  assert.equal(asked('from_failure', 'jx9ngn5g7k'), 'retry of run jx9ngn5g7k');
});

test('two hundred changes in a message are folded in a few milliseconds, in a run of a thousand nodes', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `node_${index}`);
  const model = showRun(aRunView(names.map(name => aNodeRun(name))));
  const changes = Array.from({ length: 5 }, (_, index) =>
    told(
      index + 2,
      names.slice(index * 200, index * 200 + 200).map(name => aNodeRun(name, 'running'))
    )
  );

  // Of the processor, not of the clock: other tests run beside this one.
  const began = process.cpuUsage();
  const after = changes.reduce(changeRun, model);
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1000;

  assert.ok([...after.nodes.values()].every(node => node.state === 'running'));
  // Some 3 ms; ten times that would be seen.
  assert.ok(took < 50, `${took} ms`);
});
