import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunView } from '../api/wire.generated';
import { FakeClient } from '../testing/client';
import { nodeRun, runSummary, runView } from '../testing/records';
import { afterTold, LatestRun } from './latestRun';

const EARLY = runSummary('early', { created_at: '2026-11-28T10:00:00+00:00' });
const LATE = runSummary('late', { created_at: '2026-11-28T11:30:00+02:00' });
const LATER = runSummary('later', { created_at: '2026-11-28T12:00:00+00:00' });

test('a change replaces the nodes that it names and leaves the others as the same objects', () => {
  const before = runView('r', { nodes: [nodeRun('a', { position: 0 }), nodeRun('c', { position: 2 })] });

  const after = afterTold(before, {
    kind: 'run_changed',
    id: '1',
    run: runSummary('r', { state: 'succeeded' }),
    nodes: [nodeRun('c', { position: 2, state: 'running' }), nodeRun('b', { position: 1 })],
    edited: ['a'],
    seq: 5
  });

  assert.deepEqual(
    after?.nodes.map(({ node, state }) => [node, state]),
    [
      ['a', 'pending'],
      ['b', 'pending'],
      ['c', 'running']
    ]
  );
  assert.equal(after.nodes[0], before.nodes[0]);
  assert.deepEqual([after.run.state, after.seq, after.edited], ['succeeded', 5, ['a']]);
});

test('a change of a run that was not shown says nothing', () => {
  assert.equal(afterTold(null, { kind: 'run_changed', id: '1', run: EARLY, nodes: [], edited: [], seq: 2 }), null);
});

test('the run that was made last is followed, whatever the offsets of its times', () => {
  const client = new FakeClient();
  new LatestRun(client, 'a.ipynb', () => undefined);

  client.tell('watch_runs', { kind: 'runs', runs: [LATE, EARLY] });

  assert.deepEqual(client.watches.at(-1)?.request, { op: 'watch_run', run_id: 'early' });
});

test('a new run takes the place of the one before, an old one that changes does not', () => {
  const client = new FakeClient();
  const told: (RunView | null)[] = [];
  const latest = new LatestRun(client, 'a.ipynb', view => told.push(view));
  client.tell('watch_runs', { kind: 'runs', runs: [EARLY] });
  client.tell('watch_run', { kind: 'run', view: runView('early') });
  client.tell('watch_runs', { kind: 'runs', runs: [{ ...LATE, state: 'failed' }] });
  assert.equal(client.watches.length, 2);

  client.tell('watch_runs', { kind: 'runs', runs: [LATER] });
  client.tell('watch_run', { kind: 'run', view: runView('later') });

  assert.deepEqual(
    told.map(view => view?.run.run_id),
    ['early', 'later']
  );
  latest.dispose();
  assert.ok(client.watches.every(({ isEnded }) => isEnded));
});
