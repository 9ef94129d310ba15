import type { Client, Disposable, Told } from '../api/client';
import type { Refusal, RunSummary } from '../api/wire.generated';
import { changeRun, changeRuns, type RunModel, showRun } from '../model/run';
import { Batch, type Schedule, type Store } from '../model/store';
import { type SessionState, shownRunId } from './sessionState';

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

/** What a session follows: the runs of one notebook, and the one of them that is shown. */
export class Following implements Disposable {
  constructor(
    private readonly client: Client,
    private readonly store: Store<SessionState>,
    private readonly schedule?: Schedule
  ) {}

  /** Begins anew; `null`: nothing is followed. */
  followNotebook(path: string | null): void {
    this.dispose();
    if (path === null) {
      return;
    }
    this.runs = new RunsFollower(
      this.client,
      path,
      change => {
        this.store.update(state => ({ ...state, runs: change(state.runs), runsProblem: null }));
        this.followShownRun();
      },
      runsProblem => this.store.update(state => ({ ...state, runsProblem })),
      this.schedule
    );
  }

  /** The run that is shown may be another one now. */
  followShownRun(): void {
    const id = shownRunId(this.store.get());
    if (id === null || this.run?.runId === id) {
      return;
    }
    this.run?.dispose();
    this.store.update(state => ({ ...state, runProblem: null }));
    this.run = new RunFollower(
      this.client,
      id,
      run => this.store.update(state => ({ ...state, run })),
      runProblem => this.store.update(state => ({ ...state, runProblem, run: null })),
      this.schedule
    );
  }

  dispose(): void {
    this.runs?.dispose();
    this.run?.dispose();
    this.runs = this.run = null;
  }

  private runs: RunsFollower | null = null;
  private run: RunFollower | null = null;
}
