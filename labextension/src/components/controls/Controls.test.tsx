import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, within } from '@testing-library/react';
import { OperationError } from '../../api/client';
import { aNodeRun, aParameter, aPreview, aRun, aRunView, at } from '../../testing/builders';
import { settled, show } from '../../testing/view';

const FAILED = aRunView([aNodeRun('load', 'succeeded'), aNodeRun('clean', 'failed')], {
  run: aRun('run-1', { state: 'failed', finished_at: at(9) })
});
const REFUSAL = { code: 'invalid', message: 'It cannot run.', where: 'cell 7', hint: 'Mend it.' };

test('a run takes what is on the screen: it is saved first, and only set parameters are sent', async () => {
  const order: string[] = [];
  const { client, session, getByRole } = await show({
    source: { preview: aPreview({ parameters: [aParameter('year', 2024), aParameter('country', 'de')] }) },
    host: {
      save: () => {
        order.push('save');
        return Promise.resolve();
      }
    },
    answers: {
      create_run: () => {
        order.push('run');
        return { run: aRun('run-2', { created_at: at(60) }) };
      }
    },
    view: FAILED
  });

  fireEvent.click(getByRole('button', { name: /^Parameters/ }));
  fireEvent.change(getByRole('textbox', { name: /year/ }), { target: { value: '2025' } });
  fireEvent.click(getByRole('button', { name: 'Run' }));
  await settled();

  assert.deepEqual(order, ['save', 'run']);
  assert.deepEqual(client.calls.find(call => call.name === 'create_run')?.request, {
    path: 'flights.ipynb',
    parameters: { year: 2025 },
    select: null,
    changed: false,
    jobs: null,
    fail_fast: false
  });
  assert.equal(session.state.run?.run.run_id, 'run-2');
});

test('a refusal is shown where it was caused, as what, where, what to do, until it is dismissed', async () => {
  const { getByRole, queryByRole } = await show({
    answers: { create_run: () => Promise.reject(new OperationError(REFUSAL, 422)) }
  });

  fireEvent.click(getByRole('button', { name: 'Run' }));
  await settled();

  const alert = getByRole('alert');
  for (const text of ['It cannot run.', 'cell 7', 'Mend it.']) {
    assert.ok(within(alert).getByText(text));
  }
  fireEvent.click(within(alert).getByRole('button', { name: 'Dismiss' }));
  assert.equal(queryByRole('alert'), null);
});

test('a control that cannot be used says why, can be reached, and does nothing', async () => {
  const { client, getByRole } = await show({ source: { preview: aPreview({ can_run: false }) }, view: FAILED });
  const run = getByRole('button', { name: 'Run' });

  fireEvent.click(run);
  await settled();

  assert.equal(run.getAttribute('aria-disabled'), 'true');
  assert.equal(run.getAttribute('aria-description'), 'The notebook has errors: see Problems.');
  assert.equal(run.tabIndex, 0);
  assert.ok(!client.calls.some(call => call.name === 'create_run'));
});

test('a wrong value is named at its field, and keeps the notebook from running', async () => {
  const { getByRole } = await show({ source: { preview: aPreview({ parameters: [aParameter('year', 2024)] }) } });
  fireEvent.click(getByRole('button', { name: /^Parameters/ }));
  const field = getByRole('textbox', { name: /year/ });

  fireEvent.change(field, { target: { value: 'soon' } });

  assert.equal(field.getAttribute('aria-invalid'), 'true');
  const ids = field.getAttribute('aria-describedby')?.split(' ') ?? [];
  assert.match(ids.map(id => document.getElementById(id)?.textContent).join(' '), /A whole number is needed/);
  assert.equal(getByRole('button', { name: 'Run' }).getAttribute('aria-disabled'), 'true');
  fireEvent.click(getByRole('button', { name: 'Reset year to its default' }));
  assert.equal((field as HTMLInputElement).value, '2024');
});

test('what was typed for one notebook is still there after a look at another', async () => {
  const { session, source } = await show();
  await settled(() => session.type({ typed: { year: '2025' } }));

  await settled(() => source.push({ path: 'other.ipynb', preview: aPreview({ path: 'other.ipynb' }) }));
  assert.deepEqual(session.state.draft.typed, {});
  await settled(() => source.push({ path: 'flights.ipynb', preview: aPreview() }));

  assert.deepEqual(session.state.draft.typed, { year: '2025' });
  await settled();
});

test('the plan says what would run, and why', async () => {
  const { getByRole, getByText, client } = await show({
    answers: {
      plan: ({ changed }) => ({
        mode: changed ? 'changed' : 'run',
        decisions: [{ node: 'load', action: 'reuse', reason: 'nothing has changed', source_run_id: 'run-0' }]
      })
    }
  });

  fireEvent.click(getByRole('button', { name: 'What would run?' }));
  await settled();

  assert.ok(getByText('nothing has changed'));
  assert.deepEqual(client.calls.at(-1)?.request, {
    path: 'flights.ipynb',
    parameters: {},
    select: null,
    changed: true
  });
});
