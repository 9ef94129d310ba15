import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, waitFor, within } from '@testing-library/react';
import { anAsset, anAssetUse } from '../../testing/assets';
import { aHost, aRun, aRunView } from '../../testing/builders';
import { type Answers, FakeClient } from '../../testing/fakeClient';
import { settled } from '../../testing/view';
import type { Host } from '../host';
import { createPlace } from '../place';
import { StoreView } from '../StoreView';

const SALES = [anAsset('sales', 2), anAsset('sales', 1, { notebook: 'old.ipynb', path: 'old.ipynb' })];

async function show(answers: Answers = {}, host: Partial<Host> = {}, open: string | null = null) {
  const client = new FakeClient({
    list_assets: () => ({ assets: [anAsset('rates', 7), anAsset('sales', 2)] }),
    list_asset_versions: ({ asset }) => ({ asset, versions: SALES }),
    get_run: ({ run_id }) => aRunView([], { run: aRun(run_id) }),
    preview_artifact: () => ({ artifact: SALES[0]!.artifact, table: null, text: 'n: 1, 2, 3', is_cut: false }),
    ...answers
  });
  const place = createPlace();
  place.update(state => ({ ...state, tab: 'assets', asset: open }));
  const shown = render(<StoreView client={client} host={aHost(host)} place={place} />);
  await settled();
  return { ...shown, client };
}

test('each asset says its newest version, what that is, and who published it', async () => {
  const { getByRole } = await show();

  const rows = within(getByRole('list', { name: 'Assets' })).getAllByRole('button');
  assert.deepEqual(
    rows.map(row => /^(\w+)@(\d)DataFrame 3 × 2/.exec(row.textContent ?? '')?.slice(1)),
    [
      ['rates', '7'],
      ['sales', '2']
    ]
  );
  assert.match(rows[0]?.textContent ?? '', /by orders$/);
});

test('it opens to its versions, each with a preview and the way to its run', async () => {
  const opened: string[] = [];
  const { getByRole, findByRole, findByText } = await show(
    {},
    { openRun: run => opened.push(run.run_id), openFile: path => opened.push(path) }
  );
  const row = getByRole('button', { name: /^sales/ });
  assert.equal(row.getAttribute('aria-expanded'), 'false');

  fireEvent.click(row);

  const versions = await findByRole('list', { name: 'Versions of sales' });
  assert.match(versions.textContent ?? '', /@2.*@1.*published by old.ipynb/);
  fireEvent.click(within(versions).getByRole('button', { name: /^@2/ }));
  await findByText('n: 1, 2, 3');
  fireEvent.click(within(versions).getByRole('button', { name: 'Show the run of old.ipynb that published sales@1' }));
  await waitFor(() => assert.deepEqual(opened, ['run-1']));
  fireEvent.click(getByRole('button', { name: 'team/orders.ipynb' }));
  assert.deepEqual(opened, ['run-1', 'team/orders.ipynb']);

  fireEvent.click(row);
  assert.equal(row.getAttribute('aria-expanded'), 'false');
});

test('a version says which runs have loaded it, each once, and leads to them', async () => {
  const opened: string[] = [];
  const uses = [anAssetUse('run-9', 'tell'), anAssetUse('run-9', 'total'), anAssetUse('run-8', 'total')];
  const old = anAsset('sales', 1, { loaded_by: uses, is_cut: true });
  const { findByRole } = await show(
    { list_asset_versions: ({ asset }) => ({ asset, versions: [anAsset('sales', 2), old] }) },
    { openRun: run => opened.push(run.run_id) },
    'sales'
  );

  const [second, first] = within(await findByRole('list', { name: 'Versions of sales' })).getAllByRole('listitem');

  assert.match(first?.textContent ?? '', /loaded by report.ipynb, report.ipynb and more$/);
  assert.doesNotMatch(second?.textContent ?? '', /loaded by/);
  const links = within(first!).getAllByRole('button', { name: 'Show the run of report.ipynb that loaded sales@1' });
  assert.equal(links.length, 2);
  fireEvent.click(links[1]!);
  await waitFor(() => assert.deepEqual(opened, ['run-8']));
});

test('the line of Python that loads it is there', async () => {
  const { getByText, getByRole } = await show({}, {}, 'sales');

  assert.ok(getByText('load_asset("sales")'));
  assert.ok(getByRole('button', { name: 'Copy the code that loads it' }));
});

test('what is published is listed as soon as a run tells of something', async () => {
  let newest = 2;
  const { client, getByRole } = await show({ list_assets: () => ({ assets: [anAsset('sales', newest)] }) });
  newest = 3;

  await settled(() => client.tell('watch_runs', { kind: 'runs', runs: [aRun('run-3')] }));

  await waitFor(() => assert.ok(getByRole('button', { name: /^sales ?@3/ })), { timeout: 3000 });
});

test('where nothing is published, it says how to', async () => {
  const { getByText } = await show({ list_assets: () => ({ assets: [] }) });

  assert.ok(getByText('Nothing is published yet.'));
  assert.ok(getByText('asset:NAME=VARIABLE'));
});

test('many assets are filtered by name and notebook', async () => {
  const many = Array.from({ length: 9 }, (_, index) => anAsset(`asset_${index}`, 1));
  const { getByRole, getByLabelText, getByText } = await show({
    list_assets: () => ({ assets: [...many, anAsset('model', 4, { notebook: 'train.ipynb' })] })
  });
  const field = getByLabelText('Filter assets by name or notebook');

  fireEvent.change(field, { target: { value: 'TRAIN mod' } });

  await waitFor(() => assert.equal(within(getByRole('list', { name: 'Assets' })).getAllByRole('listitem').length, 1));
  fireEvent.change(field, { target: { value: 'nothing like it' } });
  await waitFor(() => assert.ok(getByText('No asset fits the filter.')));
});
