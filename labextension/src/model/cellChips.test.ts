import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellView, NodeRunView, Preview } from '../api/wire.generated';
import { aNodeRun, aPreview as previewOf } from '../testing/builders';
import { cellView } from '../testing/cells';
import { chipsOf } from './cellChips';

const node = (name: string, view: Partial<CellView> = {}): Partial<CellView> => ({ role: 'node', node: name, ...view });
const check = (name: string, view: Partial<CellView> = {}): Partial<CellView> => ({
  role: 'check',
  node: 'clean',
  check: `check:clean/${name}`,
  is_first: true,
  ...view
});

/** The chips of cells with the ids 0, 1, ..., in order. */
function chips(
  cells: readonly Partial<CellView>[],
  more: Partial<Preview> = {},
  ...runs: [name: string, fields?: Partial<NodeRunView>][]
) {
  const preview = previewOf({ cells: cells.map((cell, index) => cellView(index, cell)), ...more });
  const found = chipsOf(
    preview,
    runs.length > 0
      ? {
          nodes: runs.map(([name, fields]) => aNodeRun(name, 'pending', { attempt: 1, reason: '', ...fields })),
          edited: ['edited']
        }
      : null
  );
  return preview.cells.map(cell => found.get(cell.id) ?? null);
}

test('the first cell of a node has a chip, those that go on with it only the bar', () => {
  const [first, second] = chips([node('clean', { is_first: true }), node('clean')]);

  assert.equal(first?.head, 'full');
  assert.equal(first.label, 'clean');
  assert.equal(first.state, 'none');
  assert.equal(second?.head, 'none');
  assert.equal(second.node, 'clean');
});

test('the bar goes on as long as cells of one node follow each other, and ends at a text', () => {
  const cells = [node('a', { is_first: true }), node('a'), node('a'), { role: 'text' as const }, node('a')];

  assert.deepEqual(
    chips(cells).map(chip => chip?.place),
    ['first', 'middle', 'last', undefined, 'only']
  );
});

test('what goes on after a text needs no name, what goes on after another node does', () => {
  const cells = [
    node('a', { is_first: true }),
    { role: 'text' as const },
    node('a'),
    node('b', { is_first: true }),
    node('a')
  ];

  assert.deepEqual(
    chips(cells).map(chip => chip?.head),
    ['full', undefined, 'none', 'full', 'quiet']
  );
});

test('setup, parameters and cells left out are quiet, and belong to no run', () => {
  const roles = ['setup', 'parameters', 'skip'] as const;
  const shown = chips([...roles.map(role => ({ role, is_first: true })), node('a', { is_first: true })]).slice(0, 3);

  assert.deepEqual(
    shown.map(chip => [chip?.kind, chip?.head, chip?.node]),
    roles.map(role => [role, 'quiet', null])
  );
});

test('a notebook without nodes shows only what has tags of ours', () => {
  const tag = { text: 'setup', key: 'setup', value: '', problem: null };
  const shown = chips(
    [
      { role: 'setup', is_first: true },
      { role: 'setup', tags: [tag] }
    ],
    { is_pipeline: false }
  );

  assert.equal(shown[0], null);
  assert.equal(shown[1]?.kind, 'setup');
});

test('a node shows how its run is, and why', () => {
  const [chip] = chips([node('a', { is_first: true })], {}, [
    'a',
    {
      state: 'failed',
      attempt: 3,
      reason: 'it failed',
      started_at: '2026-01-01T00:00:00Z',
      error: error('KeyError', 'x')
    }
  ]);

  assert.equal(chip?.state, 'failed');
  assert.equal(chip.attempt, 3);
  assert.equal(chip.reason, 'it failed\nKeyError: x');
  assert.equal(chip.canRetry, true);
});

test('what its upstream keeps from running is not retried by itself', () => {
  const [chip] = chips([node('a', { is_first: true })], {}, ['a', { state: 'upstream_failed' }]);

  assert.equal(chip?.canRetry, false);
});

test('a check passes, fails, or warns', () => {
  const graph = {
    nodes: [],
    edges: [],
    checks: (['error', 'error', 'warn'] as const).map((severity, at) => ({
      name: `check:clean/${at}`,
      node: 'clean',
      check: String(at),
      severity,
      cells: []
    }))
  };
  const [passed, failed, warned] = chips(
    [check('0'), check('1'), check('2')],
    { graph },
    ['check:clean/0', { state: 'succeeded' }],
    ['check:clean/1', { state: 'failed' }],
    ['check:clean/2', { state: 'failed' }]
  );

  assert.deepEqual([passed?.state, failed?.state, warned?.state], ['passed', 'failed', 'warned']);
  assert.equal(warned?.isWarning, true);
  assert.equal(failed?.checks, 'clean');
});

test('a node for each element says how many are done, without its checks', () => {
  const [chip] = chips(
    [node('a', { is_first: true })],
    {},
    ['a', { state: 'running' }],
    ['a[x]', { state: 'succeeded', parent: 'a' }],
    ['a[y]', { state: 'running', parent: 'a' }],
    ['check:a/ok', { state: 'pending', parent: 'a', severity: 'error' }]
  );

  assert.deepEqual(chip?.progress, [1, 2]);
});

test('a node whose cells differ from those that ran says so', () => {
  const [edited] = chips([node('edited', { is_first: true })], {}, ['edited', { state: 'succeeded' }]);
  const [other] = chips([node('a', { is_first: true })], {}, ['a', { state: 'succeeded' }]);

  assert.equal(edited?.isEdited, true);
  assert.equal(other?.isEdited, false);
});

function error(ename: string, evalue: string) {
  return { cause: 'exception' as const, ename, evalue, cell_id: null, line: null };
}
