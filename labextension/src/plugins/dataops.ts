import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { permissionsOf, serverClient } from '../notebooks/server';
import { DataOps } from '../notebooks/dataOps';
import { IDataOps, PACKAGE } from '../tokens';

/** The way to Python, and the pipelines of the notebooks that are open. */
export const dataOpsPlugin: JupyterFrontEndPlugin<IDataOps> = {
  id: `${PACKAGE}:dataops`,
  description: 'Provides the pipelines of open notebooks, and the way to Python.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IDataOps,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker): IDataOps =>
    new DataOps(
      serverClient(app.serviceManager.serverSettings),
      tracker,
      permissionsOf(app.serviceManager.serverSettings)
    )
};
