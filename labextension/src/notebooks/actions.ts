import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, type ISessionContextDialogs, Notification, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunRequest, RunSummary } from '../api/wire.generated';
import { isEnded } from '../model/run';
import { cancelQuestion } from '../components/host';
import type { IDataOps, IDataOpsSettings } from '../tokens';
import { warnedQuestion } from '../widgets/warnedQuestion';
import { goToCell } from './cells';
import { kernelOf, restore } from './failedNode';
import { saveBeforeRun } from './saving';

export interface ActionsOptions {
  readonly dataops: IDataOps;
  readonly settings: IDataOpsSettings;
  readonly docManager: IDocumentManager;
  readonly shell: JupyterFrontEnd.IShell;
  readonly dialogs: ISessionContextDialogs;
  readonly trans: TranslationBundle;
}

/** What the user can do with runs, from wherever it is asked for. All reject with what went wrong. */
export class Actions {
  constructor(private readonly options: ActionsOptions) {}

  /** A run of the notebook; `null`: the user thought better of it. */
  async run(panel: NotebookPanel, request: Partial<RunRequest> = {}): Promise<RunSummary | null> {
    const { dataops, settings, trans } = this.options;
    const { saveBeforeRun: choice, jobs, failFast } = settings.current;
    if (!(await saveBeforeRun(panel, choice, trans))) {
      return null;
    }
    const { path } = dataops.of(panel);
    const asked = { path, jobs: jobs || null, fail_fast: failFast, ...request };
    return (await dataops.client.call('create_run', asked)).run;
  }

  /** What failed in the run, and what hangs below it, runs again with the notebook as it is now. */
  async retry(run: RunSummary, nodes: readonly string[] = []): Promise<RunSummary | null> {
    const { dataops, settings, trans } = this.options;
    const panel = run.path === null ? null : dataops.find(run.path);
    // Tried again within a run that goes on, a node runs as that run has pinned it: there is nothing to save.
    if (panel !== null && isEnded(run) && !(await saveBeforeRun(panel, settings.current.saveBeforeRun, trans))) {
      return null;
    }
    const jobs = settings.current.jobs || null;
    return (await dataops.client.call('retry', { run_id: run.run_id, nodes: [...nodes], jobs })).run;
  }

  async resume(runId: string): Promise<void> {
    await this.options.dataops.client.call('resume', { run_id: runId });
  }

  async cancel(run: RunSummary): Promise<void> {
    const { dataops, trans } = this.options;
    if (await this.confirm(...cancelQuestion(trans, run.name))) {
      await dataops.client.call('cancel', { run_id: run.run_id });
    }
  }

  /** Asks what is asked about a run, unless the user does not want to be asked. */
  async confirm(title: string, body: string, action: string): Promise<boolean> {
    return !this.options.settings.current.confirmCancel || this.agree(title, body, action);
  }

  /** Asks whether what cannot be taken back should be done, and says what speaks against it. */
  async agree(title: string, text: string, action: string, warning = ''): Promise<boolean> {
    const { trans } = this.options;
    const body = warning === '' ? text : warnedQuestion(text, warning, trans);
    const keep = Dialog.cancelButton({ label: trans.__('Back') });
    const { button } = await showDialog({ title, body, buttons: [keep, Dialog.warnButton({ label: action })] });
    return button.accept;
  }

  /** The inputs of the node are in the notebook's kernel, and the cursor is on the line that failed. */
  async openFailedNode(runId: string, node: string): Promise<void> {
    const { dataops, dialogs, trans } = this.options;
    const restoring = await dataops.client.call('restore', { run_id: runId, node });
    if (restoring.path === null) {
      throw new Error(trans.__('The notebook of this node lies outside the folder that the server shows.'));
    }
    const panel = await this.open(restoring.path);
    // The place first: a kernel may take its time, and the user can read meanwhile.
    if (restoring.cell_id !== null) {
      await goToCell(panel, restoring.cell_id, restoring.line);
    }
    const kernel = await kernelOf(panel, dialogs, trans);
    const id = Notification.emit(trans.__('Bringing the inputs of %1 into the kernel…', node), 'in-progress');
    try {
      await restore(kernel, restoring, trans);
    } catch (error) {
      Notification.dismiss(id);
      throw error;
    }
    const names = restoring.names.join(', ');
    const message = names
      ? trans.__('The kernel has what %1 had when it failed: %2. Mend the cell, then retry.', node, names)
      : trans.__('The kernel is as it was when %1 failed. Mend the cell, then retry.', node);
    Notification.update({ id, message, type: 'success', autoClose: 8000 });
    if (restoring.cell_id !== null) {
      await goToCell(panel, restoring.cell_id, restoring.line);
    }
  }

  /** The notebook is open and in front. */
  async open(path: string): Promise<NotebookPanel> {
    const { dataops, docManager, shell, trans } = this.options;
    const known = dataops.find(path);
    if (known !== null) {
      shell.activateById(known.id);
      return known;
    }
    const widget = docManager.openOrReveal(path, path.endsWith('.ipynb') ? 'Notebook' : undefined);
    if (widget === undefined) {
      // Notebook 7 has a browser tab for each notebook.
      throw new Error(trans.__('%1 was opened in a tab of its own: go on there.', path));
    }
    if (!(widget instanceof NotebookPanel)) {
      throw new Error(trans.__('%1 does not open as a notebook.', path));
    }
    await widget.context.ready;
    return widget;
  }
}
