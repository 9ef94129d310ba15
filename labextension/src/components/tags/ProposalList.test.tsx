import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act, render } from '@testing-library/react';
import { ENGLISH as texts } from '../../model/texts';
import { type Proposal, ProposalList } from './ProposalList';

const PROPOSALS: Proposal[] = ['a', 'b', 'c'].map((name, at) => ({
  cell_id: name,
  cell_index: at,
  before: at === 0 ? ['hide-input'] : [],
  after: at === 0 ? ['hide-input', 'setup'] : [`node:${name}`],
  reason: 'it begins a section',
  source: 'one = 1\n\ntwo = 2\nthree = 3\nfour = 4'
}));

function list() {
  let chosen: readonly Proposal[] = [];
  const view = render(
    <ProposalList
      texts={texts}
      proposals={PROPOSALS}
      onChosen={now => {
        chosen = now;
      }}
    />
  );
  const boxes = () => view.getAllByRole('checkbox') as HTMLInputElement[];
  return { ...view, boxes, names: () => chosen.map(({ cell_id }) => cell_id) };
}

test('everything is taken at first, and what is not wanted is left', () => {
  const { boxes, names, getByText } = list();

  assert.deepEqual(names(), ['a', 'b', 'c']);
  act(() => boxes()[2]?.click());

  assert.deepEqual(names(), ['a', 'c']);
  assert.ok(getByText('2 of 3 chosen'));
  assert.equal(boxes()[0]?.indeterminate, true);
});

test('all can be left and taken at once', () => {
  const { boxes, names } = list();

  act(() => boxes()[0]?.click());
  assert.deepEqual(names(), []);
  act(() => boxes()[0]?.click());

  assert.deepEqual(names(), ['a', 'b', 'c']);
});

test('a proposal shows its reason, its first lines, and which tag is new', () => {
  const { container, getAllByText } = list();

  assert.equal(getAllByText('It begins a section.').length, 3);
  assert.equal(container.querySelector('.jp-dataops-proposal-source')?.textContent, 'one = 1\ntwo = 2\nthree = 3\n…');
  assert.deepEqual(
    Array.from(container.querySelectorAll('[data-new=true]'), tag => tag.textContent),
    ['setup', 'node:b', 'node:c']
  );
});
