import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotebookSource, Preview } from '../api/wire.generated';
import { aPreview } from '../testing/builders';
import { FakeTimers, settled } from '../testing/timers';
import { type Previewed, Previewing, QUIET_MS } from './previewing';

function follow(text: string | null = 'a = 1') {
  const timers = new FakeTimers();
  const asked: {
    source: NotebookSource;
    signal: AbortSignal;
    answer: (preview: Preview) => void;
    refuse: (why: Error) => void;
  }[] = [];
  const told: Previewed[] = [];
  const notebook = { text };
  const previewing = new Previewing({
    read: () => (notebook.text === null ? null : { path: 'a.ipynb', notebook: { text: notebook.text } }),
    ask: (source, signal) => new Promise((answer, refuse) => asked.push({ source, signal, answer, refuse })),
    tell: previewed => told.push(previewed),
    timers
  });
  const question = (index: number) => {
    const one = asked[index];
    assert.ok(one);
    return one;
  };
  return { previewing, timers, asked, told, notebook, question };
}

test('many changes lead to one question, once they have ended', () => {
  const { previewing, timers, asked } = follow();
  for (let key = 0; key < 10; key++) {
    previewing.touch();
    timers.pass(QUIET_MS - 1);
  }
  assert.equal(asked.length, 0);

  timers.pass(1);

  assert.equal(asked.length, 1);
});

test('nothing is asked while the text is as it was', async () => {
  const { previewing, timers, asked, question, notebook } = follow();
  previewing.touch();
  timers.pass(QUIET_MS);
  question(0).answer(aPreview());
  await settled();

  previewing.touch();
  timers.pass(QUIET_MS);
  assert.equal(asked.length, 1);

  notebook.text = 'a = 2';
  previewing.touch();
  timers.pass(QUIET_MS);
  assert.equal(asked.length, 2);
});

test('a question that is out of date is aborted, and its answer ignored', async () => {
  const { previewing, timers, told, question, notebook } = follow();
  previewing.touch();
  timers.pass(QUIET_MS);
  notebook.text = 'a = 2';
  previewing.touch();
  timers.pass(QUIET_MS);
  assert.equal(question(0).signal.aborted, true);

  question(0).answer(aPreview({ name: 'old' }));
  question(1).answer(aPreview({ name: 'new' }));
  await settled();

  assert.deepEqual(
    told.map(({ preview: shown }) => shown?.name),
    ['new']
  );
});

test('what was known is kept while the server is away, and the same text is asked about again', async () => {
  const { previewing, timers, told, asked, question, notebook } = follow();
  previewing.refresh();
  question(0).answer(aPreview());
  await settled();
  notebook.text = 'a = 2';
  previewing.refresh();
  const problem = new Error('offline');
  question(1).refuse(problem);
  await settled();
  assert.deepEqual([told.at(-1)?.preview?.name, told.at(-1)?.problem], ['flights', problem]);

  previewing.touch();
  timers.pass(QUIET_MS);

  assert.equal(asked.length, 3);
});

test('a notebook that is not loaded yet is not asked about', () => {
  const { previewing, asked } = follow(null);

  previewing.refresh();

  assert.equal(asked.length, 0);
});

test('after disposal nothing is asked or told', async () => {
  const { previewing, timers, told, asked, question } = follow();
  previewing.refresh();
  previewing.dispose();
  question(0).answer(aPreview());
  previewing.touch();
  timers.pass(QUIET_MS);
  await settled();

  assert.deepEqual([asked.length, told.length], [1, 0]);
});
