import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRun as runSummary, aRunView } from '../testing/builders';
import { aWidgetView as view } from '../testing/kernel';
import { settled } from '../testing/timers';
import type { Told } from './client';

const RUNS = { op: 'watch_runs' } as const;
const RUN = { op: 'watch_run', run_id: 'r1' } as const;
const runs = (id: string, ...names: string[]): Told => ({
  kind: 'runs',
  id,
  runs: names.map(name => runSummary(name))
});

test('watches are asked for together with their ids, and told', async () => {
  const { kernel, client } = view();
  const told: Told[] = [];
  client.watch(RUNS, one => told.push(one));
  client.watch(RUN, one => told.push(one));
  await settled();

  assert.deepEqual(
    kernel.sent.slice(1).map(message => (message.kind === 'watch' ? message.request : null)),
    [
      { op: 'watch_runs', id: '1' },
      { op: 'watch_run', run_id: 'r1', id: '2' }
    ]
  );
  kernel.tells(1, runs('1', 'r1'), { kind: 'run', id: '2', view: aRunView([], { run: runSummary('r1') }) });
  assert.deepEqual(
    told.map(one => one.kind),
    ['runs', 'run']
  );
});

test('a watch that is disposed is ended in the kernel', async () => {
  const { kernel, client } = view();
  const watch = client.watch(RUNS, () => assert.fail('told'));
  await settled();

  watch.dispose();

  assert.deepEqual(kernel.last, { kind: 'watch', view: 'a', n: 3, request: { op: 'unwatch', id: '1' } });
  kernel.tells(1, runs('1', 'r1'));
});

test('after a message was lost on the way, watches go on from what was told last', async () => {
  const { kernel, client } = view();
  const told: Told[] = [];
  client.watch(RUN, one => told.push(one));
  await settled();
  kernel.tells(1, { kind: 'run', id: '1', view: { ...aRunView([], { run: runSummary('r1') }), seq: 7 } });
  const changed = (seq: number): Told => ({
    kind: 'run_changed',
    id: '1',
    run: runSummary('r1'),
    nodes: [],
    edited: [],
    seq
  });

  kernel.tells(3, changed(12));
  await settled();

  assert.deepEqual(kernel.last, {
    kind: 'watch',
    view: 'a',
    n: 3,
    request: { op: 'watch_run', run_id: 'r1', after: 12, id: '1' }
  });
  kernel.tells(4, changed(13));
  await settled();
  assert.equal(kernel.sent.length, 3);
  assert.equal(told.length, 3);
});

test('when another view comes, this one asks again, and counts anew', async () => {
  const { kernel, client } = view();
  client.watch(RUNS, () => undefined);
  await settled();
  kernel.tells(1, runs('1', 'r1'));

  kernel.says({ kind: 'renew', but: 'a' });
  await settled();
  assert.equal(kernel.sent.length, 2);
  kernel.says({ kind: 'renew', but: 'b' });
  await settled();

  assert.equal(kernel.sent.length, 3);
  kernel.tells(1, runs('1', 'r1'));
  await settled();
  assert.equal(kernel.sent.length, 3);
});
