import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render } from '@testing-library/react';
import { OperationError } from '../../api/client';
import { ENGLISH } from '../../model/texts';
import { aHost } from '../../testing/builders';
import { aDeployment, aLive, aMove, aRollback, aVersion } from '../../testing/deployments';
import { type Answers, FakeClient } from '../../testing/fakeClient';
import { settled } from '../../testing/view';
import { TextsProvider } from '../context';
import type { Host } from '../host';
import { RefusalNotice } from '../ui/Notice';
import { useActing } from '../useActing';
import { LiveEnvironments } from './LiveEnvironments';

const LIVE = aLive('prod', 3, { back_to: 2 });
const DETAIL = aDeployment({
  versions: [aVersion(3, { live: ['prod'] }), aVersion(2), aVersion(1)],
  live: [LIVE],
  moves: [LIVE, aMove('prod', 2), aMove('prod', 1)]
});

function Shown({ client, host }: { client: FakeClient; host: Host }) {
  const acting = useActing();
  return (
    <TextsProvider texts={ENGLISH}>
      {acting.refusal ? <RefusalNotice refusal={acting.refusal} /> : null}
      <LiveEnvironments {...{ client, host, acting }} detail={DETAIL} environments={[]} onChange={() => undefined} />
    </TextsProvider>
  );
}

/** The form to roll back is open. */
function rollingBack(answers: Answers, agree: NonNullable<Host['agree']>) {
  const client = new FakeClient(answers);
  const shown = render(<Shown client={client} host={aHost({ agree })} />);
  fireEvent.click(shown.getByRole('button', { name: 'Roll back' }));
  return { ...shown, client };
}

test('whoever rolls back is warned before, and of the version that is chosen', async () => {
  const warnings: unknown[] = [];
  const { getByRole, client } = rollingBack(
    {
      plan_rollback: ({ to }) =>
        aRollback(Number(to), to === '1' ? ['runs of flights@1 will be refused:\n  DP001'] : [])
    },
    (_title, _body, _action, warning) => Promise.resolve(warnings.push(warning) === 0)
  );
  for (const to of ['2', '1']) {
    fireEvent.change(getByRole('combobox', { name: 'Back to' }), { target: { value: to } });
    fireEvent.click(getByRole('button', { name: 'Roll back…' }));
    await settled();
  }

  assert.deepEqual(warnings, ['', 'Runs of flights@1 will be refused:\n  DP001.']);
  assert.ok(client.calls.every(({ name }) => name === 'plan_rollback'));
});

test('what cannot be gone back to is refused before anything is asked', async () => {
  const refusal = { code: 'artifact_missing', message: 'flights@2 is not there', where: '', hint: '' };
  const { getByRole, findByRole } = rollingBack(
    {
      plan_rollback: () => {
        throw new OperationError(refusal, 404);
      }
    },
    () => assert.fail('asked')
  );
  fireEvent.click(getByRole('button', { name: 'Roll back…' }));

  assert.match((await findByRole('alert')).textContent ?? '', /flights@2 is not there/);
});
