import type * as wire from '../api/wire.generated';
import type { Host } from '../components/host';
import { ENGLISH } from '../model/texts';
import type { NodeState } from '../api/wire.generated';

export { ENGLISH };

/** Times of tests: so many seconds after noon. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 10, 28, 12, 0, 0) + seconds * 1000).toISOString();
}

export function aHost(parts: Partial<Host> = {}): Host {
  return { texts: ENGLISH, isReadOnly: false, ...parts };
}

export function aNode(name: string, parts: Partial<wire.NodeView> = {}): wire.NodeView {
  return {
    name,
    kind: 'node',
    description: '',
    upstream: [],
    downstream: [],
    reads: [],
    binds: [],
    cells: [`cell-${name}`],
    tags: [`node:${name}`],
    checks: [],
    ...parts
  };
}

/** A graph from its edges, `a > b > c` for each chain. */
export function aGraph(...chains: string[]): wire.GraphView {
  const edges = chains.flatMap(chain => {
    const names = chain.split('>').map(name => name.trim());
    return names.slice(1).map((target, index) => ({ source: names[index] ?? '', target }));
  });
  const names = [...new Set(chains.flatMap(chain => chain.split('>').map(name => name.trim())))];
  return {
    nodes: names.map(name =>
      aNode(name, {
        upstream: edges.filter(edge => edge.target === name).map(edge => edge.source),
        downstream: edges.filter(edge => edge.source === name).map(edge => edge.target)
      })
    ),
    edges: edges.map(edge => ({ ...edge, names: ['df'], kind: 'data' as const })),
    checks: []
  };
}

export function aNodeRun(
  node: string,
  state: NodeState = 'pending',
  parts: Partial<wire.NodeRunView> = {}
): wire.NodeRunView {
  return {
    node,
    position: 0,
    parent: null,
    key: null,
    severity: null,
    state,
    attempt: state === 'pending' ? 0 : 1,
    reason: 'its code changed',
    waiting: null,
    queued_at: null,
    started_at: null,
    finished_at: null,
    not_before: null,
    error: null,
    source_run_id: null,
    ...parts
  };
}

export function aRun(run_id: string, parts: Partial<wire.RunSummary> = {}): wire.RunSummary {
  return {
    run_id,
    state: 'running',
    name: 'flights',
    path: 'flights.ipynb',
    mode: 'run',
    select: null,
    parent_run_id: null,
    parameters: {},
    created_at: at(0),
    created_by: 'ada',
    started_at: at(0),
    finished_at: null,
    reason: null,
    counts: {},
    failed: [],
    ...parts
  };
}

export function aRunView(nodes: wire.NodeRunView[], parts: Partial<wire.RunView> = {}): wire.RunView {
  return {
    run: aRun('run-1'),
    graph: {
      nodes: nodes.filter(n => n.parent === null && n.severity === null).map(n => aNode(n.node)),
      edges: [],
      checks: []
    },
    nodes,
    seq: 1,
    edited: [],
    ...parts
  };
}

export function aPreview(parts: Partial<wire.Preview> = {}): wire.Preview {
  return {
    path: 'flights.ipynb',
    name: 'flights',
    language: 'python',
    is_pipeline: true,
    can_run: true,
    graph: aGraph('load > clean > train'),
    cells: [],
    parameters: [],
    diagnostics: [],
    ...parts
  };
}

export function aParameter(name: string, value: unknown, parts: Partial<wire.ParameterView> = {}): wire.ParameterView {
  return { name, default: JSON.stringify(value), value, is_literal: true, type: null, help: '', ...parts };
}

export function aDetail(node: wire.NodeRunView, parts: Partial<wire.NodeDetail> = {}): wire.NodeDetail {
  return {
    run_id: 'run-1',
    node,
    description: '',
    cells: [],
    attempts: [],
    inputs: [],
    outputs: [],
    published: [],
    loaded: [],
    checks: [],
    children: [],
    changes: [],
    ...parts
  };
}

export function anAttempt(attempt: number, parts: Partial<wire.AttemptView> = {}): wire.AttemptView {
  return {
    attempt,
    run_id: 'run-1',
    started_at: at(0),
    finished_at: at(4),
    state: 'succeeded',
    failure: null,
    kernel: 'forked',
    python: '3.12.4',
    packages: {},
    peak_memory_bytes: null,
    notebook_path: null,
    ...parts
  };
}

export function aFailure(parts: Partial<wire.FailureView> = {}): wire.FailureView {
  return {
    cause: 'exception',
    ename: 'KeyError',
    evalue: "'delay'",
    cell_id: 'cell-clean',
    line: 2,
    traceback: '\u001b[31mKeyError\u001b[0m: delay',
    source: [
      { line: 1, text: 'df = flights.copy()' },
      { line: 2, text: 'df["late"] = df["delay"] > 15' }
    ],
    cell_index: 4,
    notebook: null,
    facts: {},
    meaning: 'a cell raised an exception',
    ...parts
  };
}

export function aLog(lines: readonly string[], parts: Partial<wire.LogChunk> = {}): wire.LogChunk {
  const pieces = lines.map(text => ({ at: at(1), stream: 'stdout', text: `${text}\n` }));
  return { attempt: 1, start: 0, next: 100, size: 100, is_complete: true, pieces, ...parts };
}

export function aNotice(parts: Partial<wire.NoticeView> = {}): wire.NoticeView {
  const state = parts.state ?? 'sent';
  return {
    event: 'failed',
    receiver: 'team',
    address: 1,
    state,
    at: at(0),
    attempts: 1,
    next_at: state === 'waiting' ? at(30) : null,
    ended_at: state === 'waiting' ? null : at(2),
    error: '',
    run_id: 'run-1',
    fire_time: null,
    message_id: `${parts.receiver ?? 'team'} ${parts.address ?? 1} ${parts.event ?? 'failed'}`,
    ...parts
  };
}
