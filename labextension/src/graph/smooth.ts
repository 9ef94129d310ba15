import { curveBetween, pointAt, type Box, type Curve } from './geometry';
import type { Direction } from './model';

const SAMPLES = [0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85];
const MARGIN = 3;

/**
 * The curve itself, or a smoother one: between neighbouring ranks there is nothing to go around, but for the nodes beside
 * the two that the edge joins. Graphviz's own routes wriggle there.
 */
export function smoother(nodes: readonly Box[], direction: Direction) {
  const middleOf = ({ x, y, width, height }: Box): number =>
    Math.round(direction === 'LR' ? x + width / 2 : y + height / 2);
  const ranks = new Map<number, Box[]>();
  for (const box of nodes) {
    const middle = middleOf(box);
    const rank = ranks.get(middle);
    if (rank) {
      rank.push(box);
    } else {
      ranks.set(middle, [box]);
    }
  }
  const middles = [...ranks.keys()].sort((a, b) => a - b);
  const next = new Map(middles.map((middle, at) => [middle, middles[at + 1]]));

  return (routed: Curve, from: Box, to: Box): Curve => {
    if (next.get(middleOf(from)) !== middleOf(to)) {
      return routed;
    }
    const own = curveBetween(from, to, direction);
    const beside = [...ranks.get(middleOf(from))!, ...ranks.get(middleOf(to))!].filter(
      box => box !== from && box !== to
    );
    return SAMPLES.some(share => beside.some(box => isIn(pointAt(own, share), box))) ? routed : own;
  };
}

function isIn({ x, y }: { readonly x: number; readonly y: number }, box: Box): boolean {
  return x > box.x - MARGIN && x < box.x + box.width + MARGIN && y > box.y - MARGIN && y < box.y + box.height + MARGIN;
}
