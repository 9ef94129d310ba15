import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, waitFor, within } from '@testing-library/react';
import { aHost, aRun, at } from '../testing/builders';
import { FakeClient } from '../testing/fakeClient';
import { settled } from '../testing/view';
import { RunsView } from './RunsView';

const RUNS = [
  aRun('a', { name: 'flights', state: 'failed', finished_at: at(60), failed: ['clean'], created_at: at(9) }),
  aRun('b', { name: 'sales', path: 'reports/sales.ipynb', created_by: 'schedule', created_at: at(3) })
];

function client(answers = {}): FakeClient {
  return new FakeClient(answers, ({ request, tell }) => {
    assert.deepEqual(request, { op: 'watch_runs', path: null });
    tell({ kind: 'runs', id: '1', runs: RUNS });
  });
}

test('runs of all notebooks are filtered by words and states', async () => {
  const { findByText, getByRole, getAllByRole } = render(<RunsView client={client()} host={aHost()} />);
  await findByText('flights');

  fireEvent.change(getByRole('searchbox'), { target: { value: 'SCHEDULE' } });
  await findByText('sales');
  assert.equal(getAllByRole('listitem').length, 1);
  fireEvent.change(getByRole('combobox', { name: 'State' }), { target: { value: 'failed' } });

  await findByText('No run fits the filter.');
});

test('a run is opened, or retried; a refusal is shown', async () => {
  const opened: string[] = [];
  const asked = client({ retry: () => Promise.reject(new Error('It is not there any more.')) });
  const { findByText, getByRole } = render(
    <RunsView client={asked} host={aHost({ openRun: run => opened.push(run.run_id) })} />
  );
  fireEvent.click(await findByText('flights'));

  const actions = within(getByRole('group', { name: 'Actions on the run' }));
  fireEvent.click(actions.getByRole('button', { name: 'Open' }));
  fireEvent.click(actions.getByRole('button', { name: 'Retry failed' }));

  await findByText('It is not there any more.');
  assert.deepEqual(opened, ['a']);
});

test('a retry takes as many nodes at once as the page has it', async () => {
  const asked = client({ retry: () => ({ run: RUNS[0]! }) });
  const { findByText, getByRole } = render(
    <RunsView client={asked} host={aHost({ defaults: () => ({ jobs: 3, failFast: true }) })} />
  );
  fireEvent.click(await findByText('flights'));

  fireEvent.click(getByRole('button', { name: 'Retry failed' }));
  await settled();

  assert.deepEqual(asked.calls, [{ name: 'retry', request: { run_id: 'a', jobs: 3 } }]);
});

test('runs that could not be told are asked for again, and shown', async () => {
  let asks = 0;
  const refused = new FakeClient({}, ({ tell }) => {
    asks += 1;
    if (asks === 1) {
      tell({
        kind: 'error',
        id: '1',
        error: { code: 'unexpected', message: 'The store is locked.', where: '', hint: '' }
      });
    } else {
      tell({ kind: 'runs', id: '1', runs: RUNS });
    }
  });
  const { findByText, findByRole, queryByText } = render(<RunsView client={refused} host={aHost()} />);
  await findByText('The store is locked.');

  fireEvent.click(await findByRole('button', { name: 'Try again' }));

  await findByText('flights');
  assert.ok(queryByText('The store is locked.') === null);
  assert.equal(refused.watches.length, 1);
});

test('what is told after a problem takes its place', async () => {
  const shaky = client();
  const { findByText, queryByText } = render(<RunsView client={shaky} host={aHost()} />);
  await findByText('flights');
  const error = { code: 'unexpected', message: 'The store is locked.', where: '', hint: '' };
  shaky.tell('watch_runs', { kind: 'error', error });
  await findByText('The store is locked.');

  shaky.tell('watch_runs', { kind: 'runs', runs: [] });

  await waitFor(() => assert.ok(queryByText('The store is locked.') === null));
  await findByText('flights');
});
