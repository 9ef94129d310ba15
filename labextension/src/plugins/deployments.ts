import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import { hindranceText } from '../components/controls/words';
import { addNotebookCommands } from '../notebooks/commands';
import { IDataOps, IDataOpsActions, PACKAGE } from '../tokens';
import type { Arguments, CommandSpec } from '../widgets/command';
import { deployIcon } from '../widgets/icons';

/** The command that deploys. */
class Deploys {
  constructor(
    readonly app: JupyterFrontEnd,
    readonly dataops: IDataOps,
    readonly actions: IDataOpsActions,
    readonly trans: TranslationBundle
  ) {}

  whyNot({ path }: Arguments): string | null {
    const { dataops, trans } = this;
    if (!dataops.mayRun || !dataops.mayWrite) {
      return trans.__('You may look at deployments here, but not deploy.');
    }
    // A notebook that is named is opened when the command is executed.
    if (path !== undefined) {
      return null;
    }
    const panel = dataops.activePanel;
    if (panel === null) {
      return hindranceText('no_notebook', trans);
    }
    return dataops.of(panel).preview?.is_pipeline === true ? null : hindranceText('no_nodes', trans);
  }

  async deploy({ path, environment }: Arguments): Promise<unknown> {
    // A dialog with React in it: loaded when somebody asks for it.
    const { deployNotebook } = await import('../notebooks/deploying');
    return deployNotebook(this, path, environment);
  }
}

/** Notebooks that are live somewhere. */
export const deploymentsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:deployments`,
  description: 'A command to deploy notebooks.',
  autoStart: true,
  requires: [IDataOps, IDataOpsActions],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    actions: IDataOpsActions,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const deploys = new Deploys(app, dataops, actions, trans);
    const command: CommandSpec = {
      id: COMMANDS.deployNotebook,
      label: trans.__('Deploy This Notebook…'),
      caption: trans.__('Make a version of the notebook, and make it live in an environment'),
      icon: deployIcon,
      args: {
        path: trans.__('Path of a notebook; by default the active one'),
        environment: trans.__('Name of the environment; by default it is asked for')
      },
      whyNot: args => deploys.whyNot(args),
      execute: args => deploys.deploy(args)
    };
    addNotebookCommands(app.commands, palette, trans.__('Data pipelines'), dataops, [command]);
  }
};
