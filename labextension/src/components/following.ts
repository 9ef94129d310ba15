import type { Client, Disposable, Told } from '../api/client';
import type { Refusal, RunSummary } from '../api/wire.generated';
import { changeRun, changeRuns, type RunModel, showRun } from '../model/run';
import { Batch, type Schedule } from '../model/store';

/** Hands on what is told of one run, once a frame; `null`: nothing is known yet. */
export class RunFollower implements Disposable {
  constructor(
    client: Client,
    readonly runId: string,
    private readonly onRun: (run: RunModel) => void,
    private readonly onProblem: (refusal: Refusal) => void,
    schedule?: Schedule
  ) {
    this.batch = new Batch(told => this.take(told), schedule);
    this.watch = client.watch({ op: 'watch_run', run_id: runId, after: 0 }, told => this.batch.push(told));
  }

  dispose(): void {
    this.watch.dispose();
    this.batch.dispose();
  }

  private take(messages: readonly Told[]): void {
    const before = this.model;
    for (const told of messages) {
      if (told.kind === 'run' && 'view' in told) {
        this.model = showRun(told.view);
      } else if (told.kind === 'run_changed' && 'seq' in told && this.model) {
        this.model = changeRun(this.model, told);
      } else if (told.kind === 'error' && 'error' in told) {
        this.onProblem(told.error);
      }
    }
    if (this.model && this.model !== before) {
      this.onRun(this.model);
    }
  }

  private readonly batch: Batch<Told>;
  private readonly watch: Disposable;
  private model: RunModel | null = null;
}

/** Hands on the runs of a notebook, or of the whole store, once a frame. */
export class RunsFollower implements Disposable {
  constructor(
    client: Client,
    path: string | null,
    onRuns: (change: (known: readonly RunSummary[] | null) => readonly RunSummary[]) => void,
    onProblem: (refusal: Refusal) => void,
    schedule?: Schedule
  ) {
    this.batch = new Batch(messages => {
      for (const told of messages) {
        if (told.kind === 'runs' && 'runs' in told) {
          onRuns(known => changeRuns(known ?? [], told.runs));
        } else if (told.kind === 'error' && 'error' in told) {
          onProblem(told.error);
        }
      }
    }, schedule);
    this.watch = client.watch({ op: 'watch_runs', path }, told => this.batch.push(told));
  }

  dispose(): void {
    this.watch.dispose();
    this.batch.dispose();
  }

  private readonly batch: Batch<Told>;
  private readonly watch: Disposable;
}
