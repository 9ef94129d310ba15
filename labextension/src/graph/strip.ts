import type { AnyState } from '../model/states';
import { rectPath } from './svg';

const MOST_DOTS = 16;
const DOT = 6;
const HEIGHT = 6;
const LEAST = 3;

/** From what needs a look to what does not: the order of the pieces of a bar. */
const ORDER: readonly AnyState[] = [
  'crashed',
  'failed',
  'upstream_failed',
  'retrying',
  'running',
  'queued',
  'succeeded',
  'reused',
  'skipped',
  'cancelled',
  'pending',
  'none'
];

/** Children as a row of dots, in their order; as a bar in pieces, where there are too many. Shapes by state. */
export function stripShapes(
  children: readonly AnyState[],
  { x: left, y, room }: { readonly x: number; readonly y: number; readonly room: number }
): Map<AnyState, string> {
  const shapes = new Map<AnyState, string>();
  const add = (state: AnyState, x: number, width: number): void => {
    shapes.set(state, (shapes.get(state) ?? '') + rectPath(left + x, y, width, HEIGHT));
  };
  if (children.length <= Math.min(MOST_DOTS, Math.floor((room + 2) / (DOT + 2)))) {
    children.forEach((state, place) => add(state, place * (DOT + 2), DOT));
    return shapes;
  }
  const counts = new Map<AnyState, number>();
  children.forEach(state => counts.set(state, (counts.get(state) ?? 0) + 1));
  const states = [...counts.keys()].sort((a, b) => rankOf(a) - rankOf(b));
  // Each state that is there at all can be seen: what is left is divided.
  const spare = Math.max(0, room - states.length * (LEAST + 1));
  let x = 0;
  for (const state of states) {
    const width = LEAST + (spare * counts.get(state)!) / children.length;
    add(state, x, width);
    x += width + 1;
  }
  return shapes;
}

function rankOf(state: AnyState): number {
  const rank = ORDER.indexOf(state);
  return rank < 0 ? ORDER.length : rank;
}
