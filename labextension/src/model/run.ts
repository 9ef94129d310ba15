import { LOOKS } from './states';
import type { Texts } from './texts';
import type { GraphView, NodeRunView, NodeState, RunChanged, RunSummary, RunView } from '../api/wire.generated';

/** A run as far as it is known, at `seq`. */
export interface RunModel {
  readonly run: RunSummary;
  readonly graph: GraphView;
  readonly nodes: ReadonlyMap<string, NodeRunView>;
  /** In document order: children, and checks, directly below their node. */
  readonly order: readonly string[];
  readonly seq: number;
  /** Nodes whose cells differ in the notebook as it is now. */
  readonly edited: ReadonlySet<string>;
}

export function showRun(view: RunView): RunModel {
  return {
    run: view.run,
    graph: view.graph,
    nodes: new Map(view.nodes.map(node => [node.node, node])),
    order: view.nodes.map(node => node.node),
    seq: view.seq,
    edited: new Set(view.edited)
  };
}

/** The run as one record. */
export function viewOf({ run, graph, nodes, order, seq, edited }: RunModel): RunView {
  return { run, graph, nodes: order.flatMap(name => nodes.get(name) ?? []), seq, edited: [...edited] };
}

/**
 * The run after a change. Records are whole, so one told twice does no harm; one that is older than what is known would
 * turn back time, and is left out. With the same number only `edited` differs: no event tells of it.
 */
export function changeRun(model: RunModel, change: RunChanged): RunModel {
  if (change.run.run_id !== model.run.run_id || change.seq < model.seq) {
    return model;
  }
  const nodes = new Map(model.nodes);
  const added: NodeRunView[] = [];
  for (const node of change.nodes) {
    if (!nodes.has(node.node)) {
      added.push(node);
    }
    nodes.set(node.node, node);
  }
  return {
    run: change.run,
    graph: model.graph,
    nodes,
    order: added.length > 0 ? insert(model.order, nodes, added) : model.order,
    seq: change.seq,
    edited: isSame(model.edited, change.edited) ? model.edited : new Set(change.edited)
  };
}

/** New nodes are children that an `each:` node has just got: behind its last child, or behind the node itself. */
function insert(
  order: readonly string[],
  nodes: ReadonlyMap<string, NodeRunView>,
  added: readonly NodeRunView[]
): string[] {
  const below = new Map<string | null, NodeRunView[]>();
  for (const node of [...added].sort((one, other) => one.position - other.position)) {
    below.set(node.parent, [...(below.get(node.parent) ?? []), node]);
  }
  const last = new Map<string, string>();
  for (const name of order) {
    for (let parent = nodes.get(name)?.parent; parent; parent = nodes.get(parent)?.parent) {
      last.set(parent, name);
    }
  }
  const result: string[] = [];
  const place = (name: string) => {
    result.push(name);
    for (const [parent, children] of [...below]) {
      if (parent !== null && (last.get(parent) ?? parent) === name) {
        below.delete(parent);
        children.forEach(child => place(child.node));
      }
    }
  };
  order.forEach(place);
  // Whose parent is unknown stands at the end rather than nowhere.
  [...below.values()].flat().forEach(node => result.push(node.node));
  return result;
}

function isSame(known: ReadonlySet<string>, told: readonly string[]): boolean {
  return known.size === told.length && told.every(name => known.has(name));
}

/** Runs, newest first, after some were told anew. */
export function changeRuns(known: readonly RunSummary[], told: readonly RunSummary[]): readonly RunSummary[] {
  if (told.length === 0) {
    return known;
  }
  const runs = new Map(known.map(run => [run.run_id, run]));
  told.forEach(run => runs.set(run.run_id, run));
  return [...runs.values()].sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));
}

/**
 * The latest run of the notebook as it is edited, of runs that are newest first; `null`: there is none.
 *
 * Runs of its deployed versions are of other texts: what they say is not about the cells on the screen.
 */
export function latestOf(runs: readonly RunSummary[] | null): RunSummary | null {
  return runs?.find(run => !run.deployment) ?? null;
}

/** Which deployed version a run runs, and where; empty: the notebook as it was then. */
export function versionText({ deployment, environment }: RunSummary): string {
  return deployment ? [deployment, environment].filter(Boolean).join(' · ') : '';
}

/** What the run was asked to run. */
export function askedText({ mode, parent_run_id: parent }: RunSummary, texts: Texts): string {
  switch (mode) {
    case 'full':
      return texts.__('all nodes');
    case 'changed':
      return texts.__('what has changed');
    case 'selection':
      return parent === null ? texts.__('chosen nodes') : texts.__('chosen nodes of run %1 again', parent);
    case 'from_failure':
      return texts.__('retry of run %1', parent ?? '');
    default:
      return mode;
  }
}

const ENDED = new Set(['succeeded', 'failed', 'crashed', 'cancelled']);

/** Nothing in it moves any more, unless somebody resumes it. */
export function isEnded(run: RunSummary): boolean {
  return ENDED.has(run.state);
}

/** How many of the pipeline's own nodes there are, and have come to an end. */
export function progress(run: RunSummary): { done: number; total: number } {
  const counts = Object.entries(run.counts);
  return {
    done: counts.reduce((sum, [state, count]) => sum + (LOOKS[state as NodeState].isDone ? count : 0), 0),
    total: counts.reduce((sum, [, count]) => sum + count, 0)
  };
}

/** What has ended stands first, so that the bar fills from the left. */
const ORDER: readonly NodeState[] = [
  'succeeded',
  'reused',
  'skipped',
  'failed',
  'upstream_failed',
  'cancelled',
  'running',
  'retrying',
  'queued',
  'pending'
];

/** The states that occur among the pipeline's own nodes, and how often. */
export function countsOf(run: RunSummary): readonly (readonly [NodeState, number])[] {
  return ORDER.flatMap(state => {
    const count = run.counts[state] ?? 0;
    return count > 0 ? [[state, count] as const] : [];
  });
}
