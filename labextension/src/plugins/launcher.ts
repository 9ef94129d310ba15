import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import { createPipeline } from '../notebooks/newPipeline';
import { PACKAGE } from '../tokens';
import { addCommand } from '../widgets/command';
import { pipelineIcon } from '../widgets/icons';

/** A new pipeline, from the launcher, the menu *New* and the palette. */
export const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:launcher`,
  description: 'Creates notebooks that are pipelines.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ILauncher, IDefaultFileBrowser, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    docManager: IDocumentManager,
    launcher: ILauncher | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load('jupyter_dataops');
    const { contents, kernelspecs } = app.serviceManager;
    addCommand(app.commands, palette, trans.__('Data pipelines'), {
      id: COMMANDS.newPipeline,
      label: trans.__('New Data Pipeline'),
      shortLabel: trans.__('Data pipeline'),
      caption: trans.__('Create a notebook with parameters, setup and two nodes'),
      icon: pipelineIcon,
      args: { cwd: trans.__('Folder of the new notebook; by default that of the file browser') },
      execute: async ({ cwd }) => {
        await kernelspecs.ready;
        const folder = cwd ?? browser?.model.path ?? '';
        return { path: await createPipeline(docManager, contents, kernelspecs.specs, folder, trans) };
      }
    });
    launcher?.add({ command: COMMANDS.newPipeline, category: languages.load('jupyterlab').__('Notebook'), rank: 100 });
  }
};
