import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../api/client';
import type { Deploying, DeployOutcome } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { fieldOf } from '../model/parameters';
import { isEnded } from '../model/run';
import { sentence, sentences } from '../model/sentences';
import { save } from './saving';
import type { IDataOps, IDataOpsActions } from '../tokens';
import { askDeployment } from '../widgets/deployDialog';
import { attempt } from '../widgets/telling';

interface DeployedFrom {
  readonly app: JupyterFrontEnd;
  readonly dataops: IDataOps;
  readonly actions: IDataOpsActions;
  readonly trans: TranslationBundle;
}

/** The notebook at `wanted`, by default the active one, is deployed as the user says in a dialog. */
export async function deployNotebook(of: DeployedFrom, wanted: string | undefined, environment = ''): Promise<unknown> {
  const { dataops, trans, actions } = of;
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
      typed: {},
      takeover: false
    }
  });
  if (done !== null) {
    tell(of, done);
  }
  return done && { deployment: done.version.deployment, version: done.version.version };
}

function tell({ app, dataops, trans }: DeployedFrom, done: Deploying): void {
  const { deployment } = done.version;
  const show = () => attempt(app.commands.execute(COMMANDS.showDeployments, { deployment }));
  const actions = [{ label: trans.__('Show'), callback: show }];
  if (done.test === null) {
    Notification.emit(sentence(done.told), 'success', { autoClose: 8000, actions });
    return;
  }
  const { run_id } = done.test;
  const showRun = () => attempt(app.commands.execute(COMMANDS.showPanel, { run_id }));
  const id = Notification.emit(sentence(done.told), 'in-progress', {
    autoClose: false,
    actions: [{ label: trans.__('Show run'), callback: showRun }]
  });
  outcomeOf(dataops.client, run_id).then(
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
