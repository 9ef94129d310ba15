/** The graph without Jupyter: `dev/graph.html?graph=example&nodes=500&direction=TB&seed=3`. Benchmarks drive it, too. */
import type { Direction, GraphModel, NodeLook } from '../graph/model';
import { GraphView } from '../graph/view';
import { chainGraph, denseGraph, exampleGraph, pipelineGraph, someLooks, starGraph } from './graphs';

export interface GraphPage {
  readonly view: GraphView;
  readonly model: GraphModel;
  looks: Map<string, NodeLook>;
  /** When the graph was handed over, when all of it was drawn, and how it was laid out. */
  startedAt: number;
  drawnAt: number | null;
  fallback: string | null;
  readonly opened: string[];
  readonly selected: (string | null)[];
  readonly someLooks: typeof someLooks;
}

declare global {
  interface Window {
    graphPage: GraphPage;
  }
}

const asked = new URLSearchParams(location.search);
const nodes = Number(asked.get('nodes') ?? 100);
const seed = Number(asked.get('seed') ?? 7);
const kind = asked.get('graph') ?? 'example';
const example = exampleGraph();
const MAKERS: Readonly<Record<string, () => GraphModel>> = {
  example: () => example.model,
  pipeline: () => pipelineGraph(nodes, seed),
  chain: () => chainGraph(nodes),
  star: () => starGraph(nodes),
  dense: () => denseGraph(nodes, Number(asked.get('outgoing') ?? 11)),
  empty: () => ({ nodes: [], edges: [] })
};
const model = (MAKERS[kind] ?? MAKERS['example']!)();
const opened: string[] = [];
const selected: (string | null)[] = [];

function build(): void {
  const startedAt = performance.now();
  const view = new GraphView(document.getElementById('graph')!, {
    direction: (asked.get('direction') ?? 'LR') as Direction,
    onOpen: id => opened.push(id),
    onSelect: id => selected.push(id),
    onDrawn: ({ layout }) => {
      // Painted, and not just handed to the browser.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          window.graphPage.drawnAt ??= performance.now();
          window.graphPage.fallback = layout.fallback;
        })
      );
    }
  });
  const looks = kind === 'example' ? example.looks : someLooks(model, seed);
  window.graphPage = { view, model, looks, startedAt, drawnAt: null, fallback: null, opened, selected, someLooks };
  view.setStates(looks);
  view.setGraph(model);
}

build();
