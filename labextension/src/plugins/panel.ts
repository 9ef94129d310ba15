import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PACKAGE, PANEL_ID } from '../tokens';
import { PipelinePanel } from '../widgets/pipelinePanel';

/** The side panel with the pipeline of the active notebook. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:plugin`,
  description: 'Shows the pipeline of the active notebook.',
  autoStart: true,
  optional: [ITranslator, ILayoutRestorer],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null, restorer: ILayoutRestorer | null) => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const panel = new PipelinePanel(trans);
    app.shell.add(panel, 'left', { rank: 700, type: 'Pipeline' });
    restorer?.add(panel, PANEL_ID);
  }
};
