import type { GraphView, NodeRunView } from '../api/wire.generated';
import type { GraphModel, NodeLook } from '../graph/model';
import { elapsedMs, formatDuration } from './durations';
import type { RunModel } from './run';
import { type AnyState, LOOKS } from './states';
import { lookOf } from './tree';

/** The graph as it is drawn. */
export function graphModelOf(graph: GraphView): GraphModel {
  return {
    nodes: graph.nodes.map(node => ({
      id: node.name,
      label: node.name,
      kind: node.kind,
      description: node.description || undefined,
      checks: node.checks.length || undefined
    })),
    edges: graph.edges
  };
}

/** How each node of the graph looks in this run. */
export function graphLooks(
  graph: GraphView,
  run: RunModel | null,
  critical: ReadonlySet<string>,
  now: number
): ReadonlyMap<string, NodeLook> {
  const looks = new Map<string, NodeLook>();
  if (run === null) {
    return looks;
  }
  const children = childrenOf(run);
  for (const { name, checks } of graph.nodes) {
    const node = run.nodes.get(name);
    if (node) {
      const below = children.get(name) ?? [];
      looks.set(name, {
        state: node.state,
        attempt: node.attempt,
        duration: durationOf(node, now),
        progress: progressOf(below),
        children: below.length > 0 ? below : undefined,
        checks: checks.length > 0 ? verdictsOf(checks, run) : undefined,
        isCritical: critical.has(name),
        isEdited: run.edited.has(name)
      });
    }
  }
  return looks;
}

function childrenOf(run: RunModel): ReadonlyMap<string, AnyState[]> {
  const children = new Map<string, AnyState[]>();
  for (const name of run.order) {
    const node = run.nodes.get(name);
    if (node && node.parent !== null && node.severity === null) {
      const known = children.get(node.parent);
      if (known) {
        known.push(node.state);
      } else {
        children.set(node.parent, [node.state]);
      }
    }
  }
  return children;
}

function durationOf(node: NodeRunView, now: number): string | undefined {
  const isKnown = node.state === 'running' || (node.finished_at !== null && node.state !== 'reused');
  const ms = isKnown ? elapsedMs(node.started_at, node.finished_at, now) : null;
  return ms === null ? undefined : formatDuration(ms);
}

function progressOf(children: readonly AnyState[]): NodeLook['progress'] {
  return children.length > 0
    ? { done: children.filter(state => LOOKS[state].isDone).length, total: children.length }
    : undefined;
}

function verdictsOf(checks: readonly string[], run: RunModel): NodeLook['checks'] {
  const looks = checks.map(name => lookOf(run.nodes.get(name)));
  return {
    passed: looks.filter(look => look === 'passed' || look === 'reused').length, // only what has passed is reused
    failed: looks.filter(look => look === 'failed').length,
    warned: looks.filter(look => look === 'warned').length
  };
}
