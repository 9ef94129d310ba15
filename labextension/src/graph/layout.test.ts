import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainGraph, denseGraph, pipelineGraph } from '../testing/graphs';
import { toDot } from './dot';
import { layoutOf, type Layout } from './layout';
import { LayoutError, type LayoutEngine, type LayoutFailure } from './layoutService';
import { layout } from './layoutWorker';
import type { GraphModel } from './model';
import { topologyOf } from './topology';

const GRAPHVIZ: LayoutEngine = { layout, warm: () => undefined };

function failing(reason: LayoutFailure): LayoutEngine {
  return { layout: () => Promise.reject(new LayoutError(reason)), warm: () => undefined };
}

function laidOut(model: GraphModel, engine: LayoutEngine): Promise<Layout> {
  const sizes = model.nodes.map(() => ({ width: 150, height: 46 }));
  return layoutOf({ topology: topologyOf(model), sizes, direction: 'LR' }, engine);
}

test('a pipeline is laid out by Graphviz', async () => {
  const { nodes, curves, fallback, implied } = await laidOut(pipelineGraph(60), GRAPHVIZ);

  assert.equal(fallback, null);
  assert.equal(nodes.length, 60);
  assert.ok(curves.every(curve => curve.length >= 4));
  assert.equal(implied.size, 0);
});

for (const reason of ['timeout', 'failed', 'unavailable'] as const) {
  test(`without Graphviz (${reason}) there is the grid`, async () => {
    const found = await laidOut(pipelineGraph(20), failing(reason));

    assert.equal(found.fallback, reason);
    assert.equal(found.nodes.length, 20);
  });
}

test('a layout that is not wanted any more is none', async () => {
  await assert.rejects(laidOut(pipelineGraph(20), failing('aborted')), LayoutError);
});

test('a chain of 10,000 nodes is not even tried', async () => {
  const { fallback, nodes } = await laidOut(chainGraph(10_000), failing('failed'));

  assert.equal(fallback, 'size');
  assert.equal(nodes.length, 10_000);
});

test('a dense graph is laid out in time, without the links that say nothing', async () => {
  const model = denseGraph(200, 11);
  const { fallback, implied, curves } = await laidOut(model, GRAPHVIZ);

  assert.equal(fallback, null);
  assert.ok(implied.size > model.edges.length / 2, `${implied.size} of ${model.edges.length}`);
  assert.equal(curves.length, model.edges.length);
});

test('an instance that a graph has broken is thrown away: the next graph is laid out', async () => {
  const { size, links } = topologyOf(pipelineGraph(2000));
  const nodes = Array.from({ length: size }, () => ({ width: 150, height: 46 }));
  const dot = toDot(nodes, links, 'LR', { splines: 'own', isFast: false }).replace('splines=none', 'splines=ortho');
  // What the engine calls it depends on where the stack ran out.
  await assert.rejects(layout(dot), /stack|memory access/);

  assert.equal((await laidOut(pipelineGraph(30), GRAPHVIZ)).fallback, null);
});

test('a graph without nodes has a layout', async () => {
  assert.deepEqual((await laidOut({ nodes: [], edges: [] }, failing('failed'))).nodes, []);
});
