import type { Box } from './geometry';
import type { Direction } from './model';
import type { Topology } from './topology';

export type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

export function isArrow(key: string): key is Arrow {
  return key === 'ArrowUp' || key === 'ArrowDown' || key === 'ArrowLeft' || key === 'ArrowRight';
}

/** What moving through a graph needs to know of it. */
export interface Terrain {
  readonly topology: Topology;
  readonly nodes: readonly Box[];
  readonly direction: Direction;
}

/**
 * The node that an arrow key leads to; the same one where there is none.
 *
 * Along the edges: downstream, or upstream, and of several neighbours the one that lies straightest, or the one that the
 * user came from. Across them: the next node beside this one. Where no edge goes on, the nearest node in that direction,
 * so that every node can be reached.
 */
export function neighbour(terrain: Terrain, from: number, arrow: Arrow, cameFrom: number | null): number {
  const { topology, direction } = terrain;
  const isForward = arrow === (direction === 'LR' ? 'ArrowRight' : 'ArrowDown');
  const isBackward = arrow === (direction === 'LR' ? 'ArrowLeft' : 'ArrowUp');
  if (isForward || isBackward) {
    const along = (isForward ? topology.outgoing : topology.incoming)[from] ?? [];
    if (cameFrom !== null && along.includes(cameFrom)) {
      return cameFrom;
    }
    if (along.length) {
      return straightest(terrain, from, along);
    }
  }
  return nearest(terrain, from, arrow) ?? from;
}

function straightest({ nodes, direction }: Terrain, from: number, others: readonly number[]): number {
  const axis = direction === 'LR' ? 'y' : 'x';
  const here = center(nodes[from]!)[axis];
  const off = (place: number): number => Math.abs(center(nodes[place]!)[axis] - here);
  return others.reduce((best, place) => (off(place) < off(best) ? place : best));
}

/** Of the nodes on that side; going astray costs three times what getting on costs. */
function nearest({ nodes }: Terrain, from: number, arrow: Arrow): number | null {
  const here = center(nodes[from]!);
  let best: number | null = null;
  let least = Infinity;
  nodes.forEach((box, place) => {
    const there = center(box);
    const x = there.x - here.x;
    const y = there.y - here.y;
    const isVertical = arrow === 'ArrowUp' || arrow === 'ArrowDown';
    const on = (isVertical ? y : x) * (arrow === 'ArrowUp' || arrow === 'ArrowLeft' ? -1 : 1);
    const cost = on + 3 * Math.abs(isVertical ? x : y);
    if (on > 1 && cost < least) {
      least = cost;
      best = place;
    }
  });
  return best;
}

function center({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}
