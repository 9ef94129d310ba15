import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import { hindranceText } from '../components/controls/words';
import { IDataOps, PACKAGE } from '../tokens';
import { addCommand } from '../widgets/command';
import { reportIcon } from '../widgets/icons';
import type { ReportWidget } from '../widgets/reportWidget';

/** Reports of runs, in the main area. */
export const reportPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:report`,
  description: 'Shows reports of runs.',
  autoStart: true,
  requires: [IDataOps],
  optional: [ILabShell, ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    labShell: ILabShell | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const tracker = new WidgetTracker<ReportWidget>({ namespace: `${PACKAGE}-report` });
    const latest = () => dataops.active?.run?.run.run_id ?? null;
    addCommand(app.commands, palette, trans.__('Data pipelines'), {
      id: COMMANDS.openReport,
      label: trans.__('Open Run Report'),
      caption: trans.__('Open the report of the latest run: graph, timeline, outputs, errors'),
      icon: reportIcon,
      args: { run_id: trans.__('Id of a run; by default the latest one of the active notebook') },
      whyNot: ({ run_id }) => ((run_id ?? latest()) === null ? hindranceText('no_run', trans) : null),
      execute: async ({ run_id }) => {
        const id = run_id ?? latest();
        if (id === null) {
          return;
        }
        const { ReportWidget } = await import('../widgets/reportWidget');
        let widget = tracker.find(one => one.runId === id);
        if (widget === undefined) {
          widget = new ReportWidget(dataops.client, id, trans);
          // The main area of Notebook 7 has room for the notebook alone.
          app.shell.add(widget, labShell === null ? 'down' : 'main', { type: 'Pipeline Report' });
          await tracker.add(widget);
        }
        app.shell.activateById(widget.id);
      }
    });
    void restorer?.restore(tracker, {
      command: COMMANDS.openReport,
      args: ({ runId }) => ({ run_id: runId }),
      name: ({ runId }) => runId
    });
  }
};
