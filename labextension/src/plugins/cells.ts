import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';
import { OperationError } from '../api/client';
import { CellCommands } from '../cellCommands';
import { CellHeaders, type HeaderActions, type Shown } from '../notebooks/cellHeaders';
import { IDataOps, PACKAGE } from '../tokens';

const SETTINGS = `${PACKAGE}:plugin`;

/** What the menu of a chip offers. */
const MENU = [
  CellCommands.editTags,
  null,
  CellCommands.startNode,
  CellCommands.addCheck,
  CellCommands.makeSetup,
  CellCommands.makeParameters,
  null,
  CellCommands.skipCells,
  CellCommands.clearTags
];

/** The pipeline at the cells of each notebook: bars, chips and diagnostics. */
export const cellsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:cells`,
  description: 'Shows at each cell what it is to the pipeline, how its node is, and what is wrong with it.',
  autoStart: true,
  requires: [IDataOps, INotebookTracker],
  optional: [ITranslator, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const views = new Map<NotebookPanel, CellHeaders>();
    let shown: Shown = { chips: true, diagnostics: true };
    let settings: ISettingRegistry.ISettings | null = null;

    const menu = new Menu({ commands });
    for (const command of MENU) {
      menu.addItem(command === null ? { type: 'separator' } : { type: 'command', command });
    }
    const execute = (command: string, args = {}): void => {
      if (commands.hasCommand(command)) {
        void commands.execute(command, args);
      }
    };
    const actions: HeaderActions = {
      show: node => execute(CellCommands.showNode, { node }),
      retry: ({ run }, node) => {
        if (run !== null) {
          dataops.client.call('retry', { run_id: run.run.run_id, nodes: [node] }).catch((error: unknown) => {
            Notification.error(toldOf(error));
          });
        }
      },
      edit: () => execute(CellCommands.editTags),
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
      commands.notifyCommandChanged(CellCommands.toggleChips);
    };
    const read = (): void => {
      show({
        chips: settings?.composite['showChips'] !== false,
        diagnostics: settings?.composite['showDiagnostics'] !== false
      });
    };
    registry?.load(SETTINGS).then(
      loaded => {
        settings = loaded;
        loaded.changed.connect(read);
        read();
      },
      // Without settings everything is shown, and the command holds until the page is reloaded.
      () => undefined
    );

    commands.addCommand(CellCommands.toggleChips, {
      label: trans.__('Show Nodes in the Notebook'),
      caption: trans.__('Show at each cell which node it belongs to, and how that node is'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggled: () => shown.chips,
      execute: async () => {
        const chips = !shown.chips;
        show({ ...shown, chips });
        await settings?.set('showChips', chips);
      }
    });
    palette?.addItem({ command: CellCommands.toggleChips, category: trans.__('Data Pipeline') });
  }
};

function toldOf(error: unknown): string {
  return error instanceof OperationError ? `${error.message} ${error.refusal.hint}` : String(error);
}
