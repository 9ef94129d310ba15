import type * as wire from '../src/api/wire.generated';
import { aNodeRun, aRun } from '../src/testing/builders';
import { bigGraph, CHECKS, GRAPH } from './pipeline';

export const NOW = Date.now();
const SECOND = 1000;
const ago = (seconds: number) => new Date(NOW - seconds * SECOND).toISOString();

/** What became of each node: state, begin and end in seconds since the run began, attempts. */
type Fate = readonly [wire.NodeState, number, number | null, number?];
const FATES: Record<string, Readonly<Record<string, Fate>>> = {
  failed: {
    load_flights: ['succeeded', 0.4, 14.2],
    load_weather: ['succeeded', 0.4, 8.9, 2],
    load_airports: ['reused', 0.1, 0.1],
    clean_flights: ['succeeded', 14.3, 31.8],
    clean_weather: ['succeeded', 9, 15.4],
    join: ['succeeded', 31.9, 52],
    features: ['succeeded', 52.1, 70.3],
    split: ['succeeded', 70.4, 71.2],
    train: ['succeeded', 71.3, 118],
    'train[linear]': ['succeeded', 71.4, 76],
    'train[forest]': ['succeeded', 71.4, 104],
    'train[boosted]': ['succeeded', 76.2, 118, 2],
    evaluate: ['failed', 118.1, 124.4, 3],
    report: ['upstream_failed', 0, null, 0],
    publish: ['upstream_failed', 0, null, 0]
  },
  running: {
    load_flights: ['succeeded', 0.4, 14.2],
    load_weather: ['succeeded', 0.4, 8.9],
    load_airports: ['reused', 0.1, 0.1],
    clean_flights: ['succeeded', 14.3, 31.8],
    clean_weather: ['succeeded', 9, 15.4],
    join: ['succeeded', 31.9, 52],
    features: ['running', 52.1, null],
    split: ['pending', 0, null, 0],
    train: ['pending', 0, null, 0],
    evaluate: ['pending', 0, null, 0],
    report: ['pending', 0, null, 0],
    publish: ['pending', 0, null, 0]
  },
  crashed: {
    load_flights: ['succeeded', 0.4, 14.2],
    load_weather: ['succeeded', 0.4, 8.9],
    load_airports: ['reused', 0.1, 0.1],
    clean_flights: ['succeeded', 14.3, 31.8],
    clean_weather: ['succeeded', 9, 15.4],
    join: ['running', 31.9, 52],
    features: ['pending', 0, null, 0],
    split: ['pending', 0, null, 0],
    train: ['pending', 0, null, 0],
    evaluate: ['pending', 0, null, 0],
    report: ['pending', 0, null, 0],
    publish: ['pending', 0, null, 0]
  }
};
FATES['succeeded'] = Object.fromEntries(
  Object.entries(FATES['failed'] ?? {}).map(([name, [state, from, to]]) =>
    state === 'failed' || state === 'upstream_failed'
      ? [name, ['succeeded', name === 'evaluate' ? 118.1 : 123, name === 'evaluate' ? 122.9 : 125.5] as const]
      : [name, [state, from, to] as const]
  )
);

const REASONS: Readonly<Record<string, string>> = {
  succeeded: 'its code changed',
  running: 'its code changed',
  reused: 'nothing it depends on has changed',
  pending: 'waits for what it reads',
  failed: 'a node above ran',
  upstream_failed: 'evaluate failed'
};

export type SceneName = 'failed' | 'running' | 'succeeded' | 'crashed';

/** A run of the flights as it stands in a scene. */
export function flightsRun(scene: SceneName, id: string, begunAgo = 126): wire.RunView {
  const fates = FATES[scene] ?? {};
  const start = begunAgo;
  const nodes = Object.entries(fates).flatMap(([name, [state, from, to, attempt = 1]], position) => {
    const isChild = name.includes('[');
    const view = aNodeRun(name, state, {
      position,
      parent: isChild ? 'train' : null,
      key: isChild ? name.slice(6, -1) : null,
      attempt: state === 'reused' ? 0 : attempt,
      reason: REASONS[state] ?? '',
      waiting: state === 'pending' ? 'for features' : null,
      queued_at: attempt > 0 ? ago(start - from) : null,
      started_at: attempt > 0 ? ago(start - from) : null,
      finished_at: to === null ? null : ago(start - to),
      error:
        state === 'failed'
          ? { cause: 'exception', ename: 'KeyError', evalue: "'boosted'", cell_id: 'cell-evaluate', line: 4 }
          : null
    });
    return [view, ...CHECKS.filter(check => check.node === name).map(check => checkRun(check, view))];
  });
  const counts: Record<string, number> = {};
  nodes
    .filter(node => node.parent === null && node.severity === null)
    .forEach(node => (counts[node.state] = (counts[node.state] ?? 0) + 1));
  const isOver = scene !== 'running';
  return {
    run: aRun(id, {
      state: scene,
      created_at: ago(start + 0.2),
      started_at: ago(start),
      finished_at: isOver ? ago(start - (scene === 'crashed' ? 52 : 125.6)) : null,
      counts,
      failed: scene === 'failed' ? ['evaluate'] : [],
      notifies: scene === 'failed',
      parameters: scene === 'failed' ? { year: 2025, models: ['linear', 'forest', 'boosted'] } : {},
      reason: scene === 'crashed' ? 'its runner died: killed by signal 9' : null
    }),
    graph: GRAPH,
    nodes,
    seq: 100,
    edited: scene === 'failed' ? ['features'] : []
  };
}

function checkRun(check: wire.CheckView, owner: wire.NodeRunView): wire.NodeRunView {
  const isDone = owner.state === 'succeeded';
  const isFailed = isDone && check.check === 'row_count';
  return aNodeRun(check.name, isFailed ? 'failed' : isDone ? 'succeeded' : 'pending', {
    position: owner.position,
    severity: check.severity,
    reason: isDone ? 'its node ran' : 'waits for its node',
    started_at: owner.finished_at,
    finished_at: isDone ? owner.finished_at : null,
    error: isFailed
      ? {
          cause: 'check_failed',
          ename: 'CheckFailed',
          evalue: 'len(joined) == len(flights) is False',
          cell_id: 'c2',
          line: 1
        }
      : null
  });
}

/** Runs of the last days, newest first. */
export function history(newest: wire.RunSummary): wire.RunSummary[] {
  const states = ['succeeded', 'succeeded', 'failed', 'succeeded', 'cancelled', 'crashed', 'succeeded'] as const;
  const older = states.map((state, index) => {
    const begun = 3600 * (4 + index * 11);
    const length = [118, 124, 52, 131, 20, 75, 240][index] ?? 100;
    return aRun(`2026112${7 - index}T0812-${'abcdef12'.slice(index)}${index}`, {
      state,
      created_at: ago(begun),
      started_at: ago(begun - 0.3),
      finished_at: ago(begun - length),
      created_by: index % 3 === 1 ? 'schedule' : 'ada',
      mode: index === 3 ? 'retry' : index === 1 ? 'changed' : 'run',
      parent_run_id: index === 3 ? '20261126T0812-abc' : null,
      parameters: index % 2 === 0 ? { year: 2024 } : {},
      counts: state === 'failed' ? { succeeded: 8, failed: 1, upstream_failed: 3 } : { succeeded: 12 },
      failed: state === 'failed' ? ['join'] : []
    });
  });
  return [newest, ...older];
}

/** A run of many nodes, a third of which have ended. */
export function bigRun(count: number): wire.RunView {
  const graph = bigGraph(count);
  const nodes = graph.nodes.map((node, position) =>
    aNodeRun(node.name, position < count / 3 ? 'succeeded' : position < count / 3 + 8 ? 'running' : 'pending', {
      position,
      started_at: position < count / 3 + 8 ? ago(600 - position) : null,
      finished_at: position < count / 3 ? ago(600 - position - 2) : null
    })
  );
  const counts = { succeeded: Math.ceil(count / 3), running: 8, pending: count - Math.ceil(count / 3) - 8 };
  return { run: aRun('big', { counts, started_at: ago(600), created_at: ago(600) }), graph, nodes, seq: 1, edited: [] };
}
