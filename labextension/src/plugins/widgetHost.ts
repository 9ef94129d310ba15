import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Actions } from '../notebooks/actions';
import { widgetHosts } from '../notebooks/widgetHost';
import { IDataOps, IDataOpsActions, IDataOpsSettings, PACKAGE } from '../tokens';
import { offerBridge } from '../anywidget/bridge';

/** The panels that notebooks have in their outputs can do what the side panel can. */
export const widgetHostPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:widget-host`,
  description: 'Lets panels in outputs of notebooks go to cells, open files and failed nodes.',
  autoStart: true,
  requires: [IDataOps, IDataOpsActions, IDataOpsSettings, INotebookTracker, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    actions: Actions,
    settings: IDataOpsSettings,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    offerBridge(widgetHosts(tracker, { dataops, actions, settings, commands: app.commands, rendermime, trans }));
  }
};
