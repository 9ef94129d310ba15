import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, waitFor } from '@testing-library/react';
import type { Refusal, TriggerReading, TriggerRequest } from '../../api/wire.generated';
import { fieldOf } from '../../model/parameters';
import { newDraft, type ScheduleDraft } from '../../model/scheduleForm';
import { ENGLISH } from '../../model/texts';
import { triggerOf } from '../../model/triggers';
import { aParameter } from '../../testing/builders';
import { FakeClient } from '../../testing/fakeClient';
import { aReading } from '../../testing/schedules';
import { ScheduleForm } from './ScheduleForm';

function read({ trigger, zone }: TriggerRequest) {
  const problem = { code: 'invalid_schedule', where: trigger, start: 0, end: 3 };
  return /^[\d*]/.test(trigger)
    ? aReading({ trigger: `${trigger} tz=${zone} gap=skip`, told: `${trigger} in ${zone}` })
    : aReading({ told: '', problem: { ...problem, message: `\`${trigger}\` is no trigger`, hint: 'try every 15m' } });
}

function form(refusal: Refusal | null = null, reading: (request: TriggerRequest) => TriggerReading = read) {
  const client = new FakeClient({ preview_trigger: reading });
  const told: (ScheduleDraft | null)[] = [];
  const onDraft = (draft: ScheduleDraft | null) => void told.push(draft);
  const element = (shown: Refusal | null) => (
    <ScheduleForm
      client={client}
      texts={ENGLISH}
      initial={newDraft('nightly', 'Europe/Berlin')}
      fields={[fieldOf(aParameter('rows', 10))]}
      environments={['prod']}
      isNew
      refusal={shown}
      onDraft={onDraft}
    />
  );
  const shown = render(element(refusal));
  return { ...shown, client, told, refuse: (why: Refusal) => shown.rerender(element(why)) };
}

test('what is chosen is read by Python a moment later, and can be taken from then on', async () => {
  const { getByLabelText, findByText, told, client } = form();
  assert.equal(told.at(-1), null);

  fireEvent.change(getByLabelText('Runs'), { target: { value: 'week' } });
  fireEvent.change(getByLabelText('Day of the week'), { target: { value: 'FRI' } });
  fireEvent.change(getByLabelText('Time of day'), { target: { value: '18:30' } });

  await findByText('30 18 * * FRI in Europe/Berlin.');
  await waitFor(() => assert.ok(told.at(-1)));
  const draft = told.at(-1);
  assert.equal(draft && triggerOf(draft.when), '30 18 * * FRI');
  // Three changes in a row are one question.
  assert.ok(client.calls.length <= 2);
});

test('that nobody has published what a trigger waits for is told before it is taken, and does not keep it back', async () => {
  const note = "no run has published an asset 'sale' yet; the schedule waits until one does";
  const told = 'When asset sale has a new version';
  const {
    getByLabelText,
    findByText,
    told: drafts
  } = form(null, () => aReading({ told, next: [], waits: [told], notes: [note] }));
  fireEvent.change(getByLabelText('Runs'), { target: { value: 'custom' } });
  fireEvent.change(getByLabelText('Trigger'), { target: { value: 'asset sale' } });

  await findByText("No run has published an asset 'sale' yet; the schedule waits until one does.");
  await waitFor(() => assert.ok(drafts.at(-1)));
});

test('a trigger that cannot be read is told at its field, and is not taken', async () => {
  const { getByLabelText, findByText, told } = form();
  fireEvent.change(getByLabelText('Runs'), { target: { value: 'custom' } });
  const trigger = getByLabelText('Trigger');
  assert.equal((trigger as HTMLInputElement).value, '0 6 * * *');

  fireEvent.change(trigger, { target: { value: 'now' } });

  await findByText(/is no trigger. Try every 15m./);
  assert.equal(trigger.getAttribute('aria-invalid'), 'true');
  assert.equal(told.at(-1), null);
});

test('what the server refuses is told at its field until something is changed', async () => {
  const { getByLabelText, getByText, queryByText, findByText, refuse } = form();
  await findByText(/^0 6/, { selector: '[role=status]' });

  refuse({ code: 'schedule_exists', message: "there is a schedule 'nightly'", where: '', hint: 'take another name' });
  getByText("There is a schedule 'nightly'. Take another name.");
  const name = getByLabelText('Name');
  assert.equal(name.getAttribute('aria-invalid'), 'true');
  fireEvent.change(name, { target: { value: 'nightly-2' } });

  await waitFor(() => assert.equal(queryByText(/There is a schedule/), null));
});

test('a version that is live nowhere said is asked for its environment, where it can be seen', async () => {
  const { getByRole, getByText, getByLabelText } = form();
  fireEvent.click(getByRole('button', { name: /^Environment/ }));
  fireEvent.click(getByRole('checkbox', { name: 'Run the deployed version' }));

  getByText('Say in which environment the version is live.');
  fireEvent.change(getByLabelText('Environment'), { target: { value: 'prod' } });

  await waitFor(() => assert.equal(getByLabelText('Environment').getAttribute('aria-invalid'), 'false'));
});

test('limits are typed as times of the zone, told as what they mean, and the fires shown lie between them', async () => {
  const { getByRole, getByLabelText, getByText, findByText, told, client } = form();
  fireEvent.click(getByRole('button', { name: /^Limits/ }));
  const [starts, ends] = [getByLabelText('Not before'), getByLabelText('Until')];
  getByText('By the clocks of Europe/Berlin; empty: from now on.');

  fireEvent.change(starts, { target: { value: '2190-07-01T06:00' } });
  fireEvent.change(ends, { target: { value: '2190-07-01T06:00' } });
  getByText('This is not after the beginning.');
  assert.equal(ends.getAttribute('aria-invalid'), 'true');
  fireEvent.change(ends, { target: { value: '2190-08-01T06:00' } });
  getByText(/^Thu, Jul 1, 2190, .*6:00/);

  await waitFor(() => assert.notEqual(told.at(-1), null));
  const asked = client.calls.at(-1)?.request as TriggerRequest;
  assert.equal(asked.after, '2190-07-01T03:59:59.999Z');
  await findByText(/^0 6/, { selector: '[role=status]' });
});

test('what a policy says is wrong at its field, which is shown', async () => {
  const { getByRole, getByLabelText, getByText, findByText, told } = form();
  await findByText(/^0 6/, { selector: '[role=status]' });
  fireEvent.click(getByRole('button', { name: /^More/ }));
  fireEvent.change(getByLabelText('Jitter'), { target: { value: '30' } });
  getByText('A duration is needed, such as 30s, 10m, 1h or 1d.');
  fireEvent.click(getByRole('button', { name: /^Limits/ }));
  fireEvent.change(getByLabelText('At most'), { target: { value: 'few' } });
  getByText('A whole number from 1 on is needed, or nothing.');

  // It cannot be folded away while something in it is wrong.
  fireEvent.click(getByRole('button', { name: /^Limits/ }));
  assert.equal(getByRole('button', { name: /^Limits/ }).getAttribute('aria-expanded'), 'true');
  assert.equal(told.at(-1), null);
});
