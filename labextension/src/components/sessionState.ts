import type { Client, Connection } from '../api/client';
import type { GraphView, NodeView, Refusal, RunSummary } from '../api/wire.generated';
import type { Situation } from '../model/controls';
import { FIRST_PANEL, type Panel } from '../model/panel';
import { type Field, fieldOf, readForm, type Reading, type Typed } from '../model/parameters';
import { latestOf, type RunModel } from '../model/run';
import type { Host, RunDefaults } from './host';
import { NO_SOURCE, type SourceState } from './source';

/** What the user has typed for the next run, and is kept for each notebook. */
export interface Draft {
  readonly typed: Typed;
  readonly select: string;
  /** As typed; empty: as configured. */
  readonly jobs: string;
  /** `null`: as the page has it. */
  readonly failFast: boolean | null;
}

export const NO_DRAFT: Draft = { typed: {}, select: '', jobs: '', failFast: null };

/** Where an action was begun, and so where its failure is shown. */
export type Place = 'controls' | 'node' | 'problems' | 'start';

/** An action that failed. */
export interface Trouble {
  readonly place: Place;
  readonly refusal: Refusal;
}

export interface SessionState {
  readonly source: SourceState;
  readonly connection: Connection;
  /** Of this notebook, newest first; `null`: not told yet. */
  readonly runs: readonly RunSummary[] | null;
  readonly runsProblem: Refusal | null;
  readonly run: RunModel | null;
  readonly runProblem: Refusal | null;
  readonly panel: Panel;
  readonly draft: Draft;
  /** The action that is on its way. */
  readonly busy: string | null;
  readonly trouble: Trouble | null;
}

export function firstState(client: Client): SessionState {
  return {
    source: NO_SOURCE,
    connection: client.connection,
    runs: null,
    runsProblem: null,
    run: null,
    runProblem: null,
    panel: FIRST_PANEL,
    draft: NO_DRAFT,
    busy: null,
    trouble: null
  };
}

/** The run that is shown, or will be as soon as it is known. */
export function shownRunId(state: SessionState): string | null {
  return state.panel.run ?? latestOf(state.runs)?.run_id ?? null;
}

/** Its summary: newest of what is known of it. */
export function shownRun(state: SessionState): RunSummary | null {
  const id = shownRunId(state);
  if (id !== null && state.run?.run.run_id === id) {
    return state.run.run;
  }
  return state.runs?.find(run => run.run_id === id) ?? null;
}

const NO_GRAPH: GraphView = { nodes: [], edges: [], checks: [] };

/**
 * The graph that is shown: of the notebook as it is now while the latest run is shown, so that edits are seen at once; of
 * the notebook as it was then, when an older run was chosen.
 */
export function shownGraph(state: SessionState): GraphView {
  const now = state.source.preview?.graph;
  const then = state.run?.graph;
  return (state.panel.run === null ? (now ?? then) : (then ?? now)) ?? NO_GRAPH;
}

/** What the notebook says of a node; of a child or a check, what it says of the node that has it. */
export function viewOf(state: SessionState, name: string): NodeView | undefined {
  const { nodes } = shownGraph(state);
  for (let at: string | null = name; at !== null; at = state.run?.nodes.get(at)?.parent ?? null) {
    const found = nodes.find(node => node.name === at || node.checks.includes(name));
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** The cell to go to: where the node failed, if that is in this notebook, or else its first one. */
export function cellOf(state: SessionState, name: string): { cell: string; line: number | undefined } | null {
  const error = state.run?.nodes.get(name)?.error;
  const cells = state.source.preview?.cells ?? [];
  if (error?.cell_id && (cells.length === 0 || cells.some(cell => cell.id === error.cell_id))) {
    return { cell: error.cell_id, line: error.line ?? undefined };
  }
  const first = viewOf(state, name)?.cells[0];
  return first === undefined ? null : { cell: first, line: undefined };
}

// Results are kept by what they were made from: selectors must return the same object for the same state.
const fieldsOf = new WeakMap<object, readonly Field[]>();
const NO_FIELDS: readonly Field[] = [];

export function formFields(state: SessionState): readonly Field[] {
  const { preview } = state.source;
  if (!preview) {
    return NO_FIELDS;
  }
  const known = fieldsOf.get(preview) ?? preview.parameters.map(fieldOf);
  fieldsOf.set(preview, known);
  return known;
}

export function reading(state: SessionState): Reading {
  return readForm(formFields(state), state.draft.typed);
}

export function jobsOf(draft: Pick<Draft, 'jobs'>): number | null {
  return /^[1-9]\d*$/.test(draft.jobs.trim()) ? Number(draft.jobs) : null;
}

/** How a run runs that is started now: as chosen, or else as the page has it. */
export function defaultsOf({ jobs, failFast }: Draft, host: Host): RunDefaults {
  const defaults = host.defaults?.();
  return {
    jobs: jobsOf({ jobs }) ?? defaults?.jobs ?? null,
    failFast: failFast ?? defaults?.failFast ?? false
  };
}

export function hasFaults(state: SessionState): boolean {
  const { draft } = state;
  return reading(state).faults.size > 0 || (draft.jobs.trim() !== '' && jobsOf(draft) === null);
}

export function situationOf(state: SessionState, host: Host): Situation {
  return {
    isReadOnly: host.isReadOnly,
    connection: state.connection,
    preview: state.source.preview,
    hasFaults: hasFaults(state),
    isBusy: state.busy !== null,
    run: shownRun(state)
  };
}
