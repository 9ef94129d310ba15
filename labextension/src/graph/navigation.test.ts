import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineGraph } from '../testing/graphs';
import { gridLayout } from './grid';
import { neighbour, type Arrow, type Terrain } from './navigation';
import { topologyOf } from './topology';

const SIZE = { width: 100, height: 40 };

/**
 *     0 -> 1 -> 3
 *       \> 2 -> 3      4 stands alone
 */
function terrain(direction: 'LR' | 'TB'): Terrain {
  const at = (along: number, across: number): { x: number; y: number } =>
    direction === 'LR' ? { x: along * 200, y: across * 100 } : { x: across * 200, y: along * 100 };
  const places = [at(0, 0), at(1, -0.5), at(1, 0.6), at(2, 0), at(0, 1)];
  const edges = ['0>1', '0>2', '1>3', '2>3'].map(pair => pair.split('>') as [string, string]);
  return {
    topology: topologyOf({
      nodes: ['0', '1', '2', '3', '4'].map(id => ({ id, label: id, kind: 'node' })),
      edges: edges.map(([source, target]) => ({ source, target, names: [], kind: 'data' }))
    }),
    nodes: places.map(place => ({ ...place, ...SIZE })),
    direction
  };
}

const CASES: readonly [from: number, arrow: Arrow, cameFrom: number | null, to: number, why: string][] = [
  [0, 'ArrowRight', null, 1, 'the straightest of the nodes downstream'],
  [0, 'ArrowRight', 2, 2, 'back to where the user came from'],
  [3, 'ArrowLeft', 2, 2, 'upstream, where the user came from'],
  [3, 'ArrowLeft', null, 1, 'upstream'],
  [1, 'ArrowDown', null, 2, 'the next one beside'],
  [2, 'ArrowUp', null, 1, 'the one before'],
  [1, 'ArrowUp', null, 1, 'nothing there'],
  [0, 'ArrowDown', null, 4, 'a node without edges'],
  [4, 'ArrowRight', null, 2, 'no edge: the nearest on that side'],
  [0, 'ArrowLeft', null, 0, 'the first']
];

for (const [from, arrow, cameFrom, to, why] of CASES) {
  test(`from left to right, ${arrow} at ${from} leads to ${to}: ${why}`, () => {
    assert.equal(neighbour(terrain('LR'), from, arrow, cameFrom), to);
  });
}

test('arrows turn with the graph', () => {
  assert.equal(neighbour(terrain('TB'), 0, 'ArrowDown', null), 1);
  assert.equal(neighbour(terrain('TB'), 1, 'ArrowRight', null), 2);
  assert.equal(neighbour(terrain('TB'), 3, 'ArrowUp', null), 1);
});

test('arrows lead to every node', () => {
  const topology = topologyOf(pipelineGraph(150));
  const { nodes } = gridLayout(
    topology,
    Array.from({ length: 150 }, () => SIZE),
    'LR'
  );
  const reached = new Set([0]);
  for (const from of reached) {
    for (const arrow of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const) {
      for (const cameFrom of [null, ...topology.outgoing[from]!, ...topology.incoming[from]!]) {
        reached.add(neighbour({ topology, nodes, direction: 'LR' }, from, arrow, cameFrom));
      }
    }
  }
  assert.equal(reached.size, 150);
});
