import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, waitFor, within } from '@testing-library/react';
import type * as wire from '../../api/wire.generated';
import { aDetail, aFailure, aLog, anAttempt, aNodeRun, aRun, aRunView, at } from '../../testing/builders';
import { settled, show, type Shown } from '../../testing/view';
import type { Host } from '../host';
import type { Answers } from '../../testing/fakeClient';
import type { Tab } from '../../model/panel';

const VIEW = aRunView(
  [
    aNodeRun('load', 'succeeded'),
    aNodeRun('clean', 'failed', {
      attempt: 2,
      error: { cause: 'exception', ename: 'KeyError', evalue: 'delay', cell_id: 'cell-clean', line: 2 }
    })
  ],
  { run: aRun('run-1', { state: 'failed', finished_at: at(9) }) }
);

async function open(
  tab: Tab,
  detail: Partial<wire.NodeDetail> = {},
  answers: Answers = {},
  host: Partial<Host> = {}
): Promise<Shown> {
  const attempts = [
    anAttempt(1, { failure: aFailure(), state: 'failed' }),
    anAttempt(2, { failure: aFailure(), state: 'failed' })
  ];
  const shown = await show({
    view: VIEW,
    host,
    answers: {
      get_node: ({ node }) =>
        aDetail(VIEW.nodes.find(item => item.node === node) ?? aNodeRun(node), { attempts, ...detail }),
      ...answers
    }
  });
  await settled(() => shown.session.open('clean', tab));
  await settled();
  return shown;
}

test('an error shows its place in the cell, the way there, and what has changed', async () => {
  const went: unknown[] = [];
  const { getByText, getByRole, getAllByRole } = await open(
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

test('the log is searched, and matches are gone through', async () => {
  const { findByText, getByRole } = await open(
    'log',
    {},
    { get_log: () => aLog(['begin', 'error one', 'fine', 'error two']) }
  );
  await findByText('begin');

  const box = getByRole('searchbox', { name: 'Search the log' });
  fireEvent.change(box, { target: { value: 'ERROR' } });
  await findByText('1 of 2');
  fireEvent.keyDown(box, { key: 'Enter' });

  await findByText('2 of 2');
  assert.equal(document.querySelector('mark[data-current]')?.parentElement?.textContent, 'error two');
  fireEvent.keyDown(box, { key: 'Enter' });
  await findByText('1 of 2');
});

test('a log that grows is followed from where it was read, and nothing is shown twice', async () => {
  const { client, findByText, getByRole } = await open(
    'log',
    {},
    { get_log: () => aLog(['one'], { is_complete: false, next: 50, size: 50 }) }
  );
  await findByText('one');
  const watch = client.watches.find(({ request }) => request.op === 'watch_log');
  assert.deepEqual(watch?.request, { op: 'watch_log', run_id: 'run-1', node: 'clean', attempt: 2, start: 50 });

  const grown = aLog(['two'], { start: 50, next: 80, size: 80 });
  await settled(() => client.tell('watch_log', { kind: 'log', chunk: grown }));
  await settled(() => client.tell('watch_log', { kind: 'log', chunk: grown }));
  await findByText('two');

  assert.equal(getByRole('log').textContent, 'onetwo');
});

test('what is above the first window is loaded when asked for', async () => {
  const asked: unknown[] = [];
  const { findByText, findByRole, queryByRole } = await open(
    'log',
    {},
    {
      get_log: ({ start, max_bytes }) => {
        asked.push([start, max_bytes]);
        return start === null
          ? aLog(['last'], { start: 5000, next: 6000, size: 6000 })
          : aLog(['first'], { start: 0, next: 5000, size: 6000 });
      }
    }
  );

  fireEvent.click(await findByRole('button', { name: /Load earlier lines \(5.0 kB more\)/ }));
  await findByText('first');

  assert.deepEqual(asked[1], [0, 5000]);
  assert.equal(queryByRole('button', { name: /Load earlier/ }), null);
  await findByText('last');
});

test('a log that cannot be read says so, and can be tried again', async () => {
  let tries = 0;
  const { findByText, getByRole } = await open(
    'log',
    {},
    {
      get_log: () => {
        tries += 1;
        if (tries === 1) {
          throw new Error('The log is not there.');
        }
        return aLog(['there']);
      }
    }
  );
  await findByText('The log is not there.');

  fireEvent.click(getByRole('button', { name: 'Try again' }));

  await findByText('there');
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
  const { session, getByRole, findByRole } = await open(
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
  const { session, getAllByRole, getByRole } = await open(
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
  const { getByText, findByText } = await open(
    'checks',
    { checks: [check] },
    {
      get_node: ({ node }) =>
        node === 'clean'
          ? aDetail(VIEW.nodes[1]!, { checks: [check] })
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

test('outputs are rendered by the host, and taken away again', async () => {
  const rendered: string[] = [];
  const cells = [{ cell_id: 'c', source: 'df', outputs: [{ output_type: 'display_data' }], html: '<b>html</b>' }];
  const { session, queryByText } = await open(
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

test('a mistake in one part leaves the others', async t => {
  t.mock.method(console, 'error', () => undefined);
  const { getByRole, getByText } = await open('outputs', {}, { get_outputs: () => ({ attempt: 2 }) as wire.Outputs });

  await waitFor(() => assert.ok(getByText('This part could not be shown.')));
  assert.ok(getByRole('tree', { name: 'Nodes' }));
  assert.ok(getByRole('tab', { name: 'Log' }));
});

test('a node is run from here, alone, or again', async () => {
  const { client, getByRole } = await open(
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
