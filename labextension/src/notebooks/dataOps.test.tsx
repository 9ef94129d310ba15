import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { FakeClient } from '../testing/fakeClient';
import { FakeSight } from '../testing/sight';
import { DataOps } from './dataOps';
import type { NotebookPipeline } from './notebookPipeline';

let end = (): void => undefined;
beforeEach(() => {
  end = FakeSight.begin();
});
afterEach(() => end());

function signal(): Signal<object, never> {
  return new Signal({});
}

/** An open notebook, as far as its pipeline looks at it. */
function aContext() {
  return {
    localPath: 'a.ipynb',
    isReady: false,
    ready: new Promise<void>(() => undefined),
    contentsModel: null,
    model: { readOnly: false, contentChanged: signal(), stateChanged: signal() },
    pathChanged: signal(),
    fileChanged: signal(),
    disposed: signal()
  };
}

function aView(context: ReturnType<typeof aContext>) {
  const disposed = new Signal<object, void>({});
  const view = { context, node: document.createElement('div'), disposed, isDisposed: false };
  return { panel: view as unknown as NotebookPanel, node: view.node, close: () => disposed.emit() };
}

function aTracker(current: NotebookPanel | null = null, all: NotebookPanel[] = []): INotebookTracker {
  return {
    currentWidget: current,
    currentChanged: signal(),
    widgetAdded: signal(),
    find: (fits: (panel: NotebookPanel) => boolean) => all.find(fits)
  } as unknown as INotebookTracker;
}

/** Whether it is worth knowing what the notebook says. */
function isAwake(pipeline: NotebookPipeline): boolean {
  return pipeline.isAwake;
}

test('a notebook is followed while any of its views is in sight', async () => {
  const dataops = new DataOps(new FakeClient(), aTracker(), Promise.resolve({ execute: true, write: true }));
  const context = aContext();
  const [one, other] = [aView(context), aView(context)];
  const pipeline = dataops.of(one.panel);
  assert.equal(dataops.of(other.panel), pipeline);

  await FakeSight.show(one.node, true);
  await FakeSight.show(other.node, true);
  await FakeSight.show(one.node, false);
  assert.equal(isAwake(pipeline), true);
  await FakeSight.show(other.node, false);

  assert.equal(isAwake(pipeline), false);
  pipeline.dispose();
});

test('a view that is closed is in sight no more', async () => {
  const dataops = new DataOps(new FakeClient(), aTracker(), Promise.resolve({ execute: true, write: true }));
  const context = aContext();
  const [one, other] = [aView(context), aView(context)];
  const pipeline = dataops.of(one.panel);
  dataops.of(other.panel);
  await FakeSight.show(one.node, true);
  await FakeSight.show(other.node, true);
  await FakeSight.show(one.node, false);

  other.close();

  assert.equal(isAwake(pipeline), false);
  pipeline.dispose();
});
