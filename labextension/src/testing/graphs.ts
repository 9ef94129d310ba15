/** Graphs as people have them, and worse ones: for tests, the page in `dev/`, and benchmarks. */
import type { GraphEdge, GraphModel, GraphNode, NodeLook } from '../graph/model';
import type { AnyState } from '../model/states';

/** Numbers from 0 to 1, the same ones for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const VERBS = ['load', 'clean', 'join', 'split', 'fit', 'score', 'plot', 'check', 'export', 'aggregate'];
const NOUNS = ['flights', 'weather', 'airports', 'delays', 'model', 'features', 'planes', 'report', 'by_carrier'];

/** Some 1.5 edges for each node, most of them to nodes that stand shortly above. */
export function pipelineGraph(size: number, seed = 7): GraphModel {
  const random = numbersFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const nodes: GraphNode[] = Array.from({ length: size }, (_, place) => {
    const label = `${pick(VERBS)}_${pick(NOUNS)}${place}`;
    const kind = random() < 0.06 ? 'each' : random() < 0.04 ? 'notebook' : 'node';
    return { id: label, label, kind, checks: random() < 0.2 ? 1 + Math.floor(random() * 3) : 0 };
  });
  const reach = 2 * Math.max(3, Math.round(Math.sqrt(size) / 1.6));
  const edges: GraphEdge[] = [];
  for (let target = 1; target < size; target++) {
    const sources = new Set<number>();
    for (let count = random() < 0.5 ? 1 : 2; count > 0; count--) {
      const low = Math.max(0, target - reach);
      sources.add(low + Math.floor(random() * (target - low)));
    }
    for (const source of sources) {
      const kind = random() < 0.12 ? 'order' : random() < 0.08 ? 'both' : 'data';
      edges.push(edge(nodes, source, target, kind));
    }
  }
  return { nodes, edges };
}

export function chainGraph(size: number): GraphModel {
  const nodes = plainNodes(size);
  return { nodes, edges: nodes.slice(1).map((_, place) => edge(nodes, place, place + 1)) };
}

/** Each node has that many edges to nodes below it. */
export function denseGraph(size: number, outgoing: number, seed = 3): GraphModel {
  const random = numbersFrom(seed);
  const nodes = plainNodes(size);
  const edges = nodes.flatMap((_, source) => {
    const room = Math.min(60, size - source - 1);
    const targets = Array.from({ length: outgoing }, () => source + 1 + Math.floor(random() * room));
    return [...new Set(targets)].filter(target => target < size).map(target => edge(nodes, source, target));
  });
  return { nodes, edges };
}

/** One node that all others read from. */
export function starGraph(size: number): GraphModel {
  const nodes = plainNodes(size);
  return { nodes, edges: nodes.slice(1).map((_, place) => edge(nodes, 0, place + 1)) };
}

/** Something of everything, small enough to look at. */
export function exampleGraph(): { model: GraphModel; looks: Map<string, NodeLook> } {
  const checks = (passed: number, failed = 0, warned = 0): NodeLook['checks'] => ({ passed, failed, warned });
  const rows: readonly [GraphNode, NodeLook][] = [
    [node('load_flights', 'node', 0, 'Flights from New York in 2013'), { state: 'reused', isCritical: true }],
    [node('load_weather'), { state: 'succeeded', duration: '1.2 s' }],
    [node('load_airports'), { state: 'succeeded', duration: '0.4 s', isEdited: true }],
    [
      node('clean', 'node', 2, 'Drops cancelled flights'),
      { state: 'succeeded', duration: '3.2 s', checks: checks(2), isCritical: true }
    ],
    [
      node('join_weather', 'node', 2),
      { state: 'succeeded', duration: '8.4 s', attempt: 2, checks: checks(1, 0, 1), isCritical: true }
    ],
    [
      node('score', 'each', 1, 'Once for each carrier'),
      {
        state: 'running',
        duration: '41 s',
        progress: { done: 7, total: 12 },
        isCritical: true,
        children: children({ succeeded: 6, failed: 1, running: 2, queued: 1, pending: 2 })
      }
    ],
    [
      node('features', 'notebook', 1),
      {
        state: 'succeeded',
        duration: '1 m 12 s',
        checks: checks(1),
        children: children({ succeeded: 4, reused: 2 })
      }
    ],
    [node('train_model'), { state: 'running', duration: '18 s', progress: { done: 3, total: 5 } }],
    [node('evaluate', 'node', 3), { state: 'failed', duration: '2.0 s', attempt: 3, checks: checks(1, 2) }],
    [node('publish_report'), { state: 'upstream_failed' }],
    [node('notify'), { state: 'skipped' }],
    [node('backfill', 'each'), { state: 'retrying', progress: { done: 71, total: 400 }, children: manyChildren() }],
    [node('a_name_that_is_much_longer_than_any_name_should_be'), { state: 'queued' }],
    [node('archive', 'node', 1), { state: 'pending' }],
    [node('tidy_up'), { state: 'cancelled', duration: '0.2 s' }],
    [node('lookup'), { state: 'crashed', attempt: 2 }]
  ];
  const names = (source: string, target: string, ...names: string[]): GraphEdge => ({
    source,
    target,
    names,
    kind: 'data'
  });
  const order = (source: string, target: string): GraphEdge => ({ source, target, names: [], kind: 'order' });
  const edges: GraphEdge[] = [
    names('load_flights', 'clean', 'flights'),
    names('clean', 'join_weather', 'flights'),
    names('load_weather', 'join_weather', 'weather'),
    names('join_weather', 'score', 'joined', 'carriers'),
    names('join_weather', 'features', 'joined'),
    names('load_airports', 'features', 'airports'),
    names('features', 'train_model', 'X', 'y', 'scaler'),
    names('train_model', 'evaluate', 'model'),
    names('features', 'evaluate', 'X_test'),
    names('evaluate', 'publish_report', 'metrics'),
    names('score', 'publish_report', 'scores'),
    order('publish_report', 'notify'),
    names('clean', 'backfill', 'flights'),
    names('backfill', 'archive', 'days'),
    { ...names('score', 'archive', 'data/scores.parquet'), kind: 'both' },
    order('load_airports', 'tidy_up'),
    names('load_airports', 'lookup', 'airports'),
    names('lookup', 'a_name_that_is_much_longer_than_any_name_should_be', 'cities')
  ];
  return {
    model: { nodes: rows.map(([one]) => one), edges },
    looks: new Map(rows.map(([{ id }, look]) => [id, look]))
  };
}

const STATES: readonly AnyState[] = [
  'succeeded',
  'succeeded',
  'succeeded',
  'reused',
  'running',
  'queued',
  'pending',
  'failed'
];

/** A look for each node, another one for another seed; few nodes run. */
export function someLooks(model: GraphModel, seed: number): Map<string, NodeLook> {
  const random = numbersFrom(seed);
  let running = 0;
  return new Map(
    model.nodes.map(({ id, kind, checks }) => {
      const wished = STATES[Math.floor(random() * STATES.length)]!;
      const state = wished === 'running' && ++running > 8 ? 'pending' : wished;
      const look: NodeLook = {
        state,
        duration: state === 'pending' || state === 'queued' ? undefined : `${(random() * 90).toFixed(1)} s`,
        attempt: random() < 0.05 ? 2 : 1,
        children: kind === 'node' ? undefined : children({ succeeded: 5, running: 1, pending: 4 }),
        checks: checks ? { passed: state === 'succeeded' ? checks : 0, failed: 0, warned: 0 } : undefined
      };
      return [id, look];
    })
  );
}

function node(id: string, kind: GraphNode['kind'] = 'node', checks = 0, description = ''): GraphNode {
  return { id, label: id, kind, checks, description };
}

function plainNodes(size: number): GraphNode[] {
  return Array.from({ length: size }, (_, place) => node(`n${place}`));
}

function edge(
  nodes: readonly GraphNode[],
  source: number,
  target: number,
  kind: GraphEdge['kind'] = 'data'
): GraphEdge {
  const names = kind === 'order' ? [] : [`df${source}`];
  return { source: nodes[source]!.id, target: nodes[target]!.id, names, kind };
}

function children(counts: Partial<Record<AnyState, number>>): AnyState[] {
  return Object.entries(counts).flatMap(([state, count]) => new Array<AnyState>(count).fill(state as AnyState));
}

function manyChildren(): AnyState[] {
  return children({ succeeded: 68, failed: 3, running: 4, pending: 325 });
}
