import type { Client, Disposable } from '../api/client';
import type { RunSummary } from '../api/wire.generated';
import { RunFollower, RunsFollower } from '../components/following';
import { latestOf, type RunModel } from '../model/run';
import type { Schedule } from '../model/store';

/** Follows the latest run of a notebook, live, once a frame: a new run takes the place of the one before. */
export class LatestRun implements Disposable {
  /** `tell` is called with each change; a problem is left to the panel, which follows the same. */
  constructor(
    private readonly client: Client,
    path: string,
    private readonly tell: (run: RunModel) => void,
    private readonly schedule?: Schedule
  ) {
    const onRuns = (change: (known: readonly RunSummary[] | null) => readonly RunSummary[]) => {
      // The others are forgotten: only the latest matters here.
      const latest = latestOf(change(this.known));
      this.known = latest === null ? [] : [latest];
      this.followLatest();
    };
    this.runs = new RunsFollower(client, path, onRuns, () => undefined, schedule);
  }

  dispose(): void {
    this.runs.dispose();
    this.run?.dispose();
  }

  private followLatest(): void {
    const id = this.known[0]?.run_id;
    if (id !== undefined && id !== this.run?.runId) {
      this.run?.dispose();
      this.run = new RunFollower(this.client, id, this.tell, () => undefined, this.schedule);
    }
  }

  private readonly runs: Disposable;
  private known: readonly RunSummary[] = [];
  private run: RunFollower | null = null;
}
