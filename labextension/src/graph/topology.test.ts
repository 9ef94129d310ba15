import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainGraph, denseGraph, numbersFrom } from '../testing/graphs';
import type { GraphModel } from './model';
import { impliedLinks, layersOf, topologyOf, type Topology } from './topology';

/** `a>b b>c`, with nodes in the order in which they are met. */
function graph(text: string): GraphModel {
  const pairs = text.split(' ').map(pair => pair.split('>') as [string, string]);
  const names = [...new Set(pairs.flat())];
  return {
    nodes: names.map(name => ({ id: name, label: name, kind: 'node' })),
    edges: pairs.map(([source, target]) => ({ source, target, names: [], kind: 'data' }))
  };
}

/** The node itself and all that can be reached from it along `neighbours`. */
function closure(start: number, neighbours: readonly (readonly number[])[]): Set<number> {
  const found = new Set([start]);
  // A set that is walked through meets what is added on the way.
  for (const place of found) {
    neighbours[place]?.forEach(next => found.add(next));
  }
  return found;
}

test('edges to nothing and loops are no links', () => {
  const model = graph('a>b a>a');
  const topology = topologyOf({ ...model, edges: [...model.edges, { ...model.edges[0]!, target: 'nowhere' }] });

  assert.deepEqual(topology.links, [{ source: 0, target: 1, edge: 0 }]);
});

test('a layer is the length of the longest way', () => {
  assert.deepEqual(layersOf(topologyOf(graph('a>b b>c a>c c>d'))), [0, 1, 2, 3]);
});

test('a cycle has layers as well', () => {
  assert.deepEqual(layersOf(topologyOf(graph('a>b b>c c>a'))), [0, 1, 2]);
});

test('a long chain needs no deep stack', () => {
  assert.equal(Math.max(...layersOf(topologyOf(chainGraph(50_000)))), 49_999);
});

test('a link is implied where there is a longer way', () => {
  assert.deepEqual([...impliedLinks(topologyOf(graph('a>b b>c a>c c>d a>d')))], [2, 4]);
});

test('nothing is implied in a graph with a cycle', () => {
  assert.equal(impliedLinks(topologyOf(graph('a>b b>c a>c c>a'))).size, 0);
});

test('without its implied links, a graph reaches what it reached, and has no other to spare', () => {
  const random = numbersFrom(5);
  for (let round = 0; round < 30; round++) {
    const topology = topologyOf(denseGraph(8 + Math.floor(random() * 30), 1 + Math.floor(random() * 6), round + 1));
    const implied = impliedLinks(topology);
    const kept = without(topology, implied);
    for (let place = 0; place < topology.size; place++) {
      assert.deepEqual(sorted(closure(place, kept)), sorted(closure(place, topology.outgoing)));
    }
    topology.links.forEach(({ source }, link) => {
      if (!implied.has(link)) {
        const fewer = without(topology, new Set([...implied, link]));
        assert.notDeepEqual(sorted(closure(source, fewer)), sorted(closure(source, topology.outgoing)));
      }
    });
  }
});

function without({ size, links }: Topology, left: ReadonlySet<number>): number[][] {
  const outgoing: number[][] = Array.from({ length: size }, () => []);
  links.forEach(({ source, target }, place) => left.has(place) || outgoing[source]!.push(target));
  return outgoing;
}

function sorted(places: Iterable<number>): number[] {
  return [...places].sort((a, b) => a - b);
}
