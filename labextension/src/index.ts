import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { actionsPlugin } from './plugins/actions';
import { cellsPlugin } from './plugins/cells';
import { dataOpsPlugin } from './plugins/dataops';
import { deploymentsPlugin } from './plugins/deployments';
import { launcherPlugin } from './plugins/launcher';
import { notebookCommandsPlugin } from './plugins/notebookCommands';
import { notificationsPlugin } from './plugins/notifications';
import { panelPlugin } from './plugins/panel';
import { proposalsPlugin } from './plugins/proposals';
import { reportPlugin } from './plugins/report';
import { runCommandsPlugin } from './plugins/runCommands';
import { schedulesPlugin } from './plugins/schedules';
import { settingsPlugin } from './plugins/settings';
import { statusPlugin } from './plugins/status';
import { tagsPlugin } from './plugins/tags';
import { toolbarPlugin } from './plugins/toolbar';
import { widgetHostPlugin } from './plugins/widgetHost';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  settingsPlugin,
  dataOpsPlugin,
  actionsPlugin,
  runCommandsPlugin,
  notebookCommandsPlugin,
  panelPlugin,
  widgetHostPlugin,
  reportPlugin,
  launcherPlugin,
  toolbarPlugin,
  statusPlugin,
  notificationsPlugin,
  cellsPlugin,
  tagsPlugin,
  proposalsPlugin,
  schedulesPlugin,
  deploymentsPlugin
];

export default plugins;
