import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aNodeRun, aRun, aRunView } from '../testing/builders';
import { FakeClient } from '../testing/fakeClient';
import type { Told, Watch } from './client';
import { SharingClient } from './sharing';
import type { ScheduleView } from './wire.generated';

const RUN: Watch = { op: 'watch_run', run_id: 'a', after: 0 };
const RUNS: Watch = { op: 'watch_runs', path: 'a.ipynb' };

function page() {
  const client = new FakeClient();
  const sharing = new SharingClient(client);
  const join = (request: Watch) => {
    const heard: Told[] = [];
    const watch = sharing.watch(request, told => heard.push(told));
    return { heard, leave: () => watch.dispose() };
  };
  return { client, join };
}

test('what several parts of the page follow is followed once, until the last of them leaves', () => {
  const { client, join } = page();
  const [one, other] = [join(RUNS), join(RUNS)];
  assert.equal(client.watches.length, 1);

  client.tell('watch_runs', { kind: 'runs', runs: [aRun('a')] });
  assert.deepEqual([one.heard.length, other.heard.length], [1, 1]);

  one.leave();
  one.leave();
  assert.equal(client.watches.length, 1);
  other.leave();
  assert.equal(client.watches.length, 0);
  join(RUNS);
  assert.equal(client.watches.length, 1);
});

test('who comes later is told of all runs that were told of', () => {
  const { client, join } = page();
  join(RUNS);
  client.tell('watch_runs', { kind: 'runs', runs: [aRun('a'), aRun('b')] });
  client.tell('watch_runs', { kind: 'runs', runs: [aRun('b', { state: 'failed' })] });

  const { heard } = join(RUNS);

  const states = heard.flatMap(told => ('runs' in told ? told.runs.map(run => [run.run_id, run.state]) : []));
  assert.deepEqual(states.sort(), [
    ['a', 'running'],
    ['b', 'failed']
  ]);
});

test('who comes later is told of all schedules that there are', () => {
  const { client, join } = page();
  const tell = (names: string[], ...schedules: Partial<ScheduleView>[]) =>
    client.tell('watch_schedules', {
      kind: 'schedules',
      schedules: schedules as ScheduleView[],
      names,
      services: { is_served: false, told: '', services: [] }
    });
  const watch: Watch = { op: 'watch_schedules', path: null };
  join(watch);
  tell(['a', 'b', 'c'], { name: 'a', version: 1 }, { name: 'b', version: 1 }, { name: 'c', version: 1 });
  tell(['a', 'c'], { name: 'c', version: 2 });

  const { heard } = join(watch);

  const found = heard.flatMap(told => ('names' in told ? told.schedules.map(one => [one.name, one.version]) : []));
  assert.deepEqual(found, [
    ['a', 1],
    ['c', 2]
  ]);
  assert.equal(client.watches.length, 1);
});

test('who comes later is told how a run goes, and then of each change', () => {
  const { client, join } = page();
  join(RUN);
  const change = (seq: number, state: 'running' | 'succeeded') =>
    client.tell('watch_run', {
      kind: 'run_changed',
      seq,
      run: aRun('a'),
      nodes: [aNodeRun('load', state)],
      edited: []
    });
  assert.equal(join(RUN).heard.length, 0);
  client.tell('watch_run', { kind: 'run', view: aRunView([aNodeRun('load')], { run: aRun('a'), seq: 1 }) });
  change(2, 'running');

  const { heard } = join(RUN);
  change(3, 'succeeded');

  const states = heard.map(told =>
    'view' in told
      ? [told.view.seq, told.view.nodes[0]?.state]
      : 'nodes' in told
        ? [told.seq, told.nodes[0]?.state]
        : []
  );
  assert.deepEqual(states, [
    [2, 'running'],
    [3, 'succeeded']
  ]);
});

test('after a refusal who watches again asks again; logs are not shared', () => {
  const { client, join } = page();
  const refused = join(RUNS);
  client.tell('watch_runs', { kind: 'error', error: { code: 'unexpected', message: 'no', where: '', hint: '' } });
  join(RUNS);
  assert.equal(client.watches.length, 2);
  refused.leave();
  assert.equal(client.watches.length, 1);

  const log: Watch = { op: 'watch_log', run_id: 'a', node: 'load', attempt: 1, start: 0 };
  join(log);
  join(log);
  assert.equal(client.watches.length, 3);
});
