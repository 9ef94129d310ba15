import { effortFor, isCrowded, toDot, type Effort } from './dot';
import { curveBetween, parseGeometry, type Geometry, type Size } from './geometry';
import { gridLayout } from './grid';
import { LayoutError, type LayoutEngine, type LayoutFailure } from './layoutService';
import type { Direction } from './model';
import { smoother } from './smooth';
import { impliedLinks, type Topology } from './topology';

/** Geometry, and how it came about. */
export interface Layout extends Geometry {
  /** Links that are drawn only where somebody looks: they say nothing that longer ways do not say. */
  readonly implied: ReadonlySet<number>;
  /** Why it is the plain grid; `null`: it is not. */
  readonly fallback: LayoutFailure | 'size' | null;
}

export interface LayoutTask {
  readonly topology: Topology;
  readonly sizes: readonly Size[];
  readonly direction: Direction;
  readonly signal?: AbortSignal | undefined;
}

const LIMIT_MS = 10_000;
const SMALL = 300;

/** Where everything is: from Graphviz, or else the grid. Rejects only where it was aborted. */
export async function layoutOf(task: LayoutTask, engine: LayoutEngine): Promise<Layout> {
  const { topology } = task;
  const { size, links } = topology;
  const implied = isCrowded(size, links.length) ? impliedLinks(topology) : new Set<number>();
  const shown = links.length - implied.size;
  const effort = effortFor(size, shown);
  if (size === 0 || !effort) {
    return { ...gridOf(task), implied, fallback: effort ? null : 'size' };
  }
  try {
    return { ...(await graphvizOf(task, implied, effort, engine)), implied, fallback: null };
  } catch (error) {
    const reason = error instanceof LayoutError ? error.reason : 'failed';
    if (reason === 'aborted') {
      throw error;
    }
    return { ...gridOf(task), implied, fallback: reason };
  }
}

function gridOf({ topology, sizes, direction }: LayoutTask): Geometry {
  return gridLayout(topology, sizes, direction);
}

async function graphvizOf(
  { topology, sizes, direction, signal }: LayoutTask,
  implied: ReadonlySet<number>,
  effort: Effort,
  engine: LayoutEngine
): Promise<Geometry> {
  const shown = topology.links.filter((_, place) => !implied.has(place));
  const isSmall = topology.size <= SMALL && !effort.isFast;
  const dot = toDot(sizes, shown, direction, effort);
  const json = await engine.layout(dot, { limitMs: LIMIT_MS, isSmall, signal });
  const found = parseGeometry(json, sizes, shown, direction, effort.splines);
  const smooth = smoother(found.nodes, direction);
  const curves = found.curves.values();
  return {
    ...found,
    curves: topology.links.map(({ source, target }, place) => {
      const [from, to] = [found.nodes[source]!, found.nodes[target]!];
      return implied.has(place) ? curveBetween(from, to, direction) : smooth(curves.next().value ?? [], from, to);
    })
  };
}
