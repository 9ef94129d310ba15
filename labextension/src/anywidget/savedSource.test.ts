import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WidgetClient } from '../api/widgetModel';
import { aPreview } from '../testing/builders';
import { FakeKernel } from '../testing/kernel';
import { FakeTimers, settled } from '../testing/timers';
import { SavedSource } from './savedSource';

function page() {
  const kernel = new FakeKernel();
  const source = new SavedSource(new WidgetClient(kernel, new FakeTimers(), 'a'), 'etl.ipynb');
  return { kernel, source };
}

test('the notebook is asked for as last saved, and shown when it comes', async () => {
  const { kernel, source } = page();
  let changes = 0;
  source.subscribe(() => (changes += 1));
  assert.deepEqual(source.get(), { path: 'etl.ipynb', preview: null, problem: null });
  const { kind, view, n } = kernel.last;
  assert.deepEqual(kernel.last, { kind, view, n, op: 'preview', request: { path: 'etl.ipynb', notebook: null } });

  const preview = aPreview();
  kernel.answers(preview);
  await settled();

  assert.deepEqual(source.get(), { path: 'etl.ipynb', preview, problem: null });
  assert.equal(changes, 1);
});

test('it is asked for again when it is saved, and only the last answer counts', async () => {
  const { kernel, source } = page();
  const first = kernel.last;
  kernel.says({ kind: 'saved' });
  assert.equal(kernel.last.n, first.n + 1);

  kernel.answers(aPreview({ name: 'new' }));
  kernel.answers(aPreview({ name: 'old' }), first);
  await settled();

  assert.equal(source.get().preview?.name, 'new');
});

test('a refusal is shown beside what was known before, and gone with the next answer', async () => {
  const { kernel, source } = page();
  kernel.answers(aPreview());
  await settled();
  kernel.says({ kind: 'saved' });
  const refusal = { code: 'notebook_unreadable', message: 'no', where: '', hint: '' };
  kernel.says({ kind: 'refusal', view: 'a', n: kernel.last.n, refusal });
  await settled();
  assert.deepEqual([source.get().preview !== null, source.get().problem], [true, refusal]);

  kernel.says({ kind: 'saved' });
  kernel.answers(aPreview());
  await settled();
  assert.equal(source.get().problem, null);
});

test('a source that is gone asks and tells nothing more', async () => {
  const { kernel, source } = page();
  source.subscribe(() => assert.fail('told'));

  source.dispose();
  kernel.says({ kind: 'saved' });
  kernel.answers(aPreview());
  await settled();

  assert.equal(kernel.sent.length, 2);
});
