import type { GraphModel } from './model';

/** An edge by the places of its ends, and its own place among the edges of the model. */
export interface Link {
  readonly source: number;
  readonly target: number;
  readonly edge: number;
}

/** Nodes by number, with their neighbours. Neither loops, nor edges to what is no node. */
export interface Topology {
  readonly size: number;
  readonly index: ReadonlyMap<string, number>;
  readonly links: readonly Link[];
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
}

export function topologyOf(model: GraphModel): Topology {
  const index = new Map(model.nodes.map(({ id }, place) => [id, place]));
  const outgoing: number[][] = model.nodes.map(() => []);
  const incoming: number[][] = model.nodes.map(() => []);
  const links: Link[] = [];
  model.edges.forEach((edge, place) => {
    const source = index.get(edge.source);
    const target = index.get(edge.target);
    if (source === undefined || target === undefined || source === target) {
      return;
    }
    links.push({ source, target, edge: place });
    outgoing[source]!.push(target);
    incoming[target]!.push(source);
  });
  return { size: model.nodes.length, index, links, outgoing, incoming };
}

/**
 * The nodes such that each edge goes on, but for those that close a cycle. Without recursion: a chain may be long.
 */
export function topologicalOrder({ size, outgoing }: Topology): number[] {
  const finished: number[] = [];
  const state = new Uint8Array(size);
  const next = new Uint32Array(size);
  for (let root = 0; root < size; root++) {
    const path = state[root] ? [] : [root];
    state[root] ||= 1;
    while (path.length) {
      const place = path[path.length - 1]!;
      const child = outgoing[place]![next[place]!++];
      if (child === undefined) {
        finished.push(place);
        path.pop();
      } else if (!state[child]) {
        state[child] = 1;
        path.push(child);
      }
    }
  }
  return finished.reverse();
}

/** For each node the length of the longest way to it. Edges that close a cycle do not count. */
export function layersOf(topology: Topology): number[] {
  const order = topologicalOrder(topology);
  const rank = new Uint32Array(topology.size);
  order.forEach((place, at) => (rank[place] = at));
  const layers = new Array<number>(topology.size).fill(0);
  for (const place of order) {
    for (const child of topology.outgoing[place]!) {
      if (rank[child]! > rank[place]!) {
        layers[child] = Math.max(layers[child]!, layers[place]! + 1);
      }
    }
  }
  return layers;
}

/**
 * Which links say nothing that a longer way does not say: the places in `links`. None, where there is a cycle.
 *
 * A bit for each pair of nodes: 2,000 nodes take half a megabyte, and milliseconds.
 */
export function impliedLinks(topology: Topology): Set<number> {
  const { size, links, outgoing } = topology;
  const order = topologicalOrder(topology);
  const rank = new Uint32Array(size);
  order.forEach((place, at) => (rank[place] = at));
  const implied = new Set<number>();
  if (links.some(({ source, target }) => rank[source]! > rank[target]!)) {
    return implied;
  }
  const words = Math.ceil(size / 32);
  const reach = new Uint32Array(size * words);
  const isReached = (place: number, other: number): boolean =>
    ((reach[place * words + (other >> 5)]! >>> (other & 31)) & 1) === 1;
  const direct = new Set<number>();
  for (const place of order.reverse()) {
    // The nearest first: what is behind them is then known to be reached already.
    for (const child of [...outgoing[place]!].sort((a, b) => rank[a]! - rank[b]!)) {
      if (isReached(place, child)) {
        continue;
      }
      direct.add(place * size + child);
      for (let word = 0; word < words; word++) {
        reach[place * words + word]! |= reach[child * words + word]!;
      }
      reach[place * words + (child >> 5)]! |= 1 << (child & 31);
    }
  }
  links.forEach(({ source, target }, at) => {
    if (!direct.has(source * size + target)) {
      implied.add(at);
    }
  });
  return implied;
}
