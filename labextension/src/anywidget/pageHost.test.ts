import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Client } from '../api/client';
import type { Host } from '../components/host';
import { ENGLISH } from '../model/texts';
import { type Bridge, offerBridge } from './bridge';
import { pageHost } from './pageHost';

const ELEMENT = {} as HTMLElement;
const CLIENT = {} as Client;
const ABOUT = { path: 'etl.ipynb', folder: '.', isReadOnly: false };

afterEach(() => offerBridge(undefined as unknown as Bridge));

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
