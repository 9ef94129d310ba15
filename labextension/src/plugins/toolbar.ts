import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { LabIcon } from '@jupyterlab/ui-components';
import { COMMANDS } from '../commands';
import { IDataOps, PACKAGE } from '../tokens';
import { retryIcon, runPipelineIcon, scheduleIcon } from '../widgets/icons';
import { PipelineButton } from '../widgets/pipelineButton';

/** Factory of the toolbars, as the application names it. */
const NOTEBOOK = 'Notebook';

/** Buttons in the toolbar of each notebook that is a pipeline; `schema/plugin.json` says where they stand. */
export const toolbarPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:toolbar`,
  description: 'Buttons to run, retry and schedule in the toolbars of notebooks.',
  autoStart: true,
  requires: [IDataOps],
  optional: [IToolbarWidgetRegistry],
  activate: ({ commands }: JupyterFrontEnd, dataops: IDataOps, registry: IToolbarWidgetRegistry | null): void => {
    const add = (name: string, command: string, icon: LabIcon) =>
      registry?.addFactory<NotebookPanel>(
        NOTEBOOK,
        name,
        panel => new PipelineButton({ pipeline: dataops.of(panel), commands, command, icon })
      );
    add('dataops-run', COMMANDS.runPipeline, runPipelineIcon);
    add('dataops-retry', COMMANDS.retryFailed, retryIcon);
    add('dataops-schedule', COMMANDS.scheduleNotebook, scheduleIcon);
  }
};
