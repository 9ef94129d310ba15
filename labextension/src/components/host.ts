import type { Disposable } from '../api/client';
import type { Fix, RunSummary } from '../api/wire.generated';
import type { Texts } from '../model/texts';

/** One nbformat output, not trusted. */
export interface Output {
  output_type: string;
  [key: string]: unknown;
}

/** What the page has for runs that do not say otherwise. */
export interface RunDefaults {
  /** Nodes at once; `null`: as Python is configured. */
  readonly jobs: number | null;
  readonly failFast: boolean;
}

/**
 * What the page around the panel can do. An absent function means that it cannot, and the control for it is not shown.
 */
export interface Host {
  texts: Texts;

  /** The user may look and not touch. */
  readonly isReadOnly: boolean;

  /** Whether the user may add, edit and remove schedules; absent: whoever may start runs may. */
  readonly mayWrite?: boolean;

  /** Asked anew for each run. */
  defaults?(): RunDefaults;

  /** The cell is in sight and has the cursor, on the line (1-based) where given. */
  goToCell?(cellId: string, line?: number): void;

  /** The notebook is saved, so that a run takes what is on the screen. Rejects where it cannot be. */
  save?(): Promise<void>;

  /** The failed node's inputs are in the live kernel and the cursor is on the failing line. */
  openFailedNode?(runId: string, node: string): Promise<void>;

  /** A file, such as an executed notebook, is opened. */
  openFile?(path: string): void;

  /** The run's report is opened. */
  openReport?(runId: string): void;

  /** The user is asked how the active notebook is to be scheduled. Its absence: nothing can be scheduled here. */
  scheduleNotebook?(): void;

  /** The user is shown the form of a schedule, and has changed it or not. Rejects where it cannot be shown. */
  editSchedule?(name: string): Promise<void>;

  /** The user is asked where the notebook is to be deployed, by default the active one. */
  deployNotebook?(path?: string): void;

  /** The notebook of a run is opened with that run shown beside it. Called by the list of all runs. */
  openRun?(run: RunSummary): void;

  /** The tags of the cells are as the fix says. Rejects where the notebook cannot be changed. */
  applyFix?(fix: Fix): Promise<void>;

  /** The user is shown proposed tags for an untagged notebook, and has taken them or not. */
  tagNotebook?(): Promise<void>;

  /** Outputs of a cell are rendered into `element`, sanitised; without it the server's harmless HTML is shown. */
  renderOutputs?(element: HTMLElement, outputs: Output[]): Disposable;

  /**
   * Resolves to whether the user agrees to what cannot be taken back. Without it, nothing is asked.
   *
   * `warning` is what speaks against it, in lines.
   */
  agree?(title: string, body: string, action: string, warning?: string): Promise<boolean>;

  /** The same about a run, which users may have chosen not to be asked. */
  confirm?(title: string, body: string, action: string): Promise<boolean>;
}

/** Whether the user may change what will run by itself: schedules, and what is live. */
export function mayChange({ isReadOnly, mayWrite }: Host): boolean {
  return !isReadOnly && mayWrite !== false;
}

/** What is asked before a run is stopped: title, body, and the word on the button. */
export function cancelQuestion(texts: Texts, name: string): [string, string, string] {
  return [
    texts.__('Cancel the run of %1?', name),
    texts.__('Nodes that are running are stopped. What has been computed is kept, and can be retried from.'),
    texts.__('Cancel run')
  ];
}

/** Asks whether a run should be stopped, where the page can ask. */
export async function agreesToCancel(host: Host, { name }: RunSummary): Promise<boolean> {
  return (await host.confirm?.(...cancelQuestion(host.texts, name))) ?? true;
}
