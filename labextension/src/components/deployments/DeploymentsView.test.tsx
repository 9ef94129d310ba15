import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, within } from '@testing-library/react';
import { OperationError } from '../../api/client';
import type { ScheduleMoveView, VersionDiffView } from '../../api/wire.generated';
import { aHost } from '../../testing/builders';
import { aDeployment, aLive, aMove, aRollback, aVersion } from '../../testing/deployments';
import { type Answers, FakeClient } from '../../testing/fakeClient';
import { settled } from '../../testing/view';
import type { Host } from '../host';
import { createPlace } from '../place';
import { StoreView } from '../StoreView';

const PROD = aLive('prod', 2, { previous: 1, back_to: 1 });
const DEV = aLive('dev', 3);
const DETAIL = aDeployment({
  versions: [aVersion(3, { live: ['dev'] }), aVersion(2, { live: ['prod'] }), aVersion(1)],
  live: [DEV, PROD],
  moves: [DEV, PROD, aMove('prod', 1)]
});
const DIFF: VersionDiffView = {
  before: aVersion(2),
  after: aVersion(3),
  is_same: false,
  cells: [
    {
      notebook: 'flights.ipynb',
      change: 'changed',
      index: 4,
      node: 'clean',
      kind: 'code',
      lines: ['-a = 1', '+a = 2'],
      tags_before: ['node:clean'],
      tags_after: ['node:clean', 'retries:2']
    }
  ],
  files: [],
  packages: [{ name: 'pandas', before: '2.1', after: '3.0' }],
  settings: [],
  schedules: []
};

async function show(answers: Answers = {}, host: Partial<Host> = {}, open: string | null = 'flights') {
  const client = new FakeClient({
    list_deployments: () => ({
      deployments: [{ name: 'flights', newest: aVersion(3), live: [DEV, PROD] }],
      environments: ['dev', 'prod']
    }),
    get_deployment: () => DETAIL,
    diff_versions: () => DIFF,
    ...answers
  });
  const place = createPlace();
  place.update(state => ({ ...state, tab: 'deployments', deployment: open }));
  const shown = render(<StoreView client={client} host={aHost(host)} place={place} />);
  await settled();
  return { ...shown, client };
}

test('a deployment says which version is live where', async () => {
  const { getByRole, findByRole } = await show({}, {}, null);

  const row = within(getByRole('list', { name: 'Deployments' })).getByRole('button');
  assert.match(row.textContent ?? '', /flights@3dev@3prod@2flights.ipynb/);
  fireEvent.click(row);

  await findByRole('list', { name: 'Versions' });
});

test('its history says what became of schedules', async () => {
  const schedules: ScheduleMoveView[] = [
    { name: 'nightly', change: 'added', trigger: 'cron 0 6 * * *', changes: [], because: '' },
    { name: 'hourly', change: 'removed', trigger: '', changes: [], because: '' }
  ];
  const move = aMove('prod', 3, { schedules });
  const { getByRole } = await show({ get_deployment: () => ({ ...DETAIL, moves: [move] }) });

  assert.match(
    getByRole('list', { name: 'History' }).textContent ?? '',
    /@3 deployed to prod.*schedules: \+nightly −hourly/
  );
});

test('its history says that the policy will refuse runs of what was gone back to', async () => {
  const move = aMove('prod', 1, { kind: 'rollback', remarks: ['runs of flights@1 will be refused'] });
  const { getByRole } = await show({ get_deployment: () => ({ ...DETAIL, moves: [move] }) });

  assert.match(getByRole('list', { name: 'History' }).textContent ?? '', /runs of flights@1 will be refused/);
});

test('what is new in a version is shown beside its tags and packages', async () => {
  const { getByRole, client } = await show();

  fireEvent.click(getByRole('button', { name: 'What is new in version 3' }));
  await settled();

  const changes = getByRole('region', { name: 'Changes' });
  assert.match(changes.textContent ?? '', /clean · cell 5.*-# node:clean.*\+# node:clean retries:2.*-a = 1.*\+a = 2/s);
  assert.match(changes.textContent ?? '', /-pandas 2.1.*\+pandas 3.0/s);
  const request = { deployment: 'flights', before: '2', after: '3' };
  assert.deepEqual(client.calls.at(-1), { name: 'diff_versions', request });
});

test('a version is promoted, and rolled back, only once the user agrees', async () => {
  const asked: string[] = [];
  const { getByRole, client } = await show(
    {
      promote: () => aMove('prod', 3),
      plan_rollback: () => aRollback(1),
      rollback: () => aMove('prod', 1, { kind: 'rollback' })
    },
    { agree: title => Promise.resolve(asked.push(title) > 1) }
  );
  const [dev, prod] = within(getByRole('list', { name: 'Environments' })).getAllByRole('listitem');
  assert.ok(dev && prod);

  fireEvent.click(within(dev).getByRole('button', { name: 'Promote' }));
  fireEvent.click(within(dev).getByRole('button', { name: 'Promote…' }));
  await settled();
  fireEvent.click(within(dev).getByRole('button', { name: 'Promote…' }));
  await settled();
  fireEvent.click(within(prod).getByRole('button', { name: 'Roll back' }));
  fireEvent.click(within(prod).getByRole('button', { name: 'Roll back…' }));
  await settled();

  assert.deepEqual(asked, ['Promote flights@3 to prod?', 'Promote flights@3 to prod?', 'Roll prod back to flights@1?']);
  assert.deepEqual(
    client.calls.filter(({ name }) => name === 'promote' || name === 'rollback'),
    [
      { name: 'promote', request: { deployment: 'flights', source: 'dev', target: 'prod', takeover: false } },
      { name: 'rollback', request: { deployment: 'flights', environment: 'prod', to: '1' } }
    ]
  );
});

test('a rollback begins with the version that the server names, not with the one that was gone back from', async () => {
  const live = aLive('prod', 2, { kind: 'rollback', previous: 3, back_to: 1 });
  const moves = [live, aMove('prod', 3), aMove('prod', 2), aMove('prod', 1)];
  const { getByRole } = await show({ get_deployment: () => ({ ...DETAIL, live: [live], moves }) });

  fireEvent.click(getByRole('button', { name: 'Roll back' }));

  const select = getByRole('combobox', { name: 'Back to' }) as HTMLSelectElement;
  assert.equal(select.value, '1');
  assert.deepEqual(
    [...select.options].map(one => one.text),
    ['@1', '@3']
  );
});

test('where there is no version to go back to, that is said, and none is chosen', async () => {
  const live = aLive('prod', 1, { kind: 'rollback', previous: 2 });
  const moves = [live, aMove('prod', 2), aMove('prod', 1)];
  const { getByRole } = await show({ get_deployment: () => ({ ...DETAIL, live: [DEV, live], moves }) });
  const [dev, prod] = within(getByRole('list', { name: 'Environments' })).getAllByRole('listitem');
  assert.ok(dev && prod);

  const nowhere = within(dev).getByRole('button', { name: 'Roll back' });
  assert.equal(nowhere.getAttribute('aria-disabled'), 'true');
  assert.equal(nowhere.title, 'No version was live in dev before this one.');
  fireEvent.click(within(prod).getByRole('button', { name: 'Roll back' }));

  assert.match(prod.textContent ?? '', /Choose a version@2.*No version was live in prod before this one\./);
  assert.equal(within(prod).getByRole<HTMLSelectElement>('combobox').value, '');
  assert.equal(within(prod).getByRole('button', { name: 'Roll back…' }).getAttribute('aria-disabled'), 'true');
});

test('what is live of another notebook is replaced only once that is asked for', async () => {
  const refusal = { code: 'another_notebook', message: 'of another notebook', where: 'b.ipynb', hint: '--takeover' };
  const { getByRole, queryByRole, findByRole, client } = await show({
    promote: ({ takeover }) => {
      if (takeover !== true) {
        throw new OperationError(refusal, 409);
      }
      return aMove('prod', 3);
    }
  });
  const [dev] = within(getByRole('list', { name: 'Environments' })).getAllByRole('listitem');
  assert.ok(dev);
  fireEvent.click(within(dev).getByRole('button', { name: 'Promote' }));
  assert.equal(queryByRole('checkbox'), null);
  fireEvent.click(within(dev).getByRole('button', { name: 'Promote…' }));

  const told = await findByRole('alert');
  assert.match(told.textContent ?? '', /Of another notebook\..*b\.ipynb.*project = "NAME" in dataops.toml/);
  fireEvent.click(getByRole('checkbox', { name: 'Take over the deployment' }));
  fireEvent.click(within(dev).getByRole('button', { name: 'Promote…' }));
  await settled();

  const asked = client.calls.filter(({ name }) => name === 'promote');
  assert.deepEqual(
    asked.map(({ request }) => (request as { takeover?: boolean }).takeover),
    [false, true]
  );
  assert.equal(queryByRole('alert'), null);
  assert.equal(queryByRole('checkbox'), null);
});

test('whoever may not write sees what is live, and no buttons that move it', async () => {
  const { queryByRole, getByRole } = await show({}, { mayWrite: false, deployNotebook: () => undefined });

  getByRole('list', { name: 'Environments' });
  for (const name of ['Promote', 'Roll back', 'Deploy…']) {
    assert.equal(queryByRole('button', { name }), null);
  }
});

test('whoever comes back to the page sees how things are now', async () => {
  const { client } = await show();
  const before = client.calls.length;

  await settled(() => void window.dispatchEvent(new Event('focus')));

  assert.deepEqual(
    client.calls
      .slice(before)
      .map(call => call.name)
      .sort(),
    ['get_deployment', 'list_deployments']
  );
});
