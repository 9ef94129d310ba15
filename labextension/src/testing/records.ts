/** Records as the server tells them, with what a test does not care about filled in. */
import type { GraphView, NodeRunView, Preview, RunSummary, RunView } from '../api/wire.generated';

const NO_GRAPH: GraphView = { nodes: [], edges: [], checks: [] };

export function runSummary(run_id: string, fields: Partial<RunSummary> = {}): RunSummary {
  return {
    run_id,
    state: 'running',
    name: 'flights',
    path: 'flights.ipynb',
    mode: 'full',
    select: null,
    parent_run_id: null,
    parameters: {},
    created_at: '2026-11-28T10:00:00+00:00',
    created_by: 'user',
    started_at: '2026-11-28T10:00:00+00:00',
    finished_at: null,
    reason: null,
    counts: {},
    failed: [],
    ...fields
  };
}

export function nodeRun(node: string, fields: Partial<NodeRunView> = {}): NodeRunView {
  return {
    node,
    position: 0,
    parent: null,
    key: null,
    severity: null,
    state: 'pending',
    attempt: 1,
    reason: '',
    waiting: null,
    queued_at: null,
    started_at: null,
    finished_at: null,
    not_before: null,
    error: null,
    source_run_id: null,
    cells_done: null,
    cells_total: null,
    ...fields
  };
}

export function runView(run_id: string, fields: Partial<RunView> = {}): RunView {
  return { run: runSummary(run_id), graph: NO_GRAPH, nodes: [], seq: 1, edited: [], ...fields };
}

export function preview(fields: Partial<Preview> = {}): Preview {
  return {
    path: 'flights.ipynb',
    name: 'flights',
    language: 'python',
    is_pipeline: true,
    can_run: true,
    graph: NO_GRAPH,
    cells: [],
    parameters: [],
    diagnostics: [],
    ...fields
  };
}
