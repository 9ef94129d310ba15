import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { RunState, RunSummary } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { elapsedMs, formatDuration } from '../model/durations';
import type { Notice } from '../model/notices';
import { progress } from '../model/run';

/** How long a message stays in sight; the list of notifications keeps it. */
const BRIEFLY_MS = 5000;
/** Only in the list of notifications: no message pops up. */
const SILENT = 0;

type Ended = Extract<RunState, 'succeeded' | 'failed' | 'crashed' | 'cancelled'>;

const TYPES: Readonly<Record<Ended, Notification.TypeOptions>> = {
  succeeded: 'success',
  failed: 'error',
  crashed: 'error',
  cancelled: 'warning'
};

/** What a message offers: label, command, look. */
type Offer = readonly [string, string, Notification.ActionDisplayType?];

/** One notification for each run: it says that the run goes on, how far it is, and in the end what has become of it. */
export class RunNotifications {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly trans: TranslationBundle
  ) {}

  tell({ kind, run }: Notice): void {
    switch (kind) {
      case 'begun':
        // What had failed is being mended.
        this.forget(run.parent_run_id);
        this.show(run, 'in-progress', this.going(run), BRIEFLY_MS, [this.showing(run)]);
        break;
      case 'progress':
        this.show(run, 'in-progress', this.going(run), SILENT, [this.showing(run)]);
        break;
      case 'ended': {
        const state = run.state as Ended;
        const stays = state === 'failed' || state === 'crashed' ? false : BRIEFLY_MS;
        this.show(run, TYPES[state], this.ended(run, state), stays, this.afterwards(run, state));
        break;
      }
    }
  }

  private show(
    run: RunSummary,
    type: Notification.TypeOptions,
    message: string,
    autoClose: number | false,
    actions: Notification.IAction[]
  ): void {
    const known = this.ids.get(run.run_id);
    const { done, total } = progress(run);
    const options = { autoClose, actions, ...(total > 0 ? { progress: done / total } : {}) };
    if (known === undefined || !Notification.update({ id: known, message, type, ...options })) {
      // Progress of a run whose notification was dismissed is nothing that anybody wants to hear of.
      if (known === undefined || autoClose !== SILENT) {
        this.ids.set(run.run_id, Notification.emit(message, type, options));
      }
    }
  }

  private forget(runId: string | null): void {
    const id = runId === null ? undefined : this.ids.get(runId);
    if (id !== undefined) {
      Notification.dismiss(id);
    }
  }

  private going(run: RunSummary): string {
    const { done, total } = progress(run);
    return done === 0
      ? this.trans.__('%1 is running', run.name)
      : this.trans.__('%1 is running: %2 of %3 nodes done', run.name, done, total);
  }

  private ended(run: RunSummary, state: Ended): string {
    const { trans } = this;
    switch (state) {
      case 'succeeded': {
        const ms = elapsedMs(run.started_at, run.finished_at, Date.now());
        return ms === null
          ? trans.__('%1 succeeded', run.name)
          : trans.__('%1 succeeded in %2', run.name, formatDuration(ms));
      }
      case 'failed':
        return run.failed.length > 0
          ? trans.__('%1 failed: %2', run.name, listed(run.failed))
          : trans.__('%1 failed', run.name);
      case 'crashed':
        return trans.__('%1 crashed: its process was lost', run.name);
      case 'cancelled':
        return trans.__('%1 was cancelled', run.name);
    }
  }

  /** Without what the user may not do. */
  private afterwards(run: RunSummary, state: Ended): Notification.IAction[] {
    const { trans } = this;
    const retry: Offer = [trans.__('Retry'), COMMANDS.retryFailed, 'accent'];
    const report: Offer = [trans.__('Report'), COMMANDS.openReport];
    const offers: Readonly<Record<Ended, readonly Offer[]>> = {
      succeeded: [report],
      failed: [retry, [trans.__('Open failed node'), COMMANDS.openFailedNode], report],
      crashed: [[trans.__('Resume'), COMMANDS.resumeRun, 'accent'], report],
      cancelled: [retry, report]
    };
    return offers[state]
      .filter(([, command]) => this.commands.isEnabled(command, { run_id: run.run_id }))
      .map(([label, command, displayType]) => this.action(label, command, run, displayType));
  }

  private showing(run: RunSummary): Notification.IAction {
    return this.action(this.trans.__('Show'), COMMANDS.showPanel, run);
  }

  private action(
    label: string,
    command: string,
    run: RunSummary,
    displayType: Notification.ActionDisplayType = 'default'
  ): Notification.IAction {
    const callback = (event: MouseEvent) => {
      // What only shows something leaves the other actions at hand.
      if (displayType === 'default') {
        event.preventDefault();
      }
      void this.commands.execute(command, { run_id: run.run_id, ...(run.path === null ? {} : { path: run.path }) });
    };
    return { label, callback, displayType, caption: this.commands.caption(command, { run_id: run.run_id }) };
  }

  private readonly ids = new Map<string, string>();
}

/** The message is cut at 140 characters: two names, and how many more. */
function listed(names: readonly string[]): string {
  return names.length <= 2 ? names.join(', ') : `${names.slice(0, 2).join(', ')}, +${names.length - 2}`;
}
