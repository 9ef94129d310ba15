import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { COMMANDS } from '../commands';
import { IDataOps, IDataOpsSettings, type INotebookPipeline, PACKAGE } from '../tokens';
import { StatusItem } from '../widgets/statusItem';

const ID = `${PACKAGE}:status`;

/** The status bar says how the pipeline of the active notebook goes. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows in the status bar how the pipeline of the active notebook goes.',
  autoStart: true,
  requires: [IDataOps, IDataOpsSettings],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    settings: IDataOpsSettings,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (statusBar === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const item = new StatusItem(() => void app.commands.execute(COMMANDS.showPanel), trans);
    const activeStateChanged = new Signal<StatusItem, void>(item);
    let followed: INotebookPipeline | null = null;

    const show = () => {
      item.follow(dataops.active);
      activeStateChanged.emit();
    };
    const follow = () => {
      followed?.changed.disconnect(show);
      followed = dataops.active;
      followed?.changed.connect(show);
      show();
    };
    dataops.activeChanged.connect(follow);
    settings.changed.connect(show);
    follow();
    statusBar.registerStatusItem(ID, {
      item,
      align: 'left',
      rank: 20,
      isActive: () => settings.current.showStatus && item.status !== null,
      activeStateChanged
    });
  }
};
