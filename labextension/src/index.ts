import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { cellsPlugin } from './plugins/cells';
import { dataOpsPlugin } from './plugins/dataops';
import { panelPlugin } from './plugins/panel';
import { proposalsPlugin } from './plugins/proposals';
import { tagsPlugin } from './plugins/tags';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  dataOpsPlugin,
  panelPlugin,
  cellsPlugin,
  tagsPlugin,
  proposalsPlugin
];

export default plugins;
