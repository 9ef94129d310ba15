import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Client } from '../api/client';
import type { Host } from '../components/host';
import { type Bridge, offerBridge } from './bridge';
import { ENGLISH, pageHost } from './pageHost';

const ELEMENT = {} as HTMLElement;
const CLIENT = {} as Client;
const ABOUT = { path: 'etl.ipynb', folder: '.', isReadOnly: false };

afterEach(() => offerBridge(undefined as unknown as Bridge));

test('texts are filled in, and counted', () => {
  assert.equal(ENGLISH.__('%1 of %2, %1', 'a', 3), 'a of 3, a');
  assert.equal(ENGLISH.__('%1 %9', 'a'), 'a %9');
  assert.equal(ENGLISH._n('%1 node', '%1 nodes', 1), '1 node');
  assert.equal(ENGLISH._n('%1 node of %2', '%1 nodes of %2', 2, 'etl'), '2 nodes of etl');
});

test('a page without the extension of JupyterLab opens reports, and offers nothing that it cannot do', () => {
  const host = pageHost(CLIENT, ELEMENT, { ...ABOUT, isReadOnly: true });

  assert.deepEqual(Object.keys(host).sort(), ['isReadOnly', 'openReport', 'texts']);
  assert.equal(host.isReadOnly, true);
});

test('in JupyterLab the panel can do what its extension offers for the notebook around it', () => {
  const offered: Host = { texts: ENGLISH, isReadOnly: false, openFile: () => undefined };
  const asked: unknown[] = [];
  offerBridge({ hostOf: (...about) => (asked.push(about), offered) });

  assert.equal(pageHost(CLIENT, ELEMENT, ABOUT), offered);
  assert.deepEqual(asked, [[ELEMENT, ABOUT]]);
});

test('where the extension does not know the notebook, the page does what it can', () => {
  offerBridge({ hostOf: () => null });

  assert.equal(pageHost(CLIENT, ELEMENT, ABOUT).texts, ENGLISH);
});
