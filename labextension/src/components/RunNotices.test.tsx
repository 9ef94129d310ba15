import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, within } from '@testing-library/react';
import type { NoticeView } from '../api/wire.generated';
import { aNotice, aRun, aRunView, at } from '../testing/builders';
import { settled, show } from '../testing/view';

function shown(notices: NoticeView[], notifies = true) {
  const run = aRun('run-1', { state: 'failed', finished_at: at(1), notifies });
  return show({
    view: aRunView([], { run }),
    answers: { list_notices: ({ run_id }) => ({ run_id, notices }) }
  });
}

test('below a run stands whom it has told of what, and why somebody does not know yet', async () => {
  const { getByRole } = await shown([
    aNotice(),
    aNotice({ address: 2, state: 'waiting', error: 'ops.example.org answers error=503' }),
    aNotice({ receiver: 'boss', event: 'late', state: 'given_up', attempts: 6, error: 'no such channel' })
  ]);
  const title = getByRole('button', { name: '1 notification sent · 1 waits · 1 given up' });
  assert.equal(title.getAttribute('aria-expanded'), 'false');

  fireEvent.click(title);

  const list = within(getByRole('list', { name: 'Notifications of this run' }));
  const [first, second, third] = list.getAllByRole('listitem').map(item => item.textContent ?? '');
  assert.match(first ?? '', /^team\/1failedsent /);
  assert.match(second ?? '', /^team\/2failednext try .*error=503$/);
  assert.equal(third, 'bosslategiven up after 6 triesno such channel');
});

test('what is to be sent is asked for again a moment later', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse(at(3)) });
  const notices = [aNotice({ state: 'waiting', attempts: 0 })];
  const { getByRole, client } = await shown(notices);
  getByRole('button', { name: '1 waits' });
  const asked = () => client.calls.filter(call => call.name === 'list_notices').length;
  const before = asked();
  notices[0] = aNotice();

  await settled(() => t.mock.timers.tick(3000));

  getByRole('button', { name: '1 notification sent' });
  assert.equal(asked(), before + 1);
  await settled(() => t.mock.timers.tick(120_000));
  assert.equal(asked(), before + 1);
});

test('of a run that tells nobody nothing is asked, and one that has told nobody yet says nothing', async () => {
  const quiet = await shown([aNotice()], false);
  assert.equal(quiet.client.calls.filter(call => call.name === 'list_notices').length, 0);
  quiet.unmount();

  const none = await shown([]);

  assert.equal(none.queryByText(/notification/), null);
});
