import type { RunSummary } from '../api/wire.generated';
import { isEnded } from './run';
import type { Settings } from './settings';

/** What is told of a run: once that it goes on, how far it is, and once how it ended. */
export interface Notice {
  readonly kind: 'begun' | 'progress' | 'ended';
  readonly run: RunSummary;
}

export interface NoticeRules {
  readonly scope: Settings['notifications'];
  /** The notebook at this path is open. */
  readonly isOpen: (path: string) => boolean;
}

/**
 * Decides which runs are told of. A run that had ended before anybody here knew of it is never told: it is history that
 * somebody looks at. One that was going on when the page was left is told once it is known how it ended.
 */
export class Notices {
  /** `going`: ids of the runs that were going on when the page was left, and had been told of. */
  constructor(going: readonly string[] = []) {
    going.forEach(id => this.told.set(id, { isOurs: true, isShown: false }));
  }

  /** A run that was started here: it is told of wherever its notebook is. */
  start(run: RunSummary): void {
    this.told.set(run.run_id, { isOurs: true, isShown: this.told.get(run.run_id)?.isShown ?? false });
  }

  /** What is to be told now that the runs are as they are. */
  after(runs: readonly RunSummary[], rules: NoticeRules): Notice[] {
    return runs.flatMap(run => this.afterOne(run, rules) ?? []);
  }

  /** Runs to remember over a reload. */
  get going(): readonly string[] {
    return [...this.told.keys()];
  }

  private afterOne(run: RunSummary, { scope, isOpen }: NoticeRules): Notice | null {
    const known = this.told.get(run.run_id);
    if (isEnded(run)) {
      this.told.delete(run.run_id);
      const isTold = known !== undefined && scope !== 'none' && (scope !== 'failures' || isBad(run));
      return isTold ? { kind: 'ended', run } : null;
    }
    const isOurs = known?.isOurs ?? (scope === 'all' || (run.path !== null && isOpen(run.path)));
    if (!isOurs) {
      return null;
    }
    this.told.set(run.run_id, { isOurs, isShown: true });
    if (scope === 'none' || scope === 'failures') {
      return null;
    }
    return { kind: known?.isShown ? 'progress' : 'begun', run };
  }

  private readonly told = new Map<string, { isOurs: boolean; isShown: boolean }>();
}

function isBad(run: RunSummary): boolean {
  return run.state === 'failed' || run.state === 'crashed';
}
