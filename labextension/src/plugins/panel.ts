import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import type { Place } from '../components/place';
import { onlyNew } from '../model/settings';
import type { Actions } from '../notebooks/actions';
import { ActiveSource } from '../notebooks/activeSource';
import { labHost } from '../notebooks/labHost';
import { IDataOps, IDataOpsActions, IDataOpsSettings, PACKAGE, PANEL_ID, RUNS_ID } from '../tokens';
import { addCommand } from '../widgets/command';
import { assetIcon, deployIcon, pipelineIcon, runsIcon, scheduleIcon } from '../widgets/icons';
import { LazyPanel } from '../widgets/lazyPanel';

/** Below the property inspector and the debugger. */
const RANK = 700;

const DIRECTIONS = { fit: null, down: 'TB', right: 'LR' } as const;

/** The side panels: the pipeline of the active notebook, and what the whole store has. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:panels`,
  description: 'Shows the pipeline of the active notebook, and the runs of all.',
  autoStart: true,
  requires: [IDataOps, IDataOpsActions, IDataOpsSettings, IRenderMimeRegistry],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    actions: Actions,
    settings: IDataOpsSettings,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const { commands, shell } = app;
    const { client } = dataops;
    const host = labHost({ dataops, actions, settings, commands, rendermime, trans });
    const problem = trans.__('This panel could not be loaded. Open it again to try once more.');
    const load = async () => {
      await dataops.permissions;
      return import('../widgets/pipelineTree');
    };

    const pipeline = new LazyPanel({
      id: PANEL_ID,
      icon: pipelineIcon,
      caption: trans.__('Pipeline'),
      problem,
      load: async node => {
        const content = (await load()).mountPipeline(node, client, host, new ActiveSource(dataops));
        // Any other setting leaves the graph as the user has turned it.
        const turnTo = onlyNew((direction: keyof typeof DIRECTIONS) =>
          content.session.changePanel(panel => ({ ...panel, direction: DIRECTIONS[direction] }))
        );
        const turn = () => turnTo(settings.current.graphDirection);
        turn();
        settings.changed.connect(turn);
        return content;
      }
    });
    const runs = new LazyPanel({
      id: RUNS_ID,
      icon: runsIcon,
      caption: trans.__('Pipeline Runs'),
      problem,
      load: async node => (await load()).mountStore(node, client, host)
    });

    const place = () => {
      const side = settings.current.panelSide;
      [pipeline, runs].forEach((panel, index) => {
        if (![...shell.widgets(side)].includes(panel)) {
          shell.add(panel, side, { rank: RANK + index, type: 'Pipeline' });
        }
      });
    };
    // Before the layout is restored, which looks for them; and after it has put them where they were.
    place();
    void app.restored.then(place);
    restorer?.add(pipeline, PANEL_ID);
    restorer?.add(runs, RUNS_ID);
    settings.changed.connect(place);

    const showStore = async (part: Partial<Place>) => {
      shell.activateById(RUNS_ID);
      runs.focus();
      const { place: shown } = await runs.takeContent();
      shown.update(state => ({ ...state, ...part, revision: state.revision + 1 }));
    };

    const category = trans.__('Data pipelines');
    addCommand(commands, palette, category, {
      id: COMMANDS.showPanel,
      label: trans.__('Show Pipeline'),
      caption: trans.__('Show the panel with the pipeline of the active notebook'),
      icon: pipelineIcon,
      args: {
        path: trans.__('Path of the notebook to open first; by default the active one'),
        run_id: trans.__('Id of the run to show; by default the latest one'),
        node: trans.__('Name of the node to show details of'),
        focus: trans.__('Whether the keyboard goes to the panel; by default it does')
      },
      execute: async ({ path, run_id, node, focus = true }) => {
        if (path !== undefined && dataops.active?.path !== path) {
          await actions.open(path);
        }
        shell.activateById(PANEL_ID);
        if (focus) {
          pipeline.focus();
        }
        const { session } = await pipeline.takeContent();
        if (run_id !== undefined) {
          session.showRun(run_id);
        }
        if (node !== undefined) {
          session.open(node);
        }
      }
    });
    addCommand(commands, palette, category, {
      id: COMMANDS.showRuns,
      label: trans.__('Show Pipeline Runs'),
      caption: trans.__('Show the panel with the runs of all notebooks'),
      icon: runsIcon,
      execute: () => showStore({ tab: 'runs' })
    });
    addCommand(commands, palette, category, {
      id: COMMANDS.showSchedules,
      label: trans.__('Show Schedules'),
      caption: trans.__('Show the panel with the schedules of all notebooks'),
      icon: scheduleIcon,
      args: { schedule: trans.__('Name of the schedule to open; by default the list is shown') },
      execute: ({ schedule = null }) => showStore({ tab: 'schedules', schedule })
    });
    addCommand(commands, palette, category, {
      id: COMMANDS.showDeployments,
      label: trans.__('Show Deployments'),
      caption: trans.__('Show the panel with the deployed versions of all notebooks'),
      icon: deployIcon,
      args: { deployment: trans.__('Name of the deployment to open; by default the list is shown') },
      execute: ({ deployment = null }) => showStore({ tab: 'deployments', deployment })
    });
    addCommand(commands, palette, category, {
      id: COMMANDS.showAssets,
      label: trans.__('Show Assets'),
      caption: trans.__('Show the panel with the values that pipelines have published'),
      icon: assetIcon,
      args: { asset: trans.__('Name of the asset whose versions are shown; by default the list is shown') },
      execute: ({ asset = null }) => showStore({ tab: 'assets', asset })
    });
  }
};
