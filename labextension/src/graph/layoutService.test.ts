import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LayoutService, type LayoutError, type LayoutSurroundings, type WorkerLike } from './layoutService';
import type { LayoutAnswer, LayoutRequest } from './layoutWorker';

class FakeWorker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  isTerminated = false;
  readonly requests: LayoutRequest[] = [];

  postMessage(request: LayoutRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  answer(json: string): void {
    this.onmessage?.({ data: { id: this.requests.at(-1)!.id, json } } as MessageEvent<LayoutAnswer>);
  }

  fail(error: string): void {
    this.onmessage?.({ data: { id: this.requests.at(-1)!.id, error } } as MessageEvent<LayoutAnswer>);
  }

  die(): void {
    this.onerror?.({} as ErrorEvent);
  }
}

class FakePage implements LayoutSurroundings {
  readonly workers: FakeWorker[] = [];
  readonly here: string[] = [];
  canImport = true;

  spawn(): WorkerLike {
    const worker = new FakeWorker();
    this.workers.push(worker);
    return worker;
  }

  importHere(): Promise<{ layout(dot: string): Promise<string> }> {
    const layout = (dot: string): Promise<string> => {
      this.here.push(dot);
      return Promise.resolve(`here ${dot}`);
    };
    return this.canImport ? Promise.resolve({ layout }) : Promise.reject(new Error('blocked by the policy'));
  }
}

function service(t: TestContext): { page: FakePage; layouts: LayoutService } {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const page = new FakePage();
  const layouts = new LayoutService(page);
  t.after(() => layouts.dispose());
  return { page, layouts };
}

const SMALL = { limitMs: 10_000, isSmall: true };

function failure(promise: Promise<string>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: LayoutError) => error.reason
  );
}

test('one worker works off one graph after the other', async t => {
  const { page, layouts } = service(t);
  const [first, second] = [layouts.layout('a', SMALL), layouts.layout('b', SMALL)];
  const [worker] = page.workers;

  assert.deepEqual(
    worker!.requests.map(({ dot }) => dot),
    ['a']
  );
  worker!.answer('A');
  assert.equal(await first, 'A');
  worker!.answer('B');
  assert.equal(await second, 'B');
  assert.equal(page.workers.length, 1);
});

test('a graph that is known is not laid out again', async t => {
  const { page, layouts } = service(t);
  const first = layouts.layout('a', SMALL);
  page.workers[0]!.answer('A');
  await first;

  assert.equal(await layouts.layout('a', SMALL), 'A');
  assert.equal(page.workers[0]!.requests.length, 1);
});

test('a worker that takes too long is killed, and the next graph gets another one', async t => {
  const { page, layouts } = service(t);
  const slow = failure(layouts.layout('slow', SMALL));
  const next = layouts.layout('next', SMALL);
  t.mock.timers.tick(10_000);

  assert.equal(await slow, 'timeout');
  assert.equal(page.workers[0]!.isTerminated, true);
  page.workers[1]!.answer('N');
  assert.equal(await next, 'N');
});

test('waiting for others does not count as taking long', async t => {
  const { page, layouts } = service(t);
  const first = layouts.layout('first', SMALL);
  const second = layouts.layout('second', SMALL);
  t.mock.timers.tick(9_000);
  page.workers[0]!.answer('1');
  await first;
  t.mock.timers.tick(9_000);
  page.workers[0]!.answer('2');

  assert.equal(await second, '2');
});

test('a worker that has made an error is thrown away', async t => {
  const { page, layouts } = service(t);
  const bad = failure(layouts.layout('bad', SMALL));
  page.workers[0]!.fail('RuntimeError: unreachable');

  assert.equal(await bad, 'failed');
  assert.equal(page.workers[0]!.isTerminated, true);
  const good = layouts.layout('good', SMALL);
  page.workers[1]!.answer('G');
  assert.equal(await good, 'G');
});

test('where workers are forbidden, small graphs are laid out in the page, and no more workers are tried', async t => {
  const { page, layouts } = service(t);
  const first = layouts.layout('a', SMALL);
  page.workers[0]!.die();

  assert.equal(await first, 'here a');
  assert.equal(await layouts.layout('b', SMALL), 'here b');
  assert.equal(await failure(layouts.layout('large', { ...SMALL, isSmall: false })), 'unavailable');
  assert.deepEqual(page.here, ['a', 'b']);
  assert.equal(page.workers.length, 1);
});

test('where even that is forbidden, there is no geometry', async t => {
  const { page, layouts } = service(t);
  page.canImport = false;
  const first = failure(layouts.layout('a', SMALL));
  page.workers[0]!.die();

  assert.equal(await first, 'unavailable');
});

test('a worker that dies after it has worked is replaced', async t => {
  const { page, layouts } = service(t);
  const first = layouts.layout('a', SMALL);
  page.workers[0]!.answer('A');
  await first;
  const second = failure(layouts.layout('b', SMALL));
  page.workers[0]!.die();

  assert.equal(await second, 'failed');
  const third = layouts.layout('c', SMALL);
  page.workers[1]!.answer('C');
  assert.equal(await third, 'C');
});

test('nobody waits for a graph that is not wanted any more', async t => {
  const { page, layouts } = service(t);
  const [running, queued] = [new AbortController(), new AbortController()];
  const first = failure(layouts.layout('a', { ...SMALL, signal: running.signal }));
  const second = failure(layouts.layout('b', { ...SMALL, signal: queued.signal }));
  queued.abort();
  assert.equal(await second, 'aborted');

  t.mock.timers.tick(1_000);
  running.abort();
  assert.equal(await first, 'aborted');
  assert.equal(page.workers[0]!.isTerminated, true);
});

test('a worker that has only just begun is left to finish', async t => {
  const { page, layouts } = service(t);
  const running = new AbortController();
  const first = failure(layouts.layout('a', { ...SMALL, signal: running.signal }));
  running.abort();
  assert.equal(await first, 'aborted');
  const second = layouts.layout('b', SMALL);
  page.workers[0]!.answer('A');
  page.workers[0]!.answer('B');

  assert.equal(await second, 'B');
  assert.equal(page.workers.length, 1);
});

test('an idle worker goes', async t => {
  const { page, layouts } = service(t);
  const first = layouts.layout('a', SMALL);
  page.workers[0]!.answer('A');
  await first;
  t.mock.timers.tick(60_000);

  assert.equal(page.workers[0]!.isTerminated, true);
});
