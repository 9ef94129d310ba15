import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Disposable } from '../api/client';
import { COMMANDS } from '../commands';
import type { Host } from '../components/host';
import type { IDataOps, IDataOpsSettings } from '../tokens';
import type { Actions } from './actions';
import { goToCell, writeTags } from './cells';
import { saveOrAbort } from './saving';
import { attempt } from '../widgets/telling';

export interface LabHostOptions {
  readonly dataops: IDataOps;
  readonly actions: Actions;
  readonly settings: IDataOpsSettings;
  readonly commands: CommandRegistry;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

/** What JupyterLab can do for the components, with the notebook that is active at the time. */
export function labHost({ dataops, actions, settings, commands, rendermime, trans }: LabHostOptions): Host {
  const active = (): NotebookPanel => {
    const panel = dataops.activePanel;
    if (panel === null) {
      throw new Error(trans.__('The notebook was closed.'));
    }
    return panel;
  };
  return {
    texts: trans,
    get isReadOnly() {
      return !dataops.mayRun;
    },
    get mayWrite() {
      return dataops.mayWrite;
    },
    defaults: () => {
      const { jobs, failFast } = settings.current;
      return { jobs: jobs || null, failFast };
    },
    goToCell: (cellId, line) => attempt(goToCell(active(), cellId, line)),
    save: () => saveOrAbort(active(), settings.current.saveBeforeRun, trans),
    openFailedNode: (runId, node) => actions.openFailedNode(runId, node),
    openFile: path => attempt(actions.open(path)),
    openReport: runId => attempt(commands.execute(COMMANDS.openReport, { run_id: runId })),
    openRun: run => attempt(openRun(actions, commands, run.path, run.run_id)),
    scheduleNotebook: () => attempt(commands.execute(COMMANDS.scheduleNotebook)),
    deployNotebook: path => attempt(commands.execute(COMMANDS.deployNotebook, path === undefined ? {} : { path })),
    editSchedule: async name => {
      await commands.execute(COMMANDS.editSchedule, { schedule: name });
    },
    applyFix: fix => Promise.resolve(writeTags(active(), fix.changes)),
    tagNotebook: async () => {
      await commands.execute(COMMANDS.tagNotebook);
    },
    // Loaded with the first output: output areas bring much along.
    renderOutputs: (element, outputs) => {
      let rendered: Disposable | null = null;
      let isGone = false;
      attempt(
        import('./outputs').then(({ renderOutputs }) => {
          if (!isGone) {
            rendered = renderOutputs(rendermime, element, outputs);
          }
        })
      );
      return {
        dispose: () => {
          isGone = true;
          rendered?.dispose();
        }
      };
    },
    agree: (...question) => actions.agree(...question),
    confirm: (title, body, action) => actions.confirm(title, body, action)
  };
}

async function openRun(actions: Actions, commands: CommandRegistry, path: string | null, runId: string): Promise<void> {
  if (path !== null) {
    await actions.open(path);
  }
  await commands.execute(COMMANDS.showPanel, { run_id: runId });
}
