import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs, SessionContextDialogs } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Actions } from '../notebooks/actions';
import { IDataOps, IDataOpsActions, IDataOpsSettings, PACKAGE } from '../tokens';

/** What the user can do with runs, wherever it is asked for: panels, commands, notifications. */
export const actionsPlugin: JupyterFrontEndPlugin<Actions> = {
  id: `${PACKAGE}:actions`,
  description: 'Provides what the user can do with runs.',
  autoStart: true,
  requires: [IDataOps, IDataOpsSettings, IDocumentManager],
  optional: [ISessionContextDialogs, ITranslator],
  provides: IDataOpsActions,
  activate: (
    { shell }: JupyterFrontEnd,
    dataops: IDataOps,
    settings: IDataOpsSettings,
    docManager: IDocumentManager,
    dialogs: ISessionContextDialogs | null,
    translator: ITranslator | null
  ) => {
    const languages = translator ?? nullTranslator;
    return new Actions({
      dataops,
      settings,
      docManager,
      shell,
      dialogs: dialogs ?? new SessionContextDialogs({ translator: languages }),
      trans: languages.load('jupyter_dataops')
    });
  }
};
