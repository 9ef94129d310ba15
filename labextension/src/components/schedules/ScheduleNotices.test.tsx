import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, within } from '@testing-library/react';
import type { NoticeView } from '../../api/wire.generated';
import { aNotice, at } from '../../testing/builders';
import { aFire } from '../../testing/schedules';
import { ENGLISH } from '../../model/texts';
import { TextsProvider } from '../context';
import { ScheduleNotices } from './ScheduleNotices';

const FIRES = [aFire(at(0), { run_id: 'run-7' }), aFire(at(-60), { fate: 'missed', run_id: null, run_state: null })];

function show(notices: readonly NoticeView[], onOpenRun: (runId: string) => void = () => undefined) {
  return render(
    <TextsProvider texts={ENGLISH}>
      <ScheduleNotices notices={notices} fires={FIRES} onOpenRun={onOpenRun} onReload={() => undefined} />
    </TextsProvider>
  );
}

test('a schedule says whom its fires have told of what, with their runs, and what has become of the messages', () => {
  const opened: string[] = [];
  const { getByRole } = show(
    [
      aNotice({ run_id: 'run-7', event: 'failed' }),
      aNotice({
        run_id: 'run-7',
        event: 'late',
        receiver: 'boss',
        state: 'given_up',
        attempts: 6,
        error: 'no such channel'
      }),
      aNotice({ run_id: null, fire_time: at(-60), event: 'missed', state: 'waiting' })
    ],
    runId => opened.push(runId)
  );

  const list = within(getByRole('list', { name: 'Notifications of this schedule' }));
  const [failed, late, missed] = list.getAllByRole('listitem');
  const [ofRun, ofMissed] = FIRES.map(fire => fire.told);
  assert.match(failed?.textContent ?? '', new RegExp(`^teamfailedsent .*${ofRun}$`));
  assert.match(late?.textContent ?? '', /^bosslategiven up after 6 tries.*no such channel$/);
  assert.match(missed?.textContent ?? '', new RegExp(`^teammissedis to be sent${ofMissed}$`));
  assert.equal(within(missed!).queryByRole('button'), null);

  fireEvent.click(within(failed!).getByRole('button', { name: `Show the run of ${ofRun}` }));
  assert.deepEqual(opened, ['run-7']);
});

test('a schedule whose fires have told nobody has no list of notifications', () => {
  assert.equal(show([]).container.textContent, '');
});
