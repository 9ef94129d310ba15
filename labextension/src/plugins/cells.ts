import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';
import { COMMANDS } from '../commands';
import { CellHeaders, type HeaderActions, type Shown } from '../notebooks/cellHeaders';
import { tellProblem } from '../widgets/telling';
import { IDataOps, IDataOpsActions, IDataOpsSettings, PACKAGE } from '../tokens';

/** What the menu of a chip offers. */
const MENU = [
  COMMANDS.editTags,
  null,
  COMMANDS.startNode,
  COMMANDS.addCheck,
  COMMANDS.makeSetup,
  COMMANDS.makeParameters,
  null,
  COMMANDS.skipCells,
  COMMANDS.clearTags
];

/** The pipeline at the cells of each notebook: bars, chips and diagnostics. */
export const cellsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:cells`,
  description: 'Shows at each cell what it is to the pipeline, how its node is, and what is wrong with it.',
  autoStart: true,
  requires: [IDataOps, IDataOpsActions, IDataOpsSettings, INotebookTracker],
  optional: [ITranslator, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    runs: IDataOpsActions,
    settings: IDataOpsSettings,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const views = new Map<NotebookPanel, CellHeaders>();
    const read = (): Shown => ({
      chips: settings.current.showChips,
      diagnostics: settings.current.showDiagnostics,
      retry: dataops.mayRun
    });
    let shown = read();

    const menu = new Menu({ commands });
    for (const command of MENU) {
      menu.addItem(command === null ? { type: 'separator' } : { type: 'command', command });
    }
    const actions: HeaderActions = {
      show: (node, focus) => void commands.execute(COMMANDS.showPanel, { node, focus }),
      retry: ({ run }, node) => {
        if (run !== null) {
          runs.retry(run.run, [node]).catch(error => tellProblem(error));
        }
      },
      edit: () => void commands.execute(COMMANDS.editTags),
      openMenu: at => menu.open(at.left, at.bottom)
    };

    const add = (panel: NotebookPanel): void => {
      views.set(panel, new CellHeaders(panel, dataops.of(panel), trans, actions, shown));
      panel.disposed.connect(() => views.delete(panel));
    };
    tracker.forEach(add);
    tracker.widgetAdded.connect((_, panel) => add(panel));

    const show = (next: Shown): void => {
      shown = next;
      views.forEach(view => view.show(shown));
      commands.notifyCommandChanged(COMMANDS.toggleChips);
    };
    settings.changed.connect(() => show(read()));
    void dataops.permissions.then(() => show({ ...shown, retry: dataops.mayRun }));

    commands.addCommand(COMMANDS.toggleChips, {
      label: trans.__('Show Nodes in the Notebook'),
      caption: trans.__('Show at each cell which node it belongs to, and how that node is'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggled: () => shown.chips,
      execute: async () => {
        const chips = !shown.chips;
        // At once, and until the page is reloaded where settings cannot be written.
        show({ ...shown, chips });
        await registry?.set(`${PACKAGE}:plugin`, 'showChips', chips);
      }
    });
    palette?.addItem({ command: COMMANDS.toggleChips, category: trans.__('Data pipelines') });
  }
};
