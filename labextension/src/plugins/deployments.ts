import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../api/client';
import type { Deploying, DeployOutcome } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { hindranceText } from '../components/controls/words';
import { fieldOf } from '../model/parameters';
import { isEnded } from '../model/run';
import { sentence, sentences } from '../model/sentences';
import { addNotebookCommands } from '../notebooks/commands';
import { save } from '../notebooks/saving';
import { attempt } from '../widgets/telling';
import { IDataOps, IDataOpsActions, PACKAGE } from '../tokens';
import type { Arguments, CommandSpec } from '../widgets/command';
import { deployIcon } from '../widgets/icons';

/** The command that deploys, and how it tells what came of it. */
class Deploys {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly actions: IDataOpsActions,
    private readonly trans: TranslationBundle
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

  async deploy({ path: wanted, environment = '' }: Arguments): Promise<unknown> {
    const { dataops, trans, actions } = this;
    const { client } = dataops;
    const panel = wanted === undefined ? dataops.activePanel : await actions.open(wanted);
    if (panel === null) {
      return null;
    }
    // What is deployed is what is on disk.
    await save(panel, trans);
    const { path } = dataops.of(panel);
    const [{ parameters, name }, { deployments, environments }] = await Promise.all([
      client.call('preview', { path }),
      client.call('list_deployments', { path })
    ]);
    const [known] = deployments;
    const live = deployments.flatMap(one => one.live.map(move => move.environment));
    // A dialog with React in it: loaded when somebody asks for it.
    const { askDeployment } = await import('../widgets/deployDialog');
    const done = await askDeployment({
      client,
      trans,
      path,
      fields: parameters.map(fieldOf),
      environments: [...new Set([...environments, ...live])],
      initial: {
        environment: environment || environments[0] || live[0] || '',
        name: known?.name ?? name,
        test: false,
        typed: {}
      }
    });
    if (done !== null) {
      this.tell(done);
    }
    return done && { deployment: done.version.deployment, version: done.version.version };
  }

  private tell(done: Deploying): void {
    const { trans } = this;
    const { deployment } = done.version;
    const show = () => attempt(this.app.commands.execute(COMMANDS.showDeployments, { deployment }));
    const actions = [{ label: trans.__('Show'), callback: show }];
    if (done.test === null) {
      Notification.emit(sentence(done.told), 'success', { autoClose: 8000, actions });
      return;
    }
    const { run_id } = done.test;
    const showRun = () => attempt(this.app.commands.execute(COMMANDS.showPanel, { run_id }));
    const id = Notification.emit(sentence(done.told), 'in-progress', {
      autoClose: false,
      actions: [{ label: trans.__('Show run'), callback: showRun }]
    });
    outcomeOf(this.dataops.client, run_id).then(
      ({ state, told, refusal }) => {
        const message = refusal ? sentences(told, refusal.message, refusal.hint) : sentence(told);
        const isLive = state === 'live';
        Notification.update({
          id,
          message,
          type: isLive ? 'success' : 'error',
          autoClose: isLive ? 8000 : false,
          actions
        });
      },
      () => Notification.dismiss(id)
    );
  }
}

/** Who moves the live pointer does so when the run has ended: it may take a moment. */
const TRIES = 20;
const BETWEEN_MS = 500;

/** What came of the version that a run tests, once that run has ended. */
async function outcomeOf(client: Client, run_id: string): Promise<DeployOutcome> {
  await new Promise<void>((resolve, reject) => {
    const watch = client.watch({ op: 'watch_run', run_id, after: 0 }, told => {
      const run = told.kind === 'run' ? told.view.run : told.kind === 'run_changed' ? told.run : null;
      if (told.kind === 'error') {
        reject(new Error(told.error.message));
      } else if (run !== null && isEnded(run)) {
        resolve();
        watch.dispose();
      }
    });
  });
  let outcome = await client.call('get_deploy_outcome', { run_id });
  for (let tries = 1; tries < TRIES && (outcome.state === 'testing' || outcome.state === 'unknown'); tries++) {
    await new Promise(resolve => setTimeout(resolve, BETWEEN_MS));
    outcome = await client.call('get_deploy_outcome', { run_id });
  }
  return outcome;
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
