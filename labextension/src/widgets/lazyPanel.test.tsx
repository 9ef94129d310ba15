import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { LabIcon } from '@jupyterlab/ui-components';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import type { Disposable } from '../api/client';
import { FakeSight } from '../testing/sight';
import { settled } from '../testing/timers';
import { LazyPanel } from './lazyPanel';

let end = (): void => undefined;
beforeEach(() => {
  end = FakeSight.begin();
});
afterEach(() => end());

/** A panel of which loading fails that often. */
function aPanel(failures: number) {
  const told = { loads: 0, disposed: 0 };
  const content: Disposable = { dispose: () => (told.disposed += 1) };
  const load = (): Promise<Disposable> => {
    told.loads += 1;
    return told.loads <= failures ? Promise.reject(new Error('no chunk')) : Promise.resolve(content);
  };
  const panel = new LazyPanel({
    id: 'panel',
    icon: {} as LabIcon,
    caption: 'Panel',
    problem: 'It could not be loaded.',
    load
  });
  return { panel, told };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await settled();
  }
}

test('what is in a panel is loaded when it is first in sight, and once', async () => {
  const { panel, told } = aPanel(0);
  await turns(3);
  assert.equal(told.loads, 0);

  await FakeSight.show(panel.node, true);
  await FakeSight.show(panel.node, false);
  await FakeSight.show(panel.node, true);

  assert.equal(told.loads, 1);
  panel.dispose();
  await settled();
  assert.equal(told.disposed, 1);
});

test('what could not be loaded says so, and is tried again with the next look alone', async () => {
  const { panel, told } = aPanel(1);

  await FakeSight.show(panel.node, true);
  await turns(5);
  assert.equal(told.loads, 1);
  assert.equal(panel.node.textContent, 'It could not be loaded.');

  await FakeSight.show(panel.node, false);
  await FakeSight.show(panel.node, true);
  await turns(5);
  assert.equal(told.loads, 2);
  assert.equal(panel.node.textContent, '');
});

test('whoever asks for what could not be loaded is told so, and a panel may be closed meanwhile', async () => {
  const { panel, told } = aPanel(9);

  await assert.rejects(panel.takeContent(), /no chunk/);
  const asked = assert.rejects(panel.takeContent(), /no chunk/);
  panel.dispose();
  await asked;
  await turns(3);

  assert.equal(told.loads, 2);
});

test('what React has drawn before loading failed is left to React', async () => {
  const roots: Root[] = [];
  const load = (node: HTMLElement): Promise<Disposable> => {
    const root = createRoot(node);
    roots.push(root);
    flushSync(() => root.render(<p>drawn</p>));
    return Promise.reject(new Error('no settings'));
  };
  const panel = new LazyPanel({ id: 'panel', icon: {} as LabIcon, caption: 'Panel', problem: 'It failed.', load });

  await assert.rejects(panel.takeContent(), /no settings/);
  assert.equal(panel.node.textContent, 'It failed.');
  flushSync(() => roots[0]?.unmount());
  await assert.rejects(panel.takeContent(), /no settings/);

  assert.equal(roots.length, 2);
  flushSync(() => roots[1]?.unmount());
  panel.dispose();
});
