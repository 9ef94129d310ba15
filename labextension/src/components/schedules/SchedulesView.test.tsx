import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render, waitFor, within } from '@testing-library/react';
import type { BackfillRequest, ScheduleView } from '../../api/wire.generated';
import { aHost, aRun, aRunView, at } from '../../testing/builders';
import { type Answers, FakeClient } from '../../testing/fakeClient';
import { aFire, aNextFire, aPolicy, aSchedule, SERVED, UNSERVED } from '../../testing/schedules';
import { settled } from '../../testing/view';
import type { Host } from '../host';
import { createPlace } from '../place';
import { StoreView } from '../StoreView';

const NOTE = '02:30 does not exist: clocks go from 02:00 to 03:00';
const NIGHTLY = aSchedule('nightly', {
  next: [aNextFire(at(3600), { note: NOTE })],
  next_at: at(3600),
  fires: [
    aFire(at(0), { run_id: 'run-7', run_state: 'failed' }),
    aFire(at(-60), { fate: 'missed', run_id: null, run_state: null, reason: 'it was `3 h` late', count: 4 })
  ]
});
const REPORT = aSchedule('report', {
  state: 'paused',
  paused_at: at(0),
  trigger: 'every 15m',
  told: 'Every 15 minutes'
});

interface Options {
  readonly answers?: Answers;
  readonly host?: Partial<Host>;
  readonly open?: string;
  readonly services?: typeof SERVED;
  readonly schedules?: readonly ScheduleView[];
}

async function show(options: Options = {}) {
  const schedules = [...(options.schedules ?? [NIGHTLY, REPORT])];
  const services = options.services ?? SERVED;
  const client = new FakeClient(
    {
      get_schedule: ({ schedule }) => ({
        schedule: schedules.find(one => one.name === schedule) ?? NIGHTLY,
        polls: [],
        notices: [],
        has_more: false,
        services
      }),
      ...options.answers
    },
    ({ request, tell }) => {
      if (request.op === 'watch_schedules') {
        tell({ kind: 'schedules', id: '1', schedules, names: schedules.map(one => one.name), services });
      }
    }
  );
  const place = createPlace();
  place.update(state => ({ ...state, tab: 'schedules', schedule: options.open ?? null }));
  const shown = render(<StoreView client={client} host={aHost(options.host)} place={place} />);
  await shown.findAllByText(/nightly|Nothing is scheduled/);
  await settled();
  return { ...shown, client, place };
}

test('each schedule says when it runs, how it went, and whether it is paused', async () => {
  const { getAllByRole } = await show();

  const [nightly, report] = getAllByRole('listitem').map(item => item.textContent);

  assert.match(nightly ?? '', /nightly.*At 06:00 on Monday through Friday, UTC.*flights.ipynb.*missed ×4.*failed/);
  assert.match(report ?? '', /report.*paused.*Every 15 minutes.*has not fired yet/);
});

test('that nobody starts what is due is told, with what to do', async () => {
  const { getByText } = await show({ services: UNSERVED });

  getByText('jupyter dataops scheduler');
  getByText('DataOpsServerApp.run_scheduler = True');
});

test('a schedule is paused, resumed and run from its row; a refusal is shown', async () => {
  const { client, getByRole, findByText } = await show({ answers: { pause_schedule: () => NIGHTLY } });

  fireEvent.click(getByRole('button', { name: 'Pause nightly' }));
  await settled();
  fireEvent.click(getByRole('button', { name: 'Resume report' }));

  await findByText('resume_schedule is not answered here.');
  assert.deepEqual(client.calls, [
    { name: 'pause_schedule', request: { schedule: 'nightly' } },
    { name: 'resume_schedule', request: { schedule: 'report' } }
  ]);
});

test('whoever may only look sees no buttons that change anything', async () => {
  const { getAllByRole, queryByRole } = await show({
    open: 'nightly',
    host: { isReadOnly: true, scheduleNotebook: () => undefined, editSchedule: () => Promise.resolve() }
  });

  const names = getAllByRole('button').map(button => button.getAttribute('aria-label') ?? button.textContent);
  assert.deepEqual(names, ['All schedules']);
  assert.equal(queryByRole('group', { name: 'Actions on the schedule' }), null);
});

test('a schedule opens to its fires with reasons and runs, and to the next ones with what clocks do', async () => {
  const opened: string[] = [];
  const { getByRole, client } = await show({
    open: 'nightly',
    host: { openRun: run => opened.push(run.run_id) },
    answers: { get_run: ({ run_id }) => aRunView([], { run: aRun(run_id) }) }
  });

  const fires = within(getByRole('list', { name: 'Fires' }));
  fires.getByText('missed ×4');
  fires.getByText('3 h');
  within(getByRole('list', { name: 'Next fires' })).getByText(NOTE);
  fireEvent.click(fires.getByRole('button', { name: /^Show the run of/ }));
  await settled();

  assert.deepEqual(opened, ['run-7']);
  assert.deepEqual(client.calls.at(-1), { name: 'get_run', request: { run_id: 'run-7' } });
});

test('a schedule that a deployed version describes says whose it is', async () => {
  const { getByText } = await show({ open: 'nightly', schedules: [{ ...NIGHTLY, deployment: 'flights' }] });

  getByText('flights: its next version undoes what is changed here');
});

test('what a schedule does when time goes wrong, and between which times it fires, is said in words', async () => {
  const policy = aPolicy({
    overlap: 'buffer_one',
    catchup: 'all',
    catchup_max: 12,
    misfire_grace_s: 600,
    jitter_s: 90,
    starts_at: '2026-12-01T05:00:00Z',
    ends_at: '2027-07-01T04:00:00Z',
    max_runs: 5
  });
  const { container } = await show({
    open: 'nightly',
    schedules: [aSchedule('nightly', { policy, zone: 'Europe/Berlin' })]
  });

  const facts = [...container.querySelectorAll('dl > div')].map(
    fact => [fact.querySelector('dt')?.textContent ?? '', fact.querySelector('dd')?.textContent ?? ''] as const
  );

  const said = Object.fromEntries(facts);
  assert.match(said['Not before'] ?? '', /^Tue, Dec 1, 2026, .*6:00/);
  assert.match(said['Until'] ?? '', /^Thu, Jul 1, 2027, .*6:00/);
  assert.equal(said['At most'], '5 runs');
  assert.equal(said['Jitter'], 'up to 90s');
  assert.equal(said['While one runs'], 'One waits, further ones are skipped');
  assert.equal(said['Catch up'], 'all of them, up to 12');
  assert.equal(said['Missed after'], '10m');
});

test('a schedule is removed once the user agrees, and its page goes with it', async () => {
  const asked: string[] = [];
  const { getByRole, client, queryByRole, findByRole } = await show({
    open: 'nightly',
    host: { agree: title => Promise.resolve(asked.push(title) > 1) },
    answers: { remove_schedule: ({ schedule }) => ({ name: schedule }) }
  });

  fireEvent.click(getByRole('button', { name: 'Remove nightly' }));
  await settled();
  assert.equal(client.calls.filter(call => call.name === 'remove_schedule').length, 0);
  fireEvent.click(getByRole('button', { name: 'Remove nightly' }));
  await settled();
  client.tell('watch_schedules', { kind: 'schedules', schedules: [], names: ['report'], services: SERVED });

  await findByRole('button', { name: /^report/ });
  assert.equal(queryByRole('heading', { name: 'nightly' }), null);
  assert.deepEqual(asked, ['Remove the schedule nightly?', 'Remove the schedule nightly?']);
});

test('a backfill says what it would run before it starts, and starts just that', async () => {
  const plan = {
    schedule: 'nightly',
    batch: null,
    told: '2 runs, one at a time',
    wanted: 2,
    fires: [aFire(at(0)), aFire(at(60))],
    left_out: 0,
    left_out_fires: [],
    is_served: false
  };
  const { getByRole, findByRole, getByText, client, queryByRole } = await show({
    open: 'nightly',
    answers: { plan_backfill: () => plan, backfill: () => ({ ...plan, batch: 'b-1' }) }
  });
  fireEvent.click(getByRole('button', { name: 'Backfill' }));
  fireEvent.click(getByRole('checkbox', { name: 'Latest first' }));

  const start = await findByRole('button', { name: 'Start 2 runs' });
  getByText('They wait until a scheduler runs.');
  fireEvent.click(start);
  await settled();

  const planned = client.calls.filter(call => call.name === 'plan_backfill').at(-1);
  assert.deepEqual(client.calls.find(call => call.name === 'backfill')?.request, planned?.request);
  assert.equal((planned?.request as { reverse: boolean }).reverse, true);
  assert.equal(queryByRole('form'), null);
});

test('the range of a backfill is read by the clocks of the zone of the schedule, which it names', async () => {
  const { getByRole, getByLabelText, getByText, client } = await show({
    open: 'nightly',
    schedules: [{ ...NIGHTLY, zone: 'Asia/Tokyo' }],
    answers: { plan_backfill: () => new Promise(() => undefined) }
  });
  fireEvent.click(getByRole('button', { name: 'Backfill' }));
  fireEvent.change(getByLabelText('From'), { target: { value: '2026-01-02T06:00' } });
  fireEvent.change(getByLabelText('Until'), { target: { value: '2026-01-03T06:00' } });

  getByText('By the clocks of Asia/Tokyo.');
  await waitFor(() => {
    const { since, until } = client.calls.filter(call => call.name === 'plan_backfill').at(-1)
      ?.request as BackfillRequest;
    assert.deepEqual([since, until], ['2026-01-01T21:00:00.000Z', '2026-01-02T21:00:00.000Z']);
  });
});

test('where nothing is scheduled, it is said how that is done', async () => {
  let asked = 0;
  const { getByRole } = await show({ schedules: [], host: { scheduleNotebook: () => void (asked += 1) } });

  fireEvent.click(getByRole('button', { name: 'Schedule notebook…' }));

  assert.equal(asked, 1);
});
