import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { COMMANDS } from '../commands';
import { hindranceText } from '../components/controls/words';
import { addNotebookCommands } from '../notebooks/commands';
import type { ScheduleActions } from '../notebooks/scheduling';
import { IDataOps, PACKAGE } from '../tokens';
import { addCommand, type Arguments, type CommandSpec } from '../widgets/command';
import { scheduleIcon } from '../widgets/icons';

/** What the commands of schedules share. */
class ScheduleCommands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly trans: TranslationBundle
  ) {}

  get scheduling(): CommandSpec {
    const { trans } = this;
    return {
      id: COMMANDS.scheduleNotebook,
      label: trans.__('Schedule This Notebook…'),
      caption: trans.__('Run the notebook again and again: at times, or when something happens'),
      icon: scheduleIcon,
      args: { path: trans.__('Path of an open notebook; by default the active one') },
      whyNot: args => this.whyNotSchedule(args),
      execute: async ({ path }) => (await this.actions()).schedule(path)
    };
  }

  get editing(): CommandSpec {
    const { trans } = this;
    return {
      id: COMMANDS.editSchedule,
      label: trans.__('Edit Schedule…'),
      caption: trans.__('Change a schedule, from now on'),
      icon: scheduleIcon,
      args: { schedule: trans.__('Name of the schedule') },
      whyNot: args => (args.schedule === undefined ? trans.__('Say which schedule.') : this.mayNot()),
      execute: async ({ schedule = '' }) => (await this.actions()).edit(schedule)
    };
  }

  /** Dialogs with React in them: loaded when somebody asks for one. */
  private async actions(): Promise<ScheduleActions> {
    const { ScheduleActions } = await import('../notebooks/scheduling');
    return new ScheduleActions(this.app, this.dataops, this.trans);
  }

  private mayNot(): string | null {
    return this.dataops.mayRun && this.dataops.mayWrite
      ? null
      : this.trans.__('You may look at schedules here, but not add or change them.');
  }

  private whyNotSchedule({ path }: Arguments): string | null {
    const panel = this.dataops.panelFor(path);
    if (panel === null) {
      return hindranceText('no_notebook', this.trans);
    }
    const isPipeline = this.dataops.of(panel).preview?.is_pipeline === true;
    return this.mayNot() ?? (isPipeline ? null : hindranceText('no_nodes', this.trans));
  }
}

/** Notebooks that run again and again. */
export const schedulesPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:schedules`,
  description: 'Commands to schedule notebooks.',
  autoStart: true,
  requires: [IDataOps],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const { scheduling, editing } = new ScheduleCommands(app, dataops, trans);
    const category = trans.__('Data pipelines');
    addNotebookCommands(app.commands, palette, category, dataops, [scheduling]);
    // It is asked for with a name, by the panel: the palette has none to give.
    addCommand(app.commands, null, category, editing);
  }
};
