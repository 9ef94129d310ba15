import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, within } from '@testing-library/react';
import { aNodeRun, aPreview, aRun, aRunView, at } from '../testing/builders';
import { settled, show } from '../testing/view';

const FAILED = aRunView(
  [aNodeRun('load', 'succeeded'), aNodeRun('clean', 'failed'), aNodeRun('train', 'upstream_failed')],
  {
    run: aRun('run-1', { state: 'failed', counts: { succeeded: 1, failed: 1, upstream_failed: 1 }, finished_at: at(9) })
  }
);
const REFUSAL = { code: 'invalid', message: 'It cannot run.', where: 'cell 7', hint: 'Mend it.' };

test('a pipeline has a name for screen readers', async () => {
  const { getByRole } = await show({ source: { path: null, preview: null } });

  assert.ok(within(getByRole('region', { name: 'Pipeline' })).getByText('No notebook is open.'));
});

test('what a run says of its nodes is shown, and every change of it', async () => {
  const { client, getByRole } = await show({ view: aRunView([aNodeRun('load', 'running'), aNodeRun('clean')]) });
  assert.ok(getByRole('treeitem', { name: /running load/ }));

  await settled(() =>
    client.tell('watch_run', {
      kind: 'run_changed',
      run: aRun('run-1', { state: 'succeeded', finished_at: at(5) }),
      nodes: [aNodeRun('load', 'succeeded', { started_at: at(0), finished_at: at(3) })],
      edited: ['load'],
      seq: 2
    })
  );

  assert.ok(getByRole('treeitem', { name: /succeeded load edited 3.0 s/ }));
  assert.ok(getByRole('button', { name: /Shown run: succeeded/ }));
});

test('who may only look sees no controls, and the reason', async () => {
  const { session, getByText, queryByRole } = await show({ host: { isReadOnly: true }, view: FAILED });
  await settled(() => session.open('clean'));

  assert.ok(getByText('You may look at runs here, but not start or change them.'));
  for (const name of ['Run', 'Retry', 'Retry failed', 'Run from here']) {
    assert.equal(queryByRole('button', { name }), null);
  }
});

test('the state of the connection is told', async () => {
  const { client, getByText } = await show({ view: FAILED });

  await settled(() => client.connect('lost'));
  assert.ok(getByText('reconnecting…'));
  await settled(() => client.connect('queued'));
  assert.ok(getByText('kernel is busy: answers when the cell has ended'));
});

test('another run is chosen with the keyboard, and the latest one again', async () => {
  const runs = [aRun('new', { created_at: at(60) }), aRun('old', { created_at: at(0), state: 'crashed' })];
  const { session, getByRole } = await show({ runs, view: FAILED });
  const button = getByRole('button', { name: /Shown run/ });

  fireEvent.click(button);
  const list = getByRole('listbox');
  fireEvent.keyDown(list, { key: 'ArrowDown' });
  fireEvent.keyDown(list, { key: 'Enter' });
  await settled();

  assert.equal(session.state.panel.run, 'old');
  assert.ok(getByRole('button', { name: 'Resume' }));
  await settled(() => session.showRun('new'));
  assert.equal(session.state.panel.run, null);
  await settled();
});

test('a run of a deployed version is in the history, and not shown unless it is chosen', async () => {
  const deployed = aRun('nightly', { created_at: at(60), deployment: 'orders@3', environment: 'prod' });
  const { session, getByRole } = await show({ runs: [deployed, aRun('run-1')], view: FAILED });
  assert.equal(session.state.run?.run.run_id, 'run-1');
  await settled(() => session.show('history'));

  const [first, second] = within(getByRole('list', { name: 'Runs of this notebook' })).getAllByRole('button');
  assert.ok(first && second);
  assert.match(first.textContent ?? '', /orders@3 · prod/);
  assert.equal(second.getAttribute('aria-current'), 'true');
  fireEvent.click(first);
  await settled();

  assert.equal(session.state.panel.run, 'nightly');
});

test('the list is gone through with the keyboard', async () => {
  const { session, getByRole } = await show({ view: FAILED });
  const tree = getByRole('tree', { name: 'Nodes' });

  fireEvent.keyDown(tree, { key: 'ArrowDown' });
  fireEvent.keyDown(tree, { key: 'Enter' });
  await settled();

  assert.equal(session.state.panel.node, 'clean');
  assert.equal(getByRole('treeitem', { name: /clean/ }).getAttribute('aria-selected'), 'true');
  assert.ok(getByRole('complementary', { name: 'Node clean' }));
});

test('tabs are gone through with the arrow keys, around the ends', async () => {
  const { session, getByRole } = await show({ view: FAILED });
  const bar = getByRole('tablist', { name: 'Views of the pipeline' });

  fireEvent.keyDown(bar, { key: 'ArrowRight' });
  assert.equal(session.state.panel.view, 'timeline');
  fireEvent.keyDown(bar, { key: 'End' });
  fireEvent.keyDown(bar, { key: 'ArrowRight' });

  assert.equal(session.state.panel.view, 'graph');
  assert.equal(within(bar).getByRole('tab', { name: 'Graph' }).tabIndex, 0);
  await settled();
});

test('problems are sorted, errors first, and mended with one click', async () => {
  const mended: string[] = [];
  const fix = { title: 'Change to after:clean', changes: [] };
  const base = { code: 'DO002', hint: '', cell_id: 'c', cell_index: 0, node: null, fixes: [] };
  const { session, getByRole } = await show({
    source: {
      preview: aPreview({
        can_run: false,
        diagnostics: [
          { ...base, severity: 'warning', message: 'second' },
          { ...base, severity: 'error', message: 'first', fixes: [fix] }
        ]
      })
    },
    host: {
      applyFix: chosen => {
        mended.push(chosen.title);
        return Promise.resolve();
      }
    }
  });
  await settled(() => session.show('problems'));

  const items = within(getByRole('list', { name: 'Problems' })).getAllByRole('listitem');
  assert.deepEqual(
    items.map(item => /First|Second/.exec(item.textContent ?? '')?.[0]),
    ['First', 'Second']
  );
  fireEvent.click(getByRole('button', { name: 'Change to after:clean' }));
  await settled();
  assert.deepEqual(mended, ['Change to after:clean']);
});

test('each way to have nothing says what comes next', async () => {
  const empty = aPreview({ is_pipeline: false, graph: { nodes: [], edges: [], checks: [] } });
  const unreachable = { ...REFUSAL, code: 'unreachable' };
  for (const [source, text] of [
    [{ path: null, preview: null }, 'No notebook is open.'],
    [{ preview: empty }, 'This notebook is no pipeline yet.'],
    [{ preview: null, problem: unreachable }, 'The server cannot be reached.'],
    [{ preview: null, problem: REFUSAL }, 'It cannot run.'],
    [{ preview: null }, 'Loading…']
  ] as const) {
    const { getByText, unmount } = await show({ source });
    assert.ok(getByText(text));
    unmount();
  }
});
