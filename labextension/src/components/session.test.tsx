import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../api/wire.generated';
import { aHost, aNodeRun, aPreview, aRun, aRunView, at } from '../testing/builders';
import { type Answers, FakeClient } from '../testing/fakeClient';
import { settled, soon } from '../testing/view';
import { promised } from '../testing/promised';
import type { Host } from './host';
import { Session } from './session';
import { PushedSource } from './source';

const FAILED = aRun('run-1', { state: 'failed', finished_at: at(9) });
const LIVE = aRun('run-1');

/** A session on `a.ipynb`, which has these runs; other notebooks have none. */
async function begin({
  runs = [],
  answers = {},
  host = {}
}: { runs?: RunSummary[]; answers?: Answers; host?: Partial<Host> } = {}) {
  const client = new FakeClient(answers, ({ request, tell }) => {
    if (request.op === 'watch_runs') {
      tell({ kind: 'runs', id: '1', runs: 'path' in request && request.path === 'a.ipynb' ? runs : [] });
    } else if (request.op === 'watch_run' && 'run_id' in request) {
      const run = runs.find(one => one.run_id === request.run_id) ?? aRun(request.run_id);
      tell({ kind: 'run', id: '1', view: aRunView([aNodeRun('load')], { run }) });
    }
  });
  const source = new PushedSource();
  source.push({ path: 'a.ipynb', preview: aPreview({ path: 'a.ipynb' }) });
  const session = new Session(client, aHost(host), source, soon);
  await settled();
  const goTo = (path: string) => settled(() => source.push({ path, preview: aPreview({ path }) }));
  const requests = (name: string) => client.calls.filter(call => call.name === name).map(call => call.request);
  return { client, source, session, goTo, requests };
}

test('another notebook is shown as the one before was: the same view, the same direction, and told once', async () => {
  const { session, source } = await begin();
  session.show('timeline');
  session.changePanel(panel => ({ ...panel, direction: 'TB', node: 'load' }));
  const shown: (string | null)[] = [];
  session.store.subscribe(() => shown.push(session.state.panel.node));

  source.push({ path: 'b.ipynb', preview: aPreview({ path: 'b.ipynb' }) });

  const { view, direction, node } = session.state.panel;
  assert.deepEqual([view, direction, node], ['timeline', 'TB', null]);
  assert.deepEqual(shown, [null]);
  await settled();
  session.dispose();
});

test('the run that a question was about is cancelled, whichever is shown by the time of the answer', async () => {
  const answer = promised<boolean>();
  const { session, requests } = await begin({
    runs: [LIVE, aRun('run-0', { created_at: at(-60) })],
    host: { confirm: () => answer.promise },
    answers: { cancel: () => ({ run: LIVE }) }
  });

  const cancelled = session.cancel();
  await settled(() => session.showRun('run-0'));
  answer.resolve(true);
  await cancelled;

  assert.deepEqual(requests('cancel'), [{ run_id: 'run-1' }]);
  await settled();
  session.dispose();
});

test('a run takes what was chosen when it was asked for, and not what is typed while the notebook is saved', async () => {
  const saved = promised<void>();
  const { session, requests } = await begin({
    host: { save: () => saved.promise },
    answers: { create_run: () => ({ run: aRun('run-2') }) }
  });
  session.type({ select: 'load', jobs: '2' });

  const started = session.startRun();
  session.type({ select: 'clean', jobs: '3' });
  saved.resolve();
  await started;

  const request = { path: 'a.ipynb', parameters: {}, select: 'load', changed: false, jobs: 2, fail_fast: false };
  assert.deepEqual(requests('create_run'), [request]);
  await settled();
  session.dispose();
});

test('a retry is of the run that was shown when it was asked for', async () => {
  const saved = promised<void>();
  const { session, requests } = await begin({
    runs: [FAILED, aRun('run-0', { created_at: at(-60), state: 'failed' })],
    host: { save: () => saved.promise },
    answers: { retry: () => ({ run: aRun('run-2') }) }
  });

  const retried = session.retry();
  await settled(() => session.showRun('run-0'));
  saved.resolve();
  await retried;

  assert.deepEqual(requests('retry'), [{ run_id: 'run-1', nodes: [], select: null, jobs: null }]);
  await settled();
  session.dispose();
});

test('what comes of an action changes nothing of another notebook', async () => {
  const run = promised<{ run: RunSummary }>();
  const { session, goTo } = await begin({ answers: { create_run: () => run.promise } });

  const started = session.startRun();
  await settled();
  assert.equal(session.state.busy, 'run');
  await goTo('b.ipynb');
  assert.equal(session.state.busy, null);
  run.resolve({ run: aRun('run-2') });
  await started;

  assert.deepEqual([session.state.runs, session.state.panel.run], [[], null]);
  await goTo('a.ipynb');
  assert.equal(session.state.busy, null);
  session.dispose();
});

test('an action that goes on keeps its own notebook busy, and no other', async () => {
  const saves = [promised<void>(), promised<void>()];
  let count = 0;
  const { session, goTo, requests } = await begin({
    host: { save: () => saves[count++]!.promise },
    answers: { create_run: ({ path }) => ({ run: aRun(`run-of-${path}`) }) }
  });

  const first = session.startRun();
  await goTo('b.ipynb');
  const second = session.startRun();
  assert.equal(session.state.busy, 'run');
  saves[0]!.resolve();
  await first;
  assert.equal(session.state.busy, 'run');
  await goTo('a.ipynb');
  assert.equal(session.state.busy, null);
  await goTo('b.ipynb');
  assert.equal(session.state.busy, 'run');
  saves[1]!.resolve();
  await second;

  assert.equal(session.state.busy, null);
  assert.equal(requests('create_run').length, 2);
  await settled();
  session.dispose();
});

test('what went wrong is told at the notebook that it was asked for', async () => {
  const run = promised<{ run: RunSummary }>();
  const { session, goTo } = await begin({ answers: { create_run: () => run.promise } });

  const started = session.startRun();
  await goTo('b.ipynb');
  run.reject(new Error('It cannot run.'));
  await started;
  const elsewhere = session.state.trouble;
  await goTo('a.ipynb');

  assert.deepEqual([elsewhere, session.state.trouble?.refusal.message], [null, 'It cannot run.']);
  session.dispose();
});

test('who thinks better of it is told of no error', async () => {
  const { session, requests } = await begin({
    host: { save: () => Promise.reject(new DOMException('The run was not started.', 'AbortError')) }
  });

  await session.startRun();

  assert.deepEqual([session.state.trouble, session.state.busy, requests('create_run')], [null, null, []]);
  session.dispose();
});

test('what the page has for runs holds until something else is chosen', async () => {
  const defaults = { jobs: 4 as number | null, failFast: true };
  const { session, requests } = await begin({
    runs: [FAILED],
    host: { defaults: () => ({ ...defaults }) },
    answers: { create_run: () => ({ run: FAILED }), retry: () => ({ run: FAILED }) }
  });

  await session.startRun();
  await session.retry();
  defaults.jobs = 3;
  await session.startRun();
  session.type({ jobs: '2', failFast: false });
  await session.startRun();
  await session.retry();

  const asked = [...requests('create_run'), ...requests('retry')] as { jobs: number; fail_fast?: boolean }[];
  assert.deepEqual(
    asked.map(({ jobs, fail_fast }) => [jobs, fail_fast]),
    [
      [4, true],
      [3, true],
      [2, false],
      [4, undefined],
      [2, undefined]
    ]
  );
  await settled();
  session.dispose();
});
