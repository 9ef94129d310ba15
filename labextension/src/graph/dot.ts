import type { Size, Splines } from './geometry';
import type { Direction } from './model';

/** What Graphviz is to do, and how hard it is to try. */
export interface Effort {
  readonly splines: Splines;
  /** Stop early: dense graphs would take tens of seconds. */
  readonly isFast: boolean;
}

const DENSE = 3;
const VERY_DENSE = 4;
const SOME_EDGES = 150;
const MANY_NODES = 400;
const VERY_MANY_NODES = 1500;
/** Above, Graphviz takes longer than anybody waits. */
const MOST_NODES = 4000;
const POINTS = 72;

/** How hard to try; `null`: do not try. */
export function effortFor(nodes: number, edges: number): Effort | null {
  if (nodes > MOST_NODES || edges > 4 * MOST_NODES) {
    return null;
  }
  const isDense = (ratio: number): boolean => edges > SOME_EDGES && edges > ratio * nodes;
  return {
    splines: nodes > VERY_MANY_NODES || isDense(VERY_DENSE) ? 'own' : 'routed',
    isFast: nodes > MANY_NODES || isDense(DENSE)
  };
}

/** Whether there are so many edges that those which say nothing new are better left out. */
export function isCrowded(nodes: number, edges: number): boolean {
  return edges > SOME_EDGES && edges > DENSE * nodes;
}

/**
 * The graph in Graphviz's language. Names are numbers and there are no labels: nothing that a user wrote gets into it.
 */
export function toDot(
  sizes: readonly Size[],
  links: readonly { readonly source: number; readonly target: number }[],
  direction: Direction,
  effort: Effort
): string {
  const [tail, head] = direction === 'LR' ? ['e', 'w'] : ['s', 'n'];
  const options = [
    `rankdir=${direction}`,
    direction === 'LR' ? 'nodesep=0.24 ranksep=0.7' : 'nodesep=0.32 ranksep=0.58',
    effort.isFast ? 'nslimit=0.5 nslimit1=0.5 mclimit=0.1' : '',
    // Without routes, an edge is as good as none once the nodes have their places.
    effort.splines === 'own' ? 'splines=none' : ''
  ];
  const inches = (pixels: number): string => (pixels / POINTS).toFixed(3);
  return [
    `digraph{graph[${options.filter(Boolean).join(' ')}]node[shape=box fixedsize=true label=""]`,
    `edge[arrowhead=none tailport=${tail} headport=${head}]`,
    ...sizes.map(({ width, height }, place) => `${place}[width=${inches(width)} height=${inches(height)}]`),
    ...links.map(({ source, target }, place) => `${source}->${target}[id=${place}]`),
    '}'
  ].join('\n');
}
