import type { Client, Disposable, Told } from '../api/client';
import type { NodeRunView, RunSummary, RunView } from '../api/wire.generated';

/** `view` with what has changed since; `null` before anything was told. */
export function afterTold(view: RunView | null, told: Told): RunView | null {
  if (told.kind === 'run') {
    return told.view;
  }
  if (told.kind !== 'run_changed' || view === null) {
    return view;
  }
  const changed = new Map(told.nodes.map(node => [node.node, node]));
  const nodes = view.nodes.map(node => changed.get(node.node) ?? node);
  const known = new Set(view.nodes.map(node => node.node));
  const added = told.nodes.filter(node => !known.has(node.node));
  return {
    ...view,
    run: told.run,
    nodes: added.length > 0 ? inOrder([...nodes, ...added]) : nodes,
    edited: told.edited,
    seq: told.seq
  };
}

function inOrder(nodes: NodeRunView[]): NodeRunView[] {
  return nodes.sort((one, other) => one.position - other.position);
}

/** The one that was made last; times with an offset do not compare as text. */
export function newest(runs: readonly RunSummary[]): RunSummary | null {
  return runs.reduce<RunSummary | null>(
    (best, run) => (best === null || Date.parse(run.created_at) > Date.parse(best.created_at) ? run : best),
    null
  );
}

/** Follows the latest run of a notebook, live: a new run takes the place of the one before. */
export class LatestRun implements Disposable {
  constructor(
    private readonly client: Client,
    path: string,
    private readonly tell: (view: RunView | null) => void
  ) {
    this.runs = client.watch({ op: 'watch_runs', path }, told => this.hearRuns(told));
  }

  dispose(): void {
    this.runs.dispose();
    this.run?.dispose();
  }

  private hearRuns(told: Told): void {
    const latest = told.kind === 'runs' ? newest(told.runs) : null;
    if (
      latest === null ||
      (this.latest !== null && Date.parse(latest.created_at) <= Date.parse(this.latest.created_at))
    ) {
      return;
    }
    this.latest = latest;
    this.run?.dispose();
    this.view = null;
    this.run = this.client.watch({ op: 'watch_run', run_id: latest.run_id }, toldOfRun => {
      this.view = afterTold(this.view, toldOfRun);
      this.tell(this.view);
    });
  }

  private readonly runs: Disposable;
  private run: Disposable | null = null;
  private latest: RunSummary | null = null;
  private view: RunView | null = null;
}
