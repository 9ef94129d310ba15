import { curveBetween, type Box, type Geometry, type Size } from './geometry';
import type { Direction } from './model';
import { layersOf, type Topology } from './topology';

const GAP_ALONG = 56;
const GAP_ACROSS = 18;
const GAP_WITHIN = 24;
const LEAST_ACROSS = 12;

/**
 * Rows of nodes by the length of the longest way to them: no crossings avoided, but instantly there, whatever the graph.
 *
 * Nodes do not overlap, and each edge that closes no cycle goes on. A long row is broken into several.
 */
export function gridLayout(topology: Topology, sizes: readonly Size[], direction: Direction): Geometry {
  const most = Math.max(LEAST_ACROSS, Math.ceil(1.5 * Math.sqrt(topology.size)));
  const along: keyof Size = direction === 'LR' ? 'width' : 'height';
  const across: keyof Size = direction === 'LR' ? 'height' : 'width';
  const rows = rowsOf(topology, most);
  const lengths = rows.map(({ places }) =>
    places.reduce((sum, place) => sum + sizes[place]![across] + GAP_ACROSS, -GAP_ACROSS)
  );
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const nodes: Box[] = new Array<Box>(topology.size);
  let offset = 0;
  rows.forEach(({ places, isLast }, row) => {
    const depth = places.reduce((most, place) => Math.max(most, sizes[place]![along]), 0);
    let at = (longest - lengths[row]!) / 2;
    for (const place of places) {
      const size = sizes[place]!;
      const shift = offset + (depth - size[along]) / 2;
      nodes[place] = direction === 'LR' ? { x: shift, y: at, ...size } : { x: at, y: shift, ...size };
      at += size[across] + GAP_ACROSS;
    }
    offset += depth + (isLast ? GAP_ALONG : GAP_WITHIN);
  });
  const extent = Math.max(0, offset - GAP_ALONG);
  return {
    width: direction === 'LR' ? extent : longest,
    height: direction === 'LR' ? longest : extent,
    nodes,
    curves: topology.links.map(({ source, target }) => curveBetween(nodes[source]!, nodes[target]!, direction))
  };
}

interface Row {
  readonly places: readonly number[];
  /** The next row is of another layer. */
  readonly isLast: boolean;
}

function rowsOf(topology: Topology, most: number): Row[] {
  const layers: number[][] = [];
  layersOf(topology).forEach((layer, place) => (layers[layer] ??= []).push(place));
  const seat = new Float64Array(topology.size);
  const rows: Row[] = [];
  for (const layer of layers) {
    // Below the middle of what it comes from; in the order of the document where that says nothing.
    const wish = new Map(layer.map(place => [place, middle(topology.incoming[place]!.map(from => seat[from]!))]));
    layer.sort((a, b) => wish.get(a)! - wish.get(b)! || a - b);
    layer.forEach((place, at) => (seat[place] = (at + 0.5) / layer.length));
    for (let at = 0; at < layer.length; at += most) {
      rows.push({ places: layer.slice(at, at + most), isLast: at + most >= layer.length });
    }
  }
  return rows;
}

function middle(seats: readonly number[]): number {
  return seats.length === 0 ? 0.5 : seats.reduce((sum, seat) => sum + seat, 0) / seats.length;
}
