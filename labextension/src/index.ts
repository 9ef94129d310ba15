import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { dataOpsPlugin } from './plugins/dataops';
import { panelPlugin } from './plugins/panel';

const plugins: JupyterFrontEndPlugin<unknown>[] = [dataOpsPlugin, panelPlugin];

export default plugins;
