import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent } from '@testing-library/react';
import { aNodeRun, aRun, aRunView, at } from '../../testing/builders';
import { settled, show } from '../../testing/view';

const GOING = aRunView([aNodeRun('load', 'running')], { run: aRun('run-1', { state: 'running' }) });

test('when a button goes that has the focus, the next one has it', async () => {
  const { client, getByRole, queryByRole } = await show({ view: GOING });
  getByRole('button', { name: 'Cancel' }).focus();

  const run = aRun('run-1', { state: 'cancelled', finished_at: at(5) });
  await settled(() => client.tell('watch_run', { kind: 'run_changed', run, nodes: [], edited: [], seq: 2 }));

  assert.equal(queryByRole('button', { name: 'Cancel' }), null);
  assert.equal(document.activeElement, getByRole('button', { name: /^Options/ }));
});

test('whoever has left the button before it goes is not called back', async () => {
  const { client, getByRole } = await show({ view: GOING });
  getByRole('button', { name: 'Cancel' }).focus();
  await settled(() => getByRole('button', { name: 'Cancel' }).blur());

  const run = aRun('run-1', { state: 'cancelled', finished_at: at(5) });
  await settled(() => client.tell('watch_run', { kind: 'run_changed', run, nodes: [], edited: [], seq: 2 }));

  assert.equal(document.activeElement, document.body);
});

test('when details are closed from within, the keyboard is where they were opened', async () => {
  const { getByRole } = await show({ view: GOING });
  const tree = getByRole('tree', { name: 'Nodes' });
  tree.focus();
  await settled(() => void fireEvent.keyDown(tree, { key: 'Enter' }));
  const close = getByRole('button', { name: 'Close details' });
  close.focus();

  await settled(() => void fireEvent.keyDown(close, { key: 'Escape' }));

  assert.equal(document.activeElement, tree);
});
