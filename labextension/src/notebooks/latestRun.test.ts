import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunModel } from '../model/run';
import type { Schedule } from '../model/store';
import { FakeClient } from '../testing/fakeClient';
import { aNodeRun, aRun, aRunView } from '../testing/builders';
import { viewOf } from '../model/run';
import { LatestRun } from './latestRun';

const EARLY = aRun('early', { created_at: '2026-11-28T10:00:00+00:00' });
const LATE = aRun('late', { created_at: '2026-11-28T11:30:00+02:00' });
const LATER = aRun('later', { created_at: '2026-11-28T12:00:00+00:00' });

function follow() {
  const client = new FakeClient();
  const told: RunModel[] = [];
  const frames: (() => void)[] = [];
  const schedule: Schedule = run => {
    frames.push(run);
    return () => undefined;
  };
  const latest = new LatestRun(client, 'a.ipynb', model => told.push(model), schedule);
  /** What was told is drawn. */
  const tell: FakeClient['tell'] = (op, message) => {
    client.tell(op, message);
    frames.splice(0).forEach(run => run());
  };
  return { client, told, latest, tell };
}

test('the run that was made last is followed, whatever the offsets of its times', () => {
  const { client, tell } = follow();

  tell('watch_runs', { kind: 'runs', runs: [LATE, EARLY] });

  assert.deepEqual(client.watches.at(-1)?.request, { op: 'watch_run', run_id: 'early', after: 0 });
});

test('a new run takes the place of the one before, an old one that changes does not', () => {
  const { client, told, latest, tell } = follow();
  tell('watch_runs', { kind: 'runs', runs: [EARLY] });
  tell('watch_run', { kind: 'run', view: aRunView([], { run: aRun('early') }) });
  tell('watch_runs', { kind: 'runs', runs: [{ ...LATE, state: 'failed' }] });
  assert.equal(client.watches.length, 2);

  tell('watch_runs', { kind: 'runs', runs: [LATER] });
  tell('watch_run', { kind: 'run', view: aRunView([], { run: aRun('later') }) });

  assert.deepEqual(
    told.map(({ run }) => run.run_id),
    ['early', 'later']
  );
  latest.dispose();
  assert.deepEqual(client.watches, []);
});

test('a run of a deployed version does not take the place of one of the notebook', () => {
  const { client, tell } = follow();

  tell('watch_runs', { kind: 'runs', runs: [{ ...LATER, deployment: 'a@3' }, EARLY] });

  assert.deepEqual(client.watches.at(-1)?.request, { op: 'watch_run', run_id: 'early', after: 0 });
});

test('a run as one record has its nodes in document order', () => {
  const { told, tell } = follow();
  tell('watch_runs', { kind: 'runs', runs: [EARLY] });
  const view = aRunView([aNodeRun('b'), aNodeRun('a')], { run: aRun('early'), edited: ['a'] });

  tell('watch_run', { kind: 'run', view });

  assert.deepEqual(told.map(viewOf), [view]);
});
