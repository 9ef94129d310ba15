import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphView } from '../api/wire.generated';
import { aGraph, aNode, aNodeRun, aRunView } from '../testing/builders';
import { failingRows, foundValues } from './facts';
import { graphLooks, graphModelOf } from './graphLooks';
import { chooseRun, chooseTab, FIRST_PANEL, openNode, tabFor, toggleGroup } from './panel';
import { showRun } from './run';
import { lookOf, stateCounts, type TreeRow, treeRows } from './tree';

const GRAPH: GraphView = {
  nodes: [aNode('load'), aNode('score', { kind: 'each', checks: ['check:score/range'] })],
  edges: [],
  checks: [{ name: 'check:score/range', node: 'score', check: 'range', severity: 'warn', cells: [] }]
};
const RUN = showRun(
  aRunView(
    [
      aNodeRun('load', 'succeeded'),
      aNodeRun('score', 'running'),
      aNodeRun('score[de]', 'succeeded', { parent: 'score' }),
      aNodeRun('score[fr]', 'failed', { parent: 'score' }),
      aNodeRun('check:score/range', 'failed', { severity: 'warn' })
    ],
    { graph: GRAPH }
  )
);
const none: ReadonlySet<string> = new Set();
const shown = (rows: readonly TreeRow[]) => rows.map(row => `${'  '.repeat(row.level - 1)}${row.label}`);

test('children and checks stand below their node, with the short of their names', () => {
  assert.deepEqual(shown(treeRows(GRAPH, RUN, none)), ['load', 'score', '  [de]', '  [fr]', '  range']);
  assert.deepEqual(shown(treeRows(GRAPH, null, none)), ['load', 'score', '  range']);
});

test('rows say where they stand, for screen readers', () => {
  const [, group, , second] = treeRows(GRAPH, RUN, none);

  assert.deepEqual([group?.kind, group?.hasChildren, group?.isOpen], ['group', true, true]);
  assert.deepEqual([second?.setIndex, second?.setSize, second?.parent], [2, 3, 'score']);
});

test('a closed group hides what is in it', () => {
  assert.deepEqual(shown(treeRows(GRAPH, RUN, new Set(['score']))), ['load', 'score']);
});

test('a filter shows what fits and the way to it, also in a closed group', () => {
  const closed = new Set(['score']);

  assert.deepEqual(shown(treeRows(GRAPH, RUN, closed, { words: 'FR', states: new Set() })), ['score', '  [fr]']);
  assert.deepEqual(shown(treeRows(GRAPH, RUN, closed, { words: '', states: new Set(['warned']) })), [
    'score',
    '  range'
  ]);
  assert.deepEqual(shown(treeRows(GRAPH, RUN, closed, { words: 'nothing', states: new Set() })), []);
});

test('a check passes or warns where a node succeeds or fails', () => {
  assert.equal(lookOf(aNodeRun('c', 'succeeded', { severity: 'error' })), 'passed');
  assert.equal(lookOf(aNodeRun('c', 'failed', { severity: 'warn' })), 'warned');
  assert.equal(lookOf(aNodeRun('c', 'failed', { severity: 'error' })), 'failed');
  assert.equal(lookOf(undefined), 'none');
  assert.deepEqual(Object.fromEntries(stateCounts(RUN)), { running: 1, succeeded: 2, warned: 1, failed: 1 });
});

test('the graph shows how far children and checks are', () => {
  const look = graphLooks(GRAPH, RUN, new Set(['score']), 0).get('score');

  assert.deepEqual(look?.progress, { done: 2, total: 2 });
  assert.deepEqual(look?.children, ['succeeded', 'failed']);
  assert.deepEqual(look?.checks, { passed: 0, failed: 0, warned: 1 });
  assert.equal(look?.isCritical, true);
  assert.equal(graphLooks(GRAPH, null, none, 0).size, 0);
  assert.equal(graphModelOf(aGraph('a > b')).edges[0]?.source, 'a');
});

test('a reused check counts in the graph as what it had been: passed', () => {
  const check = (name: string) => ({ name, node: 'load', check: name, severity: 'error' as const, cells: [] });
  const graph: GraphView = {
    nodes: [aNode('load', { checks: ['check:load/a', 'check:load/b'] })],
    edges: [],
    checks: [check('check:load/a'), check('check:load/b')]
  };
  const nodes = [
    aNodeRun('load', 'reused'),
    aNodeRun('check:load/a', 'reused', { severity: 'error' }),
    aNodeRun('check:load/b', 'succeeded', { severity: 'error' })
  ];

  const looks = graphLooks(graph, showRun(aRunView(nodes, { graph })), none, 0);

  assert.deepEqual(looks.get('load')?.checks, { passed: 2, failed: 0, warned: 0 });
});

test('going from node to node keeps the tab, and not the attempt', () => {
  const panel = openNode(chooseTab(openNode(FIRST_PANEL, 'load'), 'log', 2), 'score');

  assert.deepEqual([panel.node, panel.tab, panel.attempt], ['score', 'log', null]);
  assert.equal(chooseRun({ ...panel, attempt: 3 }, 'run-1').attempt, null);
  assert.deepEqual([...toggleGroup(toggleGroup(panel, 'a'), 'b').closed], ['a', 'b']);
  assert.equal(toggleGroup(toggleGroup(panel, 'a'), 'a').closed.size, 0);
});

test('the first tab answers the first question', () => {
  const all = () => true;

  assert.equal(tabFor(FIRST_PANEL, 'failed', all), 'error');
  assert.equal(tabFor(FIRST_PANEL, 'running', all), 'log');
  assert.equal(tabFor(FIRST_PANEL, 'succeeded', all), 'outputs');
  assert.equal(tabFor(FIRST_PANEL, 'pending', all), 'why');
  assert.equal(tabFor({ ...FIRST_PANEL, tab: 'checks' }, 'failed', all), 'checks');
  assert.equal(
    tabFor({ ...FIRST_PANEL, tab: 'checks' }, 'failed', tab => tab !== 'checks'),
    'error'
  );
});

test('facts of a check are read with care', () => {
  assert.deepEqual(failingRows({ failing_rows: { columns: ['x'], rows: [[1], 2], count: 9 } }), {
    columns: ['x'],
    rows: [[1], [2]],
    count: 9
  });
  for (const facts of [{}, { failing_rows: 3 }, { failing_rows: { rows: [] } }, { failing_rows: { rows: 'x' } }]) {
    assert.equal(failingRows(facts), null);
  }
  assert.deepEqual(foundValues({ values: { 'len(a)': '2' } }), [['len(a)', '2']]);
  assert.deepEqual(foundValues({ values: ['x'] }), []);
});
