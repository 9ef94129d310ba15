import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aWidgetView as view, FakeKernel } from '../testing/kernel';
import { aRun as runSummary } from '../testing/builders';
import { FakeTimers, settled } from '../testing/timers';
import { OperationError, type Told } from './client';
import { WidgetClient } from './widgetModel';

const RUNS = { op: 'watch_runs' } as const;
const runs = (id: string, ...names: string[]): Told => ({
  kind: 'runs',
  id,
  runs: names.map(name => runSummary(name))
});

function isGone(error: unknown): boolean {
  return error instanceof OperationError && error.refusal.code === 'kernel_gone' && error.refusal.hint !== '';
}

test('a view says hello, and is connected when the kernel has read it', () => {
  const { kernel, client, states } = view();
  assert.deepEqual(kernel.sent, [{ kind: 'hello', view: 'a', n: 1 }]);
  assert.equal(client.connection, 'connecting');

  kernel.takes();

  assert.deepEqual(states, ['connected']);
});

test('a call is answered, whatever other views hear', async () => {
  const { kernel, client } = view();
  const answer = client.call('list_runs', { limit: 3 });
  assert.deepEqual(kernel.last, { kind: 'call', view: 'a', n: 2, op: 'list_runs', request: { limit: 3 } });

  kernel.says({ kind: 'answer', view: 'b', n: 2, response: '{"runs": [1]}' });
  kernel.answers({ runs: [] });

  assert.deepEqual(await answer, { runs: [] });
});

test('answers may come in any order', async () => {
  const { kernel, client } = view();
  const first = client.call('grammar', {});
  const asked = kernel.last;
  const second = client.call('list_runs', { limit: 1 });

  kernel.answers({ runs: [] });
  kernel.answers({ rows: [] }, asked);

  assert.deepEqual(await Promise.all([first, second]), [{ rows: [] }, { runs: [] }]);
});

test('a refusal rejects with what, where and what to do', async () => {
  const { kernel, client } = view();
  const answer = client.call('grammar', {});
  const refusal = { code: 'config', message: 'no', where: 'there', hint: 'do' };

  kernel.says({ kind: 'refusal', view: 'a', n: 2, refusal });

  await assert.rejects(answer, (error: unknown) => {
    assert.deepEqual((error as OperationError).refusal, refusal);
    return true;
  });
});

test('a call that is aborted rejects with its reason, and its answer is nobody else’s', async () => {
  const { kernel, client } = view();
  const abort = new AbortController();
  const answer = client.call('grammar', {}, { signal: abort.signal });

  abort.abort(new Error('not wanted'));

  await assert.rejects(answer, /not wanted/);
  kernel.answers({ rows: [] });
  await assert.rejects(client.call('grammar', {}, { signal: abort.signal }), /not wanted/);
  assert.equal(kernel.last.n, 2);
});

test('a kernel that reads nothing for a second is busy, and connected as soon as it has read all', () => {
  const { kernel, timers, client, states } = view();
  kernel.takes();
  void client.call('grammar', {});
  const asked = kernel.last;
  timers.pass(999);
  assert.equal(client.connection, 'connected');

  timers.pass(1);
  void client.call('grammar', {});
  kernel.says({ kind: 'taken', view: 'a', n: asked.n });
  assert.equal(client.connection, 'queued');
  kernel.takes();

  assert.deepEqual(states, ['connected', 'queued', 'connected']);
  timers.pass(10_000);
  assert.equal(client.connection, 'connected');
});

test('an answer that takes long leaves the view connected', () => {
  const { kernel, timers, client } = view();
  void client.call('grammar', {});
  kernel.takes();

  timers.pass(60_000);

  assert.equal(client.connection, 'connected');
});

test('what is told says nothing about whether the kernel reads', async () => {
  const { kernel, timers, client } = view();
  client.watch(RUNS, () => undefined);
  await settled();
  timers.pass(1_000);
  kernel.tells(1, runs('1', 'r1'));

  assert.equal(client.connection, 'queued');
});

test('a kernel that has died rejects what is waited for, and everything after', async () => {
  const { kernel, client, states } = view();
  kernel.takes();
  const answer = client.call('grammar', {});

  kernel.dies();

  await assert.rejects(answer, isGone);
  await assert.rejects(client.call('grammar', {}), isGone);
  assert.deepEqual(states, ['connected', 'gone']);
  assert.ok(kernel.isLeft);
});

test('a comm that throws is gone', async () => {
  const { kernel, client } = view();
  kernel.isLive = false;

  await assert.rejects(client.call('grammar', {}), isGone);

  assert.equal(client.connection, 'gone');
});

test('a widget without a kernel, in a saved page, is gone from the start', async () => {
  const kernel = new FakeKernel();
  kernel.isLive = false;
  const client = new WidgetClient(kernel, new FakeTimers());

  assert.equal(client.connection, 'gone');
  assert.deepEqual(kernel.sent, []);
  client.watch(RUNS, () => assert.fail('told'));
  await assert.rejects(client.call('grammar', {}), isGone);
});

test('who listens hears that the notebook was saved', () => {
  const { kernel, client } = view();
  let count = 0;
  const listening = client.onSaved(() => (count += 1));

  kernel.says({ kind: 'saved' });
  listening.dispose();
  kernel.says({ kind: 'saved' });

  assert.equal(count, 1);
});

test('a view that is taken away says good-bye, and leaves no listener and no timer', async () => {
  const { kernel, timers, client, states } = view();
  client.watch(RUNS, () => assert.fail('told'));
  await settled();

  client.dispose();

  assert.equal(kernel.last.kind, 'bye');
  assert.ok(kernel.isLeft);
  assert.equal(timers.next, null);
  assert.deepEqual(states, []);
  client.dispose();
  assert.equal(kernel.sent.filter(({ kind }) => kind === 'bye').length, 1);
});
