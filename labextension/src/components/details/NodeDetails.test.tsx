import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, waitFor, within } from '@testing-library/react';
import type * as wire from '../../api/wire.generated';
import { aDetail, aFailure, aLog, anAttempt, aNodeRun, aRun, aRunView, at } from '../../testing/builders';
import { FAILED_VIEW, openDetails } from '../../testing/details';
import { settled } from '../../testing/view';

test('an error shows its place in the cell, the way there, and what has changed', async () => {
  const went: unknown[] = [];
  const { getByText, getByRole, getAllByRole } = await openDetails(
    'error',
    {},
    {
      explain: ({ run_id }) => ({
        run_id,
        verdict: '',
        node: 'clean',
        failure: null,
        others: [],
        compared_with: 'run-0',
        differences: [
          {
            kind: 'parameters',
            node: 'load',
            name: 'year',
            sentence: 'year is another one.',
            old: 1,
            new: 2,
            diff: '',
            pointed_at: true
          }
        ]
      })
    },
    { goToCell: (cell, line) => went.push([cell, line]) }
  );

  assert.match(getByText(/df\["late"\]/).parentElement?.textContent ?? '', /failed here/);
  assert.ok(getByRole('region', { name: 'Traceback' }));
  assert.ok(getByText('year is another one.'));
  fireEvent.click(getAllByRole('button', { name: 'Go to cell' }).at(-1)!);
  assert.deepEqual(went, [['cell-clean', 2]]);
});

test('data says what it is and where it came from, and is shown when opened', async () => {
  const artifact: wire.ArtifactView = {
    digest: 'd',
    name: 'flights',
    producer: 'load',
    type: 'pandas.DataFrame',
    serializer: 'parquet',
    size_bytes: 48_000_000,
    shape: [612_405, 14],
    columns: null,
    preview: ''
  };
  const { session, getByRole, findByRole } = await openDetails(
    'data',
    { inputs: [artifact] },
    {
      preview_artifact: () => ({
        artifact,
        table: { columns: ['origin', 'delay'], dtypes: ['str', 'float64'], rows: [['FRA', null]], row_count: 612_405 },
        text: null,
        is_cut: false
      })
    }
  );

  const inputs = within(getByRole('region', { name: 'Inputs' }));
  fireEvent.click(inputs.getByRole('button', { name: /flights DataFrame .* 48.0 MB/ }));
  const table = await findByRole('table');
  assert.deepEqual(
    within(table)
      .getAllByRole('cell')
      .map(cell => cell.textContent),
    ['FRA', 'null']
  );
  fireEvent.click(inputs.getByRole('button', { name: /made by load/ }));
  assert.equal(session.state.panel.node, 'load');
  await settled();
});

test('attempts lead to their logs and their notebooks', async () => {
  const opened: string[] = [];
  const { session, getAllByRole, getByRole } = await openDetails(
    'attempts',
    {
      attempts: [
        anAttempt(1, { state: 'failed', failure: aFailure() }),
        anAttempt(2, { notebook_path: 'runs/2.ipynb' })
      ]
    },
    { get_log: () => aLog([]) },
    { openFile: path => opened.push(path) }
  );

  fireEvent.click(getByRole('button', { name: 'Open executed notebook' }));
  fireEvent.click(getAllByRole('button', { name: 'Log' }).at(-1)!);

  assert.deepEqual(opened, ['runs/2.ipynb']);
  assert.deepEqual([session.state.panel.tab, session.state.panel.attempt], ['log', 1]);
  await settled();
});

test('a failed check shows what it found', async () => {
  const check = aNodeRun('check:clean/range', 'failed', { severity: 'warn' });
  const facts = { failing_rows: { columns: ['x'], rows: [[-1]], count: 31 }, values: { 'x.min()': '-1' } };
  const { getByText, findByText } = await openDetails(
    'checks',
    { checks: [check] },
    {
      get_node: ({ node }) =>
        node === 'clean'
          ? aDetail(FAILED_VIEW.nodes[1]!, { checks: [check] })
          : aDetail(check, { attempts: [anAttempt(1, { failure: aFailure({ facts }) })] })
    }
  );
  assert.ok(getByText('warned'));

  const details = getByText('What it found').closest('details');
  await settled(() => {
    details!.open = true;
  });

  await findByText('31 failing rows, the first 1');
  assert.ok(getByText('x.min()'));
});

test('data says which versions of assets the node published and loaded, and leads to their runs', async () => {
  const opened: string[] = [];
  const ref = { version: 2, run_id: 'run-9', path: 'team/rates.ipynb', notebook: 'rates.ipynb' };
  const { getByRole } = await openDetails(
    'data',
    {
      published: [{ ...ref, asset: 'sales', label: 'sales@5', run_id: 'run-1' }],
      loaded: [{ ...ref, asset: 'rates', label: 'rates@2' }]
    },
    { get_run: ({ run_id }) => aRunView([], { run: aRun(run_id) }) },
    { openRun: run => opened.push(run.run_id) }
  );

  const assets = within(getByRole('region', { name: 'Assets' }));
  assert.deepEqual(
    assets.getAllByRole('listitem').map(item => item.textContent),
    ['sales@5published', 'rates@2loaded, published byrates.ipynb']
  );
  fireEvent.click(assets.getByRole('button', { name: 'Show the run of rates.ipynb that published rates@2' }));
  await waitFor(() => assert.deepEqual(opened, ['run-9']));
});

test('outputs are rendered by the host, and taken away again', async () => {
  const rendered: string[] = [];
  const cells = [{ cell_id: 'c', source: 'df', outputs: [{ output_type: 'display_data' }], html: '<b>html</b>' }];
  const { session, queryByText } = await openDetails(
    'outputs',
    {},
    { get_outputs: () => ({ attempt: 2, cells }) },
    {
      renderOutputs: (_element, outputs) => {
        rendered.push(outputs[0]?.output_type ?? '');
        return { dispose: () => rendered.push('disposed') };
      }
    }
  );
  assert.deepEqual(rendered, ['display_data']);
  assert.equal(queryByText('html'), null);

  await settled(() => session.open(null));
  assert.deepEqual(rendered, ['display_data', 'disposed']);
});

test('a form among the outputs is not sent', async () => {
  const cells = [{ cell_id: 'c1', source: 'x', outputs: [{ output_type: 'display_data' }], html: '' }];
  const form = document.createElement('form');
  await openDetails(
    'outputs',
    {},
    { get_outputs: () => ({ attempt: 2, cells }) },
    {
      renderOutputs: element => {
        element.append(form);
        return { dispose: () => undefined };
      }
    }
  );

  await waitFor(() => assert.ok(form.isConnected));
  assert.equal(form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })), false);
});

test('a mistake in one part leaves the others', async t => {
  t.mock.method(console, 'error', () => undefined);
  const { getByRole, getByText } = await openDetails(
    'outputs',
    {},
    { get_outputs: () => ({ attempt: 2 }) as wire.Outputs }
  );

  await waitFor(() => assert.ok(getByText('This part could not be shown.')));
  assert.ok(getByRole('tree', { name: 'Nodes' }));
  assert.ok(getByRole('tab', { name: 'Log' }));
});

test('a node is run from here, alone, or again', async () => {
  const { client, getByRole } = await openDetails(
    'why',
    {},
    { retry: () => ({ run: aRun('run-2', { created_at: at(60) }) }) }
  );

  fireEvent.click(getByRole('button', { name: 'Run from here' }));
  await settled();

  assert.deepEqual(client.calls.find(call => call.name === 'retry')?.request, {
    run_id: 'run-1',
    nodes: [],
    select: 'clean+',
    jobs: null
  });
});
