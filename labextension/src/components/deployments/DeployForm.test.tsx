import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fireEvent, render } from '@testing-library/react';
import type { Refusal } from '../../api/wire.generated';
import type { DeployDraft } from '../../model/deployments';
import { ENGLISH } from '../../model/texts';
import { DeployForm } from './DeployForm';

const REFUSAL: Refusal = {
  code: 'another_notebook',
  message: 'of another notebook',
  where: 'here',
  hint: '--takeover'
};
const INITIAL: DeployDraft = { environment: 'prod', name: 'sales', test: false, typed: {}, takeover: false };

function form() {
  const told: (DeployDraft | null)[] = [];
  const element = (refusal: Refusal | null) => (
    <DeployForm
      texts={ENGLISH}
      initial={INITIAL}
      fields={[]}
      environments={['prod']}
      refusal={refusal}
      onDraft={draft => void told.push(draft)}
    />
  );
  const shown = render(element(null));
  return { ...shown, told, refuse: (why: Refusal | null) => shown.rerender(element(why)) };
}

test('a takeover is offered where the deployment is of another notebook, and nowhere else', () => {
  const { queryByRole, getByRole, refuse, told } = form();
  refuse({ ...REFUSAL, code: 'policy' });
  assert.equal(queryByRole('checkbox', { name: 'Take over the deployment' }), null);
  refuse(REFUSAL);
  const said = getByRole('alert').textContent ?? '';
  assert.match(said, /Of another notebook\..*here.*project = "NAME"/);
  assert.doesNotMatch(said, /--takeover/);

  fireEvent.click(getByRole('checkbox', { name: 'Take over the deployment' }));
  refuse(null); // on its way

  assert.equal((getByRole('checkbox', { name: 'Take over the deployment' }) as HTMLInputElement).checked, true);
  assert.equal(told.at(-1)?.takeover, true);
});

test('a takeover is of the deployment that was named, in the environment that was named', () => {
  const { getByRole, getByLabelText, refuse, told } = form();
  refuse(REFUSAL);
  for (const label of ['Name', 'Environment']) {
    fireEvent.click(getByRole('checkbox', { name: 'Take over the deployment' }));
    assert.equal(told.at(-1)?.takeover, true);
    fireEvent.change(getByLabelText(label), { target: { value: 'stock' } });
    assert.equal(told.at(-1)?.takeover, false);
  }
});
