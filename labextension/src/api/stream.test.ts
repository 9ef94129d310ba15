import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aNodeRun, aRun, aRunView } from '../testing/builders';
import { FakeTimers } from '../testing/timers';
import type { Told } from './client';
import { type Socket, Stream } from './stream';
import type { LogChunk } from './wire.generated';

class FakeSocket implements Socket {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  opens(): void {
    this.onopen?.(new Event('open'));
  }

  tells(told: Told): void {
    this.onmessage?.({ data: JSON.stringify(told) } as MessageEvent);
  }

  breaks(): void {
    this.onclose?.({} as CloseEvent);
  }
}

function page() {
  const sockets: FakeSocket[] = [];
  const timers = new FakeTimers();
  const open = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  const stream = new Stream(open, timers, () => 0);
  const last = (): FakeSocket => {
    const socket = sockets.at(-1);
    assert.ok(socket);
    return socket;
  };
  return { stream, timers, sockets, last };
}

function chunk(next: number, is_complete = false): LogChunk {
  return { attempt: 1, start: 0, next, size: next, is_complete, pieces: [] };
}

const RUN = { op: 'watch_run', run_id: 'r1' } as const;
const LOG = { op: 'watch_log', run_id: 'r1', node: 'clean', attempt: 1 } as const;
const RUNS = { op: 'watch_runs' } as const;

test('no socket is opened before something is watched, and one serves all', () => {
  const { stream, sockets, last } = page();
  assert.equal(sockets.length, 0);

  stream.watch(RUN, () => undefined);
  stream.watch(RUNS, () => undefined);
  last().opens();
  stream.watch(LOG, () => undefined);

  assert.equal(sockets.length, 1);
  assert.deepEqual(
    last().sent.map(({ op, id }) => [op, id]),
    [
      ['watch_run', '1'],
      ['watch_runs', '2'],
      ['watch_log', '3']
    ]
  );
});

test('each listener is told what carries the id of its watch', () => {
  const { stream, last } = page();
  const first: Told[] = [];
  const second: Told[] = [];
  stream.watch(RUN, told => first.push(told));
  stream.watch({ ...RUN, run_id: 'r2' }, told => second.push(told));
  last().opens();

  last().tells({ kind: 'run', id: '2', view: aRunView([], { run: aRun('r2') }) });

  assert.deepEqual([first.length, second.length], [0, 1]);
});

test('after a lost connection, each watch goes on from what was told last', () => {
  const { stream, timers, sockets, last } = page();
  stream.watch(RUN, () => undefined);
  stream.watch(LOG, () => undefined);
  last().opens();
  last().tells({ kind: 'run', id: '1', view: aRunView([], { run: aRun('r1'), seq: 7 }) });
  last().tells({ kind: 'run_changed', id: '1', run: aRun('r1'), nodes: [aNodeRun('a')], edited: [], seq: 9 });
  last().tells({ kind: 'log', id: '2', chunk: chunk(512) });

  last().breaks();
  timers.pass(1000);
  last().opens();

  assert.equal(sockets.length, 2);
  assert.deepEqual(last().sent, [
    { ...RUN, id: '1', after: 9 },
    { ...LOG, id: '2', start: 512 }
  ]);
});

test('runs that are as they were are not told again after a lost connection', () => {
  const { stream, timers, last } = page();
  const told: Told[] = [];
  stream.watch(RUNS, news => told.push(news));
  last().opens();
  last().tells({ kind: 'runs', id: '1', runs: [aRun('r1'), aRun('r2')] });
  last().breaks();
  timers.pass(1000);
  last().opens();

  last().tells({ kind: 'runs', id: '1', runs: [aRun('r1', { state: 'failed' }), aRun('r2')] });

  assert.deepEqual(
    told.map(news => (news.kind === 'runs' ? news.runs.map(run => run.run_id) : [])),
    [['r1', 'r2'], ['r1']]
  );
});

test('a server that stays away is asked less and less often, at most every half minute', () => {
  const { stream, timers, last } = page();
  stream.watch(RUN, () => undefined);
  last().opens();
  const delays: (number | null)[] = [];

  for (let attempt = 0; attempt < 9; attempt++) {
    last().breaks();
    delays.push(timers.next);
    timers.pass(30_000);
  }

  assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('a socket that only opens does not count as a server that is back, one that tells does', () => {
  const { stream, timers, last } = page();
  stream.watch(RUN, () => undefined);
  last().breaks();
  timers.pass(1000);
  last().opens();
  last().breaks();
  assert.equal(timers.next, 500);
  timers.pass(1000);
  last().opens();
  last().tells({ kind: 'run', id: '1', view: aRunView([], { run: aRun('r1') }) });
  last().breaks();

  assert.equal(timers.next, 250);
});

test('how the connection is, is told', () => {
  const { stream, timers, last } = page();
  const states: string[] = [];
  stream.onConnection(state => states.push(state));
  assert.equal(stream.connection, 'connected');

  stream.watch(RUN, () => undefined);
  last().opens();
  last().breaks();
  timers.pass(1000);
  last().opens();

  assert.deepEqual(states, ['connecting', 'connected', 'lost', 'connected']);
});

test('a network that is back is used at once', () => {
  const { stream, timers, sockets, last } = page();
  stream.watch(RUN, () => undefined);
  last().breaks();

  stream.hurry();
  stream.hurry();

  assert.equal(sockets.length, 2);
  assert.equal(timers.next, null);
});

test('the socket outlives the last watch for a moment, and is closed then', () => {
  const { stream, timers, sockets, last } = page();
  const watch = stream.watch(RUN, () => undefined);
  last().opens();
  watch.dispose();
  watch.dispose();
  assert.deepEqual(last().sent.at(-1), { op: 'unwatch', id: '1' });

  const next = stream.watch(RUNS, () => undefined);
  timers.pass(60_000);
  assert.equal(last().isClosed, false);
  next.dispose();
  timers.pass(60_000);

  assert.equal(last().isClosed, true);
  assert.equal(sockets.length, 1);
});

test('a watch that has ended is not asked for again', () => {
  const { stream, timers, last } = page();
  const told: (string | undefined)[] = [];
  stream.watch(RUN, news => told.push(news.kind));
  stream.watch(LOG, news => told.push(news.kind));
  stream.watch(RUNS, news => told.push(news.kind));
  last().opens();
  last().tells({ kind: 'error', id: '1', error: { code: 'x', message: '', where: '', hint: '' } });
  last().tells({ kind: 'log', id: '2', chunk: chunk(9, true) });
  last().breaks();
  timers.pass(1000);
  last().opens();

  assert.deepEqual(told, ['error', 'log']);
  assert.deepEqual(
    last().sent.map(({ op }) => op),
    ['watch_runs']
  );
});

test('what comes after a watch was given up is not told', () => {
  const { stream, last } = page();
  const told: Told[] = [];
  const watch = stream.watch(RUN, news => told.push(news));
  last().opens();
  watch.dispose();

  last().tells({ kind: 'run', id: '1', view: aRunView([], { run: aRun('r1') }) });

  assert.deepEqual(told, []);
});
