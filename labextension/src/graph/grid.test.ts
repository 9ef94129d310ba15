import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainGraph, denseGraph, numbersFrom, pipelineGraph, starGraph } from '../testing/graphs';
import type { Geometry, Size } from './geometry';
import { gridLayout } from './grid';
import type { Direction, GraphModel } from './model';
import { layersOf, topologyOf } from './topology';

function sizesFor(count: number): Size[] {
  const random = numbersFrom(count + 1);
  return Array.from({ length: count }, () => ({ width: 148 + 100 * random(), height: random() < 0.2 ? 59 : 46 }));
}

function overlapping({ nodes }: Geometry): [number, number][] {
  const found: [number, number][] = [];
  nodes.forEach((one, place) => {
    nodes.slice(place + 1).forEach((other, after) => {
      const isBeside = one.x + one.width <= other.x || other.x + other.width <= one.x;
      const isBelow = one.y + one.height <= other.y || other.y + other.height <= one.y;
      if (!isBeside && !isBelow) {
        found.push([place, place + 1 + after]);
      }
    });
  });
  return found;
}

const GRAPHS: Readonly<Record<string, GraphModel>> = {
  pipeline: pipelineGraph(120),
  dense: denseGraph(80, 8),
  star: starGraph(150),
  chain: chainGraph(60),
  'one node': chainGraph(1),
  nothing: { nodes: [], edges: [] }
};

for (const [name, model] of Object.entries(GRAPHS)) {
  for (const direction of ['LR', 'TB'] as Direction[]) {
    test(`${name}, ${direction}: no overlaps, edges go on, everything within the bounds`, () => {
      const topology = topologyOf(model);
      const geometry = gridLayout(topology, sizesFor(topology.size), direction);

      assert.deepEqual(overlapping(geometry), []);
      for (const { source, target } of topology.links) {
        const [from, to] = [geometry.nodes[source]!, geometry.nodes[target]!];
        assert.ok(direction === 'LR' ? from.x + from.width < to.x : from.y + from.height < to.y);
      }
      for (const { x, y, width, height } of geometry.nodes) {
        assert.ok(x >= 0 && y >= 0 && x + width <= geometry.width + 1e-6 && y + height <= geometry.height + 1e-6);
      }
      assert.equal(geometry.curves.length, topology.links.length);
    });
  }
}

test('nodes of a cycle get places', () => {
  const model = chainGraph(5);
  const closing = { ...model.edges[0]!, source: 'n4', target: 'n0' };
  const geometry = gridLayout(topologyOf({ ...model, edges: [...model.edges, closing] }), sizesFor(5), 'TB');

  assert.deepEqual(overlapping(geometry), []);
});

test('a long layer is broken into rows, and a chain of 10,000 nodes is no problem', () => {
  const star = topologyOf(starGraph(2000));
  const { width, height } = gridLayout(star, sizesFor(2000), 'LR');
  assert.ok(Math.max(width / height, height / width) < 6);

  const chain = topologyOf(chainGraph(10_000));
  assert.equal(gridLayout(chain, sizesFor(10_000), 'LR').nodes.length, 10_000);
  assert.equal(Math.max(...layersOf(chain)), 9999);
});
